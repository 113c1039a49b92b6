#include <rankwise/backend/thrust.hpp>
#include <rankwise/reward/similarity.hpp>

#include "support/random.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

namespace similarity_test {

namespace rw = rankwise;

namespace {

template <class T>
auto on_device(std::vector<T>& numbers, std::size_t rows, std::size_t columns) {
  return rw::matrix<T, rw::layout::row_major, rw::memory::device>{numbers.data(), rows, columns,
                                                                  static_cast<std::ptrdiff_t>(columns), 1};
}

template <class Measure>
void check(Measure measure) {
  std::size_t const queries = 7, documents = 33, width = 19;
  support::random random(12);
  auto q = random.uniforms<float>(queries * width, -1, 1);
  auto d = random.uniforms<float>(documents * width, -1, 1);
  for (std::size_t k = 0; k < width; ++k) {
    d[5 * width + k] = 0; // a document of nothing
  }
  std::vector<float> expected(queries * documents);
  std::vector<float> found(queries * documents, 9);
  rw::reward::similarities(measure, rw::row_major(q.data(), queries, width), rw::row_major(d.data(), documents, width),
                           rw::row_major(expected.data(), queries, documents));
  rw::reward::similarities(measure, on_device(q, queries, width), on_device(d, documents, width),
                           on_device(found, queries, documents));
  for (std::size_t i = 0; i < found.size(); ++i) {
    CAPTURE(i);
    CHECK(found[i] == doctest::Approx(expected[i]).epsilon(1e-5));
  }
  rw::status status;
  rw::reward::similarities(measure, on_device(q, queries, width), on_device(d, documents, width - 1),
                           on_device(found, queries, documents), status);
  CHECK(status.code == rw::errc::wrong_shape);
}

} // namespace

TEST_CASE("similarities in device memory, as in the host's") {
  check(rw::reward::cosine{});
  check(rw::reward::dot{});
}

} // namespace similarity_test
