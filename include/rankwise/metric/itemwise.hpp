#ifndef RANKWISE_METRIC_ITEMWISE_HPP
#define RANKWISE_METRIC_ITEMWISE_HPP

#include <rankwise/core/bytes.hpp>
#include <rankwise/core/policy.hpp>
#include <rankwise/exec/items.hpp>
#include <rankwise/stat/moments.hpp>

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstring>
#include <type_traits>
#include <utility>

/// Measures of single items: every item has a few numbers, and the value is a function of their weighted sums. A
/// measure is a struct with
///   sums                     how many numbers
///   operator()(p, y)         item_sums<V, sums> of a prediction and a label, for any math::value V; NaN where they
///                            cannot be used
///   finish(sum, weight)      the value, from the weighted sums and the weight of all items
///   fault()                  optional: what is wrong with its parameters, see core/policy.hpp
///   parts(self, bytes)       optional, static: its parameters by bytes.same(...), see core/bytes.hpp; needed where a
///                            measure has padding and no constant expression makes it
/// The line RANKWISE_ITEM_METRIC_CALLS in its body adds
///   measure(predictions, labels, {.item_weights = w, .mask = m})     in one go; an executor may come first
///   auto state = measure.accumulator();                              in parts, on any threads or machines
///   state.add(predictions, labels, {...});  state.merge(other);  state.value();
/// Sums are exact, so parts give the same bits as the whole.
namespace rankwise::inline RANKWISE_ABI::metric {

namespace detail {

/// Byte `At` of a measure holds a parameter: padding has no value in a constant expression.
template <class Measure, std::size_t At>
concept parameter_byte = requires {
  typename std::integral_constant<unsigned char,
                                  std::bit_cast<std::array<unsigned char, sizeof(Measure)>>(Measure{})[At]>;
};
template <class Measure, std::size_t... At>
consteval std::array<bool, sizeof...(At)> parameter_bytes(std::index_sequence<At...>) {
  std::array<bool, sizeof...(At)> known{parameter_byte<Measure, At>...};
  if ((!known[At] && ...)) { // no constant expression makes this measure
    ((known[At] = true), ...);
  }
  return known;
}

/// The name of a measure, and its parameters, on which states that merge must agree.
template <class Measure, class Bytes>
void describe_measure(char const* state, Measure const& measure, Bytes& bytes) {
  bytes.kind(state);
  if constexpr (requires { Measure::text; }) {
    bytes.kind(Measure::text);
  }
  if constexpr (requires { Measure::parts(measure, bytes); }) {
    Measure::parts(measure, bytes);
  } else if constexpr (!std::is_empty_v<Measure>) {
    static_assert(std::is_trivially_copyable_v<Measure>, "[rankwise] a measure is trivially copyable");
    constexpr auto known = parameter_bytes<Measure>(std::make_index_sequence<sizeof(Measure)>{});
    unsigned char raw[sizeof measure];
    std::memcpy(raw, &measure, sizeof measure);
    for (std::size_t k = 0; k < sizeof measure; ++k) {
      if (known[k]) {
        bytes.same(raw[k]);
      }
    }
  }
}

} // namespace detail

/// The state of a measure: its size is fixed, adding does not allocate.
template <class Measure, class Executor>
class basic_accumulator {
  static constexpr std::size_t sums = Measure::sums;
  static constexpr std::size_t share = 65536; // rows that a thread takes at a time
  using block_type = stat::detail::row_block<Executor, 2>;

public:
  explicit basic_accumulator(Measure const& measure = {}) : measure_(measure) {}

