// The pieces of core/, page by page.
#include "claim.hpp"

#include <rankwise/core/arch.hpp>
#include <rankwise/core/columns.hpp>
#include <rankwise/core/config.hpp>
#include <rankwise/core/error.hpp>
#include <rankwise/core/lists.hpp>
#include <rankwise/core/name.hpp>
#include <rankwise/core/options.hpp>
#include <rankwise/core/policies.hpp>
#include <rankwise/core/policy.hpp>
#include <rankwise/core/tensor.hpp>
#include <rankwise/core/workspace.hpp>
#include <rankwise/head/binary.hpp>
#include <rankwise/head/ordinal.hpp>
#include <rankwise/label/clip.hpp>
#include <rankwise/label/polarise.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/value/ranker.hpp>
#include <rankwise/version.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

namespace rw = rankwise;

namespace {

//{ version
#if RANKWISE_VERSION_MAJOR == 0 && RANKWISE_VERSION_MINOR < 1
#error "this program needs rankwise 0.1"
#endif
//} version

//{ config
// Arithmetic of a policy: runs on the host, on a CUDA device and in constant expressions, always inlined.
template <class V>
RANKWISE_FN V square(V x) {
  return x * x;
}
static_assert(square(3.0) == 9.0);
//} config

//{ arch
// A function that is compiled differently for different instruction sets has one in its signature.
template <class Isa = rw::arch::native>
constexpr bool has_avx2() {
  return (Isa::extensions & rw::arch::bit::avx2) != 0;
}
static_assert(has_avx2<rw::arch::x86_64_v3>() && !has_avx2<rw::arch::x86_64>());
//} arch

//{ name
template <rw::name Column>
struct feature {
  static constexpr auto label = Column;
};
static_assert(feature<"price">::label == rw::name("price"));
static_assert(rw::index_of<"b", "a", "b", "c">() == 1);
static_assert(rw::distinct<"a", "b">() && !rw::distinct<"a", "a">());
//} name

//{ policies
// A policy with two slots; the pieces come in any order, and each slot has a default.
template <class... Pieces>
struct cumulated_gain {
  static_assert(rw::slot_set<rw::slots::gain, rw::slots::discount>::accepts<Pieces...>());
  using gain = rw::pick<rw::slots::gain, rw::gain::exponential, Pieces...>;
  using discount = rw::pick<rw::slots::discount, rw::discount::log2, Pieces...>;
};
static_assert(std::is_same_v<cumulated_gain<rw::gain::linear>::gain, rw::gain::linear>);
static_assert(std::is_same_v<cumulated_gain<rw::gain::linear>::discount, rw::discount::log2>);
//} policies

void policy() {
  //{ policy
  constexpr auto p = rw::label::polarise{.steepness = 10, .centre = 0.5}; // parameters are double
  auto const f = rw::bound<float>(p);                                     // ... and float once the numbers are
  float const y = f(0.75f);

  auto const quick = rw::bound<float>(rw::fast(p)); // the same policy with the fast functions of math/
  //} policy
  //{ fault
  static_assert(rw::fault_of(rw::label::polarise{}) == nullptr); // in range
  rw::status told;
  rw::apply(rw::label::clip{.low = 1, .high = 0}, std::span<float>{}, std::span<float>{}, {.errors = told});
  // told: low of clip (at most high) is out of range
  //} fault
  claim(told.code == rw::errc::out_of_range, "parameters are checked");
  claim(near(static_cast<double>(quick(0.75f)), static_cast<double>(y), 1e-5), "fast is close");
  claim(std::is_same_v<decltype(f.steepness), float> && near(static_cast<double>(y), 0.9241418, 1e-6),
        "bound<float>(policy) computes in float");
}

void lists() {
  //{ lists
  std::vector<std::int32_t> const offsets{0, 3, 3, 7};
  auto const ragged = rw::lists(offsets);                       // 3 lists: 3 items, none, 4; refers to `offsets`
  auto const owning = rw::lists_of_sizes(std::vector{3, 0, 4}); // the same, with offsets of its own
  auto const uniform = rw::lists<>::uniform(100, 20);           // 100 lists of 20 items: no offsets at all
  auto const single = rw::lists<>::single(7);                   // one list
  //} lists
  //{ lists-of-ids
  std::vector<std::int64_t> const query{70, 70, 70, 12, 12, 35, 35}; // of every item; equal ones stand together
  auto const by_query = rw::lists_of_ids(query);                     // 3 lists: 3 items, 2, 2
  //} lists-of-ids
  claim(by_query.size() == 3 && by_query.begin_of(2) == 5, "lists from ids");
  claim(ragged.size() == 3 && ragged.items() == 7 && ragged.longest() == 4 && ragged.size_of(1) == 0, "ragged lists");
  claim(owning.begin_of(2) == 3 && owning.end_of(2) == 7, "lists from sizes");
  claim(uniform.items() == 2000 && single.size() == 1, "uniform lists");
}

void error() {
  std::vector<float> const scores{3, 2, 1};
  std::vector<float> const labels{1, 0};
  auto const lists = rw::lists<>::single(3);
  //{ error
  constexpr auto ndcg = rw::metric::ndcg<10>{};

  try {
    ndcg(scores, labels, lists); // the default: an exception
  } catch (rw::error const& e) {
    std::puts(e.what());
  }

  rw::status s; // or a status: nothing is thrown, nothing is written, the value is NaN
  double const v = ndcg(scores, labels, lists, {.errors = s});
  if (!s) {
    char text[200];
    rw::describe(s, text, sizeof text);
    std::puts(text);
  }
  //} error
  claim(std::isnan(v) && s.code == rw::errc::offsets_overrun, "a status instead of an exception");
  claim(s.expected == 3 && s.found == 2 && std::strcmp(s.argument, "labels") == 0, "that says what was wrong");
}

void options() {
  std::vector<float> const scores{3, 2, 1, 5, 4};
  std::vector<float> const labels{0, 1, 2, 1, 0};
  auto const lists = rw::lists_of_sizes(std::vector{3, 2});
  //{ options
  std::vector<float> const w{1, 1, 0.5f, 1, 1};          // per item
  std::vector<double> const q{2, 1};                     // per list
  std::vector<unsigned char> const there{1, 1, 1, 1, 0}; // per item: 0 takes it out
  std::vector<double> each(2);                           // receives the value of every list
  double const mean = rw::metric::ndcg<10>{}(scores, labels, lists,
                                             {.item_weights = w, .list_weights = q, .mask = there, .per_list = each});
  //} options
  claim(near(mean, (2 * each[0] + each[1]) / 3, 1e-12), "the mean is weighted by the list weights");
  claim(near(each[1], 1), "a list with one item left is perfect");
}

void tensor() {
  //{ tensor
  std::vector<float> numbers(12);                    // a column: any contiguous range
  auto const all = rw::as_column(numbers);           // the view that the library makes of it
  auto const every = rw::strided(&numbers[1], 4, 3); // elements 1, 4, 7, 10: asked for by name
  auto const by_row = rw::row_major(numbers, 3);     // 4 items with 3 numbers each
  auto const by_column = rw::column_major(numbers.data(), 4, 3);
  auto const first_two = rw::row_major(numbers.data(), 4, 2, 3); // of every three: the next row begins 3 further on
  by_row(2, 1) = 5;
  //} tensor
  claim(all.size() == 12 && every[2] == 5 && numbers[7] == 5, "row 2, column 1 is number 7");
  claim(&by_column(2, 1) == &numbers[6], "column-major: row 2, column 1 is number 6");
  claim(&first_two(2, 1) == &numbers[7] && first_two.columns == 2, "rows of a wider table");
  //{ concepts
  static_assert(rw::tensor_column<std::vector<float>> && rw::tensor_column<std::span<double const>>);
  static_assert(!rw::tensor_column<float>);
  static_assert(std::is_same_v<rw::value_of<std::vector<int> const>, int>);
  static_assert(std::is_same_v<rw::compute_type<int>, float> && std::is_same_v<rw::compute_type<double>, double>);
  //} concepts
}

void columns() {
  //{ columns
  constexpr auto relevance = rw::head::ordinal<"relevance", 3>{};
  constexpr auto click = rw::head::binary<"click">{};
  constexpr auto ranker = rw::ranker{rw::heads(relevance, click), expected_grade(relevance) * probability(click)};
  std::vector<float> const good{1, -1}, excellent{0, -2}, clicked{-1, 0.5f}; // logits as separate columns
  std::vector<float> scores(2), same(2);
  ranker.score(rw::columns(rw::named<"click">(clicked), rw::named<"relevance">(good, excellent)), scores);
  //} columns
  std::vector<float> const rows{1, 0, -1, -1, -2, 0.5f};
  ranker.score(rw::row_major(rows, 3), same);
  claim(scores == same, "names put the columns in the order of the heads");
}

void workspace() {
  std::vector<float> const scores{3, 2, 1, 5, 4};
  std::vector<float> const labels{0, 1, 2, 1, 0};
  std::vector<float> gradient(5);
  auto const lists = rw::lists_of_sizes(std::vector{3, 2});
  //{ workspace
  constexpr auto loss = rw::loss::softmax{};
  auto const data = loss.prepare(labels, lists);
  rw::workspace memory(loss.workspace_bytes(data)); // allocates here ...
  for (int round = 0; round < 100; ++round) {
    loss.gradient(scores, data, gradient, memory); // ... and never here
  }

  alignas(rw::workspace::alignment) static std::array<std::byte, 4096> arena;
  rw::workspace fixed{std::span<std::byte>(arena)}; // memory of the caller's: too little is an error, not an allocation
  double const value = loss.gradient(scores, data, gradient, fixed);
  //} workspace
  claim(memory.size() == loss.workspace_bytes(data), "the workspace has the size that was asked for");
  claim(near(value, loss.value(scores, labels, lists), 0), "and borrowed memory gives the same value");
}

} // namespace

int main() {
  policy();
  lists();
  error();
  options();
  tensor();
  columns();
  workspace();
  return broken_claims;
}
