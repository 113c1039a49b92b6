// Workers are processes: this program starts itself, with one of the cases marked `skip` and its task in the
// environment. Nothing but 127.0.0.1 is used.
#include <doctest/doctest.h>

#include <rankwise/engine/xgboost.hpp>
#include <rankwise/engine/xgboost/tracker.hpp>
#include <rankwise/head/binary.hpp>
#include <rankwise/head/proportional_odds.hpp>
#include <rankwise/loss/softmax.hpp>

#include "support/random.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

extern char** environ;

namespace rw = rankwise;
namespace xgb = rankwise::xgboost;

namespace {

using clock_type = std::chrono::steady_clock;
using xgb::detail::connection;

/// A line to 127.0.0.1.
connection dial(int port) {
  bool late = false;
  connection line = xgb::detail::call("127.0.0.1", port, 10, late);
  REQUIRE(line.open());
  line.limit(10);
  return line;
}

bool read_text(connection const& line, std::string& text) {
  std::int32_t size = 0;
  if (!line.read(size) || size < 0 || size > 100) {
    return false;
  }
  text.resize(static_cast<std::size_t>(size));
  return line.read(text.data(), text.size());
}

/// What a worker says to its tracker.
bool says(connection const& line, char const* name, char const* command) {
  std::int32_t answer = 0;
  return line.write(0xff99) && line.read(answer) && answer == 0xff99 && line.write(-1) && line.write(-1) &&
         line.write(std::string(name)) && line.write(std::string(command));
}

constexpr std::size_t all_lists = 24;
constexpr std::size_t per_list = 25;
constexpr std::size_t columns = 3;

/// The lists of one worker out of several; few different values, so that sketches are exact however rows are shared.
struct share {
  std::vector<float> x;
  std::vector<int> grade;
  std::vector<int> click;

