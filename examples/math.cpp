// The functions of math/ for numbers and registers, page by page.
#include "claim.hpp"

#include <rankwise/math/batch.hpp>
#include <rankwise/math/exp2.hpp>
#include <rankwise/math/log_product.hpp>
#include <rankwise/math/math.hpp>

#include <cmath>
#include <limits>
#include <vector>

namespace rw = rankwise;

namespace {

//{ value
// Written once: V is float, double, or a register of either.
template <class V>
RANKWISE_FN V hinge(V margin) {
  return rw::math::max(V(0), V(1) - margin);
}
template <class V>
RANKWISE_FN V signed_root(V x) {
  return rw::math::select(x < V(0), -rw::math::sqrt(-x), rw::math::sqrt(x));
}
static_assert(hinge(0.25) == 0.75);
static_assert(rw::math::lanes<float> == 1);
//} value

void batch() {
  //{ batch
  using V = xsimd::batch<float>;
  std::vector<float> x(static_cast<std::size_t>(rw::math::lanes<V>), 0.5f);
  V const v = rw::math::load<V>(x.data());
  float const sum = rw::math::reduce_add(hinge(v)); // lanes are added in a fixed order
  rw::math::store(x.data(), signed_root(-v));
  //} batch
  claim(near(static_cast<double>(sum), 0.5 * rw::math::lanes<V>), "every lane is 0.5");
  claim(near(static_cast<double>(x[0]), -std::sqrt(0.5), 1e-6), "and its negative has the root -0.7071068");
}

void functions() {
  //{ exp
  double const a = rw::math::exp(1.0);
  double const b = rw::math::expm1(1e-12); // keeps all digits
  //} exp
  //{ exp2
  float const c = rw::math::exp2(10.0f); // 1024, exactly: whole powers are exact
  //} exp2
  //{ log
  double const d = rw::math::log(10.0);
  double const e = rw::math::log1p(1e-12);
  //} log
  //{ lse
  double const f = rw::math::log_add_exp(1000.0, 1000.0); // no overflow
  rw::math::log_sum<double> total;                        // a running log-sum-exp
  for (double x : {1000.0, 999.0, -5.0}) {
    total.push(x);
  }
  double const g = total.value();
  //} lse
  //{ log_product
  double number = 1; // V: a register has a product in every lane
  auto exponent = rw::math::no_exponent<double>();
  for (double x : {1e200, 3.0, 1e200}) {
    number *= x;
    rw::math::take_exponent(number, exponent); // leaves a number from 1 to 2
  }
  double const m = rw::math::log_product(number, exponent); // log(3e400)
  //} log_product
  //{ pow
  double const h = rw::math::pow(0.5, 2.5);
  //} pow
  //{ sigmoid
  double const i = rw::math::sigmoid(-40.0);      // 4.2e-18, not 0
  double const j = rw::math::softplus(800.0);     // 800, not infinite
  double const k = rw::math::log_sigmoid(-800.0); // -800, not -infinity
  //} sigmoid
  //{ tanh
  double const l = rw::math::tanh(0.5);
  //} tanh
  claim(near(a, std::exp(1.0), 1e-15) && near(b / std::expm1(1e-12), 1, 1e-15), "exp, expm1");
  claim(c == 1024.0f, "2^10 is exact");
  claim(near(d, std::log(10.0), 1e-15) && near(e / std::log1p(1e-12), 1, 1e-15), "log, log1p");
  claim(near(f, 1000 + std::log(2.0), 1e-9) && near(g, 1000 + std::log1p(std::exp(-1.0)), 1e-9), "log-sum-exp");
  claim(near(m, 400 * std::log(10.0) + std::log(3.0), 1e-12), "the logarithm of a product beyond all numbers");
  claim(near(h, std::pow(0.5, 2.5), 1e-15), "pow");
  claim(near(i / std::exp(-40.0), 1, 1e-12) && j == 800 && k == -800, "sigmoid, softplus, log-sigmoid in the tails");
  claim(near(l, std::tanh(0.5), 1e-15), "tanh");

  //{ edges
  float const infinity = std::numeric_limits<float>::infinity();
  claim(rw::math::exp(-infinity) == 0 && rw::math::log(0.0f) == -infinity, "limits are limits");
  claim(std::isnan(rw::math::sigmoid(std::nanf(""))), "NaN stays NaN");
  //} edges
}

void normal() {
  //{ normal
  double const a = rw::math::normal_cdf(-1.0);
  double const b = rw::math::normal_log_cdf(-40.0); // no underflow
  double const c = rw::math::normal_quantile(0.975);
  //} normal
  claim(near(a, std::erfc(std::sqrt(0.5)) / 2, 1e-15) && near(c, 1.959963984540054, 1e-12), "Phi(-1), and its inverse");
  claim(near(b, -804.608442, 1e-5), "log Phi(-40) = -804.608442");
}

//{ fast
// The accuracy policy is the first template argument: about 1e-6 relative, for float registers.
template <class V>
RANKWISE_FN V quick_sigmoid(V x) {
  return rw::math::sigmoid<rw::math::fast>(x);
}
//} fast

//{ intro
// One spelling, qualified: an unqualified exp(batch) would find xsimd's.
namespace math = rankwise::math;
constexpr float half = math::sigmoid(0.0f); // a constant
xsimd::batch<float> twice(float const* p) {
  return math::softplus(math::load<xsimd::batch<float>>(p)); // a register
}
float quick(float x) {
  return math::exp<math::fast>(x); // accuracy is the first template argument
}
//} intro

//{ formula
template <class V>
RANKWISE_FN V squared_hinge(V margin) {
  V const loss = rankwise::math::max(V(0), V(1) - margin);
  return loss * loss;
}
//} formula

void introduction() {
  std::vector<float> const zeros(static_cast<std::size_t>(math::lanes<xsimd::batch<float>>));
  claim(half == 0.5f && near(static_cast<double>(quick(1)), 2.7182818, 1e-5), "sigma(0) = 1/2, e^1");
  claim(near(static_cast<double>(math::reduce_max(twice(zeros.data()))), std::log(2.0), 1e-6), "softplus(0) = log 2");
  claim(near(squared_hinge(0.5), 0.25), "a formula of one's own");
}

void polynomial() {
  claim(near(static_cast<double>(quick_sigmoid(0.5f)), 0.6224593, 1e-6), "fast sigmoid");
  //{ polynomial
  float const y = rw::math::horner(2.0f, 1.0f, 3.0f, 0.5f); // 1 + 3 x + 0.5 x^2 at x = 2
  //} polynomial
  claim(near(static_cast<double>(y), 9), "Horner: 1 + 6 + 2");
}

void double_word() {
  //{ double_word
  // Internal: a product and its rounding error, exactly.
  auto const p = rw::math::detail::two_product(1.0 + 0x1p-30, 1.0 + 0x1p-30);
  //} double_word
  claim(p.high == 1.0 + 0x1p-29 && p.low == 0x1p-60, "(1 + e)^2 = 1 + 2e, and e^2 is not lost");
}

} // namespace

int main() {
  batch();
  functions();
  introduction();
  normal();
  polynomial();
  double_word();
  return broken_claims;
}
