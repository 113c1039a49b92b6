// Heads, page by page.
#include "claim.hpp"

#include <rankwise/head/binary.hpp>
#include <rankwise/head/heads.hpp>
#include <rankwise/head/ordinal.hpp>
#include <rankwise/value/ranker.hpp>

#include <cmath>
#include <vector>

namespace rw = rankwise;

namespace {

double sigma(double z) {
  return 1 / (1 + std::exp(-z));
}

void binary() {
  //{ binary
  constexpr auto click = rw::head::binary<"click">{};                    // one logit
  constexpr auto ctr = rw::ranker{rw::heads(click), probability(click)}; // the probability as the score
  std::vector<double> const logits{-1, 0, 2};
  std::vector<double> p(3);
  ctr.score(rw::row_major(logits, 1), p);
  //} binary
  claim(near(p[0], sigma(-1), 1e-12) && near(p[1], 0.5) && near(p[2], sigma(2), 1e-12), "P = sigma(z)");
}

void ordinal() {
  //{ ordinal
  constexpr auto relevance = rw::head::ordinal<"relevance", 4>{}; // grades 0 .. 3: three logits
  constexpr auto graded = rw::ranker{rw::heads(relevance), expected_grade(relevance)};
  std::vector<double> const logits{3, 1, -1, /* second item: thresholds cross */ 0, 2, -1};
  std::vector<double> grade(2);
  graded.score(rw::row_major(logits, graded.columns), grade);
  //} ordinal
  claim(near(grade[0], sigma(3) + sigma(1) + sigma(-1), 1e-12), "E[r] = p_1 + p_2 + p_3");
  claim(near(grade[1], sigma(0) + sigma(0) + sigma(-1), 1e-12), "p_2 is held down to p_1");
}

void heads() {
  //{ heads
  constexpr auto relevance = rw::head::ordinal<"relevance", 3>{};
  constexpr auto click = rw::head::binary<"click">{};
  constexpr auto model = rw::heads(relevance, click); // columns: z_1, z_2 of relevance, z of click
  static_assert(model.columns == 3);
  static_assert(model.first_column<rw::head::binary<"click">>() == 2);
  static_assert(model.has<"click"> && !model.has<"cart">);
  //} heads
  claim(model.columns == 3, "two logits for three grades, one for the click");
}

} // namespace

int main() {
  binary();
  ordinal();
  heads();
  return broken_claims;
}
