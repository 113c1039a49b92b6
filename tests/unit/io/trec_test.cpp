#include <rankwise/io/join.hpp>
#include <rankwise/io/trec.hpp>

#include <doctest/doctest.h>

#include "support/data.hpp"
#include "support/random.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace trec_test {

namespace rw = rankwise;
namespace io = rw::io;

namespace {

std::string message(rw::status const& s) {
  char text[200];
  rw::describe(s, text, sizeof text);
  return text;
}

// Texts in memory that ends where they end: whoever reads on trips the address sanitizer.
class exact {
public:
  explicit exact(std::string_view text) : bytes_(text.begin(), text.end()) {}
  std::string_view view() const { return {bytes_.data(), bytes_.size()}; }

private:
  std::vector<char> bytes_;
};

std::string precisely(double x) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", x);
  return text;
}

std::string run_error(std::string_view text) {
  rw::status s;
  exact const bytes(text);
  auto const r = io::parse_run(bytes.view(), {.errors = s});
  CHECK((s.ok() || (r.empty() && r.lists().empty())));
  return message(s);
}

std::string qrels_error(std::string_view text) {
  rw::status s;
  exact const bytes(text);
  auto const q = io::parse_qrels(bytes.view(), {.errors = s});
  CHECK((s.ok() || q.empty()));
  return message(s);
}

} // namespace

TEST_CASE("a run: topics, documents and scores in the order of the file") {
  std::string const text = "7 Q0 a 1 2.5 tag\n"
                           "7\tQ0\tb\t2\t1e-3\ttag\n"
                           "x-9  Q0   \xc3\xa4\xe2\x82\xac  1  -0.25  other extra fields\n";
  auto const r = io::parse_run(text);
  REQUIRE(r.size() == 3);
  REQUIRE(r.topic_count() == 2);
  CHECK(r.lists().size() == 2);
  CHECK(r.lists().size_of(0) == 2);
  CHECK(r.topic(0) == "7");
  CHECK(r.topic(1) == "x-9");
  CHECK(r.document(1) == "b");
  CHECK(r.document(2) == "\xc3\xa4\xe2\x82\xac");
  CHECK(r.score(0) == 2.5);
  CHECK(r.score(1) == 1e-3);
  CHECK(r.score(2) == -0.25);
  CHECK(r.tag() == "other");
  CHECK(r.find_topic("x-9") == 1);
  CHECK(r.find_topic("8") == io::ids::none);
}

TEST_CASE("what does not matter: ends of lines, comments, empty lines, a mark before UTF-8, the last newline") {
  std::string const plain = "1 0 a 1\n1 0 b 0\n2 0 a -1\n";
  for (std::string const& text :
       {plain, std::string("1 0 a 1\r\n1 0 b 0\r\n2 0 a -1\r\n"), std::string("1 0 a 1\n1 0 b 0\n2 0 a -1"),
        std::string("\n\n  \n# comment\n1 0 a 1\n\n1 0 b 0\n#\n2 0 a -1\n\n"), "\xef\xbb\xbf" + plain,
        std::string("  1\t0 a 1  \n1 0  b\v0\n2 \t 0 a -1.0 \t\n")}) {
    CAPTURE(text);
    exact const bytes(text);
    auto const q = io::parse_qrels(bytes.view());
    REQUIRE(q.size() == 3);
    CHECK(q.topic_count() == 2);
    CHECK(q.grade(0) == 1);
    CHECK(q.document(1) == "b");
    CHECK(q.grade(2) == -1);
  }
  for (char const* nothing : {"", "\n", "\n\n\r\n", "# only\n# comments", "   ", "\xef\xbb\xbf"}) {
    exact const bytes(nothing);
    auto const r = io::parse_run(bytes.view());
    CHECK(r.empty());
    CHECK(r.lists().empty());
    CHECK(r.tag().empty());
  }
}

