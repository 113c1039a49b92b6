#ifndef RANKWISE_METRIC_EVALUATION_HPP
#define RANKWISE_METRIC_EVALUATION_HPP

#include <rankwise/core/decimal.hpp>
#include <rankwise/core/error.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/metric/title.hpp>
#include <rankwise/stat/exact_sum.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>

/// What an evaluation found: a number for every metric and list, and exact sums of them that merge.
namespace rankwise::inline RANKWISE_ABI {

/// What `evaluate` returns: the mean of every metric over the lists that have a value, weighted by list weights, and
/// the values themselves. Sums are exact, so that shards merged in any order give the bits of one run over everything.
class evaluation {
public:
  RANKWISE_HOST_FN evaluation() = default;

  /// Metrics, and lists.
  RANKWISE_HOST_FN std::size_t size() const { return titles_.size(); }
  RANKWISE_HOST_FN std::size_t lists() const { return lists_; }
  /// False where the call failed and the error policy let it return: there are no lists then, and means are NaN.
  RANKWISE_HOST_FN bool ok() const { return ok_; }

  RANKWISE_HOST_FN char const* title(std::size_t metric) const { return titles_[metric].text; }
  /// 0 where no list has a value, NaN where the call failed.
  RANKWISE_HOST_FN double value(std::size_t metric) const {
    return !ok_                            ? math::ops<double>::quiet_nan
           : weights_[metric].value() == 0 ? 0
                                           : sums_[metric].over(weights_[metric]);
  }
  /// The list weights added up over the lists that have a value.
  RANKWISE_HOST_FN double weight(std::size_t metric) const { return weights_[metric].value(); }
  /// A number per list; NaN: it has no value.
  RANKWISE_HOST_FN std::span<double const> per_list(std::size_t metric) const RANKWISE_REFERS_TO_THIS {
    return {values_.data() + metric * lists_, lists_};
  }
  RANKWISE_HOST_FN bool defined(std::size_t metric, std::size_t list) const {
    double const v = per_list(metric)[list];
    return v - v == 0;
  }
  /// 1 for the lists that have a value, 0 for the others: `{.mask = result.mask(m)}` beside `per_list(m)`.
  RANKWISE_HOST_FN storage<std::uint8_t> mask(std::size_t metric) const {
    storage<std::uint8_t> has_one;
    has_one.resize(lists_);
    for (std::size_t l = 0; l < lists_; ++l) {
      has_one[l] = defined(metric, l) ? 1 : 0;
    }
    return has_one;
  }
  /// The first metric with this title; `size()` if there is none.
  RANKWISE_HOST_FN std::size_t find(std::string_view title) const {
    std::size_t m = 0;
    while (m < size() && title != titles_[m].text) {
      ++m;
    }
    return m;
  }
  /// By title, `result.value("ndcg@10")`. One that is not here is reported: NaN, and no lists, where that returns.
  RANKWISE_HOST_FN double value(std::string_view title, on_error const& errors = {}) const {
    std::size_t const m = found(title, errors);
    return m < size() ? value(m) : math::ops<double>::quiet_nan;
  }
  RANKWISE_HOST_FN double weight(std::string_view title, on_error const& errors = {}) const {
    std::size_t const m = found(title, errors);
    return m < size() ? weight(m) : math::ops<double>::quiet_nan;
  }
  RANKWISE_HOST_FN std::span<double const> per_list(std::string_view title,
                                                    on_error const& errors = {}) const RANKWISE_REFERS_TO_THIS {
    std::size_t const m = found(title, errors);
    return m < size() ? per_list(m) : std::span<double const>{};
  }
  /// Lists with a number that is not finite; they have no values.
  RANKWISE_HOST_FN std::size_t flagged() const { return flagged_; }

