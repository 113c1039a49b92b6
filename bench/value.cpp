// Value models against what one writes without the library: nanoseconds per item, the error against double checked.
#include "value.hpp"
#include "row.hpp"

#include <rankwise/head/binary.hpp>
#include <rankwise/value/combine.hpp>
#include <rankwise/value/contributions.hpp>
#include <rankwise/value/ranker.hpp>

#include <benchmark/benchmark.h>

#if __has_include(<xtensor/xadapt.hpp>)
#define XTENSOR_USE_XSIMD
#include <xtensor/xadapt.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xnoalias.hpp>
#endif
#if __has_include(<Eigen/Core>)
#include <Eigen/Core>
#elif __has_include(<eigen3/Eigen/Core>)
#include <eigen3/Eigen/Core>
#endif

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace rw = rankwise;

namespace {

constexpr std::size_t many = 1 << 20;
constexpr float w[] = {0.5f, 1.0f, 13.5f, -4.0f, 11.0f, -7.0f, 2.0f};
constexpr float e[] = {0.6f, 0.25f, 1.0f, 0.4f, 0.8f, 0.3f};

constexpr rw::head::binary<"0"> h0{};
constexpr rw::head::binary<"1"> h1{};
constexpr rw::head::binary<"2"> h2{};
constexpr rw::head::binary<"3"> h3{};
constexpr rw::head::binary<"4"> h4{};
constexpr rw::head::binary<"5"> h5{};
constexpr rw::head::binary<"6"> h6{};

constexpr auto sum6 = rw::weighted_sum(w[0], probability(h0), w[1], probability(h1), w[2], probability(h2), w[3],
                                       probability(h3), w[4], probability(h4), w[5], probability(h5));
constexpr auto product6 = rw::log_linear(e[0], probability(h0), e[1], probability(h1), e[2], probability(h2), e[3],
                                         probability(h3), e[4], probability(h4), e[5], probability(h5));
constexpr auto two = rw::ranker{rw::heads(h0, h1, h2, h3, h4, h5),
                                rw::outputs(rw::output<"sum">(sum6), rw::output<"product">(product6))};
constexpr auto one =
    rw::ranker{rw::heads(h0, h1, h2, h3, h4, h5, h6),
               rw::weighted_sum(w[0], probability(h0), w[1], probability(h1), w[2], probability(h2), w[3],
                                probability(h3), w[4], probability(h4), w[5], probability(h5), w[6], probability(h6))};

struct data {
  std::vector<float> logits; // column after column
  std::vector<float> rows;   // the same, row after row
  std::vector<float> a, b;
  std::size_t n;
  int columns;

