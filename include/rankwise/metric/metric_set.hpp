#ifndef RANKWISE_METRIC_METRIC_SET_HPP
#define RANKWISE_METRIC_METRIC_SET_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/metric/ranked.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

/// Several metrics as one formula over a list: it is ordered once for each tie policy that they name, and what several
/// of them ask for, gains and the worth of places, is found once.
namespace rankwise::inline RANKWISE_ABI {

namespace detail {

template <class... Ts>
struct chain {};
template <class First, class... Rest>
struct chain<First, Rest...> {
  First first;
  chain<Rest...> rest;
};

template <std::size_t Index, class First, class... Rest>
RANKWISE_FN auto const& link(chain<First, Rest...> const& c) {
  if constexpr (Index == 0) {
    return c.first;
  } else {
    return link<Index - 1>(c.rest);
  }
}

template <class M>
concept ranked_metric = requires {
  typename M::ties;
  typename M::unjudged;
  M::cutoff;
};

/// A metric whose places have a worth of their own, `place()`: it is the same for all lists.
template <class M>
concept has_places = requires(M const& m) {
  m.place();
};

/// What a metric makes of labels, if it says so: `gain`. With ties::expected it asks label by label.
template <class M>
struct gain_of {
  using type = void;
};
template <class M>
  requires requires {
    typename M::gain;
    requires !std::is_same_v<typename M::ties, ties::expected>;
  }
struct gain_of<M> {
  using type = typename M::gain;
};

/// One order serves metrics with the same tie policy and the same policy for items that nobody has judged.
template <class A, class B>
inline constexpr bool same_order =
    std::is_same_v<typename A::ties, typename B::ties>&& std::is_same_v<typename A::unjudged, typename B::unjudged>;

} // namespace detail

/// Several metrics, as one formula: `metrics(...)` makes it, `evaluate` runs it.
template <class... Ms>
struct metric_set {
  static_assert(sizeof...(Ms) > 0, "[rankwise] metrics(...) needs at least one metric");
  static_assert((detail::ranked_metric<Ms> && ...),
                "[rankwise] metrics(...) takes metrics of a ranking: structs that end with RANKWISE_RANKED_METRIC");
  static constexpr std::size_t count = sizeof...(Ms);

private:
  template <std::size_t Index>
  using metric_at = std::remove_cvref_t<decltype(detail::link<Index>(std::declval<detail::chain<Ms...> const&>()))>;

  template <std::size_t Index, class M, class Other>
  static constexpr bool same_gain =
      detail::same_order<metric_at<Index>, M>&& detail::same_order<metric_at<Index>, Other> &&
      !std::is_void_v<typename detail::gain_of<M>::type> &&
      std::is_same_v<typename detail::gain_of<M>::type, typename detail::gain_of<Other>::type>;
  // Up to which rank metrics of one order ask for the gain of metric M.
  template <std::size_t Index, class M>
  static consteval std::size_t gains_up_to() {
    std::size_t most = 0;
    ((most = same_gain<Index, M, Ms> && Ms::cutoff > most ? Ms::cutoff : most), ...);
    return most;
  }
  // The first metric of an order whose gain another one has, too: it is looked up once. `count`: there is none.
  template <std::size_t Index>
  static consteval std::size_t shared_gain() {
    std::size_t at = 0;
    std::size_t found = count;
    ((found = found == count && askers<Index, Ms>() > 1 ? at : found, ++at), ...);
    return found;
  }
  template <std::size_t Index, class M>
  static consteval std::size_t askers() {
    return (0 + ... + (same_gain<Index, M, Ms> ? 1u : 0u));
  }
  template <std::size_t... Index>
  static consteval bool shares_gains(std::index_sequence<Index...>) {
    return ((shared_gain<Index>() != count) || ...);
  }

public:
  /// Gains that several metrics ask for stand behind what an order needs.
  using scratch = rankwise::scratch_columns<static_cast<int>(rank::ranking_scratch::values) +
                                                (shares_gains(std::make_index_sequence<count>{}) ? 1 : 0),
                                            static_cast<int>(rank::ranking_scratch::indices)>;

  static constexpr bool sees_unretrieved = true;
  static constexpr bool in_groups = (works_in_groups<Ms> && ...);

  detail::chain<Ms...> members;
  double* values = nullptr; ///< metric by metric, a number for every list; `evaluate` says where
  std::size_t lists = 0;
  void const* places_worth = nullptr;   ///< what `place()` of metrics says of every rank, in the type of the scores
  std::size_t places_begin[count] = {}; ///< where a metric's column of those begins

  constexpr char const* fault() const { return fault_among(std::make_index_sequence<count>{}); }

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    return prepare_all(members, list);
  }

