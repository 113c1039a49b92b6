#ifndef RANKWISE_IO_PARAMETERS_HPP
#define RANKWISE_IO_PARAMETERS_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/head/cuts.hpp>
#include <rankwise/head/numbers.hpp>
#include <rankwise/io/safetensors.hpp>
#include <rankwise/value/weights.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <type_traits>
#include <vector>

/// Parameters of heads, calibrators and transforms, and weights of value models, as tensors "prefix.member".
namespace rankwise::inline RANKWISE_ABI::io {

namespace detail {

template <class T>
inline constexpr bool is_numbers = false;
template <int N, class T>
inline constexpr bool is_numbers<head::numbers<N, T>> = true;

template <class T>
inline constexpr bool is_cuts = false;
template <int K>
inline constexpr bool is_cuts<head::cuts<K>> = true;

template <class T>
inline constexpr bool is_weight_values = false;
template <name... Names>
inline constexpr bool is_weight_values<weight_values<Names...>> = true;

// The members that policies of the library keep their parameters in.
#define RANKWISE_IO_MEMBER(member)                                                                                     \
  if constexpr (requires { policy.member; }) {                                                                         \
    f(#member, policy.member);                                                                                         \
  }

/// Calls f(name of the member, member) for every parameter of a policy.
template <class Policy, class F>
void for_each_parameter(Policy& policy, F const& f) {
  RANKWISE_IO_MEMBER(weights)
  RANKWISE_IO_MEMBER(weight)
  RANKWISE_IO_MEMBER(biases)
  RANKWISE_IO_MEMBER(cuts)
  RANKWISE_IO_MEMBER(threshold)
  RANKWISE_IO_MEMBER(steepness)
  RANKWISE_IO_MEMBER(centre)
  RANKWISE_IO_MEMBER(slope)
  RANKWISE_IO_MEMBER(intercept)
  RANKWISE_IO_MEMBER(offset)
  RANKWISE_IO_MEMBER(base)
  RANKWISE_IO_MEMBER(low)
  RANKWISE_IO_MEMBER(high)
  RANKWISE_IO_MEMBER(a)
  RANKWISE_IO_MEMBER(b)
  RANKWISE_IO_MEMBER(c)
  RANKWISE_IO_MEMBER(value)
  RANKWISE_IO_MEMBER(gamma)
  RANKWISE_IO_MEMBER(alpha)
  RANKWISE_IO_MEMBER(rate)
  RANKWISE_IO_MEMBER(floor)
  RANKWISE_IO_MEMBER(power)
  RANKWISE_IO_MEMBER(spread)
  RANKWISE_IO_MEMBER(level)
  RANKWISE_IO_MEMBER(width)
  RANKWISE_IO_MEMBER(scale)
  RANKWISE_IO_MEMBER(epsilon)
  RANKWISE_IO_MEMBER(classes)
  RANKWISE_IO_MEMBER(head)
  RANKWISE_IO_MEMBER(served)
  RANKWISE_IO_MEMBER(law)
  RANKWISE_IO_MEMBER(error)
  RANKWISE_IO_MEMBER(target)
}

#undef RANKWISE_IO_MEMBER

/// As numbers in a row: cut-points are written as such, whatever keeps them in order.
template <class T>
std::vector<double> row_of(T const& parameter) {
  if constexpr (is_cuts<T>) {
    return row_of(parameter.values());
  } else if constexpr (is_numbers<T>) {
    return {parameter.at, parameter.at + T::size()};
  } else {
    return {std::begin(parameter), std::end(parameter)};
  }
}

template <class T>
inline constexpr bool is_row = is_cuts<T> || is_numbers<T> || std::is_array_v<T>;

template <class T>
void set_row(T& parameter, std::vector<double> const& row) {
  if constexpr (is_cuts<T>) {
    auto cut_points = parameter.values();
    set_row(cut_points, row);
    parameter = T::of(cut_points);
  } else if constexpr (is_numbers<T>) {
    for (int k = 0; k < T::size(); ++k) {
      parameter[k] = row[static_cast<std::size_t>(k)];
    }
  } else {
    std::copy(row.begin(), row.end(), std::begin(parameter));
  }
}

} // namespace detail

/// Adds every parameter of a policy as "prefix.member", numbers of double; members that are policies themselves (the
/// head of a correction, the law of an amount) as "prefix.member.member"; weights of a value model as "prefix.name".
/// False, and nothing more is added, if a name is taken.
template <class Policy, class Isa>
bool store(basic_safetensors_writer<Isa>& to, std::string const& prefix, Policy const& policy, on_error errors = {}) {
  bool good = true;
  if constexpr (detail::is_weight_values<Policy>) {
    for (std::size_t k = 0; good && k < Policy::size(); ++k) {
      good = to.add(prefix + "." + Policy::name_of(k), policy[k], errors);
    }
  } else {
    detail::for_each_parameter(policy, [&](char const* member, auto const& parameter) {
      using T = std::remove_cvref_t<decltype(parameter)>;
      std::string const name = prefix + "." + member;
      if constexpr (std::is_arithmetic_v<T>) {
        good = good && to.add(name, static_cast<double>(parameter), errors);
      } else if constexpr (detail::is_row<T>) {
        good = good && to.add_copy(name, detail::row_of(parameter), errors);
      } else {
        good = good && store(to, name, parameter, errors);
      }
    });
  }
  return good;
}

/// Reads what `store` has written, from numbers of any type. The policy stays as it was if a tensor is missing or has
/// another number of elements, or if a parameter is out of its range; the message names the tensor.
template <class Policy, class Isa>
bool load(basic_safetensors<Isa> const& from, std::string const& prefix, Policy& policy, on_error errors = {}) {
  Policy read = policy;
  bool good = true;
  auto const one = [&](std::string const& name, auto& parameter) {
    double x = 0;
    good = good && from.copy(name, column<double>{&x, 1}, errors);
    parameter = static_cast<std::remove_cvref_t<decltype(parameter)>>(x);
  };
  if constexpr (detail::is_weight_values<Policy>) {
    for (std::size_t k = 0; k < Policy::size(); ++k) {
      one(prefix + "." + Policy::name_of(k), read[k]);
      if (good && !(read[k] - read[k] == 0)) {
        good =
            from.complain(prefix + "." + Policy::name_of(k), {errc::bad_format, "a weight is a finite number"}, errors);
      }
    }
  } else {
    detail::for_each_parameter(read, [&](char const* member, auto& parameter) {
      using T = std::remove_cvref_t<decltype(parameter)>;
      std::string const name = prefix + "." + member;
      if constexpr (std::is_arithmetic_v<T>) {
        one(name, parameter);
      } else if constexpr (detail::is_row<T>) {
        std::vector<double> row = detail::row_of(parameter);
        good = good && from.copy(name, row, errors);
        detail::set_row(parameter, row);
      } else {
        good = good && load(from, name, parameter, errors);
      }
    });
    if (char const* const fault = good ? fault_of(read) : nullptr; fault != nullptr) {
      good = from.complain(prefix, {errc::out_of_range, fault, status::nowhere, 0, status::nowhere}, errors);
    }
  }
  if (good) {
    policy = read;
    rankwise::detail::passed(status{}, errors);
  }
  return good;
}

} // namespace rankwise::inline RANKWISE_ABI::io

#endif
