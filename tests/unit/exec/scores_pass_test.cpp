#include <rankwise/exec/scores_pass.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <vector>

namespace rw = rankwise;

namespace {

/// The number of items that take part, list by list.
struct counted {
  std::vector<double>* to;
  bool* started;

  template <class Executor, class Lists>
  void start(Executor, Lists const& lists) const {
    *started = true;
    to->assign(lists.size(), -1);
  }
  template <class List>
  auto operator()(List const& list) const {
    (*to)[list.number()] = static_cast<double>(list.sum([](auto i) { return typename decltype(i)::vector(1); }));
    return typename List::scalar(0);
  }
};

} // namespace

TEST_CASE("checks come before the start, the start before the lists") {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> const scores{1, 2, 3, 4, nan, 6};
  std::vector<int> const mask{1, 0, 1, 1, 1, 1};
  std::vector<int> const little{1, 0};
  auto const lists = rw::lists<>::uniform(3, 2);
  std::vector<double> counts{7};
  bool started = false;
  counted const formula{&counts, &started};
  rw::workspace memory;
  rw::status status;
  auto const run = [&](std::vector<float> const& s, rw::options opts) {
    status = {};
    opts.errors = status;
    return rw::detail::run_scores(rw::exec::simd{}, formula, s, "scores", lists, opts, &memory).ran;
  };
  CHECK_FALSE(run({1, 2}, {}));
  CHECK(status.code == rw::errc::offsets_overrun);
  CHECK_FALSE(run(scores, {.mask = little}));
  CHECK(status.code == rw::errc::size_mismatch);
  CHECK_FALSE(run(scores, {.ids = little}));
  CHECK(status.code == rw::errc::size_mismatch);
  CHECK_FALSE(started);
  CHECK(counts == std::vector<double>{7});

  CHECK(run(scores, {.mask = mask}));
  CHECK(started);
  CHECK(counts == std::vector<double>{1, 2, -1}); // the formula does not see the list with NaN
  CHECK(status.code == rw::errc::not_finite);
  CHECK(status.where == 2);
}
