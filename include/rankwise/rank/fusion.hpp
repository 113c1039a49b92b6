#ifndef RANKWISE_RANK_FUSION_HPP
#define RANKWISE_RANK_FUSION_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/rank/ranks.hpp>

#include <cstddef>

/// One ranking from several: every run is a column of scores over the same items, and an item that a run has not found
/// has a score of minus infinity there.
namespace rankwise::inline RANKWISE_ABI {

namespace fusion {

/// Reciprocal rank fusion (Cormack, Clarke and Büttcher 2009): 1 / (k + r + 1) for rank r, 0 for whoever was not found.
struct reciprocal_rank {
  double k = 60;
  constexpr char const* fault() const {
    return k > -1 && detail::finite_parameter(k) ? nullptr : "k of reciprocal rank fusion (more than -1)";
  }
  RANKWISE_FN double found(std::size_t rank, std::size_t) const { return 1 / (k + static_cast<double>(rank) + 1); }
  RANKWISE_FN double missing(std::size_t, std::size_t) const { return 0; }
};

/// Borda count (Aslam and Montague 2001): n - r points for rank r among n items; whoever was not found shares the
/// points that are left.
struct borda {
  RANKWISE_FN double found(std::size_t rank, std::size_t items) const { return static_cast<double>(items - rank); }
  RANKWISE_FN double missing(std::size_t ranked, std::size_t items) const {
    return (static_cast<double>(items - ranked) + 1) / 2; // the mean of 1 ... items - ranked
  }
};

} // namespace fusion

/// `fuse(fusion::reciprocal_rank{}, lists, fused, run_a, run_b, run_c)`: fused scores, the greater the better. A run
/// whose list has a number that is not finite counts as if it had found nothing there, and is reported.
template <class Method, class Offset, class Output, class... Runs, class Isa = arch::native>
void fuse(Method const& method, lists<Offset> const& groups, Output&& fused, Runs const&... runs) {
  static_assert(sizeof...(Runs) > 0, "[rankwise] fuse(method, lists, output, runs...) needs at least one run");
  auto const to = as_column(fused);
  using U = typename decltype(to)::value_type;
  on_error const errors;
  if (!detail::check_parameters(fault_of(method), errors) ||
      !detail::check_size(to, "the fused scores", groups.items(), errors) ||
      !(detail::check_size(as_column(runs), "a run", groups.items(), errors) && ...) ||
      !(detail::check_apart(to, as_column(runs), "the fused scores", errors) && ...)) {
    return;
  }
  for (std::size_t i = 0; i < to.size(); ++i) {
    to[i] = U(0);
  }
  storage<std::uint8_t> here;
  here.resize(groups.longest());
  auto const add = [&](auto const& run) {
    storage<std::uint8_t> done;
    done.resize(groups.size());
    detail::each_ranking<ties::stable>(
        executor_for<decltype(run)>{}, run, "a run", groups, {}, [&](auto const& ranking) {
          auto const& list = ranking.list();
          done[list.number()] = 1;
          for (std::size_t i = 0; i < list.size(); ++i) {
            here[i] = 0;
          }
          for (std::size_t r = 0; r < ranking.size(); ++r) {
            here[ranking.item(r)] = 1;
            to[list.first() + ranking.item(r)] += static_cast<U>(method.found(r, list.size()));
          }
          for (std::size_t i = 0; i < list.size(); ++i) {
            to[list.first() + i] += here[i] != 0 ? U(0) : static_cast<U>(method.missing(ranking.size(), list.size()));
          }
        });
    for (std::size_t l = 0; l < groups.size(); ++l) {
      for (std::size_t i = groups.begin_of(l); done[l] == 0 && i < groups.end_of(l); ++i) {
        to[i] += static_cast<U>(method.missing(0, groups.size_of(l)));
      }
    }
  };
  (add(runs), ...);
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
