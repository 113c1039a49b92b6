#ifndef RANKWISE_CORE_TENSOR_HPP
#define RANKWISE_CORE_TENSOR_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/core/config.hpp>
#include <rankwise/core/error.hpp>
#include <rankwise/core/half.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

/// How any container is seen: as a column (one number per item) or as a matrix (one row per item). Views are trivially
/// copyable, so they go into a kernel as they are. A container that is not a contiguous range is taught to the library
/// by specialising `column_traits` or `matrix_traits`; the headers of backend/ do so for the libraries they name.
namespace rankwise::inline RANKWISE_ABI {

enum class memory : unsigned char { host, device };

/// Contiguous numbers, one per item.
template <class T, memory Where = memory::host>
struct column {
  using value_type = std::remove_const_t<T>;
  static constexpr memory where = Where;

  T* first = nullptr;
  std::size_t count = 0;

  RANKWISE_FN std::size_t size() const { return count; }
  RANKWISE_FN T& operator[](std::size_t i) const { return first[i]; }
};

/// Numbers `stride` elements apart. Never made from a container silently: `strided(...)` asks for it.
template <class T, memory Where = memory::host>
struct strided_column {
  using value_type = std::remove_const_t<T>;
  static constexpr memory where = Where;

  T* first = nullptr;
  std::size_t count = 0;
  std::ptrdiff_t stride = 1;

  RANKWISE_FN std::size_t size() const { return count; }
  RANKWISE_FN T& operator[](std::size_t i) const { return first[static_cast<std::ptrdiff_t>(i) * stride]; }
};

/// Every `stride`-th number from `first` on; the stride may be negative, but not zero for an output.
template <class T>
constexpr strided_column<T> strided(T* first, std::size_t count, std::ptrdiff_t stride) {
  return {first, count, stride};
}

enum class layout : unsigned char { row_major, column_major, strided };

/// Numbers of several columns for every item. The order says at compile time which of the strides is 1.
template <class T, layout Order = layout::row_major, memory Where = memory::host>
struct matrix {
  using value_type = std::remove_const_t<T>;
  static constexpr layout order = Order;
  static constexpr memory where = Where;

  T* first = nullptr;
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::ptrdiff_t row_stride = 1;    ///< from one item to the next
  std::ptrdiff_t column_stride = 1; ///< from one number of an item to its next

