#include <rankwise/core/workspace.hpp>

#include <doctest/doctest.h>

#include "support/allocations.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <type_traits>
#include <utility>

namespace rw = rankwise;

static_assert(!std::is_copy_constructible_v<rw::workspace> && !std::is_copy_assignable_v<rw::workspace>);
static_assert(std::is_nothrow_move_constructible_v<rw::workspace> && std::is_nothrow_move_assignable_v<rw::workspace>);

namespace {

bool aligned(void const* p) {
  return reinterpret_cast<std::uintptr_t>(p) % rw::workspace::alignment == 0;
}

int alive = 0;
void* take(std::size_t bytes) {
  ++alive;
  return std::malloc(bytes);
}
void give(void* p) {
  --alive;
  std::free(p);
}

} // namespace

TEST_CASE("it grows when it must, and never shrinks") {
  rw::workspace w;
  CHECK(w.size() == 0);
  CHECK(support::allocations_of([&] { w.host(0); }) == 0);
  CHECK(support::allocations_of([&] { CHECK(aligned(w.host(1000))); }) == 1);
  CHECK(w.size() == 1000);
  auto* const before = w.host(1000);
  CHECK(support::allocations_of([&] {
          CHECK(w.host(10) == before);
          CHECK(w.host(1000) == before);
        }) == 0);
  CHECK(support::allocations_of([&] { CHECK(aligned(w.host(1001))); }) == 1);
  CHECK(reinterpret_cast<std::uintptr_t>(w.host(1)) % rw::workspace::page_part == 0);
}

TEST_CASE("sized in advance, it does not allocate later") {
  rw::workspace w(4096);
  CHECK(support::allocations_of([&] { CHECK(aligned(w.host(4096))); }) == 0);
}

TEST_CASE("memory of the caller's") {
  alignas(64) std::array<std::byte, 512> memory;
  for (std::size_t skip : {0u, 1u, 63u, 64u}) {
    rw::workspace w(std::span<std::byte>(memory).subspan(skip));
    std::size_t const usable = 512 - (skip + 63) / 64 * 64;
    CHECK(w.size() == usable);
    CHECK(support::allocations_of([&] {
            CHECK(aligned(w.host(usable)));
            CHECK(w.host(usable) != nullptr);
            CHECK(w.host(usable + 1) == nullptr);
          }) == 0);
  }
  rw::workspace nothing(std::span<std::byte>(memory).subspan(1, 10));
  CHECK(nothing.size() == 0);
  CHECK(nothing.host(1) == nullptr);
  rw::workspace none{std::span<std::byte>{}};
  CHECK(none.host(1) == nullptr);
}

TEST_CASE("it moves") {
  rw::workspace a(100);
  auto* const memory = a.host(100);
  rw::workspace b = std::move(a);
  CHECK(b.host(100) == memory);
  CHECK(a.size() == 0); // NOLINT(bugprone-use-after-move)
  CHECK(a.host(10) != nullptr);
  a = std::move(b);
  CHECK(a.host(100) == memory);
  auto& self = a;
  a = std::move(self);
  CHECK(a.host(100) == memory);
}

TEST_CASE("a workspace that lost its borrowed memory by a move may grow") {
  std::array<std::byte, 256> memory;
  rw::workspace a{std::span<std::byte>(memory)};
  rw::workspace const b = std::move(a);
  CHECK(b.size() != 0);
  CHECK(a.size() == 0); // NOLINT(bugprone-use-after-move)
  CHECK(a.host(10) != nullptr);
}

TEST_CASE("memory of a backend's is given back by the backend's function") {
  {
    rw::workspace w;
    auto* const p = w.device(64, take, give);
    CHECK(p != nullptr);
    CHECK(w.device(10, take, give) == p);
    CHECK(alive == 1);
    w.device(100, take, give);
    CHECK(alive == 1);
    std::array<std::byte, 256> memory;
    rw::workspace borrowed{std::span<std::byte>(memory)};
    borrowed.device(64, take, give);
    CHECK(alive == 2);
    rw::workspace const moved = std::move(borrowed);
    CHECK(alive == 2);
  }
  CHECK(alive == 0);
}

TEST_CASE("memory of one device is never handed out for another") {
  alive = 0;
  {
    rw::workspace w;
    CHECK(w.device(64, take, give, 0, 0) != nullptr);
    CHECK(w.device(32, take, give, 1, 0) != nullptr);
    CHECK(alive == 2);
    auto* const other = w.device(16, take, give, 0, 1); // the 64 bytes of device 0 are given back
    CHECK(alive == 2);
    CHECK(w.device(16, take, give, 0, 1) == other);
    CHECK(w.device(0, take, give, 1, 1) == nullptr);
    CHECK(alive == 1);
  }
  CHECK(alive == 0);
}
