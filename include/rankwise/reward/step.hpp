#ifndef RANKWISE_REWARD_STEP_HPP
#define RANKWISE_REWARD_STEP_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/exec/run.hpp>
#include <rankwise/reward/advantage.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

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
    return load(m.address(row, 0), k);
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
  return m;
}

template <class M, class Isa = arch::native>
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

template <class Rewards, class Isa>
using executor_for_steps = executor_at<decltype(as_matrix(std::declval<Rewards&>()))::where, Isa>;

template <class Executor, class M>
consteval bool steps_in_reach() {
  if constexpr (std::is_same_v<M, no_matrix>) {
    return true;
  } else {
    return M::where == Executor::where;
  }
}

/// Rewards of whole rollouts: copied on the host, read where they are on a device.
struct copied_outcomes {
  double const* first;

  RANKWISE_FN bool given() const { return first != nullptr; }
  RANKWISE_FN double operator[](std::size_t i) const { return first[i]; }
};
struct column_of_outcomes {
  any_column column;

  RANKWISE_FN bool given() const { return column.given(); }
  RANKWISE_FN double operator[](std::size_t i) const { return column.as_numbers()[i]; }
};

struct outcome_moments {
  double mean;
  double scale;
};

/// What is computed of one group. `Isa` is an executor, for its instruction set's sake.
template <class Isa, class R, class M, class W, class To, class Outcomes>
struct step_group {
  R rewards;
  M mask;
  W weights;
  To to;
  Outcomes outcomes;
  double epsilon;
  double outcome;

  /// A register of steps at a time: each lane runs down its own column. False: not all is finite.
  template <class Index>
  RANKWISE_FN bool columns(Index k, std::size_t begin, std::size_t end, outcome_moments of_outcome) const {
    using V = typename Index::vector;
    using T = math::scalar_t<V>;
    V const zero(0);
    bool finite = true;
    V count = zero;
    V anchor = zero; // one of the column's rewards: equal rewards then have a variance of exactly 0
    for (std::size_t i = begin; i < end; ++i) {
      auto const there = mask(i, k) != zero;
      anchor = math::select(there, load(rewards.address(i, 0), k), anchor);
      count = count + math::select(there, V(1), zero);
    }
    V const share = V(1) / math::max(count, V(1));
    V unit(1);
    V mu = zero;
    V squares = zero;
    for (bool again = false;; again = true) {
      V sum = zero;
      for (std::size_t i = begin; i < end; ++i) {
        sum = sum + math::select(mask(i, k) != zero, (load(rewards.address(i, 0), k) - anchor) * unit, zero);
      }
      mu = sum * share;
      squares = zero;
      for (std::size_t i = begin; i < end; ++i) {
        V const d = (load(rewards.address(i, 0), k) - anchor) * unit - mu;
        squares = squares + math::select(mask(i, k) != zero, d * d, zero);
      }
      V here = squares;
      if constexpr (!Index::full) {
        here = math::select(math::ops<V>::first(k.live()), here, V(1));
      }
      math::mask_t<V> const fit = (here >= V(least_squares<T>)) & (here <= V(math::ops<T>::largest));
      if (again || math::all(fit)) {
        break;
      }
      V span = zero;
      for (std::size_t i = begin; i < end; ++i) {
        V const apart = math::abs(load(rewards.address(i, 0), k) - anchor);
        span = math::max(span, math::select(mask(i, k) != zero, apart, zero));
      }
      constexpr bool narrow = sizeof(T) == 4;
      math::mask_t<V> const too_large = span > as<V>(narrow ? 0x1p50 : 0x1p450);
      math::mask_t<V> const too_small = (span > zero) & (span < as<V>(narrow ? 0x1p-50 : 0x1p-450));
      math::mask_t<V> const odd = too_large | too_small;
      if (!math::any(odd)) {
        break;
      }
      unit = math::select(too_large, as<V>(narrow ? 0x1p-90 : 0x1p-700), unit); // others keep 1
      unit = math::select(too_small, as<V>(narrow ? 0x1p100 : 0x1p800), unit);
    }
    // Rewards whose differences are too large for their type have no standard deviation.
    auto const usable = math::bits(math::is_finite(squares));
    for (std::size_t lane = 0; lane < k.live(); ++lane) {
      finite = finite && ((usable >> lane) & 1) != 0;
    }
    V const factor = math::select(squares > zero, V(1) / (math::sqrt(squares * share) + as<V>(epsilon) * unit),
                                  squares); // NaN stays NaN
    for (std::size_t i = begin; i < end; ++i) {
      auto const there = mask(i, k) != zero;
      V const whole(!outcomes.given() ? T(0)
                                      : static_cast<T>(outcome * (outcomes[i] - of_outcome.mean) * of_outcome.scale));
      V const a = weights(i, k) * (((load(rewards.address(i, 0), k) - anchor) * unit - mu) * factor) + whole;
      V const y = math::select(there, a, zero);
      auto const bits = math::bits(math::is_finite(y));
      for (std::size_t lane = 0; lane < k.live(); ++lane) {
        finite = finite && ((bits >> lane) & 1) != 0;
      }
      store(to.address(i, 0), k, y);
    }
    return finite;
  }

