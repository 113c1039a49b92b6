#ifndef RANKWISE_IO_LETOR_HPP
#define RANKWISE_IO_LETOR_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/core/config.hpp>
#include <rankwise/core/error.hpp>
#include <rankwise/core/lists.hpp>
#include <rankwise/core/size.hpp>
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

/// Features as LETOR and SVMlight write them, a line per document:
///
///   label [qid:query] index:value index:value ... [# comment]
///
/// Indices ascend; features that are left out are 0. The rows of a query stand together. Without qid the lists come
/// from elsewhere: from a file of sizes (LightGBM's .query, XGBoost's .group), by read_query_sizes.
namespace rankwise::inline RANKWISE_ABI::io {

struct letor_options {
  bool missing = false; ///< a feature may be nan; otherwise that is an error, as infinite ones are
  read_options read{};
};

/// Rows of sparse features, in compressed form: row r has the columns and values [row_begin(r), row_end(r)).
class letor {
public:
  RANKWISE_HOST_FN std::size_t size() const { return labels_.size(); }
  RANKWISE_HOST_FN bool empty() const { return labels_.empty(); }

  RANKWISE_ALWAYS_INLINE std::span<float const> labels() const { return {labels_.data(), labels_.size()}; }
  /// The rows of every query; one list of all rows if the file has no qid.
  RANKWISE_ALWAYS_INLINE rankwise::lists<> lists() const {
    return offsets_.empty() ? (labels_.empty() ? rankwise::lists<>{} : rankwise::lists<>::single(labels_.size()))
                            : checked_.over(offsets_.data());
  }
  RANKWISE_HOST_FN bool has_queries() const { return !offsets_.empty(); }
  /// What stands behind qid: of a list.
  RANKWISE_ALWAYS_INLINE std::string_view query(std::size_t list) const { return queries_[list]; }
  /// What stands behind the # of a row.
  RANKWISE_ALWAYS_INLINE std::string_view comment(std::size_t row) const {
    return row < comments_.size() ? comments_[row] : std::string_view{};
  }

  /// One more than the greatest index: an index is its column, whether the file counts from 0 or from 1.
  RANKWISE_HOST_FN std::size_t columns() const { return column_count_; }
  RANKWISE_HOST_FN std::size_t row_begin(std::size_t row) const { return row_offsets_[row]; }
  RANKWISE_HOST_FN std::size_t row_end(std::size_t row) const { return row_offsets_[row + 1]; }
  RANKWISE_ALWAYS_INLINE std::span<std::size_t const> row_offsets() const {
    return {row_offsets_.data(), row_offsets_.size()};
  }
  RANKWISE_ALWAYS_INLINE std::span<std::uint32_t const> column_indices() const {
    return {indices_.data(), indices_.size()};
  }
  RANKWISE_ALWAYS_INLINE std::span<float const> values() const { return {values_.data(), values_.size()}; }

  /// Writes all rows into a matrix of `columns` columns, one row after the other, `fill` where nothing was given.
  /// Columns beyond the matrix are left out.
  template <class Isa = arch::native>
  void to_dense(std::span<float> matrix, std::size_t columns, float fill = 0, on_error errors = {}) const;

  // For the readers.
  template <class Isa>
  void fill(std::string_view text, char const* source, letor_options const& options) {
    status const s = read<Isa>(text, options);
    if (!s.ok()) {
      *this = letor{};
    }
    detail::passed<Isa>(s, source, options.read.errors);
  }
  template <class Isa>
  void adopt(mapped_file file, char const* source, letor_options const& options) {
    file_ = std::move(file);
    fill<Isa>(file_.text(), source, options);
  }

private:
  template <class Isa>
  status read(std::string_view text, letor_options const& options);

