// TaoSR-AGRL (arXiv 2510.08048): gated rewards from parts, and replay. The formula is ours.
#include "golden.hpp"

#include <rankwise/reward/components.hpp>
#include <rankwise/reward/filter.hpp>

#include <vector>

namespace rw = rankwise;

template <class T>
void worked() {
  // Three answers: right; one level off; a high grade though the category does not match.
  std::vector<int> const format{1, 1, 1}, category{1, 1, 0}, attribute{1, 0, 1};
  std::vector<int> const predicted{3, 2, 3}, right{3, 3, 0}, broken{0, 0, 1};
  rw::reward::gated_columns const parts{.format = format,
                                        .category = category,
                                        .attribute = attribute,
                                        .predicted = predicted,
                                        .right = right,
                                        .broken = broken};
  numbers<T> r(3);
  rw::reward::gated<>{.format = 0.5, .category = 1, .attribute = 0.5, .relevance = 2}.rewards(parts, r);
  golden("all right: 0.5 + 1 + 0.5 + 2", r[0], 4);
  golden("one of three levels off: rho = 2/3", r[1], 0.5 + 1 + 2 * (2.0 / 3));
  golden("the gate is closed: the format alone", r[2], 0.5);
  rw::reward::gated<rw::reward::exact>{.relevance = 2}.rewards(parts, r);
  golden("exact match instead: rho = 0", r[1], 1 + 1);

  std::vector<int> const solved{0, 0, 0, 0, /**/ 1, 0, 0, 0, /**/ 1, 1, 1, 0};
  auto const queries = rw::lists<>::uniform(3, 4);
  claim(rw::reward::replay_filter{.accuracy = 0.25}.groups(solved, queries) == std::vector<std::size_t>{0, 1},
        "queries with at most a quarter right come again, with guidance");
}

int main() {
  return in_double_and_float([](auto t) { worked<decltype(t)>(); });
}
