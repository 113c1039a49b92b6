#ifndef RANKWISE_METRIC_TREC_MEASURES_HPP
#define RANKWISE_METRIC_TREC_MEASURES_HPP

#include <rankwise/core/config.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/metric/trec/topic.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

/// The measures of trec_eval 9 and 10 (Buckley, Soboroff), one struct each: a function from a topic to a number, in the
/// order of operations of trec_eval, so that the last printed digit agrees. n documents are retrieved, R are relevant,
/// r of these are retrieved; ranks count from 1.
namespace rankwise::inline RANKWISE_ABI::metric::trec {

namespace detail {

RANKWISE_ALWAYS_INLINE inline double real(std::size_t n) {
  return static_cast<double>(n);
}

/// a / b, and 0 where there is nothing to divide by.
RANKWISE_ALWAYS_INLINE inline double ratio(std::size_t a, std::size_t b) {
  return b == 0 ? 0 : real(a) / real(b);
}

/// log2(rank + 1), ranks from 0 here.
RANKWISE_ALWAYS_INLINE inline double discount_at(std::size_t rank) {
  return std::log2(static_cast<double>(rank + 2));
}

RANKWISE_ALWAYS_INLINE inline std::size_t relevant_within(topic const& t, std::size_t cutoff) {
  std::size_t found = 0;
  for (pooled const& p : t.documents()) {
    if (p.rank >= cutoff) {
      break;
    }
    found += t.is_relevant(p) ? 1u : 0u;
  }
  return found;
}

/// Sum of the precisions at the relevant documents among the first `cutoff`.
RANKWISE_ALWAYS_INLINE inline double sum_of_precisions(topic const& t, std::size_t cutoff) {
  std::size_t found = 0;
  double sum = 0;
  for (pooled const& p : t.documents()) {
    if (p.rank >= cutoff) {
      break;
    }
    if (t.is_relevant(p)) {
      ++found;
      sum += real(found) / real(p.rank + 1);
    }
  }
  return sum;
}

/// The greatest precision at or behind the relevant document number `from` (1 is the first): interpolated precision.
RANKWISE_ALWAYS_INLINE inline double best_precision(topic const& t, std::size_t from) {
  double best = ratio(t.relevant_retrieved(), t.retrieved());
  std::size_t found = 0;
  for (pooled const& p : t.documents()) {
    if (t.is_relevant(p)) {
      ++found;
      double const precision = real(found) / real(p.rank + 1);
      best = found >= from && best < precision ? precision : best;
    }
  }
  return best;
}

inline constexpr std::size_t everything = static_cast<std::size_t>(-1);

/// The smallest gain that geometric means see.
inline constexpr double least_geometric = .00001;

} // namespace detail

/// n, R, r: counts, which are added up over topics.
struct num_ret {
  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const { return detail::real(t.retrieved()); }
};
struct num_rel {
  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const { return detail::real(t.relevant()); }
};
struct num_rel_ret {
  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const { return detail::real(t.relevant_retrieved()); }
};
struct num_nonrel_judged_ret {
  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    return detail::real(t.judged_retrieved() - t.relevant_retrieved());
  }
};

/// Average precision: 1/R sum over relevant retrieved documents of the precision at their rank, up to a cutoff.
struct average_precision {
  std::size_t cutoff = detail::everything;

  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    return t.relevant() == 0 ? 0 : detail::sum_of_precisions(t, cutoff) / detail::real(t.relevant());
  }
};

/// Yet another average precision (Robertson 2012): log((1 + s) / (1 + R - s)), s the sum of the precisions at the
/// relevant retrieved documents. Unlike average precision it has no bounds, so that its mean sees the ends as well.
struct smoothed_average_precision {
  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    double const sum = detail::sum_of_precisions(t, detail::everything);
    return std::log((1.0 + sum) / (1.0 + detail::real(t.relevant()) - sum));
  }
};

/// Precision at k: relevant among the first k, by k; missing documents count as not relevant.
struct precision {
  std::size_t cutoff = 10;

  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    return detail::ratio(detail::relevant_within(t, cutoff), cutoff);
  }
};

/// Recall at k: relevant among the first k, by R.
struct recall {
  std::size_t cutoff = 10;

  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    return detail::ratio(detail::relevant_within(t, cutoff), t.relevant());
  }
};

