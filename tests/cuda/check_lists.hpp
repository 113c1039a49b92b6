#ifndef RANKWISE_TESTS_CUDA_CHECK_LISTS_HPP
#define RANKWISE_TESTS_CUDA_CHECK_LISTS_HPP

#include "device.hpp"

#include <rankwise/exec/scalar.hpp>

#include <cstdint>

/// A loss or a metric on the device against the same formula on the host, item after item, in double.
namespace device {

struct problem {
  std::vector<int> offsets{0};
  std::vector<float> scores, labels, weights;
  std::vector<double> list_weights;
  std::vector<std::uint8_t> mask;

  /// Empty lists, one item, the sizes about those of groups of threads, and one for a block, `long_list`; scores are
  /// floats, so that double sees the same order. `everything`: weights, a mask, NaN and infinities.
  explicit problem(bool everything, bool long_list = true) {
    support::random random(11);
    for (int size : {0, 1, 2, 3, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 257, 700, 1, 0}) {
      offsets.push_back(offsets.back() + size);
    }
    for (int l = 0; l < 150; ++l) {
      offsets.push_back(offsets.back() + static_cast<int>(random.below(40)));
    }
    offsets.push_back(offsets.back() + (long_list ? 1040 : 0));
    auto const items = static_cast<std::size_t>(offsets.back());
    scores = random.uniforms<float>(items, -4, 4);
    labels = random.grades<float>(items, 5);
    scores[20] = scores[21];
    if (everything) {
      weights = random.uniforms<float>(items, 0.1, 3);
      list_weights = random.uniforms<double>(offsets.size() - 1, 0.1, 3);
      list_weights[5] = 0;
      mask.resize(items);
      for (auto& m : mask) {
        m = random.below(4) != 0;
      }
      std::fill(mask.begin() + offsets[9], mask.begin() + offsets[10], std::uint8_t{0});
      scores[100] = std::numeric_limits<float>::quiet_NaN();
      scores[500] = std::numeric_limits<float>::infinity();
      labels[2300] = std::numeric_limits<float>::quiet_NaN();
      mask[100] = mask[500] = mask[2300] = 1;
    }
  }
};

template <class T>
struct result {
  double value = 0;
  std::vector<double> per_list;
  std::vector<T> gradient, hessian;
  rw::status status;

  template <class U>
  std::string differs_from(result<U> const& of, double bound) const {
    return !agrees(value, of.value, bound)         ? "value"
           : !agrees(per_list, of.per_list, bound) ? "values of lists"
           : !agrees(gradient, of.gradient, bound) ? "gradient"
           : !agrees(hessian, of.hessian, bound)   ? "hessian"
           : status.code != of.status.code         ? "error code"
           : status.where != of.status.where       ? "first list that is not finite"
           : status.found != of.status.found       ? "number of lists that are not finite"
                                                   : "";
  }
};

template <class T, class Executor, class Policy>
result<T> run(Executor executor, Policy const& policy, problem const& p, rw::workspace& memory) {
  rw::lists const lists(p.offsets);
  auto const scores = sent<Executor, T>(p.scores);
  auto const labels = sent<Executor, T>(p.labels);
  auto const weights = sent<Executor, float>(p.weights);
  auto const list_weights = sent<Executor, double>(p.list_weights);
  auto const mask = sent<Executor, std::uint8_t>(p.mask);
  rw::options given;
  if (!p.mask.empty()) {
    given.item_weights = weights;
    given.list_weights = list_weights;
    given.mask = mask;
  }
  result<T> out;
  out.per_list.resize(lists.size());
  auto const data = policy.prepare(executor, labels, lists, given);
  if constexpr (requires { policy.gradient(executor, scores, data, scores); }) {
    storage<Executor, T> gradient(p.scores.size(), T(9));
    storage<Executor, T> hessian(p.scores.size(), T(9));
    out.value = policy.gradient(executor, scores, data, gradient, hessian, memory,
                                {.per_list = out.per_list, .errors = out.status});
    out.gradient = fetched(gradient);
    out.hessian = fetched(hessian);
  } else {
    out.value = policy(executor, scores, data, memory, {.per_list = out.per_list, .errors = out.status});
  }
  return out;
}

template <class T, class Policy>
void check_lists(char const* name, void* stream, Policy const& policy, double bound = tolerance<T>,
                 bool long_list = true) {
  for (bool const everything : {false, true}) {
    std::string const what = std::string(name) + (everything ? ", weights, mask and NaN: " : ": ");
    problem const p(everything, long_list);
    rw::workspace memory;
    result<double> const expected = run<double>(rw::exec::scalar{}, policy, p, memory);
    rw::workspace there;
    result<T> const found = run<T>(on(stream), policy, p, there);
    std::string const difference = found.differs_from(expected, bound);
    check(difference.empty(), what + difference);
    check((found.status.code == rw::errc::not_finite) == everything, what + "NaN is reported");
    check(run<T>(on(stream), policy, p, there).differs_from(found, 0).empty(), what + "again, the same bits");
  }
}

} // namespace device

#endif
