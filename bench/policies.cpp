// One element-wise, one list-wise, one order-dependent policy and a ranker, against plain loops: nanoseconds per item.
#include "plain.hpp"
#include "row.hpp"

#include <rankwise/rankwise.hpp>

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace rw = rankwise;

namespace {

/// Both sides of a ratio must compute the same thing.
void agree(char const* what, double ours, double plain) {
  if (!(std::abs(ours - plain) <= 2e-5 * std::abs(plain))) {
    std::fprintf(stderr, "%s: %.9g differs from the plain loop's %.9g\n", what, ours, plain);
    std::exit(1);
  }
}

std::vector<float> normal(std::size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> draw;
  std::vector<float> x(n);
  for (float& v : x) {
    v = draw(random);
  }
  return x;
}

template <class Executor>
void add_polarise(std::string const& name, char const* variant, std::vector<float> const& in, std::vector<float>& out) {
  add_row(name + variant, in.size(), [&in, &out] { rw::apply(Executor{}, rw::label::polarise{}, in, out); });
}

void element_wise(char const* size, std::size_t n) {
  auto& in = *new std::vector<float>(normal(n, 1)); // benchmarks outlive this function
  auto& out = *new std::vector<float>(n);
  std::string const name = std::string("polarise, ") + size;
  plain::polarise(in.data(), out.data(), n, 10, 0.5f);
  std::vector<float> const expected = out;
  rw::apply(rw::label::polarise{}, in, out);
  for (std::size_t i = 0; i < n; i += n / 100) {
    agree("polarise", static_cast<double>(out[i]), static_cast<double>(expected[i]));
  }
  add_row(name + "/plain", n, [&] { plain::polarise(in.data(), out.data(), in.size(), 10, 0.5f); });
  add_row(name + "/fast-math", n, [&] { plain_fast_math::polarise(in.data(), out.data(), in.size(), 10, 0.5f); });
  add_polarise<rw::exec::basic_simd<xsimd::sse2>>(name, "/sse2", in, out);
#if defined(__AVX2__) && defined(__FMA__)
  add_polarise<rw::exec::basic_simd<xsimd::fma3<xsimd::avx2>>>(name, "/avx2", in, out);
#endif
  add_polarise<rw::exec::simd>(name, "/native", in, out);
  add_row(name + "/memcpy", n, [&] { std::memcpy(out.data(), in.data(), in.size() * sizeof(float)); });
}

struct problem {
  std::vector<float> scores, labels, gradient, hessian, inverse_ideal;
  std::vector<std::size_t> offsets;
  rw::lists<std::size_t> lists;
  rw::workspace memory;
};

template <class Executor, class Data>
void add_softmax(std::string const& name, problem& p, Data const& data) {
  add_row(name, p.scores.size(), [&p, &data] {
    benchmark::DoNotOptimize(rw::loss::softmax{}.gradient(Executor{}, p.scores, data, p.gradient, p.hessian, p.memory));
  });
}

/// Other losses of the family, beside the softmax. `per` is what a time is divided by.
template <class Loss>
void add_relative(std::string const& name, problem& p, Loss const& loss, std::vector<float> const& labels,
                  std::size_t per) {
  auto& data = *new auto(loss.prepare(labels, p.lists));
  add_row(name, per, [&p, &data, loss] {
    benchmark::DoNotOptimize(loss.gradient(p.scores, data, p.gradient, p.hessian, p.memory));
  });
}

problem& make_problem(std::size_t lists, std::size_t length) {
  auto& p = *new problem; // benchmarks outlive this function
  std::size_t const n = lists * length;
  p.scores = normal(n, 2);
  p.labels = normal(n, 4);
  p.gradient.resize(n);
  p.hessian.resize(n);
  for (std::size_t l = 0; l <= lists; ++l) {
    p.offsets.push_back(l * length);
  }
  p.lists = rw::lists(p.offsets);
  return p;
}

/// PRO needs an exp for every two different rewards: it stands beside a softmax of as many items, and all rewards of a
/// list differ. Nanoseconds per exp.
void pairs_of_pro(std::size_t length) {
  std::size_t const pairs = length * (length - 1) / 2;
  std::size_t const lists = 240'000 / pairs;
  std::string const name = "PRO, an exp per pair, lists of " + std::to_string(length);
  problem& items = make_problem(lists, pairs);
  add_relative(name + "/softmax", items, rw::loss::softmax{}, items.labels, lists * pairs);
  problem& different = make_problem(lists, length);
  add_relative(name + "/pro", different, rw::loss::pro{}, different.labels, lists * pairs);
}

template <class Executor, class Data>
void add_ndcg(std::string const& name, problem& p, Data const& data) {
  add_row(name, p.scores.size(),
          [&p, &data] { benchmark::DoNotOptimize(rw::metric::ndcg<10>{}(Executor{}, p.scores, data, p.memory)); });
}

void list_wise(std::size_t length) {
  auto& p = *new problem;
  std::size_t const lists = 240'000 / length;
  std::size_t const n = lists * length;
  p.scores = normal(n, 2);
  p.labels.resize(n);
  std::mt19937 random(3);
  for (float& y : p.labels) {
    y = static_cast<float>(random() % 5);
  }
  p.gradient.resize(n);
  p.hessian.resize(n);
  for (std::size_t l = 0; l <= lists; ++l) {
    p.offsets.push_back(l * length);
  }
  p.lists = rw::lists(p.offsets);

  constexpr rw::loss::softmax loss{};
  constexpr rw::metric::ndcg<10> metric{};
  auto& data = *new auto(loss.prepare(p.labels, p.lists));
  auto& ranks = *new auto(metric.prepare(p.labels, p.lists));
  for (auto const& c : ranks.constants) {
    p.inverse_ideal.push_back(static_cast<float>(c.ideal > 0 ? 1 / c.ideal : 0));
  }
  agree("softmax", loss.gradient(p.scores, data, p.gradient, p.hessian, p.memory),
        plain::softmax(p.scores.data(), p.labels.data(), p.offsets.data(), lists, p.gradient.data(), p.hessian.data()));
  agree("ndcg@10", metric(p.scores, ranks, p.memory),
        plain::ndcg(p.scores.data(), p.labels.data(), p.inverse_ideal.data(), p.offsets.data(), lists, 10));

  std::string const size = ", lists of " + std::to_string(length);
  std::string const softmax = "softmax gradient + hessian" + size;
  auto const plain_softmax = [&p](auto* f) {
    return [&p, f] {
      benchmark::DoNotOptimize(
          f(p.scores.data(), p.labels.data(), p.offsets.data(), p.lists.size(), p.gradient.data(), p.hessian.data()));
    };
  };
  add_row(softmax + "/plain", n, plain_softmax(plain::softmax));
  add_row(softmax + "/fast-math", n, plain_softmax(plain_fast_math::softmax));
  add_softmax<rw::exec::basic_simd<xsimd::sse2>>(softmax + "/sse2", p, data);
#if defined(__AVX2__) && defined(__FMA__)
  add_softmax<rw::exec::basic_simd<xsimd::fma3<xsimd::avx2>>>(softmax + "/avx2", p, data);
#endif
  add_softmax<rw::exec::simd>(softmax + "/native", p, data);
  add_row(softmax + "/one-shot", n, [&p] {
    benchmark::DoNotOptimize(rw::loss::softmax{}.gradient(p.scores, p.labels, p.lists, p.gradient, p.hessian));
  });

  std::string const relatives = "relatives of the softmax" + size;
  auto& clicks = *new std::vector<float>(n); // one in six
  for (float& y : clicks) {
    y = random() % 6 == 0 ? 1 : 0;
  }
  add_relative(relatives + "/softmax", p, rw::loss::softmax{}, p.labels, n);
  add_relative(relatives + "/listnet", p, rw::loss::listnet{}, p.labels, n);
  add_relative(relatives + "/info_nce", p, rw::loss::info_nce{.temperature = 0.5}, clicks, n);
  add_relative(relatives + "/multi", p, rw::loss::multi_positive{}, p.labels, n);
  add_relative(relatives + "/clicks", p, rw::loss::multi_positive{}, clicks, n);
  add_relative(relatives + "/pro", p, rw::loss::pro{}, p.labels, n);

  std::string const ndcg = "NDCG@10 by instruction set" + size;
  add_row(ndcg + "/plain", n, [&p] {
    benchmark::DoNotOptimize(
        plain::ndcg(p.scores.data(), p.labels.data(), p.inverse_ideal.data(), p.offsets.data(), p.lists.size(), 10));
  });
  add_ndcg<rw::exec::basic_simd<xsimd::sse2>>(ndcg + "/sse2", p, ranks);
#if defined(__AVX2__) && defined(__FMA__)
  add_ndcg<rw::exec::basic_simd<xsimd::fma3<xsimd::avx2>>>(ndcg + "/avx2", p, ranks);
#endif
  add_ndcg<rw::exec::simd>(ndcg + "/native", p, ranks);
  add_row(ndcg + "/one-shot", n,
          [&p] { benchmark::DoNotOptimize(rw::metric::ndcg<10>{}(p.scores, p.labels, p.lists)); });
}

constexpr auto relevance = rw::head::ordinal<"relevance", 3>{};
constexpr auto click = rw::head::binary<"click">{};
constexpr auto purchase = rw::head::binary<"purchase">{};
constexpr auto ranker = rw::ranker{rw::heads(relevance, click, purchase),
                                   rw::weight<"relevance">(0.6) * expected_grade(relevance) +
                                       rw::weight<"engagement">(1) * probability(click) * probability(purchase)};

void scoring() {
  constexpr std::size_t n = 1 << 20;
  auto& logits = *new std::vector<float>(normal(4 * n, 4));
  auto& scores = *new std::vector<float>(n);
  ranker.score(rw::column_major(logits.data(), n, 4), scores);
  double const ours = static_cast<double>(scores[n / 2]);
  plain::score(logits.data(), scores.data(), n, 0.6f, 1);
  agree("score", ours, static_cast<double>(scores[n / 2]));
  std::string const name = "score, 4 logits, 1048576 items";
  add_row(name + "/plain", n, [&] { plain::score(logits.data(), scores.data(), n, 0.6f, 1); });
  add_row(name + "/fast-math", n, [&] { plain_fast_math::score(logits.data(), scores.data(), n, 0.6f, 1); });
  add_row(name + "/native", n, [&] { ranker.score(rw::column_major(logits.data(), n, 4), scores); });
  add_row(name + "/rows", n, [&] { ranker.score(rw::row_major(logits.data(), n, 4), scores); });
}

int const registered = [] {
  element_wise("16384 scores", 1 << 14);
  element_wise("16777216 scores", 1 << 24);
  for (std::size_t length : {10, 40, 120, 2000}) {
    list_wise(length);
  }
  pairs_of_pro(40);
  pairs_of_pro(120);
  scoring();
  return 0;
}();

} // namespace
