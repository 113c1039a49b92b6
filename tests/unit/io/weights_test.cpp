#include <rankwise/io/weights.hpp>

#include <doctest/doctest.h>

#include <cstdio>
#include <limits>
#include <string>

namespace weights_test {

namespace rw = rankwise;
namespace io = rankwise::io;

namespace {

using weights = rw::weight_values<"relevance", "click", "buy">;

weights some() {
  weights w;
  w.set<"relevance">(0.1);
  w.set<"click">(-1.0 / 3);
  w.set<"buy">(5e-324);
  return w;
}

std::string message(std::string const& text) {
  weights w = some();
  try {
    io::weights_from_json(text, w);
  } catch (rw::error const& e) {
    CHECK(w == some()); // nothing has changed
    return e.what();
  }
  return "";
}

} // namespace

TEST_CASE("weights go to JSON and back, to the last bit") {
  std::string const text = io::weights_to_json(some());
  CHECK(text == "{\"relevance\": 0.1, \"click\": -0.3333333333333333, \"buy\": 5e-324}");
  weights w;
  CHECK(io::weights_from_json(text, w));
  CHECK(w == some());
  CHECK(io::weights_from_json(" {\"buy\": 1,\n \"click\": 2, \"relevance\": 3e0}\n", w)); // any order
  CHECK(w.get<"relevance">() == 3);
  rw::weight_values<> none;
  CHECK(io::weights_to_json(none) == "{}");
  CHECK(io::weights_from_json("{}", none));
}

TEST_CASE("whatever is wrong has one line and changes nothing") {
  CHECK(message("{\"relevance\": 1, \"click\": 2, \"buy\": 3, \"buys\": 4}") ==
        "rankwise: the weights: weight \"buys\": line 1, column 48: the value model has no weight of this name");
  CHECK(message("{\"relevance\": 1, \"click\": 2}") ==
        "rankwise: the weights: weight \"buy\": a weight of the value model is missing");
  CHECK(message("{\"relevance\": 1, \"click\": 2, \"buy\": 3, \"click\": 2}") ==
        "rankwise: the weights: weight \"click\": line 1, column 49: this name occurs twice");
  CHECK(message("{\"relevance\": \"1\", \"click\": 2, \"buy\": 3}") ==
        "rankwise: the weights: weight \"relevance\": line 1, column 15: a number was expected");
  for (char const* const value :
       {"NaN", "Infinity", "-Infinity", "null", "true", "[1]", "{\"x\": 1}", "1e999", "", "1,"}) {
    CAPTURE(value);
    CHECK(!message("{\"relevance\": 1, \"click\": 2, \"buy\": " + std::string(value) + "}").empty());
  }
  CHECK(message("[1, 2, 3]") == "rankwise: the weights: line 1, column 1: an object was expected: {...}");
  CHECK(!message("").empty());
  CHECK(!message("{\"relevance\": 1, \"click\": 2, \"buy\": 3} x").empty());
  CHECK(!message("{\"relevance\": 1, \"click\": 2, \"buy\": 3").empty());
  CHECK(!message("{\"\xff\": 1}").empty());
  rw::status s;
  weights w = some();
  CHECK(!io::weights_from_json("{}", w, s));
  CHECK(s.code == rw::errc::bad_format);
  w.set<"buy">(std::numeric_limits<double>::infinity());
  CHECK(io::weights_to_json(w, s).empty());
  CHECK(s.code == rw::errc::bad_format);
}

TEST_CASE("weights in a file; messages name it") {
  char const* const name = "rankwise_weights_test.json";
  std::FILE* const file = std::fopen(name, "wb");
  REQUIRE(file != nullptr);
  std::fputs(io::weights_to_json(some()).c_str(), file);
  std::fclose(file);
  weights w;
  CHECK(io::read_weights(name, w));
  CHECK(w == some());
  std::remove(name);
  rw::status s;
  CHECK(!io::read_weights(name, w, s));
  CHECK(s.code == rw::errc::unreadable);
  CHECK_THROWS_WITH(io::read_weights(name, w),
                    "rankwise: rankwise_weights_test.json: the file cannot be read: No such file or directory");
}

} // namespace weights_test
