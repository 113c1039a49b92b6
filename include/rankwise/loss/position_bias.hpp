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

/// The place of an item; those that have no estimate of their own count as the last one.
template <class Column>
RANKWISE_FN std::size_t place_of(Column const& shown, std::size_t item, std::size_t places) {
  std::size_t const place = static_cast<std::size_t>(shown[item]); // below 0: a huge one
  return place < places ? place : places - 1;
}

/// A pair weight divided by the bias of the places where the two items were shown. Null: there is none.
template <class Weight, class Column>
struct weight_by_place : weight_around<Weight, 2> {
  Column shown;
  double const* better;
  double const* worse;
  std::size_t places;

  template <class T>
  RANKWISE_FN T by_item(std::size_t item, std::size_t k) const {
    double const* const bias = k == 0 ? better : worse;
    return bias == nullptr ? T(1) : static_cast<T>(1 / bias[place_of(shown, item, places)]);
  }
  template <class V>
  RANKWISE_FN V operator()(V const* i, V const* j) const {
    constexpr std::size_t own = weight_by_place::first_item_key;
    return this->weight(i, j) * i[own] * j[own + 1];
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
template <bool IsCost, class Lambda, class Column>
struct biased {
  using prepared_by = Lambda;
  using function_type = std::conditional_t<IsCost, logistic_cost, pair::logistic>;
  using weight_type = weight_by_place<typename Lambda::weight_type, Column>;
  using parts = pair_loss<function_type, weight_type, typename Lambda::pairs_type, weighting::better, reduction::sum,
                          score_gap::ignored, hessian::diagonal>;
  using scratch = typename parts::scratch;
  static constexpr bool in_groups = true;
  static constexpr std::size_t block_threads = 256;
  using accumulation = std::conditional_t<IsCost, accumulate::in_double, accumulate::natural>;

  Lambda lambda;
  Column shown;
  double const* better;
  double const* worse;
  std::size_t places;

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    function_type const function{lambda.steepness};
    weight_type const weight{
        {pair_weight::of_metric<decltype(lambda.metric)>::make(lambda.metric)}, shown, better, worse, places};
    return parts{function, weight, -math::ops<double>::infinity, lambda.pairs}(list);
  }

  constexpr char const* fault() const { return fault_of(lambda); }
};

/// In how many parts a device adds up costs by place: some items each, and altogether no more sums than there are
/// items, or a few thousand. The parts, and so the bits of the sums, depend on these two numbers alone.
RANKWISE_HOST_FN std::size_t cost_parts(std::size_t items, std::size_t places) {
  constexpr std::size_t items_of_part = 128;
  constexpr std::size_t sums_at_least = 65536;
  std::size_t const wanted = (items + items_of_part - 1) / items_of_part;
  std::size_t const affordable = (items < sums_at_least ? sums_at_least : items) / (2 * places);
  std::size_t const parts = wanted < affordable ? wanted : affordable;
  return parts == 0 ? 1 : parts;
}

/// One part: what the pairs of every `parts`-th item cost where it is the better one (sign 1) or the worse one, added
/// up by its place.
template <class Column>
struct add_costs {
  Column shown;
  double const* slopes;
  double const* curvatures;
  double sign;
  std::size_t places;
  std::size_t parts;
  double* sums; ///< part after part, 2 places rows each, of which these are the first or the last half

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    for (std::size_t lane = 0; lane < i.live(); ++lane) {
      add(i.first + lane);
    }
  }

private:
  RANKWISE_FN void add(std::size_t part) const {
    double* const to = sums + part * 2 * places;
    for (std::size_t k = 0; k < places; ++k) {
      to[k] = 0;
    }
    for (std::size_t i = part; i < shown.size(); i += parts) {
      to[place_of(shown, i, places)] += (curvatures[i] + sign * slopes[i]) / 2;
    }
  }
};

/// Merges parts p, p + step, ... into part p.
struct merge_costs {
  static constexpr std::size_t at_once = 16;

  double* sums;
  std::size_t rows;
  std::size_t parts;
  std::size_t step;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    for (std::size_t lane = 0; lane < i.live(); ++lane) {
      std::size_t const first = (i.first + lane) / rows * (step * at_once);
      double* const row = sums + (i.first + lane) % rows;
      double sum = row[first * rows];
      for (std::size_t k = 1; k < at_once && first + k * step < parts; ++k) {
        sum += row[(first + k * step) * rows];
      }
      row[first * rows] = sum;
    }
  }
};