  /// The query of the last label, whose "qid" stands at `token`. Null, or what is wrong, beside the line that `before`
  /// says then.
  RANKWISE_ALWAYS_INLINE char const* add_query(std::string_view name, char const* token,
                                               detail::column_buffer<char const*>& first_rows, char const*& before) {
    std::size_t const known = queries_.size();
    std::size_t const now = queries_.add(name);
    if (now == known) {
      if (offsets_.empty() && labels_.size() != 1) {
        return "qid stands in every line or in none";
      }
      offsets_.push_back(labels_.size() - 1);
      first_rows.push_back(token);
    } else if (now + 1 != known) {
      before = first_rows[now];
      return "the rows of a query stand together";
    }
    return nullptr;
  }
  /// The comment of the last label, without the blanks around it.
  RANKWISE_ALWAYS_INLINE void add_comment(char const* begin, char const* end) {
    while (comments_.size() + 1 < labels_.size()) {
      comments_.push_back({});
    }
    while (begin < end && detail::is_blank(*begin)) {
      ++begin;
    }
    while (begin < end && detail::is_blank(end[-1])) {
      --end;
    }
    comments_.push_back({begin, static_cast<std::size_t>(end - begin)});
  }

  detail::column_buffer<float> labels_;
  detail::column_buffer<std::size_t> offsets_;
  rankwise::lists<> checked_; // once: lists() may be called for every list
  detail::column_buffer<std::string_view> comments_;
  detail::column_buffer<std::size_t> row_offsets_;
  detail::column_buffer<std::uint32_t> indices_;
  detail::column_buffer<float> values_;
  ids queries_;
  std::size_t column_count_ = 0;
  mapped_file file_;
};

namespace detail {

/// a && b without a branch between them.
RANKWISE_ALWAYS_INLINE inline bool both(bool a, bool b) {
  return (static_cast<unsigned>(a) & static_cast<unsigned>(b)) != 0;
}

/// The last n bytes of a word.
inline constexpr std::uint64_t last_bytes[9] = {0,
                                                0xff00000000000000u,
                                                0xffff000000000000u,
                                                0xffffff0000000000u,
                                                0xffffffff00000000u,
                                                0xffffffffff000000u,
                                                0xffffffffffff0000u,
                                                0xffffffffffffff00u,
                                                0xffffffffffffffffu};

/// How many bytes parse_plain may read at v.
inline constexpr std::ptrdiff_t plain_reach = 16;

#if defined(__SSE4_1__)

/// Sixteen bytes of which the first n are all ones.
struct byte_masks {
  alignas(16) unsigned char row[17][16]{};
  constexpr byte_masks() {
    for (unsigned n = 0; n <= 16; ++n) {
      for (unsigned i = 0; i < 16; ++i) {
        row[n][i] = i < n ? 0xff : 0;
      }
    }
  }
};
inline constexpr byte_masks first_bytes{};

/// For a point at n: the digits before it to the end of the lower eight bytes, those behind it to the beginning of the
/// upper eight.
struct point_shuffles {
  alignas(16) unsigned char row[9][16]{};
  constexpr point_shuffles() {
    for (unsigned n = 0; n <= 8; ++n) {
      for (unsigned i = 0; i < 8; ++i) {
        row[n][i] = static_cast<unsigned char>(i + n < 8 ? 0x80 : i + n - 8);
        row[n][8 + i] = static_cast<unsigned char>(n + 1 + i < 16 ? n + 1 + i : 0x80);
      }
    }
  }
};
inline constexpr point_shuffles around_point{};

/// The digits of a number between v and end, up to eight on either side of a point, each half as a number of its own
/// reads them. There are no branches for its shape: the shapes of a file's numbers cannot be foretold.
template <class Isa>
RANKWISE_ALWAYS_INLINE inline bool plain_digits(char const* v, char const* end, __m128i& digits) {
  auto const length = static_cast<std::size_t>(end - v);
  if (length - 1 >= 16) [[unlikely]] {
    return false;
  }
  __m128i const bytes = _mm_loadu_si128(reinterpret_cast<__m128i const*>(v));
  auto const points = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('.'))));
  auto const before = static_cast<std::size_t>(std::countr_zero(points | 1u << length));
  if (before - 1 >= 8 || length - before > 9) [[unlikely]] {
    return false;
  }
  __m128i const mask = _mm_load_si128(reinterpret_cast<__m128i const*>(first_bytes.row[length]));
  __m128i const shuffle = _mm_load_si128(reinterpret_cast<__m128i const*>(around_point.row[before]));
  digits = _mm_shuffle_epi8(_mm_and_si128(_mm_sub_epi8(bytes, _mm_set1_epi8('0')), mask), shuffle);
  return true;
}

