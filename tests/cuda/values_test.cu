#include "check_items.hpp"

#include <rankwise/head/binary.hpp>
#include <rankwise/head/input.hpp>
#include <rankwise/head/ordinal.hpp>
#include <rankwise/value/adjust.hpp>
#include <rankwise/value/contributions.hpp>
#include <rankwise/value/explain.hpp>
#include <rankwise/value/gate.hpp>
#include <rankwise/value/ranker.hpp>

namespace rw = rankwise;

namespace {

constexpr rw::head::ordinal<"relevance", 3> relevance{};
constexpr rw::head::binary<"click"> click{};
auto const ranker =
    rw::make_ranker(rw::heads(relevance, click), rw::weight<"a">(0.6) * expected_grade(relevance) +
                                                     rw::weight<"b">(2) *
                                                         gate(expected_grade(relevance), 0.5, probability(click), 0.1) *
                                                         pow(probability(click), 0.3));

// A template, as nvcc does not name a weight outside of one.
template <class Ranker>
auto changed(Ranker const& r) {
  auto w = r.weights();
  w.template set<"b">(1.5);
  return w;
}
auto weights() {
  return changed(ranker);
}

template <class T, rw::layout Order, rw::memory Where>
rw::matrix<T, Order, Where> rows_of(T* first, std::size_t items) {
  auto const n = static_cast<std::ptrdiff_t>(items);
  return {first, items, 3, Order == rw::layout::row_major ? 3 : 1, Order == rw::layout::row_major ? 1 : n};
}

/// Scores of logits stored as T, in a layout; numbers that float16 and bfloat16 hold exactly.
template <class T, rw::layout Order, class Executor>
auto scored(Executor executor, std::size_t items) {
  std::vector<float> numbers = support::random(8).grades<float>(items * 3, 65);
  for (float& x : numbers) {
    x = (x - 32) / 16;
  }
  if (Order == rw::layout::column_major) {
    std::vector<float> columns(numbers.size());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      columns[i % 3 * items + i / 3] = numbers[i];
    }
    numbers = columns;
  }
  auto const logits = device::sent<Executor, T>(numbers);
  using S = rw::compute_type<T>;
  device::storage<Executor, S> scores(items, S(9));
  ranker.score(executor, rows_of<T const, Order, Executor::where>(rw::as_column(logits).first, items), scores,
               weights());
  return device::fetched(scores);
}

template <class T, rw::layout Order>
void check_scores(char const* name, void* stream) {
  for (std::size_t const items : {0u, 1u, 33u, 5003u}) {
    auto const expected = scored<double, rw::layout::row_major>(rw::exec::scalar{}, items);
    auto const found = scored<T, Order>(device::on(stream), items);
    device::check(device::agrees(found, expected, device::tolerance<rw::compute_type<T>>),
                  std::string("scores, ") + name + ", " + std::to_string(items) + " items");
  }
}

template <class T, class Executor>
auto derivatives(Executor executor) {
  std::size_t const items = 3001;
  support::random random(9);
  auto logits = device::sent<Executor, T>(random.uniforms<float>(items * 3, -3, 3));
  auto const seeds = device::sent<Executor, T>(random.uniforms<float>(items, -1, 1));
  device::storage<Executor, T> by_logit(items * 3, T(9));
  auto const to = rows_of<T, rw::layout::row_major, Executor::where>(rw::as_column(by_logit).first, items);
  auto const from = rows_of<T, rw::layout::row_major, Executor::where>(rw::as_column(logits).first, items);
  auto const by_weight = ranker.gradient(executor, from, seeds, to, weights());
  auto const fetched = device::fetched(by_logit);
  std::vector<double> all(fetched.begin(), fetched.end());
  for (std::size_t k = 0; k < by_weight.size(); ++k) {
    all.push_back(by_weight[k]);
  }
  return all;
}

/// What every quantity contributes to every score.
template <class T, class Executor>
auto contributed(Executor executor) {
  std::size_t const items = 3001;
  auto const why = rw::contributions(ranker);
  auto const logits = device::sent<Executor, T>(support::random(10).uniforms<float>(items * 3, -3, 3));
  device::storage<Executor, T> found(items * why.outputs, T(9));
  rw::matrix<T, rw::layout::row_major, Executor::where> const to{rw::as_column(found).first, items, why.outputs,
                                                                 static_cast<std::ptrdiff_t>(why.outputs), 1};
  why.score(executor, rows_of<T const, rw::layout::row_major, Executor::where>(rw::as_column(logits).first, items), to,
            weights());
  return device::fetched(found);
}

// ---- over lists, which a part of a warp, a warp or a block takes

