#ifndef RANKWISE_EXAMPLES_RANKWISE_EVAL_REPORT_HPP
#define RANKWISE_EXAMPLES_RANKWISE_EVAL_REPORT_HPP

#include "outcome.hpp"

#include <rankwise/io/json_text.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The four ways to print outcomes.
namespace eval {

using rankwise::io::json_string;

/// `printf` of numbers.
template <class... Numbers>
std::string digits(char const* format, Numbers... numbers) {
  char text[400];
  std::snprintf(text, sizeof text, format, numbers...); // NOLINT: formats of these files
  return text;
}

/// As trec_eval prints it.
inline std::string brief(measure const& m, double x, int places) {
  return m.form == kind::count ? digits("%.0f", x) : digits("%6.*f", places, x);
}

/// Reads back as the same number.
inline std::string exact(double x) {
  return std::isfinite(x) ? rankwise::io::json_number(x) : "nan";
}

/// Characters of UTF-8.
inline std::size_t length_of(std::string_view s) {
  return static_cast<std::size_t>(
      std::count_if(s.begin(), s.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

inline std::string padded(std::string_view s, std::size_t width, bool right = false) {
  std::size_t const length = length_of(s);
  std::string const space(length < width ? width - length : 0, ' ');
  return right ? space + std::string(s) : std::string(s) + space;
}

/// Rows of equal length as columns; the first `left` begin at the same place, the others end there.
inline std::string aligned(std::vector<std::vector<std::string>> const& rows, std::size_t left) {
  std::vector<std::size_t> width(rows[0].size(), 0);
  for (auto const& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      width[c] = std::max(width[c], length_of(row[c]));
    }
  }
  std::string out;
  for (auto const& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      out += (c == 0 ? "" : "  ") + padded(row[c], width[c], c >= left);
    }
    out += '\n';
  }
  return out;
}

inline std::string value_of(measure const& m, std::size_t topic, int places) {
  return m.form == kind::text ? m.texts[topic] : brief(m, m.values[topic], places);
}
inline std::string exact_value_of(measure const& m, std::size_t topic) {
  return m.form == kind::text ? m.texts[topic] : exact(m.values[topic]);
}

inline bool has_value(measure const& m, std::size_t topic) {
  return !m.may_lack || !std::isnan(m.values[topic]);
}

inline std::string total_of(measure const& m, int places) {
  return m.form == kind::text ? m.total_text : brief(m, m.total, places);
}
inline std::string exact_total_of(measure const& m) {
  return m.form == kind::text ? m.total_text : exact(m.total);
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
inline std::string as_trec(std::vector<outcome> const& runs, layout const& how) {
  std::string out;
  auto const line = [&](measure const& m, std::string const& topic, std::string const& value) {
    out += padded(m.name, m.standardised ? 23 : 22) + '\t' + topic + '\t' + value + '\n';
  };
  for (outcome const& r : runs) {
    for (std::size_t t = 0; how.by_topic && t < r.topics.size(); ++t) {
      for (measure const& m : r.measures) {
        if (m.by_topic && has_value(m, t)) {
          line(m, r.topics[t], m.form == kind::text ? "'" + m.texts[t] + "'" : value_of(m, t, how.digits));
        }
      }
    }
    for (measure const& m : r.measures) {
      if (how.total && m.in_total) {
        line(m, "all", total_of(m, how.digits));
      }
    }
  }
  return out;
}

/// A line for each measure, a column for each run.
inline std::string as_table(std::vector<outcome> const& runs, layout const& how) {
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
  rows.push_back(std::move(head));
  for (std::size_t m = 0; m < runs[0].measures.size(); ++m) {
    measure const& first = runs[0].measures[m];
    for (std::size_t t = 0; how.by_topic && first.by_topic && t < topics.size(); ++t) {
      std::vector<std::string> row{first.name, topics[t]};
      for (outcome const& r : runs) {
        auto const at = std::lower_bound(r.topics.begin(), r.topics.end(), topics[t]);
        auto const i = static_cast<std::size_t>(at - r.topics.begin());
        bool const there = at != r.topics.end() && *at == topics[t] && has_value(r.measures[m], i);
        row.push_back(there ? value_of(r.measures[m], i, how.digits) : "-");
      }
      rows.push_back(std::move(row));
    }
    if (how.total && first.in_total) {
      std::vector<std::string> row{first.name, "all"};
      for (outcome const& r : runs) {
        row.push_back(total_of(r.measures[m], how.digits));
      }
      rows.push_back(std::move(row));
    }
  }
  return aligned(rows, 2);
}

/// Every value in a line of its own, with all its digits.
inline std::string as_tsv(std::vector<outcome> const& runs, layout const& how) {
  std::string out = "run\ttopic\tmeasure\tvalue\n";
  for (outcome const& r : runs) {
    for (std::size_t t = 0; how.by_topic && t < r.topics.size(); ++t) {
      for (measure const& m : r.measures) {
        if (m.by_topic) {
          out += r.label + '\t' + r.topics[t] + '\t' + m.name + '\t' + exact_value_of(m, t) + '\n';
        }
      }
    }
    for (measure const& m : r.measures) {
      if (how.total && m.in_total) {
        out += r.label + "\tall\t" + m.name + '\t' + exact_total_of(m) + '\n';
      }
    }
  }
  return out;
}

inline std::string json_value(measure const& m, std::string const& value) {
  return m.form == kind::text ? json_string(value) : value == "nan" ? "null" : value;
}

/// [{"run": ..., "file": ..., "measures": {...}, "topics": {"301": {...}}}]
inline std::string as_json(std::vector<outcome> const& runs, layout const& how) {
  std::string out = "[";
  for (std::size_t i = 0; i < runs.size(); ++i) {
    outcome const& r = runs[i];
    out += i == 0 ? "\n" : ",\n";
    out += "{\"run\": " + json_string(r.tag) + ", \"file\": " + json_string(r.file);
    if (how.total) {
      out += ",\n \"measures\": {";
      bool first = true;
      for (measure const& m : r.measures) {
        if (m.in_total) {
          out += (first ? "" : ", ") + json_string(m.name) + ": " + json_value(m, exact_total_of(m));
          first = false;
        }
      }
      out += '}';
    }
    if (how.by_topic) {
      out += ",\n \"topics\": {";
      for (std::size_t t = 0; t < r.topics.size(); ++t) {
        out += (t == 0 ? "\n  " : ",\n  ") + json_string(r.topics[t]) + ": {";
        bool first = true;
        for (measure const& m : r.measures) {
          if (m.by_topic) {
            out += (first ? "" : ", ") + json_string(m.name) + ": " + json_value(m, exact_value_of(m, t));
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

} // namespace eval

#endif
