#ifndef RANKWISE_TRAIN_ONNX_OPERATORS_HPP
#define RANKWISE_TRAIN_ONNX_OPERATORS_HPP

#include <rankwise/io/onnx.hpp>
#include <rankwise/train/activation.hpp>

#include <string_view>

/// The operators of ONNX that a trunk can express.
namespace rankwise::inline RANKWISE_ABI::train {

/// The operator that is an activation, and the first opset that has it. Specialise for activations of your own.
template <class Activation>
struct onnx_activation;
template <>
struct onnx_activation<activation::relu> {
  static constexpr std::string_view op = "Relu";
  static constexpr int opset = 14;
};
template <>
struct onnx_activation<activation::tanh> {
  static constexpr std::string_view op = "Tanh";
  static constexpr int opset = 13;
};
template <>
struct onnx_activation<activation::gelu> {
  static constexpr std::string_view op = "Gelu";
  static constexpr int opset = 20;
};
template <>
struct onnx_activation<activation::none> {
  static constexpr std::string_view op{};
  static constexpr int opset = 0;
};

namespace detail {

template <class Activation>
concept has_onnx_operator = requires {
  std::string_view(onnx_activation<Activation>::op);
};

/// What a node may be on the way from features to logits.
enum class onnx_operator : unsigned char {
  other, ///< nothing that a trunk has
  activation,
  gemm,
  matmul,
  add,
  sub,
  mul,
  div,
  normalisation,
  identity,
  dropout,
  flatten,
  cast,
  reshape,
  where
};

struct onnx_operator_name {
  std::string_view text;
  onnx_operator op;
};
inline constexpr onnx_operator_name onnx_operators[] = {
    {"Gemm", onnx_operator::gemm},         {"MatMul", onnx_operator::matmul},
    {"Add", onnx_operator::add},           {"Sub", onnx_operator::sub},
    {"Mul", onnx_operator::mul},           {"Div", onnx_operator::div},
    {"Identity", onnx_operator::identity}, {"BatchNormalization", onnx_operator::normalisation},
    {"Dropout", onnx_operator::dropout},   {"Flatten", onnx_operator::flatten},
    {"Cast", onnx_operator::cast},         {"Reshape", onnx_operator::reshape},
    {"Where", onnx_operator::where}};

/// `activation` is the name of the trunk's own; empty if it has none.
template <class Isa = arch::native>
onnx_operator onnx_operator_of(io::onnx_node const& n, std::string_view activation) {
  if (!n.domain.empty()) {
    return onnx_operator::other;
  }
  if (!activation.empty() && n.op == activation) {
    return onnx_operator::activation;
  }
  for (onnx_operator_name const& known : onnx_operators) {
    if (n.op == known.text) {
      return known.op;
    }
  }
  return onnx_operator::other;
}

constexpr bool is_dense(onnx_operator op) {
  return op == onnx_operator::gemm || op == onnx_operator::matmul;
}

} // namespace detail
} // namespace rankwise::inline RANKWISE_ABI::train

#endif
