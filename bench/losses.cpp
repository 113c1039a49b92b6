// Lambda gradients against the algorithm of LightGBM's lambdarank objective, written again: nanoseconds per item, with
// hessian, data prepared once. `plain` sorts indices, looks the sigmoid up in a table and walks over pairs of ranks, as
// rank_objective.hpp does.
#include "row.hpp"

#include <rankwise/loss/counting.hpp>
#include <rankwise/loss/lambda.hpp>
#include <rankwise/loss/pairwise.hpp>

#include <benchmark/benchmark.h>

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

struct problem {
  std::vector<float> scores, labels, gradient, hessian, plain_gradient, plain_hessian;
  std::vector<double> plain_scores, inverse_ideal;
  std::vector<std::size_t> offsets;
  rw::lists<std::size_t> lists;
  rw::workspace memory;
};

/// What LightGBM keeps between rounds: gains, discounts, a table of the sigmoid.
class lightgbm_like {
public:
  explicit lightgbm_like(std::size_t longest) : discount_(longest), order_(longest) {
    for (std::size_t r = 0; r < longest; ++r) {
      discount_[r] = 1 / std::log2(2.0 + static_cast<double>(r));
    }
    for (std::size_t b = 0; b < bins; ++b) {
      double const x = (static_cast<double>(b) / factor) + lowest;
      sigmoid_[b] = static_cast<float>(1 / (1 + std::exp(x)));
    }
  }

  double discount(std::size_t rank) const { return discount_[rank]; }

  void gradient(problem& p, std::size_t truncation, bool normalise) {
    for (std::size_t l = 0; l + 1 < p.offsets.size(); ++l) {
      list(p, p.offsets[l], p.offsets[l + 1] - p.offsets[l], p.inverse_ideal[l], truncation, normalise);
    }
  }

private:
  static constexpr std::size_t bins = 1024 * 1024;
  static constexpr double lowest = -50;
  static constexpr double factor = static_cast<double>(bins) / 100;

  float sigmoid(double x) const {
    if (x <= lowest) {
      return sigmoid_[0];
    }
    return x >= -lowest ? sigmoid_[bins - 1] : sigmoid_[static_cast<std::size_t>((x - lowest) * factor)];
  }

  void list(problem& p, std::size_t first, std::size_t n, double inverse_ideal, std::size_t truncation,
            bool normalise) {
    double const* const score = p.plain_scores.data() + first;
    float const* const label = p.labels.data() + first;
    float* const g = p.plain_gradient.data() + first;
    float* const h = p.plain_hessian.data() + first;
    std::fill(g, g + n, 0.0f);
    std::fill(h, h + n, 0.0f);
    auto const begin = order_.begin();
    std::iota(begin, begin + static_cast<std::ptrdiff_t>(n), 0u);
    std::stable_sort(begin, begin + static_cast<std::ptrdiff_t>(n),
                     [score](unsigned a, unsigned b) { return score[a] > score[b]; });
    bool const spread = n != 0 && score[order_[0]] != score[order_[n - 1]];
    double sum = 0;
    for (std::size_t i = 0; i + 1 < n && i < truncation; ++i) {
      for (std::size_t j = i + 1; j < n; ++j) {
        float const yi = label[order_[i]];
        float const yj = label[order_[j]];
        if (yi == yj) {
          continue;
        }
        std::size_t const high_rank = yi > yj ? i : j;
        std::size_t const low_rank = yi > yj ? j : i;
        std::size_t const high = order_[high_rank];
        std::size_t const low = order_[low_rank];
        double const d = score[high] - score[low];
        double const gap = gain_[static_cast<std::size_t>(label[high])] - gain_[static_cast<std::size_t>(label[low])];
        double delta = gap * std::fabs(discount_[high_rank] - discount_[low_rank]) * inverse_ideal;
        if (normalise && spread) {
          delta /= 0.01 + std::fabs(d);
        }
        double lambda = static_cast<double>(sigmoid(d));
        double const curvature = lambda * (1 - lambda) * delta;
        lambda *= -delta;
        g[low] -= static_cast<float>(lambda);
        g[high] += static_cast<float>(lambda);
        h[low] += static_cast<float>(curvature);
        h[high] += static_cast<float>(curvature);
        sum -= 2 * lambda;
      }
    }
    if (normalise && sum > 0) {
      double const f = std::log2(1 + sum) / sum;
      for (std::size_t i = 0; i < n; ++i) {
        g[i] = static_cast<float>(static_cast<double>(g[i]) * f);
        h[i] = static_cast<float>(static_cast<double>(h[i]) * f);
      }
    }
  }

