// RecIS (Alibaba, arXiv 2509.20883): sparse operations with the semantics of the authors' code, but deterministic.
#include "golden.hpp"

#include <rankwise/metric/group_auc.hpp>
#include <rankwise/sparse/features.hpp>
#include <rankwise/sparse/ragged.hpp>

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <vector>

namespace rw = rankwise;
namespace sparse = rw::sparse;

namespace {

template <class T>
void show(char const* what, numbers<T> const& found, std::initializer_list<double> expected) {
  for (std::size_t i = 0; i < found.size(); ++i) {
    golden(what, found[i], expected.begin()[i]);
  }
}

template <class T>
void reduce() {
  numbers<T> const embeddings{1, 2, 3, 4, 5, 6};
  std::vector<std::int64_t> const index{0, 2, 1, 1, 0};
  numbers<T> const weights{1, .5, 2, 1, 3};
  std::vector<std::size_t> const offsets{0, 2, 5};
  rw::lists const segments(offsets);
  auto const table = rw::row_major(embeddings, 2);
  numbers<T> out(4), g(6);
  sparse::reduce(sparse::sum{}, table, index, segments, rw::row_major(out, 2), {.weights = weights});
  show("SUM", out, {3.5, 5, 12, 18});
  sparse::reduce(sparse::mean{}, table, index, segments, rw::row_major(out, 2), {.weights = weights});
  show("MEAN, by the count", out, {1.75, 2.5, 4, 6});
  numbers<T> const ones(4, T(1));
  sparse::reduce_backward(sparse::sum{}, rw::row_major(ones, 2), sparse::inverse(index, segments, 3), segments,
                          rw::row_major(g, 2), {.weights = weights});
  show("gradient of SUM by the rows: their weights", g, {4, 4, 3, 3, .5, .5});
}

} // namespace

template <class T>
void worked() {
  std::vector<float> const price{1, 2, 3, std::nanf("")};
  std::vector<std::int64_t> const ids{7, -7, std::numeric_limits<std::int64_t>::min()};
  sparse::boundaries<float> const edges(std::vector<float>{2, 3});
  std::vector<int> bucket(4);
  std::vector<std::uint64_t> several(3 * 4), folded(3);
  sparse::run_features(sparse::map_buckets(edges, price, bucket), // one pass over all features
                       sparse::map_ids(sparse::multi_hash(1000), ids, rw::row_major(several, 4)),
                       sparse::map_ids(sparse::chain(sparse::modulo{1000}, sparse::table{5}), ids, folded));
  claim(bucket == std::vector<int>{0, 1, 2, 2}, "equal goes right, NaN into the last bucket");
  golden("multi-hash of -7: (28979 - 7) % 28979 % 1000", static_cast<double>(several[4]), 972);
  golden("multi-hash of -7, m = 3: (46997 - 21) % 1000", static_cast<double>(several[5]), 976);
  golden("the least id modulo 1000, unsigned", static_cast<double>(sparse::table::id_of(folded[2])), 808);
  golden("its table", static_cast<double>(sparse::table::table_of(folded[2])), 5);
  reduce<T>();

  std::vector<std::size_t> const rows{0, 2, 3};
  auto const crossed = sparse::cross(ids, rw::lists(rows), ids, rw::lists(rows));
  auto const last = sparse::cut_off(crossed.rows(), 1, sparse::side::right);
  claim(crossed.ids.size() == 5 && last.items.size() == 2 && last.items[0] == 3,
        "2 x 2 + 1 pairs; the last of each row");
  claim(sparse::unique(std::vector<int>{4, 4, 2}).reverse[2] == 1, "unique ids with a reverse index");

  numbers<T> const score{.9, .1, .4, .3, .8};
  std::vector<int> const click{1, 0, 1, 0, 0}, user{1, 1, 2, 2, 3};
  golden("GAUC: users with one class are left out", rw::metric::group_auc<>{}(score, click, user), 1);
}

int main() {
  return in_double_and_float([](auto t) { worked<decltype(t)>(); });
}
