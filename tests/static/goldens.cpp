#include <rankwise/exec/apply.hpp>
#include <rankwise/label/cut.hpp>
#include <rankwise/label/polarise.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>

#include <array>

// Everything runs in constant expressions through exec::scalar: undefined behaviour would not compile.
namespace rw = rankwise;

namespace {

constexpr bool near(double a, double b, double tolerance = 1e-12) {
  return (a < b ? b - a : a - b) < tolerance;
}

constexpr auto polarised = [] {
  std::array<double, 5> const c{0, 0.25, 0.5, 0.75, 1};
  std::array<double, 5> out{};
  rw::apply(rw::exec::scalar{}, rw::label::polarise{}, c, out);
  return out;
}();
static_assert(near(polarised[0], 0.0066928509242848554) && near(polarised[1], 0.075858180021243546));
static_assert(polarised[2] == 0.5 && near(polarised[3], 0.92414181997875645));

constexpr auto grades = [] {
  std::array<float, 4> const c{0.1f, 0.45f, 0.5f, 0.9f};
  std::array<int, 4> out{};
  rw::apply(rw::exec::scalar{}, rw::label::polarise{} | rw::label::cut<3>{0.35, 0.65}, c, out);
  return out;
}();
static_assert(grades[0] == 0 && grades[1] == 1 && grades[2] == 1 && grades[3] == 2);

// Rax, losses.py
constexpr std::array<double, 3> scores{2, 1, 3};
constexpr std::array<int, 3> labels{1, 0, 0};
constexpr auto one = rw::lists<int>::single(3);
static_assert(near(rw::loss::softmax{}.value(rw::exec::scalar{}, scores, labels, one), 1.4076059644443806));

constexpr double gradient_sum = [] {
  std::array<double, 3> g{};
  std::array<double, 3> h{};
  rw::loss::softmax{}.gradient(rw::exec::scalar{}, scores, labels, one, g, h);
  return g[0] + g[1] + g[2];
}();
static_assert(near(gradient_sum, 0));

// TensorFlow Ranking, keras/metrics.py
constexpr std::array<double, 3> s{3, 1, 2};
constexpr std::array<int, 3> y{0, 1, 1};
static_assert(near(rw::metric::ndcg<>{}(rw::exec::scalar{}, s, y, one), 0.6934264036172708));
static_assert(rw::metric::ndcg<2>{}(rw::exec::scalar{}, s, s, one) == 1);

constexpr bool reports = [] {
  std::array<int, 3> const wrong{0, 2, 1};
  rw::status status;
  rw::lists const groups(wrong, status);
  return status.code == rw::errc::offsets_decrease && groups.empty();
}();
static_assert(reports);

} // namespace
