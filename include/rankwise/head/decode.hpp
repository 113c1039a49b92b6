#ifndef RANKWISE_HEAD_DECODE_HPP
#define RANKWISE_HEAD_DECODE_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/exec/item_run.hpp>
#include <rankwise/head/numbers.hpp>

#include <cstddef>
#include <type_traits>

/// What heads say about items. An ordinal head with levels 0 .. K, K = levels - 1, supplies two functions,
///   reach<P>(z, p)             p[k - 1] = p_k = P(r >= k), k = 1 .. K, never increasing
///   reach_partials<P>(z, a, d) d[j] = sum_k a[k - 1] dp_k / dz_j
/// and everything else follows: P(r = k) = p_k - p_{k+1} with p_0 = 1 and p_{K+1} = 0, E[r] = sum_k p_k (DoorDash,
/// arXiv 2605.27704; exact), E[u(r)] = u_0 + sum_k p_k (u_k - u_{k-1}), the decision max{k : p_k >= beta}. z(k) is the
/// k-th logit of an item or a pack of items; P is the accuracy policy.
namespace rankwise::inline RANKWISE_ABI::head::detail {

template <class Logits>
using value_at = decltype(std::declval<Logits const&>()(0));

/// The head with its parameters in the number type of the logits.
template <class Logits, class Head>
RANKWISE_FN auto ready(Head const& head) {
  return bound<math::scalar_t<value_at<Logits>>>(head);
}

template <class Head>
inline constexpr int thresholds = Head::levels - 1;

template <int... Levels>
consteval bool ascend() {
  [[maybe_unused]] int last = -1;
  bool up = true;
  ((up = up && last < Levels, last = Levels), ...);
  return up;
}

/// The cumulative probabilities of an item: p(0) = 1, p(1) .. p(K), p(K + 1) = 0.
template <class V, int K>
struct cumulative_probabilities {
  V p[static_cast<std::size_t>(K)];

  template <class P, class Head, class Logits>
  RANKWISE_FN static cumulative_probabilities of(Head const& head, Logits z) {
    cumulative_probabilities c;
    ready<Logits>(head).template reach<P>(z, c.p);
    return c;
  }

  RANKWISE_FN V operator()(int k) const { return k == 0 ? V(1) : k > K ? V(0) : p[k - 1]; }

  /// 0, or NaN where one of them is.
  RANKWISE_FN V poison() const {
    V sum(0);
    for (V const& x : p) {
      sum += x;
    }
    return sum - sum;
  }
};

template <class P, class Head, class Logits>
RANKWISE_FN auto cumulative_of(Head const& head, Logits z) {
  return cumulative_probabilities<value_at<Logits>, thresholds<Head>>::template of<P>(head, z);
}

/// sum_k a(k) p_k and its derivatives, for the quantities that are linear in the p_k.
template <class P, class Head, class Logits, class A>
RANKWISE_FN auto linear(Head const& head, Logits z, A a) {
  auto const p = cumulative_of<P>(head, z);
  auto sum = a(1) * p(1);
  for (int k = 2; k <= thresholds<Head>; ++k) {
    sum += a(k) * p(k);
  }
  return sum;
}
template <class P, class Head, class Logits, class A, class V>
RANKWISE_FN void linear_partials(Head const& head, Logits z, A a, V* d) {
  V weights[static_cast<std::size_t>(thresholds<Head>)];
  for (int k = 1; k <= thresholds<Head>; ++k) {
    weights[k - 1] = a(k);
  }
  ready<Logits>(head).template reach_partials<P>(z, weights, d);
}

/// Runs a decoder over rows of logits.
template <class P, class Head, class What, class Logits, class Out>
struct decode_kernel {
  Head head;
  What what;
  Logits logits;
  Out out;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    what.template decode<P>(
        head, [this, i](int k) { return load(logits, i, static_cast<std::size_t>(k)); },
        [this, i](int k, auto x) { store(out, i, static_cast<std::size_t>(k), x); });
  }
};

