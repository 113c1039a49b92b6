#include <doctest/doctest.h>

#include <rankwise/engine/xgboost.hpp>
#include <rankwise/engine/xgboost_file.hpp>
#include <rankwise/head/binary.hpp>
#include <rankwise/head/proportional_odds.hpp>
#include <rankwise/head/softmax.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>

#include "support/random.hpp"

// Our declarations against those of the installed header.
#if __has_include(<xgboost/c_api.h>)
#include <xgboost/c_api.h>
#endif

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace rw = rankwise;
namespace xgb = rankwise::xgboost;

namespace {

constexpr std::size_t rows = 1500;
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

// Written down here, so that derivatives, layout and prediction are compared with the engine's own.
struct squared {
  static constexpr std::size_t outputs = 1;
  std::vector<int> const& y;

  std::size_t items() const { return y.size(); }
  double derive(xgb::logits z, auto const& g, auto const& h) {
    double sum = 0;
    for (std::size_t i = 0; i < z.rows; ++i) {
      g(i, 0) = z(i, 0) - static_cast<float>(y[i]);
      h(i, 0) = 1;
      sum += 0.5 * std::pow(static_cast<double>(g(i, 0)), 2);
    }
    return sum;
  }
  void learn(xgb::logits) {}
  void for_each_state(auto) {}
};

std::string message(auto call) {
  try {
    call();
  } catch (rw::error const& e) {
    return e.what();
  }
  return "";
}

} // namespace

TEST_CASE("squared error by hand gives the trees of XGBoost's own objective") {
  sample const s(1);
  xgb::data features(s.matrix());
  squared objective{s.grade};
  auto const ours = xgb::train(features, objective, {.rounds = 20, .seed = 3, .threads = 1});
  features.set_labels(s.grade);
  auto const theirs = xgb::train_builtin(
      features,
      {.rounds = 20, .seed = 3, .threads = 1, .parameters = {{"objective", "reg:squarederror"}, {"base_score", "0"}}});
  auto const a = ours.logits(features);
  std::vector<float> const kept(a.first, a.first + rows);
  auto const b = theirs.logits(features);
  for (std::size_t i = 0; i < rows; ++i) {
    CAPTURE(i);
    CHECK(kept[i] == b(i, 0));
  }
}

