#ifndef RANKWISE_TRAIN_JRC_HPP
#define RANKWISE_TRAIN_JRC_HPP

#include <rankwise/core/storage.hpp>
#include <rankwise/head/bernoulli.hpp>
#include <rankwise/loss/softmax_variants.hpp>
#include <rankwise/train/multi_task.hpp>

#include <cstddef>

/// Joint optimisation of ranking and calibration (Sheng et al. 2023): two logits per item, z_0 for "no click" and z_1
/// for "click". The softmax over the two calibrates; for each class, a softmax against the session's items of the other
/// label ranks:
///   L = mean over items of  alpha ce + (1 - alpha) ge
///   ce = -log e^z_y / (e^z_0 + e^z_1)
///   ge = -log e^z_y / (e^z_y + sum over the items j of the other label in the session of e^z_yj)
namespace rankwise::inline RANKWISE_ABI::train {

/// The first of the two terms as a formula of an item: a sigmoid of z_1 - z_0.
struct click_or_not {
  static constexpr int columns = 2;

  template <class Item>
  RANKWISE_FN auto operator()(Item& item) const {
    head::bernoulli<typename Item::vector> const task(item.logit(1) - item.logit(0), item.label());
    item.gradient(0, -task.gradient);
    item.gradient(1, task.gradient);
    item.hessian(0, task.hessian);
    item.hessian(1, task.hessian);
    return task.loss;
  }

  RANKWISE_ITEM_CALLS
};

/// Labels 0 and 1 of sessions (lists), prepared; a member of `jrc` runs it over a matrix of two columns.
template <class T, class Offset>
class jrc_of {
  using sessions = decltype(loss::multi_positive{}.template prepare<T>(storage<T>{}, lists<Offset>{}));
  using items = decltype(click_or_not{}.template prepare<T>(storage<T>{}));

public:
  template <class Labels, class Isa = arch::native>
  jrc_of(Labels const& labels, lists<Offset> const& groups, double alpha, on_error errors) {
    auto const y = as_column(labels);
    if (!rankwise::detail::check_parameters(alpha >= 0 && alpha <= 1 ? nullptr : "alpha of jrc (0 to 1)", errors)) {
      return;
    }
    storage<T> not_clicked;
    not_clicked.resize(y.size());
    for (std::size_t i = 0; i < y.size(); ++i) {
      not_clicked[i] = T(1) - static_cast<T>(y[i]);
    }
    items_ = click_or_not{}.template prepare<T>(labels, {.errors = errors});
    if (!items_.ready) {
      return;
    }
    clicked_ = loss::multi_positive{}.template prepare<T>(labels, groups, {.errors = errors});
    if (!clicked_.ready) {
      return;
    }
    not_clicked_ = loss::multi_positive{}.template prepare<T>(not_clicked, groups, {.errors = errors});
    double const share = y.size() == 0 ? 0 : 1 / static_cast<double>(y.size());
    calibrating_ = alpha * share;
    ranking_ = (1 - alpha) * share;
  }

  /// The tasks, to be called or joined with others; they refer to this object.
  auto tasks() const {
    return multi_task<T>(task(click_or_not{}, items_, {.column = 0, .weight = calibrating_}),
                         task(loss::multi_positive{}, clicked_, {.column = 1, .weight = ranking_}),
                         task(loss::multi_positive{}, not_clicked_, {.column = 0, .weight = ranking_}));
  }

private:
  items items_;
  sessions clicked_;
  sessions not_clicked_;
  double calibrating_ = 0;
  double ranking_ = 0;
};

/// auto const data = train::jrc<float>(labels, sessions, 0.5);
/// auto loss = data.tasks();
/// loss.gradient(logits, gradient);
template <class T = float, class Labels, class Offset>
jrc_of<T, Offset> jrc(Labels const& labels, lists<Offset> const& groups, double alpha = 0.5, on_error errors = {}) {
  return jrc_of<T, Offset>(labels, groups, alpha, errors);
}

} // namespace rankwise::inline RANKWISE_ABI::train

#endif
