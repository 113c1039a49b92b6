#ifndef RANKWISE_METRIC_CLASS_PROBABILITY_HPP
#define RANKWISE_METRIC_CLASS_PROBABILITY_HPP

#include <rankwise/core/bytes.hpp>
#include <rankwise/core/tensor.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/metric/itemwise.hpp>
#include <rankwise/stat/moments.hpp>

#include <cstddef>

/// How good the probabilities of grades 0 .. K-1 are: a matrix with a row of K numbers for every item, and the grades.
/// A row cannot be used if a number of it lies outside [0, 1] or they do not add up to 1 within 1/1000, and neither can
/// an item whose label is no grade.
namespace rankwise::inline RANKWISE_ABI::metric {

/// State of such a measure: the weighted sum of what it gives every item.
template <class Measure, class Isa>
class basic_class_state {
public:
  explicit basic_class_state(Measure const& measure = {}) : measure_(measure) {}

  template <class Probabilities, class Labels>
  void add(Probabilities const& probabilities, Labels const& labels, options const& opts = {}) {
    auto const p = as_matrix(probabilities);
    static_assert(decltype(p)::where == memory::host, "[rankwise] this tool reads host memory: copy the matrix first");
    auto const y = stat::detail::host_rows(labels);
    if (!rankwise::detail::check_parameters(fault_of(measure_), opts.errors) ||
        !stat::detail::check_size(y, "labels", p.rows, opts.errors) || !stat::detail::check_row_options(opts, p.rows)) {
      return;
    }
    auto const bad = stat::detail::for_each_block_of_rows<Isa>(
        0, p.rows, opts,
        [&](auto& block, stat::detail::unusable& unusable) {
          std::size_t kept = 0;
          for (std::size_t i = 0; i < block.count; ++i) {
            std::size_t const row = block.item[i];
            double const value =
                of_row([&](std::size_t k) { return static_cast<double>(p(row, k)); }, p.columns, block.x[0][i]);
            if (stat::detail::finite(value)) {
              block.x[0][kept] = value;
              block.weight[kept++] = block.weight[i];
            } else {
              unusable.add(row);
            }
          }
          block.count = kept;
          weight_.add(column<double const>{block.weight, kept});
          stat::detail::add_products<Isa>(sum_, block.weight, block.x[0], kept);
        },
        y);
    left_out_ += bad.count;
    bad.reported("a probability, label or weight", opts.errors);
  }
  /// Of two states whose measures have the same parameters.
  void merge(basic_class_state const& other, on_error const& errors = {}) {
    if (!rankwise::detail::check_alike<Isa>(*this, other, errors)) {
      return;
    }
    left_out_ += other.left_out_;
    weight_.merge(other.weight_);
    sum_.merge(other.sum_);
  }
  /// NaN for no items.
  double value() const { return stat::detail::ratio(sum_, weight_); }
  double weight() const { return weight_.value(); }
  std::size_t left_out() const { return left_out_; }

  /// For `to_bytes`.
  template <class Self, class Bytes>
  static void parts(Self& self, Bytes& bytes) {
    detail::describe_measure("class_state", self.measure_, bytes);
    bytes(self.left_out_, self.weight_, self.sum_);
  }

private:
  template <class Row>
  double of_row(Row row, std::size_t classes, double label) const {
    bool usable = label >= 0 && label < static_cast<double>(classes);
    double sum = 0;
    for (std::size_t k = 0; k < classes; ++k) {
      double const p = row(k);
      usable = usable && p >= 0 && p <= 1;
      sum += p;
    }
    std::size_t const grade = usable ? static_cast<std::size_t>(label) : 0;
    usable = usable && static_cast<double>(grade) == label && math::abs(sum - 1) <= 1e-3;
    return usable ? measure_.of_row(row, classes, grade) : math::ops<double>::quiet_nan;
  }

  Measure measure_;
  std::size_t left_out_ = 0;
  stat::exact_sum weight_;
  stat::exact_sum sum_;
};

/// Ranked probability score (Epstein 1969): mean of sum_k (P(grade <= k) - 1[y <= k])^2. It is the squared earth
/// mover's distance to the grade, and charges more for probability that lies further off. `normalised` divides it by
/// K - 1, so that it lies between 0 and 1.
struct ranked_probability_score {
  static constexpr char const* text = "ranked_probability_score";
  bool normalised = false;

  template <class Row>
  double of_row(Row row, std::size_t classes, std::size_t grade) const {
    double below = 0;
    double sum = 0;
    for (std::size_t k = 0; k < classes; ++k) {
      below += row(k);
      double const off = below - (grade <= k ? 1 : 0);
      sum += off * off;
    }
    return normalised && classes > 1 ? sum / static_cast<double>(classes - 1) : sum;
  }

  /// For data in parts: `add`, `merge`, `value`.
  template <class Isa = arch::native>
  auto accumulator() const {
    return basic_class_state<ranked_probability_score, Isa>(*this);
  }

  RANKWISE_STATE_METRIC_CALLS
};

/// Brier's score of several classes: mean of sum_k (p_k - 1[y = k])^2, between 0 and 2. Divided by K it is the mean
/// over classes of their squared errors.
struct class_brier {
  static constexpr char const* text = "class_brier";
  template <class Row>
  double of_row(Row row, std::size_t classes, std::size_t grade) const {
    double sum = 0;
    for (std::size_t k = 0; k < classes; ++k) {
      double const off = row(k) - (grade == k ? 1 : 0);
      sum += off * off;
    }
    return sum;
  }

  template <class Isa = arch::native>
  auto accumulator() const {
    return basic_class_state<class_brier, Isa>(*this);
  }

  RANKWISE_STATE_METRIC_CALLS
};

/// Mean of -log p_y, p_y kept `clip` away from 0.
struct class_log_loss {
  static constexpr char const* text = "class_log_loss";
  double clip = 0x1p-52;

  constexpr char const* fault() const {
    return clip >= 0 && clip <= 1 ? nullptr : "clip of class_log_loss (from 0 to 1)";
  }

  template <class Row>
  double of_row(Row row, std::size_t, std::size_t grade) const {
    double const p = row(grade);
    return -math::log(p > clip ? p : clip);
  }

  template <class Isa = arch::native>
  auto accumulator() const {
    return basic_class_state<class_log_loss, Isa>(*this);
  }

  RANKWISE_STATE_METRIC_CALLS
};

} // namespace rankwise::inline RANKWISE_ABI::metric

#endif