TEST_CASE("several heads: outputs are the heads' logits, cut-points learn, the loss falls") {
  sample const s(2);
  xgb::data const features(s.matrix());
  auto objective = joint(s);
  std::vector<double> losses;
  auto const model =
      xgb::train(features, objective, {.rounds = 40, .threads = 1, .on_round = [&](xgb::progress const& p) {
                                         losses.push_back(p.loss);
                                         return true;
                                       }});
  REQUIRE(model.ready());
  CHECK(model.outputs() == 2);
  CHECK(losses.size() == 40);
  CHECK(losses.back() < 0.5 * losses.front());
  auto const cuts = objective.get<0>().head().cuts.values();
  CHECK(cuts[0] < -0.5);
  CHECK(cuts[1] > 0.5);
  auto const z = model.logits(features);
  // Column 0 ranks by grade, column 1 by click.
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

TEST_CASE("a list-wise loss learns to rank; evaluation stops it in time") {
  sample const s(3);
  sample const held_out(4);
  xgb::data const features(s.matrix());
  xgb::data const others(held_out.matrix());
  auto objective = rw::train::objective(rw::loss::softmax{}, s.grade, s.lists);
  auto const quality = [&](xgb::logits z) {
    std::vector<float> const scores(z.first, z.first + z.rows);
    return rw::metric::ndcg<10>{}(scores, held_out.grade, held_out.lists);
  };
  std::size_t rounds = 0;
  auto const model = xgb::train(features, objective,
                                {.rounds = 400,
                                 .learning_rate = 0.3,
                                 .threads = 1,
                                 .evaluations = {{"ndcg", &others, quality}},
                                 .patience = 10,
                                 .on_round = [&rounds](xgb::progress const& p) {
                                   rounds = p.round;
                                   return p.values->size() == 1;
                                 }});
  CHECK(rounds < 400);
  CHECK(model.rounds() == rounds - 10);
  CHECK(quality(model.logits(others)) > 0.9);

  // A forest of the saved file answers with the same rounds.
  std::string const path = "rankwise_xgboost_stopped_" + std::to_string(::getpid()) + ".json";
  REQUIRE(model.save(path.c_str()));
  rw::train::forest forest;
  REQUIRE(xgb::read_forest(path, forest));
  std::remove(path.c_str());
  CHECK(forest.trees() == model.rounds());
  std::vector<float> ours(rows);
  forest.logits(held_out.matrix(), rw::row_major(ours, 1));
  auto const theirs = model.logits(others);
  CHECK(std::memcmp(ours.data(), theirs.first, rows * sizeof(float)) == 0);
}

TEST_CASE("saved and loaded: the same logits, rounds and cut-points") {
  sample const s(5);
  xgb::data const features(s.matrix());
  auto objective = joint(s);
  auto const model = xgb::train(features, objective, {.rounds = 12, .threads = 1});
  std::string const path = "rankwise_xgboost_test_" + std::to_string(::getpid()) + ".json"; // two programs run this
  REQUIRE(model.save(path.c_str()));
  auto const loaded = xgb::model::load(path.c_str());
  std::remove(path.c_str());
  CHECK(loaded.outputs() == 2);
  auto const z = model.logits(features);
  std::vector<float> const before(z.first, z.first + 2 * rows);
  auto const again = loaded.logits(features);
  CHECK(std::equal(before.begin(), before.end(), again.first));

  auto fresh = joint(s);
  CHECK(fresh.get<0>().head().cuts.first != objective.get<0>().head().cuts.first);
  CHECK(loaded.restore(fresh));
  CHECK(fresh.get<0>().head().cuts.first == objective.get<0>().head().cuts.first);
  CHECK(fresh.get<0>().head().cuts.steps[0] == objective.get<0>().head().cuts.steps[0]);
  auto other = rw::train::objective(click, s.click);
  CHECK_FALSE(loaded.restore(other));
}

TEST_CASE("the format of a saved file is XGBoost's for its name, byte for byte") {
  sample const s(16);
  xgb::data const features(s.matrix());
  auto objective = joint(s);
  auto const model = xgb::train(features, objective, {.rounds = 3, .threads = 1});
  auto const bytes = [](std::string const& path) {
    std::ifstream file(path, std::ios::binary);
    std::string const all{std::istreambuf_iterator<char>(file), {}};
    file.close();
    std::remove(path.c_str());
    return all;
  };
  std::string const stem = "rankwise_xgboost_format_" + std::to_string(::getpid());
  for (char const* const ending : {".json", ".JSON", ".json.", ".json..", ".x.ubj", ".deprecated", ".model", ".", ""}) {
    std::string const path = stem + ending;
    CAPTURE(path);
    REQUIRE(model.save(path.c_str()));
    std::string const ours = bytes(path);
    REQUIRE(xgb::c::XGBoosterSaveModel(model.handle(), path.c_str()) == 0);
    CHECK((!ours.empty() && ours == bytes(path)));
  }
}

TEST_CASE("files that cannot be written or read: by their names") {
  sample const s(17);
  xgb::data const features(s.matrix());
  auto objective = joint(s);
  auto const model = xgb::train(features, objective, {.rounds = 1, .threads = 1});
  rw::status status;
  if (std::ifstream("/dev/full")) { // small models find no room when the file is closed
    CHECK(message([&] { model.save("/dev/full"); }) == "rankwise: /dev/full: the file: No space left on device");
    CHECK_FALSE(model.save("/dev/full", status));
    CHECK(status.code == rw::errc::unreadable);
  }
  CHECK(message([&] { model.save("/nowhere/m.json"); }) ==
        "rankwise: /nowhere/m.json: the file: No such file or directory");
  CHECK(message([&] { model.save("file:///nowhere/m.json"); }).find("/nowhere/m.json") != std::string::npos);

  std::string const path = "rankwise_xgboost_empty_" + std::to_string(::getpid()) + ".json";
  std::ofstream(path).close();
  std::string const empty = message([&] { xgb::model::load(path.c_str()); });
  std::remove(path.c_str());
  CHECK(empty.find(path) < empty.size()); // XGBoost says it from 2.1 on, this library before
  CHECK(empty.find(path) == empty.rfind(path));
  CHECK(empty.find("\": loading the model failed") != std::string::npos);
  std::string const missing = message([] { xgb::model::load("/nowhere/model.json"); });
  CHECK(missing.find("/nowhere/model.json") == missing.rfind("/nowhere/model.json"));
}

TEST_CASE("of XGBoost's messages, what they say") {
  using xgb::detail::sentence_of;
  CHECK(sentence_of("[12:00:00] ../src/a.cc:7: Check failed: rows == labels (3 vs. 5) : One label per row.\nStack") ==
        "XGBoost says \"One label per row.\"");
  CHECK(sentence_of("[12:00:00] ../src/a.cc:7: Check failed: str.size() >= 3 (1 vs. 3) : \nStack trace:\n") ==
        "XGBoost says \"Check failed: str.size() >= 3 (1 vs. 3)\"");
  CHECK(sentence_of("[12:00:00] ../src/a.cc:7: Check failed: fi: Opening x failed\nStack") ==
        "XGBoost says \"Check failed: fi: Opening x failed\"");
  CHECK(sentence_of("[12:00:00] ../src/a.cc:7: Booster has not been initialized.\n") ==
        "XGBoost says \"Booster has not been initialized.\"");
  CHECK(sentence_of("") == "XGBoost says \"\"");
}

TEST_CASE("a model that was not trained or loaded has no notes, and takes none") {
  sample const s(18);
  rw::status status;
  auto model = xgb::model::load("/nowhere/model.json", status);
  CHECK(status.code == rw::errc::engine_failed);
  auto objective = joint(s);
  auto plain = rw::train::objective(rw::loss::softmax{}, s.grade, s.lists); // it has no numbers to restore
  CHECK_FALSE(model.restore(objective));
  CHECK_FALSE(model.restore(plain));
  CHECK(model.attribute("rankwise_rounds").empty());
  for (bool const keeps : {false, true}) {
    status = {};
    CHECK_FALSE((keeps ? model.keep(objective, status) : model.set_attribute("a", "b", status)));
    CHECK(status.code == rw::errc::engine_failed);
  }
  CHECK(message([&] { model.set_attribute("a", "b"); }).find("rankwise: XGBoost says \"") == 0);
}

TEST_CASE("fewer columns than the trees know, or an evaluation with other columns: one line") {
  sample const s(19);
  xgb::data const features(s.matrix());
  auto objective = rw::train::objective(click, s.click);
  auto const model = xgb::train(features, objective, {.rounds = 2, .threads = 1});
  std::vector<float> const other(rows * (columns + 1));
  std::string const wrong = "rankwise: the features (columns) has the wrong shape ";
  xgb::data const narrow(rw::row_major(other.data(), rows, columns - 1));
  xgb::data const wide(rw::row_major(other.data(), rows, columns + 1));
  CHECK(message([&] { model.logits(narrow); }) == wrong + "(3 where 4 is needed)");
  rw::status status;
  CHECK(model.logits(narrow, status).rows == 0);
  CHECK(status.code == rw::errc::wrong_shape);
  auto const measure = [](xgb::logits) { return 1.0; };
  CHECK(message([&] {
          xgb::train(features, objective, {.evaluations = {{"narrow", &narrow, measure}}});
        }) == wrong + "(3 where 4 is needed)");
  CHECK(message([&] {
          xgb::train(features, objective, {.evaluations = {{"wide", &wide, measure}}});
        }) == wrong + "(5 where 4 is needed)");
  CHECK_FALSE(xgb::train(features, objective, {.evaluations = {{"wide", &wide, measure}}, .errors = status}).ready());
  CHECK(status.code == rw::errc::wrong_shape);

  // Compressed rows end with the last column that has a value; without rows there is nothing to ask.
  struct {
    std::vector<std::uint64_t> offsets = std::vector<std::uint64_t>(rows + 1);
    std::vector<std::uint32_t> indices{};
    std::vector<float> numbers{};
    auto const& row_offsets() const { return offsets; }
    auto const& column_indices() const { return indices; }
    auto const& values() const { return numbers; }
    std::size_t columns() const { return 3; }
  } sparse;
  xgb::data const compressed(sparse);
  CHECK_FALSE(compressed.dense());
  CHECK(model.logits(compressed).rows == rows);
  CHECK(xgb::train(features, objective,
                   {.rounds = 1, .threads = 1, .evaluations = {{"compressed", &compressed, measure}}})
            .ready());
}

TEST_CASE("features of any layout and type; missing values") {
  sample const s(6);
  std::vector<double> columns_first(rows * columns);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t k = 0; k < columns; ++k) {
      columns_first[k * rows + i] = static_cast<double>(s.x[i * columns + k]);
    }
  }
  xgb::data const a(s.matrix());
  xgb::data const b(rw::column_major(columns_first.data(), rows, columns));
  auto objective = rw::train::objective(click, s.click);
  auto const model = xgb::train(a, objective, {.rounds = 5, .threads = 1});
  auto const z = model.logits(a);
  std::vector<float> const first(z.first, z.first + rows);
  auto const again = model.logits(b);
  CHECK(std::equal(first.begin(), first.end(), again.first));

  std::vector<float> marked = s.x;
  std::vector<float> holes = s.x;
  for (std::size_t i = 0; i < rows; i += 2) {
    marked[i * columns + 1] = -999;
    holes[i * columns + 1] = std::nanf("");
  }
  xgb::data const by_mark(rw::row_major(marked, columns), {.missing = -999});
  xgb::data const by_nan(rw::row_major(holes, columns));
  xgb::data const as_number(rw::row_major(marked, columns));
  CHECK(by_mark.rows() == rows);
  auto const trained = [&](xgb::data const& features) {
    auto clicks = rw::train::objective(click, s.click);
    return xgb::train(features, clicks, {.rounds = 5, .threads = 1});
  };
  auto const logits = [](xgb::model const& m, xgb::data const& features) {
    auto const out = m.logits(features);
    return std::vector<float>(out.first, out.first + rows);
  };
  auto const missing = trained(by_mark);
  CHECK(missing.trees() == trained(by_nan).trees());
  CHECK(missing.trees() != trained(as_number).trees());
  CHECK(logits(missing, by_mark) == logits(missing, by_nan));
  CHECK(logits(missing, by_mark) == logits(trained(by_nan), by_nan));
  CHECK(logits(missing, by_mark) != logits(missing, as_number));
  CHECK(logits(missing, by_mark) != logits(trained(as_number), as_number));
}

