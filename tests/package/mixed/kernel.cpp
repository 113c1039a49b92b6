// Compiled once per instruction set: the type of the first argument is another one in every unit.
#include "kernel.hpp"

#include <rankwise/core/dispatch.hpp>
#include <rankwise/exec/apply.hpp>
#include <rankwise/head/binary.hpp>
#include <rankwise/label/clip.hpp>
#include <rankwise/label/cut.hpp>
#include <rankwise/label/pipe.hpp>
#include <rankwise/label/polarise.hpp>
#include <rankwise/loss/lambda.hpp>
#include <rankwise/loss/list_mle.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/diversity.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/regression.hpp>
#include <rankwise/rank/fusion.hpp>
#include <rankwise/rank/top_k.hpp>
#include <rankwise/value/adjust.hpp>
#include <rankwise/value/arithmetic.hpp>
#include <rankwise/value/ranker.hpp>

namespace rw = rankwise;

template <class Isa>
void to_grade::operator()(Isa, std::span<float const> scores, std::span<float> grades) const {
  constexpr auto policy = rw::label::polarise{.steepness = 10, .centre = 0.5} | rw::label::cut<3>{0.35, 0.65};
  rw::apply(rw::exec::basic_simd<Isa>{}, policy, scores, grades);
}

template <class Isa>
double softmax_loss::operator()(Isa, std::span<float const> scores, std::span<float const> grades,
                                std::span<std::size_t const> offsets, std::span<float> gradient) const {
  return rw::loss::softmax{}.gradient(rw::exec::basic_simd<Isa>{}, scores, grades, rw::lists(offsets), gradient);
}

template <class Isa>
double ndcg_at_10::operator()(Isa, std::span<float const> scores, std::span<float const> grades,
                              std::span<std::size_t const> offsets) const {
  return rw::metric::ndcg<10>{}(rw::exec::basic_simd<Isa>{}, scores, grades, rw::lists(offsets));
}

template <class Isa>
double fused_page::operator()(Isa, std::span<float const> scores, std::span<float const> grades,
                              std::span<std::size_t const> offsets, std::span<float> fused) const {
  rw::exec::basic_simd<Isa> const simd;
  rw::fuse(rw::fusion::reciprocal_rank{}, rw::lists(offsets), fused, scores, grades);
  double sum = rw::metric::map<>{}(simd, fused, grades, rw::lists(offsets));
  rw::fuse(rw::fusion::comb_sum<>{}, rw::lists(offsets), fused, scores, grades);
  sum += rw::metric::ndcg<5>{}(simd, fused, grades, rw::lists(offsets));
  sum += rw::metric::alpha_ndcg<5>{}(fused, rw::row_major(grades, 1), rw::lists(offsets));
  rw::storage<double> wide; // in double, orders are sorted by other code
  wide.resize(scores.size());
  std::span<double> const exact(wide.data(), wide.size());
  rw::apply(simd, rw::label::clip{.low = -1e9, .high = 1e9}, fused, exact);
  sum += rw::metric::ndcg<5>{}(simd, exact, grades, rw::lists(offsets));
  sum = rw::dispatch(unchanged{}, sum); // a unit may choose, too
  return sum + rw::metric::mean_squared_error{}(simd, fused, grades, {.mask = grades});
}

template <class Isa>
double ranked_page::operator()(Isa, std::span<float const> logits, std::span<float const> grades,
                               std::span<std::size_t const> offsets, std::span<float> scores,
                               std::span<float> gradient) const {
  rw::exec::basic_simd<Isa> const simd;
  rw::exec::basic_scalar<Isa> const one_by_one;
  rw::lists const lists(offsets);
  constexpr auto click = rw::head::binary<"click">{};
  constexpr auto cart = rw::head::binary<"cart">{};
  constexpr auto by_item = rw::ranker{rw::heads(click, cart), 2 * probability(click) * probability(cart)};
  constexpr auto by_list =
      rw::ranker{rw::heads(click, cart), z_score(probability(click)) + rw::rrf(probability(click), probability(cart))};
  auto const rows = rw::row_major(logits, 2);
  by_item.score(simd, rows, scores);
  double sum = rw::loss::lambda<rw::metric::ndcg<10>>{}.gradient(simd, scores, grades, lists, gradient);
  by_list.score(simd, rows, lists, scores);
  sum += rw::loss::list_mle{}.gradient(simd, scores, grades, lists, gradient);
  auto const page = rw::top_k<3>(simd, scores, lists);
  sum += static_cast<double>(page[0].size());
  // A number at a time: no type of a register names the instruction set.
  by_item.score(one_by_one, rows, scores);
  sum += rw::loss::lambda<rw::metric::ndcg<10>>{}.gradient(one_by_one, scores, grades, lists, gradient);
  sum += rw::loss::softmax{}.gradient(one_by_one, scores, grades, lists, gradient);
  return sum + rw::metric::ndcg<10>{}(one_by_one, scores, grades, lists);
}

using isa = rw::arch::native;
using in = std::span<float const>;
using out = std::span<float>;
using offsets = std::span<std::size_t const>;
template void to_grade::operator()(isa, in, out) const;
template double softmax_loss::operator()(isa, in, in, offsets, out) const;
template double ndcg_at_10::operator()(isa, in, in, offsets) const;
template double fused_page::operator()(isa, in, in, offsets, out) const;
template double ranked_page::operator()(isa, in, in, offsets, out, out) const;
