#ifndef RANKWISE_METRIC_TREC_CATALOGUE_HPP
#define RANKWISE_METRIC_TREC_CATALOGUE_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/core/config.hpp>
#include <rankwise/core/decimal.hpp>
#include <rankwise/metric/trec/measures.hpp>
#include <rankwise/metric/trec/topic.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The measures by their names in trec_eval: "map", "ndcg_cut.10,20", "ndcg.1=3,2=7", "all_trec"; and what is printed
/// of them, letter by letter.
namespace rankwise::inline RANKWISE_ABI::metric::trec {

/// What becomes of a measure's values over topics, and how it is written.
enum class summary : unsigned char {
  mean,
  sum,       ///< counts
  geometric, ///< exp of the mean of logarithms, values below .00001 count as that; no value for a topic
  topics,    ///< their number
  label,     ///< the run's tag
  none       ///< only for a topic: relstring
};

/// What stands behind a measure's name.
enum class parameters : unsigned char {
  none,
  cutoffs, ///< whole numbers, one value each
  shares,  ///< fractions, one value each
  numbers, ///< fractions, one value for all
  gains    ///< level=gain, and p=persistence for rbp
};

/// Parameters of one measure; `at` chooses among cutoffs and shares.
struct arguments {
  std::span<double const> numbers;
  std::span<level_gain const> gains;
  double persistence = .9;

