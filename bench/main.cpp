// Runs every benchmark several times in random order and prints one row per pair of benchmarks called
// `<what>/ours` and `<what>/plain`: the medians, and how many times faster ours is.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
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
      double items = 1;
      if (auto const found = run.counters.find("items"); found != run.counters.end()) {
        items = found->second.value;
      }
      if (times_.find(name) == times_.end()) {
        order_.push_back(name);
      }
      times_[name].push_back(run.GetAdjustedRealTime() / items);
    }
  }

  std::string table() const {
    std::ostringstream out;
    char line[160];
    std::snprintf(line, sizeof line, "%-44s %12s %12s %8s\n", "ns per item (median)", "ours", "plain", "ratio");
    out << line;
    for (std::string const& name : order_) {
      std::string other = name;
      auto const at = other.find("/ours");
      if (at == std::string::npos) {
        continue;
      }
      other.replace(at, 5, "/plain");
      auto const plain = times_.find(other);
      if (plain == times_.end()) {
        continue;
      }
      std::string what = name;
      what.erase(at, 5);
      double const a = median(times_.at(name));
      double const b = median(plain->second);
      std::snprintf(line, sizeof line, "%-44s %12.3f %12.3f %7.2fx\n", what.c_str(), a, b, b / a);
      out << line;
    }
    return out.str();
  }

private:
  static double median(std::vector<double> v) {
    auto const middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
    std::nth_element(v.begin(), middle, v.end());
    return *middle;
  }

  std::map<std::string, std::vector<double>> times_;
  std::vector<std::string> order_;
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
