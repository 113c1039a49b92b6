#pragma once
#include <rankwise/core/arch.hpp>

#include <cstddef>
#include <span>

/// A service's own seam: plain spans, and the instruction set as a template argument.
template <class Isa>
struct kernels {
  static void grade(std::span<float const> scores, std::span<float> grades);
  static double loss(std::span<float const> scores, std::span<float const> grades, std::span<std::size_t const> offsets,
                     std::span<float> gradient);
  static double ndcg(std::span<float const> scores, std::span<float const> grades,
                     std::span<std::size_t const> offsets);
};
