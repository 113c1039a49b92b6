#include <rankwise/backend/emulated.hpp>
#include <rankwise/exec/partition.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/math/scan.hpp>
#include <rankwise/metric/ndcg.hpp>

#include "support/in_groups.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace rw = rankwise;

namespace {

/// f(lane) on every lane of a group: lane 0, step, 2 step ...
template <std::size_t Lanes, class F>
void on_lanes(std::size_t step, F f) {
  rw::detail::lockstep lanes(Lanes);
  lanes.run([](void* context, std::size_t lane) { (*static_cast<F*>(context))(lane); }, &f, 0, step);
}

template <std::size_t Lanes>
void check_group(std::size_t step) {
  using group = rw::emulated_group<Lanes>;
  using V = rw::shared_value<double, group>;
  static_assert(rw::thread_group<group>);
  static_assert(rw::math::lanes<V> == static_cast<int>(Lanes));
  CAPTURE(Lanes);
  std::array<bool, Lanes> good{};
  std::vector<double> column(3 * Lanes, -1);
  std::vector<double> chosen(Lanes, -1);
  std::vector<std::uint32_t> positions(Lanes, 99);
  on_lanes<Lanes>(step, [&](std::size_t lane) {
    double const n = static_cast<double>(Lanes);
    double const own = static_cast<double>(lane);
    V const x = rw::math::ops<V>::iota();
    bool ok = true;
    auto const expect = [&](bool b) { ok = b && ok; }; // all lanes make all calls
    expect(x.own == own && group::lane() == lane);
    expect(rw::math::reduce_add(x) == n * (n - 1) / 2);
    expect(rw::math::reduce_max(x) == n - 1);
    expect(rw::math::reduce_min(-x) == 1 - n);
    expect(rw::math::sum_up_to(x).own == own * (own + 1) / 2);
    expect(rw::math::sum_from(x).own == n * (n - 1) / 2 - own * (own - 1) / 2);
    expect(rw::math::ops<V>::get(x, Lanes - 1) == n - 1);
    expect(rw::math::count(x >= V(1)) == static_cast<int>(Lanes) - 1);
    expect(rw::math::any(x == V(0)));
    expect(rw::math::all(x < V(n)));
    expect(rw::math::none(x > V(n)));
    // Stored, and read by a neighbour.
    rw::math::store(column.data(), x * V(2));
    expect(column[(lane + 1) % Lanes] == 2.0 * static_cast<double>((lane + 1) % Lanes));
    rw::math::store_partial(column.data() + Lanes, Lanes / 2, x);
    expect(column[Lanes + Lanes / 2] == -1);
    expect(rw::math::load_partial<V>(column.data(), 1, 7.0).own == (lane == 0 ? 0 : 7));
    expect(rw::math::load_strided<V>(column.data(), 1, Lanes / 2).own ==
           2.0 * static_cast<double>(std::min(lane, Lanes / 2 - 1)));
    // Every third lane.
    rw::shared_mask<group> const third(lane % 3 == 0);
    expect(rw::math::ops<V>::store_chosen(chosen.data(), positions.data(), x, third, 10) == (Lanes + 2) / 3);
    expect(chosen[(Lanes - 1) / 3] == static_cast<double>((Lanes - 1) / 3 * 3) && positions[0] == 10);
    // Parts of a formula that one lane does, or that all share.
    int const answer = rw::once<V>([&] { return static_cast<int>(lane) + 42; });
    struct pair {
      double a;
      std::uint32_t b, c;
    };
    pair const both = rw::once<V>([&] { return pair{own + 0.5, 7, 8}; });
    expect(answer == 42 && both.a == 0.5 && both.b == 7 && both.c == 8);
    rw::each_place<V>(2 * Lanes + 1, [&](std::size_t p) { column[p] = -static_cast<double>(p); });
    expect(column[2 * Lanes] == -2 * n);
    auto const gathered =
        rw::from_places(rw::partial_pack<V>{1, Lanes - 1}, [&](std::size_t p) { return 3 * static_cast<double>(p); });
    expect(gathered.own == (lane + 1 < Lanes ? 3 * (own + 1) : 0));
    // Running results of an operation whose order counts: x -> a x + b, one after the other.
    struct line {
      double a, b;
    };
    auto const f = [](std::size_t p) { return line{p % 3 == 0 ? -1.0 : 1.0, static_cast<double>(p)}; };
    auto const then = [](line p, line q) { return line{p.a * q.a, q.a * p.b + q.b}; };
    std::size_t const places = 2 * Lanes + 1;
    auto const scan = [&]<class W, bool Backwards>(W, std::bool_constant<Backwards>, double* to) {
      return rw::scan_places<W, Backwards>(places, line{1, 0}, f, then,
                                           [&](std::size_t p, line so_far) { to[p] = so_far.b; })
          .b;
    };
    std::vector<double> one_by_one(places);
    expect(scan(V(0), std::false_type{}, column.data()) == scan(0.0, std::false_type{}, one_by_one.data()));
    expect(std::equal(one_by_one.begin(), one_by_one.end(), column.begin()));
    group::sync();
    expect(scan(V(0), std::true_type{}, column.data()) == scan(0.0, std::true_type{}, one_by_one.data()));
    expect(std::equal(one_by_one.begin(), one_by_one.end(), column.begin()));
    good[lane] = ok;
  });
  CHECK(std::all_of(good.begin(), good.end(), [](bool b) { return b; }));
}

/// Not as a formula in groups must be: all lanes add to the same numbers.
struct impatient {
  using scratch = rw::scratch_columns<1, 0>;
  static constexpr bool in_groups = true;

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using T = typename List::scalar;
    T* const x = list.template values<0>();
    for (std::size_t i = 0; i < list.size(); ++i) {
      x[i] = T(0);
    }
    list.each([&](auto i) { list.keep(i, list.score(i)); });
    for (std::size_t i = 1; i < list.size(); ++i) {
      x[i] += x[i - 1]; // by all lanes at once
    }
    return list.size() == 0 ? T(0) : x[list.size() - 1];
  }

