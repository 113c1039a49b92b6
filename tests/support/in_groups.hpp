#ifndef RANKWISE_TESTS_SUPPORT_IN_GROUPS_HPP
#define RANKWISE_TESTS_SUPPORT_IN_GROUPS_HPP

#include <rankwise/backend/emulated.hpp>

#include <doctest/doctest.h>

#include "support/random.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

/// A policy in groups of threads against the same policy one item after the other.
namespace support {

namespace rw = rankwise;

/// Lists whose sizes are about those of groups, empty ones among them; equal scores; weights, of which some are 0; a
/// mask; and, where asked for, numbers that are not finite.
struct grouped_problem {
  std::vector<int> offsets{0};
  std::vector<double> scores, labels, weights, list_weights;
  std::vector<std::uint8_t> mask;

  explicit grouped_problem(bool not_finite, int longest = 300) {
    random r(17);
    for (int size : {5, 0, 1, 2, 3, 4, 7, 8, 9, 0, 31, 33, 64, 130, longest, 6}) {
      offsets.push_back(offsets.back() + size);
    }
    auto const items = static_cast<std::size_t>(offsets.back());
    scores = r.uniforms<double>(items, -4, 4);
    labels = r.grades<double>(items, 5);
    weights = r.uniforms<double>(items, 0.1, 2);
    list_weights = r.uniforms<double>(offsets.size() - 1, 0.1, 3);
    list_weights[3] = 0;
    mask.resize(items);
    for (std::size_t i = 0; i < items; ++i) {
      mask[i] = r.below(4) != 0;
      weights[i] = r.below(9) == 0 ? 0 : weights[i];
      scores[i] = i != 0 && r.below(6) == 0 ? scores[i - 1] : scores[i];
    }
    for (int i = offsets[7]; i < offsets[8]; ++i) { // a list of which nobody takes part
      mask[static_cast<std::size_t>(i)] = 0;
    }
    if (not_finite) {
      scores[2] = std::numeric_limits<double>::quiet_NaN();
      auto const at = [&](int list) { return static_cast<std::size_t>(offsets[static_cast<std::size_t>(list)]); };
      scores[at(11) + 1] = std::numeric_limits<double>::infinity();
      labels[at(12) + 40] = std::numeric_limits<double>::quiet_NaN();
      scores[at(13) + 100] = -std::numeric_limits<double>::infinity(); // out of its list
      mask[2] = mask[at(11) + 1] = mask[at(12) + 40] = mask[at(13) + 100] = 1;
    }
  }
};

struct grouped_result {
  double value = 0;
  std::vector<double> per_list, gradient, hessian;
  rw::status status;
};

template <class Executor, class Policy>
grouped_result result_of(Executor executor, Policy const& policy, grouped_problem const& p, bool everything) {
  rw::lists const lists(p.offsets);
  grouped_result r;
  r.per_list.resize(lists.size(), 7);
  rw::options given;
  if (everything) {
    given.item_weights = p.weights;
    given.list_weights = p.list_weights;
    given.mask = p.mask;
  }
  rw::workspace memory;
  auto const data = policy.prepare(executor, p.labels, lists, given);
  if constexpr (requires { policy.gradient(executor, p.scores, data, r.gradient); }) {
    r.gradient.resize(p.scores.size(), 7);
    r.hessian.resize(p.scores.size(), 7);
    r.value = policy.gradient(executor, p.scores, data, r.gradient, r.hessian, memory,
                              {.per_list = r.per_list, .errors = r.status});
  } else {
    r.value = policy(executor, p.scores, data, memory, {.per_list = r.per_list, .errors = r.status});
  }
  return r;
}

inline bool agree(std::vector<double> const& a, std::vector<double> const& b, double bound) {
  double largest = 0;
  for (double const x : b) {
    largest = std::isfinite(x) ? std::fmax(largest, std::fabs(x)) : largest;
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    bool const same = a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]));
    if (!same && !(std::fabs(a[i] - b[i]) <= bound * largest)) {
      return false;
    }
  }
  return a.size() == b.size();
}
inline bool agree(grouped_result const& a, grouped_result const& b, double bound) {
  return agree(std::vector{a.value}, {b.value}, bound) && agree(a.per_list, b.per_list, bound) &&
         agree(a.gradient, b.gradient, bound) && agree(a.hessian, b.hessian, bound) && a.status.code == b.status.code &&
         a.status.where == b.status.where && a.status.found == b.status.found;
}

/// One policy in groups of `Lanes`: the numbers of exec::scalar within rounding, and the same bits in whichever order
/// the lanes run. `bound` is relative to the largest number.
template <std::size_t Lanes, class Policy>
void check_in_groups(char const* name, Policy const& policy, double bound = 1e-12, int longest = 300) {
  static_assert(rw::works_in_groups<Policy>);
  for (bool const everything : {false, true}) {
    grouped_problem const p(everything, longest);
    grouped_result const expected = result_of(rw::exec::scalar{}, policy, p, everything);
    grouped_result const found = result_of(rw::exec::emulated<Lanes>{}, policy, p, everything);
    INFO(name << ", " << Lanes << " lanes" << (everything ? ", weights, mask, NaN" : ""));
    CHECK(expected.status.code == (everything ? rw::errc::not_finite : rw::errc::ok));
    CHECK(agree(found, expected, bound));
    for (rw::lane_order const order : {rw::lane_order::backwards, rw::lane_order::scattered}) {
      CHECK(agree(result_of(rw::exec::emulated<Lanes>{order}, policy, p, everything), found, 0));
    }
  }
}

} // namespace support

#endif
