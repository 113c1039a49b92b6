#ifndef RANKWISE_EXEC_GROUP_HPP
#define RANKWISE_EXEC_GROUP_HPP

#include <rankwise/math/value.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

/// Threads that work on one list together. Formulas are written for registers of several lanes; here every lane is a
/// thread that holds its own number, and what a register does across its lanes the group does across its threads. So a
/// warp or a block of a device runs the source that a vector register runs, and all threads of a group take the same
/// branches, because these depend on sums and on memory that all of them see.
namespace rankwise::inline RANKWISE_ABI {

/// What a group has, as static members:
///   size                how many threads
///   lane()              which of them this one is
///   sync()              everybody is here, and sees what the others wrote
///   broadcast(x, from)  the x of one lane
///   reduce(x, op)       op over all lanes in the order of `fold`, the same bits for everybody
///   scan(x, op)         op over the lanes up to this one
///   any(b), count(b)    of the lanes that say true
/// Every call is made by all threads of the group. What is broadcast and scanned may be a struct of numbers.
template <class G>
concept thread_group = requires(double x, bool b, std::size_t from, double (*op)(double, double)) {
  { G::size } -> std::convertible_to<std::size_t>;
  { G::lane() } -> std::same_as<std::size_t>;
  G::sync();
  { G::broadcast(x, from) } -> std::same_as<double>;
  { G::reduce(x, op) } -> std::same_as<double>;
  { G::scan(x, op) } -> std::same_as<double>;
  { G::any(b) } -> std::same_as<bool>;
  { G::count(b) } -> std::same_as<std::size_t>;
};

/// One thread's lane of a register that `Group` holds together: a value type for formulas.
template <class T, class Group>
struct shared_value {
  T own;

  shared_value() = default;
  RANKWISE_FN shared_value(T x) : own(x) {} // NOLINT(google-explicit-constructor): constants, as registers take them

  RANKWISE_FN friend shared_value operator+(shared_value a, shared_value b) { return a.own + b.own; }
  RANKWISE_FN friend shared_value operator-(shared_value a, shared_value b) { return a.own - b.own; }
  RANKWISE_FN friend shared_value operator*(shared_value a, shared_value b) { return a.own * b.own; }
  RANKWISE_FN friend shared_value operator/(shared_value a, shared_value b) { return a.own / b.own; }
  RANKWISE_FN shared_value operator-() const { return -own; }
  RANKWISE_FN shared_value& operator+=(shared_value b) { return *this = *this + b; }
  RANKWISE_FN shared_value& operator-=(shared_value b) { return *this = *this - b; }
  RANKWISE_FN shared_value& operator*=(shared_value b) { return *this = *this * b; }
  RANKWISE_FN shared_value& operator/=(shared_value b) { return *this = *this / b; }
};

/// One thread's lane of a mask.
template <class Group>
struct shared_mask {
  bool own;

  RANKWISE_FN explicit shared_mask(bool b = false) : own(b) {}

