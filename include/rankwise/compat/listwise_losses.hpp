#ifndef RANKWISE_COMPAT_LISTWISE_LOSSES_HPP
#define RANKWISE_COMPAT_LISTWISE_LOSSES_HPP

#include <rankwise/loss/approx.hpp>
#include <rankwise/loss/bound.hpp>
#include <rankwise/loss/list_mle.hpp>
#include <rankwise/loss/neural_sort.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/loss/softmax_variants.hpp>
#include <rankwise/loss/unique_softmax.hpp>

#include <cstddef>

/// The list-wise losses of other libraries under their names and with their defaults, per list: types and constants,
/// and nothing else. Libraries that take the mean over a batch divide by the number of lists.
namespace rankwise::inline RANKWISE_ABI::compat {

/// Rax: temperatures of 1, labels as they are.
namespace rax {
using softmax = loss::softmax;
using listmle = loss::list_mle;
using poly1_softmax = loss::poly1_softmax;
using unique_softmax = loss::unique_softmax;
/// approx_t12n(metric) and bound_t12n(metric), as losses.
template <class Metric>
using approx_t12n = loss::approx<Metric>;
template <class Metric>
using bound_t12n = loss::bound<Metric>;
} // namespace rax

/// TF-Ranking. The softmax divides labels by their sum; smooth ranks have the temperature 0.1.
namespace tf_ranking {
using softmax = loss::normalised_softmax;
using list_mle = loss::list_mle;
using unique_softmax = loss::unique_softmax;
inline constexpr loss::approx<metric::ndcg<>> approx_ndcg{.temperature = 0.1};
inline constexpr loss::approx<metric::mrr<>> approx_mrr{.temperature = 0.1}; ///< for one relevant item in a list
/// NeuralSortNDCGLoss, also known as PiRank.
using neural_sort_ndcg = loss::neural_sort<metric::ndcg<>>;
} // namespace tf_ranking
namespace tfr = tf_ranking;

/// Keras-RS: ListMLE with `temperature`.
namespace keras_rs {
using list_mle = loss::list_mle;
} // namespace keras_rs

/// allRank: alpha = 1 in approxNDCG, tau = 1 and 50 rounds of Sinkhorn's in neuralNDCG.
namespace allrank {
using list_net = loss::listnet;
using list_mle = loss::list_mle;
using approx_ndcg = loss::approx<metric::ndcg<>>;
template <std::size_t Rounds = 50>
using neural_ndcg = loss::neural_sort<metric::ndcg<>, Rounds>;
} // namespace allrank

/// CatBoost's QuerySoftMax: beta = 1, lambda = 0.01; a beta of its own is {.temperature = 1 / beta, .ridge = lambda}.
/// It reports the value of loss::normalised_softmax.
namespace catboost {
inline constexpr loss::softmax query_soft_max{.ridge = 0.01};
} // namespace catboost

} // namespace rankwise::inline RANKWISE_ABI::compat

#endif
