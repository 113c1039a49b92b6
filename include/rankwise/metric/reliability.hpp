#ifndef RANKWISE_METRIC_RELIABILITY_HPP
#define RANKWISE_METRIC_RELIABILITY_HPP

#include <rankwise/core/bytes.hpp>
#include <rankwise/metric/itemwise.hpp>
#include <rankwise/stat/moments.hpp>
#include <rankwise/stat/order.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

/// Do things that were given 30 % happen in 30 % of the cases? Probabilities in bins, and the errors that follow.
namespace rankwise::inline RANKWISE_ABI::metric {

/// Items whose predictions fall into one bin.
struct calibration_bin {
  double weight = 0;
  double prediction = 0; ///< mean; NaN for an empty bin
  double label = 0;      ///< mean; NaN for an empty bin
};

/// The bins of a reliability diagram and what they say. All NaN where there are no items.
template <class Isa>
class basic_reliability_curve {
public:
  /// `shares` of all weight that the bins have.
  basic_reliability_curve(std::vector<calibration_bin> bins, std::vector<double> shares, double brier, double label,
                          double label_variance)
      : bins_(static_cast<std::vector<calibration_bin>&&>(bins)), shares_(static_cast<std::vector<double>&&>(shares)),
        brier_(brier), label_(label), uncertainty_(label_variance) {}

  std::vector<calibration_bin> const& bins() const { return bins_; }

  /// Expected calibration error: sum over bins of share x |mean prediction - mean label|.
  double expected_error() const {
    return mean([](calibration_bin const& b) { return math::abs(b.prediction - b.label); });
  }
  /// The largest |mean prediction - mean label| of a bin.
  double largest_error() const {
    double most = brier_ - brier_; // 0, or NaN if there is nothing
    for (calibration_bin const& b : bins_) {
      double const error = b.weight > 0 ? math::abs(b.prediction - b.label) : 0;
      most = error > most ? error : most;
    }
    return most;
  }

  /// Mean of (p - y)^2 = reliability - resolution + uncertainty + within_bins (Murphy 1973; the last term by
  /// Stephenson, Coelho and Jolliffe 2008).
  double brier() const { return brier_; }
  /// Mean over bins of (prediction - label)^2; 0 if calibrated.
  double reliability() const {
    return mean([](calibration_bin const& b) { return (b.prediction - b.label) * (b.prediction - b.label); });
  }
  /// Mean over bins of (label - mean label)^2: how far bins tell items apart.
  double resolution() const {
    return mean([this](calibration_bin const& b) { return (b.label - label_) * (b.label - label_); });
  }
  /// Variance of the labels.
  double uncertainty() const { return uncertainty_; }
  /// What is left because predictions differ within a bin.
  double within_bins() const { return brier_ - reliability() + resolution() - uncertainty_; }

private:
  template <class F>
  double mean(F f) const {
    double sum = 0;
    double whole = 0;
    for (std::size_t b = 0; b < bins_.size(); ++b) {
      sum += shares_[b] > 0 ? shares_[b] * f(bins_[b]) : 0;
      whole += shares_[b];
    }
    return sum / whole;
  }

  std::vector<calibration_bin> bins_;
  std::vector<double> shares_; // weights may add up beyond the largest double
  double brier_;
  double label_;
  double uncertainty_;
};

using reliability_curve = basic_reliability_curve<arch::native>;

namespace detail {

/// Exact sums of one bin.
template <class Isa>
struct bin_sums {
  stat::exact_sum weight, prediction, label;

