#ifndef RANKWISE_STAT_READOUT_HPP
#define RANKWISE_STAT_READOUT_HPP

#include <rankwise/core/decimal.hpp>
#include <rankwise/stat/experiment.hpp>
#include <rankwise/stat/multiple.hpp>

#include <charconv>
#include <cstddef>
#include <string>
#include <vector>

namespace rankwise::inline RANKWISE_ABI::stat {

/// One line of a read-out: A against B by one measure.
struct readout_row {
  std::string name;
  double a = math::ops<double>::quiet_nan;
  double b = math::ops<double>::quiet_nan;
  double difference = 0; ///< a - b; with a covariate the adjusted one
  double low = math::ops<double>::quiet_nan;
  double high = math::ops<double>::quiet_nan;
  double p_value = 1;
  double adjusted = 1; ///< for all rows of the read-out, by Holm's method
};

/// What an experiment says, by several measures, in one table. The p-values are adjusted for their number.
template <class Isa>
class basic_readout {
public:
  explicit basic_readout(double confidence = 0.95) : confidence_(confidence) {}

  /// Independent groups: Welch's test.
  void add(std::string name, basic_moments<Isa> const& a, basic_moments<Isa> const& b) {
    comparison const c = welch{confidence_}(a, b);
    push({static_cast<std::string&&>(name), a.mean(), b.mean(), c.difference, c.low, c.high, c.p_value, 1});
  }
  /// Independent groups with a covariate from before the experiment, (covariate, outcome): CUPED.
  void add(std::string name, basic_co_moments<Isa> const& a, basic_co_moments<Isa> const& b) {
    comparison const c = cuped{confidence_}(a, b).adjusted;
    push({static_cast<std::string&&>(name), a.mean(1), b.mean(1), c.difference, c.low, c.high, c.p_value, 1});
  }
  /// Pairs, the values of two rankers for the same queries, say: the paired t-test.
  template <class A, class B>
    requires(tensor_column<A const>&& tensor_column<B const>)
  void add(std::string name, A const& a, B const& b, options const& opts = {}) {
    status told;
    options const quiet{.mask = opts.mask, .errors = told};
    test_result const r = paired_t{.confidence = confidence_}(a, b, opts);
    auto const x = detail::host_rows(a);
    auto const y = detail::host_rows(b);
    std::vector<double> first(x.size()); // NaN where the pair has no difference
    for (std::size_t i = 0; i < x.size(); ++i) {
      double const at = static_cast<double>(x[i]);
      bool const used = i < y.size() && detail::finite(at - static_cast<double>(y[i]));
      first[i] = used ? at : math::ops<double>::quiet_nan;
    }
    basic_co_moments<Isa> both; // means of the pairs that were used
    both.add(first, b, quiet);
    push({static_cast<std::string&&>(name), both.mean(0), both.mean(1), r.difference, r.low, r.high, r.p_value, 1});
  }

  std::vector<readout_row> const& rows() const { return rows_; }

  /// Aligned columns; the last one is `*` where the adjusted p-value is below 1 - confidence.
  std::string to_table() const {
    std::size_t widest = 7;
    for (readout_row const& r : rows_) {
      widest = r.name.size() > widest ? r.name.size() : widest;
    }
    auto const number = [](double x, int digits) {
      return rankwise::detail::decimal<Isa>(x, std::chars_format::general, digits);
    };
    std::string text;
    auto const line = [&text](std::string const(&cells)[6]) {
      constexpr std::size_t width[] = {12, 12, 9, 25, 9, 9};
      for (std::size_t k = 0; k < 6; ++k) {
        text += ' ' + rankwise::detail::at_right<Isa>(cells[k], width[k]);
      }
    };
    text += "measure" + std::string(widest - 7, ' ');
    line({"A", "B", "A - B", "interval", "p", "adjusted"});
    text += '\n';
    for (readout_row const& r : rows_) {
      text += r.name + std::string(widest - r.name.size(), ' ');
      line({number(r.a, 6), number(r.b, 6), number(r.difference, 4),
            '[' + number(r.low, 4) + ", " + number(r.high, 4) + ']', number(r.p_value, 2), number(r.adjusted, 2)});
      text += r.adjusted < 1 - confidence_ ? " *\n" : "\n";
    }
    return text;
  }

private:
  void push(readout_row row) {
    rows_.push_back(static_cast<readout_row&&>(row));
    std::vector<double> p;
    for (readout_row const& r : rows_) {
      p.push_back(r.p_value);
    }
    status told;
    holm(p, p, {.errors = told});
    for (std::size_t i = 0; i < p.size(); ++i) {
      rows_[i].adjusted = p[i];
    }
  }

  double confidence_;
  std::vector<readout_row> rows_;
};

using readout = basic_readout<arch::native>;

} // namespace rankwise::inline RANKWISE_ABI::stat

#endif
