#ifndef RANKWISE_HEAD_WITH_POSITION_HPP
#define RANKWISE_HEAD_WITH_POSITION_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/head/decode.hpp>

namespace rankwise::inline RANKWISE_ABI::head {

namespace detail {

/// An item whose only logit is the sum of two.
template <class Item>
struct sum_of_two {
  using vector = typename Item::vector;
  using scalar = typename Item::scalar;
  Item& item;

  RANKWISE_FN vector logit(int) const { return item.logit(0) + item.logit(1); }
  RANKWISE_FN vector label() const { return item.label(); }
  RANKWISE_FN void gradient(int, vector g) {
    item.gradient(0, g);
    item.gradient(1, g);
  }
  RANKWISE_FN void hessian(int, vector h) {
    item.hessian(0, h);
    item.hessian(1, h);
  }
  RANKWISE_FN void parameter(int k, vector g) { item.parameter(k, g); }
};

template <class Head>
struct position_head {
  static constexpr int columns = 2;
  static constexpr int parameters = parameters_of<Head>;
  Head head;

  template <class Item>
  RANKWISE_FN auto operator()(Item& item) const {
    sum_of_two<Item> both{item};
    return head(both);
  }
};

} // namespace detail

/// Position bias as an additive term (Zhao et al. 2019, "shallow tower"; PAL is its multiplicative kin): in training
/// the head sees logit + bias, from two columns, z_0 of the item and z_1 of the position at which it was shown. Serving
/// uses the plain head, `served`, with the first column: the position is not known there.
template <class Head>
struct with_position {
  static_assert(Head::columns == 1, "[rankwise] head::with_position<head>: a head with one logit");
  static constexpr auto label = Head::label;
  static constexpr int columns = 2;
  static constexpr int parameters = parameters_of<Head>;

  Head served{};

  constexpr char const* fault() const { return fault_of(served); }

  template <class U>
  RANKWISE_HOST_FN auto bind() const {
    auto const h = bound<U>(served);
    return detail::position_head<std::remove_const_t<decltype(h)>>{h};
  }

  RANKWISE_ITEM_CALLS
};

template <class Head>
with_position(Head const&) -> with_position<Head>;

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
