// A row of the table: what a call takes, in nanoseconds per item.
#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>
#include <string>
#include <type_traits>

template <class F>
void add_row(std::string const& name, std::size_t items, F f) {
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
    for (auto _ : state) {
      if constexpr (std::is_void_v<decltype(f())>) {
        f();
      } else {
        benchmark::DoNotOptimize(f());
      }
      benchmark::ClobberMemory();
    }
    state.counters["ns"] =
        benchmark::Counter(static_cast<double>(state.iterations()) * static_cast<double>(items) / 1e9,
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  });
}
