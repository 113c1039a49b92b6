#ifndef RANKWISE_RANKWISE_HPP
#define RANKWISE_RANKWISE_HPP

/// Everything but the backends. Including single headers compiles faster.
#include <rankwise/core/dispatch.hpp>
#include <rankwise/exec/apply.hpp>
#include <rankwise/exec/scalar.hpp>
#include <rankwise/exec/simd.hpp>
#include <rankwise/head/amount.hpp>
#include <rankwise/head/binary.hpp>
#include <rankwise/head/cascade.hpp>
#include <rankwise/head/chain.hpp>
#include <rankwise/head/class_weights.hpp>
#include <rankwise/head/coral.hpp>
#include <rankwise/head/corn.hpp>
#include <rankwise/head/downsampled.hpp>
#include <rankwise/head/emd.hpp>
#include <rankwise/head/fit.hpp>
#include <rankwise/head/focal.hpp>
#include <rankwise/head/heads.hpp>
#include <rankwise/head/input.hpp>
#include <rankwise/head/ordinal.hpp>
#include <rankwise/head/proportional_odds.hpp>
#include <rankwise/head/regression.hpp>
#include <rankwise/head/softmax.hpp>
#include <rankwise/head/threshold.hpp>
#include <rankwise/head/unimodal.hpp>
#include <rankwise/head/with_position.hpp>
#include <rankwise/head/ziln.hpp>
#include <rankwise/label/cut.hpp>
#include <rankwise/label/polarise.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/rank/top_k.hpp>
#include <rankwise/value/combine.hpp>
#include <rankwise/value/explain.hpp>
#include <rankwise/value/gate.hpp>
#include <rankwise/value/ranker.hpp>

#endif
