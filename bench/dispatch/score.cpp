// Compiled once per instruction set by rankwise_add_dispatch(), and for this machine by native.cpp.
#include "score.hpp"

#include <rankwise/head/binary.hpp>
#include <rankwise/value/combine.hpp>
#include <rankwise/value/outputs.hpp>
#include <rankwise/value/ranker.hpp>

namespace rw = rankwise;

namespace {

constexpr rw::head::binary<"0"> h0{};
constexpr rw::head::binary<"1"> h1{};
constexpr rw::head::binary<"2"> h2{};
constexpr rw::head::binary<"3"> h3{};
constexpr rw::head::binary<"4"> h4{};
constexpr rw::head::binary<"5"> h5{};
constexpr auto model = fast(rw::ranker{
    rw::heads(h0, h1, h2, h3, h4, h5),
    rw::outputs(
        rw::output<"sum">(rw::weighted_sum(0.5, probability(h0), 1, probability(h1), 13.5, probability(h2), -4,
                                           probability(h3), 11, probability(h4), -7, probability(h5))),
        rw::output<"product">(rw::log_linear(0.6, probability(h0), 0.25, probability(h1), 1, probability(h2), 0.4,
                                             probability(h3), 0.8, probability(h4), 0.3, probability(h5))))});

} // namespace

template <class Isa>
void score_two::operator()(Isa, std::span<float const> logits, std::span<float> sum, std::span<float> product) const {
  model.score(rw::exec::basic_simd<Isa>{}, rw::column_major(logits.data(), sum.size(), 6), rw::into(sum, product));
}

template void score_two::operator()(rw::arch::native, std::span<float const>, std::span<float>, std::span<float>) const;
