#ifndef RANKWISE_TRAIN_ONNX_GRAPH_HPP
#define RANKWISE_TRAIN_ONNX_GRAPH_HPP

#include <rankwise/core/error.hpp>
#include <rankwise/io/onnx.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

/// The outermost graph of a model by the names of its values: the node that makes one, the constant that stands behind
/// one, and refusals that name the node.
namespace rankwise::inline RANKWISE_ABI::train::detail {

/// A constant; neither of the two if the value depends on the features.
struct onnx_source {
  io::onnx_tensor const* tensor = nullptr;
  io::onnx_attribute const* attribute = nullptr;
  bool turned = false; ///< rows for columns

  constexpr explicit operator bool() const { return tensor != nullptr || attribute != nullptr; }
};

template <class Isa>
class onnx_graph {
public:
  onnx_graph(io::basic_onnx<Isa> const& from, on_error errors) : from_(from), errors_(errors) {
    for (io::onnx_tensor const& t : from.tensors()) {
      tensors_.emplace(t.name, &t);
    }
    for (std::size_t k = 0; k < from.nodes().size(); ++k) {
      for (std::string const& name : from.nodes()[k].outputs) {
        makers_.emplace(name, k);
      }
    }
  }

  io::basic_onnx<Isa> const& model() const { return from_; }

  /// Both return false.
  bool complain(status const& s, std::string const& what = {}) const { return from_.complain(what, s, errors_); }
  bool refuse(io::onnx_node const& n, char const* why, std::size_t expected = 0, std::size_t found = 0) const {
    std::string what = n.domain.empty() ? "" : n.domain + ".";
    what += n.op + " that makes " + io::json_string<Isa>(n.outputs.empty() ? std::string_view{} : n.outputs[0]);
    return complain({errc::bad_format, why, n.offset, expected, found}, what);
  }

  /// Null for inputs of the graph and constant tensors.
  io::onnx_node const* maker_of(std::string const& name) const {
    auto const at = makers_.find(name);
    return name.empty() || at == makers_.end() ? nullptr : &from_.nodes()[at->second];
  }
  /// Nodes stand in an order in which they can run: who goes back only to smaller ones comes to an end.
  std::size_t index_of(io::onnx_node const& n) const { return static_cast<std::size_t>(&n - from_.nodes().data()); }
  bool has_tensor(std::string const& name) const { return tensors_.contains(name); }

  /// What stands behind a name, through nodes that only hand it on.
  onnx_source source_of(std::string const& name) const {
    onnx_source found;
    std::string const* at = &name;
    for (std::size_t limit = from_.nodes().size();;) {
      if (auto const t = tensors_.find(*at); t != tensors_.end()) {
        found.tensor = t->second;
        return found;
      }
      io::onnx_node const* const n = maker_of(*at);
      std::size_t const index = n == nullptr ? 0 : index_of(*n);
      if (n == nullptr || index >= limit) {
        return {};
      }
      limit = index;
      if (is(*n, "Constant") && n->attributes.size() == 1) {
        found.attribute = &n->attributes[0];
        if (found.attribute->kind == io::onnx_kind::tensor) {
          found.tensor = &found.attribute->tensors[0];
        }
        return found;
      }
      bool const turns = is(*n, "Transpose");
      if ((!turns && !is(*n, "Identity")) || n->inputs.size() != 1) {
        return {};
      }
      if (io::onnx_attribute const* const order = turns ? n->find("perm") : nullptr;
          order != nullptr && order->wholes != std::vector<std::int64_t>{1, 0}) {
        return {};
      }
      found.turned = found.turned != turns;
      at = &n->inputs[0];
    }
  }
  /// That of an input of a node.
  onnx_source source_of(io::onnx_node const& n, std::size_t input) const {
    return input < n.inputs.size() ? source_of(n.inputs[input]) : onnx_source{};
  }
  template <class Out>
  bool copy(io::onnx_tensor const& t, Out& out) const {
    return from_.copy(t, out, errors_);
  }

  static bool is(io::onnx_node const& n, std::string_view op) { return n.domain.empty() && n.op == op; }
  static std::int64_t whole_of(io::onnx_node const& n, std::string_view attribute, std::int64_t absent) {
    io::onnx_attribute const* const a = n.find(attribute);
    return a == nullptr ? absent : a->whole;
  }

private:
  io::basic_onnx<Isa> const& from_;
  on_error errors_;
  std::unordered_map<std::string_view, io::onnx_tensor const*> tensors_;
  std::unordered_map<std::string_view, std::size_t> makers_;
};

} // namespace rankwise::inline RANKWISE_ABI::train::detail

#endif
