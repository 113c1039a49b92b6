// The functions of math/ in device code: the bounds of docs/math.md, where a device has instructions of its own, and
// two-byte floats, all of them.
#include "device.hpp"

#include <rankwise/core/half.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/math/exp2.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/math/normal.hpp>
#include <rankwise/math/sigmoid.hpp>
#include <rankwise/math/tanh.hpp>

#include "../support/ulp.hpp"

#include <thrust/transform.h>

#include <algorithm>
#include <bit>
#include <cstdint>

namespace rw = rankwise;

namespace {

template <class To, class From, class Function>
std::vector<To> mapped(void* stream, Function function, std::vector<From> const& in) {
  thrust::device_vector<From> const from(in.begin(), in.end());
  thrust::device_vector<To> to(in.size());
  thrust::transform(thrust::cuda::par.on(static_cast<cudaStream_t>(stream)), from.begin(), from.end(), to.begin(),
                    function);
  return device::fetched(to);
}

/// Where formulas go: most numbers near 0, some everywhere, and what is special.
template <class T>
std::vector<T> sweep(double low, double high) {
  support::random random(23);
  int const count = device::played ? 1000 : 1'000'000;
  std::vector<T> x;
  for (double const reach : {1.0, 0.1, 0.001}) {
    for (int i = 0; i < count; ++i) {
      x.push_back(static_cast<T>(reach * random.uniform(low, high)));
    }
  }
  T const infinite = std::numeric_limits<T>::infinity();
  for (double const special : {0.0, -0.0, 1.0, -1.0, 1e-30, -1e-30, 1e30, -1e30, 87.5, 88.5, 90.0, -87.5, -88.5, -103.5,
                               -104.5, 709.5, -745.0, -746.5}) {
    x.push_back(static_cast<T>(special));
  }
  for (T const special : {infinite, -infinite, std::numeric_limits<T>::quiet_NaN(),
                          std::numeric_limits<T>::denorm_min(), std::numeric_limits<T>::max()}) {
    x.push_back(special);
  }
  return x;
}

template <class T, class Function>
void check_function(char const* name, void* stream, Function function, long double (*exact)(long double), double low,
                    double high, double ulps) {
  auto const in = sweep<T>(low, high);
  auto const out = mapped<T>(stream, function, in);
  double worst = 0;
  T where = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    double const error = support::ulp_error(out[i], exact(static_cast<long double>(in[i])));
    if (!(error <= worst)) {
      worst = error;
      where = in[i];
    }
  }
  device::check(worst <= ulps, std::string(name) + (sizeof(T) == 4 ? ", float: " : ", double: ") +
                                   std::to_string(worst) + " ulp at " + std::to_string(static_cast<double>(where)));
}

template <class Accuracy>
struct exponential {
  template <class T>
  RANKWISE_FN T operator()(T x) const {
    return rw::math::exp<Accuracy>(x);
  }
};
template <class Accuracy>
struct logistic {
  template <class T>
  RANKWISE_FN T operator()(T x) const {
    return rw::math::sigmoid<Accuracy>(x);
  }
};
struct soft_plus {
  template <class T>
  RANKWISE_FN T operator()(T x) const {
    return rw::math::softplus(x);
  }
};
struct logarithm {
  template <class T>
  RANKWISE_FN T operator()(T x) const {
    return rw::math::log(x);
  }
};
struct hyperbolic {
  template <class T>
  RANKWISE_FN T operator()(T x) const {
    return rw::math::tanh(x);
  }
};
struct normal {
  template <class T>
  RANKWISE_FN T operator()(T x) const {
    return rw::math::normal_cdf(x);
  }
};
struct inverse {
  template <class T>
  RANKWISE_FN T operator()(T x) const {
    return rw::math::inverse(x);
  }
};
template <class Half>
struct widen {
  RANKWISE_FN float operator()(Half x) const { return x; }
};
template <class Half>
struct narrow {
  RANKWISE_FN Half operator()(float x) const { return Half(x); }
};

// Not in lambdas: nvcc compiles those for the device, too, where there is no long double.
long double exact_exp(long double x) {
  return std::exp(x);
}
long double exact_log(long double x) {
  return std::log(x);
}
long double exact_tanh(long double x) {
  return std::tanh(x);
}
long double exact_normal(long double x) {
  return std::erfc(x * -0.70710678118654752440L) / 2;
}
long double exact_sigmoid(long double x) {
  return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
}
long double exact_softplus(long double x) {
  return std::max(x, 0.0L) + std::log1p(std::exp(-std::fabs(x)));
}

