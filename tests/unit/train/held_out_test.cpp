#include <rankwise/train/held_out.hpp>

#include <rankwise/core/random.hpp>
#include <rankwise/head/binary.hpp>
#include <rankwise/head/proportional_odds.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/train/fit.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <vector>

namespace held_out_test {

namespace rw = rankwise;
namespace train = rw::train;

namespace {

constexpr auto relevance = rw::head::proportional_odds<"relevance", 3>{.cuts = rw::head::cuts<2>::at(-0.5, 0.5)};
constexpr auto click = rw::head::binary<"click">{};

struct data {
  std::vector<float> rows;
  std::vector<int> grades, clicks;
  rw::lists<> lists;

  data(std::size_t count, std::uint64_t seed) : lists(rw::lists<>::uniform(count, 5)) {
    for (std::size_t i = 0; i < 5 * count; ++i) {
      double const x = 2 * rw::random_uniform(seed, 2 * i) - 1;
      rows.push_back(static_cast<float>(x));
      rows.push_back(static_cast<float>(rw::random_uniform(seed, 2 * i + 1)));
      grades.push_back(x > 0.3 ? 2 : x > -0.3 ? 1 : 0);
      clicks.push_back(rw::random_uniform(seed + 1, i) < 0.5 + 0.4 * x ? 1 : 0);
    }
  }
  auto features() const { return rw::row_major(rows, 2); }
};

} // namespace

TEST_CASE_TEMPLATE("the loss of other items, with the cut-points of the training", T, float, double) {
  data const training(40, 1), other(12, 2);
  train::trunk<T> net({2, 4, 2}, 1);
  auto const make = [&](train::batch const& b) {
    return train::joint(train::objective(relevance, b.of(training.grades)),
                        train::objective(click, b.of(training.clicks), {}, {.weight = 0.5}));
  };
  auto judge = train::held_out(train::joint(train::objective(relevance, other.grades),
                                            train::objective(click, other.clicks, {}, {.weight = 0.5})),
                               other.features());
  // Against the heads themselves, with what has been learnt, in every epoch.
  std::size_t calls = 0;
  auto const found = train::fit(net, training.features(), training.lists, train::adam{.rate = 0.02}, make,
                                {.epochs = 4}, [&](auto const& now, auto& objective) {
                                  auto const head = objective.template get<0>().head();
                                  CHECK(head.cuts.first != relevance.cuts.first);
                                  std::vector<float> z(2 * other.grades.size());
                                  now.logits(other.features(), rw::row_major(z, 2));
                                  auto const logits = rw::row_major(z, 2);
                                  double const expected = head.value(logits.column(0), other.grades) +
                                                          0.5 * click.value(logits.column(1), other.clicks);
                                  double const verdict = judge(now, objective);
                                  CHECK(verdict == doctest::Approx(-expected).epsilon(1e-6));
                                  ++calls;
                                  return verdict;
                                });
  CHECK(calls == 4);
  CHECK(found.best < 0);
}

TEST_CASE("it ends a training whose other items gain no more; list-wise losses, too") {
  data const training(6, 3), other(30, 4);
  train::trunk<float> net({2, 16, 1}, 1);
  constexpr auto softmax = rw::loss::softmax{};
  auto const found = train::fit(
      net, training.features(), training.lists, train::adam{.rate = 0.05},
      [&](train::batch const& b) { return train::objective(softmax, b.of(training.grades), b.lists()); },
      {.epochs = 400, .lists_per_batch = 3, .patience = 3},
      train::held_out(train::objective(softmax, other.grades, other.lists), other.features()));
  CHECK(found.epochs < 400);
  CHECK(found.best_epoch < found.epochs);
  std::vector<float> z(other.grades.size());
  net.logits(other.features(), z);
  CHECK(found.best == doctest::Approx(-softmax.value(z, other.grades, other.lists)).epsilon(1e-6));
}

TEST_CASE("features of other items than the labels, and numbers that are none: an error, never the best") {
  data const training(6, 3), other(5, 4);
  train::linear<float> net({2, 1}, 1);
  auto objective = train::objective(rw::loss::softmax{}, training.grades, training.lists);
  auto wrong = train::held_out(train::objective(rw::loss::softmax{}, other.grades, other.lists), training.features());
  CHECK_THROWS_AS(wrong(net, objective), rw::error);
  data broken(5, 4);
  broken.rows[3] = std::numeric_limits<float>::infinity(); // NaN would be a feature that is missing
  auto nan = train::held_out(train::objective(rw::loss::softmax{}, broken.grades, broken.lists), broken.features());
  CHECK_THROWS_AS(nan(net, objective), rw::error);
  data const none(0, 1);
  auto empty = train::held_out(train::objective(rw::loss::softmax{}, none.grades, none.lists), none.features());
  CHECK(empty(net, objective) == 0);
}

} // namespace held_out_test
