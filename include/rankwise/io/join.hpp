#ifndef RANKWISE_IO_JOIN_HPP
#define RANKWISE_IO_JOIN_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/core/config.hpp>
#include <rankwise/core/error.hpp>
#include <rankwise/core/lists.hpp>
#include <rankwise/io/ids.hpp>
#include <rankwise/io/trec.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

/// A run beside its judgments, as columns: what metrics take.
namespace rankwise::inline RANKWISE_ABI::io {

/// In which order the documents of a list stand.
enum class row_order : unsigned char {
  ranked, ///< by score, equal scores by id, the greater first: trec_eval's order, so that ties::stable is trec_eval's
  file    ///< as the run has them
};

struct join_options {
  row_order order = row_order::ranked;
  bool unretrieved = true; ///< judged documents that the run lacks follow the others; `retrieved` is 0 for them
  bool complete = false;   ///< topics that the run lacks are lists without retrieved documents, not left out
  std::size_t depth = static_cast<std::size_t>(-1); ///< of each topic the first so many documents in ranked order
  bool judged_only = false;                         ///< retrieved documents without judgment are left out
};

/// Columns of equal length, one row per document, lists in the order of the topics' names. It refers to the run and the
/// judgments it came from.
class joined {
public:
  RANKWISE_ALWAYS_INLINE rankwise::lists<> lists() const {
    return offsets_.size() < 2 ? rankwise::lists<>{}
                               : rankwise::lists<>(std::span<std::size_t const>(offsets_.data(), offsets_.size()));
  }

  RANKWISE_ALWAYS_INLINE std::span<double const> scores() const { return view(scores_); }
  /// Grades; 0 where there is none.
  RANKWISE_ALWAYS_INLINE std::span<double const> labels() const { return view(labels_); }
  /// 1 where the judgments have a grade of at least 0.
  RANKWISE_ALWAYS_INLINE std::span<std::uint8_t const> judged() const { return view(judged_); }
  /// 1 where the run has the document.
  RANKWISE_ALWAYS_INLINE std::span<std::uint8_t const> retrieved() const { return view(retrieved_); }
  /// Numbers that order documents with equal scores as their ids do: for the option `.ids`.
  RANKWISE_ALWAYS_INLINE std::span<std::uint32_t const> ids() const { return view(ids_); }
  /// Grades as trec_eval sees them: -1 without judgment, -2 in the pool but not judged, fractions cut off.
  RANKWISE_ALWAYS_INLINE std::span<std::int32_t const> levels() const { return view(levels_); }

  RANKWISE_ALWAYS_INLINE std::string_view topic(std::size_t list) const { return topics_[list]; }
  RANKWISE_ALWAYS_INLINE std::string_view document(std::size_t row) const { return documents_[row]; }
  /// Rows of a list that the run has; they come first.
  RANKWISE_HOST_FN std::size_t retrieved_of(std::size_t list) const { return counts_[list]; }
  /// Whether the run has the topic.
  RANKWISE_HOST_FN bool found(std::size_t list) const { return found_[list] != 0; }

  /// Topics of the run without judgments, and of the judgments without documents in the run.
  RANKWISE_HOST_FN std::size_t unjudged_topics() const { return unjudged_topics_; }
  RANKWISE_HOST_FN std::size_t missing_topics() const { return missing_topics_; }

  // For join().
  template <class Isa>
  void fill(run const& r, qrels const& q, join_options const& options);

private:
  template <class T>
  RANKWISE_ALWAYS_INLINE static std::span<T const> view(detail::column_buffer<T> const& c) {
    return {c.data(), c.size()};
  }
  template <class Isa>
  void add_list(run const& r, std::uint32_t run_list, qrels const& q, std::uint32_t judged_list,
                join_options const& options);
  RANKWISE_ALWAYS_INLINE void add_row(double score, double grade, bool pooled, bool retrieved,
                                      std::string_view document) {
    bool const judged = pooled && grade >= 0;
    scores_.push_back(score);
    labels_.push_back(judged ? grade : 0.0);
    judged_.push_back(judged ? 1 : 0);
    retrieved_.push_back(retrieved ? 1 : 0);
    levels_.push_back(!pooled                ? -1
                      : !judged              ? -2
                      : grade < 2147483647.0 ? static_cast<std::int32_t>(grade)
                                             : 2147483647);
    documents_.push_back(document);
    ids_.push_back(0);
  }

