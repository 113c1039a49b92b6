// Lambda gradients against LightGBM's and XGBoost's own code, in their shared libraries (the Python wheels carry them):
//
//   bench_boosters <lib_lightgbm.so> [<libxgboost.so>]
//
// Nanoseconds of one thread's processor time per item, gradient and hessian, medians of interleaved runs. How their
// objectives are called alone, through the C interface, with scores as initial scores:
//   LightGBM  The only feature is constant, so there is nothing to split: an iteration asks the objective for gradients
//             and ends. What an iteration costs beside (UpdateOneIterCustom with gradients that exist) is subtracted.
//   XGBoost   The only feature is constant, the learning rate 0: an iteration asks for gradients and grows a root. The
//             same with reg:squarederror is subtracted.
// The last lines compare two threads with one, in elapsed time, beside a loop that only counts: a machine on which that
// does not take half the time has no second processor to give. The results must have the same bits.
//
// `error` is the largest difference of our float gradients from those in double, relative to the largest gradient.
#include <rankwise/compat/losses.hpp>
#include <rankwise/loss/lambda.hpp>
#if __has_include(<tbb/parallel_for.h>)
#include <rankwise/backend/parallel.hpp>
#endif

#include <dlfcn.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace rw = rankwise;

namespace {

double seconds() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

void demand(bool ok, char const* what) {
  if (!ok) {
    std::fprintf(stderr, "%s failed\n", what);
    std::exit(1);
  }
}

struct library {
  void* handle;
  explicit library(char const* path) : handle(dlopen(path, RTLD_NOW | RTLD_LOCAL)) {
    if (handle == nullptr) {
      std::fprintf(stderr, "%s\n", dlerror());
      std::exit(1);
    }
  }
  template <class F>
  F* function(char const* name) const {
    void* const f = dlsym(handle, name);
    demand(f != nullptr, name);
    return reinterpret_cast<F*>(f);
  }
};

struct problem {
  std::vector<float> scores, labels, gradient, hessian;
  std::vector<double> wide_scores;
  std::vector<std::int32_t> sizes;
  std::vector<std::size_t> offsets{0};
  std::size_t longest = 0;
  rw::workspace memory{};

  problem(std::size_t lists, std::size_t shortest, std::size_t most, int grades, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> score;
    std::uniform_int_distribution<int> grade(0, grades);
    std::uniform_int_distribution<std::size_t> length(shortest, most);
    for (std::size_t l = 0; l < lists; ++l) {
      std::size_t const n = length(random);
      sizes.push_back(static_cast<std::int32_t>(n));
      offsets.push_back(offsets.back() + n);
      longest = std::max(longest, n);
    }
    for (std::size_t i = 0; i < offsets.back(); ++i) {
      int const y = grade(random);
      labels.push_back(static_cast<float>(y));
      scores.push_back(score(random) + 0.3f * static_cast<float>(y));
    }
    wide_scores.assign(scores.begin(), scores.end());
    gradient.resize(labels.size());
    hessian.resize(labels.size());
  }
  std::size_t items() const { return labels.size(); }
  rw::lists<std::size_t> lists() const { return rw::lists<std::size_t>(offsets); }
};

/// LightGBM's C interface, as far as it is needed.
class lightgbm {
public:
  explicit lightgbm(char const* path)
      : lib_(path),
        create_(lib_.function<int(void const*, int, std::int32_t, std::int32_t, int, char const*, void*, void**)>(
            "LGBM_DatasetCreateFromMat")),
        set_(lib_.function<int(void*, char const*, void const*, int, int)>("LGBM_DatasetSetField")),
        booster_(lib_.function<int(void*, char const*, void**)>("LGBM_BoosterCreate")),
        update_(lib_.function<int(void*, int*)>("LGBM_BoosterUpdateOneIter")),
        custom_(lib_.function<int(void*, float const*, float const*, int*)>("LGBM_BoosterUpdateOneIterCustom")) {}

