#ifndef RANKWISE_TESTS_EVERY_POLICIES_HPP
#define RANKWISE_TESTS_EVERY_POLICIES_HPP

#include <rankwise/label/cut.hpp>
#include <rankwise/label/polarise.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>

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
#define RANKWISE_EVERY_METRIC every::ndcg, every::ndcg_at_5

// Element-wise transforms.
RANKWISE_EVERY(polarise, always, rankwise::label::polarise{});
RANKWISE_EVERY(polarise_normalised, always, (rankwise::label::polarise_normalised{.steepness = 7, .centre = 0.4}));
RANKWISE_EVERY(cut, always, (rankwise::label::cut<4>{0.2, 0.5, 0.8}));
RANKWISE_EVERY(chain, always, (rankwise::label::polarise{} | rankwise::label::cut<3>{0.35, 0.65}));
#define RANKWISE_EVERY_TRANSFORM every::polarise, every::polarise_normalised, every::cut, every::chain

} // namespace every

#endif
