#ifndef RANKWISE_BACKEND_EIGEN_HPP
#define RANKWISE_BACKEND_EIGEN_HPP

#include <rankwise/core/tensor.hpp>

#include <Eigen/Core>

#include <cstddef>
#include <type_traits>

/// Vectors and matrices of Eigen, their maps, references and blocks, as columns and matrices. Anything that has its
/// numbers in memory is taken; an expression (`a + b`) is not, it must be evaluated first. Link rankwise::eigen.
namespace rankwise::inline RANKWISE_ABI {

namespace detail {

template <class D>
std::bool_constant<(int(Eigen::internal::traits<D>::Flags) & Eigen::DirectAccessBit) != 0>
eigen_memory(Eigen::DenseBase<D> const*);
std::false_type eigen_memory(...);

template <class C>
concept eigen_dense = decltype(eigen_memory(static_cast<C*>(nullptr)))::value;

} // namespace detail

/// A vector at compile time. One whose step from number to number is 1 at compile time is contiguous.
template <detail::eigen_dense C>
  requires(bool(C::IsVectorAtCompileTime) && !detail::spannable<C>)
struct column_traits<C> {
  template <class D>
  static constexpr auto view(D& d) {
    using T = std::remove_reference_t<decltype(*d.data())>;
    auto const count = static_cast<std::size_t>(d.size());
    if constexpr (int(C::InnerStrideAtCompileTime) == 1) {
      return column<T>{d.data(), count};
    } else {
      return strided_column<T>{d.data(), count, static_cast<std::ptrdiff_t>(d.innerStride())};
    }
  }
};

/// Rows are items. A vector is a matrix of one column, or of one row.
template <detail::eigen_dense C>
struct matrix_traits<C> {
  template <class D>
  static constexpr auto view(D& d) {
    using T = std::remove_reference_t<decltype(*d.data())>;
    constexpr layout order = int(C::InnerStrideAtCompileTime) != 1 ? layout::strided
                             : C::IsRowMajor                       ? layout::row_major
                                                                   : layout::column_major;
    return matrix<T, order>{d.data(), static_cast<std::size_t>(d.rows()), static_cast<std::size_t>(d.cols()),
                            static_cast<std::ptrdiff_t>(d.rowStride()), static_cast<std::ptrdiff_t>(d.colStride())};
  }
};

} // namespace rankwise::inline RANKWISE_ABI

#endif
