// The threaded executor.
// component: parallel
#include "claim.hpp"

#include <rankwise/backend/parallel.hpp>
#include <rankwise/loss/softmax.hpp>

#include <vector>

namespace rw = rankwise;

int main() {
  std::vector<float> scores(5000), labels(5000), one(5000), four(5000);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    scores[i] = static_cast<float>(i * 37 % 101) / 25.0f;
    labels[i] = static_cast<float>(i % 7 == 0);
  }
  //{ parallel
  auto const lists = rw::lists<>::uniform(250, 20);
  constexpr auto loss = rw::loss::softmax{};
  constexpr auto threads = rw::exec::parallel{.threads = 4}; // 0, the default: as many as the arena has
  auto const data = loss.prepare(threads, labels, lists);
  rw::workspace memory(loss.workspace_bytes(threads, data)); // scratch for every thread
  double const a = loss.gradient(threads, scores, data, four, memory);
  double const b = loss.gradient(rw::exec::simd{}, scores, data, one);
  //} parallel
  std::printf("four threads %.17g, one thread %.17g\n", a, b);
  claim(near(a, b, 0) && one == four, "the same bits for any number of threads");
  return broken_claims;
}