  RANKWISE_ALWAYS_INLINE std::size_t cutoff(std::size_t at) const {
    return numbers[at] < 1e18 ? static_cast<std::size_t>(numbers[at]) : detail::everything;
  }
};

/// A family of measures. `Isa` keeps the functions of units with different flags apart.
template <class Isa>
struct family {
  char const* name;
  summary over_topics;
  parameters takes;
  std::span<double const> defaults;
  double (*value)(topic const&, arguments const&, std::size_t at);
  char const* help;
};

namespace detail {

inline constexpr double usual_cutoffs[] = {5, 10, 15, 20, 30, 100, 200, 500, 1000};
inline constexpr double success_cutoffs[] = {1, 5, 10};
inline constexpr double unjudged_cutoffs[] = {5, 10, 20};
inline constexpr double usual_recalls[] = {0, .1, .2, .3, .4, .5, .6, .7, .8, .9, 1};
inline constexpr double usual_multiples[] = {.2, .4, .6, .8, 1, 1.2, 1.4, 1.6, 1.8, 2};
inline constexpr double usual_utility[] = {1, -1, 0, 0};
inline constexpr double one[] = {1};
inline constexpr double ten[] = {10};

template <class Isa, class Measure>
double plain(topic const& t, arguments const&, std::size_t) {
  return Measure{}(t);
}
template <class Isa, class Measure>
double at_cutoff(topic const& t, arguments const& a, std::size_t at) {
  return Measure{a.cutoff(at)}(t);
}
template <class Isa, class Measure>
double at_share(topic const& t, arguments const& a, std::size_t at) {
  return Measure{a.numbers[at]}(t);
}
template <class Isa, class Measure>
double with_gains(topic const& t, arguments const& a, std::size_t) {
  return Measure{a.gains}(t);
}
template <class Isa>
double with_recalls(topic const& t, arguments const& a, std::size_t) {
  return average_interpolated_precision{a.numbers}(t);
}
template <class Isa>
double with_costs(topic const& t, arguments const& a, std::size_t) {
  return utility{a.numbers[0], a.numbers[1], a.numbers[2], a.numbers[3]}(t);
}
template <class Isa>
double with_persistence(topic const& t, arguments const& a, std::size_t) {
  return rank_biased_precision{a.gains, a.persistence}(t);
}
template <class Isa>
double residual(topic const& t, arguments const& a, std::size_t) {
  return rank_biased_residual{a.persistence}(t);
}

} // namespace detail

/// All families, in the order in which trec_eval prints them.
template <class Isa = arch::native>
inline constexpr family<Isa> catalogue[] = {
    {"runid", summary::label, parameters::none, {}, nullptr, "tag of the run"},
    {"num_q", summary::topics, parameters::none, {}, nullptr, "number of topics"},
    {"num_ret", summary::sum, parameters::none, {}, detail::plain<Isa, num_ret>, "retrieved documents"},
    {"num_rel", summary::sum, parameters::none, {}, detail::plain<Isa, num_rel>, "relevant documents"},
    {"num_rel_ret",
     summary::sum,
     parameters::none,
     {},
     detail::plain<Isa, num_rel_ret>,
     "relevant retrieved documents"},
    {"map", summary::mean, parameters::none, {}, detail::plain<Isa, average_precision>, "average precision"},
    {"gm_map", summary::geometric, parameters::none, {}, detail::plain<Isa, average_precision>, "its geometric mean"},
    {"Rprec", summary::mean, parameters::none, {}, detail::plain<Isa, r_precision>, "precision at R"},
    {"bpref", summary::mean, parameters::none, {}, detail::plain<Isa, bpref>, "binary preference"},
    {"recip_rank",
     summary::mean,
     parameters::none,
     {},
     detail::plain<Isa, reciprocal_rank>,
     "1 / rank of the first relevant document"},
    {"iprec_at_recall", summary::mean, parameters::shares, detail::usual_recalls,
     detail::at_share<Isa, interpolated_precision>, "interpolated precision at a recall"},
    {"P", summary::mean, parameters::cutoffs, detail::usual_cutoffs, detail::at_cutoff<Isa, precision>,
     "precision at k"},
    {"relstring", summary::none, parameters::numbers, detail::ten, nullptr, "grades of the first documents, as a text"},
    {"recall", summary::mean, parameters::cutoffs, detail::usual_cutoffs, detail::at_cutoff<Isa, recall>,
     "recall at k"},
    {"infAP",
     summary::mean,
     parameters::none,
     {},
     detail::plain<Isa, inferred_average_precision>,
     "inferred average precision"},
    {"gm_bpref", summary::geometric, parameters::none, {}, detail::plain<Isa, bpref>, "geometric mean of bpref"},
    {"Rprec_mult", summary::mean, parameters::shares, detail::usual_multiples,
     detail::at_share<Isa, r_precision_multiple>, "precision at multiples of R"},
    {"utility", summary::mean, parameters::numbers, detail::usual_utility, detail::with_costs<Isa>,
     "a r + b (n - r) + c (R - r) + d rest"},
    {"11pt_avg", summary::mean, parameters::numbers, detail::usual_recalls, detail::with_recalls<Isa>,
     "mean interpolated precision"},
    {"binG", summary::mean, parameters::none, {}, detail::plain<Isa, binary_g>, "G with gains 0 and 1"},
    {"G", summary::mean, parameters::gains, {}, detail::with_gains<Isa, normalised_gain>, "normalised gain"},
    {"dcg", summary::mean, parameters::gains, {}, detail::with_gains<Isa, dcg>, "discounted cumulative gain"},
    {"ideal_dcg", summary::mean, parameters::gains, {}, detail::with_gains<Isa, ideal_dcg>, "the best DCG"},
    {"ndcg", summary::mean, parameters::gains, {}, detail::with_gains<Isa, ndcg>, "normalised DCG, all ranks"},
    {"ndcg_rel",
     summary::mean,
     parameters::gains,
     {},
     detail::with_gains<Isa, ndcg_rel>,
     "NDCG averaged over relevant documents"},
    {"Rndcg",
     summary::mean,
     parameters::gains,
     {},
     detail::with_gains<Isa, ndcg_at_levels>,
     "NDCG averaged over changes of the ideal gain"},
    {"ndcg_cut", summary::mean, parameters::cutoffs, detail::usual_cutoffs, detail::at_cutoff<Isa, ndcg_cut>,
     "NDCG at k"},
    {"map_cut", summary::mean, parameters::cutoffs, detail::usual_cutoffs, detail::at_cutoff<Isa, average_precision>,
     "average precision at k"},
    {"relative_P", summary::mean, parameters::cutoffs, detail::usual_cutoffs,
     detail::at_cutoff<Isa, relative_precision>, "precision at k by the greatest possible"},
    {"success", summary::mean, parameters::cutoffs, detail::success_cutoffs, detail::at_cutoff<Isa, success>,
     "whether a relevant document is among the first k"},
    {"set_P", summary::mean, parameters::none, {}, detail::plain<Isa, set_precision>, "r / n"},
    {"set_relative_P",
     summary::mean,
     parameters::none,
     {},
     detail::plain<Isa, set_relative_precision>,
     "r / min(n, R)"},
    {"set_recall", summary::mean, parameters::none, {}, detail::plain<Isa, set_recall>, "r / R"},
    {"set_map", summary::mean, parameters::none, {}, detail::plain<Isa, set_average_precision>, "r^2 / (n R)"},
    {"set_F", summary::mean, parameters::numbers, detail::one, detail::at_share<Isa, set_f>,
     "harmonic mean of set_P and set_recall"},
    {"num_nonrel_judged_ret",
     summary::sum,
     parameters::none,
     {},
     detail::plain<Isa, num_nonrel_judged_ret>,
     "retrieved documents judged not relevant"},
    {"yaap",
     summary::mean,
     parameters::none,
     {},
     detail::plain<Isa, smoothed_average_precision>,
     "log((1 + s) / (1 + R - s)), s = R map"},
    {"rbp", summary::mean, parameters::gains, {}, detail::with_persistence<Isa>, "rank-biased precision"},
    {"rbp_resid", summary::mean, parameters::gains, {}, detail::residual<Isa>, "its uncertainty"},
    {"unj", summary::mean, parameters::cutoffs, detail::unjudged_cutoffs, detail::at_cutoff<Isa, unjudged_share>,
     "share without judgment at k"}};

namespace detail {

inline constexpr std::string_view official[] = {"runid",  "num_q", "num_ret", "num_rel",    "num_rel_ret",     "map",
                                                "gm_map", "Rprec", "bpref",   "recip_rank", "iprec_at_recall", "P"};
inline constexpr std::string_view set_measures[] = {"runid",          "num_q",   "num_ret", "num_rel",
                                                    "num_rel_ret",    "utility", "set_P",   "set_recall",
                                                    "set_relative_P", "set_map", "set_F"};
inline constexpr std::string_view not_in_all[] = {"dcg", "ideal_dcg", "yaap"};

} // namespace detail

/// Chosen measures, with parameters, in the order of the catalogue. `Isa` keeps units with different flags apart.
template <class Isa>
class basic_selection {
public:
  /// One value, and what it is called.
  struct item {
    std::string name;
    std::size_t family; ///< in the catalogue
    std::size_t at;     ///< which of the family's values
  };

