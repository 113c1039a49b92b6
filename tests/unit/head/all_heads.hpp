#ifndef RANKWISE_TESTS_UNIT_HEAD_ALL_HEADS_HPP
#define RANKWISE_TESTS_UNIT_HEAD_ALL_HEADS_HPP

#include <rankwise/head/amount.hpp>
#include <rankwise/head/binary.hpp>
#include <rankwise/head/cascade.hpp>
#include <rankwise/head/chain.hpp>
#include <rankwise/head/coral.hpp>
#include <rankwise/head/corn.hpp>
#include <rankwise/head/downsampled.hpp>
#include <rankwise/head/emd.hpp>
#include <rankwise/head/focal.hpp>
#include <rankwise/head/ordinal.hpp>
#include <rankwise/head/proportional_odds.hpp>
#include <rankwise/head/regression.hpp>
#include <rankwise/head/softmax.hpp>
#include <rankwise/head/threshold.hpp>
#include <rankwise/head/unimodal.hpp>
#include <rankwise/head/with_position.hpp>
#include <rankwise/head/ziln.hpp>

#include "support/random.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

/// Every head there is: a new one is one line.
namespace all_heads {

namespace head = rankwise::head;

enum class labels { shares, grades, amounts, positive };

/// Whether the loss is finite for every finite logit, in double, and in float.
enum class range { finite, finite_in_double, overflows };

// f(name, head, labels, range); part 0: ordinal, part 1: the rest
template <class F>
void for_each_ordinal(F f) {
  using labels::grades;
  using range::finite;
  auto const cuts = head::cuts<3>::at(-1.0, 0.25, 0.75);
  f("ordinal", head::ordinal<"h", 4>{.weights = {1, 0.5, 2}}, grades, finite);
  f("ordinal, pooled", head::ordinal<"h", 5, head::repair::pool_adjacent_violators>{}, grades, finite);
  f("ordinal, two levels", head::ordinal<"h", 2>{}, grades, finite);
  f("proportional odds", head::proportional_odds<"h", 4>{.cuts = cuts}, grades, finite);
  f("probit", head::proportional_odds<"h", 4, head::link::probit>{.cuts = cuts}, grades, range::finite_in_double);
  f("cloglog", head::proportional_odds<"h", 4, head::link::cloglog>{.cuts = cuts}, grades, range::overflows);
  f("two levels", head::proportional_odds<"h", 2, head::link::probit>{}, grades, range::finite_in_double);
  f("all thresholds", head::all_threshold<"h", 4>{.cuts = cuts}, grades, finite);
  f("immediate", head::immediate_threshold<"h", 4>{.cuts = cuts}, grades, finite);
  f("hinge", head::all_threshold<"h", 4, head::margin::hinge>{.cuts = cuts}, grades, finite);
  f("squared hinge", head::immediate_threshold<"h", 4, head::margin::squared_hinge>{.cuts = cuts}, grades,
    range::finite_in_double);
  f("coral", head::coral<"h", 4>{.biases = {0.5, 0.75, -1}, .weights = {1, 2, 0.5}}, grades, finite);
  f("corn", head::corn<"h", 4>{.weights = {1, 0.5, 2}}, grades, finite);
  f("cascade", head::cascade<"h", 4>{}, grades, finite);
  f("softmax", head::softmax<"h", 4>{}, grades, finite);
  f("smooth", head::softmax<"h", 4, head::target::smooth>{}, grades, finite);
  f("sord", head::softmax<"h", 4, head::target::sord<>>{.target = {.scale = 2}}, grades, finite);
  f("sord, squared", head::softmax<"h", 4, head::target::sord<head::distance::squared>>{}, grades, finite);
  f("soft binomial", head::softmax<"h", 4, head::target::binomial>{}, grades, finite);
  f("soft poisson", head::softmax<"h", 4, head::target::poisson>{}, grades, finite);
  f("emd", head::emd<"h", 4>{}, grades, finite);
  f("emd, soft", head::emd<"h", 3, head::target::sord<head::distance::squared_log>>{}, grades, finite);
  f("unimodal", head::unimodal<"h", 5>{}, grades, finite);
  f("unimodal, poisson", head::unimodal<"h", 4, head::shape::poisson>{}, grades, finite);
}

template <class F>
void for_each_other(F f) {
  using range::finite;
  f("binary", head::binary<"h">{}, labels::shares, finite);
  f("focal", head::focal<"h">{.gamma = 1.5, .alpha = 0.3}, labels::shares, finite);
  f("chain", head::chain<"a", "b", "h">{.weights = {1, 0.5, 2}}, labels::grades, finite);
  f("one event", head::chain<"h">{}, labels::shares, finite);
  f("downsampled", head::downsampled<head::binary<"h">>{.rate = 0.1}, labels::shares, finite);
  f("with position", head::with_position<head::focal<"h">>{}, labels::shares, finite);
  f("regression", head::regression<"h">{}, labels::grades, range::finite_in_double);
  f("quantile", head::regression<"h", head::error::quantile>{.error = {.level = 0.9}}, labels::amounts, finite);
  f("huber", head::regression<"h", head::error::huber>{.error = {.width = 0.8}}, labels::amounts, finite);
  f("poisson", head::amount<"h", head::law::poisson>{}, labels::amounts, range::overflows);
  f("tweedie", head::amount<"h", head::law::tweedie>{.law = {.power = 1.3}}, labels::amounts, range::overflows);
  f("log-normal", head::amount<"h">{.law = {.spread = 0.5}}, labels::positive, range::finite_in_double);
  f("ziln", head::ziln<"h">{}, labels::amounts, range::finite_in_double);
}

template <class F>
void for_each(F f) {
  for_each_ordinal(f);
  for_each_other(f);
}

/// Its k-th shared parameter.
template <class Head>
double& parameter(Head& h, int k) {
  if constexpr (requires { h.cuts; }) {
    return k == 0 ? h.cuts.first : h.cuts.steps[k - 1];
  } else {
    return h.biases[k];
  }
}

template <class T>
std::vector<T> draw(support::random& r, labels kind, std::size_t n) {
  std::vector<T> y(n);
  for (T& x : y) {
    double const u = r.uniform();
    switch (kind) {
    case labels::shares:
      x = static_cast<T>(u < 0.4 ? 0 : u < 0.8 ? 1 : r.uniform());
      break;
    case labels::grades:
      x = static_cast<T>(r.below(5));
      break;
    case labels::amounts:
      x = static_cast<T>(u < 0.4 ? 0 : r.uniform(0.1, 6));
      break;
    case labels::positive:
      x = static_cast<T>(r.uniform(0.1, 6));
      break;
    }
  }
  return y;
}

template <class Head>
inline constexpr std::size_t width = static_cast<std::size_t>(Head::columns);

/// What a call of `gradient` gives.
template <class T>
struct derivatives {
  std::vector<T> gradient, hessian;
  std::vector<double> parameters;
};

template <class T, class Executor, class Head>
double run(Executor executor, Head const& head, std::vector<T> const& z, std::vector<T> const& y, rankwise::options o,
           derivatives<T>& d) {
  constexpr int shared = rankwise::parameters_of<Head>;
  d.gradient.assign(z.size(), 99);
  d.hessian.assign(z.size(), 99);
  d.parameters.assign(static_cast<std::size_t>(shared), 99);
  if (shared > 0) {
    o.parameters = d.parameters;
  }
  return head.gradient(executor, rankwise::row_major(z, width<Head>), y, rankwise::row_major(d.gradient, width<Head>),
                       rankwise::row_major(d.hessian, width<Head>), o);
}

/// A head behind a plain interface: its formula is compiled once for every executor and number type, and the checks,
/// which are no templates, once for all heads.
template <class T>
struct tested {
  std::string name;
  labels kind;
  range values;
  std::size_t columns;

