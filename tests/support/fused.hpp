#ifndef RANKWISE_TESTS_SUPPORT_FUSED_HPP
#define RANKWISE_TESTS_SUPPORT_FUSED_HPP

#include <rankwise/core/lists.hpp>

#include "ragged.hpp"
#include "random.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

/// Fusion and tiers by their definitions, in double, for comparison.
namespace support {

inline constexpr double nowhere = -std::numeric_limits<double>::infinity();

/// Three runs over ragged lists: each has found three of four items, the last one ties for most of them. Of list 7 the
/// first has found nothing, of list 9 nobody. `hostile`: lists with NaN or +infinity, list 13 in every run.
struct runs {
  std::vector<int> offsets;
  std::vector<float> a, c;
  std::vector<double> b;

  explicit runs(bool hostile, int longest = 900) {
    ragged<float> const p(31, false, longest);
    offsets = p.offsets;
    random r(32);
    a = p.scores;
    b = r.uniforms<double>(a.size(), -1e3, 1e3);
    c = r.grades<float>(a.size(), 7);
    float const out = -std::numeric_limits<float>::infinity();
    for (std::size_t i = 0; i < a.size(); ++i) {
      a[i] = r.below(4) == 0 ? out : a[i];
      b[i] = r.below(4) == 0 ? nowhere : b[i];
      c[i] = r.below(4) == 0 ? out : c[i];
    }
    std::fill(a.begin() + offsets[7], a.begin() + offsets[8], out);
    std::fill(a.begin() + offsets[9], a.begin() + offsets[10], out);
    std::fill(b.begin() + offsets[9], b.begin() + offsets[10], nowhere);
    std::fill(c.begin() + offsets[9], c.begin() + offsets[10], out);
    if (hostile) {
      float const nan = std::numeric_limits<float>::quiet_NaN();
      a[at(8) + 3] = nan;
      a[at(13)] = nan;
      a[at(14) + 50] = std::numeric_limits<float>::infinity();
      b[at(2)] = std::numeric_limits<double>::infinity();
      b[at(13) + 1] = nan;
      c[at(13) + 200] = nan;
      c[at(15) + 2999] = nan;
    }
  }

  std::size_t at(int list) const { return static_cast<std::size_t>(offsets[static_cast<std::size_t>(list)]); }
  rankwise::lists<int> lists() const { return rankwise::lists(offsets); }
  std::vector<std::vector<double>> columns() const { return {{a.begin(), a.end()}, b, {c.begin(), c.end()}}; }
};

/// The items of a list that a run has found, best first; none where a number is not finite.
inline std::vector<std::size_t> found_in(std::vector<double> const& run, std::size_t first, std::size_t size) {
  std::vector<std::size_t> items;
  for (std::size_t i = first; i < first + size; ++i) {
    if (run[i] != nowhere) {
      items.push_back(i);
    }
    if (!(run[i] < std::numeric_limits<double>::infinity())) {
      return {};
    }
  }
  std::stable_sort(items.begin(), items.end(), [&](std::size_t x, std::size_t y) { return run[x] > run[y]; });
  return items;
}

/// found(rank, items) and missing(ranked, items) of all runs, added up.
template <class Found, class Missing>
std::vector<double> fused_by_places(runs const& r, Found found, Missing missing) {
  std::vector<double> fused(r.a.size(), 0.0);
  for (auto const& run : r.columns()) {
    for (std::size_t l = 0; l < r.lists().size(); ++l) {
      std::size_t const first = r.lists().begin_of(l);
      std::size_t const size = r.lists().size_of(l);
      auto const items = found_in(run, first, size);
      std::vector<double> more(size, missing(static_cast<double>(items.size()), static_cast<double>(size)));
      for (std::size_t k = 0; k < items.size(); ++k) {
        more[items[k] - first] = found(static_cast<double>(k), static_cast<double>(size));
      }
      for (std::size_t i = 0; i < size; ++i) {
        fused[first + i] += more[i];
      }
    }
  }
  return fused;
}

/// together(points) of every item: points(scores), best first, of all runs that have found it.
template <class Points, class Together>
std::vector<double> fused_by_points(runs const& r, Points points, Together together) {
  std::vector<std::vector<double>> of(r.a.size());
  for (auto const& run : r.columns()) {
    for (std::size_t l = 0; l < r.lists().size(); ++l) {
      auto const items = found_in(run, r.lists().begin_of(l), r.lists().size_of(l));
      std::vector<double> scores;
      for (std::size_t const i : items) {
        scores.push_back(run[i]);
      }
      std::vector<double> const worth = items.empty() ? std::vector<double>() : points(scores);
      for (std::size_t k = 0; k < items.size(); ++k) {
        of[items[k]].push_back(worth[k]);
      }
    }
  }
  std::vector<double> fused;
  for (auto const& p : of) {
    fused.push_back(p.empty() ? nowhere : together(p));
  }
  return fused;
}

inline std::vector<double> spread_of(std::vector<double> scores) { // min_max
  double const high = scores.front();
  double const low = scores.back();
  for (double& s : scores) {
    s = high > low ? (s - low) / (high - low) : 0;
  }
  return scores;
}
inline std::vector<double> standard_of(std::vector<double> scores) { // z_score
  long double mean = 0;
  for (double const s : scores) {
    mean += static_cast<long double>(s) / static_cast<long double>(scores.size());
  }
  long double variance = 0;
  for (double const s : scores) {
    variance += (s - mean) * (s - mean) / static_cast<long double>(scores.size());
  }
  bool const equal = scores.front() == scores.back();
  for (double& s : scores) {
    s = equal ? 0 : static_cast<double>((s - mean) / std::sqrt(variance));
  }
  return scores;
}
inline double sum_of(std::vector<double> const& points) {
  double sum = 0;
  for (double const p : points) {
    sum += p;
  }
  return sum;
}
inline double median_of(std::vector<double> points) {
  std::sort(points.begin(), points.end());
  return (points[(points.size() - 1) / 2] + points[points.size() / 2]) / 2;
}

/// Minus infinity and the rest within a bound, relative to the larger of the number and 1.
inline bool fused_alike(std::vector<double> const& found, std::vector<double> const& expected, double bound) {
  bool alike = found.size() == expected.size();
  for (std::size_t i = 0; alike && i < found.size(); ++i) {
    alike = found[i] == expected[i] ||
            std::abs(found[i] - expected[i]) <= bound * std::max(1.0, std::min(std::abs(expected[i]), 1e300));
  }
  return alike;
}

/// Scores and tiers over ragged lists. `hostile`: a mask; list 8 has a score that is NaN and a tier too, list 12 a
/// score and list 13 a tier that is infinite, list 14 a tier that is NaN; of list 15 such a tier is masked out, and
/// that of an item with a score of minus infinity counts no more.
struct tiers_problem {
  ragged<float> scores;
  std::vector<double> tiers;
  std::vector<double> expected;
  std::size_t bad_scores = 0; ///< lists
  std::size_t bad_tiers = 0;
  std::size_t first_bad_tier = 0;

