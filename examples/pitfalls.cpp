// The traps of the pitfalls page, each with the way around it.
#include "claim.hpp"

#include <rankwise/rankwise.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace rw = rankwise;

namespace {

void strided() {
  std::vector<float> table{0.1f, 9, 0.6f, 9, 0.9f, 9}; // three rows of two numbers
  //{ strided
  // std::span(table.data(), 3) would be 0.1, 9, 0.6: contiguous, and not the column that was meant.
  auto const first_column = rw::strided(table.data(), 3, 2); // 0.1, 0.6, 0.9
  rw::apply(rw::label::cut<2>{0.5}, first_column, first_column);
  //} strided
  claim(table == std::vector<float>{0, 9, 1, 9, 1, 9}, "every second number, in place");
}

void dangling() {
  //{ dangling
  auto const bad = [] {
    std::vector<std::size_t> offsets{0, 2, 3};
    return rw::lists(offsets).items(); // fine here; `return rw::lists(offsets)` would refer to freed offsets
  };
  auto const good = [] { return rw::lists_of_sizes(std::vector{2, 1}); }; // owns its offsets
  //} dangling
  claim(bad() == 3 && good().size() == 2, "owned lists may be returned");
}

void twice() {
  std::vector<float> const scores{3, 1, 2}, labels{1, 0, 1}, w{1, 2, 1};
  auto const lists = rw::lists<>::single(3);
  //{ twice
  constexpr auto loss = rw::loss::softmax{};
  auto const data = loss.prepare(labels, lists, {.item_weights = w}); // here
  rw::status s;
  loss.value(scores, data, {.item_weights = w, .errors = s}); // and not here again: errc::not_prepared
  //} twice
  claim(s.code == rw::errc::not_prepared, "weights given twice are an error");
}

void results() {
  std::vector<float> const scores{3, 1, 2}, more{1, 2, 3};
  auto const lists = rw::lists<>::single(3);
  //{ results
  std::size_t const first = rw::top_k<2>(scores, lists)[0][0]; // within one expression: fine
  auto const top = rw::top_k<2>(more, lists);                  // `for (auto i : rw::top_k<2>(more, lists)[0])` reads
  std::size_t sum = 0;                                         // what is freed before the loop begins
  for (std::size_t const item : top[0]) {
    sum += item;
  }
  //} results
  claim(first == 0 && sum == 3, "a view of a result that has a name");
}

void parameters() {
  std::vector<float> const scores{3, 1, 2}, labels{1, 0, 1};
  auto const lists = rw::lists<>::single(3);
  //{ parameters
  constexpr auto of_four = rw::metric::err<>{.max_grade = 4};
  constexpr auto of_one = rw::metric::err<>{.max_grade = 1};
  auto const data = of_one.prepare(labels, lists);
  double const other = of_four(scores, data); // what of_one says: its max_grade is in the data
  //} parameters
  claim(other == of_one(scores, labels, lists) && other != of_four(scores, labels, lists),
        "prepared data keeps the parameters");
}

void value_type() {
  std::vector<double> const scores{0.25, -1.5, 0.125};
  std::vector<int> const labels{16777217, 1, 0}; // 2^24 + 1 has no float
  auto const lists = rw::lists<>::single(3);
  //{ value-type
  constexpr auto loss = rw::loss::softmax{};
  auto const rounded = loss.prepare(labels, lists);          // integers and float become float
  auto const exact = loss.prepare<double>(labels, lists);    // what double scores usually want
  double const one_shot = loss.value(scores, labels, lists); // decides by the scores: double
  //} value-type
  claim(one_shot == loss.value(scores, exact) && one_shot != loss.value(scores, rounded), "the type of prepare counts");
}

void not_a_number() {
  float const nan = std::numeric_limits<float>::quiet_NaN();
  //{ nan
  std::vector<float> x{0.2f, nan, 0.8f};
  rw::apply(rw::label::polarise{}, x, x); // element-wise: NaN for that item alone
  bool const alone = std::isnan(x[1]) && !std::isnan(x[0]) && !std::isnan(x[2]);

  rw::status s; // list-wise: the list counts as empty, its gradients are 0, the call reports it at the end
  std::vector<float> g(3, 7.0f);
  rw::loss::softmax{}.gradient(x, std::vector{1, 0, 0}, rw::lists<>::single(3), g, {.errors = s});
  //} nan
  claim(alone && s.code == rw::errc::not_finite && g[0] == 0, "NaN, element-wise and list-wise");
}

void aliasing() {
  //{ aliasing
  std::vector<float> x{0.1f, 0.5f, 0.9f, 0.7f};
  rw::apply(rw::label::polarise{}, x, x); // the output may be the input itself ...
  rw::status s;
  rw::apply(rw::label::polarise{}, std::span(x).first(3), std::span(x).last(3), {.errors = s}); // ... but not shifted
  //} aliasing
  claim(s.code == rw::errc::aliasing, "overlapping columns are an error");
}

void accumulation() {
  //{ accumulation
  std::vector<float> const scores(100000, 0.5f), ones(100000, 1.0f);
  auto const one_list = rw::lists<>::single(scores.size());
  constexpr auto loss = rw::loss::softmax{};
  double const in_float = loss.value(scores, ones, one_list); // its terms are floats
  std::vector<double> const wide(scores.begin(), scores.end());
  double const in_double = loss.value(wide, ones, one_list); // double scores: double
  //} accumulation
  double const exact = 100000 * std::log(100000.0);
  std::printf("exact %.3f, float %.3f, double %.3f\n", exact, in_float, in_double);
  claim(near(in_double, exact, 1e-4) && near(in_float / exact, 1, 1e-5),
        "float is good to about 1e-6, double to 1e-15");
}

} // namespace

int main() {
  strided();
  dangling();
  results();
  twice();
  parameters();
  value_type();
  not_a_number();
  aliasing();
  accumulation();
  return broken_claims;
}
