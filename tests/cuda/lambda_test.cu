#include "check_lists.hpp"

#include <rankwise/loss/lambda.hpp>
#include <rankwise/loss/position_bias.hpp>
#include <rankwise/metric/mrr.hpp>

namespace rw = rankwise;

namespace {

/// The second round, which has estimates, and then those of 12 places as values of lists: t+ of all, t- of all. The
/// losses are left in `leaves`, if anywhere.
template <class T, class Loss, class Executor>
device::result<T> second_round(Executor executor, Loss const& loss, device::problem p, double* leaves = nullptr) {
  constexpr std::size_t places = 12;
  std::vector<int> shown(p.scores.size());
  for (std::size_t l = 0; l + 1 < p.offsets.size(); ++l) {
    for (int i = p.offsets[l]; i < p.offsets[l + 1]; ++i) {
      shown[static_cast<std::size_t>(i)] = i % 17 == 3 ? -1 : i - p.offsets[l]; // most of them count as the last one
    }
  }
  auto const clicks = device::sent<Executor, T>(p.labels);
  auto const weights = device::sent<Executor, float>(p.weights);
  auto const list_weights = device::sent<Executor, double>(p.list_weights);
  auto const mask = device::sent<Executor, std::uint8_t>(p.mask);
  auto const shown_at = device::sent<Executor, int>(shown);
  rw::options given;
  if (!p.mask.empty()) {
    given.item_weights = weights;
    given.list_weights = list_weights;
    given.mask = mask;
  }
  auto const data = loss.prepare(executor, clicks, rw::lists(p.offsets), given);
  rw::loss::position_bias bias(places, 0.5);
  rw::workspace memory;
  device::result<T> out;
  for (int round = 0; round < 2; ++round) {
    auto const scores = device::sent<Executor, T>(p.scores);
    device::storage<Executor, T> gradient(p.scores.size(), T(9));
    device::storage<Executor, T> hessian(p.scores.size(), T(9));
    Executor on = executor;
    if constexpr (Executor::where == rw::memory::device) {
      on = executor.leaving(leaves);
    }
    out.value = bias.gradient(on, loss, scores, data, shown_at, gradient, hessian, memory, {.errors = out.status});
    out.gradient = device::fetched(gradient);
    out.hessian = device::fetched(hessian);
    for (float& s : p.scores) {
      s = -s / 2;
    }
  }
  for (std::size_t k = 0; k < places; ++k) {
    out.per_list.push_back(bias.clicked(k));
  }
  for (std::size_t k = 0; k < places; ++k) {
    out.per_list.push_back(bias.not_clicked(k));
  }
  return out;
}

template <class T, class Loss>
void check_bias(char const* name, void* stream, Loss const& loss) {
  for (bool const everything : {false, true}) {
    std::string const what = std::string(name) + (everything ? ", weights, mask and NaN: " : ": ");
    device::problem const p(everything, everything);
    auto const expected = second_round<double>(rw::exec::scalar{}, loss, p);
    auto const found = second_round<T>(device::on(stream), loss, p);
    std::string const difference = found.differs_from(expected, device::tolerance<T>);
    device::check(difference.empty(), what + difference);
    device::check((found.status.code == rw::errc::not_finite) == everything, what + "NaN is reported");
    device::check(found.per_list[1] != 1 && found.per_list[13] != 1, what + "something is learnt");
    thrust::device_vector<double> left(2, 7.0);
    auto leaving = second_round<T>(device::restless(stream), loss, p, left.data().get());
    device::check(leaving.value == 0 && leaving.status.ok(), what + "the loss is left");
    leaving.value = left[0];
    leaving.status = found.status;
    device::check(leaving.differs_from(found, 0).empty(),
                  what + "again, waiting for the estimates alone: the same bits");
  }
}

device::add_family const lambda("lambda", [](void* stream) {
  device::check_lists<float>("lambda NDCG@30", stream, rw::loss::lambda<rw::metric::ndcg<30>>{});
#if !defined(RANKWISE_TEST_SAMPLE)
  device::check_lists<double>("lambda NDCG", stream, rw::loss::lambda<rw::metric::ndcg<>>{});
  device::check_lists<float>("lambda MRR", stream, rw::loss::lambda<rw::metric::mrr<10>>{});
  check_bias<double>("position bias, lambda NDCG", stream, rw::loss::lambda<rw::metric::ndcg<>>{});
#endif
#if !defined(RANKWISE_TEST_SAMPLE) || !defined(__NVCC__) // of nvcc it asks half a minute
  check_bias<float>("position bias, lambda NDCG@30", stream, rw::loss::lambda<rw::metric::ndcg<30>>{});
#endif
});

} // namespace
