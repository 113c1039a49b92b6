#include <rankwise/core/storage.hpp>

#include <doctest/doctest.h>

#include <utility>

namespace rw = rankwise;

TEST_CASE("core/storage: resizing value-initialises") {
  rw::storage<float> s;
  CHECK(s.empty());
  CHECK(s.data() == nullptr);
  s.resize(3);
  CHECK(s.size() == 3);
  CHECK(s[0] + s[1] + s[2] == 0);
  s[1] = 4;
  s.resize(2);
  CHECK(s[1] == 0);
  s.resize(0);
  CHECK(s.data() == nullptr);
}

TEST_CASE("core/storage: copies are equal and independent, moves leave nothing") {
  rw::storage<int> a;
  a.resize(2);
  a[0] = 1;
  rw::storage<int> b = a;
  CHECK(a == b);
  b[1] = 5;
  CHECK(!(a == b));
  rw::storage<int> const c = std::move(b);
  CHECK(c[1] == 5);
  CHECK(b.empty()); // NOLINT(bugprone-use-after-move)
  a = c;
  CHECK(a == c);
  int sum = 0;
  for (int x : c) {
    sum += x;
  }
  CHECK(sum == 6);
}

TEST_CASE("core/storage: in constant expressions") {
  static_assert([] {
    rw::storage<int> s;
    s.resize(4);
    s[2] = 7;
    rw::storage<int> const t = s;
    return t[2];
  }() == 7);
}
