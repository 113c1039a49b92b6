#ifndef RANKWISE_REWARD_FILTER_HPP
#define RANKWISE_REWARD_FILTER_HPP

#include <rankwise/core/lists.hpp>
#include <rankwise/core/options.hpp>
#include <rankwise/core/policy.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/exec/run.hpp>
#include <rankwise/math/log.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

/// Which groups of rollouts, or which items, training goes on with. A rollout is right if its number is positive; NaN
/// is wrong. All results ascend.
namespace rankwise::inline RANKWISE_ABI::reward {

namespace detail {

using rankwise::detail::passed;

template <class C>
RANKWISE_HOST_FN auto readable(C const& c) {
  auto const v = as_column(c);
  static_assert(decltype(v)::where == memory::host, "[rankwise] filters read host memory: copy the column first");
  return v;
}

template <class Column, class Offset>
RANKWISE_HOST_FN bool check_items(Column const& c, lists<Offset> const& groups, char const* argument,
                                  on_error const& errors) {
  return rankwise::detail::check_equal(c.size(), groups.items(), argument, errc::offsets_overrun, errors);
}

template <class Isa, class Column, class Offset>
std::size_t count_right(Column const& right, lists<Offset> const& groups, std::size_t g) {
  std::size_t count = 0;
  for (std::size_t i = groups.begin_of(g); i < groups.end_of(g); ++i) {
    count += right[i] > 0 ? 1u : 0u;
  }
  return count;
}

/// Bounds may be infinite.
constexpr char const* fault_of_bound(double x, char const* rule) {
  return x == x ? nullptr : rule;
}

/// The groups for which keep(right, rollouts) holds.
template <class Isa, class Right, class Offset, class Keep>
std::vector<std::size_t> select_groups(Right const& right, lists<Offset> const& groups, on_error const& errors,
                                       Keep keep) {
  auto const c = readable(right);
  std::vector<std::size_t> kept;
  if (!check_items(c, groups, "right", errors)) {
    return kept;
  }
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (keep(count_right<Isa>(c, groups, g), groups.size_of(g))) {
      kept.push_back(g);
    }
  }
  return kept;
}

} // namespace detail

/// Groups that can teach: 0 < right answers < `below` (arXiv 2508.12365). `below` 0 stands for the size of the group:
/// some right, some wrong.
struct difficulty_filter {
  std::size_t below = 0;

  template <class Right, class Offset, class Isa = arch::native>
  std::vector<std::size_t> groups(Right const& right, lists<Offset> const& rollouts, on_error errors = {}) const {
    return detail::select_groups<Isa>(right, rollouts, errors, [this](std::size_t n, std::size_t size) {
      return n > 0 && n < (below == 0 ? size : below);
    });
  }
};

/// Replay (AGRL, arXiv 2510.08048): groups whose accuracy is at most `accuracy` come again, with guidance. An empty
/// group has no accuracy and is left out.
struct replay_filter {
  double accuracy = 0;

  constexpr char const* fault() const {
    return detail::fault_of_bound(accuracy, "accuracy of replay_filter (not NaN)");
  }

  template <class Right, class Offset, class Isa = arch::native>
  std::vector<std::size_t> groups(Right const& right, lists<Offset> const& rollouts, on_error errors = {}) const {
    if (!rankwise::detail::check_parameters(fault(), errors)) {
      return {};
    }
    return detail::select_groups<Isa>(right, rollouts, errors, [this](std::size_t n, std::size_t size) {
      // The quotient is the nearest number to the share, as 0.29 is to 29 of 100; a product rounds elsewhere.
      return size > 0 && static_cast<double>(n) / static_cast<double>(size) <= accuracy;
    });
  }
};

/// Items about which the model is not sure (arXiv 2510.11122): the largest of their class probabilities is below
/// `below`. A row with NaN is not kept.
struct confidence_filter {
  double below = 0.7;

  constexpr char const* fault() const { return detail::fault_of_bound(below, "below of confidence_filter (not NaN)"); }

  template <class Probabilities, class Isa = arch::native>
  std::vector<std::size_t> items(Probabilities const& probabilities, on_error errors = {}) const {
    auto const p = as_matrix(probabilities);
    static_assert(decltype(p)::where == memory::host, "[rankwise] filters read host memory: copy the matrix first");
    std::vector<std::size_t> kept;
    if (!rankwise::detail::check_parameters(fault(), errors)) {
      return kept;
    }
    for (std::size_t i = 0; i < p.rows; ++i) {
      bool unsure = p.columns > 0;
      for (std::size_t k = 0; k < p.columns; ++k) {
        unsure = unsure && static_cast<double>(p(i, k)) < below;
      }
      if (unsure) {
        kept.push_back(i);
      }
    }
    return kept;
  }
};

/// How different the verdict paths of a group are (SRPO, arXiv 2510.07972; ours): the number of distinct paths, or the
/// entropy of their shares in nats. A path is an integer per rollout, a hash of its verdicts say.
struct diversity_filter {
  std::size_t paths = 2; ///< at least so many
  double entropy = 0;    ///< and at least this

  constexpr char const* fault() const {
    return detail::fault_of_bound(entropy, "entropy of diversity_filter (not NaN)");
  }