  /// Writes the value of every metric; returns 0, or NaN where a value is not finite.
  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    if (list.constants_hold()) {
      return write_all(list, list.constants());
    }
    return write_all(list, prepare_all(members, list));
  }

  template <class RwLabels, class RwGroups, class RwIsa = arch::native>
  constexpr auto prepare(RwLabels const& labels, RwGroups const& groups, options const& opts = {}) const {
    return detail::prepare_call<void, RwIsa>(*this, opts, labels, groups);
  }
  template <executor RwExecutor, class RwLabels, class RwGroups, class RwIsa = arch::native>
  constexpr auto prepare(RwExecutor where, RwLabels const& labels, RwGroups const& groups,
                         options const& opts = {}) const {
    return detail::prepare_call<void, RwIsa>(*this, opts, where, labels, groups);
  }
  template <class RwData, class RwIsa = arch::native>
  static constexpr std::size_t workspace_bytes(RwData const& data) {
    return detail::workspace_bytes(typename default_executor<RwData::where>::type{}, data);
  }

  /// Values of a list that the metrics do not see.
  template <class V>
  RANKWISE_FN void left_out(std::size_t list, bool flagged) const {
    once<V>([&] {
      std::size_t m = 0;
      ((values[m++ * lists + list] = flagged ? math::ops<double>::quiet_nan : without_items_of<Ms>()), ...);
    });
  }

  /// Fills the columns of `places_worth`; they live in `memory`.
  template <class V>
  void know_places(std::size_t longest, storage<math::scalar_t<V>>& memory) {
    know_places_of<V>(longest, memory, std::make_index_sequence<count>{});
  }

  /// The value of metric `M` for a list in which no item takes part; NaN: none.
  template <class M>
  RANKWISE_FN static double without_items_of() {
    auto const v = M::template without_items<double>();
    return v.defined ? v.value : math::ops<double>::quiet_nan;
  }

