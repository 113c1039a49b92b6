#include <rankwise/loss/circle.hpp>
#include <rankwise/loss/pairwise.hpp>

#include "support/in_groups.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <span>
#include <vector>

namespace rw = rankwise;
using support::check_in_groups;

TEST_CASE("losses over pairs without visiting them, in groups") {
  check_in_groups<32>("circle", rw::loss::circle{.gamma = 4});
}

namespace {

/// Lists of which items belong to different segments, in groups of `Lanes`.
template <std::size_t Lanes, class Loss>
void check_segments(char const* name, Loss const& loss) {
  INFO(name << ", " << Lanes << " lanes");
  support::grouped_problem const p(false, 70);
  rw::lists const lists(p.offsets);
  std::vector<int> segment(p.scores.size());
  for (std::size_t i = 0; i < segment.size(); ++i) {
    segment[i] = static_cast<int>(i * i % 7 / 2);
  }
  auto const derivatives = [&](auto executor) {
    std::vector<double> all(2 * p.scores.size() + 1, 7);
    std::span const numbers(all);
    std::size_t const n = p.scores.size();
    all.back() = loss.gradient(executor, p.scores, p.labels, lists, numbers.first(n), numbers.subspan(n, n),
                               {.item_weights = p.weights, .mask = p.mask, .segments = segment});
    return all;
  };
  auto const found = derivatives(rw::exec::emulated<Lanes>{});
  CHECK(support::agree(found, derivatives(rw::exec::scalar{}), 1e-12));
  CHECK(found == derivatives(rw::exec::emulated<Lanes>{rw::lane_order::scattered}));
}

} // namespace

TEST_CASE("segments in groups") {
  check_segments<4>("circle", rw::loss::circle{.gamma = 4});
  check_segments<32>("ranknet", rw::loss::ranknet{});
}
