// Executors, packs and list views, page by page.
#include "claim.hpp"

#include <rankwise/exec/apply.hpp>
#include <rankwise/exec/list.hpp>
#include <rankwise/exec/pack.hpp>
#include <rankwise/exec/pass.hpp>
#include <rankwise/exec/prepared.hpp>
#include <rankwise/exec/run.hpp>
#include <rankwise/exec/scalar.hpp>
#include <rankwise/exec/simd.hpp>
#include <rankwise/label/cut.hpp>
#include <rankwise/label/polarise.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/metric.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace rw = rankwise;

namespace {

void apply() {
  //{ apply
  std::vector<float> scores{0.2f, 0.5f, 0.9f};
  std::vector<std::int8_t> grades(3);
  rw::apply(rw::label::polarise{}, scores, scores);                     // in place
  rw::apply(rw::label::cut<3>{0.35, 0.65}, scores, grades);             // integers out
  rw::apply(rw::exec::scalar{}, rw::label::polarise{}, scores, scores); // an executor of your choice
  //} apply
  claim(grades == std::vector<std::int8_t>{0, 1, 2}, "grades 0, 1, 2");
  //{ apply-more
  auto const larger = [](auto a, auto b) { return rw::math::max(a, b); }; // a lambda is a policy, too
  std::vector<float> const a{1, 5, 2}, b{4, 3, 2};
  std::vector<float> both(3);
  rw::apply(larger, a, b, both); // two inputs

  std::vector<float> const table{1, 2, 3, 4, 5, 6}; // two rows of three numbers
  std::vector<float> sums(2);
  auto const row_sum = [](auto row) { return row(0) + row(1) + row(2); };
  rw::apply(row_sum, rw::row_major(table, 3), sums); // a matrix: the policy gets a row
  //} apply-more
  claim(both == std::vector<float>{4, 5, 2} && sums == std::vector<float>{6, 15}, "maxima and sums of rows");
}

void executor() {
  std::vector<float> const in{0.1f, 0.4f, 0.8f};
  std::vector<float> one(3), many(3);
  //{ executor
  static_assert(rw::executor<rw::exec::scalar> && rw::executor<rw::exec::simd>);
  static_assert(std::is_same_v<rw::executor_for<std::vector<float>>, rw::exec::simd>); // host memory: simd
  rw::apply(rw::exec::scalar{}, rw::label::polarise{}, in, one);
  rw::apply(rw::exec::simd{}, rw::label::polarise{}, in, many);
  //} executor
  claim(near(static_cast<double>(one[1]), static_cast<double>(many[1]), 1e-6), "both executors, the same formula");
}

//{ list
/// The spread of a list's scores: max minus mean. One struct, any executor.
struct spread {
  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using T = typename List::scalar; // float or double
    T const largest = list.max([&](auto i) { return list.score(i); });
    T const sum = list.sum([&](auto i) { return list.weight(i) * list.score(i); });
    T const weight = list.sum([&](auto i) { return list.weight(i); });
    return largest - sum / weight;
  }

  RANKWISE_METRIC_CALLS
};
//} list

void list() {
  std::vector<float> const scores{1, 2, 6, 4, 4};
  std::vector<float> const labels(5);
  claim(near(spread{}(scores, labels, rw::lists_of_sizes(std::vector{3, 2})), 1.5), "spreads 3 and 0, mean 1.5");
}

void pack() {
  std::vector<float> const x{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  std::vector<float> y(10);
  //{ pack
  using V = rw::exec::simd::vector<float>; // 4, 8 or 16 lanes
  rw::for_each_pack<V>(x.size(), [&](auto i) {
    V const v = rw::load(x.data(), i); // the last pack may be a partial one: its other lanes are never stored
    rw::store(y.data(), i, v * v + rw::position(i));
  });
  V const squares = rw::combine_packs<V>(
      x.size(), V(0), [&](auto i) { return rw::load(x.data(), i) * rw::load(x.data(), i); }, rw::plus{});
  float const sum = rw::math::reduce_add(squares);
  //} pack
  claim(near(static_cast<double>(y[9]), 109) && near(static_cast<double>(sum), 385), "a loop and a sum over packs");
}

void pass() {
  //{ pass
  // The value of many lists is added up in chunks of 64 lists, whatever the number of threads.
  rw::pass_total a, b, total;
  a.add({.value = 2, .weight = 1}, 0);
  b.add({.value = 5, .weight = 3}, 64);
  b.add({.value = 0, .weight = 1, .flagged = true}, 65); // NaN in the list: it counts for nothing
  total.merge(a);
  total.merge(b);
  //} pass
  claim(near(total.value, 17) && near(total.weight, 4), "sum of weight times value, and of the weights");
  claim(total.flagged == 1 && total.first_flagged == 65, "one flagged list, number 65");
}

void prepared() {
  std::vector<float> const scores{3, 2, 1, 5, 4};
  //{ prepared
  std::vector<int> const labels{0, 1, 2, 1, 0};
  std::vector<std::size_t> const offsets{0, 3, 5}; // `data` keeps a copy
  constexpr auto loss = rw::loss::softmax{};
  auto const data = loss.prepare(labels, rw::lists(offsets));          // labels become float
  auto const exact = loss.prepare<double>(labels, rw::lists(offsets)); // ... or double
  double const value = loss.value(scores, data);
  //} prepared
  static_assert(rw::prepared_data<decltype(data)>);
  claim(data.ready && data.labels.size() == 5 && near(static_cast<double>(data.constants[0].mass), 3), "label mass 3");
  claim(exact.labels[2] == 2.0 && near(value, loss.value(scores, exact), 1e-6), "float and double data agree");
}

void run() {
  std::vector<float> const scores{3, 2, 1};
  std::vector<float> const labels{0, 1, 2};
  auto const lists = rw::lists<>::single(3);
  //{ run
  // What RANKWISE_LOSS_CALLS and RANKWISE_METRIC_CALLS accept, in this order; brackets mark what may be left out:
  //   f([executor,] scores, labels, lists [, gradient [, hessian]] [, workspace] [, {options}])
  //   f([executor,] scores, data          [, gradient [, hessian]] [, workspace] [, {options}])
  constexpr auto loss = rw::loss::softmax{};
  std::vector<float> g(3), h(3);
  rw::workspace memory;
  double const a = loss.gradient(scores, labels, lists, g, h, memory);
  double const b = loss.gradient(rw::exec::simd{}, scores, loss.prepare(labels, lists), g, h, memory);
  //} run
  claim(near(a, b, 0), "one shot and prepared: the same bits");
}

void scalar() {
  //{ scalar
  static_assert(std::is_same_v<rw::exec::scalar::vector<float>, float>);
  constexpr float y = [] {
    float x[] = {0.5f};
    rw::apply(rw::exec::scalar{}, rw::label::cut<3>{0.35, 0.65}, x, x);
    return x[0];
  }();
  static_assert(y == 1.0f); // the only executor of constant expressions
  //} scalar
}

void simd() {
  //{ simd
  using V = rw::exec::simd::vector<float>;                    // what the unit was compiled for
  using W = rw::exec::basic_simd<xsimd::sse2>::vector<float>; // an architecture of xsimd's, by name
  static_assert(rw::math::lanes<V> >= rw::math::lanes<W>);
  //} simd
  claim(rw::math::lanes<W> == 4, "SSE2 has four lanes of float");
}

} // namespace

int main() {
  apply();
  executor();
  list();
  pack();
  pass();
  prepared();
  run();
  scalar();
  simd();
  return broken_claims;
}
