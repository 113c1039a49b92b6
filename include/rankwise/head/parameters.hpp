#ifndef RANKWISE_HEAD_PARAMETERS_HPP
#define RANKWISE_HEAD_PARAMETERS_HPP

#include <rankwise/core/options.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/exec/item.hpp>
#include <rankwise/math/cholesky.hpp>

#include <cstddef>

/// The shared parameters of a head, one by one, and their improvement at fixed logits: what a trainer needs that knows
/// logits alone, as trees do.
namespace rankwise::inline RANKWISE_ABI::head {

/// Calls f(double&) for every shared parameter, in the order of the derivatives in `.parameters`.
template <class Head, class F>
constexpr void for_each_parameter(Head& head, F f) {
  if constexpr (requires { head.served; }) { // with_position: those of the head inside
    for_each_parameter(head.served, f);
  } else if constexpr (requires { head.cuts; }) {
    f(head.cuts.first);
    for (int k = 0; k + 1 < Head::parameters; ++k) {
      f(head.cuts.steps[k]);
    }
  } else if constexpr (requires { head.biases; }) {
    for (int k = 0; k < Head::parameters; ++k) {
      f(head.biases[k]);
    }
  } else {
    static_assert(parameters_of<Head> == 0, "[rankwise] for_each_parameter does not know this head's parameters");
  }
}

/// The items are all here. Where workers have a share of them each, a trainer passes something like this whose `sum`
/// adds numbers up over all workers, in place, to the same bits everywhere; all workers then take the same step.
struct alone {
  static constexpr bool several() { return false; }
  static constexpr bool sum(double*, std::size_t) { return true; }
};

/// One step of Newton's method for the shared parameters while the logits stay: the matrix of second derivatives comes
/// from differences of the first, and the step is cut to a quarter until the loss falls. `data` is `head.prepare(...)`;
/// `gradient` is a place for the derivatives by the logits, which are not used. Returns the loss after the step.
template <class Head, class Logits, class Data, class Gradient, class Together = alone, class Isa = arch::native>
double refine_parameters(Head& head, Logits const& logits, Data const& data, Gradient&& gradient,
                         options const& opts = {}, Together const& together = {}) {
  constexpr auto n = static_cast<std::size_t>(parameters_of<Head>);
  auto const value_of_all = [&] {
    double value = head.value(logits, data, opts);
    together.sum(&value, 1);
    return value;
  };
  if constexpr (n == 0) {
    return value_of_all();
  } else {
    storage<double> at, slope, moved, step, curvature;
    for (storage<double>* s : {&at, &slope, &moved}) {
      s->resize(n);
    }
    curvature.resize(n * n);
    auto const set = [&head](storage<double> const& from) {
      std::size_t k = 0;
      for_each_parameter(head, [&](double& p) { p = from[k++]; });
    };
    std::size_t read = 0;
    for_each_parameter(head, [&](double& p) { at[read++] = p; });
    auto const derive = [&](storage<double>& to) {
      options with = opts;
      with.parameters = to;
      double value = head.gradient(logits, data, gradient, with);
      together.sum(to.data(), n);
      together.sum(&value, 1);
      return value;
    };

    double const value = derive(slope);
    if (!(value - value == 0)) {
      return value;
    }
    // One-sided differences: an error in the second derivatives costs speed, not accuracy.
    for (std::size_t k = 0; k < n; ++k) {
      step = at;
      double const h = 1e-3 * (1 + math::abs(at[k]));
      step[k] += h;
      set(step);
      derive(moved);
      for (std::size_t j = 0; j < n; ++j) {
        curvature[j * n + k] = (moved[j] - slope[j]) / h;
      }
    }
    double largest = 0;
    for (std::size_t k = 0; k < n; ++k) {
      largest = math::max(largest, math::abs(curvature[k * n + k]));
      for (std::size_t j = 0; j < k; ++j) {
        curvature[k * n + j] = curvature[j * n + k] = (curvature[k * n + j] + curvature[j * n + k]) / 2;
      }
    }
    for (std::size_t k = 0; k < n; ++k) {
      curvature[k * n + k] += 1e-3 * largest;
    }
    step = slope;
    if (!math::solve_symmetric<Isa>(curvature.data(), step.data(), moved.data(), n)) {
      for (std::size_t k = 0; k < n; ++k) { // not convex here: along the gradient
        step[k] = largest > 0 ? slope[k] / largest : 0;
      }
    }
    for (double length = 1; length > 1e-6; length /= 4) {
      for (std::size_t k = 0; k < n; ++k) {
        moved[k] = at[k] - length * step[k];
      }
      set(moved);
      double const better = value_of_all();
      if (better <= value) {
        return better;
      }
    }
    set(at);
    return value;
  }
}

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
