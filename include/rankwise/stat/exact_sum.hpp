#ifndef RANKWISE_STAT_EXACT_SUM_HPP
#define RANKWISE_STAT_EXACT_SUM_HPP

#include <rankwise/core/size.hpp>
#include <rankwise/exec/pack.hpp>
#include <rankwise/exec/simd.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace rankwise::inline RANKWISE_ABI::stat {

namespace detail {

/// std::countl_zero, of which nvcc makes nothing for a device, without a word.
RANKWISE_HOST_FN int leading_zeros(std::uint64_t x) {
#if defined(__CUDA_ARCH__)
  return __clzll(static_cast<long long>(x));
#else
  return std::countl_zero(x);
#endif
}

} // namespace detail

/// A sum in two words: high is the sum rounded to nearest, low what that left out, rounded to nearest.
struct two_words {
  double high = 0;
  double low = 0;
};

/// The sum of any doubles without rounding: a fixed-point number wide enough for all of them (Kulisch; in the form of
/// R. Neal, "Fast exact summation using small and large superaccumulators", arXiv 1505.05571). Neither the order of the
/// numbers nor their distribution over threads and machines changes a bit of it. 552 bytes, no allocation.
///
/// +inf and -inf make it infinite, both together or a NaN make it NaN. A sum beyond the largest double is infinite as a
/// value, but remains exact. The sum of nothing, or of zeros, is +0.
class exact_sum {
public:
  RANKWISE_HOST_FN exact_sum() = default;

  RANKWISE_HOST_FN void add(double x) {
    auto const bits = std::bit_cast<std::uint64_t>(x);
    auto const exponent = rankwise::detail::as_size(bits >> 52 & 0x7ff);
    std::uint64_t const fraction = bits & 0xfffffffffffffu;
    bool const negative = bits >> 63 != 0;
    if (exponent == 0x7ff) {
      special_ |= fraction != 0 ? not_a_number : negative ? minus_infinity : plus_infinity;
      return;
    }
    std::uint64_t const mantissa = exponent == 0 ? fraction : fraction | std::uint64_t{1} << 52;
    std::size_t const place = exponent == 0 ? 0 : exponent - 1; // of the last bit of the mantissa
    std::size_t const shift = place % 32;
    auto const low = static_cast<std::int64_t>(mantissa << shift & 0xffffffffu);
    auto const high = static_cast<std::int64_t>(mantissa >> (32 - shift));
    std::int64_t* const limb = limb_ + place / 32;
    limb[0] += negative ? -low : low;
    limb[1] += negative ? -high : high;
    count_one();
  }

  /// Every number of a column in host memory, a register at a time. A block of 4,096 numbers whose magnitudes differ by
  /// more than 2^27 takes twice as long; one by more than about 2^100 goes number by number.
  template <class Column, class Isa = arch::native>
    requires tensor_column<Column const>
  void add(Column const& column) {
    auto const c = as_column(column);
    static_assert(decltype(c)::where == memory::host, "[rankwise] exact_sum reads host memory: copy the column first");
    using V = typename exec::basic_simd<Isa>::template vector<double>;
    constexpr std::size_t block = 4096;
    for (std::size_t begin = 0; begin < c.size(); begin += block) {
      std::size_t const count = c.size() - begin < block ? c.size() - begin : block;
      if (!add_slices<V>(c, begin, count) && !add_words<V>(c, begin, count)) {
        for (std::size_t i = begin; i < begin + count; ++i) {
          add(static_cast<double>(c[i]));
        }
      }
    }
  }

  RANKWISE_HOST_FN void merge(exact_sum other) {
    other.carry();
    special_ |= other.special_;
    for (std::size_t k = 0; k < limbs; ++k) {
      limb_[k] += other.limb_[k];
    }
    count_one();
  }

