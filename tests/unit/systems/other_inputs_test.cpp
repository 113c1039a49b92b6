#include <rankwise/exec/apply.hpp>
#include <rankwise/head/cascade.hpp>
#include <rankwise/head/corn.hpp>
#include <rankwise/head/ordinal.hpp>
#include <rankwise/head/proportional_odds.hpp>
#include <rankwise/label/mix.hpp>
#include <rankwise/label/polarise.hpp>
#include <rankwise/loss/pro.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/loss/softmax_variants.hpp>
#include <rankwise/metric/group_auc.hpp>
#include <rankwise/reward/advantage.hpp>
#include <rankwise/reward/components.hpp>
#include <rankwise/reward/kl.hpp>
#include <rankwise/reward/preference.hpp>
#include <rankwise/reward/rank_reward.hpp>
#include <rankwise/reward/step.hpp>
#include <rankwise/reward/surrogate.hpp>
#include <rankwise/sparse/bag.hpp>
#include <rankwise/sparse/features.hpp>
#include <rankwise/sparse/segment.hpp>
#include <rankwise/sparse/terms.hpp>
#include <rankwise/train/priority.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <type_traits>
#include <vector>

// The formulas of docs/systems.md on inputs of which the examples know nothing. The expected numbers are those of a
// Python program that has each formula as it stands in its paper, in loops over double.
namespace rw = rankwise;
namespace reward = rw::reward;

namespace {

template <class T>
double tolerance() {
  return std::is_same_v<T, double> ? 1e-9 : 1e-5;
}

template <class T>
void same(std::vector<T> const& found, std::initializer_list<double> expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CAPTURE(i);
    double const e = expected.begin()[i];
    CHECK(std::abs(static_cast<double>(found[i]) - e) <= tolerance<T>() * (1 + std::abs(e)));
  }
}
template <class T>
void same(double found, double expected) {
  CHECK(std::abs(found - expected) <= tolerance<T>() * (1 + std::abs(expected)));
}

} // namespace

TEST_CASE("systems: ordinal heads") {
  using T = double;
  std::vector<T> const z{T(0.3), T(-1.7), T(-2.2)}, eta{T(-0.35)};
  auto const item = rw::row_major(z, 3);
  std::vector<T> p(3), classes(4), grade(1);
  constexpr rw::head::ordinal<"r", 4> ordinal;
  ordinal.decode(item, rw::row_major(p, 3), rw::decode::cumulative{});
  same(p, {0.574442516811659, 0.1544652650835347, 0.09975048911968513});
  ordinal.decode(item, rw::row_major(classes, 4), rw::decode::class_probabilities{});
  same(classes, {0.42555748318834097, 0.41997725172812433, 0.05471477596384956, 0.09975048911968513});
  ordinal.decode(item, grade, rw::decode::expected_grade{});
  same(grade, {0.8286582710148788});
  constexpr rw::head::corn<"r", 4> corn;
  corn.decode(item, rw::row_major(p, 3), rw::decode::cumulative{});
  same(p, {0.574442516811659, 0.08873141563456576, 0.008851002109830012});
  double const bce[] = {1.127224593623489, 0.827224593623489, 2.527224593623489, 4.72722459362349};
  double const chained[] = {0.8543552444685272, 0.7221412738547931, 2.527224593623489, 4.72722459362349};
  for (int r = 0; r < 4; ++r) {
    CAPTURE(r);
    same<T>(ordinal.value(item, std::vector{r}), bce[r]);
    same<T>(corn.value(item, std::vector{r}), chained[r]);
  }
  constexpr auto cuts = rw::head::cuts<3>::at(-1.2, 0.4, 2.1);
  rw::head::proportional_odds<"r", 4>{.cuts = cuts}.decode(eta, rw::row_major(p, 3), rw::decode::cumulative{});
  same(p, {0.7005671424739729, 0.320821300824607, 0.07943854918397836});
  rw::head::proportional_odds<"r", 4, rw::head::link::probit>{.cuts = cuts}.decode(eta, rw::row_major(p, 3),
                                                                                   rw::decode::cumulative{});
  same(p, {0.8023374568773076, 0.2266273523768682, 0.007142810735271422});
  rw::head::proportional_odds<"r", 4, rw::head::link::cloglog>{.cuts = cuts}.decode(eta, rw::row_major(p, 3),
                                                                                    rw::decode::cumulative{});
  same(p, {0.6521928804137764, 0.12039226207982957, 9.27352752743963e-06});
  std::vector<T> const steps{T(-1.1), T(0.4)};
  double const levels[] = {1.2003505775153833, 2.3003505775153834, 0.5130152523999526};
  for (int r = 0; r < 3; ++r) {
    same<T>(rw::head::cascade<"r", 3>{}.value(rw::row_major(steps, 2), std::vector{r}), levels[r]);
  }
}

