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
#include <utility>

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
  bool float_scores = false; ///< scores are rounded to floats first, as trec_eval up to version 9 reads them
};

/// Columns of equal length, one row per document, lists in the order of the topics' names. It refers to the run and the
/// judgments it came from.
class joined {
public:
  RANKWISE_ALWAYS_INLINE rankwise::lists<> lists() const {
    return offsets_.size() < 2 ? rankwise::lists<>{} : checked_.over(offsets_.data());
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
  RANKWISE_ALWAYS_INLINE std::string_view document(std::size_t row) const { return documents_[row]->id(); }
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

  detail::column_buffer<double> scores_;
  detail::column_buffer<double> labels_;
  detail::column_buffer<std::uint8_t> judged_;
  detail::column_buffer<std::uint8_t> retrieved_;
  detail::column_buffer<std::uint32_t> ids_;
  detail::column_buffer<std::int32_t> levels_;
  detail::column_buffer<detail::trec_line const*> documents_;
  detail::column_buffer<std::string_view> topics_;
  detail::column_buffer<std::size_t> offsets_;
  rankwise::lists<> checked_; // once: lists() may be called for every list
  detail::column_buffer<std::size_t> counts_;
  detail::column_buffer<std::uint8_t> found_;
  std::size_t unjudged_topics_ = 0;
  std::size_t missing_topics_ = 0;
};

namespace detail {

/// A score as an integer: the greater the score, the smaller. Both zeros are equal.
RANKWISE_ALWAYS_INLINE inline std::uint64_t descending_key(double score) {
  auto const bits = std::bit_cast<std::uint64_t>(score + 0.0);
  return bits >> 63 != 0 ? bits : ~bits & ~(std::uint64_t{1} << 63);
}

/// Sorts keys by their bits from `low` on, eleven at a time; `spare` has as much room.
template <class Isa>
void sort_by_bits(std::uint64_t*& keys, std::uint64_t*& spare, std::size_t count, unsigned low, unsigned high) {
  constexpr unsigned width = 11;
  for (unsigned shift = low; shift < high; shift += width) {
    std::uint32_t places[1u << width] = {};
    auto const digit = [shift](std::uint64_t key) { return (key >> shift) & ((1u << width) - 1); };
    for (std::size_t i = 0; i < count; ++i) {
      ++places[digit(keys[i])];
    }
    std::uint32_t before = 0;
    for (std::uint32_t& place : places) {
      std::uint32_t const here = place;
      place = before;
      before += here;
    }
    for (std::size_t i = 0; i < count; ++i) {
      spare[places[digit(keys[i])]++] = keys[i];
    }
    std::swap(keys, spare);
  }
}

/// The score of a line.
struct score_as_read {
  RANKWISE_ALWAYS_INLINE double operator()(trec_line const& l) const { return l.value; }
};
struct score_as_float {
  RANKWISE_ALWAYS_INLINE double operator()(trec_line const& l) const {
    return static_cast<double>(static_cast<float>(l.value));
  }
};

/// The lines of a topic by score, equal scores by id, the greater first.
template <class Isa, class Score>
void rank_lines(trec_line const* lines, std::size_t count, Score score, column_buffer<std::uint64_t>& scratch,
                column_buffer<std::uint32_t>& order) {
  auto const goes_before = [lines, score](std::uint32_t a, std::uint32_t b) {
    double const x = score(lines[a]);
    double const y = score(lines[b]);
    return x > y || (x == y && compare_text(lines[a].id(), lines[b].id()) > 0);
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
  constexpr unsigned line_bits = 20;
  if (count < 64 || count > 1u << line_bits) {
    std::sort(order.begin(), order.end(), goes_before);
    return;
  }
  // The upper bits of the scores, as far as they differ, with the lines behind them.
  scratch.resize(2 * count);
  std::uint64_t* keys = scratch.data();
  std::uint64_t* spare = keys + count;
  std::uint64_t least = ~std::uint64_t{0};
  std::uint64_t greatest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    keys[i] = descending_key(score(lines[i]));
    least = keys[i] < least ? keys[i] : least;
    greatest = keys[i] > greatest ? keys[i] : greatest;
  }
  auto const bits = static_cast<unsigned>(std::bit_width(greatest - least));
  unsigned const dropped = bits > 64 - line_bits ? bits - (64 - line_bits) : 0;
  for (std::size_t i = 0; i < count; ++i) {
    keys[i] = ((keys[i] - least) >> dropped) << line_bits | i;
  }
  sort_by_bits<Isa>(keys, spare, count, line_bits, line_bits + bits - dropped);
  for (std::size_t i = 0; i < count; ++i) {
    order[i] = static_cast<std::uint32_t>(keys[i] & ((1u << line_bits) - 1));
  }
  // Equal as far as these bits go: the whole score and the id decide.
  for (std::size_t begin = 0; begin < count;) {
    std::size_t end = begin + 1;
    while (end < count && keys[end] >> line_bits == keys[begin] >> line_bits) {
      ++end;
    }
    if (end - begin > 1) {
      std::sort(order.data() + begin, order.data() + end, goes_before);
    }
    begin = end;
  }
}

/// A grade as trec_eval sees it.
RANKWISE_ALWAYS_INLINE inline std::int32_t level_of(double grade) {
  return grade < 0 ? -2 : grade < 2147483647.0 ? static_cast<std::int32_t>(grade) : 2147483647;
}

/// A topic of a run beside its judgments, and scratch for the next one.
template <class Isa>
class topic_match {
public:
  static constexpr std::uint32_t none = document_table::none;

