// Losses, heads, value models and metrics of LibTorch 2's CUDA tensors: values and derivatives are those of the host.
// For a device, or with pretended_cuda.cpp for the machine that reads PTX.
#include <rankwise/backend/thrust.hpp>
#include <rankwise/engine/torch.hpp>
#include <rankwise/exec/scalar.hpp>
#include <rankwise/head/binary.hpp>
#include <rankwise/head/proportional_odds.hpp>
#include <rankwise/loss/lambda.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/value/ranker.hpp>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace rw = rankwise;

namespace {

c10::Device gpu() {
  return {c10::DeviceType::CUDA, 0};
}

int failures = 0;
void check(bool ok, char const* what) {
  std::printf("%s %s\n", ok ? "ok    " : "FAILED", what);
  failures += ok ? 0 : 1;
}

at::Tensor noise(at::IntArrayRef shape, std::uint64_t seed) {
  return at::randn(shape, at::detail::createCPUGenerator(seed), at::kDouble);
}
auto const executor = rw::exec::thrust{};

template <class F>
void check_on_device(char const* what, F const& f, std::vector<at::Tensor> const& inputs, double tolerance = 1e-11) {
  std::vector<at::Tensor> here, there;
  for (at::Tensor const& t : inputs) {
    here.push_back(t.detach().clone().set_requires_grad(t.requires_grad()));
    there.push_back(t.detach().to(gpu()).set_requires_grad(t.requires_grad()));
  }
  at::Tensor const expected = f(rw::exec::scalar{}, here);
  at::Tensor const found = f(executor, there);
  bool ok = found.is_cuda() && found.cpu().allclose(expected, tolerance, tolerance);
  expected.square().sum().backward();
  found.square().sum().backward();
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    if (inputs[k].requires_grad()) {
      ok = ok && there[k].grad().is_cuda() && there[k].grad().cpu().allclose(here[k].grad(), tolerance, tolerance) &&
           here[k].grad().abs().max().item<double>() > 0;
    }
  }
  check(ok, what);
}

} // namespace

int main() {
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
    std::printf("SKIPPED: no device\n");
    return 0;
  }
  constexpr std::int64_t items = 17;
  at::Tensor const sizes = at::tensor({5, 0, 1, 11}, at::kLong);
  at::Tensor const scores = noise({items}, 3).set_requires_grad(true);
  at::Tensor const labels = at::arange(items, at::kLong).remainder(4);
  at::Tensor const weights = noise({items}, 4).abs() + 0.1;
  at::Tensor const list_weights = noise({4}, 5).abs() + 0.1;
  at::Tensor const mask = at::arange(items, at::kLong).remainder(5).ne(1);
  check_on_device("softmax, double, everything given",
                  [&](auto where, std::vector<at::Tensor> const& t) {
                    return rw::torch::loss(where, rw::loss::softmax{}, t[0], t[1],
                                           {.sizes = sizes, .item_weights = t[3], .list_weights = t[4], .mask = t[2]});
                  },
                  {scores, labels, mask, weights, list_weights});
  check_on_device(
      "lambda<ndcg<10>>, float",
      [&](auto where, std::vector<at::Tensor> const& t) {
        return rw::torch::loss(where, rw::loss::lambda<rw::metric::ndcg<10>>{}, t[0], t[1], {.sizes = sizes});
      },
      {scores.detach().to(at::kFloat).set_requires_grad(true), labels}, 1e-5);
  at::Tensor const padded = noise({3, 6}, 8).to(at::kHalf).set_requires_grad(true);
  check_on_device(
      "softmax, half, padded, sizes on the device",
      [](auto where, std::vector<at::Tensor> const& t) {
        return rw::torch::loss(where, rw::loss::softmax{}, t[0], t[1], {.sizes = t[2]});
      },
      {padded, at::arange(18, at::kLong).remainder(3).reshape({3, 6}), at::tensor({6, 2, 4}, at::kLong)}, 2e-3);
  constexpr auto relevance = rw::head::proportional_odds<"relevance", 4>{.cuts = rw::head::cuts<3>::at(-1, 0.2, 1)};
  at::Tensor const logits = noise({items, 1}, 11).set_requires_grad(true);
  at::Tensor const parameters = at::tensor({-1.0, 0.2, -0.2}, at::kDouble).set_requires_grad(true);
  check_on_device("proportional odds with parameters",
                  [&](auto where, std::vector<at::Tensor> const& t) {
                    return rw::torch::head_loss(where, relevance, t[0], t[1], {.parameters = t[2]});
                  },
                  {logits, labels, parameters});
  constexpr auto click = rw::head::binary<"click">{};
  auto const ranker = rw::make_ranker(rw::heads(click), rw::weight<"click">(2) * probability(click));
  at::Tensor const named = at::tensor({1.5}, at::kDouble).set_requires_grad(true);
  check_on_device("score of a value model",
                  [&](auto where, std::vector<at::Tensor> const& t) {
                    return rw::torch::score(where, ranker, t[0], {.weights = t[1]});
                  },
                  {logits, named});
  double const there = rw::torch::metric(executor, rw::metric::ndcg<10>{}, scores.detach().to(gpu()), labels.to(gpu()),
                                         {.sizes = sizes});
  double const here = rw::torch::metric(rw::metric::ndcg<10>{}, scores.detach(), labels, {.sizes = sizes});
  check(std::abs(there - here) < 1e-12, "NDCG@10");
  try {
    rw::torch::loss(executor, rw::loss::softmax{}, scores.detach().to(gpu()), labels, {.sizes = sizes});
    check(false, "labels on the host are refused");
  } catch (rw::error const& e) {
    check(std::string(e.what()) == "rankwise: tensor labels (Long, cpu, [17]): it must be on the executor's device",
          e.what());
  }
  std::printf("%d failed\n", failures);
  return failures != 0;
}
