#include <rankwise/core/decimal.hpp>
#include <rankwise/head/input.hpp>
#include <rankwise/metric/evaluate.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/trec/catalogue.hpp>
#include <rankwise/metric/trec/evaluation.hpp>
#include <rankwise/stat/readout.hpp>
#include <rankwise/value/explain.hpp>
#include <rankwise/value/print.hpp>

#include <doctest/doctest.h>

#include <clocale>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

namespace decimal_test {

namespace rw = rankwise;

/// A locale that writes 0,5 for 1/2, until the end of the block; false where the machine has none.
class comma {
public:
  comma() {
    for (char const* const name : {"de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8", "fr_FR.utf8", "ru_RU.UTF-8"}) {
      if (std::setlocale(LC_ALL, name) != nullptr && std::string(std::localeconv()->decimal_point) == ",") {
        found_ = true;
        return;
      }
    }
  }
  comma(comma const&) = delete;
  comma& operator=(comma const&) = delete;
  ~comma() { std::setlocale(LC_ALL, "C"); }
  bool found() const { return found_; }

private:
  bool found_ = false;
};

constexpr auto relevance = rw::head::input<"relevance">{};
constexpr auto ranker = rw::ranker{rw::heads(relevance), rw::weight<"relevance">(0.5) * (feature(relevance) + 0.25)};

/// Everything of the library that turns numbers into text, or text into numbers.
std::string texts() {
  std::vector<float> const scores{3, 1, 2}, labels{0, 1, 2};
  auto const lists = rw::lists<>::single(3);
  auto const result = rw::evaluate(rw::metrics(rw::metric::ndcg<2>{}), scores, labels, lists);
  std::string all = result.to_table() + result.to_tsv(true) + result.to_json(true);
  all += rw::to_text(ranker);
  rw::stat::moments a, b;
  a.add(std::vector<double>{1, 2, 4});
  b.add(std::vector<double>{1, 2, 3.5});
  rw::stat::readout readout;
  readout.add("clicks", a, b);
  all += readout.to_table();
  rw::metric::trec::selection measures;
  all += measures.add("iprec_at_recall.0.1,0.5");
  all += measures.add("set_F.0.5");
  all += measures.add("ndcg.1=1.5");
  for (auto const& item : measures.items()) {
    all += item.name + "\n";
  }
  return all;
}

TEST_CASE("core/decimal: what printf writes") {
  constexpr double huge = std::numeric_limits<double>::max();
  constexpr double infinite = std::numeric_limits<double>::infinity();
  for (double const x : {0.0, -0.0, 1.0, 0.1, -2.0 / 3, 1e-7, 123456789.0, 5e-324, huge, -huge, infinite, -infinite,
                         std::nan(""), 0.5, 1.5, 2.5, 1e22, 99999.95}) {
    for (int const digits : {0, 1, 2, 4, 6, 15, 17}) {
      char text[400];
      std::snprintf(text, sizeof text, "%.*f", digits, x);
      CHECK(rw::detail::decimal(x, std::chars_format::fixed, digits) == text);
      std::snprintf(text, sizeof text, "%.*g", digits, x);
      CHECK(rw::detail::decimal(x, std::chars_format::general, digits) == text);
    }
  }
  CHECK(rw::detail::at_right("1.5", 5) == "  1.5");
  CHECK(rw::detail::at_right("123.5", 3) == "123.5");
}

TEST_CASE("core/decimal: text that is a number, and what is none") {
  CHECK(rw::detail::from_decimal("0.1") == 0.1);
  CHECK(rw::detail::from_decimal(" \t+1e3") == 1000);
  CHECK(rw::detail::from_decimal("-2") == -2);
  for (char const* const text : {"", " ", "+", "+-1", "--1", "1 ", "0,1", "1x", "x", "1e999"}) {
    CAPTURE(std::string(text));
    CHECK(std::isnan(rw::detail::from_decimal(text)));
  }
}

TEST_CASE("core/decimal: the library's texts do not depend on the locale") {
  std::string const expected = texts();
  CHECK(expected.find("0.25") != std::string::npos);
  comma const here;
  if (!here.found()) {
    MESSAGE("this machine has no locale with a decimal comma");
  }
  CHECK(texts() == expected);
}

TEST_CASE("core/decimal: JSON has null for numbers that are not finite") {
  rw::status status;
  auto const failed = rw::evaluate(rw::metrics(rw::metric::ndcg<2>{}), std::vector<float>{1}, std::vector<float>{1, 2},
                                   rw::lists<>::single(2), {.errors = status});
  CHECK(!failed.ok());
  std::string const json = failed.to_json(true);
  CHECK(json.find("\"mean\": null") != std::string::npos);
  CHECK(json.find("nan") == std::string::npos);
}

} // namespace decimal_test
