#ifndef RANKWISE_TRAIN_ONNX_LAYERS_HPP
#define RANKWISE_TRAIN_ONNX_LAYERS_HPP

#include <rankwise/core/config.hpp>
#include <rankwise/core/error.hpp>
#include <rankwise/io/onnx.hpp>
#include <rankwise/train/onnx/constants.hpp>
#include <rankwise/train/onnx/graph.hpp>
#include <rankwise/train/onnx/operators.hpp>
#include <rankwise/train/onnx/walk.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

/// The way forward from features to logits: what a trunk has, layer by layer. Constants between two layers are folded
/// into weights and biases.
namespace rankwise::inline RANKWISE_ABI::train::detail {

struct onnx_dense {
  std::size_t inputs = 0, outputs = 0;
  std::vector<double> weights, bias; ///< a row per input
};

/// y = (x - centre) * scale + shift, column by column: what stands between two layers.
struct onnx_between {
  std::vector<double> centre, scale, shift; ///< none, one for all, or one for each
  bool filled = false;                      ///< NaN is 0 from here on

  RANKWISE_ALWAYS_INLINE static double of(std::vector<double> const& row, std::size_t k, double otherwise) {
    return row.empty() ? otherwise : row[row.size() == 1 ? 0 : k];
  }
};

template <class Isa>
class onnx_layers {
public:
  using graph = onnx_graph<Isa>;

  std::vector<onnx_dense> layers;
  std::vector<double> centre, scale; ///< of the features: none, one for all, or one for each

  onnx_layers(io::basic_onnx<Isa> const& from, std::string_view activation, on_error errors)
      : graph_(from, errors), activation_(activation) {}

  /// Those that make the outputs, side by side; without names all outputs of the graph.
  bool read(std::vector<std::string> const& outputs) {
    std::int64_t const opset = graph_.model().opset();
    if (opset < 7) {
      return graph_.complain({errc::bad_format, "operators of version 7 or later were expected", status::nowhere, 7,
                              static_cast<std::size_t>(std::max<std::int64_t>(opset, 0))});
    }
    onnx_walk<Isa> way(graph_, activation_);
    std::vector<onnx_head> heads;
    if (outputs.empty()) {
      for (io::onnx_value const& v : graph_.model().outputs()) {
        if (!way.expand(v.name, heads)) {
          return false;
        }
      }
    }
    for (std::string const& name : outputs) {
      if (!way.expand(name, heads)) {
        return false;
      }
    }
    if (heads.empty()) {
      return graph_.complain({errc::bad_format, "the model has no output"});
    }
    std::vector<onnx_step> bottom;
    if (!way.from_features(heads[0].shared, bottom)) {
      return false;
    }
    width_ = way.width();
    for (onnx_step const& s : bottom) {
      if (!forward(s)) {
        return false;
      }
    }
    return read_heads(heads);
  }

private:
  using dense = onnx_dense;
  using between = onnx_between;

  bool forward(onnx_step const& s) {
    io::onnx_node const& n = *s.node;
    switch (s.op) {
    case onnx_operator::gemm:
    case onnx_operator::matmul:
      return read_layer(s);
    case onnx_operator::activation:
      return read_activation(n);
    case onnx_operator::add:
    case onnx_operator::sub:
    case onnx_operator::mul:
    case onnx_operator::div:
      return read_arithmetic(s);
    case onnx_operator::normalisation:
      return read_normalisation(n);
    case onnx_operator::identity:
      return true;
    case onnx_operator::dropout:
      return no_training(n);
    case onnx_operator::flatten: {
      std::int64_t const axis = graph::whole_of(n, "axis", 1);
      return axis == 1 || axis == -1 || graph_.refuse(n, "axis 1 was expected");
    }
    case onnx_operator::cast: {
      std::int64_t const to = graph::whole_of(n, "to", 0);
      return to == 1 || to == 11 || graph_.refuse(n, "float or double were expected");
    }
    case onnx_operator::reshape:
      return read_reshape(n);
    case onnx_operator::where:
      return read_where(n);
    case onnx_operator::other: // no walk goes over it
      break;
    }
    return false;
  }

