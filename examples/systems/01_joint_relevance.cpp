// Joint relevance and engagement ranking (DoorDash, arXiv 2605.27704): an ordinal head beside engagement heads, scores
// that are linear combinations with weights of the serving time, and the trade-off curve that they draw.
#include "golden.hpp"

#include <rankwise/head/binary.hpp>
#include <rankwise/head/corn.hpp>
#include <rankwise/head/ordinal.hpp>
#include <rankwise/head/proportional_odds.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/value/ranker.hpp>

#include <cmath>
#include <vector>

namespace rw = rankwise;

namespace {

constexpr auto relevance = rw::head::ordinal<"relevance", 3>{};

template <class T>
void heads() {
  numbers<T> const z{1.2, -0.4};
  auto const item = rw::row_major(z, 2);
  numbers<T> p(2), classes(3), grade(1), q(2);
  relevance.decode(item, rw::row_major(p, 2), rw::decode::cumulative{});
  relevance.decode(item, rw::row_major(classes, 3), rw::decode::class_probabilities{});
  relevance.decode(item, grade, rw::decode::expected_grade{});
  golden("P(r >= 1)", p[0], 0.7685247835);
  golden("P(r >= 2)", p[1], 0.4013123399);
  golden("s_rel = p_1 + p_2 = E[r]", grade[0], 1.1698371234);
  golden("P(r = 0)", classes[0], 0.2314752165);
  golden("P(r = 1)", classes[1], 0.3672124436);
  golden("P(r = 2)", classes[2], 0.4013123399);
  double const bce[] = {1.9762977197, 0.7762977197, 1.1762977197};
  double const corn[] = {1.4632824673, 0.7762977197, 1.1762977197};
  constexpr auto chained = rw::head::corn<"relevance", 3>{};
  for (int r = 0; r < 3; ++r) {
    std::vector<int> const grades{r};
    golden("ordinal BCE", relevance.value(item, grades), bce[r]);
    golden("CORN, sum over its tasks", chained.value(item, grades), corn[r]);
    claim(chained.tasks(grades) == (r == 0 ? 1 : 2), "tasks of CORN: rows with r >= k - 1");
  }
  chained.decode(item, rw::row_major(q, 2), rw::decode::cumulative{});
  golden("CORN P(r >= 2)", q[1], 0.3084184791);
  constexpr auto odds = rw::head::proportional_odds<"relevance", 3>{.cuts = rw::head::cuts<2>::at(-0.5, 1.0)};
  odds.decode(numbers<T>{0.7}, rw::row_major(q, 2), rw::decode::cumulative{});
  golden("proportional odds P(r >= 2)", q[1], 0.4255574832);
}

template <class T>
void repair() {
  numbers<T> const crossed{static_cast<T>(std::log(0.40 / 0.60)), static_cast<T>(std::log(0.55 / 0.45))};
  numbers<T> p(2);
  relevance.decode(rw::row_major(crossed, 2), rw::row_major(p, 2), rw::decode::cumulative{});
  golden("repair by the running minimum", p[1], 0.40);
  using pooled = rw::head::repair::pool_adjacent_violators;
  rw::head::ordinal<"relevance", 3, pooled>{}.decode(rw::row_major(crossed, 2), rw::row_major(p, 2),
                                                     rw::decode::cumulative{});
  golden("repair by pooling", p[1], 0.475);
}

// Four stores of one query: relevance and conversion disagree. The weight of relevance sweeps at serving time.
template <class T>
void trade_off() {
  constexpr auto conversion = rw::head::binary<"conversion">{};
  constexpr auto ranker =
      rw::ranker{rw::heads(relevance, conversion), rw::weight<"relevance">(0.0) * expected_grade(relevance) +
                                                       rw::weight<"conversion">(1.0) * probability(conversion)};
  numbers<T> const logits{3, 2, -2, /**/ 2, -1, -1, /**/ -2, -3, 2, /**/ -3, -4, 0};
  std::vector<int> const grades{2, 1, 0, 0}, bought{0, 1, 1, 0};
  auto const query = rw::lists<>::single(4);
  numbers<T> scores(4);
  double first = 0;
  double last = 0;
  std::printf("  weight of relevance   relevance NDCG   conversion NDCG\n");
  for (double const w : {0.0, 0.1, 0.3, 1.0}) {
    auto weights = ranker.weights();
    weights.set<"relevance">(w);
    ranker.score(rw::row_major(logits, ranker.columns), scores, weights);
    last = rw::metric::ndcg<10>{}(scores, grades, query);
    first = w == 0 ? last : first;
    std::printf("  %19.1f %16.3f %17.3f\n", w, last, rw::metric::ndcg<10>{}(scores, bought, query));
  }
  claim(last > first && near(last, 1), "more weight, more relevance");
}

} // namespace

template <class T>
void worked() {
  heads<T>();
  repair<T>();
  trade_off<T>();
}

int main() {
  return in_double_and_float([](auto t) { worked<decltype(t)>(); });
}
