#ifndef RANKWISE_HEAD_DOWNSAMPLED_HPP
#define RANKWISE_HEAD_DOWNSAMPLED_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/head/decode.hpp>
#include <rankwise/math/log.hpp>

namespace rankwise::inline RANKWISE_ABI::head {

namespace detail {

template <class Head, class T>
struct shifted_head {
  static constexpr int columns = 1;
  Head head;
  T shift; // log(rate)

  template <class Item>
  RANKWISE_FN auto operator()(Item& item) const {
    return head(item);
  }
  template <class P = math::precise, class Logits>
  RANKWISE_FN auto probability(Logits z) const {
    auto const x = z(0) + value_at<Logits>(shift);
    return head.template probability<P>([x](int) { return x; });
  }
  template <class P = math::precise, class Logits, class V>
  RANKWISE_FN void probability_partials(Logits z, V* d) const {
    V const x = z(0) + V(shift);
    head.template probability_partials<P>([x](int) { return x; }, d);
  }
  template <class P = math::precise, class Logits>
  RANKWISE_FN auto log_probability(Logits z) const {
    auto const x = z(0) + value_at<Logits>(shift);
    return head.template log_probability<P>([x](int) { return x; });
  }
  template <class P = math::precise, class Logits, class V>
  RANKWISE_FN void log_probability_partials(Logits z, V* d) const {
    V const x = z(0) + V(shift);
    head.template log_probability_partials<P>([x](int) { return x; }, d);
  }
};

} // namespace detail

/// A head trained on all positives and a share `rate` of the negatives (He et al. 2014): it learns q, the event's true
/// probability is
///   p = q / (q + (1 - q) / rate),   log-odds(p) = log-odds(q) + log(rate)
/// `downsampled{click, 0.1}`. Training is that of the head, on the data as sampled; probabilities are those of the
/// traffic.
template <class Head>
struct downsampled {
  static_assert(Head::columns == 1, "[rankwise] head::downsampled<head>: a head with one logit");
  static constexpr auto label = Head::label;
  static constexpr int columns = 1;

  Head head{};
  double rate = 1;

  constexpr char const* fault() const {
    return rate > 0 && rate <= 1 ? fault_of(head) : "the rate of downsampled (more than 0, at most 1)";
  }

  template <class U>
  RANKWISE_HOST_FN auto bind() const {
    auto const h = bound<U>(head);
    return detail::shifted_head<std::remove_const_t<decltype(h)>, U>{h, static_cast<U>(math::log(rate))};
  }

  template <class P = math::precise, class Logits>
  RANKWISE_FN auto probability(Logits z) const {
    return detail::ready<Logits>(*this).template probability<P>(z);
  }
  template <class P = math::precise, class Logits, class V>
  RANKWISE_FN void probability_partials(Logits z, V* d) const {
    detail::ready<Logits>(*this).template probability_partials<P>(z, d);
  }
  template <class P = math::precise, class Logits>
  RANKWISE_FN auto log_probability(Logits z) const {
    return detail::ready<Logits>(*this).template log_probability<P>(z);
  }
  template <class P = math::precise, class Logits, class V>
  RANKWISE_FN void log_probability_partials(Logits z, V* d) const {
    detail::ready<Logits>(*this).template log_probability_partials<P>(z, d);
  }

  RANKWISE_DECODE_CALLS
  RANKWISE_ITEM_CALLS
};

template <class Head>
downsampled(Head const&, double) -> downsampled<Head>;

/// The same correction of probabilities, as an element policy: apply(undo_sampling{.rate = 0.1}, q, p).
struct undo_sampling {
  double rate = 1;

  constexpr char const* fault() const {
    return rate > 0 && rate <= 1 ? nullptr : "the rate of undo_sampling (more than 0, at most 1)";
  }

  template <class T>
  struct run {
    T inverse;
    template <class V>
    RANKWISE_FN V operator()(V q) const {
      return q / (q + (V(1) - q) * V(inverse));
    }
  };
  template <class T>
  RANKWISE_HOST_FN run<T> bind() const {
    return {static_cast<T>(1 / rate)};
  }
};

} // namespace rankwise::inline RANKWISE_ABI::head

#endif