constexpr rw::ids<"author"> author{};
// Their order does not hang on the last bit of a function.
constexpr rw::head::input<"grade"> grade{};
constexpr rw::head::input<"share"> share{};
auto const adjusted = rw::make_ranker(
    rw::heads(grade, share, click),
    rw::weight<"a">(0.6) * z_score(feature(grade) * rw::weight<"c">(2) + feature(share)) +
        rw::weight<"b">(2) * diversity(min_max(probability(click)), author, {.decay = 0.5, .floor = 0.25}) +
        comb_mnz(feature(grade), probability(click)));

/// Scores, derivatives by logits, derivatives by weights.
template <class T, class Executor, class Ranker>
std::vector<double> over_lists(Executor executor, Ranker const& model) {
  std::vector<int> const sizes{3, 0, 1, 40, 8, 64, 65, 300, 1500, 5};
  auto const lists = rw::lists_of_sizes(sizes);
  std::size_t const items = lists.items();
  support::random random(12);
  std::vector<float> numbers = random.grades<float>(items * 3, 33); // with ties
  for (float& x : numbers) {
    x = (x - 16) / 8;
  }
  std::vector<float> chosen(items);
  std::vector<float> authors(items);
  for (std::size_t i = 0; i < items; ++i) {
    chosen[i] = random.below(6) == 0 ? 0.0f : 1.0f;
    authors[i] = static_cast<float>(random.below(i % 3 == 0 ? 4 : 500));
  }
  auto const logits = device::sent<Executor, T>(numbers);
  auto const seeds = device::sent<Executor, T>(random.uniforms<float>(items, -1, 1));
  auto const mask = device::sent<Executor, std::uint8_t>(chosen);
  auto const by_author = device::sent<Executor, std::int64_t>(authors);
  auto const by_brand = device::sent<Executor, std::uint8_t>(random.grades<float>(items, 7));
  device::storage<Executor, T> scores(items, T(9)), by_logit(items * 3, T(9));
  auto const from = rows_of<T const, rw::layout::row_major, Executor::where>(rw::as_column(logits).first, items);
  auto const to = rows_of<T, rw::layout::row_major, Executor::where>(rw::as_column(by_logit).first, items);
  auto const ids = rw::columns(rw::named<"brand">(by_brand), rw::named<"author">(by_author));
  auto const w = model.weights();
  rw::workspace memory;
  rw::options opts;
  opts.mask = mask;
  model.score(executor, from, ids, lists, scores, w, memory, opts);
  auto const by_weight = model.gradient(executor, from, ids, lists, seeds, to, w, memory, opts);
  std::vector<double> all;
  for (T const s : device::fetched(scores)) {
    all.push_back(std::isinf(s) ? -9.0 : static_cast<double>(s));
  }
  auto const fetched = device::fetched(by_logit);
  all.insert(all.end(), fetched.begin(), fetched.end());
  for (std::size_t k = 0; k < by_weight.size(); ++k) {
    all.push_back(by_weight[k]);
  }
  return all;
}

device::add_family const values("values", [](void* stream) {
  check_scores<float, rw::layout::row_major>("float, row-major", stream);
  check_scores<float, rw::layout::column_major>("float, column-major", stream);
  check_scores<double, rw::layout::row_major>("double, row-major", stream);
  check_scores<rw::bfloat16, rw::layout::row_major>("bfloat16, row-major", stream);
  check_scores<rw::float16, rw::layout::column_major>("float16, column-major", stream);
  device::check(device::agrees(derivatives<float>(device::on(stream)), derivatives<double>(rw::exec::scalar{}), 1e-5),
                "derivatives by logits and weights");

  auto const found = over_lists<double>(device::on(stream), adjusted);
  device::check(device::agrees(found, over_lists<double>(rw::exec::scalar{}, adjusted), 1e-12),
                "list adjusters: scores and derivatives");
  device::check(device::agrees(over_lists<double>(device::on(stream), adjusted), found, 0),
                "list adjusters: the same bits again");

  device::check(device::agrees(contributed<float>(device::on(stream)), contributed<double>(rw::exec::scalar{}), 1e-5),
                "contributions of every quantity");

  // Explanations of items on the device add up to their scores.
  std::vector<float> const logits{1.5f, -0.5f, 0.25f, -1.0f, -2.0f, 1.0f};
  thrust::device_vector<float> const there(logits.begin(), logits.end());
  thrust::device_vector<float> scores(2);
  auto const rows = rows_of<float const, rw::layout::row_major, rw::memory::device>(there.data().get(), 2);
  ranker.score(device::on(stream), rows, scores, weights());
  for (std::size_t item = 0; item < 2; ++item) {
    auto const why = ranker.explain(rows, item, weights());
    device::check(device::agrees(static_cast<double>(scores[item]), why.score, 1e-6), "explanation of the score");
    device::check(ranker.explain(rw::row_major(logits, 3), item, weights()).score == why.score,
                  "explanation of logits on the device");
  }
});

} // namespace