/// Precision at k by the greatest possible: relevant among the first k, by min(k, R).
struct relative_precision {
  std::size_t cutoff = 10;

  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    return t.relevant() == 0
               ? 0
               : detail::ratio(detail::relevant_within(t, cutoff), cutoff > t.relevant() ? t.relevant() : cutoff);
  }
};

/// 1 if a relevant document is among the first k.
struct success {
  std::size_t cutoff = 10;

  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    return detail::relevant_within(t, cutoff) != 0 ? 1.0 : 0.0;
  }
};

/// Precision at R.
struct r_precision {
  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    return detail::ratio(detail::relevant_within(t, t.relevant()), t.relevant());
  }
};

/// Precision at a multiple of R: the first floor(multiple R + 0.9) documents.
struct r_precision_multiple {
  double multiple = 1;

  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    double const places = multiple * detail::real(t.relevant()) + 0.9;
    auto const cutoff = places >= 1 ? static_cast<std::size_t>(places < 1e18 ? places : 1e18) : std::size_t{0};
    return detail::ratio(detail::relevant_within(t, cutoff), cutoff);
  }
};

/// 1 / rank of the first relevant document.
struct reciprocal_rank {
  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    for (pooled const& p : t.documents()) {
      if (t.is_relevant(p)) {
        return 1.0 / detail::real(p.rank + 1);
      }
    }
    return 0;
  }
};

/// Binary preference (Buckley and Voorhees 2004): 1/R sum over relevant retrieved documents of
/// 1 - min(judged nonrelevant before it, R) / min(judged nonrelevant, R).
struct bpref {
  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    if (t.relevant() == 0) {
      return 0;
    }
    std::size_t const R = t.relevant();
    std::size_t const most = t.nonrelevant() < R ? t.nonrelevant() : R;
    std::size_t nonrelevant = 0;
    double sum = 0;
    for (pooled const& p : t.documents()) {
      if (t.is_relevant(p)) {
        sum += nonrelevant == 0 ? 1.0 : 1.0 - detail::real(nonrelevant < R ? nonrelevant : R) / detail::real(most);
      } else if (p.level >= 0) {
        ++nonrelevant;
      }
    }
    return sum / detail::real(R);
  }
};

/// Inferred average precision (Yilmaz and Aslam 2006): precision above a relevant document is estimated from the judged
/// part of the pool.
struct inferred_average_precision {
  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    constexpr double epsilon = .00001;
    if (t.relevant() == 0) {
      return 0;
    }
    std::size_t relevant = 0;
    std::size_t nonrelevant = 0;
    std::size_t not_judged = 0;
    double sum = 0;
    for (pooled const& p : t.documents()) {
      if (p.level < 0) {
        ++not_judged;
      } else if (!t.is_relevant(p)) {
        ++nonrelevant;
      } else {
        if (p.rank == 0) {
          sum += 1;
        } else {
          double const above = detail::real(p.rank);
          double const relevant_above = detail::real(relevant);
          double const nonrelevant_above = detail::real(nonrelevant);
          sum +=
              1 / (above + 1) + (above / (above + 1)) * (detail::real(relevant + nonrelevant + not_judged) / above) *
                                    ((relevant_above + epsilon) / (relevant_above + nonrelevant_above + 2 * epsilon));
        }
        ++relevant;
      }
    }
    return sum / detail::real(t.relevant());
  }
};

/// Interpolated precision at a recall: the greatest precision from the relevant document number round(recall R) on, or
/// floor(recall R + 0.9) by the settings of the topic.
struct interpolated_precision {
  double recall = 0;

  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    double const share = recall * detail::real(t.relevant());
    double const needed = t.given().recall_cut_off ? std::trunc(share + 0.9) : std::round(share);
    return needed > detail::real(t.relevant_retrieved())
               ? 0
               : detail::best_precision(t, needed > 0 ? static_cast<std::size_t>(needed) : 0);
  }
};

/// Interpolated precision averaged over some recalls, which ascend: 0, .1, ... 1.
struct average_interpolated_precision {
  std::span<double const> recalls;

  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    double sum = 0;
    for (std::size_t i = recalls.size(); i-- > 0;) {
      sum += interpolated_precision{recalls[i]}(t);
    }
    return recalls.empty() ? 0 : sum / detail::real(recalls.size());
  }
};

/// a for each relevant retrieved document, b for each other retrieved one, c for each relevant one that was missed, d
/// for each of the rest of the collection.
struct utility {
  double a = 1;
  double b = -1;
  double c = 0;
  double d = 0;

  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    double const n = detail::real(t.retrieved());
    double const R = detail::real(t.relevant());
    double const r = detail::real(t.relevant_retrieved());
    return a * r + b * (n - r) + c * (R - r) + d * (detail::real(t.given().documents_in_collection) + r - n - R);
  }
};

