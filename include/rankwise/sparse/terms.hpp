#ifndef RANKWISE_SPARSE_TERMS_HPP
#define RANKWISE_SPARSE_TERMS_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/exec/list_map.hpp>
#include <rankwise/math/exp.hpp>
#include <rankwise/sparse/ragged.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

/// Weights of words as a model makes them: softmax over the words of a text, pruning, and regularisers that keep bags
/// short.
namespace rankwise::inline RANKWISE_ABI::sparse {

/// w = softmax(logit / temperature) over the words of a bag: `map_lists(term_softmax{}, logits, bags, weights)`.
struct term_softmax {
  double temperature = 1;

  constexpr char const* fault() const {
    return temperature > 0 && rankwise::detail::finite_parameter(temperature)
               ? nullptr
               : "temperature of term_softmax (positive)";
  }

  using scratch = scratch_columns<1, 0>;
  static constexpr bool in_groups = true;

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    using T = typename List::scalar;
    V const beta = as<V>(1 / temperature);
    V const peak(list.max([&](auto i) { return list.score(i); }));
    T const total = list.sum([&](auto i) {
      V const e = math::exp(beta * math::max(list.score(i) - peak, V(-math::ops<T>::largest)));
      list.keep(i, e);
      return e;
    });
    list.each([&](auto i) { list.gradient(i, list.kept(i) * (V(1) / V(total))); });
    return total;
  }
};

/// Its derivative: with g = dL/dw, dL/dlogit_i = w_i (g_i - sum_j w_j g_j) / temperature;
/// `map_lists(term_softmax_backward{}, weights, g, bags, out)`.
struct term_softmax_backward {
  double temperature = 1;

  constexpr char const* fault() const {
    return temperature > 0 && rankwise::detail::finite_parameter(temperature)
               ? nullptr
               : "temperature of term_softmax_backward (positive)";
  }

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    V const beta = as<V>(1 / temperature);
    auto const mean = list.sum([&](auto i) { return list.score(i) * list.label(i); });
    list.each([&](auto i) { list.gradient(i, beta * list.score(i) * (list.label(i) - V(mean))); });
    return mean;
  }
};

/// The `count` words of every bag with the greatest weights, in the order of the words; of equal weights the earlier
/// one, NaN last.
template <class Weights, class Offset, class Isa = arch::native>
kept_ids prune(Weights const& weights, lists<Offset> const& rows, std::size_t count, on_error errors = {}) {
  auto const w = as_column(weights);
  using T = typename decltype(w)::value_type;
  struct entry {
    T weight;
    std::size_t item;
    bool missing;
  };
  kept_ids kept;
  if (!rankwise::detail::check_equal(w.size(), rows.items(), "weights of words", errc::offsets_overrun, errors)) {
    return kept;
  }
  kept = cut_off<Offset, Isa>(rows, count);
  storage<entry> sorted;
  sorted.resize(rows.longest());
  for (std::size_t l = 0; l < rows.size(); ++l) {
    std::size_t const size = rows.size_of(l);
    if (size <= count) {
      continue;
    }
    for (std::size_t i = 0; i < size; ++i) {
      T const x = w[rows.begin_of(l) + i];
      bool const missing = !(x == x);
      sorted[i] = {missing ? T(0) : x, rows.begin_of(l) + i, missing};
    }
    std::size_t* const items = kept.items.data() + kept.offsets[l];
    std::partial_sort(
        sorted.begin(), sorted.begin() + count, sorted.begin() + size, [](entry const& a, entry const& b) {
          return a.missing != b.missing ? b.missing : a.weight != b.weight ? a.weight > b.weight : a.item < b.item;
        });
    for (std::size_t i = 0; i < count; ++i) {
      items[i] = sorted[i].item;
    }
    std::sort(items, items + count, [](std::size_t a, std::size_t b) { return a < b; });
  }
  return kept;
}