  data(std::size_t items, int logit_columns)
      : logits(items * static_cast<std::size_t>(logit_columns)), rows(logits.size()), a(items), b(items), n(items),
        columns(logit_columns) {
    std::mt19937 random(7);
    std::normal_distribution<float> draw(-1.5f, 2.0f);
    for (std::size_t i = 0; i < items; ++i) {
      for (int c = 0; c < columns; ++c) {
        float const x = draw(random);
        logits[static_cast<std::size_t>(c) * items + i] = x;
        rows[i * static_cast<std::size_t>(columns) + static_cast<std::size_t>(c)] = x;
      }
    }
  }
  float const* column(int c) const { return logits.data() + static_cast<std::size_t>(c) * n; }
};

/// The largest error of the scores in `d` against double, relative to the sum of the sizes of the terms.
void check(char const* what, data const& d, bool product, double allowed) {
  double worst = 0;
  for (std::size_t i = 0; i < d.n; i += 1 + d.n / 5000) {
    double sum = 0;
    double size = 0;
    double logs = 0;
    for (int c = 0; c < d.columns; ++c) {
      double const p = 1 / (1 + std::exp(-static_cast<double>(d.column(c)[i])));
      sum += static_cast<double>(w[c]) * p;
      size += std::abs(static_cast<double>(w[c])) * p;
      logs += product ? static_cast<double>(e[c]) * std::log(p) : 0;
    }
    worst = std::max(worst, std::abs(static_cast<double>(d.a[i]) - sum) / size);
    if (product) {
      worst = std::max(worst, std::abs(static_cast<double>(d.b[i]) / std::exp(logs) - 1));
    }
  }
  if (!(worst <= allowed)) {
    std::fprintf(stderr, "%s: error %.3g against double\n", what, worst);
    std::exit(1);
  }
}

/// Runs `f` once for its error, then as a benchmark; the counter is nanoseconds per `items`.
template <class F>
void add(std::string const& name, data& d, bool product, double allowed, std::size_t items, F f) {
  std::fill(d.a.begin(), d.a.end(), 0.0f);
  std::fill(d.b.begin(), d.b.end(), 0.0f);
  f();
  if (allowed > 0) {
    check(name.c_str(), d, product, allowed);
  }
  add_row(name, items, f);
}

using batch = xsimd::batch<float, xsimd::default_arch>;

/// What a SIMD programmer writes with xsimd alone.
batch by_hand_sigmoid(batch x) {
  return batch(1.0f) / (batch(1.0f) + xsimd::exp(-x));
}

void xsimd_two(data& d) {
  for (std::size_t i = 0; i + batch::size <= d.n; i += batch::size) {
    batch sum(0.0f);
    batch logs(0.0f);
    for (int c = 0; c < 6; ++c) {
      batch const p = by_hand_sigmoid(batch::load_unaligned(d.column(c) + i));
      sum = xsimd::fma(batch(w[c]), p, sum);
      logs = xsimd::fma(batch(e[c]), xsimd::log(p), logs);
    }
    sum.store_unaligned(d.a.data() + i);
    xsimd::exp(logs).store_unaligned(d.b.data() + i);
  }
}
void xsimd_one(data& d) {
  for (std::size_t i = 0; i + batch::size <= d.n; i += batch::size) {
    batch sum(0.0f);
    for (int c = 0; c < 7; ++c) {
      sum = xsimd::fma(batch(w[c]), by_hand_sigmoid(batch::load_unaligned(d.column(c) + i)), sum);
    }
    sum.store_unaligned(d.a.data() + i);
  }
}

/// Reads everything and writes everything.
template <int Columns, int Outputs>
void limit(data& d) {
  for (std::size_t i = 0; i + batch::size <= d.n; i += batch::size) {
    batch sum(0.0f);
    for (int c = 0; c < Columns; ++c) {
      sum = sum + batch::load_unaligned(d.column(c) + i);
    }
    sum.store_unaligned(d.a.data() + i);
    if constexpr (Outputs == 2) {
      sum.store_unaligned(d.b.data() + i);
    }
  }
}

#if defined(EIGEN_WORLD_VERSION)
using eigen_block = Eigen::Array<float, Eigen::Dynamic, 1, 0, 1024, 1>;

template <int Columns, bool Product>
void eigen_blocks(data& d) {
  eigen_block p(1024), sum(1024), logs(1024);
  for (std::size_t i = 0; i < d.n; i += 1024) {
    for (int c = 0; c < Columns; ++c) {
      Eigen::Map<eigen_block const> const z(d.column(c) + i, 1024);
      p = (1.0f + (-z).exp()).inverse();
      if (c == 0) {
        sum = w[0] * p;
      } else {
        sum += w[c] * p;
      }
      if constexpr (Product) {
        if (c == 0) {
          logs = e[0] * p.log();
        } else {
          logs += e[c] * p.log();
        }
      }
    }
    Eigen::Map<eigen_block>(d.a.data() + i, 1024) = sum;
    if constexpr (Product) {
      Eigen::Map<eigen_block>(d.b.data() + i, 1024) = logs.exp();
    }
  }
}
#endif

#if defined(XTENSOR_USE_XSIMD)
/// The pointer itself is handed over: an lvalue would be kept by reference.
auto tensor(float* p, std::size_t n) {
  return xt::adapt(static_cast<float*&&>(p), n, xt::no_ownership(), std::array<std::size_t, 1>{n});
}
void xtensor_two(data& d) {
  auto const p = [&](int c) { return 1.0f / (1.0f + xt::exp(-tensor(const_cast<float*>(d.column(c)), d.n))); };
  auto a = tensor(d.a.data(), d.n);
  auto b = tensor(d.b.data(), d.n);
  xt::noalias(a) = w[0] * p(0) + w[1] * p(1) + w[2] * p(2) + w[3] * p(3) + w[4] * p(4) + w[5] * p(5);
  xt::noalias(b) = xt::exp(e[0] * xt::log(p(0)) + e[1] * xt::log(p(1)) + e[2] * xt::log(p(2)) + e[3] * xt::log(p(3)) +
                           e[4] * xt::log(p(4)) + e[5] * xt::log(p(5)));
}
void xtensor_one(data& d) {
  auto const p = [&](int c) { return 1.0f / (1.0f + xt::exp(-tensor(const_cast<float*>(d.column(c)), d.n))); };
  auto a = tensor(d.a.data(), d.n);
  xt::noalias(a) = w[0] * p(0) + w[1] * p(1) + w[2] * p(2) + w[3] * p(3) + w[4] * p(4) + w[5] * p(5) + w[6] * p(6);
}
#endif

void two_scores() {
  auto& d = *new data(many, 6); // benchmarks outlive this function
  std::string const name = "6 logits to 2 scores, 1048576 items/";
  auto const row = [&](char const* variant, double allowed, auto f) { add(name + variant, d, true, allowed, many, f); };
  row("plain", 2e-6, [&] { plain::two_scores(d.logits.data(), d.a.data(), d.b.data(), d.n, w, e); });
  row("fast-math", 1e-5, [&] { plain_fast_math::two_scores(d.logits.data(), d.a.data(), d.b.data(), d.n, w, e); });
#if defined(EIGEN_WORLD_VERSION)
  row("eigen", 1e-5, [&] { eigen_blocks<6, true>(d); });
#endif
#if defined(XTENSOR_USE_XSIMD)
  row("xtensor", 1e-5, [&] { xtensor_two(d); });
#endif
  row("xsimd", 1e-5, [&] { xsimd_two(d); });
  row("precise", 3e-6, [&] { two.score(rw::column_major(d.logits.data(), d.n, 6), rw::into(d.a, d.b)); });
  row("fast", 1e-5, [&] { fast(two).score(rw::column_major(d.logits.data(), d.n, 6), rw::into(d.a, d.b)); });
  row("limit", 0, [&] { limit<6, 2>(d); });
}

void one_score() {
  auto& d = *new data(many, 7);
  std::string const name = "7 logits to 1 score, 1048576 items/";
  auto const row = [&](char const* variant, double allowed, auto f) {
    add(name + variant, d, false, allowed, many, f);
  };
  row("plain", 2e-6, [&] { plain::one_score(d.logits.data(), d.a.data(), d.n, w); });
  row("fast-math", 1e-5, [&] { plain_fast_math::one_score(d.logits.data(), d.a.data(), d.n, w); });
#if defined(EIGEN_WORLD_VERSION)
  row("eigen", 1e-5, [&] { eigen_blocks<7, false>(d); });
#endif
#if defined(XTENSOR_USE_XSIMD)
  row("xtensor", 1e-5, [&] { xtensor_one(d); });
#endif
  row("xsimd", 1e-5, [&] { xsimd_one(d); });
  row("precise", 2e-6, [&] { one.score(rw::column_major(d.logits.data(), d.n, 7), d.a); });
  row("fast", 1e-5, [&] { fast(one).score(rw::column_major(d.logits.data(), d.n, 7), d.a); });
  row("limit", 0, [&] { limit<7, 1>(d); });
}

/// Why every item has its score, against a baseline of logits 0.
void contributions() {
  auto& d = *new data(many, 6);
  auto& shares = *new std::vector<float>(6 * many);
  static constexpr auto why = rw::contributions(rw::ranker{rw::heads(h0, h1, h2, h3, h4, h5), product6});
  std::string const name = "contributions of 6 factors, 1048576 items/";
  auto const row = [&](char const* variant, double allowed, auto f) {
    f();
    double worst = 0;
    for (std::size_t i = 0; i < many; i += 200) {
      double logs[6];
      double change = 0;
      for (int c = 0; c < 6; ++c) {
        logs[c] = static_cast<double>(e[c]) * std::log(2 / (1 + std::exp(-static_cast<double>(d.column(c)[i]))));
        change += logs[c];
      }
      double const base = std::pow(0.5, 3.35); // the sum of e
      for (std::size_t c = 0; c < 6; ++c) {
        double const share = base * std::expm1(change) / change * logs[c];
        worst = std::max(worst, std::abs(static_cast<double>(shares[c * many + i]) - share) / base);
      }
    }
    if (!(worst <= allowed)) {
      std::fprintf(stderr, "%s%s: error %.3g against double\n", name.c_str(), variant, worst);
      std::exit(1);
    }
    add_row(name + variant, many, f);
  };
  row("plain", 1e-5, [&] { plain::shares_of_product(d.logits.data(), shares.data(), many, e); });
  row("fast-math", 1e-5, [&] { plain_fast_math::shares_of_product(d.logits.data(), shares.data(), many, e); });
  auto const z = rw::column_major(d.logits.data(), many, 6);
  row("precise", 1e-5, [&, z] { why.score(z, rw::column_major(shares.data(), many, 6)); });
  row("fast", 1e-5, [&, z] { fast(why).score(z, rw::column_major(shares.data(), many, 6)); });
}

/// Whole requests: nanoseconds per call.
void requests() {
  auto& page = *new data(40, 7);
  std::string name = "page of 40 items, 7 logits (per call)/";
  add(name + "plain", page, false, 2e-6, 1, [&] { plain::one_score(page.logits.data(), page.a.data(), 40, w); });
  add(name + "precise", page, false, 2e-6, 1, [&] { one.score(rw::column_major(page.logits.data(), 40, 7), page.a); });
  add(name + "fast", page, false, 1e-5, 1,
      [&] { fast(one).score(rw::column_major(page.logits.data(), 40, 7), page.a); });
  add(name + "rows", page, false, 1e-5, 1, [&] { fast(one).score(rw::row_major(page.rows.data(), 40, 7), page.a); });

  auto& d = *new data(1000, 7);
  auto& order = *new std::vector<unsigned>(1000);
  static auto const lists = rw::lists<>::single(1000);
  name = "1000 candidates to the best 20 (per call)/";
  add(name + "plain", d, false, 2e-6, 1, [&] {
    plain::one_score(d.logits.data(), d.a.data(), 1000, w);
    std::iota(order.begin(), order.end(), 0u);
    std::partial_sort(order.begin(), order.begin() + 20, order.end(),
                      [&](unsigned x, unsigned y) { return d.a[x] > d.a[y] || (d.a[x] == d.a[y] && x < y); });
  });
  add(name + "precise", d, false, 0, 1,
      [&] { benchmark::DoNotOptimize(one.top_k<20>(rw::column_major(d.logits.data(), 1000, 7), lists)); });
  add(name + "fast", d, false, 0, 1,
      [&] { benchmark::DoNotOptimize(fast(one).top_k<20>(rw::column_major(d.logits.data(), 1000, 7), lists)); });
}

int const registered = [] {
  two_scores();
  one_score();
  contributions();
  requests();
  return 0;
}();

} // namespace
