#ifndef RANKWISE_STAT_PAIRED_HPP
#define RANKWISE_STAT_PAIRED_HPP

#include <rankwise/stat/interval.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

/// Is A better than B? Tests over pairs: the values of two rankers for the same lists, say. All take `a, b, options`,
/// look at d_i = a_i - b_i and weigh pairs equally. Pairs with a NaN cannot be used and are reported: mask lists for
/// which a metric has no value.
namespace rankwise::inline RANKWISE_ABI::stat {

/// What would count as a surprise: a difference, or one in favour of a, or of b.
enum class alternative : unsigned char { two_sided, greater, less };

struct test_result {
  double difference = 0; ///< mean of a - b
  double statistic = 0;  ///< what the test calls so
  double p_value = 1;    ///< 1 where the data cannot say anything
  double low = math::ops<double>::quiet_nan;
  double high = math::ops<double>::quiet_nan; ///< of a confidence interval of the difference, from tests that have one
  std::size_t pairs = 0;                      ///< that were used
  bool exact = false;                         ///< the p-value comes from the exact distribution
};

namespace detail {

/// Differences of usable pairs; false if the call is wrong.
template <class Isa, class A, class B>
bool read_pairs(sample<Isa>& d, A const& a, B const& b, options const& opts) {
  return passed(opts.item_weights.given() ? status{errc::unused_option, "item_weights (tests weigh pairs equally)"}
                                          : status{},
                opts.errors) &&
         d.read_difference(a, b, opts);
}

template <class Isa>
double mean_of(std::vector<double> const& d) {
  exact_sum sum;
  sum.add(d);
  return d.empty() ? 0 : sum.value() / static_cast<double>(d.size());
}

/// From P(T >= t) and P(T <= t).
RANKWISE_HOST_FN double p_value_of(alternative side, double above, double below) {
  double const least = above < below ? above : below;
  double const p = side == alternative::greater ? above : side == alternative::less ? below : 2 * least;
  return p < 1 ? p : 1;
}

/// Whether a replicate lies at least as far to the side as what was seen; `slack` is what rounding may make of equals.
RANKWISE_HOST_FN bool as_far(alternative side, double replicate, double seen, double slack) {
  return side == alternative::greater ? replicate >= seen - slack
         : side == alternative::less  ? replicate <= seen + slack
                                      : math::abs(replicate) >= math::abs(seen) - slack;
}

/// The p-value of drawn replicates: the data count as one of them (Phipson and Smyth 2010).
RANKWISE_HOST_FN double p_value_of_hits(std::size_t hits, std::size_t replicates) {
  return (1 + static_cast<double>(hits)) / (1 + static_cast<double>(replicates));
}

} // namespace detail

/// Student's t-test of pairs: t = mean / (s / sqrt(n)), n - 1 degrees of freedom.
struct paired_t {
  alternative side = alternative::two_sided;
  double confidence = 0.95;

  template <class A, class B, class Isa = arch::native>
  test_result operator()(A const& a, B const& b, options const& opts = {}) const {
    detail::sample<Isa> d;
    test_result r;
    if (!detail::check_confidence(confidence, opts.errors) || !detail::read_pairs(d, a, b, opts)) {
      return r;
    }
    double const scale = detail::bring_into_range<Isa>(d.value);
    basic_moments<Isa> sums;
    sums.add(d.value);
    r.pairs = sums.count();
    if (r.pairs == 0) {
      return r;
    }
    double const mean = sums.mean();
    r.difference = scale * mean;
    if (r.pairs == 1) {
      return r;
    }
    double const degrees = static_cast<double>(r.pairs - 1);
    double const error = sums.standard_error();
    estimate const interval = detail::student_interval<Isa>(mean, error, degrees, r.pairs, confidence);
    r.low = scale * interval.low;
    r.high = scale * interval.high;
    if (error > 0 || mean != 0) {
      r.statistic = mean / error; // infinite if all differences are equal
      r.p_value =
          detail::p_value_of(side, student_tail<Isa>(r.statistic, degrees), student_tail<Isa>(-r.statistic, degrees));
    }
    return r;
  }
};

/// The sign test: how many differences are positive, of those that are not zero. Exact for any number of pairs.
struct sign_test {
  alternative side = alternative::two_sided;

