#ifndef RANKWISE_ENGINE_XGBOOST_FILE_HPP
#define RANKWISE_ENGINE_XGBOOST_FILE_HPP

#include <rankwise/core/error.hpp>
#include <rankwise/io/json_text.hpp>
#include <rankwise/io/mapped_file.hpp>
#include <rankwise/train/forest.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Models that XGBoost has saved as JSON become forests, which answer without XGBoost what it calls the margin. Needs
/// no library.
namespace rankwise::inline RANKWISE_ABI::xgboost {

namespace detail {

/// How an objective makes a margin of the base score that the file has.
enum class base_link : unsigned char { identity, logit, log };

struct known_objective {
  std::string_view name;
  base_link link;
};
inline constexpr known_objective known_objectives[] = {
    {"binary:hinge", base_link::identity},
    {"binary:logistic", base_link::logit},
    {"binary:logitraw", base_link::identity},
    {"count:poisson", base_link::log},
    {"multi:softmax", base_link::identity},
    {"multi:softprob", base_link::identity},
    {"rank:map", base_link::identity},
    {"rank:ndcg", base_link::identity},
    {"rank:pairwise", base_link::identity},
    {"reg:absoluteerror", base_link::identity},
    {"reg:gamma", base_link::log},
    {"reg:linear", base_link::identity},
    {"reg:logistic", base_link::logit},
    {"reg:pseudohubererror", base_link::identity},
    {"reg:quantileerror", base_link::identity},
    {"reg:squarederror", base_link::identity},
    {"reg:squaredlogerror", base_link::identity},
    {"reg:tweedie", base_link::log},
};

/// Gathers the members of the file, in whatever order they stand.
template <class Isa>
class model_reader {
public:
  explicit model_reader(std::string_view text) : json_(text), text_(text) {}

  /// If a tree is at fault, `culprit` is its number.
  status read(train::basic_forest<Isa>& out) {
    json_.members([&](std::string const& key) { return key == "learner" ? learner() : json_.skip(); });
    json_.end();
    return json_.ok() ? settle(out) : json_.where();
  }
  static constexpr std::size_t no_tree = static_cast<std::size_t>(-1);
  std::size_t culprit = no_tree;

private:
  struct tree {
    std::vector<double> left, right, features, conditions, defaults, types;
    std::string leaf_size = "1";
  };

  bool learner() {
    return json_.members([&](std::string const& key) {
      if (key == "learner_model_param") {
        return json_.members([&](std::string const& name) {
          return name == "base_score"    ? json_.string(base_)
                 : name == "num_class"   ? json_.string(classes_)
                 : name == "num_feature" ? json_.string(features_)
                 : name == "num_target"  ? json_.string(targets_)
                                         : json_.skip();
        });
      }
      if (key == "objective") {
        return json_.members(
            [&](std::string const& name) { return name == "name" ? json_.string(objective_) : json_.skip(); });
      }
      if (key == "attributes") {
        return json_.members(
            [&](std::string const& name) { return name == "rankwise_rounds" ? json_.string(rounds_) : json_.skip(); });
      }
      return key == "gradient_booster" ? booster() : json_.skip();
    });
  }
  bool booster() {
    return json_.members([&](std::string const& key) {
      return key == "name"          ? json_.string(booster_)
             : key == "model"       ? model()
             : key == "gbtree"      ? booster_of_dart()
             : key == "weight_drop" ? numbers(drop_)
                                    : json_.skip();
    });
  }
  bool booster_of_dart() {
    return json_.members([&](std::string const& key) { return key == "model" ? model() : json_.skip(); });
  }
  bool model() {
    return json_.members([&](std::string const& key) {
      if (key == "gbtree_model_param") {
        return json_.members([&](std::string const& name) {
          return name == "num_parallel_tree" ? json_.string(parallel_) : json_.skip();
        });
      }
      if (key == "tree_info") {
        return numbers(info_);
      }
      return key == "trees" ? json_.elements([&] { return read_tree(); }) : json_.skip();
    });
  }
  bool read_tree() {
    culprit = trees_.size();
    tree t;
    bool const good = json_.members([&](std::string const& key) {
      if (key == "tree_param") {
        return json_.members([&](std::string const& name) {
          return name == "size_leaf_vector" ? json_.string(t.leaf_size) : json_.skip();
        });
      }
      return key == "left_children"      ? numbers(t.left)
             : key == "right_children"   ? numbers(t.right)
             : key == "split_indices"    ? numbers(t.features)
             : key == "split_conditions" ? numbers(t.conditions)
             : key == "default_left"     ? numbers(t.defaults)
             : key == "split_type"       ? numbers(t.types)
                                         : json_.skip();
    });
    trees_.push_back(std::move(t));
    culprit = good ? no_tree : culprit;
    return good;
  }
  // Numbers; older files have true and false among them.
  bool numbers(std::vector<double>& out) {
    out.clear();
    return json_.elements([&] {
      double x = 0;
      char const first = text_[std::min(json_.position(), text_.size() - 1)];
      bool const word = first == 't' || first == 'f';
      bool const good = word ? json_.skip() : json_.number(x);
      out.push_back(word ? (first == 't' ? 1.0 : 0.0) : x);
      return good;
    });
  }

