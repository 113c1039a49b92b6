// Vectors and matrices of Eigen.
// component: eigen
#include "claim.hpp"

#include <rankwise/backend/eigen.hpp>
#include <rankwise/rankwise.hpp>

#include <vector>

namespace rw = rankwise;

int main() {
  constexpr auto click = rw::head::binary<"click">{};
  constexpr auto cart = rw::head::binary<"cart">{};
  constexpr auto ranker = rw::ranker{rw::heads(click, cart), probability(click) * probability(cart)};
  //{ eigen
  Eigen::MatrixXf logits(3, 2); // column-major, as Eigen's are
  logits << 0.5f, -1.0f, 2.0f, 0.0f, -1.5f, 1.0f;
  Eigen::VectorXf scores(3);
  ranker.score(logits, scores);
  Eigen::VectorXf const labels = (scores.array() > 0.3f).cast<float>().matrix(); // evaluate expressions first
  double const ndcg = rw::metric::ndcg<3>{}(scores, labels, rw::lists<>::single(3));

  rw::apply(rw::label::polarise{}, logits.row(1), logits.row(1)); // a row of a column-major matrix: strided
  //} eigen
  claim(near(static_cast<double>(scores[1]), 0.8807970 * 0.5, 1e-6), "sigma(2) sigma(0)");
  claim(near(ndcg, 1), "labels follow the scores");
  claim(near(static_cast<double>(logits(1, 0)), 1, 1e-5) && near(static_cast<double>(logits(1, 1)), 0.0066929, 1e-6),
        "row 1 was polarised in place");
  return broken_claims;
}
