#ifndef RANKWISE_LOSS_POSITION_BIAS_HPP
#define RANKWISE_LOSS_POSITION_BIAS_HPP

#include <rankwise/core/storage.hpp>
#include <rankwise/loss/lambda.hpp>
#include <rankwise/loss/pairwise.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace rankwise::inline RANKWISE_ABI {

namespace detail {

/// Which of the two factors a pair is divided by.
enum class bias_side { both, worse, better };

/// A pair weight divided by the bias of the places where the two items were shown.
template <bias_side Side, class Weight, class Column>
struct weight_by_place : weight_around<Weight, 2> {
  Column places;
  double const* better;
  double const* worse;
  std::size_t count;

  template <class T>
  RANKWISE_FN T by_item(std::size_t item, std::size_t k) const {
    std::size_t const shown = static_cast<std::size_t>(places[item]);
    std::size_t const place = shown < count ? shown : count - 1;
    return static_cast<T>(1 / (k == 0 ? better : worse)[place]);
  }
  template <class V>
  RANKWISE_FN V operator()(V const* i, V const* j) const {
    constexpr std::size_t own = weight_by_place::first_item_key;
    V const w = this->weight(i, j);
    if constexpr (Side == bias_side::both) {
      return w * i[own] * j[own + 1];
    } else if constexpr (Side == bias_side::worse) {
      return w * j[own + 1];
    } else {
      return w * i[own];
    }
  }
};

/// The cost of a pair where its derivatives stood: (h + g) / 2 of an item is then what its pairs cost where it is the
/// better one, (h - g) / 2 where it is the worse.
struct logistic_cost {
  double beta;

  template <class T>
  struct run {
    T beta;

    template <class V>
    RANKWISE_FN pair_term<V> operator()(V d, V t) const {
      V const cost = pair::logistic{}(V(beta) * d, t).value;
      return {cost, cost, cost};
    }
  };
  template <class T>
  RANKWISE_FN run<T> bind() const {
    return {static_cast<T>(beta)};
  }
};

/// The derivatives of a lambda, or in their places the costs of its pairs, divided by biases. It reads what the lambda
/// has prepared.
template <bias_side Side, class Lambda, class Column>
struct biased {
  static constexpr bool is_cost = Side != bias_side::both;
  using prepared_by = Lambda;
  using function_type = std::conditional_t<is_cost, logistic_cost, pair::logistic>;
  using weight_type = weight_by_place<Side, typename Lambda::weight_type, Column>;
  using parts = pair_loss<function_type, weight_type, typename Lambda::pairs_type, weighting::better, reduction::sum,
                          score_gap::ignored, hessian::diagonal>;
  using scratch = typename parts::scratch;
  using accumulation = std::conditional_t<is_cost, accumulate::in_double, accumulate::natural>;

  Lambda lambda;
  Column shown;
  double const* better;
  double const* worse;
  std::size_t count;

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    function_type const function{lambda.steepness};
    weight_type const weight{
        {pair_weight::of_metric<decltype(lambda.metric)>::make(lambda.metric)}, shown, better, worse, count};
    return parts{function, weight, -math::ops<double>::infinity, lambda.pairs}(list);
  }

  constexpr char const* fault() const { return fault_of(lambda); }
};

} // namespace detail

namespace loss {

/// Position bias that is estimated together with the model (Hu et al. 2019, unbiased LambdaMART). A clicked item i, a
/// not clicked one j, shown at the places a and b:
///   gradients of the pair are divided by t+_a t-_b
///   t+_a is proportional to sum of L_ij / t-_b, t-_b to sum of L_ij / t+_a, 1 at the first place, ^ (1 / (1 + p))
/// L_ij is the pair's cost in `lambda`. The estimates belong to the caller: one object per training.
class position_bias {
public:
  /// Places from 0; later ones than `places` - 1 count as that.
  RANKWISE_ALWAYS_INLINE explicit position_bias(std::size_t places, double regularisation = 0)
      : regularisation_(regularisation) {
    better_.resize(places == 0 ? 1 : places);
    worse_.resize(better_.size());
    better_costs_.resize(better_.size());
    worse_costs_.resize(better_.size());
    for (std::size_t k = 0; k < better_.size(); ++k) {
      better_[k] = 1;
      worse_[k] = 1;
    }
  }

  constexpr char const* fault() const {
    return rankwise::detail::weight_parameter(regularisation_) ? nullptr
                                                               : "the regularisation of position_bias (0 or more)";
  }

  /// t+ and t- of a place.
  RANKWISE_ALWAYS_INLINE double clicked(std::size_t place) const { return better_[place]; }
  RANKWISE_ALWAYS_INLINE double not_clicked(std::size_t place) const { return worse_[place]; }
  RANKWISE_ALWAYS_INLINE std::size_t places() const { return better_.size(); }

