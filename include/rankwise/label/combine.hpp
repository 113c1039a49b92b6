#ifndef RANKWISE_LABEL_COMBINE_HPP
#define RANKWISE_LABEL_COMBINE_HPP

#include <rankwise/label/cut.hpp>

/// Content x engagement: two columns to one label, `apply(policy, content, engagement, label)`. None of these is taken
/// from a paper (ours).
namespace rankwise::inline RANKWISE_ABI::label {

/// content * engagement.
struct product {
  template <class V>
  RANKWISE_FN V operator()(V content, V engagement) const {
    return content * engagement;
  }
};

/// content_weight * content + engagement_weight * engagement.
struct weighted_sum {
  double content = 0.5;
  double engagement = 0.5;

  constexpr char const* fault() const {
    return rankwise::detail::finite_parameter(content) && rankwise::detail::finite_parameter(engagement)
               ? nullptr
               : "a weight of weighted_sum (a finite number)";
  }

  template <class T>
  struct run {
    T content, engagement;
    template <class V>
    RANKWISE_FN V operator()(V c, V e) const {
      return math::fma(V(content), c, V(engagement) * e);
    }
  };
  template <class T>
  RANKWISE_FN run<T> bind() const {
    return {static_cast<T>(content), static_cast<T>(engagement)};
  }
};

/// tier(content) + share * engagement, engagement held within [0, 1]: with share < 1 a better tier wins whatever the
/// engagement, which orders inside the tier. `Tier` makes whole numbers: a cut.
template <transform Tier>
struct banded {
  Tier tier;
  double share = 0.9;

  constexpr char const* fault() const {
    return rankwise::detail::weight_parameter(share) ? fault_of(tier) : "the share of banded (0 or more)";
  }

  template <class T, class Bound>
  struct run {
    Bound tier;
    T share;
    template <class V>
    RANKWISE_FN V operator()(V content, V engagement) const {
      return math::fma(V(share), math::clamp(engagement, V(0), V(1)), tier(content));
    }
  };
  template <class T, class P = math::precise>
  RANKWISE_FN auto bind() const {
    return run<T, decltype(bound<T, P>(tier))>{bound<T, P>(tier), static_cast<T>(share)};
  }
};

template <class Tier>
banded(Tier const&) -> banded<Tier>;
template <class Tier>
banded(Tier const&, double) -> banded<Tier>;

} // namespace rankwise::inline RANKWISE_ABI::label

#endif
