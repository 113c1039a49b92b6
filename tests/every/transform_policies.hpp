#ifndef RANKWISE_TESTS_EVERY_TRANSFORM_POLICIES_HPP
#define RANKWISE_TESTS_EVERY_TRANSFORM_POLICIES_HPP

#include <rankwise/calibrate/affine.hpp>
#include <rankwise/calibrate/beta.hpp>
#include <rankwise/calibrate/isotonic_layer.hpp>
#include <rankwise/calibrate/logit.hpp>
#include <rankwise/calibrate/platt.hpp>
#include <rankwise/calibrate/temperature.hpp>
#include <rankwise/head/class_weights.hpp>
#include <rankwise/head/downsampled.hpp>
#include <rankwise/label/binarise.hpp>
#include <rankwise/label/clip.hpp>
#include <rankwise/label/cut.hpp>
#include <rankwise/label/gain.hpp>
#include <rankwise/label/log.hpp>
#include <rankwise/label/polarise.hpp>
#include <rankwise/label/rank_gauss.hpp>
#include <rankwise/label/smooth.hpp>
#include <rankwise/label/table.hpp>

#include "every/law.hpp"

#include <vector>

// Every element policy of label/, calibrate/ and head/, and what of the laws they keep on [0, 1].
namespace every {

RANKWISE_EVERY(polarise, everywhere | increasing, rankwise::label::polarise{});
RANKWISE_EVERY(fast_polarise, everywhere | increasing, rankwise::fast(rankwise::label::polarise{.steepness = 3}));
RANKWISE_EVERY(polarise_normalised, everywhere | increasing,
               (rankwise::label::polarise_normalised{.steepness = 7, .centre = 0.4}));
RANKWISE_EVERY(cut, everywhere | increasing, (rankwise::label::cut<4>{0.2, 0.5, 0.8}));
RANKWISE_EVERY(binarise, everywhere | increasing, rankwise::label::binarise{.threshold = 0.3});
RANKWISE_EVERY(clip, everywhere | increasing | smooth, (rankwise::label::clip{.low = 0.25, .high = 0.75}));
RANKWISE_EVERY(smooth_label, everywhere | increasing, (rankwise::label::smooth{.epsilon = 0.2, .classes = 4}));
RANKWISE_EVERY(gain, everywhere | increasing, rankwise::label::gain{.base = 3});
RANKWISE_EVERY(linear, everywhere | increasing | smooth, (rankwise::label::linear{.slope = 2, .offset = -1}));
RANKWISE_EVERY(log, increasing, rankwise::label::log{.base = 10});
RANKWISE_EVERY(chain, everywhere | increasing, (rankwise::label::polarise{} | rankwise::label::cut<3>{0.35, 0.65}));
RANKWISE_EVERY(platt, everywhere | increasing | smooth, (rankwise::calibrate::platt{.slope = 3, .intercept = -1}));
RANKWISE_EVERY(affine, everywhere | increasing | smooth, (rankwise::calibrate::affine{.slope = 3, .intercept = -1}));
RANKWISE_EVERY(temperature, everywhere | increasing | smooth, rankwise::calibrate::temperature{2.5});
RANKWISE_EVERY(beta, everywhere | increasing | smooth, (rankwise::calibrate::beta{.a = 0.7, .b = 1.4, .c = 0.1}));
RANKWISE_EVERY(platt_of_log_odds, increasing | smooth,
               (rankwise::calibrate::logit{} | rankwise::calibrate::platt{.slope = 0.5, .intercept = 1}));
RANKWISE_EVERY(undo_sampling, increasing, rankwise::head::undo_sampling{.rate = 0.1});
RANKWISE_EVERY(class_weights, everywhere | increasing, (rankwise::head::class_weights<2>{{1, 2}}));
// What keeps numbers on the heap is no constant.
struct steps {
  static constexpr unsigned laws = everywhere | increasing;
  static auto policy() { return rankwise::label::table<rankwise::between::block>({0.1, 0.4, 0.7}, {-1, 0.5, 2}); }
};
struct lines {
  static constexpr unsigned laws = everywhere | increasing | smooth;
  static auto policy() { return rankwise::label::table<>({0.1, 0.4, 0.4, 0.7}, {-1, 0.5, 0.75, 2}); }
};
struct layer {
  static constexpr unsigned laws = everywhere | increasing | smooth;
  static auto policy() { return rankwise::calibrate::isotonic_layer({0, 0.2, 0.6, 1}); }
};
struct rank_gauss {
  static constexpr unsigned laws = everywhere | increasing;
  static auto policy() { return rankwise::label::fit_rank_gauss(std::vector<double>{0.1, 0.3, 0.35, 0.5, 0.9}); }
};
#define RANKWISE_EVERY_TRANSFORM                                                                                       \
  every::polarise, every::fast_polarise, every::polarise_normalised, every::cut, every::binarise, every::clip,         \
      every::smooth_label, every::gain, every::linear, every::log, every::steps, every::lines, every::chain,           \
      every::platt, every::affine, every::temperature, every::beta, every::platt_of_log_odds, every::layer,            \
      every::undo_sampling, every::class_weights, every::rank_gauss

} // namespace every

#endif