  void add(double p, double y, double w) {
    weight.add(w);
    add_product(prediction, w, p);
    add_product(label, w, y);
  }
  /// The same of many items at once: a register at a time.
  void add(double const* p, double const* y, double const* w, std::size_t count) {
    weight.add(column<double const>{w, count});
    stat::detail::add_products<Isa>(prediction, w, p, count);
    stat::detail::add_products<Isa>(label, w, y, count);
  }
  /// Of items that weigh 1.
  void add(double const* p, double const* y, std::size_t count) {
    weight.add(static_cast<double>(count));
    prediction.add(column<double const>{p, count});
    label.add(column<double const>{y, count});
  }
  void merge(bin_sums const& other) {
    weight.merge(other.weight);
    prediction.merge(other.prediction);
    label.merge(other.label);
  }
  /// For `to_bytes`.
  template <class Self, class Bytes>
  static void parts(Self& self, Bytes& bytes) {
    bytes(self.weight, self.prediction, self.label);
  }
  calibration_bin bin() const {
    return {weight.value(), stat::detail::ratio(prediction, weight), stat::detail::ratio(label, weight)};
  }

  static void add_product(stat::exact_sum& sum, double w, double x) {
    if (w == 1) {
      sum.add(x);
      return;
    }
    stat::two_words const product = stat::detail::two_product<Isa>(w, x);
    sum.add(product.high);
    sum.add(product.low);
  }
};

/// What is summed over all items, whatever their bin.
template <class Isa>
struct item_error_sums {
  stat::exact_sum squared_error;
  stat::basic_moments<Isa> label;

  void add(stat::detail::row_block<Isa, 2> const& block) {
    double error[stat::detail::row_block<Isa, 2>::capacity];
    for (std::size_t i = 0; i < block.count; ++i) {
      double const off = block.x[0][i] - block.x[1][i];
      error[i] = off * off;
    }
    if (block.unit_weights) {
      squared_error.add(column<double const>{error, block.count});
      label.add(block.numbers(1));
      return;
    }
    stat::detail::add_products<Isa>(squared_error, block.weight, error, block.count);
    options weights;
    column<double const> const w{block.weight, block.count};
    weights.item_weights = w;
    label.add(block.numbers(1), weights);
  }
  void merge(item_error_sums const& other) {
    squared_error.merge(other.squared_error);
    label.merge(other.label);
  }
  /// For `to_bytes`.
  template <class Self, class Bytes>
  static void parts(Self& self, Bytes& bytes) {
    bytes(self.squared_error, self.label);
  }
  basic_reliability_curve<Isa> curve(std::vector<bin_sums<Isa>> const& sums) const {
    stat::exact_sum weight;
    for (bin_sums<Isa> const& b : sums) {
      weight.merge(b.weight);
    }
    std::vector<calibration_bin> bins;
    std::vector<double> shares;
    for (bin_sums<Isa> const& b : sums) {
      bins.push_back(b.bin());
      shares.push_back(b.weight.over(weight));
    }
    return {static_cast<std::vector<calibration_bin>&&>(bins), static_cast<std::vector<double>&&>(shares),
            squared_error.over(weight), label.mean(), label.population_variance()};
  }
};

/// Items of one bin that wait until there are enough of them to be added together.
template <class Isa>
struct bin_queue {
  static constexpr std::size_t capacity = 64;

  std::size_t count = 0;
  double p[capacity], y[capacity], w[capacity];

  /// Not where few items come to a bin, nor where the queues would leave the nearer caches.
  static bool pays(std::size_t items, std::size_t bins) { return items / capacity >= bins && bins <= 256; }

  void push(stat::detail::row_block<Isa, 2> const& block, std::size_t i, bin_sums<Isa>& to) {
    p[count] = block.x[0][i];
    y[count] = block.x[1][i];
    w[count] = block.weight[i];
    if (++count == capacity) {
      empty_into(to, block.unit_weights);
    }
  }
  void empty_into(bin_sums<Isa>& to, bool unit_weights) {
    if (unit_weights) {
      to.add(p, y, count);
    } else {
      to.add(p, y, w, count);
    }
    count = 0;
  }
};

/// Leaves only probabilities in a block.
template <class Isa>
void keep_probabilities(stat::detail::row_block<Isa, 2>& block, stat::detail::unusable& unusable) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < block.count; ++i) {
    double const p = block.x[0][i];
    double const y = block.x[1][i];
    if (p >= 0 && p <= 1 && y >= 0 && y <= 1) {
      block.x[0][kept] = p;
      block.x[1][kept] = y;
      block.weight[kept++] = block.weight[i];
    } else {
      unusable.add(block.item[i]);
    }
  }
  block.count = kept;
}

