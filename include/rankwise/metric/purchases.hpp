#ifndef RANKWISE_METRIC_PURCHASES_HPP
#define RANKWISE_METRIC_PURCHASES_HPP

#include <rankwise/core/storage.hpp>
#include <rankwise/metric/metric.hpp>
#include <rankwise/metric/precision.hpp>
#include <rankwise/rank/ranks.hpp>

#include <cstddef>
#include <cstdint>

/// Metrics of a search funnel: purchases bound to searches, rewritten queries, and answers drawn several times.
namespace rankwise::inline RANKWISE_ABI {

namespace detail {

/// Numbers from 0 in the order of before(a, b), equal ones in their own.
template <class Isa, class Before>
storage<std::uint32_t> sorted_numbers(std::size_t count, Before before) {
  storage<std::uint32_t> numbers;
  numbers.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    numbers[i] = static_cast<std::uint32_t>(i);
  }
  rank::detail::sort_positions(numbers.data(), count, [&](std::uint32_t a, std::uint32_t b) {
    return before(a, b) || (!before(b, a) && a < b);
  });
  return numbers;
}

/// NaN is no time: of no order, last.
template <class Time>
RANKWISE_HOST_FN bool is_time(Time const& x) {
  return x == x;
}
template <class Time>
RANKWISE_HOST_FN bool is_earlier(Time const& x, Time const& y) {
  return is_time(y) ? x < y : is_time(x);
}

/// Binds every purchase to the latest search of its user that is relevant for it, or to -1.
template <class Isa, class SearchUsers, class SearchTimes, class Users, class Times, class Relevant, class Bound>
void bind_to_latest(SearchUsers const& search_users, SearchTimes const& search_times, Users const& users,
                    Times const& times, Relevant const& relevant, Bound const& bound) {
  using B = typename Bound::value_type;
  auto const search = sorted_numbers<Isa>(search_users.size(), [&](std::uint32_t a, std::uint32_t b) {
    return search_users[a] < search_users[b] ||
           (search_users[a] == search_users[b] && is_earlier(search_times[a], search_times[b]));
  });
  auto const purchase = sorted_numbers<Isa>(users.size(), [&](std::uint32_t a, std::uint32_t b) {
    return users[a] < users[b] || (users[a] == users[b] && is_earlier(times[a], times[b]));
  });
  std::size_t begin = 0; // searches of the user
  std::size_t end = 0;   // ... up to now
  for (std::uint32_t const now : purchase) {
    while (begin < search.size() && search_users[search[begin]] < users[now]) {
      ++begin;
    }
    end = end < begin ? begin : end;
    while (end < search.size() && search_users[search[end]] == users[now] && search_times[search[end]] <= times[now]) {
      ++end;
    }
    bound[now] = static_cast<B>(-1);
    for (std::size_t s = is_time(times[now]) ? end : begin; s-- > begin;) {
      if (relevant(static_cast<std::size_t>(search[s]), static_cast<std::size_t>(now))) {
        bound[now] = static_cast<B>(search[s]);
        break;
      }
    }
  }
}

/// Of purchases of one item that are bound to one search, all but the earliest are bound to -1.
template <class Isa, class Items, class Times, class Bound>
void unbind_repeats(Items const& items, Times const& times, Bound const& bound) {
  using B = typename Bound::value_type;
  auto const purchase = sorted_numbers<Isa>(items.size(), [&](std::uint32_t a, std::uint32_t b) {
    return bound[a] != bound[b]   ? bound[a] < bound[b]
           : items[a] != items[b] ? items[a] < items[b]
                                  : is_earlier(times[a], times[b]);
  });
  std::uint32_t kept = 0;
  for (std::size_t p = 0; p < purchase.size(); ++p) {
    std::uint32_t const now = purchase[p];
    if (p == 0 || bound[now] != bound[kept] || items[now] != items[kept]) {
      kept = now;
    } else {
      bound[now] = static_cast<B>(-1);
    }
  }
}

/// List weights as a mean counts them: such that their sum does not overflow.
class mean_weights {
public:
  RANKWISE_ALWAYS_INLINE mean_weights(any_column const& weights, std::size_t count) : weights_(weights) {
    double most = 0;
    for (std::size_t l = 0; weights.given() && l < count; ++l) {
      double const w = (*this)(l);
      most = w - w == 0 && w > most ? w : most;
    }
    scale_ = most > 0x1p900 ? 0x1p-200 : 1;
  }
  RANKWISE_ALWAYS_INLINE double operator()(std::size_t l) const {
    double w = 1;
    if (weights_.given()) {
      weights_.read(l, 1, &w);
    }
    return w * scale_;
  }

private:
  any_column weights_;
  double scale_ = 1;
};

/// The mean of f(ranking) over lists, by list weights, and the values in `.per_list`. f returns a defined_if<double>;
/// nobody(l) says the same of a list in which nobody takes part. A NaN of f is reported as one of `what`.
template <class Isa, class Scores, class Offset, class Nobody, class F>
double mean_over_lists(Scores const& scores, lists<Offset> const& groups, options opts, char const* what,
                       Nobody const& nobody, F const& f) {
  std::size_t const count = groups.size();
  if (!rankwise::detail::check_optional(opts.list_weights, "list_weights", count, memory::host, opts.errors) ||
      (opts.per_list.given() &&
       (!rankwise::detail::check_size(opts.per_list, "per_list", count, opts.errors) ||
        !rankwise::detail::check_apart(opts.per_list, as_column(scores), "per_list", opts.errors)))) {
    return math::ops<double>::quiet_nan;
  }
  storage<double> value;
  storage<std::uint8_t> seen;
  value.resize(count);
  seen.resize(count);
  // A flagged list has no value: the ranking says which lists were seen, the scores which could not be.
  auto const s = as_column(scores);
  on_error const errors = opts.errors;
  status told;
  opts.errors = told;
  if (s.size() == groups.items()) {
    for (std::size_t l = 0; l < count; ++l) {
      value[l] = math::ops<double>::quiet_nan;
      for (std::size_t i = groups.begin_of(l); i < groups.end_of(l); ++i) {
        double const x = static_cast<double>(s[i]);
        if (!(x < math::ops<double>::infinity)) {
          seen[l] = 1;
        }
      }
    }
  }
  std::size_t first_bad = status::nowhere;
  std::size_t bad = 0;
  bool const ran = rankwise::detail::each_ranking<ties::stable>(
      executor_for<Scores const>{}, scores, "scores", groups, opts, [&](auto const& ranking) {
        std::size_t const l = ranking.list().number();
        defined_if<double> const v = f(ranking);
        value[l] = v.defined ? v.value : math::ops<double>::quiet_nan;
        seen[l] = 1;
        if (v.defined && !(v.value - v.value == 0)) {
          first_bad = l < first_bad ? l : first_bad;
          ++bad;
        }
      });
  double sum = 0;
  double weight = 0;
  mean_weights const weight_of(opts.list_weights, count);
  for (std::size_t l = 0; ran && l < count; ++l) {
    if (seen[l] == 0) {
      defined_if<double> const v = nobody(l);
      value[l] = v.defined ? v.value : math::ops<double>::quiet_nan;
    }
    double const w = weight_of(l);
    if (opts.per_list.given()) { // after the weight, which may stand there
      opts.per_list.first()[l] = value[l];
    }
    double const share = w * value[l];
    if (share - share == 0) {
      sum += share;
      weight += w;
    } else if (value[l] - value[l] == 0) { // the weight is to blame
      first_bad = l < first_bad ? l : first_bad;
      ++bad;
      what = "the weight";
    }
  }
  if (told.ok() && bad != 0) {
    deliver({errc::not_finite, what, first_bad, 0, bad}, told);
  }
  rankwise::detail::passed(told, errors);
  return !ran ? math::ops<double>::quiet_nan : weight == 0 ? 0 : sum / weight;
}

/// Which items take part in the lists of a metric: not those that the mask takes out, nor those with a score of minus
/// infinity. `.retrieved` takes further items out of the ranking, but not out of what could have been found.
template <class Scores>
class present_items {
public:
  RANKWISE_ALWAYS_INLINE present_items(Scores const& scores, options const& opts)
      : scores_(scores), mask_(opts.mask), found_(opts.retrieved) {}

