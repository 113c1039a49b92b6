#include <rankwise/reward/kl.hpp>
#include <rankwise/reward/surrogate.hpp>

#include "every/law.hpp"

// The losses over rollouts: labels stand for the log-probabilities of the other policy, item weights for advantages.
namespace every {

// Not k3: it is infinite, and says so, where a score is 1e30 away from its label.
RANKWISE_EVERY(kl, smooth | diagonal, rankwise::reward::kl<rankwise::reward::k2>{});
RANKWISE_EVERY(clipped_surrogate, smooth | diagonal, rankwise::reward::clipped_surrogate<>{.low = 0.9, .high = 2});
#define RANKWISE_EVERY_LOSS every::kl, every::clipped_surrogate

} // namespace every

#include "every/loss_laws.hpp"
