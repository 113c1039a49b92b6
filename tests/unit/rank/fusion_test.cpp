#include <rankwise/backend/emulated.hpp>
#include <rankwise/backend/parallel.hpp>
#include <rankwise/exec/scalar.hpp>
#include <rankwise/exec/simd.hpp>
#include <rankwise/rank/fusion.hpp>

#include "support/fused.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace fusion_test {

namespace rw = rankwise;
namespace fusion = rankwise::fusion;

namespace {

using column = std::vector<double>;
double const out = -std::numeric_limits<double>::infinity();
double const not_a_number = std::numeric_limits<double>::quiet_NaN();

// The last item is found by nobody, the third by one run.
column const a{3, 1.5, out, 2, -1, out}, b{10, out, 40, 20, 25, out}, c{.2, .9, out, .4, out, out};
auto const six = rw::lists<int>::single(6);

template <class Method>
void is(Method const& method, column const& right) {
  column fused(6);
  rw::fuse(method, six, fused, a, b, c);
  for (std::size_t i = 0; i < right.size(); ++i) {
    CAPTURE(i);
    CHECK(fused[i] == doctest::Approx(right[i]).epsilon(1e-12));
  }
  CHECK(fused[5] == out);
}

} // namespace

// ranx 0.3.21: fuse(runs, norm, method).
TEST_CASE("combinations of scores and ranks") {
  is(fusion::comb_sum<>{}, {1, 1.625, 1, 1.369047619047619, 0.5});
  is(fusion::comb_mnz<>{}, {3, 3.25, 1, 4.107142857142858, 1});
  is(fusion::comb_anz<>{}, {0.3333333333333333, 0.8125, 1, 0.45634920634920634, 0.25});
  is(fusion::comb_med<>{}, {0, 0.8125, 1, 0.3333333333333333, 0.25});
  is(fusion::comb_max<>{}, {1, 1, 1, 0.75, 0.5});
  is(fusion::comb_min<>{}, {0, 0.625, 1, 0.28571428571428575, 0});
  is(fusion::comb_sum<fusion::z_score>{},
     {-1.1865743143633505, 1.443551333941512, 1.501110699893027, -0.2619988069171686, -1.4960889125540198});
  is(fusion::comb_mnz<fusion::z_score>{},
     {-3.559722943090051, 2.887102667883024, 1.501110699893027, -0.7859964207515058, -2.9921778251080395});
  is(fusion::comb_med<fusion::z_score>{},
     {-1.019049330730136, 0.721775666970756, 1.501110699893027, -0.3396831102433786, -0.7480444562770099});
  is(fusion::comb_min<fusion::z_score>{},
     {-1.2701705922171767, 0.08481889296799709, 1.501110699893027, -0.34641016151377546, -1.611558966391945});
  is(fusion::inverse_square{}, {3.5208333333333335, 2.2222222222222223, 1, 1.8333333333333335, 0.625});
  is(fusion::log_inverse_square{}, {1.2893435887841012, 0.7701635339554948, 0, 0.6713741764082893, 0.2166084939249829});
  is(fusion::comb_sum<fusion::score_itself>{}, {13.2, 2.4, 40, 22.4, 24});
}

TEST_CASE("fusion: lists of their own, equal scores, wide scores") {
  column fused(5);
  rw::fuse(fusion::comb_sum<>{}, rw::lists_of_sizes(std::vector{2, 0, 3}), fused, column{1, 1, 5, 7, 6},
           std::vector<float>{0, 2, 1, 1, 1});
  CHECK(fused == column{0, 1, 0, 1, 0.5});
  column two(2);
  rw::fuse(fusion::comb_max<>{}, rw::lists<int>::single(2), two, column{-1.7e308, 1.7e308});
  CHECK(two == column{0, 1});
  rw::fuse(fusion::comb_max<fusion::z_score>{}, rw::lists<int>::single(2), two, column{0.1, 0.1});
  CHECK(two == column{0, 0});
  // Wherever the squares of scores or what divides by their width is no number, the unit of the scores still tells
  // nothing.
  column const plain{-1, 0.25, 1, 0.5};
  for (double const unit : {1.0, 1.7e308, 1e200, 1e150, 1e-160, 1e-300, 4.9e-324 * 1024}) {
    CAPTURE(unit);
    column scores = plain;
    for (double& s : scores) {
      s *= unit;
    }
    column z(4), span(4);
    rw::fuse(fusion::comb_sum<fusion::z_score>{}, rw::lists<int>::single(4), z, scores);
    rw::fuse(fusion::comb_sum<>{}, rw::lists<int>::single(4), span, scores);
    column const z_right{-1.611558966391945, 0.08481889296799709, 1.1026456085839622, 0.4240944648399855};
    column const span_right{0, 0.625, 1, 0.75};
    for (std::size_t i = 0; i < plain.size(); ++i) {
      CHECK(z[i] == doctest::Approx(z_right[i]).epsilon(1e-14));
      CHECK(span[i] == doctest::Approx(span_right[i]).epsilon(1e-14));
    }
  }
}