  static status wrong(char const* what, std::size_t expected = 0, std::size_t found = 0) {
    return {errc::bad_format, what, status::nowhere, expected, found};
  }
  static bool whole(std::string const& text, std::size_t& out) {
    auto const [end, reason] = std::from_chars(text.data(), text.data() + text.size(), out);
    return reason == std::errc{} && end == text.data() + text.size();
  }
  // "5E-1", or "[5E-1,2E-1]" since version 3.1.
  bool read_base(std::vector<double>& out) const {
    io::json_reader<Isa> json(base_);
    double x = 0;
    bool const list = !base_.empty() && base_[0] == '[';
    bool const good = list ? json.elements([&] {
      bool const read = json.number(x);
      out.push_back(x);
      return read;
    })
                           : json.number(x);
    if (!list) {
      out.push_back(x);
    }
    return good && json.end();
  }

  status settle(train::basic_forest<Isa>& out) {
    if (booster_ != "gbtree" && booster_ != "dart") {
      return wrong(booster_ == "gblinear" ? "trees were expected, not the booster gblinear"
                                          : "a model of XGBoost's with trees was expected");
    }
    std::size_t features = 0;
    std::size_t classes = 0;
    std::size_t targets = 1;
    if (!whole(features_, features) || !whole(classes_, classes) || (!targets_.empty() && !whole(targets_, targets))) {
      return wrong("num_feature, num_class and num_target were expected in learner_model_param");
    }
    std::size_t const outputs = std::max({classes, targets, std::size_t{1}});
    std::vector<double> base;
    if (!read_base(base) || (base.size() != 1 && base.size() != outputs)) {
      return wrong("a base score was expected, or one for each output", outputs, base.size());
    }
    auto const known = std::find_if(std::begin(known_objectives), std::end(known_objectives),
                                    [&](known_objective const& k) { return k.name == objective_; });
    if (known == std::end(known_objectives)) {
      return wrong("an objective whose base score is known was expected");
    }
    if (info_.size() != trees_.size()) {
      return wrong("an output for each tree was expected in tree_info", trees_.size(), info_.size());
    }
    if (booster_ == "dart" && drop_.size() != trees_.size()) {
      return wrong("a weight for each tree was expected in weight_drop", trees_.size(), drop_.size());
    }
    if (outputs > trees_.size() && outputs != base.size()) { // a number in the file makes no memory
      return wrong("a tree for each output was expected", outputs, trees_.size());
    }
    std::size_t rounds = 0; // of early stopping; 0 for all
    std::size_t parallel = 1;
    if ((!rounds_.empty() && !whole(rounds_, rounds)) || (!parallel_.empty() && !whole(parallel_, parallel))) {
      return wrong("whole numbers were expected in rankwise_rounds and num_parallel_tree");
    }
    std::size_t const in_a_round = outputs * std::clamp<std::size_t>(parallel, 1, trees_.size() + 1); // 0 in old files
    if (rounds > trees_.size() / in_a_round) {
      return wrong("the trees of all rounds of rankwise_rounds were expected", rounds, trees_.size() / in_a_round);
    }
    std::size_t const counting = rounds == 0 ? trees_.size() : rounds * in_a_round;
    train::basic_forest<Isa> made(features, outputs);
    for (std::size_t o = 0; o < outputs; ++o) {
      float const b = margin(known->link, static_cast<float>(base[base.size() == 1 ? 0 : o]));
      if (!(b - b == 0)) {
        return wrong("a base score that the objective allows was expected");
      }
      made.base()[o] = b;
    }
    for (std::size_t k = 0; k < counting; ++k) {
      culprit = k;
      status const s = add(made, trees_[k], info_[k], booster_ == "dart" ? static_cast<float>(drop_[k]) : 1.0f);
      if (!s.ok()) {
        return s;
      }
    }
    culprit = no_tree;
    out = std::move(made);
    return {};
  }
  static float margin(base_link link, float base) {
    return link == base_link::logit ? -std::log(1.0f / base - 1.0f) : link == base_link::log ? std::log(base) : base;
  }

