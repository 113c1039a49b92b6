#include "support.hpp"

#include <rankwise/calibrate/affine.hpp>
#include <rankwise/calibrate/beta.hpp>
#include <rankwise/calibrate/isotonic.hpp>
#include <rankwise/calibrate/platt.hpp>
#include <rankwise/calibrate/temperature.hpp>
#include <rankwise/value/calibrated.hpp>
#include <rankwise/value/print.hpp>

#include <string>
#include <vector>

using namespace value_test;

TEST_CASE("value/print: text in the spelling of the expression") {
  constexpr auto value = rw::weight<"relevance">(0.6) * expected_grade(relevance) +
                         rw::weight<"engagement">(1) * probability(click) * probability(purchase);
  CHECK(rw::to_text(value) ==
        "relevance * expected_grade(relevance) + engagement * probability(click) * probability(purchase)");
  CHECK(rw::to_text(rw::ranker(heads, value)) == rw::to_text(value));
}

TEST_CASE("value/print: brackets where they are needed, and only there") {
  constexpr auto p = probability(click);
  constexpr auto q = probability(purchase);
  CHECK(rw::to_text((p + q) * p) == "(probability(click) + probability(purchase)) * probability(click)");
  CHECK(rw::to_text(2 * p - (3 * p - 4 * q)) ==
        "2 * probability(click) - (3 * probability(click) - 4 * probability(purchase))");
  CHECK(rw::to_text(p / (1 + feature(price))) == "probability(click) / (1 + price)");
  CHECK(rw::to_text(pow(1 + feature(price), -0.5)) == "(1 + price)^(-0.5)");
  CHECK(rw::to_text(-(2 * p)) == "-(2 * probability(click))");
}

TEST_CASE("value/print: functions, combinators, gates") {
  constexpr auto p = probability(click);
  CHECK(rw::to_text(max(min(p, 0.5), 0.1)) == "max(min(probability(click), 0.5), 0.1)");
  CHECK(rw::to_text(log(1 + feature(price))) == "log(1 + price)");
  CHECK(rw::to_text(rw::log_linear(rw::weight<"a">(1), p, 0.2, feature(price))) == "probability(click)^a * price^0.2");
  CHECK(rw::to_text(gate(expected_grade(relevance), 1.2, p)) ==
        "(expected_grade(relevance) >= 1.2 ? probability(click) : 0)");
  CHECK(rw::to_text(bands(expected_grade(relevance), {0.5, 1.5}, 2 * p)) ==
        "bands[0.5, 1.5](expected_grade(relevance), 2 * probability(click))");
  CHECK(rw::to_text(at_least<1>(relevance) + at_least<2>(relevance)) ==
        "at_least[1](relevance) + at_least[2](relevance)");
  CHECK(rw::to_text(expected_utility(relevance, {0, 1, 3, 7})) == "expected_utility[0, 1, 3, 7](relevance)");
  CHECK(rw::to_text(remap_negative(2 * p, {.negative = 370, .total = 500, .offset = 0.001})) ==
        "remap_negative[370, 500, 0.001](2 * probability(click))");
  CHECK(rw::to_text(rw::power_mean(-1, 1, p, 2, p)) == "power_mean[-1](1, probability(click), 2, probability(click))");
}

TEST_CASE("value/print: LaTeX") {
  CHECK(rw::to_latex(rw::weight<"w_1">(0.6) * expected_grade(relevance)) ==
        "w_{\\text{w\\_1}} \\cdot E(\\text{relevance})");
  CHECK(rw::to_latex(probability(click) / pow(feature(price), 0.5)) ==
        "\\frac{P(\\text{click})}{{\\text{price}}^{0.5}}");
  CHECK(rw::to_latex(at_least<2>(relevance)) == "P_{\\ge 2}(\\text{relevance})");
  CHECK(rw::to_latex(expected_utility(relevance, {0, 1, 3, 7})) == "U_{0, 1, 3, 7}(\\text{relevance})");
}

TEST_CASE("value/print: Graphviz") {
  CHECK(rw::to_dot(rw::weight<"a">(2) * probability(click)) == "digraph value_model {\n"
                                                               "  node [fontname=\"sans-serif\"];\n"
                                                               "  n0 [shape=ellipse, label=\"_ * _\"];\n"
                                                               "  n1 [shape=house, label=\"a = 2\"];\n"
                                                               "  n0 -> n1;\n"
                                                               "  n2 [shape=box, label=\"probability(click)\"];\n"
                                                               "  n0 -> n2;\n"
                                                               "}\n");
}

