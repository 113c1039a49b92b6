#ifndef RANKWISE_METRIC_TIE_HPP
#define RANKWISE_METRIC_TIE_HPP

#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/metric/ranked.hpp>

#include <cstddef>
#include <type_traits>

/// What metrics need of ties::expected: equal scores stand in every order with the same probability, so what is drawn
/// for the first places of a tie is a draw without putting back.
namespace rankwise::inline RANKWISE_ABI::metric {

/// Ranks of equal scores, and what a metric calls good among them.
struct tied {
  std::size_t begin;
  std::size_t end;
  double good;   ///< how many
  double weight; ///< of the good ones

  RANKWISE_FN double size() const { return static_cast<double>(end - begin); }
  /// The mean number of good ones among `places` others, seen from a good one.
  RANKWISE_FN double good_among(double places) const { return good > 1 ? places * (good - 1) / (size() - 1) : 0; }
};

/// The tie that begins at rank `begin`; good(r) says who is good.
template <class Ranking, class Good>
RANKWISE_FN tied tie_at(Ranking const& ranking, std::size_t begin, Good good) {
  tied t{begin, ranking.tie_end(begin), 0, 0};
  for (std::size_t r = begin; r < t.end; ++r) {
    if (good(r)) {
      t.good += 1;
      t.weight += static_cast<double>(ranking.weight(r));
    }
  }
  return t;
}

/// The mean of f(good ones drawn) for `draws` of `n` items of which `good` are good, without putting back. The
/// probabilities start from the likeliest number, so that none of those that matter is too small for a double.
template <class F>
RANKWISE_FN double mean_over_draws(double n, double good, double draws, F f) {
  double const others = n - good;
  double const least = draws > others ? draws - others : 0;
  double const most = good < draws ? good : draws;
  double likeliest = static_cast<double>(static_cast<std::size_t>((draws + 1) * (good + 1) / (n + 2)));
  likeliest = likeliest < least ? least : likeliest > most ? most : likeliest;
  double sum = f(likeliest);
  double mass = 1;
  double p = 1;
  for (double x = likeliest; x < most && p > 0; ++x) {
    p *= (good - x) * (draws - x) / ((x + 1) * (others - draws + x + 1));
    sum += p * f(x + 1);
    mass += p;
  }
  p = 1;
  for (double x = likeliest; x > least && p > 0; --x) {
    p *= x * (others - draws + x) / ((good - x + 1) * (draws - x + 1));
    sum += p * f(x - 1);
    mass += p;
  }
  return sum / mass;
}

/// Means over draws from items that are added one by one. `products[j]` is the mean over all draws of j items of the
/// product of their q. Every step is a mean of two numbers of one sign, so that nothing cancels out.
template <class T>
class products_of_draws {
public:
  /// Draws of fewer than `count` items; the columns hold as many numbers.
  RANKWISE_FN products_of_draws(T* products, T* sums, std::size_t count) : all_(products), sums_(sums), count_(count) {
    clear();
  }

  RANKWISE_FN void clear() {
    items_ = 0;
    for (std::size_t j = 0; j < count_; ++j) {
      all_[j] = T(j == 0 ? 1 : 0);
      sums_[j] = T(0);
    }
  }
  /// The mean product of j items, and the mean of whatever `add` sums up.
  RANKWISE_FN double product(std::size_t j) const { return static_cast<double>(all_[j]); }
  RANKWISE_FN double sum(std::size_t j) const { return static_cast<double>(sums_[j]); }

  /// sum(j): the product of j items times the sum of their f.
  RANKWISE_FN void add(double q, double f) {
    each([&](std::size_t j, double in,
             double out) { set(sums_, j, out * sum(j) + (j != 0 ? in * q * (sum(j - 1) + f * product(j - 1)) : 0)); },
         q);
  }
  /// sum(j): the product of j items times the f of one more.
  RANKWISE_FN void add_next(double q, double f) {
    each(
        [&](std::size_t j, double in, double out) {
          double const one = 1 / static_cast<double>(items_);
          set(sums_, j, (out - one) * sum(j) + one * f * product(j) + (j != 0 ? in * q * sum(j - 1) : 0));
        },
        q);
  }

private:
  RANKWISE_FN static void set(T* column, std::size_t j, double x) { column[j] = static_cast<T>(x); }

