#ifndef RANKWISE_IO_TSV_HPP
#define RANKWISE_IO_TSV_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/core/config.hpp>
#include <rankwise/core/error.hpp>
#include <rankwise/core/lists.hpp>
#include <rankwise/io/ids.hpp>
#include <rankwise/io/mapped_file.hpp>
#include <rankwise/io/number.hpp>
#include <rankwise/io/text.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

/// Tables as tab-separated values with a line of names first. Fields may hold anything but tabs and ends of lines, and
/// may be empty; there is no quoting (IANA text/tab-separated-values). Nothing is converted until a column is asked
/// for.
namespace rankwise::inline RANKWISE_ABI::io {

struct tsv_options {
  char separator = '\t'; ///< another one for files that have commas or semicolons, and no quotes
  read_options read{};
};

/// A table: where every field stands in the text.
class tsv {
public:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  /// Rows, without the names.
  RANKWISE_HOST_FN std::size_t size() const { return starts_.empty() ? 0 : starts_.size() / width_ - 1; }
  RANKWISE_HOST_FN bool empty() const { return size() == 0; }
  RANKWISE_HOST_FN std::size_t columns() const { return starts_.empty() ? 0 : width_; } // moved away: none
  RANKWISE_ALWAYS_INLINE std::string_view name(std::size_t column) const { return at(0, column); }

  /// The column with a name, or `none`.
  RANKWISE_ALWAYS_INLINE std::size_t find(std::string_view name) const {
    for (std::size_t c = 0; c < columns(); ++c) {
      if (at(0, c) == name) {
        return c;
      }
    }
    return none;
  }

  RANKWISE_ALWAYS_INLINE std::string_view field(std::size_t row, std::size_t column) const {
    return at(row + 1, column);
  }

  /// The line of a row in the file, from 1, for messages of one's own; it is counted when it is asked for.
  template <class Isa = arch::native>
  std::size_t line(std::size_t row) const {
    return detail::malformed<Isa>(text_, field(row, 0).data(), "").where;
  }

  /// Writes a column of numbers: float, double or integers. Empty fields become `missing` if one is given; otherwise
  /// they are errors, as is everything that is no number of this type. NaN and infinity are none.
  template <class T, class Isa = arch::native>
  bool read_column(std::size_t column, std::span<T> to, on_error errors = {}, T const* missing = nullptr) const {
    if (!rankwise::detail::check_equal(to.size(), size(), "the column", errc::size_mismatch, errors) ||
        !rankwise::detail::passed(column < columns() ? status{}
                                                     : status{errc::wrong_shape, "the table (columns)", status::nowhere,
                                                              column + 1, columns()},
                                  errors)) {
      return false;
    }
    detail::column_buffer<T> read; // nothing is written unless every field is good
    read.resize(size());
    for (std::size_t row = 0; row < size(); ++row) {
      std::string_view const f = field(row, column);
      if (f.empty() && missing != nullptr) {
        read[row] = *missing;
        continue;
      }
      char const* end = nullptr;
      char const* const last = f.data() + f.size();
      bool finite = true;
      if constexpr (std::is_integral_v<T>) {
        end = parse_integer<T, Isa>(f.data(), last, read[row]);
      } else {
        end = parse_number<T, Isa>(f.data(), last, read[row]);
        finite = end == nullptr || read[row] - read[row] == 0;
      }
      if (end != last || f.empty() || !finite) {
        status const s = detail::malformed<Isa>(text_, f.data(),
                                                std::is_integral_v<T> ? "a field is no integer that fits"
                                                : finite              ? "a field is no number"
                                                                      : "a field is not finite");
        return detail::passed<Isa>(s, source_.empty() ? nullptr : source_.c_str(), errors);
      }
    }
    if (size() != 0) {
      std::memcpy(to.data(), read.data(), size() * sizeof(T));
    }
    return true;
  }

  /// Lists of rows with the same text in a column, which stand together: a query's.
  template <class Isa = arch::native>
  owned_lists<> lists_by(std::size_t column, on_error errors = {}) const {
    if (!rankwise::detail::passed(column < columns() ? status{}
                                                     : status{errc::wrong_shape, "the table (columns)", status::nowhere,
                                                              column + 1, columns()},
                                  errors)) {
      return {};
    }
    ids keys;
    detail::column_buffer<std::size_t> sizes;
    detail::column_buffer<std::size_t> first_rows;
    for (std::size_t row = 0; row < size(); ++row) {
      std::size_t const known = keys.size();
      std::size_t const now = keys.add(field(row, column));
      if (now == known) {
        sizes.push_back(1);
        first_rows.push_back(row);
      } else if (now + 1 == known) {
        ++sizes.back();
      } else {
        status const s = detail::malformed<Isa>(text_, field(row, column).data(), "the rows of a list stand together",
                                                field(first_rows[now], column).data());
        detail::passed<Isa>(s, source_.empty() ? nullptr : source_.c_str(), errors);
        return {};
      }
    }
    return owned_lists<>(std::span<std::size_t const>(sizes.data(), sizes.size()), errors);
  }

