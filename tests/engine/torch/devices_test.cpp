// Tensors "on CUDA" whose memory is the host's: the path of device tensors on a machine without a device. LibTorch's
// dispatcher, autograd and guards treat them as they treat real ones; a fallback computes on the CPU, and stops where
// operands lie on two devices, as kernels would.
#include <rankwise/engine/torch.hpp>

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/library.h>
#include <torch/version.h>
#undef CHECK
#include <doctest/doctest.h>

#if !defined(THRUST_DEVICE_SYSTEM) || TORCH_VERSION_MAJOR != 1 || __has_include(<c10/cuda/impl/cuda_cmake_macros.h>)

TEST_CASE("tensors on a pretended device") {
  MESSAGE("Skipped: it needs Thrust, and LibTorch 1.13 that was built without CUDA");
}

#else

#include <rankwise/backend/thrust.hpp>
#include <rankwise/head/binary.hpp>
#include <rankwise/head/proportional_odds.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/value/ranker.hpp>

#include <thrust/system/cpp/execution_policy.h>

#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace rw = rankwise;

namespace {

thread_local c10::DeviceIndex current_device = 0;
std::mutex waits_guard;
std::vector<std::pair<c10::Stream, c10::DeviceIndex>> waits; // and which device was the current one

c10::Device gpu(c10::DeviceIndex index) {
  return {c10::DeviceType::CUDA, index};
}

struct pretended_devices final : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return c10::DeviceType::CUDA; }
  c10::Device exchangeDevice(c10::Device d) const override {
    c10::Device const before = getDevice();
    setDevice(d);
    return before;
  }
  c10::Device getDevice() const override { return gpu(current_device); }
  void setDevice(c10::Device d) const override { current_device = d.index(); }
  void uncheckedSetDevice(c10::Device d) const noexcept override { current_device = d.index(); }
  c10::Stream getStream(c10::Device d) const noexcept override {
    return c10::Stream(c10::Stream::UNSAFE, d, 7 + d.index());
  }
  c10::Stream exchangeStream(c10::Stream s) const noexcept override { return getStream(s.device()); }
  c10::DeviceIndex deviceCount() const noexcept override { return 2; }
  c10::Stream getDefaultStream(c10::Device d) const override { return getStream(d); }
  bool queryStream(c10::Stream const&) const override { return true; }
  void record(void**, c10::Stream const&, c10::DeviceIndex, c10::EventFlag) const override {
  } // all work is done at once
  void block(void*, c10::Stream const&) const override {}
  bool queryEvent(void*) const override { return true; }
  void synchronizeStream(c10::Stream const& s) const override {
    std::lock_guard const lock(waits_guard);
    waits.emplace_back(s, current_device);
  }
};
C10_REGISTER_GUARD_IMPL(CUDA, pretended_devices)

at::Tensor on_host(at::Tensor const& t) {
  auto const options = t.options().device(at::kCPU).requires_grad(false);
  return t.numel() == 0 ? at::empty_strided(t.sizes(), t.strides(), options)
                        : at::from_blob(
                              t.data_ptr(), t.sizes(), t.strides(), [keep = t](void*) {}, options);
}

at::Tensor on_device(at::Tensor const& host, c10::Device device) {
  auto* const keep = new at::Tensor(host);
  c10::DataPtr memory(
      host.data_ptr(), keep, [](void* p) { delete static_cast<at::Tensor*>(p); }, device);
  std::size_t const bytes =
      host.storage().nbytes() - static_cast<std::size_t>(host.storage_offset()) * host.element_size();
  auto t = at::detail::make_tensor<c10::TensorImpl>(
      c10::Storage(c10::Storage::use_byte_size_t(), bytes, std::move(memory), nullptr, false),
      c10::DispatchKeySet(c10::DispatchKey::CUDA), host.dtype());
  t.unsafeGetTensorImpl()->set_sizes_and_strides(host.sizes(), host.strides());
  return t;
}