  std::vector<double> discount_;
  std::vector<unsigned> order_;
  double gain_[8] = {0, 1, 3, 7, 15, 31, 63, 127};
  std::vector<float> sigmoid_ = std::vector<float>(bins);
};

problem& make(std::size_t lists, std::size_t shortest, std::size_t longest, int grades, unsigned seed,
              std::size_t cutoff, lightgbm_like const& peer) {
  problem& p = *new problem; // benchmarks outlive this function
  std::mt19937 random(seed);
  std::normal_distribution<float> score;
  std::uniform_int_distribution<int> grade(0, grades);
  std::uniform_int_distribution<std::size_t> length(shortest, longest);
  p.offsets.push_back(0);
  for (std::size_t l = 0; l < lists; ++l) {
    p.offsets.push_back(p.offsets.back() + length(random));
  }
  std::size_t const n = p.offsets.back();
  for (std::size_t i = 0; i < n; ++i) {
    int const y = grade(random);
    p.labels.push_back(static_cast<float>(y));
    p.scores.push_back(score(random) + 0.3f * static_cast<float>(y));
  }
  p.plain_scores.assign(p.scores.begin(), p.scores.end());
  p.gradient.resize(n);
  p.hessian.resize(n);
  p.plain_gradient.resize(n);
  p.plain_hessian.resize(n);
  p.lists = rw::lists<std::size_t>(p.offsets);
  for (std::size_t l = 0; l < lists; ++l) {
    std::vector<float> y(p.labels.begin() + static_cast<std::ptrdiff_t>(p.offsets[l]),
                         p.labels.begin() + static_cast<std::ptrdiff_t>(p.offsets[l + 1]));
    std::sort(y.begin(), y.end(), std::greater<>());
    double ideal = 0;
    for (std::size_t r = 0; r < y.size() && r < cutoff; ++r) {
      ideal += (std::exp2(static_cast<double>(y[r])) - 1) * peer.discount(r);
    }
    p.inverse_ideal.push_back(ideal > 0 ? 1 / ideal : 0);
  }
  return p;
}

/// The largest gradient error, relative to the largest gradient.
template <class A, class B>
double distance(A const& a, B const& b) {
  double error = 0;
  double largest = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    error = std::max(error, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
    largest = std::max(largest, std::abs(static_cast<double>(b[i])));
  }
  return error / largest;
}

template <class Executor, class Loss>
void add_loss(std::string const& name, problem& p, Loss const& loss, bool value) {
  auto& data = *new auto(loss.prepare(p.labels, p.lists));
  add_row(name, p.scores.size(), [&p, &data, loss, value] {
    benchmark::DoNotOptimize(
        loss.gradient(Executor{}, p.scores, data, p.gradient, p.hessian, p.memory, {.value = value}));
  });
}

template <class Loss>
void compare(std::string const& name, problem& p, Loss const& loss, std::size_t truncation, bool normalise,
             lightgbm_like& peer) {
  std::vector<double> exact(p.scores.size());
  std::vector<double> exact_hessian(p.scores.size());
  loss.gradient(p.plain_scores, p.labels, p.lists, exact, exact_hessian);
  loss.gradient(p.scores, p.labels, p.lists, p.gradient, p.hessian, {.value = false});
  peer.gradient(p, truncation, normalise);
  std::printf("%-44s largest error of gradients: %.1e, plain %.1e; hessians %.1e, plain %.1e\n", name.c_str(),
              distance(p.gradient, exact), distance(p.plain_gradient, exact), distance(p.hessian, exact_hessian),
              distance(p.plain_hessian, exact_hessian));
  if (distance(p.plain_gradient, exact) > 1e-3 || distance(p.gradient, exact) > 2e-6) {
    std::exit(1);
  }
  add_row(name + "/plain", p.scores.size(),
          [&p, &peer, truncation, normalise] { peer.gradient(p, truncation, normalise); });
  add_loss<rw::exec::simd>(name + "/native", p, loss, false);
  add_loss<rw::exec::simd>(name + "/with value", p, loss, true);
#if defined(__AVX2__) && defined(__FMA__) && defined(__AVX512F__)
  add_loss<rw::exec::basic_simd<xsimd::fma3<xsimd::avx2>>>(name + "/avx2", p, loss, false);
#endif
}

