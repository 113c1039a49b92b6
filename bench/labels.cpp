// Label transforms over 100 million scores, far more than the caches hold: against plain loops and against merely
// copying the scores; isotonic regression by its tables. Nanoseconds per score.
#include "plain.hpp"
#include "row.hpp"

#include <rankwise/calibrate/isotonic.hpp>
#include <rankwise/exec/apply.hpp>
#include <rankwise/label/cut.hpp>
#include <rankwise/label/polarise.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#if __has_include(<Eigen/Core>)
#include <Eigen/Core>
#endif

namespace rw = rankwise;

namespace {

constexpr std::size_t items = 100'000'000;

template <class F>
void add(std::string const& name, F f, std::size_t count = items) {
  add_row(name, count, f);
}

// One register in, one past the caches: what the machine can do at best.
template <class To>
void stream_copy(float const* from, To* to, std::size_t n) {
  using V = rw::exec::simd::vector<float>;
  constexpr std::size_t width = V::size;
  std::size_t i = 0;
  for (; reinterpret_cast<std::uintptr_t>(to + i) % (width * sizeof(To)) != 0; ++i) {
    to[i] = static_cast<To>(from[i]);
  }
  for (; i + width <= n; i += width) {
    rw::math::ops<V>::stream(to + i, rw::math::load<V>(from + i));
  }
  rw::math::ops<V>::stream_end();
}

void plain_cut(float const* score, std::uint8_t* grade, std::size_t n, float low, float high) {
  for (std::size_t i = 0; i < n; ++i) {
    grade[i] = static_cast<std::uint8_t>((score[i] >= low) + (score[i] >= high));
  }
}

// What one writes by hand: shifts, and rounding by an addition.
void plain_halves(rw::bfloat16 const* score, rw::bfloat16* to, std::size_t n, float steepness, float centre) {
  for (std::size_t i = 0; i < n; ++i) {
    std::uint32_t const wide = static_cast<std::uint32_t>(score[i].bits) << 16;
    float const x = steepness * (__builtin_bit_cast(float, wide) - centre);
    auto const y = __builtin_bit_cast(std::uint32_t, 1 / (1 + std::exp(-x)));
    to[i].bits = static_cast<std::uint16_t>((y + 0x7fff + (y >> 16 & 1)) >> 16);
  }
}

void agree(char const* what, bool same) {
  if (!same) {
    std::fprintf(stderr, "%s: differs from the plain loop\n", what);
    std::exit(1);
  }
}

// Allocated when the first benchmark of this file runs.
struct columns {
  std::vector<float> in = std::vector<float>(items);
  std::vector<float> out = std::vector<float>(items);
  std::vector<std::uint8_t> grades = std::vector<std::uint8_t>(items);
  std::vector<rw::bfloat16> narrow_in = std::vector<rw::bfloat16>(items);
  std::vector<rw::bfloat16> narrow_out = std::vector<rw::bfloat16>(items);

  columns() {
    std::uint32_t state = 1;
    for (float& x : in) {
      state = state * 1664525u + 1013904223u;
      x = static_cast<float>(state >> 8) * 0x1p-24f;
    }
    for (std::size_t i = 0; i < items; ++i) {
      narrow_in[i] = rw::bfloat16(in[i]);
    }
    constexpr std::size_t few = 100'000;
    std::vector<rw::bfloat16> narrow(few);
    plain_halves(narrow_in.data(), narrow.data(), few, 10, 0.5f);
    rw::apply(rw::fast(rw::label::polarise{}), narrow_in, narrow_out);
    for (std::size_t i = 0; i < few; ++i) { // the results differ by 1e-6, so now and then by a rounding
      agree("polarise in bfloat16", std::abs(narrow_out[i].bits - narrow[i].bits) <= 1);
    }
    std::vector<float> expected(few);
    plain::polarise(in.data(), expected.data(), few, 10, 0.5f);
    rw::apply(rw::fast(rw::label::polarise{}), in, out);
    for (std::size_t i = 0; i < few; ++i) {
      agree("polarise", std::abs(out[i] - expected[i]) <= 2e-6f * expected[i]);
    }
    std::vector<std::uint8_t> cuts(few);
    plain_cut(in.data(), cuts.data(), few, 0.35f, 0.65f);
    rw::apply(rw::label::cut<3>{0.35, 0.65}, in, grades);
    agree("cut", std::memcmp(cuts.data(), grades.data(), few) == 0);
  }
};

columns& data() {
  static columns c;
  return c;
}

// What one writes around std::upper_bound.
void plain_isotonic(std::vector<float> const& x, std::vector<float> const& y, float const* in, float* out,
                    std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    auto const k = static_cast<std::size_t>(std::upper_bound(x.begin(), x.end(), in[i]) - x.begin());
    out[i] = k == 0          ? y.front()
             : k == x.size() ? y.back()
                             : y[k - 1] + (y[k] - y[k - 1]) * (in[i] - x[k - 1]) / (x[k] - x[k - 1]);
  }
}

