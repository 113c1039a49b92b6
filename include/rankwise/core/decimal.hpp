#ifndef RANKWISE_CORE_DECIMAL_HPP
#define RANKWISE_CORE_DECIMAL_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/core/config.hpp>

#include <charconv>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>

/// Numbers as text that is the same in every locale: printf and strtod follow the one that the program has set, and
/// write and read commas in some.
namespace rankwise::inline RANKWISE_ABI::detail {

/// What printf writes in the locale "C" with %f (fixed), %e (scientific) or %g (general) and at most 80 digits.
template <class Isa = arch::native>
std::string decimal(double x, std::chars_format form, int digits) {
  char text[400]; // 309 digits before the point
  return {text, std::to_chars(text, text + sizeof text, x, form, digits).ptr};
}

/// Text at the right of a column of so many characters.
template <class Isa = arch::native>
std::string at_right(std::string const& text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

/// The number that all of a text is, after spaces and a sign; NaN if it is none.
template <class Isa = arch::native>
double from_decimal(std::string_view text) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  text.remove_prefix(text.find_first_not_of(" \t") < text.size() ? text.find_first_not_of(" \t") : text.size());
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) {
      return none;
    }
  }
  double x = 0;
  char const* const last = text.data() + text.size();
  auto const [end, fault] = std::from_chars(text.data(), last, x);
  return fault == std::errc{} && end == last ? x : none;
}

} // namespace rankwise::inline RANKWISE_ABI::detail

#endif