template <class P, class Executor, class Head, class What, class Logits, class Out>
constexpr void decode_rows(Executor executor, Head const& head, Logits const& logits, Out& out, What const& what,
                           options const& opts) {
  auto const z = rankwise::detail::as_rows(logits);
  auto const to = rankwise::detail::as_rows(out);
  using M = std::remove_const_t<decltype(z)>;
  using O = std::remove_const_t<decltype(to)>;
  static_assert(M::where == Executor::where && O::where == Executor::where,
                "[rankwise] logits and output must be in the executor's memory");
  on_error const& errors = opts.errors;
  if (!rankwise::detail::check_parameters(rankwise::detail::first_fault(head, what), errors) ||
      !rankwise::detail::check_rows(z, "logits", z.rows, static_cast<std::size_t>(Head::columns), errors) ||
      !rankwise::detail::check_rows(to, "the output", z.rows, static_cast<std::size_t>(What::template columns<Head>),
                                    errors) ||
      !rankwise::detail::check_apart(to, z, "the output", errors)) {
    return;
  }
  using T = compute_type<typename M::value_type>;
  auto const h = bound<T>(head);
  auto const w = bound<T>(what);
  executor.template for_each_item<T>(
      z.rows, decode_kernel<P, std::remove_const_t<decltype(h)>, std::remove_const_t<decltype(w)>, M, O>{h, w, z, to});
}

/// Stands for logits where only the existence of a quantity is asked.
struct logits_of_none {
  constexpr double operator()(int) const { return 0; }
};
template <class Head>
concept ordinal_levels = requires {
  Head::levels;
};

/// Decoders say by `fits<Head>` whether a head has what they write.
template <class What, class Head>
consteval bool decodes() {
  if constexpr (requires { What::template fits<Head>; }) {
    static_assert(What::template fits<Head>,
                  "[rankwise] the head does not have what this decoder writes. Of an ordinal head: cumulative, "
                  "class_probabilities, expected_grade, expected_utility, decision, tiers; of a binary one: "
                  "probability, log_probability; of a chain: events, too; of amounts: expected_value");
    return What::template fits<Head>;
  }
  return true;
}

template <class P, class Executor, class Head, class What, class Logits, class Out>
constexpr void decode_on(Executor executor, Head const& head, Logits const& logits, Out& out, What const& what,
                         options const& opts) {
  if constexpr (decodes<What, Head>()) {
    decode_rows<P>(executor, head, logits, out, what, opts);
  }
}

} // namespace rankwise::inline RANKWISE_ABI::head::detail

/// What `head.decode(logits, out, what)` writes for every item. A decoder of your own has `columns<Head>` and
/// `decode<P>(head, z, out)`, which calls out(column, value).
namespace rankwise::inline RANKWISE_ABI::decode {

/// p_k = P(r >= k), k = 1 .. K.
struct cumulative {
  template <class Head>
  static constexpr bool fits = head::detail::ordinal_levels<Head>;
  template <class Head>
  static constexpr int columns = Head::levels - 1;

  template <class P, class Head, class Logits, class Out>
  RANKWISE_FN void decode(Head const& head, Logits z, Out out) const {
    head.template cumulative<P>(z, [&out](int k, auto p) { out(k - 1, p); });
  }
};

/// P(r = k), k = 0 .. K. They add up to 1.
struct class_probabilities {
  template <class Head>
  static constexpr bool fits = head::detail::ordinal_levels<Head>;
  template <class Head>
  static constexpr int columns = Head::levels;

  template <class P, class Head, class Logits, class Out>
  RANKWISE_FN void decode(Head const& head, Logits z, Out out) const {
    head.template class_probabilities<P>(z, out);
  }
};

/// E[r].
struct expected_grade {
  template <class Head>
  static constexpr bool fits = requires(Head const& head) {
    head.template expected_grade<math::precise>(head::detail::logits_of_none{});
  };
  template <class Head>
  static constexpr int columns = 1;

  template <class P, class Head, class Logits, class Out>
  RANKWISE_FN void decode(Head const& head, Logits z, Out out) const {
    out(0, head.template expected_grade<P>(z));
  }
};

/// E[u(r)] for a gain u_k per level: `expected_utility<3>{{0, 1, 3}}`.
template <int Levels, class T = double>
struct expected_utility {
  head::numbers<Levels, T> gain;

  constexpr char const* fault() const {
    return gain.are_finite() ? nullptr : "a gain of expected_utility (a finite number)";
  }

  template <class U>
  RANKWISE_HOST_FN expected_utility<Levels, U> bind() const {
    return {gain.template to<U>()};
  }
  template <class Head>
  static constexpr bool fits = head::detail::ordinal_levels<Head>;
  template <class Head>
  static constexpr int columns = 1;

