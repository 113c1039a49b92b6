#ifndef RANKWISE_IO_WRITE_FILE_HPP
#define RANKWISE_IO_WRITE_FILE_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/core/error.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

namespace rankwise::inline RANKWISE_ABI::io {

/// Writes bytes to a file, over what it held. False if not all of them arrived, of which the error policy hears. `Isa`
/// is never given.
template <class Isa = arch::native>
bool write_file(std::string const& file, std::string_view bytes, on_error errors = {}) {
  errno = 0;
  std::FILE* const to = std::fopen(file.c_str(), "wb");
  bool good = to != nullptr && std::fwrite(bytes.data(), 1, bytes.size(), to) == bytes.size();
  good = to != nullptr && std::fclose(to) == 0 && good;
  if (!good) {
    rankwise::detail::deliver({errc::unreadable, "the file", status::nowhere, 0, static_cast<std::size_t>(errno)},
                              file.c_str(), errors);
    return false;
  }
  return rankwise::detail::passed(status{}, errors);
}

} // namespace rankwise::inline RANKWISE_ABI::io

#endif
