// Labels as a whole: repair, audit, re-weight, sample, and compare with people.
#include "claim.hpp"

#include <rankwise/label/agreement.hpp>
#include <rankwise/label/closure.hpp>
#include <rankwise/label/conflict.hpp>
#include <rankwise/label/histogram.hpp>
#include <rankwise/label/reweight.hpp>
#include <rankwise/label/strata.hpp>

#include <cstdint>
#include <vector>

namespace rw = rankwise;

namespace {

void closure() {
  //{ closure
  std::vector<int> const purchase{1, 0, 0};
  std::vector<int> click{0, 1, 0}, exposure{1, 0, 0};
  auto const repairs = rw::label::closure(purchase, click, exposure);
  //} closure
  claim(click[0] == 1 && exposure[1] == 1 && repairs.clicks == 1 && repairs.exposures == 1,
        "who bought has clicked, and what was clicked was seen");
}

void mix() {
  //{ mix
  std::vector<int> const grades{0, 0, 0, 0, 1, 1, 2, 2};
  rw::label::label_mix mix(3);
  mix.add(grades); // and further columns; mixes of several workers merge
  double const uneven = mix.coefficient_of_variation();
  double const off = mix.distance(std::vector<double>{0.25, 0.25, 0.5}); // from the mix in production
  //} mix
  claim(near(uneven, 0.353553) && near(off, 0.25),
        "std / mean of 4, 2, 2; a quarter of the labels is in the wrong place");
  //{ reweight
  std::vector<float> weights(grades.size());
  double const missing = rw::label::reweight(grades, std::vector<double>{0.25, 0.25, 0.5}, weights);
  //} reweight
  claim(missing == 0 && near(static_cast<double>(weights[0]), 0.5) && near(static_cast<double>(weights[6]), 2),
        "weights that make the mix that of production");
  //{ resample
  std::vector<std::size_t> const items = rw::label::resample(grades, std::vector<double>{1, 1, 1}, {.seed = 7});
  //} resample
  claim(items.size() == 6, "two of every grade, the same ones for the same seed");
}

void histogram() {
  //{ histogram
  std::vector<float> const scores{0.1f, 0.15f, 0.6f, 1};
  rw::label::histogram h(0, 1, 4);
  h.add(scores);
  //} histogram
  claim(h.weight(0) == 2 && h.weight(3) == 1 && near(h.mean(), 0.4625), "bins, mean, deviation");
}

void strata() {
  //{ strata
  std::vector<int> const stage{0, 1, 1, 2, 2, 2, /**/ 0, 0, 1, 2}; // 0 exposed, 1 ranked, 2 pre-ranked
  std::vector<std::size_t> const offsets{0, 6, 10};
  auto const sample = rw::label::sample_lists(stage, rw::lists(offsets), std::vector<int>{1000, 1, 2}, {.seed = 3});
  rw::lists const lists(sample.offsets);
  //} strata
  claim(lists.size() == 2 && sample.items.size() == 4 + 4,
        "all exposures, one ranked and two pre-ranked of every list");
}

void conflict() {
  //{ conflict
  std::vector<float> const conversion{0.3f, 0.01f, 0.2f};
  std::vector<int> const grade{0, 0, 2};
  auto const audit = rw::label::find_conflicts(conversion, grade, {.conversion_from = 0.1, .grade_below = 1});
  //} conflict
  claim(audit.items == std::vector<std::size_t>{0}, "the first item sells well and is graded irrelevant");
}

void agreement() {
  //{ agreement
  std::vector<int> const model{0, 1, 2, 2, 1, 0};
  std::vector<int> const people{0, 1, 2, 1, 1, 2};
  rw::label::agreement a(3);
  a.add(model, people);
  double const kappa = a.kappa(); // quadratic
  double const plain = a.kappa<rw::label::disagreement::nominal>();
  double const f1 = a.macro_f1();
  //} agreement
  claim(near(a.accuracy(), 4.0 / 6) && near(a.within(1), 5.0 / 6) && kappa < plain && f1 > 0.6,
        "one grade off by two costs the weighted kappa most");
}

void draw() {
  //{ random
  double const u = rw::random_uniform(/*seed*/ 42, /*item*/ 1000);
  constexpr std::uint64_t bits = rw::random_bits(42, 1000, /*stream*/ 1);
  //} random
  claim(u == rw::random_uniform(42, 1000) && bits != rw::random_bits(42, 1001, 1),
        "no state: a function of its arguments");
}

} // namespace

int main() {
  closure();
  mix();
  histogram();
  strata();
  conflict();
  agreement();
  draw();
  return broken_claims;
}