  template <class P, class Head, class Logits, class Out>
  RANKWISE_FN void decode(Head const& head, Logits z, Out out) const {
    static_assert(Head::levels == Levels, "[rankwise] decode::expected_utility<Levels>: the head has other levels");
    out(0, head.template expected_utility<P>(z, gain));
  }
};

/// max{k : p_k >= beta}, 0 if there is none. beta = 1/2 is CORAL's rule.
struct decision {
  double beta = 0.5;

  constexpr char const* fault() const {
    return beta > 0 && beta < 1 ? nullptr : "beta of a decision (between 0 and 1)";
  }

  template <class Head>
  static constexpr bool fits = head::detail::ordinal_levels<Head>;
  template <class Head>
  static constexpr int columns = 1;

  template <class P, class Head, class Logits, class Out>
  RANKWISE_FN void decode(Head const& head, Logits z, Out out) const {
    out(0, head.template decision<P>(z, beta));
  }
};

/// Levels taken together: tier t begins at the t-th of the levels `Begin`. CumPT (TaoSR1, arXiv 2508.12365) is
/// tiers<1, 2>{.beta = beta} of a head with four levels: Bad 0, Mid 1, Good 2.
template <int... Begin>
struct tiers {
  static_assert(head::detail::ascend<Begin...>(), "[rankwise] decode::tiers<b1, b2, ...>: levels ascend");
  double beta = 0.5;

  constexpr char const* fault() const { return beta > 0 && beta < 1 ? nullptr : "beta of tiers (between 0 and 1)"; }

  template <class Head>
  static constexpr bool fits = head::detail::ordinal_levels<Head>;
  template <class Head>
  static constexpr int columns = 1;

  template <class P, class Head, class Logits, class Out>
  RANKWISE_FN void decode(Head const& head, Logits z, Out out) const {
    static_assert(((Begin > 0 && Begin < Head::levels) && ...), "[rankwise] decode::tiers: the head lacks a level");
    auto const p = head::detail::cumulative_of<P>(head, z);
    using V = head::detail::value_at<Logits>;
    V const least = as<V>(beta);
    out(0, (p.poison() + ... + math::select(p(Begin) >= least, V(1), V(0))));
  }
};

/// P(event) of a head that has it.
struct probability {
  template <class Head>
  static constexpr bool fits = requires(Head const& head) {
    head.template probability<math::precise>(head::detail::logits_of_none{});
  };
  template <class Head>
  static constexpr int columns = 1;

  template <class P, class Head, class Logits, class Out>
  RANKWISE_FN void decode(Head const& head, Logits z, Out out) const {
    out(0, head.template probability<P>(z));
  }
};

/// The expected amount of a head that has it: seconds, revenue.
struct expected_value {
  template <class Head>
  static constexpr bool fits = requires(Head const& head) {
    head.template expected_value<math::precise>(head::detail::logits_of_none{});
  };
  template <class Head>
  static constexpr int columns = 1;

  template <class P, class Head, class Logits, class Out>
  RANKWISE_FN void decode(Head const& head, Logits z, Out out) const {
    out(0, head.template expected_value<P>(z));
  }
};

} // namespace rankwise::inline RANKWISE_ABI::decode

// decode<P>(logits, out, what): element-wise over rows of logits. An executor may come first.
#define RANKWISE_DECODE_CALLS                                                                                          \
  template <class P = ::rankwise::math::precise, class Logits, class Out, class What,                                  \
            class Isa = ::rankwise::arch::native>                                                                      \
    requires(!::rankwise::executor<Logits>)                                                                            \
  constexpr void decode(Logits const& logits, Out&& out, What const& what, ::rankwise::options const& opts = {})       \
      const {                                                                                                          \
    constexpr auto where = decltype(::rankwise::detail::as_rows(logits))::where;                                       \
    ::rankwise::head::detail::decode_on<P>(typename ::rankwise::default_executor<where>::type{}, *this, logits, out,   \
                                           what, opts);                                                                \
  }                                                                                                                    \
  template <class P = ::rankwise::math::precise, ::rankwise::executor Executor, class Logits, class Out, class What>   \
  constexpr void decode(Executor executor, Logits const& logits, Out&& out, What const& what,                          \
                        ::rankwise::options const& opts = {}) const {                                                  \
    ::rankwise::head::detail::decode_on<P>(executor, *this, logits, out, what, opts);                                  \
  }

