// Containers and views of xtensor.
// component: xtensor
#include "claim.hpp"

#include <rankwise/backend/xtensor.hpp>
#include <rankwise/rankwise.hpp>

#if __has_include(<xtensor/containers/xtensor.hpp>)
#include <xtensor/containers/xtensor.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>
#endif

#include <cstddef>

namespace rw = rankwise;

int main() {
  constexpr auto click = rw::head::binary<"click">{};
  constexpr auto cart = rw::head::binary<"cart">{};
  constexpr auto ranker = rw::ranker{rw::heads(click, cart), probability(click) * probability(cart)};
  //{ xtensor
  xt::xtensor<float, 2> const logits{{0.5f, -1.0f}, {2.0f, 0.0f}, {-1.5f, 1.0f}};
  xt::xtensor<float, 1> scores = xt::zeros<float>({std::size_t{3}});
  ranker.score(logits, scores);

  xt::xtensor<float, 2> table = logits;
  auto column = xt::view(table, xt::all(), 1); // a column of a row-major tensor: strided
  rw::apply(rw::label::polarise{}, column, column);
  //} xtensor
  claim(near(static_cast<double>(scores(1)), 0.8807970 * 0.5, 1e-6), "sigma(2) sigma(0)");
  claim(near(static_cast<double>(table(1, 1)), 0.0066929, 1e-6) && table(1, 0) == 2, "column 1 was polarised in place");
  return broken_claims;
}
