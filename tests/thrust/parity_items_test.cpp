#include "parity_items.hpp"

#include <doctest/doctest.h>

namespace parity_items_test {

namespace rw = rankwise;

namespace {

void check(bool ok, std::string const& what) {
  INFO(what);
  CHECK(ok);
}

} // namespace

TEST_CASE_TEMPLATE("heads: simd and Thrust agree", T, float, double) {
  rw::exec::thrust const device;
  parity::check_head<T>("binary", device, rw::head::binary<"click">{}, 2, check);
  parity::check_head<T>("ordinal", device, rw::head::ordinal<"relevance", 4>{}, 4, check);
}

TEST_CASE_TEMPLATE("rankers: simd and Thrust agree", T, float, double) {
  parity::check_rankers<T>(rw::exec::thrust{}, check);
}

} // namespace parity_items_test
