#include <rankwise/backend/emulated.hpp>
#include <rankwise/backend/thrust.hpp>
#include <rankwise/head/input.hpp>
#include <rankwise/rank/top_k.hpp>
#include <rankwise/value/ranker.hpp>

#include "support/ragged.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace top_scores_test {

namespace rw = rankwise;

namespace {

constexpr auto heads = rw::heads(rw::head::input<"a">{}, rw::head::input<"b">{});
constexpr auto a = feature(rw::head::input<"a">{});
constexpr auto b = feature(rw::head::input<"b">{});
constexpr auto plain = rw::ranker{heads, a + rw::weight<"w">(0.25) * b};
// Powers of a half are exact, however they are multiplied.
constexpr auto adjusted =
    rw::ranker{heads, a + rrf(b) + diversity(max(b, 0), rw::ids<"brand">{}, {.decay = 0.5, .floor = 0.25})};

struct table {
  support::ragged<float> p;
  std::vector<float> logits;
  std::vector<std::uint16_t> brands;

  explicit table(bool everything) : p(31, everything) {
    support::random random(32);
    for (float const x : p.scores) {
      logits.push_back(x);
      logits.push_back(static_cast<float>(random.below(4)));
      brands.push_back(static_cast<std::uint16_t>(random.below(9)));
    }
  }
};

template <std::size_t K, class T>
std::size_t differences(rw::top_scores<K, T> const& found, rw::top_scores<K, T> const& expected) {
  if (found.counts != expected.counts) {
    return static_cast<std::size_t>(-1);
  }
  std::size_t count = 0;
  for (std::size_t l = 0; l < found.size(); ++l) {
    for (std::size_t r = 0; r < found[l].size(); ++r) {
      count += found[l][r] == expected[l][r] && found.scores_of(l)[r] == expected.scores_of(l)[r] ? 0 : 1;
    }
  }
  return count;
}

template <std::size_t K, class Ranker>
void check(Ranker const& ranker, bool everything) {
  CAPTURE(K);
  CAPTURE(everything);
  table const t(everything);
  auto const rows = rw::row_major(t.logits.data(), t.p.scores.size(), 2);
  rw::status status;
  rw::options given{.errors = status};
  if (everything) {
    given.mask = t.p.mask;
  }
  // Item after item, so that scores have the same bits.
  auto const ids = rw::columns(rw::named<"brand">(t.brands));
  auto const expected = ranker.template top_k<K>(rw::exec::scalar{}, rows, ids, t.p.lists(), given);
  CHECK((status.code == rw::errc::not_finite) == everything);

  thrust::device_vector<float> const logits(t.logits);
  thrust::device_vector<std::uint8_t> const mask(t.p.mask);
  rw::matrix<float const, rw::layout::row_major, rw::memory::device> const there{logits.data().get(), t.p.scores.size(),
                                                                                 2, 2, 1};
  rw::status reported;
  rw::options given_there{.errors = reported};
  if (everything) {
    given_there.mask = mask;
  }
  thrust::device_vector<std::uint16_t> const brands(t.brands);
  auto const ids_there = rw::columns(rw::named<"brand">(brands));
  CHECK(differences(ranker.template top_k<K>(there, ids_there, t.p.lists(), given_there), expected) == 0);
  CHECK(reported.code == status.code);
  CHECK(reported.where == status.where);
  CHECK(reported.found == status.found);
  for (auto const order : {rw::lane_order::forwards, rw::lane_order::backwards, rw::lane_order::scattered}) {
    auto const in_group = ranker.template top_k<K>(rw::exec::emulated<8>{order}, rows, ids, t.p.lists(), given);
    CHECK(differences(in_group, expected) == 0);
  }
}

} // namespace

TEST_CASE("the best items straight from the logits: one by one, Thrust and groups of threads agree") {
  for (bool const everything : {false, true}) {
    check<10>(plain, everything);
    check<40>(adjusted, everything);
  }
}

TEST_CASE("columns of the caller's, lists placed once, and memory of the second call") {
  table const t(true);
  rw::status status;
  auto const expected = plain.top_k<10>(rw::exec::scalar{}, rw::row_major(t.logits.data(), t.p.scores.size(), 2),
                                        t.p.lists(), {.mask = t.p.mask, .errors = status});
  thrust::device_vector<float> const numbers(t.logits);
  thrust::device_vector<std::uint8_t> const mask(t.p.mask);
  rw::matrix<float const, rw::layout::row_major, rw::memory::device> const logits{numbers.data().get(),
                                                                                  t.p.scores.size(), 2, 2, 1};

  //{ columns
  rw::exec::thrust const device;
  auto const groups = rw::place_lists(device, t.p.lists());
  thrust::device_vector<std::uint32_t> items(10 * t.p.lists().size());
  thrust::device_vector<float> scores(items.size());
  thrust::device_vector<int> counts(t.p.lists().size());
  rw::workspace memory;
  rw::top_columns const to(items, scores, counts);
  plain.top_k<10>(device, logits, groups, to, memory, {.mask = mask, .errors = status});
  //} columns
  auto const check_columns = [&] {
    std::size_t wrong = 0;
    for (std::size_t l = 0; l < expected.size(); ++l) {
      wrong += static_cast<std::size_t>(static_cast<int>(counts[l])) == expected.counts[l] ? 0 : 1;
      for (std::size_t r = 0; r < expected[l].size(); ++r) {
        wrong += static_cast<std::uint32_t>(items[10 * l + r]) == expected[l][r] &&
                         static_cast<float>(scores[10 * l + r]) == expected.scores_of(l)[r]
                     ? 0
                     : 1;
      }
    }
    CHECK(wrong == 0);
  };
  check_columns();
  // Scores over lists that were placed once.
  thrust::device_vector<float> all(t.p.scores.size()), placed(t.p.scores.size());
  thrust::device_vector<std::uint16_t> const brands(t.brands);
  auto const ids = rw::columns(rw::named<"brand">(brands));
  adjusted.score(logits, ids, t.p.lists(), all, {.mask = mask, .errors = status});
  adjusted.score(device, logits, ids, groups, placed, memory, {.mask = mask, .errors = status});
  std::vector<float> const a_host(all.begin(), all.end()), b_host(placed.begin(), placed.end());
  CHECK(std::equal(a_host.begin(), a_host.end(), b_host.begin(),
                   [](float x, float y) { return x == y || (std::isnan(x) && std::isnan(y)); }));
  auto const* const block = memory.device(0, nullptr, nullptr, 0);
  thrust::fill(items.begin(), items.end(), 0u);
  plain.top_k<10>(device.leaving(thrust::device_vector<double>(2).data().get()), logits, groups, to, memory,
                  {.mask = mask, .errors = status});
  check_columns();
  CHECK(memory.device(0, nullptr, nullptr, 0) == block);

  thrust::device_vector<int> few(3);
  rw::top_columns const short_ones(items, scores, few);
  status = {};
  plain.top_k<10>(device, logits, groups, short_ones, memory, {.mask = mask, .errors = status});
  CHECK(status.code == rw::errc::size_mismatch);

  // The host has the same call.
  std::vector<int> host_items(items.size()), host_counts(counts.size());
  std::vector<float> host_scores(items.size());
  rw::top_columns const here(host_items, host_scores, host_counts);
  plain.top_k<10>(rw::row_major(t.logits.data(), t.p.scores.size(), 2), t.p.lists(), here, memory,
                  {.mask = t.p.mask, .errors = status});
  CHECK(host_counts[16] == static_cast<int>(expected.counts[16]));
  CHECK(host_items[163] == static_cast<int>(expected.items[163]));
}

} // namespace top_scores_test
