#ifndef RANKWISE_TRAIN_ONNX_CONSTANTS_HPP
#define RANKWISE_TRAIN_ONNX_CONSTANTS_HPP

#include <rankwise/io/onnx.hpp>
#include <rankwise/io/tensor_type.hpp>
#include <rankwise/train/onnx/graph.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

/// The numbers of a node's constant inputs, in double. Every function returns false, and the error policy has heard of
/// the node, if the input is no such constant.
namespace rankwise::inline RANKWISE_ABI::train::detail {

struct onnx_constant {
  std::vector<std::size_t> shape;
  std::vector<double> numbers;
};

/// Rows for columns.
template <class Isa>
void turn(onnx_constant& c) {
  std::size_t const rows = c.shape[0];
  std::size_t const columns = c.shape[1];
  std::vector<double> turned(c.numbers.size());
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t k = 0; k < columns; ++k) {
      turned[k * rows + r] = c.numbers[r * columns + k];
    }
  }
  c.numbers = std::move(turned);
  std::swap(c.shape[0], c.shape[1]);
}

template <class Isa>
bool read_constant(onnx_graph<Isa> const& graph, io::onnx_node const& n, std::size_t input, onnx_constant& out) {
  onnx_source const s = graph.source_of(n, input);
  if (!s) {
    return graph.refuse(n, "a constant input was expected");
  }
  if (s.tensor == nullptr) {
    if (s.attribute->name == "value_float") {
      out = {{}, {static_cast<double>(s.attribute->real)}};
    } else if (s.attribute->name == "value_floats") {
      out = {{s.attribute->reals.size()}, {s.attribute->reals.begin(), s.attribute->reals.end()}};
    } else {
      return graph.refuse(n, "a constant of real numbers was expected");
    }
    return true;
  }
  io::onnx_tensor const& t = *s.tensor;
  using type = io::tensor_type;
  if (t.type != type::f32 && t.type != type::f64 && t.type != type::f16 && t.type != type::bf16 && !t.elsewhere) {
    return graph.refuse(n, "a constant of real numbers was expected");
  }
  out.shape = t.shape;
  out.numbers.resize(t.numbers());
  if (!graph.copy(t, out.numbers)) {
    return false;
  }
  if (s.turned) {
    if (t.shape.size() != 2) {
      return graph.refuse(n, "a matrix was expected to be transposed", 2, t.shape.size());
    }
    turn<Isa>(out);
  }
  return true;
}

template <class Isa>
bool read_matrix(onnx_graph<Isa> const& graph, io::onnx_node const& n, std::size_t input, bool turned,
                 onnx_constant& out) {
  if (!read_constant(graph, n, input, out)) {
    return false;
  }
  if (out.shape.size() != 2 || out.shape[0] == 0 || out.shape[1] == 0) {
    return graph.refuse(n, "weights of two dimensions were expected, neither of them 0", 2, out.shape.size());
  }
  if (turned) {
    turn<Isa>(out);
  }
  return true;
}

/// One number, or one for each column.
template <class Isa>
bool read_row(onnx_graph<Isa> const& graph, io::onnx_node const& n, std::size_t input, std::vector<double>& out) {
  onnx_constant c;
  if (!read_constant(graph, n, input, c)) {
    return false;
  }
  bool row = !c.numbers.empty();
  for (std::size_t k = 0; k + 1 < c.shape.size(); ++k) {
    row = row && c.shape[k] == 1;
  }
  if (!row || c.shape.size() > 2) {
    return graph.refuse(n, "a constant for each column was expected");
  }
  out = std::move(c.numbers);
  return true;
}

/// A few whole numbers: a shape, or axes.
template <class Isa>
bool read_wholes(onnx_graph<Isa> const& graph, io::onnx_node const& n, std::size_t input,
                 std::vector<std::int64_t>& out) {
  onnx_source const s = graph.source_of(n, input);
  if (s.tensor == nullptr && s.attribute != nullptr && s.attribute->name == "value_ints") {
    out = s.attribute->wholes;
    return true;
  }
  if (s.tensor == nullptr || s.tensor->numbers() > 8) {
    return graph.refuse(n, "constant whole numbers were expected");
  }
  out.resize(s.tensor->numbers());
  return graph.copy(*s.tensor, out);
}

} // namespace rankwise::inline RANKWISE_ABI::train::detail

#endif
