#ifndef RANKWISE_TESTS_EVERY_LOSS_LAWS_HPP
#define RANKWISE_TESTS_EVERY_LOSS_LAWS_HPP

#include <doctest/doctest.h>

#include <rankwise/exec/run.hpp>

#include "every/law.hpp"
#include "support/allocations.hpp"
#include "support/problem.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>
#include <vector>

// The laws of a list-wise loss, for the losses in RANKWISE_EVERY_LOSS: define it, then include this file; one unit for
// each family. All cases use the same types, so that every loss is compiled twice: with and without gradients.
namespace rw = rankwise;

namespace {

using column = std::vector<double>;
using problem = support::problem<double>;

struct result {
  double value = 0;
  column gradient;
  column hessian;
};

template <class Loss>
result run(Loss const& loss, problem const& p, column const& scores, rw::options o = {}) {
  result r{0, column(p.items(), 7), column(p.items(), 7)};
  r.value = loss.gradient(scores, p.labels, p.lists(), r.gradient, r.hessian, o);
  return r;
}

/// No two equal scores.
void part_scores(problem& p, double step) {
  for (std::size_t i = 0; i < p.items(); ++i) {
    p.scores[i] += step * static_cast<double>(i % 101);
  }
}

bool near(column const& a, column const& b, double tolerance) {
  return std::equal(a.begin(), a.end(), b.begin(), [&](double x, double y) { return support::near(x, y, tolerance); });
}

} // namespace

TEST_CASE_TEMPLATE("gradients are finite differences of the value, hessians of the gradient", Loss,
                   RANKWISE_EVERY_LOSS) {
  auto const loss = Loss::policy();
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    for (unsigned which = 0; which < problem::combinations; ++which) {
      CAPTURE(seed);
      CAPTURE(which);
      problem p(seed, 6, 9);
      if constexpr ((Loss::laws & every::kinked) != 0) {
        part_scores(p, 0.0137);
      }
      auto const data = loss.prepare(p.labels, p.lists(), p.options(which));
      rw::workspace w;
      column g(p.items());
      column h(p.items());
      column g2(p.items());
      column h2(p.items());
      loss.gradient(p.scores, data, g, h, w);
      for (std::size_t i = 0; i < p.items(); ++i) {
        CAPTURE(i);
        if constexpr ((Loss::laws & every::smooth) != 0) {
          auto const value = [&](column const& s) { return loss.value(s, data, w); };
          CHECK(support::near(g[i], support::difference(value, p.scores, i), 1e-7));
        }
        if constexpr ((Loss::laws & every::diagonal) != 0) {
          auto const slope = [&](column const& s) {
            loss.gradient(s, data, g2, h2, w);
            return g2[i];
          };
          CHECK(support::near(h[i], support::difference(slope, p.scores, i), 1e-7));
        }
      }
    }
  }
}

TEST_CASE_TEMPLATE("shifting the scores of a list changes nothing; its gradients add up to zero", Loss,
                   RANKWISE_EVERY_LOSS) {
  auto const loss = Loss::policy();
  for (unsigned which = 0; which < problem::combinations; ++which) {
    CAPTURE(which);
    problem const p(31, 20, 40);
    result const plain = run(loss, p, p.scores, p.options(which));
    if constexpr ((Loss::laws & every::shift_invariant) != 0) {
      column shifted = p.scores;
      for (std::size_t l = 0; l < p.size(); ++l) {
        for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
          shifted[i] += l % 2 == 0 ? 1000.0 : -3.5;
        }
      }
      result const other = run(loss, p, shifted, p.options(which));
      CHECK(support::near(plain.value, other.value, 1e-11));
      CHECK(near(plain.gradient, other.gradient, 1e-11));
      CHECK(near(plain.hessian, other.hessian, 1e-11));
    }
    if constexpr ((Loss::laws & every::zero_sum) != 0) {
      for (std::size_t l = 0; l < p.size(); ++l) {
        double sum = 0;
        for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
          sum += plain.gradient[i];
        }
        CHECK(std::fabs(sum) < 1e-11);
      }
    }
  }
}