  /// False, and reported, where the sizes differ.
  RANKWISE_ALWAYS_INLINE bool check(std::size_t items, on_error const& errors) const {
    return rankwise::detail::check_size(scores_, "scores", items, errors) &&
           rankwise::detail::check_optional(mask_, "mask", items, memory::host, errors) &&
           rankwise::detail::check_optional(found_, "retrieved", items, memory::host, errors);
  }
  RANKWISE_ALWAYS_INLINE bool operator()(std::size_t item) const {
    return !(static_cast<double>(scores_[item]) == -math::ops<double>::infinity) && is_set(mask_, item);
  }
  /// Calls f(item) for the first `places` items of the ranking, and returns how many there were.
  template <class Ranking, class F>
  std::size_t for_first(Ranking const& ranking, std::size_t places, F f) const {
    std::size_t shown = 0;
    for (std::size_t r = 0; r < ranking.size() && shown < places; ++r) {
      std::size_t const item = ranking.list().first() + ranking.item(r);
      if (is_set(found_, item)) {
        f(item);
        ++shown;
      }
    }
    return shown;
  }

private:
  RANKWISE_ALWAYS_INLINE static bool is_set(any_column const& c, std::size_t item) {
    double x = 1;
    if (c.given()) {
      c.read(item, 1, &x);
    }
    return x != 0;
  }

