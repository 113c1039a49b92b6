#ifndef RANKWISE_ENGINE_XGBOOST_HPP
#define RANKWISE_ENGINE_XGBOOST_HPP

#include <rankwise/core/error.hpp>
#include <rankwise/core/lists.hpp>
#include <rankwise/core/tensor.hpp>
#include <rankwise/train/objective.hpp>

#include <xgboost/c_api.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Trees of XGBoost's for any objective of `train/objective.hpp`: the trees give the logits, derivatives come from this
/// library, and what is shared by all items (cut-points) learns beside the trees and is saved with them.
///
///   xgboost::data const features(matrix);
///   auto objective = train::objective(loss, grades, lists);
///   auto const model = xgboost::train(features, objective, {.rounds = 200});
///   ranker.score(model.logits(other), scores);
///
/// Needs XGBoost 1.7 or newer.
namespace rankwise::inline RANKWISE_ABI::xgboost {

/// One row of outputs per item; valid until the next call on the same model.
using logits = matrix<float const, layout::row_major>;

namespace detail {

struct trainer;

// XGBoost's messages carry the place in its source and a stack trace; its users need the sentence.
inline std::string last_error() {
  std::string_view text = XGBGetLastError();
  text = text.substr(0, text.find('\n'));
  if (auto const at = text.find("Check failed: "); at != std::string_view::npos) {
    text.remove_prefix(at);
  } else if (auto const place = text.find(".cc:"); place != std::string_view::npos) {
    auto const end = text.find(": ", place);
    text.remove_prefix(end == std::string_view::npos ? 0 : end + 2);
  }
  return "XGBoost says \"" + std::string(text) + "\"";
}

inline bool succeeded(int result, char const* what, on_error const& errors) {
  if (result == 0) {
    return true;
  }
  rankwise::detail::deliver({errc::engine_failed, what}, last_error().c_str(), errors);
  return false;
}

template <class T>
std::string array_interface(T const* first, std::size_t rows, std::size_t columns, std::ptrdiff_t row_stride,
                            std::ptrdiff_t column_stride) {
  static_assert(std::is_arithmetic_v<T>, "[rankwise] XGBoost takes float, double and integers");
  char const kind = std::is_floating_point_v<T> ? 'f' : std::is_signed_v<T> ? 'i' : 'u';
  auto const bytes = static_cast<std::ptrdiff_t>(sizeof(T));
  return std::string("{\"version\": 3, \"typestr\": \"<") + kind + std::to_string(bytes) + "\", \"data\": [" +
         std::to_string(reinterpret_cast<std::uintptr_t>(first)) + ", true], \"shape\": [" + std::to_string(rows) +
         ", " + std::to_string(columns) + "], \"strides\": [" + std::to_string(row_stride * bytes) + ", " +
         std::to_string(column_stride * bytes) + "]}";
}

// The shortest text that reads back as the same number.
inline std::string exact(double x) {
  char text[32];
  auto const end = std::to_chars(text, text + sizeof text, x);
  return {text, end.ptr};
}

} // namespace detail

struct data_options {
  double missing = std::numeric_limits<double>::quiet_NaN(); ///< the value that stands for "no value"
  int threads = 0;                                           ///< 0: XGBoost's choice
  on_error errors{};
};

/// Features as XGBoost keeps them: one row per item, from any host matrix. XGBoost copies them once, compressed.
class data {
public:
  template <class Features>
  explicit data(Features const& features, data_options const& opts = {}) {
    auto const x = as_matrix(features);
    static_assert(decltype(x)::where == memory::host, "[rankwise] xgboost::data reads host memory");
    rows_ = x.rows;
    columns_ = x.columns;
    std::string const shape = detail::array_interface(&x(0, 0), x.rows, x.columns, x.row_stride, x.column_stride);
    std::string config = "{\"missing\": ";
    config += opts.missing - opts.missing == 0 ? detail::exact(opts.missing) : "NaN";
    config += ", \"nthread\": " + std::to_string(opts.threads) + "}";
    detail::succeeded(XGDMatrixCreateFromDense(shape.c_str(), config.c_str(), &handle_), "reading the features",
                      opts.errors);
  }
  data(data&& other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)), rows_(other.rows_), columns_(other.columns_) {}
  data& operator=(data other) noexcept {
    std::swap(handle_, other.handle_);
    rows_ = other.rows_;
    columns_ = other.columns_;
    return *this;
  }
  ~data() {
    if (handle_ != nullptr) {
      XGDMatrixFree(handle_);
    }
  }

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  DMatrixHandle handle() const { return handle_; }

