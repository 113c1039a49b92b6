// Files: whole processes that evaluate a run of a million lines, ours, under a limit of ten times the file's memory,
// against trec_eval; and LETOR text against memcpy
// and against std::from_chars over the same mapped file. Interleaved, medians of processor time, which other work on
// the machine disturbs least.
//
//   bench_io [--trec_eval=PATH] [--folder=/tmp] [--lines=1000000] [--rows=60000] [--rounds=9]
//   bench_io --features FILE ROWS     writes LETOR text with 136 features
//   bench_io --read FILE              reads it twice and prints the milliseconds: bench/readers.py compares other readers
#include <rankwise/io/join.hpp>
#include <rankwise/io/letor.hpp>
#include <rankwise/io/trec.hpp>
#include <rankwise/metric/trec/evaluation.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

namespace rw = rankwise;
namespace trec = rw::metric::trec;

// splitmix64
std::uint64_t bits(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15u;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

void save(std::string const& name, std::string const& text) {
  std::ofstream file(name, std::ios::binary);
  if (!file.write(text.data(), static_cast<std::streamsize>(text.size()))) {
    std::fprintf(stderr, "cannot write %s\n", name.c_str());
    std::exit(1);
  }
}

// ---- the whole of an evaluation

int evaluate(char const* qrels_file, char const* run_file) {
  auto const qrels = rw::io::read_qrels(qrels_file);
  auto const run = rw::io::read_run(run_file);
  trec::evaluation result(trec::selection::official());
  trec::topic t;
  rw::io::each_topic(run, qrels, {}, [&](rw::io::topic_levels const& levels) {
    fill(t, levels.levels, levels.retrieved);
    result.add(levels.topic, t);
  });
  std::string text;
  result.print_total(run.tag(), text);
  std::fputs(text.c_str(), stdout);
  return 0;
}

// Reading alone, as a first version would be written: streams and standard containers.
int read_with_streams(char const* run_file) {
  std::ifstream file(run_file);
  std::unordered_map<std::string, std::vector<std::pair<double, std::string>>> topics;
  std::string line;
  std::string topic;
  std::string skipped;
  std::string document;
  double score = 0;
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    fields >> topic >> skipped >> document >> skipped >> score;
    topics[topic].emplace_back(score, document);
  }
  std::printf("%zu\n", topics.size());
  return 0;
}

/// Milliseconds of processor time that a child process takes. It may use `memory` bytes of addresses, 0: any number.
double time_of(std::vector<std::string> const& command, rlim_t memory = 0) {
  rusage before{};
  rusage after{};
  getrusage(RUSAGE_CHILDREN, &before);
  pid_t const child = fork();
  if (child == 0) {
    int const nothing = open("/dev/null", O_WRONLY);
    dup2(nothing, 1);
    if (memory != 0) {
      rlimit const limit{memory, memory};
      setrlimit(RLIMIT_AS, &limit);
    }
    std::vector<char*> words;
    for (std::string const& word : command) {
      words.push_back(const_cast<char*>(word.c_str())); // NOLINT: execv changes nothing
    }
    words.push_back(nullptr);
    execv(words[0], words.data());
    _exit(127);
  }
  int how = 0;
  waitpid(child, &how, 0);
  if (!WIFEXITED(how) || WEXITSTATUS(how) != 0) {
    std::fprintf(stderr, "%s failed\n", command[0].c_str());
    std::exit(1);
  }
  getrusage(RUSAGE_CHILDREN, &after);
  auto const ms = [](timeval const& t) {
    return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_usec) / 1e3;
  };
  return ms(after.ru_utime) + ms(after.ru_stime) - ms(before.ru_utime) - ms(before.ru_stime);
}

double now() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) * 1e-6;
}

double median(std::vector<double> v) {
  auto const middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
  std::nth_element(v.begin(), middle, v.end());
  return *middle;
}

// ---- features

