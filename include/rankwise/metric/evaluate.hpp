#ifndef RANKWISE_METRIC_EVALUATE_HPP
#define RANKWISE_METRIC_EVALUATE_HPP

#include <rankwise/core/name.hpp>
#include <rankwise/core/policy.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/metric/ranked.hpp>
#include <rankwise/stat/exact_sums.hpp>

#include <cstddef>
#include <cstdio>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

/// Any number of metrics of a ranking at once: every list is ordered once for each tie policy that they name.
///
///   auto const measures = rw::metrics(rw::metric::ndcg<10>{}, rw::metric::map<>{}, rw::metric::mrr<10>{});
///   auto const result = rw::evaluate(measures, scores, labels, lists, {.list_weights = w});
///   result.value(0);  result.per_list(1)[q];  result.to_table();
namespace rankwise::inline RANKWISE_ABI {

/// A metric under a name of the caller's: `titled<"relevance">(metric::ndcg<10>{})`.
template <name Title, class Metric>
struct titled_metric : Metric {
  static constexpr auto title = Title;
};
template <name Title, class Metric>
constexpr titled_metric<Title, Metric> titled(Metric metric) {
  return {metric};
}

/// One line of text of bounded length.
struct metric_title {
  char text[120] = {};

  friend bool operator==(metric_title const& a, metric_title const& b) = default;

