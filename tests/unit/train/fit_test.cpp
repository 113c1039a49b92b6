#include <rankwise/train/fit.hpp>

#include <rankwise/head/binary.hpp>
#include <rankwise/head/proportional_odds.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace rw = rankwise;
namespace train = rw::train;

namespace {

// Lists of five items with three features; the grade depends on the product of two of them, which no linear model sees.
struct data {
  std::vector<float> rows;
  std::vector<int> grades;
  std::vector<int> clicks;
  rw::owned_lists<> lists;

  explicit data(std::size_t count, std::uint64_t seed) : lists(std::vector<std::size_t>(count, 5)) {
    for (std::size_t i = 0; i < 5 * count; ++i) {
      double x[3];
      for (std::size_t k = 0; k < 3; ++k) {
        x[k] = 2 * rw::random_uniform(seed, 3 * i + k) - 1;
        rows.push_back(static_cast<float>(3 * x[k] + 7));
      }
      double const value = 4 * x[0] * x[1] + 0.3 * x[2];
      grades.push_back(value > 0.6 ? 2 : value > -0.2 ? 1 : 0);
      clicks.push_back(rw::random_uniform(seed + 1, i) < 1 / (1 + std::exp(-2 * value)) ? 1 : 0);
    }
  }
};

constexpr auto relevance = rw::head::proportional_odds<"relevance", 3>{};
constexpr auto click = rw::head::binary<"click">{};

auto tasks(data const& d) {
  return [&d](train::batch const& b) {
    return train::joint(train::objective(relevance, b.of(d.grades)), train::objective(click, b.of(d.clicks)));
  };
}

double ndcg(auto const& net, data const& d) {
  std::vector<float> z(2 * d.grades.size()), score(d.grades.size());
  net.logits(rw::row_major(d.rows, 3), rw::row_major(z, 2));
  for (std::size_t i = 0; i < score.size(); ++i) {
    score[i] = z[2 * i];
  }
  return rw::metric::ndcg<>{}(score, d.grades, d.lists);
}

} // namespace

TEST_CASE("a shared bottom learns what a linear model cannot; cut-points learn beside it") {
  data const training(200, 3), other(100, 4);
  train::trunk<float> net({3, 16, 2}, 1);
  net.standardise(rw::row_major(training.rows, 3));
  auto const found = train::fit(net, rw::row_major(training.rows, 3), training.lists, train::adam{.rate = 0.02},
                                tasks(training), {.epochs = 40, .lists_per_batch = 16});
  CHECK(found.finite);
  CHECK(found.epochs == 40);
  auto const& head = found.objective.get<0>().head();
  CHECK(head.cuts.first != relevance.cuts.first);
  train::linear<float> flat({3, 2}, 1);
  flat.standardise(rw::row_major(training.rows, 3));
  train::fit(flat, rw::row_major(training.rows, 3), training.lists, train::adam{.rate = 0.02}, tasks(training),
             {.epochs = 40, .lists_per_batch = 16});
  double const bent = ndcg(net, other);
  double const straight = ndcg(flat, other);
  MESSAGE("NDCG of other lists: one hidden layer " << bent << ", linear " << straight);
  CHECK(bent > 0.95);
  CHECK(straight < 0.88);
}

TEST_CASE("the same seed gives the same bits, another one other weights") {
  data const d(30, 5);
  auto const trained = [&](std::uint64_t seed) {
    train::trunk<float> net({3, 8, 2}, 1);
    train::fit(net, rw::row_major(d.rows, 3), d.lists, train::adam{}, tasks(d),
               {.epochs = 3, .lists_per_batch = 7, .seed = seed});
    return std::vector<float>(net.parameters().first, net.parameters().first + net.parameters().size());
  };
  auto const a = trained(1);
  CHECK(a == trained(1));
  CHECK(a != trained(2));
}

TEST_CASE("a linear model under softmax, all lists at once, ends where the gradient is 0") {
  data const d(60, 7);
  train::linear<double> net({3, 1}, 1);
  net.standardise(rw::row_major(d.rows, 3));
  auto const found = train::fit(
      net, rw::row_major(d.rows, 3), d.lists, train::sgd{.rate = 0.3},
      [&](train::batch const& b) { return train::objective(rw::loss::softmax{}, b.of(d.grades), b.lists()); },
      {.epochs = 300, .lists_per_batch = 60});
  std::vector<double> z(300), seeds(300), by(net.parameters().size());
  train::tape<double> tape;
  auto const logits = net.forward(tape, rw::row_major(d.rows, 3));
  z.assign(logits.first, logits.first + 300);
  double const loss = rw::loss::softmax{}.gradient(z, d.grades, d.lists, seeds);
  net.backward(tape, rw::row_major(seeds, 1), by);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(std::abs(by[k]) / 60 < 1e-5);
  }
  CHECK(found.loss == doctest::Approx(loss / 60).epsilon(1e-5));
}

