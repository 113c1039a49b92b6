#ifndef RANKWISE_RANK_TIES_HPP
#define RANKWISE_RANK_TIES_HPP

#include <rankwise/core/policies.hpp>
#include <rankwise/core/random.hpp>

#include <cstddef>
#include <cstdint>

/// Who comes first among items with equal scores. A policy answers `before(list, a, b)` for two positions of such
/// items; where neither comes before the other, the order of the list decides.
namespace rankwise::inline RANKWISE_ABI::ties {

/// The order of the list: XGBoost, LightGBM, Rax without a key.
struct stable {
  using slot = slots::ties;
  static constexpr char const* text = "stable";
};

/// The smaller id first; ids come by the option `.ids`. Without them, the order of the list.
struct by_id {
  using slot = slots::ties;
  static constexpr char const* text = "by_id";
  template <class List>
  RANKWISE_FN static bool before(List const& list, std::size_t a, std::size_t b) {
    return list.id_of(a) < list.id_of(b);
  }
};

/// The greater id first: trec_eval, with the rank of the document's name as its id. Without ids, the later item.
struct by_id_descending {
  using slot = slots::ties;
  static constexpr char const* text = "by_id_descending";
  template <class List>
  RANKWISE_FN static bool before(List const& list, std::size_t a, std::size_t b) {
    return list.id_of(a) > list.id_of(b);
  }
};

/// The smaller label first: no luck is taken for merit. CatBoost.
struct pessimistic {
  using slot = slots::ties;
  static constexpr char const* text = "pessimistic";
  template <class List>
  RANKWISE_FN static bool before(List const& list, std::size_t a, std::size_t b) {
    return list.label_of(a) < list.label_of(b);
  }
};

/// The greater label first.
struct optimistic {
  using slot = slots::ties;
  static constexpr char const* text = "optimistic";
  template <class List>
  RANKWISE_FN static bool before(List const& list, std::size_t a, std::size_t b) {
    return list.label_of(a) > list.label_of(b);
  }
};

/// The mean over all orders of equal scores, exactly (McSherry and Najork 2008): scikit-learn's NDCG, QuickRank.
/// Metrics compute it in closed form; one that cannot does not compile with it.
struct expected {
  using slot = slots::ties;
  static constexpr char const* text = "expected";
};

/// By lot: a function of the seed, the list's number and the item's place in it, so that every run, thread and machine
/// draws the same.
template <std::uint64_t Seed = 0>
struct random {
  using slot = slots::ties;
  static constexpr char const* text = "random";
  template <class List>
  RANKWISE_FN static bool before(List const& list, std::size_t a, std::size_t b) {
    return random_bits(Seed, a, list.number()) < random_bits(Seed, b, list.number());
  }
};

} // namespace rankwise::inline RANKWISE_ABI::ties

/// What an item counts for that nobody has judged (the option `.judged`).
namespace rankwise::inline RANKWISE_ABI::unjudged {

/// As much as label 0, at its place.
struct zero {
  using slot = slots::unjudged;
  static constexpr char const* text = "zero";
};

/// It is left out and the others move up: condensed lists (Sakai 2007), "judged only".
struct condensed {
  using slot = slots::unjudged;
  static constexpr char const* text = "condensed";
};

} // namespace rankwise::inline RANKWISE_ABI::unjudged

#endif
