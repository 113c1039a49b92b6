#include <rankwise/backend/emulated.hpp>
#include <rankwise/backend/thrust.hpp>
#include <rankwise/head/input.hpp>
#include <rankwise/value/ranker.hpp>

#include "../support/random.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

// List adjusters of value models: the columns of a device, and groups of threads.
namespace rw = rankwise;

namespace {

constexpr auto heads = rw::heads(rw::head::input<"a">{}, rw::head::input<"b">{});
constexpr auto x = feature(rw::head::input<"a">{});
constexpr auto y = feature(rw::head::input<"b">{});
constexpr auto author = rw::ids<"author">{};

struct table {
  std::vector<int> offsets{0};
  std::vector<double> logits;
  std::vector<std::uint8_t> mask;
  std::vector<std::int64_t> authors; // few, and in some lists almost as many as items
  std::vector<std::uint8_t> brands;

  table() {
    support::random random(9);
    for (int size : {3, 0, 1, 2, 17, 40, 64, 65, 300, 5}) {
      offsets.push_back(offsets.back() + size);
    }
    logits = random.uniforms<double>(2 * items(), -2, 2);
    mask.resize(items());
    for (std::size_t i = 0; i < items(); ++i) {
      authors.push_back(static_cast<std::int64_t>(random.below(i % 2 == 0 ? 5 : 1000)) - 3 + (std::int64_t{1} << 40));
      brands.push_back(static_cast<std::uint8_t>(random.below(4)));
      mask[i] = random.below(5) != 0;
      logits[2 * i] = random.below(4) == 0 ? std::round(logits[2 * i]) : logits[2 * i];
      logits[2 * i + 1] =
          random.below(7) == 0 ? -std::numeric_limits<double>::infinity() : std::round(2 * logits[2 * i + 1]);
    }
  }
  std::size_t items() const { return static_cast<std::size_t>(offsets.back()); }
};

/// All of them are outputs of one ranker, which is compiled once.
constexpr auto every =
    rw::ranker{heads, rw::outputs(rw::output<"normal">(rw::weight<"w">(0.7) * z_score(x) + min_max(x)),
                                  rw::output<"ranks">(rank_score(x) + reciprocal_rank(y)), rw::output<"rrf">(rrf(x, y)),
                                  rw::output<"mnz">(comb_mnz(x, y)))};

void check(bool masked) {
  CAPTURE(masked);
  constexpr double bound = 1e-13;
  constexpr std::size_t outputs = every.outputs;
  table const t;
  rw::lists const lists(t.offsets);
  rw::options o;
  if (masked) {
    o.mask = t.mask;
  }
  auto const rows = rw::row_major(t.logits.data(), t.items(), 2);
  std::vector<double> expected(outputs * t.items(), 9), forwards(expected), backwards(expected);
  every.score(rw::exec::scalar{}, rows, lists, rw::row_major(expected, outputs), o);
  every.score(rw::exec::emulated<8>{}, rows, lists, rw::row_major(forwards, outputs), o);
  every.score(rw::exec::emulated<8>{rw::lane_order::backwards}, rows, lists, rw::row_major(backwards, outputs), o);
  CHECK(forwards == backwards);

  thrust::device_vector<double> const logits(t.logits);
  thrust::device_vector<std::uint8_t> const mask(t.mask);
  thrust::device_vector<double> scores(outputs * t.items(), 9.0);
  rw::options there;
  if (masked) {
    there.mask = mask;
  }
  rw::matrix<double const, rw::layout::row_major, rw::memory::device> const device_rows{logits.data().get(), t.items(),
                                                                                        2, 2, 1};
  rw::matrix<double, rw::layout::row_major, rw::memory::device> const to{scores.data().get(), t.items(), outputs,
                                                                         static_cast<std::ptrdiff_t>(outputs), 1};
  every.score(rw::exec::thrust{}, device_rows, lists, to, there);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    auto const near = [&](double found) {
      return found == expected[i] || std::fabs(found - expected[i]) <= bound * std::fmax(1.0, std::fabs(expected[i]));
    };
    CHECK(near(forwards[i]));
    CHECK(near(static_cast<double>(scores[i])));
  }
}

} // namespace

TEST_CASE("list adjusters: scalar, groups of threads and Thrust agree") {
  check(false);
  check(true);
}

