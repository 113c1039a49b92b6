#if __has_include(<tbb/parallel_for.h>)
#include <rankwise/backend/parallel.hpp>
#include <rankwise/label/polarise.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>

#include "support/random.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <limits>
#include <thread>
#include <vector>

namespace rw = rankwise;

namespace {

/// Equal bits, NaN included.
template <class T>
bool same_bits(std::vector<T> const& a, std::vector<T> const& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

/// Thousands of short lists, empty ones and single items among them, and a few very long ones.
std::vector<std::size_t> ragged() {
  support::random random(3);
  std::vector<std::size_t> offsets{0};
  for (std::size_t l = 0; l < 3000; ++l) {
    std::size_t const size = l == 0 || l == 1703 || l == 1704 ? 50'000 : l % 97 == 0 ? 300 : random.below(7);
    offsets.push_back(offsets.back() + size);
  }
  return offsets;
}

} // namespace

TEST_CASE_TEMPLATE("any number of threads gives the bits of exec::simd", T, float, double) {
  std::vector<std::size_t> const offsets = ragged();
  rw::lists const lists(offsets);
  support::random random(5);
  std::vector<T> scores = random.uniforms<T>(lists.items(), -3, 3);
  std::vector<T> const labels = random.grades<T>(lists.items(), 5);
  std::vector<T> const weights = random.uniforms<T>(lists.items(), 0.5, 2);
  scores[60'000] = std::numeric_limits<T>::quiet_NaN();

  rw::loss::softmax const loss;
  rw::metric::ndcg<10> const ndcg;
  auto const data = loss.prepare(rw::exec::simd{}, labels, lists, {.item_weights = weights});
  auto const ideal = ndcg.prepare(rw::exec::simd{}, labels, lists, {.item_weights = weights});

  struct result {
    std::vector<T> gradient, hessian, polarised;
    std::vector<double> losses, metrics;
    double loss, metric;
    std::size_t flagged;
  };
  auto const run = [&](auto executor) {
    std::size_t const n = lists.items();
    result r{std::vector<T>(n),
             std::vector<T>(n),
             std::vector<T>(n),
             std::vector<double>(lists.size()),
             std::vector<double>(lists.size()),
             0,
             0,
             0};
    rw::status status;
    r.loss = loss.gradient(executor, scores, data, r.gradient, r.hessian, {.per_list = r.losses, .errors = status});
    r.flagged = status.where;
    r.metric = ndcg(executor, scores, ideal, {.per_list = r.metrics, .errors = status});
    rw::apply(executor, rw::label::polarise{}, scores, r.polarised);
    return r;
  };
  result const expected = run(rw::exec::simd{});
  CHECK(expected.flagged < lists.size());
  for (int threads : {0, 1, 2, 3, 8}) {
    INFO(threads, " threads");
    result const found = run(rw::exec::parallel{.threads = threads});
    CHECK(found.loss == expected.loss);
    CHECK(found.metric == expected.metric);
    CHECK(found.flagged == expected.flagged);
    CHECK(same_bits(found.gradient, expected.gradient));
    CHECK(same_bits(found.hessian, expected.hessian));
    CHECK(same_bits(found.losses, expected.losses));
    CHECK(same_bits(found.metrics, expected.metrics));
    CHECK(same_bits(found.polarised, expected.polarised));
  }
}

TEST_CASE("prepare on several threads") {
  std::vector<std::size_t> const offsets = ragged();
  rw::lists const lists(offsets);
  std::vector<float> labels = support::random(8).grades<float>(lists.items(), 5);
  labels[7] = std::numeric_limits<float>::infinity();
  std::vector<std::uint8_t> mask(labels.size(), 1);
  mask[100] = 0;
  rw::metric::ndcg<> const ndcg;
  auto const one = ndcg.prepare(rw::exec::simd{}, labels, lists, {.mask = mask});
  auto const many = ndcg.prepare(rw::exec::parallel{.threads = 4}, labels, lists, {.mask = mask});
  CHECK(one.labels == many.labels);
  CHECK(one.flagged == many.flagged);
  CHECK(one.constants.size() == many.constants.size());
  for (std::size_t l = 0; l < one.constants.size(); ++l) {
    CHECK(one.constants[l].ideal == many.constants[l].ideal);
  }
}

TEST_CASE("a workspace of the stated size suffices, a smaller one does not") {
  std::vector<std::size_t> const offsets = ragged();
  rw::lists const lists(offsets);
  support::random random(9);
  auto const scores = random.uniforms<float>(lists.items(), -3, 3);
  auto const labels = random.grades<float>(lists.items(), 5);
  std::vector<float> gradient(lists.items());
  rw::loss::softmax const loss;
  auto const data = loss.prepare(labels, lists);
  double const expected = loss.gradient(scores, data, gradient);
  for (int threads : {1, 2, 8}) {
    //{ sized
    rw::exec::parallel const executor{.threads = threads};
    std::size_t const bytes = loss.workspace_bytes(executor, data);
    std::vector<std::byte> memory(bytes + rw::workspace::alignment);
    rw::workspace enough{std::span(memory)};
    //} sized
    CHECK(loss.gradient(executor, scores, data, gradient, enough) == expected);
    rw::workspace little{std::span(memory).first(bytes / 2)};
    rw::status status;
    loss.gradient(executor, scores, data, gradient, little, {.errors = status});
    CHECK(status.code == rw::errc::workspace_too_small);
  }
}

TEST_CASE("no lists, no items, and uniform lists") {
  rw::exec::parallel const executor{.threads = 4};
  rw::loss::softmax const loss;
  std::vector<float> const none;
  std::vector<float> empty;
  CHECK(loss.gradient(executor, none, none, rw::lists<>::uniform(0, 5), empty) == 0);
  CHECK(loss.gradient(executor, none, none, rw::lists<>::uniform(500, 0), empty) == 0);
  rw::apply(executor, rw::label::polarise{}, none, empty);
  auto const scores = support::random(2).uniforms<float>(1200, 0, 1);
  std::vector<float> a(1200), b(1200);
  auto const lists = rw::lists<>::uniform(300, 4);
  CHECK(loss.gradient(executor, scores, scores, lists, a) == loss.gradient(scores, scores, lists, b));
  CHECK(a == b);
}

TEST_CASE("calls from several threads at once") {
  std::vector<std::size_t> const offsets = ragged();
  rw::lists const lists(offsets);
  auto const scores = support::random(4).uniforms<float>(lists.items(), -3, 3);
  auto const labels = support::random(5).grades<float>(lists.items(), 5);
  rw::loss::softmax const loss;
  auto const data = loss.prepare(labels, lists);
  std::vector<float> expected(lists.items());
  double const value = loss.gradient(scores, data, expected);
  struct caller {
    std::vector<float> gradient;
    double value = 0;
  };
  std::vector<caller> callers(4);
  std::vector<std::thread> threads;
  for (caller& c : callers) {
    threads.emplace_back([&, &c = c] {
      c.gradient.resize(lists.items());
      rw::workspace memory;
      for (int round = 0; round < 3; ++round) {
        c.value = loss.gradient(rw::exec::parallel{.threads = 3}, scores, data, c.gradient, memory);
      }
    });
  }
  for (std::thread& t : threads) {
    t.join();
  }
  for (caller const& c : callers) {
    CHECK(c.value == value);
    CHECK(c.gradient == expected);
  }
}

#endif
