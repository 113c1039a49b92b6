// Sparse features: buckets against std::upper_bound, embedding bags against reading their rows once, one query of words
// against 100,000 products by merging and by a dense inner product. Nanoseconds per number, id or product.
#include "row.hpp"

#include <rankwise/sparse/bucketise.hpp>
#include <rankwise/sparse/inverted.hpp>
#include <rankwise/sparse/segment.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace rw = rankwise;
namespace sparse = rw::sparse;

namespace {

void agree(char const* what, bool same) {
  if (!same) {
    std::fprintf(stderr, "%s: differs from the plain loop\n", what);
    std::exit(1);
  }
}

class numbers {
public:
  double uniform() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<double>(state_ >> 11) * 0x1p-53;
  }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(uniform() * static_cast<double>(n)); }

private:
  std::uint64_t state_ = 1;
};

// ---- buckets

void buckets(std::size_t boundaries) {
  constexpr std::size_t n = 1 << 16;
  numbers r;
  auto& values = *new std::vector<float>(n);
  auto& edges = *new std::vector<float>(boundaries);
  for (float& v : values) {
    v = static_cast<float>(r.uniform());
  }
  for (float& b : edges) {
    b = static_cast<float>(r.uniform());
  }
  std::sort(edges.begin(), edges.end());
  auto& ours = *new std::vector<std::int32_t>(n);
  auto& theirs = *new std::vector<std::int32_t>(n);
  auto& sorted = *new sparse::boundaries<float>(edges);
  auto const plain = [&] {
    for (std::size_t i = 0; i < n; ++i) {
      theirs[i] = static_cast<std::int32_t>(std::upper_bound(edges.begin(), edges.end(), values[i]) - edges.begin());
    }
  };
  auto const fused = [&] { sparse::bucketise(values, sorted, ours); };
  plain();
  fused();
  agree("bucketise", ours == theirs);
  std::string const what = "bucketise, " + std::to_string(boundaries) + " boundaries";
  add_row(what + "/plain", n, plain);
  add_row(what + "/native", n, fused);
}

// ---- embedding bags: a million ids, 64 numbers each

void embeddings(char const* order, bool random) {
  constexpr std::size_t ids = 1'000'000;
  constexpr std::size_t width = 64;
  struct batch {
    std::vector<float> table = std::vector<float>(ids * width, 0.5f); // one row per id: 256 MB
    std::vector<std::int32_t> index = std::vector<std::int32_t>(ids);
    std::vector<std::size_t> offsets;
    std::vector<float> out, plain;
  };
  static batch* shared = nullptr;
  auto const get = [random]() -> batch& { // allocated when the first of these benchmarks runs
    static batch* last = nullptr;
    static bool last_random = false;
    if (shared == nullptr) {
      shared = new batch;
      for (std::size_t i = 0; i <= ids; i += 10) {
        shared->offsets.push_back(i);
      }
      shared->out.resize(shared->offsets.size() * width);
      shared->plain.resize(shared->offsets.size() * width);
    }
    if (last == nullptr || last_random != random) {
      numbers r;
      for (std::size_t i = 0; i < ids; ++i) {
        shared->index[i] = static_cast<std::int32_t>(random ? r.below(ids) : i);
      }
      last = shared;
      last_random = random;
    }
    return *shared;
  };
  std::string const what = std::string("sum of 64-wide rows, ") + order;
  add_row(what + "/plain", ids, [get] { // segment by segment, number by number
    batch& b = get();
    for (std::size_t s = 0; s + 1 < b.offsets.size(); ++s) {
      float* const to = b.plain.data() + s * width;
      std::fill_n(to, width, 0.0f);
      for (std::size_t i = b.offsets[s]; i < b.offsets[s + 1]; ++i) {
        float const* const row = b.table.data() + static_cast<std::size_t>(b.index[i]) * width;
        for (std::size_t k = 0; k < width; ++k) {
          to[k] += row[k];
        }
      }
    }
  });
  add_row(what + "/reading", ids, [get] { // the rows once, added up and thrown away
    batch& b = get();
    using V = rw::exec::simd::vector<float>;
    constexpr std::size_t lanes = V::size;
    V sum[4] = {V(0.0f), V(0.0f), V(0.0f), V(0.0f)};
    for (std::size_t i = 0; i < ids; ++i) {
      float const* const row = b.table.data() + static_cast<std::size_t>(b.index[i]) * width;
      for (std::size_t k = 0; k < width; k += lanes) {
        sum[k / lanes % 4] += rw::math::load<V>(row + k);
      }
    }
    float total = rw::math::reduce_add(sum[0] + sum[1] + sum[2] + sum[3]);
    benchmark::DoNotOptimize(total);
  });
  add_row(what + "/native", ids, [get] {
    batch& b = get();
    std::size_t const segments = b.offsets.size() - 1;
    sparse::reduce(sparse::sum{}, rw::row_major(b.table, width), b.index, rw::lists(b.offsets),
                   rw::row_major(b.out.data(), segments, width));
  });
}

