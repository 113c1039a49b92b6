// Orders and metrics of lists against the standard library, and ten metrics at once against one: nanoseconds per item.
#include "row.hpp"

#include <rankwise/metric/arp.hpp>
#include <rankwise/metric/err.hpp>
#include <rankwise/metric/evaluate.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/mrr.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/rbp.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace rw = rankwise;
namespace m = rankwise::metric;

namespace {

/// Writes the order of every list, all of it or the best ten.
template <std::size_t Places>
struct order_of {
  using scratch = rw::rank::ranking_scratch;
  std::uint32_t* out = nullptr;

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    std::size_t const count = rw::rank::top(list, Places);
    for (std::size_t r = 0; out != nullptr && r < count; ++r) {
      out[list.first() + r] = list.template indices<0>()[r];
    }
    return typename List::scalar(0);
  }
  RANKWISE_METRIC_CALLS
};

struct problem {
  std::vector<float> scores, labels;
  std::vector<std::size_t> offsets;
  rw::lists<std::size_t> lists;
  rw::workspace memory;
  std::vector<std::uint32_t> ours, theirs;
};

// The standard library's sorts cost up to a third more or less with the place of their loops, which any other row
// moves: the whole is one function, at the beginning of a cache line.
template <class Sort>
[[gnu::noinline, gnu::flatten, gnu::aligned(64)]] void in_every_list(problem& p, Sort sort) {
  for (std::size_t l = 0; l < p.lists.size(); ++l) {
    float const* const s = p.scores.data() + p.offsets[l];
    auto const first = p.theirs.begin() + static_cast<std::ptrdiff_t>(p.offsets[l]);
    auto const last = p.theirs.begin() + static_cast<std::ptrdiff_t>(p.offsets[l + 1]);
    std::iota(first, last, 0u);
    sort(first, last, [s](unsigned a, unsigned b) { return s[a] > s[b] || (s[a] == s[b] && a < b); });
  }
}

template <std::size_t Places, class Sort>
void against(std::string const& name, problem& p, Sort sort) {
  auto& ours = *new order_of<Places>{p.ours.data()};
  auto& data = *new auto(ours.prepare(p.labels, p.lists));
  in_every_list(p, sort);
  ours(p.scores, data, p.memory);
  for (std::size_t l = 0; l < p.lists.size(); ++l) {
    std::size_t const count = std::min(Places, p.lists.size_of(l));
    for (std::size_t r = p.offsets[l]; r < p.offsets[l] + count; ++r) {
      if (p.ours[r] != p.theirs[r]) {
        std::fprintf(stderr, "%s: item %zu differs\n", name.c_str(), r);
        std::exit(1);
      }
    }
  }
  add_row(name + "/plain", p.scores.size(), [&p, sort] { in_every_list(p, sort); });
  add_row(name + "/native", p.scores.size(), [&] { benchmark::DoNotOptimize(ours(p.scores, data, p.memory)); });
}