  Scores scores_;
  any_column mask_;
  any_column found_;
};

} // namespace detail

/// Binds every purchase to the latest search of the same user at or before its time whose query it is relevant for, as
/// relevant(search, purchase) says; a further purchase of the same item that falls to the same search counts once.
/// `bound` receives the search's number, or -1; what has no time (NaN) is bound to nothing. With purchases outside
/// search this is the set A of ASPH, with those inside search that of ISPH (arXiv 2305.13647).
template <class SearchUsers, class SearchTimes, class Users, class Items, class Times, class Relevant, class Bound,
          class Isa = arch::native>
void bind_purchases(SearchUsers const& search_users, SearchTimes const& search_times, Users const& users,
                    Items const& items, Times const& times, Relevant const& relevant, Bound&& bound,
                    on_error errors = {}) {
  auto const su = as_column(search_users);
  auto const st = as_column(search_times);
  auto const pu = as_column(users);
  auto const pi = as_column(items);
  auto const pt = as_column(times);
  auto const to = as_column(bound);
  constexpr std::size_t most = 0xffffffffu;
  if (!rankwise::detail::check_size(st, "the times of searches", su.size(), errors) ||
      !rankwise::detail::check_size(pi, "the items of purchases", pu.size(), errors) ||
      !rankwise::detail::check_size(pt, "the times of purchases", pu.size(), errors) ||
      !rankwise::detail::check_size(to, "the bound searches", pu.size(), errors) ||
      !rankwise::detail::check_apart(to, su, "the bound searches", errors) ||
      !rankwise::detail::check_apart(to, st, "the bound searches", errors) ||
      !rankwise::detail::check_apart(to, pu, "the bound searches", errors) ||
      !rankwise::detail::check_apart(to, pi, "the bound searches", errors) ||
      !rankwise::detail::check_apart(to, pt, "the bound searches", errors) ||
      !rankwise::detail::check_integers<typename decltype(to)::value_type>(
          su.size() == 0 ? 0 : su.size() - 1, true, "the last search, for the output's integers,", errors) ||
      !rankwise::detail::passed(
          su.size() <= most && pu.size() <= most
              ? status{}
              : status{errc::list_too_long, "searches or purchases", 0, most, su.size() > most ? su.size() : pu.size()},
          errors)) {
    return;
  }
  rankwise::detail::bind_to_latest<Isa>(su, st, pu, pt, relevant, to);
  rankwise::detail::unbind_repeats<Isa>(pi, pt, to);
}

namespace metric {

/// ASPH@K and ISPH@K: the share of a search's purchases that stand among its first K items,
///   sum over r < K of 1[item r was bought] / |A|
/// Labels are 1 for items that were bought; `missing` has, per list, the purchases of items that the list does not have
/// at all, or is empty. Lists without a purchase have no value.
template <std::size_t Cutoff>
struct purchase_hitrate {
  static_assert(Cutoff > 0, "[rankwise] purchase_hitrate<0>: the cutoff is at least 1");

  template <class Scores, class Labels, class Missing, class Offset, class Isa = arch::native>
  double operator()(Scores const& scores, Labels const& labels, Missing const& missing, lists<Offset> const& groups,
                    options const& opts = {}) const {
    auto const y = as_column(labels);
    auto const m = as_column(missing);
    if (!rankwise::detail::check_size(y, "labels", groups.items(), opts.errors) ||
        (m.size() != 0 && !rankwise::detail::check_size(m, "missing", groups.size(), opts.errors))) {
      return math::ops<double>::quiet_nan;
    }
    rankwise::detail::present_items const items(as_column(scores), opts);
    if (!items.check(groups.items(), opts.errors)) {
      return math::ops<double>::quiet_nan;
    }
    auto const bought_in = [&](std::size_t l) {
      double bought = m.size() == 0 ? 0 : static_cast<double>(m[l]);
      for (std::size_t i = groups.begin_of(l); i < groups.end_of(l); ++i) {
        double const label = static_cast<double>(y[i]);
        bought += !items(i) ? 0 : label != label ? label : label > 0 ? 1 : 0; // NaN stays NaN
      }
      return bought;
    };
    // A search that found nothing of what was bought counts 0.
    auto const nobody = [&](std::size_t l) { return defined_if<double>{0, bought_in(l) > 0}; };
    auto const share = [&](auto const& ranking) -> defined_if<double> {
      double found = 0;
      double const bought = bought_in(ranking.list().number());
      items.for_first(ranking, Cutoff, [&](std::size_t item) { found += static_cast<double>(y[item]) > 0 ? 1 : 0; });
      return bought > 0 || bought != bought ? defined_if<double>{found / bought, true} : defined_if<double>{0, false};
    };
    return rankwise::detail::mean_over_lists<Isa>(scores, groups, opts, "a label, or the number missing,", nobody,
                                                  share);
  }
};

/// What a rewritten query brings (arXiv 2311.03758). A list holds the items of the original query's result Z_x, of the
/// rewritten one's Z_y and of the items bought E; flags say who belongs to which, f is the relevance of an item.
struct rewriting {
  double threshold = 0; ///< relevant is f > threshold

