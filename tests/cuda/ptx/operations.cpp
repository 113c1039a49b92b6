#include "operations.hpp"

#include <array>
#include <bit>
#include <cfenv>
#include <cmath>
#include <concepts>
#include <limits>
#include <type_traits>

// Built without contraction of a * b + c, and so that the mode of rounding is known to change.
namespace ptx {
namespace {

__extension__ using uint128 = unsigned __int128;
__extension__ using int128 = __int128;

template <class T>
struct doubled_type;
template <>
struct doubled_type<std::uint16_t> : std::type_identity<std::uint32_t> {};
template <>
struct doubled_type<std::int16_t> : std::type_identity<std::int32_t> {};
template <>
struct doubled_type<std::uint32_t> : std::type_identity<std::uint64_t> {};
template <>
struct doubled_type<std::int32_t> : std::type_identity<std::int64_t> {};
template <>
struct doubled_type<std::uint64_t> : std::type_identity<uint128> {};
template <>
struct doubled_type<std::int64_t> : std::type_identity<int128> {};

// ---- the shapes of instructions

template <class T, auto F>
void one(thread& t, instruction const& i) {
  t.set(i.d, F(t.get<T>(i.a)));
}
template <class T, auto F>
void two(thread& t, instruction const& i) {
  t.set(i.d, F(t.get<T>(i.a), t.get<T>(i.b)));
}
template <class T, auto F>
void three(thread& t, instruction const& i) {
  t.set(i.d, F(t.get<T>(i.a), t.get<T>(i.b), t.get<T>(i.c)));
}

/// f<T>() for the type of this name.
template <class F>
action by_type(std::string_view type, F f) {
  using namespace std;
  return type == "u32" || type == "b32"   ? f.template operator()<uint32_t>()
         : type == "u64" || type == "b64" ? f.template operator()<uint64_t>()
         : type == "s32"                  ? f.template operator()<int32_t>()
         : type == "s64"                  ? f.template operator()<int64_t>()
         : type == "u16" || type == "b16" ? f.template operator()<uint16_t>()
         : type == "s16"                  ? f.template operator()<int16_t>()
         : type == "u8" || type == "b8"   ? f.template operator()<uint8_t>()
         : type == "s8"                   ? f.template operator()<int8_t>()
         : type == "f32"                  ? f.template operator()<float>()
         : type == "f64"                  ? f.template operator()<double>()
                                          : nullptr;
}

// ---- whole numbers

template <std::integral T>
constexpr T wrapped(auto x) {
  return static_cast<T>(x);
}

/// All bits are set where the divisor is 0.
template <std::integral T>
T quotient(T a, T b) {
  if (std::is_signed_v<T> && b == wrapped<T>(-1)) {
    return wrapped<T>(std::make_unsigned_t<T>{0} - static_cast<std::make_unsigned_t<T>>(a)); // of the least number, too
  }
  return b == 0 ? wrapped<T>(-1) : wrapped<T>(a / b);
}
template <std::integral T>
T remainder_of(T a, T b) {
  return b == 0 ? a : std::is_signed_v<T> && b == wrapped<T>(-1) ? T{0} : wrapped<T>(a % b);
}
template <std::unsigned_integral U>
U reversed(U a) {
  U r = 0;
  for (unsigned k = 0; k < 8 * sizeof(U); ++k) {
    r = wrapped<U>(U(r << 1) | U(a >> k & 1));
  }
  return r;
}
/// Each digit of `select` names a byte of both words, or asks for its sign.
std::uint32_t permuted(std::uint32_t a, std::uint32_t b, std::uint32_t select) {
  std::uint64_t const both = std::uint64_t{b} << 32 | a;
  std::uint32_t r = 0;
  for (unsigned k = 0; k < 4; ++k) {
    std::uint32_t const which = select >> (4 * k);
    auto const byte = static_cast<std::uint8_t>(both >> (8 * (which & 7)));
    r |= ((which & 8) == 0 ? byte : (byte & 128) != 0 ? 255u : 0u) << (8 * k);
  }
  return r;
}

template <std::integral T>
action of_integers(mnemonic n, instruction& made) {
  using U = std::make_unsigned_t<T>;
  constexpr unsigned width = 8 * sizeof(T);
  auto const base = n.base();
  if (base == "add" || base == "sub") {
    if (n.has("cc")) {
      return base == "add" ? action{[](thread& t, instruction const& i) {
        U const a = t.get<U>(i.a);
        U const sum = wrapped<U>(a + t.get<U>(i.b));
        t.carry = sum < a;
        t.set(i.d, sum);
      }}
                           : action{[](thread& t, instruction const& i) {
                               U const a = t.get<U>(i.a);
                               U const b = t.get<U>(i.b);
                               t.carry = a < b;
                               t.set(i.d, wrapped<U>(a - b));
                             }};
    }
    return base == "add" ? two<U, [](U a, U b) { return wrapped<U>(a + b); }>
                         : two<U, [](U a, U b) { return wrapped<U>(a - b); }>;
  }
  if (base == "addc" || base == "subc") {
    made.variant = n.has("cc");
    return base == "addc" ? action{[](thread& t, instruction const& i) {
      uint128 const sum = uint128{t.get<U>(i.a)} + t.get<U>(i.b) + (t.carry ? 1u : 0u);
      t.carry = i.variant != 0 ? sum >> width != 0 : t.carry;
      t.set(i.d, static_cast<U>(sum));
    }}
                          : action{[](thread& t, instruction const& i) {
                              U const a = t.get<U>(i.a);
                              uint128 const b = uint128{t.get<U>(i.b)} + (t.carry ? 1u : 0u);
                              t.carry = i.variant != 0 ? a < b : t.carry;
                              t.set(i.d, static_cast<U>(a - static_cast<U>(b)));
                            }};
  }
  if constexpr (sizeof(T) > 1) {
    using W = typename doubled_type<T>::type;
    bool const adds = base == "mad";
    if ((base == "mul" || adds) && n.has("wide")) {
      if constexpr (sizeof(W) <= 8) {
        using B = std::make_unsigned_t<W>;
        return adds ? action{[](thread& t, instruction const& i) {
          W const product = static_cast<W>(W{t.get<T>(i.a)} * W{t.get<T>(i.b)});
          t.set(i.d, static_cast<B>(static_cast<B>(product) + t.get<B>(i.c)));
        }}
                    : two<T, [](T a, T b) { return static_cast<B>(W{a} * W{b}); }>;
      } else {
        return nullptr;
      }
    }
    if (base == "mul" || adds) {
      if (n.has("hi")) {
        return adds ? three<T, [](T a, T b, T c) { return wrapped<U>(wrapped<U>(W{a} * W{b} >> width) + U(c)); }>
                    : two<T, [](T a, T b) { return wrapped<U>(W{a} * W{b} >> width); }>;
      }
      return adds ? three<U, [](U a, U b, U c) { return wrapped<U>(std::uint64_t{a} * b + c); }>
                  : two<U, [](U a, U b) { return wrapped<U>(std::uint64_t{a} * b); }>;
    }
  }
  if (base == "div") {
    return two<T, quotient<T>>;
  }
  if (base == "rem") {
    return two<T, remainder_of<T>>;
  }
  if (base == "neg") {
    return one<U, [](U a) { return wrapped<U>(U{0} - a); }>;
  }
  if (base == "abs") {
    return one<T, [](T a) { return a < 0 ? wrapped<T>(U{0} - U(a)) : a; }>;
  }
  if (base == "sad") {
    return three<T, [](T a, T b, T c) { return wrapped<T>(U(c) + (a < b ? U(b) - U(a) : U(a) - U(b))); }>;
  }
  if (base == "min") {
    return two<T, [](T a, T b) { return (a < b) ? a : b; }>;
  }
  if (base == "max") {
    return two<T, [](T a, T b) { return (b < a) ? a : b; }>;
  }
  if (base == "and") {
    return two<U, [](U a, U b) { return wrapped<U>(a & b); }>;
  }
  if (base == "or") {
    return two<U, [](U a, U b) { return wrapped<U>(a | b); }>;
  }
  if (base == "xor") {
    return two<U, [](U a, U b) { return wrapped<U>(a ^ b); }>;
  }
  if (base == "not") {
    return one<U, [](U a) { return wrapped<U>(~a); }>;
  }
  if (base == "shl") {
    return [](thread& t, instruction const& i) {
      auto const by = t.get<std::uint32_t>(i.b);
      t.set(i.d, by >= width ? U{0} : wrapped<U>(t.get<U>(i.a) << by));
    };
  }
  if (base == "shr") {
    return [](thread& t, instruction const& i) {
      auto const by = t.get<std::uint32_t>(i.b);
      T const x = t.get<T>(i.a);
      t.set(i.d, by < width ? wrapped<T>(x >> by) : x < 0 ? wrapped<T>(-1) : T{0});
    };
  }
  if (base == "clz") {
    return one<U, [](U a) { return std::uint32_t(std::countl_zero(a)); }>;
  }
  if (base == "popc") {
    return one<U, [](U a) { return std::uint32_t(std::popcount(a)); }>;
  }
  if (base == "brev") {
    return one<U, reversed<U>>;
  }
  if (base == "bfind") {
    made.variant = n.has("shiftamt");
    return [](thread& t, instruction const& i) {
      T const x = t.get<T>(i.a);
      auto const zeros = std::uint32_t(std::countl_zero(x < 0 ? wrapped<U>(~U(x)) : U(x)));
      t.set(i.d, zeros == width ? ~std::uint32_t{0} : i.variant != 0 ? zeros : width - 1 - zeros);
    };
  }
  if (base == "bfe") {
    return [](thread& t, instruction const& i) {
      auto const at = t.get<std::uint8_t>(i.b);
      auto const count = t.get<std::uint8_t>(i.c);
      U const x = t.get<U>(i.a);
      unsigned const last = at + count == 0 ? 0 : at + count - 1u;
      bool const sign = std::is_signed_v<T> && count != 0 && (x >> (last < width ? last : width - 1) & 1u) != 0;
      U r = 0;
      for (unsigned k = 0; k < width; ++k) {
        bool const bit = k < count && at + k < width ? (x >> (at + k) & 1u) != 0 : sign;
        r = wrapped<U>(r | U{bit} << k);
      }
      t.set(i.d, r);
    };
  }
  if (base == "bfi") {
    return [](thread& t, instruction const& i) {
      auto const at = t.get<std::uint8_t>(i.c);
      auto const count = t.get<std::uint8_t>(i.e);
      U const x = t.get<U>(i.a);
      U r = t.get<U>(i.b);
      for (unsigned k = 0; k < count && at + k < width; ++k) {
        U const bit = wrapped<U>(U{1} << (at + k));
        r = (x >> k & 1u) != 0 ? wrapped<U>(r | bit) : wrapped<U>(r & ~bit);
      }
      t.set(i.d, r);
    };
  }
  return nullptr;
}

action of_words(mnemonic n, instruction& made) {
  using u32 = std::uint32_t;
  auto const base = n.base();
  if (base == "prmt") {
    return three<u32, permuted>;
  }
  if (base == "lop3") {
    return [](thread& t, instruction const& i) {
      auto const a = t.get<u32>(i.a);
      auto const b = t.get<u32>(i.b);
      auto const c = t.get<u32>(i.c);
      u32 r = 0;
      for (unsigned k = 0; k < 32; ++k) {
        r |= (t.get<u32>(i.e) >> ((a >> k & 1) << 2 | (b >> k & 1) << 1 | (c >> k & 1)) & 1) << k;
      }
      t.set(i.d, r);
    };
  }
  if (base == "shf") {
    made.variant = static_cast<std::uint8_t>((n.has("l") ? 1 : 0) + (n.has("wrap") ? 2 : 0));
    return [](thread& t, instruction const& i) {
      std::uint64_t const both = std::uint64_t{t.get<u32>(i.b)} << 32 | t.get<u32>(i.a);
      u32 const given = t.get<u32>(i.c);
      u32 const by = (i.variant & 2) != 0 ? given & 31 : given < 32 ? given : 32;
      t.set(i.d, (i.variant & 1) != 0 ? u32(both << by >> 32) : u32(both >> by));
    };
  }
  return nullptr;
}

// ---- floats

/// Denormal floats are 0 where the instruction says .ftz.
template <bool Flushes, class T>
T kept(T x) {
  return Flushes && std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(T{0}, x) : x;
}

template <class T, int Mode, bool Flushes, auto F, bool Takes3 = false>
void rounded(thread& t, instruction const& i) {
  // volatile: computed here and now, in the mode of here and now
  T const volatile a = kept<Flushes>(t.get<T>(i.a));
  T const volatile b = kept<Flushes>(t.get<T>(i.b));
  T const volatile c = Takes3 ? kept<Flushes>(t.get<T>(i.c)) : T{0};
  if constexpr (Mode != FE_TONEAREST) {
    std::fesetround(Mode);
  }
  T const volatile r = F(a, b, c);
  if constexpr (Mode != FE_TONEAREST) {
    std::fesetround(FE_TONEAREST);
  }
  t.set(i.d, kept<Flushes>(T{r}));
}
template <class T, int Mode, bool Flushes>
action rounded_of(std::string_view base) {
  return base == "add"   ? rounded<T, Mode, Flushes, [](T a, T b, T) { return a + b; }>
         : base == "sub" ? rounded<T, Mode, Flushes, [](T a, T b, T) { return a - b; }>
         : base == "mul" ? rounded<T, Mode, Flushes, [](T a, T b, T) { return a * b; }>
         : base == "div" ? rounded<T, Mode, Flushes, [](T a, T b, T) { return a / b; }>
         : base == "fma" || base == "mad"
             ? rounded<T, Mode, Flushes, [](T a, T b, T c) { return std::fma(a, b, c); }, true>
             : nullptr;
}

/// Numbers win over NaN, and -0 is below 0.
template <class T>
T least(T a, T b) {
  return std::isnan(a) ? b : std::isnan(b) ? a : a == b ? (std::signbit(a) ? a : b) : a < b ? a : b;
}
template <class T>
T most(T a, T b) {
  return -least(-a, -b);
}

/// Rounded from double; of approximations in float, which may be off by `Ulps`, the worst that is allowed, up or down
/// by the bits of the argument. Powers of two stay exact, as they do on devices, though no manual says so.
template <class T, bool Flushes, auto F, int Ulps = 0>
void approximate(thread& t, instruction const& i) {
  T const x = kept<Flushes>(t.get<T>(i.a));
  double const exact = F(static_cast<double>(x));
  T v = static_cast<T>(exact);
  if constexpr (Ulps != 0 && sizeof(T) == 4) {
    if (int exponent; std::isnormal(v) && std::frexp(exact, &exponent) != 0.5) {
      bool const up = (std::bit_cast<std::uint32_t>(x) * 2654435769u) >> 31 != 0;
      double const limit = std::ldexp(Ulps, std::ilogb(v) - 23);
      T const worst = static_cast<T>(up ? exact + limit : exact - limit);
      v = std::fabs(static_cast<double>(worst) - exact) <= limit ? worst : std::nextafter(worst, v);
    }
  }
  t.set(i.d, kept<Flushes>(v));
}
/// Of some results in double there are the upper 32 bits.
template <auto F>
void upper_half(thread& t, instruction const& i) {
  t.set(i.d, std::bit_cast<std::uint64_t>(F(t.get<double>(i.a))) & ~std::uint64_t{0xffffffff});
}
template <class T, bool Flushes>
action of_one_float(mnemonic n) {
  using number = double;
  constexpr auto inverse = [](number x) { return 1 / x; };
  constexpr auto inverse_root = [](number x) { return 1 / std::sqrt(x); };
  auto const base = n.base();
  if (std::is_same_v<T, double> && n.has("approx")) {
    return base == "rcp" ? upper_half<inverse> : base == "rsqrt" ? upper_half<inverse_root> : nullptr;
  }
  if (n.has("approx")) {
    return base == "rcp"     ? approximate<T, Flushes, inverse, 1>
           : base == "rsqrt" ? approximate<T, Flushes, inverse_root, 2>
           : base == "sqrt"  ? approximate<T, Flushes, [](number x) { return std::sqrt(x); }, 2>
           : base == "ex2"   ? approximate<T, Flushes, [](number x) { return std::exp2(x); }, 2>
           : base == "lg2"   ? approximate<T, Flushes, [](number x) { return std::log2(x); }>
           : base == "sin"   ? approximate<T, Flushes, [](number x) { return std::sin(x); }>
           : base == "cos"   ? approximate<T, Flushes, [](number x) { return std::cos(x); }>
           : base == "tanh"  ? approximate<T, Flushes, [](number x) { return std::tanh(x); }>
                             : nullptr;
  }
  return base == "neg"     ? one<T, [](T a) { return kept<Flushes>(-a); }>
         : base == "abs"   ? one<T, [](T a) { return kept<Flushes>(std::fabs(a)); }>
         : base == "rcp"   ? approximate<T, Flushes, inverse>
         : base == "rsqrt" ? approximate<T, Flushes, inverse_root>
         : base == "sqrt"  ? approximate<T, Flushes, [](number x) { return std::sqrt(x); }>
                           : nullptr;
}

template <std::floating_point T>
action of_floats(mnemonic n, instruction& made) {
  auto const base = n.base();
  bool const flushes = n.has("ftz");
  if (base == "min" || base == "max") {
    constexpr T nan = std::numeric_limits<T>::quiet_NaN();
    if (n.has("NaN")) {
      return base == "min" ? two<T, [](T a, T b) { return std::isnan(a) || std::isnan(b) ? nan : least(a, b); }>
                           : two<T, [](T a, T b) { return std::isnan(a) || std::isnan(b) ? nan : most(a, b); }>;
    }
    return base == "min" ? two<T, [](T a, T b) { return least(a, b); }> : two<T, [](T a, T b) { return most(a, b); }>;
  }
  if (base == "copysign") {
    return two<T, [](T sign, T size) { return std::copysign(size, sign); }>;
  }
  if (base == "testp") {
    constexpr std::string_view names[] = {"finite", "infinite", "number", "notanumber", "normal", "subnormal"};
    while (made.variant < 5 && !n.has(names[made.variant])) {
      ++made.variant;
    }
    return [](thread& t, instruction const& i) {
      T const x = t.get<T>(i.a);
      std::array<bool, 6> const is{std::isfinite(x), std::isinf(x),    !std::isnan(x),
                                   std::isnan(x),    std::isnormal(x), std::fpclassify(x) == FP_SUBNORMAL};
      t.set<std::uint64_t>(i.d, is[i.variant]);
    };
  }
  if (action const f = flushes ? of_one_float<T, true>(n) : of_one_float<T, false>(n)) {
    return f;
  }
  return n.has("rz")   ? flushes ? rounded_of<T, FE_TOWARDZERO, true>(base) : rounded_of<T, FE_TOWARDZERO, false>(base)
           : n.has("rm") ? flushes ? rounded_of<T, FE_DOWNWARD, true>(base) : rounded_of<T, FE_DOWNWARD, false>(base)
           : n.has("rp") ? flushes ? rounded_of<T, FE_UPWARD, true>(base) : rounded_of<T, FE_UPWARD, false>(base)
           : flushes ? rounded_of<T, FE_TONEAREST, true>(base)
                       : rounded_of<T, FE_TONEAREST, false>(base);
}

// ---- comparisons

template <class T>
bool compare(unsigned how, T a, T b) {
  bool const unordered = a != a || b != b;
  switch (how) {
  case 0:
    return a == b;
  case 1:
    return a != b && !unordered;
  case 2:
    return a < b;
  case 3:
    return a <= b;
  case 4:
    return a > b;
  case 5:
    return a >= b;
  case 6:
    return !unordered;
  case 13:
    return unordered;
  default:
    return unordered || compare(how - 7, a, b);
  }
}
std::uint8_t comparison_of(mnemonic n) {
  constexpr std::string_view names[] = {"eq",  "ne",  "lt",  "le",  "gt",  "ge",  "num",
                                        "equ", "neu", "ltu", "leu", "gtu", "geu", "nan"};
  for (std::uint8_t k = 0; k < 14; ++k) {
    if (n.has(names[k])) {
      return k;
    }
  }
  return n.has("lo") ? 2 : n.has("ls") ? 3 : n.has("hi") ? 4 : 5;
}

enum joins : std::uint8_t { alone, with_and, with_or, with_xor };

template <class T>
void set_predicate(thread& t, instruction const& i) {
  bool const found = compare(i.variant, t.get<T>(i.a), t.get<T>(i.b));
  auto const joined = [&](bool x) {
    bool const other = t.bits(i.c) != 0;
    return i.bytes == with_and ? x && other : i.bytes == with_or ? x || other : i.bytes == with_xor ? x != other : x;
  };
  t.set<std::uint64_t>(i.d, joined(found));
  t.set<std::uint64_t>(i.p, joined(!found));
}

// ---- conversions

enum modes : std::uint8_t { nearest, to_zero, down, up };

template <class T>
T whole(T x, unsigned mode) {
  return mode == to_zero ? std::trunc(x) : mode == down ? std::floor(x) : mode == up ? std::ceil(x) : std::nearbyint(x);
}

template <class To, class From>
To converted(From x, unsigned mode, bool saturates) {
  if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    double const v = whole(static_cast<double>(x), mode);
    return std::isnan(v)                                             ? To{0}
           : v < static_cast<double>(std::numeric_limits<To>::min()) ? std::numeric_limits<To>::min()
           : v >= std::ldexp(1.0, std::numeric_limits<To>::digits)   ? std::numeric_limits<To>::max()
                                                                     : static_cast<To>(v);
  } else if constexpr (std::is_integral_v<To>) {
    return !saturates                                            ? static_cast<To>(x)
           : std::cmp_less(x, std::numeric_limits<To>::min())    ? std::numeric_limits<To>::min()
           : std::cmp_greater(x, std::numeric_limits<To>::max()) ? std::numeric_limits<To>::max()
                                                                 : static_cast<To>(x);
  } else {
    constexpr int rounding[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};
    std::fesetround(rounding[mode]);
    From const volatile from = x;
    To const volatile v = static_cast<To>(from);
    std::fesetround(FE_TONEAREST);
    return !saturates ? To{v} : v > 0 ? std::fmin(To{v}, To{1}) : To{0};
  }
}

/// Two-byte floats: so many bits of a fraction, and the least exponent of a normal number.
template <int Fraction, int Least>
float from_two_bytes(std::uint16_t bits) {
  int const exponent = (bits & 0x7fff) >> Fraction;
  int const fraction = bits & ((1 << Fraction) - 1);
  constexpr int last = (1 << (15 - Fraction)) - 1;
  float const size = exponent == last ? fraction == 0 ? HUGE_VALF : NAN
                     : exponent == 0
                         ? std::ldexp(static_cast<float>(fraction), Least - Fraction)
                         : std::ldexp(static_cast<float>(fraction + (1 << Fraction)), exponent - 1 + Least - Fraction);
  return (bits & 0x8000) != 0 ? -size : size;
}
template <int Fraction, int Least>
std::uint16_t to_two_bytes(float x) {
  constexpr int last = (1 << (15 - Fraction)) - 1;
  int const sign = std::signbit(x) ? 0x8000 : 0;
  if (std::isnan(x)) {
    return 0x7fff;
  }
  double const size = std::fabs(static_cast<double>(x));
  int const exponent = size == 0 || std::isinf(size) ? Least : std::max(std::ilogb(size), Least);
  // Rounded, it may carry into the next exponent, or to infinity.
  double const fraction = std::nearbyint(std::ldexp(size, Fraction - exponent));
  double const whole = fraction + std::ldexp(exponent - Least, Fraction);
  return static_cast<std::uint16_t>(sign | static_cast<int>(std::fmin(whole, std::ldexp(last, Fraction))));
}

action conversion_of(mnemonic n, instruction& made) {
  auto const to = n.type(1);
  auto const from = n.type();
  if (to == "f32" && from == "f16") {
    return [](thread& t, instruction const& i) {
      t.set(i.d, from_two_bytes<10, -14>(static_cast<std::uint16_t>(t.bits(i.a))));
    };
  }
  if (from == "f32" && (to == "f16" || to == "bf16")) {
    return to == "f16" ? action{[](thread& t, instruction const& i) {
      t.set<std::uint64_t>(i.d, to_two_bytes<10, -14>(t.get<float>(i.a)));
    }}
                       : [](thread& t, instruction const& i) {
                           t.set<std::uint64_t>(i.d, to_two_bytes<7, -126>(t.get<float>(i.a)));
                         };
  }
  bool const makes_whole = n.has("rni") || n.has("rzi") || n.has("rmi") || n.has("rpi");
  made.variant = n.has("rz") || n.has("rzi")   ? to_zero
                 : n.has("rm") || n.has("rmi") ? down
                 : n.has("rp") || n.has("rpi") ? up
                                               : nearest;
  if (to == from && makes_whole) {
    return to == "f32"
               ? action{[](thread& t, instruction const& i) { t.set(i.d, whole(t.get<float>(i.a), i.variant)); }}
               : [](thread& t, instruction const& i) { t.set(i.d, whole(t.get<double>(i.a), i.variant)); };
  }
  made.strong = n.has("sat");
  return by_type(to, [&]<class To>() {
    return by_type(from, [&]<class From>() -> action {
      return [](thread& t, instruction const& i) {
        To const v = converted<To>(t.get<From>(i.a), i.variant, i.strong);
        if constexpr (std::is_integral_v<To> && std::is_signed_v<To>) {
          t.set<std::int64_t>(i.d, v); // fills a wider register, with its sign
        } else {
          t.set(i.d, v);
        }
      };
    });
  });
}

action of_predicates(std::string_view base) {
  using u64 = std::uint64_t;
  return base == "mov"   ? one<u64, [](u64 a) { return a; }>
         : base == "not" ? one<u64, [](u64 a) { return u64{a == 0}; }>
         : base == "and" ? two<u64, [](u64 a, u64 b) { return a & b; }>
         : base == "or"  ? two<u64, [](u64 a, u64 b) { return a | b; }>
         : base == "xor" ? two<u64, [](u64 a, u64 b) { return a ^ b; }>
                         : nullptr;
}

} // namespace

action arithmetic_of(mnemonic n, instruction& made) {
  auto const base = n.base();
  auto const type = n.type();
  if (base == "cvt") {
    return conversion_of(n, made);
  }
  if (base == "cvta") { // memory is flat
    return one<std::uint64_t, [](std::uint64_t a) { return a; }>;
  }
  if (base == "setp") {
    made.variant = comparison_of(n);
    made.bytes = n.has("and") ? with_and : n.has("or") ? with_or : n.has("xor") ? with_xor : alone;
    return by_type(type, []<class T>() -> action { return set_predicate<T>; });
  }
  if (type == "pred") {
    return of_predicates(base);
  }
  if (action const f = of_words(n, made)) {
    return f;
  }
  return by_type(type, [&]<class T>() -> action {
    if (base == "mov") {
      return one<T, [](T a) { return a; }>;
    }
    if (base == "selp") {
      return [](thread& t, instruction const& i) { t.set(i.d, t.get<T>(t.bits(i.c) != 0 ? i.a : i.b)); };
    }
    if constexpr (std::is_integral_v<T>) {
      return of_integers<T>(n, made);
    } else {
      return of_floats<T>(n, made);
    }
  });
}

} // namespace ptx
