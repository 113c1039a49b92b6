#ifndef RANKWISE_TRAIN_ONNX_WALK_HPP
#define RANKWISE_TRAIN_ONNX_WALK_HPP

#include <rankwise/core/error.hpp>
#include <rankwise/io/onnx.hpp>
#include <rankwise/train/onnx/constants.hpp>
#include <rankwise/train/onnx/graph.hpp>
#include <rankwise/train/onnx/operators.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

/// The way back from logits to features: which nodes make a value, and what heads stand side by side in it. Only the
/// way is judged here, not the numbers on it.
namespace rankwise::inline RANKWISE_ABI::train::detail {

/// A node on the way, and which of its inputs depends on the features.
struct onnx_step {
  io::onnx_node const* node = nullptr;
  onnx_operator op = onnx_operator::other;
  std::size_t input = 0;
};

/// The last dense layer of some logits, with what comes behind it.
struct onnx_head {
  std::string shared; ///< what its dense layer reads
  std::vector<onnx_step> steps;
  io::onnx_node const* squeezed = nullptr; ///< makes a list of numbers of the column
};

inline constexpr char const* onnx_shared_weights = "weights that two layers share, which would come apart in training";

template <class Isa>
class onnx_walk {
public:
  using graph = onnx_graph<Isa>;

  /// `activation` names the trunk's operator; it is empty for none.
  onnx_walk(graph const& g, std::string_view activation) : graph_(g), activation_(activation) {}

  /// How many features there are, where the graph says so: known when a walk has reached them.
  std::size_t width() const { return width_; }

  /// Adds the heads that a value consists of.
  bool expand(std::string const& name, std::vector<onnx_head>& heads) {
    std::vector<std::pair<std::string, std::size_t>> open{{name, graph_.model().nodes().size()}};
    io::onnx_node const* squeezed = nullptr;
    if (io::onnx_node const* const n = graph_.maker_of(name);
        n != nullptr && graph::is(*n, "Squeeze") && !n->inputs.empty()) {
      io::onnx_attribute const* const listed = n->find("axes");
      std::vector<std::int64_t> axes = listed == nullptr ? std::vector<std::int64_t>{} : listed->wholes;
      if (axes.empty() && !read_wholes(graph_, *n, 1, axes)) {
        return false;
      }
      if (axes.size() != 1 || (axes[0] != 1 && axes[0] != -1)) {
        return graph_.refuse(*n, "the last axis was expected");
      }
      squeezed = n;
      open[0].first = n->inputs[0];
    }
    while (!open.empty()) {
      auto [at, limit] = std::move(open.back());
      open.pop_back();
      skip_silent(at);
      if (!seen_.insert(at).second) {
        return graph_.complain({errc::bad_format, "an output that occurs twice"}, io::json_string<Isa>(at));
      }
      io::onnx_node const* const n = graph_.maker_of(at);
      std::size_t const index = n == nullptr ? 0 : graph_.index_of(*n);
      if (n != nullptr && graph::is(*n, "Concat") && squeezed == nullptr && index < limit) {
        std::int64_t const axis = graph::whole_of(*n, "axis", 0);
        if (axis != 1 && axis != -1) {
          return graph_.refuse(*n, "heads side by side were expected: axis 1 or -1");
        }
        for (std::size_t k = n->inputs.size(); k-- > 0;) {
          open.emplace_back(n->inputs[k], index);
        }
        continue;
      }
      heads.emplace_back();
      onnx_head& h = heads.back();
      if (!walk(at, true, h.steps)) {
        return false;
      }
      onnx_step const& first = h.steps[0];
      if (!denses_.insert(first.node).second) {
        return graph_.refuse(*first.node, onnx_shared_weights);
      }
      h.squeezed = squeezed;
      h.shared = first.node->inputs[first.input];
      skip_silent(h.shared);
      if (graph_.source_of(h.shared)) {
        return graph_.refuse(*first.node, of_constants);
      }
    }
    return true;
  }

