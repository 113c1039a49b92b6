#include <rankwise/loss/pointwise.hpp>

#include "every/law.hpp"

// Losses of single items.
namespace every {

namespace loss = rankwise::loss;

RANKWISE_EVERY(mse, smooth | diagonal, loss::mse{});
RANKWISE_EVERY(mean_mse, smooth | diagonal, loss::basic_mse<rankwise::reduction::mean_items>{});
RANKWISE_EVERY(bce, smooth | diagonal, loss::bce{});
RANKWISE_EVERY(clipped_bce, smooth | diagonal, loss::basic_bce<rankwise::label_range::clipped>{});
RANKWISE_EVERY(focal, smooth | diagonal, loss::focal{});
RANKWISE_EVERY(poisson, smooth | diagonal | overflows, loss::poisson{});
RANKWISE_EVERY(quantile, smooth, loss::quantile{.level = 0.7});
RANKWISE_EVERY(huber, smooth, loss::huber{.width = 0.8});
#define RANKWISE_EVERY_LOSS                                                                                            \
  every::mse, every::mean_mse, every::bce, every::clipped_bce, every::focal, every::poisson, every::quantile,          \
      every::huber

} // namespace every

#include "every/loss_laws.hpp"