// ---- one query of ten words against 100,000 products of thirty, words as common as in a language

void words() {
  constexpr std::size_t products = 100'000;
  constexpr std::size_t vocabulary = 30'000;
  numbers r;
  auto& word = *new std::vector<std::int32_t>;
  auto& weight = *new std::vector<float>;
  auto& offsets = *new std::vector<std::size_t>{0};
  auto const draw = [&r](std::size_t count) {
    std::vector<std::int32_t> bag;
    while (bag.size() < count) {
      auto const w = static_cast<std::int32_t>(std::pow(static_cast<double>(vocabulary), r.uniform())) - 1;
      if (std::find(bag.begin(), bag.end(), w) == bag.end()) {
        bag.push_back(w);
      }
    }
    std::sort(bag.begin(), bag.end());
    return bag;
  };
  for (std::size_t p = 0; p < products; ++p) {
    auto const bag = draw(30);
    word.insert(word.end(), bag.begin(), bag.end());
    offsets.push_back(word.size());
  }
  for (std::size_t i = 0; i < word.size(); ++i) {
    weight.push_back(static_cast<float>(r.uniform()));
  }
  auto& asked = *new auto(draw(10));
  auto& how_much = *new std::vector<float>(10, 0.3f);
  auto& dense = *new std::vector<float>(products * 64, 0.5f);
  auto& embedding = *new std::vector<float>(64, 0.25f);
  auto& out = *new std::vector<float>(products);
  auto& merged = *new std::vector<float>(products);
  sparse::bags const bags(word, weight, rw::lists(offsets));
  auto const query = sparse::as_bag(asked, how_much);
  auto& index = *new sparse::inverted(bags);
  auto const by_merging = [&merged, bags, query] {
    for (std::size_t p = 0; p < products; ++p) {
      auto const b = bags[p];
      float sum = 0;
      for (std::size_t i = 0, j = 0; i < query.count && j < b.count;) {
        if (query.words[i] < b.words[j]) {
          ++i;
        } else if (b.words[j] < query.words[i]) {
          ++j;
        } else {
          sum += query.weights[i++] * b.weights[j++];
        }
      }
      merged[p] = sum;
    }
  };
  auto const by_list = [&index, &out, query] { index.scores(query, out); };
  auto const by_table = [&out, bags, query] { sparse::query_table(query, vocabulary).scores(bags, out); };
  auto const same = [&out, &merged] {
    for (std::size_t p = 0; p < products; ++p) {
      if (std::abs(out[p] - merged[p]) > 1e-5f) {
        return false;
      }
    }
    return true;
  };
  by_merging();
  by_list();
  agree("inverted lists", same());
  by_table();
  agree("query table", same());
  add_row("words, 100,000 products/plain", products, by_merging);
  add_row("words, 100,000 products/dense 64", products, [&dense, &embedding, &out] {
    using V = rw::exec::simd::vector<float>;
    for (std::size_t p = 0; p < products; ++p) {
      V sum(0.0f);
      for (std::size_t k = 0; k < 64; k += V::size) {
        sum = rw::math::fma(rw::math::load<V>(dense.data() + p * 64 + k), rw::math::load<V>(embedding.data() + k), sum);
      }
      out[p] = rw::math::reduce_add(sum);
    }
  });
  add_row("words, 100,000 products/table", products, by_table);
  add_row("words, 100,000 products/inverted", products, by_list);
}

int const registered = [] {
  for (std::size_t n : {4u, 16u, 64u, 256u}) {
    buckets(n);
  }
  embeddings("in order", false);
  embeddings("at random", true);
  words();
  return 0;
}();

} // namespace
