// Columns and matrices of two-byte floats.
#include "claim.hpp"

#include <rankwise/rankwise.hpp>

#include <cstdint>
#include <limits>
#include <vector>

namespace rw = rankwise;

int main() {
  //{ columns
  // Logits as a model wrote them, in bfloat16: no copy in float is made.
  std::vector<rw::bfloat16> const logits{rw::bfloat16(0.4), rw::bfloat16(-3.0), rw::bfloat16(1.1), rw::bfloat16(-0.5)};
  constexpr auto click = rw::head::binary<"click">{};
  constexpr auto buy = rw::head::binary<"buy">{};
  constexpr auto ranker = rw::ranker{rw::heads(click, buy), probability(click) * probability(buy)};
  std::vector<rw::float16> scores(2);
  ranker.score(rw::row_major(logits, 2), scores); // arithmetic in float, rounded once into float16

  // Bytes of somebody else's become a column by a pointer.
  std::vector<std::uint16_t> const words{0x3c00, 0x4000}; // 1 and 2 in binary16
  auto const* const first = reinterpret_cast<rw::float16 const*>(words.data());
  std::vector<float> doubled(2);
  rw::apply(rw::label::linear{.slope = 2}, rw::column<rw::float16 const>{first, 2}, doubled);
  //} columns
  claim(doubled == std::vector<float>{2, 4}, "two words are two numbers");
  claim(scores[0] < scores[1], "the second item is the better one");

  //{ scalar
  constexpr rw::float16 third(1.0 / 3); // explicit: digits are lost
  constexpr float back = third;         // exact
  static_assert(back == 0.333251953125f);
  static_assert(rw::float16(65520).bits == 0x7c00); // too large: infinity
  static_assert(rw::half_width<rw::bfloat16> && sizeof(rw::bfloat16) == 2);
  //} scalar
  return broken_claims;
}
