#include <rankwise/engine/owned.hpp>

#include <doctest/doctest.h>

#include <type_traits>
#include <utility>
#include <vector>

namespace rw = rankwise;

namespace {

std::vector<void*> freed;
int release(void* made) {
  freed.push_back(made);
  return 0;
}
using owned = rw::engine::owned<release>;

static_assert(!std::is_copy_constructible_v<owned> && !std::is_copy_assignable_v<owned>);
static_assert(std::is_nothrow_move_constructible_v<owned> && std::is_nothrow_move_assignable_v<owned>);

TEST_CASE("what was made is freed once, by its last owner") {
  freed.clear();
  int first = 0;
  int second = 0;
  {
    owned a;
    CHECK(static_cast<void*>(a) == nullptr);
    *a.made() = &first;
    owned b = std::move(a);
    CHECK(static_cast<void*>(b) == &first);
    CHECK(static_cast<void*>(a) == nullptr);
    owned c;
    *c.made() = &second;
    c = std::move(b);
    CHECK(static_cast<void*>(c) == &first);
    CHECK(freed.empty());
  }
  // b took what c had, and goes after it
  CHECK(freed == std::vector<void*>{&first, &second});
}

} // namespace
