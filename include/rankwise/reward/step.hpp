#ifndef RANKWISE_REWARD_STEP_HPP
#define RANKWISE_REWARD_STEP_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/exec/run.hpp>

#include <cstddef>
#include <cstdint>

namespace rankwise::inline RANKWISE_ABI::reward {

/// A verdict where there is one, a model's reward elsewhere: `apply(verified_first{}, verdict, reward, out)`. A missing
/// verdict is NaN.
struct verified_first {
  template <class V>
  RANKWISE_FN V operator()(V verdict, V reward) const {
    return math::select(math::is_nan(verdict), reward, verdict);
  }
};

struct step_options {
  any_column outcomes{}; ///< one per rollout: the reward of the whole; default none
  on_error errors{};
};

namespace detail {

// Stands for a matrix of ones where the caller gave none.
struct no_matrix {};

template <class M>
struct step_matrix {
  M m;

  template <class Index>
  RANKWISE_FN auto operator()(std::size_t row, Index k) const {
    return load(&m(row, 0), k);
  }
};
template <>
struct step_matrix<no_matrix> {
  no_matrix none;

  template <class Index>
  RANKWISE_FN auto operator()(std::size_t, Index) const {
    return typename Index::vector(1);
  }
};

constexpr no_matrix step_view(no_matrix) {
  return {};
}
template <class C>
constexpr auto step_view(C& c) {
  auto const m = as_matrix(c);
  static_assert(decltype(m)::order == layout::row_major,
                "[rankwise] rewards of steps are row-major: rollout by rollout");
  static_assert(decltype(m)::where == memory::host, "[rankwise] advantages of steps run in host memory");
  return m;
}

template <class M>
constexpr bool check_steps(M const& m, std::size_t rows, std::size_t columns, char const* argument,
                           on_error const& errors) {
  if constexpr (std::is_same_v<M, no_matrix>) {
    return true;
  } else {
    bool const fits = m.rows == rows && m.columns == columns;
    status const s{errc::wrong_shape, argument, status::nowhere, rows * columns, m.rows * m.columns};
    return rankwise::detail::passed(fits ? status{} : s, errors);
  }
}

} // namespace detail

/// Advantages of single steps (after SRPO, arXiv 2510.07972; the formula is ours): rewards R[i][k] of rollout i at step
/// k, present where the mask M is not 0, of criticality W,
///   A[i][k] = M W (R[i][k] - mu_k) / (sd_k + epsilon) + outcome (o_i - mu) / sd
/// mu_k and sd_k (population) are taken over the rollouts of the group that have step k; the last term, over whose that
/// have any step at all, is added where M is. A step whose rewards are all equal, or of which there is one, gets 0.
struct step_normalised {
  double epsilon = 1e-6;
  double outcome = 0; ///< weight of the outcome's standard score

  constexpr char const* fault() const {
    return !rankwise::detail::weight_parameter(epsilon)   ? "epsilon of step_normalised (at least 0)"
           : !rankwise::detail::finite_parameter(outcome) ? "outcome of step_normalised (a number)"
                                                          : nullptr;
  }

  /// `advantages(rewards, mask, weights, groups, out, {.outcomes})`: row-major matrices, a row per rollout, a column
  /// per step; groups are lists of rollouts. Masked rewards may be anything. A group with NaN or infinities among those
  /// that count gets 0 and is reported.
  template <executor Executor, class Rewards, class Mask, class Weights, class Offset, class Out>
  void advantages(Executor executor, Rewards const& rewards, Mask const& mask, Weights const& weights,
                  lists<Offset> const& groups, Out&& out, step_options const& opts = {}) const {
    run(executor, rewards, mask, weights, groups, out, opts);
  }
  template <class Rewards, class Mask, class Weights, class Offset, class Out, class Isa = arch::native>
    requires(!executor<Rewards>)
  void advantages(Rewards const& rewards, Mask const& mask, Weights const& weights, lists<Offset> const& groups,
                  Out&& out, step_options const& opts = {}) const {
    run(exec::basic_simd<Isa>{}, rewards, mask, weights, groups, out, opts);
  }
  template <class Rewards, class Mask, class Offset, class Out, class Isa = arch::native>
    requires(!executor<Rewards>)
  void advantages(Rewards const& rewards, Mask const& mask, lists<Offset> const& groups, Out&& out,
                  step_options const& opts = {}) const {
    run(exec::basic_simd<Isa>{}, rewards, mask, detail::no_matrix{}, groups, out, opts);
  }

private:
  template <class Executor, class Rewards, class Mask, class Weights, class Offset, class Out>
  void run(Executor executor, Rewards const& rewards, Mask const& mask, Weights const& weights,
           lists<Offset> const& groups, Out& out, step_options const& opts) const {
    auto const r = detail::step_view(rewards);
    auto const m = detail::step_view(mask);
    auto const w = detail::step_view(weights);
    auto const to = detail::step_view(out);
    on_error const& errors = opts.errors;
    if (!rankwise::detail::check_parameters(fault(), errors) ||
        !rankwise::detail::passed(r.rows == groups.items() ? status{}
                                                           : status{errc::offsets_overrun, "rewards", status::nowhere,
                                                                    groups.items(), r.rows},
                                  errors) ||
        !detail::check_steps(m, r.rows, r.columns, "the mask of steps", errors) ||
        !detail::check_steps(w, r.rows, r.columns, "the weights of steps", errors) ||
        !detail::check_steps(to, r.rows, r.columns, "the output", errors) ||
        !rankwise::detail::check_optional(opts.outcomes, "outcomes", r.rows, memory::host, errors) ||
        !rankwise::detail::check_apart(to, r, "the output", errors) ||
        !rankwise::detail::check_apart(to, m, "the output", errors) || !apart_from_weights(to, w, errors)) {
      return;
    }
    storage<double> outcomes;
    if (opts.outcomes.given()) {
      outcomes.resize(r.rows);
      opts.outcomes.read(0, r.rows, outcomes.data());
    }
    storage<std::uint8_t> flagged;
    flagged.resize(groups.size());
    auto const masks = detail::step_matrix<std::remove_const_t<decltype(m)>>{m};
    auto const criticality = detail::step_matrix<std::remove_const_t<decltype(w)>>{w};
    executor.for_each_block(groups.size(), 16, [&](std::size_t begin, std::size_t count) {
      for (std::size_t g = begin; g < begin + count; ++g) {
        bool const finite = group<Executor>(r, masks, criticality, to, groups.begin_of(g), groups.end_of(g),
                                            outcomes.empty() ? nullptr : outcomes.data());
        flagged[g] = finite ? 0 : 1;
      }
    });
    std::size_t first = status::nowhere;
    std::size_t bad = 0;
    for (std::size_t g = groups.size(); g-- > 0;) {
      first = flagged[g] != 0 ? g : first;
      bad += flagged[g];
    }
    if (bad != 0) {
      rankwise::detail::deliver({errc::not_finite, "a reward, weight or outcome", first, 0, bad}, errors);
    }
  }