  /// Ranks the lines of the run (none, if `list` is ids::none) and finds their judgments.
  void find(run const& r, std::uint32_t list, qrels const& q, std::uint32_t judged_list, join_options const& options) {
    bool const in_run = list != ids::none;
    lines_ = in_run ? r.data() + r.begin_of(list) : nullptr;
    std::size_t const count = in_run ? r.end_of(list) - r.begin_of(list) : 0;
    judgments_ = q.data() + q.begin_of(judged_list);
    judgment_count_ = q.end_of(judged_list) - q.begin_of(judged_list);
    table_.prepare(judgment_count_);
    for (std::size_t i = 0; i < judgment_count_; ++i) {
      table_.find_or_add(judgments_, judgments_[i], static_cast<std::uint32_t>(i));
    }
    seen_.assign(judgment_count_, 0);
    if (options.float_scores) {
      rank_lines<Isa>(lines_, count, score_as_float{}, keys_, order_);
    } else {
      rank_lines<Isa>(lines_, count, score_as_read{}, keys_, order_);
    }
    std::size_t const depth = count < options.depth ? count : options.depth;
    found_.resize(depth);
    std::size_t kept = 0;
    for (std::size_t rank = 0; rank < depth; ++rank) {
      std::uint32_t const line = order_[rank];
      std::uint32_t const at = table_.find(judgments_, lines_[line]);
      if (at != none) {
        seen_[at] = 1;
      }
      if (!options.judged_only || (at != none && judgments_[at].value >= 0)) {
        order_[kept] = line;
        found_[kept] = at;
        ++kept;
      }
    }
    retrieved_ = kept;
  }

