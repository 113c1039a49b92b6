#ifndef RANKWISE_TRAIN_FOREST_HPP
#define RANKWISE_TRAIN_FOREST_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/core/error.hpp>
#include <rankwise/core/tensor.hpp>
#include <rankwise/exec/executor.hpp>
#include <rankwise/exec/item_run.hpp>
#include <rankwise/exec/simd.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

/// Regression trees that another program has trained, as a model from features to logits, served without that program:
///   logit of output o = base of o + sum over the trees of o of the leaf that a row falls into
/// A node sends a row on by `feature < limit`; NaN is a missing feature and goes where the node says. Everything is
/// float, as in the programs that train trees.
namespace rankwise::inline RANKWISE_ABI::train {

/// A node as other programs have it: two children, or a leaf.
struct tree_node {
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  std::size_t below = none; ///< the child of rows with feature < limit; none: a leaf
  std::size_t rest = none;
  std::size_t feature = 0;
  float number = 0; ///< the limit, or the value of a leaf
  bool missing_below = false;
};

template <class Isa = arch::native>
class basic_forest {
public:
  basic_forest() = default;
  basic_forest(std::size_t inputs, std::size_t outputs) : inputs_(inputs), base_(outputs) {}

  std::size_t inputs() const { return inputs_; }
  std::size_t outputs() const { return base_.size(); }
  std::size_t trees() const { return roots_.size(); }
  std::size_t nodes() const { return nodes_.size(); }
  /// What every logit begins with.
  column<float> base() { return {base_.data(), base_.size()}; }
  column<float const> base() const { return {base_.data(), base_.size()}; }

  /// Adds a tree whose root is node 0; nodes that nothing leads to are left out. Nothing is added if a child, a feature
  /// or the output is none, or if two nodes lead to the same one.
  bool add(std::vector<tree_node> const& tree, std::size_t output, on_error errors = {}) {
    std::size_t const first = nodes_.size();
    status const s = lay_out(tree, output);
    if (!s.ok()) {
      nodes_.resize(first);
      return rankwise::detail::passed(s, errors);
    }
    roots_.push_back({static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(output)});
    return rankwise::detail::passed(s, errors);
  }

  /// Logits of all outputs, a row per item.
  ///   logits([executor,] features, out)
  template <executor Executor, class Rows, class Out>
  bool logits(Executor executor, Rows const& rows, Out&& out, on_error errors = {}) const {
    auto const x = rankwise::detail::as_rows(rows);
    auto const to = rankwise::detail::as_rows(out);
    using U = std::remove_cvref_t<decltype(to(0, 0))>;
    static_assert(decltype(x)::where == memory::host && decltype(to)::where == memory::host,
                  "[rankwise] a forest works on host memory");
    if (!rankwise::detail::check_rows(x, "the features", x.rows, inputs(), errors) ||
        !rankwise::detail::check_rows(to, "the logits", x.rows, outputs(), errors) ||
        !rankwise::detail::check_apart(to, x, "the logits", errors)) {
      return false;
    }
    executor.for_each_block(x.rows, 64, [&](std::size_t begin, std::size_t count) {
      std::vector<float> features(count * inputs() + 1); // leaves look at one, without need
      std::vector<float> sums(count * outputs());
      for (std::size_t r = 0; r < count; ++r) {
        for (std::size_t c = 0; c < inputs(); ++c) {
          features[r * inputs() + c] = static_cast<float>(x(begin + r, c));
        }
        for (std::size_t o = 0; o < outputs(); ++o) {
          sums[r * outputs() + o] = base_[o];
        }
      }
      for (root const& t : roots_) {
        std::size_t r = 0;
        for (; r + together <= count; r += together) {
          add_leaves<together>(t, features.data() + r * inputs(), sums.data() + r * outputs() + t.output);
        }
        for (; r < count; ++r) {
          add_leaves<1>(t, features.data() + r * inputs(), sums.data() + r * outputs() + t.output);
        }
      }
      for (std::size_t r = 0; r < count; ++r) {
        for (std::size_t o = 0; o < outputs(); ++o) {
          to(begin + r, o) = static_cast<U>(sums[r * outputs() + o]);
        }
      }
    });
    return rankwise::detail::passed(status{}, errors);
  }
  template <class Rows, class Out>
    requires(!executor<Rows>)
  bool logits(Rows const& rows, Out&& out, on_error errors = {}) const {
    return logits(exec::basic_simd<Isa>{}, rows, out, errors);
  }

private:
  static constexpr std::uint32_t missing_below = 0x80000000u;
  static constexpr std::size_t together = 16;