TEST_CASE("what is wrong is said in one line, and nothing is trained") {
  sample const s(7);
  xgb::data const features(s.matrix());
  std::vector<int> const few(rows - 1);
  auto objective = rw::train::objective(click, few);
  CHECK(message([&] { xgb::train(features, objective); }) ==
        "rankwise: the objective's labels has 1499 entries where 1500 are needed");
  rw::status status;
  CHECK_FALSE(xgb::train(features, objective, {.errors = status}).ready());
  CHECK(status.code == rw::errc::size_mismatch);

  auto good = rw::train::objective(click, s.click);
  std::string const text = message([&] { xgb::train(features, good, {.parameters = {{"max_depth", "deep"}}}); });
  CHECK(text.find("Invalid Parameter format for max_depth") != std::string::npos);
  CHECK(text.find('\n') == std::string::npos);
  CHECK_FALSE(xgb::train(features, good, {.parameters = {{"max_depth", "deep"}}, .errors = status}).ready());
  CHECK(status.code == rw::errc::engine_failed);
  CHECK(message([] { xgb::model::load("/nowhere/model.json"); }).find("loading the model failed") != std::string::npos);
  std::vector<float> const wide(rows * (columns + 1));
  auto const trained = xgb::train(features, good, {.rounds = 1, .threads = 1});
  CHECK(message([&] {
          trained.logits(xgb::data(rw::row_major(wide, columns + 1)));
        }).find("rankwise: XGBoost says \"Number of columns does not match number of features in booster.") == 0);

  xgb::data labelled(s.matrix());
  CHECK_FALSE(labelled.set_labels(few, status));
  CHECK(status.code == rw::errc::size_mismatch);
}

