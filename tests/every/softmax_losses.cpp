#include <rankwise/loss/circle.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/loss/softmax_variants.hpp>
#include <rankwise/loss/unique_softmax.hpp>

#include "every/law.hpp"

// The softmax and its relatives.
namespace every {

namespace loss = rankwise::loss;

RANKWISE_EVERY(softmax, shift_invariant | zero_sum | smooth | diagonal, loss::softmax{});
RANKWISE_EVERY(cold_softmax, shift_invariant | zero_sum | smooth | diagonal, loss::softmax{.temperature = 0.4});
RANKWISE_EVERY(poly1_softmax, shift_invariant | zero_sum | smooth | diagonal, loss::poly1_softmax{.epsilon = 0.7});
RANKWISE_EVERY(calibrated_softmax, smooth | diagonal, loss::calibrated_softmax{});
RANKWISE_EVERY(info_nce, shift_invariant | zero_sum | smooth | diagonal, loss::info_nce{.temperature = 0.5});
RANKWISE_EVERY(multi_positive, shift_invariant | zero_sum | smooth | diagonal, loss::multi_positive{});
RANKWISE_EVERY(unique_softmax, shift_invariant | zero_sum | smooth | diagonal, loss::unique_softmax{});
RANKWISE_EVERY(xendcg, shift_invariant | zero_sum | smooth | diagonal | drawn, loss::xendcg{.seed = 3});
// Its paces are constants to the derivatives: tests/unit/loss/circle_test.cpp holds them still.
RANKWISE_EVERY(circle, always, loss::circle{.gamma = 2});
#define RANKWISE_EVERY_LOSS                                                                                            \
  every::softmax, every::cold_softmax, every::poly1_softmax, every::calibrated_softmax, every::info_nce,               \
      every::multi_positive, every::unique_softmax, every::xendcg, every::circle

} // namespace every

#include "every/loss_laws.hpp"