/// The same sums in n log n steps per grade and in n^2: how many times as long the former take.
void compare_counting(std::string const& name, problem& p) {
  using hinge = rw::pair::hinge;
  rw::loss::pairwise<hinge> const visits_pairs;
  rw::loss::counting<hinge> const counts;
  std::vector<float> other(p.gradient.size());
  double const value = visits_pairs.gradient(p.scores, p.labels, p.lists, p.gradient, p.hessian);
  double const same = counts.gradient(p.scores, p.labels, p.lists, other, p.hessian);
  // By a rounding a pair at the margin counts or not: 1 of some thousand.
  if (std::abs(same - value) > 1e-5 * value || distance(other, p.gradient) > 2e-3) {
    std::printf("%s: %.9g differs from %.9g, or gradients by %.1e\n", name.c_str(), same, value,
                distance(other, p.gradient));
    std::exit(1);
  }
  add_loss<rw::exec::simd>(name + "/pairwise", p, visits_pairs, true);
  add_loss<rw::exec::simd>(name + "/counting", p, counts, true);
}

// Weights by the whole list's discounts and the ideal of the first 30, as LightGBM takes them.
template <std::size_t Ideal>
using ndcg_weight =
    rw::pair_weight::discounted_gain<rw::gain::exponential, rw::discount::log2, rw::rank::all, Ideal, true>;
template <class... Pieces>
using at_30 = rw::loss::pairwise<rw::pair::logistic, ndcg_weight<30>, rw::pairs::either_in_top<30>, Pieces...>;
template <class... Pieces>
using whole = rw::loss::pairwise<rw::pair::logistic, ndcg_weight<rw::rank::all>, Pieces...>;

int const registered = [] {
  constexpr std::size_t all = rw::rank::all;
  auto& peer = *new lightgbm_like(4000);
  compare("lambda ndcg, 120 items, 30 deep", make(10000, 80, 160, 4, 1, 30, peer), at_30<>{}, 30, false, peer);
  compare("lambda ndcg, 120 items", make(10000, 80, 160, 4, 1, all, peer), whole<>{}, all, false, peer);
  compare("lambda ndcg, 120 items, 30 deep, normalised", make(10000, 80, 160, 4, 1, 30, peer),
          at_30<rw::reduction::log2_of_slopes, rw::score_gap::divides_weight>{}, 30, true, peer);
  compare("lambda ndcg, 40 items", make(20000, 20, 60, 2, 2, all, peer), whole<>{}, all, false, peer);
  compare("lambda ndcg, 2000 items", make(500, 1500, 2500, 4, 3, all, peer), whole<>{}, all, false, peer);
  compare("lambda ndcg, 2000 items, 30 deep", make(500, 1500, 2500, 4, 3, 30, peer), at_30<>{}, 30, false, peer);
  compare("lambda ndcg, 10 items", make(50000, 5, 15, 2, 4, all, peer), whole<>{}, all, false, peer);
  auto& long_lists = *new lightgbm_like(8000);
  compare_counting("hinge, 40 items", make(5000, 40, 40, 4, 5, all, long_lists));
  compare_counting("hinge, 500 items", make(400, 500, 500, 4, 6, all, long_lists));
  compare_counting("hinge, 2000 items", make(100, 2000, 2000, 4, 7, all, long_lists));
  compare_counting("hinge, 8000 items", make(25, 8000, 8000, 4, 8, all, long_lists));
  return 0;
}();

} // namespace