TEST_CASE("parameters that change the number of outputs: said before anything is read") {
  sample const s(15);
  xgb::data const features(s.matrix());
  auto three = rw::train::objective(rw::head::softmax<"grade", 3>{}, s.grade);
  auto one = rw::train::objective(click, s.click);
  for (char const* const classes : {"2", "4"}) {
    CAPTURE(classes);
    rw::status told;
    auto const model = xgb::train(features, three,
                                  {.rounds = 2, .threads = 1, .parameters = {{"num_class", classes}}, .errors = told});
    CHECK(told.code == rw::errc::wrong_shape);
    CHECK_FALSE(model.ready());
  }
  CHECK(message([&] {
          xgb::train(features, one, {.threads = 1, .parameters = {{"num_class", "3"}}});
        }) == "rankwise: the outputs (columns) of the engine has the wrong shape (3 where 1 is needed)");
  CHECK(xgb::train(features, three, {.rounds = 2, .threads = 1, .parameters = {{"num_class", "3"}}}).ready());
}

TEST_CASE("an objective of XGBoost's own with several outputs") {
  sample const s(14);
  xgb::data features(s.matrix());
  std::vector<float> const labels(s.grade.begin(), s.grade.end());
  CHECK(features.set_labels(labels));
  std::size_t seen = 0;
  auto const model = xgb::train_builtin(features, {.rounds = 3,
                                                   .threads = 1,
                                                   .parameters = {{"objective", "multi:softprob"}, {"num_class", "3"}},
                                                   .evaluations = {{"training", &features, [&seen](xgb::logits z) {
                                                                      seen = z.columns;
                                                                      return 0.0;
                                                                    }}}});
  REQUIRE(model.ready());
  CHECK(seen == 3);
  CHECK(model.outputs() == 3);
  auto const z = model.logits(features);
  CHECK(z.rows == rows);
  CHECK(z.columns == 3);
}

