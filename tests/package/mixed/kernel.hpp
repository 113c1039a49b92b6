#pragma once
#include <cstddef>
#include <span>

// A service's own seam: plain spans, and the instruction set as the first argument.

struct to_grade {
  template <class Isa>
  void operator()(Isa, std::span<float const> scores, std::span<float> grades) const;
};

struct softmax_loss {
  template <class Isa>
  double operator()(Isa, std::span<float const> scores, std::span<float const> grades,
                    std::span<std::size_t const> offsets, std::span<float> gradient) const;
};

struct ndcg_at_10 {
  template <class Isa>
  double operator()(Isa, std::span<float const> scores, std::span<float const> grades,
                    std::span<std::size_t const> offsets) const;
};

struct unchanged {
  template <class Isa>
  double operator()(Isa, double x) const {
    return x;
  }
};

// Many calls: what they have in common is too long to be inlined in all of them.
struct fused_page {
  template <class Isa>
  double operator()(Isa, std::span<float const> scores, std::span<float const> grades,
                    std::span<std::size_t const> offsets, std::span<float> fused) const;
};

// Two logits of every item.
struct ranked_page {
  template <class Isa>
  double operator()(Isa, std::span<float const> logits, std::span<float const> grades,
                    std::span<std::size_t const> offsets, std::span<float> scores, std::span<float> gradient) const;
};
