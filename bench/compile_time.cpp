// What compiling costs: the umbrella header alone, and fifty different rankers in one translation unit. Processor
// seconds (the median of three) and peak memory of one compiler run each.
//   bench_compile_time [compiler [flag ...]]
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct cost {
  double seconds, megabytes;
};

cost compile(std::vector<std::string> const& command) {
  std::vector<char*> words;
  for (std::string const& word : command) {
    words.push_back(const_cast<char*>(word.c_str()));
  }
  words.push_back(nullptr);
  pid_t const child = fork();
  if (child == 0) {
    execvp(words[0], words.data());
    _exit(127);
  }
  int state = 0;
  rusage used{};
  if (child < 0 || wait4(child, &state, 0, &used) != child || state != 0) {
    std::fprintf(stderr, "%s %s failed\n", command.front().c_str(), command.back().c_str());
    std::exit(1);
  }
  auto const seconds = [](timeval t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
  return {seconds(used.ru_utime) + seconds(used.ru_stime), static_cast<double>(used.ru_maxrss) / 1024};
}

template <class... Parts>
std::string text(Parts const&... parts) {
  std::ostringstream all;
  (all << ... << parts);
  return all.str();
}

/// Ranker k: its own heads, how many of them, and its own formula.
std::string ranker(int k) {
  int const heads = 2 + k / 10;
  std::string declared, list;
  std::vector<std::string> p;
  for (int h = 0; h < heads; ++h) {
    bool const ordinal = h == 0 && k % 3 == 0;
    declared += text("  constexpr auto h", h, " = rw::head::", ordinal ? "ordinal" : "binary", "<\"h", h, "_", k, "\"",
                     ordinal ? ", 3" : "", ">{};\n");
    list += text(h == 0 ? "h" : ", h", h);
    p.push_back(text(ordinal ? "expected_grade(h" : "probability(h", h, ")"));
  }
  // A sum or a list of the heads from `first` on, each with a named weight.
  auto const weighted = [&](std::size_t first, char const* between, char const* within) {
    std::string all;
    for (std::size_t h = first; h < p.size(); ++h) {
      all += text(h == first ? "" : between, "rw::weight<\"w", h, "\">(", h + 1, ".", k, ")", within, p[h]);
    }
    return all;
  };
  auto const sum = [&](std::size_t first) { return text("(", weighted(first, " + ", " * "), ")"); };
  std::array<std::string, 10> const formulas = {
      sum(0),
      text("rw::log_linear(", weighted(0, ", ", ", "), ")"),
      text("rw::weighted_sum(", weighted(0, ", ", ", "), ")"),
      text("rw::power_mean(2.", k, ", ", weighted(0, ", ", ", "), ")"),
      text(sum(1), " * rw::pow(", p[0], ", 0.", k, ")"),
      text("rw::min(", sum(0), ", ", k, ".5)"),
      text("rw::exp(", sum(0), ") / ", k, ".25"),
      text("rw::max(", sum(1), ", 0.5 * ", sum(0), ")"),
      text(sum(0), " - 0.", k, " * ", p[1]),
      text("rw::clamp(", sum(0), ", 0, ", k, ".75)"),
  };
  return text("void score_", k, "(std::span<float const> logits, std::span<float> scores) {\n", declared,
              "  constexpr auto ranker = rw::ranker{rw::heads(", list, "), ",
              formulas[static_cast<std::size_t>(k) % formulas.size()],
              "};\n  ranker.score(rw::row_major(logits, ranker.columns), scores);\n}\n");
}

} // namespace

int main(int argc, char** argv) {
  std::vector<std::string> command(argv + 1, argv + argc);
  if (command.empty()) {
    command = {RANKWISE_COMPILER, "-std=c++20", "-O2", "-I", RANKWISE_INCLUDE};
  }
  fs::path const folder = fs::temp_directory_path() / text("rankwise_compile_time_", getpid());
  fs::create_directories(folder);
  std::string const umbrella = "#include <rankwise/rankwise.hpp>\n#include <span>\nnamespace rw = rankwise;\n";
  std::string core;
  for (auto const& file : fs::directory_iterator(fs::path(RANKWISE_INCLUDE) / "rankwise/core")) {
    core += text("#include <rankwise/core/", file.path().filename().string(), ">\n");
  }
  std::string fifty = umbrella;
  for (int k = 0; k < 50; ++k) {
    fifty += ranker(k);
  }
  struct row {
    char const* what;
    std::string source;
    std::vector<cost> costs;
  };
  std::vector<row> rows = {
      {"nothing", "", {}},
      {"all headers of core/", core, {}},
      {"rankwise.hpp", umbrella, {}},
      {"rankwise.hpp and one ranker", umbrella + ranker(0), {}},
      {"rankwise.hpp and fifty rankers", fifty, {}},
  };
  for (int run = 0; run < 3; ++run) {
    for (row& r : rows) {
      fs::path const source = folder / "unit.cpp";
      std::ofstream{source} << r.source;
      std::vector<std::string> words = command;
      words.insert(words.end(), {"-c", "-o", (folder / "unit.o").string(), source.string()});
      r.costs.push_back(compile(words));
    }
  }
  std::printf("%-32s %10s %10s\n", "", "seconds", "MB");
  double before = 0;
  for (row& r : rows) {
    std::sort(r.costs.begin(), r.costs.end(), [](cost a, cost b) { return a.seconds < b.seconds; });
    std::printf("%-32s %10.2f %10.0f\n", r.what, r.costs[1].seconds, r.costs[1].megabytes);
    before = &r == &rows[2] ? r.costs[1].seconds : before;
  }
  std::printf("%-32s %10.2f\n", "fifty rankers over the umbrella", rows.back().costs[1].seconds - before);
  fs::remove_all(folder);
  return 0;
}