namespace detail {

template <class Isa, class W, class Offset, class Gradient>
bool check_penalty(W const& w, lists<Offset> const& rows, Gradient const& g, on_error const& errors) {
  return rankwise::detail::check_equal(w.size(), rows.items(), "weights of words", errc::offsets_overrun, errors) &&
         rankwise::detail::check_output(g, "gradient", w.size(), errors) &&
         rankwise::detail::check_apart(g, w, "gradient", errors);
}

template <class Isa>
RANKWISE_HOST_FN double sign(double x) {
  return x > 0 ? 1 : x < 0 ? -1 : 0;
}

/// Reports bags with weights that are not finite; what they hold counts for nothing.
template <class Isa, class W, class Offset>
void report_not_finite(W const& w, lists<Offset> const& rows, on_error const& errors) {
  std::size_t first = status::nowhere;
  std::size_t bad = 0;
  for (std::size_t l = 0; l < rows.size(); ++l) {
    bool finite = true;
    for (std::size_t i = rows.begin_of(l); i < rows.end_of(l); ++i) {
      finite = finite && math::is_finite(static_cast<double>(w[i]));
    }
    first = !finite && bad == 0 ? l : first;
    bad += finite ? 0 : 1;
  }
  if (bad != 0) {
    rankwise::detail::deliver({errc::not_finite, "a weight", first, 0, bad}, errors);
  }
}

} // namespace detail

/// L1 = (1/N) sum |w| over the words of N bags, dL/dw = sign(w) / N. Weights that are not finite count for nothing and
/// are reported.
template <class Weights, class Offset, class Gradient, class Isa = arch::native>
double l1_penalty(Weights const& weights, lists<Offset> const& rows, Gradient&& gradient, on_error errors = {}) {
  auto const w = as_column(weights);
  auto const g = as_column(gradient);
  if (!detail::check_penalty<Isa>(w, rows, g, errors)) {
    return math::ops<double>::quiet_nan;
  }
  double const share = rows.empty() ? 0 : 1 / static_cast<double>(rows.size());
  double total = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    double const x = static_cast<double>(w[i]);
    bool const counts = math::is_finite(x);
    total += counts ? math::abs(x) : 0;
    g[i] = static_cast<typename decltype(g)::value_type>(counts ? detail::sign<Isa>(x) * share : 0);
  }
  detail::report_not_finite<Isa>(w, rows, errors);
  return total * share;
}

/// FLOPS (Paria et al. 2020, arXiv 2004.05665): sum over words of a^2, a = (1/N) sum over bags of |w|; it approaches
/// the expected number of operations of a score. dL/dw = 2 a sign(w) / N. Words are 0 .. vocabulary-1.
template <class Words, class Weights, class Offset, class Gradient, class Isa = arch::native>
double flops_penalty(Words const& words, Weights const& weights, lists<Offset> const& rows, std::size_t vocabulary,
                     Gradient&& gradient, on_error errors = {}) {
  auto const j = as_column(words);
  auto const w = as_column(weights);
  auto const g = as_column(gradient);
  static_assert(std::is_integral_v<typename decltype(j)::value_type>, "[rankwise] words are integers");
  status outside;
  for (std::size_t i = 0; i < j.size() && outside.ok(); ++i) {
    if (!(static_cast<std::uint64_t>(j[i]) < vocabulary)) {
      outside = {errc::out_of_range, "a word", i, vocabulary, static_cast<std::size_t>(j[i])};
    }
  }
  if (!detail::check_penalty<Isa>(w, rows, g, errors) || !rankwise::detail::check_size(j, "words", w.size(), errors) ||
      !rankwise::detail::passed(outside, errors)) {
    return math::ops<double>::quiet_nan;
  }
  double const share = rows.empty() ? 0 : 1 / static_cast<double>(rows.size());
  storage<double> mean;
  mean.resize(vocabulary);
  for (std::size_t i = 0; i < w.size(); ++i) {
    double const x = static_cast<double>(w[i]);
    mean[static_cast<std::size_t>(j[i])] += math::is_finite(x) ? math::abs(x) * share : 0;
  }
  double total = 0;
  for (std::size_t k = 0; k < vocabulary; ++k) {
    total += mean[k] * mean[k];
  }
  for (std::size_t i = 0; i < w.size(); ++i) {
    double const x = static_cast<double>(w[i]);
    double const slope = 2 * mean[static_cast<std::size_t>(j[i])] * detail::sign<Isa>(x) * share;
    g[i] = static_cast<typename decltype(g)::value_type>(math::is_finite(x) ? slope : 0);
  }
  detail::report_not_finite<Isa>(w, rows, errors);
  return total;
}

} // namespace rankwise::inline RANKWISE_ABI::sparse

#endif