TEST_CASE_TEMPLATE("systems: polarised labels", T, double, float) {
  std::vector<T> const c{T(0.1), T(0.6), T(0.95)};
  std::vector<T> y(3);
  rw::apply(rw::label::polarise{.steepness = 7, .centre = 0.35}, c, y);
  same(y, {0.1480471980316895, 0.8519528019683106, 0.9852259683067269});
  rw::apply(rw::label::polarise_normalised{.steepness = 7, .centre = 0.35}, c, y);
  same(y, {0.07538544245153195, 0.8488190588846486, 0.9952562323325457});
}

TEST_CASE_TEMPLATE("systems: rewards by rank, InfoNCE, advantages, surrogates", T, double, float) {
  std::vector<T> const s{T(.12), T(.9), T(.33), T(.87), T(.33), T(.5), T(.61)};
  same<T>(reward::rank_reward<>{}(s, std::vector{0, 0, 0, 0, 0, 1, 0}, rw::lists<>::single(7)), 0.28758562578395563);
  std::vector<T> const batch{T(.8), T(.1), T(.3), T(.2),  T(.4), T(.6), T(.5), T(.1),
                             T(.2), T(.2), T(.7), T(.65), T(.9), T(.3), T(.1), T(.4)};
  std::vector<int> const right{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
  auto const rows = rw::lists<>::uniform(4, 4);
  same<T>(rw::loss::info_nce{.temperature = 0.07}.value(batch, right, rows) / 4, 1.9512823027811133);
  std::vector<T> const r{T(.2), T(1.1), T(-.4), T(.9), T(.9)};
  std::vector<T> a(5);
  rw::map_lists(reward::group_normalised{}, r, rw::lists<>::single(5), a);
  same(a, {-0.6063699187554585, 0.9987269250089905, -1.676434481265091, 0.6420387375057796, 0.6420387375057796});
  rw::map_lists(reward::group_normalised{.correction = 1}, r, rw::lists<>::single(5), a);
  same(a, {-0.5423537431392919, 0.8932885181117749, -1.4994485839733365, 0.5742569045004267, 0.5742569045004267});
  std::vector<T> const now{T(-1.0), T(-.2), T(-2.1), T(-.7), T(-.6)}, old{T(-1.3), T(-.3), T(-1.5), T(-.4), T(-.65)},
      advantage{T(1.2), T(1.2), T(1.2), T(-.7), T(-.7)};
  std::vector<std::size_t> const offsets{0, 3, 5};
  same<T>(reward::clipped_surrogate<>{.high = 0.28}.value(now, old, rw::lists(offsets), {.item_weights = advantage}),
          -0.5256481379362612);
}

TEST_CASE("systems: two groups of rollouts, preference, KL") {
  using T = double;
  constexpr reward::posterior_scaling scaling;
  same<T>(scaling.beta(0.3), 3.07409913399607);
  same<T>(scaling.alpha(0.3), 0.03252985529780506);
  same<T>(scaling.beta(-0.6), 0.3326907859756895);
  same<T>(scaling.alpha(-0.6), 0.30057940951604);
  std::vector<T> const without{T(.1), T(.9), T(.4)}, with{T(.8), T(.7), T(.95)}, gaps(3, T(.3));
  std::vector<T> a(3), pushed(3);
  rw::map_lists(reward::union_normalised{}, without, with, rw::lists<>::single(3), a);
  same(a, {-1.80208266225464, 0.8594548081522126, -0.8040061108520701});
  rw::apply(scaling, a, gaps, pushed);
  same(pushed, {-5.5397807514263215, 0.027957940544194287, -2.471594489097897});
  std::vector<T> const pair{T(.7), T(-1.2)}, margin{0}, policy{T(-1.2), T(-.4)}, reference{T(-.9), T(-.8)};
  same<T>(reward::dpo{.beta = 0.3}.value(rw::row_major(pair, 2), margin), 0.44822151122083265);
  auto const both = rw::lists<>::single(2);
  same<T>(reward::kl<reward::k1>{}.value(policy, reference, both), 0.05);
  same<T>(reward::kl<reward::k2>{}.value(policy, reference, both), 0.0625);
  same<T>(reward::kl<reward::k3>{}.value(policy, reference, both), 0.06008942680582119);
}

TEST_CASE_TEMPLATE("systems: rewards of steps, gated rewards", T, double, float) {
  std::vector<T> const r{T(.5), T(.9), T(.1), T(.2), T(.4), T(.8), T(.7), T(.1), T(.6), T(.3), T(.3), T(.3)},
      w{1, T(.5), 2, 1, T(.5), 2, 1, T(.5), 2, 1, T(.5), 2}, whole{1, 0, 1, 0};
  std::vector<int> const mask{1, 1, 1, 1, 1, 0, 1, 0, 1, 1, 1, 1};
  std::vector<T> a(12);
  reward::step_normalised{.epsilon = 1e-6, .outcome = 0.25}.advantages(rw::row_major(r, 3), rw::row_major(mask, 3),
                                                                       rw::row_major(w, 3), rw::lists<>::single(4),
                                                                       rw::row_major(a, 3), {.outcomes = whole});
  same(a, {0.6405646990547582, 0.9484980372208648, -2.0210888432528855, -1.4216940971642744, -0.5039992862621325, 0.0,
           1.6820705632007797, 0.0, 2.8455301065747265, -0.9009411650912635, -0.6944987509587321, -0.5744412633218408});
  std::vector<T> const format{T(.5), 1};
  std::vector<int> const category{1, 0}, attribute{0, 1}, predicted{4, 4}, right{1, 0}, broken{0, 1};
  std::vector<T> gated(2);
  reward::gated<>{.format = .4, .category = 1.2, .attribute = .6, .relevance = 1.5, .agreement = {.levels = 5}}.rewards(
      {.format = format,
       .category = category,
       .attribute = attribute,
       .predicted = predicted,
       .right = right,
       .broken = broken},
      gated);
  same(gated, {1.775, 0.4});
}

TEST_CASE("systems: sparse operations") {
  using T = double;
  std::vector<std::int64_t> const ids{-123456, 98765};
  std::vector<std::uint64_t> hashed(8);
  rw::sparse::run_features(rw::sparse::map_ids(rw::sparse::multi_hash(777), ids, rw::row_major(hashed, 4)));
  CHECK(hashed == std::vector<std::uint64_t>{75, 19, 411, 581, 94, 434, 448, 622});
  std::vector<T> const table{T(.5), -1, 2, T(1.5), T(.25), -3, 4, 0, 1, -2, 2, 2};
  std::vector<int> const index{3, 1, 1, 0, 2, 3};
  std::vector<T> const w{T(.5), 2, 1, -1, T(.25), 3};
  std::vector<std::size_t> const offsets{0, 3, 3, 6};
  std::vector<T> out(9);
  auto const reduced = [&](auto how) {
    rw::sparse::reduce(how, rw::row_major(table, 3), index, rw::lists(offsets), rw::row_major(out, 3), {.weights = w});
    return out;
  };
  same(reduced(rw::sparse::sum{}), {3.5, 1.75, -8, 0, 0, 0, -5.5, 7, 4.25});
  same(reduced(rw::sparse::mean{}), {3.5 / 3, 1.75 / 3, -8.0 / 3, 0, 0, 0, -5.5 / 3, 7.0 / 3, 4.25 / 3});
  same(reduced(rw::sparse::weighted_mean{}),
       {1, 0.5, -2.2857142857142856, 0, 0, 0, -2.4444444444444446, 3.111111111111111, 1.8888888888888888});
  std::vector<T> const score{T(.9), T(.3), T(.5), T(.2), T(.8), T(.1), T(.4), T(.6), T(.7)};
  same<T>(
      rw::metric::group_auc<>{}(score, std::vector{0, 1, 1, 0, 1, 1, 0, 1, 0}, std::vector{1, 1, 1, 1, 2, 2, 3, 3, 3}),
      0.5);
  std::vector<int> const query{2, 5, 9}, product{1, 2, 9};
  std::vector<T> const q{T(.35), T(.4), T(.15)}, p{T(.9), T(.8), T(.25)};
  same<T>(static_cast<double>(rw::sparse::score(rw::sparse::as_bag(query, q), rw::sparse::as_bag(product, p))), 0.3175);
  std::vector<T> const z{T(.2), -1, T(.7)};
  std::vector<T> terms(3);
  rw::map_lists(rw::sparse::term_softmax{}, z, rw::lists<>::single(3), terms);
  same(terms, {0.33899276297720876, 0.10210265808886033, 0.558904578933931});
  std::vector<T> slope(4);
  same<T>(rw::sparse::flops_penalty(std::vector<int>{0, 1, 0, 1}, std::vector<T>{T(.5), 1, T(-.25), T(.75)},
                                    rw::lists_of_sizes({2, 1, 1}), 2, slope),
          0.40277777777777785);
}

TEST_CASE_TEMPLATE("systems: PRO, several positives, label mixes", T, double, float) {
  std::vector<T> const s{T(-.3), T(-1.1), T(-.8), -2}, r{3, T(2.5), 1, T(.2)};
  same<T>(rw::loss::pro{}.value(s, r, rw::lists<>::single(4)), 2.9490175434544814);
  std::vector<T> const z{T(.4), T(1.7), T(-.2), T(.9), T(-1.3), T(.1)};
  std::vector<int> const bought{0, 1, 0, 1, 1, 0};
  auto const list = rw::lists<>::single(6);
  same<T>(rw::loss::softmax{}.value(z, bought, list), 6.058650170958237);
  same<T>(rw::loss::multi_positive{}.value(z, bought, list), 3.9608067953903254);
  rw::label::label_mix mix(3);
  mix.add(std::vector{0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2});
  same<double>(mix.coefficient_of_variation(), 0.5400617248673217);
}

TEST_CASE("systems: priorities find another optimum") {
  // (x-2)^2 <= 0.04 comes before (x+1)^2: x = 1.8, lambda = (x + 1) / (2 - x) = 14.
  double x = 2;
  rw::train::priority<> machine({0.04}, 5);
  machine.observe(std::vector{0.0});
  std::vector<double> d(1);
  for (int step = 0; step < 20000; ++step) {
    std::vector<double> const objective{2 * (x + 1)}, constraint{2 * (x - 2)};
    machine.direction(objective, rw::row_major(constraint, 1), d);
    x -= 0.05 * d[0];
    machine.update(std::vector{(x - 2) * (x - 2)});
  }
  CHECK(x == doctest::Approx(1.8).epsilon(1e-9));
  CHECK(machine.lambda(0) == doctest::Approx(14).epsilon(1e-8));
}
