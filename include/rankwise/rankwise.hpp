#ifndef RANKWISE_RANKWISE_HPP
#define RANKWISE_RANKWISE_HPP

/// Everything but the backends. Including single headers compiles faster.
#include <rankwise/core/dispatch.hpp>
#include <rankwise/exec/apply.hpp>
#include <rankwise/exec/scalar.hpp>
#include <rankwise/exec/simd.hpp>
#include <rankwise/head/binary.hpp>
#include <rankwise/head/heads.hpp>
#include <rankwise/head/ordinal.hpp>
#include <rankwise/label/cut.hpp>
#include <rankwise/label/polarise.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/rank/top_k.hpp>
#include <rankwise/head/input.hpp>
#include <rankwise/value/combine.hpp>
#include <rankwise/value/explain.hpp>
#include <rankwise/value/gate.hpp>
#include <rankwise/value/ranker.hpp>

#endif