  // From the most items down: what a draw of j is made of has not changed by then. `in`: how likely the new item is
  // one of j.
  template <class F>
  RANKWISE_FN void each(F f, double q) {
    ++items_;
    double const one = 1 / static_cast<double>(items_);
    for (std::size_t j = items_ < count_ ? items_ + 1 : count_; j-- > 0;) {
      double const in = static_cast<double>(j) * one;
      double const out = 1 - in;
      f(j, in, out);
      set(all_, j, out * product(j) + (j != 0 ? in * q * product(j - 1) : 0));
    }
  }

  T* all_;
  T* sums_;
  std::size_t count_;
  std::size_t items_ = 0;
};

/// What draws from a tie add to a weight.
struct drawn_weight {
  double least;    ///< of any draw
  double lightest; ///< item that weighs more than nothing; 0 if there is none
  double most;     ///< no draw adds more
  bool costs;      ///< an item weighs less than nothing
};

/// Of draws of `fewest` to `draws` items among ranks begin .. end-1 for which takes(r) holds. Writes to `values<1>()`.
template <class Ranking, class Takes>
RANKWISE_FN drawn_weight weight_of_draws(Ranking const& ranking, std::size_t begin, std::size_t end, std::size_t fewest,
                                         std::size_t draws, Takes takes) {
  auto* const smallest = ranking.list().template values<1>();
  std::size_t count = 0;
  drawn_weight found{0, 0, 0, false};
  for (std::size_t r = begin; r < end; ++r) {
    if (!takes(r)) {
      continue;
    }
    auto const weight = ranking.weight(r);
    double const w = static_cast<double>(weight);
    found.costs = found.costs || w < 0;
    found.most += w > 0 ? w : 0;
    found.lightest = w > 0 && (w < found.lightest || found.lightest == 0) ? w : found.lightest;
    std::size_t at = count < draws ? count++ : draws;
    for (; at != 0 && smallest[at - 1] > weight; --at) {
      if (at < draws) {
        smallest[at] = smallest[at - 1];
      }
    }
    if (at < draws) {
      smallest[at] = weight;
    }
  }
  for (std::size_t k = 0; k < count; ++k) {
    double const w = static_cast<double>(smallest[k]);
    found.least += k < fewest || w < 0 ? w : 0;
  }
  return found;
}

/// The integral from 0 to infinity of a mean of numbers exp(-t d), least <= d <= most, by trapezoids after
/// t = exp(x - exp(-x)) / most; it is the mean of 1 / d, which makes means of ratios out of means of products. The
/// error is that of rounding. `least` is above 0; what is 0 for every t may have a smaller d.
template <class F>
RANKWISE_FN double integral_of_decay(double least, double most, F f) {
  constexpr double step = 1.0 / 6;
  double const last = math::log(most) - math::log(least) + 4; // the smallest d has decayed there
  auto const at = [&](double x) {
    double const e = math::exp(-x);
    double const t = math::exp(x - e) / most;
    return f(t) * t * (1 + e);
  };
  double sum = at(0.0);
  double size = math::abs(sum); // costs make terms of both signs
  for (double direction : {step, -step}) {
    double x = direction;
    for (double term = at(x); math::abs(term) > 1e-18 * size || (x > -4 && x < last && term == term); term = at(x)) {
      sum += term;
      size += math::abs(term);
      x += direction;
    }
  }
  return sum * step;
}

/// w worth(r) for the first good item among the first k; 0 if there is none.
template <class Ties, class Ranking, class Good, class Worth>
RANKWISE_FN double at_first_good(Ranking const& ranking, std::size_t k, Good good, Worth worth) {
  std::size_t const last = ranking.size() < k ? ranking.size() : k;
  for (std::size_t r = 0; r < last; ++r) {
    if constexpr (std::is_same_v<Ties, ties::expected>) {
      tied const t = tie_at(ranking, r, good);
      if (t.good > 0) {
        double sum = 0;
        double first_here = t.good / t.size(); // how likely the first good one stands at i
        for (std::size_t i = r; i < t.end && i < last && first_here > 0; ++i) {
          sum += first_here * worth(i);
          double const left = static_cast<double>(t.end - i);
          first_here = left > t.good ? first_here * (left - t.good) / (left - 1) : 0;
        }
        return t.weight / t.good * sum;
      }
      r = t.end - 1;
    } else if (good(r)) {
      return static_cast<double>(ranking.weight(r)) * worth(r);
    }
  }
  return 0;
}

} // namespace rankwise::inline RANKWISE_ABI::metric

#endif
