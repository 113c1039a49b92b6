#include <rankwise/train/forest.hpp>

#include <doctest/doctest.h>

#include "support/random.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace rw = rankwise;
namespace train = rw::train;

namespace {

using train::tree_node;
constexpr float missing = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

tree_node leaf(float value) {
  tree_node n;
  n.number = value;
  return n;
}

// A tree of random shape: children anywhere behind or before their parents, with nodes that nothing leads to.
std::vector<tree_node> random_tree(support::random& draw, std::size_t features, std::size_t splits) {
  std::vector<tree_node> nodes(2 * splits + 3, leaf(1e9f));
  std::vector<std::size_t> free;
  for (std::size_t k = 1; k < nodes.size(); ++k) {
    free.push_back(k);
  }
  draw.shuffle(free);
  std::vector<std::size_t> leaves{0};
  for (std::size_t s = 0; s < splits; ++s) {
    std::size_t const at = draw.below(leaves.size());
    tree_node& n = nodes[leaves[at]];
    n = {free[free.size() - 1], free[free.size() - 2], draw.below(features), static_cast<float>(draw.uniform(-1, 1)),
         draw.below(2) == 0};
    free.resize(free.size() - 2);
    leaves[at] = n.below;
    leaves.push_back(n.rest);
  }
  for (std::size_t const l : leaves) {
    nodes[l] = leaf(static_cast<float>(draw.uniform(-1, 1)));
  }
  return nodes;
}

// By the definition, node by node.
float answer(std::vector<tree_node> const& nodes, float const* row) {
  std::size_t at = 0;
  while (nodes[at].below != tree_node::none) {
    float const x = row[nodes[at].feature];
    at = (std::isnan(x) ? nodes[at].missing_below : x < nodes[at].number) ? nodes[at].below : nodes[at].rest;
  }
  return nodes[at].number;
}

} // namespace

TEST_CASE("a tree by hand: limits, missing features, several outputs") {
  train::forest f(2, 2);
  f.base()[1] = 10;
  // x0 < 1 ? 5 : (x1 < 0 ? -1 : -2); missing x0 goes below, missing x1 to the rest
  CHECK(f.add({{1, 2, 0, 1.0f, true}, leaf(5), {3, 4, 1, 0.0f, false}, leaf(-1), leaf(-2)}, 0));
  CHECK(f.add({leaf(0.5f)}, 1));
  CHECK(f.add({{2, 1, 1, 3.0f, false}, leaf(1), leaf(2)}, 1));
  CHECK(f.trees() == 3);
  CHECK(f.nodes() == 9);
  std::vector<float> const rows{0, 0, 1, -1, 1, missing, missing, 5, infinity, -infinity};
  std::vector<double> out(10);
  CHECK(f.logits(rw::row_major(rows, 2), rw::row_major(out, 2)));
  CHECK(out == std::vector<double>{5, 12.5, -1, 12.5, -2, 11.5, 5, 11.5, -1, 12.5});
  // Features column by column, in double; another executor; no rows; no trees.
  std::vector<double> const turned{0, 1, 0, -1};
  std::vector<float> two(4);
  CHECK(f.logits(rw::exec::scalar{}, rw::column_major(turned.data(), 2, 2), rw::row_major(two, 2)));
  CHECK(two == std::vector<float>{5, 12.5f, -1, 12.5f});
  std::vector<float> none;
  CHECK(f.logits(rw::row_major(none, 2), rw::row_major(none, 2)));
  train::forest const bare(1, 1);
  std::vector<float> three(1, 3.f), one(1, 7.f);
  CHECK(bare.logits(rw::row_major(three, 1), rw::row_major(one, 1)));
  CHECK(one[0] == 0);
  train::forest constant(0, 1);
  CHECK(constant.add({leaf(2)}, 0));
  CHECK(constant.logits(rw::row_major(none.data(), 1, 0), rw::row_major(one, 1)));
  CHECK(one[0] == 2);
}

TEST_CASE("random forests answer as the definition does") {
  support::random draw(41);
  INFO("seed 41");
  for (int round = 0; round < 40; ++round) {
    std::size_t const features = 1 + draw.below(6);
    std::size_t const outputs = 1 + draw.below(3);
    std::size_t const rows = draw.below(200);
    train::forest f(features, outputs);
    std::vector<std::vector<tree_node>> trees;
    for (std::size_t t = 0; t < 5 * outputs; ++t) {
      trees.push_back(random_tree(draw, features, draw.below(30)));
      CHECK(f.add(trees.back(), t % outputs));
    }
    auto x = draw.uniforms<float>(rows * features, -1, 1);
    for (float& v : x) {
      v = draw.below(8) == 0 ? missing : v;
    }
    std::vector<float> out(rows * outputs), expected(rows * outputs);
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t t = 0; t < trees.size(); ++t) {
        expected[r * outputs + t % outputs] += answer(trees[t], x.data() + r * features);
      }
    }
    CAPTURE(round);
    CHECK(f.logits(rw::row_major(x, features), rw::row_major(out, outputs)));
    CHECK(out == expected);
  }
}

TEST_CASE("what is no tree is refused and changes nothing") {
  train::forest f(2, 1);
  f.add({leaf(3)}, 0);
  auto const message = [&](std::vector<tree_node> const& tree, std::size_t output = 0) {
    try {
      f.add(tree, output);
    } catch (rw::error const& e) {
      CHECK(f.trees() == 1);
      CHECK(f.nodes() == 1);
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(message({}) == "rankwise: a tree without nodes");
  CHECK(message({leaf(1)}, 1) == "rankwise: the output of a tree is out of range at 0 (1, there are 1)");
  CHECK(message({{1, 2, 0, 0, false}, leaf(1)}) ==
        "rankwise: the child of a node is out of range at 0 (2, there are 2)");
  CHECK(message({{1, tree_node::none, 0, 0, false}, leaf(1)}).find("the child of a node") != std::string::npos);
  CHECK(message({{1, 2, 2, 0, false}, leaf(1), leaf(2)}) ==
        "rankwise: the feature of a node is out of range at 0 (2, there are 2)");
  CHECK(message({{1, 1, 0, 0, false}, leaf(1)}) == "rankwise: a node that two others lead to");
  CHECK(message({{0, 1, 0, 0, false}, leaf(1)}) == "rankwise: a node that two others lead to"); // a circle
  CHECK(message({{1, 2, 0, 0, false}, {0, 3, 0, 0, false}, leaf(1), leaf(2)}) ==
        "rankwise: a node that two others lead to");
  std::vector<float> const rows{1, 2};
  std::vector<float> out(1), two(2), three(3, 0.f);
  rw::status s;
  CHECK_FALSE(f.logits(rw::row_major(rows, 1), rw::row_major(two, 1), s));
  CHECK_FALSE(f.logits(rw::row_major(rows, 2), rw::row_major(two, 2), s));
  CHECK_FALSE(f.logits(rw::row_major(rows, 2), rw::row_major(three, 1), s));
  CHECK_FALSE(f.logits(rw::row_major(two, 2), rw::row_major(two, 1), s));
  CHECK(f.logits(rw::row_major(rows, 2), rw::row_major(out, 1), s));
  CHECK(out[0] == 3);
}
