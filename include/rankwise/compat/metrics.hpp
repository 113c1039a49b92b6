#ifndef RANKWISE_COMPAT_METRICS_HPP
#define RANKWISE_COMPAT_METRICS_HPP

#include <rankwise/metric/arp.hpp>
#include <rankwise/metric/bpref.hpp>
#include <rankwise/metric/err.hpp>
#include <rankwise/metric/list_auc.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/mrr.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/pairs.hpp>
#include <rankwise/metric/rbp.hpp>

#include <cstddef>

/// Metrics with the conventions of other libraries, under their names: `compat::xgboost::ndcg<10>` is an object to
/// call. Nothing but types and constants; the table of all of them is docs/compat.md.
namespace rankwise::inline RANKWISE_ABI::compat {

namespace detail {
/// `threshold` for "label > x": the next number.
constexpr double above(double x) {
  return __builtin_bit_cast(double, __builtin_bit_cast(unsigned long long, x) + 1);
}
/// "label > 0", for labels that are normal floats.
inline constexpr double positive = 1.17549435082228751e-38;
} // namespace detail

using metric::all;

/// trec_eval 9. `.ids` are the ranks of the documents' names in their order as bytes. Negative grades count as 0, as in
/// gdeval.
namespace trec_eval {
template <std::size_t K = all>
inline constexpr metric::ndcg<K, gain::floored<gain::linear>, ties::by_id_descending> ndcg{};
template <std::size_t K = all>
inline constexpr metric::map<K, ties::by_id_descending> map{};
template <std::size_t K = all>
inline constexpr metric::mrr<K, ties::by_id_descending> recip_rank{};
template <std::size_t K = all>
inline constexpr metric::precision<K, ties::by_id_descending> precision{};
template <std::size_t K = all>
inline constexpr metric::recall<K, ties::by_id_descending> recall{};
template <std::size_t K = all>
inline constexpr metric::success<K, ties::by_id_descending> success{};
inline constexpr metric::r_precision<ties::by_id_descending> r_precision{};
inline constexpr metric::bpref<ties::by_id_descending> bpref{};
inline constexpr metric::inf_ap<ties::by_id_descending> inf_ap{};
} // namespace trec_eval

/// gdeval.pl of the TREC web tracks. A topic without a grade above 0 has no value, and is left out of the mean.
namespace gdeval {
template <std::size_t K = 20>
inline constexpr metric::ndcg<K, gain::floored<gain::exponential>, ties::by_id_descending, empty::skip> ndcg{};
template <std::size_t K = 20>
inline constexpr metric::err<K, ties::by_id_descending, empty::skip> err{.max_grade = 4};
} // namespace gdeval

/// scikit-learn: ndcg_score, dcg_score and roc_auc_score; `ignoring_ties` is ignore_ties=True, which takes the later
/// item first.
namespace sklearn {
template <std::size_t K = all>
inline constexpr metric::ndcg<K, gain::linear, ties::expected> ndcg{};
template <std::size_t K = all>
inline constexpr metric::dcg<K, gain::linear, ties::expected> dcg{};
template <std::size_t K = all>
inline constexpr metric::ndcg<K, gain::linear, ties::by_id_descending> ndcg_ignoring_ties{};
inline constexpr metric::list_auc<> roc_auc{};
} // namespace sklearn

/// XGBoost 2 and 3. A list without a relevant item counts 1, with a minus behind the metric's name 0. A name without a
/// number has the cutoff 32, lambdarank_num_pair_per_sample; XGBoost 1 has none, `ndcg<all>`.
namespace xgboost {
inline constexpr std::size_t no_number = 32;
template <std::size_t K = no_number>
inline constexpr metric::ndcg<K, empty::one> ndcg{};
template <std::size_t K = no_number>
inline constexpr metric::ndcg<K, empty::zero> ndcg_minus{};
template <std::size_t K = no_number>
inline constexpr metric::map<K, denominator::capped, empty::one> map{.threshold = detail::positive};
template <std::size_t K = no_number>
inline constexpr metric::map<K, denominator::capped, empty::zero> map_minus{.threshold = detail::positive};
template <std::size_t K = all>
inline constexpr metric::precision<K, denominator::retrieved> pre{.threshold = detail::positive};
} // namespace xgboost
namespace xgboost_v3 = xgboost;

/// LightGBM 3 and 4.
namespace lightgbm {
template <std::size_t K = all>
inline constexpr metric::ndcg<K, empty::one> ndcg{};
template <std::size_t K = all>
inline constexpr metric::map<K, denominator::capped, empty::one> map{.threshold = detail::above(0.5)};
} // namespace lightgbm

/// CatBoost 1.2: the least lucky order of equal scores; relevant is more than the border, 0.5.
namespace catboost {
template <std::size_t K = all>
inline constexpr metric::ndcg<K, gain::linear, ties::pessimistic, empty::one> ndcg{};
template <std::size_t K = all>
inline constexpr metric::ndcg<K, gain::exponential, ties::pessimistic, empty::one> ndcg_exp{};
/// Before ties were settled: the mean over their orders.
template <std::size_t K = all>
inline constexpr metric::ndcg<K, gain::linear, ties::expected> ndcg_old{};
template <std::size_t K = all>
inline constexpr metric::dcg<K, gain::linear, ties::pessimistic> dcg{};
template <std::size_t K = all>
inline constexpr metric::mrr<K, ties::pessimistic> mrr{.threshold = detail::above(0.5)};
/// Labels are probabilities to stop.
template <std::size_t K = all>
inline constexpr metric::err<K, gain::linear, ties::pessimistic> err{.max_grade = 1};
template <std::size_t K = all>
inline constexpr metric::map<K, denominator::capped, ties::pessimistic> map{.threshold = detail::above(0.5)};
template <std::size_t K = all>
inline constexpr metric::precision<K, denominator::retrieved, ties::pessimistic> precision{.threshold =
                                                                                               detail::above(0.5)};
template <std::size_t K = all>
inline constexpr metric::recall<K, ties::pessimistic, empty::one> recall{.threshold = detail::above(0.5)};
} // namespace catboost

/// Rax without a random key.
namespace rax {
template <std::size_t K = all>
inline constexpr metric::ndcg<K> ndcg{};
template <std::size_t K = all>
inline constexpr metric::dcg<K> dcg{};
template <std::size_t K = all>
inline constexpr metric::map<K> ap{};
template <std::size_t K = all>
inline constexpr metric::mrr<K> mrr{};
template <std::size_t K = all>
inline constexpr metric::precision<K, denominator::retrieved> precision{};
template <std::size_t K = all>
inline constexpr metric::recall<K> recall{};
} // namespace rax

/// TensorFlow Ranking, which shuffles equal scores; here they keep the order of the list.
namespace tf_ranking {
template <std::size_t K = all>
inline constexpr metric::ndcg<K> ndcg{};
template <std::size_t K = all>
inline constexpr metric::dcg<K> dcg{};
template <std::size_t K = all>
inline constexpr metric::map<K> map{};
template <std::size_t K = all>
inline constexpr metric::mrr<K> mrr{};
template <std::size_t K = all>
inline constexpr metric::precision<K, denominator::retrieved> precision{};
template <std::size_t K = all>
inline constexpr metric::recall<K> recall{};
template <std::size_t K = all>
inline constexpr metric::hit_rate<K> hits{};
inline constexpr metric::arp<> arp{};
inline constexpr metric::ordered_pairs<ties::pessimistic> opa{};
} // namespace tf_ranking
namespace tfr = tf_ranking;

/// ranx. Its sort keeps the order of equal scores up to 15 items only.
namespace ranx {
template <std::size_t K = all>
inline constexpr metric::ndcg<K, gain::linear> ndcg{};
template <std::size_t K = all>
inline constexpr metric::ndcg<K> ndcg_burges{};
template <std::size_t K = all>
inline constexpr metric::dcg<K, gain::linear> dcg{};
template <std::size_t K = all>
inline constexpr metric::dcg<K> dcg_burges{};
template <std::size_t K = all>
inline constexpr metric::map<K> map{};
template <std::size_t K = all>
inline constexpr metric::mrr<K> mrr{};
template <std::size_t K = all>
inline constexpr metric::precision<K> precision{};
template <std::size_t K = all>
inline constexpr metric::recall<K> recall{};
template <std::size_t K = all>
inline constexpr metric::hit_rate<K> hit_rate{};
inline constexpr metric::r_precision<> r_precision{};
inline constexpr metric::bpref<> bpref{};
/// Labels are gains: grades above 1 give values above 1.
inline constexpr metric::rbp<all, gain::linear> rbp{.p = 0.8};
} // namespace ranx

/// torchmetrics.retrieval with the default empty_target_action, "neg". An item with a score of 0 or less counts as not
/// retrieved there; here that is said by `.retrieved`.
namespace torchmetrics {
template <std::size_t K = all>
inline constexpr metric::ndcg<K, gain::linear, ties::expected> ndcg{};
template <std::size_t K = all>
inline constexpr metric::map<K, denominator::found> map{};
template <std::size_t K = all>
inline constexpr metric::mrr<K> mrr{};
template <std::size_t K = all>
inline constexpr metric::precision<K> precision{};
template <std::size_t K = all>
inline constexpr metric::recall<K> recall{};
template <std::size_t K = all>
inline constexpr metric::hit_rate<K> hit_rate{};
inline constexpr metric::r_precision<> r_precision{};
} // namespace torchmetrics

} // namespace rankwise::inline RANKWISE_ABI::compat

#endif