  /// A round: gradients with the present estimates, then estimates with the present scores. `shown_at` has the place of
  /// every item. Returns the loss, divided as the gradients are.
  ///
  ///   gradient(loss, scores, data, shown_at, gradient, hessian [, workspace], {.per_list = values})
  ///   gradient(loss, scores, labels, lists, shown_at, gradient, hessian [, workspace], {...})
  ///
  /// `data` is what the loss prepared; an executor of the host may come first.
  template <class A, class B, class C, class D, class E, rankwise::detail::argument F, class Isa = arch::native>
  double gradient(A const& a, B const& b, C const& c, D const& d, E&& e, F&& f, options const& opts = {}) {
    return rankwise::detail::data_call{opts}(round<Isa>{*this}, a, b, c, d, e, f);
  }
  template <class A, class B, class C, class D, class E, class F, rankwise::detail::argument G,
            class Isa = arch::native>
  double gradient(A const& a, B const& b, C const& c, D const& d, E&& e, F&& f, G&& g, options const& opts = {}) {
    return rankwise::detail::data_call{opts}(round<Isa>{*this}, a, b, c, d, e, f, g);
  }
  template <class A, class B, class C, class D, class E, class F, class G, rankwise::detail::argument H,
            class Isa = arch::native>
  double gradient(A const& a, B const& b, C const& c, D const& d, E const& e, F&& f, G&& g, H&& h,
                  options const& opts = {}) {
    return rankwise::detail::data_call{opts}(round<Isa>{*this}, a, b, c, d, e, f, g, h);
  }
  template <class A, class B, class C, class D, class E, class F, class G, class H, rankwise::detail::argument J,
            class Isa = arch::native>
  double gradient(A const& a, B const& b, C const& c, D const& d, E const& e, F const& f, G&& g, H&& h, J&& j,
                  options const& opts = {}) {
    return rankwise::detail::data_call{opts}(round<Isa>{*this}, a, b, c, d, e, f, g, h, j);
  }

  /// Bytes of workspace that a round needs.
  template <class Executor, class Data>
    requires executor<Executor>
  static constexpr std::size_t workspace_bytes(Executor executor, Data const& data) {
    using loss_type = typename Data::formula_type;
    return rankwise::detail::workspace_bytes_of<
        rankwise::detail::biased<rankwise::detail::bias_side::worse, loss_type, column<int const, Data::where>>>(
        executor, data);
  }
  template <class Data>
  static constexpr std::size_t workspace_bytes(Data const& data) {
    return workspace_bytes(typename default_executor<Data::where>::type{}, data);
  }

private:
  template <class Isa>
  struct round {
    position_bias& bias;

    template <class Executor, class Metric, class... Pieces, class Scores, class Data, class Places, class Gradient,
              class Hessian, class... Memory>
    double operator()(Executor executor, options const& opts, lambda<Metric, Pieces...> const& loss,
                      Scores const& scores, Data const& data, Places const& shown_at, Gradient& gradient_out,
                      Hessian& hessian_out, Memory&... memory) const {
      using rankwise::detail::bias_side;
      auto const shown = as_column(shown_at);
      static_assert(Executor::where == memory::host && decltype(shown)::where == memory::host,
                    "[rankwise] position_bias runs on the host");
      static_assert(std::is_integral_v<typename decltype(shown)::value_type>, "[rankwise] places are integers");
      static_assert((std::is_same_v<typename Pieces::slot, slots::pairs> && ...),
                    "[rankwise] position_bias: of a lambda's pieces it knows pairs alone; give it lambda<metric> or "
                    "lambda<metric, pairs::...>");
      std::size_t const items = data.groups().items();
      if (!rankwise::detail::check_parameters(bias.fault(), opts.errors) ||
          (data.ready && !rankwise::detail::check_size(shown, "the places", items, opts.errors))) {
        return math::ops<double>::quiet_nan;
      }
      auto const run = [&]<bias_side Side>(std::integral_constant<bias_side, Side>, auto& g, auto& h,
                                           options const& how) {
        rankwise::detail::biased<Side, lambda<Metric, Pieces...>, std::remove_const_t<decltype(shown)>> const formula{
            loss, shown, bias.better_.data(), bias.worse_.data(), bias.better_.size()};
        return rankwise::detail::loss_of(
            rankwise::detail::call_of<Isa, true>(formula, how)(executor, scores, data, g, h, memory...));
      };
      double const value = run(std::integral_constant<bias_side, bias_side::both>{}, gradient_out, hessian_out, opts);
      if (!(value - value == 0)) {
        return value;
      }
      options costs = opts;
      costs.per_list = {};
      costs.value = false;
      if (bias.slopes_.size() < items) {
        bias.slopes_.resize(items);
        bias.curvatures_.resize(items);
      }
      column<double> g{bias.slopes_.data(), items};
      column<double> h{bias.curvatures_.data(), items};
      double ran = run(std::integral_constant<bias_side, bias_side::worse>{}, g, h, costs);
      bias.add_up(shown, 1, bias.better_costs_);
      ran += run(std::integral_constant<bias_side, bias_side::better>{}, g, h, costs);
      bias.add_up(shown, -1, bias.worse_costs_);
      if (ran != 0) { // NaN: the workspace was too small
        return ran;
      }
      bias.settle(bias.better_costs_, bias.better_);
      bias.settle(bias.worse_costs_, bias.worse_);
      return value;
    }
  };

  /// What pairs cost by the place of their better (sign 1) or worse item.
  template <class Column>
  RANKWISE_ALWAYS_INLINE void add_up(Column const& shown, double sign, storage<double>& sums) const {
    for (double& sum : sums) {
      sum = 0;
    }
    for (std::size_t i = 0; i < shown.size(); ++i) {
      std::size_t const place = static_cast<std::size_t>(shown[i]);
      sums[place < sums.size() ? place : sums.size() - 1] += (curvatures_[i] + sign * slopes_[i]) / 2;
    }
  }

  /// Places without a cost keep their estimate.
  RANKWISE_ALWAYS_INLINE void settle(storage<double> const& sums, storage<double>& to) const {
    if (!(sums[0] > 0)) {
      return;
    }
    for (std::size_t k = 0; k < to.size(); ++k) {
      if (sums[k] > 0) {
        to[k] = math::exp(math::log(sums[k] / sums[0]) / (1 + regularisation_));
      }
    }
  }

  storage<double> better_;
  storage<double> worse_;
  storage<double> better_costs_;
  storage<double> worse_costs_;
  storage<double> slopes_; // of items
  storage<double> curvatures_;
  double regularisation_;
};

} // namespace loss
} // namespace rankwise::inline RANKWISE_ABI

#endif
