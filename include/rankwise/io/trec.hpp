#ifndef RANKWISE_IO_TREC_HPP
#define RANKWISE_IO_TREC_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/core/config.hpp>
#include <rankwise/core/error.hpp>
#include <rankwise/core/lists.hpp>
#include <rankwise/io/ids.hpp>
#include <rankwise/io/mapped_file.hpp>
#include <rankwise/io/number.hpp>
#include <rankwise/io/text.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>

/// Runs and judgments as TREC writes them, a line per pair of topic and document:
///
///   run:    topic  Q0  document  rank  score  tag
///   qrels:  topic  0   document  grade
///
/// Fields end at blanks or tabs. Ids are any bytes above the blank, so UTF-8 is fine. Empty lines and lines that begin
/// with # do not count. The rank is not read: the score orders (as in trec_eval).
namespace rankwise::inline RANKWISE_ABI::io {

namespace detail {

struct trec_line {
  char const* document;
  std::uint32_t size;
  std::uint32_t topic;
  double value;
  std::uint64_t hash;

  RANKWISE_ALWAYS_INLINE std::string_view id() const { return {document, size}; }
};

RANKWISE_ALWAYS_INLINE inline bool same_document(trec_line const& a, trec_line const& b) {
  return a.hash == b.hash && a.size == b.size && same_bytes(a.document, b.document, a.size);
}

/// Finds lines of one topic by document: their numbers, hashed. One table serves one topic after the other.
class document_table {
public:
  static constexpr std::uint32_t none = static_cast<std::uint32_t>(-1);

  RANKWISE_ALWAYS_INLINE void prepare(std::size_t lines) {
    std::size_t const wanted = std::bit_ceil(4 * lines + 1);
    if (wanted > slots_.size()) {
      slots_.resize(wanted);
    }
    mask_ = wanted - 1;
    std::memset(static_cast<void*>(slots_.data()), 0xff, wanted * sizeof(slot));
  }
  /// The number of the line with this document; if there is none, `mine` is it from now on.
  RANKWISE_ALWAYS_INLINE std::uint32_t find_or_add(trec_line const* lines, trec_line const& line, std::uint32_t mine) {
    auto const mark = static_cast<std::uint32_t>(line.hash >> 32);
    for (std::size_t at = line.hash & mask_;; at = (at + 1) & mask_) {
      slot& s = slots_[at];
      if (s.line == none) {
        s = {mark, mine};
        return mine;
      }
      if (s.mark == mark && same_document(lines[s.line], line)) {
        return s.line;
      }
    }
  }
  /// The number of the line with this document, or `none`.
  RANKWISE_ALWAYS_INLINE std::uint32_t find(trec_line const* lines, trec_line const& line) const {
    auto const mark = static_cast<std::uint32_t>(line.hash >> 32);
    for (std::size_t at = line.hash & mask_;; at = (at + 1) & mask_) {
      slot const& s = slots_[at];
      if (s.line == none || (s.mark == mark && same_document(lines[s.line], line))) {
        return s.line;
      }
    }
  }

private:
  struct slot {
    std::uint32_t mark;
    std::uint32_t line;
  };
  column_buffer<slot> slots_;
  std::size_t mask_ = 0;
};

/// What runs and judgments have in common. Lines stand by topic, topics in the order of their first line, and within a
/// topic lines in the order of the file.
class trec_table {
public:
  RANKWISE_HOST_FN std::size_t size() const { return lines_.size(); }
  RANKWISE_HOST_FN bool empty() const { return lines_.empty(); }

  /// One list per topic.
  RANKWISE_ALWAYS_INLINE rankwise::lists<> lists() const {
    return offsets_.empty() ? rankwise::lists<>{} : checked_.over(offsets_.data());
  }
  RANKWISE_HOST_FN std::size_t topic_count() const { return topics_.size(); }
  RANKWISE_ALWAYS_INLINE std::string_view topic(std::size_t list) const { return topics_[list]; }
  /// The list of a topic, or `ids::none`.
  RANKWISE_ALWAYS_INLINE std::uint32_t find_topic(std::string_view name) const { return topics_.find(name); }

  /// The document of a line, where it stands in the text.
  RANKWISE_ALWAYS_INLINE std::string_view document(std::size_t line) const { return lines_[line].id(); }

  // For join().
  RANKWISE_HOST_FN trec_line const* data() const { return lines_.data(); }
  RANKWISE_HOST_FN std::size_t begin_of(std::size_t list) const { return offsets_[list]; }
  RANKWISE_HOST_FN std::size_t end_of(std::size_t list) const { return offsets_[list + 1]; }

protected:
  template <class Isa, class Fields>
  status read(std::string_view text, read_options const& options, Fields fields);

  RANKWISE_HOST_FN double value(std::size_t line) const { return lines_[line].value; }

private:
  template <class Isa>
  void group(std::size_t changes);
  template <class Isa>
  status check_pairs(std::string_view text) const;