TEST_CASE("the learning rate of every round") {
  sample const s(8);
  xgb::data const features(s.matrix());
  auto objective = rw::train::objective(click, s.click);
  auto const z = [&](xgb::train_options o) {
    o.rounds = 4;
    o.threads = 1;
    auto const model = xgb::train(features, objective, o);
    auto const out = model.logits(features);
    return std::vector<float>(out.first, out.first + out.rows);
  };
  auto const constant = z({.learning_rate = 0.3});
  CHECK(z({.learning_rate_at = [](std::size_t) { return 0.3; }}) == constant);
  // No trees before round 3: the first ones are worth nothing.
  auto const late = z({.learning_rate_at = [](std::size_t round) { return round < 3 ? 0.0 : 0.3; }});
  xgb::train_options two{.rounds = 2, .learning_rate = 0.3, .threads = 1};
  auto const model = xgb::train(features, objective, two);
  auto const first_two = model.logits(features);
  CHECK(std::equal(late.begin(), late.end(), first_two.first));
}

TEST_CASE("parameters by any of their names, over the options") {
  sample const s(8);
  xgb::data const features(s.matrix());
  auto objective = rw::train::objective(click, s.click);
  auto const logits = [&](rw::engine::parameter const& p, xgb::train_options opts) {
    opts.rounds = 3;
    opts.threads = 1;
    opts.parameters = {{"subsample", "0.5"}, p};
    auto const model = xgb::train(features, objective, opts);
    auto const z = model.logits(features);
    return std::vector<float>(z.first, z.first + rows);
  };
  CHECK(logits({"eta", "0.02"}, {}) == logits({"learning_rate", "0.02"}, {}));
  CHECK(logits({"eta", "0.02"}, {}) != logits({"eta", "0.3"}, {}));
  CHECK(logits({"seed", "7"}, {}) == logits({"random_state", "7"}, {}));
  CHECK(logits({"seed", "7"}, {}) != logits({"seed", "8"}, {}));
  auto const rate = [](std::size_t round) { return 0.1 / static_cast<double>(round + 1); };
  CHECK(logits({"learning_rate", "0.9"}, {.learning_rate_at = rate}) ==
        logits({"eta", "0.1"}, {.learning_rate_at = rate}));
}

TEST_CASE("compressed rows: what is left out is no value, as NaN is") {
  struct {
    std::vector<std::uint64_t> offsets{0};
    std::vector<std::uint32_t> indices{};
    std::vector<float> numbers{};
    auto const& row_offsets() const { return offsets; }
    auto const& column_indices() const { return indices; }
    auto const& values() const { return numbers; }
    std::size_t columns() const { return 4; }
  } sparse;
  sample s(9);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t k = 0; k < columns; ++k) {
      float& x = s.x[i * columns + k];
      if ((i + k) % 3 == 0) {
        x = std::nanf("");
      } else {
        sparse.indices.push_back(static_cast<std::uint32_t>(k));
        sparse.numbers.push_back(x);
      }
    }
    sparse.offsets.push_back(sparse.indices.size());
  }
  xgb::data const dense(s.matrix());
  xgb::data const compressed(sparse);
  CHECK(compressed.rows() == rows);
  CHECK(compressed.columns() == columns);
  auto objective = rw::train::objective(click, s.click);
  auto const a = xgb::train(dense, objective, {.rounds = 5, .threads = 1});
  auto const b = xgb::train(compressed, objective, {.rounds = 5, .threads = 1});
  CHECK(a.trees() == b.trees());
  auto const z = a.logits(dense);
  std::vector<float> const first(z.first, z.first + rows);
  auto const again = a.logits(compressed);
  CHECK(std::equal(first.begin(), first.end(), again.first));
}

