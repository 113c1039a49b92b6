// rankwise-eval: runs against judgments, with the measures of trec_eval and those of other libraries, and runs against
// each other.
#include "arguments.hpp"
#include "comparison.hpp"
#include "outcome.hpp"
#include "presets.hpp"
#include "report.hpp"
#include "zscores.hpp"

#include <rankwise/io/join.hpp>
#include <rankwise/io/trec.hpp>
#include <rankwise/metric/trec/evaluation.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <utility>
#include <vector>

#if __has_include(<unistd.h>)
#include <unistd.h>
#endif

namespace {

namespace rw = rankwise;
namespace trec = rw::metric::trec;
using eval::arguments;

/// A line on the standard error for files that take long, if somebody is there to read it.
class progress_line {
public:
  explicit progress_line(bool wanted) : wanted_(wanted && on_terminal()) {}
  ~progress_line() { clear(); }
  progress_line(progress_line const&) = delete;
  progress_line& operator=(progress_line const&) = delete;

  rw::io::read_options reading(std::string const& file) {
    file_ = &file;
    begin_ = clock::now();
    return {.progress = [](void* me, std::size_t done,
                           std::size_t total) { static_cast<progress_line*>(me)->show(done, total); },
            .context = this};
  }
  void clear() {
    if (shown_) {
      std::fputs("\r\033[K", stderr);
      shown_ = false;
    }
  }

private:
  using clock = std::chrono::steady_clock;
  static bool on_terminal() {
#if __has_include(<unistd.h>)
    return isatty(2) != 0;
#else
    return false;
#endif
  }
  void show(std::size_t done, std::size_t total) {
    if (done == total) {
      clear();
    } else if (wanted_ && clock::now() - begin_ > std::chrono::milliseconds(500)) {
      std::fprintf(stderr, "\r%s: %zu of %zu MB", file_->c_str(), done >> 20, total >> 20);
      shown_ = true;
    }
  }

