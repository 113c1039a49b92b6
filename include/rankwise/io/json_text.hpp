#ifndef RANKWISE_IO_JSON_TEXT_HPP
#define RANKWISE_IO_JSON_TEXT_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/core/error.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Just enough JSON (RFC 8259) for headers and weights, and nothing beyond it: no comments, no trailing commas, no NaN,
/// valid UTF-8, a bounded depth. Values are read in the order of the text; there is no tree.
namespace rankwise::inline RANKWISE_ABI::io {

namespace detail {

/// The bytes of the character of valid UTF-8 (the shortest form, no surrogates, at most U+10FFFF) at `at`; 0 if none
/// stands there.
template <class Isa>
std::size_t utf8_length(std::string_view text, std::size_t at) {
  auto const byte = [&](std::size_t k) {
    return at + k < text.size() ? static_cast<unsigned char>(text[at + k]) : std::uint32_t{0};
  };
  std::uint32_t const lead = byte(0);
  std::size_t const length = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
  std::uint32_t c = length == 1 ? lead : lead & (0xffu >> (length + 1));
  for (std::size_t k = 1; k < length; ++k) {
    if (byte(k) >> 6 != 2) {
      return 0;
    }
    c = c << 6 | (byte(k) & 0x3f);
  }
  bool const wrong =
      (length == 3 && c < 0x800) || (length == 4 && (c < 0x10000 || c > 0x10ffff)) || (c >= 0xd800 && c < 0xe000);
  return wrong ? 0 : length;
}

} // namespace detail

/// Every function returns whether it went well; after the first failure all of them fail and `fault()` has the reason.
template <class Isa = arch::native>
class json_reader {
public:
  static constexpr int deepest = 64;

  explicit json_reader(std::string_view text) : text_(text) {}

  bool ok() const { return fault_ == nullptr; }
  char const* fault() const { return fault_; }
  /// Line and column of the fault, from 1.
  status where() const {
    std::size_t line = 1;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < fault_at_; ++i) {
      if (text_[i] == '\n') {
        ++line;
        begin = i + 1;
      }
    }
    return {errc::malformed, fault_, line, 0, fault_at_ - begin + 1};
  }
  bool fail(char const* what) { return fail_at(at_, what); }
  /// The same, for what began at an earlier `position()`.
  bool fail_at(std::size_t position, char const* what) {
    if (fault_ == nullptr) {
      fault_ = what;
      fault_at_ = position;
    }
    return false;
  }
  std::size_t position() {
    skip_blanks();
    return at_;
  }

  /// Calls member(key) for every member of an object; it reads the value.
  template <class F>
  bool members(F member) {
    return enter('{', "an object was expected: {...}") && list('}', [&] {
             std::string key;
             return string(key) && take(':', "a colon was expected after a name") && member(key);
           });
  }
  /// Calls element() for every element of an array; it reads the value.
  template <class F>
  bool elements(F element) {
    return enter('[', "an array was expected: [...]") && list(']', element);
  }

  bool string(std::string& out) {
    out.clear();
    if (!take('"', "a string was expected: \"...\"")) {
      return false;
    }
    while (at_ < text_.size()) {
      auto const c = static_cast<unsigned char>(text_[at_]);
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c < 0x20) {
        return fail("a control character in a string");
      }
      if (!(c == '\\' ? escape(out) : character(out))) {
        return false;
      }
    }
    return fail("a string does not end");
  }

  /// A number of double's range: what is too large is a fault.
  bool number(double& out) {
    std::string_view const digits = numeral();
    if (digits.empty()) {
      return false;
    }
    auto const [end, reason] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    if (reason == std::errc::result_out_of_range) {
      out = digits[0] == '-' ? -0.0 : 0.0; // too small
      return !is_large(digits) || fail_at(at_ - digits.size(), "a number is larger than double holds");
    }
    return end == digits.data() + digits.size() || fail("a number was expected");
  }

  /// A whole number from 0 to 2^64 - 1, without point and exponent.
  bool whole(std::uint64_t& out) {
    std::string_view const digits = numeral();
    if (digits.empty()) {
      return false;
    }
    auto const [end, reason] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return (reason == std::errc{} && end == digits.data() + digits.size()) ||
           fail_at(at_ - digits.size(), "a whole number from 0 to 2^64 - 1 was expected");
  }

  /// Any value.
  bool skip() {
    std::string ignored;
    double number_read = 0;
    switch (next()) {
    case '{':
      return members([this](std::string const&) { return skip(); });
    case '[':
      return elements([this] { return skip(); });
    case '"':
      return string(ignored);
    case 't':
      return word("true");
    case 'f':
      return word("false");
    case 'n':
      return word("null");
    default:
      return number(number_read);
    }
  }

  /// Nothing but blanks is left.
  bool end() {
    skip_blanks();
    return ok() && (at_ == text_.size() || fail("something follows the end"));
  }