  /// Labels and lists of XGBoost's own objectives; those of this library carry theirs.
  template <class Labels>
  bool set_labels(Labels const& labels, on_error const& errors = {}) {
    return set_floats("label", labels, rows_, errors);
  }
  template <class Offset>
  bool set_lists(lists<Offset> const& groups, on_error const& errors = {}) {
    std::vector<unsigned> sizes(groups.size());
    for (std::size_t l = 0; l < sizes.size(); ++l) {
      sizes[l] = static_cast<unsigned>(groups.size_of(l));
    }
    return detail::succeeded(XGDMatrixSetUIntInfo(handle_, "group", sizes.data(), sizes.size()), "setting the lists",
                             errors);
  }
  /// One per item, or one per list where lists were set.
  template <class Weights>
  bool set_weights(Weights const& weights, on_error const& errors = {}) {
    return set_floats("weight", weights, as_column(weights).size(), errors);
  }

private:
  template <class Column>
  bool set_floats(char const* field, Column const& c, std::size_t expected, on_error const& errors) {
    auto const from = as_column(c);
    if (!rankwise::detail::check_size(from, field, expected, errors)) {
      return false;
    }
    std::vector<float> copy(from.size());
    for (std::size_t i = 0; i < copy.size(); ++i) {
      copy[i] = static_cast<float>(from[i]);
    }
    return detail::succeeded(XGDMatrixSetFloatInfo(handle_, field, copy.data(), copy.size()), field, errors);
  }

  DMatrixHandle handle_ = nullptr;
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
};

/// Trees, and the numbers that belong to them.
class model {
public:
  model() = default;
  explicit model(std::size_t outputs) : outputs_(outputs) {}
  model(model&& other) noexcept { *this = std::move(other); }
  model& operator=(model&& other) noexcept {
    std::swap(handle_, other.handle_);
    std::swap(outputs_, other.outputs_);
    std::swap(best_, other.best_);
    return *this;
  }
  ~model() {
    if (handle_ != nullptr) {
      XGBoosterFree(handle_);
    }
  }

  BoosterHandle handle() const { return handle_; }
  bool ready() const { return handle_ != nullptr; }
  std::size_t outputs() const { return outputs_; }
  /// Rounds that predictions use; 0 means all.
  std::size_t rounds() const { return best_; }

  /// One row of outputs per row of features: `ranker.score(model.logits(features), scores)`.
  xgboost::logits logits(data const& features, on_error const& errors = {}) const {
    return predict(features, best_, false, errors);
  }

  /// Writes trees, shared parameters and number of rounds into one file: JSON, or XGBoost's binary JSON where the name
  /// ends in .ubj.
  bool save(char const* path, on_error const& errors = {}) const {
    return detail::succeeded(XGBoosterSaveModel(handle_, path), "saving the model", errors);
  }
  static model load(char const* path, on_error const& errors = {}) {
    model m;
    if (!detail::succeeded(XGBoosterCreate(nullptr, 0, &m.handle_), "creating a model", errors) ||
        !detail::succeeded(XGBoosterLoadModel(m.handle_, path), "loading the model", errors)) {
      return {};
    }
    auto const number = [&m](char const* name, std::size_t otherwise) {
      std::string const text = m.attribute(name);
      std::size_t value = otherwise;
      std::from_chars(text.data(), text.data() + text.size(), value);
      return value;
    };
    m.outputs_ = number("rankwise_outputs", 1);
    m.best_ = number("rankwise_rounds", 0);
    return m;
  }

