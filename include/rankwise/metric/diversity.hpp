#ifndef RANKWISE_METRIC_DIVERSITY_HPP
#define RANKWISE_METRIC_DIVERSITY_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/metric/metric.hpp>
#include <rankwise/rank/ranks.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

/// Metrics of what a page has in common: judgments by subtopic (aspects, intents) or vectors come as a matrix with a
/// row per item. They run on the host and order every list once; equal scores keep the order of the list.
namespace rankwise::inline RANKWISE_ABI {

namespace detail {

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
      (opts.per_list.given() && !rankwise::detail::check_size(opts.per_list, "per_list", count, opts.errors))) {
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
    if (opts.per_list.given()) {
      opts.per_list.first()[l] = value[l];
    }
    double const w = weight_of(l);
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

template <class Matrix, class Isa = arch::native>
bool check_rows(Matrix const& m, std::size_t items, on_error const& errors) {
  return rankwise::detail::check_equal(m.rows, items, "the matrix (rows)", errc::size_mismatch, errors);
}

} // namespace detail

namespace metric {

/// alpha-nDCG at `Cutoff` (Clarke et al. 2008): an item that repeats a subtopic is worth less each time,
///   DCG = sum over r < Cutoff of 1/log2(r + 2) sum over subtopics s of J(r, s) (1 - alpha)^(items with s before r)
/// over the DCG of the order that takes the best next item each time: the best order itself is out of reach (NP-hard),
/// and the official tools do the same. J(item, subtopic) is a matrix; more than 0 is relevant. The order divided by is
/// of all items that take part, `.retrieved` or not, and of equal items takes the first of the list: it
/// is the same for every ranker.
template <std::size_t Cutoff, class Empty = empty::zero>
struct alpha_ndcg {
  static_assert(Cutoff > 0, "[rankwise] alpha_ndcg<0>: the cutoff is at least 1");

  double alpha = 0.5;

  constexpr char const* fault() const {
    return alpha >= 0 && alpha <= 1 ? nullptr : "alpha of alpha_ndcg (from 0 to 1)";
  }

