#ifndef RANKWISE_METRIC_TITLE_HPP
#define RANKWISE_METRIC_TITLE_HPP

#include <rankwise/core/name.hpp>
#include <rankwise/core/policies.hpp>
#include <rankwise/metric/ranked.hpp>

#include <cstddef>
#include <type_traits>

/// How results name their metrics: the metric, its cutoff and the pieces that were given.
namespace rankwise::inline RANKWISE_ABI {

/// A metric under a name of the caller's: `titled<"relevance">(metric::ndcg<10>{})`.
template <name Title, class Metric>
struct titled_metric : Metric {
  static constexpr auto title = Title;
};
template <name Title, class Metric>
constexpr titled_metric<Title, Metric> titled(Metric metric) {
  return {metric};
}

/// One line of text of bounded length.
struct metric_title {
  char text[120] = {};

  friend bool operator==(metric_title const& a, metric_title const& b) = default;

  template <class Self, class Bytes>
  static void parts(Self& self, Bytes& bytes) {
    bytes(self.text);
    bytes.require(self.text[sizeof self.text - 1] == '\0');
  }
};

namespace detail {

RANKWISE_HOST_FN void append(metric_title& title, char const* text) {
  std::size_t at = 0;
  while (title.text[at] != '\0') {
    ++at;
  }
  for (; *text != '\0' && at + 1 < sizeof title.text; ++at, ++text) {
    title.text[at] = *text;
  }
  title.text[at] = '\0';
}

template <class Piece>
consteval char const* slot_title() {
  using slot = typename Piece::slot;
  return std::is_same_v<slot, slots::gain>          ? "gain="
         : std::is_same_v<slot, slots::discount>    ? "discount="
         : std::is_same_v<slot, slots::ties>        ? "ties="
         : std::is_same_v<slot, slots::empty>       ? "empty="
         : std::is_same_v<slot, slots::denominator> ? "denominator="
         : std::is_same_v<slot, slots::unjudged>    ? "unjudged="
                                                    : "";
}

template <class Piece>
RANKWISE_HOST_FN void append_piece(metric_title& title, bool& first) {
  append(title, first ? "(" : ", ");
  append(title, slot_title<Piece>());
  if constexpr (requires { Piece::text; }) {
    append(title, Piece::text);
  } else {
    append(title, "own"); // a piece of the caller's without a name
  }
  first = false;
}

template <class... Pieces>
RANKWISE_HOST_FN void append_pieces(metric_title& title) {
  bool first = true;
  (append_piece<Pieces>(title, first), ...);
  append(title, first ? "" : ")");
}

template <std::size_t Cutoff>
RANKWISE_HOST_FN void append_cutoff(metric_title& title) {
  if constexpr (Cutoff != rank::all) {
    char digits[24] = {};
    char* at = digits + 23;
    for (std::size_t n = Cutoff; n != 0; n /= 10) {
      *--at = static_cast<char>('0' + n % 10);
    }
    append(title, "@");
    append(title, at);
  }
}

template <template <std::size_t, class...> class M, std::size_t Cutoff, class... Pieces>
RANKWISE_HOST_FN void append_type(metric_title& title, std::type_identity<M<Cutoff, Pieces...>>) {
  append_cutoff<Cutoff>(title);
  append_pieces<Pieces...>(title);
}
template <template <class...> class M, class... Pieces>
RANKWISE_HOST_FN void append_type(metric_title& title, std::type_identity<M<Pieces...>>) {
  append_pieces<Pieces...>(title);
}
template <class M>
RANKWISE_HOST_FN void append_type(metric_title&, std::type_identity<M>) {}

} // namespace detail

/// What results print: the name, the cutoff and the pieces that were given, "ndcg@10(gain=linear, ties=expected)".
template <class Metric>
RANKWISE_HOST_FN metric_title title_of() {
  metric_title title;
  if constexpr (requires { Metric::title; }) {
    detail::append(title, Metric::title.c_str());
  } else {
    if constexpr (requires { Metric::text; }) {
      detail::append(title, Metric::text);
    } else {
      detail::append(title, "metric");
    }
    detail::append_type(title, std::type_identity<Metric>{});
  }
  return title;
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
