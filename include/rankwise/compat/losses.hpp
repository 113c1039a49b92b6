#ifndef RANKWISE_COMPAT_LOSSES_HPP
#define RANKWISE_COMPAT_LOSSES_HPP

#include <rankwise/loss/lambda.hpp>
#include <rankwise/loss/pairwise.hpp>

#include <cstddef>

/// The gradients and hessians of other libraries: names for combinations of pieces, and nothing else.
namespace rankwise::inline RANKWISE_ABI::compat {

/// LightGBM 4: pairs with one item among the first `Truncation`, whose ideal is what NDCG is divided by; the discounts
/// of all ranks. `sigmoid` is the member function.steepness. Item weights multiply each item's derivatives.
namespace lightgbm {

template <std::size_t Truncation = 30>
using lambdarank_weight = pair_weight::discounted_gain<gain::exponential, discount::log2, rank::all, Truncation, true>;

/// lambdarank_norm = true, the default.
template <std::size_t Truncation = 30>
using lambdarank = loss::pairwise<pair::logistic, lambdarank_weight<Truncation>, pairs::either_in_top<Truncation>,
                                  weighting::item, reduction::log2_of_slopes, score_gap::divides_weight>;
/// lambdarank_norm = false
template <std::size_t Truncation = 30>
using lambdarank_without_norm =
    loss::pairwise<pair::logistic, lambdarank_weight<Truncation>, pairs::either_in_top<Truncation>, weighting::item>;

} // namespace lightgbm

/// XGBoost 2 and 3 with lambdarank_pair_method = topk: pairs with one item among the first `Pairs`, twice the hessian.
/// XGBoost divides list weights by their mean; here they are taken as they are given.
namespace xgboost {

/// lambdarank_normalization = true and lambdarank_score_normalization = true, the defaults.
template <std::size_t Pairs = 32>
using rank_ndcg =
    loss::pairwise<pair::logistic,
                   pair_weight::discounted_gain<gain::exponential, discount::log2, rank::all, Pairs, true>,
                   pairs::either_in_top<Pairs>, reduction::log2_of_slopes, score_gap::divides_weight, hessian::doubled>;
/// lambdarank_normalization = false
template <std::size_t Pairs = 32>
using rank_ndcg_without_normalization =
    loss::pairwise<pair::logistic,
                   pair_weight::discounted_gain<gain::exponential, discount::log2, rank::all, Pairs, true>,
                   pairs::either_in_top<Pairs>, score_gap::divides_weight, hessian::doubled>;
/// lambdarank_score_normalization = false
template <std::size_t Pairs = 32>
using rank_ndcg_without_score_normalization =
    loss::pairwise<pair::logistic,
                   pair_weight::discounted_gain<gain::exponential, discount::log2, rank::all, Pairs, true>,
                   pairs::either_in_top<Pairs>, reduction::log2_of_slopes, hessian::doubled>;

/// Labels 0 and 1.
template <std::size_t Pairs = 32>
using rank_map =
    loss::pairwise<pair::logistic, pair_weight::average_precision<rank::all, false>, pairs::either_in_top<Pairs>,
                   reduction::log2_of_slopes, score_gap::divides_weight, hessian::doubled>;
template <std::size_t Pairs = 32>
using rank_pairwise = loss::pairwise<pair::logistic, pairs::either_in_top<Pairs>, reduction::log2_of_slopes,
                                     score_gap::divides_weight, hessian::doubled>;

} // namespace xgboost
namespace xgboost_v3 = xgboost;

/// CatBoost's PairLogit over all pairs of a group with different targets: a sum, the diagonal.
namespace catboost {
using pair_logit = loss::pairwise<pair::logistic>;
} // namespace catboost

/// Rax: the mean over the pairs of a list. (Rax's own mean runs over the pairs of a whole batch: add the values of
/// lists with reduction::sum and divide by the number of pairs.)
namespace rax {

template <class Function, class... Pieces>
using mean = loss::pairwise<Function, reduction::mean_pairs, Pieces...>;
using pairwise_hinge = mean<pair::hinge>;
using pairwise_logistic = mean<pair::logistic>;
using pairwise_soft_zero_one = mean<pair::soft_zero_one>;
/// Over all pairs of positions, an item with itself among them.
using pairwise_mse = mean<pair::squared_error, pairs::ordered_with_self>;

/// lambdaweights multiply by the size of the list, masked items included.
template <class Function, class Weight>
using weighted = loss::pairwise<Function, Weight, reduction::mean_pairs_times_size>;
using dcg_lambdaweight = pair_weight::discounted_gain<gain::exponential, discount::log2, rank::all, rank::all, false>;
template <std::size_t Cutoff = rank::all>
using dcg2_lambdaweight = pair_weight::ndcg_loss2<Cutoff, gain::exponential, discount::log2, false>;

} // namespace rax

/// TF-Ranking: the mean over the pairs of a list, weighted by the better item. Its Keras losses divide by the items of
/// the padded list instead: reduction::sum, then a division by rows times columns.
namespace tf_ranking {

template <class Function, class... Pieces>
using mean = loss::pairwise<Function, reduction::weighted_mean, Pieces...>;
using pairwise_hinge = mean<pair::hinge>;
using pairwise_logistic = mean<pair::logistic>;
using pairwise_soft_zero_one = mean<pair::soft_zero_one>;
/// Over all pairs of different positions.
using pairwise_mse = loss::pairwise<pair::squared_error, pairs::ordered, reduction::mean_pairs>;

} // namespace tf_ranking
namespace tfr = tf_ranking;

/// allRank's LambdaLoss with log2, reduction "sum".
namespace allrank {
using ndcg_loss1 = loss::pairwise<pair::logistic_bits, pair_weight::ndcg_loss1<>, pairs::ordered_with_self>;
using ndcg_loss2 = loss::pairwise<pair::logistic_bits, pair_weight::ndcg_loss2<>>;
using ndcg_loss2pp = loss::pairwise<pair::logistic_bits, pair_weight::ndcg_loss2pp<>>;
} // namespace allrank

/// pytorchltr's LambdaLoss; its delta of NDCG-Loss2 is taken one rank further than the paper's.
namespace pytorchltr {
using lambda_arp1 = loss::pairwise<pair::logistic_bits, pair_weight::better_label, pairs::ordered_with_self>;
using lambda_arp2 = loss::pairwise<pair::logistic_bits, pair_weight::label_difference>;
using lambda_ndcg1 = allrank::ndcg_loss1;
using lambda_ndcg2 =
    loss::pairwise<pair::logistic_bits, pair_weight::ndcg_loss2<rank::all, gain::exponential, discount::log2, true, 1>>;
} // namespace pytorchltr

} // namespace rankwise::inline RANKWISE_ABI::compat

#endif
