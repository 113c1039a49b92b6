// What run-time dispatch costs: this program is built for plain x86-64 and calls the best unit; `march=native` is the
// same source compiled for this machine, and the ratio is its time over theirs.
#include "score.hpp"

#include <rankwise/core/dispatch.hpp>

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

namespace rw = rankwise;

namespace {

struct data {
  std::vector<float> logits, sum, product;

  explicit data(std::size_t items) : logits(items * 6), sum(items), product(items) {
    std::mt19937 random(7);
    std::normal_distribution<float> draw(-1.5f, 2.0f);
    for (float& x : logits) {
      x = draw(random);
    }
  }
};

template <class F>
void add(std::string const& name, data& d, F f) {
  benchmark::RegisterBenchmark(name.c_str(), [&d, f](benchmark::State& state) {
    for (auto _ : state) {
      f(std::span<float const>(d.logits), std::span<float>(d.sum), std::span<float>(d.product));
      benchmark::ClobberMemory();
    }
    state.counters["ns"] =
        benchmark::Counter(static_cast<double>(state.iterations()) * static_cast<double>(d.sum.size()) / 1e9,
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  });
}

/// The scores of the two are the same up to the accuracy of `fast`.
template <class F>
void check(char const* what, data& d, F f) {
  score_two_native(d.logits, d.sum, d.product);
  data other(d.sum.size());
  f(std::span<float const>(other.logits), std::span<float>(other.sum), std::span<float>(other.product));
  for (std::size_t i = 0; i < d.sum.size(); ++i) {
    if (!(std::abs(d.sum[i] - other.sum[i]) <= 1e-4f) ||
        !(std::abs(d.product[i] - other.product[i]) <= 1e-5f * d.product[i])) {
      std::fprintf(stderr, "%s differs from native at item %zu\n", what, i);
      std::exit(1);
    }
  }
}

void rows(std::size_t items) {
  auto& d = *new data(items); // benchmarks outlive this function
  std::string const name = "6 logits to 2 scores, " + std::to_string(items) + " items/";
  add(name + "march=native", d, [](auto... columns) { score_two_native(columns...); });
  auto const row = [&](char const* variant, auto f) {
    check(variant, d, f);
    add(name + variant, d, f);
  };
  row("dispatched", [](auto... columns) { rw::dispatch(score_two{}, columns...); });
  if (rw::arch::available<rw::arch::x86_64_v3>()) {
    row("x86-64-v3", [](auto... columns) { score_two{}(rw::arch::x86_64_v3{}, columns...); });
  }
  row("x86-64", [](auto... columns) { score_two{}(rw::arch::x86_64{}, columns...); });
}

int const registered = [] {
  rows(40);
  rows(1 << 14);
  rows(1 << 20);
  return 0;
}();

} // namespace
