#include <doctest/doctest.h>

#include <string>

#include <cmath>
#include <limits>
#include <memory>
#include <new>
#include <vector>

#include "support/allocations.hpp"
#include "support/random.hpp"
#include "support/ulp.hpp"

// Keeps the compiler from leaving an allocation out.
static void const* volatile seen = nullptr;

TEST_CASE("allocations are counted, each form of new once") {
  CHECK(support::allocations_of([] {}) == 0);
  CHECK(support::allocations_of([] {
          std::vector<int> v(3);
          seen = v.data();
        }) == 1);
  CHECK(support::allocations_of([] { seen = std::make_unique<double[]>(3).get(); }) == 1);
  struct alignas(128) wide {
    char bytes[128];
  };
  CHECK(support::allocations_of([] { seen = std::make_unique<wide>().get(); }) == 1);
  CHECK(support::allocations_of([] { ::operator delete(::operator new(8, std::nothrow)); }) == 1);
}

TEST_CASE("ulp_error counts units of the last place at the exact value") {
  CHECK(support::ulp_error(1.0f, 1.0L) == 0);
  CHECK(support::ulp_error(std::nextafter(1.0f, 2.0f), 1.0L) == 1);
  CHECK(support::ulp_error(std::numeric_limits<float>::denorm_min(), 0.0L) == 1);
  float const inf = std::numeric_limits<float>::infinity();
  CHECK(support::ulp_error(inf, 1e300L) == 0);
  CHECK(support::ulp_error(inf, 1.0L) == std::numeric_limits<double>::infinity());
  CHECK(support::ulp_error(std::nanf(""), std::nanl("")) == 0);
  CHECK(support::ulp_error(0.0f, std::nanl("")) == std::numeric_limits<double>::infinity());
}

TEST_CASE("random numbers are the same everywhere, and inside their bounds") {
  support::random r{7};
  CHECK(support::random{7}.bits() == 0x63cbe1e459320dd7u);
  for (int i = 0; i < 1000; ++i) {
    double const u = r.uniform(-2, 3);
    CHECK((u >= -2 && u < 3));
    CHECK(r.below(5) < 5);
  }
  auto const offsets = r.offsets<int>(10, 0, 4);
  CHECK(offsets.size() == 11);
  for (std::size_t i = 1; i < offsets.size(); ++i) {
    CHECK((offsets[i] >= offsets[i - 1] && offsets[i] <= offsets[i - 1] + 4));
  }
}

TEST_CASE("names with <angles>, commas, \"quotes\", [brackets]; semicolons and $dollars are found") {
  // That the test runs at all under this name is what discovery must bring about.
  std::string const name = doctest::getContextOptions()->currentTest->m_name;
  CHECK(name.find("semicolons and $dollars") != std::string::npos);
}
