#include <rankwise/loss/gumbel.hpp>
#include <rankwise/loss/pairwise.hpp>
#include <rankwise/loss/sampled.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>

#include "every/law.hpp"

// Losses over noise. Given the draws, they are as smooth as the loss they draw for.
namespace every {

namespace loss = rankwise::loss;

RANKWISE_EVERY(noisy_softmax, shift_invariant | zero_sum | smooth | diagonal | drawn,
               (loss::gumbel<loss::softmax>{.samples = 3, .seed = 5}));
RANKWISE_EVERY(stochastic_ndcg, shift_invariant | drawn,
               (loss::stochastic_rank<rankwise::metric::ndcg<>>{.samples = 3, .seed = 5}));
// The order that is drawn moves with the scores.
RANKWISE_EVERY(yeti, shift_invariant | zero_sum | drawn, (loss::yeti{.samples = 3, .seed = 5}));
RANKWISE_EVERY(sampled_pairs, shift_invariant | zero_sum | smooth | diagonal | drawn,
               (loss::pairwise<rankwise::pair::logistic, rankwise::pairs::sampled>{.pairs = {.count = 2, .seed = 5}}));
#define RANKWISE_EVERY_LOSS every::noisy_softmax, every::stochastic_ndcg, every::yeti, every::sampled_pairs

} // namespace every

#include "every/loss_laws.hpp"
