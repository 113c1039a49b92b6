#ifndef RANKWISE_TRAIN_FOREST_ONNX_HPP
#define RANKWISE_TRAIN_FOREST_ONNX_HPP

#include <rankwise/io/onnx.hpp>
#include <rankwise/train/forest.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Forests from ONNX files: the operator TreeEnsembleRegressor, as which LightGBM, CatBoost, scikit-learn and others
/// hand on their trees.
namespace rankwise::inline RANKWISE_ABI::train {

namespace detail {

template <class Isa>
class onnx_trees {
public:
  onnx_trees(io::basic_onnx<Isa> const& from, on_error errors) : from_(from), errors_(errors) {}

  bool read(std::string const& output, basic_forest<Isa>& out) {
    std::string name = output;
    if (name.empty()) {
      if (from_.outputs().size() != 1) {
        return complain({errc::bad_format, "a single output was expected, or its name", status::nowhere, 1,
                         from_.outputs().size()});
      }
      name = from_.outputs()[0].name;
    }
    node_ = maker_of(name);
    if (node_ == nullptr || node_->op != "TreeEnsembleRegressor" || node_->domain != "ai.onnx.ml") {
      std::string what = node_ == nullptr ? "" : node_->op + " that makes ";
      return complain({errc::bad_format, "the output of a TreeEnsembleRegressor was expected",
                       node_ == nullptr ? status::nowhere : node_->offset},
                      what += io::json_string<Isa>(name));
    }
    std::string features = node_->inputs.size() == 1 ? node_->inputs[0] : std::string();
    bool const made = maker_of(features) != nullptr;
    auto const input = std::find_if(from_.inputs().begin(), from_.inputs().end(),
                                    [&](io::onnx_value const& v) { return v.name == features; });
    if (made || input == from_.inputs().end() || input->type != io::tensor_type::f32 ||
        (input->has_shape && input->shape.size() != 2)) {
      return refuse("an input of the model of float and with two dimensions was expected as its features");
    }
    return settle(input->has_shape ? input->shape[1] : io::onnx_value::any, out);
  }

private:
  struct leaf_weight {
    std::size_t output;
    float weight;
  };
  struct tree {
    std::vector<tree_node> nodes;
    std::map<std::int64_t, std::size_t> places; // of the file's numbers of nodes
    std::vector<std::vector<leaf_weight>> weights;
  };

  bool complain(status s, std::string const& what = {}) const { return from_.complain(what, s, errors_); }
  bool refuse(char const* why, std::size_t expected = 0, std::size_t found = 0) const {
    return complain({errc::bad_format, why, node_->offset, expected, found},
                    node_->op + " that makes " + io::json_string<Isa>(node_->outputs[0]));
  }
  // The node that makes a value, past those that hand it on; `name` becomes what it makes.
  io::onnx_node const* maker_of(std::string& name) const {
    for (std::size_t k = from_.nodes().size(); k-- > 0;) {
      io::onnx_node const& n = from_.nodes()[k];
      if (name.empty() || n.outputs.empty() || n.outputs[0] != name) {
        continue;
      }
      io::onnx_attribute const* const to = n.find("to");
      bool const casts = n.op == "Cast" && to != nullptr && to->whole == 1; // to float
      if (!n.domain.empty() || n.inputs.size() != 1 || (n.op != "Identity" && !casts)) {
        return &n;
      }
      name = n.inputs[0];
    }
    return nullptr;
  }
  std::vector<std::int64_t> const& wholes(char const* name) const {
    io::onnx_attribute const* const a = node_->find(name);
    return a == nullptr ? no_wholes_ : a->wholes;
  }
  std::vector<float> const& reals(char const* name) const {
    io::onnx_attribute const* const a = node_->find(name);
    return a == nullptr ? no_reals_ : a->reals;
  }
  bool says(char const* name, std::string_view otherwise) const {
    io::onnx_attribute const* const a = node_->find(name);
    return a == nullptr || a->text == otherwise;
  }