  template <class A, class B, class Isa = arch::native>
  test_result operator()(A const& a, B const& b, options const& opts = {}) const {
    detail::sample<Isa> d;
    test_result r;
    if (!detail::read_pairs(d, a, b, opts)) {
      return r;
    }
    r.difference = detail::mean_of<Isa>(d.value);
    double positive = 0;
    double all = 0;
    for (double const x : d.value) {
      positive += x > 0 ? 1 : 0;
      all += x != 0 ? 1 : 0;
    }
    r.pairs = static_cast<std::size_t>(all);
    r.statistic = positive;
    r.exact = true;
    r.p_value =
        detail::p_value_of(side, binomial_tail<Isa>(positive, all, 0.5), binomial_tail<Isa>(all - positive, all, 0.5));
    return r;
  }
};

/// Wilcoxon's signed-rank test: ranks of |d|, equal ones averaged, zeros left out; the statistic is the sum of the
/// ranks of positive differences (R's V). Up to `exact_up_to` pairs the p-value is exact, also with ties; above, the
/// normal approximation with the correction for ties, and without that for continuity unless asked for.
struct wilcoxon {
  alternative side = alternative::two_sided;
  std::size_t exact_up_to = 50;
  bool continuity = false;

  template <class A, class B, class Isa = arch::native>
  test_result operator()(A const& a, B const& b, options const& opts = {}) const {
    detail::sample<Isa> d;
    test_result r;
    if (!detail::read_pairs(d, a, b, opts)) {
      return r;
    }
    r.difference = detail::mean_of<Isa>(d.value);
    struct item {
      std::uint64_t key;
      bool positive;
    };
    std::vector<item> items;
    for (double const x : d.value) {
      if (x != 0) {
        items.push_back({detail::key_of(math::abs(x)), x > 0});
      }
    }
    detail::sort_by_key<Isa>(items, [](item const& i) { return i.key; });
    std::size_t const n = items.size();
    r.pairs = n;
    r.exact = n <= exact_up_to;
    if (n == 0) {
      return r;
    }
    std::vector<std::size_t> twice(n); // twice the rank is a whole number
    std::size_t positive = 0;
    double ties = 0;
    for (std::size_t begin = 0; begin < n;) {
      std::size_t end = begin;
      while (end < n && items[end].key == items[begin].key) {
        ++end;
      }
      double const t = static_cast<double>(end - begin);
      ties += t * t * t - t;
      std::size_t const rank = begin + end + 1;
      for (; begin < end; ++begin) {
        twice[begin] = rank;
        positive += items[begin].positive ? rank : 0;
      }
    }
    r.statistic = static_cast<double>(positive) / 2;
    if (r.exact) {
      double above = 0;
      double below = 0;
      exact_tails<Isa>(twice, positive, above, below);
      r.p_value = detail::p_value_of(side, above, below);
      return r;
    }
    double const m = static_cast<double>(n);
    double const deviation = math::sqrt(m * (m + 1) * (2 * m + 1) / 24 - ties / 48);
    double const off = r.statistic - m * (m + 1) / 4;
    double const step = continuity ? 0.5 : 0;
    r.p_value = detail::p_value_of(side, math::normal_cdf(-(off - step) / deviation),
                                   math::normal_cdf((off + step) / deviation));
    return r;
  }

private:
  // P(W >= w) and P(W <= w): every rank is in the sum or not, with even chances.
  template <class Isa>
  static void exact_tails(std::vector<std::size_t> const& twice, std::size_t w, double& above, double& below) {
    std::size_t all = 0;
    for (std::size_t const rank : twice) {
      all += rank;
    }
    std::vector<double> chance(all + 1, 0);
    chance[0] = 1;
    std::size_t top = 0;
    for (std::size_t const rank : twice) {
      top += rank;
      for (std::size_t s = top + 1; s-- > 0;) {
        chance[s] = (chance[s] + (s >= rank ? chance[s - rank] : 0)) / 2;
      }
    }
    for (std::size_t s = 0; s <= all; ++s) {
      above += s >= w ? chance[s] : 0;
      below += s <= w ? chance[s] : 0;
    }
  }
};

/// Fisher's randomisation test of pairs: the sign of every difference is turned with even chances; how often is the
/// mean at least as far from 0? If all 2^n turns are no more than `replicates`, all are taken and the p-value is exact;
/// otherwise it is (1 + hits) / (1 + replicates). An executor may come first.
struct permutation {
  alternative side = alternative::two_sided;
  std::size_t replicates = 10000;
  std::uint64_t seed = 0;