/// The sum of a whole number and a fraction of 10^8. Both are exact; three roundings in double are wrong by less than
/// two units in its last place, which only matters near the middle between two floats: then it is false.
template <class Isa>
RANKWISE_ALWAYS_INLINE inline bool join_halves(__m128i halves, float& value) {
  __m128d const parts = _mm_mul_pd(_mm_cvtepi32_pd(halves), _mm_set_pd(1e-8, 1));
  double const close = _mm_cvtsd_f64(_mm_add_sd(parts, _mm_unpackhi_pd(parts, parts)));
  value = static_cast<float>(close);
  return ((std::bit_cast<std::uint64_t>(close) + 4 - 0x10000000) & 0x1fffffff) > 8;
}

/// A number between v and end with one to eight digits, or up to eight on either side of a point. False if it is
/// anything else, or if plain arithmetic does not settle the rounding.
template <class Isa>
RANKWISE_ALWAYS_INLINE inline bool parse_plain(char const* v, char const* end, float& value) {
  __m128i digits;
  if (!plain_digits<Isa>(v, end, digits)) {
    return false;
  }
  // Pairs, fours, eights.
  __m128i const pairs = _mm_maddubs_epi16(digits, _mm_set1_epi16(0x010a));
  __m128i const fours = _mm_madd_epi16(pairs, _mm_set1_epi32(0x00010064));
  __m128i const eights = _mm_madd_epi16(_mm_packus_epi32(fours, fours), _mm_set1_epi32(0x00012710));
  __m128i const nines = _mm_set1_epi8(9);
  bool const valid = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_max_epu8(digits, nines), nines)) == 0xffff;
  return both(valid, join_halves<Isa>(eights, value));
}

#else

/// The same, a word at a time.
template <class Isa>
RANKWISE_ALWAYS_INLINE inline bool parse_plain(char const* v, char const* end, float& value) {
  auto const length = static_cast<std::size_t>(end - v);
  std::uint64_t const first = load_eight(v);
  std::uint64_t const x = first ^ (0x2e * every_byte);
  // The first point, or the end.
  std::uint64_t stops = (x - every_byte) & ~x & high_bits;
  stops |= length < 8 ? std::uint64_t{0x80} << (8 * (length & 7)) : 0;
  auto const before = static_cast<std::size_t>(std::countr_zero(stops)) / 8;
  std::size_t const places = length - before - (before < length ? 1 : 0);
  if (before - 1 >= 8 || places > 8 || (length > 8 && before == 8)) [[unlikely]] {
    return false;
  }
  std::uint64_t const whole = (first ^ (0x30 * every_byte)) << (64 - 8 * before);
  std::uint64_t const fraction = (load_eight(end - 8) ^ (0x30 * every_byte)) & last_bytes[places];
  std::uint64_t const mantissa = combine_digits(whole) * powers_of_ten[places] + combine_digits(fraction);
  double const close = static_cast<double>(static_cast<std::int64_t>(mantissa)) / exact_powers[places];
  value = static_cast<float>(close);
  return (no_digits(whole) | no_digits(fraction)) == 0 &&
         (std::bit_cast<std::uint64_t>(close) & 0x1fffffff) != 0x10000000 && mantissa <= std::uint64_t{1} << 53;
}

#endif