TEST_CASE("fusion: what all scores share takes no digits from z-scores") {
  column z(4);
  for (double const shared : {0.0, 1e6, -1e12, 1e15}) {
    CAPTURE(shared);
    rw::fuse(fusion::comb_sum<fusion::z_score>{}, rw::lists<int>::single(4), z,
             column{shared + 1, shared, shared + 3, shared + 2});
    for (std::size_t i = 0; i < 4; ++i) { // of 0, 1, 2, 3: mean 3/2, variance 5/4
      double const right = (column{1, 0, 3, 2}[i] - 1.5) / std::sqrt(1.25);
      CHECK(z[i] == doctest::Approx(right).epsilon(1e-14));
    }
  }
}

TEST_CASE("fusion: a run that cannot be used takes nothing from the others") {
  column const broken{1, not_a_number};
  auto const pair = rw::lists<int>::single(2);
  column fused(2);
  CHECK_THROWS_AS(rw::fuse(fusion::reciprocal_rank{}, pair, fused, broken, column{1, 2}), rw::error);
  CHECK(fused[0] == doctest::Approx(1 / 62.0));
  CHECK(fused[1] == doctest::Approx(1 / 61.0));
  CHECK_THROWS_AS(rw::fuse(fusion::comb_sum<>{}, pair, fused, broken, column{1, 2}), rw::error);
  CHECK(fused == column{0, 1});
  CHECK_THROWS_AS(rw::fuse(fusion::comb_sum<>{}, pair, fused, column{1}), rw::error);
  CHECK_THROWS_AS(rw::fuse(fusion::comb_sum<>{}, pair, fused, fused), rw::error);

  // Told instead of thrown, in every form of the call.
  rw::workspace memory;
  rw::exec::scalar const scalar;
  auto const tell = [&](auto const& call) {
    rw::status told;
    call(rw::options{.errors = told});
    return told.code;
  };
  using rw::errc;
  CHECK(tell([&](auto o) { rw::fuse(fusion::borda{}, pair, fused, o, broken, column{1, 2}); }) == errc::not_finite);
  CHECK(tell([&](auto o) { rw::fuse(fusion::borda{}, pair, fused, o, column{1}); }) == errc::size_mismatch);
  CHECK(tell([&](auto o) { rw::fuse(scalar, fusion::borda{}, pair, fused, o, column{1}); }) == errc::size_mismatch);
  CHECK(tell([&](auto o) { rw::fuse(scalar, fusion::borda{}, pair, fused, memory, o, fused); }) == errc::aliasing);
  rw::status told;
  rw::fuse(fusion::borda{}, pair, fused, {.errors = told}, column{1, 2}, column{1, 2});
  CHECK(told.ok());
  CHECK(fused == column{2, 4});
  rw::fuse(fusion::borda{}, pair, fused, {.value = false, .errors = told}, column{1, 2});
  CHECK(told.code == errc::unused_option);
  CHECK(fused == column{2, 4});
}

namespace {

/// What a call writes, and what it complains about.
template <class Executor, class Method>
column fused_on(Executor executor, Method const& method, support::runs const& r, rw::status& told) {
  column fused(r.a.size(), 7);
  rw::workspace memory;
  try {
    rw::fuse(executor, method, r.lists(), fused, memory, r.a, r.b, r.c);
  } catch (rw::error const& e) {
    told = e.reason();
  }
  return fused;
}

/// `bound`: 0 where every executor has the same bits.
template <class Method>
void check(char const* name, Method const& method, support::runs const& r, column const& expected, double bound = 0) {
  INFO(std::string(name));
  rw::status told;
  column const one_by_one = fused_on(rw::exec::scalar{}, method, r, told);
  CHECK(support::fused_alike(one_by_one, expected, 1e-13));
  bool const hostile = !std::isfinite(r.a[r.at(13)]);
  CHECK(told.code == (hostile ? rw::errc::not_finite : rw::errc::ok));
  CHECK(told.where == (hostile ? 8 : rw::status::nowhere)); // of the first run
  CHECK(told.found == (hostile ? 3 : 0));
  auto const same = [&](auto executor) {
    rw::status said;
    CHECK(support::fused_alike(fused_on(executor, method, r, said), one_by_one, bound));
    CHECK(said.code == told.code);
    CHECK(said.where == told.where);
    CHECK(said.found == told.found);
  };
  same(rw::exec::simd{});
  same(rw::exec::parallel{.threads = 3});
  for (auto const order : {rw::lane_order::forwards, rw::lane_order::backwards, rw::lane_order::scattered}) {
    same(rw::exec::emulated<8>{order});
  }
}

} // namespace