  template <class Paths, class Offset, class Isa = arch::native>
  std::vector<std::size_t> groups(Paths const& path, lists<Offset> const& rollouts, on_error errors = {}) const {
    auto const c = detail::readable(path);
    static_assert(std::is_integral_v<typename decltype(c)::value_type>, "[rankwise] a verdict path is an integer");
    std::vector<std::size_t> kept;
    if (!rankwise::detail::check_parameters(fault(), errors) || !detail::check_items(c, rollouts, "paths", errors)) {
      return kept;
    }
    for (std::size_t g = 0; g < rollouts.size(); ++g) {
      std::size_t const begin = rollouts.begin_of(g);
      std::size_t const end = rollouts.end_of(g);
      std::size_t distinct = 0;
      double sum = 0;
      for (std::size_t i = begin; i < end; ++i) { // groups are small: compare all pairs
        std::size_t same = 0;
        bool first = true;
        for (std::size_t j = begin; j < end; ++j) {
          same += c[j] == c[i] ? 1u : 0u;
          first = first && !(j < i && c[j] == c[i]);
        }
        if (first) {
          double const share = static_cast<double>(same) / static_cast<double>(end - begin);
          sum -= share * math::log(share);
          ++distinct;
        }
      }
      if (distinct >= paths && sum >= entropy) {
        kept.push_back(g);
      }
    }
    return kept;
  }
};

/// Rejection sampling of rewrites (BEQUE, arXiv 2311.03758): rele > `relevance` and incr > `increment`.
struct rejection_filter {
  double relevance = 0;
  double increment = 1;

  constexpr char const* fault() const {
    return detail::fault_of_bound(relevance == relevance ? increment : relevance,
                                  "relevance or increment of rejection_filter (not NaN)");
  }

  template <class Rele, class Incr, class Isa = arch::native>
  std::vector<std::size_t> items(Rele const& rele, Incr const& incr, on_error errors = {}) const {
    auto const a = detail::readable(rele);
    auto const b = detail::readable(incr);
    std::vector<std::size_t> kept;
    if (!rankwise::detail::check_parameters(fault(), errors) ||
        !rankwise::detail::check_size(b, "incr", a.size(), errors)) {
      return kept;
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (static_cast<double>(a[i]) > relevance && static_cast<double>(b[i]) > increment) {
        kept.push_back(i);
      }
    }
    return kept;
  }
};

/// Groups or items by difficulty, easiest bucket first.
struct curriculum_buckets {
  std::vector<std::size_t> items;      ///< bucket by bucket, in their order
  std::vector<std::size_t> offsets{0}; ///< of the buckets
};

/// Bucket k holds the items with k of the ascending `boundaries` at or below their difficulty; items without one (NaN)
/// are left out.
template <class Difficulty, class Boundaries, class Isa = arch::native>
curriculum_buckets curriculum(Difficulty const& difficulty, Boundaries const& boundaries, on_error errors = {}) {
  auto const d = detail::readable(difficulty);
  auto const b = detail::readable(boundaries);
  curriculum_buckets result;
  for (std::size_t k = 0; k < b.size(); ++k) {
    bool const ascends = b[k] - b[k] == 0 && (k == 0 || static_cast<double>(b[k - 1]) <= static_cast<double>(b[k]));
    if (!detail::passed(ascends ? status{} : status{errc::not_ascending, "boundaries", k}, errors)) {
      return result;
    }
  }
  auto const bucket = [&](std::size_t i) {
    double const x = static_cast<double>(d[i]);
    std::size_t k = 0;
    while (k < b.size() && x >= static_cast<double>(b[k])) {
      ++k;
    }
    return math::is_nan(x) ? b.size() + 1 : k;
  };
  storage<std::size_t> of_item;
  of_item.resize(d.size());
  for (std::size_t i = 0; i < d.size(); ++i) {
    of_item[i] = bucket(i);
  }
  for (std::size_t k = 0; k <= b.size(); ++k) {
    for (std::size_t i = 0; i < d.size(); ++i) {
      if (of_item[i] == k) {
        result.items.push_back(i);
      }
    }
    result.offsets.push_back(result.items.size());
  }
  return result;
}

/// Answers to learn an order from, best first, list by list (BEQUE, arXiv 2311.03758).
struct partial_order {
  std::vector<std::size_t> items;      ///< positions in the columns
  std::vector<std::size_t> offsets{0}; ///< of the new lists
};

/// Candidates sorted by their reward, best first; of equal rewards the first candidate stays and the others are
/// dropped, and so are candidates without a reward (NaN). A list with fewer than two different rewards teaches no order
/// and becomes empty.
template <class Rewards, class Offset, class Isa = arch::native>
partial_order build_partial_order(Rewards const& rewards, lists<Offset> const& groups, on_error errors = {}) {
  auto const r = detail::readable(rewards);
  partial_order result;
  if (!detail::check_items(r, groups, "rewards", errors)) {
    return result;
  }
  for (std::size_t g = 0; g < groups.size(); ++g) {
    std::size_t const begin = result.items.size();
    // Insertion: lists of candidates are short.
    for (std::size_t i = groups.begin_of(g); i < groups.end_of(g); ++i) {
      auto const x = r[i];
      std::size_t at = begin;
      while (at < result.items.size() && r[result.items[at]] > x) {
        ++at;
      }
      bool const repeated = at < result.items.size() && !(x > r[result.items[at]]); // NaN is no greater than any
      if (!math::is_nan(static_cast<double>(x)) && !repeated) {
        result.items.insert(result.items.begin() + static_cast<std::ptrdiff_t>(at), i);
      }
    }
    if (result.items.size() - begin < 2) {
      result.items.resize(begin);
    }
    result.offsets.push_back(result.items.size());
  }
  return result;
}

} // namespace rankwise::inline RANKWISE_ABI::reward

#endif