TEST_CASE("training stops when nobody judges it better, and the best weights stay") {
  data const d(40, 9);
  train::trunk<float> net({3, 8, 2}, 1);
  std::vector<double> verdicts{0.1, 0.5, 0.4, 0.3, 0.9};
  std::size_t calls = 0;
  std::vector<float> kept;
  double cut = 0;
  auto const found =
      train::fit(net, rw::row_major(d.rows, 3), d.lists, train::adam{}, tasks(d), {.epochs = 9, .patience = 2},
                 [&](auto const& now, auto const& objective) {
                   if (calls == 1) {
                     kept.assign(now.parameters().first, now.parameters().first + now.parameters().size());
                     cut = objective.template get<0>().head().cuts.first;
                   }
                   return verdicts[calls++];
                 });
  CHECK(found.epochs == 4);
  CHECK(found.best_epoch == 2);
  CHECK(found.best == 0.5);
  CHECK(std::vector<float>(net.parameters().first, net.parameters().first + net.parameters().size()) == kept);
  CHECK(found.objective.get<0>().head().cuts.first == cut);
}

TEST_CASE("empty lists, wrong sizes, numbers that are none") {
  data const d(10, 11);
  rw::status s;
  train::trunk<float> net({3, 4, 2}, 1);
  auto const rows = rw::row_major(d.rows, 3);
  auto const make = tasks(d);
  CHECK(train::fit(net, rows, d.lists, train::adam{}, make, {.lists_per_batch = 0, .errors = s}).epochs == 0);
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(train::fit(net, rows, d.lists, train::adam{.rate = -1}, make, {.errors = s}).epochs == 0);
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(train::fit(net, rw::row_major(d.rows, 5), d.lists, train::adam{}, make, {.errors = s}).epochs == 0);
  CHECK(s.code == rw::errc::wrong_shape);
  train::trunk<float> narrow({3, 1}, 1);
  CHECK(train::fit(narrow, rows, d.lists, train::adam{}, make, {.errors = s}).epochs == 0);
  CHECK(s.code == rw::errc::wrong_shape);
  // Steps so long that the numbers overflow: reported, and it ends.
  s = {};
  train::linear<float> wild({3, 2}, 1);
  auto const lost = train::fit(wild, rows, d.lists, train::adam{.rate = 1e38}, make, {.errors = s});
  CHECK_FALSE(lost.finite);
  CHECK(s.code == rw::errc::unusable_item);
  // Empty lists between others, and no list at all.
  std::vector<std::size_t> const offsets{0, 0, 20, 20, 50, 50};
  CHECK(train::fit(net, rows, rw::lists(offsets), train::adam{}, make, {.epochs = 2, .lists_per_batch = 1}).epochs ==
        2);
  data const nothing(0, 1);
  CHECK(train::fit(net, rw::row_major(nothing.rows, 3), nothing.lists, train::adam{}, tasks(nothing)).finite);
}

TEST_CASE("a judgment that is NaN is never the best, though it be the first") {
  data const d(20, 13);
  train::trunk<float> net({3, 4, 2}, 1);
  std::vector<double> const verdicts{std::nan(""), 0.2, 0.5, std::nan(""), 0.3};
  std::size_t calls = 0;
  auto const found = train::fit(net, rw::row_major(d.rows, 3), d.lists, train::adam{}, tasks(d), {.epochs = 5},
                                [&](auto const&, auto const&) { return verdicts[calls++]; });
  CHECK(found.best_epoch == 3);
  CHECK(found.best == 0.5);
}

TEST_CASE("a column of another length, an objective of other items, labels that are NaN") {
  data const d(12, 15);
  rw::status s;
  auto const rows = rw::row_major(d.rows, 3);
  train::linear<float> net({3, 1}, 1);
  auto const one_short = std::vector<int>(d.clicks.begin(), d.clicks.end() - 1);
  CHECK_THROWS_WITH_AS(train::fit(net, rows, d.lists, train::adam{},
                                  [&](train::batch const& b) { return train::objective(click, b.of(one_short)); }),
                       "rankwise: a column of all items has 59 entries where 60 are needed", rw::error);
  train::batch const all(
      d.lists,
      [] {
        rw::storage<std::size_t> order;
        order.resize(1);
        return order;
      }(),
      0, 1);
  CHECK(all.of(one_short, s).empty());
  CHECK(s.code == rw::errc::size_mismatch);
  CHECK(all.of(d.clicks).size() == 5);
  // All clicks for a batch of some lists.
  auto const whole = train::fit(net, rows, d.lists, train::adam{},
                                [&](train::batch const&) { return train::objective(click, d.clicks); },
                                {.lists_per_batch = 3, .errors = s});
  CHECK_FALSE(whole.finite);
  CHECK(s.code == rw::errc::size_mismatch);

  std::vector<float> clicks(d.clicks.begin(), d.clicks.end());
  clicks[33] = std::numeric_limits<float>::quiet_NaN();
  auto const holes = [&](train::batch const& b) { return train::objective(click, b.of(clicks)); };
  CHECK_THROWS_AS(train::fit(net, rows, d.lists, train::adam{}, holes), rw::error);
  auto const found = train::fit(net, rows, d.lists, train::adam{}, holes, {.epochs = 3, .errors = s});
  CHECK(found.finite);
  CHECK(found.epochs == 3);
  CHECK(s.code == rw::errc::not_finite); // it counted for nothing, and that is said
}
