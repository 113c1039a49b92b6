#ifndef RANKWISE_EXAMPLES_RANKWISE_EVAL_ARGUMENTS_HPP
#define RANKWISE_EXAMPLES_RANKWISE_EVAL_ARGUMENTS_HPP

#include "outcome.hpp"
#include "presets.hpp"

#include <rankwise/metric/trec/catalogue.hpp>
#include <rankwise/version.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// The command line.
namespace eval {

namespace trec = rankwise::metric::trec;

enum class form { trec, table, tsv, json };

/// Something on the command line is wrong; the text says what.
struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct arguments {
  std::string qrels;
  std::vector<std::string> runs;
  trec::selection measures;
  std::vector<preset_metric const*> presets;
  trec::settings settings;
  std::size_t depth = static_cast<std::size_t>(-1);
  form output = form::trec;
  bool output_given = false;
  layout how;
  bool complete = false;
  bool judged_only = false;
  bool trec_eval_9 = false;
  bool compare = false;
  bool holm = false;
  bool progress = true;
  std::string z_scores;
  std::uint64_t seed = 0;
};

inline constexpr char const* help =
    R"(rankwise-eval [options] QRELS RUN [RUN ...]

Measures runs against judgments, in the formats of TREC. "-" is the standard input.

  QRELS   topic 0 document grade
  RUN     topic Q0 document rank score tag

What to measure
  -m, --measure NAME   may be repeated; without it, the group official
                         a measure of trec_eval:   map  P.5,10  ndcg_cut.10  ndcg.1=3,2=7  (--list);
                                                   one that comes again keeps its first parameters
                         a group of trec_eval:     official  all_trec  set
                         PRESET:METRIC[@K]:        gdeval:ndcg@10  sklearn:ndcg  xgboost:map@10  (--list)
  -p, --preset PRESET  prefix of the names without one that follow
  -l, --level GRADE    relevant is this grade or more (1); for the measures of trec_eval
  -c, --complete       topics that the run lacks count as nothing retrieved; otherwise they are left out
  -M, --depth N        only the first N documents of a topic
  -J, --judged-only    take documents without judgment out of the run
  -N, --collection N   documents in the collection, for utility
  --trec-eval-9        scores as floats and recall points cut off, as trec_eval 9, pytrec_eval and ir_measures have them
  -Z, --z-scores FILE  deviations from the mean, in standard deviations, instead of values; lines of FILE are
                       topic measure mean deviation

What to print
  -q, --by-topic       values of every topic, too
  -n, --no-total       no values over all topics
  -f, --format FORM    trec (trec_eval's own, for one run the default), table (for several runs); with all digits tsv,
                       json
  --digits N           behind the point (4), in the forms trec and table
  --compare            each run against the first: difference, 95 % interval, and p-values of the paired t-test, of
                       Wilcoxon's, of a permutation and of a bootstrap test, as a table or with -f tsv
  --holm               p-values corrected for the number of measures and runs by Holm's method, each test by itself
  --seed N             of the permutation and the bootstrap (0)
  --quiet              no progress and no notes on the standard error

  --list  --help  --version

Exit status: 0, or 1 for a wrong command line, 2 for a file that cannot be read, 3 if no topic has both judgments and
retrieved documents.
)";

inline void print_list() {
  std::puts("Measures of trec_eval (n retrieved, R relevant, r relevant and retrieved):\n");
  for (auto const& f : trec::catalogue<>) {
    std::printf("  %-22s %s", f.name, f.help);
    for (std::size_t i = 0; i < f.defaults.size(); ++i) {
      std::printf("%s%g", i == 0 ? ": ." : ",", f.defaults[i]);
    }
    std::puts(f.takes == trec::parameters::gains ? ": .level=gain,..." : "");
  }
  std::puts("\nPresets:\n");
  for (auto const& m : preset_metrics()) {
    std::printf("  %s\n", m.name().c_str());
  }
}

namespace detail {

inline std::size_t number(std::string const& option, std::string const& text) {
  errno = 0;
  char* rest = nullptr;
  unsigned long long const n = std::strtoull(text.c_str(), &rest, 10);
  if (text.empty() || text[0] < '0' || text[0] > '9' || *rest != '\0' || errno != 0) {
    throw usage_error(option + " takes a whole number, not \"" + text + "\"");
  }
  return static_cast<std::size_t>(n);
}

inline void only_format(std::string const& option, std::string const& given, char const* known) {
  if (given != known) {
    throw usage_error(option + " " + given + ": files are in the format " + known);
  }
}

inline void add_measure(arguments& a, std::string const& preset, std::string name) {
  if (name.find(':') == std::string::npos && !preset.empty()) {
    name = preset + ":" + name;
  }
  for (std::size_t k = 0, colon = name.find(':'); colon != std::string::npos && k < colon; ++k) {
    name[k] = name[k] == '-' ? '_' : name[k]; // tf-ranking
  }
  if (name.rfind("trec_eval:", 0) == 0) {
    name.erase(0, 10);
  }
  std::size_t const colon = name.find(':');
  if (colon == std::string::npos) {
    if (std::string const wrong = a.measures.add(name); !wrong.empty()) {
      throw usage_error(wrong + " (--list names them all)");
    }
    return;
  }
  preset_metric const* const found = find_preset(name);
  if (found == nullptr) {
    std::string others, presets = "trec_eval";
    std::string_view last;
    for (auto const& m : preset_metrics()) {
      if (name.compare(0, colon, m.preset) == 0) {
        others += "\n  " + m.name();
      }
      if (m.preset != last) {
        last = m.preset;
        presets += ", " + std::string(last);
      }
    }
    throw usage_error(name + ": no such metric" +
                      (others.empty() ? "; no preset " + name.substr(0, colon) + ": there are " + presets
                                      : "; this preset has" + others));
  }
  if (std::find(a.presets.begin(), a.presets.end(), found) == a.presets.end()) {
    a.presets.push_back(found);
  }
}

/// What can be said once everything is known.
inline void settle(arguments& a, std::vector<std::string> const& files, bool level_given) {
  if (files.size() < 2) {
    throw usage_error(files.empty() ? "no judgments and no run" : "no run");
  }
  if (a.holm && !a.compare) {
    throw usage_error("--holm is for --compare");
  }
  if (a.compare && files.size() < 3) {
    throw usage_error("--compare needs two runs at least");
  }
  if (a.compare && (a.output == form::json || a.how.by_topic || !a.how.total)) {
    throw usage_error("--compare prints a table, or lines with -f tsv: without -f json, -q and -n");
  }
  if (std::count(files.begin(), files.end(), "-") + (a.z_scores == "-" ? 1 : 0) > 1) {
    throw usage_error("the standard input can be read once");
  }
  if (a.measures.empty() && a.presets.empty()) {
    a.measures = trec::selection::official();
  }
  if (level_given && a.measures.empty()) {
    throw usage_error("-l is for the measures of trec_eval: those of presets have levels of their own");
  }
  a.settings.recall_cut_off = a.trec_eval_9;
  if (!a.output_given && files.size() > 2) {
    a.output = form::table; // trec_eval's form does not say which run a line is of
  }
  bool comparable = !a.presets.empty();
  for (auto const& item : a.measures.items()) {
    auto const over = trec::catalogue<>[item.family].over_topics;
    comparable = comparable || over == trec::summary::mean || (over == trec::summary::sum && !a.z_scores.empty());
  }
  if (a.compare && !comparable) {
    throw usage_error("--compare needs a measure with a value for every topic that is no count");
  }
  a.qrels = files[0];
  a.runs.assign(files.begin() + 1, files.end());
}

} // namespace detail

/// False if the program has said all it was asked for.
inline bool read_arguments(arguments& a, std::vector<std::string> words) {
  std::string preset;
  std::vector<std::string> files;
  bool options_end = false;
  bool level_given = false;
  bool preset_used = true;
  for (std::size_t i = 0; i < words.size(); ++i) {
    // Letters without values may stand together: -qc is -q -c.
    if (!options_end && words[i].size() > 2 && words[i][0] == '-' &&
        std::string_view("qncJhv").find(words[i][1]) != std::string_view::npos) {
      words.insert(words.begin() + static_cast<std::ptrdiff_t>(i) + 1, "-" + words[i].substr(2));
      words[i].erase(2);
    }
    std::string word = words[i];
    if (options_end || word.size() < 2 || word[0] != '-') {
      files.push_back(word);
      continue;
    }
    if (word == "--") {
      options_end = true;
      continue;
    }
    // -l2, --level=2, --level 2
    std::string value;
    bool attached = false;
    if (word[1] != '-' && word.size() > 2) {
      value = word.substr(2);
      word.erase(2);
      attached = true;
    } else if (std::size_t const equals = word.find('='); word[1] == '-' && equals != std::string::npos) {
      value = word.substr(equals + 1);
      word.erase(equals);
      attached = true;
    }
    auto const is = [&](auto... names) { return (... || (word == names)); }; // the last one is trec_eval's
    auto const flag = [&](bool& what, bool to = true) {
      if (attached) {
        throw usage_error(word + " takes no value");
      }
      what = to;
    };
    auto const take = [&] {
      if (!attached) {
        if (++i == words.size()) {
          throw usage_error(word + " takes a value");
        }
        value = words[i];
      }
      return value;
    };
    if (is("-h", "--help")) {
      std::fputs(help, stdout);
      return false;
    } else if (is("-v", "--version")) {
      std::printf("rankwise-eval %d.%d.%d\n", RANKWISE_VERSION_MAJOR, RANKWISE_VERSION_MINOR, RANKWISE_VERSION_PATCH);
      return false;
    } else if (word == "--list") {
      print_list();
      return false;
    } else if (is("-m", "--measure")) {
      detail::add_measure(a, preset, take());
      preset_used = true;
    } else if (is("-p", "--preset")) {
      preset = take();
      preset_used = false;
    } else if (is("-l", "--level", "--level_for_rel")) {
      std::size_t const level = detail::number(word, take());
      if (level > 2147483647) {
        throw usage_error(word + " takes a grade");
      }
      a.settings.relevant_from = static_cast<std::int32_t>(level);
      level_given = true;
    } else if (is("-M", "--depth", "--Max_retrieved_per_topic")) {
      a.depth = detail::number(word, take());
    } else if (is("-N", "--collection", "--Number_docs_in_coll")) {
      a.settings.documents_in_collection = detail::number(word, take());
    } else if (is("-R", "--Rel_info_format")) {
      detail::only_format(word, take(), "qrels");
    } else if (is("-T", "--Results_format")) {
      detail::only_format(word, take(), "trec_results");
    } else if (is("-Z", "--z-scores", "--Zscore")) {
      a.z_scores = take();
    } else if (word == "--seed") {
      a.seed = detail::number(word, take());
    } else if (word == "--digits") {
      std::size_t const places = detail::number(word, take());
      if (places > 20) {
        throw usage_error(word + " takes at most 20");
      }
      a.how.digits = static_cast<int>(places);
    } else if (is("-f", "--format")) {
      std::string const f = take();
      if (f != "trec" && f != "table" && f != "tsv" && f != "json") {
        throw usage_error(f + ": no such format; there are trec, table, tsv, json");
      }
      a.output_given = true;
      a.output = f == "trec" ? form::trec : f == "table" ? form::table : f == "tsv" ? form::tsv : form::json;
    } else if (is("-q", "--by-topic", "--query_eval_wanted")) {
      flag(a.how.by_topic);
    } else if (is("-n", "--no-total", "--nosummary")) {
      flag(a.how.total, false);
    } else if (is("-c", "--complete", "--complete_rel_info_wanted")) {
      flag(a.complete);
    } else if (is("-J", "--judged-only", "--Judged_docs_only")) {
      flag(a.judged_only);
    } else if (word == "--trec-eval-9") {
      flag(a.trec_eval_9);
    } else if (word == "--compare") {
      flag(a.compare);
    } else if (word == "--holm") {
      flag(a.holm);
    } else if (word == "--quiet") {
      flag(a.progress, false);
    } else {
      throw usage_error(word + ": no such option");
    }
  }
  if (!preset_used) {
    throw usage_error("-p " + preset + " stands before the names that it is for: -p " + preset + " -m NAME");
  }
  detail::settle(a, files, level_given);
  return true;
}

} // namespace eval

#endif
