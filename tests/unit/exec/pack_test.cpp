#include <rankwise/exec/pack.hpp>

#include <doctest/doctest.h>

#include "support/executors.hpp"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace rw = rankwise;

namespace {

// Two pages, of which the second may not be touched.
class guarded {
public:
  guarded() : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
    void* const p = mmap(nullptr, 2 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(p != MAP_FAILED);
    memory_ = static_cast<std::byte*>(p);
    REQUIRE(mprotect(memory_ + page_, page_, PROT_NONE) == 0);
  }
  guarded(guarded const&) = delete;
  guarded& operator=(guarded const&) = delete;
  ~guarded() { munmap(memory_, 2 * page_); }

  /// The last n numbers before the forbidden page.
  template <class T>
  T* last(std::size_t n) const {
    return reinterpret_cast<T*>(memory_ + page_) - n;
  }
  void fill(int byte) const { std::memset(memory_, byte, page_); }
  /// Whether everything before the last `bytes` still holds the fill byte.
  bool untouched_before(std::size_t bytes, int byte) const {
    for (std::size_t i = 0; i + bytes < page_; ++i) {
      if (memory_[i] != static_cast<std::byte>(byte)) {
        return false;
      }
    }
    return true;
  }

private:
  std::size_t page_;
  std::byte* memory_ = nullptr;
};

} // namespace

TEST_CASE_TEMPLATE("the end of a range is neither read nor written beyond", U, float, double, std::int32_t,
                   std::uint8_t, std::int64_t) {
  guarded const memory;
  support::for_each_executor([&](auto executor) {
    auto const check = [&](auto zero) {
      using V = typename decltype(executor)::template vector<decltype(zero)>;
      constexpr std::size_t width = static_cast<std::size_t>(rw::math::lanes<V>);
      for (std::size_t n = 0; n <= 3 * width + 1; ++n) {
        memory.fill(0x5a);
        U* const p = memory.last<U>(n);
        for (std::size_t i = 0; i < n; ++i) {
          p[i] = static_cast<U>(i + 1);
        }
        // Every item once, in order; read, added to and written back.
        std::size_t next = 0;
        rw::for_each_pack<V>(n, [&](auto i) {
          CHECK(i.first == next);
          next += i.live();
          rw::store(p, i, rw::load(static_cast<U const*>(p), i) + V(1));
        });
        CHECK(next == n);
        int wrong = 0;
        for (std::size_t i = 0; i < n; ++i) {
          wrong += p[i] != static_cast<U>(i + 2);
        }
        CHECK(wrong == 0);
        CHECK(memory.untouched_before(n * sizeof(U), 0x5a));
        auto const sum = rw::math::reduce_add(rw::combine_packs<V>(
            n, V(0), [&](auto i) { return rw::load(static_cast<U const*>(p), i) * rw::position(i); }, rw::plus{}));
        double expected = 0;
        for (std::size_t i = 0; i < n; ++i) {
          expected += static_cast<double>(i * (i + 2));
        }
        CHECK(static_cast<double>(sum) == expected);
      }
    };
    check(0.0f);
    check(0.0);
  });
}

TEST_CASE("lanes behind the end do not count, whatever they hold") {
  support::for_each_executor([](auto executor) {
    using V = typename decltype(executor)::template vector<float>;
    for (std::size_t n = 0; n <= 70; ++n) {
      auto const ones = rw::combine_packs<V>(
          n, V(0), [](auto) { return V(1); }, rw::plus{});
      CHECK(rw::math::reduce_add(ones) == static_cast<float>(n));
      auto const best = rw::combine_packs<V>(
          n, V(-1e9f), [](auto i) { return rw::position(i); }, rw::maximum{});
      CHECK(rw::math::reduce_max(best) == (n == 0 ? -1e9f : static_cast<float>(n - 1)));
    }
  });
}

TEST_CASE("storable cuts to the range of an integer") {
  CHECK(rw::storable<std::uint8_t>(300.0f) == 255.0f);
  CHECK(rw::storable<std::int8_t>(-300.0f) == -128.0f);
  CHECK(rw::storable<int>(3e9f) == 2147483520.0f);
  CHECK(rw::storable<float>(3e9f) == 3e9f);
  for (float x : {0.3f, 0.0f, -0.99f, std::nanf("")}) {
    CHECK(rw::storable<bool>(x) == 0.0f);
  }
  CHECK(rw::storable<bool>(1.0f) == 1.0f);
  CHECK(rw::storable<bool>(7.5f) == 1.0f);
  CHECK(rw::storable<bool>(-7.5f) == 0.0f);
}
