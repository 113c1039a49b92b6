#ifndef RANKWISE_STAT_OFF_POLICY_HPP
#define RANKWISE_STAT_OFF_POLICY_HPP

#include <rankwise/core/bytes.hpp>
#include <rankwise/stat/interval.hpp>

#include <cstddef>

/// What would another policy have earned? From a log of one that acted at random with known probabilities.
namespace rankwise::inline RANKWISE_ABI::stat {

/// Rows of a log: the reward, the probability with which the logging policy took the action that it took (its
/// propensity, above 0, at most 1), and the probability with which the policy to be valued would have taken it
/// (between 0 and 1). The importance weight of a row is w = target / propensity, at most `clip`.
///
/// With predictions of a reward model, q for the action taken and v, the mean of q over the actions of the policy to be
/// valued, there is the doubly robust value, too. Sums are exact: parts merge to the same bits.
template <class Isa>
class basic_off_policy {
public:
  explicit basic_off_policy(double clip = math::ops<double>::infinity) : clip_(clip) {}

  template <class Rewards, class Propensities, class Targets>
  void add(Rewards const& rewards, Propensities const& propensities, Targets const& targets, options const& opts = {}) {
    add_rows(opts, rewards, propensities, targets);
  }
  /// With the reward model: `predicted` is q, `expected` is v.
  template <class Rewards, class Propensities, class Targets, class Predicted, class Expected>
  void add(Rewards const& rewards, Propensities const& propensities, Targets const& targets, Predicted const& predicted,
           Expected const& expected, options const& opts = {}) {
    add_rows(opts, rewards, propensities, targets, predicted, expected);
  }
  /// Of two logs with the same clip.
  void merge(basic_off_policy const& other, on_error const& errors = {}) {
    if (!rankwise::detail::check_alike<Isa>(*this, other, errors)) {
      return;
    }
    count_ += other.count_;
    left_out_ += other.left_out_;
    clipped_ += other.clipped_;
    largest_ = other.largest_ > largest_ ? other.largest_ : largest_;
    for (std::size_t k = 0; k < sums; ++k) {
      sum_[k].merge(other.sum_[k]);
    }
    direct_.merge(other.direct_);
    robust_.merge(other.robust_);
    for (std::size_t k = 0; k < model_sums; ++k) {
      model_[k].merge(other.model_[k]);
    }
  }

  /// Inverse propensity weighting: mean of w r. Unbiased if nothing is clipped.
  estimate ipw(double confidence = 0.95) const {
    double const n = static_cast<double>(count_);
    double const spread = detail::central<Isa>(sum_[wrwr], sum_[wr], sum_[wr], rows_of(n));
    return interval(sum_[wr].over(rows_of(n)), math::sqrt((spread < 0 ? 0 : spread) / (n - 1)), confidence);
  }
  /// Self-normalised: sum w r / sum w (Swaminathan and Joachims 2015). Little bias, often far less variance; it stays
  /// within the range of the rewards.
  estimate snips(double confidence = 0.95) const {
    double const n = static_cast<double>(count_);
    double const all = sum_[w].value();
    double const value = sum_[wr].over(sum_[w]);
    // sum w^2 (r - value)^2: exact, since next to nothing is left of it where rewards are large and alike
    exact_sum squares = sum_[wrwr];
    exact_sum rest = sum_[wwr];
    detail::subtract_multiple<Isa>(squares, sum_[wwr], value);
    detail::subtract_multiple<Isa>(rest, sum_[ww], value);
    detail::subtract_multiple<Isa>(squares, rest, value);
    double const spread = squares.value();
    return interval(value, math::sqrt((spread < 0 ? 0 : spread) * (n / (n - 1))) / all, confidence);
  }
  /// Mean of v: what the reward model alone says.
  estimate direct(double confidence = 0.95) const { return t_interval{confidence}.of(direct_); }
  /// Doubly robust: mean of v + w (r - q) (Dudik, Langford and Li 2011). Right if the propensities are, or the model
  /// is.
  estimate doubly_robust(double confidence = 0.95) const { return t_interval{confidence}.of(robust_); }

  /// Its self-normalised form: mean of v + sum w (r - q) / sum w. Less variance where weights are large; the standard
  /// error is that of the linear part.
  estimate self_normalised_doubly_robust(double confidence = 0.95) const {
    double const n = static_cast<double>(direct_.count());
    double const all = model_[mw].value();
    double const mean = model_[mv].value() / n;
    double const error = model_[ma].value() / all;
    // x - factor y, exactly
    auto const less = [](exact_sum x, exact_sum const& y, double factor) {
      detail::subtract_multiple<Isa>(x, y, factor);
      return x;
    };
    // Sums over v - mean and over a - error w.
    double const own = less(less(model_[mvv], model_[mv], mean), less(model_[mv], rows_of(n), mean), mean).value();
    double const both = less(less(model_[mva], model_[mvw], error), less(model_[ma], model_[mw], error), mean).value();
    double const rest =
        less(less(model_[maa], model_[maw], error), less(model_[maw], model_[mww], error), error).value();
    double const share = n / all;
    double const spread = own + share * (2 * both + share * rest);
    double const standard_error = math::sqrt((spread < 0 ? 0 : spread) / (n - 1) / n);
    return n == 0 ? estimate{}
                  : detail::student_interval<Isa>(mean + error, standard_error, n - 1, direct_.count(), confidence);
  }

