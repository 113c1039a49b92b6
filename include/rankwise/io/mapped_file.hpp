#ifndef RANKWISE_IO_MAPPED_FILE_HPP
#define RANKWISE_IO_MAPPED_FILE_HPP

#include <rankwise/core/config.hpp>
#include <rankwise/core/error.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#if __has_include(<sys/mman.h>) && __has_include(<unistd.h>)
#define RANKWISE_IO_MAPS 1
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#else
#define RANKWISE_IO_MAPS 0
#endif

/// The text of a file, as it lies in the system's memory: no copy, no limit on lines. What cannot be mapped (a pipe, a
/// terminal, a system without mmap) is read.
namespace rankwise::inline RANKWISE_ABI::io {

/// Owns the text. A file that another program shortens while it is mapped ends this one, as with every mapped file.
class mapped_file {
public:
  RANKWISE_HOST_FN mapped_file() = default;

  /// "-" is the standard input, from where it stands to its end. An empty file is no error.
  RANKWISE_ALWAYS_INLINE explicit mapped_file(char const* name, on_error errors = {}) { open(name, errors); }

  RANKWISE_ALWAYS_INLINE mapped_file(mapped_file&& other) noexcept
      : first_(std::exchange(other.first_, nullptr)), size_(std::exchange(other.size_, 0)),
        mapped_(std::exchange(other.mapped_, false)) {}
  RANKWISE_ALWAYS_INLINE mapped_file& operator=(mapped_file&& other) noexcept {
    std::swap(first_, other.first_);
    std::swap(size_, other.size_);
    std::swap(mapped_, other.mapped_);
    return *this;
  }
  mapped_file(mapped_file const&) = delete;
  mapped_file& operator=(mapped_file const&) = delete;
  RANKWISE_HOST_FN ~mapped_file() { release(); }

  /// The same for a file that is there already. False if the text cannot be had, of which the error policy hears.
  RANKWISE_ALWAYS_INLINE bool open(char const* name, on_error errors = {}) {
    release();
    bool const standard_input = name[0] == '-' && name[1] == '\0';
    errno = 0;
    status const s =
        load(standard_input ? nullptr : name)
            ? status{}
            : status{errc::unreadable, "the file cannot be read", status::nowhere, 0, static_cast<std::size_t>(errno)};
    if (s.ok()) {
      return rankwise::detail::passed(s, errors);
    }
    release();
    rankwise::detail::deliver(s, standard_input ? "standard input" : name, errors);
    return false;
  }

  RANKWISE_ALWAYS_INLINE std::string_view text() const { return {first_, size_}; }
  RANKWISE_HOST_FN std::size_t size() const { return size_; }

private:
  RANKWISE_ALWAYS_INLINE bool load(char const* name) {
#if RANKWISE_IO_MAPS
    int const file = name == nullptr ? 0 : ::open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
      return false;
    }
    bool const loaded = map(file) || read_all(file);
    int const reason = errno;
    if (name != nullptr) {
      ::close(file);
    }
    errno = reason;
    return loaded;
#else
    std::FILE* const file = name == nullptr ? stdin : std::fopen(name, "rb");
    if (file == nullptr) {
      return false;
    }
    std::size_t capacity = 0;
    std::size_t got = 0;
    do {
      if (!reserve(capacity)) {
        return false;
      }
      got = std::fread(first_ + size_, 1, capacity - size_, file);
      size_ += got;
    } while (got != 0);
    bool const complete = std::ferror(file) == 0;
    if (name != nullptr) {
      std::fclose(file);
    }
    return complete;
#endif
  }

  // Room for at least one more byte.
  RANKWISE_ALWAYS_INLINE bool reserve(std::size_t& capacity) {
    if (size_ < capacity) {
      return true;
    }
    capacity = capacity == 0 ? std::size_t{1} << 16 : 2 * capacity;
    auto* const grown = static_cast<char*>(std::realloc(first_, capacity));
    if (grown == nullptr) {
      return false;
    }
    first_ = grown;
    return true;
  }

#if RANKWISE_IO_MAPS
  RANKWISE_ALWAYS_INLINE bool map(int file) {
    struct stat about {};
    if (::fstat(file, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size <= 0) {
      return false;
    }
    if (::lseek(file, 0, SEEK_CUR) != 0) { // others have read from the standard input: the rest is ours
      return false;
    }
    auto const size = static_cast<std::size_t>(about.st_size);
    int flags = MAP_PRIVATE;
#if defined(MAP_POPULATE)
    flags |= MAP_POPULATE; // one call instead of a fault for every few pages
#endif
    void* const at = ::mmap(nullptr, size, PROT_READ, flags, file, 0);
    if (at == MAP_FAILED) {
      return false;
    }
    ::lseek(file, about.st_size, SEEK_SET); // who reads next finds what reading would have left
    first_ = static_cast<char*>(at);
    size_ = size;
    mapped_ = true;
    return true;
  }

  RANKWISE_ALWAYS_INLINE bool read_all(int file) {
    std::size_t capacity = 0;
    while (true) {
      if (!reserve(capacity)) {
        return false;
      }
      ssize_t const got = ::read(file, first_ + size_, capacity - size_);
      if (got == 0) {
        return true;
      }
      if (got > 0) {
        size_ += static_cast<std::size_t>(got);
      } else if (errno != EINTR) {
        return false;
      }
    }
  }
#endif

  RANKWISE_HOST_FN void release() {
#if RANKWISE_IO_MAPS
    if (mapped_) {
      ::munmap(first_, size_);
      first_ = nullptr;
      mapped_ = false;
    }
#endif
    std::free(first_);
    first_ = nullptr;
    size_ = 0;
  }

  char* first_ = nullptr;
  std::size_t size_ = 0;
  bool mapped_ = false;
};

namespace detail {

/// What is made of a file keeps its text: `adopt<Isa>(file, source, options)` takes both, `fill<Isa>(text, source,
/// options)` a text of the caller's.
template <class Isa, class Table, class Options>
Table read_table(std::string const& file, Options const& options, on_error errors) {
  mapped_file mapped;
  Table table;
  if (mapped.open(file.c_str(), errors)) {
    table.template adopt<Isa>(std::move(mapped), file.c_str(), options);
  }
  return table;
}
template <class Isa, class Table, class Options>
Table parse_table(std::string_view text, Options const& options) {
  Table table;
  table.template fill<Isa>(text, nullptr, options);
  return table;
}

} // namespace detail
} // namespace rankwise::inline RANKWISE_ABI::io

#endif
