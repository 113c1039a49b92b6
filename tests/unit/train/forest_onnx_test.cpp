#include <rankwise/train/forest_onnx.hpp>

#include <doctest/doctest.h>

#include "support/hex.hpp"
#include "support/random.hpp"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace rw = rankwise;
namespace io = rw::io;
namespace train = rw::train;

namespace {

using support::from_hex;
using wire = io::protobuf_writer<>;

namespace models { // written by other programs, with onnxruntime's answers: see tests/data/onnx/README.md
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
#include "data/onnx/trees.inc"
} // namespace models

// A model of one operator, whose attributes a test may change: x0 <= 1 ? 5 : (x1 < 2 ? 7 : 8), for one target.
struct ensemble {
  std::string op = "TreeEnsembleRegressor", domain = "ai.onnx.ml", aggregate = "SUM", transform = "NONE", extra;
  std::vector<std::int64_t> trees{0, 0, 0, 0, 0}, nodes{0, 1, 2, 3, 4}, features{0, 0, 1, 0, 0}, yes{1, 0, 3, 0, 0},
      no{2, 0, 4, 0, 0}, tracks;
  std::vector<float> limits{1, 0, 2, 0, 0}, base;
  std::vector<std::string> modes{"BRANCH_LEQ", "LEAF", "BRANCH_LT", "LEAF", "LEAF"};
  std::vector<std::int64_t> leaf_trees{0, 0, 0}, leaves{1, 3, 4}, targets{0, 0, 0};
  std::vector<float> weights{5, 7, 8};
  std::int64_t count = 1;
  std::uint64_t input_type = 1;

  std::string bytes() const {
    wire node;
    node.text(1, "x").text(2, "y").text(4, op).text(7, domain);
    auto const wholes = [&](char const* name, std::vector<std::int64_t> const& list) {
      wire a;
      a.text(1, name).whole(20, 7);
      for (std::int64_t const i : list) {
        a.whole(8, static_cast<std::uint64_t>(i));
      }
      node.message(5, a);
    };
    auto const reals = [&](char const* name, std::vector<float> const& list) {
      wire a;
      a.text(1, name).whole(20, 6);
      for (float const f : list) {
        a.real(7, f);
      }
      node.message(5, a);
    };
    auto const text = [&](char const* name, std::string const& t) {
      node.message(5, wire().text(1, name).text(4, t).whole(20, 3));
    };
    wholes("nodes_treeids", trees);
    wholes("nodes_nodeids", nodes);
    wholes("nodes_featureids", features);
    wholes("nodes_truenodeids", yes);
    wholes("nodes_falsenodeids", no);
    wholes("nodes_missing_value_tracks_true", tracks);
    reals("nodes_values", limits);
    wire m;
    m.text(1, "nodes_modes").whole(20, 8);
    for (std::string const& mode : modes) {
      m.text(9, mode);
    }
    node.message(5, m);
    wholes("target_treeids", leaf_trees);
    wholes("target_nodeids", leaves);
    wholes("target_ids", targets);
    reals("target_weights", weights);
    reals("base_values", base);
    text("aggregate_function", aggregate);
    text("post_transform", transform);
    if (!extra.empty()) {
      reals(extra.c_str(), {});
    }
    node.message(5, wire().text(1, "n_targets").whole(3, static_cast<std::uint64_t>(count)).whole(20, 2));
    wire graph;
    graph.message(1, node);
    graph.message(11, wire().text(1, "x").message(2, wire().message(1, wire().whole(1, input_type))));
    graph.message(12, wire().text(1, "y"));
    return wire().message(7, graph).bytes();
  }
};

std::vector<double> answer(std::string const& bytes, std::vector<double> const& rows, std::size_t outputs = 1) {
  auto const file = io::onnx::over(bytes);
  train::forest f;
  CHECK(train::load(file, "", f));
  REQUIRE(f.outputs() == outputs);
  std::vector<double> out(rows.size() / f.inputs() * outputs);
  f.logits(rw::row_major(rows, f.inputs()), rw::row_major(out, outputs));
  return out;
}

void check_close(std::vector<double> const& found, std::vector<double> const& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t k = 0; k < found.size(); ++k) {
    CAPTURE(k);
    CHECK(std::abs(found[k] - expected[k]) <= 1e-6);
  }
}

