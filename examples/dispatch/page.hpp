#pragma once
//{ declaration
// page.hpp: a function object that takes the instruction set first, and plain spans.
#include <span>

struct score_page {
  template <class Isa>
  void operator()(Isa, std::span<float const> logits, std::span<float> scores) const;
};
//} declaration