  /// Two calls: an iteration, and what of it is not the objective.
  std::vector<std::function<void()>> runs(problem& p, std::size_t truncation, bool normalise) const {
    std::vector<float> const constant(p.items(), 1.0f);
    std::string const common = "verbosity=-1 num_threads=1 ";
    void* data = nullptr;
    auto const n = static_cast<std::int32_t>(p.items());
    demand(create_(constant.data(), 0, n, 1, 1, common.c_str(), nullptr, &data) == 0, "LGBM_DatasetCreateFromMat");
    demand(set_(data, "label", p.labels.data(), n, 0) == 0 &&
               set_(data, "group", p.sizes.data(), static_cast<int>(p.sizes.size()), 2) == 0 &&
               set_(data, "init_score", p.wide_scores.data(), n, 1) == 0,
           "LGBM_DatasetSetField");
    void* ranker = nullptr;
    demand(booster_(data,
                    (common + "objective=lambdarank lambdarank_truncation_level=" +
                     std::to_string(std::min<std::size_t>(truncation, p.longest)) +
                     " lambdarank_norm=" + (normalise ? "true" : "false"))
                        .c_str(),
                    &ranker) == 0,
           "LGBM_BoosterCreate");
    void* nothing = nullptr;
    demand(booster_(data, (common + "objective=none").c_str(), &nothing) == 0, "LGBM_BoosterCreate");
    return {[this, ranker] {
              int end = 0;
              demand(update_(ranker, &end) == 0, "LGBM_BoosterUpdateOneIter");
            },
            [this, nothing, &p] {
              int end = 0;
              demand(custom_(nothing, p.gradient.data(), p.hessian.data(), &end) == 0,
                     "LGBM_BoosterUpdateOneIterCustom");
            }};
  }

private:
  library lib_;
  int (*create_)(void const*, int, std::int32_t, std::int32_t, int, char const*, void*, void**);
  int (*set_)(void*, char const*, void const*, int, int);
  int (*booster_)(void*, char const*, void**);
  int (*update_)(void*, int*);
  int (*custom_)(void*, float const*, float const*, int*);
};

/// XGBoost's.
class xgboost {
public:
  explicit xgboost(char const* path)
      : lib_(path), create_(lib_.function<int(float const*, std::uint64_t, std::uint64_t, float, void**)>(
                        "XGDMatrixCreateFromMat")),
        set_floats_(lib_.function<int(void*, char const*, float const*, std::uint64_t)>("XGDMatrixSetFloatInfo")),
        set_groups_(lib_.function<int(void*, char const*, unsigned const*, std::uint64_t)>("XGDMatrixSetUIntInfo")),
        booster_(lib_.function<int(void* const*, std::uint64_t, void**)>("XGBoosterCreate")),
        set_(lib_.function<int(void*, char const*, char const*)>("XGBoosterSetParam")),
        update_(lib_.function<int(void*, int, void*)>("XGBoosterUpdateOneIter")) {}

  std::vector<std::function<void()>> runs(problem& p, std::size_t truncation, bool normalise) const {
    std::vector<float> const constant(p.items(), 1.0f);
    void* data = nullptr;
    demand(create_(constant.data(), p.items(), 1, -1.0f, &data) == 0, "XGDMatrixCreateFromMat");
    std::vector<unsigned> const sizes(p.sizes.begin(), p.sizes.end());
    demand(set_floats_(data, "label", p.labels.data(), p.items()) == 0 &&
               set_floats_(data, "base_margin", p.scores.data(), p.items()) == 0 &&
               set_groups_(data, "group", sizes.data(), sizes.size()) == 0,
           "XGDMatrixSet...Info");
    auto const make = [&](char const* objective, bool ranks) {
      void* b = nullptr;
      demand(booster_(&data, 1, &b) == 0, "XGBoosterCreate");
      auto const set = [&](char const* name, std::string const& value) {
        demand(set_(b, name, value.c_str()) == 0, name);
      };
      set("nthread", "1");
      set("verbosity", "0");
      set("objective", objective);
      set("tree_method", "hist");
      set("max_depth", "1");
      set("eta", "0");
      if (ranks) {
        set("lambdarank_pair_method", "topk");
        set("lambdarank_num_pair_per_sample", std::to_string(std::min<std::size_t>(truncation, p.longest)));
        set("lambdarank_normalization", normalise ? "1" : "0");
        set("lambdarank_score_normalization", normalise ? "1" : "0");
      }
      return [this, b, data, round = 0]() mutable { demand(update_(b, round++, data) == 0, "XGBoosterUpdateOneIter"); };
    };
    return {make("rank:ndcg", true), make("reg:squarederror", false)};
  }

private:
  library lib_;
  int (*create_)(float const*, std::uint64_t, std::uint64_t, float, void**);
  int (*set_floats_)(void*, char const*, float const*, std::uint64_t);
  int (*set_groups_)(void*, char const*, unsigned const*, std::uint64_t);
  int (*booster_)(void* const*, std::uint64_t, void**);
  int (*set_)(void*, char const*, char const*);
  int (*update_)(void*, int, void*);
};

double median(std::vector<double> x) {
  std::nth_element(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2), x.end());
  return x[x.size() / 2];
}

