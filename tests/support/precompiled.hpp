// What most test programs include besides our own headers, read once. Ours are not among it: whoever edits one compiles
// the tests of that one again. A header that forgets an include is found in tests/headers.
#ifndef RANKWISE_TESTS_PRECOMPILED_HPP
#define RANKWISE_TESTS_PRECOMPILED_HPP

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include <xsimd/xsimd.hpp>

#endif
