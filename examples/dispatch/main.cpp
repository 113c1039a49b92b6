// Built for plain x86-64; runs the best unit that this processor has, and compares it with the portable one.
#include "../claim.hpp"
#include "page.hpp"

#include <rankwise/core/dispatch.hpp>

#include <vector>

namespace rw = rankwise;

int main() {
  std::vector<float> const logits{0.5f, -1.0f, 2.0f, 0.0f, -1.5f, 1.0f};
  std::vector<float> scores(3), portable(3);
  //{ call
  rw::dispatch(score_page{}, std::span<float const>(logits), std::span<float>(scores));
  //} call
  score_page{}(rw::arch::x86_64{}, logits, portable);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    claim(near(static_cast<double>(scores[i]), static_cast<double>(portable[i]), 1e-6), "the best unit agrees");
  }
  claim(near(static_cast<double>(scores[1]), 0.8807970 * 0.5, 1e-6), "sigma(2) sigma(0)");
  claim(rw::arch::available<rw::arch::x86_64>(), "every machine of this kind runs x86_64");
  return broken_claims;
}
