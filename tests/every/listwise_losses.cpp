#include <rankwise/loss/approx.hpp>
#include <rankwise/loss/list_mle.hpp>
#include <rankwise/loss/softmax.hpp>

#include "every/law.hpp"

// Of each kind of listwise loss, one; the others are tested beside their headers.
namespace every {

RANKWISE_EVERY(listnet, shift_invariant | zero_sum | smooth | diagonal, rankwise::loss::listnet{});
RANKWISE_EVERY(approx_ndcg, shift_invariant | zero_sum | smooth,
               rankwise::loss::approx<rankwise::metric::ndcg<>>{.temperature = 0.8});
#define RANKWISE_EVERY_LOSS every::listnet, every::approx_ndcg

} // namespace every

#include "every/loss_laws.hpp"
