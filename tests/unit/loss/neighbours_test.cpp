#include <rankwise/exec/pass.hpp>

#include <rankwise/backend/parallel.hpp>
#include <rankwise/loss/pro.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/loss/softmax_variants.hpp>

#include "support/random.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

// Executors begin with a list before they have finished the one before it: what stands beside a list must not matter.
namespace neighbours_test {

namespace rw = rankwise;

namespace {

constexpr std::uint64_t seed = 20261122;

/// Short, long and empty lists side by side: ordinary ones, with scores far from 0, without positives, and with a NaN.
template <class T>
struct problem {
  std::vector<T> scores, labels, weights;
  std::vector<std::size_t> offsets{0};

  problem() {
    std::uint64_t drawn = 0;
    auto const next = [&] { return rw::random_uniform(seed, drawn++); };
    for (int const limit : {5, 40, 300, 4000}) { // 16 registers are 16 to 256 items
      for (int l = 0; l < (limit == 4000 ? 6 : 50); ++l) {
        auto const size = static_cast<std::size_t>(next() * limit);
        double const kind = next();
        for (std::size_t i = 0; i < size; ++i) {
          scores.push_back(static_cast<T>((next() - 0.5) * (kind < 0.2 ? 300 : 6)));
          labels.push_back(kind > 0.9 ? T(0) : static_cast<T>(static_cast<int>(next() * 4)));
        }
        if (size > 2 && kind > 0.4 && kind < 0.5) {
          scores[scores.size() - 2] = std::numeric_limits<T>::quiet_NaN();
        }
        weights.push_back(static_cast<T>(0.5 + next()));
        offsets.push_back(scores.size());
      }
    }
  }
};

template <class T, class Loss, class Executor>
void check(std::string const& name, Loss const& loss, Executor executor) {
  CAPTURE(seed);
  CAPTURE(name);
  problem<T> const p;
  rw::lists const lists(p.offsets);
  auto const data = loss.prepare(executor, p.labels, lists, {.list_weights = p.weights});
  std::vector<T> gradient(p.scores.size(), 9), hessian(p.scores.size(), 9);
  std::vector<double> values(lists.size());
  rw::status s;
  loss.gradient(executor, p.scores, data, gradient, hessian, {.per_list = values, .errors = s});
  CHECK(s.code == rw::errc::not_finite);
  std::size_t different = 0;
  for (std::size_t l = 0; l < lists.size(); ++l) {
    std::size_t const first = p.offsets[l];
    std::size_t const size = p.offsets[l + 1] - first;
    auto const part = [&](std::vector<T> const& x) {
      return std::vector<T>(x.begin() + static_cast<std::ptrdiff_t>(first),
                            x.begin() + static_cast<std::ptrdiff_t>(first + size));
    };
    std::vector<T> const weight{p.weights[l]};
    auto const alone = rw::lists<>::single(size);
    std::vector<T> g(size, 9), h(size, 9);
    std::vector<double> value(1);
    loss.gradient(executor, part(p.scores), part(p.labels), alone, g, h,
                  {.list_weights = weight, .per_list = value, .errors = s});
    bool const same_value = value[0] == values[l] || (std::isnan(value[0]) && std::isnan(values[l]));
    different += same_value && g == part(gradient) && h == part(hessian) ? 0 : 1;
  }
  CHECK(different == 0);
}

template <class T, class Executor>
void check_all(Executor executor) {
  check<T>("softmax", rw::loss::softmax{}, executor);
  check<T>("listnet", rw::loss::listnet{}, executor);
  check<T>("poly1", rw::loss::poly1_softmax{}, executor);
  check<T>("calibrated", rw::loss::calibrated_softmax{}, executor);
  check<T>("info_nce", rw::loss::info_nce{.temperature = 0.5}, executor);
  check<T>("multi_positive", rw::loss::multi_positive{}, executor);
  check<T>("pro", rw::loss::pro{}, executor);
}

} // namespace

TEST_CASE("a list has the same bits whatever stands beside it") {
  check_all<float>(rw::exec::simd{});
  check_all<double>(rw::exec::simd{});
  check_all<double>(rw::exec::scalar{});
  check_all<float>(rw::exec::parallel{});
}

} // namespace neighbours_test
