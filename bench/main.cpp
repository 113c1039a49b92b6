// Runs every benchmark nine times in random order and prints the medians. A name is `<what>/<variant>`; the variants of
// one thing stand together, and those called `plain`, `libm` or `march=native` are what the others are compared with:
// "3.26x" as fast. Where there is none of these, the others say how many times the first they cost. A counter `ns`
// replaces the time of an iteration.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace {

class ratios : public benchmark::BenchmarkReporter {
public:
  bool ReportContext(Context const&) override { return true; }

  void ReportRuns(std::vector<Run> const& runs) override {
    for (Run const& run : runs) {
      if (run.run_type != Run::RT_Iteration || run.error_occurred) {
        continue;
      }
      std::string name = run.run_name.function_name;
      if (!run.run_name.args.empty()) {
        name += '/' + run.run_name.args;
      }
      auto const ns = run.counters.find("ns");
      if (times_.find(name) == times_.end()) {
        // Interleaving has mixed them; a table wants the order of registration.
        order_[run.family_index] = name;
      } else if (order_.find(run.family_index) == order_.end()) {
        std::fprintf(stderr, "two benchmarks are called %s\n", name.c_str());
        std::exit(1);
      }
      times_[name].push_back(ns != run.counters.end() ? ns->second.value : run.GetAdjustedRealTime());
    }
  }

  std::string table() const {
    std::ostringstream out;
    char line[160];
    std::snprintf(line, sizeof line, "%-40s %-10s %12s %9s\n", "median of nine", "", "ns", "ratio");
    out << line;
    std::string group;
    double first = 0;
    for (auto const& [index, name] : order_) {
      auto const at = name.rfind('/');
      std::string const what = name.substr(0, at);
      std::string const variant = at == std::string::npos ? "" : name.substr(at + 1);
      double const ours = median(times_.at(name));
      std::snprintf(line, sizeof line, "%-40s %-10s %12.3f", what == group ? "" : what.c_str(), variant.c_str(), ours);
      out << line;
      bool const leads = what != group;
      first = leads ? ours : first;
      group = what;
      if (double const base = baseline(what);
          base > 0 && variant != "plain" && variant != "libm" && variant != "march=native") {
        std::snprintf(line, sizeof line, " %8.2fx", base / ours);
        out << line;
      } else if (base == 0 && !leads) {
        std::snprintf(line, sizeof line, " %8.2f times", ours / first);
        out << line;
      }
      out << '\n';
    }
    return out.str();
  }

private:
  double baseline(std::string const& what) const {
    for (char const* variant : {"/plain", "/libm", "/march=native"}) {
      if (auto const found = times_.find(what + variant); found != times_.end()) {
        return median(found->second);
      }
    }
    return 0;
  }

  static double median(std::vector<double> v) {
    auto const middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
    std::nth_element(v.begin(), middle, v.end());
    return *middle;
  }

  std::map<std::string, std::vector<double>> times_;
  std::map<std::int64_t, std::string> order_;
};

} // namespace

int main(int argc, char** argv) {
  std::string file;
  std::vector<char*> rest;
  for (int i = 0; i < argc; ++i) {
    if (std::strncmp(argv[i], "--table=", 8) == 0) {
      file = argv[i] + 8;
    } else {
      rest.push_back(argv[i]);
    }
  }
  // Interleaved, so that a slow moment of the machine hits both sides of a ratio.
  std::string interleave = "--benchmark_enable_random_interleaving=true";
  std::string repetitions = "--benchmark_repetitions=9";
  std::string shortly = "--benchmark_min_time=0.02";
  rest.insert(rest.begin() + 1, {interleave.data(), repetitions.data(), shortly.data()});
  int count = static_cast<int>(rest.size());
  benchmark::Initialize(&count, rest.data());
  if (benchmark::ReportUnrecognizedArguments(count, rest.data())) {
    return 1;
  }
  std::printf("nine interleaved runs of each benchmark; the table comes when all have ended\n");
  std::fflush(stdout);
  ratios reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  std::string const table = reporter.table();
  std::fputs(table.c_str(), stdout);
  if (!file.empty()) {
    std::ofstream{file} << table;
    std::printf("written to %s\n", file.c_str());
  }
  return 0;
}