  share(std::size_t worker, std::size_t workers) {
    for (std::size_t l = 0; l < all_lists; ++l) {
      support::random r(100 + l);
      for (std::size_t i = 0; i < per_list; ++i) {
        float row[columns];
        for (float& v : row) {
          v = static_cast<float>(r.below(40)) / 8;
        }
        double const eta = static_cast<double>(row[0]) + r.uniform(-0.5, 0.5);
        int const clicked = static_cast<double>(row[1]) + r.uniform(-1, 1) > 3;
        if (l % workers == worker) {
          x.insert(x.end(), row, row + columns);
          grade.push_back(eta < 2 ? 0 : eta < 4 ? 1 : 2);
          click.push_back(clicked);
        }
      }
    }
  }
  rw::lists<> lists() const { return rw::lists<>::uniform(grade.size() / per_list, per_list); }
};

std::size_t number(char const* name) {
  char const* const text = std::getenv(name);
  return text == nullptr ? 0 : static_cast<std::size_t>(std::atol(text));
}

constexpr auto relevance = rw::head::proportional_odds<"relevance", 3>{.cuts = rw::head::cuts<2>::at(-0.1, 0.1)};
constexpr auto click = rw::head::binary<"click">{};

std::string text(double x) {
  return rw::engine::detail::exact(x);
}

/// Trains on a share, and says loss, measure, rounds, cut-points and predictions for fixed rows: a line of numbers.
std::string trained(std::size_t worker, std::size_t shares) {
  share const s(worker, shares);
  xgb::data const features(rw::row_major(s.x, columns));
  auto objective = rw::train::joint(rw::train::objective(rw::loss::softmax{}, s.grade, s.lists()),
                                    rw::train::objective(relevance, s.grade), rw::train::objective(click, s.click));
  double last = 0;
  double measured = 0;
  auto const measure = [&](xgb::logits z) {
    double sum = 0;
    for (std::size_t i = 0; i < z.rows; ++i) {
      sum += std::fabs(static_cast<double>(z(i, 2)) - s.click[i]);
    }
    return z.rows == 0 ? 0.0 : sum / static_cast<double>(z.rows);
  };
  auto const model = xgb::train(features, objective,
                                {.rounds = 12,
                                 .threads = 1,
                                 .parameters = {{"tree_method", "hist"}, {"max_depth", "3"}},
                                 .evaluations = {{"error", &features, measure, static_cast<double>(features.rows())}},
                                 .on_round = [&](xgb::progress const& p) {
                                   last = p.loss;
                                   measured = (*p.values)[0];
                                   return !(p.round == 8 && worker == 0); // one wants to stop: all do
                                 }});
  std::string line = text(last) + ' ' + text(measured);
  auto const cuts = objective.get<1>().head().cuts.values();
  line += ' ' + text(cuts[0]) + ' ' + text(cuts[1]);
  std::vector<float> probe;
  for (int k = 0; k < 40; ++k) {
    for (int j = 0; j < 3; ++j) {
      probe.push_back(static_cast<float>((7 * k + 13 * j) % 40) / 8);
    }
  }
  xgb::data const rows(rw::row_major(probe, columns));
  auto const z = model.logits(rows);
  for (std::size_t i = 0; i < z.rows; ++i) {
    for (std::size_t k = 0; k < z.columns; ++k) {
      line += ' ' + text(static_cast<double>(z(i, k)));
    }
  }
  return line;
}

std::vector<double> numbers(std::string const& line) {
  std::vector<double> out;
  char const* at = line.c_str();
  char* end = nullptr;
  for (double x = std::strtod(at, &end); end != at; x = std::strtod(at, &end)) {
    out.push_back(x);
    at = end;
  }
  return out;
}

/// A copy of this program that runs one case; its lines that begin with '>' are read through a pipe.
class process {
public:
  process(char const* test_case, int port, std::size_t worker, std::size_t workers, std::size_t shares) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    std::string const filter = std::string("--test-case=") + test_case;
    std::string const variables[] = {
        "RANKWISE_TEST_PORT=" + std::to_string(port), "RANKWISE_TEST_WORKER=" + std::to_string(worker),
        "RANKWISE_TEST_WORKERS=" + std::to_string(workers), "RANKWISE_TEST_SHARES=" + std::to_string(shares)};
    std::vector<char*> environment;
    for (char** e = environ; *e != nullptr; ++e) {
      if (std::strncmp(*e, "RANKWISE_TEST_", 14) != 0) {
        environment.push_back(*e);
      }
    }
    for (std::string const& v : variables) {
      environment.push_back(const_cast<char*>(v.c_str()));
    }
    environment.push_back(nullptr);
    char name[] = "worker";
    char no_skip[] = "--no-skip";
    char* arguments[] = {name, const_cast<char*>(filter.c_str()), no_skip, nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    REQUIRE(::posix_spawn(&id_, "/proc/self/exe", &actions, nullptr, arguments, environment.data()) == 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    from_ = ends[0];
  }
  process(process const&) = delete;
  process& operator=(process const&) = delete;
  ~process() {
    kill();
    ::close(from_);
  }

  void kill() {
    if (id_ > 0) {
      ::kill(id_, SIGKILL);
      ::waitpid(id_, nullptr, 0);
      id_ = -1;
    }
  }
  void stop() { ::kill(id_, SIGSTOP); }
  /// What the process has returned; negative if it has not, in so many seconds.
  int ended(int seconds) {
    auto const end = clock_type::now() + std::chrono::seconds(seconds);
    int state = 0;
    for (pid_t found = 0; found == 0;) {
      found = ::waitpid(id_, &state, WNOHANG);
      if (found == 0 && clock_type::now() > end) {
        return -1;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(found == 0 ? 10 : 0));
    }
    id_ = -1;
    return WIFEXITED(state) ? WEXITSTATUS(state) : -1;
  }
  /// The next line that begins with '>', without it; empty at the end or after so many seconds.
  std::string line(int seconds) {
    auto const end = clock_type::now() + std::chrono::seconds(seconds);
    for (;;) {
      for (auto at = text_.find('\n'); at != std::string::npos; at = text_.find('\n')) {
        std::string const found = text_.substr(0, at);
        text_.erase(0, at + 1);
        if (!found.empty() && found[0] == '>') {
          return found.substr(1);
        }
        rest += found + '\n';
      }
      auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(end - clock_type::now()).count();
      pollfd p{from_, POLLIN, 0};
      char bytes[4096];
      if (left <= 0 || ::poll(&p, 1, static_cast<int>(left)) <= 0) {
        return "";
      }
      auto const got = ::read(from_, bytes, sizeof bytes);
      if (got <= 0) {
        return "";
      }
      text_.append(bytes, static_cast<std::size_t>(got));
    }
  }

  std::string rest; ///< lines that were passed over

private:
  pid_t id_ = -1;
  int from_ = -1;
  std::string text_;
};

std::vector<std::string> train_together(std::size_t workers, std::size_t shares) {
  xgb::tracker const tracker(workers, {.patience = 60});
  std::vector<std::unique_ptr<process>> all;
  for (std::size_t k = 0; k < workers; ++k) {
    all.push_back(std::make_unique<process>("a worker that trains", tracker.port(), k, workers, shares));
  }
  std::vector<std::string> lines;
  for (auto& p : all) {
    lines.push_back(p->line(100));
    INFO(p->rest);
    CHECK_FALSE(lines.back().empty());
  }
  return lines;
}

} // namespace

TEST_CASE("a worker that trains" * doctest::skip()) {
  if (std::getenv("RANKWISE_TEST_PORT") == nullptr) {
    return; // a helper of the cases below
  }
  std::size_t const worker = number("RANKWISE_TEST_WORKER");
  std::size_t const workers = number("RANKWISE_TEST_WORKERS");
  if (workers == 1) {
    std::printf(">%s\n", trained(0, 1).c_str());
    return;
  }
  xgb::collective const group({.port = static_cast<int>(number("RANKWISE_TEST_PORT")), .worker = worker});
  CHECK(group.rank() == worker);
  CHECK(group.workers() == workers);
  double ranks = static_cast<double>(worker);
  CHECK(group.sum(&ranks, 1));
  CHECK(ranks == static_cast<double>(workers * (workers - 1) / 2));
  try {
    std::printf(">%s\n", trained(worker, number("RANKWISE_TEST_SHARES")).c_str());
  } catch (rw::error const& e) {
    std::printf("%s\n", e.what());
    std::fflush(stdout);
    std::_Exit(3);
  }
}

TEST_CASE("a worker that trains for ever" * doctest::skip()) {
  if (std::getenv("RANKWISE_TEST_PORT") == nullptr) {
    return; // a helper of the cases below
  }
  std::size_t const worker = number("RANKWISE_TEST_WORKER");
  try {
    xgb::collective const group({.port = static_cast<int>(number("RANKWISE_TEST_PORT")),
                                 .worker = worker,
                                 .patience = 6,
                                 .tries = 1,
                                 .answer = 2});
    share const s(worker, group.workers());
    xgb::data const features(rw::row_major(s.x, columns));
    auto objective = rw::train::objective(click, s.click);
    xgb::train(features, objective,
               {.rounds = 100'000, // as long as anyone cares to watch
                .threads = 1,
                .parameters = {{"tree_method", "hist"}, {"max_depth", "2"}},
                .on_round = [](xgb::progress const& p) {
                  if (p.round == 3) {
                    std::printf(">running\n");
                    std::fflush(stdout);
                  }
                  std::this_thread::sleep_for(std::chrono::milliseconds(20));
                  return true;
                }});
  } catch (rw::error const& e) {
    std::printf(">%s\n", e.what());
    std::fflush(stdout);
    std::_Exit(3);
  }
}

TEST_CASE("a worker that adds up for ever" * doctest::skip()) {
  if (std::getenv("RANKWISE_TEST_PORT") == nullptr) {
    return; // a helper of the cases below
  }
  try {
    xgb::collective const group(
        {.port = static_cast<int>(number("RANKWISE_TEST_PORT")), .worker = number("RANKWISE_TEST_WORKER")});
    std::vector<double> x(500'000); // in a ring, not in a tree
    for (int k = 0;; ++k) {
      group.sum(x.data(), x.size());
      if (k == 2) {
        std::printf(">running\n");
        std::fflush(stdout);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(group.rank() == 1 ? 0 : 100));
    }
  } catch (rw::error const& e) {
    std::printf(">%s\n", e.what());
    std::fflush(stdout);
    std::_Exit(3);
  }
}

TEST_CASE("a worker that comes and goes" * doctest::skip()) {
  if (std::getenv("RANKWISE_TEST_PORT") == nullptr) {
    return; // a helper of the cases below
  }
  try {
    {
      xgb::collective const group({.port = static_cast<int>(number("RANKWISE_TEST_PORT")),
                                   .worker = number("RANKWISE_TEST_WORKER"),
                                   .patience = 2,
                                   .tries = 1,
                                   .answer = 1});
      std::printf(">here\n");
    }
    std::printf(">gone\n");
  } catch (rw::error const& e) {
    std::printf(">%s\n", e.what());
  }
  std::fflush(stdout);
  std::_Exit(0);
}

TEST_CASE("two and three workers train what one trains on all lists") {
  std::vector<double> const one = numbers(process("a worker that trains", 1, 0, 1, 1).line(100));
  REQUIRE(one.size() > 100);
  double largest = 0, largest_elsewhere = 0;
  auto const check = [&](std::size_t workers, std::size_t shares) {
    CAPTURE(workers);
    CAPTURE(shares);
    std::vector<std::string> const lines = train_together(workers, shares);
    for (std::string const& line : lines) {
      CHECK(line == lines[0]); // the same model everywhere, to the last printed digit
      std::vector<double> const several = numbers(line);
      REQUIRE(several.size() == one.size());
      for (std::size_t k = 0; k < one.size(); ++k) {
        CAPTURE(k);
        double const difference = std::fabs(several[k] - one[k]) / (1 + std::fabs(one[k]));
        // Second derivatives by cut-points are differences of sums of floats: Newton's steps see their rounding.
        bool const of_relevance = k < 4 || k % 3 == 2;
        (of_relevance ? largest : largest_elsewhere) = std::max(of_relevance ? largest : largest_elsewhere, difference);
        CHECK(difference <= (of_relevance ? 5e-4 : 2e-6));
      }
    }
  };
  check(2, 2);
  check(3, 3);
  check(3, 2); // one of them has no lists
  MESSAGE("largest differences: ", largest, " and ", largest_elsewhere);
}

namespace {

// One worker of three dies, or says nothing any more although its machine still answers.
void end_one_of_three(bool die, char const* test_case = "a worker that trains for ever") {
  bool const newer = xgb::detail::at_least(3, 0);
  xgb::tracker const tracker(3);
  std::vector<std::unique_ptr<process>> all;
  for (std::size_t k = 0; k < 3; ++k) {
    all.push_back(std::make_unique<process>(test_case, tracker.port(), k, 3, 3));
  }
  for (auto& p : all) {
    REQUIRE(p->line(100) == "running");
  }
  die ? all[1]->kill() : all[1]->stop();
  auto const start = clock_type::now();
  for (std::size_t const k : {std::size_t{0}, std::size_t{2}}) {
    CAPTURE(k);
    std::string const line = all[k]->line(30);
    CAPTURE(line);
    CAPTURE(all[k]->rest);
    std::string const who = "rankwise: worker " + std::to_string(k) + " of 3: XGBoost ";
    if (line.empty() && newer) { // one of some nine runs with 3.2, where there is much to say
      CHECK(all[k]->rest.find(who + "has lost a failure and waits without end") != std::string::npos);
      CHECK(all[k]->ended(1) == EXIT_FAILURE);
      continue;
    }
    CHECK(line.find(who + "says \"") == 0);
    CHECK(line.find("failed") != std::string::npos);
    CHECK(all[k]->ended(20) == 3);
  }
  CHECK(clock_type::now() - start < std::chrono::seconds(30));
}

} // namespace

TEST_CASE("a worker that is killed ends the others within thirty seconds, each with one line") {
  end_one_of_three(true);
}

TEST_CASE("a worker that is killed ends those that have much to say to it, too") {
  end_one_of_three(true, "a worker that adds up for ever");
}

TEST_CASE("a worker that is silent for longer than the others' patience ends them, too") {
  end_one_of_three(false);
}

TEST_CASE("a worker whose call is lost" * doctest::skip()) {
  std::size_t const kind = number("RANKWISE_TEST_WORKER");
  if (std::getenv("RANKWISE_TEST_PORT") == nullptr) {
    return; // a helper of the case below
  }
  auto const before = xgb::detail::lost_calls::talking();
  std::atomic<bool> named = false, over = false;
  std::thread talker([&] {
    ::pthread_setname_np(::pthread_self(), "test>lw");
    for (named = true; !over;) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  });
  while (!named) {
    std::this_thread::yield();
  }
  {
    xgb::detail::lost_calls const watch(before, 1, 4, 1);
    CHECK(watch.watches());
    auto const wait = [](int tenths) { std::this_thread::sleep_for(std::chrono::milliseconds(100 * tenths)); };
    {
      xgb::detail::shared_call const call; // takes long, but somebody talks
      wait(kind == 0 ? 15 : 0);
    }
    over = true;
    talker.join();
    wait(kind == 0 ? 15 : 0); // nobody talks, but nobody waits for it
    for (int k = 0; k < (kind == 0 ? 3 : 0); ++k) {
      xgb::detail::shared_call const call; // returns
      wait(6);
    }
    if (kind == 1) {
      xgb::detail::shared_call const call;
      wait(150);
    }
  }
  CHECK(xgb::detail::shared_call::counter == nullptr);
  std::printf(">here\n");
  std::fflush(stdout);
  std::_Exit(0);
}

TEST_CASE("a call that never returns ends the process; one that is long, or fails, does not") {
  process goes_on("a worker whose call is lost", 1, 0, 1, 1), stuck("a worker whose call is lost", 1, 1, 1, 1);
  CHECK(goes_on.line(20) == "here");
  CHECK(goes_on.ended(5) == 0);
  auto const start = clock_type::now();
  CHECK(stuck.line(20).empty());
  CAPTURE(stuck.rest);
  CHECK(stuck.rest.find("rankwise: worker 1 of 4: XGBoost has lost a failure and waits without end (has another worker "
                        "gone?); this process ends\n") != std::string::npos);
  CHECK(stuck.ended(5) == EXIT_FAILURE);
  CHECK(clock_type::now() - start < std::chrono::seconds(10));
}

TEST_CASE("strangers at the tracker; a worker that dies while it is introduced") {
  if (xgb::c::XGTrackerCreate != nullptr) {
    MESSAGE("Skipped: this XGBoost has a tracker of its own");
    return;
  }
  xgb::tracker const tracker(2, {.patience = 20});
  dial(tracker.port()); // hangs up at once
  auto const browser = dial(tracker.port());
  CHECK(browser.write("GET / HTTP/1.1\r\n\r\n", 18));
  auto const boaster = dial(tracker.port()); // with a name that is longer than memory
  CHECK(boaster.write(0xff99));
  std::int32_t answer = 0;
  CHECK(boaster.read(answer));
  CHECK((boaster.write(-1) && boaster.write(-1) && boaster.write(0x7fffffff)));

  auto mortal = dial(tracker.port());
  CHECK(says(mortal, "00000001", "start"));
  auto const start = clock_type::now();
  process waits("a worker that trains for ever", tracker.port(), 0, 2, 2);
  CHECK((mortal.read(answer) && answer == 1)); // both are here now
  mortal = connection();
  std::string const line = waits.line(30);
  INFO(waits.rest);
  CAPTURE(line);
  CHECK(line.find("joining the other workers (have all of them come?) failed") != std::string::npos);
  CHECK(clock_type::now() - start < std::chrono::seconds(30));
}

TEST_CASE("strangers who say nothing hold nobody up; a worker that has died leaves its place to its successor") {
  if (xgb::c::XGTrackerCreate != nullptr) {
    MESSAGE("Skipped: this XGBoost has a tracker of its own");
    return;
  }
  xgb::tracker const first(2, {.patience = 12}), second(1, {.patience = 12});
  std::vector<connection> strangers;
  for (int k = 0; k < 12; ++k) {
    strangers.push_back(dial(first.port()));
    CHECK((k % 2 == 0 || strangers.back().write("\x99", 1))); // half a word
  }
  {
    auto const mortal = dial(first.port());
    CHECK(says(mortal, "00000001", "start"));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  process a("a worker that comes and goes", first.port(), 0, 2, 2);
  process b("a worker that comes and goes", first.port(), 1, 2, 2);
  process alone("a worker that comes and goes", second.port(), 0, 1, 1); // two trackers in one process
  for (process* const p : {&a, &b, &alone}) {
    std::string const line = p->line(20);
    INFO(p->rest);
    CAPTURE(line);
    CHECK(line == "here");
    CHECK(p->line(20) == "gone");
  }
}

TEST_CASE("a forked child may destroy its copy of a tracker, and the tracker stays") {
  if (xgb::c::XGTrackerCreate != nullptr) {
    MESSAGE("Skipped: this XGBoost has a tracker of its own");
    return;
  }
  auto tracker = std::make_unique<xgb::tracker>(1);
  pid_t const child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    tracker.reset();
    ::_exit(0);
  }
  int result = -1;
  auto const end = clock_type::now() + std::chrono::seconds(10);
  while (::waitpid(child, &result, WNOHANG) == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (clock_type::now() > end) {
      ::kill(child, SIGKILL);
    }
  }
  CHECK((WIFEXITED(result) && WEXITSTATUS(result) == 0));
  using xgb::detail::answer;
  CHECK((xgb::detail::ask_for_tracker("127.0.0.1", tracker->port(), "00000000", 5) == answer::tracker));
}

TEST_CASE("a thread writes to who has hung up, and lives") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  connection const one(ends[0]);
  connection(ends[1]).hang_up();
  sigset_t before, during, after, pending;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
  {
    xgb::detail::lines_may_break const may_break;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &during);
    CHECK(::send(one.descriptor(), "x", 1, 0) == -1); // as XGBoost does
    CHECK(errno == EPIPE);
  }
  ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
  ::sigpending(&pending);
  CHECK(::sigismember(&before, SIGPIPE) == 0);
  CHECK(::sigismember(&during, SIGPIPE) == 1);
  CHECK(::sigismember(&after, SIGPIPE) == 0);
  CHECK(::sigismember(&pending, SIGPIPE) == 0);
}

