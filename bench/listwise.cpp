// Losses of lists that order items, or make an order smooth: nanoseconds per item, with the gradient. For NeuralNDCG
// neural_ndcg_allrank.py times the code of allRank itself.
#include "plain_listwise.hpp"
#include "row.hpp"

#include <rankwise/loss/approx.hpp>
#include <rankwise/loss/list_mle.hpp>
#include <rankwise/loss/neural_sort.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace rw = rankwise;

namespace {

struct problem {
  std::vector<float> scores, labels, gains, inverse_ideal, gradient, other;
  std::vector<unsigned> order;
  std::vector<std::size_t> offsets;
  rw::lists<std::size_t> lists;
  rw::workspace memory;

  /// `relevant` of 100 items have a grade from 1 to 4.
  problem(std::size_t length, std::size_t items, unsigned relevant, bool stored_by_label) {
    std::size_t const count = items / length;
    std::size_t const n = count * length;
    std::mt19937 random(7);
    std::normal_distribution<float> draw;
    scores.resize(n);
    labels.resize(n);
    gains.resize(n);
    gradient.resize(n);
    other.resize(n);
    order.resize(n);
    for (float& s : scores) {
      s = draw(random);
    }
    for (float& y : labels) {
      y = random() % 100 < relevant ? static_cast<float>(1 + random() % 4) : 0.0f;
    }
    for (std::size_t l = 0; l <= count; ++l) {
      offsets.push_back(l * length);
    }
    lists = rw::lists(offsets);
    for (std::size_t l = 0; l < count; ++l) {
      float* const y = labels.data() + l * length;
      if (stored_by_label) {
        std::sort(y, y + length, std::greater<>());
      }
      unsigned* const o = order.data() + l * length;
      std::iota(o, o + length, 0u);
      std::stable_sort(o, o + length, [y](unsigned a, unsigned b) { return y[a] > y[b]; });
      float ideal = 0;
      for (std::size_t k = 0; k < length; ++k) {
        gains[l * length + k] = std::exp2(y[k]) - 1;
        ideal += (std::exp2(y[o[k]]) - 1) / std::log2(static_cast<float>(k) + 2);
      }
      inverse_ideal.push_back(ideal > 0 ? 1 / ideal : 0);
    }
  }
};

/// Both sides of a ratio must compute the same: the value, and the gradient to `tolerance` of its largest number.
void agree(char const* what, double ours, double plain, problem const& p, float tolerance) {
  float largest = 0;
  float worst = 0;
  for (std::size_t i = 0; i < p.gradient.size(); ++i) {
    largest = std::max(largest, std::abs(p.other[i]));
    worst = std::max(worst, std::abs(p.other[i] - p.gradient[i]));
  }
  if (!(std::abs(ours - plain) <= 2e-5 * std::abs(plain)) || !(worst <= tolerance * largest)) {
    std::fprintf(stderr, "%s: %.9g differs from the plain loop's %.9g, or gradients by %.3g of %.3g\n", what, ours,
                 plain, static_cast<double>(worst), static_cast<double>(largest));
    std::exit(1);
  }
}

template <class Loss, class Plain, class Fast>
void compare(std::string const& name, Loss const& loss, problem& p, float tolerance, Plain plain, Fast fast) {
  auto& data = *new auto(loss.prepare(p.labels, p.lists)); // benchmarks outlive this function
  double const ours = loss.gradient(p.scores, data, p.gradient, p.memory);
  agree(name.c_str(), ours, plain(p.other.data()), p, tolerance);
  add_row(name + "/plain", p.scores.size(), [&p, plain] { return plain(p.other.data()); });
  add_row(name + "/fast-math", p.scores.size(), [&p, fast] { return fast(p.other.data()); });
#if defined(__AVX2__) && defined(__FMA__)
  add_row(name + "/avx2", p.scores.size(), [&p, &data, loss] {
    return loss.gradient(rw::exec::basic_simd<xsimd::fma3<xsimd::avx2>>{}, p.scores, data, p.gradient, p.memory);
  });
#endif
  add_row(name + "/native", p.scores.size(),
          [&p, &data, loss] { return loss.gradient(p.scores, data, p.gradient, p.memory); });
}

void list_mle(std::size_t length, bool stored) {
  auto& p = *new problem(length, 24'000, 50, stored);
  auto const call = [&p](auto* f) {
    return [&p, f](float* g) { return f(p.scores.data(), p.order.data(), p.offsets.data(), p.lists.size(), g); };
  };
  compare("ListMLE, lists of " + std::to_string(length) + (stored ? ", stored by label" : ""), rw::loss::list_mle{}, p,
          1e-4f, call(plain::list_mle), call(plain_fast_math::list_mle));
}

void approx_ndcg(std::size_t length, unsigned relevant) {
  auto& p = *new problem(length, length == 2000 ? 8'000 : 24'000, relevant, false);
  auto const call = [&p](auto* f, bool skip) {
    return [&p, f, skip](float* g) {
      return f(p.scores.data(), p.gains.data(), p.inverse_ideal.data(), p.offsets.data(), p.lists.size(), skip, g);
    };
  };
  std::string const name =
      "ApproxNDCG, lists of " + std::to_string(length) + ", " + std::to_string(relevant) + " % relevant";
  compare(name, rw::loss::approx<rw::metric::ndcg<>>{}, p, 2e-5f, call(plain::approx_ndcg, false),
          call(plain_fast_math::approx_ndcg, false));
  auto const skipping = call(plain::approx_ndcg, true);
  add_row(name + "/plain, gains only", p.scores.size(), [&p, skipping] { return skipping(p.other.data()); });
}

void neural_ndcg(std::size_t length) {
  auto& p = *new problem(length, length * 20, 50, false);
  auto const call = [&p](auto* f) {
    return [&p, f](float* g) {
      return f(p.scores.data(), p.gains.data(), p.inverse_ideal.data(), p.offsets.data(), p.lists.size(), 50, g);
    };
  };
  compare("NeuralNDCG, 50 rounds, lists of " + std::to_string(length), rw::loss::neural_sort<rw::metric::ndcg<>, 50>{},
          p, 2e-3f, call(plain::neural_ndcg), call(plain_fast_math::neural_ndcg));
}

int const registered = [] {
  for (std::size_t length : {40, 120, 2000}) {
    list_mle(length, false);
    list_mle(length, true);
  }
  approx_ndcg(40, 50);
  approx_ndcg(120, 50);
  approx_ndcg(2000, 10);
  neural_ndcg(40);
  neural_ndcg(120);
  return 0;
}();

} // namespace
