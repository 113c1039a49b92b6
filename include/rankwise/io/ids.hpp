#ifndef RANKWISE_IO_IDS_HPP
#define RANKWISE_IO_IDS_HPP

#include <rankwise/io/text.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

/// Ids as numbers: every distinct text gets the next one, from 0. The texts stay where they are.
namespace rankwise::inline RANKWISE_ABI::io {

namespace detail {

/// Sixty-four bits of a short text, all of them good. Not for those who choose ids in order to collide: equal hashes
/// cost time, never a wrong answer.
RANKWISE_ALWAYS_INLINE inline std::uint64_t hash_text(char const* p, std::size_t size) {
  constexpr std::uint64_t odd = 0x9e3779b97f4a7c15u;
  auto const mix = [](std::uint64_t h, std::uint64_t word) {
    h = (h ^ word) * odd;
    return h ^ (h >> 32);
  };
  std::uint64_t h = size * odd;
  if (size >= 8) {
    char const* const tail = p + size - 8;
    for (; p < tail; p += 8) {
      h = mix(h, load_eight(p));
    }
    return mix(mix(h, load_eight(tail)), odd);
  }
  std::uint64_t word = 0;
  if (size >= 4) {
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    std::memcpy(&low, p, 4);
    std::memcpy(&high, p + size - 4, 4);
    word = low | std::uint64_t{high} << 32;
  } else if (size > 0) {
    word = static_cast<unsigned char>(p[0]) | std::uint64_t{static_cast<unsigned char>(p[size / 2])} << 8 |
           std::uint64_t{static_cast<unsigned char>(p[size - 1])} << 16;
  }
  return mix(mix(h, word), odd);
}

/// Greater, equal or smaller, byte by byte, as strcmp says it.
RANKWISE_ALWAYS_INLINE inline int compare_text(std::string_view a, std::string_view b) {
  std::size_t const common = a.size() < b.size() ? a.size() : b.size();
  int const order = common == 0 ? 0 : std::memcmp(a.data(), b.data(), common);
  return order != 0 ? order : (a.size() > b.size()) - (a.size() < b.size());
}

} // namespace detail

/// A table of ids. Looking up the id that was looked up last costs one comparison: files are sorted more often than
/// not.
class ids {
public:
  static constexpr std::uint32_t none = static_cast<std::uint32_t>(-1);

  RANKWISE_HOST_FN std::size_t size() const { return names_.size(); }
  RANKWISE_ALWAYS_INLINE std::string_view operator[](std::size_t i) const { return names_[i]; }

  /// The number of the text, a new one if need be. The text must outlive the table.
  RANKWISE_ALWAYS_INLINE std::uint32_t add(std::string_view text) {
    if (last_ < names_.size() && same(names_[last_], text)) {
      return last_;
    }
    return last_ = look_up(text, true);
  }

  /// The number of the text, or `none`.
  RANKWISE_ALWAYS_INLINE std::uint32_t find(std::string_view text) const {
    return const_cast<ids*>(this)->look_up(text, false); // NOLINT: looking up without adding changes nothing
  }

private:
  RANKWISE_ALWAYS_INLINE static bool same(std::string_view a, std::string_view b) {
    return a.size() == b.size() && detail::same_bytes(a.data(), b.data(), a.size());
  }

  template <class Isa = arch::native>
  std::uint32_t look_up(std::string_view text, bool adding) {
    if (adding && 2 * (names_.size() + 1) > slots_.size()) {
      grow<Isa>();
    }
    if (slots_.empty()) {
      return none;
    }
    std::size_t const mask = slots_.size() - 1;
    for (std::size_t at = detail::hash_text(text.data(), text.size()) & mask;; at = (at + 1) & mask) {
      if (slots_[at] == none) {
        if (!adding) {
          return none;
        }
        slots_[at] = static_cast<std::uint32_t>(names_.size());
        names_.push_back(text);
        return slots_[at];
      }
      if (same(names_[slots_[at]], text)) {
        return slots_[at];
      }
    }
  }

  template <class Isa>
  void grow() {
    std::size_t const count = slots_.empty() ? 64 : 2 * slots_.size();
    slots_.assign(count, none);
    for (std::size_t i = 0; i < names_.size(); ++i) {
      std::size_t at = detail::hash_text(names_[i].data(), names_[i].size()) & (count - 1);
      while (slots_[at] != none) {
        at = (at + 1) & (count - 1);
      }
      slots_[at] = static_cast<std::uint32_t>(i);
    }
  }

  detail::column_buffer<std::string_view> names_;
  detail::column_buffer<std::uint32_t> slots_;
  std::uint32_t last_ = none;
};

} // namespace rankwise::inline RANKWISE_ABI::io

#endif