  template <class Predictions, class Labels>
  void add(Predictions const& predictions, Labels const& labels, options const& opts = {}) {
    add(Executor{}, predictions, labels, opts);
  }
  /// On the threads of an executor: `exec::parallel{.threads = 4}` has the same bits. It must compute with registers of
  /// the same kind as the one in the type of the state.
  template <executor Threads, class Predictions, class Labels>
  void add(Threads const& threads, Predictions const& predictions, Labels const& labels, options const& opts = {}) {
    static_assert(std::is_same_v<typename Threads::template vector<double>, typename Executor::template vector<double>>,
                  "[rankwise] this state computes with other registers than the executor: say "
                  "basic_accumulator<measure, executor>");
    auto const p = stat::detail::host_rows(predictions);
    auto const y = stat::detail::host_rows(labels);
    if (!rankwise::detail::check_parameters(fault_of(measure_), opts.errors) ||
        !stat::detail::check_size(y, "labels", p.size(), opts.errors) ||
        !stat::detail::check_row_options(opts, p.size())) {
      return;
    }
    stat::detail::unusable bad;
    std::atomic_flag busy = ATOMIC_FLAG_INIT;
    threads.for_each_block(p.size(), share, [&](std::size_t begin, std::size_t count) {
      basic_accumulator part(measure_);
      auto const unusable = stat::detail::for_each_block_of_rows<Executor>(
          begin, begin + count, opts, [&part](block_type& block, auto& rows) { part.add_block(block, rows); }, p, y);
      while (busy.test_and_set(std::memory_order_acquire)) {
      }
      take(part); // exact sums: it does not matter who comes first
      bad.merge(unusable);
      busy.clear(std::memory_order_release);
    });
    left_out_ += bad.count;
    bad.reported("a prediction, label or weight", opts.errors);
  }
  /// Of two states whose measures have the same parameters.
  template <class Isa = arch::native>
  void merge(basic_accumulator const& other, on_error const& errors = {}) {
    if (rankwise::detail::check_alike<Isa>(*this, other, errors)) {
      take(other);
    }
  }
  /// NaN for no items.
  double value() const {
    double sum[sums];
    double const weight = weight_.value();
    bool held = stat::detail::finite(weight);
    for (std::size_t k = 0; k < sums; ++k) {
      sum[k] = sum_[k].value();
      held = held && stat::detail::finite(sum[k]);
    }
    double const found = count_ == 0 ? math::ops<double>::quiet_nan : measure_.finish(sum, weight);
    if (held) {
      return found;
    }
    // A sum is beyond the largest double. What does not depend on the unit of the weights comes out of means, too.
    double const of_means = finish_of_means(1);
    return of_means == finish_of_means(0.5) ? of_means : found;
  }

  std::size_t count() const { return count_; }
  std::size_t left_out() const { return left_out_; }
  double weight() const { return weight_.value(); }

  /// For `to_bytes`.
  template <class Self, class Bytes>
  static void parts(Self& self, Bytes& bytes) {
    detail::describe_measure("accumulator", self.measure_, bytes);
    bytes(self.count_, self.left_out_, self.weight_, self.sum_);
  }

private:
  double finish_of_means(double weight) const {
    double sum[sums];
    for (std::size_t k = 0; k < sums; ++k) {
      sum[k] = weight * sum_[k].over(weight_);
    }
    return measure_.finish(sum, weight);
  }

  void take(basic_accumulator const& other) {
    count_ += other.count_;
    left_out_ += other.left_out_;
    weight_.merge(other.weight_);
    for (std::size_t k = 0; k < sums; ++k) {
      sum_[k].merge(other.sum_[k]);
    }
  }

  RANKWISE_FLATTEN void add_block(block_type& block, stat::detail::unusable& unusable) {
    using V = typename Executor::template vector<double>;
    double number[sums][block_type::capacity];
    auto all_finite = V(0) == V(0);
    for_each_pack<V>(block.count, [&](auto i) {
      item_sums<V, sums> const x = measure_(load(block.x[0], i), load(block.x[1], i));
      for (std::size_t k = 0; k < sums; ++k) {
        store(number[k], i, x.value[k]);
        auto finite = math::is_finite(x.value[k] * load(block.weight, i)); // weights are: 1 where none are given
        if constexpr (!decltype(i)::full) {
          finite = finite | !math::ops<V>::first(i.count);
        }
        all_finite = all_finite & finite;
      }
    });
    if (!math::all(all_finite)) {
      leave_out(block, number, unusable);
    }
    count_ += block.count;
    if (block.unit_weights) {
      weight_.add(static_cast<double>(block.count));
      for (std::size_t k = 0; k < sums; ++k) {
        sum_[k].add(column<double const>{number[k], block.count});
      }
    } else {
      weight_.add(column<double const>{block.weight, block.count});
      for (std::size_t k = 0; k < sums; ++k) {
        stat::detail::add_products<Executor>(sum_[k], block.weight, number[k], block.count);
      }
    }
  }