void isotonic(std::size_t points) {
  constexpr std::size_t n = 1 << 20;
  auto& in = *new std::vector<float>(n);
  auto& out = *new std::vector<float>(n);
  std::vector<double> x, y;
  for (std::size_t k = 0; k < points; ++k) {
    x.push_back(static_cast<double>(k) / static_cast<double>(points));
    y.push_back(x.back() * x.back());
  }
  std::uint32_t state = 1;
  for (float& s : in) {
    state = state * 1664525u + 1013904223u;
    s = static_cast<float>(state >> 8) * 0x1p-24f;
  }
  auto& fx = *new std::vector<float>(x.begin(), x.end());
  auto& fy = *new std::vector<float>(y.begin(), y.end());
  auto& fitted = *new auto(rw::calibrate::fit_isotonic(x, y));
  plain_isotonic(fx, fy, in.data(), out.data(), n);
  std::vector<float> const expected = out;
  rw::apply(fitted, in, out);
  for (std::size_t i = 0; i < n; i += 97) {
    agree("isotonic", std::abs(out[i] - expected[i]) <= 1e-6f);
  }
  std::string const name = "isotonic, " + std::to_string(points) + " points";
  add(
      name + "/plain", [&] { plain_isotonic(fx, fy, in.data(), out.data(), n); }, n);
  add(
      name + "/native", [&] { rw::apply(fitted, in, out); }, n);
}

int const registered = [] {
  std::string const polarise = "polarise, 100 million scores";
  add(polarise + "/plain", [] { plain::polarise(data().in.data(), data().out.data(), items, 10, 0.5f); });
  add(polarise + "/fast-math", [] { plain_fast_math::polarise(data().in.data(), data().out.data(), items, 10, 0.5f); });
  add(polarise + "/native", [] { rw::apply(rw::label::polarise{}, data().in, data().out); });
  add(polarise + "/fast", [] { rw::apply(rw::fast(rw::label::polarise{}), data().in, data().out); });
  add(polarise + "/memcpy", [] { std::memcpy(data().out.data(), data().in.data(), items * sizeof(float)); });
  add(polarise + "/streaming", [] { stream_copy(data().in.data(), data().out.data(), items); });

#if __has_include(<Eigen/Core>)
  add(polarise + "/eigen", [] {
    Eigen::Map<Eigen::ArrayXf const> const x(data().in.data(), static_cast<Eigen::Index>(items));
    Eigen::Map<Eigen::ArrayXf>(data().out.data(), x.size()) = 1 / (1 + ((x - 0.5f) * -10.0f).exp());
  });
#endif
  // The same numbers in two bytes: half of the memory.
  std::string const halves = "polarise, 100 million scores in bfloat16";
  add(halves + "/plain", [] { plain_halves(data().narrow_in.data(), data().narrow_out.data(), items, 10, 0.5f); });
  add(halves + "/fast", [] { rw::apply(rw::fast(rw::label::polarise{}), data().narrow_in, data().narrow_out); });

  std::string const cut = "cut to bytes, 100 million scores";
  add(cut + "/plain", [] { plain_cut(data().in.data(), data().grades.data(), items, 0.35f, 0.65f); });
  add(cut + "/native", [] { rw::apply(rw::label::cut<3>{0.35, 0.65}, data().in, data().grades); });
  add(cut + "/streaming", [] { stream_copy(data().in.data(), data().grades.data(), items); });

  std::string const both = "polarise and cut, 100 million scores";
  add(both + "/native", [] {
    rw::apply(rw::fast(rw::label::polarise{} | rw::label::cut<3>{0.35, 0.65}), data().in, data().grades);
  });
  isotonic(50);
  isotonic(5000);
  return 0;
}();

} // namespace
