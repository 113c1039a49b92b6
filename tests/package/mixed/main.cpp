// Built for plain x86-64: asks the processor, runs every set it has, and compares.
#include "kernel.hpp"

#include <cmath>
#include <cstdio>
#include <vector>

namespace {

struct outcome {
  std::vector<float> grades;
  std::vector<float> gradient;
  double loss;
  double ndcg;
};

template <class Isa>
outcome run(std::vector<float> const& scores, std::vector<std::size_t> const& offsets) {
  outcome o{std::vector<float>(scores.size()), std::vector<float>(scores.size()), 0, 0};
  kernels<Isa>::grade(scores, o.grades);
  o.loss = kernels<Isa>::loss(scores, o.grades, offsets, o.gradient);
  o.ndcg = kernels<Isa>::ndcg(scores, o.grades, offsets);
  return o;
}

bool same(char const* name, outcome const& a, outcome const& b) {
  bool good = std::abs(a.loss - b.loss) <= 1e-5 * std::abs(a.loss) && std::abs(a.ndcg - b.ndcg) < 1e-6;
  for (std::size_t i = 0; i < a.grades.size(); ++i) {
    good = good && a.grades[i] == b.grades[i] && std::abs(a.gradient[i] - b.gradient[i]) < 1e-5f;
  }
  std::printf("%-10s loss %.9g, ndcg %.9g: %s\n", name, b.loss, b.ndcg, good ? "agrees" : "DIFFERS");
  return good;
}

} // namespace

int main() {
  namespace arch = rankwise::arch;
  static_assert(std::is_same_v<arch::native, arch::x86_64>, "this unit must stay portable");
  std::vector<std::size_t> offsets{0, 5, 5, 6, 43, 100};
  std::vector<float> scores(100);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    scores[i] = static_cast<float>((i * 37) % 101) / 100.0f;
  }
  outcome const base = run<arch::x86_64>(scores, offsets);
  bool good = base.loss > 0 && base.ndcg > 0 && base.ndcg <= 1 && same("x86-64", base, base);
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    good = same("x86-64-v3", base, run<arch::x86_64_v3>(scores, offsets)) && good;
  }
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    good = same("x86-64-v4", base, run<arch::x86_64_v4>(scores, offsets)) && good;
  }
  return good ? 0 : 1;
}
