#include <rankwise/backend/thrust.hpp>
#include <rankwise/exec/placed_lists.hpp>
#include <rankwise/exec/scalar.hpp>
#include <rankwise/rank/fusion.hpp>
#include <rankwise/rank/ranks.hpp>

#include "support/fused.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace fusion_test {

namespace rw = rankwise;
namespace fusion = rankwise::fusion;

namespace {

using column = std::vector<double>;

template <class Method>
void check(char const* name, Method const& method, bool hostile) {
  INFO(std::string(name));
  CAPTURE(hostile);
  support::runs const r(hostile);
  rw::status told;
  column expected(r.a.size(), 7);
  try {
    rw::fuse(rw::exec::scalar{}, method, r.lists(), expected, r.a, r.b, r.c);
  } catch (rw::error const& e) {
    told = e.reason();
  }
  CHECK((told.code == rw::errc::not_finite) == hostile);
  auto const same = [&](auto const& fused, rw::status const& said) {
    CHECK(std::equal(expected.begin(), expected.end(), fused.begin()));
    CHECK(said.code == told.code);
    CHECK(said.where == told.where);
    CHECK(said.found == told.found);
  };

  rw::status there;
  thrust::device_vector<float> const a(r.a), c(r.c);
  thrust::device_vector<double> const b(r.b);
  thrust::device_vector<double> fused(a.size(), 7.0);
  try {
    rw::fuse(method, r.lists(), fused, a, b, c);
  } catch (rw::error const& e) {
    there = e.reason();
  }
  same(fused, there);

  rw::status here;
  column on_host(r.a.size(), 7);
  rw::workspace memory;
  try {
    rw::fuse(rw::exec::thrust_on_host(thrust::host), method, r.lists(), on_host, memory, r.a, r.b, r.c);
  } catch (rw::error const& e) {
    here = e.reason();
  }
  same(on_host, here);
}

} // namespace

TEST_CASE("fusion: Thrust and one item after the other have the same bits") {
  for (bool const hostile : {false, true}) {
    check("reciprocal ranks", fusion::reciprocal_rank{}, hostile);
    check("Borda", fusion::borda{}, hostile);
    check("CombMNZ", fusion::comb_mnz<>{}, hostile);
    check("CombMED of z-scores", fusion::comb_med<fusion::z_score>{}, hostile);
  }
}

TEST_CASE("fusion and tiers of lists that were placed once, and memory that stays") {
  support::runs const r(false, 100);
  column expected(r.a.size());
  rw::fuse(fusion::reciprocal_rank{}, r.lists(), expected, r.a, r.b, r.c);
  //{ device
  rw::exec::thrust const device;
  thrust::device_vector<float> const words(r.a), clicks(r.c);
  thrust::device_vector<double> const vectors(r.b);
  thrust::device_vector<double> fused(words.size());
  auto const groups = rw::place_lists(device, r.lists());
  rw::workspace memory;
  rw::fuse(device, rw::fusion::reciprocal_rank{.k = 60}, groups, fused, memory, words, vectors, clicks);
  //} device
  CHECK(std::equal(expected.begin(), expected.end(), fused.begin()));
  auto const* const first = memory.device(0, nullptr, nullptr, 0);
  auto const* const second = memory.device(0, nullptr, nullptr, 1);
  CHECK(first != nullptr);
  CHECK(second != nullptr);
  fused.assign(words.size(), 7.0);
  rw::fuse(device, rw::fusion::reciprocal_rank{.k = 60}, groups, fused, memory, words, vectors, clicks);
  CHECK(std::equal(expected.begin(), expected.end(), fused.begin()));
  CHECK(memory.device(0, nullptr, nullptr, 0) == first);
  CHECK(memory.device(0, nullptr, nullptr, 1) == second);

  // Where nobody waits for what has been found, everything is written all the same.
  thrust::device_vector<double> two(2);
  fused.assign(words.size(), 7.0);
  rw::fuse(device.leaving(two.data().get()), rw::fusion::reciprocal_rank{.k = 60}, groups, fused, memory, words,
           vectors, clicks);
  CHECK(std::equal(expected.begin(), expected.end(), fused.begin()));
}

TEST_CASE("tiers on a device") {
  for (bool const hostile : {false, true}) {
    CAPTURE(hostile);
    support::tiers_problem const p(hostile);
    rw::exec::thrust const device;
    thrust::device_vector<float> const scores(p.scores.scores);
    thrust::device_vector<double> const tiers(p.tiers);
    thrust::device_vector<std::uint8_t> const mask(p.scores.mask);
    thrust::device_vector<float> out(tiers.size(), 7.0f);
    rw::status told;
    rw::options given{.errors = told};
    if (hostile) {
      given.mask = mask;
    }
    auto const check = [&] {
      CHECK(std::equal(p.expected.begin(), p.expected.end(), out.begin()));
      out.assign(tiers.size(), 7.0f);
    };
    rw::tiers_then_scores(tiers, scores, p.lists(), out, given);
    CHECK(told.code == (hostile ? rw::errc::not_finite : rw::errc::ok));
    CHECK(told.found == p.bad_tiers);
    check();
    auto const groups = rw::place_lists(device, p.lists());
    rw::workspace memory;
    rw::tiers_then_scores(device, tiers, scores, groups, out, memory, given);
    check();
    auto const* const first = memory.device(0, nullptr, nullptr, 0);
    rw::tiers_then_scores(device, tiers, scores, groups, out, memory, given);
    CHECK(memory.device(0, nullptr, nullptr, 0) == first);
    check();
    thrust::device_vector<double> two(2);
    rw::tiers_then_scores(device.leaving(two.data().get()), tiers, scores, groups, out, memory, given);
    check();
    column on_host(tiers.size(), 7);
    given.mask = p.scores.mask;
    if (!hostile) {
      given.mask = {};
    }
    rw::tiers_then_scores(rw::exec::thrust_on_host(thrust::host), p.tiers, p.scores.scores, p.lists(), on_host, given);
    CHECK(on_host == p.expected);
  }
}

TEST_CASE("fusion and tiers on a device: what does not fit") {
  thrust::device_vector<double> const run(6, 1.0), few(5, 1.0);
  thrust::device_vector<double> to(6, 7.0);
  auto const lists = rw::lists<>::uniform(2, 3);
  CHECK_THROWS_AS(rw::fuse(fusion::borda{}, lists, to, run, few), rw::error);
  CHECK_THROWS_AS(rw::fuse(fusion::borda{}, lists, to, to), rw::error);
  CHECK_THROWS_AS(rw::fuse(fusion::reciprocal_rank{.k = -1}, lists, to, run), rw::error);
  rw::status told;
  rw::tiers_then_scores(few, run, lists, to, {.errors = told});
  CHECK(told.code == rw::errc::size_mismatch);
  std::vector<int> const host_mask(6, 1);
  rw::tiers_then_scores(run, run, lists, to, {.mask = host_mask, .errors = told});
  CHECK(told.code == rw::errc::wrong_memory);
  CHECK(static_cast<double>(to[0]) == 7); // nothing has been written
  rw::fuse(fusion::borda{}, lists, to, run);
  CHECK(static_cast<double>(to[5]) == 1);
}

} // namespace fusion_test
