// Losses, heads and a value model of this library inside LibTorch's autograd.
#include <rankwise/engine/torch.hpp>
#include <rankwise/rankwise.hpp>

#include <torch/csrc/autograd/autograd.h>

#include "claim.hpp"

#include <cstdio>

namespace rw = rankwise;

int main() {
  at::manual_seed(1);
  std::int64_t const queries = 40, longest = 12;
  // Padded lists: [query, product, feature], and how many products every query has.
  at::Tensor const features = at::randn({queries, longest, 4});
  at::Tensor const sizes = at::randint(3, longest + 1, {queries}, at::kLong);
  at::Tensor const signal = features.select(2, 0) * 1.5 + features.select(2, 1) + at::randn({queries, longest}) * 0.3;
  at::Tensor const grades = (signal.gt(0).to(at::kLong) + signal.gt(1.5).to(at::kLong));
  at::Tensor const clicks = signal.gt(1);

  //{ loss
  at::Tensor w = at::zeros({4}).set_requires_grad(true);
  at::Tensor const scores = features.matmul(w); // [query, product]
  at::Tensor const loss = rw::torch::loss(rw::loss::softmax{}, scores, grades, {.sizes = sizes});
  loss.backward();
  //} loss
  double const first = loss.item<double>();
  for (int step = 0; step < 60; ++step) {
    at::NoGradGuard const guard;
    w.sub_(w.grad(), 0.002);
    w.grad().zero_();
    at::AutoGradMode const on(true);
    rw::torch::loss(rw::loss::softmax{}, features.matmul(w), grades, {.sizes = sizes}).backward();
  }
  //{ metric
  double const quality =
      rw::torch::metric(rw::metric::ndcg<10>{}, features.matmul(w.detach()), grades, {.sizes = sizes});
  //} metric
  double const trained =
      rw::torch::loss(rw::loss::softmax{}, features.matmul(w.detach()), grades, {.sizes = sizes}).item<double>();
  std::printf("softmax loss %.2f -> %.2f, NDCG@10 %.3f\n", first, trained, quality);
  claim(trained < 0.85 * first && quality > 0.85, "the linear model learns");

  //{ heads
  // Two heads on the logits of one network; the cut-points of the ordinal one are a tensor like any other.
  auto const relevance = rw::head::proportional_odds<"relevance", 3>{.cuts = rw::head::cuts<2>::at(-0.5, 0.5)};
  auto const click = rw::head::binary<"click">{};
  at::Tensor network = (at::randn({4, 2}) * 0.1).set_requires_grad(true);
  at::Tensor parameters =
      at::tensor({-0.5, 0.0}).set_requires_grad(true); // the first cut, and the logarithm of the step
  at::Tensor const mask = at::arange(longest).unsqueeze(0).lt(sizes.unsqueeze(1));

  at::Tensor const logits = features.matmul(network); // [query, product, 2]
  at::Tensor const both =
      rw::torch::head_loss(relevance, logits.narrow(2, 0, 1), grades, {.mask = mask, .parameters = parameters}) +
      rw::torch::head_loss(click, logits.narrow(2, 1, 1), clicks, {.mask = mask});
  both.backward();
  //} heads
  claim(parameters.grad().abs().min().item<double>() > 0 && network.grad().abs().min().item<double>() > 0,
        "derivatives reach the network and the cut-points");

  //{ score
  // A value model on top, and a loss of the ranking that it makes: one graph from the ranking to the logits.
  constexpr auto wanted = rw::head::binary<"wanted">{};
  constexpr auto clicked = rw::head::binary<"clicked">{};
  constexpr auto ranker = rw::ranker{rw::heads(wanted, clicked), rw::weight<"wanted">(0.6) * probability(wanted) +
                                                                     rw::weight<"clicked">(2) * probability(clicked)};
  at::Tensor weights = at::tensor({0.6, 2.0}).set_requires_grad(true);
  at::Tensor const value = rw::torch::score(ranker, features.matmul(network), {.weights = weights});
  rw::torch::loss(rw::loss::lambda<rw::metric::ndcg<10>>{}, value, grades, {.sizes = sizes}).backward();
  //} score
  claim(weights.grad().abs().min().item<double>() > 0, "and the weights of the value model");
  return broken_claims;
}
