#ifndef RANKWISE_METRIC_TREC_EVALUATION_HPP
#define RANKWISE_METRIC_TREC_EVALUATION_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/core/config.hpp>
#include <rankwise/core/decimal.hpp>
#include <rankwise/metric/trec/catalogue.hpp>
#include <rankwise/metric/trec/topic.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Chosen measures over the topics of a run: values by topic, and what becomes of them over all.
namespace rankwise::inline RANKWISE_ABI::metric::trec {

/// `Isa` keeps units with different flags apart.
template <class Isa>
class basic_evaluation {
public:
  /// `complete`: topics that the run lacks will come too. As in trec_eval, the total of num_rel then counts every grade
  /// above 0.
  explicit basic_evaluation(basic_selection<Isa> measures, bool complete = false)
      : measures_(std::move(measures)), complete_(complete) {}

  /// Room for the values of so many topics.
  void reserve(std::size_t topics) { values_.reserve(topics * measures_.items().size()); }

  /// A topic that the run has; topics come in the order in which their values are to be added up.
  void add(std::string_view name, topic const& t) { add_topic(name, t, true); }
  /// A topic that the run lacks and whose values count all the same (trec_eval -c): with nothing retrieved.
  /// `judged_only`: documents without judgment are left out of runs (-J).
  void add_missing(std::string_view name, topic const& t, bool judged_only = false) {
    topic unknown = t;
    if (!judged_only) { // to trec_eval, one document of which nothing is known was retrieved
      unknown.add_retrieved(unpooled);
      unknown.finish();
    }
    add_topic(name, unknown, false);
  }

  std::size_t topics() const { return names_.size(); }
  std::string const& topic_name(std::size_t i) const { return names_[i]; }
  basic_selection<Isa> const& measures() const { return measures_; }

  /// The value of a measure for a topic. Geometric means, labels and the number of topics have none: NaN.
  double value(std::size_t topic, std::size_t item) const { return values_[topic * measures_.items().size() + item]; }

  /// The value over all topics; NaN for labels and texts.
  double total(std::size_t item) const {
    auto const over = catalogue<Isa>[measures_.items()[item].family].over_topics;
    double sum = 0;
    auto const count = static_cast<double>(topics());
    switch (over) {
    case summary::label:
    case summary::none:
      return std::nan("");
    case summary::topics:
      return count;
    case summary::sum:
    case summary::mean:
      if (complete_ && std::string_view(catalogue<Isa>[measures_.items()[item].family].name) == "num_rel") {
        return positive_;
      }
      for (std::size_t t = 0; t < topics(); ++t) {
        sum += value(t, item);
      }
      return over == summary::mean && topics() != 0 ? sum / count : sum;
    case summary::geometric:
      for (std::size_t t = 0; t < topics(); ++t) {
        double const x = value(t, item);
        sum += std::log(x > detail::least_geometric ? x : detail::least_geometric);
      }
      return topics() == 0 ? 0 : std::exp(sum / count);
    }
    return 0;
  }

  /// "map                   \tall\t0.1785\n" and so on, as trec_eval prints it.
  void print_topic(std::size_t t, std::string& out) const {
    for (std::size_t i = 0; i < measures_.items().size(); ++i) {
      auto const& item = measures_.items()[i];
      switch (catalogue<Isa>[item.family].over_topics) {
      case summary::mean:
        line(out, item.name, names_[t], 4, value(t, i));
        break;
      case summary::sum:
        line(out, item.name, names_[t], 0, value(t, i));
        break;
      case summary::none:
        out += padded(item.name) + '\t' + names_[t] + "\t'" + grades_[t] + "'\n";
        break;
      case summary::geometric:
      case summary::topics:
      case summary::label:
        break;
      }
    }
  }
  void print_total(std::string_view tag, std::string& out) const {
    for (std::size_t i = 0; i < measures_.items().size(); ++i) {
      auto const& item = measures_.items()[i];
      switch (catalogue<Isa>[item.family].over_topics) {
      case summary::mean:
      case summary::geometric:
        line(out, item.name, "all", 4, total(i));
        break;
      case summary::sum:
      case summary::topics:
        line(out, item.name, "all", 0, total(i));
        break;
      case summary::label:
        out += padded(item.name) + "\tall\t" + std::string(tag) + '\n';
        break;
      case summary::none:
        break;
      }
    }
  }

  /// The grades of the first documents of a topic, one letter each; empty if relstring is not among the measures.
  std::string const& grades(std::size_t t) const { return grades_[t]; }

private:
  void add_topic(std::string_view name, topic const& t, bool found) {
    names_.emplace_back(name);
    grades_.emplace_back();
    for (level_count const& l : t.levels()) {
      positive_ += l.level > 0 ? static_cast<double>(l.count) : 0;
    }
    for (auto const& item : measures_.items()) {
      family<Isa> const& f = catalogue<Isa>[item.family];
      if (f.over_topics == summary::none) {
        grades_.back() = found || item.name != f.name ? string_of(t, measures_.numbers(item)[0]) : std::string{};
      }
      // trec_eval puts to 0 what counts that document, but knows these names without parameters alone.
      std::string_view const called = item.name;
      bool const zero = !found && (called == "num_ret" || called == "utility" || called == "rbp_resid" ||
                                   called.substr(0, 3) == "unj");
      values_.push_back(f.value == nullptr ? std::nan("") : zero ? 0.0 : measures_.value(item, t));
    }
  }

  static std::string string_of(topic const& t, double length) {
    std::string s(length > 0 ? static_cast<std::size_t>(std::min(length, static_cast<double>(t.retrieved()))) : 0, '-');
    for (pooled const& p : t.documents()) {
      if (p.rank >= s.size()) {
        break;
      }
      s[p.rank] = p.level == unjudged ? '.' : p.level > 9 ? '>' : static_cast<char>('0' + p.level);
    }
    return s;
  }
  static std::string padded(std::string const& name) {
    return name.size() < 22 ? name + std::string(22 - name.size(), ' ') : name;
  }
  static void line(std::string& out, std::string const& name, std::string_view topic, int digits, double value) {
    out += padded(name);
    out += '\t';
    out += topic;
    out += '\t';
    std::string const number = rankwise::detail::decimal<Isa>(value, std::chars_format::fixed, digits);
    out += digits == 0 ? number : rankwise::detail::at_right<Isa>(number, 6);
    out += '\n';
  }

  basic_selection<Isa> measures_;
  bool complete_;
  double positive_ = 0;
  std::vector<std::string> names_;
  std::vector<std::string> grades_;
  std::vector<double> values_;
};

using evaluation = basic_evaluation<arch::native>;

} // namespace rankwise::inline RANKWISE_ABI::metric::trec

#endif
