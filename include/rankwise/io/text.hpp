#ifndef RANKWISE_IO_TEXT_HPP
#define RANKWISE_IO_TEXT_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/core/config.hpp>
#include <rankwise/core/error.hpp>
#include <rankwise/io/mapped_file.hpp>
#include <rankwise/io/number.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

#if defined(__SSSE3__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h> // the header of all instruction sets costs a third of what everything else does
#endif

/// What the readers of text share: where tokens end, growing columns, and errors with line and column.
namespace rankwise::inline RANKWISE_ABI::io {

/// How a reader works; every reader takes it last.
struct read_options {
  /// Called now and then with the bytes read so far and those there are.
  void (*progress)(void* context, std::size_t done, std::size_t total) = nullptr;
  void* context = nullptr;
  on_error errors{};
};

namespace detail {

/// A column of many megabytes costs less with large pages: a fault for two megabytes instead of four kilobytes.
RANKWISE_ALWAYS_INLINE inline void advise_large_pages(void* p, std::size_t bytes) {
#if RANKWISE_IO_MAPS && defined(MADV_HUGEPAGE)
  constexpr std::uintptr_t page = 4096;
  if (bytes >= std::size_t{1} << 23) {
    auto const at = (reinterpret_cast<std::uintptr_t>(p) + page - 1) / page * page;
    auto const end = (reinterpret_cast<std::uintptr_t>(p) + bytes) / page * page;
    ::madvise(reinterpret_cast<void*>(at), end - at, MADV_HUGEPAGE); // it is no loss if the system refuses
  }
#else
  (void)p;
  (void)bytes;
#endif
}

/// Numbers or small structs in a row that grows. Not std::vector: growing moves pages instead of copying, nothing is
/// zeroed first, and no unit shares its functions with another.
template <class T>
class column_buffer {
  static_assert(std::is_trivially_copyable_v<T>);

public:
  using value_type = T;

  RANKWISE_HOST_FN column_buffer() = default;
  RANKWISE_ALWAYS_INLINE column_buffer(column_buffer const& other) {
    reserve(other.count_);
    if (other.count_ != 0) {
      std::memcpy(static_cast<void*>(first_), other.first_, other.count_ * sizeof(T));
    }
    count_ = other.count_;
  }
  RANKWISE_HOST_FN column_buffer(column_buffer&& other) noexcept
      : first_(std::exchange(other.first_, nullptr)), count_(std::exchange(other.count_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  RANKWISE_HOST_FN column_buffer& operator=(column_buffer other) noexcept {
    std::swap(first_, other.first_);
    std::swap(count_, other.count_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  RANKWISE_ALWAYS_INLINE ~column_buffer() { std::free(first_); }

  RANKWISE_ALWAYS_INLINE void reserve(std::size_t count) {
    if (count > capacity_) {
      void* const grown =
          count > static_cast<std::size_t>(-1) / sizeof(T) ? nullptr : std::realloc(first_, count * sizeof(T));
      if (grown == nullptr) {
        fail();
      }
      first_ = static_cast<T*>(grown);
      capacity_ = count;
      advise_large_pages(grown, count * sizeof(T));
    }
  }
  /// The new elements have no value yet.
  RANKWISE_ALWAYS_INLINE void resize(std::size_t count) {
    reserve(count);
    count_ = count;
  }
  RANKWISE_ALWAYS_INLINE void assign(std::size_t count, T const& value) {
    resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      first_[i] = value;
    }
  }
  RANKWISE_ALWAYS_INLINE void push_back(T const& value) {
    if (count_ == capacity_) {
      T const copy = value;
      reserve(capacity_ == 0 ? 64 : 2 * capacity_);
      first_[count_++] = copy;
      return;
    }
    first_[count_++] = value;
  }
  /// Gives back what was reserved too much.
  RANKWISE_ALWAYS_INLINE void shrink() {
    if (count_ == 0) {
      std::free(std::exchange(first_, nullptr));
      capacity_ = 0;
    } else if (void* const fitting = std::realloc(first_, count_ * sizeof(T)); fitting != nullptr) {
      first_ = static_cast<T*>(fitting);
      capacity_ = count_;
    }
  }
  RANKWISE_HOST_FN void clear() { count_ = 0; }

  RANKWISE_HOST_FN T* data() { return first_; }
  RANKWISE_HOST_FN T const* data() const { return first_; }
  RANKWISE_HOST_FN std::size_t size() const { return count_; }
  RANKWISE_HOST_FN std::size_t capacity() const { return capacity_; }
  RANKWISE_HOST_FN bool empty() const { return count_ == 0; }
  RANKWISE_HOST_FN T& operator[](std::size_t i) { return first_[i]; }
  RANKWISE_HOST_FN T const& operator[](std::size_t i) const { return first_[i]; }
  RANKWISE_HOST_FN T& back() { return first_[count_ - 1]; }
  RANKWISE_HOST_FN T const& back() const { return first_[count_ - 1]; }
  RANKWISE_HOST_FN T* begin() { return first_; }
  RANKWISE_HOST_FN T* end() { return first_ + count_; }
  RANKWISE_HOST_FN T const* begin() const { return first_; }
  RANKWISE_HOST_FN T const* end() const { return first_ + count_; }

private:
  [[noreturn]] static void fail() {
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS)
    throw std::bad_alloc{};
#else
    std::abort();
#endif
  }

  T* first_ = nullptr;
  std::size_t count_ = 0;
  std::size_t capacity_ = 0;
};

/// One bit for each of 64 bytes: blank, a control character, or `extra`.
template <char Extra, class Isa>
RANKWISE_ALWAYS_INLINE inline std::uint64_t separator_bits(char const* p) {
#if defined(__AVX512BW__)
  __m512i const bytes = _mm512_loadu_si512(p);
  std::uint64_t bits = _mm512_cmple_epu8_mask(bytes, _mm512_set1_epi8(' '));
  if constexpr (Extra != ' ') {
    bits |= _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(Extra));
  }
  return bits;
#elif defined(__AVX2__)
  auto const half = [](char const* q) {
    __m256i const bytes = _mm256_loadu_si256(reinterpret_cast<__m256i const*>(q));
    __m256i const blank = _mm256_set1_epi8(' ');
    __m256i found = _mm256_cmpeq_epi8(_mm256_max_epu8(bytes, blank), blank);
    if constexpr (Extra != ' ') {
      found = _mm256_or_si256(found, _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(Extra)));
    }
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm256_movemask_epi8(found)));
  };
  return half(p) | half(p + 32) << 32;
#elif defined(__SSE2__)
  std::uint64_t bits = 0;
  for (int quarter = 0; quarter < 4; ++quarter) {
    __m128i const bytes = _mm_loadu_si128(reinterpret_cast<__m128i const*>(p + 16 * quarter));
    __m128i const blank = _mm_set1_epi8(' ');
    __m128i found = _mm_cmpeq_epi8(_mm_max_epu8(bytes, blank), blank);
    if constexpr (Extra != ' ') {
      found = _mm_or_si128(found, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(Extra)));
    }
    bits |= static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(found))) << (16 * quarter);
  }
  return bits;