  template <class Self, class Bytes>
  static void parts(Self& self, Bytes& bytes) {
    bytes(self.text);
    bytes.require(self.text[sizeof self.text - 1] == '\0');
  }
};

namespace detail {

RANKWISE_HOST_FN void append(metric_title& title, char const* text) {
  std::size_t at = 0;
  while (title.text[at] != '\0') {
    ++at;
  }
  for (; *text != '\0' && at + 1 < sizeof title.text; ++at, ++text) {
    title.text[at] = *text;
  }
  title.text[at] = '\0';
}

template <class Piece>
consteval char const* slot_title() {
  using slot = typename Piece::slot;
  return std::is_same_v<slot, slots::gain>          ? "gain="
         : std::is_same_v<slot, slots::discount>    ? "discount="
         : std::is_same_v<slot, slots::ties>        ? "ties="
         : std::is_same_v<slot, slots::empty>       ? "empty="
         : std::is_same_v<slot, slots::denominator> ? "denominator="
         : std::is_same_v<slot, slots::unjudged>    ? "unjudged="
                                                    : "";
}

template <class Piece>
RANKWISE_HOST_FN void append_piece(metric_title& title, bool& first) {
  append(title, first ? "(" : ", ");
  append(title, slot_title<Piece>());
  if constexpr (requires { Piece::text; }) {
    append(title, Piece::text);
  } else {
    append(title, "own"); // a piece of the caller's without a name
  }
  first = false;
}

template <class... Pieces>
RANKWISE_HOST_FN void append_pieces(metric_title& title) {
  bool first = true;
  (append_piece<Pieces>(title, first), ...);
  append(title, first ? "" : ")");
}

template <std::size_t Cutoff>
RANKWISE_HOST_FN void append_cutoff(metric_title& title) {
  if constexpr (Cutoff != rank::all) {
    char digits[24] = {};
    char* at = digits + 23;
    for (std::size_t n = Cutoff; n != 0; n /= 10) {
      *--at = static_cast<char>('0' + n % 10);
    }
    append(title, "@");
    append(title, at);
  }
}

template <template <std::size_t, class...> class M, std::size_t Cutoff, class... Pieces>
RANKWISE_HOST_FN void append_type(metric_title& title, std::type_identity<M<Cutoff, Pieces...>>) {
  append_cutoff<Cutoff>(title);
  append_pieces<Pieces...>(title);
}
template <template <class...> class M, class... Pieces>
RANKWISE_HOST_FN void append_type(metric_title& title, std::type_identity<M<Pieces...>>) {
  append_pieces<Pieces...>(title);
}
template <class M>
RANKWISE_HOST_FN void append_type(metric_title&, std::type_identity<M>) {}

} // namespace detail

/// What results print: the name, the cutoff and the pieces that were given, "ndcg@10(gain=linear, ties=expected)".
template <class Metric>
RANKWISE_HOST_FN metric_title title_of() {
  metric_title title;
  if constexpr (requires { Metric::title; }) {
    detail::append(title, Metric::title.c_str());
  } else {
    if constexpr (requires { Metric::text; }) {
      detail::append(title, Metric::text);
    } else {
      detail::append(title, "metric");
    }
    detail::append_type(title, std::type_identity<Metric>{});
  }
  return title;
}

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
    if constexpr (detail::ranks_in_registers<V> && (detail::has_places<Ms> || ...)) {
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
    if constexpr (detail::ranks_in_registers<V> && shared_gain<Index>() != count) {
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
    constexpr bool registers = detail::ranks_in_registers<typename Ranking::vector>;
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

constexpr chain<> chain_of() {
  return {};
}
template <class First, class... Rest>
constexpr chain<First, Rest...> chain_of(First const& first, Rest const&... rest) {
  return {first, chain_of(rest...)};
}

} // namespace detail

template <class... Ms>
constexpr metric_set<Ms...> metrics(Ms const&... ms) {
  return {detail::chain_of(ms...)};
}

/// What `evaluate` returns: the mean of every metric over the lists that have a value, weighted by list weights, and
/// the values themselves. Sums are exact, so that shards merged in any order give the bits of one run over everything.
class evaluation {
public:
  RANKWISE_HOST_FN evaluation() = default;

  /// Metrics, and lists.
  RANKWISE_HOST_FN std::size_t size() const { return titles_.size(); }
  RANKWISE_HOST_FN std::size_t lists() const { return lists_; }
  /// False where the call failed and the error policy let it return: there are no lists then, and means are NaN.
  RANKWISE_HOST_FN bool ok() const { return ok_; }

  RANKWISE_HOST_FN char const* title(std::size_t metric) const { return titles_[metric].text; }
  /// 0 where no list has a value, NaN where the call failed.
  RANKWISE_HOST_FN double value(std::size_t metric) const {
    return !ok_                            ? math::ops<double>::quiet_nan
           : weights_[metric].value() == 0 ? 0
                                           : sums_[metric].over(weights_[metric]);
  }
  /// The list weights added up over the lists that have a value.
  RANKWISE_HOST_FN double weight(std::size_t metric) const { return weights_[metric].value(); }
  /// A number per list; NaN: it has no value.
  RANKWISE_HOST_FN std::span<double const> per_list(std::size_t metric) const {
    return {values_.data() + metric * lists_, lists_};
  }
  RANKWISE_HOST_FN bool defined(std::size_t metric, std::size_t list) const {
    double const v = per_list(metric)[list];
    return v - v == 0;
  }
  /// Lists with a number that is not finite; they have no values.
  RANKWISE_HOST_FN std::size_t flagged() const { return flagged_; }

  /// Adds the lists of another shard, behind these. Both come from the same metrics.
  RANKWISE_HOST_FN void merge(evaluation const& other, on_error errors = {}) {
    if (size() == 0) {
      *this = other;
      return;
    }
    if (!detail::passed(other.size() != size() ? status{errc::size_mismatch, "the evaluation to merge (its metrics)",
                                                        status::nowhere, size(), other.size()}
                        : other.titles_ == titles_ ? status{}
                                                   : status{errc::bad_format, "the evaluation to merge is of other "
                                                                              "metrics, or of others in their order"},
                        errors)) {
      return;
    }
    storage<double> joined;
    joined.resize((lists_ + other.lists_) * size());
    for (std::size_t m = 0; m < size(); ++m) {
      double* const to = joined.data() + m * (lists_ + other.lists_);
      for (std::size_t l = 0; l < lists_; ++l) {
        to[l] = values_[m * lists_ + l];
      }
      for (std::size_t l = 0; l < other.lists_; ++l) {
        to[lists_ + l] = other.values_[m * other.lists_ + l];
      }
      sums_[m].merge(other.sums_[m]);
      weights_[m].merge(other.weights_[m]);
    }
    values_ = static_cast<storage<double>&&>(joined);
    lists_ += other.lists_;
    flagged_ += other.flagged_;
    ok_ = ok_ && other.ok_;
  }

  /// For `to_bytes`. An evaluation that was never filled reads any other.
  template <class Self, class Bytes>
  static void parts(Self& self, Bytes& bytes) {
    bytes.kind("evaluation");
    bytes(self.titles_, self.sums_, self.weights_, self.lists_, self.values_, self.flagged_, self.ok_);
    std::size_t const metrics = self.titles_.size();
    bytes.require(self.sums_.size() == metrics && self.weights_.size() == metrics &&
                  (metrics == 0 ? self.lists_ == 0 : self.lists_ <= self.values_.size() / metrics) &&
                  self.values_.size() == metrics * self.lists_);
  }

  /// Columns that stand under each other: title, mean, lists with a value.
  template <class Isa = arch::native>
  std::string to_table() const {
    std::size_t width = 6;
    for (std::size_t m = 0; m < size(); ++m) {
      std::size_t const length = std::char_traits<char>::length(title(m));
      width = length > width ? length : width;
    }
    std::string out = "metric" + std::string(width - 6, ' ') + "      mean     lists\n";
    for (std::size_t m = 0; m < size(); ++m) {
      std::string const name = title(m);
      char numbers[64];
      std::snprintf(numbers, sizeof numbers, "%10.6f %9zu\n", value(m), defined_lists(m));
      out += name + std::string(width - name.size(), ' ') + numbers;
    }
    return out;
  }

  /// A line of titles, a line for every list if `each_list`, and the line "all"; numbers with all their digits.
  template <class Isa = arch::native>
  std::string to_tsv(bool each_list = false) const {
    std::string out = "list";
    for (std::size_t m = 0; m < size(); ++m) {
      out += '\t';
      out += title(m);
    }
    out += '\n';
    for (std::size_t l = 0; each_list && l < lists_; ++l) {
      out += std::to_string(l);
      for (std::size_t m = 0; m < size(); ++m) {
        out += '\t';
        out += defined(m, l) ? digits(per_list(m)[l]) : "nan";
      }
      out += '\n';
    }
    out += "all";
    for (std::size_t m = 0; m < size(); ++m) {
      out += '\t' + digits(value(m));
    }
    return out + '\n';
  }

  /// One object: {"lists": 2, "metrics": [{"title": ..., "mean": ..., "weight": ..., "per_list": [...]}]}; lists
  /// without a value are null.
  template <class Isa = arch::native>
  std::string to_json(bool each_list = false) const {
    std::string out = "{\"lists\": " + std::to_string(lists_) + ", \"metrics\": [";
    for (std::size_t m = 0; m < size(); ++m) {
      out += m == 0 ? "" : ", ";
      out +=
          "{\"title\": " + quoted(title(m)) + ", \"mean\": " + digits(value(m)) + ", \"weight\": " + digits(weight(m));
      if (each_list) {
        out += ", \"per_list\": [";
        for (std::size_t l = 0; l < lists_; ++l) {
          out += l == 0 ? "" : ", ";
          out += defined(m, l) ? digits(per_list(m)[l]) : "null";
        }
        out += ']';
      }
      out += '}';
    }
    return out + "]}";
  }

  /// For `evaluate`, which fills it.
  struct access;

private:
  RANKWISE_HOST_FN std::size_t defined_lists(std::size_t metric) const {
    std::size_t count = 0;
    for (std::size_t l = 0; l < lists_; ++l) {
      count += defined(metric, l) ? 1u : 0u;
    }
    return count;
  }
  static std::string digits(double x) {
    char text[40];
    std::snprintf(text, sizeof text, "%.17g", x);
    return text;
  }
  static std::string quoted(char const* text) {
    std::string out = "\"";
    for (; *text != '\0'; ++text) {
      unsigned char const c = static_cast<unsigned char>(*text);
      if (c < 0x20) {
        char code[8];
        std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
        out += code;
      } else {
        out += c == '"' || c == '\\' ? "\\" : "";
        out += static_cast<char>(c);
      }
    }
    return out + '"';
  }

  storage<metric_title> titles_;
  storage<stat::exact_sum> sums_;
  storage<stat::exact_sum> weights_;
  storage<double> values_;
  std::size_t lists_ = 0;
  std::size_t flagged_ = 0;
  bool ok_ = true;
};

struct evaluation::access {
  template <class... Ms>
  RANKWISE_HOST_FN static evaluation empty_of(std::size_t lists) {
    evaluation e;
    e.lists_ = lists;
    e.titles_.resize(sizeof...(Ms));
    e.sums_.resize(sizeof...(Ms));
    e.weights_.resize(sizeof...(Ms));
    e.values_.resize(sizeof...(Ms) * lists);
    std::size_t m = 0;
    ((e.titles_[m++] = title_of<Ms>()), ...);
    m = 0;
    ((fill(e.values_.data() + m++ * lists, lists, metric_set<Ms...>::template without_items_of<Ms>())), ...);
    return e;
  }
  RANKWISE_HOST_FN static double* values(evaluation& e) { return e.values_.data(); }
  RANKWISE_HOST_FN static stat::exact_sum* sums(evaluation& e) { return e.sums_.data(); }
  RANKWISE_HOST_FN static stat::exact_sum* weights(evaluation& e) { return e.weights_.data(); }
  RANKWISE_HOST_FN static void set_flagged(evaluation& e, std::size_t flagged) { e.flagged_ = flagged; }
  RANKWISE_HOST_FN static void drop_lists(evaluation& e) {
    e.values_.resize(0);
    e.lists_ = 0;
  }
  /// A value times its list weight may overflow: a mean of such is none, and reported if nothing else was.
  RANKWISE_HOST_FN static void check_sums(evaluation const& e, status& told) {
    for (std::size_t m = 0; told.ok() && m < e.titles_.size(); ++m) {
      if (!e.sums_[m].of_numbers() || !e.weights_[m].of_numbers()) {
        told = {errc::not_finite, "a value times its list weight"};
      }
    }
  }
  RANKWISE_HOST_FN static void failed(evaluation& e) {
    e.ok_ = false;
    drop_lists(e);
  }
  /// `seen` is NaN for the lists that the pass has flagged.
  RANKWISE_HOST_FN static void add_up(evaluation& e, double const* seen, double const* list_weights) {
    std::size_t const lists = e.lists_;
    bool any_flagged = false;
    for (std::size_t l = 0; l < lists; ++l) {
      if (!(seen[l] - seen[l] == 0)) {
        any_flagged = true;
        ++e.flagged_;
        for (std::size_t m = 0; m < e.titles_.size(); ++m) {
          e.values_[m * lists + l] = math::ops<double>::quiet_nan;
        }
      }
    }
    for (std::size_t m = 0; m < e.titles_.size(); ++m) {
      double const* const v = e.values_.data() + m * lists;
      std::size_t defined = 0;
      for (std::size_t l = 0; l < lists; ++l) {
        defined += v[l] - v[l] == 0 ? 1 : 0;
      }
      if (list_weights == nullptr && defined == lists && !any_flagged) {
        e.sums_[m].add(std::span<double const>(v, lists));
        e.weights_[m].add(static_cast<double>(lists));
        continue;
      }
      for (std::size_t l = 0; l < lists; ++l) {
        if (v[l] - v[l] == 0) {
          double const w = list_weights == nullptr ? 1 : list_weights[l];
          e.sums_[m].add(w * v[l]);
          e.weights_[m].add(w);
        }
      }
    }
  }

private:
  RANKWISE_HOST_FN static void fill(double* p, std::size_t n, double x) {
    for (std::size_t i = 0; i < n; ++i) {
      p[i] = x;
    }
  }
};

namespace detail {

/// On a device: the metrics of a list in one go, then exact sums there. The values go to `to`, or to the evaluation. An
/// executor that leaves its result gets two numbers for every metric, the sum and the weight, and nobody waits.
template <class Executor, class Scores, class Data, class... Ms>
evaluation evaluate_there(Executor executor, metric_set<Ms...> set, Scores const& scores, Data const& data, double* to,
                          workspace& memory, options opts) {
  constexpr std::size_t metrics = sizeof...(Ms);
  std::size_t const lists = data.ready ? data.groups().size() : 0;
  bool const leaves = executor.result != nullptr;
  bool const keeps = !leaves && to == nullptr;
  evaluation result = evaluation::access::empty_of<Ms...>(keeps ? lists : 0);
  std::size_t const value_bytes = to == nullptr ? round_up(metrics * lists * sizeof(double), workspace::alignment) : 0;
  std::size_t const sum_bytes = 2 * metrics * stat::detail::sum_parts(lists) * sizeof(stat::exact_sum);
  on_error const errors = opts.errors;
  status told; // delivered at the end, when the result stands
  opts.errors = told;
  opts.per_list = {};
  executor.with_memory(
      value_bytes + sum_bytes + 2 * sizeof(double), &memory,
      [&](std::byte* there) {
        set.values = to == nullptr ? reinterpret_cast<double*>(there) : to;
        set.lists = lists;
        auto* const sums = reinterpret_cast<stat::exact_sum*>(there + value_bytes);
        // The sum of the pass itself is nobody's; leaving it somewhere keeps the pass from waiting.
        auto const pass =
            leaves ? executor.leaving(reinterpret_cast<double*>(there + value_bytes + sum_bytes)) : executor;
        pass_total const total = run(pass, set, data, scores, no_output{}, no_output{}, &memory, opts);
        if (!total.ran) {
          evaluation::access::failed(result);
          return;
        }
        stat::detail::sum_columns(executor, set.values, address(data.list_weights), metrics, lists, sums);
        if (leaves) {
          executor.template for_each_item<double>(2 * metrics,
                                                  stat::detail::round_sums{sums, metrics, executor.result});
          return;
        }
        if (keeps) {
          executor.fetch(set.values, metrics * lists, evaluation::access::values(result));
        }
        executor.fetch(sums, metrics, evaluation::access::sums(result));
        executor.fetch(sums + metrics, metrics, evaluation::access::weights(result));
        evaluation::access::set_flagged(result, total.flagged);
        evaluation::access::check_sums(result, told);
      },
      1);
  passed(told, errors);
  return result;
}

template <class Executor, class Scores, class Data, class... Ms>
evaluation evaluate_here(Executor executor, metric_set<Ms...> set, Scores const& scores, Data const& data,
                         workspace& memory, options opts) {
  std::size_t const lists = data.ready ? data.groups().size() : 0;
  evaluation result = evaluation::access::empty_of<Ms...>(lists);
  set.values = evaluation::access::values(result);
  set.lists = lists;
  using T = compute_type<value_of<Scores const>>;
  storage<T> places;
  set.template know_places<typename Executor::template vector<T>>(data.ready ? data.groups().longest() : 0, places);
  storage<double> seen;
  seen.resize(lists);
  opts.per_list = std::span<double>(seen.data(), lists);
  on_error const errors = opts.errors;
  status told; // delivered at the end, when the result stands
  opts.errors = told;
  pass_total const total = run(executor, set, data, scores, no_output{}, no_output{}, &memory, opts);
  if (total.ran) {
    evaluation::access::add_up(result, seen.data(), address(data.list_weights));
    evaluation::access::check_sums(result, told);
  } else {
    evaluation::access::failed(result);
  }
  passed(told, errors);
  return result;
}

template <class Executor, class Scores, class Data, class... Ms>
evaluation evaluate_prepared(Executor executor, metric_set<Ms...> const& set, Scores const& scores, Data const& data,
                             workspace& memory, options const& opts) {
  static_assert(std::is_same_v<typename Data::formula_type, metric_set<Ms...>>,
                "[rankwise] this data was prepared by other metrics");
  if constexpr (Executor::where == memory::host) {
    return evaluate_here(executor, set, scores, data, memory, opts);
  } else {
    return evaluate_there(executor, set, scores, data, nullptr, memory, opts);
  }
}

template <class Executor, class Scores, class Data, class Values, class... Ms>
evaluation evaluate_to(Executor executor, metric_set<Ms...> const& set, Scores const& scores, Data const& data,
                       Values& values, workspace& memory, options const& opts) {
  static_assert(std::is_same_v<typename Data::formula_type, metric_set<Ms...>>,
                "[rankwise] this data was prepared by other metrics");
  auto const v = as_column(values);
  static_assert(std::is_same_v<decltype(v), column<double, Executor::where> const>,
                "[rankwise] evaluate_into writes a contiguous column of double in the memory of the executor");
  std::size_t const numbers = sizeof...(Ms) * (data.ready ? data.groups().size() : 0);
  if (!check_size(v, "the values", numbers, opts.errors)) {
    evaluation result = evaluation::access::empty_of<Ms...>(0);
    evaluation::access::failed(result);
    return result;
  }
  if constexpr (Executor::where == memory::host) {
    evaluation result = evaluate_here(executor, set, scores, data, memory, opts);
    for (std::size_t i = 0; result.ok() && i < numbers; ++i) {
      v[i] = evaluation::access::values(result)[i];
    }
    evaluation::access::drop_lists(result);
    return result;
  } else {
    return evaluate_there(executor, set, scores, data, v.first, memory, opts);
  }
}

template <class Executor, class Scores, class Labels, class Groups, class... Ms>
evaluation evaluate_once(Executor executor, metric_set<Ms...> const& set, Scores const& scores, Labels const& labels,
                         Groups const& groups, options const& opts) {
  static_assert(list_groups<Groups>, "[rankwise] expected evaluate(metrics, scores, labels, lists, ...): make lists "
                                     "with rw::lists(offsets) or rw::lists_of_sizes(sizes)");
  workspace own;
  auto const data = prepare<compute_type<value_of<Scores const>>>(executor, set, labels, view_of(groups), opts, &own);
  if (!data.ready) {
    evaluation result = evaluation::access::empty_of<Ms...>(0);
    evaluation::access::failed(result);
    return result;
  }
  return evaluate_prepared(executor, set, scores, data, own, without_data(opts));
}

} // namespace detail

/// evaluate([executor,] metrics, scores, labels, lists, options), or with data = metrics.prepare(labels, lists,
/// options) evaluate([executor,] metrics, scores, data [, workspace], options)
template <class... Ms, class Scores, class Labels, class Groups, class Isa = arch::native>
  requires(!prepared_data<Labels>)
evaluation evaluate(metric_set<Ms...> const& set, Scores const& scores, Labels const& labels, Groups const& groups,
                    options const& opts = {}) {
  return detail::evaluate_once(executor_for<Scores const>{}, set, scores, labels, groups, opts);
}
template <executor Executor, class... Ms, class Scores, class Labels, class Groups>
  requires(!prepared_data<Labels>)
evaluation evaluate(Executor where, metric_set<Ms...> const& set, Scores const& scores, Labels const& labels,
                    Groups const& groups, options const& opts = {}) {
  return detail::evaluate_once(where, set, scores, labels, groups, opts);
}
template <class... Ms, class Scores, prepared_data Data, class Isa = arch::native>
evaluation evaluate(metric_set<Ms...> const& set, Scores const& scores, Data const& data, options const& opts = {}) {
  workspace own;
  return detail::evaluate_prepared(executor_for<Scores const>{}, set, scores, data, own, opts);
}
template <class... Ms, class Scores, prepared_data Data, class Isa = arch::native>
evaluation evaluate(metric_set<Ms...> const& set, Scores const& scores, Data const& data, workspace& memory,
                    options const& opts = {}) {
  return detail::evaluate_prepared(executor_for<Scores const>{}, set, scores, data, memory, opts);
}
template <executor Executor, class... Ms, class Scores, prepared_data Data>
evaluation evaluate(Executor where, metric_set<Ms...> const& set, Scores const& scores, Data const& data,
                    workspace& memory, options const& opts = {}) {
  return detail::evaluate_prepared(where, set, scores, data, memory, opts);
}

/// A metric alone: one readable line.
template <class Metric, class Scores, class Labels, class Groups>
  requires(!executor<Metric> && requires { Metric::cutoff; })
evaluation evaluate(Metric const&, Scores const&, Labels const&, Groups const&, options const& = {}) {
  static_assert(!std::is_same_v<Metric, Metric>, "[rankwise] evaluate takes a set, rw::metrics(metric, ...); a metric "
                                                 "alone is called: metric(scores, labels, lists)");
  return {};
}

/// The same with the values of lists in a column of double in the executor's memory, metric after metric; the result
/// has sums alone, `lists()` is 0. On a device nothing but those comes to the host, and with
/// `executor.leaving(numbers)` not even they: nobody waits, and numbers[2 m] and numbers[2 m + 1], there, are the sum
/// and the weight of metric m.
template <class... Ms, class Scores, prepared_data Data, class Values, class Isa = arch::native>
evaluation evaluate_into(metric_set<Ms...> const& set, Scores const& scores, Data const& data, Values&& values,
                         workspace& memory, options const& opts = {}) {
  return detail::evaluate_to(executor_for<Scores const>{}, set, scores, data, values, memory, opts);
}
template <executor Executor, class... Ms, class Scores, prepared_data Data, class Values>
evaluation evaluate_into(Executor where, metric_set<Ms...> const& set, Scores const& scores, Data const& data,
                         Values&& values, workspace& memory, options const& opts = {}) {
  return detail::evaluate_to(where, set, scores, data, values, memory, opts);
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