  RANKWISE_FN friend shared_mask operator&(shared_mask a, shared_mask b) { return shared_mask(a.own && b.own); }
  RANKWISE_FN friend shared_mask operator|(shared_mask a, shared_mask b) { return shared_mask(a.own || b.own); }
  RANKWISE_FN friend shared_mask operator^(shared_mask a, shared_mask b) { return shared_mask(a.own != b.own); }
  RANKWISE_FN friend shared_mask operator&&(shared_mask a, shared_mask b) { return a & b; }
  RANKWISE_FN friend shared_mask operator||(shared_mask a, shared_mask b) { return a | b; }
  RANKWISE_FN shared_mask operator!() const { return shared_mask(!own); }
  RANKWISE_FN shared_mask operator~() const { return shared_mask(!own); }
  RANKWISE_FN shared_mask& operator&=(shared_mask b) { return *this = *this & b; }
  RANKWISE_FN shared_mask& operator|=(shared_mask b) { return *this = *this | b; }
};

#define RANKWISE_SHARED_COMPARISON(op)                                                                                 \
  template <class T, class Group>                                                                                      \
  RANKWISE_FN shared_mask<Group> operator op(shared_value<T, Group> a, shared_value<T, Group> b) {                     \
    return shared_mask<Group>(a.own op b.own);                                                                         \
  }                                                                                                                    \
  template <class T, class Group>                                                                                      \
  RANKWISE_FN shared_mask<Group> operator op(shared_value<T, Group> a, std::type_identity_t<T> b) {                    \
    return shared_mask<Group>(a.own op b);                                                                             \
  }                                                                                                                    \
  template <class T, class Group>                                                                                      \
  RANKWISE_FN shared_mask<Group> operator op(std::type_identity_t<T> a, shared_value<T, Group> b) {                    \
    return shared_mask<Group>(a op b.own);                                                                             \
  }
RANKWISE_SHARED_COMPARISON(<)
RANKWISE_SHARED_COMPARISON(<=)
RANKWISE_SHARED_COMPARISON(>)
RANKWISE_SHARED_COMPARISON(>=)
RANKWISE_SHARED_COMPARISON(==)
RANKWISE_SHARED_COMPARISON(!=)
#undef RANKWISE_SHARED_COMPARISON

namespace detail {

struct shared_plus {
  template <class T>
  RANKWISE_FN T operator()(T a, T b) const {
    return static_cast<T>(a + b);
  }
};
struct shared_max {
  template <class T>
  RANKWISE_FN T operator()(T a, T b) const {
    return math::ops<T>::max(a, b);
  }
};
struct shared_min {
  template <class T>
  RANKWISE_FN T operator()(T a, T b) const {
    return math::ops<T>::min(a, b);
  }
};

/// The order of `reduce`: always the upper half onto the lower half. `x` has the numbers of all lanes and is lost.
template <class T, class Op>
constexpr T fold(T* x, std::size_t size, Op op) {
  for (std::size_t half = size / 2; half != 0; half /= 2) {
    for (std::size_t i = 0; i < half; ++i) {
      x[i] = op(x[i], x[i + half]);
    }
  }
  return x[0];
}

} // namespace detail

namespace math {

template <class T, class Group>
struct ops<shared_value<T, Group>> {
  using value_type = shared_value<T, Group>;
  using scalar = T;
  using mask = shared_mask<Group>;
  using integer = typename ops<T>::integer;
  using unsigned_integer = typename ops<T>::unsigned_integer;
  using group = Group;
  static constexpr int lanes = static_cast<int>(Group::size);
  static constexpr bool fused = false;
  static constexpr bool is_batch = true;
  static constexpr bool native_scale = false;
  static constexpr bool native_split = false;
  static constexpr bool native_reciprocal = ops<T>::native_reciprocal;
  static constexpr bool native_exp = detail::has_exp<T>;

private:
  using V = value_type;
  using one = ops<T>;

public:
  RANKWISE_FN static V fma(V a, V b, V c) { return one::fma(a.own, b.own, c.own); }
  RANKWISE_FN static V fms(V a, V b, V c) { return one::fms(a.own, b.own, c.own); }
  RANKWISE_FN static V fnma(V a, V b, V c) { return one::fnma(a.own, b.own, c.own); }
  RANKWISE_FN static V product(V a, V b) { return one::product(a.own, b.own); }
  RANKWISE_FN static V select(mask m, V a, V b) { return m.own ? a : b; }
  RANKWISE_FN static integer bits(V x) { return one::bits(x.own); }
  RANKWISE_FN static V from_bits(integer x) { return one::from_bits(x); }
  template <int N>
  RANKWISE_FN static integer shift_left(integer x) {
    return one::template shift_left<N>(x);
  }
  template <int N>
  RANKWISE_FN static integer shift_right(integer x) {
    return one::template shift_right<N>(x);
  }
  RANKWISE_FN static integer add(integer a, integer b) { return one::add(a, b); }
  RANKWISE_FN static integer subtract(integer a, integer b) { return one::subtract(a, b); }
  RANKWISE_FN static V min(V a, V b) { return one::min(a.own, b.own); }
  RANKWISE_FN static V max(V a, V b) { return one::max(a.own, b.own); }
  RANKWISE_FN static V abs(V x) { return one::abs(x.own); }
  RANKWISE_FN static V negative_abs(V x) { return one::negative_abs(x.own); }
  RANKWISE_FN static V copy_sign(V magnitude, V sign) { return one::copy_sign(magnitude.own, sign.own); }
  RANKWISE_FN static V sqrt(V x) { return one::sqrt(x.own); }
  RANKWISE_FN static V reciprocal_estimate(V x) requires native_reciprocal { return one::reciprocal_estimate(x.own); }
  RANKWISE_FN static V exp(V x) requires native_exp { return one::exp(x.own); }
  template <bool Base_e>
  RANKWISE_FN static V sigmoid(V x) requires native_exp {
    return one::template sigmoid<Base_e>(x.own);
  }
  RANKWISE_FN static mask is_nan(V x) { return mask(one::is_nan(x.own)); }

