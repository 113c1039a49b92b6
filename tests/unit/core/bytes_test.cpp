#include <doctest/doctest.h>

#include <rankwise/core/bytes.hpp>
#include <rankwise/label/agreement.hpp>
#include <rankwise/label/histogram.hpp>
#include <rankwise/label/mix.hpp>
#include <rankwise/metric/auc.hpp>
#include <rankwise/metric/class_probability.hpp>
#include <rankwise/metric/evaluate.hpp>
#include <rankwise/metric/good_same_bad.hpp>
#include <rankwise/metric/group_auc.hpp>
#include <rankwise/metric/mrr.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/probability.hpp>
#include <rankwise/metric/reliability.hpp>
#include <rankwise/metric/xauc.hpp>
#include <rankwise/stat/off_policy.hpp>
#include <rankwise/stat/quantile.hpp>

#include "support/random.hpp"

#include <cmath>
#include <string>
#include <vector>

namespace rw = rankwise;

namespace {

constexpr std::size_t items = 300;

struct sample {
  std::vector<double> p = std::vector<double>(items);
  std::vector<double> weight = std::vector<double>(items);
  std::vector<int> y = std::vector<int>(items);
  std::vector<int> grade = std::vector<int>(items);
  std::vector<int> id = std::vector<int>(items);