/// NDCG@10 against std::partial_sort with tables of gains and discounts, and ideals known beforehand on both sides.
void ndcg_at_10(std::string const& size, problem& p) {
  constexpr m::ndcg<10> ours{};
  auto& data = *new auto(ours.prepare(p.labels, p.lists));
  std::vector<double> gain, discount, ideal;
  for (int i = 0; i < 10; ++i) {
    gain.push_back(std::exp2(i) - 1);
    discount.push_back(1 / std::log2(i + 2));
  }
  auto const dcg = [gain, discount](auto label, std::size_t count) {
    double sum = 0;
    for (std::size_t r = 0; r < std::min<std::size_t>(10, count); ++r) {
      sum += gain[static_cast<std::size_t>(label(r))] * discount[r];
    }
    return sum;
  };
  for (std::size_t l = 0; l < p.lists.size(); ++l) {
    std::vector<float> y(p.labels.begin() + static_cast<std::ptrdiff_t>(p.offsets[l]),
                         p.labels.begin() + static_cast<std::ptrdiff_t>(p.offsets[l + 1]));
    std::sort(y.rbegin(), y.rend());
    ideal.push_back(dcg([&](std::size_t r) { return y[r]; }, y.size()));
  }
  auto const plain = [&p, ideal, dcg] {
    in_every_list(p, [](auto first, auto last, auto before) {
      std::partial_sort(first, first + std::min<std::ptrdiff_t>(10, last - first), last, before);
    });
    double sum = 0;
    for (std::size_t l = 0; l < p.lists.size(); ++l) {
      std::size_t const begin = p.offsets[l];
      double const value =
          dcg([&](std::size_t r) { return p.labels[begin + p.theirs[begin + r]]; }, p.lists.size_of(l));
      sum += ideal[l] > 0 ? value / ideal[l] : 0;
    }
    return sum / static_cast<double>(p.lists.size());
  };
  std::string const name = "NDCG@10" + size;
  if (std::abs(plain() - ours(p.scores, data, p.memory)) > 1e-5) {
    std::fprintf(stderr, "%s differs\n", name.c_str());
    std::exit(1);
  }
  add_row(name + "/plain", p.scores.size(), [plain] { benchmark::DoNotOptimize(plain()); });
  add_row(name + "/native", p.scores.size(),
          [&p, ours, &data] { benchmark::DoNotOptimize(ours(p.scores, data, p.memory)); });
}

/// Ten metrics at once beside the dearest two of them alone: at most 1.5 times their cost is what sharing promises.
void ten_at_once(std::string const& size, problem& p) {
  auto const set = rw::metrics(m::ndcg<10>{}, m::ndcg<>{}, m::dcg<10>{}, m::map<>{}, m::mrr<10>{}, m::err<10>{},
                               m::precision<10>{}, m::recall<100>{}, m::rbp<>{}, m::arp<>{});
  auto& data = *new auto(set.prepare(p.labels, p.lists));
  auto const one = rw::metrics(m::map<>{});
  auto& one_data = *new auto(one.prepare(p.labels, p.lists));
  auto const full = rw::metrics(m::ndcg<>{});
  auto& full_data = *new auto(full.prepare(p.labels, p.lists));
  std::string const name = "ten metrics" + size;
  add_row(name + "/NDCG alone", p.scores.size(), [&p, full, &full_data] {
    benchmark::DoNotOptimize(rw::evaluate(full, p.scores, full_data, p.memory).value(0));
  });
  add_row(name + "/MAP alone", p.scores.size(),
          [&p, one, &one_data] { benchmark::DoNotOptimize(rw::evaluate(one, p.scores, one_data, p.memory).value(0)); });
  add_row(name + "/all ten", p.scores.size(),
          [&p, set, &data] { benchmark::DoNotOptimize(rw::evaluate(set, p.scores, data, p.memory).value(9)); });
}

void of_length(std::size_t length) {
  auto& p = *new problem; // benchmarks outlive this function
  std::size_t const lists = 240'000 / length;
  std::mt19937 random(2);
  std::normal_distribution<float> draw;
  for (std::size_t i = 0; i < lists * length; ++i) {
    p.scores.push_back(draw(random));
    p.labels.push_back(static_cast<float>(random() % 5));
  }
  for (std::size_t l = 0; l <= lists; ++l) {
    p.offsets.push_back(l * length);
  }
  p.lists = rw::lists(p.offsets);
  p.ours.resize(p.scores.size());
  p.theirs.resize(p.scores.size());
  std::string const size = ", lists of " + std::to_string(length);
  against<rw::rank::all>("full order" + size, p,
                         [](auto first, auto last, auto before) { std::stable_sort(first, last, before); });
  against<10>("top 10" + size, p, [](auto first, auto last, auto before) {
    std::partial_sort(first, first + std::min<std::ptrdiff_t>(10, last - first), last, before);
  });
  ndcg_at_10(size, p);
  ten_at_once(size, p);
}

int const registered = [] {
  for (std::size_t length : {40, 120, 2000}) {
    of_length(length);
  }
  return 0;
}();

} // namespace
