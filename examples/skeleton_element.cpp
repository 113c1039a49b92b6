// An element-wise policy of your own: copy the struct, change the formula.
#include "claim.hpp"

#include <rankwise/rankwise.hpp>

#include <cmath>
#include <limits>
#include <vector>

namespace rw = rankwise;

//{ policy
namespace mine {

/// x / (1 + |x - centre| / width): squashes the far ends of a score.
struct soft_limit {
  double centre = 0; // parameters: double, with defaults
  double width = 1;

  constexpr char const* fault() const { return width > 0 ? nullptr : "the width of soft_limit (more than 0)"; }

  template <class T>
  struct run { // the same in the type of the numbers, float or double
    T centre, width;
    template <class V>
    RANKWISE_FN V operator()(V x) const { // V: T itself, or a SIMD register of T
      V const d = x - V(centre);
      return V(centre) + d / (V(T(1)) + rw::math::abs(d) / V(width));
    }
  };
  template <class T>
  RANKWISE_FN run<T> bind() const {
    return {static_cast<T>(centre), static_cast<T>(width)};
  }
};

} // namespace mine
//} policy

int main() {
  //{ use
  std::vector<float> const raw{-8, -1, 0, 0.5f, 3, 40};
  std::vector<float> limited(raw.size());
  rw::apply(mine::soft_limit{.width = 2}, raw, limited);

  // In a chain with policies of the library: one pass over the data.
  std::vector<float> grades(raw.size());
  rw::apply(rw::label::pipe(mine::soft_limit{.width = 2}, rw::label::cut<3>{0.0, 1.0}), raw, grades);
  //} use

  claim(near(limited[1], -1 / 1.5) && near(limited[4], 3 / 2.5), "values follow the formula");
  claim(limited[0] > -2 && limited[5] < 2, "nothing is farther than the width from the centre");
  claim(grades == std::vector<float>{0, 0, 1, 1, 2, 2}, "the chain cuts the limited scores");

  //{ test
  // Rule 3: an item's value does not depend on its place, nor on the executor's width.
  std::vector<float> twice(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    rw::apply(mine::soft_limit{.width = 2}, std::span(&raw[i], 1), std::span(&twice[i], 1));
  }
  claim(twice == limited, "item by item gives the same bits");
  float const nan = std::numeric_limits<float>::quiet_NaN();
  rw::apply(mine::soft_limit{}, std::span(&nan, 1), std::span(twice.data(), 1));
  claim(std::isnan(twice[0]), "NaN stays NaN");
  //} test
  return broken_claims;
}
