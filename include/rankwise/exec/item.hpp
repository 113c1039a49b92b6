#ifndef RANKWISE_EXEC_ITEM_HPP
#define RANKWISE_EXEC_ITEM_HPP

#include <rankwise/exec/items.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

/// What a formula sees of one item, or one pack of items: its logits and its label. It returns the item's loss and
/// hands over derivatives; weights, masks and memory are none of its business.
namespace rankwise::inline RANKWISE_ABI {

/// How many numbers the items of a formula share, cut-points for instance: `static constexpr int parameters = 2`.
template <class Formula>
inline constexpr int parameters_of = 0;
template <class Formula>
  requires requires {
    Formula::parameters;
  }
inline constexpr int parameters_of<Formula> = Formula::parameters;

template <class V, int Columns, int Parameters, class Logits, class Index>
class item_view {
public:
  using vector = V;
  using scalar = math::scalar_t<V>;

  RANKWISE_FN item_view(Logits const& logits, Index index, V label) : logits_(logits), index_(index), label_(label) {
    for (std::size_t k = 0; k < columns; ++k) {
      gradient_[k] = V(0);
      hessian_[k] = V(0);
    }
    for (V& p : parameter_) {
      p = V(0);
    }
  }

  /// The k-th logit, and what the item really is.
  RANKWISE_FN V logit(int k) const { return load(logits_, index_, static_cast<std::size_t>(k)); }
  RANKWISE_FN V label() const { return label_; }

  /// The first and second derivative of the item's loss by its k-th logit.
  RANKWISE_FN void gradient(int k, V g) { gradient_[k] = g; }
  RANKWISE_FN void hessian(int k, V h) { hessian_[k] = h; }
  /// Its derivative by the k-th shared parameter.
  RANKWISE_FN void parameter(int k, V g) { parameter_[k] = g; }

  RANKWISE_FN V gradient_of(std::size_t k) const { return gradient_[k]; }
  RANKWISE_FN V hessian_of(std::size_t k) const { return hessian_[k]; }
  RANKWISE_FN V parameter_of(std::size_t k) const { return parameter_[k]; }

private:
  static constexpr std::size_t columns = static_cast<std::size_t>(Columns);
  static constexpr std::size_t parameters = static_cast<std::size_t>(Parameters);

  Logits const& logits_;
  Index index_;
  V label_;
  V gradient_[columns];
  V hessian_[columns];
  V parameter_[parameters == 0 ? 1 : parameters];
};

/// Runs a formula over one pack: weighs what it yields, leaves out masked items, clears what is not finite.
template <class Formula, class Logits, class T, class Gradient, class Hessian>
struct item_kernel {
  static constexpr int columns = Formula::columns;
  static constexpr std::size_t sums = 1 + static_cast<std::size_t>(parameters_of<Formula>);

  Formula formula;
  Logits logits;
  T const* labels;
  T const* weights;         // null: all 1
  std::uint8_t const* live; // null: no mask
  Gradient gradient;        // matrices like the logits, or no_output
  Hessian hessian;

  template <class Index>
  RANKWISE_FN auto operator()(Index i) const {
    using V = typename Index::vector;
    item_view<V, columns, parameters_of<Formula>, Logits, Index> item(logits, i, load(labels, i));
    V const weight = weights == nullptr ? V(1) : load(weights, i);
    item_sums<V, sums> out;
    V const label = item.label();
    V const loss = formula(item);
    V beyond = label - label; // a formula may only compare labels
    for (std::size_t k = 0; k < static_cast<std::size_t>(columns); ++k) {
      if constexpr (!std::is_same_v<Gradient, no_output>) {
        beyond += excess<typename Gradient::value_type>(weight * item.gradient_of(k));
      }
      if constexpr (!std::is_same_v<Hessian, no_output>) {
        beyond += excess<typename Hessian::value_type>(weight * item.hessian_of(k));
      }
    }
    for (std::size_t k = 0; k + 1 < sums; ++k) {
      beyond += excess<double>(weight * item.parameter_of(k));
    }
    out.value[0] = weight * loss + beyond;
    auto keep = math::is_finite(out.value[0]);
    if (live != nullptr) {
      auto const takes_part = load(live, i) != V(0);
      out.value[0] = math::select(takes_part, out.value[0], V(0));
      keep = keep & takes_part;
    }
    for (std::size_t k = 0; k + 1 < sums; ++k) {
      out.value[k + 1] = math::select(keep, weight * item.parameter_of(k), V(0));
    }
    for (std::size_t k = 0; k < static_cast<std::size_t>(columns); ++k) {
      if constexpr (!std::is_same_v<Gradient, no_output>) {
        store(gradient, i, k, math::select(keep, weight * item.gradient_of(k), V(0)));
      }
      if constexpr (!std::is_same_v<Hessian, no_output>) {
        store(hessian, i, k, math::select(keep, weight * item.hessian_of(k), V(0)));
      }
    }
    return out;
  }
};

} // namespace rankwise::inline RANKWISE_ABI

#endif