  template <class To, class W>
  RANKWISE_HOST_FN static bool apart_from_weights(To const& to, W const& w, on_error const& errors) {
    if constexpr (std::is_same_v<W, detail::no_matrix>) {
      return true;
    } else {
      return rankwise::detail::check_apart(to, w, "the output", errors);
    }
  }

  // One group, a register of steps at a time: each lane runs down its own column.
  template <class Executor, class R, class M, class W, class To>
  RANKWISE_FLATTEN bool group(R const& rewards, M const& mask, W const& weights, To const& to, std::size_t begin,
                              std::size_t end, double const* outcomes) const {
    using T = compute_type<typename R::value_type>;
    using V = typename Executor::template vector<T>;
    moments const of_outcome = outcome_moments<Executor>(mask, begin, end, rewards.columns, outcomes);
    V const zero(0);
    bool finite = true;
    for_each_pack<V>(rewards.columns, [&](auto k) {
      V count = zero;
      V anchor = zero; // one of the column's rewards: equal rewards then have a variance of exactly 0
      for (std::size_t i = begin; i < end; ++i) {
        auto const there = mask(i, k) != zero;
        anchor = math::select(there, load(&rewards(i, 0), k), anchor);
        count = count + math::select(there, V(1), zero);
      }
      V const share = V(1) / math::max(count, V(1));
      V sum = zero;
      for (std::size_t i = begin; i < end; ++i) {
        sum = sum + math::select(mask(i, k) != zero, load(&rewards(i, 0), k) - anchor, zero);
      }
      V const mu = sum * share;
      V squares = zero;
      for (std::size_t i = begin; i < end; ++i) {
        V const d = (load(&rewards(i, 0), k) - anchor) - mu;
        squares = squares + math::select(mask(i, k) != zero, d * d, zero);
      }
      V const factor =
          math::select(squares > zero, V(1) / (math::sqrt(squares * share) + as<V>(epsilon)), squares); // NaN stays NaN
      for (std::size_t i = begin; i < end; ++i) {
        auto const there = mask(i, k) != zero;
        V const whole(
            outcomes == nullptr ? T(0) : static_cast<T>(outcome * (outcomes[i] - of_outcome.mean) * of_outcome.scale));
        V const a = weights(i, k) * (((load(&rewards(i, 0), k) - anchor) - mu) * factor) + whole;
        V const y = math::select(there, a, zero);
        auto bad = math::bits(math::is_finite(y));
        for (std::size_t lane = 0; lane < k.live(); ++lane) {
          finite = finite && ((bad >> lane) & 1) != 0;
        }
        store(&to(i, 0), k, y);
      }
    });
    if (!finite) {
      for (std::size_t i = begin; i < end; ++i) {
        for (std::size_t k = 0; k < rewards.columns; ++k) {
          to(i, k) = 0;
        }
      }
    }
    return finite;
  }

  struct moments {
    double mean;
    double scale;
  };
  template <class Executor, class M>
  static moments outcome_moments(M const& mask, std::size_t begin, std::size_t end, std::size_t steps,
                                 double const* outcomes) {
    if (outcomes == nullptr) {
      return {0, 0};
    }
    auto const counts = [&](std::size_t i) {
      bool any = false;
      for (std::size_t k = 0; k < steps; ++k) {
        any = any || mask(i, pack<double>{k}) != 0;
      }
      return any;
    };
    double n = 0;
    double anchor = 0;
    double sum = 0;
    double squares = 0;
    for (std::size_t i = begin; i < end; ++i) {
      if (counts(i)) {
        anchor = n == 0 ? outcomes[i] : anchor;
        n += 1;
        sum += outcomes[i] - anchor;
      }
    }
    double const mean = n == 0 ? 0 : anchor + sum / n;
    double const shift = mean - anchor;
    for (std::size_t i = begin; i < end; ++i) {
      if (counts(i)) {
        squares += ((outcomes[i] - anchor) - shift) * ((outcomes[i] - anchor) - shift);
      }
    }
    return {mean, squares > 0 ? 1 / math::sqrt(squares / n) : squares};
  }
};

} // namespace rankwise::inline RANKWISE_ABI::reward

#endif
