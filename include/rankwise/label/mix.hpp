#ifndef RANKWISE_LABEL_MIX_HPP
#define RANKWISE_LABEL_MIX_HPP

#include <rankwise/core/bytes.hpp>
#include <rankwise/label/sample.hpp>
#include <rankwise/stat/weight_sums.hpp>

#include <vector>

namespace rankwise::inline RANKWISE_ABI::label {

namespace detail {

/// The grade of a label, or `grades` if it is none of 0 .. grades-1.
RANKWISE_HOST_FN std::size_t grade_of(double y, std::size_t grades) {
  if (!(y >= 0 && y < static_cast<double>(grades))) {
    return grades;
  }
  auto const k = static_cast<std::size_t>(y);
  return static_cast<double>(k) == y ? k : grades;
}

template <class Target>
bool check_target(Target const& target, on_error const& errors) {
  auto const t = host_column(target);
  for (std::size_t k = 0; k < t.size(); ++k) {
    if (!(static_cast<double>(t[k]) >= 0 && finite(static_cast<double>(t[k])))) {
      return passed({errc::out_of_range, "a share of the target (0 or more)", status::nowhere, 0, status::nowhere},
                    errors);
    }
  }
  return true;
}

/// A target mix as shares that add up to 1; negative and missing ones count 0.
template <class Isa, class Target>
std::vector<double> shares_of(Target const& target, std::size_t grades) {
  auto const t = host_column(target);
  std::vector<double> share(grades, 0);
  double sum = 0;
  double most = 0;
  for (std::size_t k = 0; k < grades && k < t.size(); ++k) {
    double const s = static_cast<double>(t[k]);
    share[k] = s > 0 && finite(s) ? s : 0;
    sum += share[k];
    most = share[k] > most ? share[k] : most;
  }
  if (!finite(sum)) {
    sum = 0;
    for (double& s : share) {
      s /= most;
      sum += s;
    }
  }
  for (double& s : share) {
    s = sum > 0 ? s / sum : 0;
  }
  return share;
}

} // namespace detail

/// How much of every grade 0 .. G-1 there is. Columns are added one after the other, and mixes merge; sums are exact,
/// so that parts give the bits of the whole.
template <class Isa>
class basic_label_mix {
public:
  explicit basic_label_mix(std::size_t grades) : weight_(grades), outside_(1) {}

  /// Labels that are no grade (fractions, NaN, out of range) are counted apart.
  template <class Labels>
  void add(Labels const& labels, options const& opts = {}) {
    auto const y = detail::host_column(labels);
    if (!detail::check_weights(opts, y.size())) {
      return;
    }
    detail::for_each_weighted<Isa>(y.size(), opts, [&](std::size_t i, double w) {
      std::size_t const k = detail::grade_of(static_cast<double>(y[i]), weight_.size());
      if (k < weight_.size()) {
        weight_.add(k, w);
      } else {
        outside_.add(0, w);
      }
    });
  }
  /// Of two mixes with the same grades.
  void merge(basic_label_mix const& other, on_error const& errors = {}) {
    if (!rankwise::detail::check_alike<Isa>(*this, other, errors)) {
      return;
    }
    weight_.merge(other.weight_);
    outside_.merge(other.outside_);
  }

  std::size_t grades() const { return weight_.size(); }
  double weight(std::size_t grade) const { return weight_.value(grade); }
  double outside() const { return outside_.value(0); }
  double total() const {
    double sum = 0;
    for (std::size_t k = 0; k < grades(); ++k) {
      sum += weight(k);
    }
    return sum;
  }
  /// 0 for an empty mix.
  double share(std::size_t grade) const {
    double const all = total();
    return all > 0 ? weight(grade) / all : 0;
  }
  /// Standard deviation (population) of the weights of the grades, divided by their mean (arXiv 2508.12365): 0 if
  /// balanced, or empty.
  double coefficient_of_variation() const {
    double const n = static_cast<double>(weight_.size());
    double const mean = n > 0 ? total() / n : 0;
    double squares = 0;
    for (std::size_t k = 0; k < grades(); ++k) {
      squares += (weight(k) - mean) * (weight(k) - mean);
    }
    return mean > 0 ? math::sqrt(squares / n) / mean : 0;
  }
  /// Half the sum of |share - target|, between 0 (the same mix) and 1. The target need not add up to 1; of grades that
  /// one of the two does not know it has 0.
  template <class Target>
  double distance(Target const& target) const {
    std::size_t const asked = as_column(target).size();
    std::vector<double> const wanted = detail::shares_of<Isa>(target, asked < grades() ? grades() : asked);
    double sum = 0;
    for (std::size_t k = 0; k < wanted.size(); ++k) {
      sum += math::abs((k < grades() ? share(k) : 0) - wanted[k]);
    }
    return sum / 2;
  }

  /// For `to_bytes`.
  template <class Self, class Bytes>
  static void parts(Self& self, Bytes& bytes) {
    std::size_t const grades = self.grades();
    bytes.kind("label_mix");
    bytes.same(grades);
    bytes(self.weight_, self.outside_);
    bytes.require(self.grades() == grades && self.outside_.size() == 1);
  }

private:
  stat::basic_weight_sums<Isa> weight_;
  stat::basic_weight_sums<Isa> outside_;
};

using label_mix = basic_label_mix<arch::native>;

} // namespace rankwise::inline RANKWISE_ABI::label

#endif
