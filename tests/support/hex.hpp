#ifndef RANKWISE_TESTS_SUPPORT_HEX_HPP
#define RANKWISE_TESTS_SUPPORT_HEX_HPP

#include <cstddef>
#include <string>
#include <string_view>

namespace support {

/// "0aff" as two bytes.
inline std::string from_hex(std::string_view text) {
  auto const digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t k = 0; k + 1 < text.size(); k += 2) {
    bytes += static_cast<char>(16 * digit(text[k]) + digit(text[k + 1]));
  }
  return bytes;
}

} // namespace support

#endif
