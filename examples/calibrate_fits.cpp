// Calibrators: fit on held-out data, then apply like any policy.
#include "claim.hpp"

#include <rankwise/calibrate/affine.hpp>
#include <rankwise/calibrate/beta.hpp>
#include <rankwise/calibrate/isotonic.hpp>
#include <rankwise/calibrate/platt.hpp>
#include <rankwise/calibrate/temperature.hpp>
#include <rankwise/label/clip.hpp>
#include <rankwise/rankwise.hpp>
#include <rankwise/value/calibrated.hpp>

#include <vector>

namespace rw = rankwise;

namespace {

std::vector<double> const scores{-2, -1.5, -1, -.5, 0, .5, 1, 1.5, 2, 2.5};
std::vector<int> const clicked{0, 0, 1, 0, 0, 1, 0, 1, 1, 1};
std::vector<double> const weights{1, 2, 1, 1, .5, 1, 3, 1, 1, 2};
std::vector<double> const shares{.1, .2, .15, .3, .45, .5, .6, .75, .8, .95};

void platt() {
  std::vector<double> p(scores.size());
  //{ platt
  auto const platt = rw::calibrate::fit_platt(scores, clicked, {.item_weights = weights});
  rw::apply(platt, scores, p);
  constexpr rw::calibrate::platt known{.slope = 0.67, .intercept = -0.55};
  //} platt
  claim(near(platt.slope, 0.6718361) && near(platt.intercept, -0.5471876) && known.slope < 1, "slope and intercept");
  //{ fit
  bool const good = platt.converged && platt.gradient < 1e-10 && platt.left_out == 0;
  double const loss = platt.loss; // mean log-loss against the corrected targets
  //} fit
  claim(good && near(loss, 0.588363959), "a fitted policy says how the fit went");
  std::vector<double> q(scores.size());
  //{ logit
  rw::apply(rw::calibrate::logit{} | rw::calibrate::platt{.slope = 2} | rw::label::clip{.low = 0.01, .high = 0.99}, p,
            q);
  //} logit
  claim(q[0] < p[0] && q[9] > p[9], "a calibrator of logits, on probabilities");
}

void temperature() {
  //{ temperature
  auto const t = rw::calibrate::fit_temperature(scores, clicked, {.item_weights = weights});
  std::vector<double> logits{1, 2, .5, /**/ .3, -1, 2, /**/ 2, 2, -1, /**/ 0, 1, 0, /**/ 1, 0, 3};
  std::vector<int> const right{1, 2, 0, 1, 0};
  auto const s = rw::calibrate::fit_softmax_temperature(rw::row_major(logits, 3), right);
  rw::apply(s, rw::row_major(logits, 3), rw::row_major(logits, 3)); // probabilities, in place
  //} temperature
  claim(near(t.value, 1.26674123) && near(s.value, 1.16181714), "both sets of logits were too sure");
  claim(near(logits[0] + logits[1] + logits[2], 1), "rows of probabilities");
}

void affine() {
  //{ affine
  auto const line = rw::calibrate::fit_affine(scores, shares, {.item_weights = weights});
  //} affine
  claim(near(line.slope, 0.18989645) && near(line.intercept, 0.43559774), "least squares");
}

void beta() {
  //{ beta
  auto const beta = rw::calibrate::fit_beta(shares, clicked);
  std::vector<double> p(shares.size());
  rw::apply(beta, shares, p);
  //} beta
  claim(beta.a == 0 && near(beta.b, 2.44393207) && p[0] < p[9], "a would be negative, so it is 0");
}

void isotonic() {
  std::vector<double> line(3), steps(3);
  //{ isotonic
  auto const rising = rw::calibrate::fit_isotonic(scores, clicked, {.item_weights = weights});
  auto const flat = rw::calibrate::fit_isotonic<rw::between::block>(scores, clicked, {.item_weights = weights});
  std::vector<double> const x{0, 1.25, 7};
  rw::apply(rising, x, line);
  rw::apply(flat, x, steps);
  //} isotonic
  claim(near(line[0], 4.0 / 13) && near(steps[0], 4.0 / 13), "flat over a block");
  claim(near(line[1], (4.0 / 13 + 1) / 2) && near(steps[1], 4.0 / 13) && line[2] == 1,
        "between blocks: a line, or the lower");
}

void in_a_value_model() {
  //{ calibrated
  constexpr auto click = rw::head::binary<"click">{};
  constexpr rw::calibrate::platt on_held_out{.slope = 0.67, .intercept = -0.55};
  constexpr auto value = rw::weight<"click">(2) * rw::calibrated(rw::logit(click), on_held_out);
  constexpr auto ranker = rw::ranker{rw::heads(click), value};
  std::vector<double> values(scores.size());
  ranker.score(rw::row_major(scores, 1), values); // one pass: logit, calibration, weight
  //} calibrated
  std::vector<double> p(scores.size());
  rw::apply(on_held_out, scores, p);
  claim(near(values[3], 2 * p[3]), "the same as two passes");
}

} // namespace

int main() {
  platt();
  temperature();
  affine();
  beta();
  isotonic();
  in_a_value_model();
  return broken_claims;
}
