#ifndef RANKWISE_IO_JSON_HPP
#define RANKWISE_IO_JSON_HPP

#include <rankwise/io/weights.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>

/// Weights of a value model and objects of nlohmann's json, each from the other: `nlohmann::json j = weights`,
/// `j.get_to(weights)`. Component json.
namespace rankwise::inline RANKWISE_ABI {

namespace io {

/// Every name of the model once, and no other; finite numbers. The weights stay as they were if anything is wrong.
/// (Names that occur twice in a text are gone before this sees them: `weights_from_json` reads the text itself.)
template <name... Names, class Isa = arch::native>
bool weights_from(nlohmann::json const& j, weight_values<Names...>& weights, on_error errors = {}) {
  detail::weight_reader<weight_values<Names...>, Isa> reader;
  status s = j.is_object() ? status{} : status{errc::bad_format, "an object was expected: {...}"};
  std::string culprit;
  if (s.ok()) {
    for (auto const& member : j.items()) {
      culprit = member.key();
      char const* fault = reader.take(culprit);
      double const x = member.value().is_number() ? member.value().template get<double>() : 0;
      fault = fault != nullptr                             ? fault
              : member.value().is_number() && x - x == 0.0 ? nullptr
                                                           : "a finite number was expected";
      if (fault != nullptr) {
        s = {errc::bad_format, fault};
        break;
      }
      reader.set(x);
    }
  }
  if (char const* const missing = s.ok() ? reader.missing() : nullptr; missing != nullptr) {
    s = {errc::bad_format, "a weight of the value model is missing"};
    culprit = missing;
  }
  if (s.ok()) {
    weights = reader.values();
    return rankwise::detail::passed(s, errors);
  }
  std::string const about = culprit.empty() ? "the weights" : "the weights: weight " + json_string<Isa>(culprit);
  rankwise::detail::deliver(s, about.c_str(), errors);
  return false;
}

} // namespace io

/// For nlohmann's conversions, found by argument-dependent lookup. Errors are thrown, as it expects.
template <class W>
  requires requires(W const& w) {
    []<name... Names>(weight_values<Names...> const&){}(w);
  }
void to_json(nlohmann::json& j, W const& weights) {
  j = nlohmann::json::object();
  for (std::size_t k = 0; k < W::size(); ++k) {
    j[W::name_of(k)] = weights[k];
  }
}
template <class W>
  requires requires(W const& w) {
    []<name... Names>(weight_values<Names...> const&){}(w);
  }
void from_json(nlohmann::json const& j, W& weights) {
  io::weights_from(j, weights);
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
