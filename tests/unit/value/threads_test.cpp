#if __has_include(<tbb/parallel_for.h>)
#include <rankwise/backend/parallel.hpp>
#include <rankwise/head/binary.hpp>
#include <rankwise/value/phases.hpp>
#include <rankwise/value/ranker.hpp>

#include <support/random.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

namespace rw = rankwise;

TEST_CASE("value/threads: exec::parallel shares lists among threads, and the bits are the same") {
  constexpr rw::head::binary<"click"> click{};
  constexpr rw::head::binary<"buy"> buy{};
  constexpr auto author = rw::ids<"author">{};
  support::random random(1);
  std::vector<std::size_t> sizes(400);
  std::size_t items = 0;
  for (std::size_t& n : sizes) {
    n = random.below(70);
    items += n;
  }
  auto const rows = random.uniforms<float>(2 * items, -3, 3);
  std::vector<int> who(items);
  for (int& id : who) {
    id = static_cast<int>(random.below(4));
  }
  auto const z = rw::row_major(rows, 2);
  auto const ids = rw::columns(rw::named<"author">(who));
  auto const lists = rw::lists_of_sizes(sizes);
  auto const ranker = rw::ranker(rw::heads(click, buy), rw::weight<"w">(2) * z_score(1 * probability(click)) +
                                                            diversity(min_max(probability(buy)), author));
  std::vector<float> one(items), several(items);
  ranker.score(z, ids, lists, one);
  auto const top = ranker.top_k<5>(z, ids, lists);
  auto const by_weight = ranker.gradient(z, ids, lists, one, ranker.weights());
  auto const phases = rw::phases(rw::heads(click, buy), rw::phase<9>(1 * probability(click)),
                                 rw::phase<4>(rw::weight<"w">(2) * diversity(probability(buy) * 1, author)));
  auto const page = phases.top(z, ids, lists);
  for (int threads : {1, 2, 8}) {
    CAPTURE(threads);
    rw::exec::parallel const executor{.threads = threads};
    ranker.score(executor, z, ids, lists, several);
    CHECK(several == one);
    auto const found = ranker.top_k<5>(executor, z, ids, lists);
    CHECK(found.items == top.items);
    CHECK(found.scores == top.scores);
    auto const same = phases.top(executor, z, ids, lists, phases.weights());
    CHECK(same.items == page.items);
    CHECK(same.scores == page.scores);
    CHECK(same.counts == page.counts);
    CHECK(ranker.gradient(executor, z, ids, lists, one, ranker.weights()) == by_weight);
  }
}
#endif