  detail::column_buffer<double> scores_;
  detail::column_buffer<double> labels_;
  detail::column_buffer<std::uint8_t> judged_;
  detail::column_buffer<std::uint8_t> retrieved_;
  detail::column_buffer<std::uint32_t> ids_;
  detail::column_buffer<std::int32_t> levels_;
  detail::column_buffer<std::string_view> documents_;
  detail::column_buffer<std::string_view> topics_;
  detail::column_buffer<std::size_t> offsets_;
  detail::column_buffer<std::size_t> counts_;
  detail::column_buffer<std::uint8_t> found_;
  std::size_t unjudged_topics_ = 0;
  std::size_t missing_topics_ = 0;

  // Scratch of add_list.
  detail::document_table table_;
  detail::column_buffer<std::uint64_t> keys_;
  detail::column_buffer<std::uint32_t> order_;
  detail::column_buffer<std::uint8_t> seen_;
};

namespace detail {

/// A score as an integer: the greater the score, the smaller. Both zeros are equal.
RANKWISE_ALWAYS_INLINE inline std::uint64_t descending_key(double score) {
  auto const bits = std::bit_cast<std::uint64_t>(score + 0.0);
  return bits >> 63 != 0 ? bits : ~bits & ~(std::uint64_t{1} << 63);
}

template <class Isa>
struct keyed_line {
  std::uint64_t key;
  std::uint32_t line;
};

/// The lines of a topic by score, equal scores by id, the greater first.
template <class Isa>
void rank_lines(trec_line const* lines, std::size_t count, column_buffer<std::uint64_t>& scratch,
                column_buffer<std::uint32_t>& order) {
  auto const goes_before = [&](std::uint32_t a, std::uint32_t b) {
    return lines[a].value > lines[b].value ||
           (lines[a].value == lines[b].value && compare_text(lines[a].id(), lines[b].id()) > 0);
  };
  order.resize(count);
  bool in_order = true;
  for (std::size_t i = 0; i < count; ++i) {
    order[i] = static_cast<std::uint32_t>(i);
    in_order = in_order && (i == 0 || goes_before(order[i - 1], order[i]));
  }
  if (in_order) {
    return;
  }
  static_assert(sizeof(keyed_line<Isa>) == 2 * sizeof(std::uint64_t));
  scratch.resize(2 * count);
  auto* const keyed = new (scratch.data()) keyed_line<Isa>[count];
  for (std::size_t i = 0; i < count; ++i) {
    keyed[i] = {descending_key(lines[i].value), static_cast<std::uint32_t>(i)};
  }
  std::sort(keyed, keyed + count, [](keyed_line<Isa> const& a, keyed_line<Isa> const& b) { return a.key < b.key; });
  for (std::size_t i = 0; i < count; ++i) {
    order[i] = keyed[i].line;
  }
  for (std::size_t begin = 0; begin < count;) {
    std::size_t end = begin + 1;
    while (end < count && keyed[end].key == keyed[begin].key) {
      ++end;
    }
    if (end - begin > 1) {
      std::sort(order.data() + begin, order.data() + end, goes_before);
    }
    begin = end;
  }
}

} // namespace detail

template <class Isa>
void joined::add_list(run const& r, std::uint32_t run_list, qrels const& q, std::uint32_t judged_list,
                      join_options const& options) {
  bool const in_run = run_list != ids::none;
  detail::trec_line const* const lines = in_run ? r.data() + r.begin_of(run_list) : nullptr;
  std::size_t const count = in_run ? r.end_of(run_list) - r.begin_of(run_list) : 0;
  detail::trec_line const* const judgments = q.data() + q.begin_of(judged_list);
  std::size_t const judgment_count = q.end_of(judged_list) - q.begin_of(judged_list);

  table_.prepare(judgment_count);
  for (std::size_t i = 0; i < judgment_count; ++i) {
    table_.find_or_add(judgments, judgments[i], static_cast<std::uint32_t>(i));
  }
  seen_.assign(judgment_count, 0);
  detail::rank_lines<Isa>(lines, count, keys_, order_);
  std::size_t const depth = count < options.depth ? count : options.depth;
  std::size_t const first_row = scores_.size();
  // ids_ takes the place in the ranking first, so that rows can stand in the order of the file.
  auto const add_line = [&](std::size_t line, std::size_t rank) {
    detail::trec_line const& l = lines[line];
    std::uint32_t const found = table_.find(judgments, l);
    bool const pooled = found != detail::document_table::none;
    if (pooled) {
      seen_[found] = 1;
    }
    if (options.judged_only && !(pooled && judgments[found].value >= 0)) {
      return;
    }
    add_row(l.value, pooled ? judgments[found].value : 0.0, pooled, true, l.id());
    ids_.back() = static_cast<std::uint32_t>(count - 1 - rank);
  };
  if (options.order == row_order::ranked) {
    for (std::size_t rank = 0; rank < depth; ++rank) {
      add_line(order_[rank], rank);
    }
  } else {
    detail::column_buffer<std::uint64_t>& rank_of = keys_;
    rank_of.resize(count);
    for (std::size_t rank = 0; rank < count; ++rank) {
      rank_of[order_[rank]] = rank;
    }
    for (std::size_t line = 0; line < count; ++line) {
      if (rank_of[line] < depth) {
        add_line(line, rank_of[line]);
      }
    }
  }
  counts_.push_back(scores_.size() - first_row);
  if (options.unretrieved) {
    for (std::size_t i = 0; i < judgment_count; ++i) {
      if (seen_[i] == 0) {
        add_row(0.0, judgments[i].value, true, false, judgments[i].id());
      }
    }
  }
  found_.push_back(in_run ? 1 : 0);
  topics_.push_back(q.topic(judged_list));
  offsets_.push_back(scores_.size());
}

template <class Isa>
void joined::fill(run const& r, qrels const& q, join_options const& options) {
  // A list per topic of the judgments, by name.
  detail::column_buffer<std::uint32_t> topics;
  topics.resize(q.topic_count());
  for (std::size_t t = 0; t < topics.size(); ++t) {
    topics[t] = static_cast<std::uint32_t>(t);
  }
  std::sort(topics.begin(), topics.end(),
            [&](std::uint32_t a, std::uint32_t b) { return detail::compare_text(q.topic(a), q.topic(b)) < 0; });
  std::size_t const rows = r.size() + (options.unretrieved ? q.size() : 0);
  scores_.reserve(rows);
  labels_.reserve(rows);
  judged_.reserve(rows);
  retrieved_.reserve(rows);
  ids_.reserve(rows);
  levels_.reserve(rows);
  documents_.reserve(rows);
  offsets_.push_back(0);
  std::size_t in_both = 0;
  for (std::uint32_t const t : topics) {
    std::uint32_t const run_list = r.find_topic(q.topic(t));
    in_both += run_list != ids::none ? 1 : 0;
    if (run_list != ids::none || options.complete) {
      add_list<Isa>(r, run_list, q, t, options);
    }
  }
  unjudged_topics_ = r.topic_count() - in_both;
  missing_topics_ = q.topic_count() - in_both;
}

/// Joins a run with judgments: one list per topic that both have. `Isa` is never given.
template <class Isa = arch::native>
joined join(run const& r, qrels const& q, join_options const& options = {}) {
  joined result;
  result.fill<Isa>(r, q, options);
  return result;
}

} // namespace rankwise::inline RANKWISE_ABI::io

#endif
