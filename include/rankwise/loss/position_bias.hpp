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
struct weight_by_place {
  using ties = typename Weight::ties;
  static constexpr std::size_t label_keys = Weight::label_keys;
  static constexpr std::size_t rank_keys = Weight::rank_keys;
  static constexpr std::size_t item_keys = 2;
  static constexpr bool needs_order = true;

  Weight weight;
  Column places;
  double const* better;
  double const* worse;
  std::size_t count;

  template <class T>
  RANKWISE_FN void by_label(T label, T* key) const {
    if constexpr (label_keys != 0) {
      weight.by_label(label, key);
    }
  }
  template <class List, class T>
  RANKWISE_FN void by_rank(List const& list, std::uint32_t const* order, std::size_t n, T* const* key) const {
    if constexpr (rank_keys != 0) {
      weight.by_rank(list, order, n, key);
    }
  }
  template <class T>
  RANKWISE_FN T by_item(std::size_t item, std::size_t k) const {
    std::size_t const shown = static_cast<std::size_t>(places[item]);
    std::size_t const place = shown < count ? shown : count - 1;
    return static_cast<T>(1 / (k == 0 ? better : worse)[place]);
  }
  template <class List>
  RANKWISE_FN auto scale(List const& list) const {
    if constexpr (requires { weight.scale(list); }) {
      return weight.scale(list);
    } else {
      return typename List::scalar(1);
    }
  }
  template <class V>
  RANKWISE_FN V operator()(V const* i, V const* j) const {
    constexpr std::size_t last = label_keys + rank_keys;
    V const w = weight(i, j);
    if constexpr (Side == bias_side::both) {
      return w * i[last] * j[last + 1];
    } else if constexpr (Side == bias_side::worse) {
      return w * j[last + 1];
    } else {
      return w * i[last];
    }
  }
};

/// The cost of a pair where its derivatives stood: (h + g) / 2 of an item is then what its pairs cost where it is the
/// better one, (h - g) / 2 where it is the worse.
struct logistic_cost {
  template <class V>
  RANKWISE_FN pair_term<V> operator()(V x, V t) const {
    V const cost = pair::logistic{}(x, t).value;
    return {cost, cost, cost};
  }
};

template <bias_side Side, class Function, class Lambda, class Column>
struct biased {
  using metric_weight = typename Lambda::weight_type;
  using weight_type = weight_by_place<Side, metric_weight, Column>;
  using parts = pair_loss<Function, weight_type, typename Lambda::pairs_type, weighting::better, reduction::sum,
                          score_gap::ignored, hessian::diagonal>;
  using scratch = typename parts::scratch;
  using prepared_items = typename parts::prepared_items;
  static constexpr bool reads_segments = true;

  Function function;
  weight_type weight;
  typename Lambda::pairs_type pairs;

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const {
    return parts{function, weight, -math::ops<double>::infinity, pairs}.prepare_list(list);
  }
  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    return parts{function, weight, -math::ops<double>::infinity, pairs}(list);
  }

  RANKWISE_LOSS_CALLS
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
    for (std::size_t k = 0; k < better_.size(); ++k) {
      better_[k] = 1;
      worse_[k] = 1;
    }
  }

  /// t+ and t- of a place.
  RANKWISE_ALWAYS_INLINE double clicked(std::size_t place) const { return better_[place]; }
  RANKWISE_ALWAYS_INLINE double not_clicked(std::size_t place) const { return worse_[place]; }
  RANKWISE_ALWAYS_INLINE std::size_t places() const { return better_.size(); }

  /// A round: gradients with the present estimates, then estimates with the present scores. `shown_at` has the place of
  /// every item. Returns the loss, divided as the gradients are.
  template <class Metric, class... Pieces, class Scores, class Labels, class Groups, class Places, class Gradient,
            class Hessian, class Isa = arch::native>
  double gradient(lambda<Metric, Pieces...> const& loss, Scores const& scores, Labels const& labels,
                  Groups const& groups, Places const& shown_at, Gradient&& gradient_out, Hessian&& hessian_out,
                  options const& opts = {}) {
    using rankwise::detail::bias_side;
    auto const shown = as_column(shown_at);
    using column_type = std::remove_const_t<decltype(shown)>;
    static_assert(std::is_integral_v<typename column_type::value_type>, "[rankwise] places are integers");
    static_assert((std::is_same_v<typename Pieces::slot, slots::pairs> && ...),
                  "[rankwise] position_bias: of a lambda's pieces it knows pairs alone; give it lambda<metric> or "
                  "lambda<metric, pairs::...>");
    if (!rankwise::detail::check_size(shown, "the places", groups.items(), opts.errors)) {
      return math::ops<double>::quiet_nan;
    }
    double const value = biased<bias_side::both>(pair::logistic{loss.steepness}, loss, shown)
                             .gradient(scores, labels, groups, gradient_out, hessian_out, opts);
    if (!(value - value == 0)) {
      return value;
    }
    storage<double> better_cost = costs<bias_side::worse>(loss, scores, labels, groups, shown, 1, opts);
    storage<double> worse_cost = costs<bias_side::better>(loss, scores, labels, groups, shown, -1, opts);
    settle(better_cost, better_);
    settle(worse_cost, worse_);
    return value;
  }

private:
  template <rankwise::detail::bias_side Side, class Function, class Lambda, class Column>
  RANKWISE_ALWAYS_INLINE auto biased(Function const& function, Lambda const& loss, Column shown) const {
    using formula = rankwise::detail::biased<Side, Function, Lambda, Column>;
    return formula{function,
                   {pair_weight::of_metric<decltype(loss.metric)>::make(loss.metric), shown, better_.data(),
                    worse_.data(), better_.size()},
                   loss.pairs};
  }

  /// What pairs cost by the place of their better (sign 1) or worse item.
  template <rankwise::detail::bias_side Side, class Lambda, class Scores, class Labels, class Groups, class Column>
  RANKWISE_ALWAYS_INLINE storage<double> costs(Lambda const& loss, Scores const& scores, Labels const& labels,
                                               Groups const& groups, Column shown, double sign,
                                               options const& opts) const {
    storage<double> g;
    storage<double> h;
    storage<double> scaled;
    g.resize(groups.items());
    h.resize(groups.items());
    scaled.resize(groups.items());
    auto const s = as_column(scores);
    for (std::size_t i = 0; i < scaled.size(); ++i) {
      scaled[i] = loss.steepness * static_cast<double>(s[i]);
    }
    options others = opts;
    others.per_list = {};
    biased<Side>(rankwise::detail::logistic_cost{}, loss, shown)
        .gradient(column<double const>{scaled.data(), scaled.size()}, labels, groups,
                  column<double>{g.data(), g.size()}, column<double>{h.data(), h.size()}, others);
    storage<double> sums;
    sums.resize(better_.size());
    for (std::size_t i = 0; i < g.size(); ++i) {
      std::size_t const place = static_cast<std::size_t>(shown[i]);
      sums[place < sums.size() ? place : sums.size() - 1] += (h[i] + sign * g[i]) / 2;
    }
    return sums;
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
  double regularisation_;
};

} // namespace loss
} // namespace rankwise::inline RANKWISE_ABI

#endif