// A mapped file, every token by std::from_chars: what one would write by hand. The same three columns come out.
double read_with_from_chars(std::string_view text) {
  std::vector<std::uint32_t> columns;
  std::vector<float> values;
  std::vector<float> labels;
  char const* p = text.data();
  char const* const last = p + text.size();
  while (p < last) {
    float label = 0;
    p = std::from_chars(p, last, label).ptr;
    labels.push_back(label);
    while (p < last && *p != '\n') {
      ++p;
      if (std::memcmp(p, "qid:", 4) == 0) {
        while (p < last && *p != ' ' && *p != '\n') {
          ++p;
        }
        continue;
      }
      std::uint32_t column = 0;
      float value = 0;
      p = std::from_chars(p, last, column).ptr + 1;
      p = std::from_chars(p, last, value).ptr;
      columns.push_back(column);
      values.push_back(value);
    }
    ++p;
  }
  double sum = 0;
  for (float const x : values) {
    sum += static_cast<double>(x);
  }
  return sum + static_cast<double>(labels.size() + columns.size());
}

double read_with_ours(std::string const& file) {
  auto const data = rw::io::read_letor(file);
  double sum = 0;
  for (float const x : data.values()) {
    sum += static_cast<double>(x);
  }
  return sum + static_cast<double>(data.size() + data.column_indices().size());
}

void make_runs(std::string const& folder, std::size_t lines) {
  std::uint64_t state = 1;
  constexpr std::size_t depth = 1000;
  std::vector<std::string> run;
  std::string qrels;
  char line[120];
  for (std::size_t topic = 1; run.size() < lines; ++topic) {
    double score = 30;
    for (std::size_t rank = 1; rank <= depth && run.size() < lines; ++rank) {
      score -= static_cast<double>(bits(state) >> 11) * 0x1p-53 * 0.03;
      std::uint64_t const id = bits(state);
      std::snprintf(line, sizeof line, "clueweb09-en%04u-%02u-%05u", static_cast<unsigned>(id % 10000),
                    static_cast<unsigned>(id / 10000 % 100), static_cast<unsigned>(topic * depth + rank) % 100000);
      std::string const document = line;
      std::snprintf(line, sizeof line, "%zu Q0 %s %zu %.6f bm25run\n", topic, document.c_str(), rank, score);
      run.emplace_back(line);
      if (rank % 15 == 0) {
        std::snprintf(line, sizeof line, "%zu 0 %s %u\n", topic, document.c_str(),
                      static_cast<unsigned>(bits(state) % 4));
        qrels += line;
      }
    }
  }
  auto const joined = [&run] {
    std::string text;
    for (std::string const& l : run) {
      text += l;
    }
    return text;
  };
  save(folder + "/bench_io.qrels", qrels);
  save(folder + "/bench_io_ordered.run", joined());
  for (std::size_t i = run.size(); i > 1; --i) {
    std::swap(run[i - 1], run[bits(state) % i]);
  }
  save(folder + "/bench_io_shuffled.run", joined());
}

