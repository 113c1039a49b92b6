#ifndef RANKWISE_TRAIN_HELD_OUT_HPP
#define RANKWISE_TRAIN_HELD_OUT_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/core/tensor.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

/// The loss of items that take no part in the training, under the parameters that have been learnt so far: what ends
/// the training of several heads in time.
///
///   train::fit(net, features, lists, rule, make, {.patience = 5},
///              train::held_out(train::objective(relevance, other.grades), other_features));
namespace rankwise::inline RANKWISE_ABI::train {

namespace detail {

/// `isa` keeps the loops of units with different flags apart.
template <class Isa, class HeldOut, class Learning, class Z>
double loss_as_learnt(HeldOut& held_out, Learning& learning, Z const& z, storage<double>& parameters,
                      storage<float>& derivatives) {
  std::size_t count = 0;
  learning.for_each_state([&count](double const&) { ++count; });
  if (parameters.size() != count) {
    parameters.resize(count);
  }
  std::size_t next = 0;
  learning.for_each_state([&](double const& p) { parameters[next++] = p; });
  next = 0;
  held_out.for_each_state([&](double& p) {
    if (next < count) {
      p = parameters[next++];
    }
  });
  std::size_t const numbers = z.rows * HeldOut::outputs;
  if (derivatives.size() != 2 * numbers) {
    derivatives.resize(2 * numbers);
  }
  return held_out.derive(z, row_major(derivatives.data(), z.rows, HeldOut::outputs),
                         row_major(derivatives.data() + numbers, z.rows, HeldOut::outputs));
}

} // namespace detail

/// A judge of `fit`: minus the loss, so that larger is better.
template <class Objective, class Rows, class Isa = arch::native>
class held_out_judge {
public:
  held_out_judge(Objective objective, Rows const& features) : objective_(std::move(objective)), features_(features) {}

  template <class Net, class Learning>
  double operator()(Net const& net, Learning& learning) {
    if (logits_.size() != features_.rows * Objective::outputs) {
      logits_.resize(features_.rows * Objective::outputs);
    }
    auto const z = row_major(logits_.data(), features_.rows, Objective::outputs);
    net.logits(features_, z);
    return -detail::loss_as_learnt<Isa>(objective_, learning, z, parameters_, derivatives_);
  }

private:
  Objective objective_;
  Rows features_;
  storage<float> logits_, derivatives_;
  storage<double> parameters_;
};

/// `objective` is that of the items whose features these are; the features have to outlive the training.
template <class Objective, class Features>
auto held_out(Objective objective, Features const& features) {
  auto const rows = as_matrix(features);
  return held_out_judge<Objective, std::remove_const_t<decltype(rows)>>(std::move(objective), rows);
}

} // namespace rankwise::inline RANKWISE_ABI::train

#endif
