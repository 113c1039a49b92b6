// The probability of a head with several levels, as a decoder.
// expect: \[rankwise\] the head does not have what this decoder writes
// errors: 1
// control
#include <rankwise/head/ordinal.hpp>

#include <vector>

namespace rw = rankwise;

void use(std::vector<float> const& z, std::vector<float>& out) {
  constexpr rw::head::ordinal<"relevance", 3> relevance{};
#if defined(RANKWISE_REJECT_CONTROL)
  relevance.decode(rw::row_major(z, 2), out, rw::decode::decision{});
#else
  relevance.decode(rw::row_major(z, 2), out, rw::decode::probability{});
#endif
}
