#include "counting_allocator.hpp"
#include "parity.hpp"

#include <rankwise/loss/position_bias.hpp>

#include "support/ragged.hpp"
#include "unit/loss/position_bias.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

namespace position_bias_test {

namespace rw = rankwise;

namespace {

constexpr std::size_t cutoff = 5;
constexpr rw::loss::lambda<rw::metric::ndcg<cutoff>> of_the_top{.steepness = 1.5};

/// Estimates among the outputs: those of clicked items, then the others.
template <class T>
struct round_result : parity::output<T> {
  std::vector<double> estimates;
};

/// What the rounds of a training read, where an executor wants it.
template <class T, class Executor>
struct training {
  Executor executor;
  rw::lists<int> lists;
  parity::storage<Executor, T> scores, labels, gradient, hessian;
  parity::storage<Executor, int> shown;
  decltype(of_the_top.prepare(executor, labels, lists)) data;
  rw::loss::position_bias bias;

  training(Executor where, support::ragged<T> const& p, std::size_t places)
      : executor(where), lists(p.lists()), scores(parity::sent<Executor>(p.scores)),
        labels(parity::sent<Executor>(p.labels)), gradient(p.scores.size(), T(9)), hessian(p.scores.size(), T(9)),
        shown(parity::sent<Executor>(naive::places_of(p.offsets))), bias(places, 0.5) {
    auto const weights = parity::sent<Executor>(p.weights);
    auto const list_weights = parity::sent<Executor>(p.list_weights);
    auto const mask = parity::sent<Executor>(p.mask);
    rw::options given;
    if (!p.mask.empty()) {
      given.item_weights = weights;
      given.list_weights = list_weights;
      given.mask = mask;
    }
    data = of_the_top.prepare(executor, labels, lists, given);
  }

  /// Other scores in the next round.
  template <class Problem>
  void move(Problem& p) {
    for (auto& s : p.scores) {
      s = -s / 2;
    }
    scores = parity::sent<Executor>(p.scores);
  }