  /// The sum, rounded once, to nearest, ties to even.
  RANKWISE_HOST_FN double value() const {
    if (special_ != 0) {
      return special_ == plus_infinity    ? math::ops<double>::infinity
             : special_ == minus_infinity ? -math::ops<double>::infinity
                                          : math::ops<double>::quiet_nan;
    }
    exact_sum sum = *this;
    sum.carry();
    bool const negative = sum.limb_[limbs - 1] < 0;
    if (negative) {
      for (std::int64_t& limb : sum.limb_) {
        limb = -limb;
      }
      sum.carry();
    }
    std::size_t top = limbs;
    while (top != 0 && sum.limb_[top - 1] == 0) {
      --top;
    }
    if (top == 0) {
      return 0;
    }
    --top;
    auto const digit = [&](std::size_t below) {
      return top >= below ? static_cast<std::uint64_t>(sum.limb_[top - below]) : std::uint64_t{0};
    };
    bool sticky = false; // whether anything is set below the 64 bits that are looked at
    for (std::size_t k = 3; k <= top; ++k) {
      sticky = sticky || digit(k) != 0;
    }
    std::uint64_t mantissa = digit(0) << 32 | digit(1);
    int const zeros = detail::leading_zeros(mantissa);
    mantissa = mantissa << zeros | (digit(2) << zeros) >> 32;
    sticky = sticky || (digit(2) << zeros & 0xffffffffu) != 0;
    std::uint64_t const place = 32 * std::uint64_t{top} + 31 - static_cast<std::uint64_t>(zeros);
    std::uint64_t bits = 0;
    if (place < 52) {
      bits = mantissa >> (63 - place); // a denormal number is exact
    } else {
      std::uint64_t const rest = mantissa & 0x7ff;
      bits = ((place - 52) << 52) + (mantissa >> 11); // the leading bit adds one to the exponent
      bits += rest > 0x400 || (rest == 0x400 && (sticky || (bits & 1) != 0)) ? 1 : 0;
      bits = bits < std::uint64_t{0x7ff} << 52 && place - 51 < 0x7ff ? bits : std::uint64_t{0x7ff} << 52;
    }
    return std::bit_cast<double>(negative ? bits | std::uint64_t{1} << 63 : bits);
  }

  /// The sum to twice the precision, for differences of sums that nearly cancel.
  RANKWISE_HOST_FN two_words words() const {
    double const high = value();
    exact_sum rest = *this;
    rest.add(-high);
    return {high, special_ == 0 && high - high == 0 ? rest.value() : 0};
  }

  /// This sum divided by another, right also where one of them is beyond the largest double.
  RANKWISE_HOST_FN double over(exact_sum const& whole) const {
    double const sum = value();
    double const by = whole.value();
    bool const held = sum - sum == 0 && by - by == 0;
    return held || special_ != 0 || whole.special_ != 0 ? sum / by
                                                        : scaled_down().value() / whole.scaled_down().value();
  }
  /// Whether only finite numbers were added.
  RANKWISE_HOST_FN bool of_numbers() const { return special_ == 0; }

  /// Equal sums have equal bytes, on every machine.
  static constexpr std::size_t bytes = 2 + 4 * 67 + 8;

  RANKWISE_HOST_FN void write(std::span<unsigned char, bytes> to) const {
    exact_sum const sum = settled();
    std::size_t at = 0;
    to[at++] = format;
    to[at++] = sum.special_;
    for (std::size_t k = 0; k < limbs; ++k) {
      for (std::size_t b = 0; b < (k + 1 < limbs ? 4u : 8u); ++b) {
        to[at++] = static_cast<unsigned char>(static_cast<std::uint64_t>(sum.limb_[k]) >> 8 * b);
      }
    }
  }
  /// False, and the sum stays as it was, if no exact_sum wrote these bytes.
  RANKWISE_HOST_FN bool read(std::span<unsigned char const, bytes> from) {
    if (from[0] != format || from[1] > (plus_infinity | minus_infinity | not_a_number)) {
      return false;
    }
    exact_sum sum;
    sum.special_ = from[1];
    std::size_t at = 2;
    for (std::size_t k = 0; k < limbs; ++k) {
      std::uint64_t limb = 0;
      for (std::size_t b = 0; b < (k + 1 < limbs ? 4u : 8u); ++b) {
        limb |= static_cast<std::uint64_t>(from[at++]) << 8 * b;
      }
      sum.limb_[k] = static_cast<std::int64_t>(limb);
    }
    if (sum.limb_[limbs - 1] >> 32 != sum.limb_[limbs - 1] >> 63) {
      return false; // no sum comes that far
    }
    *this = sum;
    return true;
  }

  /// Whether the sums are the same number; a NaN is equal to itself.
  RANKWISE_HOST_FN friend bool operator==(exact_sum a, exact_sum b) {
    a = a.settled();
    b = b.settled();
    bool same = a.special_ == b.special_;
    for (std::size_t k = 0; k < limbs; ++k) {
      same = same && a.limb_[k] == b.limb_[k];
    }
    return same;
  }

private:
  // Limb k counts 2^(32 k - 1074). Two more than the largest double needs take the carries of 2^64 numbers.
  static constexpr std::size_t limbs = 68;
  static constexpr std::uint32_t between_carries = 1000; // a limb takes at most 2^52 from every number
  static constexpr unsigned char plus_infinity = 1;
  static constexpr unsigned char minus_infinity = 2;
  static constexpr unsigned char not_a_number = 4;
  static constexpr unsigned char format = 1;

