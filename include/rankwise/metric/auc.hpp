#ifndef RANKWISE_METRIC_AUC_HPP
#define RANKWISE_METRIC_AUC_HPP

#include <rankwise/core/bytes.hpp>
#include <rankwise/core/policy.hpp>
#include <rankwise/metric/itemwise.hpp>
#include <rankwise/stat/moments.hpp>
#include <rankwise/stat/order.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace rankwise::inline RANKWISE_ABI::metric {

namespace detail {

using stat::detail::weighted_key;

RANKWISE_HOST_FN std::uint64_t key_of(std::uint64_t key) {
  return key;
}
RANKWISE_HOST_FN std::uint64_t key_of(weighted_key const& k) {
  return k.key;
}
RANKWISE_HOST_FN double weight_of(std::uint64_t) {
  return 1;
}
RANKWISE_HOST_FN double weight_of(weighted_key const& k) {
  return k.weight;
}

/// A running total in two words.
struct running_sum {
  double high = 0;
  double low = 0;

  RANKWISE_HOST_FN void add(double x) {
    double const sum = high + x;
    double const part = sum - high;
    low += (high - (sum - part)) + (x - part);
    high = sum;
  }
  RANKWISE_HOST_FN double value() const { return high + low; }
};

/// Walks down two sorted samples, best score first: calls f(positive, negative) with the weights at every distinct
/// score.
template <class Isa, class Entry, class F>
void for_each_score(Entry const* positive, std::size_t positives, Entry const* negative, std::size_t negatives, F f) {
  while (positives != 0 || negatives != 0) {
    std::uint64_t const p = positives != 0 ? key_of(positive[positives - 1]) : 0;
    std::uint64_t const n = negatives != 0 ? key_of(negative[negatives - 1]) : 0;
    std::uint64_t const top = p > n ? p : n; // no finite number has the key 0
    double up = 0;
    double down = 0;
    for (; positives != 0 && key_of(positive[positives - 1]) == top; --positives) {
      up += weight_of(positive[positives - 1]);
    }
    for (; negatives != 0 && key_of(negative[negatives - 1]) == top; --negatives) {
      down += weight_of(negative[negatives - 1]);
    }
    f(up, down);
  }
}

/// A label is at least the threshold or not, so infinities mean nobody and everybody.
constexpr char const* fault_of_auc(double threshold, double max_false_positive_rate) {
  return !(threshold == threshold)        ? "threshold of an AUC (not NaN)"
         : !(max_false_positive_rate > 0) ? "max_false_positive_rate of auc (more than 0)"
                                          : nullptr;
}

/// The units of two classes may differ: they cancel out of an AUC.
template <class Isa>
double scale_weights(std::vector<std::uint64_t> const&) {
  return 1;
}
template <class Isa>
double scale_weights(std::vector<weighted_key>& items) {
  double most = 0;
  for (weighted_key const& i : items) {
    most = i.weight > most ? i.weight : most;
  }
  double const scale = 1 / math::unit_of(most);
  for (std::size_t i = 0; scale != 1 && i < items.size(); ++i) {
    items[i].weight *= scale;
  }
  return scale;
}

struct roc_area {
  double area = 0;      ///< of the part up to the false positive rate asked for
  double positives = 0; ///< weight
  double negatives = 0;
  double positive_unit = 1; ///< weights were multiplied by it
  double negative_unit = 1;

