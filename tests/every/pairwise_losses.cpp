#include <rankwise/loss/counting.hpp>
#include <rankwise/loss/lambda.hpp>
#include <rankwise/loss/pairwise.hpp>
#include <rankwise/metric/err.hpp>
#include <rankwise/metric/map.hpp>

#include "every/law.hpp"

namespace every {

namespace rw = rankwise;

RANKWISE_EVERY(ranknet, shift_invariant | zero_sum | smooth | diagonal, rw::loss::ranknet{});
RANKWISE_EVERY(hinge_of_products, shift_invariant | zero_sum | smooth | diagonal,
               (rw::loss::pairwise<rw::pair::hinge, rw::weighting::product, rw::reduction::weighted_mean>{
                   .function = {.margin = 1.37}}));
RANKWISE_EVERY(squares, shift_invariant | zero_sum | smooth | diagonal,
               (rw::loss::pairwise<rw::pair::squared_error, rw::pairs::ordered, rw::reduction::mean_pairs>{}));
RANKWISE_EVERY(counted, shift_invariant | zero_sum | smooth | diagonal,
               (rw::loss::counting<rw::pair::squared_hinge, rw::reduction::mean_pairs>{.function = {.margin = 0.9}}));
// Ranks and weights of pairs are constants to the derivatives: tests/unit/loss/lambda_test.cpp holds them still, and
// has the metrics without a cutoff.
RANKWISE_EVERY(lambda_ndcg_at_5, shift_invariant | zero_sum,
               (rw::loss::lambda<rw::metric::ndcg<5>, rw::reduction::log2_of_slopes, rw::score_gap::divides_weight>{
                   .steepness = 1.5}));

RANKWISE_EVERY(soft_zero_one, shift_invariant | zero_sum | smooth | diagonal,
               (rw::loss::pairwise<rw::pair::soft_zero_one, rw::pairs::ordered_with_self, rw::reduction::sum>{}));
// Weights of items, not of pairs: gradients need not add up to zero.
RANKWISE_EVERY(neighbours, shift_invariant,
               (rw::loss::pairwise<rw::pair::logistic, rw::pairs::neighbours, rw::weighting::item>{}));
RANKWISE_EVERY(hardest, shift_invariant | zero_sum,
               (rw::loss::pairwise<rw::pair::squared_hinge, rw::pairs::hardest, rw::reduction::mean_items>{}));
RANKWISE_EVERY(lambda_map, shift_invariant | zero_sum, (rw::loss::lambda<rw::metric::map<>>{}));
RANKWISE_EVERY(lambda_err, shift_invariant | zero_sum,
               (rw::loss::lambda<rw::metric::err<>, rw::pairs::both_in_top<4>>{}));
#define RANKWISE_EVERY_LOSS                                                                                            \
  every::ranknet, every::hinge_of_products, every::squares, every::counted, every::lambda_ndcg_at_5,                   \
      every::soft_zero_one, every::neighbours, every::hardest, every::lambda_map, every::lambda_err

} // namespace every

#include "every/loss_laws.hpp"
