// Every word of the nomenclature page, in code.
#include "claim.hpp"

#include <rankwise/rankwise.hpp>

#include <cstddef>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

namespace rw = rankwise;

namespace {

//{ element-policy
struct halve {
  template <class V>
  RANKWISE_FN V operator()(V x) const {
    return x * V(0.5f);
  }
};
//} element-policy

//{ list-policy
struct mean_score {
  template <class List>
  RANKWISE_FN auto operator()(List const& list) const { // `list` is a list view
    return list.sum([&](auto i) { return list.score(i); }) / list.sum([&](auto i) { return list.weight(i); });
  }
  RANKWISE_METRIC_CALLS
};
//} list-policy

//{ formula
template <class List>
RANKWISE_FN auto squared_scores(List const& list) {
  return list.sum([&](auto i) { return list.score(i) * list.score(i); }); // no loop, no lane, no thread
}
//} formula

struct power {
  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    return squared_scores(list);
  }
  RANKWISE_METRIC_CALLS
};

//{ scratch
struct keeps_one_number_per_item {
  using scratch = rw::scratch_columns<1, 0>; // one value column, no index column
};
//} scratch

void items() {
  //{ lists
  std::vector<float> const scores{0.1f, 0.9f, 0.3f, 0.5f, 0.4f}; // five items
  std::vector<std::size_t> const offsets{0, 3, 5};               // two lists: items 0 1 2 and items 3 4
  auto const lists = rw::lists(offsets);
  //} lists
  std::vector<float> out(5);
  rw::apply(halve{}, scores, out);
  claim(near(static_cast<double>(out[1]), 0.45, 1e-6), "an element policy");
  claim(near(mean_score{}(scores, scores, lists), (1.3 / 3 + 0.45) / 2, 1e-6), "a list-wise policy");
  claim(near(power{}(scores, scores, lists), (0.91 + 0.41) / 2, 1e-6), "a formula");

  //{ mask
  std::vector<unsigned char> const mask{1, 0, 1, 1, 1}; // item 1 does not take part; the others are live
  double const best = rw::metric::ndcg<1>{}(scores, scores, lists, {.mask = mask});
  float const out_of_it = -std::numeric_limits<float>::infinity(); // a score of minus infinity does the same
  //} mask
  claim(near(best, 1) && out_of_it < 0, "a mask");

  //{ prepared
  constexpr auto loss = rw::loss::softmax{};
  auto const data = loss.prepare(scores, lists); // labels and lists: all that does not change from round to round
  double const value = loss.value(scores, data);
  //} prepared
  claim(value > 0, "prepared data");

  //{ workspace
  rw::workspace memory(loss.workspace_bytes(data)); // allocates once
  std::vector<float> gradient(5);
  loss.gradient(scores, data, gradient, memory); // does not allocate
  //} workspace
  claim(gradient[0] != 0, "a workspace");

  //{ error-policy
  rw::status told;
  rw::metric::ndcg<1>{}(scores, scores, lists, {.errors = told});                   // told
  rw::metric::ndcg<1>{}(scores, scores, lists, {.errors = rw::on_error::aborts()}); // aborts with a message
  rw::metric::ndcg<1>{}(scores, scores, lists);                                     // throws: the default
  //} error-policy
  claim(told.ok(), "an error policy");

  //{ flagged
  std::vector<float> const broken{0.1f, std::numeric_limits<float>::quiet_NaN(), 0.3f, 0.5f, 0.4f};
  loss.gradient(broken, data, gradient, {.errors = told}); // list 0 is flagged: told.where is 0
  bool const silent = gradient[0] == 0 && gradient[1] == 0 && gradient[2] == 0;
  //} flagged
  claim(told.code == rw::errc::not_finite && told.where == 0 && silent && gradient[3] != 0, "a flagged list");
}

void words() {
  //{ policy
  constexpr auto spread = rw::label::polarise{.steepness = 8}; // parameters are members
  constexpr auto hard = rw::label::polarise{};                 // with defaults
  static_assert(std::is_trivially_copyable_v<rw::label::polarise>);
  //} policy
  claim(spread.steepness < hard.steepness, "a policy");

  //{ bound
  auto const in_float = rw::bound<float>(spread); // double parameters became float
  float const y = in_float(0.5f);
  static_assert(std::is_same_v<decltype(in_float.steepness), float>);
  //} bound
  claim(y == 0.5f, "a bound policy");

  //{ composition
  constexpr auto to_grade = rw::label::polarise{} | rw::label::cut<3>{0.35, 0.65};
  using strict = rw::metric::ndcg<10, rw::gain::linear, rw::empty::skip>;
  //} composition
  static_assert(rw::label::transform<std::remove_const_t<decltype(to_grade)>> && std::is_empty_v<strict>);

  //{ column
  std::vector<double> numbers{1, 2, 3, 4, 5, 6};
  auto const column = rw::as_column(numbers); // address and size: what every executor works with
  double const third = column[2];
  //} column
  //{ strided
  auto const odd = rw::strided(numbers.data(), 3, 2); // 1, 3, 5: never made silently
  double const last = odd[2];
  //} strided
  //{ matrix
  auto const rows = rw::row_major(numbers, 2); // three items with two numbers each
  auto const columns = rw::column_major(numbers.data(), 3, 2);
  double const corner = rows(2, 1) + columns(2, 1);
  //} matrix
  claim(third == 3 && last == 5 && corner == 12, "column, strided column, matrix");

  //{ executor
  rw::apply(rw::exec::scalar{}, rw::label::polarise{}, numbers, numbers); // one item at a time
  rw::apply(rw::exec::simd{}, rw::label::polarise{}, numbers, numbers);   // a register at a time
  rw::apply(rw::label::polarise{}, numbers, numbers);                     // the container decides: simd
  //} executor

  //{ pack
  using V = rw::exec::simd::vector<float>; // value type: a register with rw::math::lanes<V> lanes
  rw::pack<V> const here{0};               // the items 0 .. lanes-1
  rw::partial_pack<V> const rest{0, 3};    // the last three items of a range
  //} pack
  claim(here.live() == static_cast<std::size_t>(rw::math::lanes<V>) && rest.live() == 3, "packs");

  //{ head
  constexpr auto relevance = rw::head::ordinal<"relevance", 3>{}; // two logits: z_1, z_2
  constexpr auto click = rw::head::binary<"click">{};             // one logit
  constexpr auto model = rw::heads(relevance, click);             // three logit columns
  //} head
  //{ value-model
  constexpr auto value = rw::weight<"relevance">(0.7) * expected_grade(relevance) // a named weight and a quantity
                         + rw::weight<"click">(0.3) * probability(click);
  using unit = rw::value::unit_of<std::remove_const_t<decltype(value)>>; // score
  //} value-model
  static_assert(std::is_same_v<unit, rw::unit::score> && model.columns == 3);
  //{ ranker
  constexpr auto ranker = rw::ranker{model, value};
  auto weights = ranker.weights(); // run-time values of the named weights
  weights.set<"click">(0.5);
  //} ranker
  claim(weights.get<"click">() == 0.5 && weights.get<"relevance">() == 0.7, "a ranker and its weights");

  //{ piece
  using plain = rw::metric::ndcg<10>;                    // every slot has its default piece
  using linear = rw::metric::ndcg<10, rw::gain::linear>; // a piece knows its slot
  static_assert(std::is_same_v<linear::discount, plain::discount> && !std::is_same_v<linear::gain, plain::gain>);
  //} piece
}

} // namespace

int main() {
  items();
  words();
  return broken_claims;
}
