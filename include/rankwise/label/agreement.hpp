#ifndef RANKWISE_LABEL_AGREEMENT_HPP
#define RANKWISE_LABEL_AGREEMENT_HPP

#include <rankwise/core/bytes.hpp>
#include <rankwise/label/mix.hpp>

namespace rankwise::inline RANKWISE_ABI::label {

/// What a disagreement by d of at most G-1 grades costs in Cohen's kappa.
namespace disagreement {
struct nominal {
  static constexpr double cost(double d, double) { return d == 0 ? 0 : 1; }
};
struct linear {
  static constexpr double cost(double d, double top) { return top > 0 ? d / top : 0; }
};
struct quadratic {
  static constexpr double cost(double d, double top) { return top > 0 ? d / top * (d / top) : 0; }
};
} // namespace disagreement

/// Grades 0 .. G-1 of a model against those of people: a confusion matrix and what follows from it. Columns are added
/// one after the other, and matrices merge, to the bits of the whole. Pairs in which either label is no grade are
/// counted apart.
template <class Isa>
class basic_agreement {
public:
  explicit basic_agreement(std::size_t grades) : grades_(grades), weight_(grades * grades), outside_(1) {}

  template <class Predicted, class Human>
  void add(Predicted const& predicted, Human const& human, options const& opts = {}) {
    auto const p = detail::host_column(predicted);
    auto const h = detail::host_column(human);
    if (!detail::check_size(h, "the human grades", p.size(), opts.errors) || !detail::check_weights(opts, p.size())) {
      return;
    }
    detail::for_each_weighted<Isa>(p.size(), opts, [&](std::size_t i, double w) {
      std::size_t const a = detail::grade_of(static_cast<double>(p[i]), grades_);
      std::size_t const b = detail::grade_of(static_cast<double>(h[i]), grades_);
      if (a < grades_ && b < grades_) {
        weight_.add(b * grades_ + a, w);
      } else {
        outside_.add(0, w);
      }
    });
  }
  /// Of two matrices with the same grades.
  void merge(basic_agreement const& other, on_error const& errors = {}) {
    if (!rankwise::detail::check_alike<Isa>(*this, other, errors)) {
      return;
    }
    weight_.merge(other.weight_);
    outside_.merge(other.outside_);
  }

  std::size_t grades() const { return grades_; }
  /// Weight of the items that people gave `human` and the model `predicted`.
  double weight(std::size_t human, std::size_t predicted) const { return weight_.value(human * grades_ + predicted); }
  double outside() const { return outside_.value(0); }
  double total() const {
    double sum = 0;
    for (std::size_t k = 0; k < weight_.size(); ++k) {
      sum += weight_.value(k);
    }
    return sum;
  }

  double accuracy() const { return within(0); }
  /// Share of the items that are at most `distance` grades off.
  double within(std::size_t distance) const {
    double hits = 0;
    for (std::size_t h = 0; h < grades_; ++h) {
      for (std::size_t p = 0; p < grades_; ++p) {
        hits += (h < p ? p - h : h - p) <= distance ? weight(h, p) : 0;
      }
    }
    return ratio(hits, total());
  }

  /// Mean distance between the grades.
  double mean_error() const {
    double sum = 0;
    for (std::size_t h = 0; h < grades_; ++h) {
      sum += error_weight(h);
    }
    return ratio(sum, total());
  }
  /// The mean over grades that people gave of the mean distance from them (Baccianella, Esuli and Sebastiani 2009,
  /// "macro-averaged" MAE, AMAE), and the largest of these: a rare grade counts as much as a frequent one.
  double average_error() const {
    double sum = 0;
    double count = 0;
    for (std::size_t h = 0; h < grades_; ++h) {
      sum += ratio(error_weight(h), human_weight(h));
      count += human_weight(h) > 0 ? 1 : 0;
    }
    return ratio(sum, count);
  }
  double worst_error() const {
    double most = 0;
    for (std::size_t h = 0; h < grades_; ++h) {
      double const error = ratio(error_weight(h), human_weight(h));
      most = error > most ? error : most;
    }
    return most;
  }

  /// Cohen's kappa: `kappa()` weighs disagreements by their square. 1 where there is neither disagreement nor chance of
  /// any, 0 for an empty matrix.
  template <class Disagreement = disagreement::quadratic>
  double kappa() const {
    double const all = total();
    double const top = static_cast<double>(grades_) - 1;
    double observed = 0;
    double by_chance = 0;
    for (std::size_t h = 0; h < grades_; ++h) {
      for (std::size_t p = 0; p < grades_; ++p) {
        double const cost = Disagreement::cost(static_cast<double>(h < p ? p - h : h - p), top);
        observed += cost * weight(h, p);
        by_chance += cost * human_weight(h) * predicted_weight(p);
      }
    }
    if (all == 0) {
      return 0;
    }
    return observed == 0 ? 1 : 1 - observed * all / by_chance;
  }

  /// 0 where nothing was predicted, or nothing was there to be found.
  double precision(std::size_t grade) const { return ratio(weight(grade, grade), predicted_weight(grade)); }
  double recall(std::size_t grade) const { return ratio(weight(grade, grade), human_weight(grade)); }
  double f1(std::size_t grade) const {
    return ratio(2 * weight(grade, grade), predicted_weight(grade) + human_weight(grade));
  }
  /// The mean of f1 over the grades that occur on either side.
  double macro_f1() const {
    double sum = 0;
    double count = 0;
    for (std::size_t k = 0; k < grades_; ++k) {
      sum += f1(k);
      count += predicted_weight(k) + human_weight(k) > 0 ? 1 : 0;
    }
    return ratio(sum, count);
  }
  /// The mean of f1 by the weight that people gave a grade.
  double weighted_f1() const {
    double sum = 0;
    for (std::size_t k = 0; k < grades_; ++k) {
      sum += f1(k) * human_weight(k);
    }
    return ratio(sum, total());
  }

  /// For `to_bytes`.
  template <class Self, class Bytes>
  static void parts(Self& self, Bytes& bytes) {
    bytes.kind("agreement");
    bytes.same(self.grades_);
    bytes(self.weight_, self.outside_);
    bytes.require(self.weight_.size() == self.grades_ * self.grades_ && self.outside_.size() == 1);
  }

private:
  static constexpr double ratio(double a, double b) { return b > 0 ? a / b : 0; }
  double error_weight(std::size_t human) const {
    double sum = 0;
    for (std::size_t p = 0; p < grades_; ++p) {
      sum += weight(human, p) * static_cast<double>(human < p ? p - human : human - p);
    }
    return sum;
  }
  double human_weight(std::size_t grade) const {
    double sum = 0;
    for (std::size_t p = 0; p < grades_; ++p) {
      sum += weight(grade, p);
    }
    return sum;
  }
  double predicted_weight(std::size_t grade) const {
    double sum = 0;
    for (std::size_t h = 0; h < grades_; ++h) {
      sum += weight(h, grade);
    }
    return sum;
  }

  std::size_t grades_;
  stat::basic_weight_sums<Isa> weight_; // human x predicted
  stat::basic_weight_sums<Isa> outside_;
};

using agreement = basic_agreement<arch::native>;

} // namespace rankwise::inline RANKWISE_ABI::label

#endif