TEST_CASE_TEMPLATE("masked items, items without a score and items left out are the same", Loss, RANKWISE_EVERY_LOSS) {
  auto const loss = Loss::policy();
  problem const p(32, 20, 40);
  result const masked = run(loss, p, p.scores, p.options(7));
  // Without a score.
  column scores = p.scores;
  // Left out.
  problem q = p;
  q.scores.clear();
  q.labels.clear();
  q.item_weights.clear();
  q.offsets = {0};
  std::vector<std::size_t> kept;
  for (std::size_t l = 0; l < p.size(); ++l) {
    for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
      if (p.mask[i] == 0) {
        scores[i] = -std::numeric_limits<double>::infinity();
        CHECK(masked.gradient[i] == 0);
        CHECK(masked.hessian[i] == 0);
      } else {
        kept.push_back(i);
        q.scores.push_back(p.scores[i]);
        q.labels.push_back(p.labels[i]);
        q.item_weights.push_back(p.item_weights[i]);
      }
    }
    q.offsets.push_back(static_cast<int>(kept.size()));
  }
  result const unscored = run(loss, p, scores, p.options(3));
  CHECK(support::near(masked.value, unscored.value, 1e-12));
  CHECK(near(masked.gradient, unscored.gradient, 1e-12));
  CHECK(near(masked.hessian, unscored.hessian, 1e-12));
  if constexpr ((Loss::laws & every::drawn) != 0) {
    return;
  }
  result const dropped = run(loss, q, q.scores, q.options(3));
  CHECK(support::near(masked.value, dropped.value, 1e-12));
  for (std::size_t k = 0; k < kept.size(); ++k) {
    CHECK(support::near(masked.gradient[kept[k]], dropped.gradient[k], 1e-12));
    CHECK(support::near(masked.hessian[kept[k]], dropped.hessian[k], 1e-12));
  }
}

TEST_CASE_TEMPLATE("lists and items may change places", Loss, RANKWISE_EVERY_LOSS) {
  if constexpr ((Loss::laws & every::drawn) != 0) {
    return;
  }
  auto const loss = Loss::policy();
  problem const p(33, 70, 30);
  result const plain = run(loss, p, p.scores, p.options(7));
  problem q = p; // everything backwards
  std::reverse(q.scores.begin(), q.scores.end());
  std::reverse(q.labels.begin(), q.labels.end());
  std::reverse(q.item_weights.begin(), q.item_weights.end());
  std::reverse(q.mask.begin(), q.mask.end());
  std::reverse(q.list_weights.begin(), q.list_weights.end());
  for (std::size_t l = 0; l <= p.size(); ++l) {
    q.offsets[l] = p.offsets.back() - p.offsets[p.size() - l];
  }
  // No two equal scores, lest ties be broken otherwise.
  problem distinct = p;
  part_scores(distinct, 1e-3);
  if constexpr ((Loss::laws & every::by_place) != 0) {
    for (std::size_t i = 0; i < p.items(); ++i) {
      distinct.labels[i] += 1e-3 * static_cast<double>(i % 101);
    }
    q.labels.assign(distinct.labels.rbegin(), distinct.labels.rend());
  }
  q.scores.assign(distinct.scores.rbegin(), distinct.scores.rend());
  result forward = run(loss, distinct, distinct.scores, distinct.options(7));
  result const backward = run(loss, q, q.scores, q.options(7));
  std::reverse(forward.gradient.begin(), forward.gradient.end());
  std::reverse(forward.hessian.begin(), forward.hessian.end());
  CHECK(support::near(forward.value, backward.value, 1e-12));
  CHECK(near(forward.gradient, backward.gradient, 1e-12));
  CHECK(near(forward.hessian, backward.hessian, 1e-12));
  CHECK(plain.value == run(loss, p, p.scores, p.options(7)).value);
}

