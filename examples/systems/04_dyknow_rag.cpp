// DyKnow-RAG (Taobao, arXiv 2510.11122): rollouts without and with context, advantages by the posterior gap between
// them, and the term that pushes what was said without context.
#include "golden.hpp"

#include <rankwise/exec/apply.hpp>
#include <rankwise/head/softmax.hpp>
#include <rankwise/label/clip.hpp>
#include <rankwise/reward/advantage.hpp>
#include <rankwise/reward/filter.hpp>
#include <rankwise/reward/kl.hpp>
#include <rankwise/reward/preference.hpp>
#include <rankwise/reward/surrogate.hpp>

#include <cmath>
#include <vector>

namespace rw = rankwise;
namespace reward = rw::reward;

// Before reinforcement: a warm start by preferences, and the queries about which the posterior is not sure.
template <class T>
void preparation() {
  numbers<T> const pair{1.0, -0.5}, margin{0};
  golden("DPO, beta 0.1", reward::dpo{.beta = 0.1}.value(rw::row_major(pair, 2), margin), .6209570478);

  numbers<T> const tokens{0, 0, 0, 2, /**/ 0, 0, 0, 1}; // logits of the four class tokens
  numbers<T> p(8);
  rw::head::softmax<"relevance", 4>{}.decode(rw::row_major(tokens, 4), rw::row_major(p, 4),
                                             rw::decode::class_probabilities{});
  golden("confidence max p(t|x) of the first", p[3], std::exp(2.0) / (std::exp(2.0) + 3));
  claim(reward::confidence_filter{.below = 0.7}.items(rw::row_major(p, 4)) == std::vector<std::size_t>{1},
        "the second goes into the pool");
}

template <class T>
void worked() {
  preparation<T>();

  // beta = 4 sigma(4 (acc_with - acc_without)), alpha = 0.1 / beta
  constexpr reward::posterior_scaling scaling;
  double const gap[] = {-1, 0, .5, 1};
  double const beta[] = {.0719448, 2, 3.5231883, 3.9280552};
  double const alpha[] = {1.3899538, .05, .0283834, .0254579};
  for (int k = 0; k < 4; ++k) {
    golden("beta = 4 sigma(4 gap)", scaling.beta(gap[k]), beta[k], 5e-8);
    golden("alpha = 0.1 / beta", scaling.alpha(gap[k]), alpha[k], 5e-8);
  }

  // R^(0) and R^(1): four rollouts without context, one of them right; four with, three right. A^(g) by the own group,
  // held within 2; A~ by the union; T(A~).
  numbers<T> const r0{0, 1, 0, 0}, r1{1, 1, 0, 1};
  auto const group = rw::lists<>::single(4);
  numbers<T> a0(4), a1(4), a(4), t(4);
  rw::map_lists(reward::group_normalised{}, r0, group, a0);
  rw::map_lists(reward::group_normalised{}, r1, group, a1);
  rw::apply(rw::label::clip{.low = -2, .high = 2}, a0, a0);
  rw::apply(rw::label::clip{.low = -2, .high = 2}, a1, a1);
  rw::map_lists(reward::union_normalised{}, r0, r1, group, a);
  rw::apply(scaling, a, numbers<T>(4, T(0.75 - 0.25)), t);
  golden("A~ of a right answer: mu* = s* = 1/2", a[1], 1);
  golden("T(A~) of a wrong answer", t[0], -3.5231883, 5e-8);
  golden("T(A~) of a right answer", t[1], .0283834, 5e-8);

  // J = l0 + l1 + (1/n) sum_i (1/|o_i|) sum_t pi(o_it^(0) | with-context prompt) T(A~_i) - lambda KL, of rollouts of
  // two tokens; list weights make the mean over rollouts.
  numbers<T> const old0{-.3, -.8, /**/ -.2, -.5, /**/ -1, -.4, /**/ -.6, -.7};
  numbers<T> const now0{-.4, -.8, /**/ -.1, -.1, /**/ -1.3, -.3, /**/ -.6, -1};
  numbers<T> const old1{-.2, -.3, /**/ -.9, -.1, /**/ -.5, -.5, /**/ -.7, -.2};
  numbers<T> const now1{-.1, -.3, /**/ -.5, -.2, /**/ -.6, -.9, /**/ -.7, -.1};
  numbers<T> const with_context{-.1, -.7, /**/ -.2, -.4, /**/ -1.1, -.3, /**/ -.5, -.9}; // log pi of o^(0)
  auto const rollouts = rw::lists<>::uniform(4, 2);
  numbers<T> const quarter(4, T(0.25));
  auto const by_token = [](numbers<T> const& x) {
    numbers<T> y(8);
    for (std::size_t i = 0; i < 8; ++i) {
      y[i] = x[i / 2];
    }
    return y;
  };
  auto const clipped = [&](numbers<T> const& now, numbers<T> const& old, numbers<T> const& advantages) {
    return -reward::clipped_surrogate<>{.low = 0.2, .high = 0.2}.value(
        now, old, rollouts, {.item_weights = by_token(advantages), .list_weights = quarter});
  };
  double const l0 = clipped(now0, old0, a0);
  double const l1 = clipped(now1, old1, a1);
  double const third =
      -reward::weighted_probability<>{}.value(with_context, by_token(t), rollouts, {.list_weights = quarter});
  double const kl = reward::kl<reward::k3>{}.value(now1, old1, rollouts, {.list_weights = quarter});
  golden("l0", l0, 0.0942166659);
  golden("l1", l1, 0.0866506770);
  golden("what was said without context, in its place", third, -1.5309205835);
  golden("J with lambda = 0.1", l0 + l1 + third - 0.1 * kl, -1.3523302583);
  claim(third < 0, "with a gap of 1/2, wrong answers without context weigh most");
}

int main() {
  return in_double_and_float([](auto t) { worked<decltype(t)>(); });
}
