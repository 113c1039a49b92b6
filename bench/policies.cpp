// One element-wise, one list-wise and one order-dependent policy against the loop that one writes by hand.
// Nanoseconds per item.
#include <rankwise/rankwise.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

namespace {

namespace rw = rankwise;

struct data_set {
  std::vector<float> content;
  std::vector<float> scores;
  std::vector<float> grades;
  std::vector<std::size_t> offsets{0};

  // Lists of one length, like the pages of a product search.
  explicit data_set(std::size_t length) {
    std::size_t const items = 65536 / length * length;
    std::uint64_t state = 1;
    auto const uniform = [&state] {
      state = state * 6364136223846793005u + 1442695040888963407u;
      return static_cast<float>(state >> 40) * 0x1p-24f;
    };
    for (std::size_t i = 0; i < items; ++i) {
      content.push_back(uniform());
      scores.push_back(4 * uniform() - 2);
      grades.push_back(std::floor(5 * uniform() * uniform()));
    }
    for (std::size_t end = length; end <= items; end += length) {
      offsets.push_back(end);
    }
  }
};

void polarise_plain(std::vector<float> const& in, std::vector<float>& out) {
  for (std::size_t i = 0; i < in.size(); ++i) {
    out[i] = 1 / (1 + std::exp(-10 * (in[i] - 0.5f)));
  }
}

double softmax_plain(data_set const& d, std::vector<float>& gradient) {
  double loss = 0;
  for (std::size_t l = 0; l + 1 < d.offsets.size(); ++l) {
    std::size_t const begin = d.offsets[l];
    std::size_t const end = d.offsets[l + 1];
    float peak = d.scores[begin];
    for (std::size_t i = begin; i < end; ++i) {
      peak = std::max(peak, d.scores[i]);
    }
    float total = 0;
    float mass = 0;
    float aligned = 0;
    for (std::size_t i = begin; i < end; ++i) {
      gradient[i] = std::exp(d.scores[i] - peak);
      total += gradient[i];
      mass += d.grades[i];
      aligned += d.grades[i] * (d.scores[i] - peak);
    }
    for (std::size_t i = begin; i < end; ++i) {
      gradient[i] = mass * gradient[i] / total - d.grades[i];
    }
    loss += static_cast<double>(mass * std::log(total) - aligned);
  }
  return loss;
}

double ndcg_plain(data_set const& d, std::vector<double> const& ideal, std::vector<std::uint32_t>& order) {
  constexpr std::size_t cutoff = 10;
  static std::array<double, cutoff> const discount = [] {
    std::array<double, cutoff> a{};
    for (std::size_t r = 0; r < cutoff; ++r) {
      a[r] = 1 / std::log2(static_cast<double>(r) + 2);
    }
    return a;
  }();
  double sum = 0;
  for (std::size_t l = 0; l + 1 < d.offsets.size(); ++l) {
    float const* const s = d.scores.data() + d.offsets[l];
    float const* const y = d.grades.data() + d.offsets[l];
    std::size_t const n = d.offsets[l + 1] - d.offsets[l];
    std::size_t const k = std::min(n, cutoff);
    auto const first = order.begin();
    std::iota(first, first + static_cast<std::ptrdiff_t>(n), 0u);
    std::partial_sort(first, first + static_cast<std::ptrdiff_t>(k), first + static_cast<std::ptrdiff_t>(n),
                      [s](std::uint32_t a, std::uint32_t b) { return s[a] > s[b] || (s[a] == s[b] && a < b); });
    double dcg = 0;
    for (std::size_t r = 0; r < k; ++r) {
      dcg += static_cast<double>(std::exp2(y[order[r]]) - 1) * discount[r];
    }
    sum += ideal[l] > 0 ? dcg / ideal[l] : 0;
  }
  return sum / static_cast<double>(d.offsets.size() - 1);
}

template <class F>
void add(std::string const& name, std::size_t items, F f) {
  benchmark::RegisterBenchmark(name.c_str(), [items, f](benchmark::State& state) mutable {
    for (auto _ : state) {
      f();
      benchmark::ClobberMemory();
    }
    state.counters["ns"] =
        benchmark::Counter(static_cast<double>(state.iterations()) * static_cast<double>(items) / 1e9,
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  });
}

bool const registered = [] {
  for (std::size_t const length : {std::size_t{12}, std::size_t{100}, std::size_t{1000}}) {
    static std::vector<data_set> sets = [] {
      std::vector<data_set> v;
      v.reserve(3);
      return v;
    }();
    data_set const& d = sets.emplace_back(length);
    std::size_t const items = d.scores.size();
    std::string const per = ", lists of " + std::to_string(length);
    auto const lists = rw::lists(d.offsets);

    if (length == 1000) {
      std::vector<float> out(items);
      add("polarise/ours", items,
          [&d, out]() mutable { rw::apply(rw::label::polarise{.steepness = 10, .centre = 0.5}, d.content, out); });
      add("polarise/plain", items, [&d, out]() mutable { polarise_plain(d.content, out); });
    }

    std::vector<float> gradient(items);
    auto const softmax = std::make_shared<decltype(rw::loss::softmax{}.prepare(d.grades, lists))>(
        rw::loss::softmax{}.prepare(d.grades, lists));
    auto const memory = std::make_shared<rw::workspace>();
    add("softmax gradient" + per + "/ours", items, [&d, softmax, memory, gradient]() mutable {
      benchmark::DoNotOptimize(rw::loss::softmax{}.gradient(d.scores, *softmax, gradient, *memory));
    });
    add("softmax gradient" + per + "/plain", items,
        [&d, gradient]() mutable { benchmark::DoNotOptimize(softmax_plain(d, gradient)); });

    auto const ndcg = std::make_shared<decltype(rw::metric::ndcg<10>{}.prepare(d.grades, lists))>(
        rw::metric::ndcg<10>{}.prepare(d.grades, lists));
    add("NDCG@10" + per + "/ours", items,
        [&d, ndcg, memory]() mutable { benchmark::DoNotOptimize(rw::metric::ndcg<10>{}(d.scores, *ndcg, *memory)); });
    // Both have seen the labels before: the best DCG of every list is known.
    std::vector<double> ideal(d.offsets.size() - 1);
    for (std::size_t l = 0; l < ideal.size(); ++l) {
      std::vector<float> best(d.grades.begin() + static_cast<std::ptrdiff_t>(d.offsets[l]),
                              d.grades.begin() + static_cast<std::ptrdiff_t>(d.offsets[l + 1]));
      std::sort(best.rbegin(), best.rend());
      for (std::size_t r = 0; r < std::min<std::size_t>(10, best.size()); ++r) {
        ideal[l] += static_cast<double>(std::exp2(best[r]) - 1) / std::log2(static_cast<double>(r) + 2);
      }
    }
    std::vector<std::uint32_t> order(length);
    add("NDCG@10" + per + "/plain", items,
        [&d, ideal, order]() mutable { benchmark::DoNotOptimize(ndcg_plain(d, ideal, order)); });
  }
  return true;
}();

} // namespace
