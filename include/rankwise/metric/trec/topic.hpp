#ifndef RANKWISE_METRIC_TREC_TOPIC_HPP
#define RANKWISE_METRIC_TREC_TOPIC_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/core/config.hpp>
#include <rankwise/core/storage.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

/// A ranked topic as trec_eval sees it: grades are whole numbers, most retrieved documents have none, and what has none
/// only takes up a place. So a topic is its judged documents with their ranks, and a few counts.
namespace rankwise::inline RANKWISE_ABI::metric::trec {

/// What a retrieved document has instead of a grade.
inline constexpr std::int32_t unpooled = -1; ///< it is not in the judgments
inline constexpr std::int32_t unjudged = -2; ///< it is in the pool, and nobody has judged it (infAP)

/// A retrieved document that is in the pool.
struct pooled {
  std::uint32_t rank; ///< from 0
  std::int32_t level; ///< its grade, or `unjudged`
};

/// How many documents have a grade, retrieved or not.
struct level_count {
  std::int32_t level;
  std::size_t count;
};

/// What the measures are told besides the ranking.
struct settings {
  std::int32_t relevant_from = 1;          ///< the smallest grade that counts as relevant (trec_eval -l)
  std::size_t documents_in_collection = 0; ///< for utility (trec_eval -N)
  bool recall_cut_off = false; ///< recall points are R x + 0.9, cut off, as up to trec_eval 9; not R x, rounded
};

/// One topic, ready for every measure. It owns its memory, which `clear` keeps: one topic serves a whole run.
class topic {
public:
  RANKWISE_ALWAYS_INLINE explicit topic(settings const& s = {}) : settings_(s) {}
  // Inlined, or units with different flags would share one.
  RANKWISE_ALWAYS_INLINE topic(topic const&) = default;
  RANKWISE_ALWAYS_INLINE topic(topic&&) noexcept = default;
  RANKWISE_ALWAYS_INLINE topic& operator=(topic const&) = default;
  RANKWISE_ALWAYS_INLINE topic& operator=(topic&&) noexcept = default;
  RANKWISE_ALWAYS_INLINE ~topic() = default;

  RANKWISE_ALWAYS_INLINE void clear() {
    retrieved_ = 0;
    pooled_count_ = 0;
    level_kinds_ = 0;
    rare_count_ = 0;
  }

  /// The next document of the ranking; its grade, `unpooled` or `unjudged`.
  RANKWISE_ALWAYS_INLINE void add_retrieved(std::int32_t level) {
    if (level != unpooled) {
      grow(pooled_, pooled_count_);
      pooled_[pooled_count_++] = {static_cast<std::uint32_t>(retrieved_), level};
    }
    ++retrieved_;
  }

  /// A judgment, of a retrieved document or of another: every grade of the topic comes here once.
  RANKWISE_ALWAYS_INLINE void add_judgment(std::int32_t level) {
    if (level < 0) {
      return;
    }
    std::size_t at = 0;
    for (std::size_t count = level_kinds_; count != 0;) {
      std::size_t const half = count / 2;
      if (levels_[at + half].level < level) {
        at += half + 1;
        count -= half + 1;
      } else {
        count = half;
      }
    }
    if (at < level_kinds_ && levels_[at].level == level) {
      ++levels_[at].count;
      return;
    }
    if (level_kinds_ >= few_kinds) { // to move all that are greater would take the square of their number
      grow(rare_, rare_count_);
      rare_[rare_count_++] = level;
      return;
    }
    grow(levels_, level_kinds_);
    for (std::size_t i = level_kinds_++; i > at; --i) {
      levels_[i] = levels_[i - 1];
    }
    levels_[at] = {level, 1};
  }

  /// Counts what the measures need; after the last document.
  RANKWISE_ALWAYS_INLINE void finish() {
    if (rare_count_ != 0) {
      count_rare();
    }
    relevant_ = 0;
    nonrelevant_ = 0;
    for (level_count const& l : levels()) {
      (l.level >= settings_.relevant_from ? relevant_ : nonrelevant_) += l.count;
    }
    relevant_retrieved_ = 0;
    judged_retrieved_ = 0;
    for (pooled const& p : documents()) {
      judged_retrieved_ += p.level >= 0 ? 1 : 0;
      relevant_retrieved_ += is_relevant(p) ? 1u : 0u;
    }
  }

  RANKWISE_HOST_FN std::size_t retrieved() const { return retrieved_; }
  RANKWISE_HOST_FN std::size_t relevant() const { return relevant_; }
  RANKWISE_HOST_FN std::size_t nonrelevant() const { return nonrelevant_; }
  RANKWISE_HOST_FN std::size_t relevant_retrieved() const { return relevant_retrieved_; }
  RANKWISE_HOST_FN std::size_t judged_retrieved() const { return judged_retrieved_; }
  RANKWISE_HOST_FN settings const& given() const { return settings_; }
  RANKWISE_HOST_FN bool is_relevant(pooled const& p) const {
    return p.level >= 0 && p.level >= settings_.relevant_from;
  }

  /// The retrieved documents of the pool, by rank.
  RANKWISE_ALWAYS_INLINE std::span<pooled const> documents() const { return {pooled_.data(), pooled_count_}; }
  /// Grades and how often they occur, the smallest first.
  RANKWISE_ALWAYS_INLINE std::span<level_count const> levels() const { return {levels_.data(), level_kinds_}; }

private:
  static constexpr std::size_t few_kinds = 256;

  // Grades that came when there were many already.
  template <class Isa = arch::native>
  void count_rare() {
    for (std::size_t i = 0; i < rare_count_; ++i) {
      grow(levels_, level_kinds_);
      levels_[level_kinds_++] = {rare_[i], 1};
    }
    rare_count_ = 0;
    std::sort(levels_.data(), levels_.data() + level_kinds_,
              [](level_count const& a, level_count const& b) { return a.level < b.level; });
    std::size_t kinds = 1;
    for (std::size_t i = 1; i < level_kinds_; ++i) {
      if (levels_[i].level == levels_[kinds - 1].level) {
        levels_[kinds - 1].count += levels_[i].count;
      } else {
        levels_[kinds++] = levels_[i];
      }
    }
    level_kinds_ = kinds;
  }

  template <class T>
  RANKWISE_ALWAYS_INLINE static void grow(storage<T>& s, std::size_t count) {
    if (count == s.size()) {
      storage<T> more;
      more.resize(count == 0 ? 64 : 2 * count);
      for (std::size_t i = 0; i < count; ++i) {
        more[i] = s[i];
      }
      s = std::move(more);
    }
  }

  settings settings_;
  storage<pooled> pooled_;
  storage<level_count> levels_;
  storage<std::int32_t> rare_;
  std::size_t pooled_count_ = 0;
  std::size_t level_kinds_ = 0;
  std::size_t rare_count_ = 0;
  std::size_t retrieved_ = 0;
  std::size_t relevant_ = 0;
  std::size_t nonrelevant_ = 0;
  std::size_t relevant_retrieved_ = 0;
  std::size_t judged_retrieved_ = 0;
};

/// A topic from a list of levels, of which the first `retrieved` stand in the order of the ranking; the others are
/// judged documents that were not retrieved.
RANKWISE_ALWAYS_INLINE inline void fill(topic& t, std::span<std::int32_t const> levels, std::size_t retrieved) {
  t.clear();
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (i < retrieved) {
      t.add_retrieved(levels[i]);
    }
    t.add_judgment(levels[i]);
  }
  t.finish();
}

} // namespace rankwise::inline RANKWISE_ABI::metric::trec

#endif
