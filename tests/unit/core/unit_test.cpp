#include <rankwise/core/unit.hpp>

#include <doctest/doctest.h>

#include <type_traits>

namespace unit = rankwise::unit;

namespace {

template <class A, class B>
using sum = typename unit::sum<A, B>::type;
template <class A, class B>
constexpr bool same = std::is_same_v<A, B>;

// Products.
static_assert(same<unit::product<unit::number, unit::number>, unit::number>);
static_assert(same<unit::product<unit::probability, unit::probability>, unit::probability>);
static_assert(same<unit::product<unit::number, unit::logit>, unit::score>);
static_assert(same<unit::product<unit::probability, unit::grade>, unit::score>);
static_assert(same<unit::quotient<unit::number, unit::number>, unit::number>);
static_assert(same<unit::quotient<unit::probability, unit::probability>, unit::score>);

// Sums keep numbers, logits and scores; of other quantities they are totals, which more of the same may join.
static_assert(same<sum<unit::number, unit::number>, unit::number>);
static_assert(same<sum<unit::logit, unit::logit>, unit::logit>);
static_assert(same<sum<unit::score, unit::number>, unit::score>);
static_assert(same<sum<unit::number, unit::score>, unit::score>);
using total = sum<unit::probability, unit::probability>;
static_assert(same<total, unit::total<unit::probability>>);
static_assert(same<sum<total, unit::probability>, total>);
static_assert(same<sum<unit::probability, total>, total>);
static_assert(same<sum<total, total>, total>);
static_assert(same<unit::product<unit::number, total>, unit::score>);

// Comparisons, powers, functions.
static_assert(same<typename unit::comparison<unit::grade, unit::number>::type, unit::grade>);
static_assert(same<typename unit::comparison<unit::number, unit::grade>::type, unit::grade>);
static_assert(same<typename unit::power<unit::probability, unit::number>::type, unit::score>);
static_assert(same<typename unit::power<unit::number, unit::number>::type, unit::number>);
static_assert(same<unit::function<unit::number>, unit::number>);
static_assert(same<unit::function<unit::probability>, unit::score>);

} // namespace

TEST_CASE("core/unit: units are types without size of their own to carry") {
  CHECK(std::is_empty_v<unit::probability>);
  CHECK(std::is_empty_v<unit::total<unit::grade>>);
}
