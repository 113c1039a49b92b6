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

template <class T>
void worked() {
  constexpr rw::reward::posterior_scaling scaling;
  double const gap[] = {-1, 0, .5, 1};
  double const beta[] = {.0719448, 2, 3.5231883, 3.9280552};
  double const alpha[] = {1.3899538, .05, .0283834, .0254579};
  for (int k = 0; k < 4; ++k) {
    golden("beta = 4 sigma(4 gap)", scaling.beta(gap[k]), beta[k], 5e-8);
    golden("alpha = 0.1 / beta", scaling.alpha(gap[k]), alpha[k], 5e-8);
  }

  // Four rollouts without context, four with; three of these are right, one of those.
  numbers<T> const without{0, 1, 0, 0}, with{1, 1, 0, 1};
  auto const group = rw::lists<>::single(4);
  numbers<T> a0(4), a1(4), mixed(4), pushed(4);
  rw::map_lists(rw::reward::group_normalised{}, without, group, a0);
  rw::map_lists(rw::reward::group_normalised{}, with, group, a1);
  rw::apply(rw::label::clip{.low = -2, .high = 2}, a0, a0); // advantages are held within 2
  rw::apply(rw::label::clip{.low = -2, .high = 2}, a1, a1);
  rw::map_lists(rw::reward::union_normalised{}, without, with, group, mixed);
  golden("A~ of a right answer: mu* = s* = 1/2", mixed[1], 1);
  numbers<T> const gaps(4, T(0.75 - 0.25));
  rw::apply(scaling, mixed, gaps, pushed);
  golden("T(A~) of a wrong answer", pushed[0], -3.5231883, 5e-8);
  golden("T(A~) of a right answer", pushed[1], .0283834, 5e-8);

  // J's third term, (1/n) sum_i (1/|o_i|) sum_t pi(o_it | with context) T(A~_i): list weights make the mean over
  // rollouts.
  numbers<T> const log_pi{-0.1, -0.7, /**/ -0.2, -0.4, /**/ -1.1, -0.3, /**/ -0.5, -0.9};
  auto const rollouts = rw::lists<>::uniform(4, 2);
  numbers<T> const quarter(4, T(0.25));
  numbers<T> scaled(8), slope(8);
  double expected = 0;
  for (std::size_t t = 0; t < 8; ++t) {
    scaled[t] = pushed[t / 2];
    expected += std::exp(log_pi[t]) * pushed[t / 2] / (4 * 2);
  }
  double const third =
      -rw::reward::weighted_probability<>{}.gradient(log_pi, scaled, rollouts, slope, {.list_weights = quarter});
  golden("third term of J", third, expected);
  // l0 and l1 are clipped surrogates over the tokens; at the old policy they are the mean advantage, 0.
  numbers<T> per_token(8), g(8);
  for (std::size_t t = 0; t < 8; ++t) {
    per_token[t] = a0[t / 2];
  }
  double const l0 =
      -rw::reward::clipped_surrogate<>{}.gradient(log_pi, log_pi, rollouts, g, {.item_weights = per_token});
  double const penalty = rw::reward::kl<>{}.value(log_pi, log_pi, rollouts);
  golden("l0 at the old policy", l0, 0);
  golden("KL at the reference", penalty, 0);
  claim(third < 0, "with a gap of 1/2, wrong answers without context weigh most");

  // Who is trained at all: a posterior over four class tokens, confidence below 0.7.
  numbers<T> const tokens{0, 0, 0, 2, /**/ 0, 0, 0, 1};
  numbers<T> posterior(8);
  rw::head::softmax<"relevance", 4>{}.decode(rw::row_major(tokens, 4), rw::row_major(posterior, 4),
                                             rw::decode::class_probabilities{});
  golden("confidence of the first", posterior[3], std::exp(2.0) / (std::exp(2.0) + 3));
  claim(rw::reward::confidence_filter{}.items(rw::row_major(posterior, 4)) == std::vector<std::size_t>{1},
        "the second goes into the pool");

  // The warm start.
  numbers<T> const pair{1.0, -0.5}, margin{0};
  golden("DPO, beta 0.1", rw::reward::dpo{.beta = 0.1}.value(rw::row_major(pair, 2), margin), .6209570478);
}

int main() {
  return in_double_and_float([](auto t) { worked<decltype(t)>(); });
}
