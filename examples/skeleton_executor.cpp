// An executor of your own, as a decorator: it counts what another one runs.
#include "claim.hpp"

#include <rankwise/rankwise.hpp>

#include <cstddef>
#include <vector>

namespace rw = rankwise;

//{ executor
namespace mine {

struct tally {
  std::size_t passes = 0;
  std::size_t items = 0;
  std::size_t lists = 0;
};

/// Runs everything on `Inner` and counts it.
template <class Inner = rw::exec::simd>
struct counted {
  tally* seen; // an executor is passed by value: state lives outside
  Inner inner{};

  static constexpr rw::memory where = Inner::where;
  template <class T>
  using vector = typename Inner::template vector<T>;

  template <class T, class Kernel>
  void for_each_item(std::size_t n, Kernel const& kernel) const {
    ++seen->passes;
    seen->items += n;
    inner.template for_each_item<T>(n, kernel);
  }
  template <class F>
  void for_each_block(std::size_t n, std::size_t block, F const& f) const {
    ++seen->passes;
    seen->items += n;
    inner.for_each_block(n, block, f);
  }
  template <class T, std::size_t N, class Kernel>
  rw::item_total<N> sum_items(std::size_t n, Kernel const& kernel, rw::workspace* memory, rw::on_error errors) const {
    ++seen->passes;
    seen->items += n;
    return inner.template sum_items<T, N>(n, kernel, memory, errors);
  }
  template <class Offset>
  rw::lists<Offset> place(rw::lists<Offset> const& groups, rw::workspace* memory) const {
    return inner.place(groups, memory);
  }
  template <class Pass, class Groups>
  std::size_t workspace_bytes(Groups const& groups) const {
    return inner.template workspace_bytes<Pass>(groups);
  }
  template <class Groups, class Pass>
  rw::pass_total for_each_list(Groups const& groups, Pass const& pass, rw::workspace* memory,
                               rw::on_error errors) const {
    ++seen->passes;
    seen->lists += groups.size();
    return inner.for_each_list(groups, pass, memory, errors);
  }
};

} // namespace mine

template <class Inner>
inline constexpr bool rankwise::is_executor<mine::counted<Inner>> = true;
//} executor

int main() {
  //{ use
  std::vector<float> const scores{3, 1, 2, 5, 4};
  std::vector<float> const labels{2, 0, 1, 0, 1};
  auto const lists = rw::lists_of_sizes(std::vector{3, 2});
  mine::tally seen;
  mine::counted<> const counting{&seen};
  double const counted = rw::metric::ndcg<2>{}(counting, scores, labels, lists);
  //} use

  double const plain = rw::metric::ndcg<2>{}(scores, labels, lists);
  std::printf("%zu passes over %zu items and %zu lists\n", seen.passes, seen.items, seen.lists);
  claim(near(counted, plain, 0), "the same bits as without the decorator");
  mine::tally training;
  std::vector<float> g(5);
  rw::head::binary<"click">{}.gradient(mine::counted<>{&training}, scores, labels, g);
  claim(training.items == 10, "five labels prepared, five items summed");
  claim(seen.lists == 4, "two lists prepared, two lists ranked");
  return broken_claims;
}
