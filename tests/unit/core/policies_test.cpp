#include <rankwise/core/policies.hpp>

#include <doctest/doctest.h>

#include <type_traits>

namespace rw = rankwise;

namespace {

struct steep {
  using slot = rw::slots::gain;
};
struct flat {
  using slot = rw::slots::gain;
};
struct far {
  using slot = rw::slots::discount;
};

template <class... Pieces>
using gain_of = rw::pick<rw::slots::gain, flat, Pieces...>;
using two = rw::slot_set<rw::slots::gain, rw::slots::discount>;

static_assert(std::is_same_v<gain_of<>, flat>);
static_assert(std::is_same_v<gain_of<steep>, steep>);
static_assert(std::is_same_v<gain_of<far, steep>, steep>);
static_assert(std::is_same_v<gain_of<steep, far>, steep>);
static_assert(std::is_same_v<gain_of<far>, flat>);
static_assert(two::accepts<>() && two::accepts<steep>() && two::accepts<far, steep>());

} // namespace

TEST_CASE("pieces are picked by their slot, in any order") {
  CHECK(std::is_same_v<gain_of<far, steep>, gain_of<steep, far>>);
}
