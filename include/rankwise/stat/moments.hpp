#ifndef RANKWISE_STAT_MOMENTS_HPP
#define RANKWISE_STAT_MOMENTS_HPP

#include <rankwise/math/math.hpp>
#include <rankwise/stat/exact_sum.hpp>
#include <rankwise/stat/rows.hpp>

#include <cstddef>

/// Weighted means, variances and covariances on exact sums: the same bits in any order and for any split, and right
/// where the mean is large and the variance small.
namespace rankwise::inline RANKWISE_ABI::stat {

namespace detail {

// a * b in two words, exactly if neither overflows or comes below 1e-290.
template <class Isa>
two_words two_product(double a, double b) {
  double const product = a * b;
  return {product, finite(product) ? __builtin_fma(a, b, -product) : 0};
}

/// Adds a product of two columns without rounding, as long as it neither overflows nor comes below 1e-290.
template <class Isa>
void add_products(exact_sum& sum, double const* a, double const* b, std::size_t count) {
  double high[row_block<Isa, 1>::capacity];
  double low[row_block<Isa, 1>::capacity];
  for (std::size_t i = 0; i < count; ++i) {
    two_words const p = two_product<Isa>(a[i], b[i]);
    high[i] = p.high;
    low[i] = p.low;
  }
  sum.add(column<double const>{high, count});
  sum.add(column<double const>{low, count});
}

/// The same for products of three.
template <class Isa>
void add_products(exact_sum& sum, double const* weight, double const* a, double const* b, std::size_t count) {
  double high[row_block<Isa, 1>::capacity];
  double low[row_block<Isa, 1>::capacity];
  for (std::size_t i = 0; i < count; ++i) {
    two_words const p = two_product<Isa>(a[i], b[i]);
    high[i] = p.high;
    low[i] = p.low;
  }
  add_products<Isa>(sum, weight, high, count);
  add_products<Isa>(sum, weight, low, count);
}

// sum -= factor * other, without rounding: word by word of the other sum.
template <class Isa>
void subtract_multiple(exact_sum& sum, exact_sum other, double factor) {
  for (double word = other.value(); word != 0 && finite(word); word = other.value()) {
    two_words const p = two_product<Isa>(factor, word);
    sum.add(-p.high);
    sum.add(-p.low);
    other.add(-word);
  }
}

// sum / weight
RANKWISE_HOST_FN double ratio(exact_sum const& sum, exact_sum const& weight) {
  return sum.over(weight);
}

/// sum / weight - origin. The origin is taken off without rounding, so that the difference of two means has the digits
/// that the means themselves have no room for.
template <class Isa>
double ratio_from(exact_sum sum, exact_sum const& weight, double origin) {
  subtract_multiple<Isa>(sum, weight, origin);
  return ratio(sum, weight);
}

/// mean a - mean b, from what a(origin) and b(origin) say of means - origin; swapping them changes the sign alone.
template <class A, class B>
double difference_of_means(double mean_a, double mean_b, A const& a, B const& b) {
  double const between = 0.5 * mean_a + 0.5 * mean_b;
  return finite(between) ? a(between) - b(between) : mean_a - mean_b;
}

/// sum(w a b) / sum(w) - mean(a) mean(b). The means, rounded, are taken off without rounding first, so that nothing
/// cancels afterwards.
template <class Isa>
double central(exact_sum products, exact_sum const& a, exact_sum const& b, exact_sum const& weight) {
  double const mean_a = ratio(a, weight);
  double const mean_b = ratio(b, weight);
  exact_sum rest_a = a;
  subtract_multiple<Isa>(rest_a, weight, mean_a); // sum w (a - mean_a)
  exact_sum rest_b = b;
  subtract_multiple<Isa>(rest_b, weight, mean_b);
  subtract_multiple<Isa>(products, b, mean_a); // sum w (a - mean_a) b
  subtract_multiple<Isa>(products, rest_a, mean_b);
  return ratio(products, weight) - ratio(rest_a, weight) * ratio(rest_b, weight);
}

} // namespace detail

/// Count, mean and variance of weighted numbers. Weights say how much an item counts; they need not be whole.
template <class Isa>
class basic_moments {
public:
  /// Items that the mask leaves in. Those that are not finite or have a negative weight are left out and reported;
  /// those of weight 0 are left out silently.
  template <class Column>
  void add(Column const& numbers, options const& opts = {}) {
    auto const x = detail::host_rows(numbers);
    if (!detail::check_row_options(opts, x.size())) {
      return;
    }
    auto const bad = detail::for_each_block_of_rows<Isa>(
        0, x.size(), opts, [this](auto const& block, auto const&) { this->add_block(block); }, x);
    left_out_ += bad.count;
    bad.reported("a number or weight", opts.errors);
  }
  void merge(basic_moments const& other) {
    count_ += other.count_;
    left_out_ += other.left_out_;
    weight_.merge(other.weight_);
    squared_weight_.merge(other.squared_weight_);
    sum_.merge(other.sum_);
    squares_.merge(other.squares_);
  }

