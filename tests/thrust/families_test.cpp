#include "parity.hpp"

#include <rankwise/loss/approx.hpp>
#include <rankwise/loss/lambda.hpp>
#include <rankwise/loss/list_mle.hpp>
#include <rankwise/loss/pairwise.hpp>
#include <rankwise/metric/err.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/mrr.hpp>

#include <doctest/doctest.h>

// One of every family of list-wise formulas. The mechanisms are tested with softmax and NDCG over all systems and
// types; these show that nothing in a family keeps it from a device. Losses in double: sums over the pairs of a list of
// 5,000 differ by more than rounding of one number in float.
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
