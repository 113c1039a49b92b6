#ifndef RANKWISE_REWARD_COMPONENTS_HPP
#define RANKWISE_REWARD_COMPONENTS_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/exec/apply.hpp>

#include <cstddef>
#include <type_traits>

/// Rewards and losses put together from parts.
namespace rankwise::inline RANKWISE_ABI::reward {

/// sum_k weight_k x_k over the numbers of a row: the reward r = 0.5 format + 0.2 length + 1 accuracy of LREM (arXiv
/// 2510.14321), or a loss 0.1 SFT + 1 InfoNCE. `apply(sum, matrix, out)` adds up rewards, or gradients of supplied
/// losses; `sum(a, b, c)` adds up their values. Further columns of a matrix are left out, missing ones count 0.
template <std::size_t N>
struct weighted_sum {
  static_assert(N > 0, "[rankwise] weighted_sum needs at least one weight");
  double weight[N];

  constexpr char const* fault() const {
    for (double const w : weight) {
      if (!rankwise::detail::finite_parameter(w)) {
        return "a weight of weighted_sum (a finite number)";
      }
    }
    return nullptr;
  }

  template <class... X>
    requires(sizeof...(X) == N && (std::is_convertible_v<X, double> && ...))
  RANKWISE_HOST_FN double operator()(X... x) const {
    double const term[N] = {static_cast<double>(x)...};
    double sum = 0;
    for (std::size_t k = 0; k < N; ++k) {
      sum += weight[k] * term[k];
    }
    return sum;
  }
  template <number_row Row>
  RANKWISE_FN typename Row::vector operator()(Row const& row) const {
    using V = typename Row::vector;
    V sum(0);
    for (std::size_t k = 0; k < N && k < row.columns(); ++k) {
      sum = math::fma(as<V>(weight[k]), row(k), sum);
    }
    return sum;
  }
};

template <class... W>
weighted_sum(W...) -> weighted_sum<sizeof...(W)>;

/// How near a predicted grade comes to the right one, on levels 0 .. L-1.
struct graded {
  double levels = 4;

  constexpr char const* fault() const {
    return levels >= 2 && rankwise::detail::finite_parameter(levels) ? nullptr : "levels of graded (at least 2)";
  }

  /// 1 - |predicted - right| / (L - 1)
  template <class V>
  RANKWISE_FN V operator()(V predicted, V right) const {
    return V(1) - math::abs(predicted - right) * as<V>(1 / (levels - 1));
  }
};
struct exact {
  template <class V>
  RANKWISE_FN V operator()(V predicted, V right) const {
    return math::select(predicted == right, V(1), V(0)) + (predicted - predicted) + (right - right); // NaN stays NaN
  }
};

/// Columns of `gated`, one number per answer. Without `broken` no rule is; other missing columns count 0.
struct gated_columns {
  any_column format{};    ///< reward of the form
  any_column category{};  ///< 1: the category is right
  any_column attribute{}; ///< 1: the attribute is right
  any_column predicted{}; ///< grades 0 .. L-1
  any_column right{};
  any_column broken{}; ///< not 0: a hard rule is broken
};

/// Gated component rewards (after AGRL, arXiv 2510.08048; the formula is ours):
///   R = w_f format + Gate (w_c category + w_a attribute + w_y rho(predicted, right)),  Gate = 0 where a rule is broken
/// rho: `graded` or `exact`.
template <class Agreement = graded>
struct gated {
  double format = 1;
  double category = 1;
  double attribute = 1;
  double relevance = 1;
  Agreement agreement{};

  constexpr char const* fault() const {
    using rankwise::detail::finite_parameter;
    return finite_parameter(format) && finite_parameter(category) && finite_parameter(attribute) &&
                   finite_parameter(relevance)
               ? fault_of(agreement)
               : "a weight of gated (a finite number)";
  }

  /// `rewards({.format = f, .category = c, ...}, out)`. NaN in a column that counts makes that answer's reward NaN:
  /// nobody knows then whether a rule is broken. The output may be one of the columns, but must not overlap one
  /// otherwise.
  template <class Out, class Isa = arch::native>
  void rewards(gated_columns const& columns, Out&& out, on_error errors = {}) const {
    static_assert(rankwise::detail::explain_output<Out>());
    auto const to = as_column(out);
    std::size_t const n = to.size();
    auto const fits = [&](any_column const& c, char const* argument) {
      return rankwise::detail::check_optional(c, argument, n, memory::host, errors) && apart(to, c, errors);
    };
    if (!rankwise::detail::check_parameters(fault(), errors) || !fits(columns.format, "format") ||
        !fits(columns.category, "category") || !fits(columns.attribute, "attribute") ||
        !fits(columns.predicted, "predicted") || !fits(columns.right, "right") || !fits(columns.broken, "broken")) {
      return;
    }
    bool const judged = columns.predicted.given() && columns.right.given();
    constexpr std::size_t block = 128;
    double part[6][block];
    for (std::size_t first = 0; first < n; first += block) {
      std::size_t const count = n - first < block ? n - first : block;
      read(columns.format, first, count, part[0]);
      read(columns.category, first, count, part[1]);
      read(columns.attribute, first, count, part[2]);
      read(columns.predicted, first, count, part[3]);
      read(columns.right, first, count, part[4]);
      read(columns.broken, first, count, part[5]);
      for (std::size_t i = 0; i < count; ++i) {
        double const nothing = math::is_nan(part[5][i]) ? part[5][i] : 0;
        double const inside = category * part[1][i] + attribute * part[2][i] +
                              (judged ? relevance * agreement(part[3][i], part[4][i]) : 0);
        to[first + i] =
            static_cast<typename decltype(to)::value_type>(format * part[0][i] + (part[5][i] == 0 ? inside : nothing));
      }
    }
  }

private:
  template <class To, class Isa = arch::native>
  static bool apart(To const& to, any_column const& c, on_error const& errors) {
    std::ptrdiff_t stride = 1;
    if constexpr (requires(To const& t) { t.stride; }) {
      stride = to.stride;
    }
    bool fine = true;
    if (c.given()) {
      c.visit<memory::host>([&](auto const& from) {
        bool const same =
            std::is_same_v<typename std::remove_cvref_t<decltype(from)>::value_type, typename To::value_type> &&
            static_cast<void const*>(from.first) == static_cast<void const*>(to.first) && from.stride == stride;
        fine = same || rankwise::detail::check_apart(to, from, "the output", errors);
      });
    }
    return fine;
  }
  RANKWISE_HOST_FN static void read(any_column const& c, std::size_t first, std::size_t count, double* to) {
    if (c.given()) {
      c.read(first, count, to);
      return;
    }
    for (std::size_t i = 0; i < count; ++i) {
      to[i] = 0;
    }
  }
};

} // namespace rankwise::inline RANKWISE_ABI::reward

#endif