/// An index of up to eight digits that ends at `colon`, and the plain value between v and end. False as parse_plain.
template <class Isa>
RANKWISE_ALWAYS_INLINE inline bool parse_feature(char const* token, char const* colon, char const* v, char const* end,
                                                 std::int64_t& index, float& value) {
  auto const length = static_cast<std::size_t>(colon - token);
  std::uint64_t const digits = (load_eight(colon - 8) ^ (0x30 * every_byte)) & last_bytes[length < 8 ? length : 8];
#if defined(__AVX2__)
  // Both at once: the value in the lower half of a register, the index in the upper.
  __m128i low;
  if (!plain_digits<Isa>(v, end, low)) {
    return false;
  }
  __m256i const all =
      _mm256_inserti128_si256(_mm256_castsi128_si256(low), _mm_cvtsi64_si128(static_cast<long long>(digits)), 1);
  __m256i const pairs = _mm256_maddubs_epi16(all, _mm256_set1_epi16(0x010a));
  __m256i const fours = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00010064));
  __m256i const eights = _mm256_madd_epi16(_mm256_packus_epi32(fours, fours), _mm256_set1_epi32(0x00012710));
  __m256i const nines = _mm256_set1_epi8(9);
  index = _mm_cvtsi128_si32(_mm256_extracti128_si256(eights, 1));
  bool const valid = _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_max_epu8(all, nines), nines)) == -1;
  return both(both(length - 1 < 8, valid), join_halves<Isa>(_mm256_castsi256_si128(eights), value));
#else
  index = static_cast<std::int64_t>(combine_digits(digits));
  return parse_plain<Isa>(v, end, value) && length - 1 < 8 && no_digits(digits) == 0;
#endif
}

/// Where a line's features are read to.
struct feature_sink {
  std::uint32_t* indices;
  float* values;
  std::size_t count = 0;
};

/// Reads features from the blank at e on, as long as they are plain: index:value with up to eight digits in the index,
/// a value for parse_plain, one separator behind it. It stops at the end of the line, or before the first feature that
/// asks for more care. A function of its own, small enough for its constants to stay in registers.
template <class Isa>
[[gnu::noinline]] char const* read_plain(separator_stream<':', Isa>& separators, char const* e, char const* begin,
                                         char const* last, std::int64_t& previous, feature_sink& sink) {
  separator_stream<':', Isa> stream = separators;
  std::int64_t before = previous;
  std::size_t count = sink.count;
  std::uint32_t* const indices = sink.indices;
  float* const values = sink.values;
  if (e - begin < 8 || e == last) {
    return e;
  }
  while (*e == ' ') {
    char const* const token = e + 1;
    separator_stream<':', Isa> const here = stream;
    char const* const colon = stream.next();
    char const* const end = stream.next();
    if (last - end < plain_reach + 2) [[unlikely]] { // there is text behind the end, to look at and to load
      stream = here;
      break;
    }
    bool const negative = colon[1] == '-';
    std::int64_t index = 0;
    float x = 0;
    bool const plain = parse_feature<Isa>(token, colon, colon + 1 + (negative ? 1 : 0), end, index, x);
    bool const shaped = both(*colon == ':', *end == ' ' || *end == '\n');
    if (!both(both(plain, shaped), index > before)) [[unlikely]] {
      stream = here;
      break;
    }
    indices[count] = static_cast<std::uint32_t>(index);
    values[count] = negative ? -x : x;
    ++count;
    before = index;
    e = end;
  }
  separators = stream;
  previous = before;
  sink.count = count;
  return e;
}

} // namespace detail

