#ifndef RANKWISE_TESTS_EVERY_POLICIES_HPP
#define RANKWISE_TESTS_EVERY_POLICIES_HPP

#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/list_auc.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/pairs.hpp>

#include "every/law.hpp"

// Every policy, and which laws it obeys. A new policy is one line here and one name in the list below it.
namespace every {

// Losses of lists.
RANKWISE_EVERY(softmax, shift_invariant | zero_sum | smooth | diagonal, rankwise::loss::softmax{});
RANKWISE_EVERY(cold_softmax, shift_invariant | zero_sum | smooth | diagonal,
               rankwise::loss::softmax{.temperature = 0.4});
#define RANKWISE_EVERY_LOSS every::softmax, every::cold_softmax

// Metrics: values between 0 and 1 for labels that are not negative.
RANKWISE_EVERY(ndcg, always, rankwise::metric::ndcg<>{});
RANKWISE_EVERY(ndcg_at_5, always, rankwise::metric::ndcg<5, rankwise::gain::linear, rankwise::empty::skip>{});
RANKWISE_EVERY(map_at_5, always, rankwise::metric::map<5, rankwise::denominator::capped>{});
RANKWISE_EVERY(recall_at_3, always, rankwise::metric::recall<3, rankwise::ties::expected, rankwise::empty::skip>{});
RANKWISE_EVERY(ordered_pairs, always, rankwise::metric::ordered_pairs<rankwise::ties::pessimistic>{});
RANKWISE_EVERY(list_auc_at_4, always, rankwise::metric::list_auc<4>{});
#define RANKWISE_EVERY_METRIC                                                                                          \
  every::list_auc_at_4, every::ndcg, every::ndcg_at_5, every::map_at_5, every::recall_at_3, every::ordered_pairs

} // namespace every

#endif