  void leave_out(block_type& block, double (&number)[sums][block_type::capacity], stat::detail::unusable& unusable) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < block.count; ++i) {
      bool usable = true;
      for (std::size_t k = 0; k < sums; ++k) {
        usable = usable && stat::detail::finite(number[k][i] * block.weight[i]);
        number[k][kept] = number[k][i];
      }
      block.weight[kept] = block.weight[i];
      if (usable) {
        ++kept;
      } else {
        unusable.add(block.item[i]);
      }
    }
    block.count = kept;
  }

  Measure measure_;
  std::size_t count_ = 0;
  std::size_t left_out_ = 0;
  stat::exact_sum weight_;
  stat::exact_sum sum_[sums];
};

/// `accumulator<metric::log_loss>`: the state that `log_loss{}.accumulator()` returns.
template <class Measure>
using accumulator = basic_accumulator<Measure, exec::simd>;

namespace detail {

template <class Executor, class Measure, class Predictions, class Labels>
double value_of_items(Executor const& executor, Measure const& measure, Predictions const& predictions,
                      Labels const& labels, options const& opts) {
  basic_accumulator<Measure, Executor> state(measure);
  state.add(executor, predictions, labels, opts);
  return state.value();
}

template <class State, class Predictions, class Labels>
double value_of_state(State state, Predictions const& predictions, Labels const& labels, options const& opts) {
  state.add(predictions, labels, opts);
  return static_cast<State&&>(state).value();
}

} // namespace detail
} // namespace rankwise::inline RANKWISE_ABI::metric

// For measures that keep more than sums: `accumulator<Isa>()` returns the state, with `add`, `merge`, `value`.
#define RANKWISE_STATE_METRIC_CALLS                                                                                    \
  template <class RwP, class RwY, class RwIsa = ::rankwise::arch::native>                                              \
  double operator()(RwP const& rw_predictions, RwY const& rw_labels, ::rankwise::options const& rw_options = {})       \
      const {                                                                                                          \
    return ::rankwise::metric::detail::value_of_state(accumulator<RwIsa>(), rw_predictions, rw_labels, rw_options);    \
  }

// `RwIsa` is never given: it keeps the functions of units with different flags apart.
#define RANKWISE_ITEM_METRIC_CALLS                                                                                     \
  using rw_has_calls = void;                                                                                           \
  template <class RwP = ::rankwise::detail::braced, class RwY = ::rankwise::detail::braced,                            \
            class RwIsa = ::rankwise::arch::native>                                                                    \
    requires(!::rankwise::executor<RwP> && !::rankwise::math::value<RwP>)                                              \
  double operator()(RwP const& rw_predictions, RwY const& rw_labels, ::rankwise::options const& rw_options = {})       \
      const {                                                                                                          \
    return ::rankwise::metric::detail::value_of_items(::rankwise::exec::basic_simd<RwIsa>{}, *this, rw_predictions,    \
                                                      rw_labels, rw_options);                                          \
  }                                                                                                                    \
  template <::rankwise::executor RwE, class RwP = ::rankwise::detail::braced, class RwY = ::rankwise::detail::braced>  \
  double operator()(RwE const& rw_executor, RwP const& rw_predictions, RwY const& rw_labels,                           \
                    ::rankwise::options const& rw_options = {}) const {                                                \
    return ::rankwise::metric::detail::value_of_items(rw_executor, *this, rw_predictions, rw_labels, rw_options);      \
  }                                                                                                                    \
  template <class RwIsa = ::rankwise::arch::native>                                                                    \
  auto accumulator() const {                                                                                           \
    return ::rankwise::metric::basic_accumulator<std::remove_cvref_t<decltype(*this)>,                                 \
                                                 ::rankwise::exec::basic_simd<RwIsa>>(*this);                          \
  }

#endif