  template <class Scores, class Subtopics, class Offset, class Isa = arch::native>
  double operator()(Scores const& scores, Subtopics const& subtopics, lists<Offset> const& groups,
                    options const& opts = {}) const {
    auto const j = as_matrix(subtopics);
    if (!rankwise::detail::check_parameters(fault(), opts.errors) ||
        !rankwise::detail::check_rows(j, groups.items(), opts.errors)) {
      return math::ops<double>::quiet_nan;
    }
    rankwise::detail::present_items const items(as_column(scores), opts);
    if (!items.check(groups.items(), opts.errors)) {
      return math::ops<double>::quiet_nan;
    }
    storage<double> left; // what a subtopic is worth the next time
    left.resize(j.columns);
    storage<std::uint8_t> used;
    used.resize(groups.longest());
    auto const reset = [&] {
      for (double& x : left) {
        x = 1;
      }
    };
    auto const worth = [&](std::size_t item) {
      double sum = 0;
      for (std::size_t s = 0; s < j.columns; ++s) {
        double const judged = static_cast<double>(j(item, s));
        sum += judged > 0 ? left[s] : judged != judged ? judged : 0;
      }
      return sum;
    };
    auto const show = [&](std::size_t item) {
      for (std::size_t s = 0; s < j.columns; ++s) {
        left[s] *= static_cast<double>(j(item, s)) > 0 ? 1 - alpha : 1;
      }
    };
    auto const discount = [](std::size_t r) { return 1 / math::log(static_cast<double>(r) + 2); };
    auto const best_of = [&](std::size_t l) {
      std::size_t const first = groups.begin_of(l);
      std::size_t const size = groups.size_of(l);
      for (std::size_t i = 0; i < size; ++i) {
        used[i] = items(first + i) ? 0 : 1;
      }
      reset();
      double ideal = 0;
      for (std::size_t r = 0; r < size && r < Cutoff; ++r) {
        std::size_t best = size;
        double most = 0;
        for (std::size_t i = 0; i < size; ++i) {
          double const x = used[i] != 0 ? 0 : worth(first + i);
          if (x != x) {
            return x; // a judgment is NaN: nothing is known of the list
          }
          if (x > most) {
            most = x;
            best = i;
          }
        }
        if (best == size) { // nothing is left that is worth anything
          break;
        }
        used[best] = 1;
        ideal += most * discount(r);
        show(first + best);
      }
      return ideal;
    };
    return rankwise::detail::mean_over_lists<Isa>(
        scores, groups, opts, "a judgment",
        [&](std::size_t l) {
          return best_of(l) > 0 ? defined_if<double>{0, true} : Empty::template value<double>();
        },
        [&](auto const& ranking) -> defined_if<double> {
          reset();
          double dcg = 0;
          std::size_t r = 0;
          items.for_first(ranking, Cutoff, [&](std::size_t item) {
            dcg += worth(item) * discount(r++);
            show(item);
          });
          double const ideal = best_of(ranking.list().number());
          return ideal > 0 || ideal != ideal ? defined_if<double>{dcg / ideal, true} : Empty::template value<double>();
        });
  }
};

/// The mean of any metric over intents (Agrawal et al. 2009): IA-M = sum over subtopics s of p(s) M with column s of
/// the matrix as labels. `intents` has one probability per subtopic; they are divided by their sum. What a list without
/// a relevant item for s counts is the metric's empty policy; with empty::skip the others share its probability.
/// `.per_list` receives the means of lists.
template <class Metric, class Scores, class Subtopics, class Offset, class Intents, class Isa = arch::native>
double intent_aware(Metric const& metric, Scores const& scores, Subtopics const& subtopics, lists<Offset> const& groups,
                    Intents const& intents, options opts = {}) {
  auto const j = as_matrix(subtopics);
  auto const p = as_column(intents);
  std::size_t const count = groups.size();
  if (!rankwise::detail::check_rows(j, groups.items(), opts.errors) ||
      !rankwise::detail::check_size(as_column(scores), "scores", groups.items(), opts.errors) ||
      !rankwise::detail::check_size(p, "the probabilities of intents", j.columns, opts.errors) ||
      !rankwise::detail::check_optional(opts.list_weights, "list_weights", count, memory::host, opts.errors) ||
      (opts.per_list.given() && !rankwise::detail::check_size(opts.per_list, "per_list", count, opts.errors))) {
    return math::ops<double>::quiet_nan;
  }
  for (std::size_t s = 0; s < p.size(); ++s) {
    double const x = static_cast<double>(p[s]);
    if (!rankwise::detail::passed(
            rankwise::detail::weight_parameter(x)
                ? status{}
                : status{errc::out_of_range, "a probability of intents (0 or more)", s, 0, status::nowhere},
            opts.errors)) {
      return math::ops<double>::quiet_nan;
    }
  }
  double most = 0; // by which they are divided: their sum may overflow
  for (std::size_t s = 0; s < p.size(); ++s) {
    double const x = static_cast<double>(p[s]);
    most = x > most ? x : most;
  }
  most = most > 1e300 ? most : 1;
  storage<double> one;
  storage<double> sum;
  storage<double> mass;
  one.resize(count);
  sum.resize(count);
  mass.resize(count);
  options each = opts;
  status told; // the first complaint
  status said;
  each.errors = said;
  each.per_list = std::span<double>(one.data(), count);
  for (std::size_t s = 0; s < j.columns; ++s) {
    std::ptrdiff_t const stride = j.rows > 1 ? j.address(1, s) - j.address(0, s) : 1;
    if (j.rows != 0) {
      metric(scores, strided(j.address(0, s), j.rows, stride), groups, each);
      bool const of_sum = said.code == errc::not_finite && said.where == status::nowhere; // which nobody asks for here
      told = told.ok() && !of_sum ? said : told;
    }
    for (std::size_t l = 0; l < count; ++l) {
      if (one[l] - one[l] == 0) {
        double const share = static_cast<double>(p[s]) / most;
        sum[l] += share * one[l];
        mass[l] += share;
      }
    }
  }
  double total = 0;
  double weight = 0;
  rankwise::detail::mean_weights const weight_of(opts.list_weights, count);
  for (std::size_t l = 0; l < count; ++l) {
    double const w = weight_of(l);
    double const v = mass[l] > 0 ? sum[l] / mass[l] : math::ops<double>::quiet_nan;
    if (opts.per_list.given()) {
      opts.per_list.first()[l] = v;
    }
    if (mass[l] > 0) {
      total += w * v;
      weight += w;
    }
  }
  rankwise::detail::passed(told, opts.errors);
  return weight == 0 ? 0 : total / weight;
}

/// Intra-list diversity at `Cutoff` (Smyth and McClave 2001): the mean of 1 - cosine over the pairs of the first items.
/// Rows of the matrix are the items' vectors; a vector of zeros has the cosine 0 with every other. Lists with fewer
/// than two items have no value.
template <std::size_t Cutoff>
struct intra_list_diversity {
  static_assert(Cutoff > 1, "[rankwise] intra_list_diversity<K>: pairs need a cutoff of at least 2");