  RANKWISE_FN T& operator()(std::size_t row, std::size_t column) const { return *address(row, column); }
  /// Where a row or a column begins; there need be no number.
  RANKWISE_FN T* address(std::size_t row, std::size_t column) const {
    return first + (static_cast<std::ptrdiff_t>(row) * (Order == layout::column_major ? 1 : row_stride) +
                    static_cast<std::ptrdiff_t>(column) * (Order == layout::row_major ? 1 : column_stride));
  }
  /// The k-th numbers of all items, k below `columns`.
  RANKWISE_FN auto column(std::size_t k) const {
    T* const begin = rows == 0 ? first : address(0, k); // null cannot be moved
    if constexpr (Order == layout::column_major) {
      return rankwise::column<T, Where>{begin, rows};
    } else {
      return strided_column<T, Where>{begin, rows, row_stride};
    }
  }
};

template <class T>
constexpr matrix<T, layout::row_major> row_major(T* first, std::size_t rows, std::size_t columns) {
  return {first, rows, columns, static_cast<std::ptrdiff_t>(columns), 1};
}

template <class T>
constexpr matrix<T, layout::column_major> column_major(T* first, std::size_t rows, std::size_t columns) {
  return {first, rows, columns, 1, static_cast<std::ptrdiff_t>(rows)};
}

/// Rows that begin `row_stride` numbers apart, as BLAS's leading dimension says: the first columns of a wider table, or
/// rows that are padded. Fewer than `columns` are an error, and a matrix without rows.
template <class T, class Isa = arch::native> // units with different flags do not share it
constexpr matrix<T, layout::row_major> row_major(T* first, std::size_t rows, std::size_t columns,
                                                 std::ptrdiff_t row_stride, on_error errors = {}) {
  bool const good = row_stride >= static_cast<std::ptrdiff_t>(columns);
  status const s = good ? status{}
                        : status{errc::out_of_range, "row_stride (at least the number of columns)", status::nowhere,
                                 columns, static_cast<std::size_t>(row_stride)};
  return detail::passed(s, errors) ? matrix<T, layout::row_major>{first, rows, columns, row_stride, 1}
                                   : matrix<T, layout::row_major>{};
}

/// Columns that begin `column_stride` numbers apart; not fewer than `rows`.
template <class T, class Isa = arch::native>
constexpr matrix<T, layout::column_major> column_major(T* first, std::size_t rows, std::size_t columns,
                                                       std::ptrdiff_t column_stride, on_error errors = {}) {
  bool const good = column_stride >= static_cast<std::ptrdiff_t>(rows);
  status const s = good ? status{}
                        : status{errc::out_of_range, "column_stride (at least the number of rows)", status::nowhere,
                                 rows, static_cast<std::size_t>(column_stride)};
  return detail::passed(s, errors) ? matrix<T, layout::column_major>{first, rows, columns, 1, column_stride}
                                   : matrix<T, layout::column_major>{};
}

namespace detail {

template <class C>
concept spannable = requires(C& c) {
  std::span(c);
};

/// Whether arithmetic can run on it: float, double, two-byte floats, integers.
template <class T>
inline constexpr bool is_number = requires(T const& x) {
  static_cast<float>(x);
};
/// An element that holds several: a vector of them is a vector of vectors.
template <class T>
inline constexpr bool is_nested = requires(T const& x) {
  x.size();
  *x.begin();
};

/// One readable line where the elements of flat numbers are none.
template <class T>
consteval bool explain_flat() {
  static_assert(is_number<T> || !is_nested<T>,
                "[rankwise] a vector of vectors is no matrix: put the rows one behind the other in one vector, "
                "rw::row_major(numbers, columns)");
  static_assert(is_number<T> || is_nested<T>, "[rankwise] rw::row_major and rw::column_major take numbers");
  return true;
}

/// Whether flat numbers are whole rows. A rest would be an item that is missing from every result.
template <class Isa = arch::native>
constexpr bool check_whole_rows(std::size_t numbers, std::size_t columns, char const* argument,
                                on_error const& errors) {
  std::size_t const rest = columns == 0 ? numbers : numbers % columns;
  return check_equal(numbers, numbers - rest, argument, errc::wrong_shape, errors);
}

} // namespace detail

/// Flat numbers of a container as rows of `columns` numbers each. What does not fill a row is an error, and a matrix
/// without rows.
template <class C, class Isa = arch::native>
  requires detail::spannable<C>
constexpr auto row_major(C& flat, std::size_t columns, on_error errors = {}) {
  auto const s = std::span(flat);
  if constexpr (detail::explain_flat<typename decltype(s)::value_type>() &&
                detail::is_number<typename decltype(s)::value_type>) {
    bool const good = detail::check_whole_rows(s.size(), columns, "the array of row_major (whole rows)", errors);
    return row_major(s.data(), good && columns != 0 ? s.size() / columns : 0, columns);
  } else {
    return matrix<float>{}; // the line above is enough
  }
}

/// The same of a temporary view; a temporary container would be gone before its rows.
template <class C, class Isa = arch::native>
  requires(detail::spannable<C> && !std::is_lvalue_reference_v<C>)
constexpr auto row_major(C&& flat, std::size_t columns, on_error errors = {}) {
  static_assert(std::ranges::enable_borrowed_range<std::remove_cv_t<C>>,
                "[rankwise] rw::row_major refers to its numbers and does not copy them: name a container first");
  return row_major(flat, columns, errors);
}

/// Without the number of columns: one readable line.
template <class C>
constexpr matrix<float const> row_major(C const&) {
  static_assert(!std::is_same_v<C, C>,
                "[rankwise] how many columns? rw::row_major(numbers, columns); for the logits of "
                "a ranker: rw::row_major(logits, ranker.columns)");
  return {};
}

/// Specialise for a container `C` (without const or reference): `static auto view(C&)` and `view(C const&)` return a
/// `column` or a `strided_column`.
template <class C>
struct column_traits;

/// The same for matrices: `view` returns a `matrix`.
template <class C>
struct matrix_traits;

namespace detail {

/// Views of this library; other columns (device pointers of another library, say) can join by these members.
template <class C>
inline constexpr bool is_column_view = false;
template <class T, memory W>
inline constexpr bool is_column_view<column<T, W>> = true;
template <class T, memory W>
inline constexpr bool is_column_view<strided_column<T, W>> = true;

template <class C>
inline constexpr bool is_matrix_view = false;
template <class T, layout L, memory W>
inline constexpr bool is_matrix_view<matrix<T, L, W>> = true;

/// std::mdspan and its look-alikes, by their members.
template <class C>
concept mdspan_like = requires(C const& c, std::size_t r) {
  { C::rank() } -> std::convertible_to<std::size_t>;
  { c.extent(r) } -> std::convertible_to<std::size_t>;
  { c.stride(r) } -> std::convertible_to<std::size_t>;
  {*c.data_handle()};
};

/// Views: their numbers outlive a temporary of them. Others may say so with std::ranges::enable_borrowed_range.
template <class C>
inline constexpr bool refers_to_numbers = is_column_view<C> || mdspan_like<C> || std::ranges::enable_borrowed_range<C>;

} // namespace detail

template <class C>
  requires detail::is_column_view<C>
struct column_traits<C> {
  static constexpr C view(C const& c) { return c; }
};

template <class C>
  requires(detail::spannable<C> && !detail::is_column_view<C> && !detail::mdspan_like<C>)
struct column_traits<C> {
  template <class D>
  static constexpr auto view(D& d) {
    auto s = std::span(d);
    return column<typename decltype(s)::element_type>{s.data(), s.size()};
  }
};

/// A rank-1 mdspan: contiguous where its layout promises it, otherwise strided.
template <detail::mdspan_like C>
  requires(C::rank() == 1)
struct column_traits<C> {
  static constexpr auto view(C const& c) {
    using T = std::remove_reference_t<decltype(*c.data_handle())>;
    auto const count = static_cast<std::size_t>(c.extent(0));
    if constexpr (requires { requires C::is_always_exhaustive(); }) {
      return column<T>{c.data_handle(), count};
    } else {
      return strided_column<T>{c.data_handle(), count, static_cast<std::ptrdiff_t>(c.stride(0))};
    }
  }
};

template <class C>
  requires detail::is_matrix_view<C>
struct matrix_traits<C> {
  static constexpr C view(C const& c) { return c; }
};

template <detail::mdspan_like C>
  requires(C::rank() == 2)
struct matrix_traits<C> {
  static constexpr auto view(C const& c) {
    using T = std::remove_reference_t<decltype(*c.data_handle())>;
    return matrix<T, layout::strided>{c.data_handle(), static_cast<std::size_t>(c.extent(0)),
                                      static_cast<std::size_t>(c.extent(1)), static_cast<std::ptrdiff_t>(c.stride(0)),
                                      static_cast<std::ptrdiff_t>(c.stride(1))};
  }
};

/// Whether `C` can be seen as a column.
template <class C>
concept tensor_column = requires(std::remove_reference_t<C>& c) {
  column_traits<std::remove_cvref_t<C>>::view(c);
};

template <class C>
concept tensor_matrix = requires(std::remove_reference_t<C>& c) {
  matrix_traits<std::remove_cvref_t<C>>::view(c);
};

namespace detail {

/// Flat numbers as a matrix, in their own memory.
template <layout Order, class C, class Isa = arch::native>
constexpr auto as_flat_matrix(C& flat, std::size_t columns, on_error const& errors) {
  auto const v = column_traits<std::remove_cv_t<C>>::view(flat);
  using view = std::remove_const_t<decltype(v)>;
  using T = std::remove_reference_t<decltype(v[0])>;
  static_assert(std::is_same_v<view, column<T, view::where>>,
                "[rankwise] rw::row_major and rw::column_major take numbers without gaps");
  bool const good = check_whole_rows(v.size(), columns,
                                     Order == layout::row_major ? "the array of row_major (whole rows)"
                                                                : "the array of column_major (whole rows)",
                                     errors);
  std::size_t const rows = good && columns != 0 ? v.size() / columns : 0;
  if constexpr (!explain_flat<typename view::value_type>() || !is_number<typename view::value_type>) {
    return matrix<float>{};
  } else if constexpr (Order == layout::row_major) {
    return matrix<T, Order, view::where>{v.first, rows, columns, static_cast<std::ptrdiff_t>(columns), 1};
  } else {
    return matrix<T, Order, view::where>{v.first, rows, columns, 1, static_cast<std::ptrdiff_t>(rows)};
  }
}

template <class C>
consteval bool explain_owner() {
  static_assert(std::is_lvalue_reference_v<C> || refers_to_numbers<std::remove_cv_t<C>>,
                "[rankwise] rw::row_major and rw::column_major refer to their numbers and do not copy them: name a "
                "container first");
  return true;
}

} // namespace detail

/// The same of other columns: views of this library, and those in device memory.
template <class C, class Isa = arch::native>
  requires(!detail::spannable<std::remove_reference_t<C>> && tensor_column<C>)
constexpr auto row_major(C&& flat, std::size_t columns, on_error errors = {}) {
  static_assert(detail::explain_owner<C>());
  return detail::as_flat_matrix<layout::row_major>(flat, columns, errors);
}

/// Flat numbers of any column as `columns` columns, one behind the other.
template <class C, class Isa = arch::native>
  requires tensor_column<C>
constexpr auto column_major(C&& flat, std::size_t columns, on_error errors = {}) {
  static_assert(detail::explain_owner<C>());
  return detail::as_flat_matrix<layout::column_major>(flat, columns, errors);
}

namespace detail {

/// What a braced list is where a column is meant, `loss.value({1, 2}, labels, lists)`: nothing can be deduced from it,
/// so parameters for columns have this type as their default.
struct braced {
  template <class First, class... Rest>
    requires(std::is_arithmetic_v<First> && (std::is_arithmetic_v<Rest> && ...))
  constexpr braced(First, Rest...) {} // NOLINT(google-explicit-constructor): from a braced list
};

template <class C, class...>
struct explain_braces {
  static_assert(!std::is_same_v<C, braced>, "[rankwise] a braced list is no column: name a container first, as in "
                                            "std::vector<float> const labels{1, 0, 2}");
};

} // namespace detail

template <>
struct column_traits<detail::braced> {
  static constexpr column<float> view(detail::braced const&) { return {}; }
};

namespace detail {

/// A container of bits, and one whose numbers lie in several places, as std::deque and std::list. Expression libraries'
/// own have no clear().
template <class C>
inline constexpr bool packs_bits = requires(C& c) {
  requires std::is_same_v<typename C::value_type, bool>;
  c.flip();
};
template <class C>
inline constexpr bool has_data = requires(C& c) {
  c.data();
};
template <class C>
inline constexpr bool is_scattered = requires(C& c) {
  c.clear();
  *c.begin();
  requires !has_data<C>;
};

/// What to do about a container that is no column.
template <class C>
consteval bool explain_container() {
  static_assert(!std::is_pointer_v<C>, "[rankwise] not a column: a pointer has no size: std::span(pointer, count)");
  static_assert(!std::is_arithmetic_v<C>, "[rankwise] not a column: a single number, where there is one for each item");
  static_assert(!packs_bits<C>,
                "[rankwise] not a column: std::vector<bool> packs bits: copy it into a vector of unsigned char");
  static_assert(packs_bits<C> || !is_scattered<C>,
                "[rankwise] not a column: the container is not contiguous: copy it into a std::vector");
  static_assert(std::is_pointer_v<C> || std::is_arithmetic_v<C> || packs_bits<C> || is_scattered<C>,
                "[rankwise] not a column: the container is not contiguous (a strided or column-major view, an "
                "expression?) or its backend header is not included; wrap it in rw::strided(first, count, stride)");
  return true;
}

/// What to do about elements that are no numbers.
template <class T>
consteval bool explain_elements() {
  static_assert(
      is_number<T> || !is_nested<T> || requires { typename T::traits_type; },
      "[rankwise] not a column of numbers: lists go one behind the other in one vector, with "
      "rw::lists_of_sizes(sizes)");
  static_assert(is_number<T> || (is_nested<T> && !requires { typename T::traits_type; }),
                "[rankwise] not a column of numbers: its elements are float, double, two-byte floats or integers; "
                "texts are read first, and what is missing goes into {.mask = m}");
  return true;
}

/// Whether a column is one of numbers.
template <class C>
consteval bool holds_numbers() {
  if constexpr (tensor_column<C>) {
    using view = decltype(column_traits<std::remove_cvref_t<C>>::view(std::declval<std::remove_reference_t<C>&>()));
    return is_number<typename view::value_type>;
  } else {
    return false;
  }
}

/// One readable line where a container is not a column.
template <class C>
consteval bool explain_column() {
  [[maybe_unused]] explain_braces<std::remove_cvref_t<C>> const no_braces{};
  static_assert(!std::is_same_v<std::remove_cvref_t<C>, status>,
                "[rankwise] a status is an option, or the argument that is named errors: {.errors = my_status}");
  static_assert(tensor_column<C> || !tensor_matrix<C>,
                "[rankwise] a matrix stands where a column is meant, which has one number per item");
  if constexpr (!tensor_column<C> && !tensor_matrix<C>) {
    static_assert(explain_container<std::remove_cvref_t<C>>());
  }
  if constexpr (tensor_column<C>) {
    using view = decltype(column_traits<std::remove_cvref_t<C>>::view(std::declval<std::remove_reference_t<C>&>()));
    static_assert(explain_elements<typename view::value_type>());
  }
  return true;
}

template <class C>
consteval bool explain_matrix() {
  static_assert(tensor_matrix<C>,
                "[rankwise] not a matrix: flat numbers are rw::row_major(numbers, columns), separate "
                "columns are rw::columns(rw::named<\"click\">(numbers), ...); for a matrix of another "
                "library include its backend header");
  return true;
}

template <class C>
consteval bool explain_output() {
  static_assert(explain_column<C>());
  if constexpr (tensor_column<C>) {
    static_assert(!std::is_const_v<std::remove_reference_t<decltype(column_traits<std::remove_cvref_t<C>>::view(
                      std::declval<std::remove_reference_t<C>&>())[0])>>,
                  "[rankwise] an output must be writable: this column has const elements");
  }
  return true;
}

/// Containers of their own memory, as std::vector; views have no clear().
template <class C>
inline constexpr bool owns_numbers = requires(C& c) {
  typename C::allocator_type;
  c.clear();
  requires !refers_to_numbers<C>;
};

/// Of `Out&&`: not a temporary, whose numbers nobody could read.
template <class Out>
consteval bool explain_kept() {
  static_assert(std::is_lvalue_reference_v<Out> || !owns_numbers<std::remove_cvref_t<Out>>,
                "[rankwise] the output is a temporary and gone after the call: name a container");
  return true;
}

} // namespace detail

/// The column that a container is seen as.
template <class C>
constexpr auto as_column(C&& c) {
  static_assert(detail::explain_column<C>());
  if constexpr (detail::holds_numbers<C>()) {
    return column_traits<std::remove_cvref_t<C>>::view(c);
  } else {
    return column<float>{}; // the line above is enough
  }
}

template <class C>
constexpr auto as_matrix(C&& c) {
  static_assert(detail::explain_matrix<C>());
  if constexpr (tensor_matrix<C>) {
    return matrix_traits<std::remove_cvref_t<C>>::view(c);
  } else {
    return matrix<float>{};
  }
}

template <class C>
using column_of = decltype(as_column(std::declval<C&>()));

/// The number type of a column or matrix, without const.
template <class C>
using value_of = typename column_of<C>::value_type;

/// Where a container's numbers live.
template <class C>
inline constexpr memory memory_of = column_of<C>::where;

/// Arithmetic runs in double for double, in float for everything else: integers, two-byte floats and float.
template <class T>
using compute_type = std::conditional_t<std::is_same_v<T, double>, double, float>;

} // namespace rankwise::inline RANKWISE_ABI

#endif
