// Compiled once per instruction set. The last line is another type in every unit.
#include "kernel.hpp"

#include <rankwise/exec/apply.hpp>
#include <rankwise/label/cut.hpp>
#include <rankwise/label/pipe.hpp>
#include <rankwise/label/polarise.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>

namespace rw = rankwise;

template <class Isa>
void kernels<Isa>::grade(std::span<float const> scores, std::span<float> grades) {
  constexpr auto to_grade = rw::label::polarise{.steepness = 10, .centre = 0.5} | rw::label::cut<3>{0.35, 0.65};
  rw::apply(rw::exec::basic_simd<Isa>{}, to_grade, scores, grades);
}

template <class Isa>
double kernels<Isa>::loss(std::span<float const> scores, std::span<float const> grades,
                          std::span<std::size_t const> offsets, std::span<float> gradient) {
  return rw::loss::softmax{}.gradient(rw::exec::basic_simd<Isa>{}, scores, grades, rw::lists(offsets), gradient);
}

template <class Isa>
double kernels<Isa>::ndcg(std::span<float const> scores, std::span<float const> grades,
                          std::span<std::size_t const> offsets) {
  return rw::metric::ndcg<10>{}(rw::exec::basic_simd<Isa>{}, scores, grades, rw::lists(offsets));
}

template struct kernels<rw::arch::native>;
