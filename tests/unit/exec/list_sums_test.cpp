#include <rankwise/exec/simd.hpp>
#include <rankwise/loss/pointwise.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/arp.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/ndcg.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace rw = rankwise;

namespace {

/// One list, and its double twin: the same numbers, so that the order is the same.
struct long_list {
  static constexpr std::size_t size = 120'000;
  static constexpr unsigned seed = 7;
  std::vector<float> scores = std::vector<float>(size);
  std::vector<float> labels = std::vector<float>(size);
  std::vector<float> weights = std::vector<float>(size);
  rw::lists<std::size_t> lists = rw::lists<std::size_t>::single(size);

  long_list() {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> draw(-3, 3);
    for (std::size_t i = 0; i < size; ++i) {
      scores[i] = draw(random);
      labels[i] = static_cast<float>(random() % 5);
      weights[i] = 0.1f + static_cast<float>(random() % 8) / 10;
    }
  }
};

std::vector<double> in_double(std::vector<float> const& x) {
  return {x.begin(), x.end()};
}

} // namespace

TEST_CASE("exec/pack: a sum sees every item once and in order, whatever its length") {
  auto const check = [](auto executor) {
    using V = typename decltype(executor)::template vector<float>;
    constexpr std::size_t block = 128 * static_cast<std::size_t>(rw::math::lanes<V>);
    for (std::size_t blocks = 1; blocks <= 3; ++blocks) {
      for (std::size_t n = blocks * block - 40; n <= blocks * block + 40; ++n) {
        std::size_t next = 0;
        bool ordered = true;
        float const sum = rw::sum_packs<V>(n, [&](auto i) {
          ordered = ordered && i.first == next;
          next += i.live();
          return rw::position(i); // of a partial pack, also behind the end
        });
        CAPTURE(n);
        CHECK(ordered);
        CHECK(next == n);
        CHECK(static_cast<double>(sum) == doctest::Approx(static_cast<double>(n * (n - 1) / 2)).epsilon(1e-6));
      }
    }
    CHECK(rw::sum_packs<V>(0, [](auto) { return V(1); }) == 0);
    constexpr std::size_t many = 300'000; // where one chain of floats is 1e-3 off
    CHECK(static_cast<double>(rw::sum_packs<V>(many, [](auto) { return V(0.1f); })) ==
          doctest::Approx(static_cast<double>(0.1f) * many).epsilon(2e-6));
    CHECK(std::isnan(rw::sum_packs<V>(3 * block, [](auto i) { return V(i.first == 0 ? NAN : 1.0f); })));
  };
  check(rw::exec::scalar{});
  check(rw::exec::simd{});
}

TEST_CASE("exec/list: float adds up a long list as well as a short one") {
  long_list const own;
  INFO("seed " << long_list::seed);
  auto const scores = in_double(own.scores);
  auto const labels = in_double(own.labels);
  auto const weights = in_double(own.weights);
  auto const close = [](double x) { return doctest::Approx(x).epsilon(2e-6); };

  SUBCASE("metrics") {
    auto const check = [&](auto metric) {
      INFO(std::string(decltype(metric)::text));
      double const right = metric(scores, labels, own.lists, {.item_weights = weights});
      CHECK(metric(rw::exec::simd{}, own.scores, own.labels, own.lists, {.item_weights = own.weights}) == close(right));
      CHECK(metric(rw::exec::scalar{}, own.scores, own.labels, own.lists, {.item_weights = own.weights}) ==
            close(right));
    };
    check(rw::metric::ndcg<>{});
    check(rw::metric::arp<>{});
    check(rw::metric::map<>{});
    double const right = rw::metric::ndcg<>{}(scores, labels, own.lists);
    CHECK(rw::metric::ndcg<>{}(own.scores, own.labels, own.lists) == close(right));
    CHECK(rw::metric::ndcg<>{}(rw::exec::scalar{}, own.scores, own.labels, own.lists) == close(right));
  }

  SUBCASE("losses and their gradients") {
    std::vector<double> gradient(long_list::size);
    std::vector<float> ours(long_list::size);
    auto const check = [&](auto loss) {
      double const right = loss.gradient(scores, labels, own.lists, gradient, {.item_weights = weights});
      // The sum over the positive half: over all items it is 0 for softmax, to the digits of one gradient.
      auto const half = [](auto const& g) {
        return std::accumulate(g.begin(), g.end(), 0.0,
                               [](double sum, auto x) { return sum + (x > 0 ? static_cast<double>(x) : 0); });
      };
      double const right_half = half(gradient);
      CHECK(loss.gradient(rw::exec::simd{}, own.scores, own.labels, own.lists, ours, {.item_weights = own.weights}) ==
            close(right));
      CHECK(half(ours) == close(right_half));
      CHECK(loss.gradient(rw::exec::scalar{}, own.scores, own.labels, own.lists, ours, {.item_weights = own.weights}) ==
            close(right));
      CHECK(half(ours) == close(right_half));
    };
    check(rw::loss::softmax{});
    check(rw::loss::basic_mse<rw::reduction::weighted_mean>{});
  }
}
