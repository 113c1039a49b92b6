#ifndef RANKWISE_TESTS_THRUST_PARITY_HPP
#define RANKWISE_TESTS_THRUST_PARITY_HPP

#include <rankwise/backend/thrust.hpp>
#include <rankwise/exec/apply.hpp>

#include "../support/random.hpp"

#include <thrust/copy.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <thread>
#include <vector>

/// One policy on exec::scalar and on an executor of Thrust's, compared, under its host systems. tests/cuda has the same
/// on a device; registers against single items are the unit tests'.
namespace parity {

namespace rw = rankwise;

/// Hears of every comparison.
using report = void (*)(bool ok, std::string const& what);

/// The kinds of input that each list-wise policy goes through.
struct kind {
  char const* name;
  bool item_weights, list_weights, mask, not_finite;
};
inline constexpr kind kinds[] = {
    {"plain", false, false, false, false},
    {"item weights", true, false, false, false},
    {"list weights", false, true, false, false},
    {"mask", false, false, true, false},
    {"NaN and infinities", false, false, false, true},
    {"everything", true, true, true, true},
};

/// By how much results may differ from exec::scalar: of gradients relative to the largest, of values to their size.
template <class T>
inline constexpr double tolerance = sizeof(T) == 4 ? 2e-6 : 1e-13;

template <class T>
struct input {
  std::vector<int> offsets{0};
  std::vector<T> scores, labels;
  std::vector<float> item_weights;
  std::vector<double> list_weights;
  std::vector<std::uint8_t> mask;

  explicit input(kind const& k) {
    support::random random(11);
    for (int l = 0; l < 700; ++l) {
      int const size = l == 300 ? 2000 : l % 50 == 7 ? 0 : l % 31 == 3 ? 1 : 2 + static_cast<int>(random.below(40));
      offsets.push_back(offsets.back() + size);
    }
    auto const items = static_cast<std::size_t>(offsets.back());
    scores = random.uniforms<T>(items, -4, 4);
    labels = random.grades<T>(items, 5);
    if (k.item_weights) {
      item_weights = random.uniforms<float>(items, 0.1, 3);
    }
    if (k.list_weights) {
      list_weights = random.uniforms<double>(offsets.size() - 1, 0.1, 3);
      list_weights[5] = 0;
    }
    if (k.mask) {
      mask.resize(items);
      for (auto& m : mask) {
        m = random.below(4) != 0;
      }
      // A list of which nobody takes part.
      std::fill(mask.begin() + offsets[9], mask.begin() + offsets[10], std::uint8_t{0});
    }
    if (k.not_finite) {
      scores[100] = std::numeric_limits<T>::quiet_NaN();
      scores[1000] = std::numeric_limits<T>::infinity();
      scores[2000] = -std::numeric_limits<T>::infinity();
      labels[3000] = std::numeric_limits<T>::quiet_NaN();
    }
  }
};

template <class Executor, class U>
using storage = std::conditional_t<Executor::where == rw::memory::host, std::vector<U>, thrust::device_vector<U>>;

template <class Executor, class U>
storage<Executor, U> sent(std::vector<U> const& v) {
  return storage<Executor, U>(v.begin(), v.end());
}
template <class C>
auto fetched(C const& c) {
  std::vector<typename C::value_type> v(c.size());
  thrust::copy(c.begin(), c.end(), v.begin());
  return v;
}

template <class T>
struct output {
  double value = 0;
  std::vector<double> per_list;
  std::vector<T> gradient, hessian;
  rw::status status;

  /// The same bits, or within a bound of `of`.
  std::string differs_from(output const& of, double bound) const {
    return !within(std::vector{value}, std::vector{of.value}, bound) ? "value"
           : !within(per_list, of.per_list, bound)                   ? "values of lists"
           : !within(gradient, of.gradient, bound)                   ? "gradient"
           : !within(hessian, of.hessian, bound)                     ? "hessian"
           : status.code != of.status.code || status.where != of.status.where || status.found != of.status.found
               ? "status"
               : "";
  }

private:
  template <class U>
  static bool within(std::vector<U> const& a, std::vector<U> const& b, double bound) {
    double largest = 0;
    for (U const x : b) {
      largest = std::max(largest, std::isfinite(x) ? std::abs(static_cast<double>(x)) : 0.0);
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
      bool const both_nan = std::isnan(a[i]) && std::isnan(b[i]);
      if (!both_nan && a[i] != b[i] &&
          !(std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])) <= bound * largest)) {
        return false;
      }
    }
    return a.size() == b.size();
  }
};