// What every ordinal head has, by its `reach` and `reach_partials`.
#define RANKWISE_ORDINAL_CALLS                                                                                         \
  template <class P = ::rankwise::math::precise, class Logits, class F>                                                \
  RANKWISE_FN void cumulative(Logits z, F f) const { /* f(k, p_k), k = 1 .. K */                                       \
    auto const p = ::rankwise::head::detail::cumulative_of<P>(*this, z);                                               \
    for (int k = 1; k < levels; ++k) {                                                                                 \
      f(k, p(k));                                                                                                      \
    }                                                                                                                  \
  }                                                                                                                    \
  template <class P = ::rankwise::math::precise, class Logits, class F>                                                \
  RANKWISE_FN void class_probabilities(Logits z, F f) const { /* f(k, P(r = k)), k = 0 .. K */                         \
    auto const p = ::rankwise::head::detail::cumulative_of<P>(*this, z);                                               \
    for (int k = 0; k < levels; ++k) {                                                                                 \
      f(k, (p(k) - p(k + 1)) + p.poison());                                                                            \
    }                                                                                                                  \
  }                                                                                                                    \
  template <class P = ::rankwise::math::precise, class Logits>                                                         \
  RANKWISE_FN auto at_least(Logits z, int k) const { /* p_k */                                                         \
    return ::rankwise::head::detail::cumulative_of<P>(*this, z)(k);                                                    \
  }                                                                                                                    \
  template <class P = ::rankwise::math::precise, class Logits, class V>                                                \
  RANKWISE_FN void at_least_partials(Logits z, int k, V* d) const {                                                    \
    ::rankwise::head::detail::linear_partials<P>(                                                                      \
        *this, z, [k](int j) { return V(j == k ? 1 : 0); }, d);                                                        \
  }                                                                                                                    \
  template <class P = ::rankwise::math::precise, class Logits>                                                         \
  RANKWISE_FN auto expected_grade(Logits z) const { /* sum p_k */                                                      \
    auto const p = ::rankwise::head::detail::cumulative_of<P>(*this, z);                                               \
    auto sum = p(1);                                                                                                   \
    for (int k = 2; k < levels; ++k) {                                                                                 \
      sum += p(k);                                                                                                     \
    }                                                                                                                  \
    return sum;                                                                                                        \
  }                                                                                                                    \
  template <class P = ::rankwise::math::precise, class Logits, class V>                                                \
  RANKWISE_FN void expected_grade_partials(Logits z, V* d) const {                                                     \
    ::rankwise::head::detail::linear_partials<P>(                                                                      \
        *this, z, [](int) { return V(1); }, d);                                                                        \
  }                                                                                                                    \
  template <class P = ::rankwise::math::precise, class Logits, class Gains>                                            \
  RANKWISE_FN auto expected_utility(Logits z, Gains const& u) const { /* u[0] .. u[K] */                               \
    using V = ::rankwise::head::detail::value_at<Logits>;                                                              \
    return V(u[0]) + ::rankwise::head::detail::linear<P>(*this, z, [&u](int k) { return V(u[k] - u[k - 1]); });        \
  }                                                                                                                    \
  template <class P = ::rankwise::math::precise, class Logits, class Gains, class V>                                   \
  RANKWISE_FN void expected_utility_partials(Logits z, Gains const& u, V* d) const {                                   \
    ::rankwise::head::detail::linear_partials<P>(                                                                      \
        *this, z, [&u](int k) { return V(u[k] - u[k - 1]); }, d);                                                      \
  }                                                                                                                    \
  template <class P = ::rankwise::math::precise, class Logits>                                                         \
  RANKWISE_FN auto decision(Logits z, double beta = 0.5) const { /* max{k : p_k >= beta} */                            \
    using V = ::rankwise::head::detail::value_at<Logits>;                                                              \
    auto const p = ::rankwise::head::detail::cumulative_of<P>(*this, z);                                               \
    V level = p.poison();                                                                                              \
    for (int k = 1; k < levels; ++k) {                                                                                 \
      level += ::rankwise::math::select(p(k) >= ::rankwise::as<V>(beta), V(1), V(0));                                  \
    }                                                                                                                  \
    return level;                                                                                                      \
  }

#endif