#else
  std::uint64_t bits = 0;
  for (int i = 0; i < 64; ++i) {
    bits |= std::uint64_t{static_cast<unsigned char>(p[i]) <= ' ' || p[i] == Extra} << i;
  }
  return bits;
#endif
}

/// Hands out every separator of a text, one after the other; a step is one bit, whatever stands between.
template <char Extra, class Isa>
class separator_stream {
public:
  RANKWISE_ALWAYS_INLINE separator_stream(char const* first, char const* last) : block_(first), last_(last) { look(); }

  RANKWISE_ALWAYS_INLINE char const* next() {
    while (bits_ == 0) {
      block_ += 64;
      look();
    }
    char const* const at = block_ + std::countr_zero(bits_);
    bits_ &= bits_ - 1;
    return at;
  }

  /// The next one handed out stands at or behind p.
  RANKWISE_ALWAYS_INLINE void skip_to(char const* p) {
    block_ = p;
    look();
  }

private:
  RANKWISE_ALWAYS_INLINE void look() {
    std::ptrdiff_t const left = last_ - block_; // negative: the last block held no more ends of its own
    bits_ = left >= 64 ? separator_bits<Extra, Isa>(block_)
                       : bits_at_end(block_, left > 0 ? static_cast<std::size_t>(left) : 0);
  }
  // Not of this object, which can then live in registers.
  [[gnu::noinline]] static std::uint64_t bits_at_end(char const* block, std::size_t left) {
    char tail[64];
    std::memset(tail, '\n', sizeof tail);
    if (left != 0) {
      std::memcpy(tail, block, left);
    }
    return separator_bits<Extra, Isa>(tail);
  }

  char const* block_;
  char const* last_;
  std::uint64_t bits_ = 0;
};

/// Whether two texts of n bytes are equal; short ones without a call.
RANKWISE_ALWAYS_INLINE inline bool same_bytes(char const* a, char const* b, std::size_t n) {
  if (n >= 8) {
    char const* const tail = a + n - 8;
    for (; a < tail; a += 8, b += 8) {
      if (load_eight(a) != load_eight(b)) {
        return false;
      }
    }
    return load_eight(tail) == load_eight(b + (tail - a));
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (a[i] != b[i]) {
      return false;
    }
  }
  return true;
}

