#ifndef RANKWISE_BACKEND_DLPACK_HPP
#define RANKWISE_BACKEND_DLPACK_HPP

#include <rankwise/core/error.hpp>
#include <rankwise/core/tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

/// Tensors in the DLPack exchange format (NumPy, PyTorch, JAX, CuPy, ...) as columns and matrices. dlpack.h itself is
/// not needed: anything with the members of DLTensor, DLManagedTensor or DLManagedTensorVersioned will do. A view does
/// not own the tensor; keep it until the call is over, and call its deleter yourself.
///
///   auto scores = rw::from_dlpack<float const>(tensor);             contiguous, on the host
///   auto labels = rw::strided_from_dlpack<std::int64_t const>(tensor);
///   auto logits = rw::matrix_from_dlpack<float const>(tensor);      row-major, one row per item
///   auto there  = rw::from_dlpack<float, rw::memory::device>(tensor);
///
/// Where the tensor is something else, the error policy hears of it and, if it lets the call return, the view is empty.
namespace rankwise::inline RANKWISE_ABI {

namespace detail {

/// Numbers of the format, which do not change.
namespace dlpack {
inline constexpr int cpu = 1, cuda = 2, cuda_host = 3, cuda_managed = 13;
inline constexpr int integer = 0, unsigned_integer = 1, floating = 2, bfloat = 4, boolean = 6;
inline constexpr std::uint64_t read_only = 1;
} // namespace dlpack

template <class D>
concept dl_tensor = requires(D const& t) {
  static_cast<char*>(t.data);
  t.device.device_type;
  t.ndim;
  t.dtype.code;
  t.dtype.bits;
  t.dtype.lanes;
  t.shape[0];
  t.strides[0];
  t.byte_offset;
};

template <class D>
concept dl_managed = requires(D const& t) {
  requires dl_tensor<std::remove_cvref_t<decltype(t.dl_tensor)>>;
};

template <class T>
constexpr bool dl_type_matches(int code, int bits, int lanes) {
  using value = std::remove_const_t<T>;
  bool const byte_wide = std::is_same_v<value, bool> || std::is_same_v<value, std::uint8_t>;
  bool const real = std::is_floating_point_v<value> || half_format_of<value> == half_format::binary16;
  int const wanted = half_format_of<value> == half_format::bfloat ? dlpack::bfloat
                     : real                                       ? dlpack::floating
                     : std::is_signed_v<value>                    ? dlpack::integer
                                                                  : dlpack::unsigned_integer;
  return lanes == 1 && bits == static_cast<int>(8 * sizeof(value)) &&
         ((code == wanted && !std::is_same_v<value, bool>) || (byte_wide && code == dlpack::boolean));
}

/// The step from one index to the next of dimension d; compact and row-major where the tensor gives no strides.
template <class D>
constexpr std::ptrdiff_t dl_stride(D const& t, int d) {
  if (t.strides != nullptr) {
    return static_cast<std::ptrdiff_t>(t.strides[d]);
  }
  std::ptrdiff_t stride = 1;
  for (int k = d + 1; k < static_cast<int>(t.ndim); ++k) {
    stride *= static_cast<std::ptrdiff_t>(t.shape[k]);
  }
  return stride;
}

template <class T>
struct dl_view {
  T* first = nullptr;
  std::size_t extent[2] = {0, 0};
  std::ptrdiff_t stride[2] = {1, 1};
};

constexpr status dl_fault(char const* what, std::size_t expected, std::size_t found, errc code = errc::wrong_shape) {
  return {code, what, status::nowhere, expected, found};
}

/// Checks everything but contiguity, writes the view.
template <class T, memory Where, class D>
status read_dlpack(D const& t, int dimensions, dl_view<T>& out) {
  static_assert(std::is_arithmetic_v<T> || half_width<std::remove_const_t<T>>,
                "[rankwise] a tensor's numbers are float, double, float16, bfloat16, bool or integers");
  if constexpr (dl_managed<D>) {
    if constexpr (requires { t.version.major; }) {
      if (t.version.major != 1) {
        return dl_fault("a DLPack tensor (major version)", 1, static_cast<std::size_t>(t.version.major));
      }
    }
    if constexpr (!std::is_const_v<T> && requires { t.flags; }) {
      if ((t.flags & dlpack::read_only) != 0) {
        return dl_fault("a DLPack tensor (read-only: ask for a const type)", 0, 1);
      }
    }
    return read_dlpack<T, Where>(t.dl_tensor, dimensions, out);
  } else {
    static_assert(dl_tensor<D>, "[rankwise] not a DLPack tensor: expected the members of DLTensor, DLManagedTensor or "
                                "DLManagedTensorVersioned");
    int const device = static_cast<int>(t.device.device_type);
    bool const here =
        Where == memory::host ? device == dlpack::cpu || device == dlpack::cuda_host : device == dlpack::cuda;
    if (!here && device != dlpack::cuda_managed) {
      return dl_fault("a DLPack tensor", 0, 0, errc::wrong_memory);
    }
    if (static_cast<int>(t.ndim) != dimensions) {
      return dl_fault("a DLPack tensor (dimensions)", static_cast<std::size_t>(dimensions),
                      static_cast<std::size_t>(t.ndim));
    }
    int const bits = static_cast<int>(t.dtype.bits);
    if (!dl_type_matches<T>(static_cast<int>(t.dtype.code), bits, static_cast<int>(t.dtype.lanes))) {
      return bits != static_cast<int>(8 * sizeof(T))
                 ? dl_fault("a DLPack tensor (bits of a number)", 8 * sizeof(T), static_cast<std::size_t>(bits))
                 : dl_fault("a DLPack tensor (kind of number, and numbers per element)", 1, 0);
    }
    bool empty = false;
    for (int d = 0; d < dimensions; ++d) {
      if (t.shape[d] < 0) {
        return dl_fault("a DLPack tensor (a negative extent)", 0, 0);
      }
      empty = empty || t.shape[d] == 0;
      out.extent[d] = static_cast<std::size_t>(t.shape[d]);
      out.stride[d] = dl_stride(t, d);
    }
    if (empty) {
      return {};
    }
    using byte = std::conditional_t<std::is_const_v<T>, char const, char>;
    if (t.data == nullptr) {
      return dl_fault("a DLPack tensor (its data is a null pointer)", 1, 0);
    }
    byte* const address = static_cast<byte*>(t.data) + t.byte_offset;
    if (std::size_t const off = reinterpret_cast<std::uintptr_t>(address) % alignof(T); off != 0) {
      return dl_fault("a DLPack tensor (bytes off the alignment of its numbers)", 0, off);
    }
    out.first = reinterpret_cast<T*>(address);
    return {};
  }
}

} // namespace detail

/// A one-dimensional tensor of any stride.
template <class T, memory Where = memory::host, class D>
strided_column<T, Where> strided_from_dlpack(D const& tensor, on_error errors = {}) {
  detail::dl_view<T> v;
  if (!detail::passed(detail::read_dlpack<T, Where>(tensor, 1, v), errors)) {
    return {};
  }
  return {v.first, v.extent[0], v.stride[0]};
}

/// A contiguous one-dimensional tensor.
template <class T, memory Where = memory::host, class D>
column<T, Where> from_dlpack(D const& tensor, on_error errors = {}) {
  detail::dl_view<T> v;
  status s = detail::read_dlpack<T, Where>(tensor, 1, v);
  if (s.ok() && v.extent[0] > 1 && v.stride[0] != 1) {
    s = detail::dl_fault("a DLPack tensor (stride: see strided_from_dlpack)", 1, static_cast<std::size_t>(v.stride[0]));
  }
  if (!detail::passed(s, errors)) {
    return {};
  }
  return {v.first, v.extent[0]};
}

/// A two-dimensional tensor, rows being items; `layout::strided` takes any strides.
template <class T, layout Order = layout::row_major, memory Where = memory::host, class D>
matrix<T, Order, Where> matrix_from_dlpack(D const& tensor, on_error errors = {}) {
  detail::dl_view<T> v;
  status s = detail::read_dlpack<T, Where>(tensor, 2, v);
  if (Order != layout::strided) {
    constexpr int inner = Order == layout::row_major ? 1 : 0;
    if (s.ok() && v.extent[inner] > 1 && v.stride[inner] != 1) {
      s = detail::dl_fault("a DLPack tensor (stride of the inner dimension: see layout::strided)", 1,
                           static_cast<std::size_t>(v.stride[inner]));
    }
  }
  if (!detail::passed(s, errors)) {
    return {};
  }
  return {v.first, v.extent[0], v.extent[1], v.stride[0], v.stride[1]};
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