  RANKWISE_FN void clear(std::size_t begin, std::size_t end) const {
    for (std::size_t i = begin; i < end; ++i) {
      for (std::size_t k = 0; k < rewards.columns; ++k) {
        to(i, k) = 0;
      }
    }
  }

  RANKWISE_FN bool counts(std::size_t i) const {
    bool any = false;
    for (std::size_t k = 0; k < rewards.columns; ++k) {
      any = any || mask(i, pack<double>{k}) != 0;
    }
    return any;
  }
  RANKWISE_FN outcome_moments moments(std::size_t begin, std::size_t end) const {
    if (!outcomes.given()) {
      return {0, 0};
    }
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
    auto const take_squares = [&](double unit) {
      squares = 0;
      for (std::size_t i = begin; i < end; ++i) {
        double const d = counts(i) ? ((outcomes[i] - anchor) - shift) * unit : 0;
        squares += d * d;
      }
    };
    take_squares(1);
    double unit = 1;
    if (!squares_fit(squares)) {
      double span = 0;
      for (std::size_t i = begin; i < end; ++i) {
        double const apart = counts(i) ? math::abs(outcomes[i] - anchor) : 0;
        span = apart > span ? apart : span;
      }
      unit = math::scale_of_span(0.0, span);
      take_squares(unit);
    }
    return {mean, squares > 0 ? unit / math::sqrt(squares / n) : squares};
  }

  /// All of a group; false: not all is finite, and all is 0.
  template <class V>
  RANKWISE_FLATTEN bool run(std::size_t begin, std::size_t end) const {
    outcome_moments const of_outcome = moments(begin, end);
    bool finite = true;
    for_each_pack<V>(rewards.columns, [&](auto k) { finite = columns(k, begin, end, of_outcome) && finite; });
    if (!finite) {
      clear(begin, end);
    }
    return finite;
  }
};

// The same on a device: a thread for every step of every group, between two passes with one for every group.
template <class Group, class Offset>
struct step_kernels {
  Group group;
  lists<Offset> groups;
  outcome_moments* moments;
  std::uint8_t* bad_columns;
  std::uint8_t* bad_groups;

  struct before {
    step_kernels const k;
    template <class Index>
    RANKWISE_FN void operator()(Index i) const {
      k.moments[i.first] = k.group.moments(k.groups.begin_of(i.first), k.groups.end_of(i.first));
    }
  };
  struct each {
    step_kernels const k;
    template <class Index>
    RANKWISE_FN void operator()(Index i) const {
      std::size_t const g = i.first / k.group.rewards.columns;
      Index const column{i.first % k.group.rewards.columns};
      k.bad_columns[i.first] = k.group.columns(column, k.groups.begin_of(g), k.groups.end_of(g), k.moments[g]) ? 0 : 1;
    }
  };
  struct after {
    step_kernels const k;
    template <class Index>
    RANKWISE_FN void operator()(Index i) const {
      std::size_t const columns = k.group.rewards.columns;
      std::uint8_t bad = 0;
      for (std::size_t c = 0; c < columns; ++c) {
        bad |= k.bad_columns[i.first * columns + c];
      }
      k.bad_groups[i.first] = bad;
      if (bad != 0) {
        k.group.clear(k.groups.begin_of(i.first), k.groups.end_of(i.first));
      }
    }
  };
};

} // namespace detail

/// Advantages of single steps (after SRPO, arXiv 2510.07972; the formula is ours): rewards R[i][k] of rollout i at step
/// k, present where the mask M is not 0, of criticality W,
///   A[i][k] = M W (R[i][k] - mu_k) / (sd_k + epsilon) + outcome (o_i - mu) / sd
/// mu_k and sd_k (population) are taken over the rollouts of the group that have step k; the last term, over whose that
/// have any step at all, is added where M is. A step whose rewards are all equal, or of which there is one, gets 0.
struct step_normalised {
  double epsilon = 1e-6;
  double outcome = 0; ///< weight of the outcome's standard score; if it is not 0, the call needs .outcomes

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
    run(detail::executor_for_steps<Rewards const, Isa>{}, rewards, mask, weights, groups, out, opts);
  }
  template <class Rewards, class Mask, class Offset, class Out, class Isa = arch::native>
    requires(!executor<Rewards>)
  void advantages(Rewards const& rewards, Mask const& mask, lists<Offset> const& groups, Out&& out,
                  step_options const& opts = {}) const {
    run(detail::executor_for_steps<Rewards const, Isa>{}, rewards, mask, detail::no_matrix{}, groups, out, opts);
  }

