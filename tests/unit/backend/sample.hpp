#ifndef RANKWISE_TESTS_UNIT_BACKEND_SAMPLE_HPP
#define RANKWISE_TESTS_UNIT_BACKEND_SAMPLE_HPP

#include <rankwise/label/polarise.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>

#include "support/random.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

/// Items in a few lists, and what one policy of each kind makes of them in std::vector. Other containers must give the
/// same bits.
struct sample {
  static constexpr std::size_t items = 101;

  std::vector<float> scores, labels;
  std::vector<std::size_t> offsets{0, 1, 1, 4, 40, 57, items};
  rankwise::lists<> lists{offsets};

  std::vector<float> polarised = std::vector<float>(items);
  std::vector<float> gradient = polarised;
  double loss = 0;
  double ndcg = 0;

  sample() {
    support::random random(7);
    scores = random.uniforms<float>(items, -1, 2);
    labels = random.grades<float>(items, 4);
    rankwise::apply(rankwise::label::polarise{}, scores, polarised);
    loss = rankwise::loss::softmax{}.gradient(scores, labels, lists, gradient);
    ndcg = rankwise::metric::ndcg<5>{}(scores, labels, lists);
  }

  /// Reads scores and labels from other containers, and writes to `out`.
  template <class Scores, class Labels, class Out>
  void check(Scores const& s, Labels const& y, Out&& out) const {
    CHECK(rankwise::metric::ndcg<5>{}(s, y, lists) == ndcg);
    rankwise::apply(rankwise::label::polarise{}, s, out);
    CHECK(read(out) == polarised);
    CHECK(rankwise::loss::softmax{}.gradient(s, y, lists, out) == loss);
    CHECK(read(out) == gradient);
  }

  template <class Out>
  static std::vector<float> read(Out const& out) {
    auto const column = rankwise::as_column(out);
    std::vector<float> values(column.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = column[i];
    }
    return values;
  }
};

/// Number i of the sample at place i of any container.
template <class From, class To>
void fill(From const& from, To&& to) {
  auto const column = rankwise::as_column(to);
  for (std::size_t i = 0; i < from.size(); ++i) {
    column[i] = from[i];
  }
}

#endif
