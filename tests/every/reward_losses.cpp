#include <rankwise/reward/kl.hpp>
#include <rankwise/reward/surrogate.hpp>

#include "every/law.hpp"

// The losses over rollouts: labels stand for the log-probabilities of the other policy, item weights for advantages.
namespace every {

RANKWISE_EVERY(k1, smooth | diagonal, rankwise::reward::kl<rankwise::reward::k1>{});
RANKWISE_EVERY(k2, smooth | diagonal, rankwise::reward::kl<rankwise::reward::k2>{});
RANKWISE_EVERY(k3, smooth | diagonal | overflows, rankwise::reward::kl<rankwise::reward::k3>{});
RANKWISE_EVERY(weighted_probability, smooth | diagonal | overflows, rankwise::reward::weighted_probability<>{});
RANKWISE_EVERY(clipped_surrogate, smooth | diagonal, rankwise::reward::clipped_surrogate<>{.low = 0.9, .high = 2});
#define RANKWISE_EVERY_LOSS every::k1, every::k2, every::k3, every::weighted_probability, every::clipped_surrogate

} // namespace every

#include "every/loss_laws.hpp"
