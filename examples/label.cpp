// Label transforms, page by page.
#include "claim.hpp"

#include <rankwise/label/cut.hpp>
#include <rankwise/label/pipe.hpp>
#include <rankwise/label/polarise.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace rw = rankwise;

namespace {

void polarise() {
  //{ polarise
  std::vector<float> const content{0, 0.25f, 0.5f, 0.75f, 1};
  std::vector<float> plain(5), stretched(5);
  rw::apply(rw::label::polarise{.steepness = 10, .centre = 0.5}, content, plain);
  rw::apply(rw::label::polarise_normalised{.steepness = 10, .centre = 0.5}, content, stretched);
  //} polarise
  for (std::size_t i = 0; i < content.size(); ++i) {
    std::printf("%.2f -> %.4f, normalised %.4f\n", static_cast<double>(content[i]), static_cast<double>(plain[i]),
                static_cast<double>(stretched[i]));
  }
  claim(near(static_cast<double>(plain[0]), 1 / (1 + std::exp(5.0)), 1e-6), "sigma(0) = 1 / (1 + e^5)");
  claim(stretched[0] == 0 && near(static_cast<double>(stretched[4]), 1, 1e-6), "normalised: 0 stays 0, 1 stays 1");
}

void cut() {
  //{ cut
  std::vector<float> const content{0.1f, 0.35f, 0.5f, 0.65f, std::numeric_limits<float>::quiet_NaN()};
  std::vector<float> grades(5);
  rw::apply(rw::label::cut<3>{0.35, 0.65}, content, grades);
  std::vector<std::uint8_t> small(5);
  rw::apply(rw::label::cut<3>{0.35, 0.65}, content, small); // integers have no NaN: 0
  //} cut
  claim(grades[0] == 0 && grades[1] == 1 && grades[2] == 1 && grades[3] == 2, "a threshold is part of the upper grade");
  claim(std::isnan(grades[4]) && small[4] == 0, "NaN stays NaN in float and becomes 0 in integers");
}

void pipe() {
  std::vector<double> const content{0.2, 0.5, 0.8};
  std::vector<double> a(3), b(3);
  //{ pipe
  constexpr auto to_grade = rw::label::polarise{.steepness = 10} | rw::label::cut<3>{0.35, 0.65};
  rw::apply(to_grade, content, a); // one pass, no intermediate column
  constexpr auto same = rw::label::pipe(rw::label::polarise{.steepness = 10}, rw::label::cut<3>{0.35, 0.65});
  rw::apply(same, content, b);
  //} pipe
  claim(a == std::vector<double>{0, 1, 2} && a == b, "operator| and pipe() make the same policy");
}

} // namespace

int main() {
  polarise();
  cut();
  pipe();
  return broken_claims;
}
