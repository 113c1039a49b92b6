#ifndef RANKWISE_C_CATALOGUE_HPP
#define RANKWISE_C_CATALOGUE_HPP

#include "rankwise_c.h"

#include <rankwise/core/arch.hpp>
#include <rankwise/core/error.hpp>
#include <rankwise/core/lists.hpp>
#include <rankwise/core/options.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What stands behind the names. Everything is computed in double: one instantiation for every policy.
/// A loss or metric of your own is one line in losses_*.cpp or metrics.cpp. `Isa` keeps the units apart that
/// rankwise_add_dispatch compiles for several instruction sets.
namespace rankwise_c {

/// A problem as the library takes it.
struct call {
  std::span<double const> scores, labels;
  rankwise::lists<std::int64_t> lists;
  rankwise::options options;
};

} // namespace rankwise_c

struct rankwise_loss {
  virtual ~rankwise_loss() = default;
  virtual double gradient(rankwise_c::call const& c, std::span<double> gradient) const = 0;
  virtual double gradient(rankwise_c::call const& c, std::span<double> gradient, std::span<double> hessian) const = 0;
};
struct rankwise_metric {
  virtual ~rankwise_metric() = default;
  virtual double value(rankwise_c::call const& c) const = 0;
};

namespace rankwise_c {

/// "temperature=2, ..." of a name, in its braces; whoever reads one takes it out.
class parameters {
public:
  explicit parameters(std::vector<std::pair<std::string, double>> all) : all_(std::move(all)) {}

  void read(std::string_view name, double& to);
  /// The first that nobody has read.
  char const* left() const { return all_.empty() ? nullptr : all_[0].first.c_str(); }

private:
  std::vector<std::pair<std::string, double>> all_;
};

template <class Base>
struct entry {
  char const* name; ///< "softmax{temperature}"
  std::unique_ptr<Base> (*make)(parameters&);
};

template <class Loss, class Isa>
struct loss_of final : rankwise_loss {
  Loss loss{};

  double gradient(call const& c, std::span<double> g) const override {
    return loss.gradient(c.scores, c.labels, c.lists, g, c.options);
  }
  double gradient(call const& c, std::span<double> g, std::span<double> h) const override {
    return loss.gradient(c.scores, c.labels, c.lists, g, h, c.options);
  }
};
template <class Metric, class Isa>
struct metric_of final : rankwise_metric {
  Metric metric{};

  double value(call const& c) const override {
    return static_cast<double>(metric(c.scores, c.labels, c.lists, c.options));
  }
};

/// Without parameters.
template <class Loss, class Isa>
std::unique_ptr<rankwise_loss> make_loss(parameters&) {
  return std::make_unique<loss_of<Loss, Isa>>();
}
template <class Metric, class Isa>
std::unique_ptr<rankwise_metric> make_metric(parameters&) {
  return std::make_unique<metric_of<Metric, Isa>>();
}

using loss_entry = entry<rankwise_loss>;
using metric_entry = entry<rankwise_metric>;

// One unit each, so that they compile side by side.
struct losses_of_lists {
  template <class Isa>
  std::span<loss_entry const> operator()(Isa) const;
};
struct losses_of_pairs {
  template <class Isa>
  std::span<loss_entry const> operator()(Isa) const;
};
struct metrics {
  template <class Isa>
  std::span<metric_entry const> operator()(Isa) const;
};

} // namespace rankwise_c

#endif