TEST_CASE("workers that never come end those who wait") {
  auto const start = clock_type::now();
  CHECK(xgb::tracker_options().patience < 30);
  CHECK(xgb::collective_options().answer < 30);
  xgb::tracker const tracker(2, {.patience = 2});
  process alone("a worker that trains for ever", tracker.port(), 0, 2, 2);
  std::string const line = alone.line(30);
  INFO(alone.rest);
  CAPTURE(line);
  CHECK(line.find("joining the other workers (have all of them come?) failed") != std::string::npos);
  process late("a worker that trains for ever", tracker.port(), 1, 2, 2);
  CHECK(late.line(30).find("joining the other workers (have all of them come?) failed") != std::string::npos);
  CHECK(clock_type::now() - start < std::chrono::seconds(30));
}

TEST_CASE("nobody listens; an address that is not ours") {
  process nobody("a worker that trains for ever", 1, 0, 2, 2);
  std::string const line = nobody.line(60);
  CAPTURE(line);
  CHECK(line.find("joining the other workers (have all of them come?) failed") != std::string::npos);
  rw::status status;
  xgb::tracker const tracker(2, {.host = "192.0.2.1", .patience = 1, .errors = status});
  CHECK(status.code == rw::errc::engine_failed);
  CHECK(tracker.port() < 0);
}

