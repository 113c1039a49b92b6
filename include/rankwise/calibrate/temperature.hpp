#ifndef RANKWISE_CALIBRATE_TEMPERATURE_HPP
#define RANKWISE_CALIBRATE_TEMPERATURE_HPP

#include <rankwise/calibrate/fit.hpp>
#include <rankwise/calibrate/logit.hpp>
#include <rankwise/label/mix.hpp>

namespace rankwise::inline RANKWISE_ABI::calibrate {

/// Temperature scaling (Guo et al. 2017) of one logit: sigma(z / temperature).
struct temperature {
  double value = 1;
  using unit = rankwise::unit::probability;
  static constexpr char const* name = "temperature";

  template <class F>
  constexpr auto with_numbers(F f) const {
    return f(value);
  }
  constexpr char const* fault() const { return value > 0 ? nullptr : "a temperature (more than 0)"; }

  template <class T, class P>
  struct run {
    T inverse;
    template <class V>
    RANKWISE_FN V operator()(V z) const {
      return math::sigmoid<P>(V(inverse) * z);
    }
    template <class V>
    RANKWISE_FN V derivative(V z) const {
      return V(inverse) * math::sigmoid<P>(V(inverse) * z) * math::sigmoid<P>(V(-inverse) * z);
    }
  };
  template <class T, class P = math::precise>
  RANKWISE_FN run<T, P> bind() const {
    return {static_cast<T>(1 / value)};
  }
};

/// The same of a row of logits, one per class: softmax(z / temperature), matrix to matrix, in place if you like.
struct softmax_temperature {
  double value = 1;

  constexpr char const* fault() const { return value > 0 ? nullptr : "a temperature (more than 0)"; }

