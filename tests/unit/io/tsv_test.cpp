#include <rankwise/io/tsv.hpp>

#include <doctest/doctest.h>

#include "support/data.hpp"
#include "support/random.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tsv_test {

namespace rw = rankwise;
namespace io = rw::io;

namespace {

std::string message(rw::status const& s) {
  char text[200];
  rw::describe(s, text, sizeof text);
  return text;
}

std::string error_of(std::string_view text) {
  rw::status s;
  std::vector<char> const exact(text.begin(), text.end());
  auto const t = io::parse_tsv({exact.data(), exact.size()}, {.read = {.errors = s}});
  CHECK((s.ok() || (t.empty() && t.columns() == 0)));
  return message(s);
}

template <class T>
std::string column_error(std::string_view text, std::size_t column) {
  auto const t = io::parse_tsv(text);
  std::vector<T> to(t.size());
  rw::status s;
  bool const read = t.read_column(column, std::span<T>(to), s);
  CHECK(read == s.ok());
  return message(s);
}

} // namespace

TEST_CASE("a table: names, fields, columns of numbers, lists") {
  std::string const text = "qid\ttitle\tprice\r\n"
                           "q1\tR\xc3\xb6"
                           "cke, rot\t10.5\r\n"
                           "q1\t\t-1e2\r\n"
                           "\r\n"
                           "q2\tx\t3";
  auto const t = io::parse_tsv(text);
  REQUIRE(t.size() == 3);
  REQUIRE(t.columns() == 3);
  CHECK(t.name(1) == "title");
  CHECK(t.find("price") == 2);
  CHECK(t.line(1) == 3);
  CHECK(t.line(2) == 5); // after an empty line
  CHECK(t.find("Price") == io::tsv::none);
  CHECK(t.field(0, 1) == "R\xc3\xb6"
                         "cke, rot");
  CHECK(t.field(1, 1) == "");
  std::vector<double> price(3);
  CHECK(t.read_column(t.find("price"), std::span(price)));
  CHECK(price == std::vector<double>{10.5, -100, 3});
  auto const lists = t.lists_by(0);
  REQUIRE(lists.size() == 2);
  CHECK(lists.size_of(0) == 2);
}

TEST_CASE("one column, no rows, nothing, another separator, a mark before UTF-8") {
  CHECK(io::parse_tsv("a\n1\n\n2\n").size() == 3); // an empty field is a field
  CHECK(io::parse_tsv("a\tb\n").size() == 0);
  CHECK(io::parse_tsv("a\tb").columns() == 2);
  CHECK(io::parse_tsv("").columns() == 0);
  CHECK(io::parse_tsv("\n\n").columns() == 0);
  CHECK(io::parse_tsv("\xef\xbb\xbf"
                      "a\tb\n1\t2\n")
            .name(0) == "a");
  CHECK(io::parse_tsv("a,b\n1,2\n", {.separator = ','}).field(0, 1) == "2");
}

TEST_CASE("empty fields are errors, or what the caller says") {
  auto const t = io::parse_tsv("a\tb\n1\t\n\t2\n");
  std::vector<float> to(2);
  float const missing = -7;
  CHECK(t.read_column(1, std::span(to), {}, &missing));
  CHECK(to == std::vector<float>{-7, 2});
  CHECK(column_error<float>("a\tb\n1\t\n", 1) == "rankwise: line 2, column 3: a field is no number");
}

