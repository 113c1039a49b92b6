#include <rankwise/core/arch.hpp>

#include <doctest/doctest.h>

#include <type_traits>

namespace arch = rankwise::arch;

static_assert((arch::x86_64_v2::extensions & arch::x86_64::extensions) == arch::x86_64::extensions);
static_assert((arch::x86_64_v3::extensions & arch::x86_64_v2::extensions) == arch::x86_64_v2::extensions);
static_assert((arch::x86_64_v4::extensions & arch::x86_64_v3::extensions) == arch::x86_64_v3::extensions);
static_assert(!std::is_same_v<arch::x86_64_v3, arch::x86_64_v4>);

TEST_CASE("the unit's own instruction set") {
#if defined(__AVX512BW__)
  CHECK((arch::native::extensions & arch::bit::avx512bw) != 0);
#else
  CHECK((arch::native::extensions & arch::bit::avx512bw) == 0);
#endif
#if defined(__AVX2__) && defined(__FMA__) && !defined(__AVX512F__) && defined(__BMI2__) && defined(__F16C__)
  CHECK(std::is_same_v<arch::native, arch::x86_64_v3>);
#endif
}