template <class Isa>
status letor::read(std::string_view text, letor_options const& options) {
  if (status const s = detail::check_text<Isa>(text); !s.ok()) {
    return s;
  }
  char const* const first = detail::skip_mark(text);
  char const* const last = text.data() + text.size();
  auto const wrong = [&](char const* place, char const* what, char const* before = nullptr) {
    return detail::malformed<Isa>(text, place, what, before);
  };
  auto const ends = [last](char const* e) { return e == last || *e == '\n'; };
  detail::progress how_far(options.read, text);
  detail::separator_stream<':', Isa> separators(first, last);
  detail::column_buffer<char const*> first_rows; // where each query began
  // A feature takes four bytes at least. Memory that is not touched costs nothing.
  indices_.resize(text.size() / 4 + 1);
  values_.resize(text.size() / 4 + 1);
  detail::feature_sink sink{indices_.data(), values_.data()};
  std::size_t greatest = 0;
  bool any = false;
  row_offsets_.push_back(0);
  char const* p = first;
  while (p < last) {
    char const* e = separators.next();
    if (e == p) { // an empty line, or blanks before the label
      if (!ends(e) && !detail::is_blank(*e)) {
        return wrong(e, *e == ':' ? "a line begins with its label" : "a control character");
      }
      ++p;
      continue;
    }
    char const* token = p;
    if (*token != '#') {
      float label = 0;
      if (parse_number<float, Isa>(token, last, label) != e || !(label - label == 0)) {
        return wrong(token, !ends(e) && *e == ':' ? "a line begins with its label" : "a label is a finite number");
      }
      if (!ends(e) && !detail::is_blank(*e)) {
        return *e == ':' ? wrong(token, "a line begins with its label") : wrong(e, "a control character");
      }
      labels_.push_back(label);
      bool queried = false;
      std::int64_t previous = -1;
      while (true) {
        e = detail::read_plain<Isa>(separators, e, text.data(), last, previous, sink);
        if (ends(e)) {
          break;
        }
        token = e + 1;
        e = separators.next();
        if (e == token) [[unlikely]] { // blanks in a row, or before the end
          if (!ends(e) && !detail::is_blank(*e)) {
            return wrong(e, *e == ':' ? "a feature is index:value" : "a control character");
          }
          continue;
        }
        if (*token == '#') [[unlikely]] {
          break;
        }
        if (ends(e) || *e != ':') [[unlikely]] {
          return wrong(ends(e) || detail::is_blank(*e) ? token : e,
                       ends(e) || detail::is_blank(*e) ? "a feature is index:value" : "a control character");
        }
        char const* const colon = e;
        char const* value = e + 1;
        e = separators.next();
        auto const length = static_cast<std::size_t>(colon - token);
        std::uint32_t index = 0;
        bool const inside = colon - text.data() >= 8 && last - value > detail::plain_reach;
        std::uint64_t digits = 0;
        if (inside && length <= 8 &&
            detail::no_digits(digits = (detail::load_eight(colon - 8) ^ (0x30 * detail::every_byte)) &
                                       detail::last_bytes[length]) == 0) [[likely]] {
          index = static_cast<std::uint32_t>(detail::combine_digits(digits));
        } else if (length == 3 && std::memcmp(token, "qid", 3) == 0) {
          // The value may be any id, even one with colons.
          while (!ends(e) && *e == ':') {
            e = separators.next();
          }
          std::string_view const name(value, static_cast<std::size_t>(e - value));
          if (previous >= 0 || queried) {
            return wrong(token, "qid comes once, before the features");
          }
          if (!ends(e) && !detail::is_blank(*e)) {
            return wrong(e, "a control character");
          }
          if (name.empty()) {
            return wrong(value, "qid has a value");
          }
          queried = true;
          char const* before = nullptr;
          if (char const* const what = add_query(name, token, first_rows, before); what != nullptr) {
            return wrong(token, what, before);
          }
          continue;
        } else if (parse_integer<std::uint32_t, Isa>(token, last, index) != colon || index == ~std::uint32_t{0}) {
          return wrong(token, "an index is a whole number from 0 to 4294967294");
        }
        if (static_cast<std::int64_t>(index) <= previous) [[unlikely]] {
          return wrong(token, "the indices of a line ascend");
        }
        previous = index;
        bool const negative = inside && *value == '-';
        value += negative ? 1 : 0;
        float x = 0;
        if (inside && detail::parse_plain<Isa>(value, e, x)) [[likely]] {
          x = negative ? -x : x;
        } else {
          value -= negative ? 1 : 0;
          if (parse_number<float, Isa>(value, last, x) != e) {
            return wrong(value, "a feature's value is a number");
          }
          if (!(x - x == 0) && !(options.missing && x != x)) {
            return wrong(value, "a feature's value is finite");
          }
        }
        if (!ends(e) && !detail::is_blank(*e)) [[unlikely]] {
          return wrong(e, *e == ':' ? "a feature is index:value" : "a control character");
        }
        sink.indices[sink.count] = index;
        sink.values[sink.count] = x;
        ++sink.count;
      }
      if (previous >= 0) {
        any = true;
        greatest = static_cast<std::size_t>(previous) > greatest ? static_cast<std::size_t>(previous) : greatest;
      }
      if (!queried && !offsets_.empty()) {
        return wrong(token, "qid stands in every line or in none");
      }
      row_offsets_.push_back(sink.count);
    }
    if (token < last && *token == '#') {
      char const* const end = detail::end_of_line(token, last);
      if (row_offsets_.size() > 1 && token != p) {
        add_comment(token + 1, end);
      }
      separators.skip_to(end);
      e = separators.next();
    }
    p = e + 1;
    how_far.at(p < last ? p : last);
  }
  how_far.done();
  indices_.resize(sink.count);
  values_.resize(sink.count);
  indices_.shrink();
  values_.shrink();
  column_count_ = any ? greatest + 1 : 0;
  if (!offsets_.empty()) {
    offsets_.push_back(labels_.size());
    checked_ = rankwise::lists<>(std::span<std::size_t const>(offsets_.data(), offsets_.size()));
  }
  return {};
}