  round_result<T> result(double value) const {
    round_result<T> r;
    r.value = value;
    r.gradient = parity::fetched(gradient);
    r.hessian = parity::fetched(hessian);
    for (std::size_t k = 0; k < bias.places(); ++k) {
      r.estimates.push_back(bias.clicked(k));
    }
    for (std::size_t k = 0; k < bias.places(); ++k) {
      r.estimates.push_back(bias.not_clicked(k));
    }
    return r;
  }
};

template <class T, class Executor>
std::vector<round_result<T>> rounds(Executor executor, support::ragged<T> p, std::size_t places) {
  training<T, Executor> t(executor, p, places);
  std::vector<std::byte> bytes(rw::loss::position_bias::workspace_bytes(executor, t.data) + rw::workspace::alignment);
  rw::workspace memory{std::span<std::byte>(bytes)};
  std::vector<round_result<T>> all;
  for (int round = 0; round < 3; ++round) {
    rw::status told;
    std::vector<double> per_list(t.lists.size(), 7);
    double const value = t.bias.gradient(executor, of_the_top, t.scores, t.data, t.shown, t.gradient, t.hessian, memory,
                                         {.per_list = per_list, .errors = told});
    all.push_back(t.result(value));
    all.back().per_list = per_list;
    all.back().status = told;
    t.move(p);
  }
  return all;
}

template <class T>
void agree(std::vector<round_result<T>> const& found, std::vector<round_result<T>> const& expected, double bound) {
  for (std::size_t round = 0; round < expected.size(); ++round) {
    CAPTURE(round);
    CHECK(found[round].differs_from(expected[round], bound) == "");
    CHECK(naive::distance(found[round].estimates, expected[round].estimates) <= bound);
  }
}

} // namespace

TEST_CASE("position bias: scalar, Thrust and two loops agree") {
  for (bool const everything : {false, true}) {
    CAPTURE(everything);
    support::ragged<double> p(29, everything, 900);
    auto const found = rounds(rw::exec::thrust{}, p, 40);
    auto const on_host = rounds(rw::exec::scalar{}, p, 40);
    agree(found, on_host, 1e-12);
    agree(rounds(rw::exec::thrust{}, p, 40), found, 0);
    agree(rounds(rw::exec::thrust_on_host(thrust::cpp::par), p, 40), on_host, 1e-12);
    naive::unbiased loops(40, cutoff, of_the_top.steepness, 0.5);
    for (auto const& one : found) {
      naive::result const expected = loops.round(p, naive::places_of(p.offsets));
      CHECK((one.status.code == rw::errc::not_finite) == everything);
      CHECK(one.value == doctest::Approx(expected.value).epsilon(1e-11));
      CHECK(naive::distance(one.gradient, expected.gradient) < 1e-11);
      CHECK(naive::distance(one.hessian, expected.hessian) < 1e-11);
      std::vector<double> estimates = loops.plus;
      estimates.insert(estimates.end(), loops.minus.begin(), loops.minus.end());
      CHECK(naive::distance(one.estimates, estimates) < 1e-11);
      for (double& s : p.scores) {
        s = -s / 2;
      }
    }
  }
}

// Items are added up in as many parts as there is room for: 86 down to one.
TEST_CASE("position bias: few places and many") {
  support::ragged<float> const p(31, true, 900);
  for (std::size_t const places : std::initializer_list<std::size_t>{1, 7, 5000, 70'000}) {
    CAPTURE(places);
    auto const found = rounds(rw::exec::thrust{}, p, places);
    agree(found, rounds(rw::exec::scalar{}, p, places), 2e-6);
    agree(rounds(rw::exec::thrust{}, p, places), found, 0);
  }
}

TEST_CASE("position bias: the loss is left, the estimates come back") {
  support::ragged<float> p(33, true, 900);
  rw::exec::thrust const waiting;
  training<float, rw::exec::thrust<>> here(waiting, p, 12);
  training<float, rw::exec::thrust<>> there(waiting, p, 12);
  thrust::device_vector<double> left(2, 7.0);
  rw::workspace memory;
  for (int round = 0; round < 3; ++round) {
    rw::status told, nothing_told;
    double const value = here.bias.gradient(waiting, of_the_top, here.scores, here.data, here.shown, here.gradient,
                                            here.hessian, {.errors = told});
    CHECK(told.code == rw::errc::not_finite);
    auto const executor = waiting.leaving(left.data().get());
    double const nothing = there.bias.gradient(executor, of_the_top, there.scores, there.data, there.shown,
                                               there.gradient, there.hessian, memory, {.errors = nothing_told});
    CHECK(nothing == 0);
    CHECK(nothing_told.ok());
    CHECK(static_cast<double>(left[0]) == value);
    CHECK(there.result(value).differs_from(here.result(value), 0) == "");
    CHECK(there.result(value).estimates == here.result(value).estimates);
    there.move(p);
    here.scores = there.scores;
  }
  CHECK(here.bias.clicked(11) != 1);
}

TEST_CASE("position bias: memory is the workspace's, or the allocator's in the policy") {
  support::ragged<float> const p(35, false, 900);
  rw::exec::thrust const device;
  training<float, rw::exec::thrust<>> t(device, p, 12);
  rw::workspace memory;
  double const value =
      t.bias.gradient(device, of_the_top, t.scores, t.data, t.shown, t.gradient, t.hessian, memory, {.value = true});
  auto const* const passes = memory.device(0, nullptr, nullptr, 0);
  auto const* const own = memory.device(0, nullptr, nullptr, 1);
  CHECK(passes != nullptr);
  CHECK(own != nullptr);
  t.bias.gradient(t.executor, of_the_top, t.scores, t.data, t.shown, t.gradient, t.hessian, memory);
  CHECK(memory.device(0, nullptr, nullptr, 0) == passes);
  CHECK(memory.device(0, nullptr, nullptr, 1) == own);

  using parity::counting_allocator;
  counting_allocator::reset();
  counting_allocator allocator;
  rw::loss::position_bias other(12, 0.5);
  double const same = other.gradient(rw::exec::thrust{thrust::device(allocator)}, of_the_top, t.scores, t.data, t.shown,
                                     t.gradient, t.hessian);
  CHECK(same == value);
  CHECK(counting_allocator::given_out > 2 * p.scores.size() * sizeof(double));
  CHECK(counting_allocator::given_out == counting_allocator::given_back);
}

TEST_CASE("position bias on a device, from the containers alone") {
  std::vector<float> const s{0.2f, 1.1f, -0.3f, 0.6f, 0.1f, 0.4f};
  std::vector<float> const y{1, 0, 0, 0, 1, 0};
  std::vector<int> const at{0, 1, 2, 0, 1, 2};
  auto const lists = rw::lists<>::uniform(2, 3);
  constexpr auto loss = rw::loss::lambda<rw::metric::ndcg<>>{};
  rw::loss::position_bias on_host(3);
  std::vector<float> g(6), h(6);
  //{ device
  thrust::device_vector<float> const scores(s), clicks(y);
  thrust::device_vector<int> const shown_at(at);
  thrust::device_vector<float> gradient(6), hessian(6);
  rw::loss::position_bias bias(3);
  auto const data = loss.prepare(clicks, lists);
  rw::workspace memory; // keeps device memory for all rounds
  for (int round = 0; round < 5; ++round) {
    bias.gradient(loss, scores, data, shown_at, gradient, hessian, memory);
  }
  //} device
  for (int round = 0; round < 5; ++round) {
    on_host.gradient(loss, s, y, lists, at, g, h);
  }
  CHECK(naive::distance(parity::fetched(gradient), g) < 1e-6);
  CHECK(naive::distance(parity::fetched(hessian), h) < 1e-6);
  CHECK(support::near(bias.clicked(1), on_host.clicked(1), 1e-6));
  CHECK(support::near(bias.not_clicked(2), on_host.not_clicked(2), 1e-6));
}

TEST_CASE("position bias on a device: what does not fit") {
  thrust::device_vector<double> const scores(std::vector<double>{1, 2, 0, 1});
  thrust::device_vector<double> const clicks(std::vector<double>{0, 1, 0, 1});
  thrust::device_vector<double> gradient(4, 7.0), hessian(4, 7.0);
  thrust::device_vector<int> const shown(4, 1), few(3, 1);
  auto const lists = rw::lists<>::uniform(2, 2);
  rw::loss::position_bias bias(3);
  auto const untouched = [&] {
    return static_cast<double>(gradient[0]) == 7 && static_cast<double>(hessian[3]) == 7 && bias.clicked(1) == 1;
  };
  rw::status told;
  CHECK(std::isnan(bias.gradient(of_the_top, scores, clicks, lists, few, gradient, hessian, {.errors = told})));
  CHECK(told.code == rw::errc::size_mismatch);
  CHECK(untouched());
  thrust::device_vector<double> short_one(3, 7.0);
  CHECK(std::isnan(bias.gradient(of_the_top, scores, clicks, lists, shown, gradient, short_one, {.errors = told})));
  CHECK(told.code == rw::errc::size_mismatch);
  CHECK(untouched());
  std::vector<int> const mask(4, 1);
  CHECK(std::isnan(
      bias.gradient(of_the_top, scores, clicks, lists, shown, gradient, hessian, {.mask = mask, .errors = told})));
  CHECK(told.code == rw::errc::wrong_memory);
  CHECK(untouched());
  rw::loss::position_bias odd(3, -1);
  CHECK(std::isnan(odd.gradient(of_the_top, scores, clicks, lists, shown, gradient, hessian, {.errors = told})));
  CHECK(told.code == rw::errc::out_of_range);
  CHECK(untouched());
  bias.gradient(of_the_top, scores, clicks, lists, shown, gradient, hessian);
  CHECK(!untouched());
  thrust::device_vector<double> const no_scores;
  thrust::device_vector<double> no_gradient, no_hessian;
  CHECK(bias.gradient(of_the_top, no_scores, no_scores, rw::lists<>::uniform(0, 2), thrust::device_vector<int>(),
                      no_gradient, no_hessian) == 0);
}

// A pair may cost more than the largest number where its slope is an ordinary one: the costs know it, not the
// gradients.
TEST_CASE("position bias on a device: lists without a finite cost are reported as on the host") {
  std::vector<double> const s{1e308, -1e308, 0.5, 0.2};
  std::vector<double> const y{0, 1, 1, 0};
  std::vector<int> const at{0, 1, 1, 0};
  auto const lists = rw::lists<>::uniform(2, 2);
  auto const outcome = [&](auto executor) {
    using where = decltype(executor);
    auto const scores = parity::sent<where>(s);
    auto const clicks = parity::sent<where>(y);
    auto const shown = parity::sent<where>(at);
    parity::storage<where, double> gradient(4), hessian(4);
    rw::loss::position_bias bias(2);
    rw::status told;
    bias.gradient(executor, of_the_top, scores, clicks, lists, shown, gradient, hessian,
                  {.value = false, .errors = told});
    return std::vector<double>{static_cast<double>(told.code), static_cast<double>(told.where), bias.clicked(1),
                               bias.not_clicked(1)};
  };
  auto const expected = outcome(rw::exec::scalar{});
  CHECK(expected[0] == static_cast<double>(rw::errc::not_finite));
  CHECK(expected[1] == 0);
  CHECK(outcome(rw::exec::thrust{}) == expected);
}

} // namespace position_bias_test