  RANKWISE_HOST_FN bool defined() const { return positives > 0 && negatives > 0; }
};

/// Area under the whole curve of sorted keys that weigh 1 each.
template <class Isa>
roc_area area_of(std::uint64_t const* positive, std::size_t positives, std::uint64_t const* negative,
                 std::size_t negatives) {
  roc_area roc{0, static_cast<double>(positives), static_cast<double>(negatives)};
  std::uint64_t twice = 0;
  std::uint64_t above = 0; // positives passed
  while (positives != 0 && negatives != 0) {
    std::uint64_t const p = positive[positives - 1];
    std::uint64_t const n = negative[negatives - 1];
    if (p == n) {
      std::uint64_t up = 0;
      for (; positives != 0 && positive[positives - 1] == p; --positives) {
        ++up;
      }
      for (; negatives != 0 && negative[negatives - 1] == p; --negatives) {
        twice += 2 * above + up;
      }
      above += up;
      continue;
    }
    // Without a branch: which class comes next is a matter of chance.
    std::uint64_t const up = p > n ? 1 : 0;
    std::uint64_t const down = 1 - up;
    twice += 2 * above & (0 - down);
    above += up;
    positives -= up;
    negatives -= down;
  }
  twice += 2 * above * negatives;
  roc.area = static_cast<double>(twice) / 2;
  return roc;
}

/// Area under the ROC curve up to the false positive rate `limit`, in units of positives x negatives.
template <class Isa, class Entry>
roc_area area_of(Entry const* positive, std::size_t positives, Entry const* negative, std::size_t negatives,
                 double limit) {
  running_sum all_up;
  for (std::size_t i = 0; i < positives; ++i) {
    all_up.add(weight_of(positive[i]));
  }
  running_sum all_down;
  for (std::size_t i = 0; i < negatives; ++i) {
    all_down.add(weight_of(negative[i]));
  }
  double const most = limit < 1 ? limit * all_down.value() : all_down.value();
  running_sum area;
  running_sum up;
  running_sum down;
  for_each_score<Isa>(positive, positives, negative, negatives, [&](double u, double d) {
    double const left = most - down.value();
    if (d > 0 && left > 0) {
      double const share = limit < 1 && left < d ? left / d : 1; // of the line to this point
      area.add(up.high * (share * d));
      area.add(up.low * (share * d) + share * u * (share * d) / 2);
    }
    up.add(u);
    down.add(d);
  });
  return {area.value(), all_up.value(), all_down.value()};
}

} // namespace detail

/// State of the area under the ROC curve: the scores of both classes, 8 bytes for every item, 16 once there are
/// weights.
template <class Isa>
class basic_auc_state {
public:
  explicit basic_auc_state(double threshold = 1, double max_false_positive_rate = 1)
      : threshold_(threshold), limit_(max_false_positive_rate) {}

  template <class Scores, class Labels>
  void add(Scores const& scores, Labels const& labels, options const& opts = {}) {
    auto const s = stat::detail::host_rows(scores);
    auto const y = stat::detail::host_rows(labels);
    if (!rankwise::detail::check_parameters(detail::fault_of_auc(threshold_, limit_), opts.errors) ||
        !stat::detail::check_size(y, "labels", s.size(), opts.errors) ||
        !stat::detail::check_row_options(opts, s.size())) {
      return;
    }
    if (opts.item_weights.given()) {
      weigh();
    }
    if (positives() + negatives() == 0) { // often all there is to come; what is not used costs nothing
      if (weighted_) {
        heavy_positive_.reserve(s.size());
        heavy_negative_.reserve(s.size());
      } else {
        positive_.reserve(s.size());
        negative_.reserve(s.size());
      }
    }
    auto const bad = stat::detail::for_each_block_of_rows<Isa>(
        0, s.size(), opts,
        [this](auto const& block, auto const&) {
          for (std::size_t i = 0; i < block.count; ++i) {
            bool const up = block.x[1][i] >= threshold_;
            std::uint64_t const key = stat::detail::key_of(block.x[0][i]);
            if (weighted_) {
              (up ? heavy_positive_ : heavy_negative_).push_back({key, block.weight[i]});
            } else {
              (up ? positive_ : negative_).push_back(key);
            }
          }
        },
        s, y);
    left_out_ += bad.count;
    bad.reported("a score, label or weight", opts.errors);
  }
  /// Of two states with the same threshold and limit.
  void merge(basic_auc_state const& other, on_error const& errors = {}) {
    if (!rankwise::detail::check_alike<Isa>(*this, other, errors)) {
      return;
    }
    left_out_ += other.left_out_;
    if (weighted_ || other.weighted_) {
      weigh();
      append(heavy_positive_, other.heavy_positive_);
      append(heavy_negative_, other.heavy_negative_);
      append(heavy_positive_, with_weights(other.positive_));
      append(heavy_negative_, with_weights(other.negative_));
    } else {
      append(positive_, other.positive_);
      append(negative_, other.negative_);
    }
  }

