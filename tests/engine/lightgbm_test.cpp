#include <doctest/doctest.h>

#include <rankwise/compat/losses.hpp>
#include <rankwise/engine/lightgbm.hpp>
#include <rankwise/head/binary.hpp>
#include <rankwise/head/proportional_odds.hpp>
#include <rankwise/head/softmax.hpp>
#include <rankwise/io/letor.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>

#include "support/data.hpp"
#include "support/random.hpp"

// Our declarations against those of an installed header.
#if __has_include(<LightGBM/c_api.h>)
#include <LightGBM/c_api.h>
#endif

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <future>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

// Of LightGBM's C interface, for tests alone.
extern "C" int LGBM_DumpParamAliases(std::int64_t capacity, std::int64_t* size, char* text);
extern "C" int LGBM_BoosterSaveModel(void* handle, int first_round, int rounds, int importance, char const* path);

namespace rw = rankwise;
namespace lgb = rankwise::lightgbm;

namespace {

constexpr std::size_t rows = 900;
constexpr std::size_t columns = 4;

struct sample {
  std::vector<float> x = std::vector<float>(rows * columns);
  std::vector<int> grade = std::vector<int>(rows);
  std::vector<int> click = std::vector<int>(rows);
  rw::lists<> lists = rw::lists<>::uniform(rows / 30, 30);

  explicit sample(std::uint64_t seed) {
    support::random r(seed);
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t k = 0; k < columns; ++k) {
        x[i * columns + k] = static_cast<float>(r.uniform(-2, 2));
      }
      double const eta = 2 * static_cast<double>(x[i * columns]) + r.uniform(-1, 1);
      grade[i] = eta < -1 ? 0 : eta < 2 ? 1 : 2;
      click[i] = static_cast<double>(x[i * columns + 1]) + r.uniform(-1, 1) > 0.5;
    }
  }
  auto matrix() const { return rw::row_major(x, columns); }
};

constexpr auto relevance = rw::head::proportional_odds<"relevance", 3>{.cuts = rw::head::cuts<2>::at(-0.1, 0.1)};
constexpr auto click = rw::head::binary<"click">{};

auto joint(sample const& s) {
  return rw::train::joint(rw::train::objective(relevance, s.grade), rw::train::objective(click, s.click));
}

std::vector<float> kept(auto const& matrix) {
  lgb::logits const z = rw::as_matrix(matrix);
  return {z.first, z.first + z.rows * z.columns};
}

std::string message(auto call) {
  try {
    call();
  } catch (rw::error const& e) {
    return e.what();
  }
  return "";
}

/// Every number of a tree behind the given key, in order.
std::vector<double> numbers_of(std::string const& trees, std::string const& key) {
  std::vector<double> found;
  std::string const name = '"' + key + "\":";
  for (auto at = trees.find(name); at != std::string::npos; at = trees.find(name, at + 1)) {
    found.push_back(std::strtod(trees.c_str() + at + name.size(), nullptr));
  }
  return found;
}

} // namespace

TEST_CASE("lambdarank: the same trees as LightGBM's own") {
  auto const file = rw::io::read_letor(support::data("lightgbm/rank.test"));
  auto const lists = rw::io::read_query_sizes(support::data("lightgbm/rank.test.query"));
  lgb::data features(file, {.threads = 1});
  features.set_labels(file.labels());
  features.set_lists(lists);
  lgb::train_options const options{.rounds = 20,
                                   .threads = 1,
                                   .parameters = {{"deterministic", "true"},
                                                  {"force_col_wise", "true"},
                                                  {"num_leaves", "15"},
                                                  {"min_data_in_leaf", "5"},
                                                  {"min_sum_hessian_in_leaf", "0.001"}}};
  auto with = options;
  with.parameters.push_back({"objective", "lambdarank"});
  std::string const theirs = lgb::train_builtin(features, with).trees();
  auto objective = rw::train::objective(rw::compat::lightgbm::lambdarank<>{}, file.labels(), lists);
  std::string const ours = lgb::train(features, objective, options).trees();

  auto const splits = numbers_of(theirs, "split_feature");
  CHECK(splits.size() > 150);
  // LightGBM looks its sigmoid up in a table. Of two splits with as much gain, to that precision, either may be taken;
  // the leaves below are others then.
  auto const features_of_ours = numbers_of(ours, "split_feature");
  auto const thresholds = numbers_of(theirs, "threshold");
  auto const thresholds_of_ours = numbers_of(ours, "threshold");
  auto const gains = numbers_of(theirs, "split_gain");
  auto const gains_of_ours = numbers_of(ours, "split_gain");
  REQUIRE(features_of_ours.size() == splits.size());
  std::size_t ties = 0;
  for (std::size_t k = 0; k < splits.size(); ++k) {
    if (features_of_ours[k] != splits[k] || thresholds_of_ours[k] != thresholds[k]) {
      CAPTURE(k);
      CHECK(std::fabs(gains_of_ours[k] - gains[k]) <= 5e-5 * gains[k]);
      ++ties;
    }
  }
  CHECK(ties <= 2);
  auto const a = numbers_of(ours, "leaf_value");
  auto const b = numbers_of(theirs, "leaf_value");
  REQUIRE(a.size() == b.size());
  std::size_t others = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    others += std::fabs(a[k] - b[k]) <= 1e-4 ? 0 : 1;
  }
  CHECK(others <= 4 * ties);
  auto other = rw::train::objective(rw::compat::lightgbm::lambdarank<3>{}, file.labels(), lists);
  CHECK(numbers_of(lgb::train(features, other, options).trees(), "split_feature") != splits);
}