namespace {

/// Listens on 127.0.0.1, and takes nobody.
struct silent_port {
  xgb::detail::listening at;
  int port;

  explicit silent_port(int backlog) : at(xgb::detail::listen_at("127.0.0.1", 0, backlog)), port(at.port) {
    INFO(at.why);
    REQUIRE(port > 0);
  }
  /// Who calls within so many milliseconds.
  connection take(int milliseconds) const {
    pollfd p{at.line.descriptor(), POLLIN, 0};
    connection line;
    if (::poll(&p, 1, milliseconds) > 0) {
      line = connection(::accept4(at.line.descriptor(), nullptr, nullptr, SOCK_CLOEXEC));
    }
    line.limit(10);
    return line;
  }
};

} // namespace

TEST_CASE("a port that is open and silent ends a worker, as one that drops what it is sent") {
  silent_port const silent(8);
  auto const start = clock_type::now();
  process waits("a worker that trains for ever", silent.port, 0, 2, 2);
  std::string const line = waits.line(29);
  INFO(waits.rest);
  CAPTURE(line);
  CHECK(line.find("joining the other workers (have all of them come?) failed") != std::string::npos);
  if (xgb::c::XGTrackerCreate == nullptr) {
    CHECK(line.find("127.0.0.1 port " + std::to_string(silent.port) + " does not answer as a tracker does: ") !=
          std::string::npos);
  }
  CHECK(clock_type::now() - start < std::chrono::seconds(29));

  silent_port const full(0); // the kernel drops who calls while another waits to be taken
  using xgb::detail::answer;
  CHECK((xgb::detail::ask_for_tracker("127.0.0.1", full.port, "00000000", 1) == answer::silence));
  CHECK((xgb::detail::ask_for_tracker("127.0.0.1", full.port, "00000000", 1) == answer::silence));
  CHECK((xgb::detail::ask_for_tracker("127.0.0.1", 1, "00000000", 1) == answer::nobody));
  CHECK((xgb::detail::ask_for_tracker("no name of a machine", 1, "00000000", 1) == answer::nobody));
}

