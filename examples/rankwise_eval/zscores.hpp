#ifndef RANKWISE_EXAMPLES_RANKWISE_EVAL_ZSCORES_HPP
#define RANKWISE_EXAMPLES_RANKWISE_EVAL_ZSCORES_HPP

#include "outcome.hpp"

#include <rankwise/core/error.hpp>
#include <rankwise/io/mapped_file.hpp>
#include <rankwise/io/number.hpp>
#include <rankwise/io/text.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>

/// Values as deviations from those of reference runs (trec_eval -Z).
namespace eval {

/// Mean and standard deviation by topic and measure, from lines "topic measure mean deviation".
class references {
public:
  references() = default;

  explicit references(std::string const& file) {
    rankwise::io::mapped_file const mapped(file.c_str());
    std::string_view const text = mapped.text();
    auto const first = static_cast<std::size_t>(rankwise::io::detail::skip_mark(text) - text.data());
    for (std::size_t begin = first; begin < text.size();) {
      std::size_t const end = std::min(text.find('\n', begin), text.size());
      std::string_view line = text.substr(begin, end - begin);
      begin = end + 1;
      std::string_view const topic = take(line);
      std::string_view const measure = take(line);
      std::string_view const mean = take(line);
      std::string_view const deviation = take(line);
      if (topic.empty()) {
        continue;
      }
      reference r;
      bool const numbers = !deviation.empty() && read(mean, r.mean) && read(deviation, r.deviation);
      if (!numbers || !take(line).empty()) {
        rankwise::detail::deliver(rankwise::io::detail::malformed<rankwise::arch::native>(
                                      text, topic.data(), "a line is: topic measure mean deviation"),
                                  file.c_str(), {});
      }
      known_[{std::string(topic), std::string(measure)}] = r;
    }
  }

  /// How many deviations a value is from the mean; -1000000 where that is not known.
  double of(std::string const& topic, std::string const& measure, double value) const {
    constexpr double missing = -1000000;
    auto const found = known_.find({topic, measure});
    if (found == known_.end()) {
      return missing;
    }
    reference const& r = found->second;
    return r.deviation != 0 ? (value - r.mean) / r.deviation : value == r.mean ? 0 : missing;
  }

private:
  struct reference {
    double mean = 0;
    double deviation = 0;
  };

  static std::string_view take(std::string_view& line) {
    auto const blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
    while (!line.empty() && blank(line.front())) {
      line.remove_prefix(1);
    }
    std::size_t size = 0;
    while (size < line.size() && !blank(line[size])) {
      ++size;
    }
    std::string_view const field = line.substr(0, size);
    line.remove_prefix(size);
    return field;
  }
  static bool read(std::string_view field, double& to) {
    char const* const last = field.data() + field.size();
    return rankwise::io::parse_number(field.data(), last, to) == last && std::isfinite(to);
  }

  std::map<std::pair<std::string, std::string>, reference> known_;
};

/// Replaces the values by their deviations. Sums stay sums, means become means of deviations, and geometric means
/// their exponential, as in trec_eval.
inline void standardise(outcome& out, references const& known) {
  for (measure& m : out.measures) {
    if (m.form == kind::text) {
      continue;
    }
    double sum = 0;
    std::size_t counted = 0;
    for (std::size_t t = 0; t < out.topics.size(); ++t) {
      if (m.by_topic && std::isnan(m.values[t])) {
        continue; // a topic without a value
      }
      double const z = known.of(out.topics[t], m.name, m.by_topic ? m.values[t] : 0);
      if (m.by_topic) {
        m.values[t] = z;
      }
      sum += z;
      ++counted;
    }
    double const mean = counted == 0 ? 0 : sum / static_cast<double>(counted);
    bool const counts_topics = m.form == kind::count && !m.by_topic;
    if (!counts_topics) {
      m.total = m.form == kind::count ? sum : m.by_topic ? mean : std::exp(mean);
    }
    m.form = kind::real;
    m.standardised = true;
    m.name = "Z" + m.name;
  }
}

} // namespace eval

#endif
