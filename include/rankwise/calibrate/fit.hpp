#ifndef RANKWISE_CALIBRATE_FIT_HPP
#define RANKWISE_CALIBRATE_FIT_HPP

#include <rankwise/exec/simd.hpp>
#include <rankwise/label/sample.hpp>
#include <rankwise/math/cholesky.hpp>
#include <rankwise/math/sigmoid.hpp>

#include <cstddef>
#include <vector>

/// What fits of calibrators share: their result and Newton's method.
namespace rankwise::inline RANKWISE_ABI::calibrate {

/// A fitted policy is that policy, and says how the fit went.
template <class Policy>
struct fitted : Policy {
  bool converged = false;
  int iterations = 0;
  double loss = 0;          ///< per unit of weight, at the fitted parameters
  double gradient = 0;      ///< its largest derivative, in absolute value
  std::size_t left_out = 0; ///< items with a number that is not finite, or a label outside its range
};

namespace detail {

using label::detail::check_size;
using label::detail::check_some;
using label::detail::check_weights;
using label::detail::finite;
using label::detail::for_each_weighted;
using label::detail::host_column;

/// A loss with its derivatives by N parameters.
template <std::size_t N>
struct expansion {
  double loss = 0;
  double gradient[N] = {};
  double hessian[N][N] = {};
};

/// Solves H d = g; parameters without curvature stay where they are.
template <class Isa, std::size_t N>
RANKWISE_HOST_FN void solve(expansion<N> const& at, double (&d)[N]) {
  double h[N * N];
  double scale[N];
  for (std::size_t i = 0; i < N; ++i) {
    d[i] = at.gradient[i];
    for (std::size_t j = 0; j < N; ++j) {
      h[i * N + j] = at.hessian[i][j];
    }
  }
  math::solve_symmetric<Isa>(h, d, scale, N, math::flat_direction::stays_put);
}

struct newton_result {
  bool converged = false;
  int iterations = 0;
  double loss = 0;
  double gradient = 0;
};

/// Minimises a convex loss from `theta` on: `evaluate(theta)` returns its expansion. Steps that do not descend are
/// halved. It has converged when a whole step promises less than rounding can show, or every derivative is tiny.
template <class Isa, std::size_t N, class F>
newton_result newton(double (&theta)[N], F evaluate) {
  newton_result r;
  expansion<N> at = evaluate(theta);
  for (; r.iterations < 100; ++r.iterations) {
    double d[N] = {};
    solve<Isa>(at, d);
    double promise = 0;
    r.gradient = 0;
    for (std::size_t k = 0; k < N; ++k) {
      promise += at.gradient[k] * d[k];
      double const g = math::abs(at.gradient[k]);
      r.gradient = g > r.gradient ? g : r.gradient;
    }
    if (!(promise > 1e-24 * (1 + math::abs(at.loss))) || r.gradient < 1e-14) {
      r.converged = finite(at.loss);
      for (std::size_t k = 0; k < N; ++k) { // a slope without curvature promises nothing, and is no minimum
        r.converged = r.converged && (d[k] != 0 || math::abs(at.gradient[k]) <= 1e-9 * (1 + math::abs(at.loss)));
      }
      break;
    }
    bool better = false;
    for (double step = 1; step > 1e-10 && !better; step /= 2) {
      double next[N];
      for (std::size_t k = 0; k < N; ++k) {
        next[k] = theta[k] - step * d[k];
      }
      expansion<N> const there = evaluate(next);
      if (there.loss <= at.loss - 1e-4 * step * promise || (step == 1 && promise < 1e-12 && finite(there.loss))) {
        better = true;
        at = there;
        for (std::size_t k = 0; k < N; ++k) {
          theta[k] = next[k];
        }
      }
    }
    if (!better) {
      r.converged = promise < 1e-12 * (1 + math::abs(at.loss));
      break;
    }
  }
  r.loss = at.loss;
  return r;
}

/// Rows of N numbers, a target in [0, 1] and a weight.
template <class Isa, std::size_t N>
struct logistic_sample {
  struct row {
    double x[N] = {};
    double target = 0;
    double weight = 0;
  };
  std::vector<row> rows;
  double weight = 0;

