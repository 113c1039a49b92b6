// Nanoseconds per element of the functions in rankwise/math on 4,096 values in the first-level cache, for every
// instruction set that the flags of this translation unit offer, and of the C library for comparison.

#include <rankwise/math/batch.hpp>
#include <rankwise/math/math.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace math = rankwise::math;

namespace {

constexpr std::size_t count = 4096;

template <class T>
std::vector<T> spread(double low, double high) {
  std::vector<T> x(count);
  // A permutation, so that branches in the C library cannot be predicted from the order.
  for (std::size_t i = 0; i < count; ++i)
    x[i] = static_cast<T>(low + (high - low) * static_cast<double>(i * 1607 % count) / (count - 1));
  return x;
}

template <class V, class F>
void run(benchmark::State& state, F f, double low, double high) {
  using T = math::scalar_t<V>;
  const std::vector<T> x = spread<T>(low, high);
  std::vector<T> y(count);
  for (auto _ : state) {
    for (std::size_t i = 0; i < count; i += math::lanes<V>)
      math::store(y.data() + i, f(math::load<V>(x.data() + i)));
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
  state.counters["ns"] = benchmark::Counter(static_cast<double>(state.iterations()) * count / 1e9,
                                            benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// With --benchmark_repetitions=12 the fastest of them is shown as well: other work on the machine only adds.
double fastest(const std::vector<double>& v) {
  return *std::min_element(v.begin(), v.end());
}

template <class T, class F>
void add_batches(const std::string& name, double low, double high, F f) {
  const std::string full = name + (sizeof(T) == 4 ? "/float/" : "/double/");
  const auto one = [&](const char* how, auto type) {
    using V = decltype(type);
    benchmark::RegisterBenchmark((full + how).c_str(), [=](benchmark::State& s) {
      run<V>(s, f, low, high);
    })->ComputeStatistics("min", fastest);
  };
#if defined(__SSE2__)
  one("sse2", xsimd::batch<T, xsimd::sse2>{});
#else
  one("batch", xsimd::batch<T>{});
#endif
#if defined(__AVX2__) && defined(__FMA__)
  one("avx2", xsimd::batch<T, xsimd::fma3<xsimd::avx2>>{});
#endif
#if defined(__AVX512F__)
  one("avx512", xsimd::batch<T, xsimd::avx512f>{});
#endif
}

template <class T, class F, class L>
void add(const std::string& name, double low, double high, F f, L libm) {
  benchmark::RegisterBenchmark((name + (sizeof(T) == 4 ? "/float/libm" : "/double/libm")).c_str(),
                               [=](benchmark::State& s) { run<T>(s, libm, low, high); })
      ->ComputeStatistics("min", fastest);
  add_batches<T>(name, low, high, f);
}

template <class T>
void add_all() {
  const auto normal_cdf = [](T x) { return std::erfc(-x * T(0.70710678118654752440)) / 2; };
  add<T>(
      "exp", -20, 20, [](auto x) { return math::exp(x); }, [](T x) { return std::exp(x); });
  add<T>(
      "expm1", -5, 5, [](auto x) { return math::expm1(x); }, [](T x) { return std::expm1(x); });
  add<T>(
      "log", 1e-6, 1000, [](auto x) { return math::log(x); }, [](T x) { return std::log(x); });
  add<T>(
      "log1p", -0.9, 10, [](auto x) { return math::log1p(x); }, [](T x) { return std::log1p(x); });
  add<T>(
      "sigmoid", -20, 20, [](auto x) { return math::sigmoid(x); }, [](T x) { return 1 / (1 + std::exp(-x)); });
  add<T>(
      "softplus", -20, 20, [](auto x) { return math::softplus(x); },
      [](T x) { return std::fmax(x, T(0)) + std::log1p(std::exp(-std::fabs(x))); });
  add<T>(
      "log_sigmoid", -20, 20, [](auto x) { return math::log_sigmoid(x); },
      [](T x) { return std::fmin(x, T(0)) - std::log1p(std::exp(-std::fabs(x))); });
  add<T>(
      "tanh", -5, 5, [](auto x) { return math::tanh(x); }, [](T x) { return std::tanh(x); });
  add<T>(
      "pow", 1e-3, 100, [](auto x) { return math::pow(x, decltype(x)(T(1.7))); },
      [](T x) { return std::pow(x, T(1.7)); });
  add<T>(
      "log_add_exp", -20, 20, [](auto x) { return math::log_add_exp(x, decltype(x)(T(1))); },
      [](T x) { return std::fmax(x, T(1)) + std::log1p(std::exp(-std::fabs(x - 1))); });
  add<T>(
      "normal_cdf", -6, 6, [](auto x) { return math::normal_cdf(x); }, normal_cdf);
  add<T>(
      "normal_log_cdf", -6, 6, [](auto x) { return math::normal_log_cdf(x); },
      [=](T x) { return std::log(normal_cdf(x)); });
  add_batches<T>("normal_quantile", 1e-4, 0.9999,
                 [](auto x) { return math::normal_quantile(x); }); // the C library has none
}

void add_fast() {
  using math::fast;
  add_batches<float>("exp<fast>", -20, 20, [](auto x) { return math::exp<fast>(x); });
  add_batches<float>("log<fast>", 1e-6, 1000, [](auto x) { return math::log<fast>(x); });
  add_batches<float>("log1p<fast>", -0.9, 10, [](auto x) { return math::log1p<fast>(x); });
  add_batches<float>("sigmoid<fast>", -20, 20, [](auto x) { return math::sigmoid<fast>(x); });
  add_batches<float>("softplus<fast>", -20, 20, [](auto x) { return math::softplus<fast>(x); });
}

} // namespace

int main(int argc, char** argv) {
  add_all<float>();
  add_fast();
  add_all<double>();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
