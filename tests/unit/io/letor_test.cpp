#include <rankwise/io/letor.hpp>

#include <doctest/doctest.h>

#include "support/data.hpp"
#include "support/random.hpp"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

namespace rw = rankwise;
namespace io = rw::io;

namespace {

class exact {
public:
  explicit exact(std::string_view text) : bytes_(text.begin(), text.end()) {}
  std::string_view view() const { return {bytes_.data(), bytes_.size()}; }

private:
  std::vector<char> bytes_;
};

std::string error_of(std::string_view text, bool missing = false) {
  rw::status s;
  exact const bytes(text);
  auto const data = io::parse_letor(bytes.view(), {.missing = missing, .read = {.errors = s}});
  CHECK((s.ok() || (data.empty() && data.lists().empty() && data.columns() == 0)));
  char message[200];
  rw::describe(s, message, sizeof message);
  return message;
}

} // namespace

TEST_CASE("labels, queries, features, comments") {
  std::string const text = "2 qid:10 1:0.5 3:-2 # doc A\n"
                           "0 qid:10 2:1e-3\r\n"
                           "\n"
                           "# a comment of its own\n"
                           "1.5 qid:x:7   7:100   #\n"
                           "0 qid:9223372036854775808";
  exact const bytes(text);
  auto const d = io::parse_letor(bytes.view());
  REQUIRE(d.size() == 4);
  CHECK(d.labels()[0] == 2);
  CHECK(d.labels()[2] == 1.5f);
  REQUIRE(d.lists().size() == 3);
  CHECK(d.has_queries());
  CHECK(d.lists().size_of(0) == 2);
  CHECK(d.lists().size_of(1) == 1);
  CHECK(d.query(0) == "10");
  CHECK(d.query(1) == "x:7");
  CHECK(d.query(2) == "9223372036854775808");
  CHECK(d.comment(0) == "doc A");
  CHECK(d.comment(1) == "");
  CHECK(d.comment(3) == "");
  CHECK(d.columns() == 8);
  CHECK(std::vector<std::size_t>(d.row_offsets().begin(), d.row_offsets().end()) ==
        std::vector<std::size_t>{0, 2, 3, 4, 4});
  CHECK(std::vector<float>(d.values().begin(), d.values().end()) == std::vector<float>{.5f, -2, 1e-3f, 100});
  CHECK(std::vector<std::uint32_t>(d.column_indices().begin(), d.column_indices().end()) ==
        std::vector<std::uint32_t>{1, 3, 2, 7});
  std::vector<float> dense(4 * 8, 5);
  d.to_dense(dense, 8, -1);
  CHECK(dense[1] == .5f);
  CHECK(dense[2] == -1);
  CHECK(dense[3] == -2);
  CHECK(dense[8 + 2] == 1e-3f);
  CHECK(dense[31] == -1);
  CHECK(dense[23] == 100);
  std::vector<float> narrow(4 * 3);
  d.to_dense(narrow, 3);
  CHECK(narrow[1] == .5f);
  rw::status s;
  d.to_dense(narrow, 5, 0, s);
  CHECK(s.code == rw::errc::size_mismatch);
}

TEST_CASE("without qid: one list, or sizes from another file") {
  auto const d = io::read_letor(support::data("lightgbm/rank.test"));
  // Counted and added up by Python.
  CHECK(d.size() == 168);
  CHECK(!d.has_queries());
  CHECK(d.lists().size() == 1);
  CHECK(std::accumulate(d.labels().begin(), d.labels().end(), 0.0) == 218);
  CHECK(d.values().size() == 14465);
  CHECK(std::accumulate(d.values().begin(), d.values().end(), 0.0) == doctest::Approx(9031.869999999974));
  CHECK(d.columns() == 301);
  auto const lists = io::read_query_sizes(support::data("lightgbm/rank.test.query"));
  REQUIRE(lists.size() == 10);
  CHECK(lists.items() == d.size());
  CHECK(lists.size_of(1) == 19);
}

TEST_CASE("values have the bits of std::from_chars, whatever their shape and place in the text") {
  support::random random(31);
  std::string text;
  std::vector<float> expected;
  for (int row = 0; row < 4000; ++row) {
    text += std::to_string(random.below(5)) + " qid:" + std::to_string(row / 7);
    std::size_t index = random.below(3);
    for (std::size_t f = random.below(40); f > 0; --f, index += 1 + random.below(1u << random.below(20))) {
      char number[80];
      double const x = random.uniform(-1, 1) * std::pow(10.0, random.uniform(-9, 9));
      switch (random.below(9)) {
      case 0:
        std::snprintf(number, sizeof number, "%d", static_cast<int>(random.below(2000)) - 1000);
        break;
      case 1:
        std::snprintf(number, sizeof number, "%.6f", x);
        break;
      case 2:
        std::snprintf(number, sizeof number, "%.9g", x);
        break;
      case 3:
        std::snprintf(number, sizeof number, "%.17g", x);
        break;
      case 4:
        std::snprintf(number, sizeof number, "%.2f", random.uniform());
        break;
      case 5: // half way between two floats
        std::snprintf(number, sizeof number, "%llu.5", 8388608ull + random.below(8388607));
        break;
      case 6:
        std::snprintf(number, sizeof number, "%llu", 16777216ull + random.below(160000000));
        break;
      case 7:
        std::snprintf(number, sizeof number, "%zu.%08zu", random.below(100000000), random.below(100000000));
        break;
      default:
        std::snprintf(number, sizeof number, "%s", random.below(2) == 0 ? "0" : "5.");
      }
      text += " " + std::to_string(index) + ":" + number;
      float value = 0;
      std::from_chars(number, number + std::strlen(number), value);
      expected.push_back(value);
    }
    text += '\n';
  }
  exact const bytes(text);
  auto const d = io::parse_letor(bytes.view());
  CHECK(d.size() == 4000);
  REQUIRE(d.values().size() == expected.size());
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    wrong += std::memcmp(&expected[i], &d.values()[i], sizeof(float)) == 0 ? 0 : 1;
  }
  CHECK(wrong == 0);
}