  bool settle(std::size_t features, basic_forest<Isa>& out) {
    for (io::onnx_attribute const& a : node_->attributes) {
      if (a.name.size() > 10 && a.name.substr(a.name.size() - 10) == "_as_tensor") {
        return refuse("limits and weights in float were expected, not in double");
      }
    }
    if (!says("aggregate_function", "SUM") || !says("post_transform", "NONE")) {
      return refuse("sums of leaves were expected: aggregate_function SUM, post_transform NONE");
    }
    io::onnx_attribute const* const count = node_->find("n_targets");
    std::int64_t const targets = count == nullptr ? 1 : count->whole;
    auto const& ids = wholes("target_ids");
    std::size_t const outputs = targets > 0 ? static_cast<std::size_t>(targets) : 0;
    if (targets < 1 || outputs > ids.size() + 1) { // a number in the file makes no memory
      return refuse("a leaf for each of n_targets was expected", outputs, ids.size());
    }
    if (!read_nodes(features) || !read_weights(outputs)) {
      return false;
    }
    basic_forest<Isa> made(features, outputs);
    auto const& base = reals("base_values");
    if (!base.empty() && base.size() != outputs) {
      return refuse("a base value for each target was expected", outputs, base.size());
    }
    for (std::size_t o = 0; o < base.size(); ++o) {
      made.base()[o] = base[o];
    }
    for (auto& [id, t] : trees_) {
      if (!add(t, made)) {
        return false;
      }
    }
    out = std::move(made);
    return rankwise::detail::passed(status{}, errors_);
  }

  bool read_nodes(std::size_t& features) {
    auto const& trees = wholes("nodes_treeids");
    auto const& numbers = wholes("nodes_nodeids");
    auto const& columns = wholes("nodes_featureids");
    auto const& yes = wholes("nodes_truenodeids");
    auto const& no = wholes("nodes_falsenodeids");
    auto const& tracks = wholes("nodes_missing_value_tracks_true");
    auto const& limits = reals("nodes_values");
    io::onnx_attribute const* const with_modes = node_->find("nodes_modes");
    std::size_t const n = trees.size();
    if (n == 0 || numbers.size() != n || columns.size() != n || yes.size() != n || no.size() != n ||
        limits.size() != n || with_modes == nullptr || with_modes->texts.size() != n ||
        (!tracks.empty() && tracks.size() != n)) {
      return refuse("lists of as many entries as nodes_treeids were expected");
    }
    for (std::size_t k = 0; k < n; ++k) { // children may stand behind their parents
      tree& t = trees_[trees[k]];
      if (!t.places.emplace(numbers[k], t.nodes.size()).second) {
        return refuse("every node of a tree once was expected");
      }
      t.nodes.emplace_back();
    }
    std::size_t most = 0;
    for (std::size_t k = 0; k < n; ++k) {
      tree& t = trees_[trees[k]];
      std::string const& mode = with_modes->texts[k];
      tree_node& node = t.nodes[t.places[numbers[k]]];
      if (mode == "LEAF") {
        continue;
      }
      auto const below = t.places.find(yes[k]);
      auto const rest = t.places.find(no[k]);
      if (below == t.places.end() || rest == t.places.end() || columns[k] < 0) {
        return refuse("two nodes of its tree and a feature were expected for each branch");
      }
      most = std::max(most, static_cast<std::size_t>(columns[k]));
      bool const follows = !tracks.empty() && tracks[k] != 0; // otherwise missing features make comparisons false
      node = {below->second, rest->second, static_cast<std::size_t>(columns[k]), limits[k], follows};
      if (mode == "BRANCH_GTE" || mode == "BRANCH_GT") {
        std::swap(node.below, node.rest);
        node.missing_below = !follows;
      } else if (mode != "BRANCH_LT" && mode != "BRANCH_LEQ") {
        return refuse("branches by <, <=, > or >= were expected");
      }
      if (mode == "BRANCH_LEQ" || mode == "BRANCH_GT") { // x <= limit: x < the float behind it
        constexpr float infinity = std::numeric_limits<float>::infinity();
        if (!(limits[k] - limits[k] == 0)) {
          return refuse("a finite limit was expected");
        }
        node.number = std::nextafter(limits[k], infinity);
      }
    }
    features = features == io::onnx_value::any ? most + 1 : features;
    return true;
  }