void compute_on_host(c10::OperatorHandle const& op, c10::Stack* stack) {
  auto const& schema = op.schema();
  std::size_t const count = schema.arguments().size();
  std::size_t const first = stack->size() - count;
  std::vector<c10::IValue> const given(stack->begin() + static_cast<std::ptrdiff_t>(first), stack->end());
  bool const copies = schema.name() == "aten::copy_";
  c10::optional<c10::Device> device;
  bool mixed = false;
  auto const host = [&](at::Tensor const& t) {
    if (!t.defined() || !t.is_cuda()) {
      mixed = mixed || (t.defined() && t.dim() > 0);
      return t;
    }
    if (device && *device != t.device()) {
      throw std::runtime_error(schema.name() + ": operands on two devices");
    }
    device = t.device();
    return on_host(t);
  };
  for (std::size_t k = 0; k < count; ++k) {
    c10::IValue& v = (*stack)[first + k];
    if (v.isTensor()) {
      v = host(v.toTensor());
    } else if (v.isTensorList()) {
      std::vector<at::Tensor> all;
      for (at::Tensor const& t : v.toTensorVector()) {
        all.push_back(host(t));
      }
      v = all;
    } else if (v.isDevice()) {
      device = v.toDevice().has_index() ? v.toDevice() : gpu(current_device);
      v = c10::Device(at::kCPU);
    }
  }
  if (mixed && !copies) {
    throw std::runtime_error(schema.name() + ": operands on the host and on a device");
  }
  op.callBoxed(stack);
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
      v = on_device(v.toTensor(), device.value_or(gpu(current_device)));
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
struct CUDAHooks : CUDAHooksInterface {
  explicit CUDAHooks(CUDAHooksArgs) {}
  bool hasCUDA() const override { return true; }
  bool hasPrimaryContext(int64_t) const override { return true; }
};
REGISTER_CUDA_HOOKS(CUDAHooks)
} // namespace at

namespace {

constexpr std::int64_t items = 17;
auto const executor = rw::exec::thrust{::thrust::cpp::par}; // its "device memory" is the host's, too

/// f over tensors of the host and the same f over their copies on device 1, while device 0 is the current one.
template <class F>
void check_on_device(F const& f, std::vector<at::Tensor> const& inputs) {
  std::vector<at::Tensor> here, there;
  for (at::Tensor const& t : inputs) {
    here.push_back(t.detach().clone().set_requires_grad(t.requires_grad()));
    there.push_back(t.detach().to(gpu(1)).set_requires_grad(t.requires_grad()));
  }
  at::Tensor const expected = f(rw::exec::basic_simd<>{}, here);
  waits.clear();
  at::Tensor const found = f(executor, there);
  CHECK(current_device == 0);
  CHECK(!waits.empty());
  for (auto const& [stream, device] : waits) {
    CHECK(stream.device() == gpu(1));
    CHECK(device == 1);
  }
  CHECK(found.device() == gpu(1));
  CHECK(found.cpu().allclose(expected, 1e-12));
  expected.square().sum().backward();
  found.square().sum().backward();
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    if (inputs[k].requires_grad()) {
      CAPTURE(k);
      CHECK(there[k].grad().device() == gpu(1));
      CHECK((there[k].grad().scalar_type() == here[k].grad().scalar_type()));
      CHECK(there[k].grad().cpu().allclose(here[k].grad(), 1e-12));
    }
  }
}

at::Tensor noise(at::IntArrayRef shape, std::uint64_t seed) {
  return at::randn(shape, at::detail::createCPUGenerator(seed), at::kDouble);
}

struct sample {
  at::Tensor sizes = at::tensor({5, 0, 1, 11}, at::kLong);
  at::Tensor scores = noise({items}, 3).set_requires_grad(true);
  at::Tensor labels = at::arange(items, at::kLong).remainder(4);
  at::Tensor weights = noise({items}, 4).abs() + 0.1;
  at::Tensor list_weights = noise({4}, 5).abs() + 0.1;
  at::Tensor mask = at::arange(items, at::kLong).remainder(5).ne(1);
};

constexpr auto relevance = rw::head::proportional_odds<"relevance", 4>{.cuts = rw::head::cuts<3>::at(-1, 0.2, 1)};
constexpr auto click = rw::head::binary<"click">{};
constexpr auto ranker = rw::ranker{rw::heads(click), rw::weight<"click">(2) * probability(click)};

} // namespace

TEST_CASE("the pretended devices are as strict as real ones") {
  sample const s;
  at::Tensor const there = s.scores.detach().to(gpu(1));
  REQUIRE(there.device() == gpu(1));
  REQUIRE((there + there).cpu().equal(s.scores + s.scores));
  REQUIRE_THROWS(there + s.scores.detach());
  REQUIRE_THROWS(there + s.scores.detach().to(gpu(0)));
  REQUIRE_THROWS(there.sum() * s.scores.detach());
}