TEST_CASE("an objective of LightGBM's own with several outputs") {
  sample const s(13);
  lgb::data features(s.matrix());
  CHECK(features.set_labels(s.grade));
  std::vector<float> seen;
  auto const model = lgb::train_builtin(features, {.rounds = 5,
                                                   .threads = 1,
                                                   .parameters = {{"objective", "multiclass"}, {"num_class", "3"}},
                                                   .evaluations = {{"training", &features, [&](lgb::logits z) {
                                                                      seen = kept(z);
                                                                      return static_cast<double>(z.columns);
                                                                    }}}});
  REQUIRE(model.ready());
  CHECK(model.outputs() == 3);
  auto const z = model.logits(s.matrix());
  REQUIRE(z.columns == 3);
  REQUIRE(seen.size() == 3 * rows);
  double apart = 0; // LightGBM hands its own objective's probabilities to evaluations
  for (std::size_t i = 0; i < rows; ++i) {
    double sum = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      sum += std::exp(static_cast<double>(z(i, k)));
    }
    for (std::size_t k = 0; k < 3; ++k) {
      double const p = std::exp(static_cast<double>(z(i, k))) / sum;
      apart = std::max(apart, std::fabs(p - static_cast<double>(seen[3 * i + k])));
    }
  }
  CHECK(apart < 1e-5);
  std::size_t right = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    std::size_t best = 0;
    for (std::size_t k = 1; k < 3; ++k) {
      best = z(i, k) > z(i, best) ? k : best;
    }
    right += best == static_cast<std::size_t>(s.grade[i]) ? 1 : 0;
  }
  CHECK(right > rows / 2);
}

TEST_CASE("threads share a model") {
  sample const s(3);
  lgb::data const features(s.matrix());
  auto objective = joint(s);
  auto const model = lgb::train(features, objective, {.rounds = 5, .threads = 1});
  REQUIRE(model.ready());
  auto const all = kept(model.logits(s.matrix()));
  sample const other(4);
  auto const others = kept(model.logits(other.matrix()));
  auto const same = [&](sample const& of, std::vector<float> const& expected) {
    bool good = true;
    for (int k = 0; k < 50; ++k) {
      good = good && kept(model.logits(of.matrix())) == expected;
    }
    return good;
  };
  auto beside = std::async(std::launch::async, [&] { return same(other, others); });
  CHECK(same(s, all));
  CHECK(beside.get());
}