  explicit tiers_problem(bool hostile, int longest = 900) : scores(33, hostile, longest) {
    random r(34);
    tiers = r.grades<double>(scores.scores.size(), 4);
    if (hostile) {
      auto const at = [&](int list) {
        return static_cast<std::size_t>(scores.offsets[static_cast<std::size_t>(list)]);
      };
      auto const spoil = [&](std::size_t i, double tier, bool live) {
        tiers[i] = tier;
        scores.mask[i] = live;
      };
      double const nan = std::numeric_limits<double>::quiet_NaN();
      spoil(at(8) + 1, nan, true);
      spoil(at(13) + 2, nowhere, true);
      spoil(at(14) + 600, nan, true);
      spoil(at(15) + 5, nan, false);
      spoil(at(15) + 6, nan, true);
      scores.scores[at(15) + 6] = -std::numeric_limits<float>::infinity();
    }
    expected.assign(tiers.size(), nowhere);
    for (std::size_t l = 0; l < lists().size(); ++l) {
      order(l);
    }
  }

  rankwise::lists<int> lists() const { return scores.lists(); }

private:
  void order(std::size_t l) {
    std::vector<std::size_t> items;
    bool bad_score = false;
    bool bad_tier = false;
    for (std::size_t i = lists().begin_of(l); i < lists().end_of(l); ++i) {
      if ((scores.mask.empty() || scores.mask[i] != 0) && scores.scores[i] != static_cast<float>(nowhere)) {
        items.push_back(i);
        bad_score = bad_score || !std::isfinite(scores.scores[i]);
        bad_tier = bad_tier || !std::isfinite(tiers[i]);
      }
    }
    bad_scores += bad_score ? 1 : 0;
    if (!bad_score && bad_tier) {
      first_bad_tier = bad_tiers == 0 ? l : first_bad_tier;
      ++bad_tiers;
    }
    if (bad_score || bad_tier) {
      return;
    }
    std::stable_sort(items.begin(), items.end(), [&](std::size_t x, std::size_t y) {
      return tiers[x] != tiers[y] ? tiers[x] > tiers[y] : scores.scores[x] > scores.scores[y];
    });
    for (std::size_t k = 0; k < items.size(); ++k) {
      expected[items[k]] = static_cast<double>(items.size() - k);
    }
  }
};

} // namespace support

#endif
