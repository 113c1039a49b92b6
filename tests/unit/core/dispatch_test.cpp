#include <rankwise/core/dispatch.hpp>

#include <doctest/doctest.h>

#include <string>
#include <type_traits>

namespace rw = rankwise;

namespace {

struct level {
  template <class Isa>
  std::string operator()(Isa, std::string const& prefix) const {
    return prefix + std::to_string(Isa::extensions);
  }
};

struct impossible {
  static constexpr unsigned long long extensions = rw::arch::bit::avx512fp16;
};

} // namespace

TEST_CASE("core/dispatch: the first available instruction set is called, with its arguments") {
  std::string const got = rw::dispatch(level{}, std::string("isa "));
  CHECK(got.rfind("isa ", 0) == 0);
#if defined(__x86_64__)
  using rw::arch::available;
  std::string const expected = available<rw::arch::x86_64_v4>()   ? level{}(rw::arch::x86_64_v4{}, "isa ")
                               : available<rw::arch::x86_64_v3>() ? level{}(rw::arch::x86_64_v3{}, "isa ")
                                                                  : level{}(rw::arch::x86_64{}, "isa ");
  CHECK(got == expected);
#endif
}

TEST_CASE("core/dispatch: what the unit runs with is available, what no machine reports is not") {
  CHECK(rw::arch::available<rw::arch::isa<0>>());
  CHECK(!rw::arch::available<impossible>());
#if defined(__x86_64__)
  CHECK(rw::arch::available<rw::arch::x86_64>());
  // Every level holds the ones below it.
  bool const v4 = rw::arch::available<rw::arch::x86_64_v4>();
  bool const v3 = rw::arch::available<rw::arch::x86_64_v3>();
  bool const v2 = rw::arch::available<rw::arch::x86_64_v2>();
  CHECK((!v4 || v3));
  CHECK((!v3 || v2));
#else
  CHECK(!rw::arch::available<rw::arch::x86_64>());
#endif
}

TEST_CASE("core/dispatch: a machine has no instruction set of another kind of machine") {
#if defined(__aarch64__)
  CHECK(rw::arch::available<rw::arch::arm64>());
#else
  CHECK(!rw::arch::available<rw::arch::arm64>());
  CHECK(!rw::arch::available<rw::arch::isa<rw::arch::bit::sve>>());
#endif
}

TEST_CASE("core/dispatch: a list of one's own; the last one is called without a check") {
  using only = rw::arch::list<rw::arch::isa<1ull << 60>>;
  CHECK(rw::dispatch<only>(level{}, std::string()) == std::to_string(1ull << 60));
  using two = rw::arch::list<impossible, rw::arch::isa<0>>;
  CHECK(rw::dispatch<two>(level{}, std::string()) == "0");
}