/// r / n
struct set_precision {
  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    return detail::ratio(t.relevant_retrieved(), t.retrieved());
  }
};

/// r / R
struct set_recall {
  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    return detail::ratio(t.relevant_retrieved(), t.relevant());
  }
};

/// r / min(n, R)
struct set_relative_precision {
  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    return detail::ratio(t.relevant_retrieved(), t.retrieved() < t.relevant() ? t.retrieved() : t.relevant());
  }
};

/// r^2 / (n R)
struct set_average_precision {
  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    double const r = detail::real(t.relevant_retrieved());
    double const all = detail::real(t.retrieved()) * detail::real(t.relevant());
    return all == 0 ? 0 : r * r / all;
  }
};

/// (x + 1) P R / (x P + R): x says how much recall counts beside precision.
struct set_f {
  double x = 1;

  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    if (t.relevant_retrieved() == 0) {
      return 0;
    }
    double const P = detail::ratio(t.relevant_retrieved(), t.retrieved());
    double const R = detail::ratio(t.relevant_retrieved(), t.relevant());
    return (x + 1.0) * P * R / (x * P + R);
  }
};

/// The share of documents without judgment among the first k.
struct unjudged_share {
  std::size_t cutoff = 10;

  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    std::size_t const seen = t.retrieved() < cutoff ? t.retrieved() : cutoff;
    std::size_t judged = 0;
    for (pooled const& p : t.documents()) {
      if (p.rank >= cutoff) {
        break;
      }
      judged += p.level >= 0 ? 1 : 0;
    }
    return detail::ratio(seen - judged, cutoff);
  }
};

/// Sum over relevant retrieved documents of 1 / log2(2 + nonrelevant before it), by R.
struct binary_g {
  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    std::size_t found = 0;
    double sum = 0;
    for (pooled const& p : t.documents()) {
      if (t.is_relevant(p)) {
        ++found;
        sum += 1.0 / std::log2(static_cast<double>(3 + p.rank - found));
      }
    }
    return found == 0 ? 0 : sum / detail::real(t.relevant());
  }
};

/// A gain for a grade, instead of the grade itself; also for `unpooled` and `unjudged`, which otherwise gain nothing.
struct level_gain {
  std::int32_t level;
  double gain;
};

namespace detail {

/// Gains of a topic: that of a retrieved document, and all of them in the best order.
class gains {
public:
  RANKWISE_ALWAYS_INLINE gains(topic const& t, std::span<level_gain const> given) : topic_(t), given_(given) {
    rows_.resize(t.levels().size());
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      level_count const& l = t.levels()[rows_.size() - 1 - i]; // mostly they are in order then
      row const mine{of(l.level), l.count};
      std::size_t at = i;
      for (; at > 0 && rows_[at - 1].gain < mine.gain; --at) {
        rows_[at] = rows_[at - 1];
      }
      rows_[at] = mine;
    }
    left_ = rows_.empty() ? 0 : rows_[0].count;
  }

  /// Of a grade; whoever has none gains nothing.
  RANKWISE_ALWAYS_INLINE double of(std::int32_t level) const {
    for (level_gain const& g : given_) {
      if (g.level == level) {
        return g.gain;
      }
    }
    return level < 0 ? 0 : static_cast<double>(level);
  }

  /// Whether the level has a gain at all.
  RANKWISE_ALWAYS_INLINE bool knows(std::int32_t level) const {
    bool given = level >= 0;
    for (level_gain const& g : given_) {
      given = given || g.level == level;
    }
    return given;
  }

  /// The next gain of the best order; 0 when no positive one is left.
  RANKWISE_ALWAYS_INLINE double next() {
    while (at_ < rows_.size() && left_ == 0) {
      ++at_;
      left_ = at_ < rows_.size() ? rows_[at_].count : 0;
    }
    if (at_ == rows_.size() || !(rows_[at_].gain > 0)) {
      return 0;
    }
    --left_;
    return rows_[at_].gain;
  }

