#ifndef RANKWISE_METRIC_GROUP_AUC_HPP
#define RANKWISE_METRIC_GROUP_AUC_HPP

#include <rankwise/core/bytes.hpp>
#include <rankwise/core/lists.hpp>
#include <rankwise/metric/auc.hpp>

#include <type_traits>

namespace rankwise::inline RANKWISE_ABI::metric {

/// What a group counts in a group AUC, by the weights of its items of both classes.
namespace weigh {
/// By all its items: the GAUC of the literature.
struct impressions {
  static constexpr char const* text = "impressions";
  RANKWISE_HOST_FN static double weight(double positives, double negatives) { return positives + negatives; }
};
/// By its positive items.
struct positives {
  static constexpr char const* text = "positives";
  RANKWISE_HOST_FN static double weight(double positives, double) { return positives; }
};
/// All groups alike.
struct equally {
  static constexpr char const* text = "equally";
  RANKWISE_HOST_FN static double weight(double, double) { return 1; }
};
} // namespace weigh

/// State of a group AUC. Groups that are added as lists are complete: two sums remain of them. Groups that are added by
/// id may continue anywhere: 32 bytes for every item.
template <class Weigh, class Isa>
class basic_group_auc_state {
public:
  explicit basic_group_auc_state(double threshold = 1) : threshold_(threshold) {}

  /// Every list is a group of its own. List weights multiply what a group counts.
  template <class Scores, class Labels, class Offset>
  void add(Scores const& scores, Labels const& labels, lists<Offset> const& groups, options const& opts = {}) {
    auto const s = stat::detail::host_rows(scores);
    auto const y = stat::detail::host_rows(labels);
    if (!fits(opts.errors) ||
        !rankwise::detail::check_equal(s.size(), groups.items(), "scores", errc::offsets_overrun, opts.errors) ||
        !stat::detail::check_size(y, "labels", s.size(), opts.errors) ||
        !stat::detail::check_row_options(opts, s.size(), true) ||
        !stat::detail::check_optional(opts.list_weights, "list_weights", groups.size(), memory::host, opts.errors)) {
      return;
    }
    std::vector<record> items;
    std::size_t list = 0;
    stat::detail::unusable bad_lists;
    auto const close = [&] {
      double weight = 1;
      if (opts.list_weights.given()) {
        opts.list_weights.read(list, 1, &weight);
      }
      if (weight >= 0 && stat::detail::finite(weight)) {
        count_group(items.data(), items.size(), weight);
      } else {
        bad_lists.add(groups.begin_of(list));
      }
      items.clear();
      ++list;
    };
    auto const bad = stat::detail::for_each_block_of_rows<Isa>(
        0, s.size(), opts,
        [&](auto const& block, auto const&) {
          for (std::size_t i = 0; i < block.count; ++i) {
            while (block.item[i] >= groups.end_of(list)) {
              close();
            }
            items.push_back(record_of(0, block, i));
          }
        },
        s, y);
    while (list < groups.size()) {
      close();
    }
    left_out_ += bad.count;
    if (!bad.reported("a score, label or weight", opts.errors)) {
      bad_lists.reported("the weight of the list", opts.errors);
    }
  }

  /// Items with equal ids, whole numbers, are a group, in whatever calls they come.
  template <class Scores, class Labels, class Ids>
    requires tensor_column<Ids const>
  void add(Scores const& scores, Labels const& labels, Ids const& ids, options const& opts = {}) {
    auto const s = stat::detail::host_rows(scores);
    auto const y = stat::detail::host_rows(labels);
    auto const g = stat::detail::host_rows(ids);
    static_assert(std::is_integral_v<typename decltype(g)::value_type>,
                  "[rankwise] group_auc: the third argument is lists, or a column of ids that are whole numbers");
    if (!fits(opts.errors) || !stat::detail::check_size(y, "labels", s.size(), opts.errors) ||
        !stat::detail::check_size(g, "ids", s.size(), opts.errors) ||
        !stat::detail::check_row_options(opts, s.size())) {
      return;
    }
    auto const bad = stat::detail::for_each_block_of_rows<Isa>(
        0, s.size(), opts,
        [&](auto const& block, auto const&) {
          for (std::size_t i = 0; i < block.count; ++i) {
            items_.push_back(record_of(static_cast<std::uint64_t>(g[block.item[i]]), block, i));
          }
        },
        s, y);
    left_out_ += bad.count;
    bad.reported("a score, label or weight", opts.errors);
  }

  /// Of two states with the same threshold.
  void merge(basic_group_auc_state const& other, on_error const& errors = {}) {
    if (!rankwise::detail::check_alike<Isa>(*this, other, errors)) {
      return;
    }
    left_out_ += other.left_out_;
    groups_ += other.groups_;
    skipped_ += other.skipped_;
    sum_.merge(other.sum_);
    weight_.merge(other.weight_);
    std::size_t const count = other.items_.size();
    for (std::size_t i = 0; i < count; ++i) { // `other` may be this one
      items_.push_back(other.items_[i]);
    }
  }

  /// NaN if no group has items of both classes.
  double value() const { return with_ids().ratio(); }
  /// Groups with items of both classes, and those without.
  std::size_t groups() const { return with_ids().groups_; }
  std::size_t skipped() const { return with_ids().skipped_; }
  std::size_t left_out() const { return left_out_; }

  /// For `to_bytes`.
  template <class Self, class Bytes>
  static void parts(Self& self, Bytes& bytes) {
    bytes.kind("group_auc");
    if constexpr (requires { Weigh::text; }) {
      bytes.kind(Weigh::text);
    }
    bytes.same(self.threshold_);
    bytes(self.left_out_, self.groups_, self.skipped_, self.sum_, self.weight_, self.items_);
  }

private:
  bool fits(on_error const& errors) const {
    return rankwise::detail::check_parameters(detail::fault_of_auc(threshold_, 1), errors);
  }

