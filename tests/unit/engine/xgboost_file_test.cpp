#include <rankwise/engine/xgboost_file.hpp>

#include <doctest/doctest.h>

#include "support/random.hpp"

#include <cstddef>
#include <cstdio>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace rw = rankwise;
namespace train = rw::train;
namespace xgboost = rw::xgboost;

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// Models of two versions and their margins: see tests/data/xgboost/README.md.
namespace v3_2 {
#include "data/xgboost/v3_2.inc"
}
namespace v1_7 {
#include "data/xgboost/v1_7.inc"
}

std::vector<double> answer(std::string const& text, std::vector<double> const& rows) {
  train::forest f;
  CHECK(xgboost::forest_from_json(text, f));
  std::vector<double> out(rows.size() / f.inputs() * f.outputs());
  f.logits(rw::row_major(rows, f.inputs()), rw::row_major(out, f.outputs()));
  return out;
}

// What is said against a model in which the first `from` is `to`, after "rankwise: the model: ".
std::string refusal(std::string text, std::string_view from, std::string_view to) {
  std::size_t const at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
  train::forest f(7, 1);
  try {
    xgboost::forest_from_json(text, f);
  } catch (rw::error const& e) {
    CHECK(f.inputs() == 7);
    CHECK(f.trees() == 0);
    return std::string(e.what()).substr(std::string_view("rankwise: the model: ").size());
  }
  return "";
}

} // namespace

TEST_CASE("margins of XGBoost, to the last bit of float") {
  CHECK(answer(v3_2::logistic, v3_2::rows) == v3_2::logistic_says);
  CHECK(answer(v3_2::softprob, v3_2::rows) == v3_2::softprob_says);
  CHECK(answer(v3_2::dart, v3_2::rows) == v3_2::dart_says);
  CHECK(answer(v1_7::logistic, v1_7::rows) == v1_7::logistic_says);
  CHECK(answer(v1_7::dart, v1_7::rows) == v1_7::dart_says);
}

TEST_CASE("a file; the forest before is gone") {
  char const* const name = "xgboost_file_test.json";
  std::FILE* const file = std::fopen(name, "wb");
  REQUIRE(file != nullptr);
  std::fwrite(v3_2::softprob.data(), 1, v3_2::softprob.size(), file);
  std::fclose(file);
  train::forest f(7, 1);
  rw::status s{rw::errc::unreadable};
  CHECK(xgboost::read_forest(name, f, s));
  CHECK(s.ok());
  CHECK(f.inputs() == 3);
  CHECK(f.outputs() == 3);
  CHECK(f.trees() == 9);
  std::remove(name);
  CHECK_FALSE(xgboost::read_forest(name, f, s));
  CHECK(s.code == rw::errc::unreadable);
  CHECK(f.trees() == 9);
}

TEST_CASE("true and false, which old versions wrote, and a base score for all outputs") {
  std::string old = v1_7::logistic;
  for (std::size_t at = 0; (at = old.find("\"default_left\":[", at)) != std::string::npos;) {
    for (at += 16; old[at - 1] != ']'; ++at) {
      if (old[at] == '0' || old[at] == '1') {
        std::string_view const word = old[at] == '1' ? "true" : "false";
        old.replace(at, 1, word);
        at += word.size() - 1;
      }
    }
  }
  CHECK(old.find("true") != std::string::npos);
  CHECK(answer(old, v1_7::rows) == v1_7::logistic_says);
}

TEST_CASE("of a model that was stopped early the trees of its best round count") {
  auto const stopped = [](std::string text, char const* rounds) {
    std::string_view const from = "\"attributes\":{";
    text.insert(text.find(from) + from.size(),
                "\"rankwise_rounds\":\"" + std::string(rounds) +
                    (text.find("\"attributes\":{}") == std::string::npos ? "\"," : "\""));
    return text;
  };
  auto const trees = [](std::string const& text) {
    train::forest f;
    xgboost::forest_from_json(text, f);
    return f.trees();
  };
  CHECK(trees(stopped(v3_2::logistic, "2")) == 2);
  CHECK(trees(stopped(v3_2::logistic, "0")) == 3);
  CHECK(trees(stopped(v3_2::softprob, "2")) == 6);
  CHECK(trees(stopped(v1_7::dart, "1")) == 1);
  CHECK(refusal(stopped(v3_2::softprob, "4"), "{", "{") ==
        "the trees of all rounds of rankwise_rounds were expected (3 where 4 is needed)");
  CHECK(refusal(stopped(v3_2::softprob, "-1"), "{", "{") ==
        "whole numbers were expected in rankwise_rounds and num_parallel_tree");
  std::string forests = stopped(v3_2::logistic, "1");
  std::string_view const one = "\"num_parallel_tree\":\"1";
  forests.replace(forests.find(one), one.size(), "\"num_parallel_tree\":\"3");
  CHECK(trees(forests) == 3);
  forests.replace(forests.find(one.substr(0, one.size() - 1)), one.size(),
                  "\"num_parallel_tree\":\"18446744073709551615");
  CHECK_THROWS_AS(trees(forests), rw::error);
}

