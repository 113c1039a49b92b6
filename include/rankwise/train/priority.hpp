#ifndef RANKWISE_TRAIN_PRIORITY_HPP
#define RANKWISE_TRAIN_PRIORITY_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/exec/apply.hpp>

#include <cstddef>
#include <initializer_list>

/// Tasks in an order of priority instead of task weights (arXiv 2412.12092): in stage k minimise L_k subject to
/// L_i <= L_i* for every task i that comes before it. Losses and metrics are supplied as values and gradients; whose
/// they are does not matter.
///
///   theta -= eta (grad L_k + sum_i m_i grad L_i) / (1 + sum_i m_i)
///   lambda_i = max(0, lambda_i + rate (L_i - L_i*))
///
/// The constraints are the paper's. The update, the re-scaling and the damping are ours: the paper does not state them.
namespace rankwise::inline RANKWISE_ABI::train {

/// Which multiplier the gradient sees, m.
struct undamped {
  RANKWISE_HOST_FN double operator()(double lambda, double /*violation*/) const { return lambda; }
};
/// max(0, lambda + strength violation): acts before lambda has grown, and lets go as soon as the limit holds.
struct damped {
  double strength = 100;

  constexpr char const* fault() const {
    return rankwise::detail::weight_parameter(strength) ? nullptr : "strength of damped (at least 0)";
  }

  RANKWISE_HOST_FN double operator()(double lambda, double violation) const {
    return math::max(0.0, lambda + strength * violation);
  }
};

/// What the combined gradient is divided by. Re-scaling keeps steps of one size while multipliers grow.
struct rescaled {
  RANKWISE_HOST_FN static double divisor(double sum_of_multipliers) { return 1 + sum_of_multipliers; }
};
struct not_rescaled {
  RANKWISE_HOST_FN static double divisor(double) { return 1; }
};

/// A floor for something that is to be large, as a limit on its negative: NDCG >= 0.8 is -NDCG <= -0.8. The value goes
/// in with `at_least(value)`, the gradient with the opposite sign.
RANKWISE_HOST_FN double at_least(double x) {
  return -x;
}

/// The multipliers of one stage. Each round: values and gradients at theta, `direction`, a step, values at the new
/// theta, `update`.
///
/// A violation is taken from a value that need not be the one the gradient belongs to: the value may be NDCG and the
/// gradient a softmax loss's.
template <class Damping = damped, class Scaling = rescaled, class Isa = arch::native>
class priority {
public:
  /// limits: L_i* of the tasks with a higher priority; rate: of the multipliers, positive.
  explicit priority(std::initializer_list<double> limits, double rate = 5, Damping damping = {}, on_error errors = {})
      : priority(column<double const>{limits.begin(), limits.size()}, rate, damping, errors) {}
  template <class Limits>
  explicit priority(Limits const& limits, double rate = 5, Damping damping = {}, on_error errors = {})
      : rate_(rate), damping_(damping) {
    auto const l = as_column(limits);
    bool const moves = rate > 0 && rankwise::detail::finite_parameter(rate);
    char const* const fault = moves ? fault_of(damping) : "rate of priority (positive)";
    if (!rankwise::detail::check_parameters(fault, errors)) {
      return;
    }
    for (std::size_t i = 0; i < l.size(); ++i) {
      bool const finite = rankwise::detail::finite_parameter(static_cast<double>(l[i]));
      if (!rankwise::detail::check_parameters(finite ? nullptr : "a limit of priority (a number)", errors)) {
        return;
      }
    }
    state_.resize(l.size());
    for (std::size_t i = 0; i < l.size(); ++i) {
      state_[i].limit = static_cast<double>(l[i]);
    }
  }