  bool wanted_;
  bool shown_ = false;
  std::string const* file_ = nullptr;
  clock::time_point begin_;
};

void measure_as_trec(eval::outcome& out, rw::io::run const& run, rw::io::qrels const& qrels, arguments const& a,
                     rw::io::join_options const& joining) {
  trec::evaluation result(a.measures, a.complete);
  result.reserve(qrels.topic_count());
  trec::topic t(a.settings);
  bool const keep = a.how.by_topic || a.compare || !a.z_scores.empty();
  rw::io::each_topic(run, qrels, joining, [&](rw::io::topic_levels const& levels) {
    auto const retrieved = levels.levels.first(levels.retrieved);
    out.in_pool =
        out.in_pool || std::any_of(retrieved.begin(), retrieved.end(), [](auto l) { return l != trec::unpooled; });
    fill(t, levels.levels, levels.retrieved);
    if (levels.found) {
      result.add(levels.topic, t);
    } else {
      result.add_missing(levels.topic, t, a.judged_only);
    }
  });
  for (std::size_t i = 0; i < result.topics(); ++i) {
    out.topics.push_back(result.topic_name(i));
  }
  for (std::size_t i = 0; i < a.measures.items().size(); ++i) {
    auto const& item = a.measures.items()[i];
    auto const over = trec::catalogue<>[item.family].over_topics;
    eval::measure m;
    m.name = item.name;
    m.form = over == trec::summary::label || over == trec::summary::none   ? eval::kind::text
             : over == trec::summary::sum || over == trec::summary::topics ? eval::kind::count
                                                                           : eval::kind::real;
    m.by_topic = over == trec::summary::mean || over == trec::summary::sum || over == trec::summary::none;
    m.in_total = over != trec::summary::none;
    m.total = result.total(i);
    m.total_text = run.tag();
    m.values.reserve(keep && m.by_topic ? result.topics() : 0);
    for (std::size_t topic = 0; topic < result.topics() && m.by_topic && keep; ++topic) {
      m.values.push_back(result.value(topic, i));
      if (over == trec::summary::none) {
        m.texts.push_back(result.grades(topic));
      }
    }
    out.measures.push_back(std::move(m));
  }
}

void measure_as_presets(eval::outcome& out, rw::io::run const& run, rw::io::qrels const& qrels, arguments const& a,
                        rw::io::join_options joining) {
  joining.order = rw::io::row_order::file; // what others call the order of the input
  joining.float_scores = false;
  auto const rows = rw::io::join(run, qrels, joining);
  out.topics.clear();
  for (std::size_t l = 0; l < rows.lists().size(); ++l) {
    out.topics.emplace_back(rows.topic(l));
  }
  for (std::size_t i = 0; i < rows.levels().size(); ++i) {
    out.in_pool = out.in_pool || (rows.retrieved()[i] != 0 && rows.levels()[i] != trec::unpooled);
  }
  for (eval::preset_metric const* p : a.presets) {
    eval::measure m;
    m.name = p->name();
    m.may_lack = true;
    m.values.resize(out.topics.size());
    m.total = p->value(rows, m.values, {});
    out.measures.push_back(std::move(m));
  }
}

std::string printed(std::vector<eval::outcome> const& outcomes, arguments const& a) {
  if (a.compare) {
    return a.output == eval::form::tsv ? eval::comparison_as_tsv(outcomes, a.seed, a.holm)
                                       : eval::comparison_as_table(outcomes, a.seed, a.holm, a.how.digits);
  }
  switch (a.output) {
  case eval::form::table:
    return eval::as_table(outcomes, a.how);
  case eval::form::tsv:
    return eval::as_tsv(outcomes, a.how);
  case eval::form::json:
    return eval::as_json(outcomes, a.how);
  case eval::form::trec:
    break;
  }
  return eval::as_trec(outcomes, a.how);
}

/// Notes on what a user may have overlooked.
void note(eval::outcome const& out, rw::io::run const& run, rw::io::qrels const& qrels, arguments const& a) {
  std::size_t missing = 0;
  for (std::size_t t = 0; t < qrels.topic_count(); ++t) {
    missing += run.find_topic(qrels.topic(t)) == rw::io::ids::none ? 1 : 0;
  }
  if (missing != 0 && !a.complete) {
    std::fprintf(stderr, "rankwise-eval: %s lacks %zu of the %zu judged topics, which are left out (-c counts them)\n",
                 out.file.c_str(), missing, qrels.topic_count());
  }
  if (run.empty()) {
    std::fprintf(stderr, "rankwise-eval: %s has no lines\n", out.file.c_str());
  } else if (!out.in_pool && a.depth != 0 && !a.judged_only) {
    std::fprintf(stderr, "rankwise-eval: %s has no document of %s: are their ids written alike?\n", out.file.c_str(),
                 a.qrels.c_str());
  }
}

int evaluate(arguments const& a) {
  progress_line progress(a.progress);
  auto const qrels = rw::io::read_qrels(a.qrels, progress.reading(a.qrels));
  eval::references const references = a.z_scores.empty() ? eval::references() : eval::references(a.z_scores);
  std::vector<eval::outcome> outcomes;
  for (std::string const& file : a.runs) {
    auto const run = rw::io::read_run(file, progress.reading(file));
    rw::io::join_options const joining{
        .complete = a.complete, .depth = a.depth, .judged_only = a.judged_only, .float_scores = a.trec_eval_9};
    eval::outcome out;
    out.file = file;
    out.tag = run.tag();
    if (!a.measures.empty()) {
      measure_as_trec(out, run, qrels, a, joining);
    }
    if (!a.presets.empty()) {
      measure_as_presets(out, run, qrels, a, joining);
    }
    if (!a.z_scores.empty()) {
      eval::standardise(out, references);
    }
    progress.clear();
    if (out.topics.empty()) {
      if (qrels.empty() || run.empty()) {
        std::fprintf(stderr, "rankwise-eval: %s has no lines\n", (qrels.empty() ? a.qrels : file).c_str());
      } else {
        std::fprintf(stderr, "rankwise-eval: %s and %s have no topic in common\n", a.qrels.c_str(), file.c_str());
      }
      return 3;
    }
    if (a.progress) {
      note(out, run, qrels, a);
    }
    outcomes.push_back(std::move(out));
  }
  eval::label(outcomes);
  for (std::size_t i = 1; a.compare && i < outcomes.size(); ++i) {
    eval::outcome const& first = outcomes[0];
    eval::outcome const& second = outcomes[i];
    if (std::none_of(first.topics.begin(), first.topics.end(), [&](std::string const& topic) {
          return std::binary_search(second.topics.begin(), second.topics.end(), topic);
        })) {
      std::fprintf(stderr, "rankwise-eval: %s and %s have no judged topic in common\n", first.file.c_str(),
                   second.file.c_str());
      return 3;
    }
  }
  std::string const text = printed(outcomes, a);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    std::perror("rankwise-eval: cannot write");
    return 2;
  }
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  try {
    arguments a;
    if (!eval::read_arguments(a, {argv + 1, argv + argc})) {
      return 0;
    }
    return evaluate(a);
  } catch (eval::usage_error const& e) {
    std::fprintf(stderr, "rankwise-eval: %s\nUsage: rankwise-eval [options] QRELS RUN [RUN ...]   (--help)\n",
                 e.what());
    return 1;
  } catch (rw::error const& e) {
    std::fprintf(stderr, "rankwise-eval: %s\n", e.what() + sizeof "rankwise: " - 1);
    return 2;
  } catch (std::bad_alloc const&) {
    std::fprintf(stderr, "rankwise-eval: not enough memory\n");
    return 2;
  } catch (std::exception const& e) {
    std::fprintf(stderr, "rankwise-eval: %s\n", e.what());
    return 2;
  }
}