TEST_CASE("fusion by the definition, on every executor of the host") {
  for (bool const hostile : {false, true}) {
    CAPTURE(hostile);
    support::runs const r(hostile);
    check("reciprocal ranks", fusion::reciprocal_rank{.k = 7.5}, r,
          support::fused_by_places(
              r, [](double rank, double) { return 1 / (7.5 + rank + 1); }, [](double, double) { return 0.0; }));
    check("Borda", fusion::borda{}, r,
          support::fused_by_places(
              r, [](double rank, double items) { return items - rank; },
              [](double ranked, double items) { return (items - ranked + 1) / 2; }));
    check("CombSUM", fusion::comb_sum<>{}, r, support::fused_by_points(r, support::spread_of, support::sum_of));
    check("CombMED of z-scores", fusion::comb_med<fusion::z_score>{}, r,
          support::fused_by_points(r, support::standard_of, support::median_of), 1e-13);
    check("logarithm of inverse squares", fusion::log_inverse_square{}, r,
          support::fused_by_points(
              r,
              [](column scores) {
                for (std::size_t k = 0; k < scores.size(); ++k) {
                  scores[k] = 1 / std::pow(static_cast<double>(k) + 1, 2);
                }
                return scores;
              },
              [](column const& points) {
                return support::sum_of(points) * std::log(static_cast<double>(points.size()));
              }));
  }
}

namespace {

/// Points by rank from a table, which no device could read.
struct table {
  column points;
  double found(std::size_t rank, std::size_t) const { return rank < points.size() ? points[rank] : 0; }
  double missing(std::size_t ranked, std::size_t items) const { return -static_cast<double>(items - ranked); }
};

/// What else a ranking knows: nobody has labels, everybody the weight 1.
struct looks_around {
  template <class Ranking>
  auto of(Ranking const& ranking) const {
    return [&ranking](std::size_t r) {
      return static_cast<double>(ranking.label(r) + 10 * ranking.weight(r)) + static_cast<double>(ranking.tie_end(r));
    };
  }
};

struct last {
  double operator()(double const* points, std::size_t count) const { return points[count - 1]; }
};

} // namespace

TEST_CASE("fusion: methods of one's own") {
  column const first{1, 3, 2, out, 5, 5};
  auto const lists = rw::lists<int>::uniform(2, 3);
  column fused(6);
  rw::fuse(table{{8, 4}}, lists, fused, first, column{out, out, out, 3, 2, 1});
  CHECK(fused == column{-3, 5, 1, 7, 12, 4});
  rw::fuse(rw::exec::scalar{}, table{{8, 4}}, lists, fused, first, column{out, out, out, 3, 2, 1});
  CHECK(fused == column{-3, 5, 1, 7, 12, 4});
  rw::fuse(rw::exec::parallel{.threads = 2}, fusion::combination<looks_around, last>{}, lists, fused, first);
  CHECK(fused == column{13, 11, 12, out, 12, 12});
}

TEST_CASE("fusion: floats, columns with gaps, and a workspace of the caller's") {
  support::runs const r(false, 300);
  column const expected = support::fused_by_points(r, support::spread_of, support::sum_of);
  std::vector<float> wide(2 * r.a.size(), 7);
  auto const odd = rw::strided(wide.data() + 1, r.a.size(), 2);
  rw::workspace memory;
  for (int twice = 0; twice < 2; ++twice) {
    rw::fuse(rw::exec::simd{}, fusion::comb_sum<>{}, r.lists(), odd, memory, r.a, r.b, r.c);
  }
  bool same = true;
  for (std::size_t i = 0; i < r.a.size(); ++i) {
    same = same && odd[i] == static_cast<float>(expected[i]) && wide[2 * i] == 7;
  }
  CHECK(same);
  std::vector<std::byte> few(200);
  rw::workspace small_one{std::span(few)};
  column fused(r.a.size(), 7);
  CHECK_THROWS_AS(rw::fuse(rw::exec::simd{}, fusion::borda{}, r.lists(), fused, small_one, r.a), rw::error);
  CHECK_THROWS_AS(rw::fuse(rw::exec::scalar{}, fusion::borda{}, r.lists(), fused, column(3)), rw::error);
  CHECK_THROWS_AS(rw::fuse(rw::exec::scalar{}, fusion::borda{}, r.lists(), fused, r.a, fused), rw::error);
  CHECK_THROWS_AS(rw::fuse(rw::exec::scalar{}, fusion::reciprocal_rank{.k = out}, r.lists(), fused, r.a), rw::error);
}

} // namespace fusion_test
