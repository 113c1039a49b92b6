#ifndef RANKWISE_LABEL_STRATA_HPP
#define RANKWISE_LABEL_STRATA_HPP

#include <rankwise/core/lists.hpp>
#include <rankwise/label/resample.hpp>

#include <cstdint>
#include <vector>

namespace rankwise::inline RANKWISE_ABI::label {

/// Lists cut out of longer ones: the items, list by list, and the offsets of the lists.
struct sampled_lists {
  std::vector<std::size_t> items;
  std::vector<std::size_t> offsets{0};
};

/// Stratified sampling of training lists (arXiv 2305.13647: all exposures, 10 ranking candidates, 40 pre-ranking
/// candidates). `stage` says for every item which stratum it is of, 0, 1, ...; `take[s]` how many of it a list keeps.
/// Other items go. Within a list the items keep their order; who is drawn depends on the seed and on the item.
template <class Stage, class Groups, class Take, class Isa = arch::native>
sampled_lists sample_lists(Stage const& stage, Groups const& lists, Take const& take, resampling const& how = {}) {
  auto const s = detail::host_column(stage);
  auto const most = detail::host_column(take);
  sampled_lists result;
  if (!detail::check_size(s, "stage", lists.items(), how.errors) ||
      !detail::check_optional(how.mask, "mask", s.size(), memory::host, how.errors)) {
    return result;
  }
  std::vector<std::vector<detail::drawn<Isa>>> stratum(most.size());
  for (std::size_t l = 0; l < lists.size(); ++l) {
    for (auto& d : stratum) {
      d.clear();
    }
    std::size_t const first = lists.begin_of(l);
    for (std::size_t i = first; i < first + lists.size_of(l); ++i) {
      std::size_t const k = detail::grade_of(static_cast<double>(s[i]), stratum.size());
      double live = 1;
      if (how.mask.given()) {
        how.mask.read(i, 1, &live);
      }
      if (k < stratum.size() && live != 0) {
        stratum[k].push_back({random_bits(how.seed, i), i});
      }
    }
    std::size_t const begin = result.items.size();
    for (std::size_t k = 0; k < stratum.size(); ++k) {
      double const wanted = static_cast<double>(most[k]);
      std::size_t const there = stratum[k].size();
      detail::draw<Isa>(stratum[k], !(wanted > 0)                         ? 0
                                    : wanted < static_cast<double>(there) ? static_cast<std::size_t>(wanted)
                                                                          : there);
      for (detail::drawn<Isa> const& d : stratum[k]) {
        result.items.push_back(d.item);
      }
    }
    std::vector<std::size_t> list(result.items.begin() + static_cast<std::ptrdiff_t>(begin), result.items.end());
    detail::sort_numbers<Isa>(list);
    for (std::size_t j = 0; j < list.size(); ++j) {
      result.items[begin + j] = list[j];
    }
    result.offsets.push_back(result.items.size());
  }
  return result;
}

} // namespace rankwise::inline RANKWISE_ABI::label

#endif