template <class Isa, class Predictions, class Labels, class F>
void for_each_block_of_probabilities(Predictions const& predictions, Labels const& labels, options const& opts, F f) {
  auto const p = stat::detail::host_rows(predictions);
  auto const y = stat::detail::host_rows(labels);
  if (!stat::detail::check_size(y, "labels", p.size(), opts.errors) ||
      !stat::detail::check_row_options(opts, p.size())) {
    return;
  }
  auto const bad = stat::detail::for_each_block_of_rows<Isa>(
      0, p.size(), opts,
      [&](stat::detail::row_block<Isa, 2>& block, stat::detail::unusable& unusable) {
        keep_probabilities(block, unusable);
        f(block);
      },
      p, y);
  bad.reported("a prediction, label or weight", opts.errors);
}

} // namespace detail

/// Bins of equal width over [0, 1]: [0, 1/B), [1/B, 2/B) ..., the last one with 1. The state has a fixed size, 1.7 kB
/// for every bin; parts merge to the same bits.
template <class Isa>
class basic_reliability {
public:
  explicit basic_reliability(std::size_t bins = 10) : bins_(bins == 0 ? 1 : bins) {}

  template <class Predictions, class Labels>
  void add(Predictions const& predictions, Labels const& labels, options const& opts = {}) {
    std::size_t const items = as_column(predictions).size();
    bool const queued = detail::bin_queue<Isa>::pays(items, bins_.size());
    std::vector<detail::bin_queue<Isa>> queues(queued ? bins_.size() : 0);
    detail::for_each_block_of_probabilities<Isa>(predictions, labels, opts, [&](auto const& block) {
      all_.add(block);
      for (std::size_t i = 0; i < block.count; ++i) {
        std::size_t const b = bin_of(block.x[0][i]);
        if (queued) {
          queues[b].push(block, i, bins_[b]);
        } else {
          bins_[b].add(block.x[0][i], block.x[1][i], block.weight[i]);
        }
      }
    });
    for (std::size_t b = 0; b < queues.size(); ++b) {
      queues[b].empty_into(bins_[b], !opts.item_weights.given());
    }
  }
  /// Of two states with as many bins.
  void merge(basic_reliability const& other, on_error const& errors = {}) {
    if (!rankwise::detail::check_alike<Isa>(*this, other, errors)) {
      return;
    }
    for (std::size_t b = 0; b < bins_.size(); ++b) {
      bins_[b].merge(other.bins_[b]);
    }
    all_.merge(other.all_);
  }
  basic_reliability_curve<Isa> curve() const { return all_.curve(bins_); }
  double value() const { return curve().expected_error(); }

  /// For `to_bytes`.
  template <class Self, class Bytes>
  static void parts(Self& self, Bytes& bytes) {
    bytes.kind("reliability");
    std::size_t const bins = self.bins_.size();
    bytes.same(bins);
    bytes(self.bins_, self.all_);
    bytes.require(self.bins_.size() == bins);
  }

private:
  // Bin k is [k / B, (k + 1) / B) as these quotients are; a product may round to the other side.
  std::size_t bin_of(double p) const {
    double const count = static_cast<double>(bins_.size());
    auto const at = static_cast<std::size_t>(p * count);
    std::size_t const bin = at < bins_.size() ? at : bins_.size() - 1;
    double const past = p * count - static_cast<double>(bin);
    double const rounding = 1e-15 * count; // of the product and of an edge times B, several times over
    if (past > rounding && past < 1 - rounding) {
      return bin; // no edge is near
    }
    if (bin > 0 && p < static_cast<double>(bin) / count) {
      return bin - 1;
    }
    return bin + 1 < bins_.size() && p >= static_cast<double>(bin + 1) / count ? bin + 1 : bin;
  }

  std::vector<detail::bin_sums<Isa>> bins_;
  detail::item_error_sums<Isa> all_;
};

using reliability = basic_reliability<arch::native>;

