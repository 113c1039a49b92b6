#include <rankwise/metric/evaluate.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/precision.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

namespace rw = rankwise;

TEST_CASE("evaluation: metrics by their titles") {
  std::vector<float> const scores{3, 1, 2, 5, 4};
  std::vector<int> const labels{2, 0, 1, 0, 1};
  auto const lists = rw::lists_of_sizes(std::vector{3, 2});
  auto const both = rw::metrics(rw::metric::ndcg<10>{}, rw::titled<"first">(rw::metric::precision<1>{}));
  auto const result = rw::evaluate(both, scores, labels, lists, {.list_weights = std::vector{1, 3}});
  CHECK(result.find("ndcg@10") == 0);
  CHECK(result.find("first") == 1);
  CHECK(result.find("ndcg@1") == result.size());
  CHECK(result.find("") == result.size());
  CHECK(result.value("ndcg@10") == result.value(0));
  CHECK(result.value(std::string("first")) == result.value(1));
  CHECK(result.value("first") != result.value("ndcg@10"));
  CHECK(result.weight("first") == 4);
  CHECK(result.per_list("first").data() == result.per_list(1).data());
  CHECK(result.per_list("first").size() == 2);
  rw::status told;
  CHECK(std::isfinite(result.value("first", told)));
  CHECK(told.ok());
}

TEST_CASE("evaluation: a title that is not there") {
  std::vector<float> const scores{3, 1, 2};
  std::vector<int> const labels{2, 0, 1};
  auto const one = rw::evaluate(rw::metrics(rw::metric::ndcg<10>{}), scores, labels, rw::lists<>::single(3));
  for (rw::evaluation const& result : {one, rw::evaluation{}}) {
    rw::status told;
    CHECK(std::isnan(result.value("map", told)));
    CHECK(told.code == rw::errc::out_of_range);
    CHECK(std::string(told.argument) == "a title of this evaluation");
    told = {};
    CHECK(std::isnan(result.weight("map", told)));
    CHECK(told.code == rw::errc::out_of_range);
    told = {};
    CHECK(result.per_list("map", told).empty());
    CHECK(told.code == rw::errc::out_of_range);
    CHECK_THROWS_AS(result.value("map"), rw::error);
  }
}