private:
  template <class Executor, class Rewards, class Mask, class Weights, class Offset, class Out>
  void run(Executor executor, Rewards const& rewards, Mask const& mask, Weights const& weights,
           lists<Offset> const& groups, Out& out, step_options const& opts) const {
    auto const r = detail::step_view(rewards);
    auto const m = detail::step_view(mask);
    auto const w = detail::step_view(weights);
    auto const to = detail::step_view(out);
    static_assert(detail::steps_in_reach<Executor, std::remove_const_t<decltype(r)>>() &&
                      detail::steps_in_reach<Executor, std::remove_const_t<decltype(m)>>() &&
                      detail::steps_in_reach<Executor, std::remove_const_t<decltype(w)>>() &&
                      detail::steps_in_reach<Executor, std::remove_const_t<decltype(to)>>(),
                  "[rankwise] the matrices are in another memory than the executor's");
    on_error const& errors = opts.errors;
    if (!rankwise::detail::check_parameters(fault(), errors) ||
        !rankwise::detail::check_equal(r.rows, groups.items(), "rewards", errc::offsets_overrun, errors) ||
        !detail::check_steps(m, r.rows, r.columns, "the mask of steps", errors) ||
        !detail::check_steps(w, r.rows, r.columns, "the weights of steps", errors) ||
        !detail::check_steps(to, r.rows, r.columns, "the output", errors) ||
        !rankwise::detail::check_optional(opts.outcomes, "outcomes", r.rows, Executor::where, errors) ||
        !rankwise::detail::passed(outcome == 0 || opts.outcomes.given()
                                      ? status{}
                                      : status{errc::size_mismatch, "outcomes", status::nowhere, r.rows, 0},
                                  errors) ||
        !rankwise::detail::check_apart(to, r, "the output", errors) ||
        !rankwise::detail::check_apart(to, m, "the output", errors) || !apart_from_weights(to, w, errors)) {
      return;
    }
    using T = compute_type<typename decltype(r)::value_type>;
    auto const masks = detail::step_matrix<std::remove_const_t<decltype(m)>>{m};
    auto const criticality = detail::step_matrix<std::remove_const_t<decltype(w)>>{w};
    auto const with = [&](auto const& outcomes) {
      return detail::step_group<Executor, std::remove_const_t<decltype(r)>, std::remove_const_t<decltype(masks)>,
                                std::remove_const_t<decltype(criticality)>, std::remove_const_t<decltype(to)>,
                                std::remove_cvref_t<decltype(outcomes)>>{r,        masks,   criticality, to,
                                                                         outcomes, epsilon, outcome};
    };
    storage<std::uint8_t> flagged;
    flagged.resize(groups.size());
    if constexpr (item_by_item<Executor>) {
      auto const group = with(detail::column_of_outcomes{opts.outcomes});
      using kernels = detail::step_kernels<std::remove_const_t<decltype(group)>, Offset>;
      std::size_t const count = groups.size();
      std::size_t const moments = count * sizeof(detail::outcome_moments);
      rankwise::detail::with_lists(executor, groups, moments + count * r.columns + count,
                                   [&](lists<Offset> const& there, std::byte* memory) {
                                     auto* const bytes = reinterpret_cast<std::uint8_t*>(memory) + moments;
                                     kernels const k{group, there, reinterpret_cast<detail::outcome_moments*>(memory),
                                                     bytes, bytes + count * r.columns};
                                     executor.template for_each_item<T>(count, typename kernels::before{k});
                                     executor.template for_each_item<T>(count * r.columns, typename kernels::each{k});
                                     executor.template for_each_item<T>(count, typename kernels::after{k});
                                     executor.fetch(k.bad_groups, count, flagged.data());
                                   });
    } else {
      storage<double> outcomes;
      if (opts.outcomes.given()) {
        outcomes.resize(r.rows);
        opts.outcomes.read(0, r.rows, outcomes.data());
      }
      auto const group = with(detail::copied_outcomes{outcomes.empty() ? nullptr : outcomes.data()});
      executor.for_each_block(groups.size(), 16, [&](std::size_t begin, std::size_t count) {
        for (std::size_t g = begin; g < begin + count; ++g) {
          bool const finite =
              group.template run<typename Executor::template vector<T>>(groups.begin_of(g), groups.end_of(g));
          flagged[g] = finite ? 0 : 1;
        }
      });
    }
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
};

} // namespace rankwise::inline RANKWISE_ABI::reward

#endif