TEST_CASE("fractional grades, great topic numbers, long ids and long lines") {
  std::string const long_id(100'000, 'z');
  std::string const text = "18446744073709551616 0 " + long_id + " 0.75\n18446744073709551616 0 " + long_id + "y 2\n";
  auto const q = io::parse_qrels(text);
  REQUIRE(q.size() == 2);
  CHECK(q.topic(0) == "18446744073709551616");
  CHECK(q.document(0) == long_id);
  CHECK(q.grade(0) == 0.75);
  std::string const wide = "1 Q0 a 1 3 tag" + std::string(1'000'000, ' ') + "more\n1 Q0 b 2 2 tag\n";
  CHECK(io::parse_run(wide).size() == 2);
}

TEST_CASE("every error has a line and a column") {
  CHECK(run_error("1 Q0 a 1 2 t\n1 Q0 b 2\n") ==
        "rankwise: line 2, column 9: a line of a run is: topic Q0 document rank score tag");
  CHECK(run_error("1 Q0 a 1 2.0\n") ==
        "rankwise: line 1, column 13: a line of a run is: topic Q0 document rank score tag");
  CHECK(run_error("1 Q0 a 1 2.0   ") ==
        "rankwise: line 1, column 16: a line of a run is: topic Q0 document rank score tag");
  CHECK(run_error("\n\n1 Q0 a 1 2x t\n") == "rankwise: line 3, column 10: a score is a number");
  CHECK(run_error("1 Q0 a 1 nan t\n") == "rankwise: line 1, column 10: a score is finite");
  CHECK(run_error("1 Q0 a 1 -inf t\n") == "rankwise: line 1, column 10: a score is finite");
  CHECK(run_error("1 Q0 a 1 1e999 t\n") == "rankwise: line 1, column 10: a score is finite");
  CHECK(run_error(std::string_view("1 Q0 a\0b 1 2 t\n", 16)) == "rankwise: line 1, column 7: a control character");
  CHECK(run_error(std::string_view("1 Q0 a 1 2 t\n\0\0\0\0", 17)) == "rankwise: line 2, column 1: a control character");
  CHECK(run_error("1 Q0 a 1 2 t\n1 Q0 b 2 1 t\n2 Q0 a 1 1 t\n1 Q0 a 3 0 t\n") ==
        "rankwise: line 4, column 6: this document was given for the topic before (line 1)");
  CHECK(run_error("1 Q0 a 1 2 t\r1 Q0 b 2 1 t\r") ==
        "rankwise: line 1, column 13: lines end with a line feed, not with a carriage return alone");
  CHECK(run_error("1 Q0 a 1 2 t\r") == run_error("1 Q0 a 1 2 t\r\n"));
  CHECK(qrels_error("1 0 a\n") == "rankwise: line 1, column 6: a line of qrels is: topic 0 document grade");
  CHECK(qrels_error("1 0 a 1 2\n") == "rankwise: line 1, column 9: nothing follows a grade");
  CHECK(qrels_error("1 0 a relevant\n") == "rankwise: line 1, column 7: a grade is a number");
  CHECK(qrels_error("1 0 a inf\n") == "rankwise: line 1, column 7: a grade is finite");
  CHECK(qrels_error("1 0 a 1\n1 0 a 1\n") ==
        "rankwise: line 2, column 5: this document was given for the topic before (line 1)");
}

TEST_CASE("a file that is compressed, or no UTF-8, is called so") {
  CHECK(run_error("\x1f\x8b\x08\x08 anything") ==
        "rankwise: line 1, column 1: the file is compressed (gzip): unpack it first");
  CHECK(qrels_error("(\xb5/\xfd 1 2 3\n") ==
        "rankwise: line 1, column 1: the file is compressed (zstd): unpack it first");
  CHECK(qrels_error(std::string_view("\xff\xfe\x31\0 \0", 6)) ==
        "rankwise: line 1, column 1: the file is UTF-16: write it as UTF-8");
  char const* const bzip2 = "rankwise: line 1, column 1: the file is compressed (bzip2): unpack it first";
  CHECK(run_error("BZh11AY&SY\x95\x10") == bzip2); // bzip2 -1
  CHECK(run_error("BZh9\x17rE8P\x90") == bzip2);   // of an empty file
  CHECK(run_error("PK Q0 a 1 2 t\n") == "rankwise: ok");
  CHECK(run_error("BZh91 Q0 a 1 2 t\n") == "rankwise: ok");
}

TEST_CASE("a file that is not there, or no file, says its name") {
  try {
    io::read_run("no/such/file.run");
    FAIL("nothing was thrown");
  } catch (rw::error const& e) {
    CHECK(std::string(e.what()).rfind("rankwise: no/such/file.run: the file cannot be read: ", 0) == 0);
    CHECK(e.reason().code == rw::errc::unreadable);
  }
  CHECK_THROWS_AS(io::read_qrels("/"), rw::error);
  rw::status s;
  CHECK(io::read_qrels("no/such/file.run", {.errors = s}).empty());
  CHECK(s.code == rw::errc::unreadable);
}

TEST_CASE("a file is read like its text, and its errors have its name") {
  std::string const path = support::data("trec_eval/results.test");
  auto const from_file = io::read_run(path);
  std::string const text = support::contents(path);
  auto const from_text = io::parse_run(text);
  REQUIRE(from_file.size() == 1500);
  REQUIRE(from_text.size() == 1500);
  for (std::size_t i = 0; i < 1500; ++i) {
    CHECK(from_file.document(i) == from_text.document(i));
    CHECK(from_file.score(i) == from_text.score(i));
  }
  try {
    io::read_qrels(path);
    FAIL("a run is no qrels file");
  } catch (rw::error const& e) {
    std::string const what = e.what();
    CHECK(what.find("trec_eval/results.test: line 1, column ") != std::string::npos);
  }
}

TEST_CASE("progress ends at the end") {
  struct seen {
    std::size_t calls = 0;
    std::size_t done = 0;
    std::size_t total = 0;
  } s;
  std::string const text = "1 0 a 1\n";
  io::parse_qrels(text, {.progress =
                             [](void* context, std::size_t done, std::size_t total) {
                               auto& mine = *static_cast<seen*>(context);
                               ++mine.calls;
                               mine.done = done;
                               mine.total = total;
                             },
                         .context = &s});
  CHECK(s.calls >= 1);
  CHECK(s.done == text.size());
  CHECK(s.total == text.size());
}

TEST_CASE("copies have lists of their own") {
  std::string const run_text = "1 Q0 a 1 3 t\n1 Q0 b 2 2 t\n2 Q0 a 1 1 t\n";
  std::string const judged_text = "1 0 a 1\n2 0 a 1\n2 0 c 2\n";
  auto r = std::make_unique<io::run>(io::parse_run(run_text));
  auto const q = io::parse_qrels(judged_text);
  auto j = std::make_unique<io::joined>(io::join(*r, q));
  io::joined const copy = *j;
  CHECK(copy.lists().offsets() != j->lists().offsets());
  io::joined const moved = std::move(*j);
  CHECK(j->lists().empty());
  j.reset();
  io::run const taken = std::move(*r);
  r.reset();
  CHECK(taken.lists().size() == 2);
  CHECK(taken.lists().size_of(0) == 2);
  for (io::joined const* each : {&copy, &moved}) {
    REQUIRE(each->lists().size() == 2);
    CHECK(each->lists().size_of(1) == 2);
    CHECK(each->lists().longest() == 2);
    CHECK(each->lists().items() == 4);
  }
}

TEST_CASE("scores that are one number as floats are equal, if asked for") {
  auto const r = io::parse_run("1 Q0 a 1 16777217 t\n1 Q0 b 2 16777216 t\n1 Q0 c 3 16777219 t\n");
  auto const q = io::parse_qrels("1 0 a 1\n");
  auto const exactly = io::join(r, q);
  auto const rounded = io::join(r, q, {.float_scores = true});
  std::string order[2];
  for (std::size_t i = 0; i < 3; ++i) {
    order[0] += exactly.document(i);
    order[1] += rounded.document(i);
  }
  CHECK(order[0] == "cab");
  CHECK(order[1] == "cba"); // the greater id first
  CHECK(exactly.scores()[1] == 16777217);
  CHECK(rounded.scores()[2] == 16777216);
  CHECK(rounded.scores()[0] == 16777220);
}

TEST_CASE("random runs and judgments, in any order of lines, join like a map does") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    support::random random(seed);
    struct row {
      std::string topic, document;
      double number;
    };
    std::vector<row> run_rows;
    std::vector<row> judged_rows;
    std::map<std::string, std::map<std::string, double>> judged;
    std::map<std::string, std::map<std::string, double>> retrieved;
    std::size_t const topics = 1 + random.below(8);
    for (std::size_t t = 0; t < topics; ++t) {
      std::string const topic = std::to_string(random.below(1000)) + "-" + std::to_string(t);
      std::size_t const documents = 1 + random.below(seed % 5 == 0 ? 700 : 30);
      for (std::size_t d = 0; d < documents; ++d) {
        std::string const document = "d" + std::to_string(random.below(100000)) + "." + std::to_string(d);
        if (random.below(10) < 7) {
          // Many ties; sometimes scores that differ in their last bits alone.
          double const score = static_cast<double>(random.below(6)) - 2 +
                               (seed % 10 == 0 ? static_cast<double>(random.below(4)) * 0x1p-50 : 0.0);
          run_rows.push_back({topic, document, score});
          retrieved[topic][document] = score;
        }
        if (random.below(10) < 4) {
          auto const grade = static_cast<double>(random.below(5)) - 1;
          judged_rows.push_back({topic, document, grade});
          judged[topic][document] = grade;
        }
      }
    }
    if (seed % 3 != 0) {
      random.shuffle(run_rows);
      random.shuffle(judged_rows);
    }
    std::string run_text;
    std::string judged_text;
    for (row const& r : run_rows) {
      run_text += r.topic + " Q0 " + r.document + " 0 " + precisely(r.number) + " t\n";
    }
    for (row const& r : judged_rows) {
      judged_text += r.topic + " 0 " + r.document + " " + std::to_string(static_cast<int>(r.number)) + "\n";
    }
    exact const run_bytes(run_text);
    exact const judged_bytes(judged_text);
    auto const r = io::parse_run(run_bytes.view());
    auto const q = io::parse_qrels(judged_bytes.view());
    bool const complete = seed % 2 == 0;
    bool const by_file = seed % 4 == 1;
    std::size_t const depth = seed % 7 == 0 ? 5 : static_cast<std::size_t>(-1);
    auto const j = io::join(
        r, q, {.order = by_file ? io::row_order::file : io::row_order::ranked, .complete = complete, .depth = depth});
    std::size_t list = 0;
    std::size_t missing = 0;
    for (auto const& [topic, grades] : judged) {
      auto const found = retrieved.find(topic);
      if (found == retrieved.end()) {
        ++missing;
        if (!complete) {
          continue;
        }
      }
      REQUIRE(list < j.lists().size());
      CHECK(j.topic(list) == topic);
      CHECK(j.found(list) == (found != retrieved.end()));
      // trec_eval's order.
      std::vector<std::tuple<double, std::string>> expected;
      if (found != retrieved.end()) {
        for (auto const& [document, score] : found->second) {
          expected.emplace_back(score, document);
        }
      }
      std::sort(expected.rbegin(), expected.rend());
      expected.resize(std::min(expected.size(), depth));
      REQUIRE(j.retrieved_of(list) == expected.size());
      std::size_t const begin = j.lists().begin_of(list);
      if (by_file) {
        // The ids put the rows into the same order.
        std::vector<std::size_t> order;
        for (std::size_t i = 0; i < expected.size(); ++i) {
          order.push_back(begin + i);
        }
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
          return std::make_tuple(-j.scores()[a], -static_cast<double>(j.ids()[a])) <
                 std::make_tuple(-j.scores()[b], -static_cast<double>(j.ids()[b]));
        });
        for (std::size_t i = 0; i < expected.size(); ++i) {
          CHECK(j.document(order[i]) == std::get<1>(expected[i]));
        }
      }
      std::size_t unretrieved = grades.size();
      for (std::size_t i = 0; i < j.lists().size_of(list); ++i) {
        std::size_t const at = begin + i;
        std::string const document(j.document(at));
        auto const grade = grades.find(document);
        bool const pooled = grade != grades.end();
        bool const first = i < expected.size();
        if (first && !by_file) {
          CHECK(document == std::get<1>(expected[i]));
          CHECK(j.scores()[at] == std::get<0>(expected[i]));
        }
        unretrieved -= pooled && first ? 1 : 0;
        CHECK(j.retrieved()[at] == (first ? 1 : 0));
        CHECK(j.judged()[at] == (pooled && grade->second >= 0 ? 1 : 0));
        CHECK(j.labels()[at] == (pooled && grade->second > 0 ? grade->second : 0));
        CHECK(j.levels()[at] == (!pooled ? -1 : grade->second < 0 ? -2 : static_cast<int>(grade->second)));
      }
      CHECK(j.lists().size_of(list) == expected.size() + unretrieved);
      ++list;
    }
    CHECK(list == j.lists().size());
    if (!by_file) {
      // The same without columns.
      std::size_t visited = 0;
      std::size_t const both =
          io::each_topic(r, q, {.complete = complete, .depth = depth}, [&](io::topic_levels const& t) {
            CHECK(t.topic == j.topic(visited));
            CHECK(t.found == j.found(visited));
            CHECK(t.retrieved == j.retrieved_of(visited));
            auto const expected = j.levels().subspan(j.lists().begin_of(visited), j.lists().size_of(visited));
            CHECK(std::equal(t.levels.begin(), t.levels.end(), expected.begin(), expected.end()));
            ++visited;
          });
      CHECK(visited == list);
      CHECK(both == judged.size() - missing);
    }
    CHECK(j.missing_topics() == missing);
    CHECK(j.unjudged_topics() == retrieved.size() + missing - judged.size());
  }
}