  // Times 2^-96, without what falls out below: any sum is a double then.
  RANKWISE_HOST_FN exact_sum scaled_down() const {
    exact_sum sum = *this;
    sum.carry();
    for (std::size_t k = 0; k < limbs; ++k) {
      sum.limb_[k] = k + 3 < limbs ? sum.limb_[k + 3] : 0;
    }
    return sum;
  }

  // The same number in its one form: to an infinity, or NaN, it does not matter what else was added.
  RANKWISE_HOST_FN exact_sum settled() const {
    exact_sum sum;
    if (special_ != 0) {
      sum.special_ = special_ == plus_infinity || special_ == minus_infinity ? special_ : not_a_number;
      return sum;
    }
    sum = *this;
    sum.carry();
    return sum;
  }

  RANKWISE_HOST_FN void count_one() {
    if (++uncarried_ == between_carries) {
      carry();
    }
  }

  // Brings all limbs but the last into 0 .. 2^32 - 1.
  RANKWISE_HOST_FN void carry() {
    for (std::size_t k = 0; k + 1 < limbs; ++k) {
      limb_[k + 1] += limb_[k] >> 32;
      limb_[k] &= 0xffffffff;
    }
    uncarried_ = 0;
  }

  // A block in two slices of bits (Rump, Ogita and Oishi 2008, "Accurate floating-point summation", ExtractVector):
  // what of x is a multiple of the last bit of sigma, and what of the rest is one of 2^-40 sigma. Sums of 2^12 slices
  // are exact in any order. False if something is left, or not finite.
  template <class V, class Column>
  RANKWISE_FLATTEN bool add_slices(Column const& c, std::size_t begin, std::size_t count) {
    V const zero(0);
    V most = zero;
    each_register<V>(c, begin, count, [&](V x) { most = math::max(math::abs(x), most); });
    std::uint64_t const exponent = std::bit_cast<std::uint64_t>(math::reduce_max(most)) >> 52;
    if (exponent > 2000) {
      return false; // sigma would overflow
    }
    V const sigma(std::bit_cast<double>((exponent + 14) << 52)); // at least 2^13 times the largest
    V const lower = sigma * V(0x1p-40);
    V first[2] = {zero, zero}; // two chains hide the latency of the additions
    V second[2] = {zero, zero};
    auto exact = zero == zero;
    auto const slice = [&](V x, int chain) {
      V const high = (x + sigma) - sigma;
      V const rest = x - high;
      V const low = (rest + lower) - lower;
      first[chain] += high;
      second[chain] += low;
      exact = exact & (rest == low);
    };
    constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
    std::size_t const pairs = count / (2 * width) * (2 * width);
    for (std::size_t i = begin; i < begin + pairs; i += 2 * width) {
      slice(load(c, pack<V>{i}), 0);
      slice(load(c, pack<V>{i + width}), 1);
    }
    each_register<V>(c, begin + pairs, count - pairs, [&](V x) { slice(x, 0); });
    if (!math::all(exact)) {
      return false;
    }
    add(math::reduce_add(first[0] + first[1]));
    add(math::reduce_add(second[0] + second[1]));
    return true;
  }

  template <class V>
  struct three_words {
    V word[3] = {V(0), V(0), V(0)};

    // x, added without rounding (Knuth's two-sum in a row); false in lanes where three words do not suffice, and where
    // something is not finite.
    RANKWISE_FN auto add(V x) {
      for (V& w : word) {
        V const sum = w + x;
        V const part = sum - w;
        x = (w - (sum - part)) + (x - part);
        w = sum;
      }
      return x == V(0);
    }
  };

  // A block whose numbers differ more.
  template <class V, class Column>
  RANKWISE_FLATTEN bool add_words(Column const& c, std::size_t begin, std::size_t count) {
    three_words<V> sum;
    auto exact = V(0) == V(0);
    each_register<V>(c, begin, count, [&](V x) { exact = exact & sum.add(x); });
    if (!math::all(exact)) {
      return false;
    }
    for (V const& w : sum.word) {
      for (std::size_t lane = 0; lane < static_cast<std::size_t>(math::lanes<V>); ++lane) {
        add(math::ops<V>::get(w, lane));
      }
    }
    return true;
  }

  // f(x) for registers of numbers begin .. begin+count-1, the last one filled up with zeros.
  template <class V, class Column, class F>
  RANKWISE_FN static void each_register(Column const& c, std::size_t begin, std::size_t count, F f) {
    for_each_pack<V>(count, [&](auto i) {
      i.first += begin;
      if constexpr (decltype(i)::full) {
        f(load(c, i));
      } else {
        f(math::select(math::ops<V>::first(i.count), load(c, i), V(0)));
      }
    });
  }

  std::int64_t limb_[limbs] = {};
  std::uint32_t uncarried_ = 0;
  unsigned char special_ = 0;
};

} // namespace rankwise::inline RANKWISE_ABI::stat

#endif
