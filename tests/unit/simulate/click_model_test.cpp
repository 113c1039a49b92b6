#include <doctest/doctest.h>

#include <rankwise/simulate/click_model.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace rw = rankwise;

namespace {

constexpr std::size_t visits = 40000;
std::vector<double> const attraction{0.5, 0.1, 0.9, 0.3, 0.6};

template <class Model>
std::vector<double> click_rates(Model const& model, std::uint64_t seed) {
  std::vector<double> rate(attraction.size());
  for (std::size_t v = 0; v < visits; ++v) {
    model.visit(
        attraction.size(), [](std::size_t r) { return attraction[r]; }, rw::simulate::visit_random(seed, 3, v),
        [&rate](std::size_t r) { rate[r] += 1.0 / visits; });
  }
  return rate;
}

} // namespace

TEST_CASE("position-based: clicks are examination times attraction") {
  constexpr rw::simulate::position_based model{.severity = 0.7};
  CHECK(model.examination(0) == 1);
  CHECK(model.examination(3) == doctest::Approx(std::pow(4, -0.7)).epsilon(1e-12));
  auto const rate = click_rates(model, 11);
  for (std::size_t r = 0; r < attraction.size(); ++r) {
    CAPTURE(r);
    double const p = model.examination(r) * attraction[r];
    CHECK(std::fabs(rate[r] - p) < 4 * std::sqrt(p * (1 - p) / visits));
  }
}

TEST_CASE("cascade: examination given what stands above") {
  constexpr rw::simulate::cascade model{.after_click = 0.3, .after_none = 0.8};
  auto const at = [](std::size_t r) { return attraction[r]; };
  CHECK(model.examination(0, at) == 1);
  CHECK(model.examination(1, at) == doctest::Approx(0.5 * 0.3 + 0.5 * 0.8).epsilon(1e-12));
  auto const rate = click_rates(model, 12);
  for (std::size_t r = 0; r < attraction.size(); ++r) {
    CAPTURE(r);
    double const p = model.examination(r, at) * attraction[r];
    CHECK(std::fabs(rate[r] - p) < 4 * std::sqrt(p * (1 - p) / visits));
  }
}

TEST_CASE("the same seed draws the same visits, another one others") {
  constexpr rw::simulate::cascade model{};
  CHECK(click_rates(model, 5) == click_rates(model, 5));
  CHECK(click_rates(model, 5) != click_rates(model, 6));
  // Lists and visits have streams of their own.
  CHECK(rw::simulate::visit_random(1, 0, 1)(0, 0) != rw::simulate::visit_random(1, 1, 0)(0, 0));
}

TEST_CASE("an empty page; nobody is attracted") {
  std::size_t clicks = 0;
  auto const count = [&clicks](std::size_t) { ++clicks; };
  rw::simulate::visit_random const random(1, 1, 1);
  CHECK(rw::simulate::cascade{}.visit(
            0, [](std::size_t) { return 1.0; }, random, count) == 0);
  CHECK(rw::simulate::position_based{}.visit(
            0, [](std::size_t) { return 1.0; }, random, count) == 0);
  CHECK(rw::simulate::cascade{.after_none = 1}.visit(
            9, [](std::size_t) { return 0.0; }, random, count) == 9);
  CHECK(clicks == 0);
}

TEST_CASE("every rank and question has a draw of its own") {
  std::vector<double> drawn;
  rw::simulate::visit_random const random(1, 2, 3);
  for (std::size_t rank = 0; rank < 50; ++rank) {
    for (unsigned question = 0; question < 40; ++question) {
      drawn.push_back(random(rank, question));
    }
  }
  std::sort(drawn.begin(), drawn.end());
  CHECK(std::adjacent_find(drawn.begin(), drawn.end()) == drawn.end());
}
