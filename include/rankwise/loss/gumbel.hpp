#ifndef RANKWISE_LOSS_GUMBEL_HPP
#define RANKWISE_LOSS_GUMBEL_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/core/random.hpp>
#include <rankwise/loss/loss.hpp>
#include <rankwise/math/log.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace rankwise::inline RANKWISE_ABI::loss {

namespace detail {

/// A list with other scores, whose derivatives are added up in columns, without the list's weight.
template <class List>
class disturbed_list : public List {
public:
  using vector = typename List::vector;
  using scalar = typename List::scalar;

  RANKWISE_FN disturbed_list(List const& list, scalar const* scores, scalar* gradient, scalar* hessian)
      : List(list), scores_(scores), gradient_(gradient), hessian_(hessian) {}

  template <class Index>
  RANKWISE_FN vector score(Index i) const {
    return load(scores_, i);
  }
  RANKWISE_FN scalar score_of(std::size_t item) const { return scores_[item]; }
  RANKWISE_FN scalar const* plain_scores() const { return scores_; }
  RANKWISE_FN disturbed_list whole() const { return disturbed_list(List::whole(), scores_, gradient_, hessian_); }

  RANKWISE_FN static scalar list_weight() { return 1; }
  template <class Index>
  RANKWISE_FN void gradient(Index i, vector g) const {
    store(gradient_, i, load(gradient_, i) + g);
  }
  template <class Index>
  RANKWISE_FN void hessian(Index i, vector h) const {
    store(hessian_, i, load(hessian_, i) + h);
  }
  template <class Index>
  RANKWISE_FN void weighted_gradient(Index i, vector g) const {
    gradient(i, g);
  }
  template <class Index>
  RANKWISE_FN void weighted_hessian(Index i, vector h) const {
    hessian(i, h);
  }
  RANKWISE_FN void gradient_of(std::size_t item, scalar g) const { gradient_[item] += g; }
  RANKWISE_FN void hessian_of(std::size_t item, scalar h) const { hessian_[item] += h; }

private:
  scalar const* scores_;
  scalar* gradient_;
  scalar* hessian_;
};

} // namespace detail

/// The mean of a loss over noisy scores s + scale g, g of the standard Gumbel distribution (Bruch et al. 2020): sorting
/// them draws an order from the Plackett-Luce model. The noise is a function of seed, round, sample and the item's
/// place in the columns; give every round its own. Derivatives are the means of the loss's own.
template <class Loss>
struct gumbel {
  Loss loss{};
  std::size_t samples = 8;
  double scale = 1;
  std::uint64_t seed = 0;
  std::uint64_t round = 0;

  using inner = typename scratch_of<Loss>::type;
  using scratch = scratch_columns<static_cast<int>(inner::values) + 3, static_cast<int>(inner::indices)>;
  using prepared_items = typename prepared_items_of<Loss>::type;
  static constexpr bool in_groups = works_in_groups<Loss>;

  template <class List>
  RANKWISE_FN auto prepare_list(List const& list) const requires requires(Loss const& l) {
    l.prepare_list(list);
  }
  { return loss.prepare_list(list); }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    T* const noisy = list.template values<inner::values>();
    T* const gradient = list.template values<inner::values + 1>();
    T* const hessian = list.template values<inner::values + 2>();
    list.each([&](auto i) {
      store(gradient, i, V(0));
      store(hessian, i, V(0));
    });
    detail::disturbed_list<List> const other(list, noisy, gradient, hessian);
    T sum(0);
    constexpr bool of_loss = std::is_convertible_v<decltype(loss(other)), T> && !requires {
      Loss::sees_unretrieved;
    };
    static_assert(of_loss, "[rankwise] gumbel takes a loss, and a metric has no gradient: gumbel<approx<Metric>>");
    for (std::size_t k = 0; k < samples; ++k) {
      each_place<V>(list.size(), [&](std::size_t i) {
        // 23 bits and a half: never 0 and never 1, in float too.
        std::uint64_t const bits = random_bits(seed, list.first() + i, round * samples + k) >> 41;
        noisy[i] = (static_cast<T>(bits) + T(0.5)) * T(0x1p-23);
      });
      list.each([&](auto i) {
        V const g = -math::log(-math::log(load(noisy, i)));
        store(noisy, i, list.score(i) + as<V>(scale) * g);
      });
      if constexpr (of_loss) {
        sum += loss(other);
      }
    }
    T const share = T(1) / static_cast<T>(samples);
    list.each([&](auto i) {
      list.gradient(i, V(share) * load(gradient, i));
      list.hessian(i, V(share) * load(hessian, i));
    });
    return sum * share;
  }

  constexpr char const* fault() const {
    return samples == 0                                ? "the samples of gumbel (at least 1)"
           : rankwise::detail::weight_parameter(scale) ? fault_of(loss)
                                                       : "the scale of gumbel (0 or more)";
  }

  RANKWISE_LOSS_CALLS
};

template <class Loss>
gumbel(Loss, std::size_t = 8, double = 1, std::uint64_t = 0, std::uint64_t = 0) -> gumbel<Loss>;

} // namespace rankwise::inline RANKWISE_ABI::loss

#endif
