#include <rankwise/loss/list_mle.hpp>
#include <rankwise/loss/pro.hpp>

#include "support/executors.hpp"
#include "unit/loss/derivatives.hpp"
#include "unit/loss/golden.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace rw = rankwise;

namespace {

/// Lists of different rewards, of sizes about those of registers; scores up to `spread` from 0.
template <class T>
struct distinct_rewards {
  std::vector<int> offsets{0};
  std::vector<T> scores, rewards, weights;

  explicit distinct_rewards(std::uint64_t seed, double spread) {
    support::random r{seed};
    for (int const size : {1, 2, 7, 8, 9, 16, 17, 33, 70}) {
      offsets.push_back(offsets.back() + size);
    }
    auto const n = static_cast<std::size_t>(offsets.back());
    scores = r.uniforms<T>(n, -spread, spread);
    rewards = r.uniforms<T>(n, 0, 4);
    weights = r.uniforms<T>(n, 0, 2);
  }
};

/// The formula of the paper for one list, as it stands.
struct by_hand {
  double value = 0;
  std::vector<double> gradient, hessian;

  template <class T>
  by_hand(T const* s, T const* r, T const* w, std::size_t n) : gradient(n), hessian(n) {
    std::vector<std::size_t> order(n);
    for (std::size_t k = 0; k < n; ++k) {
      order[k] = k;
    }
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return r[a] > r[b]; });
    auto const steep = [&](std::size_t k, std::size_t i) {
      return static_cast<double>(r[order[k]]) - static_cast<double>(r[order[i == k ? n - 1 : i]]);
    };
    for (std::size_t k = 0; k + 1 < n; ++k) {
      auto const weight = static_cast<double>(w[order[k]]);
      std::vector<double> x(n);
      double top = -HUGE_VAL;
      for (std::size_t i = k; i < n; ++i) {
        x[i] = static_cast<double>(s[order[i]]) * steep(k, i);
        top = std::max(top, x[i]);
      }
      double total = 0;
      for (std::size_t i = k; i < n; ++i) {
        total += std::exp(x[i] - top);
      }
      value += weight * (std::log(total) + top - x[k]);
      for (std::size_t i = k; i < n; ++i) {
        double const p = std::exp(x[i] - top) / total;
        gradient[order[i]] += weight * steep(k, i) * (p - (i == k ? 1 : 0));
        hessian[order[i]] += weight * steep(k, i) * steep(k, i) * p * (1 - p);
      }
    }
  }
};

template <class T>
void check_by_hand(double spread, double tolerance) {
  CAPTURE(spread);
  distinct_rewards<T> const p(11, spread);
  rw::loss::pro const loss;
  std::vector<T> g(p.scores.size());
  std::vector<T> h(p.scores.size());
  std::vector<double> per_list(p.offsets.size() - 1);
  rw::workspace memory;
  auto const data = loss.prepare(p.rewards, rw::lists(p.offsets), {.item_weights = p.weights});
  loss.gradient(p.scores, data, g, h, memory, {.per_list = per_list});
  for (std::size_t l = 0; l + 1 < p.offsets.size(); ++l) {
    CAPTURE(l);
    auto const at = static_cast<std::size_t>(p.offsets[l]);
    auto const n = static_cast<std::size_t>(p.offsets[l + 1]) - at;
    by_hand const expected(&p.scores[at], &p.rewards[at], &p.weights[at], n);
    CHECK(support::near(per_list[l], expected.value, tolerance));
    for (std::size_t i = 0; i < n; ++i) {
      CAPTURE(i);
      CHECK(support::near(static_cast<double>(g[at + i]), expected.gradient[i], tolerance));
      CHECK(support::near(static_cast<double>(h[at + i]), expected.hessian[i], tolerance));
    }
  }
}

} // namespace

TEST_CASE("pro: BEQUE's example") {
  support::check_golden(rw::loss::pro{}, {{{-0.5, -0.9, -1.4}, {2, 1, 0.5}}}, {1.32733109204});
  // In any order, and with a repeated reward, of which the first item counts.
  support::check_golden(rw::loss::pro{}, {{{-1.4, -0.5, 7, -0.9}, {0.5, 2, 2, 1}}}, {1.32733109204});
}

TEST_CASE("pro: two items whose rewards differ by 1 are ListMLE") {
  std::vector<double> const s{0.3, 1.1};
  std::vector<double> const y{1, 0};
  CHECK(rw::loss::pro{}.value(s, y, rw::lists<>::single(2)) ==
        doctest::Approx(rw::loss::list_mle{}.value(s, y, rw::lists<>::single(2))).epsilon(1e-13));
}

TEST_CASE("pro: derivatives, masks, hostile lists") {
  support::check_derivatives(rw::loss::pro{}, support::true_hessian);
  support::check_masks(rw::loss::pro{});
  support::check_hostile(rw::loss::pro{});
}

TEST_CASE("pro: many different rewards, against the formula as it stands") {
  check_by_hand<double>(1, 1e-12);
  check_by_hand<double>(400, 1e-11); // e^x would overflow
  check_by_hand<float>(1, 2e-5);
  check_by_hand<float>(30, 5e-4);
}