/// The last byte of a line, or the text's end: wherever p stands in it.
RANKWISE_ALWAYS_INLINE inline char const* end_of_line(char const* p, char const* last) {
  void const* const found = p == last ? nullptr : std::memchr(p, '\n', static_cast<std::size_t>(last - p));
  return found == nullptr ? last : static_cast<char const*>(found);
}

RANKWISE_ALWAYS_INLINE inline bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r' && c != '\n');
}

/// What is wrong with the text at `place`. Lines are counted now, so that nobody counts them while all is well.
template <class Isa>
status malformed(std::string_view text, char const* place, char const* what, char const* before = nullptr) {
  auto const line_of = [&](char const* p) {
    std::size_t line = 1;
    for (char const* q = text.data(); q < p; ++q) {
      line += *q == '\n' ? 1 : 0;
    }
    return line;
  };
  std::size_t column = 1;
  for (char const* q = place; q > text.data() && q[-1] != '\n'; --q) {
    ++column;
  }
  return {errc::malformed, what, line_of(place), before == nullptr ? 0 : line_of(before), column};
}

/// An error for what has no lines to read: what a program has packed, and UTF-16. A ? of a mark is any byte.
template <class Isa>
status check_text(std::string_view text) {
  struct mark {
    std::string_view bytes;
    char const* what;
  };
  constexpr char const* bzip2 = "the file is compressed (bzip2): unpack it first";
  constexpr mark marks[] = {{"\x1f\x8b", "the file is compressed (gzip): unpack it first"},
                            {"\x28\xb5\x2f\xfd", "the file is compressed (zstd): unpack it first"},
                            {"\xfd\x37zXZ", "the file is compressed (xz): unpack it first"},
                            {"BZh?1AY", bzip2},    // the level, and the digits of pi
                            {"BZh?\x17rE", bzip2}, // of its square root: an empty file
                            {"PK\x03\x04", "the file is an archive (zip): unpack it first"},
                            {"\xff\xfe", "the file is UTF-16: write it as UTF-8"},
                            {"\xfe\xff", "the file is UTF-16: write it as UTF-8"}};
  for (mark const& m : marks) {
    bool same = text.size() >= m.bytes.size();
    for (std::size_t i = 0; same && i < m.bytes.size(); ++i) {
      same = text[i] == m.bytes[i] || m.bytes[i] == '?';
    }
    if (same) {
      return malformed<Isa>(text, text.data(), m.what);
    }
  }
  return {};
}

/// The text without the mark that some programs put before UTF-8.
RANKWISE_ALWAYS_INLINE inline char const* skip_mark(std::string_view text) {
  return text.size() >= 3 && std::memcmp(text.data(), "\xef\xbb\xbf", 3) == 0 ? text.data() + 3 : text.data();
}

/// Tells the caller how far a reader is, every 64 MiB.
class progress {
public:
  RANKWISE_ALWAYS_INLINE progress(read_options const& options, std::string_view text)
      : options_(options), first_(text.data()), last_(text.data() + text.size()), next_(first_ + step()) {}
  RANKWISE_ALWAYS_INLINE void at(char const* p) {
    if (p >= next_) [[unlikely]] {
      next_ = p + (static_cast<std::size_t>(last_ - p) < every ? static_cast<std::size_t>(last_ - p) + 1 : every);
      if (options_.progress != nullptr) {
        options_.progress(options_.context, static_cast<std::size_t>(p - first_),
                          static_cast<std::size_t>(last_ - first_));
      }
    }
  }
  RANKWISE_ALWAYS_INLINE void done() const {
    if (options_.progress != nullptr) {
      auto const size = static_cast<std::size_t>(last_ - first_);
      options_.progress(options_.context, size, size);
    }
  }

private:
  static constexpr std::size_t every = std::size_t{1} << 26;
  RANKWISE_ALWAYS_INLINE std::size_t step() const {
    auto const size = static_cast<std::size_t>(last_ - first_);
    return size < every ? size : every;
  }

  read_options const& options_;
  char const* first_;
  char const* last_;
  char const* next_;
};

/// Hands a failed status to the policy, naming the file if there is one.
template <class Isa>
bool passed(status const& s, char const* source, on_error const& errors) {
  if (s.ok() || source == nullptr) {
    return rankwise::detail::passed(s, errors);
  }
  rankwise::detail::deliver(s, source, errors);
  return false;
}

} // namespace detail
} // namespace rankwise::inline RANKWISE_ABI::io

#endif
