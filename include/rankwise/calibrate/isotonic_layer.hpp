#ifndef RANKWISE_CALIBRATE_ISOTONIC_LAYER_HPP
#define RANKWISE_CALIBRATE_ISOTONIC_LAYER_HPP

#include <rankwise/calibrate/fit.hpp>
#include <rankwise/calibrate/logit.hpp>
#include <rankwise/label/mix.hpp>
#include <rankwise/label/table.hpp>

#include <utility>
#include <vector>

namespace rankwise::inline RANKWISE_ABI::calibrate {

/// An isotonic layer, to be trained with the head below it (ours): a piecewise linear function over the edges
/// t_0 < ... < t_K that never decreases,
///   f(x) = bias + sum_k softplus(w_k) clamp((x - t_k) / (t_{k+1} - t_k), 0, 1)
/// with a row of parameters (bias, w_0, ..., w_{K-1}) for every context. It starts as the identity between its edges.
/// As a policy it takes x, or x and the number of a context, 0, 1, ...; any other number gives NaN.
class isotonic_layer {
public:
  static constexpr bool host_only = true;

  template <class T>
  struct run {
    T const* edge;
    T const* value; // at the edges, a row per context
    std::size_t edges;
    T contexts;

    template <class V>
    RANKWISE_FN V operator()(V x) const {
      return (*this)(x, V(0));
    }
    /// Of the first context.
    template <class V>
    RANKWISE_FN V derivative(V x) const {
      return label::table_run<T, between::linear>(edge, value, edges).derivative(x);
    }
    template <class V>
    RANKWISE_FN V operator()(V x, V context) const {
      V at(0);
      for (std::size_t left = edges - 1; left > 1;) {
        std::size_t const half = left / 2;
        V const next = at + V(static_cast<T>(half));
        at = math::select(x >= math::gather(edge, next), next, at);
        left -= half;
      }
      V const whole(static_cast<T>(sizeof(T) == 4 ? 0x1p23 : 0x1p52)); // there are no fractions from here on
      auto const known = context >= V(0) && context < V(contexts) && (context + whole) - whole == context;
      V const y = math::select(known, context, V(0)) * V(static_cast<T>(edges)) + at;
      V const x0 = math::gather(edge, at);
      V const x1 = math::gather(edge, at + V(1));
      V const y0 = math::gather(value, y);
      V const y1 = math::gather(value, y + V(1));
      V const share = math::clamp((x - x0) / (x1 - x0), V(0), V(1));
      V const inside = math::clamp(y0 + share * (y1 - y0), y0, y1);
      V const result = math::select(x >= x1, y1, inside);
      return math::select(known, math::select(math::is_nan(x), x, result), V(math::ops<T>::quiet_nan));
    }
  };

  /// At least two edges, finite and strictly ascending, and no more than 2^24 edges of all contexts together.
  RANKWISE_ALWAYS_INLINE explicit isotonic_layer(std::vector<double> edges, std::size_t contexts = 1,
                                                 on_error errors = {})
      : edge_(std::move(edges)), contexts_(contexts == 0 ? 1 : contexts) {
    bool ascending = edge_.size() >= 2 && contexts != 0;
    for (std::size_t k = 0; k < edge_.size(); ++k) {
      ascending = ascending && detail::finite(edge_[k]) && (k == 0 || edge_[k - 1] < edge_[k]);
    }
    if (!rankwise::detail::passed(
            ascending ? status{} : status{errc::wrong_shape, "the edges", status::nowhere, 2, edge_.size()}, errors) ||
        (contexts_ > label::detail::most_points / edge_.size() &&
         !label::detail::check_points(label::detail::most_points + 1, errors))) {
      edge_ = {0, 1};
      contexts_ = 1;
    }
    std::vector<double> start;
    for (std::size_t c = 0; c < contexts_; ++c) {
      start.push_back(edge_[0]);
      for (std::size_t k = 1; k < edge_.size(); ++k) {
        double const rise = edge_[k] - edge_[k - 1];
        start.push_back(rise > 30 ? rise : math::log(math::expm1(rise))); // softplus of this is the rise
      }
    }
    set(start);
  }

  std::size_t contexts() const { return contexts_; }
  std::vector<double> const& edges() const { return edge_; }
  /// contexts x (bias, w_0, ..., w_{K-1}).
  std::vector<double> const& parameters() const { return parameters_; }

  template <class Parameters, class Isa = arch::native>
  void set(Parameters const& parameters, on_error errors = {}) {
    auto const p = detail::host_column(parameters);
    if (!detail::check_size(p, "parameters", contexts_ * edge_.size(), errors)) {
      return;
    }
    parameters_.resize(p.size());
    value_.resize(p.size());
    double sum = 0;
    for (std::size_t k = 0; k < p.size(); ++k) {
      parameters_[k] = static_cast<double>(p[k]);
      sum = k % edge_.size() == 0 ? parameters_[k] : sum + math::softplus(parameters_[k]);
      value_[k] = sum;
    }
    float_edge_.assign(edge_.begin(), edge_.end());
    float_value_.assign(value_.begin(), value_.end());
  }

