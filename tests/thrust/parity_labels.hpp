#ifndef RANKWISE_TESTS_THRUST_PARITY_LABELS_HPP
#define RANKWISE_TESTS_THRUST_PARITY_LABELS_HPP

#include "parity.hpp"

#include <rankwise/calibrate/affine.hpp>
#include <rankwise/calibrate/beta.hpp>
#include <rankwise/calibrate/platt.hpp>
#include <rankwise/calibrate/temperature.hpp>
#include <rankwise/label/binarise.hpp>
#include <rankwise/label/clip.hpp>
#include <rankwise/label/combine.hpp>
#include <rankwise/label/expected.hpp>
#include <rankwise/label/log.hpp>
#include <rankwise/label/polarise.hpp>
#include <rankwise/label/smooth.hpp>
#include <rankwise/label/table.hpp>

namespace parity {

/// Transforms and calibrators, tables over device memory, two inputs, rows.
template <class T, class Executor>
void check_labels(Executor executor, report tell) {
  namespace l = rw::label;
  namespace c = rw::calibrate;
  check_items<T>("gain", executor, l::gain{.base = 3}, 4, tell);
  check_items<T>("log", executor, l::log{.base = 2}, 4, tell);
  check_items<T>("clip | linear", executor, l::clip{} | l::linear{.slope = 2}, 2, tell);
  check_items<T>("binarise", executor, l::binarise{}, 0, tell);
  check_items<T>("smooth", executor, l::smooth{}, 2, tell);
  check_items<T>("fast polarise", executor, rw::fast(l::polarise{}), sizeof(T) == 4 ? 16 : 4, tell);
  check_items<T>("platt", executor, c::platt{.slope = 2, .intercept = -1}, 4, tell);
  check_items<T>("temperature", executor, c::temperature{.value = 0.7}, 4, tell);
  check_items<T>("affine", executor, c::affine{.slope = 2, .intercept = -1}, 4, tell);
  check_items<T>("sigmoid | beta", executor, c::sigmoid{} | c::beta{.a = 0.5, .b = 2, .c = 0.1}, 16, tell);

  std::vector<T> const x{-1, 0, T(0.5), 1, 2}, y{0, T(0.25), T(0.25), 1, 3};
  auto const in = support::random(5).uniforms<T>(3 * 1001, 0, 1);
  auto const on = [&](auto e) {
    using E = decltype(e);
    auto const from = sent<E>(in);
    auto const dx = sent<E>(x);
    auto const dy = sent<E>(y);
    auto out = from;
    l::table_view<T, rw::between::linear, E::where> const line{rw::as_column(dx), rw::as_column(dy)};
    l::table_view<T, rw::between::block, E::where> const step{rw::as_column(dx), rw::as_column(dy)};
    output<T> r;
    rw::apply(e, line, from, out);
    rw::apply(e, step, out, out);
    rw::apply(e, l::banded{l::cut<3>{0.3, 0.6}}, from, out, out);
    r.gradient = fetched(out);
    rw::matrix<T const, rw::layout::row_major, E::where> const rows{rw::as_column(from).first, 1001, 3, 3, 1};
    rw::matrix<T, rw::layout::row_major, E::where> const to{rw::as_column(out).first, 1001, 3, 3, 1};
    rw::apply(e, c::softmax_temperature{.value = 0.5}, rows, to);
    auto grades = sent<E>(std::vector<T>(1001));
    rw::apply(e, l::expected_grade{} | l::gain{}, rows, grades);
    rw::apply(e, l::soft_ordinal{}, grades, to); // fractions: NaN
    rw::apply(e, c::softmax_temperature{}, rows, to);
    r.gradient[0] = fetched(grades)[7];
    r.hessian = fetched(out);
    return r;
  };
  if constexpr (sizeof(T) == 4) {
    // Two-byte floats; multiplied by 2, so that fused or not makes no difference.
    std::vector<rw::float16> const halves(in.begin(), in.end());
    auto const narrow = [&](auto e) {
      using E = decltype(e);
      auto const from = sent<E>(halves);
      auto to = sent<E>(std::vector<rw::bfloat16>(halves.size()));
      rw::apply(e, l::linear{.slope = 2, .offset = 0.25}, from, to);
      return fetched(to);
    };
    auto const one_by_one = narrow(rw::exec::scalar{});
    bool same = true;
    for (auto const& other : {narrow(rw::exec::simd{}), narrow(executor)}) {
      for (std::size_t i = 0; i < other.size(); ++i) {
        same = same && other[i].bits == one_by_one[i].bits;
      }
    }
    tell(same, "two-byte floats");
  }

  auto const expected = on(rw::exec::scalar{});
  double const bound = 16 * static_cast<double>(std::numeric_limits<T>::epsilon());
  char const* const what =
      sizeof(T) == 4 ? "tables, two inputs and rows, float" : "tables, two inputs and rows, double";
  tell(on(rw::exec::simd{}).differs_from(expected, bound).empty(), what);
  tell(on(executor).differs_from(expected, bound).empty(), what);
}

} // namespace parity

#endif