TEST_CASE("a column is read whole or not at all; thousands of names take no time") {
  std::vector<double> to{-7, -7};
  rw::status s;
  CHECK(!io::parse_tsv("a\tb\n1\t2\nx\t3\n").read_column(0, std::span(to), s));
  CHECK(!io::parse_tsv("a\tb\n1\t2\n1e999\t3\n").read_column(0, std::span(to), s));
  CHECK(to == std::vector<double>{-7, -7});
  std::string names = "0"; // 200,000 of them: compared with each other they would take a minute
  for (int k = 1; k < 200'000; ++k) {
    names += '\t' + std::to_string(k);
  }
  CHECK(io::parse_tsv(names + '\n').columns() == 200'000);
  CHECK(error_of(names + "\t77\n").find("a name stands in the first line twice") != std::string::npos);
}

TEST_CASE("every error has a line and a column") {
  CHECK(error_of("a\tb\n1\t2\t3\n") == "rankwise: line 2, column 5: a line has more fields than the first");
  CHECK(error_of("a\tb\n1\n") == "rankwise: line 2, column 2: a line has fewer fields than the first");
  CHECK(error_of("a\tb\ta\n") == "rankwise: line 1, column 5: a name stands in the first line twice");
  CHECK(error_of("a\tb\r1\t2\r") ==
        "rankwise: line 1, column 4: lines end with a line feed, not with a carriage return alone");
  CHECK(error_of(std::string_view("a\tb\n1\t\0\n", 8)) == "rankwise: line 2, column 3: a control character");
  CHECK(column_error<double>("a\n1\n2x\n", 0) == "rankwise: line 3, column 1: a field is no number");
  CHECK(column_error<double>("a\tb\n1\tnan\n", 1) == "rankwise: line 2, column 3: a field is not finite");
  CHECK(column_error<float>("a\n1e39\n", 0) == "rankwise: line 2, column 1: a field is not finite");
  CHECK(column_error<std::int32_t>("a\n2147483648\n", 0) ==
        "rankwise: line 2, column 1: a field is no integer that fits");
  CHECK(column_error<std::uint8_t>("a\n-1\n", 0) == "rankwise: line 2, column 1: a field is no integer that fits");
  CHECK(column_error<double>("a\n1\n", 3) == "rankwise: the table (columns) has the wrong shape (1 where 4 is needed)");
  auto const t = io::parse_tsv("q\n1\n2\n1\n");
  rw::status s;
  CHECK(t.lists_by(0, s).empty());
  CHECK(message(s) == "rankwise: line 4, column 1: the rows of a list stand together (line 2)");
  std::vector<double> wrong_size(2);
  CHECK(!t.read_column(0, std::span(wrong_size), s));
  CHECK(s.code == rw::errc::size_mismatch);
  try {
    auto const file = io::read_tsv(support::data("trec_eval/out.test"));
    std::vector<double> to(file.size());
    file.read_column(2, std::span(to));
    CHECK(std::isfinite(to[0]));
    file.read_column(0, std::span(to));
    FAIL("names are no numbers");
  } catch (rw::error const& e) {
    CHECK(std::string(e.what()).find("out.test: line 2, column 1: a field is no number") != std::string::npos);
  }
}

TEST_CASE("a table that is compressed, or no UTF-8, is called so") {
  CHECK(error_of("\x1f\x8b\x08\x08 anything") ==
        "rankwise: line 1, column 1: the file is compressed (gzip): unpack it first");
  CHECK(error_of(std::string_view("\xff\xfe"
                                  "a\0\t\0b\0\n\0",
                                  10)) == "rankwise: line 1, column 1: the file is UTF-16: write it as UTF-8");
  CHECK(error_of("\xfd\x37z\tb\n1\t2\n") == "rankwise: ok");
}

TEST_CASE("random tables come back as they were written") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    support::random random(seed);
    std::size_t const columns = 2 + random.below(5);
    std::vector<std::vector<std::string>> rows;
    std::string text;
    for (std::size_t r = 0, count = random.below(40); r <= count; ++r) {
      rows.emplace_back();
      for (std::size_t c = 0; c < columns; ++c) {
        std::string f = r == 0 ? "n" + std::to_string(c) : "";
        for (std::size_t n = random.below(90) % 37; r > 0 && n > 0; --n) {
          f += static_cast<char>(32 + random.below(220));
        }
        rows.back().push_back(f);
        text += f + (c + 1 == columns ? (seed % 2 == 0 ? "\n" : "\r\n") : "\t");
      }
    }
    std::vector<char> const exact(text.begin(), text.end());
    auto const t = io::parse_tsv({exact.data(), exact.size()});
    REQUIRE(t.size() + 1 == rows.size());
    for (std::size_t r = 0; r + 1 < rows.size(); ++r) {
      for (std::size_t c = 0; c < columns; ++c) {
        CHECK(t.field(r, c) == rows[r + 1][c]);
      }
    }
  }
}

TEST_CASE("a table that was moved away has no rows and no columns") {
  auto table = rw::io::parse_tsv("a\tb\n1\t2\n");
  auto const other = std::move(table);
  CHECK(other.size() == 1);
  CHECK(table.size() == 0);
  CHECK(table.empty());
  CHECK(table.columns() == 0);
  CHECK(table.find("a") == rw::io::tsv::none);
  rw::status s;
  std::vector<int> column;
  CHECK_FALSE(table.read_column(0, std::span(column), s));
}

} // namespace tsv_test
