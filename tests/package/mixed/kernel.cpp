// Compiled once per instruction set: the type of the first argument is another one in every unit.
#include "kernel.hpp"

#include <rankwise/core/dispatch.hpp>
#include <rankwise/exec/apply.hpp>
#include <rankwise/label/clip.hpp>
#include <rankwise/label/cut.hpp>
#include <rankwise/label/pipe.hpp>
#include <rankwise/label/polarise.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/diversity.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/regression.hpp>
#include <rankwise/rank/fusion.hpp>

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

using isa = rw::arch::native;
using in = std::span<float const>;
using out = std::span<float>;
using offsets = std::span<std::size_t const>;
template void to_grade::operator()(isa, in, out) const;
template double softmax_loss::operator()(isa, in, in, offsets, out) const;
template double ndcg_at_10::operator()(isa, in, in, offsets) const;
template double fused_page::operator()(isa, in, in, offsets, out) const;
