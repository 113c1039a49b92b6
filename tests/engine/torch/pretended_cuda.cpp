// Tensors "on CUDA" without a device: their memory is that of the machine that reads PTX (tests/cuda/ptx), on which
// kernels work. LibTorch's own operators run on the CPU, on copies of whole allocations.
#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

namespace {

c10::Device gpu() {
  return {c10::DeviceType::CUDA, 0};
}

struct pretended final : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return c10::DeviceType::CUDA; }
  c10::Device exchangeDevice(c10::Device) const override { return gpu(); }
  c10::Device getDevice() const override { return gpu(); }
  void setDevice(c10::Device) const override {}
  void uncheckedSetDevice(c10::Device) const noexcept override {}
  c10::Stream getStream(c10::Device d) const override { return c10::Stream(c10::Stream::UNSAFE, d, 7); }
  c10::Stream exchangeStream(c10::Stream s) const override { return s; }
  c10::DeviceIndex deviceCount() const noexcept override { return 1; }
  c10::Stream getDefaultStream(c10::Device d) const override { return getStream(d); }
  bool queryStream(c10::Stream const&) const override { return true; }
  void record(void**, c10::Stream const&, c10::DeviceIndex, c10::EventFlag) const override {}
  void block(void*, c10::Stream const&) const override {}
  bool queryEvent(void*) const override { return true; }
  void synchronizeStream(c10::Stream const&) const override {}
};
C10_REGISTER_GUARD_IMPL(CUDA, pretended)

void good(cudaError_t e) {
  if (e != cudaSuccess) {
    throw std::runtime_error(cudaGetErrorString(e));
  }
}

/// Device memory, which stays, and the host's copy of it.
struct allocation {
  char* there = nullptr;
  std::vector<char> here;

  explicit allocation(std::size_t bytes) : here(bytes) {
    good(cudaMalloc(reinterpret_cast<void**>(&there), bytes));
    good(cudaMemset(there, 0, bytes));
  }
  void fetch() { good(cudaMemcpy(here.data(), there, here.size(), cudaMemcpyDeviceToHost)); }
  void send() { good(cudaMemcpy(there, here.data(), here.size(), cudaMemcpyHostToDevice)); }
};
std::vector<std::unique_ptr<allocation>> allocations;

/// Whose memory it is, on the device or on the host; null if nobody's.
allocation* owner(void const* p, bool there) {
  for (auto const& a : allocations) {
    char const* const begin = there ? a->there : a->here.data();
    if (p >= begin && p < begin + a->here.size()) {
      return a.get();
    }
  }
  return nullptr;
}

at::Tensor tensor_there(char* there, std::size_t bytes, at::Tensor const& like) {
  c10::DataPtr memory(
      there, nullptr, [](void*) {}, gpu());
  auto t = at::detail::make_tensor<c10::TensorImpl>(
      c10::Storage(c10::Storage::use_byte_size_t(), bytes, std::move(memory), nullptr, false),
      c10::DispatchKeySet(c10::DispatchKey::CUDA), like.dtype());
  t.unsafeGetTensorImpl()->set_sizes_and_strides(like.sizes(), like.strides());
  return t;
}

void compute_on_host(c10::OperatorHandle const& op, c10::Stack* stack) {
  auto const& schema = op.schema();
  std::size_t const count = schema.arguments().size();
  std::size_t const first = stack->size() - count;
  std::vector<c10::IValue> const given(stack->begin() + static_cast<std::ptrdiff_t>(first), stack->end());
  std::vector<allocation*> used;
  bool to_host = false;
  auto const host = [&](at::Tensor const& t) {
    if (!t.defined() || !t.is_cuda()) {
      return t;
    }
    auto const options = t.options().device(at::kCPU).requires_grad(false);
    allocation* const a = owner(t.data_ptr(), true);
    if (a == nullptr) { // it is empty
      return at::empty_strided(t.sizes(), t.strides(), options);
    }
    a->fetch();
    used.push_back(a);
    auto const offset = static_cast<char const*>(t.data_ptr()) - a->there;
    return at::from_blob(
        a->here.data() + offset, t.sizes(), t.strides(), [](void*) {}, options);
  };
  for (std::size_t k = 0; k < count; ++k) {
    c10::IValue& v = (*stack)[first + k];
    if (v.isTensor()) {
      v = host(v.toTensor());
    } else if (v.isTensorList()) {
      std::vector<at::Tensor> tensors;
      for (at::Tensor const& t : v.toTensorVector()) {
        tensors.push_back(host(t));
      }
      v = tensors;
    } else if (v.isDevice()) {
      to_host = v.toDevice().is_cpu();
      v = c10::Device(at::kCPU);
    }
  }
  op.callBoxed(stack);
  for (allocation* a : used) {
    a->send();
  }
  if (to_host) {
    return;
  }
  std::size_t const returned = schema.returns().size();
  for (std::size_t k = 0; k < returned; ++k) {
    c10::IValue& v = (*stack)[stack->size() - returned + k];
    auto const* const alias = schema.returns()[k].alias_info();
    if (alias != nullptr && alias->isWrite()) {
      for (std::size_t a = 0; a < count; ++a) {
        auto const* const of = schema.arguments()[a].alias_info();
        if (of != nullptr && *of == *alias) {
          v = given[a];
        }
      }
    } else if (v.isTensor() && v.toTensor().defined()) {
      at::Tensor const t = v.toTensor();
      if (allocation const* const a = owner(t.data_ptr(), false); a != nullptr) { // a view
        auto const offset = static_cast<char const*>(t.data_ptr()) - a->here.data();
        v = tensor_there(a->there + offset, a->here.size() - static_cast<std::size_t>(offset), t);
      } else {
        std::size_t const bytes =
            t.storage().nbytes() - static_cast<std::size_t>(t.storage_offset()) * t.element_size();
        auto& n = *allocations.emplace_back(std::make_unique<allocation>(bytes == 0 ? 1 : bytes));
        if (bytes != 0) {
          std::memcpy(n.here.data(), t.data_ptr(), bytes);
          n.send();
        }
        v = tensor_there(n.there, bytes, t);
      }
    }
  }
}

TORCH_LIBRARY_IMPL(_, CUDA, m) {
  m.fallback(::torch::CppFunction::makeFromBoxedFunction<&compute_on_host>());
}
TORCH_LIBRARY_IMPL(aten, CUDA, m) {
  m.impl("copy_", ::torch::CppFunction::makeFromBoxedFunction<&compute_on_host>());
}

} // namespace

namespace at {
struct CUDAHooks : CUDAHooksInterface { // the name and the namespace that LibTorch asks for
  explicit CUDAHooks(CUDAHooksArgs) {}
  void init() const override {}
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasCUDA() const override { return true; }
  bool hasPrimaryContext(DeviceIndex) const override { return true; }
  DeviceIndex deviceCount() const override { return 1; }
  DeviceIndex getCurrentDevice() const override { return 0; }
};
REGISTER_CUDA_HOOKS(CUDAHooks)
} // namespace at
