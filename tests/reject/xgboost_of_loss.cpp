// Trees of XGBoost's for a loss without labels.
// expect: \[rankwise\] a loss needs labels and lists
// errors: 1
// control
#include <rankwise/engine/xgboost.hpp>
#include <rankwise/loss/softmax.hpp>

#include <vector>

namespace rw = rankwise;

auto use(rw::xgboost::data const& features, std::vector<float> const& y, std::vector<int> const& offsets) {
#if defined(RANKWISE_REJECT_CONTROL)
  return rw::xgboost::train(features, rw::train::objective(rw::loss::softmax{}, y, rw::lists(offsets)), {.rounds = 2});
#else
  static_cast<void>(y);
  static_cast<void>(offsets);
  return rw::xgboost::train(features, rw::loss::softmax{}, {.rounds = 2});
#endif
}
