// Labels for 100 million scores, in blocks that any machine has memory for: content scores of a language model become
// grades, with an audit of what came out. The first argument is another number of scores.
#include "claim.hpp"

#include <rankwise/rankwise.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace rw = rankwise;

namespace {

// Stands for a file or a queue: scores that crowd at both ends, as those of a language model do.
void next_block(std::vector<float>& content, std::vector<float>& engagement, std::uint64_t block) {
  auto state = static_cast<std::uint32_t>(block * 0x9E3779B9u + 1);
  for (std::size_t i = 0; i < content.size(); ++i) {
    state = state * 1664525u + 1013904223u;
    float const u = static_cast<float>(state >> 8) * 0x1p-24f;
    content[i] = u * u * (3 - 2 * u);
    engagement[i] = static_cast<float>((state >> 4) & 0xFFFF) * 0x1p-16f;
  }
}

} // namespace

int main(int count, char** arguments) {
  std::size_t const total = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 100'000'000;
  //{ pipeline
  constexpr auto polarise = rw::label::polarise{.steepness = 10, .centre = 0.5};
  constexpr auto mix = rw::label::weighted_sum{.content = 0.7, .engagement = 0.3};
  constexpr auto cut = rw::label::cut<4>{0.25, 0.5, 0.75};

  constexpr std::size_t block = std::size_t{1} << 18; // stays in the cache from step to step
  std::vector<float> content(block), engagement(block), label(block);
  std::vector<std::uint8_t> grade(block); // what is kept of a score: a byte
  std::uint64_t mix_of_grades[4] = {};
  //} pipeline
  double reading = 0, labelling = 0;
  std::size_t done = 0;
  for (std::size_t b = 0; done < total; ++b, done += content.size()) {
    content.resize(std::min(block, total - done));
    engagement.resize(content.size());
    label.resize(content.size());
    grade.resize(content.size());
    auto const start = std::chrono::steady_clock::now();
    next_block(content, engagement, b);
    auto const read = std::chrono::steady_clock::now();
    //{ block
    rw::apply(polarise, content, content);      // in place
    rw::apply(mix, content, engagement, label); // content and engagement, one label
    rw::apply(cut, label, grade);               // 0 .. 3, stored as bytes
    for (std::uint8_t const g : grade) {        // the audit: does the mix match production?
      ++mix_of_grades[g];
    }
    //} block
    reading += std::chrono::duration<double>(read - start).count();
    labelling += std::chrono::duration<double>(std::chrono::steady_clock::now() - read).count();
  }
  std::printf("  %zu scores: %.2f s to make them up, %.2f s to label them, %.0f million per second\n", total, reading,
              labelling, static_cast<double>(total) / labelling / 1e6);
  double sum = 0;
  for (std::uint64_t const n : mix_of_grades) {
    std::printf("  %.4f", static_cast<double>(n) / static_cast<double>(total));
    sum += static_cast<double>(n);
  }
  std::printf(" of grades 0 to 3\n");
  claim(sum == static_cast<double>(total), "every score has a grade");

  // The same as one score at a time.
  std::vector<float> x{0.31f}, y(1);
  std::vector<float> const e{0.8f};
  rw::apply(polarise, x, x);
  rw::apply(mix, x, e, y);
  std::vector<std::uint8_t> g(1);
  rw::apply(cut, y, g);
  claim(g[0] == 1 && near(static_cast<double>(y[0]), 0.7 / (1 + std::exp(1.9)) + 0.24, 1e-6), "sigma, mix, cut");
  return broken_claims;
}