  // Both children lie side by side; no child is node 0, so `below` 0 stands for a leaf.
  struct node {
    float number;
    std::uint32_t feature; // and missing_below
    std::uint32_t below;
  };
  struct root {
    std::uint32_t node, output;
  };

  // Rows walk side by side, without branches on what they are: one waits for its memory while the others go on.
  template <std::size_t Rows>
  void add_leaves(root const& t, float const* rows, float* sums) const {
    std::uint32_t at[Rows];
    for (std::uint32_t& a : at) {
      a = t.node;
    }
    for (std::uint32_t open = 1; open != 0;) {
      open = 0;
      for (std::size_t k = 0; k < Rows; ++k) {
        node const& n = nodes_[at[k]];
        float const x = rows[k * inputs_ + (n.feature & ~missing_below)];
        bool const below = (x < n.number) | ((x != x) & (n.feature >= missing_below));
        std::uint32_t const next = n.below + (below ? 0u : 1u);
        at[k] = n.below != 0 ? next : at[k];
        open |= n.below;
      }
    }
    for (std::size_t k = 0; k < Rows; ++k) {
      sums[k * outputs()] += nodes_[at[k]].number;
    }
  }

  status lay_out(std::vector<tree_node> const& tree, std::size_t output) {
    constexpr std::size_t most = 0x7fffffff;
    if (tree.empty()) {
      return {errc::bad_format, "a tree without nodes"};
    }
    if (output >= outputs()) {
      return {errc::out_of_range, "the output of a tree", 0, outputs(), output};
    }
    if (tree.size() > most - nodes_.size()) {
      return {errc::bad_format, "more nodes than a forest holds", status::nowhere, most, tree.size()};
    }
    std::vector<bool> reached(tree.size());
    std::vector<std::pair<std::size_t, std::size_t>> open{{0, nodes_.size()}}; // a node, and where it comes to lie
    nodes_.push_back({});
    reached[0] = true;
    while (!open.empty()) {
      auto const [from, to] = open.back();
      open.pop_back();
      tree_node const& n = tree[from];
      nodes_[to] = {n.number, 0, 0};
      if (n.below == tree_node::none) {
        continue;
      }
      for (std::size_t const child : {n.below, n.rest}) {
        if (child >= tree.size()) {
          return {errc::out_of_range, "the child of a node", from, tree.size(), child};
        }
        if (reached[child]) {
          return {errc::bad_format, "a node that two others lead to"};
        }
        reached[child] = true;
      }
      if (n.feature >= inputs_ || n.feature > most) {
        return {errc::out_of_range, "the feature of a node", from, inputs_, n.feature};
      }
      nodes_[to].feature = static_cast<std::uint32_t>(n.feature) | (n.missing_below ? missing_below : 0u);
      nodes_[to].below = static_cast<std::uint32_t>(nodes_.size());
      open.emplace_back(n.rest, nodes_.size() + 1);
      open.emplace_back(n.below, nodes_.size());
      nodes_.resize(nodes_.size() + 2);
    }
    return {};
  }

  std::size_t inputs_ = 0;
  std::vector<float> base_;
  std::vector<node> nodes_;
  std::vector<root> roots_;
};

using forest = basic_forest<>;

} // namespace rankwise::inline RANKWISE_ABI::train

#endif
