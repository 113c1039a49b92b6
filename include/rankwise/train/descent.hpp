#ifndef RANKWISE_TRAIN_DESCENT_HPP
#define RANKWISE_TRAIN_DESCENT_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/exec/apply.hpp>
#include <rankwise/exec/simd.hpp>
#include <rankwise/math/pow.hpp>

#include <cstddef>
#include <type_traits>

/// Steps against a gradient: a rule says how, `descent` remembers what the rule needs.
namespace rankwise::inline RANKWISE_ABI::train {

/// Stochastic descent with momentum (Polyak 1964): m = momentum m + g,  x -= rate m
struct sgd {
  static constexpr char const* name = "sgd";
  double rate = 0.05;
  double momentum = 0.9;

  constexpr char const* fault() const {
    return !rankwise::detail::weight_parameter(rate) ? "rate of sgd (at least 0)"
           : !(momentum >= 0 && momentum < 1)        ? "momentum of sgd (0 up to 1)"
                                                     : nullptr;
  }

  template <class T>
  struct run {
    T rate, momentum;
    template <class V>
    RANKWISE_FN V operator()(V x, V g, V& m, V&) const {
      m = math::fma(V(momentum), m, g);
      return x - V(rate) * m;
    }
  };
  template <class T>
  RANKWISE_HOST_FN run<T> bind(std::size_t) const {
    return {static_cast<T>(rate), static_cast<T>(momentum)};
  }
};

/// Adam (Kingma and Ba 2015), with the decay of weights beside the step (Loshchilov and Hutter 2019):
///   m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2
///   x -= rate (m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + epsilon) + decay x)
struct adam {
  static constexpr char const* name = "adam";
  double rate = 1e-3;
  double b1 = 0.9;
  double b2 = 0.999;
  double epsilon = 1e-8;
  double decay = 0;

  constexpr char const* fault() const {
    return !rankwise::detail::weight_parameter(rate)                       ? "rate of adam (at least 0)"
           : !(b1 >= 0 && b1 < 1)                                          ? "b1 of adam (0 up to 1)"
           : !(b2 >= 0 && b2 < 1)                                          ? "b2 of adam (0 up to 1)"
           : !(epsilon > 0 && rankwise::detail::finite_parameter(epsilon)) ? "epsilon of adam (positive)"
           : !rankwise::detail::weight_parameter(decay)                    ? "decay of adam (at least 0)"
                                                                           : nullptr;
  }

  template <class T>
  struct run {
    T b1, rest1, b2, rest2, step, unbias, epsilon, shrink;
    template <class V>
    RANKWISE_FN V operator()(V x, V g, V& m, V& v) const {
      m = math::fma(V(b1), m, V(rest1) * g);
      v = math::fma(V(b2), v, V(rest2) * g * g);
      return x - V(step) * m / (math::sqrt(v * V(unbias)) + V(epsilon)) - V(shrink) * x;
    }
  };
  template <class T>
  RANKWISE_HOST_FN run<T> bind(std::size_t t) const {
    auto const steps = static_cast<double>(t);
    return {static_cast<T>(b1),
            static_cast<T>(1 - b1),
            static_cast<T>(b2),
            static_cast<T>(1 - b2),
            static_cast<T>(rate / (1 - math::pow(b1, steps))),
            static_cast<T>(1 / (1 - math::pow(b2, steps))),
            static_cast<T>(epsilon),
            static_cast<T>(rate * decay)};
  }
};

/// A rule and its memory. The number of parameters is that of the first step.
template <class Rule = adam, class T = float, class Isa = arch::native>
class descent {
public:
  explicit descent(Rule rule = {}) : rule_(rule) {}

  Rule const& rule() const { return rule_; }
  std::size_t steps() const { return steps_; }

  /// Moves the parameters. A gradient that is not finite moves nothing and is reported.
  template <class Parameters, class Gradient>
  bool step(Parameters&& parameters, Gradient const& gradient, on_error errors = {}) {
    static_assert(rankwise::detail::explain_output<Parameters>());
    auto const x = as_column(parameters);
    auto const g = as_column(gradient);
    using V = typename exec::basic_simd<Isa>::template vector<T>;
    static_assert(std::is_same_v<std::remove_cvref_t<decltype(x[0])>, T>,
                  "[rankwise] descent<Rule, T> moves parameters of type T");
    std::size_t const n = x.size();
    if (!rankwise::detail::check_parameters(rule_.fault(), errors) ||
        !rankwise::detail::check_size(g, "the gradient", n, errors) ||
        (steps_ != 0 && !rankwise::detail::check_size(x, "the parameters", first_.size(), errors)) ||
        !rankwise::detail::check_apart(x, g, "the parameters", errors)) {
      return false;
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (!(g[i] - g[i] == 0)) {
        rankwise::detail::deliver({errc::unusable_item, "the derivative by a parameter", i, 0, 1}, errors);
        return false;
      }
    }
    if (steps_ == 0) {
      first_.resize(n);
      second_.resize(n);
    }
    auto const run = rule_.template bind<T>(++steps_);
    for_each_pack<V>(n, [&](auto i) {
      V m = load(first_.data(), i);
      V v = load(second_.data(), i);
      V const moved = run(V(load(x, i)), V(load(g, i)), m, v);
      store(x, i, moved);
      store(first_.data(), i, m);
      store(second_.data(), i, v);
    });
    return true;
  }

  /// For to_bytes and from_bytes: a training that is interrupted goes on to the same bits, under the rule that this was
  /// made with.
  template <class Self, class Bytes>
  static void parts(Self& self, Bytes& bytes) {
    bytes.kind("descent");
    if constexpr (requires { Rule::name; }) {
      bytes.kind(Rule::name);
    }
    bytes.same(sizeof(T));
    bytes(self.steps_, self.first_, self.second_);
    bytes.require(self.first_.size() == self.second_.size() && (self.steps_ != 0 || self.first_.empty()));
  }

private:
  Rule rule_;
  std::size_t steps_ = 0;
  storage<T> first_, second_;
};

} // namespace rankwise::inline RANKWISE_ABI::train

#endif