TEST_CASE("every error has a line and a column") {
  CHECK(error_of("1 qid:1 1:2\nx 1:2\n") == "rankwise: line 2, column 1: a label is a finite number");
  CHECK(error_of("1 qid:3\x01 1:2.5\n") == "rankwise: line 1, column 8: a control character");
  CHECK(error_of(std::string_view("1 qid:3\0"
                                  "1:2.5\n",
                                  14)) == "rankwise: line 1, column 8: a control character");
  CHECK(error_of("nan qid:1 1:2\n") == "rankwise: line 1, column 1: a label is a finite number");
  CHECK(error_of("1 qid:1 1:2\nx") == "rankwise: line 2, column 1: a label is a finite number");
  CHECK(error_of("1:2 3:4\n") == "rankwise: line 1, column 1: a line begins with its label");
  CHECK(error_of(":2 3:4\n") == "rankwise: line 1, column 1: a line begins with its label");
  CHECK(error_of("1 1:2 5\n") == "rankwise: line 1, column 7: a feature is index:value");
  CHECK(error_of("1 1:2 5:\n") == "rankwise: line 1, column 9: a feature's value is a number");
  CHECK(error_of("1 1:2 :5\n") == "rankwise: line 1, column 7: a feature is index:value");
  CHECK(error_of("1 1:2:5\n") == "rankwise: line 1, column 6: a feature is index:value");
  CHECK(error_of("1 1:2,3\n") == "rankwise: line 1, column 5: a feature's value is a number");
  CHECK(error_of("1 1:0x10\n") == "rankwise: line 1, column 5: a feature's value is a number");
  CHECK(error_of("1 -1:2\n") == "rankwise: line 1, column 3: an index is a whole number from 0 to 4294967294");
  CHECK(error_of("1 4294967295:2\n") == "rankwise: line 1, column 3: an index is a whole number from 0 to 4294967294");
  CHECK(error_of("1 99999999999999999999:2\n") ==
        "rankwise: line 1, column 3: an index is a whole number from 0 to 4294967294");
  CHECK(error_of("1 1.5:2\n") == "rankwise: line 1, column 3: an index is a whole number from 0 to 4294967294");
  CHECK(error_of("1 2:1 2:1\n") == "rankwise: line 1, column 7: the indices of a line ascend");
  CHECK(error_of("1 2:1 1:1\n") == "rankwise: line 1, column 7: the indices of a line ascend");
  CHECK(error_of("1 1:nan\n") == "rankwise: line 1, column 5: a feature's value is finite");
  CHECK(error_of("1 1:-inf\n") == "rankwise: line 1, column 5: a feature's value is finite");
  CHECK(error_of("1 1:nan\n", true) == "rankwise: ok");
  CHECK(error_of("1 1:inf\n", true) == "rankwise: line 1, column 5: a feature's value is finite");
  CHECK(error_of("1 qid:1 1:2\n1 1:2\n") == "rankwise: line 2, column 3: qid stands in every line or in none");
  CHECK(error_of("1 1:2\n1 qid:1 1:2\n") == "rankwise: line 2, column 3: qid stands in every line or in none");
  CHECK(error_of("1 qid:1 1:2\n1 qid:2 1:2\n1 qid:1 1:2\n") ==
        "rankwise: line 3, column 3: the rows of a query stand together (line 1)");
  CHECK(error_of("1 qid: 1:2\n") == "rankwise: line 1, column 7: qid has a value");
  CHECK(error_of("1 qid:1 qid:1 1:2\n") == "rankwise: line 1, column 9: qid comes once, before the features");
  CHECK(error_of("1 1:2 qid:1\n") == "rankwise: line 1, column 7: qid comes once, before the features");
  CHECK(error_of(std::string_view("1 1:2\0 2:3\n", 11)) == "rankwise: line 1, column 6: a control character");
  CHECK(error_of(std::string_view("1 \0001:2\n", 7)) == "rankwise: line 1, column 3: a control character");
  try {
    io::read_letor(support::data("esci/judgments.qrels"));
    FAIL("that is no LETOR file");
  } catch (rw::error const& e) {
    CHECK(std::string(e.what()).find("judgments.qrels: line 1, column 3: a feature is index:value") !=
          std::string::npos);
  }
}