// What is said against the ensemble after a change, behind "rankwise: the model: byte N: ".
std::string refusal(std::function<void(ensemble&)> const& change, std::string const& output = "y") {
  ensemble e;
  change(e);
  std::string const bytes = e.bytes();
  auto const file = io::onnx::over(bytes);
  train::forest f(9, 1);
  try {
    train::load(file, output, f);
  } catch (rw::error const& said) {
    CHECK(f.inputs() == 9);
    std::string const text = said.what();
    std::size_t const at = text.find("\"y\": ");
    return at == std::string::npos ? text : text.substr(at + 5);
  }
  return "";
}

} // namespace

TEST_CASE("trees of scikit-learn, LightGBM and CatBoost give the answers of onnxruntime") {
  check_close(answer(models::boosted, models::rows), models::boosted_says);
  check_close(answer(models::random_forest, models::rows, 2), models::random_forest_says);
  check_close(answer(models::light, models::missing_rows), models::light_says);
  check_close(answer(models::cat, models::rows), models::cat_says);
}

TEST_CASE("a file") {
  char const* const name = "ranker.onnx";
  std::FILE* const made = std::fopen(name, "wb");
  REQUIRE(made != nullptr);
  std::fwrite(models::light.data(), 1, models::light.size(), made);
  std::fclose(made);
  //{ file
  rw::train::forest forest;
  rw::train::load(rw::io::onnx::open("ranker.onnx"), "", forest);
  //} file
  std::remove(name);
  CHECK(forest.trees() == 4);
  CHECK(forest.inputs() == 3);
}

TEST_CASE("every comparison, at the limit, beside it and without a feature") {
  float const limit = 0.1f;
  double const at = static_cast<double>(limit);
  double const before = static_cast<double>(std::nextafter(limit, 0.f));
  double const behind = static_cast<double>(std::nextafter(limit, 1.f));
  std::vector<double> const rows{before, at, behind, models::nan};
  auto const says = [&](char const* mode, bool tracks) {
    ensemble e;
    e.trees = {7, 7, 7};
    e.nodes = {-3, 10, 5}; // any numbers
    e.features = {0, 0, 0};
    e.yes = {5, 0, 0};
    e.no = {10, 0, 0};
    e.tracks = {tracks ? 1 : 0, 0, 0};
    e.limits = {limit, 0, 0};
    e.modes = {mode, "LEAF", "LEAF"};
    e.leaf_trees = {7, 7};
    e.leaves = {5, 10};
    e.targets = {0, 0};
    e.weights = {1, 0}; // true, false
    return answer(e.bytes(), rows);
  };
  CHECK(says("BRANCH_LT", false) == std::vector<double>{1, 0, 0, 0});
  CHECK(says("BRANCH_LT", true) == std::vector<double>{1, 0, 0, 1});
  CHECK(says("BRANCH_LEQ", false) == std::vector<double>{1, 1, 0, 0});
  CHECK(says("BRANCH_LEQ", true) == std::vector<double>{1, 1, 0, 1});
  CHECK(says("BRANCH_GT", false) == std::vector<double>{0, 0, 1, 0});
  CHECK(says("BRANCH_GT", true) == std::vector<double>{0, 0, 1, 1});
  CHECK(says("BRANCH_GTE", false) == std::vector<double>{0, 1, 1, 0});
  CHECK(says("BRANCH_GTE", true) == std::vector<double>{0, 1, 1, 1});
}

TEST_CASE("the root may stand anywhere; several weights of a leaf; base values") {
  ensemble e;
  std::vector<double> const rows{1, 0, 2, 1, 2, 2};
  CHECK(answer(e.bytes(), rows) == std::vector<double>{5, 7, 8});
  e.base = {0.5f};
  CHECK(answer(e.bytes(), rows) == std::vector<double>{5.5, 7.5, 8.5});
  e.nodes = {3, 1, 0, 2, 4}; // the root is the fourth
  e.modes = {"LEAF", "LEAF", "BRANCH_LT", "BRANCH_LEQ", "LEAF"};
  e.features = {0, 0, 1, 0, 0};
  e.limits = {0, 0, 2, 1, 0};
  e.yes = {0, 0, 3, 1, 0};
  e.no = {0, 0, 4, 0, 0};
  CHECK(answer(e.bytes(), rows) == std::vector<double>{5.5, 7.5, 8.5});
  e = {};
  e.count = 2;
  e.leaf_trees = {0, 0, 0, 0, 0, 0, 0};
  e.leaves = {1, 3, 4, 4, 1, 3, 4};
  e.targets = {0, 0, 0, 0, 1, 1, 1};
  e.weights = {5, 7, 8, 1, -1, -2, -3};
  CHECK(answer(e.bytes(), rows, 2) == std::vector<double>{5, -1, 7, -2, 9, -3});
}