namespace {

auto const mixed =
    rw::weight<"z">(2) * z_score(min_max(x) * rw::weight<"a">(0.3) + max(y, -1)) * max(x, 0.5) +
    rw::weight<"mnz">(2) * comb_mnz(y, 0.5 * x) +
    diversity(rw::weight<"b">(0.7) * max(x, 0) + 1, author, {.decay = 0.6, .floor = 0.1}) * rw::weight<"d">(1.5);

using numbers = std::vector<double>;

bool agree(numbers const& found, numbers const& expected) {
  bool ok = found.size() == expected.size();
  for (std::size_t i = 0; ok && i < found.size(); ++i) {
    ok = found[i] == expected[i] || (std::isnan(found[i]) && std::isnan(expected[i])) ||
         std::fabs(found[i] - expected[i]) <= 1e-12 * std::fmax(1.0, std::fabs(expected[i]));
    INFO("number ", i, ": ", found[i], ", expected ", expected[i]);
    CHECK(ok);
  }
  return ok;
}

/// Scores, derivatives by logits, by weights, then what was reported.
struct outcome {
  numbers scores, by_logit, by_weight;
  rw::status score_status, gradient_status;
};

template <class Executor, class Logits, class Ids, class Lists, class Column, class Mask>
outcome run(Executor executor, Logits const& logits, Ids const& ids, Lists const& lists, Column const& seeds,
            Mask const& mask) {
  auto const model = rw::ranker{heads, mixed};
  Column scores(seeds.size(), 9.0), by_logit(2 * seeds.size(), 9.0);
  rw::matrix<double, rw::layout::row_major, Executor::where> const to{rw::as_column(by_logit).first, seeds.size(), 2, 2,
                                                                      1};
  outcome o;
  rw::options opts;
  if (mask.size() != 0) {
    opts.mask = mask;
  }
  if constexpr (std::is_same_v<typename Executor::template vector<double>, double>) { // others are seen elsewhere
    opts.errors = o.score_status;
    model.score(executor, logits, ids, lists, scores, opts);
  }
  opts.errors = o.gradient_status;
  rw::workspace memory;
  auto by_weight = model.weights();
  for (int call = 0; call < 2; ++call) { // the second finds the workspace as the first has left it
    by_weight = model.gradient(executor, logits, ids, lists, seeds, to, model.weights(), memory, opts);
  }
  o.scores.assign(scores.begin(), scores.end());
  o.by_logit.assign(by_logit.begin(), by_logit.end());
  for (std::size_t k = 0; k < by_weight.size(); ++k) {
    o.by_weight.push_back(by_weight[k]);
  }
  return o;
}

void check_derivatives(table const& t, bool masked) {
  CAPTURE(masked);
  rw::lists const lists(t.offsets);
  auto const rows = rw::row_major(t.logits.data(), t.items(), 2);
  auto const ids = rw::columns(rw::named<"brand">(t.brands), rw::named<"author">(t.authors));
  numbers const seeds = support::random(10).uniforms<double>(t.items(), -1, 1);
  std::vector<std::uint8_t> const mask = masked ? t.mask : std::vector<std::uint8_t>();
  outcome const expected = run(rw::exec::scalar{}, rows, ids, lists, seeds, mask);
  auto const same_derivatives = [&](outcome const& found) {
    CHECK(agree(found.by_logit, expected.by_logit));
    CHECK(agree(found.by_weight, expected.by_weight));
    CHECK(found.gradient_status.code == expected.gradient_status.code);
    CHECK(found.gradient_status.where == expected.gradient_status.where);
    CHECK(found.gradient_status.found == expected.gradient_status.found);
  };
  auto const same = [&](outcome const& found) {
    same_derivatives(found);
    CHECK(agree(found.scores, expected.scores));
    CHECK(found.score_status.code == expected.score_status.code);
    CHECK(found.score_status.where == expected.score_status.where);
  };
  same_derivatives(run(rw::exec::simd{}, rows, ids, lists, seeds, mask));
  outcome const forwards = run(rw::exec::emulated<8>{}, rows, ids, lists, seeds, mask);
  same(forwards);
  for (auto const order : {rw::lane_order::backwards, rw::lane_order::scattered}) {
    outcome const other = run(rw::exec::emulated<8>{order}, rows, ids, lists, seeds, mask);
    CHECK(other.by_logit == forwards.by_logit);
    CHECK(other.by_weight == forwards.by_weight);
  }

  thrust::device_vector<double> const logits(t.logits), seeds_there(seeds);
  thrust::device_vector<std::int64_t> const authors(t.authors);
  thrust::device_vector<std::uint8_t> const brands(t.brands), mask_there(mask);
  auto const ids_there = rw::columns(rw::named<"brand">(brands), rw::named<"author">(authors));
  rw::matrix<double const, rw::layout::row_major, rw::memory::device> const device_rows{logits.data().get(), t.items(),
                                                                                        2, 2, 1};
  rw::exec::thrust const device;
  same(run(device, device_rows, ids_there, rw::place_lists(device, lists), seeds_there, mask_there));
}

} // namespace

