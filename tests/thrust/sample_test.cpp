#include "counting_allocator.hpp"
#include "parity.hpp"

#include <rankwise/exec/check.hpp>
#include <rankwise/head/binary.hpp>
#include <rankwise/head/proportional_odds.hpp>
#include <rankwise/label/polarise.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <limits>
#include <vector>

namespace sample_test {

// What every system of Thrust is asked; one of them answers everything, see CMakeLists.txt.
namespace rw = rankwise;

namespace {

void check(bool ok, std::string const& what) {
  INFO(what);
  CHECK(ok);
}

} // namespace

TEST_CASE("a loss, a metric and a transform: scalar and Thrust agree") {
  rw::exec::thrust const device;
  parity::check_lists<float>("softmax", device, rw::loss::softmax{.temperature = 1.5}, check);
  parity::check_lists<float>("ndcg", device, rw::metric::ndcg<10>{}, check);
  parity::check_items<float>("polarise", device, rw::label::polarise{}, 4, check);
  parity::check_threads(device, rw::loss::softmax{}, check);
}

TEST_CASE("calls that leave their numbers where the executor works") {
  parity::input<float> const in(parity::kind{"everything", true, true, true, true});
  rw::lists const lists(in.offsets);
  thrust::device_vector<float> const scores(in.scores), labels(in.labels);
  thrust::device_vector<float> expected(in.scores.size()), gradient(in.scores.size(), 7.0f);
  thrust::device_vector<double> numbers(2, 7.0);
  rw::exec::thrust const waiting;

  //{ leaving
  auto const executor = waiting.leaving(thrust::raw_pointer_cast(numbers.data())); // nobody waits for anything
  rw::loss::softmax const loss;
  rw::workspace memory;
  auto const data = loss.prepare(labels, lists);
  double const nothing = loss.gradient(executor, scores, data, gradient, memory);
  //} leaving
  CHECK(nothing == 0);
  rw::status status;
  CHECK(loss.gradient(waiting, scores, data, expected, {.errors = status}) == static_cast<double>(numbers[0]));
  CHECK(status.code == rw::errc::not_finite); // the other call has left it out and said nothing
  CHECK(gradient == expected);

  rw::metric::ndcg<10> const metric;
  auto const judged = metric.prepare(labels, lists);
  CHECK(metric(executor, scores, judged, memory) == 0);
  CHECK(metric(waiting, scores, judged, {.errors = status}) ==
        static_cast<double>(numbers[0]) / static_cast<double>(numbers[1]));

  // Item-wise losses, too.
  auto const head = rw::head::binary<"click">{};
  rw::matrix<float const, rw::layout::row_major, rw::memory::device> const logits{
      thrust::raw_pointer_cast(scores.data()), scores.size(), 1, 1, 1};
  thrust::device_vector<float> clicks(in.scores.size());
  double const once = head.value(waiting, logits, clicks, {.errors = status});
  CHECK(head.value(executor, logits, clicks, {.errors = status}) == 0);
  CHECK(static_cast<double>(numbers[0]) == once);
  auto const seen = head.prepare(clicks);
  rw::matrix<float, rw::layout::row_major, rw::memory::device> const by_logits{
      thrust::raw_pointer_cast(gradient.data()), gradient.size(), 1, 1, 1};
  rw::workspace own; // of the second call no memory goes or comes
  CHECK(head.gradient(executor, logits, seen, by_logits, own) == 0);
  auto const* const block = own.device(0, nullptr, nullptr, 0);
  CHECK(block != nullptr);
  CHECK(head.gradient(executor, logits, seen, by_logits, own) == 0);
  CHECK(own.device(0, nullptr, nullptr, 0) == block);
  CHECK(static_cast<double>(numbers[0]) == once);

  // Derivatives by shared parameters are the host's: a call that asks for them waits.
  constexpr auto grade = rw::head::proportional_odds<"grade", 2>{.cuts = rw::head::cuts<1>::at(0.5)};
  std::vector<double> by_threshold(1, 9), left(1, 9);
  CHECK(grade.value(waiting, logits, clicks, {.parameters = by_threshold, .errors = status}) ==
        grade.value(executor, logits, clicks, {.parameters = left, .errors = status}));
  CHECK(left == by_threshold);
}

TEST_CASE("the allocator in a policy serves the calls") {
  parity::input<float> const in(parity::kinds[0]);
  rw::lists const lists(in.offsets);
  thrust::device_vector<float> const scores(in.scores), labels(in.labels);
  thrust::device_vector<float> gradient(in.scores.size());
  rw::loss::softmax const loss;
  auto const data = loss.prepare(labels, lists);
  double const expected = loss.gradient(scores, data, gradient);
  using parity::counting_allocator;
  counting_allocator::reset();
  counting_allocator allocator;
  //{ allocator
  rw::exec::thrust const executor{thrust::device(allocator)};
  double const value = loss.gradient(executor, scores, data, gradient);
  //} allocator
  CHECK(value == expected);
  CHECK(counting_allocator::given_out > in.scores.size() * sizeof(float));
  CHECK(counting_allocator::given_out == counting_allocator::given_back);
}

TEST_CASE("one list of 50,000 beside 10,000 of 3") {
  parity::input<float> in(parity::kinds[0]);
  in.offsets = {0};
  for (int l = 0; l < 10'001; ++l) {
    in.offsets.push_back(in.offsets.back() + (l == 5'000 ? 50'000 : 3));
  }
  auto const items = static_cast<std::size_t>(in.offsets.back());
  in.scores = support::random(21).uniforms<float>(items, -4, 4);
  in.labels = support::random(22).grades<float>(items, 5);
  rw::workspace memory;
  auto const expected = parity::run(rw::exec::scalar{}, rw::loss::softmax{}, in, memory);
  auto const found = parity::run(rw::exec::thrust{}, rw::loss::softmax{}, in, memory);
  CHECK(found.differs_from(expected, parity::tolerance<float>) == "");
  auto const ndcg = parity::run(rw::exec::thrust{}, rw::metric::ndcg<10>{}, in, memory);
  CHECK(ndcg.differs_from(parity::run(rw::exec::scalar{}, rw::metric::ndcg<10>{}, in, memory), 1e-6) == "");
}

TEST_CASE("check::values: numbers and lists on a device") {
  std::vector<double> host(2000, 0.5);
  rw::lists const lists = rw::lists<>::uniform(20, 50);
  rw::exec::thrust const device;
  thrust::device_vector<double> values(host.begin(), host.end());
  rw::status s;
  CHECK(rw::check::values(rw::row_major(values, 2), lists, s));
  values[2 * 707 + 1] = std::numeric_limits<double>::infinity();
  values[2 * 999] = std::numeric_limits<double>::quiet_NaN();
  CHECK(!rw::check::values(rw::row_major(values, 2), s));
  CHECK(s.code == rw::errc::unusable_item);
  CHECK(s.where == 707);
  CHECK(s.found == 2);
  CHECK(!rw::check::values(device, rw::row_major(values, 2), lists, s));
  CHECK(s.code == rw::errc::not_finite);
  CHECK(s.where == 14);
  CHECK(s.found == 2);
  CHECK(!rw::check::values(device, rw::row_major(values, 2), rw::place_lists(device, lists), s));
  CHECK(s.where == 14);
  auto const ragged = rw::lists_of_sizes({400, 0, 600});
  CHECK(!rw::check::values(device, rw::row_major(values, 2), ragged, s));
  CHECK(s.where == 2);
  CHECK(s.found == 1);
}

} // namespace sample_test
