// LLM labels with sigmoid polarisation (Walmart, arXiv 2409.17460). How content and engagement become one label is
// ours.
#include "golden.hpp"

#include <rankwise/label/combine.hpp>
#include <rankwise/label/polarise.hpp>
#include <rankwise/metric/engagement.hpp>
#include <rankwise/metric/ndcg.hpp>

#include <vector>

namespace rw = rankwise;

template <class T>
void worked() {
  numbers<T> const content{0, .25, .5, .75, 1};
  numbers<T> plain(5), normalised(5);
  rw::apply(rw::label::polarise{.steepness = 10, .centre = 0.5}, content, plain);
  rw::apply(rw::label::polarise_normalised{.steepness = 10, .centre = 0.5}, content, normalised);
  double const expected[] = {.0066928509, .0758581800, .5, .9241418200, .9933071491};
  double const stretched[] = {0, .0701037165, .5, .9298962835, 1};
  for (std::size_t i = 0; i < 5; ++i) {
    golden("sigma_{10, 0.5}(c)", plain[i], expected[i]);
    golden("normalised", normalised[i], stretched[i]);
  }

  // Three ways to combine it with engagement.
  numbers<T> const engagement{.9, .1, .8, .3, .2};
  numbers<T> product(5), sum(5), banded(5);
  rw::apply(rw::label::product{}, plain, engagement, product);
  rw::apply(rw::label::weighted_sum{.content = 0.7, .engagement = 0.3}, plain, engagement, sum);
  rw::apply(rw::label::banded{rw::label::cut<3>{0.35, 0.65}}, plain, engagement, banded);
  golden("weighted sum of the middle item", sum[2], 0.7 * 0.5 + 0.3 * 0.8);
  claim(banded[4] > banded[2] && banded[2] > banded[0], "the content's tier first");

  // Too steep a sigmoid ignores engagement.
  numbers<T> steep(5), label(5);
  rw::apply(rw::label::polarise{.steepness = 1000}, content, steep);
  rw::apply(rw::label::product{}, steep, engagement, label);
  claim(label[0] < 1e-9 && label[1] < 1e-9, "steepness 1000: whoever is below the centre has no label left");

  // Content NDCG@10, and add-to-carts among the first 40.
  numbers<T> const scores{.2, .9, .5, .7, .1};
  std::vector<int> const carts{1, 0, 2, 0, 0};
  auto const query = rw::lists<>::single(5);
  golden("ATC@40", rw::metric::engagement<40>{}(scores, carts, query), 3);
  claim(rw::metric::ndcg<10, rw::gain::linear>{}(scores, content, query) < 1, "content NDCG@10 takes float labels");
}

int main() {
  return in_double_and_float([](auto t) { worked<decltype(t)>(); });
}
