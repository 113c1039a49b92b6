#ifndef RANKWISE_LABEL_CLOSURE_HPP
#define RANKWISE_LABEL_CLOSURE_HPP

#include <rankwise/label/sample.hpp>

#include <type_traits>

namespace rankwise::inline RANKWISE_ABI::label {

/// What happened implies something weaker: where `stronger` is positive, `weaker` becomes 1 if it is not positive
/// (missing, too). Returns the number of repairs.
template <class Stronger, class Weaker, class Isa = arch::native>
std::size_t imply(Stronger const& stronger, Weaker&& weaker, options const& opts = {}) {
  static_assert(rankwise::detail::explain_output<Weaker>());
  auto const from = detail::host_column(stronger);
  auto const to = detail::host_column(weaker);
  if (!detail::check_output(to, "the weaker label", from.size(), opts.errors) ||
      !detail::check_optional(opts.mask, "mask", from.size(), memory::host, opts.errors) ||
      !rankwise::detail::check_apart(to, from, "the weaker label", opts.errors)) {
    return 0;
  }
  options only_mask;
  only_mask.mask = opts.mask;
  using T = typename decltype(to)::value_type;
  std::size_t repairs = 0;
  detail::for_each_weighted<Isa>(from.size(), only_mask, [&](std::size_t i, double) {
    if (static_cast<double>(from[i]) > 0 && !(static_cast<double>(to[i]) > 0)) {
      to[i] = static_cast<T>(1);
      ++repairs;
    }
  });
  return repairs;
}

struct closure_repairs {
  std::size_t clicks = 0;
  std::size_t exposures = 0;
};

/// Label closure (arXiv 2305.13647): purchase => click => exposure.
template <class Purchase, class Click, class Exposure, class Isa = arch::native>
closure_repairs closure(Purchase const& purchase, Click&& click, Exposure&& exposure, options const& opts = {}) {
  closure_repairs repairs;
  status first;
  options quiet = opts;
  quiet.errors = first;
  repairs.clicks = imply(purchase, click, quiet);
  if (first.ok()) {
    repairs.exposures = imply(click, exposure, quiet);
  }
  detail::passed(first, opts.errors);
  return repairs;
}

} // namespace rankwise::inline RANKWISE_ABI::label

#endif
