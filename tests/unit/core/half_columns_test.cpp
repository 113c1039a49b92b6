#include <rankwise/head/binary.hpp>
#include <rankwise/label/cut.hpp>
#include <rankwise/label/polarise.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/value/ranker.hpp>

#include <doctest/doctest.h>

#include "support/allocations.hpp"
#include "support/executors.hpp"
#include "support/random.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

// Columns and matrices of two-byte floats: what float columns with the same numbers give, rounded once at the end.
namespace rw = rankwise;

namespace {

template <class H>
std::vector<H> halves(std::vector<float> const& x) {
  return std::vector<H>(x.begin(), x.end());
}

template <class H>
std::vector<float> floats(std::vector<H> const& x) {
  return std::vector<float>(x.begin(), x.end());
}

template <class A, class B>
bool same_bits(std::vector<A> const& a, std::vector<B> const& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(A)) == 0);
}

template <class H>
std::vector<H> random_halves(std::uint64_t seed, std::size_t n, double low, double high) {
  return halves<H>(support::random(seed).uniforms<float>(n, low, high));
}

struct huge {
  template <class V>
  RANKWISE_FN V operator()(V x) const {
    return x * V(3.4e38f);
  }
};

} // namespace

TEST_CASE_TEMPLATE("apply: input, output, in place, strided, as integers", H, rw::float16, rw::bfloat16) {
  auto const policy = rw::label::polarise{};
  for (std::size_t const n : {0u, 1u, 5u, 16u, 37u, 70u}) {
    CAPTURE(n);
    auto const x = random_halves<H>(n, n, -0.5, 1.5);
    auto const wide = floats(x);
    support::for_each_executor([&](auto executor) {
      std::vector<float> expected(n), got(n);
      rw::apply(executor, policy, wide, expected);
      rw::apply(executor, policy, x, got);
      CHECK(same_bits(got, expected));
      std::vector<H> narrow(n);
      rw::apply(executor, policy, wide, narrow);
      CHECK(same_bits(narrow, halves<H>(expected)));
      auto in_place = x;
      rw::apply(executor, policy, in_place, in_place);
      CHECK(same_bits(in_place, narrow));
      std::vector<H> spread(3 * n + 1, H(9));
      rw::apply(executor, policy, x, rw::strided(spread.data(), n, 3));
      int wrong = 0;
      for (std::size_t i = 0; i < spread.size(); ++i) {
        wrong += spread[i] != (i % 3 == 0 && i / 3 < n ? static_cast<float>(narrow[i / 3]) : 9.0f);
      }
      CHECK(wrong == 0);
      rw::apply(executor, policy, rw::strided(spread.data(), n, 3), got);
      std::vector<float> again(n);
      rw::apply(executor, policy, narrow, again);
      CHECK(same_bits(got, again));
      std::vector<unsigned char> a(n), b(n);
      rw::apply(executor, rw::label::cut<3>{0.3, 0.6}, x, a);
      rw::apply(executor, rw::label::cut<3>{0.3, 0.6}, wide, b);
      CHECK(a == b);
    });
  }
}

TEST_CASE_TEMPLATE("apply: large outputs, past the caches", H, rw::float16, rw::bfloat16) {
  std::size_t const n = (std::size_t{5} << 20) / 2 + 3;
  std::vector<H> x(n), y(n + 1);
  for (std::size_t i = 0; i < n; ++i) {
    x[i] = H(static_cast<float>(i % 257) / 256);
  }
  rw::apply(rw::label::polarise{}, x, std::span(y).subspan(1));
  std::vector<H> few(x.begin(), x.begin() + 257);
  std::vector<H> expected(257);
  rw::apply(rw::label::polarise{}, few, expected);
  int wrong = 0;
  for (std::size_t i = 0; i < n; ++i) {
    wrong += y[i + 1].bits != expected[i % 257].bits;
  }
  CHECK(wrong == 0);
}

TEST_CASE_TEMPLATE("NaN, infinities and what is too large", H, rw::float16, rw::bfloat16) {
  float const inf = std::numeric_limits<float>::infinity();
  std::vector<float> const x{std::numeric_limits<float>::quiet_NaN(), inf, -inf, 1, -1, 0};
  support::for_each_executor([&](auto executor) {
    std::vector<H> y(x.size());
    rw::apply(executor, huge{}, x, y);
    CHECK(std::isnan(static_cast<float>(y[0])));
    CHECK(y[1] == inf);
    CHECK(y[2] == -inf);
    CHECK(y[3] == inf); // beyond the largest number of either format
    CHECK(y[4] == -inf);
  });
}

TEST_CASE("losses and metrics: scores, labels, weights, gradients") {
  using H = rw::bfloat16;
  auto const lists = rw::lists_of_sizes(std::vector{3, 40, 0, 1, 26});
  auto const s = random_halves<H>(7, 70, -3, 3);
  auto const y = random_halves<H>(8, 70, 0, 4);
  auto const w = random_halves<H>(9, 70, 0.5, 2);
  auto const wide_s = floats(s), wide_y = floats(y), wide_w = floats(w);
  constexpr auto loss = rw::loss::softmax{};
  constexpr auto ndcg = rw::metric::ndcg<10>{};
  auto const check = [&](auto executor) {
    std::vector<float> expected(70), hessian(70);
    std::vector<H> gradient(70), narrow_hessian(70);
    double const value = loss.gradient(executor, wide_s, wide_y, lists, expected, hessian, {.item_weights = wide_w});
    CHECK(loss.gradient(executor, s, y, lists, gradient, narrow_hessian, {.item_weights = w}) == value);
    CHECK(same_bits(gradient, halves<H>(expected)));
    CHECK(same_bits(narrow_hessian, halves<H>(hessian)));
    CHECK(ndcg(executor, s, y, lists) == ndcg(executor, wide_s, wide_y, lists));
  };
  check(rw::exec::scalar{});
  check(rw::exec::simd{});
  auto const data = loss.prepare(y, lists, {.item_weights = w});
  rw::workspace memory(loss.workspace_bytes(data));
  std::vector<H> gradient(70);
  CHECK(support::allocations_of([&] { loss.gradient(s, data, gradient, memory); }) == 0);
}

TEST_CASE("heads and rankers: logits by rows and by columns, scores") {
  using H = rw::float16;
  constexpr auto click = rw::head::binary<"click">{};
  constexpr auto buy = rw::head::binary<"buy">{};
  constexpr auto ranker = rw::ranker{rw::heads(click, buy), probability(click) * probability(buy)};
  std::size_t const n = 37;
  auto const z = random_halves<H>(11, 2 * n, -4, 4);
  auto const wide = floats(z);
  std::vector<float> expected(n), got(n);
  std::vector<H> narrow(n);
  ranker.score(rw::row_major(wide, 2), expected);
  ranker.score(rw::row_major(z, 2), got);
  CHECK(same_bits(got, expected));
  ranker.score(rw::row_major(z, 2), narrow);
  CHECK(same_bits(narrow, halves<H>(expected)));
  ranker.score(rw::column_major(wide.data(), n, 2), expected);
  ranker.score(rw::column_major(z.data(), n, 2), got);
  CHECK(same_bits(got, expected));

  std::vector<float> const label(n, 1);
  std::vector<H> const one(z.begin(), z.begin() + n);
  std::vector<float> const wide_one = floats(one);
  std::vector<H> gradient(n);
  double const value = click.gradient(wide_one, label, expected);
  CHECK(click.gradient(one, label, gradient) == value);
  CHECK(same_bits(gradient, halves<H>(expected)));
}
