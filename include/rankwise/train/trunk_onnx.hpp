#ifndef RANKWISE_TRAIN_TRUNK_ONNX_HPP
#define RANKWISE_TRAIN_TRUNK_ONNX_HPP

#include <rankwise/io/onnx.hpp>
#include <rankwise/train/trunk.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

/// Trunks in ONNX files: dense networks of any program become trunks, trunks become models that any program serves.
/// What a trunk cannot express is refused with the name of the operator.
namespace rankwise::inline RANKWISE_ABI::train {

/// The operator of ONNX that is an activation, and the first opset that has it. Specialise for activations of your own.
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
  static constexpr std::string_view op = "";
  static constexpr int opset = 0;
};

namespace detail {

template <class Activation>
concept has_onnx_operator = requires {
  std::string_view(onnx_activation<Activation>::op);
};

/// Reads the dense layers of a graph: from the logits back to the features, then forward.
template <class Isa>
class onnx_layers {
public:
  using model = io::basic_onnx<Isa>;

  struct dense {
    std::size_t inputs = 0, outputs = 0;
    std::vector<double> weights, bias; // a row per input
  };
  std::vector<dense> layers;
  std::vector<double> centre, scale; // none, one for all features, or one for each

  onnx_layers(model const& from, std::string_view activation, on_error errors)
      : from_(from), activation_(activation), errors_(errors) {
    for (io::onnx_tensor const& t : from.tensors()) {
      tensors_.emplace(t.name, &t);
    }
    for (std::size_t k = 0; k < from.nodes().size(); ++k) {
      for (std::string const& name : from.nodes()[k].outputs) {
        makers_.emplace(name, k);
      }
    }
  }

  bool read(std::vector<std::string> const& outputs) {
    if (from_.opset() < 7) {
      return complain({errc::bad_format, "operators of version 7 or later were expected", status::nowhere, 7,
                       static_cast<std::size_t>(std::max<std::int64_t>(from_.opset(), 0))});
    }
    std::vector<head> heads;
    if (outputs.empty()) {
      for (io::onnx_value const& v : from_.outputs()) {
        if (!expand(v.name, heads)) {
          return false;
        }
      }
    }
    for (std::string const& name : outputs) {
      if (!expand(name, heads)) {
        return false;
      }
    }
    if (heads.empty()) {
      return complain({errc::bad_format, "the model has no output"});
    }
    std::vector<step> bottom;
    if (!walk(heads[0].shared, false, bottom)) {
      return false;
    }
    for (step const& s : bottom) {
      if (!forward(s)) {
        return false;
      }
    }
    return read_heads(heads);
  }

private:
  // A node on the way, and which of its inputs depends on the features.
  struct step {
    io::onnx_node const* node = nullptr;
    std::size_t input = 0;
  };
  struct head {
    std::string shared; // what its dense layer reads
    std::vector<step> steps;
    io::onnx_node const* squeezed = nullptr; // makes a list of numbers of the column
  };
  struct constant {
    std::vector<std::size_t> shape;
    std::vector<double> numbers;
  };
  // y = (x - centre) * scale + shift, column by column: what stands between two layers.
  struct between {
    std::vector<double> centre, scale, shift; // none, one for all, or one for each
    bool filled = false;                      // NaN is 0 from here on
  };

  static constexpr char const* shared_weights = "weights that two layers share, which would come apart in training";
  static constexpr char const* of_constants = "a value that depends on the features was expected, times constants";

  bool complain(status s, std::string const& what = {}) const { return from_.complain(what, s, errors_); }
  bool refuse(io::onnx_node const& n, char const* why, std::size_t expected = 0, std::size_t found = 0) const {
    std::string what = n.domain.empty() ? "" : n.domain + ".";
    what += n.op + " that makes " + io::json_string<Isa>(n.outputs.empty() ? std::string_view{} : n.outputs[0]);
    return complain({errc::bad_format, why, n.offset, expected, found}, what);
  }
  io::onnx_node const* maker_of(std::string const& name) const {
    auto const at = makers_.find(name);
    return name.empty() || at == makers_.end() ? nullptr : &from_.nodes()[at->second];
  }
  std::size_t index_of(io::onnx_node const& n) const { return static_cast<std::size_t>(&n - from_.nodes().data()); }
  static bool is(io::onnx_node const& n, std::string_view op) { return n.domain.empty() && n.op == op; }