private:
  void skip_blanks() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) {
      ++at_;
    }
  }
  char next() {
    skip_blanks();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char c, char const* otherwise) {
    if (!ok() || next() != c || at_ == text_.size()) {
      return fail(otherwise);
    }
    ++at_;
    return true;
  }
  bool word(std::string_view w) {
    if (!ok() || text_.substr(at_, w.size()) != w) {
      return fail("a value was expected");
    }
    at_ += w.size();
    return true;
  }
  bool enter(char bracket, char const* otherwise) {
    if (!take(bracket, otherwise)) {
      return false;
    }
    return ++depth_ <= deepest || fail("values are nested too deeply");
  }
  template <class F>
  bool list(char bracket, F entry) {
    if (next() != bracket) {
      while (true) {
        if (!ok() || !entry()) {
          return fail("a value was expected");
        }
        if (next() != ',') {
          break;
        }
        ++at_;
      }
    }
    --depth_;
    return take(bracket, bracket == '}' ? "a comma or } was expected" : "a comma or ] was expected");
  }

  // A number by the grammar of JSON; empty after a failure.
  std::string_view numeral() {
    skip_blanks();
    std::size_t const begin = at_;
    auto const digits = [this] {
      std::size_t const first = at_;
      while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
        ++at_;
      }
      return at_ - first;
    };
    auto const is = [this](char c) { return at_ < text_.size() && text_[at_] == c; };
    at_ += is('-') ? 1u : 0u;
    bool const zero = is('0');
    std::size_t const whole_digits = digits();
    bool good = ok() && whole_digits != 0 && !(zero && whole_digits > 1);
    if (is('.')) {
      ++at_;
      good = digits() != 0 && good;
    }
    if (is('e') || is('E')) {
      ++at_;
      at_ += is('+') || is('-') ? 1u : 0u;
      good = digits() != 0 && good;
    }
    if (!good) {
      fail_at(begin, "a number was expected");
      return {};
    }
    return text_.substr(begin, at_ - begin);
  }

  // Of a number that double does not hold: whether it is too large, not too small.
  static bool is_large(std::string_view digits) {
    constexpr long most = 1'000'000'000;
    long magnitude = 0; // decimal digits before the point; negative: zeros behind it
    std::size_t k = digits[0] == '-' ? 1 : 0;
    bool behind = false;
    bool found = false;
    for (; k < digits.size() && (digits[k] | 0x20) != 'e'; ++k) {
      behind = behind || digits[k] == '.';
      found = found || (digits[k] != '.' && digits[k] != '0');
      magnitude += digits[k] == '.' ? 0 : !behind && found ? 1 : behind && !found ? -1 : 0;
    }
    if (k == digits.size()) {
      return magnitude > 0;
    }
    ++k;
    bool const negative = digits[k] == '-';
    k += negative || digits[k] == '+' ? 1u : 0u;
    long exponent = 0;
    for (; k < digits.size() && exponent < most; ++k) {
      exponent = 10 * exponent + (digits[k] - '0');
    }
    return magnitude + (negative ? -exponent : exponent) > 0;
  }

  static void append(std::string& out, std::uint32_t c) {
    if (c < 0x80) {
      out += static_cast<char>(c);
      return;
    }
    int const more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    constexpr unsigned lead[] = {0, 0xc0, 0xe0, 0xf0};
    out += static_cast<char>(lead[more] | c >> (6 * more));
    for (int k = more - 1; k >= 0; --k) {
      out += static_cast<char>(0x80 | (c >> (6 * k) & 0x3f));
    }
  }
  bool hex(std::uint32_t& out) {
    out = 0;
    for (int k = 0; k < 4; ++k, ++at_) {
      char const c = at_ < text_.size() ? text_[at_] : '\0';
      unsigned const digit = c >= '0' && c <= '9'   ? static_cast<unsigned>(c - '0')
                             : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a') + 10
                             : c >= 'A' && c <= 'F' ? static_cast<unsigned>(c - 'A') + 10
                                                    : 16;
      if (digit == 16) {
        return fail("four hexadecimal digits were expected after \\u");
      }
      out = out << 4 | digit;
    }
    return true;
  }
  bool escape(std::string& out) {
    ++at_;
    char const c = at_ < text_.size() ? text_[at_] : '\0';
    constexpr std::string_view letters = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    if (std::size_t const k = letters.find(c); k != std::string_view::npos && c != '\0') {
      out += meanings[k];
      ++at_;
      return true;
    }
    if (c != 'u') {
      return fail("an unknown escape in a string");
    }
    ++at_;
    std::uint32_t high = 0;
    std::uint32_t low = 0;
    if (!hex(high)) {
      return false;
    }
    if (high >= 0xd800 && high < 0xe000) { // one half of a pair
      bool const pair = high < 0xdc00 && text_.substr(at_, 2) == "\\u";
      at_ += pair ? 2 : 0;
      if (!pair || !hex(low) || low < 0xdc00 || low >= 0xe000) {
        return fail("half of a surrogate pair");
      }
      high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    }
    append(out, high);
    return true;
  }
  bool character(std::string& out) {
    std::size_t const length = detail::utf8_length<Isa>(text_, at_);
    if (length == 0) {
      return fail("a string is not UTF-8");
    }
    out.append(text_.substr(at_, length));
    at_ += length;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  char const* fault_ = nullptr;
  std::size_t fault_at_ = 0;
};

/// A string as JSON writes it, quotes included. What is not UTF-8 is taken for Latin-1, so that the result is JSON
/// whatever the text is.
template <class Isa = arch::native>
std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    char const c = text[at];
    std::size_t const length = detail::utf8_length<Isa>(text, at);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || length == 0) {
      constexpr char digits[] = "0123456789abcdef";
      out += "\\u00";
      out += digits[static_cast<unsigned char>(c) >> 4];
      out += digits[static_cast<unsigned char>(c) & 15];
    } else {
      out += text.substr(at, length);
    }
    at += length == 0 ? 1 : length;
  }
  return out += '"';
}

/// The shortest text that reads back as the same number; `x` is finite.
template <class Isa = arch::native>
std::string json_number(double x) {
  char text[40];
  auto const end = std::to_chars(text, text + sizeof text, x).ptr;
  return {text, end};
}

} // namespace rankwise::inline RANKWISE_ABI::io

#endif
