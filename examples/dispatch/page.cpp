//{ definition
// page.cpp: compiled once per instruction set by rankwise_add_dispatch().
#include "page.hpp"

#include <rankwise/rankwise.hpp>

namespace rw = rankwise;

namespace {
constexpr auto click = rw::head::binary<"click">{};
constexpr auto purchase = rw::head::binary<"purchase">{};
constexpr auto ranker = rw::ranker{rw::heads(click, purchase), probability(click) * probability(purchase)};
} // namespace

template <class Isa>
void score_page::operator()(Isa, std::span<float const> logits, std::span<float> scores) const {
  ranker.score(rw::exec::basic_simd<Isa>{}, rw::row_major(logits, ranker.columns), scores);
}

template void score_page::operator()(rw::arch::native, std::span<float const>, std::span<float>) const;
//} definition