  explicit sample(std::uint64_t seed) {
    support::random r(seed);
    for (std::size_t i = 0; i < items; ++i) {
      p[i] = std::ldexp(std::round(std::ldexp(r.uniform(0, 1), 6)), -6); // some are equal
      weight[i] = r.uniform(0.1, 3);
      y[i] = r.uniform(0, 1) < p[i];
      grade[i] = static_cast<int>(r.uniform(0, 3.99));
      id[i] = static_cast<int>(r.uniform(0, 9.99));
    }
  }
};

/// `fill(state, begin, end)` adds rows; `numbers(state)` are what the state says.
template <class State, class Fill, class Numbers>
void survives(char const* what, State const& empty, Fill fill, Numbers numbers) {
  CAPTURE(std::string(what));
  State whole = empty;
  fill(whole, std::size_t{0}, items);

  // To bytes and back: the same numbers, and the same bytes.
  auto const bytes = rw::to_bytes(whole);
  State back = empty;
  REQUIRE(rw::from_bytes(bytes, back));
  CHECK(numbers(back) == numbers(whole));
  CHECK(rw::to_bytes(back) == bytes);

  // Parts, in any order, through bytes: the bits of the whole.
  State merged = empty;
  std::size_t const cut[] = {0, 17, 130, items};
  for (int const part : {2, 0, 1}) {
    State one = empty;
    fill(one, cut[part], cut[part + 1]);
    REQUIRE(rw::merge_bytes(rw::to_bytes(one), merged));
  }
  CHECK(numbers(merged) == numbers(whole));

  // Whatever is cut off or turned over is noticed, and the state is as it was.
  State untouched = whole;
  rw::status s;
  for (std::size_t const length : {std::size_t{0}, std::size_t{3}, std::size_t{24}, bytes.size() - 1}) {
    std::vector<unsigned char> const damaged(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK_FALSE(rw::from_bytes(damaged, untouched, s));
    CHECK(s.code == rw::errc::bad_format);
  }
  for (std::size_t at = 0; at < bytes.size(); at += 1 + bytes.size() / 50) {
    auto damaged = bytes;
    damaged[at] = static_cast<unsigned char>(damaged[at] ^ 0x10);
    CHECK_FALSE(rw::from_bytes(damaged, untouched, s));
  }
  CHECK(rw::to_bytes(untouched) == bytes);
}

template <class T>
std::vector<T> part(std::vector<T> const& all, std::size_t begin, std::size_t end) {
  return {all.begin() + static_cast<std::ptrdiff_t>(begin), all.begin() + static_cast<std::ptrdiff_t>(end)};
}

} // namespace

TEST_CASE("states survive as bytes, and parts merge to the bits of the whole") {
  sample const s(77);
  INFO("seed 77");
  auto const weights = [&](std::size_t b, std::size_t e) { return part(s.weight, b, e); };
  auto const by_item = [&](auto& state, std::size_t b, std::size_t e) {
    auto const w = weights(b, e);
    state.add(part(s.p, b, e), part(s.y, b, e), {.item_weights = w});
  };
  auto const value = [](auto const& state) { return std::vector<double>{state.value()}; };

  survives(
      "exact_sum", rw::stat::exact_sum{},
      [&](auto& state, std::size_t b, std::size_t e) { state.add(part(s.weight, b, e)); }, value);
  survives(
      "moments", rw::stat::moments{},
      [&](auto& state, std::size_t b, std::size_t e) {
        auto const w = weights(b, e);
        state.add(part(s.p, b, e), {.item_weights = w});
      },
      [](auto const& m) {
        return std::vector<double>{m.mean(), m.variance(), m.weight(), m.effective_size()};
      });
  survives(
      "quantiles", rw::stat::quantiles{},
      [&](auto& state, std::size_t b, std::size_t e) { state.add(part(s.p, b, e)); },
      [](auto q) {
        return std::vector<double>{q(0), q(0.3), q(1)};
      });
  survives(
      "off_policy", rw::stat::off_policy(1.5),
      [&](auto& state, std::size_t b, std::size_t e) {
        std::vector<double> propensity, target(e - b, 0.5);
        for (std::size_t i = b; i < e; ++i) {
          propensity.push_back(0.1 + 0.9 * s.p[i]);
        }
        state.add(part(s.y, b, e), propensity, target, part(s.p, b, e), part(s.p, b, e));
      },
      [](auto const& o) {
        return std::vector<double>{o.snips().value,
                                   o.ipw().low,
                                   o.doubly_robust().value,
                                   o.self_normalised_doubly_robust().low,
                                   o.direct().value,
                                   o.largest_weight(),
                                   static_cast<double>(o.clipped())};
      });
  survives("co_moments", rw::stat::co_moments{}, by_item, [](auto const& m) {
    return std::vector<double>{m.mean(0), m.variance(1), m.covariance()};
  });
  survives("log loss", rw::metric::log_loss{}.accumulator(), by_item, value);
  survives("auc", rw::metric::auc{}.accumulator(), by_item, value);
  survives("xauc", rw::metric::xauc{}.accumulator(), by_item, value);
  survives("reliability", rw::metric::reliability(7), by_item, value);
  survives("equal-mass reliability", rw::metric::equal_mass_reliability(7), by_item, value);
  survives(
      "group auc", rw::metric::group_auc<>{}.accumulator(),
      [&](auto& state, std::size_t b, std::size_t e) { state.add(part(s.p, b, e), part(s.y, b, e), part(s.id, b, e)); },
      value);
  survives(
      "class probabilities", rw::metric::class_brier{}.accumulator(),
      [&](auto& state, std::size_t b, std::size_t e) {
        std::vector<double> rows;
        for (std::size_t i = b; i < e; ++i) {
          rows.push_back(s.p[i]);
          rows.push_back(1 - s.p[i]);
        }
        state.add(rw::row_major(rows, 2), part(s.y, b, e));
      },
      value);
  survives(
      "good same bad", rw::metric::good_same_bad{},
      [&](auto& state, std::size_t b, std::size_t e) { state.add(part(s.grade, b, e), part(s.y, b, e)); },
      [](auto const& g) {
        return std::vector<double>{g.good(), g.same(), g.bad(), g.p_value()};
      });

  auto const labels = [&](auto& state, std::size_t b, std::size_t e) {
    auto const w = weights(b, e);
    state.add(part(s.grade, b, e), {.item_weights = w});
  };
  survives("label mix", rw::label::label_mix(3), labels, [](auto const& m) {
    return std::vector<double>{m.weight(0), m.weight(1), m.weight(2), m.outside(), m.total()};
  });
  survives(
      "label mix, unit weights", rw::label::label_mix(4),
      [&](auto& state, std::size_t b, std::size_t e) { state.add(part(s.grade, b, e)); },
      [](auto const& m) {
        return std::vector<double>{m.weight(0), m.weight(3), m.outside()};
      });
  survives("histogram", rw::label::histogram(0.5, 2.5, 5), labels, [](auto const& h) {
    return std::vector<double>{h.weight(2), h.below(), h.above(), h.mean(), h.standard_deviation()};
  });
  survives(
      "agreement", rw::label::agreement(4),
      [&](auto& state, std::size_t b, std::size_t e) {
        auto const w = weights(b, e);
        state.add(part(s.grade, b, e), part(s.y, b, e), {.item_weights = w});
      },
      [](auto const& a) {
        return std::vector<double>{a.kappa(), a.total(), a.macro_f1()};
      });
}

TEST_CASE("evaluations as bytes") {
  sample const s(78);
  auto const measures = rw::metrics(rw::metric::ndcg<5>{}, rw::metric::mrr<10>{});
  auto const lists = rw::lists<>::uniform(items / 10, 10);
  auto const whole = rw::evaluate(measures, s.p, s.grade, lists);
  rw::evaluation merged;
  for (std::size_t const begin : {std::size_t{0}, std::size_t{100}, std::size_t{200}}) {
    auto const shard = rw::evaluate(measures, part(s.p, begin, begin + 100), part(s.grade, begin, begin + 100),
                                    rw::lists<>::uniform(10, 10));
    REQUIRE(rw::merge_bytes(rw::to_bytes(shard), merged));
  }
  CHECK(merged.to_tsv(true) == whole.to_tsv(true));
  CHECK(rw::to_bytes(merged) == rw::to_bytes(whole));

  // Of other metrics: named.
  auto other = rw::evaluate(rw::metrics(rw::metric::mrr<10>{}, rw::metric::ndcg<5>{}), s.p, s.grade, lists);
  rw::status fault;
  CHECK_FALSE(rw::merge_bytes(rw::to_bytes(whole), other, fault));
  CHECK(fault.code == rw::errc::bad_format);
  auto fewer = rw::evaluate(rw::metrics(rw::metric::mrr<10>{}), s.p, s.grade, lists);
  CHECK_FALSE(rw::merge_bytes(rw::to_bytes(whole), fewer, fault));
  CHECK(fault.code == rw::errc::size_mismatch);
  CHECK(fewer.lists() == lists.size());
}

TEST_CASE("bytes of another kind, of other parameters, of another version, and lengths that were made up") {
  rw::stat::moments moments;
  moments.add(std::vector<double>{1, 2, 4});
  auto const bytes = rw::to_bytes(moments);
  rw::status s;

  rw::stat::exact_sum sum;
  CHECK_FALSE(rw::from_bytes(bytes, sum, s));
  char text[200];
  rw::describe(s, text, sizeof text);
  CHECK(std::string(text) == "rankwise: these are the bytes of a state of another kind, or with other parameters");
  auto const clipped = rw::metric::log_loss{.clip = 0.1}.accumulator();
  auto plain = rw::metric::log_loss{}.accumulator();
  CHECK_FALSE(rw::from_bytes(rw::to_bytes(clipped), plain, s));
  auto brier = rw::metric::brier{}.accumulator();
  CHECK_FALSE(rw::from_bytes(rw::to_bytes(plain), brier, s));
  rw::label::histogram ten(0, 1, 10), nine(0, 1, 9);
  CHECK_FALSE(rw::from_bytes(rw::to_bytes(ten), nine, s));

  rw::label::label_mix five(5), three(3);
  five.add(std::vector<int>{0, 1, 2, 3, 4, 4});
  three.add(std::vector<int>{0, 1, 2});
  CHECK_FALSE(rw::from_bytes(rw::to_bytes(five), three, s));
  CHECK_FALSE(rw::merge_bytes(rw::to_bytes(five), three, s));
  CHECK(three.grades() == 3);
  CHECK(three.total() == 3);
  auto pairs = rw::metric::concordance{}.accumulator();
  CHECK_FALSE(rw::from_bytes(rw::to_bytes(rw::metric::xauc{}.accumulator()), pairs, s));

  auto const signed_again = [](std::vector<unsigned char> b) {
    b.resize(b.size() - 8);
    std::uint64_t const sum_of_all = rw::detail::checksum_of(b.data(), b.size());
    for (unsigned k = 0; k < 8; ++k) {
      b.push_back(static_cast<unsigned char>(sum_of_all >> 8 * k));
    }
    return b;
  };
  CHECK(signed_again(bytes) == bytes);
  auto newer = bytes;
  newer[4] = 2;
  CHECK_FALSE(rw::from_bytes(signed_again(newer), moments, s));
  rw::describe(s, text, sizeof text);
  CHECK(std::string(text) == "rankwise: the bytes of a state have another version (2 where 1 is needed)");

  // A checksum that fits does not make sense of nonsense.
  rw::stat::weight_sums sums(3);
  sums.add(1, 1);
  auto forged = rw::to_bytes(sums);
  forged[rw::detail::state_header + 6] = 0xff; // the number of cells: 2^55
  CHECK_FALSE(rw::from_bytes(signed_again(forged), sums, s));
  CHECK(s.code == rw::errc::bad_format);
  auto auc = rw::metric::auc{}.accumulator();
  auto flag = rw::to_bytes(auc);
  flag[rw::detail::state_header] = 2; // a bool
  CHECK_FALSE(rw::from_bytes(signed_again(flag), auc, s));
  rw::label::label_mix mix(2);
  auto const ones = rw::to_bytes(mix);
  auto no_sum = ones;                        // the lengths of the sums: 2, 0; 1, 0
  no_sum[rw::detail::state_header + 24] = 1; // of two
  CHECK_FALSE(rw::from_bytes(signed_again(no_sum), mix, s));

  CHECK_THROWS_AS(rw::from_bytes(bytes, sum), rw::error);
}

TEST_CASE("states that were made with other parameters do not merge, and the error policy hears of it") {
  std::vector<double> const p{0.1, 0.9, 0.4}, y{0, 1, 1};
  auto const refuses = [&](char const* what, auto state, auto other) {
    CAPTURE(std::string(what));
    auto const before = rw::to_bytes(state);
    rw::status s;
    state.merge(other, s);
    CHECK(s.code == rw::errc::bad_format);
    char text[200];
    rw::describe(s, text, sizeof text);
    CHECK(std::string(text) == "rankwise: the state to merge was made with other parameters");
    CHECK_THROWS_AS(state.merge(other), rw::error);
    CHECK(rw::to_bytes(state) == before);
    state.merge(state, s);
    CHECK(s.ok());
  };
  auto const of_items = [&](char const* what, auto state, auto other) {
    state.add(p, y);
    other.add(p, y);
    refuses(what, state, other);
  };
  of_items("log loss", rw::metric::log_loss{}.accumulator(), rw::metric::log_loss{.clip = 0.1}.accumulator());
  of_items("auc", rw::metric::auc_state(1), rw::metric::auc_state(2));
  of_items("reliability", rw::metric::reliability(2), rw::metric::reliability(3));
  of_items("equal-mass reliability", rw::metric::equal_mass_reliability(2), rw::metric::equal_mass_reliability(3));
  of_items("agreement", rw::label::agreement(2), rw::label::agreement(3));
  refuses("group auc", rw::metric::group_auc<>{}.accumulator(), rw::metric::group_auc<>{.threshold = 2}.accumulator());
  refuses("class log loss", rw::metric::class_log_loss{}.accumulator(),
          rw::metric::class_log_loss{.clip = 0.1}.accumulator());
  refuses("label mix", rw::label::label_mix(3), rw::label::label_mix(5));
  refuses("histogram", rw::label::histogram(0, 1, 3), rw::label::histogram(0, 2, 3));
  refuses("off_policy", rw::stat::off_policy{}, rw::stat::off_policy(10));
}

TEST_CASE("the form of the bytes does not change") {
  rw::stat::weight_sums sums(2);
  sums.add(1, 1);
  auto const bytes = rw::to_bytes(sums);
  // Written down by a Python program: "rwst", version; FNV-1a over the words of the kind; length; two cells, 0 and 1,
  // no exact sums; the checksum.
  std::vector<std::uint64_t> const words{0x174737772u, 0x5078af7df3d40006u, 32, 2, 0, 1, 0, 0x1e1e7354263c5b23u};
  std::vector<unsigned char> expected;
  for (std::uint64_t const word : words) {
    for (unsigned k = 0; k < 8; ++k) {
      expected.push_back(static_cast<unsigned char>(word >> 8 * k));
    }
  }
  CHECK(bytes == expected);
}