  /// The shared parameters of an objective, to and from the model. False if the model holds another number of them.
  template <class Objective>
  void keep(Objective& objective) {
    std::string text;
    objective.for_each_state([&text](double const& x) { text += detail::exact(x) + ' '; });
    set_attribute("rankwise_parameters", text);
  }
  template <class Objective>
  bool restore(Objective& objective) const {
    std::string const text = attribute("rankwise_parameters");
    char const* at = text.data();
    char const* const end = at + text.size();
    bool good = true;
    std::vector<double> read;
    while (at != end) {
      double x = 0;
      auto const result = std::from_chars(at, end, x);
      if (result.ec != std::errc()) {
        return false;
      }
      read.push_back(x);
      at = result.ptr;
      while (at != end && *at == ' ') {
        ++at;
      }
    }
    std::size_t count = 0;
    objective.for_each_state([&count](double const&) { ++count; });
    good = count == read.size();
    if (good) {
      count = 0;
      objective.for_each_state([&](double& x) { x = read[count++]; });
    }
    return good;
  }

  std::string attribute(char const* name) const {
    char const* text = nullptr;
    int found = 0;
    return XGBoosterGetAttr(handle_, name, &text, &found) == 0 && found != 0 ? std::string(text) : std::string();
  }
  void set_attribute(char const* name, std::string const& text) { XGBoosterSetAttr(handle_, name, text.c_str()); }

private:
  friend struct detail::trainer;

  xgboost::logits predict(data const& features, std::size_t rounds, bool training, on_error const& errors) const {
    std::string const config = "{\"type\": 1, \"training\": " + std::string(training ? "true" : "false") +
                               ", \"iteration_begin\": 0, \"iteration_end\": " + std::to_string(rounds) +
                               ", \"strict_shape\": false}";
    bst_ulong const* shape = nullptr;
    bst_ulong dimensions = 0;
    float const* result = nullptr;
    if (!detail::succeeded(
            XGBoosterPredictFromDMatrix(handle_, features.handle(), config.c_str(), &shape, &dimensions, &result),
            "predicting", errors)) {
      return {};
    }
    return row_major(result, features.rows(), outputs_);
  }

  BoosterHandle handle_ = nullptr;
  std::size_t outputs_ = 0;
  std::size_t best_ = 0;
};

/// A measure of the outputs on some features, once per round.
struct evaluation {
  std::string name;
  data const* features = nullptr;
  std::function<double(xgboost::logits)> measure{};
};

/// What a callback hears after a round.
struct progress {
  std::size_t round = 0; ///< from 1
  std::size_t rounds = 0;
  double loss = 0;                        ///< of the objective, before this round's trees
  std::vector<double> const* values = {}; ///< of the evaluations
};

struct parameter {
  char const* name;
  std::string value;
};

struct train_options {
  std::size_t rounds = 100;
  double learning_rate = 0.1;
  std::uint64_t seed = 0;
  int threads = 0;                                       ///< 0: XGBoost's choice
  std::vector<parameter> parameters{};                   ///< any of XGBoost's, such as {"max_depth", "6"}
  std::vector<evaluation> evaluations{};                 ///< the first one decides about early stopping
  std::size_t patience = 0;                              ///< stop when it has not risen for so many rounds; 0: never
  bool smaller_is_better = false;                        ///< the measure falls where the model improves
  std::function<double(std::size_t)> learning_rate_at{}; ///< of the round, from 1
  std::function<bool(progress const&)> on_round{};       ///< false ends the training
  on_error errors{};
};

namespace detail {

/// The rounds that all kinds of training share.
struct trainer {
  train_options const& opts;
  model result;
  std::vector<double> values{};
  double best_value = 0;
  std::size_t best_round = 0;

