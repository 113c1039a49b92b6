// The same bits from different instruction sets. There are two classes: with a fused multiply-add and without.

#include <rankwise/math/math.hpp>

#include <doctest/doctest.h>

#include "ulp.hpp"

namespace same_bits_test {

namespace math = rankwise::math;
namespace test = rankwise_tests;

namespace {

struct all_functions {
  template <class V>
  V operator()(V x, int which) const {
    using math::fast;
    using T = math::scalar_t<V>;
    switch (which) {
    case 0:
      return math::exp(x);
    case 1:
      return math::expm1(x);
    case 2:
      return math::log(x);
    case 3:
      return math::log1p(x);
    case 4:
      return math::sigmoid(x);
    case 5:
      return math::softplus(x);
    case 6:
      return math::tanh(x);
    case 7:
      return math::pow(math::abs(x), T(1.3));
    case 8:
      return math::normal_cdf(x);
    case 9:
      return math::normal_log_cdf(x);
    case 10:
      return math::normal_quantile(math::abs(x));
    case 11:
      return math::exp<fast>(x);
    case 12:
      return math::log<fast>(x);
    case 13:
      return math::log1p<fast>(x);
    case 14:
      return math::sigmoid<fast>(x);
    default:
      return math::log_add_exp(x, T(1));
    }
  }
};

constexpr int precise_and_fast = 16;

template <class A, class B>
int differences(const std::vector<math::scalar_t<A>>& x, int which) {
  const auto f = [=](auto v) { return all_functions{}(v, which); };
  const auto a = test::map<A>(x, f);
  const auto b = test::map<B>(x, f);
  int n = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    n += !test::same_bits(a[i], b[i]);
  return n;
}

template <class T>
std::vector<T> points() {
  return test::join<T>({test::everywhere<T>(30000), test::linear<T>(-30, 30, 60000), test::linear<T>(0, 2, 30000)});
}

// Whether this compiler, with these flags, contracts a * b + c into one rounding.
template <class T>
bool contracts() {
  volatile T a = T(1) + std::numeric_limits<T>::epsilon();
  volatile T square = a * a;
  return math::fma(T(a), T(a), T(-square)) != T(0);
}

} // namespace

TEST_CASE_TEMPLATE("without fused multiply-add a batch has the bits of the scalar function", T, float, double) {
  if (contracts<T>())
    return;
#if defined(__SSE2__)
  for (int which = 0; which < precise_and_fast; ++which) {
    INFO("function " << which);
    CHECK(differences<T, xsimd::batch<T, xsimd::sse2>>(points<T>(), which) == 0);
#if defined(__AVX2__)
    CHECK(differences<T, xsimd::batch<T, xsimd::avx2>>(points<T>(), which) == 0);
#endif
  }
#endif
}

#if defined(__AVX512F__) && defined(__AVX2__) && defined(__FMA__)
TEST_CASE_TEMPLATE("AVX2 with FMA and AVX-512 have the same bits", T, float, double) {
  for (int which = 0; which < precise_and_fast; ++which) {
    if (sizeof(T) == 4 && (which == 11 || which == 12 || which == 14))
      continue; // fast exp, log and sigmoid look sixteen numbers up where one instruction does it
    INFO("function " << which);
    CHECK(differences<xsimd::batch<T, xsimd::fma3<xsimd::avx2>>, xsimd::batch<T, xsimd::avx512f>>(points<T>(), which) ==
          0);
  }
}
#endif

} // namespace same_bits_test