TEST_CASE("pro: grades, of which a register holds one item each") {
  support::random r{17};
  std::vector<int> offsets{0};
  std::vector<double> s, y, w;
  for (int const size : {1, 2, 3, 4, 5, 40, 41}) { // up to four, as many different ones
    for (int i = 0; i < size; ++i) {
      s.push_back(r.uniforms<double>(1, -3, 3)[0]);
      y.push_back((7 * i + size) % 5);
      w.push_back(r.uniforms<double>(1, 0, 2)[0]);
    }
    offsets.push_back(static_cast<int>(s.size()));
  }
  auto const check = [&](auto number, double spread, double tolerance, bool weighted, auto executor) {
    using T = decltype(number);
    CAPTURE(spread);
    CAPTURE(weighted);
    CAPTURE(rw::math::lanes<typename decltype(executor)::template vector<T>>);
    std::vector<T> scores(s.begin(), s.end());
    for (T& x : scores) {
      x = static_cast<T>(static_cast<double>(x) * spread); // far apart they go another way
    }
    std::vector<T> const rewards(y.begin(), y.end());
    std::vector<T> const weights = weighted ? std::vector<T>(w.begin(), w.end()) : std::vector<T>(w.size(), T(1));
    std::vector<T> g(s.size(), T(9));
    std::vector<T> h(s.size(), T(9));
    std::vector<double> per_list(offsets.size() - 1);
    rw::workspace memory;
    rw::loss::pro const loss;
    auto const data = weighted ? loss.prepare(rewards, rw::lists(offsets), {.item_weights = weights})
                               : loss.prepare(rewards, rw::lists(offsets));
    loss.gradient(executor, scores, data, g, h, memory, {.per_list = per_list});
    for (std::size_t l = 0; l + 1 < offsets.size(); ++l) {
      CAPTURE(l);
      // The first item of every reward; the others get 0.
      std::vector<std::size_t> kept;
      std::vector<T> ks, kr, kw;
      for (auto i = static_cast<std::size_t>(offsets[l]); i < static_cast<std::size_t>(offsets[l + 1]); ++i) {
        if (std::find(kr.begin(), kr.end(), rewards[i]) == kr.end()) {
          kept.push_back(i);
          ks.push_back(scores[i]);
          kr.push_back(rewards[i]);
          kw.push_back(weights[i]);
        } else {
          CHECK(g[i] == 0);
          CHECK(h[i] == 0);
        }
      }
      by_hand const expected(ks.data(), kr.data(), kw.data(), ks.size());
      CHECK(support::near(per_list[l], expected.value, tolerance));
      for (std::size_t k = 0; k < kept.size(); ++k) {
        CAPTURE(k);
        CHECK(support::near(static_cast<double>(g[kept[k]]), expected.gradient[k], tolerance));
        CHECK(support::near(static_cast<double>(h[kept[k]]), expected.hessian[k], tolerance));
      }
    }
  };
  support::for_each_executor([&](auto executor) {
    for (bool const weighted : {false, true}) {
      check(1.0, 1, 1e-12, weighted, executor);
      check(1.0, 100, 1e-11, weighted, executor);
      check(1.0f, 1, 2e-5, weighted, executor);
      check(1.0f, 100, 2e-3, weighted, executor);
    }
  });
}

TEST_CASE("pro: in float, a value near 0 is not the rounding of its terms") {
  support::random r{23};
  std::vector<int> offsets{0};
  std::vector<float> s, y;
  for (int list = 0; list < 160; ++list) {
    int const size = 2 + list % 8;
    for (int i = 0; i < size; ++i) {
      y.push_back(4.0f * static_cast<float>(i) / static_cast<float>(size - 1));
      s.push_back(r.uniforms<float>(1, -1, 1)[0] + 3 * y.back() - 6); // mostly in order: e^28 beside e^-28
    }
    offsets.push_back(static_cast<int>(s.size()));
  }
  std::vector<float> const w(s.size(), 1);
  auto const data = rw::loss::pro{}.prepare(y, rw::lists(offsets));
  support::for_each_executor([&](auto executor) {
    CAPTURE(rw::math::lanes<typename decltype(executor)::template vector<float>>);
    std::vector<double> per_list(offsets.size() - 1);
    rw::loss::pro{}.value(executor, s, data, {.per_list = per_list});
    for (std::size_t l = 0; l + 1 < offsets.size(); ++l) {
      CAPTURE(l);
      auto const at = static_cast<std::size_t>(offsets[l]);
      by_hand const expected(&s[at], &y[at], &w[at], static_cast<std::size_t>(offsets[l + 1]) - at);
      CHECK(std::abs(per_list[l] - expected.value) <= 5e-7 + 1e-5 * expected.value);
    }
  });
}

TEST_CASE("pro: a list whose value does not fit is reported, and its derivatives are 0; the others are right") {
  // The greatest label times the greatest weight is moderate all the same.
  std::vector<float> const scores{1, 2, 0, 0, 0, 0, 1, 2, 0}, rewards{0, 1, 2, 0, 1e-38f, 2e-38f, 0, 1, 2};
  std::vector<float> const weights{1, 1, 1, 3e38f, 3e38f, 3e38f, 1, 1, 1};
  std::vector<float> g(9, 9), h(9, 9);
  std::vector<double> per_list(3);
  rw::status s;
  rw::loss::pro{}.gradient(scores, rewards, rw::lists<>::uniform(3, 3), g, h,
                           {.item_weights = weights, .per_list = per_list, .errors = s});
  CHECK(s.code == rw::errc::not_finite);
  CHECK(s.where == 1);
  CHECK(s.expected + s.found == 1);
  CHECK(std::isnan(per_list[1]));
  CHECK(per_list[0] == per_list[2]);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(g[3 + i] == 0);
    CHECK(h[3 + i] == 0);
    CHECK(g[i] == g[6 + i]);
    CHECK(h[i] == h[6 + i]);
  }
}