  trainer(data const& features, std::size_t outputs, train_options const& o, bool own_objective)
      : opts(o), result(outputs) {
    // Whoever is named here has its predictions kept up to date instead of made anew.
    std::vector<DMatrixHandle> handles{features.handle()};
    for (evaluation const& e : opts.evaluations) {
      handles.push_back(e.features->handle());
    }
    if (!succeeded(XGBoosterCreate(handles.data(), handles.size(), &result.handle_), "creating a model", opts.errors)) {
      return;
    }
    set("seed", std::to_string(opts.seed));
    set("eta", exact(opts.learning_rate));
    set("verbosity", "0");
    if (opts.threads > 0) {
      set("nthread", std::to_string(opts.threads));
    }
    if (!own_objective) {
      set("base_score", "0");
      set("disable_default_eval_metric", "1");
      if (outputs > 1) {
        set("num_class", std::to_string(outputs));
      }
    }
    for (parameter const& p : opts.parameters) {
      set(p.name, p.value);
    }
    result.set_attribute("rankwise_outputs", std::to_string(outputs));
  }

  void set(char const* name, std::string const& value) {
    if (result.handle_ != nullptr &&
        !succeeded(XGBoosterSetParam(result.handle_, name, value.c_str()), name, opts.errors)) {
      result = {};
    }
  }

  xgboost::logits outputs_now(data const& features) const { return result.predict(features, 0, true, opts.errors); }

  void before(std::size_t round) {
    if (opts.learning_rate_at) {
      set("eta", exact(opts.learning_rate_at(round)));
    }
  }

  /// False: this was the last round.
  bool after(std::size_t round, double loss) {
    values.clear();
    for (evaluation const& e : opts.evaluations) {
      values.push_back(e.measure(result.predict(*e.features, 0, false, opts.errors)));
    }
    bool go_on = !opts.on_round || opts.on_round({round, opts.rounds, loss, &values});
    if (opts.patience > 0 && !values.empty()) {
      double const value = opts.smaller_is_better ? -values[0] : values[0];
      if (best_round == 0 || value > best_value) {
        best_value = value;
        best_round = round;
      }
      go_on = go_on && round - best_round < opts.patience;
    }
    return go_on;
  }

  model finish() {
    if (result.handle_ != nullptr) {
      result.best_ = best_round;
      result.set_attribute("rankwise_rounds", std::to_string(best_round));
    }
    return std::move(result);
  }
};

} // namespace detail

/// Trees for an objective of this library. The objective keeps the parameters that it has learnt; the model has a copy.
template <class Objective>
model train(data const& features, Objective& objective, train_options const& opts = {}) {
  constexpr std::size_t outputs = Objective::outputs;
  if (!rankwise::detail::passed(objective.items() == features.rows()
                                    ? status{}
                                    : status{errc::size_mismatch, "the objective's labels", status::nowhere,
                                             features.rows(), objective.items()},
                                opts.errors)) {
    return {};
  }
  detail::trainer t(features, outputs, opts, false);
  std::vector<float> gradient(features.rows() * outputs), hessian(gradient.size());
  for (std::size_t round = 1; round <= opts.rounds && t.result.ready(); ++round) {
    t.before(round);
    xgboost::logits const z = t.outputs_now(features);
    if (z.rows != features.rows()) {
      return {};
    }
    objective.learn(z);
    double const loss =
        objective.derive(z, row_major(gradient.data(), z.rows, outputs), row_major(hessian.data(), z.rows, outputs));
    if (!detail::succeeded(XGBoosterBoostOneIter(t.result.handle(), features.handle(), gradient.data(), hessian.data(),
                                                 gradient.size()),
                           "growing trees", opts.errors)) {
      return {};
    }
    if (!t.after(round, loss)) {
      break;
    }
  }
  if (t.result.ready()) {
    t.result.keep(objective);
  }
  return t.finish();
}

/// XGBoost's own objective, named by the parameter `objective`, on features with labels: for comparison.
inline model train_builtin(data const& features, train_options const& opts = {}) {
  detail::trainer t(features, 1, opts, true);
  for (std::size_t round = 1; round <= opts.rounds && t.result.ready(); ++round) {
    t.before(round);
    if (!detail::succeeded(XGBoosterUpdateOneIter(t.result.handle(), static_cast<int>(round - 1), features.handle()),
                           "growing trees", opts.errors)) {
      return {};
    }
    if (!t.after(round, 0)) {
      break;
    }
  }
  return t.finish();
}

} // namespace rankwise::inline RANKWISE_ABI::xgboost

#endif
