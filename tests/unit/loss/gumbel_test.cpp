#include <rankwise/loss/approx.hpp>
#include <rankwise/loss/gumbel.hpp>
#include <rankwise/loss/lambda.hpp>
#include <rankwise/loss/list_mle.hpp>
#include <rankwise/loss/pro.hpp>
#include <rankwise/loss/softmax.hpp>

#include "unit/loss/derivatives.hpp"

#include <cmath>
#include <string>
#include <vector>

namespace rw = rankwise;
using rw::loss::gumbel;

TEST_CASE("gumbel: derivatives and hostile lists") {
  gumbel<rw::loss::softmax> const loss{.samples = 3, .seed = 4};
  support::check_derivatives(loss, support::true_hessian);
  support::check_hostile(loss);
  support::check_derivatives(gumbel<rw::loss::approx<rw::metric::ndcg<>>>{.samples = 2}, support::no_kink);
}

TEST_CASE("gumbel: the mean over samples of the loss at s + scale g") {
  std::vector<double> const s{0.3, -1, 2};
  std::vector<double> const y{1, 0, 2};
  auto const one = rw::lists<>::single(3);
  gumbel<rw::loss::softmax> const loss{.samples = 4, .scale = 0.5, .seed = 9, .round = 3};
  double expected = 0;
  for (std::uint64_t k = 0; k < 4; ++k) {
    auto noisy = s;
    for (std::size_t i = 0; i < 3; ++i) {
      double const u = (static_cast<double>(rw::random_bits(9, i, 3 * 4 + k) >> 41) + 0.5) * 0x1p-23;
      noisy[i] += 0.5 * -std::log(-std::log(u));
    }
    expected += rw::loss::softmax{}.value(noisy, y, one) / 4;
  }
  CHECK(loss.value(s, y, one) == doctest::Approx(expected).epsilon(1e-12));
  std::vector<float> const f{0.3f, -1, 2};
  CHECK(loss.value(f, std::vector<int>{1, 0, 2}, one) == doctest::Approx(expected).epsilon(1e-5));
}

TEST_CASE("gumbel: losses that write item by item, and those that sort") {
  auto const same_as_the_mean = [](auto const& inner, std::size_t n) {
    support::random draw(11);
    auto const s = draw.uniforms<double>(n, -1, 1);
    auto const y = draw.grades<double>(n, 4);
    auto const one = rw::lists<>::single(n);
    gumbel<std::remove_cvref_t<decltype(inner)>> const loss{.loss = inner, .samples = 3, .seed = 2};
    std::vector<double> expected(n);
    double value = 0;
    for (std::uint64_t k = 0; k < 3; ++k) {
      auto noisy = s;
      for (std::size_t i = 0; i < n; ++i) {
        double const u = (static_cast<double>(rw::random_bits(2, i, k) >> 41) + 0.5) * 0x1p-23;
        noisy[i] += -std::log(-std::log(u));
      }
      std::vector<double> g(n);
      value += inner.gradient(noisy, y, one, g) / 3;
      for (std::size_t i = 0; i < n; ++i) {
        expected[i] += g[i] / 3;
      }
    }
    std::vector<double> g(n);
    CHECK(loss.gradient(s, y, one, g) == doctest::Approx(value).epsilon(1e-10));
    double largest = 0;
    for (std::size_t i = 0; i < n; ++i) {
      CHECK(g[i] == doctest::Approx(expected[i]).epsilon(1e-9));
      largest = std::fmax(largest, std::fabs(g[i]));
    }
    CHECK(largest > 0);
  };
  same_as_the_mean(rw::loss::pro{}, 5);
  same_as_the_mean(rw::loss::pro{}, 40);
  same_as_the_mean(rw::loss::lambda<rw::metric::ndcg<10>>{}, 150);
  same_as_the_mean(rw::loss::list_mle{}, 60);
}

TEST_CASE("gumbel: a mean of no samples is reported") {
  CHECK(rw::fault_of(gumbel<rw::loss::softmax>{.samples = 0}) == std::string("the samples of gumbel (at least 1)"));
  CHECK(rw::fault_of(gumbel<rw::loss::softmax>{.loss = {.temperature = 0}}) != nullptr);
}

TEST_CASE("gumbel: no noise is the loss itself; another round draws other noise") {
  support::problem<double> const p(6);
  double const plain = rw::loss::softmax{}.value(p.scores, p.labels, p.lists(), p.options(7));
  gumbel<rw::loss::softmax> loss{.scale = 0};
  CHECK(loss.value(p.scores, p.labels, p.lists(), p.options(7)) == doctest::Approx(plain).epsilon(1e-12));
  loss.scale = 1;
  double const a = loss.value(p.scores, p.labels, p.lists(), p.options(7));
  CHECK(a == loss.value(p.scores, p.labels, p.lists(), p.options(7)));
  loss.round = 1;
  CHECK(a != loss.value(p.scores, p.labels, p.lists(), p.options(7)));
}

TEST_CASE("gumbel: the loss says the type, beside parameters in their order") {
  constexpr rw::loss::approx<rw::metric::ndcg<>> inner{.temperature = 0.5};
  constexpr gumbel loss{inner, 4, 0.5};
  static_assert(std::is_same_v<decltype(loss), gumbel<rw::loss::approx<rw::metric::ndcg<>>> const>);
  static_assert(std::is_same_v<decltype(gumbel{loss}), gumbel<rw::loss::approx<rw::metric::ndcg<>>>>);
  static_assert(loss.samples == 4 && loss.scale == 0.5 && loss.loss.temperature == 0.5);
  static_assert(gumbel{inner}.samples == 8);
}