TEST_CASE("several heads: outputs are the heads' logits, cut-points learn, the loss falls") {
  sample const s(2);
  lgb::data const features(s.matrix());
  auto objective = joint(s);
  std::vector<double> losses;
  auto const model =
      lgb::train(features, objective, {.rounds = 40, .threads = 1, .on_round = [&](lgb::progress const& p) {
                                         losses.push_back(p.loss);
                                         return true;
                                       }});
  REQUIRE(model.ready());
  CHECK(model.outputs() == 2);
  CHECK(model.rounds() == 40);
  CHECK(losses.size() == 40);
  CHECK(losses.back() < 0.6 * losses.front());
  auto const cuts = objective.get<0>().head().cuts.values();
  CHECK(cuts[0] < -0.5);
  CHECK(cuts[1] > 0.5);
  auto const z = model.logits(s.matrix());
  REQUIRE(z.rows == rows);
  double by_grade = 0, by_click = 0, other = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    by_grade += (s.grade[i] - 1) * static_cast<double>(z(i, 0));
    by_click += (s.click[i] - 0.5) * static_cast<double>(z(i, 1));
    other += (s.click[i] - 0.5) * static_cast<double>(z(i, 0));
  }
  CHECK(by_grade > 100);
  CHECK(by_click > 100);
  CHECK(by_click > 5 * std::fabs(other));
}

TEST_CASE("the outputs of a round are those of the model up to it; evaluation stops in time") {
  sample const s(3);
  sample const held_out(4);
  lgb::data const features(s.matrix());
  lgb::data const others(held_out.matrix(), {.like = &features});
  auto objective = rw::train::objective(rw::loss::softmax{}, s.grade, s.lists);
  std::vector<float> of_training, of_others;
  std::vector<double> values;
  auto const remember = [&](std::vector<float>& to, sample const& from) {
    return [&to, &from](lgb::logits z) {
      to = kept(z);
      return rw::metric::ndcg<10>{}(to, from.grade, from.lists);
    };
  };
  std::size_t rounds = 0;
  auto const model = lgb::train(features, objective,
                                {.rounds = 400,
                                 .learning_rate = 0.3,
                                 .threads = 1,
                                 .evaluations = {{"held out", &others, remember(of_others, held_out)},
                                                 {"training", &features, remember(of_training, s)}},
                                 .patience = 10,
                                 .on_round = [&](lgb::progress const& p) {
                                   rounds = p.round;
                                   values.push_back((*p.values)[0]);
                                   return p.values->size() == 2;
                                 }});
  CHECK(rounds < 400);
  CHECK(model.rounds() == rounds - 10);
  std::vector<float> const z = kept(model.logits(held_out.matrix()));
  CHECK(rw::metric::ndcg<10>{}(z, held_out.grade, held_out.lists) == doctest::Approx(values[model.rounds() - 1]));
  CHECK(values[model.rounds() - 1] > 0.9);

  // Without early stopping the last outputs that the evaluations saw are the model's own.
  auto const full = lgb::train(features, objective,
                               {.rounds = 7,
                                .threads = 1,
                                .evaluations = {{"training", &features, remember(of_training, s)},
                                                {"held out", &others, remember(of_others, held_out)}},
                                .learning_rate_at = [](std::size_t round) { return round < 3 ? 0.5 : 0.05; }});
  CHECK(kept(full.logits(s.matrix())) == of_training);
  CHECK(kept(full.logits(held_out.matrix())) == of_others);
  // The rate of each round: what round 1 adds is worth ten times what it would be at 0.05.
  std::vector<double> const shrinkage = numbers_of(full.trees(), "shrinkage");
  CHECK(shrinkage == std::vector<double>{0.5, 0.5, 0.05, 0.05, 0.05, 0.05, 0.05});
}

TEST_CASE("saved and loaded: the same logits, rounds and cut-points") {
  sample const s(5);
  lgb::data const features(s.matrix());
  auto objective = joint(s);
  auto const model = lgb::train(features, objective, {.rounds = 12, .threads = 1});
  std::string const path = "rankwise_lightgbm_test.txt";
  REQUIRE(model.save(path.c_str()));
  auto const loaded = lgb::model::load(path.c_str());
  std::remove(path.c_str());
  CHECK(loaded.outputs() == 2);
  CHECK(loaded.rounds() == 12);
  CHECK(kept(model.logits(s.matrix())) == kept(loaded.logits(s.matrix())));

  auto fresh = joint(s);
  CHECK(fresh.get<0>().head().cuts.first != objective.get<0>().head().cuts.first);
  CHECK(loaded.restore(fresh));
  CHECK(fresh.get<0>().head().cuts.first == objective.get<0>().head().cuts.first);
  CHECK(fresh.get<0>().head().cuts.steps[0] == objective.get<0>().head().cuts.steps[0]);
  auto other = rw::train::objective(click, s.click);
  CHECK_FALSE(loaded.restore(other));
}