  std::size_t count() const { return count_; }
  std::size_t left_out() const { return left_out_; }
  double weight() const { return weight_.value(); }
  double sum() const { return sum_.value(); }
  /// NaN for no items, as is everything that is divided by the weight.
  double mean() const { return detail::ratio(sum_, weight_); }
  /// mean - origin, rounded once.
  double mean_from(double origin) const { return detail::ratio_from<Isa>(sum_, weight_, origin); }
  /// (sum w)^2 / sum w^2 (Kish 1965): how many items of equal weight say as much.
  double effective_size() const {
    double const squares = squared_weight_.value();
    return squares > 0 ? weight() / squares * weight() : 0;
  }
  /// sum w (x - mean)^2 / sum w
  double population_variance() const {
    double const v = detail::central<Isa>(squares_, sum_, sum_, weight_);
    return count_ == 0 ? math::ops<double>::quiet_nan : v < 0 ? 0 : v; // NaN where squares overflow
  }
  /// Unbiased for independent items: divided by sum w - sum w^2 / sum w, which is n - 1 where all weights are 1. NaN
  /// for fewer than two items.
  double variance() const {
    double const n = effective_size();
    return count_ > 1 ? population_variance() * (n / (n - 1)) : math::ops<double>::quiet_nan;
  }
  double standard_deviation() const { return math::sqrt(variance()); }
  /// Of the mean: sqrt(variance / effective_size).
  double standard_error() const { return math::sqrt(variance() / effective_size()); }

  friend bool operator==(basic_moments const&, basic_moments const&) = default;

  /// For `to_bytes`.
  template <class Self, class Bytes>
  static void parts(Self& self, Bytes& bytes) {
    bytes.kind("moments");
    bytes(self.count_, self.left_out_, self.weight_, self.squared_weight_, self.sum_, self.squares_);
  }

private:
  template <class Block>
  void add_block(Block const& block) {
    std::size_t const n = block.count;
    double const* const w = block.weight;
    double const* const x = block.x[0];
    count_ += n;
    if (block.unit_weights) {
      weight_.add(static_cast<double>(n));
      squared_weight_.add(static_cast<double>(n));
      sum_.add(block.numbers(0));
      detail::add_products<Isa>(squares_, x, x, n);
    } else {
      weight_.add(column<double const>{w, n});
      detail::add_products<Isa>(squared_weight_, w, w, n);
      detail::add_products<Isa>(sum_, w, x, n);
      detail::add_products<Isa>(squares_, w, x, x, n);
    }
  }