  template <class T, class P>
  struct run {
    T inverse;
    template <number_row From, class To>
    RANKWISE_FN void operator()(From const& z, To const& p) const {
      using V = typename From::vector;
      V const b(inverse);
      V most(-math::ops<T>::infinity);
      for (std::size_t k = 0; k < z.columns(); ++k) {
        most = math::max(most, b * z(k));
      }
      V sum(0);
      for (std::size_t k = 0; k < z.columns(); ++k) {
        sum += math::exp<P>(b * z(k) - most);
      }
      for (std::size_t k = 0; k < z.columns(); ++k) {
        p(k, math::exp<P>(b * z(k) - most) / sum);
      }
    }
  };
  template <class T, class P = math::precise>
  RANKWISE_FN run<T, P> bind() const {
    return {static_cast<T>(1 / value)};
  }
};

namespace detail {

/// The temperature is the inverse of what multiplies the logits; where that is not positive no temperature helps, and
/// the best is an infinite one. `evaluate` is the loss by that factor; labels that say nothing leave it at 1.
template <class Isa, class Policy, class F>
void seek_temperature(fitted<Policy>& result, bool telling, double largest, F const& evaluate) {
  double inverse[1] = {1};
  if (!telling) {
    report(result, evaluate(inverse));
    return;
  }
  // In units of the logits' size and from 0 on, where no sigmoid is saturated: there Newton's step is well scaled.
  double const unit = largest > 0 ? largest : 1;
  double factor[1] = {0};
  newton_result found = newton<Isa>(factor, [&](double const(&f)[1]) {
    double const at[1] = {f[0] / unit};
    expansion<1> e = evaluate(at);
    e.gradient[0] /= unit;
    e.hessian[0][0] /= unit * unit;
    return e;
  });
  inverse[0] = factor[0] / unit;
  found.gradient *= unit;
  report(result, found);
  if (inverse[0] > 0) {
    result.value = 1 / inverse[0];
  } else {
    inverse[0] = 0;
    report(result, evaluate(inverse));
    result.value = math::ops<double>::infinity;
  }
}

} // namespace detail

/// Least log-loss. A label > 0 is positive; labels of one class only tell nothing about a temperature, which stays 1
/// and has not converged. Logits that know nothing, or the opposite, get an infinite one: 1/2 for everything.
template <class Logits, class Labels, class Isa = arch::native>
fitted<temperature> fit_temperature(Logits const& logits, Labels const& labels, options const& opts = {}) {
  auto const z = detail::host_column(logits);
  auto const y = detail::host_column(labels);
  fitted<temperature> result;
  if (!detail::check_pairs(z, y, opts)) {
    return result;
  }
  detail::logistic_sample<Isa, 1> sample;
  double positive = 0;
  double largest = 0;
  detail::for_each_weighted<Isa>(z.size(), opts, [&](std::size_t i, double w) {
    double const x = static_cast<double>(z[i]);
    double const label = static_cast<double>(y[i]);
    if (!detail::finite(x) || label != label) {
      ++result.left_out;
      return;
    }
    largest = math::max(largest, math::abs(x));
    sample.rows.push_back({{x}, label > 0 ? 1.0 : 0.0, w});
    sample.weight += w;
    positive += label > 0 ? w : 0;
  });
  detail::seek_temperature<Isa>(result, positive > 0 && positive < sample.weight, largest,
                                [&](double const(&inverse)[1]) { return sample.at(inverse, {true}); });
  return result;
}

/// The same for rows of logits and the number of the right class; a label that is no class leaves its row out.
template <class Logits, class Labels, class Isa = arch::native>
fitted<softmax_temperature> fit_softmax_temperature(Logits const& logits, Labels const& labels,
                                                    options const& opts = {}) {
  auto const z = as_matrix(logits);
  static_assert(decltype(z)::where == memory::host, "[rankwise] this tool reads host memory: copy the matrix first");
  auto const y = detail::host_column(labels);
  fitted<softmax_temperature> result;
  if (!detail::check_some(z.rows, "logits", opts.errors) || !detail::check_size(y, "labels", z.rows, opts.errors) ||
      !detail::check_weights(opts, z.rows)) {
    return result;
  }
  struct row {
    std::size_t item;
    std::size_t label;
    double weight;
  };
  std::vector<row> rows;
  double total = 0;
  bool several = false;
  double largest = 0; // difference of logits
  detail::for_each_weighted<Isa>(z.rows, opts, [&](std::size_t i, double w) {
    std::size_t const right = label::detail::grade_of(static_cast<double>(y[i]), z.columns);
    bool good = right < z.columns;
    for (std::size_t k = 0; k < z.columns; ++k) {
      good = good && detail::finite(static_cast<double>(z(i, k)));
    }
    if (!good) {
      ++result.left_out;
      return;
    }
    for (std::size_t k = 0; k < z.columns; ++k) {
      largest = math::max(largest, math::abs(static_cast<double>(z(i, k)) - static_cast<double>(z(i, right))));
    }
    rows.push_back({i, right, w});
    several = several || rows.back().label != rows.front().label;
    total += w;
  });
  detail::seek_temperature<Isa>(result, several, largest, [&](double const(&inverse)[1]) {
    detail::expansion<1> e;
    for (row const& r : rows) {
      auto const logit = [&](std::size_t k) { return static_cast<double>(z(r.item, k)); };
      double most = inverse[0] * logit(0);
      for (std::size_t k = 1; k < z.columns; ++k) {
        most = math::max(most, inverse[0] * logit(k));
      }
      double sum = 0;
      double first = 0;
      double second = 0;
      for (std::size_t k = 0; k < z.columns; ++k) {
        double const p = math::exp(inverse[0] * logit(k) - most);
        sum += p;
        first += p * (logit(k) - logit(r.label));
        second += p * (logit(k) - logit(r.label)) * (logit(k) - logit(r.label));
      }
      first /= sum;
      double const w = r.weight / total;
      e.loss += w * (most + math::log(sum) - inverse[0] * logit(r.label));
      e.gradient[0] += w * first;
      e.hessian[0][0] += w * (second / sum - first * first);
    }
    return e;
  });
  return result;
}

} // namespace rankwise::inline RANKWISE_ABI::calibrate

#endif
