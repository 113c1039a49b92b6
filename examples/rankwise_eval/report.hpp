#ifndef RANKWISE_EXAMPLES_RANKWISE_EVAL_REPORT_HPP
#define RANKWISE_EXAMPLES_RANKWISE_EVAL_REPORT_HPP

#include "outcome.hpp"

#include <rankwise/io/json_text.hpp>
#include <rankwise/stat/paired.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The four ways to print outcomes, and the comparison of runs.
namespace eval {

using rankwise::io::json_string;

inline std::string digits(char const* format, double x) {
  char text[400];
  std::snprintf(text, sizeof text, format, x); // NOLINT: formats of this file
  return text;
}

inline std::string brief(measure const& m, double x) {
  return digits(m.form == kind::count ? "%.0f" : "%6.4f", x);
}

inline std::string exact(double x) {
  return std::isfinite(x) ? digits("%.17g", x) : "nan";
}

inline std::string padded(std::string_view s, std::size_t width, bool right = false) {
  std::string const space(s.size() < width ? width - s.size() : 0, ' ');
  return right ? space + std::string(s) : std::string(s) + space;
}

inline std::string value_of(measure const& m, std::size_t topic, bool all_digits) {
  return m.form == kind::text ? m.texts[topic] : all_digits ? exact(m.values[topic]) : brief(m, m.values[topic]);
}

/// Whether the measure has a value for the topic: gdeval's have none for topics without a relevant document.
inline bool has_value(measure const& m, std::size_t topic) {
  return m.form == kind::text || !std::isnan(m.values[topic]);
}

inline std::string total_of(measure const& m, bool all_digits) {
  return m.form == kind::text ? m.total_text : all_digits ? exact(m.total) : brief(m, m.total);
}

/// Runs are called by their tags, and by their files where they share one or have none.
inline void label(std::vector<outcome>& runs) {
  for (outcome& r : runs) {
    auto const same = std::count_if(runs.begin(), runs.end(), [&](outcome const& other) { return other.tag == r.tag; });
    r.label = same == 1 && !r.tag.empty() ? r.tag : r.file;
    for (char& c : r.label) {
      c = static_cast<unsigned char>(c) < ' ' ? '?' : c; // a tab would begin another field
    }
  }
}

/// trec_eval's own form: one run after the other.
inline std::string as_trec(std::vector<outcome> const& runs, bool by_topic, bool total) {
  std::string out;
  auto const line = [&](measure const& m, std::string const& topic, std::string const& value) {
    out += padded(m.name, m.standardised ? 23 : 22) + '\t' + topic + '\t' + value + '\n';
  };
  for (outcome const& r : runs) {
    for (std::size_t t = 0; by_topic && t < r.topics.size(); ++t) {
      for (measure const& m : r.measures) {
        if (m.by_topic && has_value(m, t)) {
          line(m, r.topics[t], m.form == kind::text ? "'" + m.texts[t] + "'" : value_of(m, t, false));
        }
      }
    }
    for (measure const& m : r.measures) {
      if (total && m.in_total) {
        line(m, "all", total_of(m, false));
      }
    }
  }
  return out;
}

/// A line for each measure, a column for each run.
inline std::string as_table(std::vector<outcome> const& runs, bool by_topic, bool total) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> head{"measure", "topic"};
  // Runs need not have the same topics; those of a run ascend.
  std::vector<std::string> topics;
  for (outcome const& r : runs) {
    head.push_back(r.label);
    std::vector<std::string> all;
    std::set_union(topics.begin(), topics.end(), r.topics.begin(), r.topics.end(), std::back_inserter(all));
    topics = std::move(all);
  }
  rows.push_back(head);
  for (std::size_t m = 0; m < runs[0].measures.size(); ++m) {
    measure const& first = runs[0].measures[m];
    for (std::size_t t = 0; by_topic && first.by_topic && t < topics.size(); ++t) {
      std::vector<std::string> row{first.name, topics[t]};
      for (outcome const& r : runs) {
        auto const at = std::lower_bound(r.topics.begin(), r.topics.end(), topics[t]);
        auto const i = static_cast<std::size_t>(at - r.topics.begin());
        bool const there = at != r.topics.end() && *at == topics[t] && has_value(r.measures[m], i);
        row.push_back(there ? value_of(r.measures[m], i, false) : "-");
      }
      rows.push_back(row);
    }
    if (total && first.in_total) {
      std::vector<std::string> row{first.name, "all"};
      for (outcome const& r : runs) {
        row.push_back(total_of(r.measures[m], false));
      }
      rows.push_back(row);
    }
  }
  std::vector<std::size_t> width(head.size(), 0);
  for (auto const& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      width[c] = std::max(width[c], row[c].size());
    }
  }
  std::string out;
  for (auto const& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      out += (c == 0 ? "" : "  ") + padded(row[c], c == 1 && !by_topic ? 0 : width[c], c > 1);
    }
    out += '\n';
  }
  return out;
}

