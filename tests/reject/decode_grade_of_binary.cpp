// The expected grade of a head without grades, as a decoder.
// expect: \[rankwise\] the head does not have what this decoder writes. Of an ordinal head: cumulative
// errors: 1
// control
#include <rankwise/head/binary.hpp>

#include <vector>

namespace rw = rankwise;

void use(std::vector<float> const& z, std::vector<float>& out) {
  constexpr rw::head::binary<"click"> click{};
#if defined(RANKWISE_REJECT_CONTROL)
  click.decode(z, out, rw::decode::probability{});
#else
  click.decode(z, out, rw::decode::expected_grade{});
#endif
}