/// Bins of equal weight: an item with the share q of all weight strictly below its prediction goes to bin floor(B q).
/// Equal predictions share a bin, so that ties leave bins uneven, or empty. The state keeps every item, 24 bytes each.
template <class Isa>
class basic_equal_mass_reliability {
public:
  explicit basic_equal_mass_reliability(std::size_t bins = 10) : bins_(bins == 0 ? 1 : bins) {}

  template <class Predictions, class Labels>
  void add(Predictions const& predictions, Labels const& labels, options const& opts = {}) {
    detail::for_each_block_of_probabilities<Isa>(predictions, labels, opts, [this](auto const& block) {
      all_.add(block);
      for (std::size_t i = 0; i < block.count; ++i) {
        items_.push_back({stat::detail::key_of(block.x[0][i]), block.x[1][i], block.weight[i]});
      }
    });
  }
  /// Of two states with as many bins.
  void merge(basic_equal_mass_reliability const& other, on_error const& errors = {}) {
    if (!rankwise::detail::check_alike<Isa>(*this, other, errors)) {
      return;
    }
    std::size_t const count = other.items_.size();
    for (std::size_t i = 0; i < count; ++i) { // `other` may be this one
      items_.push_back(other.items_[i]);
    }
    all_.merge(other.all_);
  }
  basic_reliability_curve<Isa> curve() const {
    std::vector<item> items = items_;
    stat::detail::sort_by_key<Isa>(items, [](item const& i) { return stat::detail::key_of(i.weight); });
    stat::detail::sort_by_key<Isa>(items, [](item const& i) { return i.key; });
    stat::exact_sum whole;
    for (item const& i : items) {
      whole.add(i.weight);
    }
    double const weight = whole.value();
    double const count = static_cast<double>(bins_);
    std::vector<detail::bin_sums<Isa>> sums(bins_);
    stat::exact_sum below;
    for (std::size_t begin = 0; begin < items.size();) {
      // 29 of 100 are 29 bins of 100; 0.29 times 100 is less
      double const at =
          stat::detail::finite(weight * count) ? below.value() * count / weight : below.over(whole) * count;
      std::size_t const bin = at < count ? static_cast<std::size_t>(at) : bins_ - 1;
      std::uint64_t const key = items[begin].key;
      for (; begin < items.size() && items[begin].key == key; ++begin) {
        sums[bin].add(stat::detail::number_of(key), items[begin].label, items[begin].weight);
        below.add(items[begin].weight);
      }
    }
    return all_.curve(sums);
  }
  double value() const { return curve().expected_error(); }

  /// For `to_bytes`.
  template <class Self, class Bytes>
  static void parts(Self& self, Bytes& bytes) {
    bytes.kind("equal_mass_reliability");
    bytes.same(self.bins_);
    bytes(self.items_, self.all_);
  }

private:
  struct item {
    std::uint64_t key;
    double label;
    double weight;

    template <class Self, class Bytes>
    static void parts(Self& self, Bytes& bytes) {
      bytes(self.key, self.label, self.weight);
    }
  };

  std::size_t bins_;
  std::vector<item> items_;
  detail::item_error_sums<Isa> all_;
};

using equal_mass_reliability = basic_equal_mass_reliability<arch::native>;

/// Expected calibration error over bins of equal width (Naeini, Cooper and Hauskrecht 2015).
struct expected_calibration_error {
  std::size_t bins = 10;

  /// For data in parts: `add`, `merge`, `value`, and `curve` for the bins.
  template <class Isa = arch::native>
  auto accumulator() const {
    return basic_reliability<Isa>(bins);
  }

  RANKWISE_STATE_METRIC_CALLS
};

/// The same over bins of equal weight.
struct equal_mass_calibration_error {
  std::size_t bins = 10;

  template <class Isa = arch::native>
  auto accumulator() const {
    return basic_equal_mass_reliability<Isa>(bins);
  }

  RANKWISE_STATE_METRIC_CALLS
};

} // namespace rankwise::inline RANKWISE_ABI::metric

#endif