  template <class Scores, class Vectors, class Offset, class Isa = arch::native>
  double operator()(Scores const& scores, Vectors const& vectors, lists<Offset> const& groups,
                    options const& opts = {}) const {
    auto const x = as_matrix(vectors);
    rankwise::detail::present_items const items(as_column(scores), opts);
    if (!rankwise::detail::check_rows(x, groups.items(), opts.errors) || !items.check(groups.items(), opts.errors)) {
      return math::ops<double>::quiet_nan;
    }
    // 1 / the largest number of a vector, where its squares would leave the range of double; otherwise 1.
    auto const scale_of = [&](std::size_t a) {
      double most = 0;
      for (std::size_t c = 0; c < x.columns; ++c) {
        double const size = math::abs(static_cast<double>(x(a, c)));
        most = size > most ? size : most;
      }
      return most > 0 && (most < 1e-100 || most > 1e100) ? most : 1;
    };
    auto const dot = [&](std::size_t a, double by_a, std::size_t b, double by_b) {
      double sum = 0;
      for (std::size_t c = 0; c < x.columns; ++c) {
        sum += static_cast<double>(x(a, c)) / by_a * (static_cast<double>(x(b, c)) / by_b);
      }
      return sum;
    };
    struct vector {
      std::size_t row;
      double scale;
      double norm;
    };
    storage<vector> shown;
    shown.resize(groups.longest() < Cutoff ? groups.longest() : Cutoff);
    auto const nobody = [](std::size_t) { return defined_if<double>{0, false}; };
    return rankwise::detail::mean_over_lists<Isa>(
        scores, groups, opts, "vectors", nobody, [&](auto const& ranking) -> defined_if<double> {
          std::size_t count = 0;
          items.for_first(ranking, Cutoff, [&](std::size_t item) {
            double const scale = scale_of(item);
            shown[count++] = {item, scale, math::sqrt(dot(item, scale, item, scale))};
          });
          double sum = 0;
          double pairs = 0;
          for (std::size_t b = 0; b < count; ++b) {
            for (std::size_t a = 0; a < b; ++a) {
              double const norms = shown[a].norm * shown[b].norm;
              sum += 1 - (norms == 0 ? 0 : dot(shown[a].row, shown[a].scale, shown[b].row, shown[b].scale) / norms);
              pairs += 1;
            }
          }
          return pairs > 0 ? defined_if<double>{sum / pairs, true} : defined_if<double>{0, false};
        });
  }
};

} // namespace metric
} // namespace rankwise::inline RANKWISE_ABI

#endif
