#include <rankwise/core/error.hpp>

#include <doctest/doctest.h>

#include <csignal>
#include <cstring>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace rw = rankwise;

namespace {

rw::status const broken{rw::errc::offsets_decrease, "offsets", 4, 9, 7};

std::string text_of(rw::status const& s, std::size_t capacity = 200) {
  std::string text(capacity, '?');
  rw::describe(s, text.data(), capacity);
  return text.c_str();
}

// How a child process that runs `f` ends, and what it prints on its standard error.
template <class F>
int end_of(F f, std::string& printed) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  pid_t const child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    dup2(ends[1], 2);
    std::signal(SIGABRT, SIG_DFL);
    f();
    _exit(0);
  }
  close(ends[1]);
  char buffer[512];
  ssize_t const n = read(ends[0], buffer, sizeof buffer);
  printed.assign(buffer, n > 0 ? static_cast<std::size_t>(n) : 0);
  close(ends[0]);
  int how = 0;
  waitpid(child, &how, 0);
  return how;
}

} // namespace

TEST_CASE("an error is thrown unless the caller chose otherwise") {
  try {
    rw::detail::deliver(broken, {});
    FAIL("nothing was thrown");
  } catch (rw::error const& e) {
    CHECK(std::string(e.what()) == "rankwise: offsets decrease after list 4 (from 9 to 7)");
    CHECK(e.reason().code == rw::errc::offsets_decrease);
    CHECK(e.reason().where == 4);
  }
  CHECK_THROWS_AS(rw::detail::deliver(broken, rw::on_error::throws()), rw::error);
}

TEST_CASE("a status of the caller's receives good and bad news") {
  rw::status mine;
  CHECK(mine.ok());
  CHECK(mine);
  CHECK(!rw::detail::passed(broken, mine));
  CHECK(!mine.ok());
  CHECK(!mine);
  CHECK(mine.code == rw::errc::offsets_decrease);
  CHECK(std::strcmp(mine.argument, "offsets") == 0);
  CHECK(rw::detail::passed(rw::status{}, mine));
  CHECK(mine.ok());
}

TEST_CASE("on_error::aborts ends the program with the message") {
  std::string printed;
  int const how = end_of([] { rw::detail::deliver(broken, rw::on_error::aborts()); }, printed);
  CHECK(WIFSIGNALED(how));
  CHECK(WTERMSIG(how) == SIGABRT);
  CHECK(printed == "rankwise: offsets decrease after list 4 (from 9 to 7)\n");
}

TEST_CASE("every code has words of its own, and they fit") {
  for (int c = 0; c <= static_cast<int>(rw::errc::not_finite); ++c) {
    rw::status const s{static_cast<rw::errc>(c), "item_weights", static_cast<std::size_t>(-2),
                       static_cast<std::size_t>(-2), static_cast<std::size_t>(-2)};
    auto const text = text_of(s);
    CAPTURE(text);
    CHECK(text.rfind("rankwise: ", 0) == 0);
    CHECK(text.size() < 199);
    for (int d = 0; d < c; ++d) {
      CHECK(text != text_of({static_cast<rw::errc>(d), s.argument, s.where, s.expected, s.found}));
    }
    CHECK(text_of(s, 12).size() == 11);
  }
}

TEST_CASE("negative offsets are printed as they are") {
  CHECK(text_of({rw::errc::offsets_start, "offsets", 0, 0, static_cast<std::size_t>(-3)}) ==
        "rankwise: offsets start at -3; the first offset must be 0 (are these sizes? rw::lists_of_sizes)");
  CHECK(text_of({rw::errc::offsets_decrease, "offsets", 1, 2, static_cast<std::size_t>(-3)}) ==
        "rankwise: offsets decrease after list 1 (from 2 to -3)");
}

TEST_CASE("numbers that are not finite are of a list, or of an item where there are no lists") {
  CHECK(text_of({rw::errc::not_finite, "the value", 3, 0, 2}) ==
        "rankwise: the value of list 3 is NaN or infinite (2 such lists)");
  CHECK(text_of({rw::errc::not_finite, "the loss", 3, rw::status::items, 1}) ==
        "rankwise: the loss of item 3 is NaN or infinite (1 such item)");
}

TEST_CASE("an error in a file names the file, or the end of its name, and the place") {
  rw::status const s{rw::errc::malformed, "a score is a finite number", 12, 0, 34};
  CHECK(text_of(s) == "rankwise: line 12, column 34: a score is a finite number");
  CHECK(text_of({rw::errc::malformed, "this topic occurs twice", 12, 3, 1}) ==
        "rankwise: line 12, column 1: this topic occurs twice (line 3)");
  try {
    rw::detail::deliver(s, "bm25.run", {});
    FAIL("nothing was thrown");
  } catch (rw::error const& e) {
    CHECK(std::string(e.what()) == "rankwise: bm25.run: line 12, column 34: a score is a finite number");
    CHECK(e.reason().where == 12);
  }
  std::string const long_name = std::string(300, 'x') + "/bm25.run";
  try {
    rw::detail::deliver(s, long_name.c_str(), {});
    FAIL("nothing was thrown");
  } catch (rw::error const& e) {
    std::string const text = e.what();
    CHECK(text.find("xxx/bm25.run: line 12, column 34: a score is a finite number") != std::string::npos);
    CHECK(text.size() < 300);
  }
  rw::status mine;
  rw::detail::deliver(s, "bm25.run", mine);
  CHECK(mine.code == rw::errc::malformed);
}
