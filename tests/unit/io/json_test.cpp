// Without the component there is nothing to test.
#if __has_include(<nlohmann/json.hpp>)
#include <rankwise/io/json.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <string>

namespace rw = rankwise;
namespace io = rankwise::io;

namespace {

using weights = rw::weight_values<"relevance", "click">;

std::string message(nlohmann::json const& j) {
  weights w;
  w.set<"click">(7);
  try {
    j.get_to(w);
  } catch (rw::error const& e) {
    CHECK(w.get<"click">() == 7);
    return e.what();
  }
  return "";
}

} // namespace

TEST_CASE("weights to an object of nlohmann's and back, to the last bit") {
  weights w;
  w.set<"relevance">(1.0 / 3);
  w.set<"click">(-5e-324);
  nlohmann::json const j = w;
  CHECK(j.size() == 2);
  CHECK(nlohmann::json::parse(j.dump()).get<weights>() == w);
  CHECK(nlohmann::json::parse("{\"click\": 2, \"relevance\": 1}").get<weights>().get<"click">() == 2);
}

TEST_CASE("an object that is not the weights of the model") {
  using nlohmann::json;
  CHECK(message(json::parse("{\"relevance\": 1, \"click\": 2, \"x\": 3}")) ==
        "rankwise: the weights: weight \"x\": the value model has no weight of this name");
  CHECK(message(json::parse("{\"relevance\": 1}")) ==
        "rankwise: the weights: weight \"click\": a weight of the value model is missing");
  CHECK(message(json::parse("{\"relevance\": 1, \"click\": \"2\"}")) ==
        "rankwise: the weights: weight \"click\": a finite number was expected");
  CHECK(message(json::parse("{\"relevance\": 1, \"click\": [2]}")).find("a finite number") != std::string::npos);
  CHECK(message(json{{"relevance", 1}, {"click", std::numeric_limits<double>::quiet_NaN()}}).find("a finite number") !=
        std::string::npos);
  CHECK(message(json::parse("[1, 2]")) == "rankwise: the weights: an object was expected: {...}");
  CHECK(message(json(nullptr)) == "rankwise: the weights: an object was expected: {...}");
  rw::status s;
  weights w;
  CHECK(!io::weights_from(json::object(), w, s));
  CHECK(s.code == rw::errc::bad_format);
}
#endif