TEST_CASE_TEMPLATE("hostile lists have defined results and do not touch the others", Loss, RANKWISE_EVERY_LOSS) {
  auto const loss = Loss::policy();
  constexpr double inf = std::numeric_limits<double>::infinity();
  problem p(34, 1, 0);
  p.offsets = {0, 3, 3, 4, 8, 11, 14, 17, 20, 22};
  p.scores = {1, 2, 3, 5, 1, 1, 1, 1, 1e30, -1e30, 0, inf, 1, 2, std::nan(""), 1, 2, -inf, -inf, -inf, 1e-310, -1e-310};
  p.labels = {1, 0, 2, 1, 2, 1, 0, 0, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1};
  std::size_t const lists = p.offsets.size() - 1;
  column per_list(lists);
  rw::status s;
  result const r = run(loss, p, p.scores, {.per_list = per_list, .errors = s});
  CHECK(s.code == rw::errc::not_finite);
  constexpr bool overflows = (Loss::laws & every::overflows) != 0;
  CHECK(s.where == (overflows ? 4 : 5));
  CHECK(s.found == (overflows ? 3 : 2));
  CHECK(std::isfinite(r.value));
  for (std::size_t l = 0; l < lists; ++l) {
    CAPTURE(l);
    bool const without_value = l == 5 || l == 6 || (overflows && l == 4);
    CHECK(std::isfinite(per_list[l]) != without_value);
    for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
      CHECK(std::isfinite(r.gradient[i]));
      CHECK(std::isfinite(r.hessian[i]));
      if (without_value || l == 7) {
        CHECK(r.gradient[i] == 0);
        CHECK(r.hessian[i] == 0);
      }
    }
  }
  CHECK(per_list[1] == per_list[7]); // no items, and none that takes part
  // The first list alone has the same bits.
  problem alone = p;
  alone.offsets = {0, 3};
  alone.labels.resize(3);
  result const first = run(loss, alone, {1, 2, 3});
  CHECK(first.value == per_list[0]);
  CHECK(std::equal(first.gradient.begin(), first.gradient.end(), r.gradient.begin()));
}

TEST_CASE_TEMPLATE("prepared or not, again, and on many threads: the same bits and no allocation", Loss,
                   RANKWISE_EVERY_LOSS) {
  auto const loss = Loss::policy();
  problem const p(35, 200, 30);
  result const once = run(loss, p, p.scores, p.options(7));
  auto const data = loss.prepare(p.labels, p.lists(), p.options(7));
  int failures[4]{};
  auto const work = [&](int& failed) {
    rw::workspace w(loss.workspace_bytes(data));
    column g(p.items());
    column h(p.items());
    for (int round = 0; round < 5; ++round) {
      std::fill(g.begin(), g.end(), 9.0);
      double v = 0;
      failed += support::allocations_of([&] { v = loss.gradient(p.scores, data, g, h, w); }) != 0;
      failed += v != once.value || g != once.gradient || h != once.hessian;
    }
  };
  std::vector<std::thread> threads;
  for (int& f : failures) {
    threads.emplace_back([&work, &f] { work(f); });
  }
  for (auto& t : threads) {
    t.join();
  }
  for (int const f : failures) {
    CHECK(f == 0);
  }
}

TEST_CASE_TEMPLATE("one item at a time, in double, and in float agree", Loss, RANKWISE_EVERY_LOSS) {
  auto const loss = Loss::policy();
  problem const p(36, 30, 70);
  auto const data = loss.prepare(p.labels, p.lists(), p.options(7));
  column g(p.items());
  column h(p.items());
  result const r = run(loss, p, p.scores, p.options(7));
  CHECK(support::near(loss.gradient(rw::exec::scalar{}, p.scores, data, g, h), r.value, 1e-12));
  CHECK(near(g, r.gradient, 1e-12));
  CHECK(near(h, r.hessian, 1e-12));
  std::vector<float> const s(p.scores.begin(), p.scores.end());
  std::vector<float> gf(p.items());
  std::vector<float> hf(p.items());
  CHECK(support::near(loss.gradient(s, data, gf, hf), r.value, 1e-5));
  CHECK(near(column(gf.begin(), gf.end()), r.gradient, 1e-4));
  CHECK(near(column(hf.begin(), hf.end()), r.hessian, 1e-4));
}

#endif