/// Constant expressions are none of the device's instructions.
constexpr float at_compile_time =
    rw::math::sigmoid(0.0f) + rw::math::exp(0.0f) + float(rw::float16(2.0f)) + rw::math::sqrt(4.0f) + rw::math::inverse(2.0f);
struct constants {
  RANKWISE_FN float operator()(float x) const { return x + at_compile_time; }
};

template <class T>
void check_functions(void* stream, bool instructions) {
  auto const of = [&](double portable, double by_instruction) {
    return instructions && sizeof(T) == 4 ? by_instruction : portable;
  };
  constexpr double deep = sizeof(T) == 4 ? 104 : 746;
  check_function<T>("exp", stream, exponential<rw::math::precise>{}, exact_exp, -deep, deep * 0.86, of(1, 3));
  check_function<T>("sigmoid", stream, logistic<rw::math::precise>{}, exact_sigmoid, -deep, 40, of(2, 5));
  check_function<T>("softplus", stream, soft_plus{}, exact_softplus, -deep, deep, of(1.75, 4.5));
  check_function<T>("log", stream, logarithm{}, exact_log, 0, 1e10, 1);
  check_function<T>("tanh", stream, hyperbolic{}, exact_tanh, -12, 12, 2);
  check_function<T>("normal_cdf", stream, normal{}, exact_normal, -14, 9, 5);
}

void check_inverse(void* stream) {
  std::vector<float> between = support::random(24).uniforms<float>(5000, 0.5, 3);
  between.insert(between.end(), {1.0f, 2.0f, 1e30f, 1e-30f, -3.0f});
  auto const shares = mapped<float>(stream, inverse{}, between);
  double worst = 0;
  for (std::size_t i = 0; i < between.size(); ++i) {
    worst = std::max(worst, support::ulp_error(shares[i], 1 / static_cast<long double>(between[i])));
  }
  device::check(worst <= 2 && shares[5000] == 1, "inverse: " + std::to_string(worst) + " ulp");
}

/// Every two-byte float as a float, and floats between them rounded: as the host has them, but for the bits of NaN.
template <class Half>
bool halves(void* stream) {
  std::vector<Half> all(0x10000);
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].bits = static_cast<std::uint16_t>(i);
  }
  auto const wide = mapped<float>(stream, widen<Half>{}, all);
  std::vector<float> between;
  for (std::size_t i = 0; i < all.size(); ++i) {
    float const x = all[i];
    if (!(std::isnan(x) ? std::isnan(wide[i])
                        : std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(wide[i]))) {
      return false;
    }
    for (int k = -1; k < 2; ++k) { // next to a tie, and the tie
      auto const tie = std::bit_cast<std::uint32_t>(x) + (std::is_same_v<Half, rw::float16> ? 0x1000u : 0x8000u);
      between.push_back(std::bit_cast<float>(tie + static_cast<std::uint32_t>(k)));
    }
  }
  auto const rounded = mapped<Half>(stream, narrow<Half>{}, between);
  for (std::size_t i = 0; i < between.size(); ++i) {
    Half const expected(between[i]);
    bool const nan = std::isnan(between[i]);
    if (nan ? !std::isnan(static_cast<float>(rounded[i])) : rounded[i].bits != expected.bits) {
      return false;
    }
  }
  return true;
}

device::add_family const functions("math", [](void* stream) {
#if defined(__NVCC__)
  constexpr bool instructions = true;
#else
  constexpr bool instructions = false;
#endif
  check_functions<float>(stream, instructions);
  check_functions<double>(stream, instructions);
  check_function<float>("exp, fast", stream, exponential<rw::math::fast>{}, exact_exp, -104, 89, 16);
  check_function<float>("sigmoid, fast", stream, logistic<rw::math::fast>{}, exact_sigmoid, -104, 40, 16);

  check_inverse(stream);
  device::check(mapped<float>(stream, constants{}, std::vector<float>{1})[0] == 7.0f, "constants");
  device::check(halves<rw::float16>(stream), "float16");
  device::check(halves<rw::bfloat16>(stream), "bfloat16");
});

} // namespace
