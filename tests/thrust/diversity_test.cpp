#include "parity.hpp"

#include <rankwise/metric/diversity.hpp>
#include <rankwise/metric/err.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/ndcg.hpp>

#include "support/ragged.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace diversity_test {

namespace rw = rankwise;
namespace m = rankwise::metric;

namespace {

template <class T>
struct judged_lists : support::ragged<T> {
  static constexpr std::size_t columns = 6;
  std::vector<std::int8_t> judged;
  std::vector<T> vectors;
  std::vector<std::uint8_t> retrieved;

  explicit judged_lists(bool everything) : support::ragged<T>(41, everything, 4000) {
    support::random random(42);
    std::size_t const numbers = this->scores.size() * columns;
    judged = random.grades<std::int8_t>(numbers, 2);
    vectors = random.uniforms<T>(numbers, -1, 1);
    retrieved.resize(this->scores.size());
    for (auto& found : retrieved) {
      found = random.below(4) != 0;
    }
    if (everything) { // the first of a list, at the top of its page
      auto const item = static_cast<std::size_t>(this->offsets[10]);
      this->scores[item] = 9;
      this->mask[item] = retrieved[item] = 1;
      vectors[item * columns + 2] = std::numeric_limits<T>::quiet_NaN();
    }
  }
};

struct outcome {
  double value = 0;
  std::vector<double> per_list;
  rw::status status;
};

/// call(scores, judgments, vectors, options) with everything where the executor wants it.
template <class Executor, class T, class Call>
outcome run(judged_lists<T> const& p, rw::layout order, Call const& call) {
  auto const scores = parity::sent<Executor>(p.scores);
  auto const judged = parity::sent<Executor>(p.judged);
  auto const vectors = parity::sent<Executor>(p.vectors);
  auto const mask = parity::sent<Executor>(p.mask);
  auto const retrieved = parity::sent<Executor>(p.retrieved);
  auto const list_weights = parity::sent<Executor>(p.list_weights);
  outcome found;
  found.per_list.resize(p.lists().size(), 7);
  rw::options given{.per_list = found.per_list, .errors = found.status};
  if (!p.mask.empty()) {
    given.mask = mask;
    given.retrieved = retrieved;
    given.list_weights = list_weights;
  }
  if (order == rw::layout::row_major) {
    found.value = call(scores, rw::row_major(judged, p.columns), rw::row_major(vectors, p.columns), given);
  } else { // the same numbers are other rows
    found.value = call(scores, rw::column_major(judged, p.columns), rw::column_major(vectors, p.columns), given);
  }
  return found;
}

void compare(outcome const& found, outcome const& expected) {
  CHECK(found.value == doctest::Approx(expected.value).epsilon(1e-12));
  CHECK(found.status.code == expected.status.code);
  CHECK(found.status.where == expected.status.where);
  CHECK(found.status.found == expected.status.found);
  std::size_t wrong = 0;
  for (std::size_t l = 0; l < expected.per_list.size(); ++l) {
    double const a = found.per_list[l], b = expected.per_list[l];
    wrong += (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= 1e-12 ? 0 : 1;
  }
  CHECK(wrong == 0);
}

template <class T, class Call>
void check(char const* name, Call const& call) {
  for (bool const everything : {false, true}) {
    for (rw::layout const order : {rw::layout::row_major, rw::layout::column_major}) {
      INFO(name << (everything ? ", weights, mask, NaN" : ""));
      judged_lists<T> const p(everything);
      auto const on = [&](auto executor) {
        return run<decltype(executor)>(p, order,
                                       [&](auto const& scores, auto const& j, auto const& x, auto const& given) {
                                         rw::workspace memory;
                                         return call(executor, scores, j, x, p.lists(), memory, given);
                                       });
      };
      outcome const expected = on(rw::exec::scalar{});
      CHECK((expected.status.code == rw::errc::not_finite) == everything);
      compare(on(rw::exec::thrust{}), expected);
      compare(on(rw::exec::thrust_on_host(thrust::host)), expected);
    }
  }
}

} // namespace

TEST_CASE("metrics of diversity in device memory, as in the host's") {
  check<float>("alpha-nDCG", [](auto e, auto const& s, auto const& j, auto const&, auto const& lists, auto& memory,
                                auto const& given) { return m::alpha_ndcg<10>{}(e, s, j, lists, memory, given); });
  check<double>("intra-list diversity",
                [](auto e, auto const& s, auto const&, auto const& x, auto const& lists, auto& memory,
                   auto const& given) { return m::intra_list_diversity<10>{}(e, s, x, lists, memory, given); });
  std::vector<double> const intents{3, 1, 0, 2, 2, 1};
  check<double>("nDCG by intents", [&](auto e, auto const& s, auto const& j, auto const&, auto const& lists,
                                       auto& memory, auto const& given) {
    return m::intent_aware(e, m::ndcg<10>{}, s, j, lists, intents, memory, given);
  });
  check<double>("MAP by intents", [&](auto e, auto const& s, auto const& j, auto const&, auto const& lists,
                                      auto& memory, auto const& given) {
    return m::intent_aware(e, m::map<m::all, rw::empty::skip>{}, s, j, lists, intents, memory, given);
  });
}

TEST_CASE("metrics of diversity choose the device by the scores, and leave two numbers there") {
  judged_lists<float> const p(false);
  thrust::device_vector<float> const scores(p.scores);
  thrust::device_vector<std::int8_t> const judged(p.judged);
  auto const rows = rw::row_major(judged, p.columns);
  std::vector<double> const intents(p.columns, 1);
  auto const here = rw::row_major(p.judged, p.columns);
  rw::workspace memory;
  //{ device
  double const alpha = m::alpha_ndcg<10>{}(scores, rows, p.lists(), memory);
  double const aware = m::intent_aware(m::err<20>{.max_grade = 1}, scores, rows, p.lists(), intents, memory);
  //} device
  CHECK(alpha == doctest::Approx(m::alpha_ndcg<10>{}(p.scores, here, p.lists())).epsilon(1e-12));
  double const expected = m::intent_aware(m::err<20>{.max_grade = 1}, p.scores, here, p.lists(), intents);
  CHECK(aware == doctest::Approx(expected).epsilon(1e-6));

  thrust::device_vector<double> numbers(2);
  rw::exec::thrust const device;
  CHECK(m::alpha_ndcg<10>{}(device.leaving(numbers.data().get()), scores, rows, p.lists(), memory) == 0);
  CHECK(static_cast<double>(numbers[0]) / static_cast<double>(numbers[1]) == doctest::Approx(alpha).epsilon(1e-14));

  auto const block = [&](std::size_t which) { return memory.device(0, nullptr, nullptr, which); };
  auto const* const first = block(0);
  auto const* const second = block(1);
  CHECK(second != nullptr); // the probabilities of intents
  CHECK(m::intent_aware(m::err<20>{.max_grade = 1}, scores, rows, p.lists(), intents, memory) == aware);
  CHECK(block(0) == first);
  CHECK(block(1) == second);
}

TEST_CASE("metrics of diversity on a device: what does not fit") {
  std::vector<float> const by_score{2, 1, 2, 1}, relevant{1, 0, 0, 1};
  thrust::device_vector<float> const scores(by_score), judged(relevant);
  auto const rows = rw::row_major(judged, 1);
  auto const lists = rw::lists<int>::uniform(2, 2);
  std::vector<int> const host_mask(4, 1);
  std::vector<double> per_list(2, 7);
  rw::status told;
  rw::options const wrong{.mask = host_mask, .per_list = per_list, .errors = told};
  CHECK(std::isnan(m::alpha_ndcg<2>{}(scores, rows, lists, wrong)));
  CHECK(told.code == rw::errc::wrong_memory);
  told = {};
  CHECK(std::isnan(m::intra_list_diversity<2>{}(scores, rows, lists, wrong)));
  CHECK(told.code == rw::errc::wrong_memory);
  told = {};
  CHECK(std::isnan(m::intent_aware(m::ndcg<2>{}, scores, rows, lists, std::vector{1.0}, wrong)));
  CHECK(told.code == rw::errc::wrong_memory);
  auto const two = rw::row_major(judged, 2); // two rows of two
  CHECK(std::isnan(m::alpha_ndcg<2>{}(scores, two, lists, {.per_list = per_list, .errors = told})));
  CHECK(told.code == rw::errc::size_mismatch);
  CHECK(per_list[0] == 7);
  // List weights of any size.
  double const most = std::numeric_limits<double>::max();
  thrust::device_vector<double> const weights(2, most);
  CHECK(m::alpha_ndcg<1>{}(scores, rows, lists, {.list_weights = weights, .per_list = per_list}) == 0.5);
  CHECK(per_list == std::vector<double>{1, 0});
}

} // namespace diversity_test