TEST_CASE("labels and weights of XGBoost's own objectives are read where they are") {
  sample const s(10);
  xgb::data a(s.matrix());
  xgb::data b(s.matrix());
  std::vector<float> const weights(rows, 2.0f);
  std::vector<double> apart(2 * rows, -5.0);
  for (std::size_t i = 0; i < rows; ++i) {
    apart[2 * i] = s.grade[i];
  }
  CHECK((a.set_labels(s.grade) && a.set_weights(weights)));
  CHECK(b.set_labels(rw::strided(static_cast<double const*>(apart.data()), rows, 2)));
  // lambda 0: twice the weights is the same model.
  xgb::train_options const o{
      .rounds = 3,
      .threads = 1,
      .parameters = {
          {"objective", "reg:squarederror"}, {"base_score", "0"}, {"lambda", "0"}, {"min_child_weight", "0"}}};
  auto const x = xgb::train_builtin(a, o);
  auto const y = xgb::train_builtin(b, o);
  auto const z = x.logits(a);
  std::vector<float> const first(z.first, z.first + rows);
  auto const other = y.logits(a);
  for (std::size_t i = 0; i < rows; ++i) {
    CAPTURE(i);
    CHECK(first[i] == doctest::Approx(other(i, 0)).epsilon(1e-5));
  }
}

TEST_CASE(
    "a model without this library's notes, as other programs save it: its predictions say how many outputs it has") {
  sample const s(11);
  xgb::data const features(s.matrix());
  auto objective = joint(s);
  auto const model = xgb::train(features, objective, {.rounds = 4, .threads = 1});
  auto const z = model.logits(features);
  std::vector<float> const before(z.first, z.first + 2 * rows);
  for (char const* const note : {"rankwise_outputs", "rankwise_rounds", "rankwise_parameters"}) {
    REQUIRE(xgb::c::XGBoosterSetAttr(model.handle(), note, nullptr) == 0);
  }
  std::string const path = "rankwise_xgboost_foreign_" + std::to_string(::getpid()) + ".json";
  REQUIRE(model.save(path.c_str()));
  auto const loaded = xgb::model::load(path.c_str());
  std::remove(path.c_str());
  auto const again = loaded.logits(features);
  CHECK(again.rows == rows);
  REQUIRE(again.columns == 2);
  CHECK(std::equal(before.begin(), before.end(), again.first));
  auto fresh = joint(s);
  CHECK_FALSE(loaded.restore(fresh));
}

TEST_CASE("features that were not read, evaluations that lack something, labels that are NaN: one line each") {
  sample const s(12);
  rw::status status;
  std::vector<float> infinite = s.x;
  infinite[5] = INFINITY;
  xgb::data const broken(rw::row_major(infinite, columns), {.errors = status});
  CHECK(status.code == rw::errc::engine_failed);
  auto objective = rw::train::objective(click, s.click);
  CHECK(message([&] { xgb::train(broken, objective); }) == "rankwise: the features were not read");
  CHECK(message([&] { xgb::train_builtin(broken); }) == "rankwise: the features were not read");
  xgb::data const features(s.matrix());
  auto const measure = [](xgb::logits) { return 1.0; };
  for (xgb::evaluation const& e :
       {xgb::evaluation{"none", nullptr, measure}, xgb::evaluation{"broken", &broken, measure},
        xgb::evaluation{"silent", &features, {}}}) {
    CAPTURE(e.name);
    CHECK(message([&] { xgb::train(features, objective, {.rounds = 1, .evaluations = {e}}); }) ==
          "rankwise: an evaluation lacks its features or its measure");
  }
  auto const model = xgb::train(features, objective, {.rounds = 1, .threads = 1});
  CHECK(message([&] { model.logits(broken); }).find("predicting failed") != std::string::npos);
  CHECK(message([&] { xgb::model{}.logits(features); }).find("rankwise: ") == 0);
  CHECK(message([&] { xgb::model{}.save("nothing.json"); }).find("rankwise: ") == 0);

  std::vector<float> labels(s.click.begin(), s.click.end());
  labels[3] = std::nanf("");
  auto holes = rw::train::objective(click, labels);
  CHECK(message([&] { xgb::train(features, holes, {.rounds = 2, .threads = 1}); }).find("is NaN or infinite") !=
        std::string::npos);
  CHECK(xgb::train(features, holes, {.rounds = 2, .threads = 1, .errors = status}).ready()); // it counts for nothing
  CHECK(status.code == rw::errc::not_finite);
  auto uneven =
      rw::train::joint(rw::train::objective(click, s.click), rw::train::objective(click, std::vector<int>(rows - 7)));
  CHECK(message([&] { xgb::train(features, uneven); }) ==
        "rankwise: the objective's labels has 1493 entries where 1500 are needed");
}