/// All calls in turn, nine times; the first turn warms up. Medians in nanoseconds per item.
std::vector<double> times(std::vector<std::function<void()>> const& calls, std::size_t items) {
  std::vector<std::vector<double>> taken(calls.size());
  for (int turn = 0; turn < 10; ++turn) {
    for (std::size_t c = 0; c < calls.size(); ++c) {
      double const start = seconds();
      calls[c]();
      double const t = seconds() - start;
      if (turn != 0) {
        taken[c].push_back(t * 1e9 / static_cast<double>(items));
      }
    }
  }
  std::vector<double> r;
  for (auto const& t : taken) {
    r.push_back(median(t));
  }
  return r;
}

template <class Loss>
double error_of(Loss const& loss, problem& p) {
  std::vector<double> g(p.items());
  std::vector<double> h(p.items());
  loss.gradient(p.wide_scores, p.labels, p.lists(), g, h);
  loss.gradient(p.scores, p.labels, p.lists(), p.gradient, p.hessian, {.value = false});
  double error = 0;
  double largest = 0;
  for (std::size_t i = 0; i < g.size(); ++i) {
    error = std::max(error, std::abs(g[i] - static_cast<double>(p.gradient[i])));
    largest = std::max(largest, std::abs(g[i]));
  }
  return error / largest;
}

template <class Loss>
void compare(char const* name, problem p, Loss const& loss, std::size_t truncation, bool normalise,
             lightgbm const& light, xgboost const* extreme) {
  double const error = error_of(loss, p);
  auto calls = light.runs(p, truncation, normalise);
  bool const with_extreme = extreme != nullptr;
  if (with_extreme) {
    for (auto& run : extreme->runs(p, truncation, normalise)) {
      calls.push_back(run);
    }
  }
  auto const data = loss.prepare(p.labels, p.lists());
  using narrow = rw::exec::basic_simd<xsimd::fma3<xsimd::avx2>>;
  calls.push_back([&] { loss.gradient(p.scores, data, p.gradient, p.hessian, p.memory, {.value = false}); });
  calls.push_back([&] { loss.gradient(p.scores, data, p.gradient, p.hessian, p.memory); });
  calls.push_back([&] { loss.gradient(narrow{}, p.scores, data, p.gradient, p.hessian, p.memory, {.value = false}); });
  calls.push_back([&] { loss.gradient(p.scores, p.labels, p.lists(), p.gradient, p.hessian, {.value = false}); });
  auto const t = times(calls, p.items());
  double const theirs = t[0] - t[1];
  double const other = with_extreme ? t[2] - t[3] : 0;
  std::size_t const own = with_extreme ? 4 : 2;
  std::printf("%-42s LightGBM %7.1f (beside %4.1f)", name, theirs, t[1]);
  if (with_extreme) {
    std::printf("  XGBoost %7.1f (beside %4.1f)", other, t[3]);
  }
  std::printf("\n");
  char const* const word[] = {"derivatives", "with value", "AVX2", "one-shot"};
  for (std::size_t k = 0; k < 4; ++k) {
    std::printf("  %-14s %8.2f ns  %6.1fx LightGBM", word[k], t[own + k], theirs / t[own + k]);
    if (with_extreme) {
      std::printf("  %6.1fx XGBoost", other / t[own + k]);
    }
    std::printf("%s", k == 0 ? "" : "\n");
    if (k == 0) {
      std::printf("   error %.1e\n", error);
    }
  }
  std::fflush(stdout);
}