  /// The least and the greatest gain of a grade that may occur: 0 and those up to the highest that does.
  RANKWISE_ALWAYS_INLINE void range(double& least, double& greatest) const {
    least = of(0);
    greatest = of(0);
    auto const widen = [&](double g) {
      least = g < least ? g : least;
      greatest = g > greatest ? g : greatest;
    };
    for (level_gain const& g : given_) {
      widen(g.gain);
    }
    auto const levels = topic_.levels();
    std::int32_t const top = levels.empty() ? 0 : levels.back().level;
    // Further down no level gains more, but those that were given a gain do not count.
    std::int32_t level = top;
    for (std::size_t i = 0; i <= given_.size() && level > 0; ++i, --level) {
      widen(of(level));
    }
  }

private:
  struct row {
    double gain;
    std::size_t count;
  };
  topic const& topic_;
  std::span<level_gain const> given_;
  storage<row> rows_;
  std::size_t at_ = 0;
  std::size_t left_ = 0;
};

/// Calls f(rank, gain of the document there) for every retrieved document.
template <class F>
RANKWISE_ALWAYS_INLINE inline void each_rank(topic const& t, gains const& g, F f) {
  auto const documents = t.documents();
  double const outside = g.of(unpooled);
  std::size_t next = 0;
  for (std::size_t rank = 0; rank < t.retrieved(); ++rank) {
    double gain = outside;
    if (next < documents.size() && documents[next].rank == rank) {
      gain = g.of(documents[next++].level);
    }
    f(rank, gain);
  }
}

} // namespace detail

/// Sum over ranks of gain / log2(rank + 1).
struct dcg {
  std::span<level_gain const> gains;

  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    detail::gains const g(t, gains);
    double sum = 0;
    auto const add = [&](std::size_t rank, double gain) {
      if (gain != 0) {
        sum += gain / detail::discount_at(rank);
      }
    };
    if (g.of(unpooled) != 0) {
      detail::each_rank(t, g, add);
      return sum;
    }
    for (pooled const& p : t.documents()) {
      add(p.rank, g.of(p.level));
    }
    return sum;
  }
};

/// The DCG of all judged documents in the best order.
struct ideal_dcg {
  std::span<level_gain const> gains;

  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    detail::gains g(t, gains);
    double sum = 0;
    std::size_t rank = 0;
    for (double gain = g.next(); gain > 0; gain = g.next()) {
      sum += gain / detail::discount_at(rank++);
    }
    return sum;
  }
};

/// DCG by ideal DCG (Jarvelin and Kekalainen 2002); 0 where the ideal is.
struct ndcg {
  std::span<level_gain const> gains;

  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    double const ideal = ideal_dcg{gains}(t);
    return ideal > 0 ? dcg{gains}(t) / ideal : 0;
  }
};

/// The same over the first k ranks; the gain is the grade.
struct ndcg_cut {
  std::size_t cutoff = 10;

  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    double sum = 0;
    for (pooled const& p : t.documents()) {
      if (p.rank >= cutoff) {
        break;
      }
      if (p.level > 0) {
        sum += static_cast<double>(p.level) / detail::discount_at(p.rank);
      }
    }
    detail::gains g(t, {});
    double ideal = 0;
    std::size_t rank = 0;
    for (double gain = 0; rank < cutoff && (gain = g.next()) > 0; ++rank) {
      ideal += gain / detail::discount_at(rank);
    }
    return ideal > 0 ? sum / ideal : 0;
  }
};

/// NDCG averaged over the relevant documents, each at its rank; those that were not retrieved at the end.
struct ndcg_rel {
  std::span<level_gain const> gains;

  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    detail::gains g(t, gains);
    double sum = 0;
    double found_dcg = 0;
    double ideal = 0;
    double ideal_gain = 1;
    std::size_t found = 0;
    std::size_t relevant = 0;
    auto const add_ideal = [&](std::size_t rank) {
      if (ideal_gain > 0 && (ideal_gain = g.next()) > 0) {
        ideal += ideal_gain / detail::discount_at(rank);
        ++relevant;
      }
    };
    detail::each_rank(t, g, [&](std::size_t rank, double gain) {
      if (gain != 0) {
        found_dcg += gain / detail::discount_at(rank);
      }
      add_ideal(rank);
      if (gain > 0) {
        sum += found_dcg / ideal;
        ++found;
      }
    });
    std::size_t rank = t.retrieved();
    while (ideal_gain > 0) {
      add_ideal(rank++);
    }
    if (relevant == 0) {
      return 0;
    }
    sum += (detail::real(relevant) - detail::real(found)) * found_dcg / ideal;
    return sum > 0 ? sum / detail::real(relevant) : 0;
  }
};