TEST_CASE("a saved file is LightGBM's, and one more line; what cannot be written is named") {
  sample const s(14);
  lgb::data const features(s.matrix());
  auto objective = joint(s);
  auto const model = lgb::train(features, objective, {.rounds = 3, .threads = 1});
  std::string const path = "rankwise_lightgbm_bytes.txt";
  auto const bytes = [&path] {
    std::ifstream file(path, std::ios::binary);
    std::string const all{std::istreambuf_iterator<char>(file), {}};
    file.close();
    std::remove(path.c_str());
    return all;
  };
  REQUIRE(model.save(path.c_str()));
  std::string const ours = bytes();
  REQUIRE(LGBM_BoosterSaveModel(model.handle(), 0, 0, 0, path.c_str()) == 0);
  std::string const theirs = bytes();
  CHECK((!theirs.empty() && ours.starts_with(theirs + "\nrankwise_parameters ")));

  CHECK(message([&] { model.save("/nowhere/m.txt"); }) ==
        "rankwise: /nowhere/m.txt: the file: No such file or directory");
  if (std::ifstream("/dev/full")) {
    CHECK(message([&] { model.save("/dev/full"); }) == "rankwise: /dev/full: the file: No space left on device");
    rw::status status;
    CHECK_FALSE(model.save("/dev/full", status));
    CHECK(status.code == rw::errc::unreadable);
  }
}

TEST_CASE("an evaluation with other columns than the training: one line") {
  sample const s(15);
  lgb::data const features(s.matrix());
  std::vector<float> const other(rows * (columns + 1));
  for (std::size_t const found : {columns - 1, columns + 1}) {
    CAPTURE(found);
    CHECK(message([&] { lgb::data(rw::row_major(other.data(), rows, found), {.like = &features}); }) ==
          "rankwise: the features (columns) has the wrong shape (" + std::to_string(found) + " where 4 is needed)");
  }
  rw::status status;
  lgb::data const narrow(rw::row_major(other.data(), rows, columns - 1), {.like = &features, .errors = status});
  CHECK(status.code == rw::errc::wrong_shape);
  CHECK(narrow.handle() == nullptr);
  // Compressed rows end with the last column that has a value.
  struct {
    std::vector<std::uint64_t> offsets = std::vector<std::uint64_t>(rows + 1);
    std::vector<std::uint32_t> indices{};
    std::vector<float> numbers{};
    auto const& row_offsets() const { return offsets; }
    auto const& column_indices() const { return indices; }
    auto const& values() const { return numbers; }
    std::size_t columns() const { return 3; }
  } sparse;
  lgb::data const compressed(sparse, {.like = &features, .errors = status});
  CHECK_FALSE(compressed.dense());
  CHECK(compressed.handle() != nullptr);
}

TEST_CASE("features of any layout and type") {
  sample const s(6);
  std::vector<double> columns_first(rows * columns);
  std::vector<float> apart(rows * columns * 2);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t k = 0; k < columns; ++k) {
      columns_first[k * rows + i] = static_cast<double>(s.x[i * columns + k]);
      apart[2 * (i * columns + k)] = s.x[i * columns + k];
    }
  }
  rw::matrix<float const, rw::layout::strided> const strided{apart.data(), rows, columns, 2 * columns, 2};
  auto objective = rw::train::objective(click, s.click);
  std::vector<float> first;
  auto const check = [&](auto const& matrix) {
    lgb::data const features(matrix);
    CHECK(features.rows() == rows);
    auto const model = lgb::train(features, objective, {.rounds = 5, .threads = 1});
    std::vector<float> const z = kept(model.logits(matrix));
    if (first.empty()) {
      first = z;
    }
    CHECK(z == first);
  };
  check(s.matrix());
  check(rw::column_major(static_cast<double const*>(columns_first.data()), rows, columns));
  check(strided);
}