  template <class T>
  constexpr run<T> bind() const {
    if constexpr (std::is_same_v<T, double>) {
      return {edge_.data(), value_.data(), edge_.size(), static_cast<T>(contexts_)};
    } else {
      return {float_edge_.data(), float_value_.data(), edge_.size(), static_cast<T>(contexts_)};
    }
  }

  /// Back through the layer: `upstream` are the derivatives of the loss by f(x), `input` receives those by x, and those
  /// by the parameters are added to `parameters` (double, in the order of `parameters()`). At an edge x counts to the
  /// piece above. Items that the mask leaves out get 0.
  template <class X, class Upstream, class Input, class Parameters, class Isa = arch::native>
  void backward(X const& x, Upstream const& upstream, Input&& input, Parameters&& parameters,
                options const& opts = {}) const {
    back<Isa>(
        as_column(x), [](std::size_t) { return 0.0; }, upstream, input, parameters, opts);
  }
  template <class X, class Context, class Upstream, class Input, class Parameters, class Isa = arch::native>
    requires tensor_column<Parameters>
  void backward(X const& x, Context const& context, Upstream const& upstream, Input&& input, Parameters&& parameters,
                options const& opts = {}) const {
    auto const c = detail::host_column(context);
    if (detail::check_size(c, "the contexts", as_column(x).size(), opts.errors)) {
      back<Isa>(
          as_column(x), [c](std::size_t i) { return static_cast<double>(c[i]); }, upstream, input, parameters, opts);
    }
  }

private:
  template <class Isa, class X, class Context, class Upstream, class Input, class Parameters>
  void back(X const& x, Context context, Upstream const& upstream, Input&& input, Parameters&& parameters,
            options const& opts) const {
    auto const up = detail::host_column(upstream);
    auto const to = detail::host_column(input);
    auto const sums = detail::host_column(parameters);
    static_assert(std::is_same_v<typename decltype(sums)::value_type, double>,
                  "[rankwise] derivatives by parameters are double");
    using rankwise::detail::check_apart;
    if (!detail::check_size(up, "the upstream gradient", x.size(), opts.errors) ||
        !rankwise::detail::check_output(to, "the input gradient", x.size(), opts.errors) ||
        !detail::check_size(sums, "the parameter gradient", parameters_.size(), opts.errors) ||
        !check_apart(to, x, "the input gradient", opts.errors) ||
        !check_apart(sums, x, "the parameter gradient", opts.errors) ||
        !check_apart(sums, to, "the parameter gradient", opts.errors) ||
        !check_apart(sums, up, "the parameter gradient", opts.errors) || !detail::check_weights(opts, x.size())) {
      return;
    }
    using T = typename decltype(to)::value_type;
    std::size_t const pieces = edge_.size() - 1;
    // An item in piece k moves by its share of w_k and by all of w_j, j < k: those sums come from the back at the end.
    std::vector<double> whole(contexts_ * edge_.size(), 0);
    std::vector<double> part(contexts_ * edge_.size(), 0);
    std::size_t next = 0;
    auto const clear_to = [&](std::size_t end) {
      for (; next < end; ++next) {
        to[next] = T(0);
      }
    };
    detail::for_each_weighted<Isa>(x.size(), opts, [&](std::size_t i, double weight) {
      clear_to(i);
      next = i + 1;
      double const at = static_cast<double>(x[i]);
      double const g = weight * static_cast<double>(up[i]);
      std::size_t const number = label::detail::grade_of(context(i), contexts_);
      if (number == contexts_ || at != at) {
        to[i] = static_cast<T>(math::ops<double>::quiet_nan);
        return;
      }
      std::size_t k = 0;
      for (std::size_t left = pieces; left > 1;) {
        std::size_t const half = left / 2;
        k = at >= edge_[k + half] ? k + half : k;
        left -= half;
      }
      std::size_t const row = number * edge_.size();
      double const width = edge_[k + 1] - edge_[k];
      double const share = math::clamp((at - edge_[k]) / width, 0.0, 1.0);
      whole[row + k] += g;
      part[row + k] += g * share;
      bool const inside = at >= edge_[0] && at < edge_[pieces];
      to[i] = static_cast<T>(inside ? g * math::softplus(parameters_[row + k + 1]) / width : 0);
    });
    clear_to(x.size());
    for (std::size_t row = 0; row < sums.size(); row += edge_.size()) {
      double above = 0;
      for (std::size_t k = pieces; k-- > 0;) {
        sums[row + k + 1] += (above + part[row + k]) * math::sigmoid(parameters_[row + k + 1]);
        above += whole[row + k];
      }
      sums[row] += above;
    }
  }

  std::vector<double> edge_;
  std::vector<double> value_;
  std::vector<float> float_edge_;
  std::vector<float> float_value_;
  std::vector<double> parameters_;
  std::size_t contexts_ = 1;
};

} // namespace rankwise::inline RANKWISE_ABI::calibrate

#endif