  bool read_weights(std::size_t outputs) {
    auto const& trees = wholes("target_treeids");
    auto const& numbers = wholes("target_nodeids");
    auto const& ids = wholes("target_ids");
    auto const& weights = reals("target_weights");
    if (trees.size() != ids.size() || numbers.size() != ids.size() || weights.size() != ids.size()) {
      return refuse("lists of as many entries as target_ids were expected");
    }
    for (std::size_t k = 0; k < ids.size(); ++k) {
      auto const t = trees_.find(trees[k]);
      auto const place =
          t == trees_.end() ? std::map<std::int64_t, std::size_t>::iterator{} : t->second.places.find(numbers[k]);
      if (t == trees_.end() || place == t->second.places.end() ||
          t->second.nodes[place->second].below != tree_node::none || ids[k] < 0 ||
          static_cast<std::size_t>(ids[k]) >= outputs) {
        return refuse("a leaf and a target were expected for each weight");
      }
      t->second.weights.resize(t->second.nodes.size());
      t->second.weights[place->second].push_back({static_cast<std::size_t>(ids[k]), weights[k]});
    }
    return true;
  }

  // A tree for each of the targets that its leaves have.
  bool add(tree& t, basic_forest<Isa>& out) {
    std::vector<bool> child(t.nodes.size());
    for (tree_node const& n : t.nodes) {
      if (n.below != tree_node::none) {
        child[n.below] = true;
        child[n.rest] = true;
      }
    }
    if (std::count(child.begin(), child.end(), false) != 1) {
      return refuse("a single root for each tree was expected");
    }
    auto const root = static_cast<std::size_t>(std::find(child.begin(), child.end(), false) - child.begin());
    std::map<std::size_t, std::vector<std::pair<std::size_t, float>>> by_output;
    for (std::size_t k = 0; k < t.weights.size(); ++k) {
      for (leaf_weight const& w : t.weights[k]) {
        by_output[w.output].emplace_back(k, w.weight);
      }
    }
    // As many nodes as weights, about: what the file holds limits the memory.
    auto const leaf_count = static_cast<std::size_t>(
        std::count_if(t.nodes.begin(), t.nodes.end(), [](tree_node const& n) { return n.below == tree_node::none; }));
    for (auto const& [output, leaves] : by_output) {
      if (by_output.size() > 1 && leaves.size() < leaf_count) {
        return refuse("a weight for each target in every leaf was expected", leaf_count, leaves.size());
      }
    }
    auto const moved = [&](std::size_t at) { return at == root ? 0 : at == 0 ? root : at; };
    for (auto const& [output, leaves] : by_output) {
      std::vector<tree_node> nodes = t.nodes;
      for (auto const& [k, weight] : leaves) {
        nodes[k].number += weight;
      }
      std::swap(nodes[0], nodes[root]);
      for (tree_node& n : nodes) {
        if (n.below != tree_node::none) {
          n.below = moved(n.below);
          n.rest = moved(n.rest);
        }
      }
      std::size_t const before = out.nodes();
      status s;
      if (!out.add(nodes, output, s)) {
        return refuse(s.argument, s.expected, s.found);
      }
      if (out.nodes() - before != nodes.size()) {
        return refuse("every node of a tree behind its root was expected", nodes.size(), out.nodes() - before);
      }
    }
    return true;
  }

  io::basic_onnx<Isa> const& from_;
  on_error errors_;
  io::onnx_node const* node_ = nullptr;
  std::vector<std::int64_t> const no_wholes_{};
  std::vector<float> const no_reals_{};
  std::map<std::int64_t, tree> trees_;
};

} // namespace detail

/// Reads the trees that make an output of a model; an empty name means its only one. The forest stays as it was if
/// anything else than a forest can express makes it.
template <class Isa>
bool load(io::basic_onnx<Isa> const& from, std::string const& output, basic_forest<Isa>& out, on_error errors = {}) {
  return detail::onnx_trees<Isa>(from, errors).read(output, out);
}

} // namespace rankwise::inline RANKWISE_ABI::train

#endif
