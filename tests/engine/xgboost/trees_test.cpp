// The same trees as XGBoost's own rank:ndcg, from 2.1 on; the same quality as that of 1.7, which draws its pairs.
#include <doctest/doctest.h>

#include <rankwise/compat/losses.hpp>
#include <rankwise/engine/xgboost.hpp>
#include <rankwise/io/letor.hpp>
#include <rankwise/metric/ndcg.hpp>

#include "support/data.hpp"

#include <cmath>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

namespace rw = rankwise;
namespace xgb = rankwise::xgboost;

namespace {

/// A text with its numbers taken out, and the numbers: two trees agree where the first are equal and the second near.
struct taken_apart {
  std::string rest;
  std::vector<double> numbers;

  explicit taken_apart(std::string const& text) {
    for (char const* at = text.c_str(); *at != '\0';) {
      bool const digit = *at >= '0' && *at <= '9';
      char* end = nullptr;
      double const x = digit || *at == '-' ? std::strtod(at, &end) : 0;
      if (end != nullptr && end != at) {
        numbers.push_back(x);
        rest += '#';
        at = end;
      } else {
        rest += *at++;
      }
    }
  }
};

struct sample {
  rw::io::letor const rows = rw::io::read_letor(support::data("lightgbm/rank.test"));
  rw::owned_lists<> const lists = rw::io::read_query_sizes(support::data("lightgbm/rank.test.query"));
};

} // namespace

TEST_CASE("rank:ndcg: the same trees, round by round") {
  if (!xgb::detail::at_least(2, 1)) {
    MESSAGE("Skipped: the trees of rank:ndcg are compared with XGBoost 2.1 or newer (RANKWISE_XGBOOST_WHEEL)");
    return;
  }
  sample const s;
  xgb::data features(s.rows);
  features.set_labels(s.rows.labels());
  features.set_lists(s.lists);
  xgb::train_options const options{
      .rounds = 20, .threads = 1, .parameters = {{"tree_method", "hist"}, {"max_depth", "4"}, {"base_score", "0"}}};
  auto with = options;
  with.parameters.push_back({"objective", "rank:ndcg"});
  with.parameters.push_back({"lambdarank_pair_method", "topk"});
  with.parameters.push_back({"lambdarank_num_pair_per_sample", "32"});
  auto const theirs = xgb::train_builtin(features, with).trees();
  auto objective = rw::train::objective(rw::compat::xgboost::rank_ndcg<32>{}, s.rows.labels(), s.lists);
  auto const model = xgb::train(features, objective, options);
  auto const ours = model.trees();

  REQUIRE(ours.size() == 20);
  REQUIRE(theirs.size() == 20);
  std::size_t splits = 0;
  for (std::size_t t = 0; t < 20; ++t) {
    CAPTURE(t);
    taken_apart const a(ours[t]);
    taken_apart const b(theirs[t]);
    CHECK(a.rest == b.rest);
    REQUIRE(a.numbers.size() == b.numbers.size());
    for (std::size_t k = 0; k < a.numbers.size(); ++k) {
      CAPTURE(k);
      CHECK(std::fabs(a.numbers[k] - b.numbers[k]) <= 1e-5); // nodes, thresholds and leaves alike
    }
    for (auto at = ours[t].find("split_condition"); at != std::string::npos;
         at = ours[t].find("split_condition", at + 1)) {
      ++splits;
    }
  }
  CHECK(splits > 100);

  // Another number of pairs is another objective, and its trees differ: the comparison can fail.
  auto other = rw::train::objective(rw::compat::xgboost::rank_ndcg<3>{}, s.rows.labels(), s.lists);
  CHECK(xgb::train(features, other, options).trees()[0] != theirs[0]);
}

TEST_CASE("rank:ndcg of any version: at least its NDCG on the training lists") {
  sample const s;
  xgb::data features(s.rows);
  features.set_labels(s.rows.labels());
  features.set_lists(s.lists);
  xgb::train_options options{.rounds = 30, .threads = 1, .parameters = {{"max_depth", "2"}, {"base_score", "0"}}};
  auto const quality = [&](xgb::model const& m) {
    auto const z = m.logits(features);
    return rw::metric::ndcg<10>{}(std::span(z.first, z.rows), s.rows.labels(), s.lists);
  };
  auto objective = rw::train::objective(rw::compat::xgboost::rank_ndcg<32>{}, s.rows.labels(), s.lists);
  double const ours = quality(xgb::train(features, objective, options));
  options.parameters.push_back({"objective", "rank:ndcg"});
  double const theirs = quality(xgb::train_builtin(features, options));
  CAPTURE(ours);
  CAPTURE(theirs);
  CHECK(ours > 0.9);
  CHECK(theirs > 0.8);
  CHECK(ours > theirs - 0.01);
}