  column_buffer<trec_line> lines_;
  column_buffer<std::size_t> offsets_;
  rankwise::lists<> checked_; // once: lists() may be called for every list
  ids topics_;
};

/// Walks over the lines of a text and the fields of a line.
template <class Isa>
class trec_fields {
public:
  RANKWISE_ALWAYS_INLINE trec_fields(char const* first, char const* last)
      : ends_(first, last), last_(last), p_(first) {}

  /// To the next line that has fields; false at the end of the text.
  RANKWISE_ALWAYS_INLINE bool next_line() {
    while (p_ < last_) {
      if (*p_ == '#') [[unlikely]] {
        ends_.skip_to(end_of_line(p_, last_));
        skip_line();
      } else if (*p_ == '\n' || is_blank(*p_)) [[unlikely]] {
        ends_.next();
        ++p_;
      } else {
        return true;
      }
    }
    return false;
  }

  /// Takes a field; false if the line has none left, or something that no field has.
  RANKWISE_ALWAYS_INLINE bool take(std::string_view& field) {
    if (at_end_) {
      return false;
    }
    char const* begin = p_;
    char const* end = ends_.next();
    while (end == begin && end < last_ && is_blank(*end))
      [[unlikely]] {
        begin = end + 1;
        end = ends_.next();
      }
    field = {begin, static_cast<std::size_t>(end - begin)};
    p_ = end;
    if (end == last_ || *end == '\n') {
      at_end_ = true;
    } else if (is_blank(*end)) [[likely]] {
      ++p_;
    } else {
      return false;
    }
    return end != begin;
  }

  /// To the beginning of the next line.
  RANKWISE_ALWAYS_INLINE void skip_line() {
    while (!at_end_) {
      p_ = ends_.next();
      at_end_ = p_ == last_ || *p_ == '\n';
    }
    at_end_ = false;
    p_ += p_ < last_ ? 1 : 0;
  }

  RANKWISE_ALWAYS_INLINE char const* position() const { return p_; }

  /// What to say where take() failed.
  RANKWISE_ALWAYS_INLINE char const* complaint(char const* missing) const {
    return at_end_ || is_blank(*p_) ? missing : "a control character";
  }

private:
  separator_stream<' ', Isa> ends_;
  char const* last_;
  char const* p_;
  bool at_end_ = false;
};

template <class Isa, class Fields>
status trec_table::read(std::string_view text, read_options const& options, Fields fields) {
  if (status const s = check_text<Isa>(text); !s.ok()) {
    return s;
  }
  char const* const first = skip_mark(text);
  char const* const last = text.data() + text.size();
  trec_fields<Isa> line(first, last);
  progress how_far(options, text);
  std::size_t changes = 0;
  std::uint32_t previous = ids::none;
  while (line.next_line()) {
    if (lines_.size() == 1) {
      // As many lines as would fit if all were as long as the first; memory that is not touched costs nothing.
      lines_.reserve(text.size() / static_cast<std::size_t>(line.position() - first) + 64);
    }
    trec_line l;
    std::string_view topic;
    std::string_view document;
    char const* place = nullptr;
    if (char const* const wrong = fields(line, last, topic, document, l.value, place); wrong != nullptr) {
      return malformed<Isa>(text, place == nullptr ? line.position() : place, wrong);
    }
    if (document.size() > static_cast<std::uint32_t>(-1)) {
      return malformed<Isa>(text, document.data(), "a document's id is shorter than 4 GiB");
    }
    l.document = document.data();
    l.size = static_cast<std::uint32_t>(document.size());
    l.hash = hash_text(document.data(), document.size());
    l.topic = topics_.add(topic);
    changes += l.topic != previous ? 1 : 0;
    previous = l.topic;
    lines_.push_back(l);
    line.skip_line();
    how_far.at(line.position());
  }
  how_far.done();
  lines_.shrink();
  group<Isa>(changes);
  return check_pairs<Isa>(text);
}

template <class Isa>
void trec_table::group(std::size_t changes) {
  std::size_t const topics = topics_.size();
  if (topics == 0) {
    return;
  }
  offsets_.assign(topics + 1, 0);
  for (trec_line const& l : lines_) {
    ++offsets_[l.topic + 1];
  }
  for (std::size_t t = 0; t < topics; ++t) {
    offsets_[t + 1] += offsets_[t];
  }
  checked_ = rankwise::lists<>(std::span<std::size_t const>(offsets_.data(), offsets_.size()));
  if (changes == topics) {
    return;
  }
  column_buffer<trec_line> grouped;
  grouped.resize(lines_.size());
  column_buffer<std::size_t> next = offsets_;
  for (trec_line const& l : lines_) {
    grouped[next[l.topic]++] = l;
  }
  lines_ = std::move(grouped);
}

template <class Isa>
status trec_table::check_pairs(std::string_view text) const {
  document_table table;
  for (std::size_t t = 0; t < topics_.size(); ++t) {
    trec_line const* const lines = lines_.data() + begin_of(t);
    std::size_t const count = end_of(t) - begin_of(t);
    table.prepare(count);
    for (std::size_t i = 0; i < count; ++i) {
      auto const mine = static_cast<std::uint32_t>(i);
      if (std::uint32_t const found = table.find_or_add(lines, lines[i], mine); found != mine) {
        return malformed<Isa>(text, lines[i].document, "this document was given for the topic before",
                              lines[found].document);
      }
    }
  }
  return {};
}

/// A table and, if it was read from a file, the file's text.
template <class Self>
class trec_file : public trec_table {
public:
  template <class Isa>
  void adopt(mapped_file file, char const* source, read_options const& options) {
    file_ = std::move(file);
    fill<Isa>(file_.text(), source, options);
  }
  template <class Isa>
  void fill(std::string_view text, char const* source, read_options const& options) {
    Self& self = static_cast<Self&>(*this);
    status const s = self.template read_lines<Isa>(text, options);
    if (!s.ok()) {
      self = Self{};
    }
    passed<Isa>(s, source, options.errors);
  }

private:
  mapped_file file_;
};

} // namespace detail

/// Judgments. A negative grade says that the document was to be judged and was not (as infAP's sampled pools do).
class qrels : public detail::trec_file<qrels> {
public:
  RANKWISE_HOST_FN double grade(std::size_t line) const { return value(line); }