  // For the readers.
  template <class Isa>
  void fill(std::string_view text, char const* source, tsv_options const& options) {
    text_ = text;
    source_ = source == nullptr ? "" : source;
    status const s = read<Isa>(options);
    if (!s.ok()) {
      starts_.clear();
      width_ = 0;
    }
    detail::passed<Isa>(s, source, options.read.errors);
  }
  template <class Isa>
  void adopt(mapped_file file, char const* source, tsv_options const& options) {
    file_ = std::move(file);
    fill<Isa>(file_.text(), source, options);
  }

private:
  struct piece {
    char const* first;
    std::size_t size;
  };
  RANKWISE_ALWAYS_INLINE std::string_view at(std::size_t line, std::size_t column) const {
    piece const& p = starts_[line * width_ + column];
    return {p.first, p.size};
  }

  template <class Isa>
  status read(tsv_options const& options) {
    if (status const s = detail::check_text<Isa>(text_); !s.ok()) {
      return s;
    }
    char const* const last = text_.data() + text_.size();
    detail::progress how_far(options.read, text_);
    ids names; // of the first line
    char const* p = detail::skip_mark(text_);
    while (p < last) {
      char const* const end = detail::end_of_line(p, last);
      char const* const behind = end > p && end[-1] == '\r' ? end - 1 : end;
      if (behind == p && width_ != 1) { // of one column, an empty line is an empty field
        p = end + 1;
        continue;
      }
      std::size_t fields = 0;
      for (char const* q = p;; ++fields) {
        void const* const found =
            q == behind ? nullptr : std::memchr(q, options.separator, static_cast<std::size_t>(behind - q));
        char const* const stop = found == nullptr ? behind : static_cast<char const*>(found);
        if (void const* const nul = q == stop ? nullptr : std::memchr(q, '\0', static_cast<std::size_t>(stop - q));
            nul != nullptr) {
          return detail::malformed<Isa>(text_, static_cast<char const*>(nul), "a control character");
        }
        if (width_ != 0 && fields == width_) {
          return detail::malformed<Isa>(text_, q, "a line has more fields than the first");
        }
        if (width_ == 0) {
          if (void const* const back = q == stop ? nullptr : std::memchr(q, '\r', static_cast<std::size_t>(stop - q));
              back != nullptr) { // all lines of an old Macintosh's file would be names of columns
            return detail::malformed<Isa>(text_, static_cast<char const*>(back),
                                          "lines end with a line feed, not with a carriage return alone");
          }
          if (names.add({q, static_cast<std::size_t>(stop - q)}) != fields) {
            return detail::malformed<Isa>(text_, q, "a name stands in the first line twice");
          }
        }
        starts_.push_back({q, static_cast<std::size_t>(stop - q)});
        if (found == nullptr) {
          ++fields;
          break;
        }
        q = stop + 1;
      }
      if (width_ == 0) {
        width_ = fields;
      } else if (fields != width_) {
        return detail::malformed<Isa>(text_, behind, "a line has fewer fields than the first");
      }
      p = end + 1;
      how_far.at(p < last ? p : last);
    }
    how_far.done();
    starts_.shrink();
    return {};
  }

  std::string_view text_;
  std::string source_;
  detail::column_buffer<piece> starts_;
  std::size_t width_ = 0;
  mapped_file file_;
};

/// Reads a table; "-" is the standard input. `Isa` is never given.
template <class Isa = arch::native>
tsv read_tsv(std::string const& file, tsv_options const& options = {}) {
  return detail::read_table<Isa, tsv>(file, options, options.read.errors);
}

/// The same from a text in memory, which must outlive the result.
template <class Isa = arch::native>
tsv parse_tsv(std::string_view text, tsv_options const& options = {}) {
  return detail::parse_table<Isa, tsv>(text, options);
}

} // namespace rankwise::inline RANKWISE_ABI::io

#endif