  bool read_layer(onnx_step const& s) {
    dense next;
    if (!read_dense(s, next)) {
      return false;
    }
    if (!layers.empty() && !bent_ && !activation_.empty()) {
      return graph_.refuse(*s.node, "an activation between two dense layers was expected");
    }
    add(std::move(next));
    return true;
  }

  bool read_activation(io::onnx_node const& n) {
    if (layers.empty() || bent_) {
      return graph_.refuse(n, "a dense layer before each activation was expected");
    }
    if (io::onnx_attribute const* const a = n.find("approximate"); a != nullptr && a->text != "none") {
      return graph_.refuse(n, "a trunk has no approximation of this operator");
    }
    fold_into_outputs();
    bent_ = true;
    return true;
  }

  // The last layer: heads side by side over what they share.
  bool read_heads(std::vector<onnx_head> const& heads) {
    dense last;
    std::vector<dense> parts;
    bool const first = layers.empty();
    if (!first && !bent_) { // two layers in a row, without activation
      fold_into_outputs();
    }
    bool const bent = bent_;
    between const before = between_;
    for (onnx_head const& h : heads) {
      if (h.shared != heads[0].shared) {
        return graph_.refuse(*h.steps[0].node, "a head with layers of its own: ask for its output alone, by its name");
      }
      between_ = before; // as if it were the only one
      if (!forward(h.steps[0])) {
        return false;
      }
      for (std::size_t k = 1; k < h.steps.size(); ++k) {
        if (!forward(h.steps[k])) {
          return false;
        }
      }
      fold_into_outputs();
      if (h.squeezed != nullptr && layers.back().outputs != 1) {
        return graph_.refuse(*h.squeezed, "a single logit was expected", 1, layers.back().outputs);
      }
      parts.push_back(std::move(layers.back()));
      layers.pop_back();
      bent_ = bent;
    }
    last.inputs = parts[0].inputs;
    for (dense const& p : parts) {
      last.outputs += p.outputs;
      last.bias.insert(last.bias.end(), p.bias.begin(), p.bias.end());
    }
    for (std::size_t i = 0; i < last.inputs; ++i) {
      for (dense const& p : parts) {
        auto const row = p.weights.begin() + static_cast<std::ptrdiff_t>(i * p.outputs);
        last.weights.insert(last.weights.end(), row, row + static_cast<std::ptrdiff_t>(p.outputs));
      }
    }
    layers.push_back(std::move(last));
    return true;
  }

  bool read_dense(onnx_step const& s, dense& out) {
    io::onnx_node const& n = *s.node;
    bool const gemm = s.op == onnx_operator::gemm;
    if (s.input != 0 || n.inputs.size() < 2 || n.inputs.size() > (gemm ? 3u : 2u)) {
      return graph_.refuse(n, "values times constant weights were expected");
    }
    if (graph::whole_of(n, "transA", 0) != 0) {
      return graph_.refuse(n, "values with a row per item were expected: transA");
    }
    onnx_source const weights = graph_.source_of(n.inputs[1]);
    if (!weights) {
      return graph_.refuse(n, "constant weights were expected");
    }
    if (weights.tensor != nullptr && !matrices_.insert(weights.tensor).second) {
      return graph_.refuse(n, onnx_shared_weights);
    }
    onnx_constant w;
    if (!read_matrix(graph_, n, 1, graph::whole_of(n, "transB", 0) != 0, w)) {
      return false;
    }
    out = {w.shape[0], w.shape[1], std::move(w.numbers), {}};
    std::size_t const given = layers.empty() ? width_ : layers.back().outputs;
    if (given != io::onnx_value::any && given != out.inputs) {
      return graph_.refuse(n, "weights with a row for each value were expected", given, out.inputs);
    }
    out.bias.assign(out.outputs, 0.0);
    if (gemm) {
      auto const number = [&](char const* name) {
        io::onnx_attribute const* const a = n.find(name);
        return a == nullptr ? 1.0 : static_cast<double>(a->real);
      };
      double const alpha = number("alpha");
      for (double& x : out.weights) {
        x *= alpha;
      }
      std::vector<double> bias;
      if (n.inputs.size() == 3 && !n.inputs[2].empty()) {
        if (!read_row(graph_, n, 2, bias) || !fits(n, bias, out.outputs)) {
          return false;
        }
        for (std::size_t o = 0; o < out.outputs; ++o) {
          out.bias[o] = number("beta") * between::of(bias, o, 0);
        }
      }
    }
    return fits(n, between_.centre, out.inputs) && fits(n, between_.scale, out.inputs) &&
           fits(n, between_.shift, out.inputs);
  }
  bool fits(io::onnx_node const& n, std::vector<double> const& row, std::size_t width) const {
    return row.size() <= 1 || row.size() == width ||
           graph_.refuse(n, "a constant for each column was expected", width, row.size());
  }