  std::size_t size() const { return state_.size(); }
  double limit(std::size_t i) const { return state_[i].limit; }
  double lambda(std::size_t i) const { return state_[i].lambda; }
  /// The largest L_i - L_i* that `update` has seen, 0 if there was none: how far training left the allowed region.
  double worst_violation() const { return worst_; }
  /// Whether all limits held, up to `tolerance`, when `update` was last called.
  bool feasible(double tolerance = 0) const {
    bool all = true;
    for (std::size_t i = 0; i < state_.size(); ++i) {
      all = all && state_[i].violation <= tolerance;
    }
    return all;
  }

  /// The values of the tasks at the theta that `direction` is asked for. Needed before the first direction, and where
  /// theta was changed by other means; `update` does it otherwise. Values that are not finite keep the old ones.
  template <class Values>
  bool observe(Values const& values, on_error errors = {}) {
    return take(values, errors, false);
  }

  /// out = (objective + sum_i m_i constraint row i) / (1 + sum_i m_i). Gradients by theta: `objective` a column,
  /// `constraints` a row-major matrix with one row per task. The output may be the objective's column itself.
  template <class Objective, class Constraints, class Out>
  bool direction(Objective const& objective, Constraints const& constraints, Out&& out, on_error errors = {}) const {
    static_assert(rankwise::detail::explain_output<Out>());
    auto const g = as_column(objective);
    auto const c = as_matrix(constraints);
    auto const to = as_column(out);
    auto const fits = [&](std::size_t found, std::size_t needed, char const* argument) {
      return rankwise::detail::check_equal(found, needed, argument, errc::wrong_shape, errors);
    };
    if (!fits(c.rows, size(), "constraints (rows)") || !fits(c.columns, g.size(), "constraints (columns)") ||
        !rankwise::detail::check_output(to, "the output", g.size(), errors) ||
        !rankwise::detail::check_apart(to, c, "the output", errors) ||
        !rankwise::detail::apart_or_same(to, g, errors)) {
      return false;
    }
    double sum = 0;
    for (std::size_t i = 0; i < size(); ++i) {
      sum += multiplier(i);
    }
    double const divisor = Scaling::divisor(sum);
    for (std::size_t k = 0; k < g.size(); ++k) {
      double x = static_cast<double>(g[k]);
      for (std::size_t i = 0; i < size(); ++i) {
        x += multiplier(i) * static_cast<double>(c(i, k));
      }
      to[k] = static_cast<typename decltype(to)::value_type>(x / divisor);
    }
    return true;
  }

  /// The multipliers move by the values at the new theta. A value that is not finite leaves its multiplier alone and is
  /// reported (`errc::not_finite`).
  template <class Values>
  bool update(Values const& values, on_error errors = {}) {
    return take(values, errors, true);
  }

  /// m_i, what the gradient of task i is multiplied by.
  double multiplier(std::size_t i) const { return damping_(state_[i].lambda, state_[i].violation); }

private:
  struct task {
    double limit = 0;
    double lambda = 0;
    double violation = 0;
  };

  template <class Values>
  bool take(Values const& values, on_error const& errors, bool moves) {
    auto const v = as_column(values);
    if (!rankwise::detail::check_size(v, "values", size(), errors)) {
      return false;
    }
    std::size_t first = status::nowhere;
    std::size_t bad = 0;
    for (std::size_t i = size(); i-- > 0;) {
      double const violation = static_cast<double>(v[i]) - state_[i].limit;
      if (!math::is_finite(violation)) {
        first = i;
        ++bad;
        continue;
      }
      state_[i].violation = violation;
      if (moves) {
        worst_ = math::max(worst_, violation);
        state_[i].lambda = math::max(0.0, state_[i].lambda + rate_ * violation);
      }
    }
    if (bad != 0) {
      rankwise::detail::deliver({errc::not_finite, "the value", first, 0, bad}, errors);
    }
    return bad == 0;
  }

  storage<task> state_;
  double rate_;
  Damping damping_;
  double worst_ = 0;
};

} // namespace rankwise::inline RANKWISE_ABI::train

#endif