/// Every value in a line of its own, with all its digits.
inline std::string as_tsv(std::vector<outcome> const& runs, bool by_topic, bool total) {
  std::string out = "run\ttopic\tmeasure\tvalue\n";
  for (outcome const& r : runs) {
    for (std::size_t t = 0; by_topic && t < r.topics.size(); ++t) {
      for (measure const& m : r.measures) {
        if (m.by_topic) {
          out += r.label + '\t' + r.topics[t] + '\t' + m.name + '\t' + value_of(m, t, true) + '\n';
        }
      }
    }
    for (measure const& m : r.measures) {
      if (total && m.in_total) {
        out += r.label + "\tall\t" + m.name + '\t' + total_of(m, true) + '\n';
      }
    }
  }
  return out;
}

inline std::string json_value(measure const& m, std::string const& value) {
  return m.form == kind::text ? json_string(value) : value == "nan" ? "null" : value;
}

/// [{"run": ..., "file": ..., "measures": {...}, "topics": {"301": {...}}}]
inline std::string as_json(std::vector<outcome> const& runs, bool by_topic, bool total) {
  std::string out = "[";
  for (std::size_t i = 0; i < runs.size(); ++i) {
    outcome const& r = runs[i];
    out +=
        (i == 0 ? "\n" : ",\n") + std::string("{\"run\": ") + json_string(r.tag) + ", \"file\": " + json_string(r.file);
    if (total) {
      out += ",\n \"measures\": {";
      bool first = true;
      for (measure const& m : r.measures) {
        if (m.in_total) {
          out += (first ? "" : ", ") + json_string(m.name) + ": " + json_value(m, total_of(m, true));
          first = false;
        }
      }
      out += '}';
    }
    if (by_topic) {
      out += ",\n \"topics\": {";
      for (std::size_t t = 0; t < r.topics.size(); ++t) {
        out += (t == 0 ? "\n  " : ",\n  ") + json_string(r.topics[t]) + ": {";
        bool first = true;
        for (measure const& m : r.measures) {
          if (m.by_topic) {
            out += (first ? "" : ", ") + json_string(m.name) + ": " + json_value(m, value_of(m, t, true));
            first = false;
          }
        }
        out += '}';
      }
      out += '}';
    }
    out += '}';
  }
  return out + "\n]\n";
}

/// Every run against the first, by the topics that both have.
inline std::string comparison(std::vector<outcome> const& runs, std::uint64_t seed) {
  namespace stat = rankwise::stat;
  std::string out;
  outcome const& base = runs[0];
  for (std::size_t i = 1; i < runs.size(); ++i) {
    outcome const& r = runs[i];
    std::size_t width = 7;
    for (measure const& m : base.measures) {
      width = std::max(width, m.name.size());
    }
    std::string lines;
    std::size_t pairs = 0;
    for (std::size_t m = 0; m < base.measures.size(); ++m) {
      measure const& first = base.measures[m];
      measure const& second = r.measures[m];
      if (first.form != kind::real || !first.by_topic) {
        continue;
      }
      std::vector<double> a;
      std::vector<double> b;
      for (std::size_t s = 0, t = 0; s < base.topics.size() && t < r.topics.size();) {
        int const order = base.topics[s].compare(r.topics[t]); // topics ascend
        if (order == 0 && std::isfinite(first.values[s]) && std::isfinite(second.values[t])) {
          a.push_back(first.values[s]);
          b.push_back(second.values[t]);
        }
        s += order <= 0 ? 1 : 0;
        t += order >= 0 ? 1 : 0;
      }
      auto const mean = [](std::vector<double> const& v) {
        double sum = 0;
        for (double const x : v) {
          sum += x;
        }
        return v.empty() ? 0 : sum / static_cast<double>(v.size());
      };
      auto const student = stat::paired_t{}(b, a);
      auto const ranks = stat::wilcoxon{}(b, a);
      auto const turned = stat::permutation{.seed = seed}(b, a);
      auto const drawn = stat::paired_bootstrap{.seed = seed}(b, a);
      pairs = std::max(pairs, a.size());
      lines += padded(first.name, width) + digits("  %9.4f", mean(a)) + digits("  %9.4f", mean(b)) +
               digits("  %+9.4f", student.difference) + digits("  [%+.4f,", student.low) +
               digits(" %+.4f]", student.high) + digits("  %8.4f", student.p_value) + digits("  %8.4f", ranks.p_value) +
               digits("  %8.4f", turned.p_value) + digits("  %8.4f", drawn.p_value) + '\n';
    }
    out += (i == 1 ? "" : "\n") + std::string("a: ") + base.label + ", b: " + r.label + ", " + std::to_string(pairs) +
           " topics\n" + padded("measure", width) +
           "          a          b      b - a  95 % of b - a       p: t  wilcoxon   permut.  bootstr.\n" + lines;
  }
  return out;
}

} // namespace eval

#endif