/// All parts into the first one.
template <class Executor>
void merge_all_costs(Executor const& executor, double* sums, std::size_t rows, std::size_t parts) {
  constexpr std::size_t at_once = merge_costs::at_once;
  for (std::size_t step = 1; step < parts; step *= at_once) {
    std::size_t const left = (parts + step * at_once - 1) / (step * at_once);
    executor.template for_each_item<double>(rows * left, merge_costs{sums, rows, parts, step});
  }
}

} // namespace detail

namespace loss {

/// Position bias that is estimated together with the model (Hu et al. 2019, unbiased LambdaMART). A clicked item i, a
/// not clicked one j, shown at the places a and b:
///   gradients of the pair are divided by t+_a t-_b
///   t+_a is proportional to sum of L_ij / t-_b, t-_b to sum of L_ij / t+_a, 1 at the first place, ^ (1 / (1 + p))
/// L_ij is the pair's cost in `lambda`. The estimates belong to the caller: one object per training.
class position_bias {
public:
  /// Places from 0; later ones than `places` - 1 count as that, and so do those below 0.
  RANKWISE_ALWAYS_INLINE explicit position_bias(std::size_t places, double regularisation = 0)
      : regularisation_(regularisation) {
    estimates_.resize(2 * (places == 0 ? 1 : places));
    costs_.resize(estimates_.size());
    for (double& estimate : estimates_) {
      estimate = 1;
    }
  }

  constexpr char const* fault() const {
    return rankwise::detail::weight_parameter(regularisation_) ? nullptr
                                                               : "the regularisation of position_bias (0 or more)";
  }

  /// t+ and t- of a place.
  RANKWISE_ALWAYS_INLINE double clicked(std::size_t place) const { return estimates_[place]; }
  RANKWISE_ALWAYS_INLINE double not_clicked(std::size_t place) const { return estimates_[places() + place]; }
  RANKWISE_ALWAYS_INLINE std::size_t places() const { return estimates_.size() / 2; }

  /// A round: gradients with the present estimates, then estimates with the present scores. `shown_at` has the place of
  /// every item. Returns the loss, divided as the gradients are.
  ///
  ///   gradient(loss, scores, data, shown_at, gradient, hessian [, workspace], {.per_list = values})
  ///   gradient(loss, scores, labels, lists, shown_at, gradient, hessian [, workspace], {...})
  ///
  /// `data` is what the loss prepared; an executor may come first. On a device the estimates come back: a round waits.
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

  /// Bytes of workspace that a round needs; of device memory it keeps what the first round takes.
  template <class Executor, class Data>
    requires executor<Executor>
  static constexpr std::size_t workspace_bytes(Executor executor, Data const& data) {
    using loss_type = typename Data::formula_type;
    return rankwise::detail::workspace_bytes_of<
        rankwise::detail::biased<true, loss_type, column<int const, Data::where>>>(executor, data);
  }
  template <class Data>
  static constexpr std::size_t workspace_bytes(Data const& data) {
    return workspace_bytes(typename default_executor<Data::where>::type{}, data);
  }

private:
  template <class Isa>
  struct round {
    position_bias& bias;

