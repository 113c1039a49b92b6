#include "parity.hpp"

#include <rankwise/label/cut.hpp>
#include <rankwise/label/polarise.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>

#include "support/allocations.hpp"

#include <doctest/doctest.h>

namespace parity_test {

namespace rw = rankwise;

namespace {

void check(bool ok, std::string const& what) {
  INFO(what);
  CHECK(ok);
}

} // namespace

TEST_CASE_TEMPLATE("element-wise: scalar and Thrust agree", T, float, double) {
  rw::exec::thrust const device;
  parity::check_items<T>("polarise", device, rw::label::polarise{}, 4, check);
  parity::check_items<T>("polarise_normalised", device, rw::label::polarise_normalised{}, 4, check);
  parity::check_items<T>("cut", device, rw::label::cut<3>{0.35, 0.65}, 0, check);
  parity::check_items<T>("both", device, rw::label::polarise{} | rw::label::cut<3>{0.35, 0.65}, 0, check);
}

TEST_CASE_TEMPLATE("list-wise: scalar and Thrust agree", T, float, double) {
  rw::exec::thrust const device;
  parity::check_lists<T>("softmax", device, rw::loss::softmax{}, check);
  parity::check_lists<T>("softmax at another temperature", device, rw::loss::softmax{.temperature = 2}, check);
  parity::check_lists<T>("ndcg", device, rw::metric::ndcg<>{}, check);
  parity::check_lists<T>("ndcg<5>", device, rw::metric::ndcg<5, rw::gain::linear, rw::empty::skip>{}, check);
}

TEST_CASE("threads with a workspace each") {
  parity::check_threads(rw::exec::thrust{}, rw::loss::softmax{}, check);
  parity::check_threads(rw::exec::thrust{}, rw::metric::ndcg<10>{}, check);
}

TEST_CASE("the container chooses the executor") {
  thrust::device_vector<float> const scores(std::vector<float>{0.1f, 0.7f, 0.3f, 0.9f, 0.2f});
  thrust::device_vector<int> const labels(std::vector<int>{0, 1, 2, 0, 1});
  std::vector<std::size_t> const offsets{0, 2, 5};
  rw::lists const lists(offsets);
  thrust::device_vector<float> gradient(5);
  double const loss = rw::loss::softmax{}.gradient(scores, labels, lists, gradient);
  double const ndcg = rw::metric::ndcg<10>{}(scores, labels, lists);
  rw::apply(rw::label::polarise{}, gradient, gradient);

  thrust::host_vector<float> const host_scores = scores;
  thrust::host_vector<int> const host_labels = labels;
  thrust::host_vector<float> host_gradient(5);
  CHECK(loss == doctest::Approx(rw::loss::softmax{}.gradient(host_scores, host_labels, lists, host_gradient)));
  CHECK(ndcg == doctest::Approx(rw::metric::ndcg<10>{}(host_scores, host_labels, lists)));
}

TEST_CASE("any policy of Thrust, raw pointers, and host memory") {
  std::vector<float> in = support::random(1).uniforms<float>(1000, 0, 1);
  std::vector<float> expected(in.size()), out(in.size());
  rw::apply(rw::exec::scalar{}, rw::label::polarise{}, in, expected);

  //{ policies
  thrust::device_vector<float> there = in;
  rw::exec::thrust const executor{thrust::device};
  auto const column = rw::device_column(thrust::raw_pointer_cast(there.data()), there.size());
  rw::apply(executor, rw::label::polarise{}, column, column);
  //} policies
  CHECK(rw::device_column(there.data(), there.size()).first == column.first);
  for (std::size_t i = 0; i < in.size(); ++i) {
    CHECK(static_cast<float>(there[i]) == doctest::Approx(expected[i]));
  }

  //{ host
  auto const here = rw::exec::thrust_on_host(thrust::host);
  rw::apply(here, rw::label::polarise{}, in, out);
  //} host
  for (std::size_t i = 0; i < in.size(); ++i) {
    CHECK(out[i] == doctest::Approx(expected[i]));
  }
  parity::check_lists<float>("thrust::host", here, rw::loss::softmax{}, check);
}

TEST_CASE("nothing to do") {
  thrust::device_vector<float> none;
  rw::loss::softmax const loss;
  CHECK(loss.gradient(none, none, rw::lists<>::uniform(0, 3), none) == 0);
  CHECK(loss.gradient(none, none, rw::lists<>::uniform(3, 0), none) == 0);
  CHECK(rw::metric::ndcg<>{}(none, none, rw::lists<>{}) == 0);
  rw::apply(rw::label::polarise{}, none, none);
}

TEST_CASE("what does not fit is reported, and nothing is written") {
  thrust::device_vector<float> const scores(6, 1.0f), labels(6, 1.0f);
  thrust::device_vector<float> short_one(5, 7.0f), gradient(6, 7.0f);
  std::vector<float> const host_weights(6, 1.0f);
  auto const lists = rw::lists<>::uniform(2, 3);
  rw::loss::softmax const loss;
  rw::status status;
  CHECK(std::isnan(loss.gradient(scores, labels, lists, short_one, {.errors = status})));
  CHECK(status.code == rw::errc::size_mismatch);
  CHECK(std::isnan(loss.gradient(scores, labels, lists, gradient, {.item_weights = host_weights, .errors = status})));
  CHECK(status.code == rw::errc::wrong_memory);
  CHECK_THROWS_AS(loss.gradient(scores, labels, lists, short_one), rw::error);
  CHECK(static_cast<float>(short_one[0]) == 7.0f);
  CHECK(static_cast<float>(gradient[0]) == 7.0f);

  auto const data = loss.prepare(labels, lists);
  rw::workspace little{std::span<std::byte>{}};
  CHECK(std::isnan(loss.gradient(scores, data, gradient, little, {.errors = status})));
  CHECK(status.code == rw::errc::workspace_too_small);
  CHECK(static_cast<float>(gradient[0]) == 7.0f);
}

#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CPP
TEST_CASE("from the second call on nothing is allocated") {
  std::vector<std::size_t> const offsets = support::random(6).offsets(300, 0, 20);
  rw::lists const lists(offsets);
  thrust::device_vector<float> const scores(support::random(7).uniforms<float>(lists.items(), 0, 1));
  thrust::device_vector<float> gradient(lists.items());
  rw::loss::softmax const loss;
  auto const data = loss.prepare(scores, lists);
  rw::workspace memory(loss.workspace_bytes(data));
  loss.gradient(scores, data, gradient, memory);
  CHECK(support::allocations_of([&] { loss.gradient(scores, data, gradient, memory); }) == 0);
}
#endif

} // namespace parity_test
