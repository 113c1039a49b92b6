// TaoSR-SHE / SRPO (arXiv 2510.07972): rewards of single steps. The formula is ours.
#include "golden.hpp"

#include <rankwise/exec/apply.hpp>
#include <rankwise/reward/filter.hpp>
#include <rankwise/reward/step.hpp>

#include <limits>
#include <vector>

namespace rw = rankwise;

template <class T>
void worked() {
  // Four rollouts of three steps; a person has judged some, a reward model all; the last two stopped after two steps.
  T const no = std::numeric_limits<T>::quiet_NaN();
  numbers<T> const human{1, no, 1, /**/ no, 0, no, /**/ 0, no, no, /**/ no, 1, no};
  numbers<T> const model{.2, 1, .9, /**/ 1, .8, 0, /**/ .7, 0, 9, /**/ 0, .1, 9};
  std::vector<int> const mask{1, 1, 1, /**/ 1, 1, 1, /**/ 1, 1, 0, /**/ 1, 1, 0};
  numbers<T> const criticality{1, 1, 2, /**/ 1, 1, 2, /**/ 1, 1, 2, /**/ 1, 1, 2};
  numbers<T> const outcome{1, 1, 0, 0};
  numbers<T> reward(12), a(12);
  rw::apply(rw::reward::verified_first{}, human, model, reward); // 1 1 1 / 1 0 0 / 0 0 - / 0 1 -
  auto const group = rw::lists<>::single(4);
  rw::reward::step_normalised{.epsilon = 0, .outcome = 0.5}.advantages(rw::row_major(reward, 3), rw::row_major(mask, 3),
                                                                       rw::row_major(criticality, 3), group,
                                                                       rw::row_major(a, 3), {.outcomes = outcome});
  golden("step 1 of rollout 1: (1 - .5) / .5 + .5 x 1", a[0], 1.5);
  golden("step 2 of rollout 2", a[4], -1 + 0.5);
  golden("step 3 of rollout 1, twice as critical", a[2], 2 * 1 + 0.5);
  golden("step 3 of rollout 3, which it has not", a[8], 0);

  // Groups whose verdicts differ, by difficulty.
  std::vector<int> const path{6, 4, 0, 2, /**/ 7, 7, 7, 7}; // the verdicts of a rollout as bits
  auto const groups = rw::lists<>::uniform(2, 4);
  claim(rw::reward::diversity_filter{.paths = 2, .entropy = 1}.groups(path, groups) == std::vector<std::size_t>{0},
        "the second group says four times the same");
  numbers<T> const difficulty{0.5, 0};
  auto const lessons = rw::reward::curriculum(difficulty, numbers<T>{0.25});
  claim(lessons.items == std::vector<std::size_t>{1, 0}, "easy ones first");
}

int main() {
  return in_double_and_float([](auto t) { worked<decltype(t)>(); });
}