  // A layer behind what stands before it: the features' centre and scale are the trunk's, all else is weights.
  void add(dense next) {
    if (!layers.empty() && !bent_) { // two layers in a row, without activation
      fold_into_outputs();
    }
    bool const first = layers.empty();
    for (std::size_t i = 0; i < next.inputs; ++i) {
      double const by = between::of(between_.scale, i, 1);
      double const shift = between::of(between_.shift, i, 0) - (first ? 0.0 : between::of(between_.centre, i, 0) * by);
      for (std::size_t o = 0; o < next.outputs; ++o) {
        double& w = next.weights[i * next.outputs + o];
        if (shift != 0) {
          next.bias[o] += shift * w;
        }
        w *= first ? 1.0 : by;
      }
    }
    if (first) {
      centre = between_.centre;
      scale = between_.scale;
      width_ = next.inputs;
    }
    between_ = {};
    layers.push_back(std::move(next));
    bent_ = false;
  }
  void fold_into_outputs() {
    dense& last = layers.back();
    for (std::size_t o = 0; o < last.outputs; ++o) {
      double const by = between::of(between_.scale, o, 1);
      for (std::size_t i = 0; i < last.inputs; ++i) {
        last.weights[i * last.outputs + o] *= by;
      }
      last.bias[o] = (last.bias[o] - between::of(between_.centre, o, 0)) * by + between::of(between_.shift, o, 0);
    }
    between_ = {};
  }

  // row = f(row, by), each of them one number or one per column.
  template <class F>
  bool combine(io::onnx_node const& n, std::vector<double>& row, double absent, std::vector<double> const& by, F f) {
    std::size_t const known = layers.empty() ? width_ : layers.back().outputs;
    if (known != io::onnx_value::any && !fits(n, by, known)) {
      return false;
    }
    if (row.size() > 1 && by.size() > 1 && row.size() != by.size()) {
      return graph_.refuse(n, "a constant for each column was expected", row.size(), by.size());
    }
    row.resize(row.empty() ? 1 : row.size(), absent);
    if (row.size() < by.size()) {
      row.assign(by.size(), row[0]);
    }
    for (std::size_t k = 0; k < row.size(); ++k) {
      row[k] = f(row[k], between::of(by, k, 0));
    }
    return true;
  }
  bool plus(io::onnx_node const& n, std::vector<double> const& by, double sign) {
    if (between_.scale.empty() && between_.shift.empty() && !between_.filled) {
      return combine(n, between_.centre, 0, by, [=](double x, double y) { return x - sign * y; });
    }
    return combine(n, between_.shift, 0, by, [=](double x, double y) { return x + sign * y; });
  }
  template <class F>
  bool times(io::onnx_node const& n, std::vector<double> const& by, F f) {
    return combine(n, between_.scale, 1, by, f) && (between_.shift.empty() || combine(n, between_.shift, 0, by, f));
  }

  bool read_arithmetic(onnx_step const& s) {
    io::onnx_node const& n = *s.node;
    std::vector<double> by;
    if (n.inputs.size() != 2) {
      return graph_.refuse(n, "two inputs were expected");
    }
    if (!graph_.source_of(n.inputs[1 - s.input])) {
      return graph_.refuse(n, "a constant input was expected: two values that both depend on the features");
    }
    if (!read_row(graph_, n, 1 - s.input, by)) {
      return false;
    }
    if (s.op == onnx_operator::mul) {
      return times(n, by, [](double x, double y) { return x * y; });
    }
    if (s.op == onnx_operator::div) {
      return times(n, by, [](double x, double y) { return x / y; });
    }
    if (s.op == onnx_operator::sub && s.input == 1) { // constant - x
      return times(n, {-1.0}, [](double x, double y) { return x * y; }) && plus(n, by, 1);
    }
    return plus(n, by, s.op == onnx_operator::sub ? -1 : 1);
  }

