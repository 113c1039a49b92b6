#include "check_items.hpp"

#include <rankwise/calibrate/affine.hpp>
#include <rankwise/calibrate/beta.hpp>
#include <rankwise/calibrate/platt.hpp>
#include <rankwise/calibrate/temperature.hpp>
#include <rankwise/label/binarise.hpp>
#include <rankwise/label/clip.hpp>
#include <rankwise/label/combine.hpp>
#include <rankwise/label/cut.hpp>
#include <rankwise/label/expected.hpp>
#include <rankwise/label/gain.hpp>
#include <rankwise/label/log.hpp>
#include <rankwise/label/polarise.hpp>
#include <rankwise/label/smooth.hpp>
#include <rankwise/label/table.hpp>

namespace rw = rankwise;
namespace label = rankwise::label;
namespace calibrate = rankwise::calibrate;

namespace {

/// Tables over device memory, two inputs, and rows to numbers and back.
struct shapes {
  template <class T, class Executor>
  static auto on(Executor executor) {
    using device::sent;
    support::random random(5);
    auto const in = sent<Executor, T>(random.uniforms<float>(3 * 1001, 0, 1));
    auto const x = sent<Executor, T>(std::vector<float>{-1, 0, 0.5f, 1, 2});
    auto const y = sent<Executor, T>(std::vector<float>{0, 0.25f, 0.25f, 1, 3});
    device::storage<Executor, T> out(in.size());
    label::table_view<T, rw::between::linear, Executor::where> const line{rw::as_column(x), rw::as_column(y)};
    rw::apply(executor, line, in, out);
    rw::apply(executor, label::banded{label::cut<3>{0.3, 0.6}}, in, out, out);
    rw::matrix<T const, rw::layout::row_major, Executor::where> const rows{rw::as_column(in).first, 1001, 3, 3, 1};
    device::storage<Executor, T> back(in.size());
    rw::matrix<T, rw::layout::row_major, Executor::where> const to{rw::as_column(back).first, 1001, 3, 3, 1};
    rw::apply(executor, calibrate::softmax_temperature{.value = 0.5}, rows, to);
    device::storage<Executor, T> grades(1001);
    rw::apply(executor, label::expected_grade{} | label::gain{}, rows, grades);
    auto all = device::fetched(out);
    for (auto const& more : {device::fetched(back), device::fetched(grades)}) {
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  }
};

/// Two-byte floats in, other ones out: the same bits, as the products are exact.
template <class Executor>
std::vector<rw::bfloat16> narrow(Executor executor) {
  auto const halves = device::sent<Executor, rw::float16>(support::random(6).uniforms<float>(4099, 0, 1));
  device::storage<Executor, rw::bfloat16> to(halves.size());
  rw::apply(executor, label::linear{.slope = 2, .offset = 0.25}, halves, to);
  return device::fetched(to);
}

/// Columns that begin anywhere: 16 bytes at once, or one number after the other, and the same bits.
template <class Executor>
bool anywhere(Executor executor) {
  auto const in = device::sent<Executor, float>(support::random(7).uniforms<float>(1027, 0, 1));
  device::storage<Executor, float> aligned(1027, 9.0f);
  device::storage<Executor, float> shifted(1027, 9.0f);
  rw::apply(executor, label::polarise{}, in, aligned);
  auto const from = rw::as_column(in);
  auto const to = rw::as_column(shifted);
  rw::column<float const, Executor::where> const part{from.first + 1, 1025};
  rw::column<float, Executor::where> const there{to.first + 1, 1025};
  rw::apply(executor, label::polarise{}, part, there);
  auto expected = device::fetched(aligned);
  expected.front() = expected.back() = 9.0f;
  return device::fetched(shifted) == expected;
}

device::add_family const labels("labels", [](void* stream) {
  device::check(anywhere(device::on(stream)), "polarise: columns that begin anywhere");
  device::check_items<float>("polarise", stream, label::polarise{}, 4);
  device::check_items<double>("polarise in double", stream, label::polarise{}, 4);
  device::check_items<float>("polarise, normalised", stream, label::polarise_normalised{}, 4);
  device::check_items<float>("polarise and cut", stream, label::polarise{} | label::cut<3>{0.35, 0.65}, 0);
  device::check_items<float>("fast polarise", stream, rw::fast(label::polarise{}), 16);
  device::check_items<float>("gain", stream, label::gain{.base = 3}, 4);
  device::check_items<float>("log", stream, label::log{.base = 2}, 4);
  device::check_items<float>("clip and linear", stream, label::clip{} | label::linear{.slope = 2}, 2);
  device::check_items<float>("binarise", stream, label::binarise{}, 0);
  device::check_items<float>("smooth", stream, label::smooth{}, 2);
  device::check(device::agrees(shapes::on<float>(device::on(stream)), shapes::on<double>(rw::exec::scalar{}), 2e-6),
                "tables, two inputs and rows");
  auto const there = narrow(device::on(stream));
  auto const here = narrow(rw::exec::scalar{});
  bool same = there.size() == here.size();
  for (std::size_t i = 0; same && i < here.size(); ++i) {
    same = there[i].bits == here[i].bits;
  }
  device::check(same, "two-byte floats, the same bits");
});

device::add_family const calibrators("calibrate", [](void* stream) {
  device::check_items<float>("platt", stream, calibrate::platt{.slope = 2, .intercept = -1}, 4);
  device::check_items<float>("temperature", stream, calibrate::temperature{.value = 0.7}, 4);
  device::check_items<float>("affine", stream, calibrate::affine{.slope = 2, .intercept = -1}, 4);
  // In double, as the smallest probability depends on the type.
  device::check_items<double>("sigmoid and beta", stream,
                              calibrate::sigmoid{} | calibrate::beta{.a = 0.5, .b = 2, .c = 0.1}, 16);
});

} // namespace
