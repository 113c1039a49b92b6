#ifndef RANKWISE_BACKEND_XTENSOR_HPP
#define RANKWISE_BACKEND_XTENSOR_HPP

#include <rankwise/core/error.hpp>
#include <rankwise/core/tensor.hpp>

#if __has_include(<xtensor/core/xexpression.hpp>)
#include <xtensor/core/xexpression.hpp>
#include <xtensor/core/xshape.hpp>
#else
#include <xtensor/xexpression.hpp>
#include <xtensor/xshape.hpp>
#endif

#include <cstddef>
#include <type_traits>

/// What xtensor has in memory but not in one piece: columns and stepped views as strided columns, two-dimensional
/// tensors and views as matrices. Contiguous ones (row-major containers, rows) are columns without this header.
/// Expressions are not taken: evaluate them first. Link rankwise::xtensor, which leaves xtensor's options alone.
namespace rankwise::inline RANKWISE_ABI {

namespace detail {

/// Containers and views whose numbers are in memory, with strides.
template <class C>
concept xtensor_memory = xt::is_xexpression<C>::value && requires(C& c) {
  { *c.data() } -> std::convertible_to<typename C::value_type>;
  c.data_offset();
  c.strides()[0];
  c.shape()[0];
  c.dimension();
};

template <class C, std::ptrdiff_t Dimension>
inline constexpr bool may_have_dimension = xt::static_dimension<typename C::shape_type>::value == -1 ||
                                           xt::static_dimension<typename C::shape_type>::value == Dimension;

// Where the number of dimensions is known at run time alone, there is no call yet whose error policy could be asked.
template <std::size_t Dimension, class C>
void check_dimension(C const& c) {
  if (c.dimension() != Dimension) {
    deliver({errc::wrong_shape, "the number of dimensions of an xtensor expression", status::nowhere, Dimension,
             c.dimension()},
            {});
  }
}

} // namespace detail

template <detail::xtensor_memory C>
  requires(!detail::spannable<C> && detail::may_have_dimension<C, 1>)
struct column_traits<C> {
  template <class D>
  static auto view(D& d) {
    detail::check_dimension<1>(d);
    using T = std::remove_reference_t<decltype(*d.data())>;
    return strided_column<T>{d.data() + d.data_offset(), static_cast<std::size_t>(d.shape()[0]),
                             static_cast<std::ptrdiff_t>(d.strides()[0])};
  }
};

/// Rows are items.
template <detail::xtensor_memory C>
  requires(detail::may_have_dimension<C, 2>)
struct matrix_traits<C> {
  template <class D>
  static auto view(D& d) {
    detail::check_dimension<2>(d);
    using T = std::remove_reference_t<decltype(*d.data())>;
    // Of a view xtensor promises a layout only if it is contiguous.
    constexpr layout order = C::static_layout == xt::layout_type::row_major      ? layout::row_major
                             : C::static_layout == xt::layout_type::column_major ? layout::column_major
                                                                                 : layout::strided;
    return matrix<T, order>{d.data() + d.data_offset(), static_cast<std::size_t>(d.shape()[0]),
                            static_cast<std::size_t>(d.shape()[1]), static_cast<std::ptrdiff_t>(d.strides()[0]),
                            static_cast<std::ptrdiff_t>(d.strides()[1])};
  }
};

} // namespace rankwise::inline RANKWISE_ABI

#endif