  /// Adds "map", "P.5,10", "ndcg.1=3,2=7", or a group: "official", "all_trec", "set". An empty result is success; else
  /// it says what is wrong. A measure that comes again takes its first parameters, as in trec_eval.
  std::string add(std::string_view text);

  /// Those of trec_eval without -m.
  static basic_selection official() {
    basic_selection s;
    s.add("official");
    return s;
  }

  std::vector<item> const& items() const { return items_; }
  bool empty() const { return items_.empty(); }

  /// The value of an item for a topic.
  double value(item const& i, topic const& t) const {
    chosen const& c = chosen_[i.family];
    return catalogue<Isa>[i.family].value(t, {c.numbers, c.gains, c.persistence}, i.at);
  }
  std::vector<double> const& numbers(item const& i) const { return chosen_[i.family].numbers; }

private:
  struct chosen {
    bool wanted = false;
    bool given = false;
    std::string text;
    std::vector<double> numbers;
    std::vector<level_gain> gains;
    double persistence = .9;
  };
  std::string read(family<Isa> const& f, std::string_view text, chosen& c) const;
  void list();

  std::vector<chosen> chosen_;
  std::vector<item> items_;
};

using selection = basic_selection<arch::native>;

template <class Isa>
std::string basic_selection<Isa>::read(family<Isa> const& f, std::string_view text, chosen& c) const {
  auto const wrong = [&](char const* what) { return std::string(f.name) + "." + std::string(text) + ": " + what; };
  if (f.takes == parameters::none) {
    return wrong("this measure has no parameters");
  }
  for (std::size_t begin = 0; begin <= text.size();) {
    std::size_t const end = std::min(text.find(',', begin), text.size());
    std::string part(text.substr(begin, end - begin));
    begin = end + 1;
    std::string key;
    if (f.takes == parameters::gains) {
      std::size_t const equals = part.find('=');
      if (equals == std::string::npos || equals == 0) {
        return wrong("parameters are level=gain");
      }
      key = part.substr(0, equals);
      part.erase(0, equals + 1);
    }
    double const number = rankwise::detail::from_decimal<Isa>(part);
    if (!std::isfinite(number)) {
      return wrong("a parameter is no number");
    }
    if (f.takes != parameters::gains) {
      c.numbers.push_back(number);
    } else if (key == "p") {
      c.persistence = number;
    } else {
      char* key_rest = nullptr;
      long const level = std::strtol(key.c_str(), &key_rest, 10);
      if (*key_rest != '\0' || level < unjudged || level > 2147483647L) {
        return wrong("a level is a whole number of at least -2");
      }
      c.gains.push_back({static_cast<std::int32_t>(level), number});
    }
  }
  if (f.takes == parameters::cutoffs || f.takes == parameters::shares) {
    for (double& x : c.numbers) {
      if (f.takes == parameters::cutoffs) {
        x = std::trunc(x); // trec_eval reads 23.4 as 23
        if (x < 1) {
          return wrong("a cutoff is at least 1");
        }
      }
    }
    std::sort(c.numbers.begin(), c.numbers.end());
    if (std::adjacent_find(c.numbers.begin(), c.numbers.end()) != c.numbers.end()) {
      return wrong("a cutoff comes twice");
    }
  } else if (f.takes == parameters::numbers && std::string_view(f.name) == "utility" && c.numbers.size() != 4) {
    return wrong("utility has four parameters");
  }
  c.text = text;
  c.given = true;
  return {};
}

template <class Isa>
std::string basic_selection<Isa>::add(std::string_view text) {
  auto const& all = catalogue<Isa>;
  chosen_.resize(std::size(all));
  std::size_t const point = text.find('.');
  std::string_view const name = text.substr(0, point);
  bool const with_parameters = point != std::string_view::npos;
  auto const among = [&](auto const& names, std::string_view n) {
    return std::find(std::begin(names), std::end(names), n) != std::end(names);
  };
  bool const group = name == "official" || name == "set" || name == "all_trec";
  if (group && with_parameters) {
    return std::string(text) + ": a group has no parameters";
  }
  bool known = group;
  for (std::size_t i = 0; i < std::size(all); ++i) {
    family<Isa> const& f = all[i];
    chosen& c = chosen_[i];
    bool const meant = name == f.name || (name == "official" && among(detail::official, f.name)) ||
                       (name == "set" && among(detail::set_measures, f.name)) ||
                       (name == "all_trec" && !among(detail::not_in_all, f.name));
    if (!meant) {
      continue;
    }
    known = true;
    if (with_parameters && !c.given) {
      chosen fresh;
      fresh.wanted = true;
      if (std::string wrong = read(f, text.substr(point + 1), fresh); !wrong.empty()) {
        return wrong;
      }
      c = std::move(fresh);
    }
    c.wanted = true;
    if (c.numbers.empty()) {
      c.numbers.assign(f.defaults.begin(), f.defaults.end());
    }
  }
  if (!known) {
    for (family<Isa> const& f : all) { // P_10 is how P.10 is printed
      std::string_view const stem = f.name;
      if (f.takes != parameters::none && text.size() > stem.size() + 1 && text.substr(0, stem.size()) == stem &&
          text[stem.size()] == '_' && std::string_view("0123456789.").find(text[stem.size() + 1]) != std::string_view::npos) {
        return std::string(text) + ": parameters follow a point: " + f.name + "." +
               std::string(text.substr(stem.size() + 1));
      }
    }
    return std::string(name) + ": no measure has this name";
  }
  list();
  return {};
}

template <class Isa>
void basic_selection<Isa>::list() {
  items_.clear();
  for (std::size_t i = 0; i < chosen_.size(); ++i) {
    family<Isa> const& f = catalogue<Isa>[i];
    chosen const& c = chosen_[i];
    if (!c.wanted) {
      continue;
    }
    bool const one_each = f.takes == parameters::cutoffs || f.takes == parameters::shares;
    for (std::size_t at = 0; at < (one_each ? c.numbers.size() : 1); ++at) {
      std::string name = f.name;
      if (one_each) {
        int const digits = f.takes == parameters::cutoffs ? 0 : 2;
        name += '_' + rankwise::detail::decimal<Isa>(c.numbers[at], std::chars_format::fixed, digits);
      } else if (c.given) {
        name += "_" + c.text;
      }
      items_.push_back({std::move(name), i, at});
    }
  }
}

} // namespace rankwise::inline RANKWISE_ABI::metric::trec

#endif