  // For the readers.
  template <class Isa>
  status read_lines(std::string_view text, read_options const& options) {
    return read<Isa>(text, options,
                     [](detail::trec_fields<Isa>& line, char const* last, std::string_view& topic,
                        std::string_view& document, double& grade, char const*& place) -> char const* {
                       std::string_view round;
                       std::string_view number;
                       if (!line.take(topic) || !line.take(round) || !line.take(document) || !line.take(number)) {
                         return line.complaint("a line of qrels is: topic 0 document grade");
                       }
                       place = number.data();
                       if (parse_number<double, Isa>(number.data(), last, grade) != number.data() + number.size()) {
                         return "a grade is a number";
                       }
                       if (!(grade - grade == 0)) {
                         return "a grade is finite";
                       }
                       if (std::string_view more; line.take(more)) {
                         place = more.data();
                         return "nothing follows a grade";
                       }
                       place = line.position();
                       return line.complaint(nullptr);
                     });
  }
};

/// A run: what a system retrieved.
class run : public detail::trec_file<run> {
public:
  RANKWISE_HOST_FN double score(std::size_t line) const { return value(line); }

  /// The last line's tag.
  RANKWISE_ALWAYS_INLINE std::string_view tag() const { return tag_; }

  // For the readers.
  template <class Isa>
  status read_lines(std::string_view text, read_options const& options) {
    return read<Isa>(text, options,
                     [this](detail::trec_fields<Isa>& line, char const* last, std::string_view& topic,
                            std::string_view& document, double& score, char const*& place) -> char const* {
                       std::string_view skipped;
                       std::string_view number;
                       if (!line.take(topic) || !line.take(skipped) || !line.take(document) || !line.take(skipped) ||
                           !line.take(number) || !line.take(tag_)) {
                         return line.complaint("a line of a run is: topic Q0 document rank score tag");
                       }
                       place = number.data();
                       if (parse_number<double, Isa>(number.data(), last, score) != number.data() + number.size()) {
                         return "a score is a number";
                       }
                       if (!(score - score == 0)) {
                         return "a score is finite";
                       }
                       // All lines of an old Macintosh's file would be what follows the first tag.
                       char const* const behind = tag_.data() + tag_.size();
                       if (last - behind > 1 && *behind == '\r' && behind[1] != '\n') [[unlikely]] {
                         place = behind;
                         return "lines end with a line feed, not with a carriage return alone";
                       }
                       return nullptr;
                     });
  }

private:
  std::string_view tag_;
};

/// Reads judgments from a file; "-" is the standard input. Duplicate pairs, missing fields and numbers that are none
/// are errors with line and column. `Isa` is never given.
template <class Isa = arch::native>
qrels read_qrels(std::string const& file, read_options const& options = {}) {
  return detail::read_table<Isa, qrels>(file, options, options.errors);
}

/// The same from a text in memory, which must outlive the result.
template <class Isa = arch::native>
qrels parse_qrels(std::string_view text, read_options const& options = {}) {
  return detail::parse_table<Isa, qrels>(text, options);
}

/// Reads a run.
template <class Isa = arch::native>
run read_run(std::string const& file, read_options const& options = {}) {
  return detail::read_table<Isa, run>(file, options, options.errors);
}

template <class Isa = arch::native>
run parse_run(std::string_view text, read_options const& options = {}) {
  return detail::parse_table<Isa, run>(text, options);
}

} // namespace rankwise::inline RANKWISE_ABI::io

#endif
