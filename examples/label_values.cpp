// Labels number by number: what a grade is worth, logs, clips, smoothing, buckets, and two signals in one.
#include "claim.hpp"

#include <rankwise/label/binarise.hpp>
#include <rankwise/label/clip.hpp>
#include <rankwise/label/combine.hpp>
#include <rankwise/label/expected.hpp>
#include <rankwise/label/log.hpp>
#include <rankwise/label/polarise.hpp>
#include <rankwise/label/quantiles.hpp>
#include <rankwise/label/rank_gauss.hpp>
#include <rankwise/label/smooth.hpp>

#include <cstdint>
#include <vector>

namespace rw = rankwise;

namespace {

void element_wise() {
  std::vector<float> y(4), g(4), s(4);
  //{ gain
  std::vector<float> const grades{0, 1, 2, 4};
  rw::apply(rw::label::gain{}, grades, g);                            // 2^y - 1
  rw::apply(rw::label::linear{.slope = 0.5, .offset = 1}, grades, y); // y / 2 + 1
  //} gain
  claim(g == std::vector<float>{0, 1, 3, 15} && y == std::vector<float>{1, 1.5f, 2, 3},
        "gains of whole grades are exact");
  //{ log
  std::vector<float> const seconds{0, 3, 63, 1023};
  rw::apply(rw::label::log{.base = 2} | rw::label::linear{.slope = 0.1}, seconds, y);
  //} log
  claim(y[0] == 0 && near(static_cast<double>(y[3]), 1, 1e-6), "log2(1 + 1023) / 10 = 1");
  //{ clip
  rw::apply(rw::label::clip{.low = 0, .high = 60}, seconds, y);
  //} clip
  claim(y == std::vector<float>{0, 3, 60, 60}, "clipped at a minute");
  //{ binarise
  std::vector<std::uint8_t> watched(4);
  rw::apply(rw::label::binarise{.threshold = 30}, seconds, watched);
  //} binarise
  claim(watched == std::vector<std::uint8_t>{0, 0, 1, 1}, "30 seconds count as watched");
  //{ smooth
  std::vector<float> const clicks{0, 1, 1, 0};
  rw::apply(rw::label::smooth{.epsilon = 0.1, .classes = 2}, clicks, s);
  std::vector<float> const stars{0, 1, 2};
  std::vector<float> classes(9); // a row of three probabilities per item
  rw::apply(rw::label::soft_ordinal{.epsilon = 0.2}, stars, rw::row_major(classes, 3));
  //} smooth
  claim(near(static_cast<double>(s[1]), 0.95) && near(static_cast<double>(classes[4]), 0.8) &&
            near(static_cast<double>(classes[1]), 0.2),
        "the middle grade keeps 0.8 and gives 0.1 to either side; the lowest gives 0.2 to its one neighbour");
}

void rows() {
  std::vector<float> grade(2), worth(2);
  //{ expected
  std::vector<float> const classes{0.2f, 0.3f, 0.5f, /**/ 1, 0, 0}; // two items, three classes
  rw::apply(rw::label::expected_grade{}, rw::row_major(classes, 3), grade);
  rw::apply(rw::label::expected_gain{rw::label::gain{}}, rw::row_major(classes, 3), worth);
  //} expected
  claim(near(static_cast<double>(grade[0]), 1.3) && near(static_cast<double>(worth[0]), 1.8),
        "0.3 + 2 0.5, and 0.3 + 3 0.5");
}

void combine() {
  std::vector<float> a(3), b(3), c(3);
  //{ combine
  std::vector<float> const content{0.2f, 0.5f, 0.9f}, engagement{1, 0.5f, 0};
  rw::apply(rw::label::product{}, content, engagement, a);
  rw::apply(rw::label::weighted_sum{.content = 0.7, .engagement = 0.3}, content, engagement, b);
  constexpr rw::label::banded tiers{rw::label::cut<3>{0.35, 0.65}, 0.9};
  rw::apply(tiers, content, engagement, c); // tier + 0.9 engagement
  //} combine
  claim(c[0] < c[1] && c[1] < c[2], "banded: the better tier wins, however well the other sells");
}

void fitted() {
  std::vector<int> bucket(8);
  std::vector<float> z(8);
  //{ quantiles
  std::vector<float> const dwell{5, 1, 2, 2, 9, 7, 3, 2};
  rw::label::cut<4> const quarters = rw::label::fit_quantiles<4>(dwell);
  rw::apply(quarters, dwell, bucket);
  //} quantiles
  claim(bucket == std::vector<int>{2, 0, 0, 0, 3, 3, 2, 0},
        "half of the items are 1 or 2, so the second bucket is empty");
  //{ rank-gauss
  auto const normal = rw::label::fit_rank_gauss(dwell);
  rw::apply(normal, dwell, z);
  //} rank-gauss
  claim(z[1] == -z[4] && z[2] == z[3], "normal scores of the ranks; equal numbers get equal scores");
  //{ table
  rw::label::table<rw::between::linear> const price({0, 10, 100}, {0, 1, 2}); // points (x, y)
  rw::apply(price, std::vector<float>{-5, 5, 55, 1000, 10, 0, 100, 10}, z);
  //} table
  claim(z[0] == 0 && near(static_cast<double>(z[1]), 0.5) && near(static_cast<double>(z[2]), 1.5) && z[3] == 2,
        "lines between the points, flat outside");
}

} // namespace

int main() {
  element_wise();
  rows();
  combine();
  fitted();
  return broken_claims;
}