/// A loss (value, gradient, hessian) or a metric on an executor.
template <class T, class Executor, class Policy>
output<T> run(Executor executor, Policy const& policy, input<T> const& in, rw::workspace& memory) {
  rw::lists const lists(in.offsets);
  auto const scores = sent<Executor>(in.scores);
  auto const labels = sent<Executor>(in.labels);
  auto const item_weights = sent<Executor>(in.item_weights);
  auto const list_weights = sent<Executor>(in.list_weights);
  auto const mask = sent<Executor>(in.mask);
  rw::options given;
  if (!in.item_weights.empty()) {
    given.item_weights = item_weights;
  }
  if (!in.list_weights.empty()) {
    given.list_weights = list_weights;
  }
  if (!in.mask.empty()) {
    given.mask = mask;
  }
  output<T> out;
  out.per_list.resize(lists.size());
  auto const data = policy.prepare(executor, labels, lists, given);
  if constexpr (requires { policy.gradient(executor, scores, data, scores); }) {
    storage<Executor, T> gradient(in.scores.size(), T(9)), hessian(in.scores.size(), T(9));
    out.value = policy.gradient(executor, scores, data, gradient, hessian, memory,
                                {.per_list = out.per_list, .errors = out.status});
    out.gradient = fetched(gradient);
    out.hessian = fetched(hessian);
  } else {
    out.value = policy(executor, scores, data, memory, {.per_list = out.per_list, .errors = out.status});
  }
  return out;
}

/// All kinds of input: scalar against `executor`, and `executor` against itself.
template <class T, class Executor, class Policy>
void check_lists(char const* name, Executor executor, Policy const& policy, report tell) {
  double const bound = tolerance<T>;
  for (kind const& k : kinds) {
    std::string const what = std::string(name) + ", " + k.name + (sizeof(T) == 4 ? ", float: " : ", double: ");
    input<T> const in(k);
    rw::workspace memory;
    output<T> const expected = run(rw::exec::scalar{}, policy, in, memory);
    output<T> const found = run(executor, policy, in, memory);
    std::string const device = found.differs_from(expected, bound);
    tell(device.empty(), what + "device against scalar " + device);
    tell((found.status.code == rw::errc::not_finite) == k.not_finite, what + "NaN is reported");
    tell(run(executor, policy, in, memory).differs_from(found, 0).empty(), what + "again, the same bits");
  }
}

/// Element-wise policies; `ulps` is the bound that the policy states, in units of the largest result.
template <class T, class Executor, class Policy>
void check_items(char const* name, Executor executor, Policy const& policy, double ulps, report tell) {
  std::vector<T> in = support::random(4).uniforms<T>(10'007, -2, 3);
  in[77] = std::numeric_limits<T>::quiet_NaN();
  in[78] = std::numeric_limits<T>::infinity();
  in[79] = -std::numeric_limits<T>::infinity();
  auto const on = [&](auto e) {
    auto const from = sent<decltype(e)>(in);
    auto to = sent<decltype(e)>(in);
    rw::apply(e, policy, from, to);
    auto in_place = from;
    rw::apply(e, policy, in_place, in_place);
    output<T> result;
    result.gradient = fetched(to);
    result.hessian = fetched(in_place);
    return result;
  };
  output<T> const expected = on(rw::exec::scalar{});
  double const bound = ulps * static_cast<double>(std::numeric_limits<T>::epsilon());
  std::string const what = std::string(name) + (sizeof(T) == 4 ? ", float: " : ", double: ");
  tell(on(executor).differs_from(expected, bound).empty(), what + "device against scalar");
  tell(on(executor).differs_from(on(executor), 0).empty(), what + "again, the same bits");
}

/// Threads with a workspace each.
template <class Executor, class Policy>
void check_threads(Executor executor, Policy const& policy, report tell) {
  input<float> const in(kinds[0]);
  rw::workspace memory;
  output<float> const expected = run(executor, policy, in, memory);
  std::vector<output<float>> found(2);
  std::vector<std::thread> threads;
  for (auto& f : found) {
    threads.emplace_back([&] {
      rw::workspace own;
      for (int i = 0; i < 5; ++i) {
        f = run(executor, policy, in, own);
      }
    });
  }
  for (std::thread& t : threads) {
    t.join();
  }
  for (auto const& f : found) {
    tell(f.differs_from(expected, 0).empty(), "two threads, a workspace each");
  }
}

} // namespace parity

#endif
