#include <rankwise/backend/emulated.hpp>
#include <rankwise/backend/thrust.hpp>
#include <rankwise/rank/ranks.hpp>

#include "support/ragged.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

namespace rw = rankwise;

namespace {

/// By the definition: how many of the list are better, and how many as good come first.
std::vector<double> counted(support::ragged<float> const& p, bool mean, std::vector<std::uint64_t> const& ids,
                            std::size_t longest) {
  auto const lists = p.lists();
  std::vector<double> ranks(p.scores.size(), -1);
  for (std::size_t l = 0; l < lists.size(); ++l) {
    std::size_t const first = lists.begin_of(l);
    std::size_t const end = lists.end_of(l);
    auto const live = [&](std::size_t i) {
      return (p.mask.empty() || p.mask[i] != 0) && p.scores[i] != -std::numeric_limits<float>::infinity();
    };
    bool finite = true;
    for (std::size_t i = first; i < end; ++i) {
      finite = finite && (!live(i) || std::isfinite(p.scores[i]));
    }
    for (std::size_t i = first; i < end && finite && end - first <= longest; ++i) {
      double better = 0, equal = 0, earlier = 0;
      for (std::size_t j = first; j < end && live(i); ++j) {
        better += live(j) && p.scores[j] > p.scores[i] ? 1 : 0;
        equal += live(j) && j != i && p.scores[j] == p.scores[i] ? 1 : 0;
        bool const first_of_both = ids.empty() || ids[j] == ids[i] ? j < i : ids[j] < ids[i];
        earlier += live(j) && first_of_both && p.scores[j] == p.scores[i] ? 1 : 0;
      }
      ranks[i] = live(i) ? better + (mean ? equal / 2 : earlier) : -1;
    }
  }
  return ranks;
}

/// As unsigned numbers, so that the greatest do not fit double.
std::vector<std::uint64_t> ids_of(support::ragged<float> const& p) {
  std::vector<std::uint64_t> ids(p.scores.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    ids[i] = ~std::uint64_t{0} - i * 7919 % 1009;
  }
  return ids;
}

template <class Ties>
void check(bool everything) {
  CAPTURE(everything);
  constexpr bool mean = std::is_same_v<Ties, rw::ties::expected>;
  constexpr bool by_id = std::is_same_v<Ties, rw::ties::by_id>;
  support::ragged<float> const p(23, everything);
  rw::status status;
  rw::options given{.errors = status};
  if (everything) {
    given.mask = p.mask;
  }
  auto const ids = ids_of(p);
  if (by_id) {
    given.ids = ids;
  }
  std::vector<double> expected(p.scores.size(), 7);
  rw::ranks<Ties>(p.scores, p.lists(), expected, given);
  CHECK((status.code == rw::errc::not_finite) == everything);
  std::vector<double> const by_definition = counted(p, mean, by_id ? ids : std::vector<std::uint64_t>(), 3000);
  std::size_t wrong = 0;
  for (std::size_t l = 0; l < p.lists().size(); ++l) {
    for (std::size_t i = p.lists().begin_of(l); i < p.lists().end_of(l) && p.lists().size_of(l) <= 3000; ++i) {
      wrong += expected[i] == by_definition[i] ? 0 : 1;
    }
  }
  CHECK(wrong == 0);

  thrust::device_vector<float> const scores(p.scores);
  thrust::device_vector<std::uint8_t> const mask(p.mask);
  thrust::device_vector<double> found(p.scores.size(), 7.0);
  rw::status there;
  rw::options given_there{.errors = there};
  if (everything) {
    given_there.mask = mask;
  }
  thrust::device_vector<std::uint64_t> const ids_there(ids);
  if (by_id) {
    given_there.ids = ids_there;
  }
  rw::ranks<Ties>(scores, p.lists(), found, given_there);
  CHECK(std::equal(expected.begin(), expected.end(), found.begin()));
  CHECK(there.code == status.code);
  CHECK(there.where == status.where);
  CHECK(there.found == status.found);

  for (auto const order : {rw::lane_order::forwards, rw::lane_order::backwards, rw::lane_order::scattered}) {
    std::vector<double> in_group(p.scores.size(), 7);
    rw::ranks<Ties>(rw::exec::emulated<8>{order}, p.scores, p.lists(), in_group, given);
    CHECK(in_group == expected);
  }
}

} // namespace

TEST_CASE("columns of ranks: simd, Thrust, groups of threads and the definition agree") {
  for (bool const everything : {false, true}) {
    check<rw::ties::stable>(everything);
    check<rw::ties::expected>(everything);
    check<rw::ties::by_id>(everything);
  }
}

TEST_CASE("ranks by lot on a device, and lists that were placed once") {
  support::ragged<float> const p(24, true, 900);
  std::vector<int> expected(p.scores.size());
  rw::status status;
  rw::ranks<rw::ties::random<3>>(p.scores, p.lists(), expected, {.mask = p.mask, .errors = status});

  //{ placed
  rw::exec::thrust const device;
  thrust::device_vector<float> const scores(p.scores);
  thrust::device_vector<std::uint8_t> const mask(p.mask);
  thrust::device_vector<int> places(scores.size());
  auto const groups = rw::place_lists(device, p.lists());
  rw::workspace memory;
  rw::ranks<rw::ties::random<3>>(device, scores, groups, places, memory, {.mask = mask, .errors = status});
  //} placed
  CHECK(std::equal(expected.begin(), expected.end(), places.begin()));

  auto const* const first = memory.device(0, nullptr, nullptr, 0);
  auto const* const second = memory.device(0, nullptr, nullptr, 1);
  CHECK(first != nullptr);
  CHECK(second != nullptr); // the mask
  rw::ranks<rw::ties::random<3>>(device, scores, groups, places, memory, {.mask = mask, .errors = status});
  CHECK(memory.device(0, nullptr, nullptr, 0) == first);
  CHECK(memory.device(0, nullptr, nullptr, 1) == second);
}

TEST_CASE("what does not fit") {
  thrust::device_vector<float> const scores(6, 1.0f);
  thrust::device_vector<int> ranks(6, 7), few(5, 7);
  auto const lists = rw::lists<>::uniform(2, 3);
  rw::status status;
  rw::ranks(scores, lists, few, {.errors = status});
  CHECK(status.code == rw::errc::size_mismatch);
  CHECK(static_cast<int>(few[0]) == 7);
  std::vector<int> const host_mask(6, 1);
  rw::ranks(scores, lists, ranks, {.mask = host_mask, .errors = status});
  CHECK(status.code == rw::errc::wrong_memory);
  status = {};
  rw::ranks(scores, lists, ranks, {.ids = host_mask, .errors = status});
  CHECK(status.code == rw::errc::wrong_memory);
  CHECK(static_cast<int>(ranks[0]) == 7); // nothing has been written
  rw::ranks(scores, lists, ranks);
  CHECK(static_cast<int>(ranks[5]) == 2);
}