  /// The nodes that make a value, in their order.
  bool from_features(std::string const& name, std::vector<onnx_step>& steps) { return walk(name, false, steps); }

private:
  static constexpr char const* of_constants = "a value that depends on the features was expected, times constants";

  // Past nodes that hand on what they get.
  void skip_silent(std::string& name) const {
    for (std::size_t limit = graph_.model().nodes().size();;) {
      io::onnx_node const* const n = graph_.maker_of(name);
      std::size_t const index = n == nullptr ? limit : graph_.index_of(*n);
      if (index >= limit || n->inputs.empty() ||
          !(graph::is(*n, "Identity") || (graph::is(*n, "Dropout") && n->inputs.size() < 3 && n->outputs[0] == name))) {
        return;
      }
      limit = index;
      name = n->inputs[0];
    }
  }

  // Back to the features, or to the last dense layer.
  bool walk(std::string const& name, bool to_dense, std::vector<onnx_step>& steps) {
    std::string const* at = &name;
    for (std::size_t limit = graph_.model().nodes().size();;) {
      io::onnx_node const* const n = graph_.maker_of(*at);
      if (n == nullptr) {
        if (!steps.empty() && graph_.has_tensor(*at)) {
          return graph_.refuse(*steps.back().node, of_constants);
        }
        if (!check_features(*at)) {
          return false;
        }
        if (to_dense) {
          return graph_.complain({errc::bad_format, "logits of a dense layer were expected"},
                                 io::json_string<Isa>(name));
        }
        std::reverse(steps.begin(), steps.end());
        return true;
      }
      auto const index = graph_.index_of(*n);
      if (index >= limit) {
        return graph_.refuse(*n, "the nodes do not stand in an order in which they can run");
      }
      limit = index;
      onnx_step const s = step_of(*n);
      if (s.input >= n->inputs.size() || n->inputs[s.input].empty()) {
        return graph_.refuse(*n, "another number of inputs was expected");
      }
      if (to_dense && (s.op == onnx_operator::activation || graph::is(*n, "Sigmoid") || graph::is(*n, "Softmax") ||
                       graph::is(*n, "LogSoftmax"))) {
        return graph_.refuse(*n, "a trunk ends in logits: ask for the input of this operator by its name");
      }
      if (s.op == onnx_operator::other) {
        return graph_.refuse(*n, "an operator that a trunk of this activation has not");
      }
      if (n->outputs[0] != *at) {
        return graph_.refuse(*n, "the first output of this operator was expected");
      }
      steps.push_back(s);
      if (to_dense && is_dense(s.op)) {
        std::reverse(steps.begin(), steps.end());
        return true;
      }
      at = &n->inputs[s.input];
    }
  }
  onnx_step step_of(io::onnx_node const& n) const {
    onnx_operator const op = onnx_operator_of<Isa>(n, activation_);
    std::size_t input = 0;
    if (op == onnx_operator::where) {
      input = 2;
    } else if (n.inputs.size() > 1 &&
               (op == onnx_operator::add || op == onnx_operator::mul || op == onnx_operator::sub) &&
               graph_.source_of(n.inputs[0])) {
      input = 1; // the other one is constant
    }
    return {&n, op, input};
  }

  bool check_features(std::string const& name) {
    for (io::onnx_value const& v : graph_.model().inputs()) {
      if (v.name == name) {
        if (v.has_shape && v.shape.size() != 2) {
          return graph_.complain(
              {errc::bad_format, "features of two dimensions were expected", status::nowhere, 2, v.shape.size()},
              "input " + io::json_string<Isa>(name));
        }
        width_ = v.has_shape ? v.shape[1] : io::onnx_value::any;
        return true;
      }
    }
    return graph_.complain({errc::bad_format, "neither an input nor what a node makes of one"},
                           io::json_string<Isa>(name));
  }

  graph const& graph_;
  std::string_view activation_;
  std::unordered_set<void const*> denses_;
  std::unordered_set<std::string> seen_;
  std::size_t width_ = io::onnx_value::any;
};

} // namespace rankwise::inline RANKWISE_ABI::train::detail

#endif
