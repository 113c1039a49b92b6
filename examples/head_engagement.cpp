// Engagement heads, page by page.
#include "claim.hpp"

#include <rankwise/exec/apply.hpp>
#include <rankwise/exec/simd.hpp>
#include <rankwise/head/amount.hpp>
#include <rankwise/head/binary.hpp>
#include <rankwise/head/chain.hpp>
#include <rankwise/head/downsampled.hpp>
#include <rankwise/head/focal.hpp>
#include <rankwise/head/with_position.hpp>
#include <rankwise/head/ziln.hpp>

#include <cmath>
#include <vector>

namespace rw = rankwise;

namespace {

double sigma(double z) {
  return 1 / (1 + std::exp(-z));
}

void masks() {
  //{ masks
  constexpr auto click = rw::head::binary<"click">{};
  constexpr auto purchase = rw::head::binary<"purchase">{};
  std::vector<float> const logits{0.1f, 0.2f, 0.3f, -0.4f, 0.5f, -0.6f}; // rows of (click, purchase)
  std::vector<int> const clicked{1, 0, 1}, bought{1, 0, 0};
  std::vector<float> gradient(6);
  auto const z = [&](std::size_t k) { return rw::strided(logits.data() + k, 3, 2); }; // one column of the rows
  auto const g = [&](std::size_t k) { return rw::strided(gradient.data() + k, 3, 2); };
  double loss = click.gradient(z(0), clicked, g(0));
  loss += purchase.gradient(z(1), bought, g(1), {.mask = clicked}); // learns from clicked items alone
  //} masks
  claim(loss > 0 && gradient[2] != 0 && gradient[3] == 0, "an item without a click says nothing about purchases");
}

void focal() {
  //{ focal
  constexpr auto click = rw::head::focal<"click">{.gamma = 2, .alpha = 0.25};
  std::vector<double> const z{0.3, -4.0};
  std::vector<int> const y{1, 0};
  std::vector<double> gradient(2);
  double const loss = click.gradient(z, y, gradient);
  //} focal
  claim(loss > 0 && std::fabs(gradient[1]) < 1e-3, "easy items hardly count");
}

void chain() {
  //{ chain
  constexpr auto funnel = rw::head::chain<"click", "cart", "purchase">{.weights = {1, 1, 2}};
  std::vector<double> const logits{-2.0, -1.0, 0.5, /* second item */ -3.0, 0.0, 0.0};
  std::vector<int> const depth{2, 0}; // the first came to the cart, the second was not clicked
  auto const z = rw::row_major(logits, 3);
  std::vector<double> gradient(6), events(6), purchase(2);
  double const loss = funnel.gradient(z, depth, rw::row_major(gradient, 3));
  funnel.decode(z, rw::row_major(events, 3), rw::decode::events{}); // P(click), P(cart), P(purchase)
  funnel.decode(z, purchase, rw::decode::log_probability{});        // log P(purchase): never underflows
  //} chain
  claim(loss > 0 && near(events[2], sigma(-2) * sigma(-1) * sigma(0.5), 1e-15), "the product of the conditionals");
  claim(near(purchase[0], std::log(events[2]), 1e-12), "and its logarithm");
}

void downsampled() {
  //{ downsampled
  // trained on all clicks and one tenth of the rest
  constexpr auto click = rw::head::downsampled{rw::head::binary<"click">{}, 0.1};
  std::vector<double> const z{0.4};
  std::vector<double> p(1);
  click.decode(z, p, rw::decode::probability{}); // of the traffic, not of the sample

  std::vector<double> const q{0.6};
  std::vector<double> corrected(1);
  rw::apply(rw::head::undo_sampling{.rate = 0.1}, q, corrected); // the same of probabilities
  //} downsampled
  claim(near(p[0], sigma(0.4 + std::log(0.1)), 1e-15), "a shift of the log-odds");
  claim(near(corrected[0], 0.6 / (0.6 + 0.4 / 0.1), 1e-15), "q / (q + (1 - q) / rate)");
}

void with_position() {
  //{ with-position
  constexpr auto training = rw::head::with_position{rw::head::binary<"click">{}};
  std::vector<double> const rows{0.5, -1.0, 0.5, 0.0}; // logit of the item, bias of the position it was shown at
  std::vector<int> const clicked{0, 1};
  std::vector<double> gradient(4);
  training.gradient(rw::row_major(rows, 2), clicked, rw::row_major(gradient, 2));

  constexpr auto click = training.served; // binary<"click">: one logit, no position
  std::vector<double> const logits{0.5};
  std::vector<double> p(1);
  click.decode(logits, p, rw::decode::probability{});
  //} with-position
  claim(near(gradient[0], sigma(-0.5), 1e-15) && gradient[0] == gradient[1], "trained on logit + bias");
  claim(near(p[0], sigma(0.5), 1e-15), "served without");
}

void amount() {
  //{ amount
  constexpr auto dwell = rw::head::amount<"dwell">{.law = {.spread = 0.5}}; // log-normal seconds
  constexpr auto revenue = rw::head::amount<"revenue", rw::head::law::tweedie, rw::unit::number>{.law = {.power = 1.3}};
  std::vector<double> const z{2.0, 3.0}, seconds{5.0, 30.0}, paid{0.0, 12.5};
  std::vector<double> gradient(2), hessian(2), expected(2);
  double const log_loss = dwell.gradient(z, seconds, gradient, hessian);
  double const deviance = revenue.gradient(z, paid, gradient, hessian);
  dwell.decode(z, expected, rw::decode::expected_value{});
  //} amount
  claim(near(log_loss, std::pow(2 - std::log(5), 2) + std::pow(3 - std::log(30), 2), 1e-14), "(z - log y)^2");
  claim(deviance > 0 && near(expected[0], std::exp(2.125), 1e-13), "exp(z + spread^2 / 2)");
}

void ziln() {
  //{ ziln
  constexpr auto value = rw::head::ziln<"lifetime value">{}; // logits: any purchase, mean and width of log y
  std::vector<double> const logits{-0.3, 1.2, 0.4, -0.3, 1.2, 0.4};
  std::vector<double> const spent{0.0, 20.0};
  std::vector<double> gradient(6), expected(2);
  double const loss = value.gradient(rw::row_major(logits, 3), spent, rw::row_major(gradient, 3));
  value.decode(rw::row_major(logits, 3), expected, rw::decode::expected_value{});
  //} ziln
  double const d = std::log1p(std::exp(0.4));
  claim(near(expected[0], sigma(-0.3) * std::exp(1.2 + d * d / 2), 1e-13), "E[y]");
  claim(loss > 0 && gradient[1] == 0 && gradient[4] != 0, "an amount of 0 says nothing about the size of others");
}

} // namespace

int main() {
  masks();
  focal();
  chain();
  downsampled();
  with_position();
  amount();
  ziln();
  return broken_claims;
}
