#include "parity_labels.hpp"

#include <doctest/doctest.h>

TEST_CASE_TEMPLATE("labels and calibrators: scalar and Thrust agree", T, float, double) {
  parity::check_labels<T>(rankwise::exec::thrust{}, [](bool ok, std::string const& what) {
    INFO(what);
    CHECK(ok);
  });
}
