#ifndef RANKWISE_TRAIN_TRUNK_FILE_HPP
#define RANKWISE_TRAIN_TRUNK_FILE_HPP

#include <rankwise/io/safetensors.hpp>
#include <rankwise/train/trunk.hpp>

#include <cstddef>
#include <string>
#include <vector>

/// Trunks in safetensors files: "prefix.input.centre", "prefix.input.scale", and the layers by the names that PyTorch's
/// nn.Sequential of Linear, activation, Linear, ... gives them: "prefix.0.weight" with a row per output,
/// "prefix.0.bias", "prefix.2.weight" and so on; an empty prefix has no dot. A file without centre and scale has the
/// values 0 and 1.
namespace rankwise::inline RANKWISE_ABI::train {

/// Adds the tensors of a trunk to a file that is written later. False, and nothing more is added, if a name is taken.
template <class T, class Activation, class Isa>
bool store(io::basic_safetensors_writer<Isa>& to, std::string const& prefix, trunk<T, Activation, Isa> const& net,
           on_error errors = {}) {
  if (net.layers() == 0) {
    return true;
  }
  std::string const dotted = prefix.empty() ? "" : prefix + ".";
  bool good = to.add_copy(dotted + "input.centre", net.centre(), {net.inputs()}, errors) &&
              to.add_copy(dotted + "input.scale", net.scale(), {net.inputs()}, errors);
  for (std::size_t l = 0; good && l < net.layers(); ++l) {
    std::string const name = dotted + std::to_string(2 * l);
    auto const w = net.weights(l);
    std::vector<T> turned(w.rows * w.columns);
    for (std::size_t i = 0; i < w.rows; ++i) {
      for (std::size_t o = 0; o < w.columns; ++o) {
        turned[o * w.rows + i] = w(i, o);
      }
    }
    good = to.add_copy(name + ".weight", turned, {w.columns, w.rows}, errors) &&
           to.add_copy(name + ".bias", net.bias(l), {w.columns}, errors);
  }
  return good;
}

/// Reads a trunk of any widths. It stays as it was if a tensor is missing or does not fit the one before; the message
/// names the tensor.
template <class T, class Activation, class Isa>
bool load(io::basic_safetensors<Isa> const& from, std::string const& prefix, trunk<T, Activation, Isa>& net,
          on_error errors = {}) {
  std::string const dotted = prefix.empty() ? "" : prefix + ".";
  std::vector<std::size_t> widths;
  for (std::size_t l = 0;; ++l) {
    std::string const name = dotted + std::to_string(2 * l) + ".weight";
    io::tensor_entry const* const t = from.find(name);
    if (t == nullptr) {
      if (l == 0) {
        return from.complain(name, {errc::bad_format, "there is no such tensor"}, errors);
      }
      break;
    }
    if (t->shape.size() != 2) {
      return from.complain(
          name, {errc::bad_format, "another number of dimensions", status::nowhere, 2, t->shape.size()}, errors);
    }
    if (t->shape[0] == 0 || t->shape[1] == 0) {
      return from.complain(name, {errc::bad_format, "a layer without inputs or outputs"}, errors);
    }
    if (l != 0 && t->shape[1] != widths.back()) {
      return from.complain(name,
                           {errc::bad_format, "another number of inputs than the layer before has outputs",
                            status::nowhere, widths.back(), t->shape[1]},
                           errors);
    }
    if (l == 0) {
      widths.push_back(t->shape[1]);
    }
    widths.push_back(t->shape[0]);
  }
  trunk<T, Activation, Isa> read(widths);
  bool good = true;
  for (std::size_t l = 0; good && l < read.layers(); ++l) {
    std::string const name = dotted + std::to_string(2 * l);
    auto w = read.weights(l);
    std::vector<T> turned(w.rows * w.columns);
    good = from.copy(name + ".weight", turned, errors) && from.copy(name + ".bias", read.bias(l), errors);
    for (std::size_t i = 0; i < w.rows; ++i) {
      for (std::size_t o = 0; o < w.columns; ++o) {
        w(i, o) = turned[o * w.rows + i];
      }
    }
  }
  for (bool const centre : {true, false}) {
    std::string const name = dotted + (centre ? "input.centre" : "input.scale");
    good = good && (from.find(name) == nullptr || from.copy(name, centre ? read.centre() : read.scale(), errors));
  }
  if (good) {
    net = std::move(read);
  }
  return good;
}

} // namespace rankwise::inline RANKWISE_ABI::train

#endif