private:
  template <class V, std::size_t... Index>
  void know_places_of(std::size_t longest, storage<math::scalar_t<V>>& memory, std::index_sequence<Index...>) {
    if constexpr (detail::in_registers<V> && (detail::has_places<Ms> || ...)) {
      auto const most = [longest](std::size_t cutoff) { return longest < cutoff ? longest : cutoff; };
      std::size_t size = 0;
      ((places_begin[Index] = size, size += detail::has_places<Ms> ? most(Ms::cutoff) : 0), ...);
      memory.resize(size);
      places_worth = memory.data();
      auto const fill = [&](auto const& metric, std::size_t begin) {
        if constexpr (detail::has_places<std::remove_cvref_t<decltype(metric)>>) {
          auto const place = metric.place();
          for_each_pack<V>(most(metric.cutoff), [&](auto r) { store(memory.data() + begin, r, place(position(r))); });
        }
      };
      (fill(detail::link<Index>(members), places_begin[Index]), ...);
    }
  }

  template <std::size_t... Index>
  constexpr char const* fault_among(std::index_sequence<Index...>) const {
    return detail::first_fault(detail::link<Index>(members)...);
  }

  template <class List, class... Rest>
  RANKWISE_FN static auto prepare_all(detail::chain<Rest...> const& rest, List const& list) {
    if constexpr (sizeof...(Rest) == 0) {
      return detail::chain<>{};
    } else {
      auto const mine = detail::constants_for_list(rest.first, list);
      auto const others = prepare_all(rest.rest, list);
      return joined(mine, others);
    }
  }
  template <class First, class... Rest>
  RANKWISE_FN static detail::chain<First, Rest...> joined(First const& first, detail::chain<Rest...> const& rest) {
    return {first, rest};
  }

  // Metric Index is the first of its order if none before it has the same one; it makes the order for all of them.
  template <std::size_t Index>
  static consteval bool leads() {
    return leads_among<Index>(std::make_index_sequence<Index>{});
  }
  template <std::size_t Index, std::size_t... Other>
  static consteval bool leads_among(std::index_sequence<Other...>) {
    return !(detail::same_order<metric_at<Index>, metric_at<Other>> || ... || false);
  }
  template <std::size_t Index>
  static consteval std::size_t places() {
    std::size_t most = 0;
    ((most = detail::same_order<metric_at<Index>, Ms> && Ms::cutoff > most ? Ms::cutoff : most), ...);
    return most;
  }

  template <class List, class Constants>
  RANKWISE_FN auto write_all(List const& list, Constants const& constants) const {
    return write_orders(list, constants, std::make_index_sequence<count>{});
  }
  template <class List, class Constants, std::size_t... Index>
  RANKWISE_FN auto write_orders(List const& list, Constants const& constants, std::index_sequence<Index...>) const {
    double bad = 0;
    ((bad += write_order<Index>(list, constants)), ...);
    return static_cast<typename List::scalar>(bad);
  }
  template <std::size_t Index, class List, class Constants>
  RANKWISE_FN double write_order(List const& list, Constants const& constants) const {
    if constexpr (leads<Index>()) {
      using lead = metric_at<Index>;
      auto const ranking = rank::order<typename lead::ties, typename lead::unjudged>(list, places<Index>());
      know_gains<Index>(ranking);
      return write_same<Index>(ranking, constants, std::make_index_sequence<count>{});
    } else {
      return 0;
    }
  }
  template <std::size_t Index, class Ranking, class Constants, std::size_t... Other>
  RANKWISE_FN double write_same(Ranking const& ranking, Constants const& constants,
                                std::index_sequence<Other...>) const {
    double bad = 0;
    ((bad += write_one<Index, Other>(ranking, constants)), ...);
    return bad;
  }
  template <std::size_t Index, class Ranking>
  RANKWISE_FN void know_gains(Ranking const& ranking) const {
    using V = typename Ranking::vector;
    if constexpr (detail::in_registers<V> && shared_gain<Index>() != count) {
      using metric = metric_at<shared_gain<Index>()>;
      constexpr std::size_t most = gains_up_to<Index, metric>();
      auto* const to = ranking.list().template values<rank::ranking_scratch::values>();
      for_each_pack<V>(ranking.size() < most ? ranking.size() : most, [&](auto r) {
        store(to, detail::whole_pack(r), typename metric::gain{}(load(ranking.labels(), r)));
      });
    }
  }
  // The ranking for metric Other, with what is known already.
  template <std::size_t Index, std::size_t Other, class Ranking>
  RANKWISE_FN decltype(auto) with_known(Ranking const& ranking) const {
    using T = typename Ranking::scalar;
    using metric = metric_at<Other>;
    constexpr bool registers = detail::in_registers<typename Ranking::vector>;
    constexpr std::size_t leader = shared_gain<Index>();
    constexpr bool gains = registers && leader != count && same_gain<Index, metric_at<leader % count>, metric>;
    constexpr bool places = registers && detail::has_places<metric>;
    if constexpr (gains || places) {
      using worth = std::conditional_t<gains, typename detail::gain_of<metric>::type, void>;
      using place = decltype(place_of<places>(detail::link<Other>(members)));
      T const* worths = nullptr;
      T const* places_of_it = nullptr;
      if constexpr (gains) {
        worths = ranking.list().template values<rank::ranking_scratch::values>();
      }
      if constexpr (places) {
        places_of_it = static_cast<T const*>(places_worth) + places_begin[Other];
      }
      return detail::known_ranking<Ranking, worth, place>{ranking, worths, places_of_it};
    } else {
      return (ranking);
    }
  }
  template <bool Known, class M>
  static auto place_of(M const& metric) {
    if constexpr (Known) {
      return metric.place();
    }
  }

  template <std::size_t Index, std::size_t Other, class Ranking, class Constants>
  RANKWISE_FN double write_one(Ranking const& ranking, Constants const& constants) const {
    if constexpr (detail::same_order<metric_at<Index>, metric_at<Other>>) {
      auto const value =
          detail::link<Other>(members).of(with_known<Index, Other>(ranking), detail::link<Other>(constants));
      double v = 0;
      bool defined = true;
      if constexpr (requires { value.defined; }) {
        v = static_cast<double>(value.value);
        defined = value.defined;
      } else {
        v = static_cast<double>(value);
      }
      once<typename Ranking::vector>(
          [&] { values[Other * lists + ranking.list().number()] = defined ? v : math::ops<double>::quiet_nan; });
      return defined ? v - v : 0;
    } else {
      return 0;
    }
  }
};

namespace detail {

/// Stands for metrics that were refused.
template <class... Pieces>
struct no_metric {
  template <class Ranking, class Constants>
  RANKWISE_FN auto of(Ranking const&, Constants const&) const {
    return typename Ranking::scalar(0);
  }
  RANKWISE_RANKED_METRIC(1, Pieces)
};

constexpr chain<> chain_of() {
  return {};
}
template <class First, class... Rest>
constexpr chain<First, Rest...> chain_of(First const& first, Rest const&... rest) {
  return {first, chain_of(rest...)};
}

} // namespace detail

template <class... Ms>
constexpr auto metrics(Ms const&... ms) {
  if constexpr (sizeof...(Ms) != 0 && (detail::ranked_metric<Ms> && ...)) {
    return metric_set<Ms...>{detail::chain_of(ms...)};
  } else {
    static_assert(sizeof...(Ms) != 0, "[rankwise] metrics(...) needs at least one metric");
    static_assert((detail::ranked_metric<Ms> && ...),
                  "[rankwise] metrics(...) takes metrics of a ranking: structs that end with RANKWISE_RANKED_METRIC; "
                  "call the others one by one");
    return metric_set<detail::no_metric<>>{}; // one line is enough
  }
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
