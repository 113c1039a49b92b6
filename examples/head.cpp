// Heads, page by page.
#include "claim.hpp"

#include <rankwise/core/policy.hpp>
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

void training() {
  //{ training
  constexpr auto relevance = rw::head::ordinal<"relevance", 3>{};
  std::vector<double> const logits{2, 1, 0.5, -1, -0.5, 0.2}; // three items with two logits
  std::vector<int> const grades{2, 1, 0};
  std::vector<double> const w{1, 0.5, 1};
  std::vector<double> gradient(6), hessian(6);
  auto const z = rw::row_major(logits, relevance.columns);
  auto g = rw::row_major(gradient, relevance.columns), h = rw::row_major(hessian, relevance.columns);

  double const once = relevance.gradient(z, grades, g, {.item_weights = w}); // one shot
  auto const data = relevance.prepare<double>(grades, {.item_weights = w});  // or prepared
  double const again = relevance.gradient(z, data, g, h);
  //} training
  claim(near(once, again, 0), "one shot and prepared: the same bits");
  claim(near(gradient[0], sigma(2) - 1, 1e-12) && near(gradient[3], 0.5 * sigma(-1), 1e-12), "w (sigma(z) - [r >= k])");
  claim(near(hessian[5], sigma(0.2) * sigma(-0.2), 1e-12), "w sigma(z) sigma(-z)");
}

//{ item
/// Logistic regression with labels -1 and 1: L = softplus(-y z), dL/dz = -y sigma(-y z).
struct margin {
  static constexpr int columns = 1; // logits per item

  template <class Item>
  RANKWISE_FN auto operator()(Item& item) const {
    auto const y = item.label();
    auto const m = y * item.logit(0);
    auto const p = rw::math::sigmoid(-m);
    item.gradient(0, -y * p);
    item.hessian(0, y * y * p * rw::math::sigmoid(m));
    return rw::math::softplus(-m);
  }

  RANKWISE_ITEM_CALLS
};
//} item

void item() {
  std::vector<double> const z{0.5, -2}, y{1, -1};
  std::vector<double> g(2);
  double const loss = margin{}.gradient(z, y, g);
  claim(near(loss, std::log1p(std::exp(-0.5)) + std::log1p(std::exp(-2)), 1e-12), "log(1 + e^-yz), summed");
  claim(near(g[0], -sigma(-0.5), 1e-12) && near(g[1], sigma(-2), 1e-12), "-y sigma(-y z)");
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
  training();
  item();
  heads();
  return broken_claims;
}