TEST_CASE("what the caller sets, under any name of LightGBM's, takes the place of ours") {
  sample const s(8);
  lgb::data const features(s.matrix());
  auto const shrinkage = [&](lgb::train_options o) {
    auto objective = rw::train::objective(click, s.click);
    o.rounds = 3;
    o.threads = 1;
    return numbers_of(lgb::train(features, objective, o).trees(), "shrinkage");
  };
  std::vector<double> const slow(3, 0.02);
  CHECK(shrinkage({}) == std::vector<double>(3, 0.1));
  for (char const* const name : {"learning_rate", "eta", "shrinkage_rate"}) {
    CAPTURE(name);
    CHECK(shrinkage({.parameters = {{name, "0.02"}}}) == slow);
    CHECK(shrinkage({.learning_rate = 0.5, .parameters = {{name, "0.02"}}}) == slow);
    // A schedule is asked in every round, and says what counts.
    CHECK(shrinkage({.parameters = {{name, "0.02"}}, .learning_rate_at = [](std::size_t round) {
                       return round == 2 ? 0.5 : 0.25;
                     }}) == std::vector<double>{0.25, 0.5, 0.25});
  }
  auto const trees = [&](std::vector<lgb::parameter> const& more, std::uint64_t seed = 0) {
    auto objective = rw::train::objective(click, s.click);
    lgb::train_options o{
        .rounds = 5, .seed = seed, .threads = 1, .parameters = {{"bagging_fraction", "0.5"}, {"bagging_freq", "1"}}};
    o.parameters.insert(o.parameters.end(), more.begin(), more.end());
    return numbers_of(lgb::train(features, objective, o).trees(), "leaf_value");
  };
  auto const seeded = trees({}, 7);
  CHECK(seeded != trees({}));
  for (char const* const name : {"seed", "random_seed", "random_state"}) {
    CAPTURE(name);
    CHECK(trees({{name, "7"}}) == seeded);
  }
  for (char const* const name : {"num_threads", "nthread", "n_jobs", "verbose", "metric"}) {
    CAPTURE(name);
    CHECK(trees({{name, std::string(name) == "metric"    ? "auc"
                        : std::string(name) == "verbose" ? "-1"
                                                         : "1"}},
                7) == seeded);
  }
}

TEST_CASE("LightGBM has no other names of what is set here than those that are known") {
  std::int64_t size = 0;
  REQUIRE(LGBM_DumpParamAliases(0, &size, nullptr) == 0);
  std::string text(static_cast<std::size_t>(size), '\0');
  REQUIRE(LGBM_DumpParamAliases(size, &size, text.data()) == 0);
  for (auto const& row : lgb::detail::names) { // "seed": ["random_seed", "random_state"],
    std::string const key = '"' + std::string(row[0]) + "\": [";
    CAPTURE(key);
    auto const from = text.find(key);
    REQUIRE(from != std::string::npos);
    std::string const others = text.substr(from + key.size(), text.find(']', from) - from - key.size());
    std::size_t known = 0;
    for (std::string_view const name : row) {
      known += others.find('"' + std::string(name) + '"') != std::string::npos ? 1 : 0;
    }
    CHECK(known == static_cast<std::size_t>(std::count(others.begin(), others.end(), '"')) / 2);
  }
}

TEST_CASE("parameters that LightGBM would cut, or that are ours: one line each, and nothing is trained") {
  sample const s(9);
  lgb::data const features(s.matrix());
  auto objective = rw::train::objective(click, s.click);
  auto const told = [&](lgb::parameter const& p) {
    return message([&] { lgb::train(features, objective, {.rounds = 1, .threads = 1, .parameters = {p}}); });
  };
  CHECK(told({"monotone_constraints", "1, -1, 0, 0"}) ==
        "rankwise: monotone_constraints: a parameter of LightGBM's has neither white space nor '='");
  for (char const* const value : {" 7", "7\t", "7\nmax_depth=1", "7\r", "a=b"}) {
    CHECK(told({"num_leaves", value}).find("rankwise: num_leaves: ") == 0);
  }
  CHECK(told({"num leaves", "7"}).find("neither white space") != std::string::npos);
  CHECK(told({"monotone_constraints", "1,-1,0,0"}).empty());
  rw::status status;
  CHECK_FALSE(
      lgb::train(features, objective, {.parameters = {{"monotone_constraints", "1, 0"}}, .errors = status}).ready());
  CHECK(status.code == rw::errc::bad_format);
  lgb::data const unread(s.matrix(), {.parameters = {{"max_bin", "63 64"}}, .errors = status});
  CHECK(status.code == rw::errc::bad_format);
  CHECK(unread.handle() == nullptr);

  for (char const* const name : {"objective", "application", "loss"}) {
    CHECK(told({name, "lambdarank"}) ==
          "rankwise: the parameter objective, beside an objective of this library, means nothing to this call");
  }
  auto three = rw::train::objective(rw::head::softmax<"grade", 3>{}, s.grade);
  for (lgb::parameter const& p :
       {lgb::parameter{"num_class", "2"}, lgb::parameter{"num_class", "4"}, lgb::parameter{"num_classes", "2"}}) {
    CAPTURE(p.value);
    CHECK_FALSE(lgb::train(features, three, {.rounds = 2, .threads = 1, .parameters = {p}, .errors = status}).ready());
    CHECK(status.code == rw::errc::wrong_shape);
  }
  CHECK(lgb::train(features, three, {.rounds = 2, .threads = 1, .parameters = {{"num_class", "3"}}}).ready());
}

