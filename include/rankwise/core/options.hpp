#ifndef RANKWISE_CORE_OPTIONS_HPP
#define RANKWISE_CORE_OPTIONS_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/core/error.hpp>
#include <rankwise/core/tensor.hpp>

#include <cstdint>
#include <type_traits>

/// Optional arguments, named: `{.item_weights = w, .errors = my_status}`. Declaration order is the same everywhere.
namespace rankwise::inline RANKWISE_ABI {

/// A column of any number type, or none. It refers to the container, as a span does.
class any_column {
  enum class kind : unsigned char { f32, f64, i8, u8, i16, u16, i32, u32, i64, u64, f16, bf16 };

public:
  constexpr any_column() = default;

  // `Isa` is never given: it keeps the loops of units with different flags apart.
  template <class C, class Isa = arch::native>
    requires(!std::is_same_v<std::remove_cvref_t<C>, any_column> && !std::is_arithmetic_v<C>)
  constexpr any_column(C const& c) { // NOLINT(google-explicit-constructor): `.item_weights = w`
    auto const v = as_column(c);
    using T = value_of<C const>;
    read_ = read_as<T, Isa>;
    data_ = v.first;
    size_ = v.size();
    if constexpr (requires { v.stride; }) {
      stride_ = v.stride;
    }
    where_ = decltype(v)::where;
    kind_ = kind_of<T>();
    given_ = true;
  }
  /// From one number, `.item_weights = 2`: one readable line.
  template <class T>
    requires std::is_arithmetic_v<T>
  constexpr any_column(T) { // NOLINT(google-explicit-constructor): as the others
    static_assert(!std::is_same_v<T, T>, "[rankwise] this option is a column, with one number per item or list: for "
                                         "the same number everywhere name a std::vector of it");
  }
  /// From a braced list, `.item_weights = {1, 2}`: one readable line.
  template <class First, class Second, class... Rest>
    requires(std::is_arithmetic_v<First>&& std::is_arithmetic_v<Second>)
  constexpr any_column(First, Second, Rest...) {
    [[maybe_unused]] detail::explain_braces<detail::braced, First> const no_braces{};
  }

  RANKWISE_FN bool given() const { return given_; }
  constexpr std::size_t size() const { return size_; }
  constexpr memory where() const { return where_; }
  constexpr void const* data() const { return data_; }
  constexpr std::ptrdiff_t stride() const { return stride_; } ///< in numbers
  /// Bytes of a number.
  constexpr std::size_t width() const {
    switch (kind_) {
    case kind::i8:
    case kind::u8:
      return 1;
    case kind::i16:
    case kind::u16:
    case kind::f16:
    case kind::bf16:
      return 2;
    case kind::f32:
    case kind::i32:
    case kind::u32:
      return 4;
    default:
      return 8;
    }
  }

  /// Copies numbers first .. first+count-1, in host memory, as double: one small loop for the type at hand, where
  /// `visit` costs its caller's code once for every type.
  void read(std::size_t first, std::size_t count, double* to) const { read_(data_, stride_, first, count, to); }

  /// The column as a device reads it: one function for all number types, where `visit` costs a kernel for each.
  class numbers {
  public:
    constexpr std::size_t size() const { return size_; }
    RANKWISE_FN double operator[](std::size_t i) const {
      switch (kind_) {
      case kind::f32:
        return at<float>(i);
      case kind::f64:
        return at<double>(i);
      case kind::i8:
        return at<std::int8_t>(i);
      case kind::u8:
        return at<std::uint8_t>(i);
      case kind::i16:
        return at<std::int16_t>(i);
      case kind::u16:
        return at<std::uint16_t>(i);
      case kind::i32:
        return at<std::int32_t>(i);
      case kind::u32:
        return at<std::uint32_t>(i);
      case kind::i64:
        return at<std::int64_t>(i);
      case kind::u64:
        return at<std::uint64_t>(i);
      case kind::f16:
        return at<float16>(i);
      case kind::bf16:
        return at<bfloat16>(i);
      }
      return 0;
    }
    /// The number as an unsigned one in the same order, exactly: double would merge some of 64 bits.
    RANKWISE_FN std::uint64_t in_order(std::size_t i) const {
      constexpr std::uint64_t top = std::uint64_t{1} << 63;
      if (kind_ == kind::u64) {
        return number<std::uint64_t>(i);
      }
      if (kind_ == kind::i64) {
        return static_cast<std::uint64_t>(number<std::int64_t>(i)) ^ top;
      }
      auto const bits = __builtin_bit_cast(std::uint64_t, (*this)[i]);
      return (bits & top) != 0 ? ~bits : bits | top;
    }

