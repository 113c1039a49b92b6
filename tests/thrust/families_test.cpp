#include "parity.hpp"

#include <rankwise/loss/approx.hpp>
#include <rankwise/loss/hessian_product.hpp>
#include <rankwise/loss/lambda.hpp>
#include <rankwise/loss/list_mle.hpp>
#include <rankwise/loss/pairwise.hpp>
#include <rankwise/metric/err.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/mrr.hpp>

#include <doctest/doctest.h>

// One of every family of list-wise formulas. The mechanisms are tested with softmax and NDCG over all systems and
// types; these show that nothing in a family keeps it from a device. Losses in double: sums over the pairs of a list of
// 2,000 differ by more than rounding of one number in float.
namespace rw = rankwise;

namespace {

void check(bool ok, std::string const& what) {
  INFO(what);
  CHECK(ok);
}

} // namespace

TEST_CASE("families of losses: scalar and Thrust agree") {
  rw::exec::thrust const device;
  parity::check_lists<double>("lambda", device, rw::loss::lambda<rw::metric::ndcg<10>>{}, check);
  parity::check_lists<double>("ranknet", device, rw::loss::ranknet{}, check);
  parity::check_lists<double>("list_mle", device, rw::loss::list_mle{}, check);
  parity::check_lists<double>("approx", device, rw::loss::approx<rw::metric::ndcg<>>{}, check);
}

TEST_CASE("families of metrics: scalar and Thrust agree") {
  rw::exec::thrust const device;
  parity::check_lists<float>("map", device, rw::metric::map<>{}, check);
  parity::check_lists<float>("mrr", device, rw::metric::mrr<10>{}, check);
  parity::check_lists<float>("err", device, rw::metric::err<20>{}, check);
}

namespace {

/// The direction lies where everything else does.
template <class Executor, class Loss>
std::vector<double> product_on(Executor executor, Loss const& loss, parity::input<double> const& in, double& along) {
  auto const scores = parity::sent<Executor>(in.scores);
  auto const labels = parity::sent<Executor>(in.labels);
  auto const mask = parity::sent<Executor>(in.mask);
  auto const direction = parity::sent<Executor>(support::random(3).uniforms<double>(in.scores.size(), -1, 1));
  parity::storage<Executor, double> product(in.scores.size());
  rw::status told;
  auto const data = loss.prepare(executor, labels, rw::lists(in.offsets), {.mask = mask});
  along = rw::loss::hessian_product(executor, loss, scores, data, direction, product, {.errors = told});
  CHECK(told.code == rw::errc::not_finite);
  return parity::fetched(product);
}

template <class Loss>
void check_product(Loss const& loss) {
  parity::input<double> const in(parity::kinds[5]);
  double value = 0;
  double there = 0;
  auto const expected = product_on(rw::exec::scalar{}, loss, in, value);
  auto const product = product_on(rw::exec::thrust{}, loss, in, there);
  CHECK(there == doctest::Approx(value).epsilon(1e-12));
  double largest = 0;
  double difference = 0;
  for (std::size_t i = 0; i < product.size(); ++i) {
    largest = std::max(largest, std::abs(expected[i]));
    difference = std::max(difference, std::abs(product[i] - expected[i]));
  }
  CHECK(largest > 0);
  CHECK(difference <= 1e-12 * largest);
}

} // namespace

TEST_CASE("products of hessians: scalar and Thrust agree") {
  check_product(rw::loss::lambda<rw::metric::ndcg<10>>{});
  check_product(rw::loss::softmax{});
}