  /// Adds the lists of another shard, behind these. Both come from the same metrics: titles are compared, parameters
  /// are not.
  RANKWISE_HOST_FN void merge(evaluation const& other, on_error errors = {}) {
    if (size() == 0) {
      *this = other;
      return;
    }
    if (!detail::passed(other.size() != size() ? status{errc::size_mismatch, "the evaluation to merge (its metrics)",
                                                        status::nowhere, size(), other.size()}
                        : other.titles_ == titles_ ? status{}
                                                   : status{errc::bad_format, "the evaluation to merge is of other "
                                                                              "metrics, or of others in their order"},
                        errors)) {
      return;
    }
    storage<double> joined;
    joined.resize((lists_ + other.lists_) * size());
    for (std::size_t m = 0; m < size(); ++m) {
      double* const to = joined.data() + m * (lists_ + other.lists_);
      for (std::size_t l = 0; l < lists_; ++l) {
        to[l] = values_[m * lists_ + l];
      }
      for (std::size_t l = 0; l < other.lists_; ++l) {
        to[lists_ + l] = other.values_[m * other.lists_ + l];
      }
      sums_[m].merge(other.sums_[m]);
      weights_[m].merge(other.weights_[m]);
    }
    values_ = static_cast<storage<double>&&>(joined);
    lists_ += other.lists_;
    flagged_ += other.flagged_;
    ok_ = ok_ && other.ok_;
  }

  /// For `to_bytes`. An evaluation that was never filled reads any other.
  template <class Self, class Bytes>
  static void parts(Self& self, Bytes& bytes) {
    bytes.kind("evaluation");
    bytes(self.titles_, self.sums_, self.weights_, self.lists_, self.values_, self.flagged_, self.ok_);
    std::size_t const metrics = self.titles_.size();
    bytes.require(self.sums_.size() == metrics && self.weights_.size() == metrics &&
                  (metrics == 0 ? self.lists_ == 0 : self.lists_ <= self.values_.size() / metrics) &&
                  self.values_.size() == metrics * self.lists_);
  }

  /// Columns that stand under each other: title, mean, lists with a value.
  template <class Isa = arch::native>
  std::string to_table() const {
    std::size_t width = 6;
    for (std::size_t m = 0; m < size(); ++m) {
      std::size_t const length = std::char_traits<char>::length(title(m));
      width = length > width ? length : width;
    }
    std::string out = "metric" + std::string(width - 6, ' ') + "      mean     lists\n";
    for (std::size_t m = 0; m < size(); ++m) {
      std::string const name = title(m);
      out += name + std::string(width - name.size(), ' ') +
             detail::at_right<Isa>(detail::decimal<Isa>(value(m), std::chars_format::fixed, 6), 10) + ' ' +
             detail::at_right<Isa>(std::to_string(defined_lists(m)), 9) + '\n';
    }
    return out;
  }

  /// A line of titles, a line for every list if `each_list`, and the line "all"; numbers with all their digits.
  template <class Isa = arch::native>
  std::string to_tsv(bool each_list = false) const {
    std::string out = "list";
    for (std::size_t m = 0; m < size(); ++m) {
      out += '\t';
      out += title(m);
    }
    out += '\n';
    for (std::size_t l = 0; each_list && l < lists_; ++l) {
      out += std::to_string(l);
      for (std::size_t m = 0; m < size(); ++m) {
        out += '\t';
        out += defined(m, l) ? digits(per_list(m)[l]) : "nan";
      }
      out += '\n';
    }
    out += "all";
    for (std::size_t m = 0; m < size(); ++m) {
      out += '\t' + digits(value(m));
    }
    return out + '\n';
  }

  /// One object: {"lists": 2, "metrics": [{"title": ..., "mean": ..., "weight": ..., "per_list": [...]}]}; lists
  /// without a value, and means of an evaluation that failed, are null.
  template <class Isa = arch::native>
  std::string to_json(bool each_list = false) const {
    std::string out = "{\"lists\": " + std::to_string(lists_) + ", \"metrics\": [";
    for (std::size_t m = 0; m < size(); ++m) {
      out += m == 0 ? "" : ", ";
      out += "{\"title\": " + quoted(title(m)) + ", \"mean\": " + or_null(value(m)) +
             ", \"weight\": " + or_null(weight(m));
      if (each_list) {
        out += ", \"per_list\": [";
        for (std::size_t l = 0; l < lists_; ++l) {
          out += l == 0 ? "" : ", ";
          out += or_null(per_list(m)[l]);
        }
        out += ']';
      }
      out += '}';
    }
    return out + "]}";
  }

