// Several metrics of one evaluation: one order per list, exact sums on the device.
#include "check_lists.hpp"

#include <rankwise/metric/evaluate.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/precision.hpp>

namespace rw = rankwise;

namespace {

template <class Executor, class T>
rw::evaluation evaluated(Executor executor, device::problem const& p, T, std::vector<double>* numbers) {
  auto const set = rw::metrics(rw::metric::ndcg<10>{}, rw::metric::map<>{},
                               rw::metric::recall<3, rw::ties::expected, rw::empty::skip>{});
  auto const scores = device::sent<Executor, T>(p.scores);
  auto const labels = device::sent<Executor, T>(p.labels);
  auto const weights = device::sent<Executor, float>(p.weights);
  auto const list_weights = device::sent<Executor, double>(p.list_weights);
  auto const mask = device::sent<Executor, std::uint8_t>(p.mask);
  rw::options given;
  if (!p.mask.empty()) {
    given = {.item_weights = weights, .list_weights = list_weights, .mask = mask};
  }
  rw::status status;
  auto const data = set.prepare(executor, labels, rw::lists(p.offsets), given);
  rw::workspace memory;
  if constexpr (Executor::where == rw::memory::device) {
    if (numbers != nullptr) { // nobody waits until the numbers are fetched
      thrust::device_vector<double> left(2 * set.count), values(set.count * data.groups().size());
      rw::evaluate_into(executor.leaving(left.data().get()), set, scores, data, values, memory);
      numbers->resize(left.size());
      executor.fetch(left.data().get(), left.size(), numbers->data());
    }
  }
  return rw::evaluate(executor, set, scores, data, memory, {.errors = status});
}

device::add_family const evaluation("evaluation", [](void* stream) {
  for (bool const everything : {false, true}) {
    std::string const what = everything ? "evaluation, weights, mask and NaN: " : "evaluation: ";
    device::problem const p(everything);
    std::vector<double> numbers;
    rw::evaluation const found = evaluated(device::on(stream), p, 0.0f, &numbers);
    rw::evaluation const expected = evaluated(rw::exec::scalar{}, p, 0.0, nullptr);
    device::check(found.ok() && found.flagged() == expected.flagged(), what + "lists that are not finite");
    for (std::size_t k = 0; k < found.size(); ++k) {
      auto const values = [&](rw::evaluation const& e) {
        return std::vector<double>(e.per_list(k).begin(), e.per_list(k).end());
      };
      std::string const name = what + found.title(k);
      device::check(device::agrees(values(found), values(expected), device::tolerance<float>), name + ", lists");
      device::check(device::agrees(found.value(k), expected.value(k), device::tolerance<float>), name);
      device::check(numbers.size() == 2 * found.size() && numbers[2 * k + 1] == found.weight(k) &&
                        numbers[2 * k] / numbers[2 * k + 1] == found.value(k),
                    name + ", left on the device");
      rw::stat::exact_sum sum; // the exact sums of the device are those of the host
      for (std::size_t l = 0; l < found.lists(); ++l) {
        double const weight = p.list_weights.empty() ? 1 : p.list_weights[l];
        if (found.defined(k, l)) {
          sum.add(weight * found.per_list(k)[l]);
        }
      }
      device::check(sum.value() / found.weight(k) == found.value(k), name + ", exact sums");
    }
    device::check(evaluated(device::on(stream), p, 0.0f, nullptr).to_json(true) == found.to_json(true),
                  what + "again, the same bits");
  }
});

} // namespace