  bool read_normalisation(io::onnx_node const& n) {
    std::vector<double> gamma, beta, mean, variance;
    if (n.inputs.size() != 5 || graph::whole_of(n, "training_mode", 0) != 0 ||
        std::any_of(n.outputs.begin() + 1, n.outputs.end(), [](std::string const& o) { return !o.empty(); })) {
      return graph_.refuse(n, "constant means and variances were expected, as in inference");
    }
    if (!read_row(graph_, n, 1, gamma) || !read_row(graph_, n, 2, beta) || !read_row(graph_, n, 3, mean) ||
        !read_row(graph_, n, 4, variance)) {
      return false;
    }
    if (gamma.size() != variance.size()) {
      return graph_.refuse(n, "a constant for each column was expected", gamma.size(), variance.size());
    }
    io::onnx_attribute const* const a = n.find("epsilon");
    double const epsilon = a == nullptr ? static_cast<double>(1e-5f) : static_cast<double>(a->real);
    for (std::size_t k = 0; k < gamma.size(); ++k) {
      gamma[k] /= std::sqrt(variance[k] + epsilon);
    }
    return plus(n, mean, -1) && times(n, gamma, [](double x, double y) { return x * y; }) && plus(n, beta, 1);
  }

  bool no_training(io::onnx_node const& n) const {
    if (n.inputs.size() < 3 || n.inputs[2].empty()) {
      return true;
    }
    onnx_source const s = graph_.source_of(n.inputs[2]);
    std::vector<std::uint8_t> flag(1, 1);
    bool const known = s.tensor != nullptr && s.tensor->numbers() == 1;
    if (known && !graph_.copy(*s.tensor, flag)) {
      return false;
    }
    return flag[0] == 0 || graph_.refuse(n, "inference was expected, not training");
  }

  bool read_reshape(io::onnx_node const& n) {
    std::vector<std::int64_t> to;
    if (!read_wholes(graph_, n, 1, to)) {
      return false;
    }
    bool const keeps_rows = to.size() == 2 && (to[0] == -1 || to[0] == 0) && graph::whole_of(n, "allowzero", 0) == 0;
    std::size_t const known = layers.empty() ? width_ : layers.back().outputs;
    if (!keeps_rows || (to[0] == -1 ? to[1] <= 0 || static_cast<std::size_t>(to[1]) != known
                                    : to[1] > 0 && static_cast<std::size_t>(to[1]) != known)) {
      return graph_.refuse(n, "the shape that the values have already was expected");
    }
    return true;
  }

  // Where(IsNaN(x), 0, x): a missing feature counts as the centre.
  bool read_where(io::onnx_node const& n) {
    io::onnx_node const* const test = graph_.maker_of(n.inputs[0]);
    std::vector<double> fill;
    if (test == nullptr || !graph::is(*test, "IsNaN") || test->inputs.size() != 1 || test->inputs[0] != n.inputs[2]) {
      return graph_.refuse(n, "Where(IsNaN(x), 0, x) was expected");
    }
    if (!read_row(graph_, n, 1, fill)) {
      return false;
    }
    bool const zeros = std::all_of(fill.begin(), fill.end(), [](double x) { return x == 0; });
    if (!zeros || !layers.empty() || !between_.shift.empty()) {
      return graph_.refuse(n, "missing features that count as their centre were expected");
    }
    between_.filled = true;
    return true;
  }

  graph graph_;
  std::string_view activation_; // none: empty
  std::unordered_set<void const*> matrices_;
  std::size_t width_ = io::onnx_value::any;
  between between_;
  bool bent_ = false; // the last layer has its activation
};

} // namespace rankwise::inline RANKWISE_ABI::train::detail

#endif