  template <class A, class B, class Isa = arch::native>
    requires(!executor<A>)
  test_result operator()(A const& a, B const& b, options const& opts = {}) const {
    return (*this)(exec::basic_simd<Isa>{}, a, b, opts);
  }
  template <executor Executor, class A, class B, class Isa = arch::native>
  test_result operator()(Executor const& executor, A const& a, B const& b, options const& opts = {}) const {
    detail::sample<Isa> pairs;
    test_result r;
    if (!detail::check_parameter(replicates > 0, "replicates (at least 1)", opts.errors) ||
        !detail::read_pairs(pairs, a, b, opts)) {
      return r;
    }
    double const scale = detail::bring_into_range<Isa>(pairs.value);
    std::vector<double> const& d = pairs.value;
    std::size_t const n = d.size();
    r.difference = r.statistic = scale * detail::mean_of<Isa>(d);
    r.pairs = n;
    if (n == 0) {
      return r;
    }
    double sum = 0;
    double size = 0;
    for (double const x : d) {
      sum += x;
      size += math::abs(x);
    }
    double const slack = 1e-12 * size; // sums of the same numbers in another order count as equal
    auto const hit = [&](double s) { return detail::as_far(side, s, sum, slack); };
    r.exact = n < 63 && std::uint64_t{1} << n <= replicates;
    if (r.exact) {
      std::size_t count = 0;
      for (std::uint64_t turn = 0; turn < std::uint64_t{1} << n; ++turn) {
        double s = 0;
        for (std::size_t i = 0; i < n; ++i) {
          s += (turn >> i & 1) != 0 ? -d[i] : d[i];
        }
        count += hit(s) ? 1u : 0u;
      }
      r.p_value = static_cast<double>(count) / static_cast<double>(std::uint64_t{1} << n);
      return r;
    }
    std::vector<std::uint8_t> hits(replicates);
    detail::for_each_replicate(executor, replicates,
                               [&](std::size_t k) { hits[k] = hit(turned_sum<Isa>(d, seed, k)) ? 1 : 0; });
    std::size_t count = 0;
    for (std::uint8_t const h : hits) {
      count += h;
    }
    r.p_value = detail::p_value_of_hits(count, replicates);
    return r;
  }

private:
  // The sum with random signs: a bit of a Philox word for every difference.
  template <class Isa>
  static double turned_sum(std::vector<double> const& d, std::uint64_t seed, std::uint64_t replicate) {
    constexpr std::size_t width = detail::philox_row::width;
    detail::philox_row row;
    double chain[width] = {};
    std::size_t const n = d.size();
    std::uint64_t block = 0;
    for (std::size_t done = 0; done < n; block += width) {
      detail::draw_row<Isa>(row, seed, block, replicate);
      for (std::size_t k = 0; k < 4 && done < n; ++k) {
        for (std::size_t bit = 0; bit < 32 && done < n; ++bit, done += width) {
          std::size_t const count = n - done < width ? n - done : width;
          for (std::size_t l = 0; l < count; ++l) {
            std::uint64_t const sign = std::uint64_t{row.word[k][l] >> bit & 1} << 63;
            chain[l] += std::bit_cast<double>(std::bit_cast<std::uint64_t>(d[done + l]) ^ sign);
          }
        }
      }
    }
    double sum = 0;
    for (double const c : chain) {
      sum += c;
    }
    return sum;
  }
};

/// The bootstrap of pairs: resamples of the differences. The interval is that of percentiles; the p-value says how
/// often a resampled mean is at least as far from the mean of the data as that is from 0: (1 + hits) / (1 +
/// replicates). An executor may come first.
struct paired_bootstrap {
  alternative side = alternative::two_sided;
  double confidence = 0.95;
  std::size_t replicates = 10000;
  std::uint64_t seed = 0;

  template <class A, class B, class Isa = arch::native>
    requires(!executor<A>)
  test_result operator()(A const& a, B const& b, options const& opts = {}) const {
    return (*this)(exec::basic_simd<Isa>{}, a, b, opts);
  }
  template <executor Executor, class A, class B, class Isa = arch::native>
  test_result operator()(Executor const& executor, A const& a, B const& b, options const& opts = {}) const {
    detail::sample<Isa> d;
    test_result r;
    if (!detail::check_confidence(confidence, opts.errors) ||
        !detail::check_parameter(replicates > 0, "replicates (at least 1)", opts.errors) ||
        !detail::read_pairs(d, a, b, opts)) {
      return r;
    }
    r.pairs = d.value.size();
    if (r.pairs == 0) {
      return r;
    }
    double const scale = detail::bring_into_range<Isa>(d.value);
    double const mean = detail::mean_of<Isa>(d.value);
    r.difference = r.statistic = scale * mean;
    if (r.pairs == 1) { // resamples of one pair are all the same
      return r;
    }
    std::vector<double> const means = detail::resampled_means<Isa>(executor, d, replicates, seed);
    estimate const interval = detail::percentile_interval<Isa>(mean, means, r.pairs, confidence);
    r.low = scale * interval.low;
    r.high = scale * interval.high;
    double const slack = 1e-12 * math::abs(mean);
    std::size_t hits = 0;
    for (double const m : means) {
      hits += detail::as_far(side, m - mean, mean, slack) ? 1u : 0u;
    }
    r.p_value = detail::p_value_of_hits(hits, replicates);
    return r;
  }
};

} // namespace rankwise::inline RANKWISE_ABI::stat

#endif