  /// NaN unless there are items of both classes.
  double value() const& { return basic_auc_state(*this).sorted_value(); }
  double value() && { return sorted_value(); }

  std::size_t positives() const { return positive_.size() + heavy_positive_.size(); }
  std::size_t negatives() const { return negative_.size() + heavy_negative_.size(); }
  std::size_t left_out() const { return left_out_; }

  /// For `to_bytes`.
  template <class Self, class Bytes>
  static void parts(Self& self, Bytes& bytes) {
    bytes.kind("auc");
    bytes.same(self.threshold_, self.limit_);
    bytes(self.weighted_, self.left_out_, self.positive_, self.negative_, self.heavy_positive_, self.heavy_negative_);
    bytes.require(self.weighted_ ? self.positive_.empty() && self.negative_.empty()
                                 : self.heavy_positive_.empty() && self.heavy_negative_.empty());
  }

private:
  template <class T>
  static void append(std::vector<T>& to, std::vector<T> const& from) {
    std::size_t const count = from.size();
    for (std::size_t i = 0; i < count; ++i) { // they may be the same
      to.push_back(from[i]);
    }
  }
  static std::vector<detail::weighted_key> with_weights(std::vector<std::uint64_t> const& keys) {
    std::vector<detail::weighted_key> heavy;
    heavy.reserve(keys.size());
    for (std::uint64_t const key : keys) {
      heavy.push_back({key, 1});
    }
    return heavy;
  }
  void weigh() {
    if (!weighted_) {
      weighted_ = true;
      heavy_positive_ = with_weights(positive_);
      heavy_negative_ = with_weights(negative_);
      positive_ = {};
      negative_ = {};
    }
  }

  double sorted_value() {
    return weighted_ ? sorted_value(heavy_positive_, heavy_negative_) : sorted_value(positive_, negative_);
  }
  template <class Entry>
  double sorted_value(std::vector<Entry>& positive, std::vector<Entry>& negative) const {
    detail::scale_weights<Isa>(positive);
    detail::scale_weights<Isa>(negative);
    stat::detail::sort_keys<Isa>(positive);
    stat::detail::sort_keys<Isa>(negative);
    detail::roc_area const roc = [&] {
      if constexpr (std::is_same_v<Entry, std::uint64_t>) {
        if (limit_ >= 1) {
          return detail::area_of<Isa>(positive.data(), positive.size(), negative.data(), negative.size());
        }
      }
      return detail::area_of<Isa>(positive.data(), positive.size(), negative.data(), negative.size(), limit_);
    }();
    if (!roc.defined()) {
      return math::ops<double>::quiet_nan;
    }
    double const area = roc.area / roc.positives / roc.negatives;
    if (limit_ >= 1) {
      return area;
    }
    double const least = limit_ * limit_ / 2;
    return 0.5 * (1 + (area - least) / (limit_ - least));
  }

  double threshold_;
  double limit_;
  bool weighted_ = false;
  std::size_t left_out_ = 0;
  std::vector<std::uint64_t> positive_;
  std::vector<std::uint64_t> negative_;
  std::vector<detail::weighted_key> heavy_positive_;
  std::vector<detail::weighted_key> heavy_negative_;
};

using auc_state = basic_auc_state<arch::native>;

/// Area under the ROC curve: how likely an item of the upper class (label >= threshold) has a higher score than one of
/// the lower class, equal scores counting half (Mann and Whitney 1947), every pair weighted by the product of its
/// weights. NaN where there is one class only. With a largest false positive rate a below 1, the area up to a,
/// standardised so that 1/2 is chance (McClish 1989): 1/2 (1 + (A - a^2/2) / (a - a^2/2)), as in scikit-learn.
struct auc {
  double threshold = 1;
  double max_false_positive_rate = 1;

  constexpr char const* fault() const { return detail::fault_of_auc(threshold, max_false_positive_rate); }

  /// For data in parts: `add`, `merge`, `value`.
  template <class Isa = arch::native>
  auto accumulator() const {
    return basic_auc_state<Isa>(threshold, max_false_positive_rate);
  }

  RANKWISE_STATE_METRIC_CALLS
};

} // namespace rankwise::inline RANKWISE_ABI::metric

#endif