namespace {

/// Answers who asks for a tracker, goes so far with a worker, and then says nothing more.
class freezing_tracker {
public:
  enum class until { hello, neighbours, called, caller, goodbye };

  explicit freezing_tracker(until last) : last_(last), thread_([this] { run(); }) {}
  ~freezing_tracker() {
    stop_ = true;
    thread_.join();
  }
  int port() const { return silent_.port; }

private:
  void run() {
    std::vector<connection> open;
    bool introduced = false;
    while (!stop_) {
      connection line = silent_.take(50);
      if (line.open()) {
        open.push_back(std::move(line));
        introduced = introduced || introduce(open, open.size() - 1);
      }
    }
  }
  bool introduce(std::vector<connection>& open, std::size_t place) {
    connection const& worker = open[place];
    std::int32_t word = 0;
    std::string name, command;
    bool good = worker.read(word) && worker.write(0xff99) && worker.read(word) && worker.read(word) &&
                read_text(worker, name) && read_text(worker, command) && command == "start";
    if (!good || last_ == until::hello) {
      return false;
    }
    // Rank, parent, how many there are, those beside it in the tree, before and after it in the ring.
    std::vector<std::int32_t> words{0, -1, 2, 1, 1, 1, 1}; // worker 1 is to come
    if (last_ == until::called) {
      words = {1, 0, 2, 1, 0, 0, 0};
    } else if (last_ == until::goodbye) {
      words = {0, -1, 1, 0, -1, -1};
    }
    for (std::int32_t const w : words) {
      good = good && worker.write(w);
    }
    good = good && worker.read(word);
    if (last_ == until::called) { // where the kernel takes who calls, and nobody speaks
      return good && worker.write(1) && worker.write(0) && worker.write(std::string("127.0.0.1")) &&
             worker.write(frozen_.port) && worker.write(0);
    }
    std::int32_t port = 0;
    good = good && worker.write(0) && worker.write(last_ == until::goodbye ? 0 : 1) && worker.read(word) &&
           worker.read(port);
    if (good && last_ == until::caller) { // calls, and does not speak
      bool late = false;
      open.push_back(xgb::detail::call("127.0.0.1", port, 5, late));
    }
    return good;
  }