  // ---- constants

  // The tensor behind a name, through nodes that only hand it on; null if the name depends on the features.
  struct source {
    io::onnx_tensor const* tensor = nullptr;
    io::onnx_attribute const* attribute = nullptr;
    bool turned = false;

    explicit operator bool() const { return tensor != nullptr || attribute != nullptr; }
  };
  source source_of(std::string const& name) const {
    source found;
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

  bool constant_of(io::onnx_node const& n, std::size_t input, constant& out) const {
    source const s = input < n.inputs.size() ? source_of(n.inputs[input]) : source{};
    if (!s) {
      return refuse(n, "a constant input was expected");
    }
    if (s.tensor == nullptr) {
      if (s.attribute->name == "value_float") {
        out = {{}, {static_cast<double>(s.attribute->real)}};
      } else if (s.attribute->name == "value_floats") {
        out = {{s.attribute->reals.size()}, {s.attribute->reals.begin(), s.attribute->reals.end()}};
      } else {
        return refuse(n, "a constant of real numbers was expected");
      }
      return true;
    }
    io::onnx_tensor const& t = *s.tensor;
    using type = io::tensor_type;
    if (t.type != type::f32 && t.type != type::f64 && t.type != type::f16 && t.type != type::bf16 && !t.elsewhere) {
      return refuse(n, "a constant of real numbers was expected");
    }
    out.shape = t.shape;
    out.numbers.resize(t.numbers());
    if (!from_.copy(t, out.numbers, errors_)) {
      return false;
    }
    if (s.turned) {
      if (t.shape.size() != 2) {
        return refuse(n, "a matrix was expected to be transposed", 2, t.shape.size());
      }
      turn(out);
    }
    return true;
  }
  static void turn(constant& c) {
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
  bool matrix_of(io::onnx_node const& n, std::size_t input, bool turned, constant& out) {
    source const s = source_of(n.inputs[input]);
    if (s.tensor != nullptr && !matrices_.insert(s.tensor).second) {
      return refuse(n, shared_weights);
    }
    if (!constant_of(n, input, out)) {
      return false;
    }
    if (out.shape.size() != 2 || out.shape[0] == 0 || out.shape[1] == 0) {
      return refuse(n, "weights of two dimensions were expected, neither of them 0", 2, out.shape.size());
    }
    if (turned) {
      turn(out);
    }
    return true;
  }
  // One number, or one for each column.
  bool row_of(io::onnx_node const& n, std::size_t input, std::vector<double>& out) const {
    constant c;
    if (!constant_of(n, input, c)) {
      return false;
    }
    bool row = !c.numbers.empty();
    for (std::size_t k = 0; k + 1 < c.shape.size(); ++k) {
      row = row && c.shape[k] == 1;
    }
    if (!row || c.shape.size() > 2) {
      return refuse(n, "a constant for each column was expected");
    }
    out = std::move(c.numbers);
    return true;
  }
  bool wholes_of(io::onnx_node const& n, std::size_t input, std::vector<std::int64_t>& out) const {
    source const s = input < n.inputs.size() ? source_of(n.inputs[input]) : source{};
    if (s.tensor == nullptr && s.attribute != nullptr && s.attribute->name == "value_ints") {
      out = s.attribute->wholes;
      return true;
    }
    if (s.tensor == nullptr || s.tensor->numbers() > 8) {
      return refuse(n, "constant whole numbers were expected");
    }
    out.resize(s.tensor->numbers());
    return from_.copy(*s.tensor, out, errors_);
  }
  // An input or attribute of one whole number that must have a certain value, or be absent.
  static std::int64_t whole_of(io::onnx_node const& n, std::string_view attribute, std::int64_t absent) {
    io::onnx_attribute const* const a = n.find(attribute);
    return a == nullptr ? absent : a->whole;
  }

  // ---- back: from the logits to the features

  // Heads that a value consists of.
  bool expand(std::string const& name, std::vector<head>& heads) {
    std::vector<std::pair<std::string, std::size_t>> open{{name, from_.nodes().size()}};
    io::onnx_node const* squeezed = nullptr;
    if (io::onnx_node const* const n = maker_of(name); n != nullptr && is(*n, "Squeeze") && !n->inputs.empty()) {
      std::vector<std::int64_t> axes = whole_list(*n, "axes");
      if (axes.empty() && !wholes_of(*n, 1, axes)) {
        return false;
      }
      if (axes.size() != 1 || (axes[0] != 1 && axes[0] != -1)) {
        return refuse(*n, "the last axis was expected");
      }
      squeezed = n;
      open[0].first = n->inputs[0];
    }
    while (!open.empty()) {
      auto [at, limit] = std::move(open.back());
      open.pop_back();
      skip_silent(at);
      if (!seen_.insert(at).second) {
        return complain({errc::bad_format, "an output that occurs twice"}, io::json_string<Isa>(at));
      }
      io::onnx_node const* const n = maker_of(at);
      std::size_t const index = n == nullptr ? 0 : index_of(*n);
      if (n != nullptr && is(*n, "Concat") && squeezed == nullptr && index < limit) {
        std::int64_t const axis = whole_of(*n, "axis", 0);
        if (axis != 1 && axis != -1) {
          return refuse(*n, "heads side by side were expected: axis 1 or -1");
        }
        for (std::size_t k = n->inputs.size(); k-- > 0;) {
          open.emplace_back(n->inputs[k], index);
        }
        continue;
      }
      heads.emplace_back();
      head& h = heads.back();
      if (!walk(at, true, h.steps)) {
        return false;
      }
      if (!denses_.insert(h.steps[0].node).second) {
        return refuse(*h.steps[0].node, shared_weights);
      }
      h.squeezed = squeezed;
      h.shared = h.steps[0].node->inputs[h.steps[0].input];
      skip_silent(h.shared);
      if (source_of(h.shared)) {
        return refuse(*h.steps[0].node, of_constants);
      }
    }
    return true;
  }
  static std::vector<std::int64_t> whole_list(io::onnx_node const& n, std::string_view attribute) {
    io::onnx_attribute const* const a = n.find(attribute);
    return a == nullptr ? std::vector<std::int64_t>{} : a->wholes;
  }
  static bool is_dense(io::onnx_node const& n) { return is(n, "Gemm") || is(n, "MatMul"); }
  bool known(io::onnx_node const& n) const {
    constexpr std::string_view all[] = {
        "Gemm",     "MatMul",  "Add",     "Sub",  "Mul",     "Div",  "BatchNormalization",
        "Identity", "Dropout", "Flatten", "Cast", "Reshape", "Where"};
    return n.domain.empty() && ((!activation_.empty() && n.op == activation_) ||
                                std::find(std::begin(all), std::end(all), n.op) != std::end(all));
  }
  // Past nodes that hand on what they get.
  void skip_silent(std::string& name) const {
    for (std::size_t limit = from_.nodes().size();;) {
      io::onnx_node const* const n = maker_of(name);
      std::size_t const index = n == nullptr ? limit : index_of(*n);
      if (index >= limit || n->inputs.empty() ||
          !(is(*n, "Identity") || (is(*n, "Dropout") && n->inputs.size() < 3 && n->outputs[0] == name))) {
        return;
      }
      limit = index;
      name = n->inputs[0];
    }
  }

  // The nodes that make a value, in their order: from the features, or from the last dense layer.
  bool walk(std::string const& name, bool to_dense, std::vector<step>& steps) {
    std::string const* at = &name;
    for (std::size_t limit = from_.nodes().size();;) {
      io::onnx_node const* const n = maker_of(*at);
      if (n == nullptr) {
        if (!steps.empty() && tensors_.contains(*at)) {
          return refuse(*steps.back().node, of_constants);
        }
        if (!check_features(*at)) {
          return false;
        }
        if (to_dense) {
          return complain({errc::bad_format, "logits of a dense layer were expected"}, io::json_string<Isa>(name));
        }
        std::reverse(steps.begin(), steps.end());
        return true;
      }
      auto const index = index_of(*n);
      if (index >= limit) {
        return refuse(*n, "the nodes do not stand in an order in which they can run");
      }
      limit = index;
      step s{n, 0};
      if (is(*n, "Where")) {
        s.input = 2;
      } else if (n->inputs.size() > 1 && (is(*n, "Add") || is(*n, "Mul") || is(*n, "Sub")) && source_of(n->inputs[0])) {
        s.input = 1;
      }
      if (s.input >= n->inputs.size() || n->inputs[s.input].empty()) {
        return refuse(*n, "another number of inputs was expected");
      }
      if (to_dense && (is(*n, activation_) || is(*n, "Sigmoid") || is(*n, "Softmax") || is(*n, "LogSoftmax"))) {
        return refuse(*n, "a trunk ends in logits: ask for the input of this operator by its name");
      }
      if (!known(*n)) {
        return refuse(*n, "an operator that a trunk of this activation has not");
      }
      if (n->outputs[0] != *at) {
        return refuse(*n, "the first output of this operator was expected");
      }
      steps.push_back(s);
      if (to_dense && is_dense(*n)) {
        std::reverse(steps.begin(), steps.end());
        return true;
      }
      at = &n->inputs[s.input];
    }
  }

  bool check_features(std::string const& name) {
    for (io::onnx_value const& v : from_.inputs()) {
      if (v.name == name) {
        if (v.has_shape && v.shape.size() != 2) {
          return complain(
              {errc::bad_format, "features of two dimensions were expected", status::nowhere, 2, v.shape.size()},
              "input " + io::json_string<Isa>(name));
        }
        width_ = v.has_shape ? v.shape[1] : io::onnx_value::any;
        return true;
      }
    }
    return complain({errc::bad_format, "neither an input nor what a node makes of one"}, io::json_string<Isa>(name));
  }

  // ---- forward: from the features to the logits

  bool forward(step const& s) {
    io::onnx_node const& n = *s.node;
    if (is_dense(n)) {
      dense next;
      bool const good = read_dense(s, next);
      if (good && !layers.empty() && !bent_ && !activation_.empty()) {
        return refuse(n, "an activation between two dense layers was expected");
      }
      if (good) {
        add(std::move(next));
      }
      return good;
    }
    if (!activation_.empty() && n.op == activation_) {
      if (layers.empty() || bent_) {
        return refuse(n, "a dense layer before each activation was expected");
      }
      if (io::onnx_attribute const* const a = n.find("approximate"); a != nullptr && a->text != "none") {
        return refuse(n, "a trunk has no approximation of this operator");
      }
      fold_into_outputs();
      bent_ = true;
      return true;
    }
    if (n.op == "Identity") {
      return true;
    }
    if (n.op == "Dropout") {
      return no_training(n);
    }
    if (n.op == "Flatten") {
      std::int64_t const axis = whole_of(n, "axis", 1);
      return axis == 1 || axis == -1 || refuse(n, "axis 1 was expected");
    }
    if (n.op == "Cast") {
      std::int64_t const to = whole_of(n, "to", 0);
      return to == 1 || to == 11 || refuse(n, "float or double were expected");
    }
    if (n.op == "Reshape") {
      return read_reshape(n);
    }
    if (n.op == "Where") {
      return read_where(n);
    }
    if (n.op == "BatchNormalization") {
      return read_normalisation(n);
    }
    return read_arithmetic(s);
  }

  // The last layer: heads side by side over what they share.
  bool read_heads(std::vector<head> const& heads) {
    dense last;
    std::vector<dense> parts;
    bool const first = layers.empty();
    if (!first && !bent_) { // two layers in a row, without activation
      fold_into_outputs();
    }
    bool const bent = bent_;
    between const before = between_;
    for (head const& h : heads) {
      if (h.shared != heads[0].shared) {
        return refuse(*h.steps[0].node, "a head with layers of its own: ask for its output alone, by its name");
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
        return refuse(*h.squeezed, "a single logit was expected", 1, layers.back().outputs);
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

  bool read_dense(step const& s, dense& out) {
    io::onnx_node const& n = *s.node;
    bool const gemm = n.op == "Gemm";
    if (s.input != 0 || n.inputs.size() < 2 || n.inputs.size() > (gemm ? 3u : 2u)) {
      return refuse(n, "values times constant weights were expected");
    }
    if (whole_of(n, "transA", 0) != 0) {
      return refuse(n, "values with a row per item were expected: transA");
    }
    constant w;
    if (!source_of(n.inputs[1])) {
      return refuse(n, "constant weights were expected");
    }
    if (!matrix_of(n, 1, whole_of(n, "transB", 0) != 0, w)) {
      return false;
    }
    out = {w.shape[0], w.shape[1], std::move(w.numbers), {}};
    std::size_t const given = layers.empty() ? width_ : layers.back().outputs;
    if (given != io::onnx_value::any && given != out.inputs) {
      return refuse(n, "weights with a row for each value were expected", given, out.inputs);
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
        if (!row_of(n, 2, bias) || !fits(n, bias, out.outputs)) {
          return false;
        }
        for (std::size_t o = 0; o < out.outputs; ++o) {
          out.bias[o] = number("beta") * of(bias, o, 0);
        }
      }
    }
    return fits(n, between_.centre, out.inputs) && fits(n, between_.scale, out.inputs) &&
           fits(n, between_.shift, out.inputs);
  }
  bool fits(io::onnx_node const& n, std::vector<double> const& row, std::size_t width) const {
    return row.size() <= 1 || row.size() == width ||
           refuse(n, "a constant for each column was expected", width, row.size());
  }
  static double of(std::vector<double> const& row, std::size_t k, double otherwise) {
    return row.empty() ? otherwise : row[row.size() == 1 ? 0 : k];
  }

  // A layer behind what stands before it: the features' centre and scale are the trunk's, all else is weights.
  void add(dense next) {
    if (!layers.empty() && !bent_) { // two layers in a row, without activation
      fold_into_outputs();
    }
    bool const first = layers.empty();
    for (std::size_t i = 0; i < next.inputs; ++i) {
      double const by = of(between_.scale, i, 1);
      double const shift = of(between_.shift, i, 0) - (first ? 0.0 : of(between_.centre, i, 0) * by);
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
      double const by = of(between_.scale, o, 1);
      for (std::size_t i = 0; i < last.inputs; ++i) {
        last.weights[i * last.outputs + o] *= by;
      }
      last.bias[o] = (last.bias[o] - of(between_.centre, o, 0)) * by + of(between_.shift, o, 0);
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
      return refuse(n, "a constant for each column was expected", row.size(), by.size());
    }
    row.resize(row.empty() ? 1 : row.size(), absent);
    if (row.size() < by.size()) {
      row.assign(by.size(), row[0]);
    }
    for (std::size_t k = 0; k < row.size(); ++k) {
      row[k] = f(row[k], of(by, k, 0));
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

  bool read_arithmetic(step const& s) {
    io::onnx_node const& n = *s.node;
    std::vector<double> by;
    if (n.inputs.size() != 2) {
      return refuse(n, "two inputs were expected");
    }
    if (!source_of(n.inputs[1 - s.input])) {
      return refuse(n, "a constant input was expected: two values that both depend on the features");
    }
    if (!row_of(n, 1 - s.input, by)) {
      return false;
    }
    if (n.op == "Mul") {
      return times(n, by, [](double x, double y) { return x * y; });
    }
    if (n.op == "Div") {
      return times(n, by, [](double x, double y) { return x / y; });
    }
    if (n.op == "Sub" && s.input == 1) { // constant - x
      return times(n, {-1.0}, [](double x, double y) { return x * y; }) && plus(n, by, 1);
    }
    return plus(n, by, n.op == "Sub" ? -1 : 1);
  }

  bool read_normalisation(io::onnx_node const& n) {
    std::vector<double> gamma, beta, mean, variance;
    if (n.inputs.size() != 5 || whole_of(n, "training_mode", 0) != 0 ||
        std::any_of(n.outputs.begin() + 1, n.outputs.end(), [](std::string const& o) { return !o.empty(); })) {
      return refuse(n, "constant means and variances were expected, as in inference");
    }
    if (!row_of(n, 1, gamma) || !row_of(n, 2, beta) || !row_of(n, 3, mean) || !row_of(n, 4, variance)) {
      return false;
    }
    if (gamma.size() != variance.size()) {
      return refuse(n, "a constant for each column was expected", gamma.size(), variance.size());
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
    source const s = source_of(n.inputs[2]);
    std::vector<std::uint8_t> flag(1, 1);
    bool const known = s.tensor != nullptr && s.tensor->numbers() == 1;
    if (known && !from_.copy(*s.tensor, flag, errors_)) {
      return false;
    }
    return flag[0] == 0 || refuse(n, "inference was expected, not training");
  }

  bool read_reshape(io::onnx_node const& n) {
    std::vector<std::int64_t> to;
    if (!wholes_of(n, 1, to)) {
      return false;
    }
    bool const keeps_rows = to.size() == 2 && (to[0] == -1 || to[0] == 0) && whole_of(n, "allowzero", 0) == 0;
    std::size_t const known = layers.empty() ? width_ : layers.back().outputs;
    if (!keeps_rows || (to[0] == -1 ? to[1] <= 0 || static_cast<std::size_t>(to[1]) != known
                                    : to[1] > 0 && static_cast<std::size_t>(to[1]) != known)) {
      return refuse(n, "the shape that the values have already was expected");
    }
    return true;
  }

  // Where(IsNaN(x), 0, x): a missing feature counts as the centre.
  bool read_where(io::onnx_node const& n) {
    io::onnx_node const* const test = maker_of(n.inputs[0]);
    std::vector<double> fill;
    if (test == nullptr || !is(*test, "IsNaN") || test->inputs.size() != 1 || test->inputs[0] != n.inputs[2]) {
      return refuse(n, "Where(IsNaN(x), 0, x) was expected");
    }
    if (!row_of(n, 1, fill)) {
      return false;
    }
    bool const zeros = std::all_of(fill.begin(), fill.end(), [](double x) { return x == 0; });
    if (!zeros || !layers.empty() || !between_.shift.empty()) {
      return refuse(n, "missing features that count as their centre were expected");
    }
    between_.filled = true;
    return true;
  }

  model const& from_;
  std::string_view activation_; // none: empty
  on_error errors_;
  std::unordered_map<std::string_view, io::onnx_tensor const*> tensors_;
  std::unordered_map<std::string_view, std::size_t> makers_;
  std::unordered_set<void const*> matrices_, denses_;
  std::unordered_set<std::string> seen_;
  std::size_t width_ = io::onnx_value::any;
  between between_;
  bool bent_ = false; // the last layer has its activation
};

} // namespace detail

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
    auto const of = [i](std::vector<double> const& row, double otherwise) {
      return static_cast<T>(row.empty() ? otherwise : row[row.size() == 1 ? 0 : i]);
    };
    read.centre()[i] = of(found.centre, 0);
    read.scale()[i] = of(found.scale, 1);
  }
  net = std::move(read);
  return rankwise::detail::passed(status{}, errors);
}

/// Adds a trunk to a model that is written later: "features" are its input, "logits" its output. It computes what the
/// trunk does, missing features included.
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
    to.add_tensor(weights, column<T const>{&w(0, 0), w.rows * w.columns}, {w.rows, w.columns}, errors);
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
