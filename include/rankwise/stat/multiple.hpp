#ifndef RANKWISE_STAT_MULTIPLE_HPP
#define RANKWISE_STAT_MULTIPLE_HPP

#include <rankwise/math/exp.hpp>
#include <rankwise/math/log.hpp>
#include <rankwise/stat/order.hpp>
#include <rankwise/stat/rows.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

/// Many tests at once: adjusted p-values, to be compared with the level that one test would have. They are written in
/// the order of the input, which may be the output itself.
namespace rankwise::inline RANKWISE_ABI::stat {

namespace detail {

// p-values in ascending order, or nothing if one of them is none or the sizes differ.
template <class Isa>
struct ordered_p {
  struct item {
    std::uint64_t key;
    std::size_t place;
  };
  std::vector<item> items;
  bool good = false;

  template <class P, class Out>
  ordered_p(P const& p, Out const& out, options const& opts) {
    if (!check_size(out, "the adjusted p-values", p.size(), opts.errors)) {
      return;
    }
    for (std::size_t i = 0; i < p.size(); ++i) {
      double const x = static_cast<double>(p[i]);
      if (!(x >= 0 && x <= 1)) {
        deliver({errc::unusable_item, "the p-value", i, 0, 1}, opts.errors);
        return;
      }
      items.push_back({key_of(x), i});
    }
    sort_by_key<Isa>(items, [](item const& i) { return i.key; });
    good = passed({}, opts.errors);
  }
  std::size_t size() const { return items.size(); }
  double operator[](std::size_t rank) const { return number_of(items[rank].key); }
};

template <class Isa, class P, class Out, class Adjust>
bool adjust(P const& p_values, Out&& adjusted, options const& opts, Adjust values) {
  static_assert(rankwise::detail::explain_output<Out>());
  auto const out = as_column(adjusted);
  static_assert(decltype(out)::where == memory::host, "[rankwise] adjusted p-values are written to host memory");
  ordered_p<Isa> const p(host_rows(p_values), out, opts);
  if (!p.good) {
    return false;
  }
  std::vector<double> value(p.size());
  values(p, value);
  for (std::size_t r = 0; r < p.size(); ++r) {
    double const x = value[r] < 1 ? value[r] : 1;
    out[p.items[r].place] = static_cast<typename decltype(out)::value_type>(x);
  }
  return true;
}

} // namespace detail

/// Bonferroni: m p. Bounds the chance of any false discovery. False, and nothing is written, if a p-value is none.
template <class P, class Out, class Isa = arch::native>
bool bonferroni(P const& p_values, Out&& adjusted, options const& opts = {}) {
  return detail::adjust<Isa>(p_values, adjusted, opts, [](auto const& p, std::vector<double>& value) {
    for (std::size_t r = 0; r < p.size(); ++r) {
      value[r] = static_cast<double>(p.size()) * p[r];
    }
  });
}

/// Holm (1979): the r-th smallest times m - r + 1, made ascending. The same bound, and never weaker than Bonferroni's.
template <class P, class Out, class Isa = arch::native>
bool holm(P const& p_values, Out&& adjusted, options const& opts = {}) {
  return detail::adjust<Isa>(p_values, adjusted, opts, [](auto const& p, std::vector<double>& value) {
    double most = 0;
    for (std::size_t r = 0; r < p.size(); ++r) {
      double const x = static_cast<double>(p.size() - r) * p[r];
      most = x > most ? x : most;
      value[r] = most;
    }
  });
}

/// Benjamini and Hochberg (1995): the r-th smallest times m / r, made ascending from the end. Bounds the share of false
/// ones among the discoveries, for independent or positively dependent tests.
template <class P, class Out, class Isa = arch::native>
bool benjamini_hochberg(P const& p_values, Out&& adjusted, options const& opts = {}) {
  return detail::adjust<Isa>(p_values, adjusted, opts, [](auto const& p, std::vector<double>& value) {
    double least = 1;
    for (std::size_t r = p.size(); r-- > 0;) {
      double const x = static_cast<double>(p.size()) * p[r] / static_cast<double>(r + 1);
      least = x < least ? x : least;
      value[r] = least;
    }
  });
}

/// Benjamini and Yekutieli (2001): the same times 1 + 1/2 + ... + 1/m; for tests that depend on each other in any way.
template <class P, class Out, class Isa = arch::native>
bool benjamini_yekutieli(P const& p_values, Out&& adjusted, options const& opts = {}) {
  return detail::adjust<Isa>(p_values, adjusted, opts, [](auto const& p, std::vector<double>& value) {
    double harmonic = 0;
    for (std::size_t r = p.size(); r > 0; --r) {
      harmonic += 1 / static_cast<double>(r);
    }
    double least = 1;
    for (std::size_t r = p.size(); r-- > 0;) {
      double const x = harmonic * static_cast<double>(p.size()) * p[r] / static_cast<double>(r + 1);
      least = x < least ? x : least;
      value[r] = least;
    }
  });
}

/// Sidak (1967), step by step (Holland and Copenhaver 1987): the r-th smallest becomes 1 - (1 - p)^(m - r + 1), made
/// ascending. Bounds the chance of any false discovery of independent tests, a little less strictly than Holm's.
template <class P, class Out, class Isa = arch::native>
bool holm_sidak(P const& p_values, Out&& adjusted, options const& opts = {}) {
  return detail::adjust<Isa>(p_values, adjusted, opts, [](auto const& p, std::vector<double>& value) {
    double most = 0;
    for (std::size_t r = 0; r < p.size(); ++r) {
      double const x = p[r] < 1 ? -math::expm1(static_cast<double>(p.size() - r) * math::log1p(-p[r])) : 1;
      most = x > most ? x : most;
      value[r] = most;
    }
  });
}

} // namespace rankwise::inline RANKWISE_ABI::stat

#endif
