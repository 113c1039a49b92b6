#include "check_items.hpp"

#include <rankwise/head/binary.hpp>
#include <rankwise/head/cascade.hpp>
#include <rankwise/head/coral.hpp>
#include <rankwise/head/ordinal.hpp>
#include <rankwise/head/proportional_odds.hpp>
#include <rankwise/head/regression.hpp>
#include <rankwise/head/softmax.hpp>
#include <rankwise/head/ziln.hpp>

namespace rw = rankwise;

namespace {

struct trained {
  double value = 0;
  std::vector<double> gradient, hessian, parameters;
};

/// Value, gradient and hessian of a head's loss, with weights, a mask and a logit that is not finite.
template <class T, class Executor, class Head>
trained train(Executor executor, Head const& head, std::size_t items, int levels) {
  constexpr std::size_t columns = static_cast<std::size_t>(Head::columns);
  support::random random(7);
  std::vector<float> numbers = random.uniforms<float>(items * columns, -3, 3);
  std::vector<float> labels(items), weights = random.uniforms<float>(items, 0.1, 2);
  std::vector<float> mask(items);
  for (std::size_t i = 0; i < items; ++i) {
    labels[i] = static_cast<float>(random.below(static_cast<std::size_t>(levels)));
    mask[i] = random.below(5) != 0 ? 1.0f : 0.0f;
  }
  if (items > 3000) {
    numbers[3000 * columns] = std::numeric_limits<float>::quiet_NaN();
    mask[3000] = 1;
  }
  auto logits = device::sent<Executor, T>(numbers);
  device::storage<Executor, T> gradient(items * columns, T(9)), hessian(items * columns, T(9));
  auto const rows = [&](auto& c) {
    return rw::matrix<T, rw::layout::row_major, Executor::where>{rw::as_column(c).first, items, columns,
                                                                 static_cast<std::ptrdiff_t>(columns), 1};
  };
  auto const y = device::sent<Executor, T>(labels);
  auto const w = device::sent<Executor, float>(weights);
  auto const m = device::sent<Executor, std::uint8_t>(mask);
  rw::status status;
  trained out;
  out.parameters.resize(static_cast<std::size_t>(rw::parameters_of<Head>));
  rw::options given{.item_weights = w, .mask = m, .errors = status};
  if (!out.parameters.empty()) {
    given.parameters = out.parameters;
  }
  out.value = head.gradient(executor, rows(logits), y, rows(gradient), rows(hessian), given);
  if constexpr (Executor::where == rw::memory::device) { // the second call of a workspace waits for nothing
    auto const data = head.template prepare<T>(executor, y, {.item_weights = w, .mask = m});
    device::storage<Executor, T> alike(items * columns, T(9));
    thrust::device_vector<double> left(2);
    auto const leaving = executor.leaving(left.data().get());
    rw::workspace memory;
    for (int twice = 0; twice < 2; ++twice) {
      head.gradient(leaving, rows(logits), data, rows(alike), memory);
    }
    double value = 0;
    executor.fetch(left.data().get(), 1, &value);
    device::check(value == out.value, "the value that was left");
    device::check(device::fetched(alike) == device::fetched(gradient), "the gradient of a call that left its value");
  }
  auto const g = device::fetched(gradient);
  auto const h = device::fetched(hessian);
  out.gradient.assign(g.begin(), g.end());
  out.hessian.assign(h.begin(), h.end());
  device::check((status.code == rw::errc::not_finite) == (items > 3000), "an item that is not finite is reported");
  return out;
}

template <class T, class Head>
void check_head(char const* name, void* stream, Head const& head, int levels) {
  for (std::size_t const items : {0u, 1u, 33u, 5000u}) {
    auto const expected = train<double>(rw::exec::scalar{}, head, items, levels);
    auto const found = train<T>(device::on(stream), head, items, levels);
    auto const again = train<T>(device::on(stream), head, items, levels);
    std::string const what = std::string(name) + ", " + std::to_string(items) + " items: ";
    device::check(device::agrees(found.value, expected.value, device::tolerance<T>), what + "value");
    device::check(device::agrees(found.gradient, expected.gradient, device::tolerance<T>), what + "gradient");
    device::check(device::agrees(found.hessian, expected.hessian, device::tolerance<T>), what + "hessian");
    device::check(device::agrees(found.parameters, expected.parameters, device::tolerance<T>), what + "parameters");
    device::check(again.value == found.value && again.gradient == found.gradient, what + "again, the same bits");
  }
}

device::add_family const heads("heads", [](void* stream) {
  check_head<float>("binary", stream, rw::head::binary<"click">{}, 2);
  check_head<float>("ordinal", stream, rw::head::ordinal<"relevance", 4>{}, 4);
  check_head<double>("proportional odds", stream,
                     rw::head::proportional_odds<"relevance", 3>{.cuts = rw::head::cuts<2>::at(-0.5, 1.0)}, 3);
  check_head<float>("coral", stream, rw::head::coral<"relevance", 3>{.biases = {0.5, -1.0}}, 3);
  check_head<float>("cascade", stream, rw::head::cascade<"relevance", 3>{}, 3);
  check_head<float>("softmax", stream, rw::head::softmax<"relevance", 4>{}, 4);
  check_head<float>("regression", stream, rw::head::regression<"grade">{}, 4);
  check_head<float>("zero-inflated log-normal", stream, rw::head::ziln<"spend">{}, 3);
});

} // namespace