  RANKWISE_FN static T reduce_add(V x) { return Group::reduce(x.own, rankwise::detail::shared_plus{}); }
  RANKWISE_FN static T reduce_max(V x) { return Group::reduce(x.own, rankwise::detail::shared_max{}); }
  RANKWISE_FN static T reduce_min(V x) { return Group::reduce(x.own, rankwise::detail::shared_min{}); }
  RANKWISE_FN static void reduce_add4(V a, V b, V c, V d, T* to) {
    to[0] = reduce_add(a);
    to[1] = reduce_add(b);
    to[2] = reduce_add(c);
    to[3] = reduce_add(d);
  }
  /// Lane i: the sum of lanes 0 .. i; of lanes i .. last.
  RANKWISE_FN static V sum_up_to(V x) { return Group::scan(x.own, rankwise::detail::shared_plus{}); }
  RANKWISE_FN static V sum_from(V x) { return Group::scan_back(x.own, rankwise::detail::shared_plus{}); }

  RANKWISE_FN static T get(V x, std::size_t i) { return Group::broadcast(x.own, i); }
  RANKWISE_FN static V iota() { return static_cast<T>(Group::lane()); }
  RANKWISE_FN static mask first(std::size_t n) { return mask(Group::lane() < n); }

  // Whoever reads afterwards may be another thread; whoever has read before, too.
  template <class U>
  RANKWISE_FN static void store(U* p, V x) {
    store_strided(p, 1, Group::size, x);
  }
  template <class U>
  RANKWISE_FN static void store_partial(U* p, std::size_t n, V x) {
    store_strided(p, 1, n, x);
  }
  template <class U>
  RANKWISE_FN static void store_strided(U* p, std::ptrdiff_t stride, std::size_t n, V x) {
    Group::sync();
    if (Group::lane() < n) {
      p[static_cast<std::ptrdiff_t>(Group::lane()) * stride] = static_cast<U>(x.own);
    }
    Group::sync();
  }
  template <class U>
  RANKWISE_FN static V load(U const* p) {
    return static_cast<T>(p[Group::lane()]);
  }
  template <class U>
  RANKWISE_FN static V load_partial(U const* p, std::size_t n, T fill) {
    return Group::lane() < n ? static_cast<T>(p[Group::lane()]) : fill;
  }
  template <class U>
  RANKWISE_FN static V load_strided(U const* p, std::ptrdiff_t stride, std::size_t n) {
    std::size_t const at = Group::lane() < n ? Group::lane() : n - 1;
    return static_cast<T>(p[static_cast<std::ptrdiff_t>(at) * stride]);
  }
  RANKWISE_FN static V gather(T const* p, V index) { return p[static_cast<std::size_t>(index.own)]; }

