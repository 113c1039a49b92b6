#ifndef RANKWISE_IO_WEIGHTS_HPP
#define RANKWISE_IO_WEIGHTS_HPP

#include <rankwise/io/json_text.hpp>
#include <rankwise/io/mapped_file.hpp>
#include <rankwise/value/weights.hpp>

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

/// The weights of a value model as JSON, `{"relevance": 0.7, "click": 0.3}`: every name of the model once, and no
/// other.
namespace rankwise::inline RANKWISE_ABI::io {

namespace detail {

/// Gathers named numbers; weights change only if all is well.
template <class Weights, class Isa>
class weight_reader {
public:
  /// What is wrong with this name, or null.
  char const* take(std::string_view name) {
    for (slot_ = 0; slot_ < Weights::size(); ++slot_) {
      if (name == Weights::name_of(slot_)) {
        char const* const fault = seen_[slot_] ? "this name occurs twice" : nullptr;
        seen_[slot_] = true;
        return fault;
      }
    }
    return "the value model has no weight of this name";
  }
  void set(double x) { values_[slot_] = x; }
  /// The first name that did not occur, or null.
  char const* missing() const {
    for (std::size_t k = 0; k < Weights::size(); ++k) {
      if (!seen_[k]) {
        return Weights::name_of(k);
      }
    }
    return nullptr;
  }
  Weights const& values() const { return values_; }

private:
  Weights values_;
  bool seen_[Weights::size() + 1] = {};
  std::size_t slot_ = 0;
};

} // namespace detail

/// Reads weights from text. They stay as they were if anything is wrong: not JSON, an unknown, missing or repeated
/// name, something that is no finite number. The message names the weight, and `source` if it is given.
template <name... Names, class Isa = arch::native>
bool weights_from_json(std::string_view text, weight_values<Names...>& weights, on_error errors = {},
                       char const* source = "the weights") {
  json_reader<Isa> json(text);
  detail::weight_reader<weight_values<Names...>, Isa> reader;
  std::string culprit;
  json.members([&](std::string const& name) {
    culprit = name;
    char const* const fault = reader.take(name);
    double x = 0;
    std::size_t const at = json.position();
    if (fault != nullptr) {
      return json.fail_at(at, fault);
    }
    if (!json.number(x)) {
      return false;
    }
    reader.set(x);
    culprit.clear();
    return true;
  });
  json.end();
  status s;
  std::string about = source;
  if (!json.ok()) {
    s = json.where();
  } else if (char const* const missing = reader.missing(); missing != nullptr) {
    s = {errc::bad_format, "a weight of the value model is missing"};
    culprit = missing;
  }
  if (s.ok()) {
    weights = reader.values();
    return rankwise::detail::passed(s, errors);
  }
  if (!culprit.empty()) {
    about += ": weight " + json_string<Isa>(culprit);
  }
  rankwise::detail::deliver(s, about.c_str(), errors);
  return false;
}

/// The same from a file.
template <name... Names, class Isa = arch::native>
bool read_weights(std::string const& file, weight_values<Names...>& weights, on_error errors = {}) {
  mapped_file mapped;
  return mapped.open(file.c_str(), errors) && weights_from_json(mapped.text(), weights, errors, file.c_str());
}

/// One line of JSON; every number reads back exactly. A weight that is not finite has no place in JSON: an error, and
/// an empty text.
template <name... Names, class Isa = arch::native>
std::string weights_to_json(weight_values<Names...> const& weights, on_error errors = {}) {
  std::string out = "{";
  for (std::size_t k = 0; k < sizeof...(Names); ++k) {
    if (!rankwise::detail::passed(weights[k] - weights[k] == 0
                                      ? status{}
                                      : status{errc::bad_format, "JSON has no NaN and no infinity; a weight"},
                                  errors)) {
      return {};
    }
    out += (k == 0 ? "" : ", ") + json_string<Isa>(weights.name_of(k)) + ": " + json_number<Isa>(weights[k]);
  }
  return out + "}";
}

} // namespace rankwise::inline RANKWISE_ABI::io

#endif