TEST_CASE("what a forest cannot express is refused") {
  CHECK(refusal([](ensemble&) {}).empty());
  CHECK(refusal([](ensemble&) {}, "z") ==
        "rankwise: the model: \"z\": the output of a TreeEnsembleRegressor was expected");
  CHECK(refusal([](ensemble& e) { e.op = "TreeEnsembleClassifier"; }) ==
        "the output of a TreeEnsembleRegressor was expected");
  CHECK(refusal([](ensemble& e) { e.domain = "mine"; }) == "the output of a TreeEnsembleRegressor was expected");
  CHECK(refusal([](ensemble& e) { e.input_type = 11; }) ==
        "an input of the model of float and with two dimensions was expected as its features");
  CHECK(refusal([](ensemble& e) { e.aggregate = "AVERAGE"; }).find("sums of leaves were expected") == 0);
  CHECK(refusal([](ensemble& e) { e.transform = "LOGISTIC"; }).find("sums of leaves were expected") == 0);
  CHECK(refusal([](ensemble& e) { e.extra = "nodes_values_as_tensor"; }) ==
        "limits and weights in float were expected, not in double");
  CHECK(refusal([](ensemble& e) { e.count = 0; }).find("a leaf for each of n_targets") == 0);
  CHECK(refusal([](ensemble& e) { e.count = std::int64_t{1} << 60; }).find("a leaf for each of n_targets") == 0);
  CHECK(refusal([](ensemble& e) { e.limits.pop_back(); }) == "lists of as many entries as nodes_treeids were expected");
  CHECK(refusal([](ensemble& e) { e.tracks = {1}; }) == "lists of as many entries as nodes_treeids were expected");
  CHECK(refusal([](ensemble& e) { e.weights.pop_back(); }) == "lists of as many entries as target_ids were expected");
  CHECK(refusal([](ensemble& e) {
          e.base = {1, 2};
        }) == "a base value for each target was expected (2 where 1 is needed)");
  CHECK(refusal([](ensemble& e) { e.nodes[4] = 3; }) == "every node of a tree once was expected");
  CHECK(refusal([](ensemble& e) { e.yes[0] = 9; }) ==
        "two nodes of its tree and a feature were expected for each branch");
  CHECK(refusal([](ensemble& e) { e.features[0] = -1; }) ==
        "two nodes of its tree and a feature were expected for each branch");
  CHECK(refusal([](ensemble& e) { e.modes[0] = "BRANCH_EQ"; }) == "branches by <, <=, > or >= were expected");
  CHECK(refusal([](ensemble& e) { e.limits[0] = std::numeric_limits<float>::infinity(); }) ==
        "a finite limit was expected");
  CHECK(refusal([](ensemble& e) { e.yes[2] = 0; }) ==
        "every node of a tree behind its root was expected (1 where 5 is needed)");                // a circle
  CHECK(refusal([](ensemble& e) { e.yes[0] = 3; }) == "a single root for each tree was expected"); // 1 is alone
  CHECK(refusal([](ensemble& e) { e.yes[2] = 4; }) == "a single root for each tree was expected");
  CHECK(refusal([](ensemble& e) { e.leaves[0] = 0; }) == "a leaf and a target were expected for each weight");
  CHECK(refusal([](ensemble& e) { e.leaf_trees[0] = 3; }) == "a leaf and a target were expected for each weight");
  CHECK(refusal([](ensemble& e) { e.targets[0] = 1; }) == "a leaf and a target were expected for each weight");
  CHECK(refusal([](ensemble& e) {
          e.count = 2;
          e.targets[0] = 1;
        }) == "a weight for each target in every leaf was expected (2 where 3 is needed)");
}

TEST_CASE("random changes of good models are read or refused, never more") {
  support::random draw(53);
  INFO("seed 53");
  int read = 0;
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = round % 2 == 0 ? models::light : models::random_forest;
    for (std::size_t changes = 1 + draw.below(3); changes != 0; --changes) {
      bytes[draw.below(bytes.size())] ^= static_cast<char>(1u << draw.below(8));
    }
    rw::status s;
    auto const file = io::onnx::over(bytes, s);
    train::forest f;
    bool const good = s.ok() && train::load(file, "", f, s);
    CHECK(good == s.ok());
    ++(good ? read : refused);
    if (good && f.inputs() < 1000) {
      std::vector<float> row(f.inputs(), 0.5f), out(f.outputs());
      f.logits(rw::row_major(row, f.inputs()), rw::row_major(out, f.outputs()));
    }
  }
  CHECK(read > 300);
  CHECK(refused > 300);
}