  until last_;
  silent_port silent_{8};
  silent_port frozen_{8};
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

} // namespace

TEST_CASE("what XGBoost 1.7 would wait for without end: trackers that freeze, neighbours that stay away or freeze") {
  if (xgb::c::XGTrackerCreate != nullptr) {
    MESSAGE("Skipped: this XGBoost counts by itself");
    return;
  }
  using until = freezing_tracker::until;
  auto const start = clock_type::now();
  struct {
    until last;
    std::unique_ptr<freezing_tracker> tracker{};
    std::unique_ptr<process> worker{};
  } all[] = {{until::hello}, {until::neighbours}, {until::called}, {until::caller}, {until::goodbye}};
  for (auto& a : all) {
    a.tracker = std::make_unique<freezing_tracker>(a.last);
    a.worker = std::make_unique<process>("a worker that comes and goes", a.tracker->port(), 0, 2, 2);
  }
  for (auto& a : all) {
    CAPTURE(static_cast<int>(a.last));
    std::string line = a.worker->line(20);
    INFO(a.worker->rest);
    CAPTURE(line);
    if (a.last == until::goodbye) {
      CHECK(line == "here");
      line = a.worker->line(20);
      CHECK(line == "gone");
    } else {
      CHECK(line.find("rankwise: XGBoost says \"") == 0);
      CHECK(line.find("joining the other workers (have all of them come?) failed") != std::string::npos);
    }
    CHECK(clock_type::now() - start < std::chrono::seconds(15));
  }
}

TEST_CASE("a relay that gives up ends the worker's lines to its neighbours, and no others; absurd words of a tracker") {
  silent_port const tracker(8), neighbour(8), elsewhere(8);
  int port = -1;
  {
    xgb::detail::relay relay("127.0.0.1", tracker.port, 2, 1);
    port = relay.port();
    auto const worker = dial(port);
    connection const server = tracker.take(5000);
    REQUIRE(server.open());
    auto const called = dial(neighbour.port);
    auto const other = dial(elsewhere.port);
    for (std::int32_t const w : {0xff99, 1, 0, 2, 1, 0, 0, 0, 1, 0}) {
      CHECK(server.write(w));
    }
    CHECK((server.write(std::string("127.0.0.1")) && server.write(neighbour.port) && server.write(0)));
    for (std::int32_t const w : {0x7fffffff, 0, -5, 0x7fffffff, 1 << 20, -1, 9}) { // which say nothing
      CHECK(server.write(w));
    }
    std::int32_t word = 0;
    for (int k = 0; k < 10; ++k) {
      CHECK(worker.read(word)); // are passed on as they come
    }
    CHECK(word == 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    CHECK_FALSE(called.gone()); // it is not time yet
    auto const end = clock_type::now() + std::chrono::seconds(5);
    while (clock_type::now() < end && !called.gone()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    CHECK(called.gone());
    CHECK_FALSE(other.gone());
  }
  bool late = false;
  CHECK_FALSE(xgb::detail::call("127.0.0.1", port, 1, late).open());
}

TEST_CASE("a connection's time is up however slowly the other side speaks") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  connection slow(ends[0]), reader(ends[1]);
  slow.limit(10);
  reader.limit(1);
  std::thread speaker([&slow] {
    for (int k = 0; k < 5; ++k) { // fewer than are waited for
      (void)slow.write("x", 1);
      std::this_thread::sleep_for(std::chrono::milliseconds(250));
    }
  });
  auto const start = clock_type::now();
  char all[8];
  CHECK_FALSE(reader.read(all, sizeof all));
  CHECK(clock_type::now() - start < std::chrono::milliseconds(1700));
  speaker.join();
  reader.limit(10);
  CHECK((slow.write("again", 5) && reader.read(all, 5)));
  CHECK_FALSE(reader.gone());
  slow = connection();
  CHECK_FALSE(reader.read(all, sizeof all)); // who hangs up is not waited for
  CHECK(reader.gone());
}

TEST_CASE("a port that is taken, and one that cannot be: one line each") {
  xgb::tracker const first(1);
  auto const refused = [](int port) {
    try {
      xgb::tracker const second(1, {.port = port, .patience = 1});
    } catch (rw::error const& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  for (int const port : {first.port(), 70000, -1}) {
    std::string const line = refused(port);
    CAPTURE(line);
    CHECK(line.find("rankwise: ") == 0);
    CHECK(line.find("listening for workers failed") != std::string::npos);
    CHECK(line.find('\n') == std::string::npos);
    if (!xgb::detail::at_least(3, 0)) { // 2.1 cannot be told a port at all
      CHECK(line.find("127.0.0.1 port " + std::to_string(port)) != std::string::npos);
    }
  }
}

TEST_CASE("why nobody can listen there: one line") {
  using xgb::detail::listen_at;
  auto const first = listen_at("127.0.0.1", 0, 1);
  CHECK(first.why.empty());
  REQUIRE(first.port > 0);
  CHECK(first.line.open());
  auto const second = listen_at("127.0.0.1", first.port, 1);
  CHECK(second.why == "127.0.0.1 port " + std::to_string(first.port) + ": Address already in use");
  CHECK(second.port < 0);
  CHECK_FALSE(second.line.open());
  CHECK(listen_at("127.0.0.1", 70000, 1).why == "127.0.0.1 port 70000 is none");
  CHECK(listen_at("127.0.0.1", -1, 1).why == "127.0.0.1 port -1 is none");
  for (char const* const host : {"::1", "localhost", ""}) {
    CHECK(listen_at(host, 0, 1).why == std::string(host) + " port 0 is no numeric IPv4 address");
  }
}

TEST_CASE("a name with several addresses; none that listens") {
  silent_port const silent(8); // on 127.0.0.1 alone: ::1, where there is one, refuses
  bool late = true;
  CHECK(xgb::detail::call("localhost", silent.port, 5, late).open());
  CHECK_FALSE(late);
  CHECK_FALSE(xgb::detail::call("localhost", 0, 5, late).open());
  CHECK_FALSE(late);
}

TEST_CASE("without a collective there is one worker, and sums stay") {
  xgb::detail::together const alone{{}};
  double x = 3;
  CHECK_FALSE(alone.several());
  CHECK(alone.sum(&x, 1));
  CHECK(x == 3);
}