TEST_CASE("what a forest cannot express is refused, with the number of the tree") {
  std::string const& good = v3_2::logistic;
  CHECK(refusal(good, "\"gbtree\"", "\"gbtree\"").empty());
  CHECK(refusal(v3_2::linear, "{", "{") == "trees were expected, not the booster gblinear");
  CHECK(refusal(good, "\"name\":\"gbtree\"", "\"name\":\"other\"") == "a model of XGBoost's with trees was expected");
  CHECK(refusal("{}", "{}", "{}") == "a model of XGBoost's with trees was expected");
  CHECK(refusal(good, "binary:logistic", "mine") == "an objective whose base score is known was expected");
  CHECK(refusal(good, "\"num_feature\":\"3\",\"num_target\"", "\"num_feature\":\"-3\",\"num_target\"") ==
        "num_feature, num_class and num_target were expected in learner_model_param");
  CHECK(refusal(good, "\"num_class\":\"0\"", "\"num_class\":\"99999999999\"") ==
        "a tree for each output was expected (3 where 99999999999 is needed)");
  CHECK(refusal(good, "[3E-1]", "[3E-1,2E-1]") ==
        "a base score was expected, or one for each output (2 where 1 is needed)");
  CHECK(refusal(good, "[3E-1]", "x").find("a base score was expected") == 0);
  CHECK(refusal(good, "[3E-1]", "2").find("a base score that the objective allows was expected") ==
        0); // no probability
  CHECK(refusal(good, "\"tree_info\":[0,", "\"tree_info\":[") ==
        "an output for each tree was expected in tree_info (2 where 3 is needed)");
  CHECK(refusal(good, "\"tree_info\":[0,0", "\"tree_info\":[0,1") ==
        "tree 1: the output of a tree is out of range at 0 (1, there are 1)");
  CHECK(refusal(v3_2::dart, "\"weight_drop\":[", "\"weight_drop\":[1,") ==
        "a weight for each tree was expected in weight_drop (4 where 3 is needed)");
  CHECK(refusal(good, "\"size_leaf_vector\":\"1\"", "\"size_leaf_vector\":\"3\"") ==
        "tree 0: a number in each leaf was expected, not a vector");
  CHECK(refusal(good, "\"split_type\":[0", "\"split_type\":[1") ==
        "tree 0: a split by a limit was expected, not by categories");
  CHECK(refusal(good, "\"right_children\":[", "\"right_children\":[1,") ==
        "tree 0: lists of as many entries as left_children were expected");
  CHECK(refusal(good, "\"left_children\":[1", "\"left_children\":[0") == "tree 0: a node that two others lead to");
  CHECK(refusal(good, "\"left_children\":[1", "\"left_children\":[1.5") ==
        "tree 0: the number of a node was expected in left_children");
  CHECK(refusal(good, "\"split_indices\":[0", "\"split_indices\":[3") ==
        "tree 0: the feature of a node is out of range at 0 (3, there are 3)");
  CHECK(refusal(good, "\"split_conditions\":[", "\"split_conditions\":[x").find("tree 0: line 1, column ") == 0);
}

TEST_CASE("models cut off or changed at random are read or refused, never more") {
  std::string const& good = v3_2::logistic;
  rw::status s;
  for (std::size_t length = 0; length < good.size(); length += 3) {
    train::forest f;
    CHECK_FALSE(xgboost::forest_from_json(std::string_view(good).substr(0, length), f, s));
  }
  support::random draw(47);
  INFO("seed 47");
  int read = 0;
  int refused = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string text = round % 2 == 0 ? good : v3_2::dart;
    for (std::size_t changes = 1 + draw.below(3); changes != 0; --changes) {
      text[draw.below(text.size())] = "0123456789-,.E[]{}\"t "[draw.below(21)];
    }
    train::forest f;
    bool const fine = xgboost::forest_from_json(text, f, s);
    CHECK(fine == s.ok());
    ++(fine ? read : refused);
    if (fine && f.inputs() < 1000) {
      std::vector<float> row(f.inputs(), 0.5f), out(f.outputs());
      f.logits(rw::row_major(row, f.inputs()), rw::row_major(out, f.outputs()));
    }
  }
  CHECK(read > 500);
  CHECK(refused > 500);
}
