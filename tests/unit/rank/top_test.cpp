#include <rankwise/rank/top.hpp>

#include <doctest/doctest.h>

#include "support/executors.hpp"
#include "support/random.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

namespace rw = rankwise;

namespace {

// Scratch between canaries.
template <class T>
struct scratch_memory {
  static constexpr std::size_t guard = 64;
  std::size_t stride;
  std::vector<T> values;
  std::vector<std::uint32_t> indices;

  // As the executors make it: whole cache lines, and room for one register behind the list.
  scratch_memory(std::size_t n, std::size_t lanes)
      : stride((n + lanes + 15) / 16 * 16), values(rw::rank::top_scratch::values * stride + 2 * guard, T(-7)),
        indices(rw::rank::top_scratch::indices * stride + 2 * guard, 777u) {}
  rw::list_scratch<T> view() { return {values.data() + guard, indices.data() + guard, stride}; }
  bool intact() const {
    auto const is_guard = [](auto x) { return x == T(-7); };
    auto const is_index_guard = [](std::uint32_t x) { return x == 777u; };
    return std::all_of(values.begin(), values.begin() + guard, is_guard) &&
           std::all_of(values.end() - guard, values.end(), is_guard) &&
           std::all_of(indices.begin(), indices.begin() + guard, is_index_guard) &&
           std::all_of(indices.end() - guard, indices.end(), is_index_guard);
  }
};

template <class T>
std::vector<std::uint32_t> expected_top(std::vector<T> const& keys, std::vector<std::uint8_t> const& mask,
                                        std::size_t k) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < keys.size(); ++i) {
    if ((mask.empty() || mask[i] != 0) && keys[i] > -std::numeric_limits<T>::infinity()) {
      order.push_back(i);
    }
  }
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return keys[a] > keys[b]; });
  order.resize(std::min(k, order.size()));
  return order;
}

template <class V, class T>
bool right(std::vector<T> const& keys, std::vector<std::uint8_t> const& mask, std::size_t k) {
  using inputs = rw::list_inputs<T const*, T, int>;
  inputs const in{keys.data(), keys.data(), nullptr, mask.empty() ? nullptr : mask.data(), nullptr};
  scratch_memory<T> memory(keys.size(), static_cast<std::size_t>(rw::math::lanes<V>));
  bool const has_masked =
      !mask.empty() || std::count(keys.begin(), keys.end(), -std::numeric_limits<T>::infinity()) != 0;
  rw::list_outputs<> const none{};
  rw::list_view<V, inputs, rw::list_outputs<>> const list(in, none, memory.view(), 0, 0, keys.size(), has_masked);
  std::size_t const count = rw::rank::top(list, k, [&](auto i) { return list.score(i); });
  auto const expected = expected_top(keys, mask, k);
  auto const found = [&](std::size_t n) {
    return n == expected.size() && std::equal(expected.begin(), expected.end(), list.template indices<0>()) &&
           memory.intact();
  };
  return found(count) && found(rw::rank::top(list, k));
}

} // namespace

TEST_CASE_TEMPLATE("the same items in the same order as a stable sort", T, float, double) {
  support::for_each_executor([](auto executor) {
    using V = typename decltype(executor)::template vector<T>;
    CAPTURE(rw::math::lanes<V>);
    support::random r{17};
    std::vector<std::size_t> const ks{1,  2,  4,  10, 15, 16,  17,   31,
                                      32, 33, 63, 64, 65, 100, 1000, static_cast<std::size_t>(-1)};
    std::vector<std::size_t> sizes{0, 1, 2, 3, 31, 32, 33, 63, 64, 65, 66, 127, 128, 129, 255, 256, 257, 300, 700};
    for (int more = 0; more < 8; ++more) {
      sizes.push_back(r.below(400));
    }
    for (std::size_t n : sizes) {
      // Few different keys make many ties, many make few; sorted lists both ways are the worst for some methods.
      for (std::size_t distinct : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{100000}}) {
        auto keys = r.grades<T>(n, distinct);
        std::vector<std::uint8_t> mask(n);
        for (auto& m : mask) {
          m = r.below(3) == 0 ? 0 : 200;
        }
        for (int shape = 0; shape < 5; ++shape) {
          if (shape == 1) {
            std::sort(keys.begin(), keys.end());
          } else if (shape == 2) {
            std::reverse(keys.begin(), keys.end());
          } else if (shape == 3) {
            for (std::size_t i = 0; i < n; i += 3) {
              keys[i] = -std::numeric_limits<T>::infinity();
            }
          } else if (shape == 4) {
            std::fill(keys.begin(), keys.end(), -std::numeric_limits<T>::infinity());
          }
          for (std::size_t k : ks) {
            bool const good = right<V>(keys, {}, k) && right<V>(keys, mask, k);
            if (!good) {
              CAPTURE(n);
              CAPTURE(k);
              CAPTURE(distinct);
              CAPTURE(shape);
              CHECK(good);
            }
          }
        }
      }
    }
    CHECK(right<V>(std::vector<T>(100, T(1)), {}, 10));
  });
}

TEST_CASE("keys that agree in all leading bits, whatever the order") {
  support::for_each_executor([](auto executor) {
    using V = typename decltype(executor)::template vector<double>;
    support::random r{3};
    for (std::size_t n : {500u, 3000u}) {
      CAPTURE(n);
      std::vector<double> keys(n);
      for (std::size_t i = 0; i < n; ++i) {
        keys[i] = 1 + static_cast<double>(i) * 1e-13; // the worst order for what repairs a few
      }
      keys[n / 2] = 1e300;
      keys[n / 3] = -1e300;
      CHECK(right<V>(keys, {}, n));
      r.shuffle(keys);
      CHECK(right<V>(keys, {}, n));
      for (double& k : keys) {
        k = r.uniform(-1, 1);
      }
      CHECK(right<V>(keys, {}, n));
      std::vector<std::uint8_t> mask(n);
      for (auto& m : mask) {
        m = r.below(3) == 0 ? 0 : 1;
      }
      CHECK(right<V>(keys, mask, n));
    }
  });
}

TEST_CASE("extreme keys") {
  float const big = std::numeric_limits<float>::max();
  float const tiny = std::numeric_limits<float>::denorm_min();
  support::for_each_executor([&](auto executor) {
    using V = typename decltype(executor)::template vector<float>;
    for (std::size_t n : {5u, 70u, 300u}) {
      std::vector<float> keys;
      float const some[]{-big, big, tiny, -tiny, 0.0f, -0.0f, big, -big, 1.0f};
      for (std::size_t i = 0; i < n; ++i) {
        keys.push_back(some[i % 9]);
      }
      for (std::size_t k : {1u, 5u, 40u, 400u}) {
        CHECK(right<V>(keys, {}, k));
      }
    }
  });
}

TEST_CASE("the best of none") {
  support::for_each_executor([](auto executor) {
    using V = typename decltype(executor)::template vector<float>;
    CHECK(right<V>(std::vector<float>(100, 1.0f), {}, 0));
    CHECK(right<V>(std::vector<float>(3, 1.0f), {}, 0));
  });
}