  private:
    friend class any_column;
    RANKWISE_FN explicit numbers(any_column const& c)
        : data_(c.data_), size_(c.size_), stride_(c.stride_), kind_(c.kind_) {}

    template <class T>
    RANKWISE_FN T number(std::size_t i) const {
      return static_cast<T const*>(data_)[static_cast<std::ptrdiff_t>(i) * stride_];
    }
    template <class T>
    RANKWISE_FN double at(std::size_t i) const {
      return static_cast<double>(number<T>(i));
    }

    void const* data_;
    std::size_t size_;
    std::ptrdiff_t stride_;
    kind kind_;
  };
  RANKWISE_FN numbers as_numbers() const { return numbers(*this); }

  /// Calls `f` with the column in its own number type.
  template <memory Where, class F>
  void visit(F f) const {
    switch (kind_) {
    case kind::f32:
      return f(typed<float, Where>());
    case kind::f64:
      return f(typed<double, Where>());
    case kind::i8:
      return f(typed<std::int8_t, Where>());
    case kind::u8:
      return f(typed<std::uint8_t, Where>());
    case kind::i16:
      return f(typed<std::int16_t, Where>());
    case kind::u16:
      return f(typed<std::uint16_t, Where>());
    case kind::i32:
      return f(typed<std::int32_t, Where>());
    case kind::u32:
      return f(typed<std::uint32_t, Where>());
    case kind::i64:
      return f(typed<std::int64_t, Where>());
    case kind::u64:
      return f(typed<std::uint64_t, Where>());
    case kind::f16:
      return f(typed<float16, Where>());
    case kind::bf16:
      return f(typed<bfloat16, Where>());
    }
  }

private:
  template <class T>
  static consteval kind kind_of() {
    static_assert(std::is_same_v<T, float> || std::is_same_v<T, double> || std::is_integral_v<T> ||
                      std::is_same_v<T, float16> || std::is_same_v<T, bfloat16>,
                  "[rankwise] weights and masks are float, double, float16, bfloat16 or integers");
    if constexpr (std::is_same_v<T, float16>) {
      return kind::f16;
    } else if constexpr (std::is_same_v<T, bfloat16>) {
      return kind::bf16;
    } else if constexpr (std::is_same_v<T, float>) {
      return kind::f32;
    } else if constexpr (std::is_same_v<T, double>) {
      return kind::f64;
    } else if constexpr (std::is_signed_v<T>) {
      return sizeof(T) == 1 ? kind::i8 : sizeof(T) == 2 ? kind::i16 : sizeof(T) == 4 ? kind::i32 : kind::i64;
    } else {
      return sizeof(T) == 1 ? kind::u8 : sizeof(T) == 2 ? kind::u16 : sizeof(T) == 4 ? kind::u32 : kind::u64;
    }
  }

  template <class T, memory Where>
  strided_column<T const, Where> typed() const {
    return {static_cast<T const*>(data_), size_, stride_};
  }

  template <class T, class Isa>
  static void read_as(void const* data, std::ptrdiff_t stride, std::size_t first, std::size_t count, double* to) {
    T const* const from = static_cast<T const*>(data) + static_cast<std::ptrdiff_t>(first) * stride;
    for (std::size_t i = 0; i < count; ++i) {
      to[i] = static_cast<double>(from[static_cast<std::ptrdiff_t>(i) * stride]);
    }
  }