TEST_CASE("mutated files give a result or an error, and nothing else") {
  std::string const run_text = support::contents(support::data("trec_eval/results.trunc")).substr(0, 3000);
  std::string const judged_text = support::contents(support::data("trec_eval/qrels.test")).substr(0, 3000);
  std::size_t refused = 0;
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    CAPTURE(seed);
    support::random random(seed);
    std::string text = seed % 2 == 0 ? run_text : judged_text;
    text = text.substr(random.below(text.size()), random.below(400));
    for (std::size_t change = random.below(6); change > 0 && !text.empty(); --change) {
      std::size_t const at = random.below(text.size());
      static constexpr std::string_view choice("\0\n\r\t  #-+.e9\xff\x7f", 15);
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
    if (seed % 2 == 0) {
      auto const r = io::parse_run(bytes.view(), {.errors = s});
      CHECK((s.ok() || r.empty()));
    } else {
      auto const q = io::parse_qrels(bytes.view(), {.errors = s});
      CHECK((s.ok() || q.empty()));
    }
    CHECK((s.ok() || (s.code == rw::errc::malformed && s.where >= 1 && s.found >= 1)));
    refused += s.ok() ? 0 : 1;
  }
  CHECK(refused > 300);
  CHECK(refused < 3000);
}

} // namespace trec_test