  /// Mean of w (softplus(z) - t z), z = theta x, over the parameters that `free` lets move; the others count as 0.
  expansion<N> at(double const (&theta)[N], bool const (&free)[N]) const {
    double by[N];
    for (std::size_t k = 0; k < N; ++k) {
      by[k] = free[k] ? theta[k] : 0;
    }
    sums total;
    for (std::size_t first = 0; first < rows.size(); first += block::capacity) {
      block const some(*this, first, free);
      for (std::size_t i = 0; i < some.count; i += width) {
        total.add(some, i, by);
      }
    }
    return total.expanded();
  }
  newton_result fit(double (&theta)[N], bool const (&free)[N]) const {
    return newton<Isa>(theta, [&](double const(&there)[N]) { return at(there, free); });
  }

private:
  using V = typename exec::basic_simd<Isa>::template vector<double>;
  static constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);

  // Some rows column by column. Behind the last stand rows of 0, which weigh nothing and are finite.
  struct block {
    static constexpr std::size_t capacity = 64;
    static_assert(capacity % width == 0);

    std::size_t count;
    double x[N][capacity], target[capacity], share[capacity];

    block(logistic_sample const& sample, std::size_t first, bool const (&free)[N]) {
      std::size_t const rest = sample.rows.size() - first;
      count = rest < capacity ? rest : capacity;
      for (std::size_t i = 0; i < capacity; ++i) {
        row const r = i < count ? sample.rows[first + i] : row{};
        for (std::size_t k = 0; k < N; ++k) {
          x[k][i] = free[k] ? r.x[k] : 0;
        }
        target[i] = r.target;
        share[i] = r.weight / sample.weight;
      }
    }
  };

  // An expansion, lane by lane.
  struct sums {
    V loss = V(0);
    V gradient[N];
    V hessian[N][N];

    sums() {
      for (std::size_t k = 0; k < N; ++k) {
        gradient[k] = V(0);
        for (std::size_t j = 0; j < N; ++j) {
          hessian[k][j] = V(0);
        }
      }
    }
    void add(block const& some, std::size_t i, double const (&theta)[N]) {
      V x[N];
      V z(0);
      for (std::size_t k = 0; k < N; ++k) {
        x[k] = math::load<V>(some.x[k] + i);
        z = z + V(theta[k]) * x[k];
      }
      V const t = math::load<V>(some.target + i);
      V const w = math::load<V>(some.share + i);
      V const p = math::sigmoid(z);
      V const slope = w * (p - t);
      V const bend = w * p * (V(1) - p);
      loss = loss + w * (math::softplus(z) - t * z);
      for (std::size_t k = 0; k < N; ++k) {
        gradient[k] = gradient[k] + slope * x[k];
        for (std::size_t j = 0; j <= k; ++j) {
          hessian[k][j] = hessian[k][j] + bend * x[k] * x[j];
        }
      }
    }
    expansion<N> expanded() const {
      expansion<N> e;
      e.loss = math::reduce_add(loss);
      for (std::size_t k = 0; k < N; ++k) {
        e.gradient[k] = math::reduce_add(gradient[k]);
        for (std::size_t j = 0; j <= k; ++j) {
          e.hessian[k][j] = e.hessian[j][k] = math::reduce_add(hessian[k][j]);
        }
      }
      return e;
    }
  };
};

template <class Policy>
RANKWISE_HOST_FN void report(fitted<Policy>& f, newton_result const& r) {
  f.converged = r.converged;
  f.iterations = r.iterations;
  f.loss = r.loss;
  f.gradient = r.gradient;
}
/// Where parameters were set rather than sought.
template <class Policy, std::size_t N>
RANKWISE_HOST_FN void report(fitted<Policy>& f, expansion<N> const& at) {
  f.loss = at.loss;
  f.gradient = 0;
  for (double const g : at.gradient) {
    f.gradient = math::abs(g) > f.gradient ? math::abs(g) : f.gradient;
  }
}

/// Checks what every fit of two columns needs, in this order.
template <class A, class B>
RANKWISE_HOST_FN bool check_pairs(A const& scores, B const& labels, options const& opts) {
  return check_some(scores.size(), "scores", opts.errors) && check_size(labels, "labels", scores.size(), opts.errors) &&
         check_weights(opts, scores.size());
}

} // namespace detail
} // namespace rankwise::inline RANKWISE_ABI::calibrate

#endif