TEST_CASE("what is wrong is said in one line, and nothing is trained") {
  sample const s(7);
  lgb::data features(s.matrix());
  std::vector<int> const few(rows - 1);
  auto objective = rw::train::objective(click, few);
  CHECK(message([&] { lgb::train(features, objective); }) ==
        "rankwise: the objective's labels has 899 entries where 900 are needed");
  auto good = rw::train::objective(click, s.click);
  std::string const text = message([&] { lgb::train(features, good, {.parameters = {{"num_leaves", "many"}}}); });
  CHECK(text.find("LightGBM says \"") != std::string::npos);
  CHECK(text.find("num_leaves") != std::string::npos);
  CHECK(text.find('\n') == std::string::npos);
  rw::status status;
  CHECK_FALSE(lgb::train(features, good, {.parameters = {{"num_leaves", "many"}}, .errors = status}).ready());
  CHECK(status.code == rw::errc::engine_failed);
  CHECK(message([] { lgb::model::load("/nowhere/model.txt"); }).find("loading the model failed") != std::string::npos);
  CHECK_FALSE(features.set_labels(few, status));
  CHECK(status.code == rw::errc::size_mismatch);

  auto const model = lgb::train(features, good, {.rounds = 2, .threads = 1});
  std::vector<float> const narrow(rows * 2);
  CHECK(message([&] { model.logits(rw::row_major(narrow, 2)); }).find("predicting failed") != std::string::npos);
}

TEST_CASE("features that were not read, a model without trees, evaluations that lack something, NaN: one line each") {
  sample const s(12);
  rw::status status;
  lgb::data const broken(s.matrix(), {.parameters = {{"max_bin", "none"}}, .errors = status});
  CHECK(status.code == rw::errc::engine_failed);
  auto objective = rw::train::objective(click, s.click);
  CHECK(message([&] { lgb::train(broken, objective); }) == "rankwise: the features were not read");
  CHECK(message([&] { lgb::train_builtin(broken); }) == "rankwise: the features were not read");
  lgb::data unread(s.matrix(), {.parameters = {{"max_bin", "none"}}, .errors = status});
  CHECK(message([&] { unread.set_labels(s.click); }) == "rankwise: the features were not read");
  CHECK(message([&] { unread.set_lists(s.lists); }) == "rankwise: the features were not read");
  lgb::data const features(s.matrix(), {.threads = 1});
  lgb::evaluation const nothing{"none", nullptr, [](lgb::logits) { return 1.0; }};
  CHECK(message([&] { lgb::train(features, objective, {.rounds = 1, .evaluations = {nothing}}); }) ==
        "rankwise: an evaluation lacks its features or its measure");
  std::string const no_trees = "rankwise: the model has no trees: it was not trained, or not loaded";
  CHECK(message([&] { lgb::model{}.logits(s.matrix()); }) == no_trees);
  CHECK(message([&] { lgb::model{}.save("nothing.txt"); }) == no_trees);
  CHECK(message([&] { lgb::model{}.trees(); }) == no_trees);
  auto nothing_to_restore = rw::train::objective(rw::loss::softmax{}, s.grade, s.lists);
  CHECK_FALSE(lgb::model{}.restore(nothing_to_restore));

  std::vector<float> labels(s.click.begin(), s.click.end());
  labels[3] = std::nanf("");
  auto holes = rw::train::objective(click, labels);
  CHECK(message([&] { lgb::train(features, holes, {.rounds = 2, .threads = 1}); }).find("is NaN or infinite") !=
        std::string::npos);
  CHECK(lgb::train(features, holes, {.rounds = 2, .threads = 1, .errors = status}).ready());
  CHECK(status.code == rw::errc::not_finite);
}
