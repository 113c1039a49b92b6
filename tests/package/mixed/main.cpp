// Built for plain x86-64: runs every instruction set that this processor has, and compares.
#include "kernel.hpp"

#include <rankwise/core/dispatch.hpp>

#include <cmath>
#include <cstdio>
#include <type_traits>
#include <vector>

namespace {

namespace rw = rankwise;
using vector = std::vector<float>;
using indices = std::vector<std::size_t>;

struct outcome {
  vector grades;
  vector gradient;
  double loss;
  double ndcg;
  vector fused;
  double page;
  vector ranked;
  double ranked_page;
};

template <class Run>
outcome run(vector const& scores, indices const& offsets, Run const& call) {
  outcome o{vector(scores.size()), vector(scores.size()), 0, 0, vector(scores.size()), 0, vector(scores.size()), 0};
  call(to_grade{}, scores, o.grades);
  o.loss = call(softmax_loss{}, scores, o.grades, offsets, o.gradient);
  o.ndcg = call(ndcg_at_10{}, scores, o.grades, offsets);
  o.page = call(fused_page{}, scores, o.grades, offsets, o.fused);
  vector logits(scores);
  logits.insert(logits.end(), scores.rbegin(), scores.rend());
  vector slopes(scores.size());
  o.ranked_page = call(ranked_page{}, logits, o.grades, offsets, o.ranked, slopes);
  return o;
}

template <class Isa>
outcome run_on(vector const& scores, indices const& offsets) {
  return run(scores, offsets, [](auto f, auto&... arguments) { return f(Isa{}, arguments...); });
}

bool same(char const* name, outcome const& a, outcome const& b) {
  bool good = std::abs(a.loss - b.loss) <= 1e-5 * std::abs(a.loss) && std::abs(a.ndcg - b.ndcg) < 1e-6 &&
              std::abs(a.page - b.page) < 1e-5 &&
              std::abs(a.ranked_page - b.ranked_page) <= 1e-5 * std::abs(a.ranked_page);
  for (std::size_t i = 0; i < a.grades.size(); ++i) {
    good = good && a.grades[i] == b.grades[i] && std::abs(a.gradient[i] - b.gradient[i]) < 1e-5f &&
           std::abs(a.ranked[i] - b.ranked[i]) < 1e-5f;
  }
  std::printf("%-10s loss %.9g, ndcg %.9g: %s\n", name, b.loss, b.ndcg, good ? "agrees" : "DIFFERS");
  return good;
}

} // namespace

int main() {
  static_assert(std::is_same_v<rw::arch::native, rw::arch::x86_64>, "this unit must stay portable");
  indices const offsets{0, 5, 5, 6, 43, 100};
  vector scores(100);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    scores[i] = static_cast<float>((i * 37) % 101) / 100.0f;
  }
  outcome const base = run_on<rw::arch::x86_64>(scores, offsets);
  bool good = base.loss > 0 && base.ndcg > 0 && base.ndcg <= 1 && same("x86-64", base, base);
  if (rw::arch::available<rw::arch::x86_64_v3>()) {
    good = same("x86-64-v3", base, run_on<rw::arch::x86_64_v3>(scores, offsets)) && good;
  }
  if (rw::arch::available<rw::arch::x86_64_v4>()) {
    good = same("x86-64-v4", base, run_on<rw::arch::x86_64_v4>(scores, offsets)) && good;
  }
  outcome const best = run(scores, offsets, [](auto f, auto&... arguments) { return rw::dispatch(f, arguments...); });
  return same("dispatch", base, best) && good ? 0 : 1;
}
