#include <rankwise/backend/emulated.hpp>
#include <rankwise/loss/softmax.hpp>

#include <cstdio>
#include <vector>

namespace rw = rankwise;

int main() {
  std::vector<double> const scores{0.3, -1.2, 2.0, 0.1, 0.4};
  std::vector<double> const labels{1, 0, 0, 0, 1};
  auto const lists = rw::lists_of_sizes(std::vector{3, 2});
  //{ emulated
  rw::loss::softmax const loss;
  static_assert(rw::works_in_groups<rw::loss::softmax>);
  std::vector<double> expected(5), forwards(5), backwards(5);
  loss.gradient(rw::exec::scalar{}, scores, labels, lists, expected);
  loss.gradient(rw::exec::emulated<4>{}, scores, labels, lists, forwards); // a group of 4 threads for each list
  loss.gradient(rw::exec::emulated<4>{rw::lane_order::backwards}, scores, labels, lists, backwards);
  bool const right = forwards == backwards; // and `expected`, within rounding
  //} emulated
  std::printf("%s: %.6f %.6f\n", right ? "the same bits" : "a race", expected[0], forwards[0]);
  return right ? 0 : 1;
}
