#ifndef RANKWISE_BENCH_GPU_MODEL_HPP
#define RANKWISE_BENCH_GPU_MODEL_HPP

#include <rankwise/head/binary.hpp>
#include <rankwise/head/ordinal.hpp>
#include <rankwise/value/ranker.hpp>

namespace gpu {

namespace rw = rankwise;

/// Seven logits, one score. host::scored and torch_twin.py say the same.
inline auto ranker() {
  constexpr rw::head::ordinal<"relevance", 3> relevance{};
  constexpr rw::head::binary<"click"> click{};
  constexpr rw::head::binary<"purchase"> purchase{};
  constexpr rw::head::binary<"cart"> cart{};
  constexpr rw::head::binary<"favourite"> favourite{};
  constexpr rw::head::binary<"share"> share{};
  return rw::make_ranker(rw::heads(relevance, click, purchase, cart, favourite, share),
                         rw::weight<"relevance">(0.6) * expected_grade(relevance) +
                             rw::weight<"purchase">(2) * probability(click) * probability(purchase) +
                             rw::weight<"cart">(0.3) * probability(cart) +
                             rw::weight<"favourite">(0.1) * probability(favourite) +
                             rw::weight<"share">(0.2) * probability(share));
}

} // namespace gpu

#endif
