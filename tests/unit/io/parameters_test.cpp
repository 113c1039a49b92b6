#include <rankwise/io/parameters.hpp>

#include <rankwise/calibrate/beta.hpp>
#include <rankwise/calibrate/platt.hpp>
#include <rankwise/head/amount.hpp>
#include <rankwise/head/class_weights.hpp>
#include <rankwise/head/coral.hpp>
#include <rankwise/head/downsampled.hpp>
#include <rankwise/head/focal.hpp>
#include <rankwise/head/ordinal.hpp>
#include <rankwise/head/proportional_odds.hpp>
#include <rankwise/label/cut.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

namespace rw = rankwise;
namespace io = rankwise::io;
namespace h = rankwise::head;

TEST_CASE("parameters of heads, calibrators and value models go to a file and back") {
  io::safetensors_writer writer;
  auto const odds = h::proportional_odds<"relevance", 4>{.cuts = h::cuts<3>::at(-0.5, 0.25, 3.0)};
  auto const graded = h::ordinal<"grade", 3>{.weights = {1, 2.5}};
  auto const coral = h::coral<"coral", 3>{.biases = {0.5, -1}, .weights = {3, 4}};
  auto const click = h::downsampled{h::focal<"click">{.gamma = 1.5, .alpha = 0.3}, 0.1};
  auto const spend = h::amount<"spend", h::law::tweedie>{.law = {.power = 1.3}};
  auto const classes = h::class_weights<3>{{1, 2, 4}};
  auto const platt = rw::calibrate::platt{.slope = 0.7, .intercept = -0.1};
  auto const beta = rw::calibrate::beta{.a = 1.1, .b = 0.9, .c = 0.01};
  auto const cut = rw::label::cut<3>{0.35, 0.65};
  rw::weight_values<"relevance", "click"> weights;
  weights.set<"relevance">(0.1);
  weights.set<"click">(-2);
  io::store(writer, "relevance", odds);
  io::store(writer, "grade", graded);
  io::store(writer, "coral", coral);
  io::store(writer, "click", click);
  io::store(writer, "spend", spend);
  io::store(writer, "classes", classes);
  io::store(writer, "platt", platt);
  io::store(writer, "beta", beta);
  io::store(writer, "cut", cut);
  io::store(writer, "value", weights);
  std::string const bytes = writer.bytes();
  auto const file = io::safetensors::over(bytes);
  CHECK(file.find("relevance.cuts")->shape == std::vector<std::size_t>{3});
  CHECK(file.find("click.head.gamma")->shape.empty());

  h::proportional_odds<"relevance", 4> odds2;
  CHECK(io::load(file, "relevance", odds2));
  for (int k = 0; k < 3; ++k) {
    CHECK(odds2.cuts.values()[k] == doctest::Approx(odds.cuts.values()[k]).epsilon(1e-14));
  }
  h::ordinal<"grade", 3> graded2;
  CHECK(io::load(file, "grade", graded2));
  CHECK(graded2.weights[1] == 2.5);
  h::coral<"coral", 3> coral2;
  CHECK(io::load(file, "coral", coral2));
  CHECK((coral2.biases[1] == -1 && coral2.weights[0] == 3));
  auto click2 = h::downsampled{h::focal<"click">{}, 1};
  CHECK(io::load(file, "click", click2));
  CHECK((click2.rate == 0.1 && click2.head.gamma == 1.5 && click2.head.alpha == 0.3));
  h::amount<"spend", h::law::tweedie> spend2;
  CHECK(io::load(file, "spend", spend2));
  CHECK(spend2.law.power == 1.3);
  h::class_weights<3> classes2;
  CHECK(io::load(file, "classes", classes2));
  CHECK(classes2.weight[2] == 4);
  rw::calibrate::platt platt2;
  CHECK(io::load(file, "platt", platt2));
  CHECK((platt2.slope == 0.7 && platt2.intercept == -0.1));
  rw::calibrate::beta beta2;
  CHECK(io::load(file, "beta", beta2));
  CHECK((beta2.a == 1.1 && beta2.b == 0.9 && beta2.c == 0.01));
  rw::label::cut<3> cut2{};
  CHECK(io::load(file, "cut", cut2));
  CHECK((cut2.threshold[0] == 0.35 && cut2.threshold[1] == 0.65));
  rw::weight_values<"relevance", "click"> weights2;
  CHECK(io::load(file, "value", weights2));
  CHECK(weights2 == weights);
}

TEST_CASE("a name that is taken is told, whatever is added behind it") {
  io::safetensors_writer writer;
  rw::weight_values<"relevance", "click"> weights;
  writer.add("value.relevance", 1);
  rw::status s;
  CHECK(!io::store(writer, "value", weights, s));
  CHECK(s.code == rw::errc::bad_format);
  writer.add("platt.slope", 1);
  CHECK(!io::store(writer, "platt", rw::calibrate::platt{}, s));
  CHECK(s.code == rw::errc::bad_format);
  writer.add("click.head.gamma", 1);
  CHECK(!io::store(writer, "click", h::downsampled{h::focal<"click">{}, 0.5}, s));
  CHECK(s.code == rw::errc::bad_format);
  CHECK_THROWS_WITH(io::store(writer, "value", weights), "rankwise: value.relevance: the name is taken");
  CHECK(io::store(writer, "beta", rw::calibrate::beta{}, s));
  CHECK(s.ok());
}

TEST_CASE("a missing tensor, another size, a parameter out of range: the policy stays as it was") {
  io::safetensors_writer writer;
  std::vector<float> const two{0.9f, 0.1f};
  writer.add("cut.threshold", two);
  writer.add("value.click", std::nan(""));
  std::string const bytes = writer.bytes();
  auto const file = io::safetensors::over(bytes);
  rw::label::cut<3> cut{0.35, 0.65};
  CHECK_THROWS_WITH(io::load(file, "cut", cut), "rankwise: the tensors: tensor \"cut\": a threshold of cut (they "
                                                "ascend) is out of range");
  rw::label::cut<4> more{0.1, 0.2, 0.3};
  CHECK_THROWS_WITH(
      io::load(file, "cut", more),
      "rankwise: the tensors: tensor \"cut.threshold\": another number of elements (2 where 3 is needed)");
  rw::calibrate::platt platt{.slope = 3};
  CHECK_THROWS_WITH(io::load(file, "platt", platt),
                    "rankwise: the tensors: tensor \"platt.slope\": there is no such tensor");
  rw::weight_values<"click"> weights;
  rw::status s;
  CHECK(!io::load(file, "value", weights, s));
  CHECK(s.code == rw::errc::bad_format);
  CHECK((cut.threshold[0] == 0.35 && more.threshold[0] == 0.1 && platt.slope == 3 && weights[0] == 0));
}