#if __has_include(<tbb/parallel_for.h>)
double elapsed(std::function<void()> const& f) {
  auto const start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void spin(int rounds) {
  unsigned volatile x = 1;
  for (int i = 0; i < rounds; ++i) {
    x = x * 1664525u + 1013904223u;
  }
}

void two_threads(problem p) {
  auto const loss = rw::compat::lightgbm::lambdarank_without_norm<30>{};
  auto const data = loss.prepare(p.labels, p.lists());
  std::vector<float> g(p.items());
  std::vector<float> h(p.items());
  double const one = loss.gradient(p.scores, data, g, h);
  double const two = loss.gradient(rw::exec::parallel{.threads = 2}, p.scores, data, p.gradient, p.hessian);
  demand(one == two && g == p.gradient && h == p.hessian, "the comparison of one thread's bits with two threads'");
  std::vector<double> ratio;
  std::vector<double> counting;
  constexpr int rounds = 20'000'000;
  for (int turn = 0; turn < 15; ++turn) {
    auto const calls = [&](auto executor) {
      return elapsed([&] {
        for (int k = 0; k < 5; ++k) {
          loss.gradient(executor, p.scores, data, g, h, p.memory, {.value = false});
        }
      });
    };
    double const alone = calls(rw::exec::simd{});
    ratio.push_back(alone / calls(rw::exec::parallel{.threads = 2}));
    double const count_alone = elapsed([] { spin(rounds); });
    counting.push_back(count_alone / elapsed([] {
                         std::thread other([] { spin(rounds / 2); });
                         spin(rounds / 2);
                         other.join();
                       }));
  }
  std::printf("two threads, truncation 30: %.2fx of one (counting: %.2fx); best %.2fx (%.2fx); the same bits\n",
              median(ratio), median(counting), *std::max_element(ratio.begin(), ratio.end()),
              *std::max_element(counting.begin(), counting.end()));
}
#endif

} // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "bench_boosters <lib_lightgbm.so> [<libxgboost.so>]\n");
    return 2;
  }
  lightgbm const light(argv[1]);
  xgboost const* const extreme = argc > 2 ? new xgboost(argv[2]) : nullptr; // lives as long as the process
  namespace compat = rw::compat::lightgbm;
  constexpr std::size_t all = rw::rank::all;
  compare("120 items, truncation 30", {10000, 80, 160, 4, 1}, compat::lambdarank_without_norm<30>{}, 30, false, light,
          extreme);
  compare("120 items, truncation 30, normalised", {10000, 80, 160, 4, 1}, compat::lambdarank<30>{}, 30, true, light,
          extreme);
  compare("120 items", {10000, 80, 160, 4, 1}, rw::loss::lambda<rw::metric::ndcg<>>{}, all, false, light, extreme);
  compare("40 items, grades 0-2", {20000, 20, 60, 2, 2}, rw::loss::lambda<rw::metric::ndcg<>>{}, all, false, light,
          extreme);
  compare("2,000 items", {500, 1500, 2500, 4, 3}, rw::loss::lambda<rw::metric::ndcg<>>{}, all, false, light, extreme);
  compare("10 items, grades 0-2", {50000, 5, 15, 2, 4}, rw::loss::lambda<rw::metric::ndcg<>>{}, all, false, light,
          extreme);
#if __has_include(<tbb/parallel_for.h>)
  two_threads({10000, 80, 160, 4, 1});
#endif
  return 0;
}