TEST_CASE("tensors on a device: results and derivatives stay there, and it is the current one meanwhile") {
  sample const s;
  check_on_device(
      [&](auto where, std::vector<at::Tensor> const& t) {
        return rw::torch::loss(where, rw::loss::softmax{}, t[0], t[1],
                               {.sizes = s.sizes, .item_weights = t[3], .list_weights = t[4], .mask = t[2]});
      },
      {s.scores, s.labels, s.mask, s.weights, s.list_weights});
  // Padded, with sizes on the device; half in float.
  at::Tensor const padded = noise({3, 6}, 8).to(at::kHalf).set_requires_grad(true);
  check_on_device(
      [](auto where, std::vector<at::Tensor> const& t) {
        return rw::torch::loss(where, rw::loss::softmax{}, t[0], t[1], {.sizes = t[2]});
      },
      {padded, at::arange(18, at::kLong).remainder(3).reshape({3, 6}), at::tensor({6, 2, 4}, at::kLong)});
  at::Tensor const logits = noise({items, 1}, 11).set_requires_grad(true);
  at::Tensor const parameters = at::tensor({-1.0, 0.2, -0.2}, at::kFloat).set_requires_grad(true);
  check_on_device(
      [](auto where, std::vector<at::Tensor> const& t) {
        return rw::torch::head_loss(where, relevance, t[0], t[1], {.parameters = t[2]});
      },
      {logits, s.labels, parameters});
  at::Tensor const weights = at::tensor({1.5}, at::kDouble).set_requires_grad(true);
  check_on_device(
      [](auto where, std::vector<at::Tensor> const& t) {
        return rw::torch::score(where, ranker, t[0], {.weights = t[1]});
      },
      {logits, weights});
  waits.clear();
  CHECK(rw::torch::metric(executor, rw::metric::ndcg<10>{}, s.scores.detach().to(gpu(1)), s.labels.to(gpu(1))) ==
        doctest::Approx(rw::torch::metric(rw::metric::ndcg<10>{}, s.scores, s.labels)));
  CHECK(waits.size() == 1);
}

TEST_CASE("parameters and weights may stay on the host") {
  sample const s;
  at::Tensor const z = noise({items, 1}, 11).to(gpu(1)).set_requires_grad(true);
  at::Tensor const labels = s.labels.to(gpu(1));
  at::Tensor const parameters = at::tensor({-1.0, 0.2, -0.2}, at::kDouble).set_requires_grad(true);
  at::Tensor const weights = at::tensor({1.5}, at::kDouble).set_requires_grad(true);
  rw::torch::head_loss(executor, relevance, z, labels, {.parameters = parameters}).backward();
  CHECK((parameters.grad().is_cpu() && parameters.grad().abs().min().item<double>() > 0));
  rw::torch::score(executor, ranker, z, {.weights = weights}).sum().backward();
  CHECK((weights.grad().is_cpu() && weights.grad().item<double>() > 0));
  CHECK(z.grad().device() == gpu(1));
}

TEST_CASE("tensors on several devices, or on another than the executor's, are refused in one line") {
  sample const s;
  at::Tensor const there = s.scores.detach().to(gpu(1));
  auto const words = [&](auto where, at::Tensor const& scores, at::Tensor const& labels) {
    try {
      rw::torch::loss(where, rw::loss::softmax{}, scores, labels, {.sizes = s.sizes});
    } catch (rw::error const& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(words(executor, there, s.labels.to(gpu(0))) ==
        "rankwise: tensor labels (Long, cuda:0, [17]): it must be on the device of the scores");
  CHECK(words(executor, there, s.labels) ==
        "rankwise: tensor labels (Long, cpu, [17]): it must be on the executor's device");
  CHECK(words(executor, s.scores, s.labels) ==
        "rankwise: tensor scores (Double, cpu, [17]): it must be on the executor's device");
  CHECK(
      words(rw::exec::basic_simd<>{}, there, s.labels) ==
      "rankwise: tensor scores (Double, cuda:1, [17]): it must be on the CPU, or the first argument an executor of its "
      "device");
}

TEST_CASE("second derivatives on a device are refused, not wrong") {
  sample const s;
  at::Tensor const x = s.scores.detach().to(gpu(1)).set_requires_grad(true);
  at::Tensor const y = rw::torch::loss(executor, rw::loss::softmax{}, x, s.labels.to(gpu(1)), {.sizes = s.sizes});
  auto const first = ::torch::autograd::grad({y}, {x}, {}, true, true);
  CHECK(first[0].device() == gpu(1));
  CHECK_THROWS_AS(first[0].pow(2).sum().backward(), rw::error);
}
#endif
