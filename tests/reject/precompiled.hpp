// What most files of this folder include, read once for each compiler.
#ifndef RANKWISE_TESTS_REJECT_PRECOMPILED_HPP
#define RANKWISE_TESTS_REJECT_PRECOMPILED_HPP

#include "value.hpp"

#include <rankwise/label/polarise.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>

#include <cstddef>
#include <vector>

#endif
