#include <rankwise/backend/parallel.hpp>
#include <rankwise/reward/advantage.hpp>
#include <rankwise/reward/similarity.hpp>
#include <rankwise/reward/step.hpp>
#include <rankwise/sparse/segment.hpp>

#include <doctest/doctest.h>

#include "support/random.hpp"

#include <cstdint>
#include <vector>

// What runs on blocks of rows rather than on lists: the same bits on any number of threads.
namespace rw = rankwise;

namespace {

template <class F>
void same_bits(std::size_t size, F run) {
  std::vector<float> expected(size, 9.0f);
  run(rw::exec::simd{}, expected);
  for (int threads : {1, 2, 8}) {
    CAPTURE(threads);
    std::vector<float> out(size, 7.0f);
    run(rw::exec::parallel{.threads = threads}, out);
    CHECK(out == expected);
  }
}

} // namespace

TEST_CASE("advantages of groups and of steps, similarities: any number of threads gives the same bits") {
  support::random r(31);
  std::size_t const groups = 20000;
  auto const offsets = r.offsets<int>(groups, 0, 4);
  auto const rows = static_cast<std::size_t>(offsets.back());
  auto const rewards = r.uniforms<float>(rows * 3, -1, 1);
  std::vector<std::uint8_t> mask;
  for (std::size_t i = 0; i < rows * 3; ++i) {
    mask.push_back(r.below(4) == 0 ? 0 : 1);
  }
  std::vector<float> const first(rewards.begin(), rewards.begin() + static_cast<std::ptrdiff_t>(rows));
  same_bits(rows, [&](auto executor, std::vector<float>& out) {
    rw::map_lists(executor, rw::reward::group_normalised{}, first, rw::lists(offsets), out);
  });
  same_bits(rows * 3, [&](auto executor, std::vector<float>& out) {
    rw::reward::step_normalised{}.advantages(executor, rw::row_major(rewards, 3), rw::row_major(mask, 3),
                                             rw::row_major(rewards, 3), rw::lists(offsets), rw::row_major(out, 3));
  });
  same_bits(rows * 3, [&](auto executor, std::vector<float>& out) {
    rw::reward::similarities(executor, rw::reward::cosine{}, rw::row_major(rewards.data(), 3, 3),
                             rw::row_major(rewards, 3), rw::row_major(out, rows));
  });
}

TEST_CASE("embedding bags and their gradients: any number of threads gives the same bits") {
  support::random r(32);
  std::size_t const rows = 20000;
  auto const offsets = r.offsets<int>(30000, 0, 5);
  auto const table = r.uniforms<float>(rows * 5, -1, 1);
  std::vector<int> ids;
  for (int i = 0; i < offsets.back(); ++i) {
    ids.push_back(static_cast<int>(r.below(rows)));
  }
  auto const weights = r.uniforms<float>(ids.size(), 0, 1);
  auto const upstream = r.uniforms<float>(30000 * 5, -1, 1);
  rw::sparse::inverse const inverse(ids, rw::lists(offsets), rows);
  same_bits(30000 * 5, [&](auto executor, std::vector<float>& out) {
    rw::sparse::reduce(executor, rw::sparse::weighted_mean{}, rw::row_major(table, 5), ids, rw::lists(offsets),
                       rw::row_major(out, 5), {.weights = weights});
  });
  same_bits(rows * 5, [&](auto executor, std::vector<float>& out) {
    rw::sparse::reduce_backward(executor, rw::sparse::weighted_mean{}, rw::row_major(upstream, 5), inverse,
                                rw::lists(offsets), rw::row_major(out, 5), {.weights = weights});
  });
}
