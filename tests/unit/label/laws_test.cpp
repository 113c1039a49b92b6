#include <rankwise/label/binarise.hpp>
#include <rankwise/label/clip.hpp>
#include <rankwise/label/gain.hpp>
#include <rankwise/label/log.hpp>
#include <rankwise/label/polarise.hpp>
#include <rankwise/label/rank_gauss.hpp>
#include <rankwise/label/smooth.hpp>

#include <doctest/doctest.h>

#include "support/executors.hpp"
#include "support/random.hpp"

#include <cmath>
#include <limits>
#include <vector>

// What holds for every element-wise policy of label/, on every executor.
namespace rw = rankwise;

namespace {

template <class Policy>
void check_laws(Policy const& policy, double tolerance) {
  constexpr std::size_t n = 70;
  auto const x = support::random(61).uniforms<float>(n, 0, 1);
  std::vector<double> const exact_x(x.begin(), x.end());
  std::vector<double> exact(n);
  rw::apply(rw::exec::scalar{}, policy, exact_x, exact);
  support::for_each_executor([&](auto executor) {
    std::vector<float> whole(n);
    rw::apply(executor, policy, x, whole);
    int wrong = 0;
    for (std::size_t i = 0; i < n; ++i) {
      wrong += !(std::fabs(static_cast<double>(whole[i]) - exact[i]) <= tolerance * (1 + std::fabs(exact[i])));
    }
    CHECK(wrong == 0);
    // Place independence, in place, for every remainder.
    for (std::size_t first = 0; first < 20; ++first) {
      std::vector<float> part(x.begin() + static_cast<std::ptrdiff_t>(first), x.end() - 7);
      rw::apply(executor, policy, part, part);
      for (std::size_t i = 0; i < part.size(); ++i) {
        wrong += part[i] != whole[first + i];
      }
    }
    CHECK(wrong == 0);
    // NaN stays NaN for that item alone.
    auto holed = x;
    holed[5] = holed[69] = std::numeric_limits<float>::quiet_NaN();
    std::vector<float> out(n);
    rw::apply(executor, policy, holed, out);
    for (std::size_t i = 0; i < n; ++i) {
      wrong += i == 5 || i == 69 ? !std::isnan(out[i]) : out[i] != whole[i];
    }
    CHECK(wrong == 0);
    std::vector<float> nothing;
    rw::apply(executor, policy, nothing, nothing);
  });
}

} // namespace

TEST_CASE("element-wise label policies: any executor, any place, NaN") {
  namespace l = rw::label;
  check_laws(l::gain{}, 2e-7);
  check_laws(l::gain{.base = 3}, 5e-7);
  check_laws(l::linear{.slope = 2, .offset = -1}, 2e-7);
  check_laws(l::log{}, 2e-7);
  check_laws(l::log{.base = 10}, 2e-7);
  check_laws(l::clip{.low = 0.25, .high = 0.5}, 1e-7);
  check_laws(l::binarise{.threshold = 0.5}, 1e-7);
  check_laws(l::smooth{.epsilon = 0.2, .classes = 4}, 2e-7);
  check_laws(l::gain{} | l::log{.base = 2} | l::clip{}, 1e-6);
  check_laws(rw::fast(l::polarise{} | l::log{}), 2e-6);
  check_laws(l::fit_rank_gauss(support::random(62).uniforms<float>(41, 0, 1)), 2e-5);
}
