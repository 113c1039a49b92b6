#ifndef RANKWISE_MATH_MATH_HPP
#define RANKWISE_MATH_MATH_HPP

// Everything of the mathematical layer but the batches, which need xsimd: rankwise/math/batch.hpp.

#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/math/log_product.hpp>
#include <rankwise/math/lse.hpp>
#include <rankwise/math/normal.hpp>
#include <rankwise/math/polynomial.hpp>
#include <rankwise/math/pow.hpp>
#include <rankwise/math/sigmoid.hpp>
#include <rankwise/math/tanh.hpp>
#include <rankwise/math/value.hpp>

#endif