  void (*read_)(void const*, std::ptrdiff_t, std::size_t, std::size_t, double*) = nullptr;
  void const* data_ = nullptr;
  std::size_t size_ = 0;
  std::ptrdiff_t stride_ = 1;
  memory where_ = memory::host;
  kind kind_ = kind::f32;
  bool given_ = false;
};

/// Where results beside the main ones go: a contiguous column of double on the host, or nowhere.
class side_output {
public:
  constexpr side_output() = default;

  template <class C>
    requires(!std::is_same_v<std::remove_cvref_t<C>, side_output>)
  constexpr side_output(C&& c) { // NOLINT(google-explicit-constructor): `.per_list = values`
    if constexpr (std::is_arithmetic_v<std::remove_cvref_t<C>>) {
      static_assert(!std::is_same_v<C, C>, "[rankwise] .per_list and .parameters are columns: name a container");
    } else {
      static_assert(std::is_same_v<column_of<C>, column<double>>,
                    "[rankwise] .per_list and .parameters are contiguous double on the host");
      auto const v = as_column(c);
      first_ = v.first;
      size_ = v.size();
      given_ = true;
    }
  }

  constexpr bool given() const { return given_; }
  constexpr double* first() const { return first_; }
  constexpr std::size_t size() const { return size_; }

private:
  double* first_ = nullptr;
  std::size_t size_ = 0;
  bool given_ = false;
};

/// The optional last argument of every call.
struct options {
  any_column item_weights{};   ///< one per item, default 1. Weights and mask belong to the data: where prepared data is
  any_column list_weights{};   ///< one per list, default 1. passed, they were given to `prepare`.
  any_column mask{};           ///< one per item: 0 takes the item out of its list
  any_column judged{};         ///< one per item: 0 means that nobody has judged it; metrics say what that counts
  any_column retrieved{};      ///< one per item: 0 takes it out of the ranking, but not out of ideals and recall
  any_column ids{};            ///< one per item: settles the order of equal scores for ties::by_id
  any_column segments{};       ///< one per item: pairs of items with different numbers are not compared
  any_column propensities{};   ///< one per item: how likely it was seen; item weights are divided by it
  double propensity_floor = 0; ///< smaller propensities count as this
  bool value = true;           ///< false: a gradient call returns 0 and skips what only the loss itself needs
  side_output per_list{};      ///< receives the value of every list
  side_output parameters{};    ///< receives the derivatives by the shared parameters of a head
  on_error errors{};           ///< throw (the default), `on_error::aborts()`, or a `status` of the caller's
};

namespace detail {

/// The first option that was given beside the error policy, or null: for calls that know no others, or the mask alone.
template <class Isa = arch::native>
constexpr char const* option_given(options const& opts, bool reads_mask = false) {
  return opts.item_weights.given()          ? "item_weights"
         : opts.list_weights.given()        ? "list_weights"
         : !reads_mask && opts.mask.given() ? "mask"
         : opts.judged.given()              ? "judged"
         : opts.retrieved.given()           ? "retrieved"
         : opts.ids.given()                 ? "ids"
         : opts.segments.given()            ? "segments"
         : opts.propensities.given()        ? "propensities"
         : opts.propensity_floor != 0       ? "propensity_floor"
         : !opts.value                      ? "value"
         : opts.per_list.given()            ? "per_list"
         : opts.parameters.given()          ? "parameters"
                                            : nullptr;
}

/// For calls that know the error policy, and perhaps the mask: any other option would be ignored in silence.
template <class Isa = arch::native>
RANKWISE_NOINLINE constexpr bool check_options(options const& opts, bool reads_mask) {
  char const* const option = option_given(opts, reads_mask);
  return passed(option == nullptr ? status{} : status{errc::unused_option, option}, opts.errors);
}

} // namespace detail

} // namespace rankwise::inline RANKWISE_ABI

#endif
