#include <rankwise/loss/approx.hpp>
#include <rankwise/loss/bound.hpp>
#include <rankwise/loss/list_mle.hpp>
#include <rankwise/loss/neural_sort.hpp>
#include <rankwise/loss/pro.hpp>
#include <rankwise/loss/soft_rank.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/mrr.hpp>

#include "every/law.hpp"

// Losses over orders and ranks. The hessians of those that go through ranks are bounds.
namespace every {

namespace loss = rankwise::loss;
namespace metric = rankwise::metric;

RANKWISE_EVERY(listnet, shift_invariant | zero_sum | smooth | diagonal, loss::listnet{});
RANKWISE_EVERY(list_mle, shift_invariant | zero_sum | smooth | diagonal | by_place, loss::list_mle{});
RANKWISE_EVERY(p_list_mle, shift_invariant | zero_sum | smooth | diagonal | by_place, loss::p_list_mle{});
RANKWISE_EVERY(pro, smooth | diagonal | by_place, loss::pro{});
RANKWISE_EVERY(approx_ndcg, shift_invariant | zero_sum | smooth, loss::approx<metric::ndcg<>>{.temperature = 0.8});
RANKWISE_EVERY(approx_mrr, shift_invariant | zero_sum | smooth | kinked, loss::approx<metric::mrr<>>{});
RANKWISE_EVERY(bound_of_dcg, shift_invariant | zero_sum | smooth, loss::bound<metric::dcg<>>{});
RANKWISE_EVERY(neural_sort, shift_invariant | zero_sum | smooth | kinked,
               loss::neural_sort<metric::ndcg<>>{.temperature = 0.7});
RANKWISE_EVERY(neural_ndcg, shift_invariant | zero_sum | smooth | kinked, (loss::neural_sort<metric::ndcg<>, 5>{}));
RANKWISE_EVERY(soft_sort, shift_invariant | zero_sum | smooth | kinked, loss::soft_sort<metric::ndcg<>>{});
RANKWISE_EVERY(soft_rank, shift_invariant | zero_sum | smooth, loss::soft_rank<metric::ndcg<>>{});
#define RANKWISE_EVERY_LOSS                                                                                            \
  every::listnet, every::list_mle, every::p_list_mle, every::pro, every::approx_ndcg, every::approx_mrr,               \
      every::bound_of_dcg, every::neural_sort, every::neural_ndcg, every::soft_sort, every::soft_rank

} // namespace every

#include "every/loss_laws.hpp"