TEST_CASE("nothing behind a text is read, wherever in a block it ends") {
  // Two pages, the second of which nobody may touch.
  auto const page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* const pages = ::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(pages != MAP_FAILED);
  char* const behind = static_cast<char*>(pages) + page;
  REQUIRE(::mprotect(behind, page, PROT_NONE) == 0);
  for (std::string const end : {"1 1:2", "1 1:2 ", "1 1:2\n", "1 1:2 #", "1 1:2 x", "1", "1 qid:7", "\n", "1 1:2\r"}) {
    CAPTURE(end);
    for (std::size_t lines = 0; lines < 40; ++lines) {
      for (std::size_t blank = 0; blank < 6; ++blank) {
        std::string text;
        for (std::size_t k = 0; k < lines; ++k) {
          text += "1 1:2\n";
        }
        text += std::string(blank, '\n') + end;
        char* const first = behind - text.size();
        std::memcpy(first, text.data(), text.size());
        rw::status s;
        auto const data = io::parse_letor({first, text.size()}, {.read = {.errors = s}});
        if (end == "1 1:2 ") {
          CHECK(data.size() == lines + 1);
        }
      }
    }
  }
  ::munmap(pages, 2 * page);
}

TEST_CASE("features that are compressed are called so") {
  CHECK(error_of("(\xb5/\xfd 1:2\n") == "rankwise: line 1, column 1: the file is compressed (zstd): unpack it first");
  CHECK(error_of("\xfd\x37zXZ\n") == "rankwise: line 1, column 1: the file is compressed (xz): unpack it first");
}

TEST_CASE("sizes of queries") {
  auto const error = [](std::string_view text) {
    rw::status s;
    io::parse_query_sizes(text, {.errors = s});
    char message[200];
    rw::describe(s, message, sizeof message);
    return std::string(message);
  };
  CHECK(io::parse_query_sizes("3\r\n0\n\n4").items() == 7);
  CHECK(io::parse_query_sizes("").empty());
  CHECK(error("3\nx\n") == "rankwise: line 2, column 1: a line is the size of a query");
  CHECK(error("3\n-1\n") == "rankwise: line 2, column 1: a line is the size of a query");
  CHECK(error("BZh61AY&SY") == "rankwise: line 1, column 1: the file is compressed (bzip2): unpack it first");
  CHECK(error("3.5\n") == "rankwise: line 1, column 1: a line is the size of a query");
  CHECK(error("18446744073709551615\n2\n") == "rankwise: line 2, column 1: a line is the size of a query");
}

TEST_CASE("nothing at all") {
  for (char const* nothing : {"", "\n", "# only", "\xef\xbb\xbf", "  \r\n \t"}) {
    exact const bytes(nothing);
    auto const d = io::parse_letor(bytes.view());
    CHECK(d.empty());
    CHECK(d.lists().empty());
    CHECK(d.columns() == 0);
    std::vector<float> none;
    d.to_dense(none, 0);
  }
  // Rows without a feature are a matrix without columns.
  auto const labels = io::parse_letor("2\n0\n1\n");
  std::vector<float> none;
  labels.to_dense(none, labels.columns());
  CHECK(labels.size() == 3);
  rw::status s;
  std::vector<float> one(1);
  labels.to_dense(one, 0, 0, s);
  CHECK(s.code == rw::errc::size_mismatch);
}

TEST_CASE("mutated and cut files give a result or an error, and nothing else") {
  std::string const whole = "2 qid:10 1:0.5 3:-2.25 17:12345.678 # doc A\n0 qid:10 2:1e-3\n1 qid:11 1:7 2:8 # x\n";
  std::size_t refused = 0;
  for (std::uint64_t seed = 1; seed <= 5000; ++seed) {
    CAPTURE(seed);
    support::random random(seed);
    std::string text = whole + whole.substr(0, random.below(whole.size()));
    text = text.substr(random.below(3) == 0 ? random.below(60) : 0);
    for (std::size_t change = random.below(4); change > 0 && !text.empty(); --change) {
      static constexpr std::string_view choice("\0\n\r\t ::#-+.e9q\xff", 16);
      std::size_t const at = random.below(text.size());
      switch (random.below(3)) {
      case 0:
        text[at] = choice[random.below(choice.size())];
        break;
      case 1:
        text.insert(at, 1, choice[random.below(choice.size())]);
        break;
      default:
        text.erase(at, 1 + random.below(5));
      }
    }
    exact const bytes(text);
    rw::status s;
    auto const d = io::parse_letor(bytes.view(), {.read = {.errors = s}});
    CHECK((s.ok() || (d.empty() && s.code == rw::errc::malformed && s.where >= 1 && s.found >= 1)));
    CHECK(d.lists().items() == d.size());
    refused += s.ok() ? 0 : 1;
  }
  CHECK(refused > 500);
  CHECK(refused < 5000);
}