/// NDCG averaged over the ranks where the ideal order goes from one gain to the next, and the end.
struct ndcg_at_levels {
  std::span<level_gain const> gains;

  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    if (t.relevant() == 0) {
      return 0;
    }
    detail::gains g(t, gains);
    double sum = 0;
    double found_dcg = 0;
    double ideal = 0;
    double ideal_gain = 1;
    double previous = -1; // no gain yet
    std::size_t points = 0;
    auto const add_point = [&] {
      if (ideal > 0) {
        sum += found_dcg / ideal;
        ++points;
      }
    };
    auto const next_ideal = [&] {
      ideal_gain = g.next();
      if (previous != ideal_gain) {
        add_point();
        previous = ideal_gain;
      }
    };
    bool behind = false; // documents behind the last of the ideal order
    detail::each_rank(t, g, [&](std::size_t rank, double gain) {
      if (ideal_gain > 0) {
        next_ideal();
      } else {
        behind = true;
      }
      if (gain != 0) {
        found_dcg += gain / detail::discount_at(rank);
      }
      if (ideal_gain > 0) {
        ideal += ideal_gain / detail::discount_at(rank);
      }
    });
    if (behind) {
      add_point();
    }
    std::size_t rank = t.retrieved();
    while (ideal_gain > 0) {
      next_ideal();
      if (ideal_gain > 0) {
        ideal += ideal_gain / detail::discount_at(rank++);
      }
    }
    return points == 0 ? 0 : sum / detail::real(points);
  }
};

/// Sum over retrieved documents of gain / log2(2 + cost so far - gain so far), by the sum of all gains; the cost of a
/// rank is the gain of the best order there, at least 1.
struct normalised_gain {
  std::span<level_gain const> gains;

  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    detail::gains g(t, gains);
    double sum = 0;
    double found = 0;
    double cost = 0;
    double all = 0;
    double ideal_gain = 1;
    detail::each_rank(t, g, [&](std::size_t, double gain) {
      found += gain;
      ideal_gain = ideal_gain > 0 ? g.next() : 0;
      all += ideal_gain;
      cost += ideal_gain >= 1 ? ideal_gain : 1.0;
      if (gain != 0) {
        sum += gain / std::log2(2 + cost - found);
      }
    });
    while (ideal_gain > 0) {
      ideal_gain = g.next();
      all += ideal_gain;
    }
    return all > 0 ? sum / all : 0;
  }
};

/// Rank-biased precision (Moffat and Zobel 2008): (1 - p) sum of gain p^(rank - 1), gains scaled to [0, 1] by those of
/// the topic if they go beyond.
struct rank_biased_precision {
  std::span<level_gain const> gains;
  double p = .9;

  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    detail::gains const g(t, gains);
    double least = 0;
    double greatest = 0;
    g.range(least, greatest);
    bool const scaled = least < 0 || greatest > 1;
    auto const worth = [&](std::int32_t level) {
      double const gain = g.of(level);
      return !g.knows(level) ? 0 : scaled ? (gain - least) / (greatest - least) : gain;
    };
    double const outside = worth(unpooled);
    double sum = 0;
    double weight = 1;
    auto const documents = t.documents();
    std::size_t next = 0;
    for (std::size_t rank = 0; rank < t.retrieved() && (next < documents.size() || outside != 0); ++rank) {
      bool const in_pool = next < documents.size() && documents[next].rank == rank;
      if (double const gain = in_pool ? worth(documents[next++].level) : outside; gain != 0) {
        sum += gain * weight;
      }
      weight *= p;
    }
    return (1.0 - p) * sum;
  }
};

/// What rank-biased precision would gain if all that nobody has judged had gain 1.
struct rank_biased_residual {
  double p = .9;

  RANKWISE_ALWAYS_INLINE double operator()(topic const& t) const {
    double sum = 0;
    double weight = 1;
    auto const documents = t.documents();
    std::size_t next = 0;
    bool any = false;
    for (std::size_t rank = 0; rank < t.retrieved(); ++rank) {
      bool judged = false;
      if (next < documents.size() && documents[next].rank == rank) {
        judged = documents[next++].level >= 0;
      }
      if (!judged) {
        sum += weight;
        any = true;
      }
      weight *= p;
    }
    return any ? weight + (1 - p) * sum : 0;
  }
};

} // namespace rankwise::inline RANKWISE_ABI::metric::trec

#endif