  RANKWISE_FN static std::size_t store_chosen(T* p, std::uint32_t* positions, V x, mask chosen, std::uint32_t first) {
    std::size_t const at = place_among(chosen);
    Group::sync();
    if (chosen.own) {
      p[at] = x.own;
      positions[at] = first + static_cast<std::uint32_t>(Group::lane());
    }
    Group::sync();
    return Group::count(chosen.own);
  }
  RANKWISE_FN static std::size_t store_chosen(T* p, V x, mask chosen) {
    std::size_t const at = place_among(chosen);
    Group::sync();
    if (chosen.own) {
      p[at] = x.own;
    }
    Group::sync();
    return Group::count(chosen.own);
  }

private:
  RANKWISE_FN static std::size_t place_among(mask chosen) {
    return Group::scan(static_cast<std::uint32_t>(chosen.own ? 1 : 0), rankwise::detail::shared_plus{}) -
           (chosen.own ? 1u : 0u);
  }
};

template <class Group>
struct mask_ops<shared_mask<Group>> {
  using M = shared_mask<Group>;
  static constexpr int lanes = static_cast<int>(Group::size);
  RANKWISE_FN static bool any(M m) { return Group::any(m.own); }
  RANKWISE_FN static bool all(M m) { return !Group::any(!m.own); }
  RANKWISE_FN static int count(M m) { return static_cast<int>(Group::count(m.own)); }
};

} // namespace math

/// True for value types whose lanes are threads.
template <class V>
inline constexpr bool is_shared = false;
template <class T, class Group>
inline constexpr bool is_shared<shared_value<T, Group>> = true;

/// Where lanes are threads: everybody is here, and sees what the others have written.
template <class V>
RANKWISE_FN void meet() {
  if constexpr (is_shared<V>) {
    math::ops<V>::group::sync();
  }
}

/// f() for a part of a formula that writes to memory one item after the other: where lanes are threads, one of them
/// does it, and the others wait and see the result. What f returns, a number or nothing, everybody gets.
template <class V, class F>
RANKWISE_FN auto once(F f) {
  if constexpr (!is_shared<V>) {
    return f();
  } else {
    using group = typename math::ops<V>::group;
    using result = decltype(f());
    group::sync();
    if constexpr (std::is_void_v<result>) {
      if (group::lane() == 0) {
        f();
      }
      group::sync();
    } else {
      static_assert(std::is_trivially_copyable_v<result>, "[rankwise] once(f): f returns numbers or nothing");
      result x{};
      if (group::lane() == 0) {
        x = f();
      }
      group::sync();
      if constexpr (std::is_arithmetic_v<result>) {
        return group::broadcast(x, 0);
      } else {
        static_assert(sizeof(result) % sizeof(std::uint32_t) == 0);
        struct words {
          std::uint32_t word[sizeof(result) / sizeof(std::uint32_t)];
        };
        words w = __builtin_bit_cast(words, x);
        for (std::uint32_t& word : w.word) {
          word = group::broadcast(word, 0);
        }
        return __builtin_bit_cast(result, w);
      }
    }
  }
}

/// f(0), ..., f(n - 1), none of which reads what another writes: where lanes are threads, they share the places.
template <class V, class F>
RANKWISE_FN void each_place(std::size_t n, F f) {
  if constexpr (!is_shared<V>) {
    for (std::size_t p = 0; p < n; ++p) {
      f(p);
    }
  } else {
    using group = typename math::ops<V>::group;
    group::sync();
    for (std::size_t p = group::lane(); p < n; p += group::size) {
      f(p);
    }
    group::sync();
  }
}

/// Writes the places p < n with chosen(p), in their order, and returns how many there are.
template <class V, class Chosen>
RANKWISE_FN std::size_t collect_places(std::size_t n, std::uint32_t* to, Chosen chosen) {
  std::size_t count = 0;
  if constexpr (!is_shared<V>) {
    for (std::size_t p = 0; p < n; ++p) {
      if (chosen(p)) {
        to[count++] = static_cast<std::uint32_t>(p);
      }
    }
  } else {
    using group = typename math::ops<V>::group;
    group::sync();
    for (std::size_t first = 0; first < n; first += group::size) {
      std::size_t const p = first + group::lane();
      std::uint32_t const mine = p < n && chosen(p) ? 1 : 0;
      std::size_t const at = count + group::scan(mine, detail::shared_plus{}) - mine;
      if (mine != 0) {
        to[at] = static_cast<std::uint32_t>(p);
      }
      count += group::count(mine != 0);
    }
    group::sync();
  }
  return count;
}

/// The sum of what every thread has added up for itself; just x where there are no threads.
template <class V, class T>
RANKWISE_FN T sum_of_threads(T x) {
  if constexpr (!is_shared<V>) {
    return x;
  } else {
    return math::ops<V>::group::reduce(x, detail::shared_plus{});
  }
}

/// visit(p, f(0) op f(1) op ... op f(p)) for the places p < n, and what all of them give: `op` is associative and has a
/// neutral element. `Backwards` goes from the last place to the first. No f(p) may read what is written at another
/// place by `visit`.
template <class V, bool Backwards = false, class X, class F, class Op, class Visit>
RANKWISE_FN X scan_places(std::size_t n, X neutral, F f, Op op, Visit visit) {
  X sum = neutral;
  if constexpr (!is_shared<V>) {
    for (std::size_t k = 0; k < n; ++k) {
      std::size_t const p = Backwards ? n - 1 - k : k;
      sum = op(sum, f(p));
      visit(p, sum);
    }
  } else {
    using group = typename math::ops<V>::group;
    group::sync();
    for (std::size_t first = 0; first < n; first += group::size) {
      std::size_t const k = first + group::lane();
      std::size_t const p = Backwards ? n - 1 - k : k;
      X const upto = op(sum, group::scan(k < n ? f(p) : neutral, op));
      if (k < n) {
        visit(p, upto);
      }
      sum = group::broadcast(upto, group::size - 1);
    }
    group::sync();
  }
  return sum;
}

namespace detail {

/// Merge sort by a group of threads: in every round each item finds its place in the neighbouring run on its own.
/// `before` is a strict order without equals; `spare` is a column like `item`.
template <class V, class Before>
RANKWISE_FN void sort_in_group(std::uint32_t* item, std::uint32_t* spare, std::size_t count, Before before) {
  std::uint32_t* from = item;
  std::uint32_t* to = spare;
  for (std::size_t run = 1; run < count; run *= 2) {
    each_place<V>(count, [&](std::size_t p) {
      std::size_t const pair = p / (2 * run) * (2 * run);
      std::size_t const middle = pair + run < count ? pair + run : count;
      std::size_t const end = pair + 2 * run < count ? pair + 2 * run : count;
      bool const left = p < middle;
      std::uint32_t const own = from[p];
      std::size_t low = left ? middle : pair; // of the other run, how many come before
      std::size_t high = left ? end : middle;
      std::size_t const begin = low;
      while (low < high) {
        std::size_t const at = low + (high - low) / 2;
        bool const earlier = before(from[at], own);
        low = earlier ? at + 1 : low;
        high = earlier ? high : at;
      }
      to[pair + (left ? p - pair : p - middle) + (low - begin)] = own;
    });
    std::uint32_t* const last = from;
    from = to;
    to = last;
  }
  if (from != item) {
    each_place<V>(count, [&](std::size_t p) { item[p] = from[p]; });
  }
}

} // namespace detail

} // namespace rankwise::inline RANKWISE_ABI

#endif