template <class Isa>
void letor::to_dense(std::span<float> matrix, std::size_t columns, float fill, on_error errors) const {
  bool const fits = columns == 0 ? matrix.empty() : matrix.size() / columns == size() && matrix.size() % columns == 0;
  status const s =
      fits ? status{} : status{errc::size_mismatch, "the matrix", status::nowhere, size() * columns, matrix.size()};
  if (!rankwise::detail::passed(s, errors)) {
    return;
  }
  for (std::size_t row = 0; row < size(); ++row) {
    float* const to = matrix.data() + row * columns;
    for (std::size_t c = 0; c < columns; ++c) {
      to[c] = fill;
    }
    for (std::size_t i = row_begin(row); i < row_end(row) && indices_[i] < columns; ++i) {
      to[indices_[i]] = values_[i];
    }
  }
}

/// Reads features; "-" is the standard input. `Isa` is never given.
template <class Isa = arch::native>
letor read_letor(std::string const& file, letor_options const& options = {}) {
  return detail::read_table<Isa, letor>(file, options, options.read.errors);
}

/// The same from a text in memory, which must outlive the result.
template <class Isa = arch::native>
letor parse_letor(std::string_view text, letor_options const& options = {}) {
  return detail::parse_table<Isa, letor>(text, options);
}

namespace detail {

template <class Isa>
owned_lists<> query_sizes(std::string_view text, char const* source, read_options const& options) {
  column_buffer<std::size_t> sizes;
  char const* const last = text.data() + text.size();
  status s = check_text<Isa>(text);
  std::size_t items = 0;
  progress how_far(options, text);
  for (char const* p = skip_mark(text); s.ok() && p < last;) {
    if (*p == '\n' || is_blank(*p)) {
      ++p;
      continue;
    }
    std::uint64_t size = 0;
    char const* const end = parse_integer<std::uint64_t, Isa>(p, last, size);
    if (end == nullptr || (end < last && *end != '\n' && !is_blank(*end)) ||
        size > static_cast<std::size_t>(-1) - items) {
      s = malformed<Isa>(text, p, "a line is the size of a query");
      break;
    }
    items += rankwise::detail::as_size(size);
    sizes.push_back(rankwise::detail::as_size(size));
    p = end;
    how_far.at(p);
  }
  if (!passed<Isa>(s, source, options.errors)) {
    return {};
  }
  how_far.done();
  return owned_lists<>(std::span<std::size_t const>(sizes.data(), sizes.size()));
}

} // namespace detail

/// Lists from a file with the size of every query, as LightGBM (.query) and XGBoost (.group) read them.
template <class Isa = arch::native>
owned_lists<> read_query_sizes(std::string const& file, read_options const& options = {}) {
  mapped_file mapped;
  if (!mapped.open(file.c_str(), options.errors)) {
    return {};
  }
  return detail::query_sizes<Isa>(mapped.text(), file.c_str(), options);
}

template <class Isa = arch::native>
owned_lists<> parse_query_sizes(std::string_view text, read_options const& options = {}) {
  return detail::query_sizes<Isa>(text, nullptr, options);
}

} // namespace rankwise::inline RANKWISE_ABI::io

#endif