  RANKWISE_LOSS_CALLS
};

//{ patient
/// Sums up to each item, one after the other: one thread does it, for all of them.
struct patient {
  using scratch = rw::scratch_columns<1, 0>;
  static constexpr bool in_groups = true;

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using T = typename List::scalar;
    T* const x = list.template values<0>();
    list.each([&](auto i) { list.keep(i, list.score(i)); });
    rw::once<typename List::vector>([&] {
      for (std::size_t i = 1; i < list.size(); ++i) {
        x[i] += x[i - 1];
      }
    });
    return list.size() == 0 ? T(0) : x[list.size() - 1];
  }

  RANKWISE_LOSS_CALLS
};
//} patient

} // namespace

TEST_CASE("a group of one") {
  using group = rw::emulated_group<1>;
  using V = rw::shared_value<float, group>;
  on_lanes<1>(1, [&](std::size_t) { CHECK(rw::math::reduce_add(V(3)) == 3); });
}
TEST_CASE("groups of 4, 32 and 128") {
  for (std::size_t const step : {std::size_t{1}, std::size_t{3}, std::size_t{5}}) {
    check_group<4>(step);
    check_group<32>(step);
    check_group<128>(step);
  }
}

TEST_CASE("one formula of each mechanism in groups of all sizes") {
  support::check_in_groups<1>("softmax", rw::loss::softmax{.temperature = 1.5});
  support::check_in_groups<4>("softmax", rw::loss::softmax{.temperature = 1.5});
  support::check_in_groups<32>("softmax", rw::loss::softmax{.temperature = 1.5});
  support::check_in_groups<128>("softmax", rw::loss::softmax{.temperature = 1.5});
  support::check_in_groups<1>("ndcg", rw::metric::ndcg<10>{});
  support::check_in_groups<32>("ndcg", rw::metric::ndcg<10>{});
  support::check_in_groups<128>("ndcg", rw::metric::ndcg<10>{});
}

TEST_CASE("scores so far apart that nothing goes the short way") {
  support::grouped_problem p(false);
  for (double& s : p.scores) {
    s *= 1e4;
  }
  rw::loss::softmax const loss;
  CHECK(support::agree(support::result_of(rw::exec::emulated<32>{}, loss, p, true),
                       support::result_of(rw::exec::scalar{}, loss, p, true), 1e-12));
}

namespace {

/// What must have its list to itself.
struct alone {
  static constexpr bool in_groups = false;
  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    static_assert(!rw::is_shared<V>);
    return list.sum([&](auto i) { return list.score(i) * list.weight(i); });
  }
  RANKWISE_METRIC_CALLS
};

} // namespace