  tested(char const* name_, labels kind_, range values_, std::size_t columns_)
      : name(name_), kind(kind_), values(values_), columns(columns_) {}
  virtual ~tested() = default;
  virtual double gradient(std::vector<T> const& z, std::vector<T> const& y, rankwise::options const& opts,
                          derivatives<T>& d) const = 0;
  virtual std::vector<double> parameters() const = 0;
  /// The loss with one of the parameters changed.
  virtual double moved(std::size_t k, double to, std::vector<T> const& z, std::vector<T> const& y,
                       rankwise::options const& opts) const = 0;
};

template <class T, class Executor, class Head>
struct tested_on final : tested<T> {
  Head head;

  tested_on(char const* name_, Head const& head_, labels kind_, range values_)
      : tested<T>(name_, kind_, values_, width<Head>), head(head_) {}
  double gradient(std::vector<T> const& z, std::vector<T> const& y, rankwise::options const& opts,
                  derivatives<T>& d) const override {
    return run(Executor{}, head, z, y, opts, d);
  }
  std::vector<double> parameters() const override {
    std::vector<double> all;
    if constexpr ((rankwise::parameters_of<Head>) > 0) {
      Head h = head;
      for (int k = 0; k < rankwise::parameters_of<Head>; ++k) {
        all.push_back(parameter(h, k));
      }
    }
    return all;
  }
  double moved(std::size_t k, double to, std::vector<T> const& z, std::vector<T> const& y,
               rankwise::options const& opts) const override {
    Head h = head;
    if constexpr ((rankwise::parameters_of<Head>) > 0) {
      parameter(h, static_cast<int>(k)) = to;
    }
    derivatives<T> d;
    return run(Executor{}, h, z, y, opts, d);
  }
};

template <class T, class Executor>
std::vector<std::unique_ptr<tested<T>>> all_on() {
  std::vector<std::unique_ptr<tested<T>>> all;
  for_each([&]<class Head>(char const* name, Head const& head, labels kind, range values) {
    all.push_back(std::make_unique<tested_on<T, Executor, Head>>(name, head, kind, values));
  });
  return all;
}

/// One item at a time in double: the others are compared with these. In gradient_test.cpp.
std::vector<std::unique_ptr<tested<double>>> in_double();

} // namespace all_heads

#endif
