#ifndef RANKWISE_EXAMPLES_RANKWISE_EVAL_COMPARISON_HPP
#define RANKWISE_EXAMPLES_RANKWISE_EVAL_COMPARISON_HPP

#include "outcome.hpp"
#include "report.hpp"

#include <rankwise/stat/multiple.hpp>
#include <rankwise/stat/paired.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// Runs against each other.
namespace eval {

inline constexpr std::size_t tests = 4; ///< Student's, Wilcoxon's, permutation, bootstrap

/// Two runs by one measure, over the topics for which both have a value.
struct difference {
  std::string measure;
  double a; ///< means
  double b;
  rankwise::stat::test_result student; ///< of b - a, with an interval
  double p_value[tests];
};

inline difference compare(outcome const& base, outcome const& other, std::size_t m, std::uint64_t seed) {
  namespace stat = rankwise::stat;
  measure const& first = base.measures[m];
  measure const& second = other.measures[m];
  std::vector<double> a;
  std::vector<double> b;
  for (std::size_t s = 0, t = 0; s < base.topics.size() && t < other.topics.size();) {
    int const order = base.topics[s].compare(other.topics[t]); // topics ascend
    if (order == 0 && std::isfinite(first.values[s]) && std::isfinite(second.values[t])) {
      a.push_back(first.values[s]);
      b.push_back(second.values[t]);
    }
    s += order <= 0 ? 1 : 0;
    t += order >= 0 ? 1 : 0;
  }
  auto const mean = [](std::vector<double> const& v) { // by the sum that is printed without --compare
    double sum = 0;
    for (double const x : v) {
      sum += x;
    }
    return sum / static_cast<double>(v.size());
  };
  auto const student = stat::paired_t{}(b, a);
  return {first.name,
          mean(a),
          mean(b),
          student,
          {student.p_value, stat::wilcoxon{}(b, a).p_value, stat::permutation{.seed = seed}(b, a).p_value,
           stat::paired_bootstrap{.seed = seed}(b, a).p_value}};
}

/// Every run against the first, by the measures that have a real value for every topic. `holm`: the p-values of each
/// test are adjusted for their number.
inline std::vector<std::vector<difference>> compare(std::vector<outcome> const& runs, std::uint64_t seed, bool holm) {
  std::vector<std::vector<difference>> all(runs.size() - 1);
  for (std::size_t i = 1; i < runs.size(); ++i) {
    for (std::size_t m = 0; m < runs[0].measures.size(); ++m) {
      if (runs[0].measures[m].form == kind::real && runs[0].measures[m].by_topic) {
        all[i - 1].push_back(compare(runs[0], runs[i], m, seed));
      }
    }
  }
  for (std::size_t k = 0; holm && k < tests; ++k) {
    std::vector<double> p;
    for (auto const& run : all) {
      for (difference const& d : run) {
        p.push_back(d.p_value[k]);
      }
    }
    rankwise::stat::holm(p, p);
    std::size_t at = 0;
    for (auto& run : all) {
      for (difference& d : run) {
        d.p_value[k] = p[at++];
      }
    }
  }
  return all;
}

/// A table for each run.
inline std::string comparison_as_table(std::vector<outcome> const& runs, std::uint64_t seed, bool holm, int places) {
  std::string out;
  auto const all = compare(runs, seed, holm);
  for (std::size_t i = 1; i < runs.size(); ++i) {
    std::vector<std::vector<std::string>> rows{{"measure", "topics", "a", "b", "b - a", "95 % of b - a",
                                                holm ? "p (Holm): t" : "p: t", "wilcoxon", "permut.", "bootstr."}};
    for (difference const& d : all[i - 1]) {
      auto const& t = d.student;
      bool const any = t.pairs != 0;
      bool const interval = std::isfinite(t.low) && std::isfinite(t.high);
      rows.push_back({d.measure, std::to_string(t.pairs), any ? digits("%.*f", places, d.a) : "-",
                      any ? digits("%.*f", places, d.b) : "-", any ? digits("%+.*f", places, t.difference) : "-",
                      interval ? digits("[%+.*f, %+.*f]", places, t.low, places, t.high) : "-"});
      for (double const p : d.p_value) {
        rows.back().push_back(digits(p > 0 && p < 0.00005 ? "%.0e" : "%.4f", p));
      }
    }
    out += (i == 1 ? "a: " : "\na: ") + runs[0].label + ", b: " + runs[i].label + '\n' + aligned(rows, 1);
  }
  return out;
}

/// A line for every run and measure, with all digits.
inline std::string comparison_as_tsv(std::vector<outcome> const& runs, std::uint64_t seed, bool holm) {
  std::string out = "a\tb\tmeasure\ttopics\tmean_a\tmean_b\tdifference\tlow\thigh\tp_t\tp_wilcoxon\tp_permutation\t"
                    "p_bootstrap\n";
  auto const all = compare(runs, seed, holm);
  for (std::size_t i = 1; i < runs.size(); ++i) {
    for (difference const& d : all[i - 1]) {
      out += runs[0].label + '\t' + runs[i].label + '\t' + d.measure + '\t' + std::to_string(d.student.pairs);
      for (double const x : {d.a, d.b, d.student.difference, d.student.low, d.student.high}) {
        out += '\t' + exact(x);
      }
      for (double const p : d.p_value) {
        out += '\t' + exact(p);
      }
      out += '\n';
    }
  }
  return out;
}

} // namespace eval

#endif
