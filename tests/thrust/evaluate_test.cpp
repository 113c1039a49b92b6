#include <rankwise/backend/emulated.hpp>
#include <rankwise/backend/thrust.hpp>
#include <rankwise/metric/err.hpp>
#include <rankwise/metric/evaluate.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/mrr.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/precision.hpp>

#include "support/allocations.hpp"
#include "support/ragged.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace rw = rankwise;
namespace m = rankwise::metric;

namespace {

// Four orders: ties as they stand, by label, by id, and means over all orders.
constexpr auto set = rw::metrics(m::ndcg<10>{}, m::map<m::all, rw::empty::skip>{}, m::mrr<5, rw::ties::pessimistic>{},
                                 m::recall<20, rw::ties::expected>{}, m::err<20>{},
                                 m::precision<3, rw::ties::by_id>{});
constexpr std::size_t metrics = set.count;

std::vector<std::int64_t> ids_of(support::ragged<double> const& p) {
  std::vector<std::int64_t> ids(p.scores.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    ids[i] = static_cast<std::int64_t>(i * 7919 % 1009) - 500; // some are equal
  }
  return ids;
}

rw::evaluation on_host(support::ragged<double> const& p, rw::on_error errors) {
  auto const ids = ids_of(p);
  auto given = p.options();
  given.ids = ids;
  given.errors = errors;
  return rw::evaluate(set, p.scores, p.labels, p.lists(), given);
}

bool same_bits(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

void check_same(rw::evaluation const& found, rw::evaluation const& expected) {
  constexpr double bound = 1e-13;
  REQUIRE(found.lists() == expected.lists());
  CHECK(found.flagged() == expected.flagged());
  for (std::size_t k = 0; k < metrics; ++k) {
    CAPTURE(k);
    CHECK(std::abs(found.value(k) - expected.value(k)) <= bound);
    CHECK(found.weight(k) == expected.weight(k));
    std::size_t wrong = 0;
    for (std::size_t l = 0; l < found.lists(); ++l) {
      double const a = found.per_list(k)[l];
      double const b = expected.per_list(k)[l];
      wrong += (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= bound ? 0 : 1;
    }
    CHECK(wrong == 0);
  }
}

} // namespace

TEST_CASE("metrics of one evaluation: simd and Thrust agree") {
  for (bool const everything : {false, true}) {
    CAPTURE(everything);
    support::ragged<double> const p(17, everything);
    rw::status status;
    rw::evaluation const expected = on_host(p, status);
    CHECK((status.code == rw::errc::not_finite) == everything);

    thrust::device_vector<double> const scores(p.scores), labels(p.labels);
    thrust::device_vector<float> const weights(p.weights);
    thrust::device_vector<double> const list_weights(p.list_weights);
    thrust::device_vector<std::uint8_t> const mask(p.mask);
    rw::options given;
    if (everything) {
      given = {.item_weights = weights, .list_weights = list_weights, .mask = mask};
    }
    thrust::device_vector<std::int64_t> const ids(ids_of(p));
    given.ids = ids;
    rw::status there;
    given.errors = there;
    rw::evaluation const found = rw::evaluate(set, scores, labels, p.lists(), given);
    check_same(found, expected);
    CHECK(there.code == status.code);
    CHECK(there.where == status.where);
    CHECK(there.found == status.found);
    CHECK(rw::evaluate(set, scores, labels, p.lists(), given).to_json(true) == found.to_json(true));
  }
}

TEST_CASE("groups of threads, in any order of their lanes") {
  support::ragged<double> const p(18, true);
  rw::status status;
  rw::evaluation const expected = on_host(p, status);
  auto const ids = ids_of(p);
  auto given = p.options();
  given.ids = ids;
  given.errors = status;
  for (auto const order : {rw::lane_order::forwards, rw::lane_order::backwards, rw::lane_order::scattered}) {
    rw::exec::emulated<8> const group{order};
    check_same(rw::evaluate(group, set, p.scores, p.labels, p.lists(), given), expected);
  }
}

TEST_CASE("sums on a device are those of one loop over all lists, and nobody has to wait for them") {
  support::ragged<double> const p(19, true);
  rw::status status;
  thrust::device_vector<double> const scores(p.scores), labels(p.labels), list_weights(p.list_weights);
  auto const data = set.prepare(labels, p.lists(), {.list_weights = list_weights, .errors = status});
  rw::workspace memory;
  rw::evaluation const all = rw::evaluate(set, scores, data, memory, {.errors = status});
  REQUIRE(all.ok());
  for (std::size_t k = 0; k < metrics; ++k) {
    rw::stat::exact_sum sum, weight;
    for (std::size_t l = 0; l < all.lists(); ++l) {
      if (all.defined(k, l)) {
        sum.add(p.list_weights[l] * all.per_list(k)[l]);
        weight.add(p.list_weights[l]);
      }
    }
    CHECK(all.weight(k) == weight.value());
    CHECK(all.value(k) == sum.value() / weight.value());
  }

  //{ into
  thrust::device_vector<double> values(set.count * data.groups().size()), numbers(2 * set.count);
  rw::exec::thrust const device;
  rw::evaluate_into(device.leaving(numbers.data().get()), set, scores, data, values, memory, {.errors = status});
  //} into
  rw::evaluation const sums = rw::evaluate_into(set, scores, data, values, memory, {.errors = status});
  CHECK(sums.lists() == 0);
  CHECK(sums.flagged() == all.flagged());
  for (std::size_t k = 0; k < metrics; ++k) {
    CHECK(sums.value(k) == all.value(k));
    CHECK(static_cast<double>(numbers[2 * k]) / static_cast<double>(numbers[2 * k + 1]) == all.value(k));
    CHECK(static_cast<double>(numbers[2 * k + 1]) == all.weight(k));
    std::size_t wrong = 0;
    for (std::size_t l = 0; l < all.lists(); ++l) {
      wrong += same_bits(static_cast<double>(values[k * all.lists() + l]), all.per_list(k)[l]) ? 0 : 1;
    }
    CHECK(wrong == 0);
  }

  // The host has the same call.
  auto const here = set.prepare(p.labels, p.lists(), {.list_weights = p.list_weights, .errors = status});
  std::vector<double> host_values(values.size());
  rw::evaluation const host = rw::evaluate_into(set, p.scores, here, host_values, memory, {.errors = status});
  for (std::size_t k = 0; k < metrics; ++k) {
    CHECK(host.value(k) == doctest::Approx(all.value(k)).epsilon(1e-13));
    CHECK(host_values[k * all.lists() + 3] == doctest::Approx(static_cast<double>(values[k * all.lists() + 3])));
  }
}

TEST_CASE("what does not fit, nothing to do, and memory of the second call") {
  support::ragged<double> const p(20, false);
  thrust::device_vector<double> const scores(p.scores), labels(p.labels);
  thrust::device_vector<double> few(7), values(metrics * p.lists().size());
  auto const data = set.prepare(labels, p.lists());
  rw::workspace memory;
  rw::status status;
  CHECK_FALSE(rw::evaluate_into(set, scores, data, few, memory, {.errors = status}).ok());
  CHECK(status.code == rw::errc::size_mismatch);
  CHECK(static_cast<double>(few[0]) == 0);
  CHECK_FALSE(rw::evaluate(set, few, data, memory, {.errors = status}).ok());
  CHECK(status.code == rw::errc::size_mismatch);
  thrust::device_vector<double> const none;
  rw::evaluation const nothing = rw::evaluate(set, none, none, rw::lists<int>{});
  CHECK(nothing.ok());
  CHECK(nothing.value(0) == 0);

  auto const block = [&](std::size_t which) { return memory.device(0, nullptr, nullptr, which); };
  rw::evaluate_into(set, scores, data, values, memory);
  auto const* const first = block(0);
  auto const* const second = block(1);
  auto const host = support::allocations_of([&] { rw::evaluate_into(set, scores, data, values, memory); });
  CHECK(block(0) == first);
  CHECK(block(1) == second);
  CHECK(host <= 3); // the evaluation's own: titles, sums, weights
}