  RANKWISE_ALWAYS_INLINE std::size_t retrieved() const { return retrieved_; }
  RANKWISE_ALWAYS_INLINE trec_line const& line(std::size_t rank) const { return lines_[order_[rank]]; }
  /// Where it stands in the file, among the lines of its topic.
  RANKWISE_ALWAYS_INLINE std::uint32_t place(std::size_t rank) const { return order_[rank]; }
  /// The judgment of a rank, or null.
  RANKWISE_ALWAYS_INLINE trec_line const* judgment(std::size_t rank) const {
    return found_[rank] == none ? nullptr : judgments_ + found_[rank];
  }
  /// Calls f with every judgment whose document was not retrieved.
  template <class F>
  RANKWISE_ALWAYS_INLINE void each_unretrieved(F f) const {
    for (std::size_t i = 0; i < judgment_count_; ++i) {
      if (seen_[i] == 0) {
        f(judgments_[i]);
      }
    }
  }

private:
  trec_line const* lines_ = nullptr;
  trec_line const* judgments_ = nullptr;
  std::size_t judgment_count_ = 0;
  std::size_t retrieved_ = 0;
  document_table table_;
  column_buffer<std::uint64_t> keys_;
  column_buffer<std::uint32_t> order_;
  column_buffer<std::uint32_t> found_;
  column_buffer<std::uint8_t> seen_;
};

/// Calls f(topic of the judgments, topic of the run or ids::none) for the topics to join, by name. Returns how many
/// topics both have.
template <class Isa, class F>
std::size_t each_common_topic(run const& r, qrels const& q, bool complete, F f) {
  column_buffer<std::uint32_t> topics;
  topics.resize(q.topic_count());
  for (std::size_t t = 0; t < topics.size(); ++t) {
    topics[t] = static_cast<std::uint32_t>(t);
  }
  std::sort(topics.begin(), topics.end(),
            [&](std::uint32_t a, std::uint32_t b) { return compare_text(q.topic(a), q.topic(b)) < 0; });
  std::size_t in_both = 0;
  for (std::uint32_t const t : topics) {
    std::uint32_t const list = r.find_topic(q.topic(t));
    in_both += list != ids::none ? 1 : 0;
    if (list != ids::none || complete) {
      f(t, list);
    }
  }
  return in_both;
}

} // namespace detail

template <class Isa>
void joined::fill(run const& r, qrels const& q, join_options const& options) {
  std::size_t const most = r.size() + (options.unretrieved ? q.size() : 0);
  scores_.reserve(most);
  labels_.reserve(most);
  judged_.reserve(most);
  retrieved_.reserve(most);
  ids_.reserve(most);
  levels_.reserve(most);
  documents_.reserve(most);
  offsets_.push_back(0);
  detail::topic_match<Isa> match;
  detail::column_buffer<std::uint32_t> rows; // the row of a line of the file
  auto const write = [this](std::size_t row, double score, double grade, std::int32_t level, bool retrieved,
                            std::size_t id, detail::trec_line const& document) {
    scores_[row] = score;
    labels_[row] = level >= 0 ? grade : 0.0;
    judged_[row] = level >= 0 ? 1 : 0;
    retrieved_[row] = retrieved ? 1 : 0;
    ids_[row] = static_cast<std::uint32_t>(id);
    levels_[row] = level;
    documents_[row] = &document;
  };
  std::size_t const in_both =
      detail::each_common_topic<Isa>(r, q, options.complete, [&](std::uint32_t judged_list, std::uint32_t list) {
        match.find(r, list, q, judged_list, options);
        std::size_t const first = scores_.size();
        std::size_t const count = match.retrieved();
        std::size_t unretrieved = 0;
        if (options.unretrieved) {
          match.each_unretrieved([&](detail::trec_line const&) { ++unretrieved; });
        }
        std::size_t const end = first + count + unretrieved;
        scores_.resize(end);
        labels_.resize(end);
        judged_.resize(end);
        retrieved_.resize(end);
        ids_.resize(end);
        levels_.resize(end);
        documents_.resize(end);
        bool const by_file = options.order == row_order::file;
        if (by_file) {
          // Lines that stay, in the order of the file.
          rows.assign(list == ids::none ? 0 : r.end_of(list) - r.begin_of(list), ids::none);
          for (std::size_t rank = 0; rank < count; ++rank) {
            rows[match.place(rank)] = 0;
          }
          std::uint32_t next = 0;
          for (std::uint32_t& row : rows) {
            row = row == 0 ? next++ : row;
          }
        }
        for (std::size_t rank = 0; rank < count; ++rank) {
          detail::trec_line const& l = match.line(rank);
          detail::trec_line const* const j = match.judgment(rank);
          double const grade = j == nullptr ? 0.0 : j->value;
          double const score = options.float_scores ? detail::score_as_float{}(l) : l.value;
          write(first + (by_file ? rows[match.place(rank)] : rank), score, grade,
                j == nullptr ? -1 : detail::level_of(grade), true, count - 1 - rank, l);
        }
        if (options.unretrieved) {
          std::size_t row = first + count;
          match.each_unretrieved(
              [&](detail::trec_line const& j) { write(row++, 0.0, j.value, detail::level_of(j.value), false, 0, j); });
        }
        counts_.push_back(count);
        found_.push_back(list != ids::none ? 1 : 0);
        topics_.push_back(q.topic(judged_list));
        offsets_.push_back(end);
      });
  checked_ = rankwise::lists<>(std::span<std::size_t const>(offsets_.data(), offsets_.size()));
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

/// What trec_eval's measures need of a topic: grades in the order of the ranking (-1 without judgment, -2 in the pool
/// but not judged), then those of judged documents that were not retrieved.
struct topic_levels {
  std::string_view topic;
  bool found; ///< whether the run has the topic
  std::span<std::int32_t const> levels;
  std::size_t retrieved;
};

/// The same join, topic by topic, without columns: calls f(topic_levels). Returns how many topics both have.
template <class F, class Isa = arch::native>
std::size_t each_topic(run const& r, qrels const& q, join_options const& options, F f) {
  detail::topic_match<Isa> match;
  detail::column_buffer<std::int32_t> levels;
  return detail::each_common_topic<Isa>(r, q, options.complete, [&](std::uint32_t judged_list, std::uint32_t list) {
    match.find(r, list, q, judged_list, options);
    levels.resize(match.retrieved());
    for (std::size_t rank = 0; rank < match.retrieved(); ++rank) {
      detail::trec_line const* const j = match.judgment(rank);
      levels[rank] = j == nullptr ? -1 : detail::level_of(j->value);
    }
    match.each_unretrieved([&](detail::trec_line const& j) { levels.push_back(detail::level_of(j.value)); });
    f(topic_levels{q.topic(judged_list), list != ids::none, {levels.data(), levels.size()}, match.retrieved()});
  });
}

} // namespace rankwise::inline RANKWISE_ABI::io

#endif