  constexpr char const* fault() const { return rankwise::detail::fault_of_threshold(threshold); }

  struct quality {
    double relevance; ///< rele: relevant items of Z_y over |Z_y|
    double increment; ///< incr: relevant items of Z_x and Z_y together over those of Z_x
    double hitrate;   ///< bought items that Z_x or Z_y has over relevant bought items; it can exceed 1
  };

  /// One list. A ratio whose denominator is 0 is NaN.
  template <class F, class X, class Y, class E, class Isa = arch::native>
  quality operator()(F const& f, X const& original, Y const& rewritten, E const& bought, on_error errors = {}) const {
    auto const v = as_column(f);
    auto const x = as_column(original);
    auto const y = as_column(rewritten);
    auto const e = as_column(bought);
    constexpr double none = math::ops<double>::quiet_nan;
    if (!rankwise::detail::check_parameters(fault(), errors) ||
        !rankwise::detail::check_size(x, "the original result", v.size(), errors) ||
        !rankwise::detail::check_size(y, "the rewritten result", v.size(), errors) ||
        !rankwise::detail::check_size(e, "the items bought", v.size(), errors)) {
      return {none, none, none};
    }
    double in_y = 0;
    double relevant_y = 0;
    double relevant_x = 0;
    double relevant_any = 0;
    double relevant_bought = 0;
    double bought_any = 0;
    for (std::size_t i = 0; i < v.size(); ++i) {
      double const good = static_cast<double>(v[i]) > threshold ? 1 : 0;
      bool const has_x = static_cast<double>(x[i]) != 0;
      bool const has_y = static_cast<double>(y[i]) != 0;
      bool const has_e = static_cast<double>(e[i]) != 0;
      in_y += has_y ? 1 : 0;
      relevant_y += has_y ? good : 0;
      relevant_x += has_x ? good : 0;
      relevant_any += has_x || has_y ? good : 0;
      relevant_bought += has_e ? good : 0;
      bought_any += has_e && (has_x || has_y) ? 1 : 0;
    }
    auto const ratio = [](double a, double b) { return b > 0 ? a / b : math::ops<double>::quiet_nan; };
    return {ratio(relevant_y, in_y), ratio(relevant_any, relevant_x), ratio(bought_any, relevant_bought)};
  }
};

/// pass@N: the share of inputs with a right answer among the first N; a list holds the answers of one input in the
/// order in which they were drawn, more than 0 is right. Lists without an answer count 0.
template <class Right, class Offset, class Isa = arch::native>
double pass_at(std::size_t n, Right const& right, lists<Offset> const& groups, on_error errors = {}) {
  auto const y = as_column(right);
  if (!rankwise::detail::check_size(y, "the answers", groups.items(), errors)) {
    return math::ops<double>::quiet_nan;
  }
  double sum = 0;
  for (std::size_t l = 0; l < groups.size(); ++l) {
    bool any = false;
    for (std::size_t i = groups.begin_of(l); i < groups.end_of(l) && i - groups.begin_of(l) < n; ++i) {
      any = any || static_cast<double>(y[i]) > 0;
    }
    sum += any ? 1 : 0;
  }
  return groups.size() == 0 ? 0 : sum / static_cast<double>(groups.size());
}

/// The same from more answers than N, without bias (Chen et al. 2021): the chance that N of the `answers` drawn without
/// putting back have a right one among them, 1 - C(answers - right, N) / C(answers, N).
RANKWISE_HOST_FN double pass_probability(std::size_t n, std::size_t answers, std::size_t right) {
  if (n > answers || right > answers) {
    return math::ops<double>::quiet_nan;
  }
  double miss = 1;
  for (std::size_t i = 0; i < n; ++i) {
    miss *= answers - i > right ? 1 - static_cast<double>(right) / static_cast<double>(answers - i) : 0;
  }
  return 1 - miss;
}

} // namespace metric
} // namespace rankwise::inline RANKWISE_ABI

#endif
