#include <rankwise/sparse/terms.hpp>

#include <doctest/doctest.h>

#include "support/problem.hpp"

#include <cmath>
#include <limits>
#include <vector>

namespace rw = rankwise;
namespace sparse = rw::sparse;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

std::vector<std::size_t> copy(rw::storage<std::size_t> const& s) {
  return {s.begin(), s.end()};
}

} // namespace

TEST_CASE("softmax weights add up to 1, and their derivative is the finite difference") {
  support::problem<double> const p(6, 5, 12);
  sparse::term_softmax const softmax{.temperature = 0.5};
  std::vector<double> w(p.items()), g(p.items());
  auto const value = [&](std::vector<double> const& logits) {
    rw::map_lists(softmax, logits, p.lists(), w);
    double sum = 0;
    for (std::size_t i = 0; i < w.size(); ++i) {
      sum += w[i] * p.labels[i];
    }
    return sum;
  };
  value(p.scores);
  for (std::size_t l = 0; l < p.size(); ++l) {
    double total = 0;
    double raw = 0;
    for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
      total += w[i];
      raw += std::exp(p.scores[i] / 0.5);
    }
    for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
      CHECK(support::near(w[i], std::exp(p.scores[i] / 0.5) / raw, 1e-13));
    }
    CHECK((p.begin_of(l) == p.end_of(l) || std::fabs(total - 1) < 1e-12));
  }
  rw::map_lists(sparse::term_softmax_backward{.temperature = 0.5}, w, p.labels, p.lists(), g);
  auto const made = w;
  for (std::size_t i = 0; i < p.items(); ++i) {
    CAPTURE(i);
    CHECK(support::near(g[i], support::difference(value, p.scores, i), 1e-8));
  }
  CHECK(made.size() == g.size());
}

TEST_CASE("pruning keeps the greatest weights, in the order of the words") {
  std::vector<double> const w{0.1, 0.5, 0.5, 0.3, /**/ not_a_number, 1, -1, /**/ 2};
  std::vector<int> const offsets{0, 4, 7, 8, 8};
  auto const two = sparse::prune(w, rw::lists(offsets), 2);
  CHECK(copy(two.items) == std::vector<std::size_t>{1, 2, 5, 6, 7});
  CHECK(copy(two.offsets) == std::vector<std::size_t>{0, 2, 4, 5, 5});
  auto const one = sparse::prune(w, rw::lists(offsets), 1);
  CHECK(copy(one.items) == std::vector<std::size_t>{1, 5, 7}); // of equal weights the earlier one
  CHECK(sparse::prune(w, rw::lists(offsets), 0).items.empty());
  CHECK(sparse::prune(w, rw::lists(offsets), 99).items.size() == 8);
  std::vector<double> const broken(3, not_a_number);
  CHECK(copy(sparse::prune(broken, rw::lists<>::single(3), 2).items) == std::vector<std::size_t>{0, 1});
  rw::status s;
  CHECK(sparse::prune(w, rw::lists<>::single(3), 2, s).items.empty());
  CHECK(s.code == rw::errc::offsets_overrun);
}

TEST_CASE("penalties and their derivatives") {
  support::random r(7);
  auto const offsets = r.offsets<int>(6, 1, 9);
  auto const n = static_cast<std::size_t>(offsets.back());
  auto const w = r.uniforms<double>(n, -1, 1);
  auto const words = r.grades<int>(n, 10);
  std::vector<double> g(n), other(n);
  auto const groups = rw::lists(offsets);
  double l1 = 0;
  std::vector<double> mean(10, 0);
  for (std::size_t i = 0; i < n; ++i) {
    l1 += std::fabs(w[i]) / 6;
    mean[static_cast<std::size_t>(words[i])] += std::fabs(w[i]) / 6;
  }
  double flops = 0;
  for (double const m : mean) {
    flops += m * m;
  }
  CHECK(sparse::l1_penalty(w, groups, g) == doctest::Approx(l1).epsilon(1e-12));
  for (std::size_t i = 0; i < n; ++i) {
    auto const value = [&](auto const& x) { return sparse::l1_penalty(x, groups, other); };
    CHECK(support::near(g[i], support::difference(value, w, i, 1e-5), 1e-8));
  }
  CHECK(sparse::flops_penalty(words, w, groups, 10, g) == doctest::Approx(flops).epsilon(1e-12));
  for (std::size_t i = 0; i < n; ++i) {
    auto const value = [&](auto const& x) { return sparse::flops_penalty(words, x, groups, 10, other); };
    CHECK(support::near(g[i], support::difference(value, w, i, 1e-5), 1e-8));
  }
}

TEST_CASE("penalties leave out what is not finite and say so; words outside are an error") {
  std::vector<double> const w{1, not_a_number, 0, -2};
  std::vector<int> const words{0, 1, 1, 0};
  std::vector<double> g(4, 9);
  rw::status s;
  CHECK(sparse::l1_penalty(w, rw::lists<>::uniform(2, 2), g, s) == 1.5);
  CHECK(s.code == rw::errc::not_finite);
  CHECK(s.where == 0);
  CHECK(g == std::vector<double>{0.5, 0, 0, -0.5});
  CHECK(sparse::flops_penalty(words, w, rw::lists<>::uniform(2, 2), 2, g, s) == 2.25);
  CHECK(g == std::vector<double>{1.5, 0, 0, -1.5});
  g.assign(4, 9);
  CHECK(std::isnan(sparse::flops_penalty(std::vector<int>{0, 2, 1, 0}, w, rw::lists<>::uniform(2, 2), 2, g, s)));
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(s.where == 1);
  CHECK(g == std::vector<double>(4, 9));
  std::vector<double> none;
  CHECK(sparse::l1_penalty(none, rw::lists<>(), none, s) == 0);
}

TEST_CASE("a temperature that is not positive is reported") {
  std::vector<double> const logits{1, 2};
  std::vector<double> w(2, 9);
  rw::status s;
  rw::map_lists(sparse::term_softmax{.temperature = 0}, logits, rw::lists<>::single(2), w, {.errors = s});
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(w == std::vector<double>{9, 9});
}

TEST_CASE("pruning: a weight of minus infinity is still more than none") {
  double const lowest = -std::numeric_limits<double>::infinity();
  std::vector<double> const w{not_a_number, lowest, 1, -std::numeric_limits<double>::max()};
  CHECK(copy(sparse::prune(w, rw::lists<>::single(4), 3).items) == std::vector<std::size_t>{1, 2, 3});
  CHECK(copy(sparse::prune(w, rw::lists<>::single(4), 2).items) == std::vector<std::size_t>{2, 3});
}