TEST_CASE("who may work in groups") {
  struct silent {};
  struct keeps {
    using scratch = rw::scratch_columns<1, 0>;
  };
  static_assert(rw::works_in_groups<silent> && !rw::works_in_groups<keeps> && rw::works_in_groups<patient>);
  static_assert(!rw::works_in_groups<alone>);
  support::grouped_problem const p(false); // who may not works as ever
  alone const metric;
  CHECK(support::agree(support::result_of(rw::exec::emulated<32>{}, metric, p, true),
                       support::result_of(rw::exec::scalar{}, metric, p, true), 0));
}

TEST_CASE("what one lane at a time does is written once") {
  support::grouped_problem const p(false);
  auto const alone = [&](auto const& policy) { return support::result_of(rw::exec::scalar{}, policy, p, false).value; };
  auto const together = [&](auto const& policy) {
    return support::result_of(rw::exec::emulated<1>{}, policy, p, false).value;
  };
  CHECK(alone(impatient{}) == doctest::Approx(alone(patient{})));
  CHECK(together(impatient{}) == doctest::Approx(alone(patient{}))); // one lane is in nobody's way
  CHECK(support::result_of(rw::exec::emulated<8>{}, patient{}, p, false).value == doctest::Approx(alone(patient{})));
}

TEST_CASE("values, per_list and a workspace that is too small") {
  support::grouped_problem const p(false);
  rw::lists const lists(p.offsets);
  rw::metric::ndcg<> const metric;
  auto const data = metric.prepare(p.labels, lists);
  rw::exec::emulated<32> const executor;
  rw::workspace memory(metric.workspace_bytes(executor, data));
  CHECK(metric(executor, p.scores, data, memory) == doctest::Approx(metric(p.scores, data)));
  rw::workspace little{std::span<std::byte>{}};
  rw::status status;
  CHECK(std::isnan(metric(executor, p.scores, data, little, {.errors = status})));
  CHECK(status.code == rw::errc::workspace_too_small);
}

TEST_CASE("the work of a device: classes by length, groups of their own, scratch of their own") {
  using formula = rw::loss::softmax;
  support::grouped_problem const p(false, 1500);
  rw::lists const lists(p.offsets);
  formula const loss{.temperature = 0.7};
  auto const data = loss.prepare(p.labels, lists);
  std::vector<double> expected(p.scores.size()), gradient(p.scores.size(), 7);
  loss.gradient(rw::exec::scalar{}, p.scores, data, expected);

  std::vector<std::uint32_t> order(lists.size());
  auto const classes = rw::detail::classify(lists, order.data());
  auto const scores = rw::as_column(p.scores);
  auto const out = rw::as_column(gradient);
  using inputs =
      rw::list_inputs<std::remove_const_t<decltype(scores)>, double, typename decltype(data)::constants_type>;
  using outputs = rw::list_outputs<std::remove_const_t<decltype(out)>>;
  rw::list_pass<double, formula, rw::lists<int>, inputs, outputs> const pass{
      loss,      lists,   {scores, data.labels.data(), nullptr, nullptr, data.constants.data()},
      {out, {}}, nullptr, data.flagged.data()};
  std::vector<rw::list_outcome> outcomes(lists.size());
  auto const run = [&](auto lanes, std::size_t c) {
    using group = rw::emulated_group<decltype(lanes)::value>;
    auto const shared = pass.with<rw::shared_value<double, group>>();
    using work_type = rw::detail::group_work<std::remove_const_t<decltype(shared)>>;
    constexpr std::size_t groups = 3;
    std::size_t const stride = rw::detail::group_stride<typename work_type::vector>(classes.longest[c]);
    std::vector<double> values(groups * stride + 1, 1e300);
    values.back() = 5;
    work_type work{shared,         {values.data(), nullptr, stride}, order.data(), classes.first[c], classes.size_of(c),
                   outcomes.data()};
    struct {
      work_type* work;
      std::size_t group;
    } context{&work, 0};
    for (; context.group < groups; ++context.group) {
      rw::detail::lockstep all(group::size);
      all.run(
          [](void* x, std::size_t) {
            auto const& at = *static_cast<decltype(context)*>(x);
            (*at.work)(at.group, groups);
          },
          &context, 0, 5);
    }
    CHECK(values.back() == 5);
  };
  run(std::integral_constant<std::size_t, 8>{}, 0);
  run(std::integral_constant<std::size_t, 32>{}, 1);
  run(std::integral_constant<std::size_t, 64>{}, 2);
  CHECK(support::agree(gradient, expected, 1e-12));
}
