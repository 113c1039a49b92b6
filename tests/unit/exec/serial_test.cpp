#include <rankwise/exec/scalar.hpp>
#include <rankwise/exec/serial.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>

namespace rw = rankwise;

namespace {

// A pass as scratch_size sees it; lanes are those of `Vector`.
template <class T, class Vector>
struct pass_of {
  using scalar = T;
  using vector = Vector;
  using scratch = rw::scratch_columns<3, 4>;
};

template <class T>
void columns_keep_within_pages() {
  using size_type = rw::detail::scratch_size_of<pass_of<T, T>>;
  constexpr std::size_t page = 4096;
  for (std::size_t longest = 0; longest < 3000; ++longest) {
    size_type const size(longest);
    CAPTURE(longest);
    bool good = size.stride > longest && size.stride % 16 == 0 &&
                size.bytes() >= size.values() * sizeof(T) + size.indices() * 4;
    auto const within = [](std::size_t begin, std::size_t length) {
      return begin % page + std::min<std::size_t>(length, rw::workspace::page_part) <= page;
    };
    // A worker's memory begins at a multiple of bytes() of a memory that begins at a multiple of 512.
    for (std::size_t worker : {0u, 1u, 7u, 9u}) {
      for (std::size_t base = 0; base < page; base += rw::workspace::page_part) {
        std::size_t const begin = base + worker * size.bytes();
        for (std::size_t column = 0; column < 3; ++column) {
          good = good && within(begin + column * size.stride * sizeof(T), size.stride * sizeof(T));
        }
        for (std::size_t column = 0; column < 4; ++column) {
          good = good && within(begin + size.values() * sizeof(T) + column * size.stride * 4, size.stride * 4);
        }
      }
    }
    if (!good) {
      CHECK(good);
    }
  }
  CHECK(rw::detail::scratch_size_of<pass_of<T, T>>(1024).stride % 1024 !=
        0); // columns do not share their places in pages
}

} // namespace

TEST_CASE("the beginning of a scratch column lies in one page") {
  columns_keep_within_pages<float>();
  columns_keep_within_pages<double>();
}
