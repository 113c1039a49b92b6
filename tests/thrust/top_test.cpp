#include "parity.hpp"

#include <rankwise/backend/emulated.hpp>
#include <rankwise/rank/top_k.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rw = rankwise;

TEST_CASE("the best items of every list: simd, groups of threads and Thrust agree") {
  parity::input<float> in(parity::kind{"everything", true, true, true, true});
  in.scores[20] = in.scores[21];
  rw::lists const lists(in.offsets);
  rw::status status;
  auto const expected = rw::top_k<10>(in.scores, lists, {.mask = in.mask, .errors = status});
  CHECK(status.code == rw::errc::not_finite);
  std::size_t const flagged = status.found;

  //{ columns
  thrust::device_vector<float> const scores(in.scores);
  thrust::device_vector<std::uint8_t> const mask(in.mask);
  thrust::device_vector<std::uint32_t> items(10 * lists.size());
  thrust::device_vector<int> counts(lists.size());
  rw::top_k<10>(rw::exec::thrust{}, scores, lists, items, counts, {.mask = mask, .errors = status});
  //} columns
  CHECK(status.code == rw::errc::not_finite);
  CHECK(status.found == flagged);

  std::vector<std::uint32_t> group_items(10 * lists.size());
  std::vector<int> group_counts(lists.size(), 7);
  rw::top_k<10>(rw::exec::emulated<8>{rw::lane_order::scattered}, in.scores, lists, group_items, group_counts,
                {.mask = in.mask, .errors = status});
  for (std::size_t l = 0; l < lists.size(); ++l) {
    CHECK(static_cast<std::size_t>(static_cast<int>(counts[l])) == expected.counts[l]);
    CHECK(static_cast<std::size_t>(group_counts[l]) == expected.counts[l]);
    for (std::size_t r = 0; r < expected.counts[l]; ++r) {
      CHECK(static_cast<std::uint32_t>(items[10 * l + r]) == expected.items[10 * l + r]);
      CHECK(group_items[10 * l + r] == expected.items[10 * l + r]);
    }
  }

  std::vector<int> few(3);
  rw::top_k<10>(rw::exec::scalar{}, in.scores, lists, group_items, few, {.errors = status});
  CHECK(status.code == rw::errc::size_mismatch);
}
