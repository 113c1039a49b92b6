#include <rankwise/core/name.hpp>

#include <doctest/doctest.h>

#include <string>

namespace rw = rankwise;

static_assert(rw::name("click") == rw::name("click"));
static_assert(!(rw::name("click") == rw::name("clock")));
static_assert(!(rw::name("click") == rw::name("clicks")));
static_assert(rw::name("").size() == 0 && rw::name("click").size() == 5);
static_assert(rw::index_of<"b", "a", "b", "c">() == 1);
static_assert(rw::index_of<"a", "a", "a">() == 0);
static_assert(rw::index_of<"x", "a", "b">() == 2);
static_assert(rw::index_of<"x">() == 0);
static_assert(rw::distinct<>() && rw::distinct<"a">() && rw::distinct<"a", "b", "ab">());
static_assert(!rw::distinct<"a", "b", "a">() && !rw::distinct<"a", "a">());

TEST_CASE("a name is its text") {
  constexpr rw::name n("purchase");
  CHECK(std::string(n.c_str()) == "purchase");
}