void make_features(std::string const& name, std::size_t rows) {
  std::uint64_t state = 2;
  std::string text;
  char field[40];
  auto const uniform = [&state] { return static_cast<double>(bits(state) >> 11) * 0x1p-53; };
  for (std::size_t row = 0; row < rows; ++row) {
    std::snprintf(field, sizeof field, "%u qid:%zu", static_cast<unsigned>(bits(state) % 5), row / 120 + 1);
    text += field;
    for (int column = 1; column <= 136; ++column) {
      switch (column % 5) { // counts, shares, scores, negative scores, as in MSLR-WEB10K
      case 0:
      case 1:
        std::snprintf(field, sizeof field, " %d:%u", column, static_cast<unsigned>(bits(state) % 300));
        break;
      case 2:
        std::snprintf(field, sizeof field, bits(state) % 5 < 2 ? " %d:0" : " %d:%.6f", column, uniform());
        break;
      case 3:
        std::snprintf(field, sizeof field, " %d:%.6f", column, 30 * uniform());
        break;
      default:
        std::snprintf(field, sizeof field, " %d:%.6f", column, -20 * uniform());
      }
      text += field;
    }
    text += '\n';
  }
  save(name, text);
}

} // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::strcmp(argv[1], "--evaluate") == 0) {
    return evaluate(argv[2], argv[3]);
  }
  if (argc == 3 && std::strcmp(argv[1], "--streams") == 0) {
    return read_with_streams(argv[2]);
  }
  if (argc == 4 && std::strcmp(argv[1], "--features") == 0) {
    make_features(argv[2], std::strtoull(argv[3], nullptr, 10));
    return 0;
  }
  if (argc == 3 && std::strcmp(argv[1], "--read") == 0) {
    for (int reading = 0; reading < 2; ++reading) {
      double const begin = now();
      double const sum = read_with_ours(argv[2]);
      std::printf("%.3f %.9g\n", now() - begin, sum);
    }
    return 0;
  }
  std::map<std::string, std::string> given{
      {"trec_eval", ""}, {"folder", "/tmp"}, {"lines", "1000000"}, {"rows", "60000"}, {"rounds", "9"}};
  for (int i = 1; i < argc; ++i) {
    std::string const word = argv[i];
    std::size_t const equals = word.find('=');
    std::string const name = word.size() > 2 ? word.substr(2, equals - 2) : "";
    if (word.rfind("--", 0) != 0 || equals == std::string::npos || given.find(name) == given.end()) {
      std::fprintf(stderr,
                   "bench_io [--trec_eval=PATH] [--folder=/tmp] [--lines=1000000] [--rows=60000] [--rounds=9]\n");
      return 1;
    }
    given[name] = word.substr(equals + 1);
  }
  std::string const folder = given["folder"];
  auto const rounds = static_cast<std::size_t>(std::max(1, std::atoi(given["rounds"].c_str())));

  std::printf("milliseconds of processor time, medians of %zu interleaved rounds\n\n", rounds);
  make_runs(folder, std::strtoull(given["lines"].c_str(), nullptr, 10));
  std::string const qrels = folder + "/bench_io.qrels";
  std::printf("%-44s %10s %8s\n", ("evaluate " + given["lines"] + " lines, whole process").c_str(), "ms", "ratio");
  for (std::string const order : {"ordered", "shuffled"}) {
    std::string const run = folder + "/bench_io_" + order + ".run";
    std::vector<std::pair<std::string, std::vector<std::string>>> commands{
        {"rankwise", {argv[0], "--evaluate", qrels, run}}, {"streams, only read", {argv[0], "--streams", run}}};
    if (!given["trec_eval"].empty()) {
      commands.push_back({"trec_eval", {given["trec_eval"], qrels, run}});
    }
    rlim_t const size = rw::io::mapped_file(run.c_str()).text().size(); // ours gets ten times as much memory
    std::vector<std::vector<double>> times(commands.size());
    for (std::size_t round = 0; round < rounds; ++round) {
      for (std::size_t c = 0; c < commands.size(); ++c) {
        times[c].push_back(time_of(commands[c].second, c == 0 ? 10 * size : 0));
      }
    }
    for (std::size_t c = 0; c < commands.size(); ++c) {
      std::printf("  %-42s %10.1f %7.1fx\n", (order + ", " + commands[c].first).c_str(), median(times[c]),
                  median(times[c]) / median(times[0]));
    }
    std::remove(run.c_str());
  }
  std::remove(qrels.c_str());

  std::string const features = folder + "/bench_io.letor";
  make_features(features, std::strtoull(given["rows"].c_str(), nullptr, 10));
  {
    rw::io::mapped_file const file(features.c_str());
    std::string_view const text = file.text();
    std::vector<char> copy(text.size());
    std::vector<double> times[3];
    double sums[2] = {};
    for (std::size_t round = 0; round < rounds; ++round) {
      double begin = now();
      std::memcpy(copy.data(), text.data(), text.size());
      times[0].push_back(now() - begin);
      begin = now();
      sums[0] = read_with_ours(features);
      times[1].push_back(now() - begin);
      begin = now();
      sums[1] = read_with_from_chars(text);
      times[2].push_back(now() - begin);
    }
    if (sums[0] != sums[1] || copy.back() != text.back()) {
      std::fprintf(stderr, "the readers do not agree\n");
      return 1;
    }
    char const* const names[] = {"memcpy", "rankwise, mapping included", "from_chars on a mapped text"};
    std::printf("\n%-44s %10s %8s\n", "LETOR text, 136 features", "MB/s", "ratio");
    for (int i = 0; i < 3; ++i) {
      std::printf("  %-42s %10.0f %7.2fx\n", names[i], static_cast<double>(text.size()) / median(times[i]) / 1e3,
                  median(times[2]) / median(times[i]));
    }
  }
  std::remove(features.c_str());
  return 0;
}