  std::size_t count_ = 0;
  std::size_t left_out_ = 0;
  exact_sum weight_;
  exact_sum squared_weight_;
  exact_sum sum_;
  exact_sum squares_;
};

using moments = basic_moments<arch::native>;

/// Means, variances and the covariance of two columns.
template <class Isa>
class basic_co_moments {
public:
  template <class A, class B>
  void add(A const& first, B const& second, options const& opts = {}) {
    auto const a = detail::host_rows(first);
    auto const b = detail::host_rows(second);
    if (!detail::check_size(b, "the second column", a.size(), opts.errors) ||
        !detail::check_row_options(opts, a.size())) {
      return;
    }
    auto const bad = detail::for_each_block_of_rows<Isa>(
        0, a.size(), opts, [this](auto const& block, auto const&) { this->add_block(block); }, a, b);
    left_out_ += bad.count;
    bad.reported("a number or weight", opts.errors);
  }
  void merge(basic_co_moments const& other) {
    count_ += other.count_;
    left_out_ += other.left_out_;
    weight_.merge(other.weight_);
    squared_weight_.merge(other.squared_weight_);
    for (int k = 0; k < 2; ++k) {
      sum_[k].merge(other.sum_[k]);
    }
    for (int k = 0; k < 3; ++k) {
      products_[k].merge(other.products_[k]);
    }
  }

  std::size_t count() const { return count_; }
  std::size_t left_out() const { return left_out_; }
  double weight() const { return weight_.value(); }
  double effective_size() const {
    double const squares = squared_weight_.value();
    return squares > 0 ? weight() / squares * weight() : 0;
  }
  /// Of column 0 or 1.
  double mean(int k) const { return detail::ratio(sum_[k], weight_); }
  /// mean(k) - origin, rounded once.
  double mean_from(int k, double origin) const { return detail::ratio_from<Isa>(sum_[k], weight_, origin); }
  double variance(int k) const {
    double const v = unbiased(products_[2 * k], sum_[k], sum_[k]);
    return v < 0 ? 0 : v;
  }
  double covariance() const { return unbiased(products_[1], sum_[0], sum_[1]); }
  /// Pearson's; NaN if a column is constant.
  double correlation() const {
    double const r = covariance() / math::sqrt(variance(0)) / math::sqrt(variance(1));
    return r > 1 ? 1 : r < -1 ? -1 : r;
  }

  /// For `to_bytes`.
  template <class Self, class Bytes>
  static void parts(Self& self, Bytes& bytes) {
    bytes.kind("co_moments");
    bytes(self.count_, self.left_out_, self.weight_, self.squared_weight_, self.sum_, self.products_);
  }

private:
  template <class Block>
  void add_block(Block const& block) {
    std::size_t const n = block.count;
    count_ += n;
    if (block.unit_weights) {
      weight_.add(static_cast<double>(n));
      squared_weight_.add(static_cast<double>(n));
      for (std::size_t k = 0; k < 2; ++k) {
        sum_[k].add(block.numbers(k));
      }
      for (std::size_t k = 0; k < 3; ++k) {
        detail::add_products<Isa>(products_[k], block.x[k == 2], block.x[k != 0], n);
      }
      return;
    }
    weight_.add(column<double const>{block.weight, n});
    detail::add_products<Isa>(squared_weight_, block.weight, block.weight, n);
    for (std::size_t k = 0; k < 2; ++k) {
      detail::add_products<Isa>(sum_[k], block.weight, block.x[k], n);
    }
    for (std::size_t k = 0; k < 3; ++k) {
      detail::add_products<Isa>(products_[k], block.weight, block.x[k == 2], block.x[k != 0], n);
    }
  }
  double unbiased(exact_sum const& products, exact_sum const& a, exact_sum const& b) const {
    double const n = effective_size();
    return count_ > 1 ? detail::central<Isa>(products, a, b, weight_) * (n / (n - 1)) : math::ops<double>::quiet_nan;
  }

  std::size_t count_ = 0;
  std::size_t left_out_ = 0;
  exact_sum weight_;
  exact_sum squared_weight_;
  exact_sum sum_[2];
  exact_sum products_[3]; // aa, ab, bb
};

using co_moments = basic_co_moments<arch::native>;

} // namespace rankwise::inline RANKWISE_ABI::stat

#endif