  struct record {
    std::uint64_t group;
    std::uint64_t key;
    double weight;
    bool positive;

    template <class Self, class Bytes>
    static void parts(Self& self, Bytes& bytes) {
      bytes(self.group, self.key, self.weight, self.positive);
    }
  };

  template <class Block>
  record record_of(std::uint64_t group, Block const& block, std::size_t i) const {
    return {group, stat::detail::key_of(block.x[0][i]), block.weight[i], block.x[1][i] >= threshold_};
  }

  void count_group(record const* items, std::size_t count, double weight) {
    if (count == 0) {
      return;
    }
    bool unit = true;
    for (std::size_t i = 0; i < count; ++i) {
      unit = unit && items[i].weight == 1;
    }
    detail::roc_area const roc = unit ? area_of(items, count, positive_, negative_) //
                                      : area_of(items, count, heavy_positive_, heavy_negative_);
    if (!roc.defined()) {
      ++skipped_;
      return;
    }
    ++groups_;
    double const counts = weight * Weigh::weight(roc.positives / roc.positive_unit, roc.negatives / roc.negative_unit);
    double const auc = roc.area / roc.positives / roc.negatives;
    weight_.add(counts);
    stat::detail::add_products<Isa>(sum_, &counts, &auc, 1);
  }

  template <class Entry>
  static detail::roc_area area_of(record const* items, std::size_t count, std::vector<Entry>& positive,
                                  std::vector<Entry>& negative) {
    positive.clear();
    negative.clear();
    for (std::size_t i = 0; i < count; ++i) {
      if constexpr (std::is_same_v<Entry, std::uint64_t>) {
        (items[i].positive ? positive : negative).push_back(items[i].key);
      } else {
        (items[i].positive ? positive : negative).push_back({items[i].key, items[i].weight});
      }
    }
    if constexpr (std::is_same_v<Entry, std::uint64_t>) {
      if (positive.size() * negative.size() <= 4096) {
        return by_comparing(positive, negative);
      }
    }
    stat::detail::sort_keys<Isa>(positive);
    stat::detail::sort_keys<Isa>(negative);
    if constexpr (std::is_same_v<Entry, std::uint64_t>) {
      return detail::area_of<Isa>(positive.data(), positive.size(), negative.data(), negative.size());
    } else {
      double const up = detail::scale_weights<Isa>(positive);
      double const down = detail::scale_weights<Isa>(negative);
      detail::roc_area roc =
          detail::area_of<Isa>(positive.data(), positive.size(), negative.data(), negative.size(), 1);
      roc.positive_unit = up;
      roc.negative_unit = down;
      return roc;
    }
  }
  // All pairs, a register at a time: for short lists faster than to sort.
  static detail::roc_area by_comparing(std::vector<std::uint64_t> const& positive,
                                       std::vector<std::uint64_t> const& negative) {
    std::uint64_t twice = 0;
    std::uint64_t const* const n = negative.data();
    for (std::uint64_t const p : positive) {
      for (std::size_t j = 0; j < negative.size(); ++j) {
        twice += (p > n[j] ? 1u : 0u) + (p >= n[j] ? 1u : 0u);
      }
    }
    return {static_cast<double>(twice) / 2, static_cast<double>(positive.size()), static_cast<double>(negative.size())};
  }

  basic_group_auc_state with_ids() const {
    basic_group_auc_state whole = *this;
    stat::detail::sort_by_key<Isa>(whole.items_, [](record const& r) { return r.group; });
    for (std::size_t begin = 0; begin < whole.items_.size();) {
      std::size_t end = begin;
      while (end < whole.items_.size() && whole.items_[end].group == whole.items_[begin].group) {
        ++end;
      }
      whole.count_group(whole.items_.data() + begin, end - begin, 1);
      begin = end;
    }
    return whole;
  }
  double ratio() const {
    return weight_.value() > 0 ? stat::detail::ratio(sum_, weight_) : math::ops<double>::quiet_nan;
  }

  double threshold_;
  std::size_t left_out_ = 0;
  std::size_t groups_ = 0;
  std::size_t skipped_ = 0;
  stat::exact_sum sum_;
  stat::exact_sum weight_;
  std::vector<record> items_;
  std::vector<std::uint64_t> positive_; // of the group at hand
  std::vector<std::uint64_t> negative_;
  std::vector<detail::weighted_key> heavy_positive_; // where there are weights
  std::vector<detail::weighted_key> heavy_negative_;
};

/// The mean of the AUC of groups (users, queries), by default weighted by impressions (Zhu et al. 2017, "Optimized cost
/// per click in Taobao display advertising"). Groups of one class are left out. NaN where all are.
template <class Weigh = weigh::impressions>
struct group_auc {
  double threshold = 1; ///< an item is positive if its label is at least this

  constexpr char const* fault() const { return detail::fault_of_auc(threshold, 1); }

  /// `groups`: lists, or a column of ids.
  template <class Scores, class Labels, class Groups, class Isa = arch::native>
  double operator()(Scores const& scores, Labels const& labels, Groups const& groups, options const& opts = {}) const {
    auto state = accumulator<Isa>();
    state.add(scores, labels, groups, opts);
    return state.value();
  }
  /// For data in parts: `add`, `merge`, `value`.
  template <class Isa = arch::native>
  auto accumulator() const {
    return basic_group_auc_state<Weigh, Isa>(threshold);
  }
};

} // namespace rankwise::inline RANKWISE_ABI::metric

#endif
