#ifndef RANKWISE_METRIC_XAUC_HPP
#define RANKWISE_METRIC_XAUC_HPP

#include <rankwise/math/math.hpp>
#include <rankwise/metric/itemwise.hpp>
#include <rankwise/stat/order.hpp>
#include <rankwise/stat/rows.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rankwise::inline RANKWISE_ABI::metric {

/// Pairs of items, each with the weight w_i w_j.
struct pair_weights {
  double concordant = 0;       ///< the greater target has the greater prediction
  double discordant = 0;       ///< the greater target has the smaller prediction
  double tied_predictions = 0; ///< the targets differ, the predictions do not
  double all = 0;              ///< tied targets included
};

/// State of measures over pairs: predictions, targets and weights, 24 bytes for every item.
template <class Measure, class Isa>
class basic_pair_state {
public:
  template <class Predictions, class Targets>
  void add(Predictions const& predictions, Targets const& targets, options const& opts = {}) {
    auto const p = stat::detail::host_rows(predictions);
    auto const t = stat::detail::host_rows(targets);
    if (!stat::detail::check_size(t, "targets", p.size(), opts.errors) ||
        !stat::detail::check_row_options(opts, p.size())) {
      return;
    }
    auto const bad = stat::detail::for_each_block_of_rows<Isa>(
        0, p.size(), opts,
        [this](auto const& block, auto const&) {
          for (std::size_t i = 0; i < block.count; ++i) {
            items_.push_back(
                {stat::detail::key_of(block.x[0][i]), stat::detail::key_of(block.x[1][i]), block.weight[i]});
          }
        },
        p, t);
    left_out_ += bad.count;
    bad.reported("a prediction, target or weight", opts.errors);
  }
  void merge(basic_pair_state const& other) {
    left_out_ += other.left_out_;
    std::size_t const count = other.items_.size();
    for (std::size_t i = 0; i < count; ++i) { // `other` may be this one
      items_.push_back(other.items_[i]);
    }
  }

  std::size_t count() const { return items_.size(); }
  std::size_t left_out() const { return left_out_; }
  double value() const {
    double most = 0;
    for (item const& i : items_) {
      most = i.weight > most ? i.weight : most;
    }
    return Measure::finish(pairs(1 / math::unit_of(most))); // the unit of the weights cancels out
  }

  /// For `to_bytes`.
  template <class Self, class Bytes>
  static void parts(Self& self, Bytes& bytes) {
    detail::describe_measure("pair_state", Measure{}, bytes);
    bytes(self.left_out_, self.items_);
  }

  /// In O(n log n): items by target, and a tree of the weights below every prediction.
  pair_weights pairs() const { return pairs(1); }

private:
  struct item {
    std::uint64_t prediction;
    std::uint64_t target;
    double weight;

    template <class Self, class Bytes>
    static void parts(Self& self, Bytes& bytes) {
      bytes(self.prediction, self.target, self.weight);
    }
  };

  pair_weights pairs(double scale) const {
    std::vector<item> items = items_;
    for (std::size_t i = 0; scale != 1 && i < items.size(); ++i) {
      items[i].weight *= scale;
    }
    stat::detail::sort_by_key<Isa>(items, [](item const& i) { return stat::detail::key_of(i.weight); });
    stat::detail::sort_by_key<Isa>(items, [](item const& i) { return i.prediction; });
    std::size_t const n = items.size();
    std::size_t ranks = 0; // of predictions, from 1
    std::uint64_t before = 0;
    for (item& i : items) {
      ranks += ranks == 0 || i.prediction != before ? 1u : 0u;
      before = i.prediction;
      i.prediction = ranks;
    }
    stat::detail::sort_by_key<Isa>(items, [](item const& i) { return i.target; });
    std::vector<double> tree(ranks + 1, 0); // Fenwick
    std::vector<double> at(ranks + 1, 0);
    pair_weights found;
    double below = 0; // weight of all items with a smaller target
    double all_before = 0;
    for (std::size_t begin = 0; begin < n;) {
      std::size_t end = begin;
      for (; end < n && items[end].target == items[begin].target; ++end) {
        std::size_t const rank = static_cast<std::size_t>(items[end].prediction);
        double smaller = 0;
        for (std::size_t k = rank - 1; k != 0; k &= k - 1) {
          smaller += tree[k];
        }
        double const w = items[end].weight;
        found.concordant += w * smaller;
        found.tied_predictions += w * at[rank];
        found.discordant += w * (below - smaller - at[rank]);
        found.all += w * all_before;
        all_before += w;
      }
      for (; begin < end; ++begin) {
        std::size_t const rank = static_cast<std::size_t>(items[begin].prediction);
        at[rank] += items[begin].weight;
        for (std::size_t k = rank; k <= ranks; k += k & (~k + 1)) {
          tree[k] += items[begin].weight;
        }
        below += items[begin].weight;
      }
    }
    return found;
  }

  std::size_t left_out_ = 0;
  std::vector<item> items_;
};

/// Share of all pairs of items that predictions order as the targets do. A pair with equal targets or equal predictions
/// counts 0, but is a pair (TorchEasyRec's XAUC; used for watch time). NaN for fewer than two items.
struct xauc {
  static constexpr char const* text = "xauc";

  RANKWISE_HOST_FN static double finish(pair_weights const& pairs) {
    return pairs.all > 0 ? pairs.concordant / pairs.all : math::ops<double>::quiet_nan;
  }

  /// For data in parts: `add`, `merge`, `value`.
  template <class Isa = arch::native>
  auto accumulator() const {
    return basic_pair_state<xauc, Isa>();
  }

  RANKWISE_STATE_METRIC_CALLS
};

/// The concordance index (Harrell): among pairs with different targets, those in the right order, equal predictions
/// counting half. For targets 0 and 1 it is the AUC. NaN where all targets are equal.
struct concordance {
  static constexpr char const* text = "concordance";

  RANKWISE_HOST_FN static double finish(pair_weights const& pairs) {
    double const comparable = pairs.concordant + pairs.discordant + pairs.tied_predictions;
    return comparable > 0 ? (pairs.concordant + pairs.tied_predictions / 2) / comparable : math::ops<double>::quiet_nan;
  }

  template <class Isa = arch::native>
  auto accumulator() const {
    return basic_pair_state<concordance, Isa>();
  }

  RANKWISE_STATE_METRIC_CALLS
};

} // namespace rankwise::inline RANKWISE_ABI::metric

#endif