  /// For `evaluate`, which fills it.
  struct access;

private:
  RANKWISE_HOST_FN std::size_t found(std::string_view title, on_error const& errors) const {
    std::size_t const m = find(title);
    detail::passed(m < size()
                       ? status{}
                       : status{errc::out_of_range, "a title of this evaluation", status::nowhere, 0, status::nowhere},
                   errors);
    return m;
  }
  RANKWISE_HOST_FN std::size_t defined_lists(std::size_t metric) const {
    std::size_t count = 0;
    for (std::size_t l = 0; l < lists_; ++l) {
      count += defined(metric, l) ? 1u : 0u;
    }
    return count;
  }
  static std::string digits(double x) { return detail::decimal(x, std::chars_format::general, 17); }
  /// JSON has no word for NaN and infinity.
  static std::string or_null(double x) { return x - x == 0 ? digits(x) : "null"; }
  static std::string quoted(char const* text) {
    std::string out = "\"";
    for (; *text != '\0'; ++text) {
      unsigned char const c = static_cast<unsigned char>(*text);
      if (c < 0x20) {
        char code[8];
        std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
        out += code;
      } else {
        out += c == '"' || c == '\\' ? "\\" : "";
        out += static_cast<char>(c);
      }
    }
    return out + '"';
  }

  storage<metric_title> titles_;
  storage<stat::exact_sum> sums_;
  storage<stat::exact_sum> weights_;
  storage<double> values_;
  std::size_t lists_ = 0;
  std::size_t flagged_ = 0;
  bool ok_ = true;
};

struct evaluation::access {
  template <class... Ms>
  RANKWISE_HOST_FN static evaluation empty_of(std::size_t lists) {
    evaluation e;
    e.lists_ = lists;
    e.titles_.resize(sizeof...(Ms));
    e.sums_.resize(sizeof...(Ms));
    e.weights_.resize(sizeof...(Ms));
    e.values_.resize(sizeof...(Ms) * lists);
    std::size_t m = 0;
    ((e.titles_[m++] = title_of<Ms>()), ...);
    return e;
  }
  RANKWISE_HOST_FN static double* values(evaluation& e) { return e.values_.data(); }
  RANKWISE_HOST_FN static stat::exact_sum* sums(evaluation& e) { return e.sums_.data(); }
  RANKWISE_HOST_FN static stat::exact_sum* weights(evaluation& e) { return e.weights_.data(); }
  RANKWISE_HOST_FN static void set_flagged(evaluation& e, std::size_t flagged) { e.flagged_ = flagged; }
  RANKWISE_HOST_FN static void drop_lists(evaluation& e) {
    e.values_.resize(0);
    e.lists_ = 0;
  }
  /// A value times its list weight may overflow: a mean of such is none, and reported if nothing else was.
  RANKWISE_HOST_FN static void check_sums(evaluation const& e, status& told) {
    for (std::size_t m = 0; told.ok() && m < e.titles_.size(); ++m) {
      if (!e.sums_[m].of_numbers() || !e.weights_[m].of_numbers()) {
        told = {errc::not_finite, "a value times its list weight"};
      }
    }
  }
  RANKWISE_HOST_FN static void failed(evaluation& e) {
    e.ok_ = false;
    drop_lists(e);
  }
  /// `seen` is NaN for the lists that the pass has flagged.
  RANKWISE_HOST_FN static void add_up(evaluation& e, double const* seen, double const* list_weights) {
    std::size_t const lists = e.lists_;
    bool any_flagged = false;
    for (std::size_t l = 0; l < lists; ++l) {
      if (!(seen[l] - seen[l] == 0)) {
        any_flagged = true;
        ++e.flagged_;
        for (std::size_t m = 0; m < e.titles_.size(); ++m) {
          e.values_[m * lists + l] = math::ops<double>::quiet_nan;
        }
      }
    }
    for (std::size_t m = 0; m < e.titles_.size(); ++m) {
      double const* const v = e.values_.data() + m * lists;
      std::size_t defined = 0;
      for (std::size_t l = 0; l < lists; ++l) {
        defined += v[l] - v[l] == 0 ? 1 : 0;
      }
      if (list_weights == nullptr && defined == lists && !any_flagged) {
        e.sums_[m].add(std::span<double const>(v, lists));
        e.weights_[m].add(static_cast<double>(lists));
        continue;
      }
      for (std::size_t l = 0; l < lists; ++l) {
        if (v[l] - v[l] == 0) {
          double const w = list_weights == nullptr ? 1 : list_weights[l];
          e.sums_[m].add(w * v[l]);
          e.weights_[m].add(w);
        }
      }
    }
  }
};

} // namespace rankwise::inline RANKWISE_ABI

#endif