    template <class Executor, class Loss, class Scores, class Data, class Places, class Gradient, class Hessian>
    double operator()(Executor executor, options const& opts, Loss const& loss, Scores const& scores, Data const& data,
                      Places const& shown_at, Gradient& gradient_out, Hessian& hessian_out) const {
      workspace own;
      return (*this)(executor, opts, loss, scores, data, shown_at, gradient_out, hessian_out, own);
    }
    template <class Executor, class Metric, class... Pieces, class Scores, class Data, class Places, class Gradient,
              class Hessian>
    double operator()(Executor executor, options const& opts, lambda<Metric, Pieces...> const& loss,
                      Scores const& scores, Data const& data, Places const& shown_at, Gradient& gradient_out,
                      Hessian& hessian_out, workspace& memory) const {
      auto const shown = as_column(shown_at);
      using column_type = std::remove_const_t<decltype(shown)>;
      static_assert(column_type::where == Executor::where,
                    "[rankwise] position_bias: the places are in another memory than the executor's");
      static_assert(std::is_integral_v<typename column_type::value_type>, "[rankwise] places are integers");
      static_assert((std::is_same_v<typename Pieces::slot, slots::pairs> && ...),
                    "[rankwise] position_bias: of a lambda's pieces it knows pairs alone; give it lambda<metric> or "
                    "lambda<metric, pairs::...>");
      std::size_t const items = data.groups().items();
      std::size_t const places = bias.places();
      if (!rankwise::detail::check_parameters(bias.fault(), opts.errors) ||
          (data.ready &&
           (!rankwise::detail::check_size(shown, "the places", items, opts.errors) ||
            !rankwise::detail::check_apart(rankwise::detail::as_output(gradient_out), shown, "gradient", opts.errors) ||
            !rankwise::detail::check_apart(rankwise::detail::as_output(hessian_out), shown, "hessian", opts.errors)))) {
        return math::ops<double>::quiet_nan;
      }
      auto const run = [&]<bool IsCost>(std::bool_constant<IsCost>, Executor on, double const* better,
                                        double const* worse, auto& g, auto& h, options const& how) {
        rankwise::detail::biased<IsCost, lambda<Metric, Pieces...>, column_type> const formula{loss, shown, better,
                                                                                               worse, places};
        return rankwise::detail::loss_of(
            rankwise::detail::call_of<Isa, true>(formula, how)(on, scores, data, g, h, memory));
      };
      double value = math::ops<double>::quiet_nan;
      // Gradients, then the costs by place in the first part of the sums. False: there are none.
      auto const add_up = [&](Executor of_costs, numbers const& at) {
        double const* const better = at.estimates;
        double const* const worse = at.estimates + places;
        value = run(std::false_type{}, executor, better, worse, gradient_out, hessian_out, opts);
        if (!(value - value == 0)) {
          return false;
        }
        options costs = opts;
        costs.per_list = {};
        costs.value = false;
        column<double, Executor::where> g{at.slopes, items};
        column<double, Executor::where> h{at.curvatures, items};
        rankwise::detail::add_costs<column_type> sum{shown, at.slopes, at.curvatures, 1, places, at.parts, at.sums};
        double ran = run(std::true_type{}, of_costs, nullptr, worse, g, h, costs);
        executor.template for_each_item<double>(at.parts, sum);
        sum.sign = -1;
        sum.sums += places;
        ran += run(std::true_type{}, of_costs, better, nullptr, g, h, costs);
        executor.template for_each_item<double>(at.parts, sum);
        rankwise::detail::merge_all_costs(executor, at.sums, 2 * places, at.parts);
        value += ran; // NaN: the workspace was too small
        return ran == 0;
      };
      bool summed = false;
      if constexpr (Executor::where == memory::host) {
        bias.make_room(items);
        summed = add_up(executor,
                        {bias.estimates_.data(), bias.slopes_.data(), bias.curvatures_.data(), bias.costs_.data(), 1});
      } else {
        std::size_t const parts = rankwise::detail::cost_parts(items, places);
        std::size_t const count = 2 * places * (1 + parts) + 2 * items + 2;
        executor.with_memory(
            count * sizeof(double), &memory,
            [&](std::byte* there) {
              auto* const estimates = reinterpret_cast<double*>(there);
              double* const slopes = estimates + 2 * places;
              double* const sums = slopes + 2 * items;
              double* const nobodys = sums + 2 * places * parts;
              executor.send(bias.estimates_.data(), 2 * places, estimates);
              // Who leaves the loss somewhere leaves it alone.
              Executor const of_costs = executor.result == nullptr ? executor : executor.leaving(nobodys);
              summed = add_up(of_costs, {estimates, slopes, slopes + items, sums, parts});
              if (summed) {
                executor.fetch(sums, 2 * places, bias.costs_.data());
              }
            },
            1);
      }
      if (summed) {
        bias.settle(bias.costs_.data(), bias.estimates_.data());
        bias.settle(bias.costs_.data() + places, bias.estimates_.data() + places);
      }
      return value;
    }
  };

  /// Where a round finds the estimates, and keeps two numbers of every item and the costs by place.
  struct numbers {
    double const* estimates;
    double* slopes;
    double* curvatures;
    double* sums;
    std::size_t parts;
  };

  RANKWISE_ALWAYS_INLINE void make_room(std::size_t items) {
    if (slopes_.size() < items) {
      slopes_.resize(items);
      curvatures_.resize(items);
    }
  }

  /// Places without a cost keep their estimate.
  RANKWISE_ALWAYS_INLINE void settle(double const* costs, double* to) const {
    for (std::size_t k = 0; k < places() && costs[0] > 0; ++k) {
      double const share = costs[k] / costs[0];
      if (share > 0 && share - share == 0) { // sums may be too large
        to[k] = math::exp(math::log(share) / (1 + regularisation_));
      }
    }
  }

  storage<double> estimates_; // t+ of all places, then t-
  storage<double> costs_;     // where they are the better item's, then where they are the worse one's
  storage<double> slopes_;    // of items
  storage<double> curvatures_;
  double regularisation_;
};

} // namespace loss
} // namespace rankwise::inline RANKWISE_ABI

#endif
