#include <rankwise/io/json_text.hpp>

#include <doctest/doctest.h>

#include "support/random.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace io = rankwise::io;

namespace {

using reader = io::json_reader<>;

/// Empty if the whole text is one value of JSON, else what is wrong.
std::string fault(std::string const& text) {
  reader json(text);
  json.skip();
  json.end();
  return json.ok() ? "" : json.fault();
}

bool same(double a, double b) {
  return a == b && std::signbit(a) == std::signbit(b);
}

double number(std::string const& text) {
  reader json(text);
  double x = 0;
  return json.number(x) && json.end() ? x : std::numeric_limits<double>::quiet_NaN();
}

} // namespace

TEST_CASE("JSON and nothing else") {
  for (char const* const good :
       {"{}", "[]", " [ ] ", "0", "-0", "12.5e-3", "1E+2", "true", "false", "null", "\"\"", "[1, [2, {\"a\": [3]}]]",
        "{\"a\": {\"b\": null}, \"a\": 1}\n", "\"\\u00e9\\ud83d\\ude00\\n\\/\"", "\"\xc3\xa9\xf0\x9f\x98\x80\""}) {
    CAPTURE(good);
    CHECK(fault(good).empty());
  }
  for (char const* const bad : {"",
                                " ",
                                "{",
                                "[",
                                "\"",
                                "{\"a\"}",
                                "{\"a\":}",
                                "{a:1}",
                                "{\"a\":1,}",
                                "[1,]",
                                "[,]",
                                "[1 2]",
                                "{\"a\":1 \"b\":2}",
                                "[1}",
                                "{]",
                                "01",
                                "-",
                                "+1",
                                "1.",
                                ".5",
                                "1e",
                                "1e+",
                                "0x10",
                                "NaN",
                                "Infinity",
                                "-Infinity",
                                "nul",
                                "True",
                                "'a'",
                                "// c\n1",
                                "1 2",
                                "\"\\x\"",
                                "\"\\u12\"",
                                "\"\\ud800\"",
                                "\"\\ud800\\u0041\"",
                                "\"\\udc00\"",
                                "\"\n\"",
                                "\"\x01\"",
                                "\"\xff\"",
                                "\"\xc3\"",
                                "\"\xc0\x80\"",
                                "\"\xe0\x80\x80\"",
                                "\"\xed\xa0\x80\"",
                                "\"\xf4\x90\x80\x80\"",
                                "\"\xf8\x88\x80\x80\x80\"",
                                "1e400"}) {
    CAPTURE(bad);
    CHECK(!fault(bad).empty());
  }
  CHECK(fault(std::string(64, '[') + std::string(64, ']')).empty());
  CHECK(fault(std::string(65, '[') + std::string(65, ']')) == "values are nested too deeply");
  CHECK(fault(std::string(1'000'000, '[')) == "values are nested too deeply");
  CHECK(!fault(std::string("\"a\0b\"", 5)).empty());
  CHECK(!fault(std::string("\0", 1)).empty());
}

TEST_CASE("the place of a fault") {
  reader json("{\"a\": 1,\n \"b\": x}");
  json.skip();
  auto const s = json.where();
  CHECK(s.where == 2);
  CHECK(s.found == 7);
  CHECK(s.code == rankwise::errc::malformed);
}

TEST_CASE("strings are decoded") {
  std::string out;
  reader json("\"a\\u00e9\\ud83d\\ude00\\\\\\\"\\t\"");
  CHECK(json.string(out));
  CHECK(out == "a\xc3\xa9\xf0\x9f\x98\x80\\\"\t");
  for (std::string const& text : {std::string("plain"), std::string("a\"b\\c\n\x01"), std::string("\xc3\xa9")}) {
    std::string const written = io::json_string(text);
    reader again(written);
    CHECK((again.string(out) && again.end()));
    CHECK(out == text);
  }
  // What is no UTF-8 is read as Latin-1: bytes of other encodings, half a character, a surrogate, a long form.
  for (std::string const& text :
       {std::string("caf\xe9"), std::string("\xc3"), std::string("\xed\xa0\x80"), std::string("\xc0\xaf"),
        std::string("\xf4\x90\x80\x80"), std::string("\xe2\x82"), std::string("\xff\"\xc3\xa9")}) {
    std::string const written = io::json_string(text);
    reader again(written);
    CHECK((again.string(out) && again.end()));
  }
  CHECK(io::json_string("caf\xe9 \xe2\x82") == "\"caf\\u00e9 \\u00e2\\u0082\"");
}

TEST_CASE("numbers read back exactly; too small is 0, too large a fault") {
  support::random draw(3);
  int wrong = 0;
  for (int k = 0; k < 20'000; ++k) {
    auto const x = __builtin_bit_cast(double, draw.bits());
    if (std::isfinite(x)) {
      wrong += !same(number(io::json_number(x)), x);
    }
  }
  CHECK(wrong == 0);
  CHECK(number("5e-324") == 5e-324);
  CHECK(number("1.7976931348623157e308") == std::numeric_limits<double>::max());
  CHECK(same(number("1e-400"), 0));
  CHECK(same(number("-1e-999999999999999999999"), -0.0));
  CHECK(same(number("0." + std::string(400, '0') + "1"), 0));
  CHECK(number("0." + std::string(400, '0') + "1e401") == doctest::Approx(1));
  CHECK(std::isnan(number("1e999999999999999999999")));
  CHECK(std::isnan(number(std::string(400, '9'))));
  CHECK(std::isnan(number("0.0001e400")));
  std::uint64_t n = 0;
  for (auto const& one : std::vector<std::pair<char const*, bool>>{{"0", true},
                                                                   {"18446744073709551615", true},
                                                                   {"18446744073709551616", false},
                                                                   {"-1", false},
                                                                   {"1.0", false},
                                                                   {"1e3", false},
                                                                   {"007", false}}) {
    char const* const text = one.first;
    CAPTURE(text);
    reader json(text);
    CHECK((json.whole(n) && json.end()) == one.second);
  }
}