  std::size_t count() const { return count_; }
  std::size_t left_out() const { return left_out_; }
  /// Rows whose weight was cut to `clip`.
  std::size_t clipped() const { return clipped_; }
  /// (sum w)^2 / sum w^2 (Kish 1965): how many rows of the policy itself would say as much.
  double effective_size() const {
    double const squares = sum_[ww].value();
    return squares > 0 ? sum_[w].value() / squares * sum_[w].value() : 0;
  }
  /// Of the weights; before clipping.
  double largest_weight() const { return largest_; }
  /// Close to 1 if the propensities are right and nothing is clipped.
  double mean_weight() const { return sum_[w].value() / static_cast<double>(count_); }

  /// For `to_bytes`.
  template <class Self, class Bytes>
  static void parts(Self& self, Bytes& bytes) {
    bytes.kind("off_policy");
    bytes.same(self.clip_);
    bytes(self.largest_, self.count_, self.left_out_, self.clipped_, self.sum_, self.direct_, self.robust_,
          self.model_);
    bytes.require(self.clipped_ <= self.count_);
  }

private:
  enum : std::size_t { w, ww, wr, wwr, wrwr, sums };
  enum : std::size_t { mw, mww, ma, maw, maa, mv, mvw, mva, mvv, model_sums }; ///< of rows with a model, a = w (r - q)

  static exact_sum rows_of(double n) {
    exact_sum rows;
    rows.add(n);
    return rows;
  }

  template <class First, class... Columns>
  void add_rows(options const& opts, First const& rewards, Columns const&... columns) {
    char const* const names[] = {"propensities", "targets", "predicted", "expected"};
    std::size_t const n = detail::host_rows(rewards).size();
    std::size_t k = 0;
    if (!detail::check_parameter(clip_ > 0, "clip (above 0)", opts.errors) ||
        !(detail::check_size(detail::host_rows(columns), names[k++], n, opts.errors) && ...) ||
        !detail::passed(opts.item_weights.given() ? status{errc::unused_option, "item_weights (the propensities weigh)"}
                                                  : status{},
                        opts.errors) ||
        !detail::check_row_options(opts, n)) {
      return;
    }
    auto const bad = detail::for_each_block_of_rows<Isa>(
        0, n, opts,
        [this](auto const& block, detail::unusable& unusable) {
          this->template add_block<sizeof...(Columns) == 4>(block, unusable);
        },
        detail::host_rows(rewards), detail::host_rows(columns)...);
    left_out_ += bad.count;
    bad.reported("a reward, propensity, target or prediction", opts.errors);
  }

  template <bool WithModel, class Block>
  void add_block(Block const& block, detail::unusable& unusable) {
    double weights[Block::capacity];
    double earned[Block::capacity];
    double expected[Block::capacity];
    double robust[Block::capacity];
    double corrected[Block::capacity];
    std::size_t kept = 0;
    for (std::size_t i = 0; i < block.count; ++i) {
      double const r = block.x[0][i];
      double const propensity = block.x[1][i];
      double const target = block.x[2][i];
      double const ratio = target / propensity;
      double const weight = ratio > clip_ ? clip_ : ratio;
      double worth = weight * r; // what else may be too large for a double
      if constexpr (WithModel) {
        worth = block.x[4][i] + weight * (r - block.x[3][i]) + (worth - worth);
      }
      if (!(propensity > 0 && propensity <= 1 && target >= 0 && target <= 1) || !detail::finite(ratio) ||
          !detail::finite(worth)) {
        unusable.add(block.item[i]);
        continue;
      }
      largest_ = ratio > largest_ ? ratio : largest_;
      clipped_ += ratio > clip_ ? 1 : 0;
      weights[kept] = weight;
      earned[kept] = weight * r;
      if constexpr (WithModel) {
        expected[kept] = block.x[4][i];
        corrected[kept] = weight * (r - block.x[3][i]);
        robust[kept] = block.x[4][i] + corrected[kept];
      }
      ++kept;
    }
    count_ += kept;
    sum_[w].add(column<double const>{weights, kept});
    sum_[wr].add(column<double const>{earned, kept});
    detail::add_products<Isa>(sum_[ww], weights, weights, kept);
    detail::add_products<Isa>(sum_[wwr], weights, earned, kept);
    detail::add_products<Isa>(sum_[wrwr], earned, earned, kept);
    if constexpr (WithModel) {
      direct_.add(column<double const>{expected, kept});
      robust_.add(column<double const>{robust, kept});
      model_[mw].add(column<double const>{weights, kept});
      model_[ma].add(column<double const>{corrected, kept});
      model_[mv].add(column<double const>{expected, kept});
      detail::add_products<Isa>(model_[mww], weights, weights, kept);
      detail::add_products<Isa>(model_[maw], corrected, weights, kept);
      detail::add_products<Isa>(model_[maa], corrected, corrected, kept);
      detail::add_products<Isa>(model_[mvw], expected, weights, kept);
      detail::add_products<Isa>(model_[mva], expected, corrected, kept);
      detail::add_products<Isa>(model_[mvv], expected, expected, kept);
    }
  }

  estimate interval(double value, double standard_error, double confidence) const {
    return count_ == 0 ? estimate{}
                       : detail::student_interval<Isa>(value, standard_error, static_cast<double>(count_) - 1, count_,
                                                       confidence);
  }

  double clip_;
  double largest_ = 0;
  std::size_t count_ = 0;
  std::size_t left_out_ = 0;
  std::size_t clipped_ = 0;
  exact_sum sum_[sums];
  basic_moments<Isa> direct_;
  basic_moments<Isa> robust_;
  exact_sum model_[model_sums];
};

using off_policy = basic_off_policy<arch::native>;

} // namespace rankwise::inline RANKWISE_ABI::stat

#endif