TEST_CASE("list adjusters by ids, and derivatives: scalar, registers, groups of threads and Thrust agree") {
  table t;
  check_derivatives(t, false);
  check_derivatives(t, true);
  // Lists with NaN and infinity count for nothing.
  t.logits[2 * static_cast<std::size_t>(t.offsets[4])] = std::numeric_limits<double>::quiet_NaN();
  t.logits[2 * static_cast<std::size_t>(t.offsets[7])] = std::numeric_limits<double>::infinity();
  check_derivatives(t, false);
}

TEST_CASE("derivatives through list adjusters on a device: the executor is chosen by the columns") {
  auto const ranker = rw::ranker{heads, rw::weight<"w">(2) * min_max(x) + diversity(y, author)};
  std::vector<int> const offsets{0, 3, 5};
  thrust::device_vector<double> const z(std::vector<double>{1, 0, 3, 2, 2, 1, 5, 4, 4, 4}), seeds(5, 1.0);
  thrust::device_vector<int> const authors(std::vector<int>{7, 7, 7, 1, 1});
  //{ gradient
  rw::matrix<double const, rw::layout::row_major, rw::memory::device> const logits{z.data().get(), 5, 2, 2, 1};
  thrust::device_vector<double> by_logit(10);
  rw::matrix<double, rw::layout::row_major, rw::memory::device> const to{by_logit.data().get(), 5, 2, 2, 1};
  rw::workspace memory; // of the device, kept from call to call
  auto const by_weight = ranker.gradient(logits, rw::columns(rw::named<"author">(authors)), rw::lists(offsets), seeds,
                                         to, ranker.weights(), memory);
  //} gradient
  // Min-max gives 0, 1, 0.5 and 1, 0; the items of an author count 1, 0.5, 0.25.
  CHECK(by_weight.get<"w">() == 2.5);
  numbers const expected{-0.5, 0.25, -0.5, 1, 1, 0.5, 0, 1, 0, 0.5};
  CHECK(agree(numbers(by_logit.begin(), by_logit.end()), expected));
}

TEST_CASE("logits in device memory: rows and columns of vectors, views and pointers") {
  constexpr auto difference = rw::make_ranker(heads, x - 2.0 * y);
  std::vector<float> const host{1, 2, 3, 4, 5, 6, 7, 8};
  std::vector<float> by_row(4), by_column(4);
  difference.score(rw::row_major(host, 2), by_row);
  difference.score(rw::column_major(host, 2), by_column);
  CHECK(by_row == std::vector<float>{-3, -5, -7, -9});
  CHECK(by_column == std::vector<float>{-9, -10, -11, -12});

  thrust::device_vector<float> logits(host.begin(), host.end());
  thrust::device_vector<float> const& constant = logits;
  auto const same = [&](auto const& rows, auto const& columns) {
    thrust::device_vector<float> scores(4);
    difference.score(rows, scores);
    CHECK(std::vector<float>(scores.begin(), scores.end()) == by_row);
    difference.score(columns, scores);
    CHECK(std::vector<float>(scores.begin(), scores.end()) == by_column);
  };
  same(rw::row_major(logits, 2), rw::column_major(logits, 2));
  same(rw::row_major(constant, 2), rw::column_major(constant, 2));
  same(rw::row_major(logits.data(), 4, 2), rw::column_major(logits.data(), 4, 2));
  same(rw::row_major(constant.data(), 4, 2, 2), rw::column_major(constant.data(), 4, 2, 4));
  auto const view = rw::device_column(logits.data(), 8);
  same(rw::row_major(view, 2), rw::column_major(rw::device_column(logits.data().get(), 8), 2));
  static_assert(std::is_same_v<decltype(rw::row_major(constant, 2)),
                               rw::matrix<float const, rw::layout::row_major, rw::memory::device>>);

  auto const one = rw::row_major(logits.data(), 4, 1, 2); // the first number of every row
  CHECK(one.columns == 1);
  CHECK(one.row_stride == 2);
  rw::status s;
  CHECK(rw::row_major(logits.data(), 2, 4, 3, s).rows == 0);
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(rw::column_major(logits.data(), 4, 2, 3, s).rows == 0);
  CHECK(s.code == rw::errc::out_of_range);
}
