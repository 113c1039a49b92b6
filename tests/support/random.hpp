#ifndef RANKWISE_TESTS_SUPPORT_RANDOM_HPP
#define RANKWISE_TESTS_SUPPORT_RANDOM_HPP

#include <cstddef>
#include <cstdint>
#include <vector>

namespace support {

/// splitmix64: the same numbers on every standard library, which std::uniform_real_distribution does not promise.
class random {
public:
  explicit random(std::uint64_t seed = 1) : state_{seed} {}

  std::uint64_t bits() {
    state_ += 0x9e3779b97f4a7c15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  /// In [0, 1).
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }

  /// In [0, n).
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(uniform() * static_cast<double>(n)); }

  template <class T>
  std::vector<T> uniforms(std::size_t n, double low, double high) {
    std::vector<T> out(n);
    for (T& x : out) {
      x = static_cast<T>(uniform(low, high));
    }
    return out;
  }

  template <class T>
  std::vector<T> grades(std::size_t n, std::size_t count) {
    std::vector<T> out(n);
    for (T& x : out) {
      x = static_cast<T>(below(count));
    }
    return out;
  }

  /// Offsets of lists of random sizes in [smallest, largest]: 0, ..., number of items.
  template <class I = std::size_t>
  std::vector<I> offsets(std::size_t lists, std::size_t smallest, std::size_t largest) {
    std::vector<I> out{I{0}};
    for (std::size_t i = 0; i < lists; ++i) {
      out.push_back(static_cast<I>(out.back() + static_cast<I>(smallest + below(largest - smallest + 1))));
    }
    return out;
  }

  template <class T>
  void shuffle(std::vector<T>& v) {
    for (std::size_t i = v.size(); i > 1; --i) {
      T const x = v[i - 1];
      std::size_t const j = below(i);
      v[i - 1] = v[j];
      v[j] = x;
    }
  }

private:
  std::uint64_t state_;
};

} // namespace support

#endif
