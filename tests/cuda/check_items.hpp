#ifndef RANKWISE_TESTS_CUDA_CHECK_ITEMS_HPP
#define RANKWISE_TESTS_CUDA_CHECK_ITEMS_HPP

#include "device.hpp"

#include <rankwise/exec/apply.hpp>
#include <rankwise/exec/scalar.hpp>

/// An element policy on the device against the same formula on the host, in double.
namespace device {

template <class T, class Executor, class Policy>
std::vector<T> applied(Executor executor, Policy const& policy, std::vector<float> const& in, bool in_place) {
  auto from = sent<Executor, T>(in);
  storage<Executor, T> to(in.size(), T(9));
  if (in_place) {
    rw::apply(executor, policy, from, from);
    return fetched(from);
  }
  rw::apply(executor, policy, from, to);
  return fetched(to);
}

/// `ulps` is the bound that the policy states, in units of the largest result.
template <class T, class Policy>
void check_items(char const* name, void* stream, Policy const& policy, double ulps) {
  std::vector<float> in = support::random(4).uniforms<float>(10'007, -2, 3);
  in[77] = std::numeric_limits<float>::quiet_NaN();
  in[78] = std::numeric_limits<float>::infinity();
  in[79] = -std::numeric_limits<float>::infinity();
  auto const expected = applied<double>(rw::exec::scalar{}, policy, in, false);
  auto const found = applied<T>(on(stream), policy, in, false);
  double const bound = ulps * static_cast<double>(std::numeric_limits<T>::epsilon());
  check(agrees(found, expected, bound), std::string(name) + ": values");
  check(agrees(applied<T>(on(stream), policy, in, true), found, 0), std::string(name) + ": in place, the same bits");
}

} // namespace device

#endif