  static status add(train::basic_forest<Isa>& out, tree const& t, double output, float by) {
    std::size_t const n = t.left.size();
    if (t.leaf_size != "1" && t.leaf_size != "0") {
      return wrong("a number in each leaf was expected, not a vector");
    }
    if (t.right.size() != n || t.features.size() != n || t.conditions.size() != n || t.defaults.size() != n) {
      return wrong("lists of as many entries as left_children were expected");
    }
    if (std::any_of(t.types.begin(), t.types.end(), [](double x) { return x != 0; })) {
      return wrong("a split by a limit was expected, not by categories");
    }
    std::vector<train::tree_node> nodes(n);
    for (std::size_t k = 0; k < n; ++k) {
      auto const condition = static_cast<float>(t.conditions[k]);
      if (t.left[k] == -1) {
        nodes[k].number = by == 1.0f ? condition : by * condition;
        continue;
      }
      nodes[k] = {index(t.left[k]), index(t.right[k]), index(t.features[k]), condition, t.defaults[k] != 0};
      if (nodes[k].below == train::tree_node::none) {
        return wrong("the number of a node was expected in left_children");
      }
    }
    status s;
    out.add(nodes, index(output), s);
    return s;
  }
  // What is none becomes a number that is too large, which the forest refuses.
  static std::size_t index(double x) {
    return x >= 0 && x < 4294967296.0 && x == std::floor(x) ? static_cast<std::size_t>(x) : train::tree_node::none;
  }

  io::json_reader<Isa> json_;
  std::string_view text_;
  std::string objective_, booster_, base_, classes_, features_, targets_, rounds_, parallel_;
  std::vector<double> info_, drop_;
  std::vector<tree> trees_;
};

} // namespace detail

/// Reads a model from text. The forest stays as it was if anything is wrong; the message names the tree, and `source`.
template <class Isa>
bool forest_from_json(std::string_view text, train::basic_forest<Isa>& out, on_error errors = {},
                      char const* source = "the model") {
  detail::model_reader<Isa> reader(text);
  status const s = reader.read(out);
  if (s.ok()) {
    return rankwise::detail::passed(s, errors);
  }
  std::string const about =
      source + (reader.culprit == reader.no_tree ? std::string() : ": tree " + std::to_string(reader.culprit));
  rankwise::detail::deliver(s, about.c_str(), errors);
  return false;
}

/// The same from a file.
template <class Isa>
bool read_forest(std::string const& file, train::basic_forest<Isa>& out, on_error errors = {}) {
  io::mapped_file mapped;
  return mapped.open(file.c_str(), errors) && forest_from_json(mapped.text(), out, errors, file.c_str());
}

} // namespace rankwise::inline RANKWISE_ABI::xgboost

#endif
