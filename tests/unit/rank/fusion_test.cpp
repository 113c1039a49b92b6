#include <rankwise/rank/fusion.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
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
}

} // namespace fusion_test
