#ifndef RANKWISE_TRAIN_TRUNK_ONNX_HPP
#define RANKWISE_TRAIN_TRUNK_ONNX_HPP

#include <rankwise/core/error.hpp>
#include <rankwise/core/tensor.hpp>
#include <rankwise/io/onnx.hpp>
#include <rankwise/io/onnx_writer.hpp>
#include <rankwise/train/onnx/layers.hpp>
#include <rankwise/train/onnx/operators.hpp>
#include <rankwise/train/trunk.hpp>

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// Trunks in ONNX files: dense networks of any program become trunks, trunks become models that any program serves.
/// What a trunk cannot express is refused with the name of the operator. Reading goes back from the logits to the
/// features (train/onnx/walk.hpp), then forward through the layers (train/onnx/layers.hpp).
namespace rankwise::inline RANKWISE_ABI::train {

/// Reads a trunk of any widths: the logits are the named values of the graph side by side, or all outputs of the graph
/// if there is no name. The trunk stays as it was if anything else than a trunk can express makes them; the message
/// names the operator.
template <class T, class Activation, class Isa>
bool load(io::basic_onnx<Isa> const& from, std::vector<std::string> const& outputs, trunk<T, Activation, Isa>& net,
          on_error errors = {}) {
  static_assert(detail::has_onnx_operator<Activation>,
                "[rankwise] train::onnx_activation names the operator of an activation: specialise it for this one");
  detail::onnx_layers<Isa> found(from, onnx_activation<Activation>::op, errors);
  if (!found.read(outputs)) {
    return false;
  }
  std::vector<std::size_t> widths{found.layers[0].inputs};
  for (auto const& l : found.layers) {
    widths.push_back(l.outputs);
  }
  trunk<T, Activation, Isa> read(widths);
  for (std::size_t l = 0; l < read.layers(); ++l) {
    auto const w = read.weights(l);
    for (std::size_t i = 0; i < w.rows; ++i) {
      for (std::size_t o = 0; o < w.columns; ++o) {
        w(i, o) = static_cast<T>(found.layers[l].weights[i * w.columns + o]);
      }
    }
    for (std::size_t o = 0; o < w.columns; ++o) {
      read.bias(l)[o] = static_cast<T>(found.layers[l].bias[o]);
    }
  }
  for (std::size_t i = 0; i < read.inputs(); ++i) {
    read.centre()[i] = static_cast<T>(detail::onnx_between::of(found.centre, i, 0));
    read.scale()[i] = static_cast<T>(detail::onnx_between::of(found.scale, i, 1));
  }
  net = std::move(read);
  return rankwise::detail::passed(status{}, errors);
}

/// Adds a trunk to a model that is written later: "features" are its input, "logits" its output. It computes what the
/// trunk does, missing features (NaN) included; an infinite one, which the trunk takes for missing, stays infinite
/// there.
template <class T, class Activation, class Isa>
void store(io::basic_onnx_writer<Isa>& to, trunk<T, Activation, Isa> const& net, on_error errors = {}) {
  static_assert(detail::has_onnx_operator<Activation>,
                "[rankwise] train::onnx_activation names the operator of an activation: specialise it for this one");
  if (net.layers() == 0) {
    return;
  }
  constexpr io::tensor_type type = std::is_same_v<T, float> ? io::tensor_type::f32 : io::tensor_type::f64;
  constexpr std::size_t any = io::onnx_value::any;
  to.need_opset(onnx_activation<Activation>::opset);
  to.add_input("features", type, {any, net.inputs()});
  to.add_tensor("input.centre", net.centre(), {net.inputs()}, errors);
  to.add_tensor("input.scale", net.scale(), {net.inputs()}, errors);
  T const zero[] = {T(0)};
  to.add_tensor("input.missing", zero, {}, errors);
  to.add_node("Sub", {"features", "input.centre"}, {"centred"});
  to.add_node("Mul", {"centred", "input.scale"}, {"scaled"});
  to.add_node("IsNaN", {"scaled"}, {"missing"});
  to.add_node("Where", {"missing", "input.missing", "scaled"}, {"x0"});
  std::string at = "x0";
  for (std::size_t l = 0; l < net.layers(); ++l) {
    std::string const number = std::to_string(l);
    std::string const weights = number + ".weight";
    std::string const bias = number + ".bias";
    bool const last = l + 1 == net.layers();
    std::string next = last ? "logits" : "z" + number;
    auto const w = net.weights(l);
    to.add_tensor(weights, column<T const>{w.address(0, 0), w.rows * w.columns}, {w.rows, w.columns}, errors);
    to.add_tensor(bias, net.bias(l), {w.columns}, errors);
    to.add_node("Gemm", {at, weights, bias}, {next});
    if (!last && !onnx_activation<Activation>::op.empty()) {
      std::string const bent = "x" + std::to_string(l + 1);
      to.add_node(onnx_activation<Activation>::op, {next}, {bent});
      next = bent;
    }
    at = next;
  }
  to.add_output("logits", type, {any, net.outputs()});
}

} // namespace rankwise::inline RANKWISE_ABI::train

#endif