TEST_CASE("value/print: list adjusters and several outputs") {
  constexpr auto author = rw::ids<"author">{};
  constexpr auto p = probability(click);
  constexpr auto spread = diversity(rrf(rw::rank_constant{10}, p, expected_grade(relevance)), author, {.decay = 0.5});
  CHECK(rw::to_text(spread + 2 * z_score(p)) ==
        "diversity[0.5, 0](rrf[10](probability(click), expected_grade(relevance)), author) + 2 * "
        "z_score(probability(click))");
  CHECK(rw::to_latex(reciprocal_rank(p)) == "\\text{reciprocal\\_rank}_{60}\\left(P(\\text{click})\\right)");
  CHECK(rw::to_text(fatigue(p, feature(price), {.decay = 0.9, .floor = 0.2})) ==
        "fatigue[0.9, 0.2](probability(click), price)");
  CHECK(rw::to_dot(min_max(p)) == "digraph value_model {\n  node [fontname=\"sans-serif\"];\n"
                                  "  n0 [shape=hexagon, label=\"min_max(_)\"];\n"
                                  "  n1 [shape=box, label=\"probability(click)\"];\n  n0 -> n1;\n}\n");
  auto const both = rw::ranker(heads, rw::outputs(rw::output<"a">(2 * p), rw::output<"b">(comb_sum(p, p))));
  CHECK(rw::to_text(both) == "a = 2 * probability(click)\nb = comb_sum(probability(click), probability(click))\n");
  CHECK(rw::to_latex(both).find("\\text{a} = 2 \\cdot P(\\text{click}) \\\\\n") == 0);
  CHECK(rw::to_dot(both).find("n0 [shape=plaintext, label=\"a\"];") != std::string::npos);
}

namespace print_test {
/// Somebody else's calibrator.
struct half {
  template <class V>
  constexpr V operator()(V x) const {
    return x * V(0.5f);
  }
  template <class V>
  constexpr V derivative(V) const {
    return V(0.5f);
  }
};
struct named_half : half {
  static constexpr char const* name = "half";
};
} // namespace print_test

TEST_CASE("value/print: calibrators with their kind and parameters, bounds, logarithms") {
  constexpr auto p = probability(click);
  rw::calibrate::platt const platt{.slope = 0.67, .intercept = -0.55};
  CHECK(rw::to_text(rw::calibrated(rw::logit(click), platt)) == "calibrated[platt, 0.67, -0.55](logit(click))");
  CHECK(rw::to_latex(rw::calibrated(rw::logit(click), platt)) ==
        "\\text{calibrated}_{\\text{platt, 0.67, -0.55}}\\left(z(\\text{click})\\right)");
  CHECK(rw::to_text(rw::calibrated(rw::logit(click), rw::calibrate::temperature{2})) ==
        "calibrated[temperature, 2](logit(click))");
  CHECK(rw::to_text(rw::calibrated(p, rw::calibrate::beta{.a = 0.5, .b = 2, .c = 0.25})) ==
        "calibrated[beta, 0.5, 2, 0.25](probability(click))");
  CHECK(rw::to_text(rw::calibrated(p, rw::calibrate::affine{2, -1})) ==
        "calibrated[affine, 2, -1](probability(click))");
  CHECK(rw::to_text(rw::calibrated(p, rw::calibrate::logit{} | rw::calibrate::temperature{2} | print_test::half{})) ==
        "calibrated[logit | temperature, 2 | ...](probability(click))");
  std::vector<double> const scores{-1, 0, 1, 2};
  std::vector<double> const labels{0, 1, 0, 1};
  CHECK(rw::to_text(rw::calibrated(rw::logit(click), rw::calibrate::fit_isotonic(scores, labels)))
            .starts_with("calibrated[table]("));
  CHECK(rw::to_text(rw::calibrated(p, rw::label::table<>({0, 1}, {0, 2}))) == "calibrated[table](probability(click))");
  CHECK(rw::to_text(rw::calibrated(p, print_test::half{})) == "calibrated(probability(click))");
  CHECK(rw::to_text(rw::calibrated(p, print_test::named_half{})) == "calibrated[half](probability(click))");
  CHECK(rw::to_text(clamp(p, 0.1, 0.5)) == "clamp(probability(click), 0.1, 0.5)");
  CHECK(rw::to_text(rw::weight<"a">(2) * log(p)) == "a * log(probability(click))");
  CHECK(rw::to_latex(log(p)) == "\\log\\left(P(\\text{click})\\right)");
  CHECK(rw::to_text(log_probability(click)) == "log_probability(click)");
}
