#ifndef RANKWISE_ENGINE_XGBOOST_HPP
#define RANKWISE_ENGINE_XGBOOST_HPP

#include <rankwise/core/error.hpp>
#include <rankwise/core/lists.hpp>
#include <rankwise/core/tensor.hpp>
#include <rankwise/engine/owned.hpp>
#include <rankwise/engine/rounds.hpp>
#include <rankwise/engine/xgboost/c_interface.hpp>
#include <rankwise/engine/xgboost/collective.hpp>
#include <rankwise/io/write_file.hpp>
#include <rankwise/train/objective.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
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
/// Needs the shared library of XGBoost 1.7 or newer.
namespace rankwise::inline RANKWISE_ABI::xgboost {

using engine::logits;
using engine::parameter;
using engine::progress;

namespace detail {

template <class T>
std::string array_interface(T const* first, std::string const& shape, std::string const& strides) {
  static_assert(std::is_arithmetic_v<T>, "[rankwise] XGBoost takes float, double and integers");
  char const kind = std::is_floating_point_v<T> ? 'f' : std::is_signed_v<T> ? 'i' : 'u';
  return std::string("{\"version\": 3, \"typestr\": \"<") + kind + std::to_string(sizeof(T)) + "\", \"data\": [" +
         std::to_string(reinterpret_cast<std::uintptr_t>(first)) + ", true], \"shape\": [" + shape +
         "], \"strides\": [" + strides + "]}";
}
template <class T>
std::string bytes(T const*, std::ptrdiff_t stride) {
  return std::to_string(stride * static_cast<std::ptrdiff_t>(sizeof(T)));
}
template <class T>
std::string array_interface(T const* first, std::size_t count, std::ptrdiff_t stride = 1) {
  return array_interface(first, std::to_string(count), bytes(first, stride));
}

} // namespace detail

struct data_options {
  double missing = std::numeric_limits<double>::quiet_NaN(); ///< the value that stands for "no value"
  int threads = 0;                                           ///< 0: XGBoost's choice
  on_error errors{};
};

/// Features as XGBoost keeps them: one row per item, from any host matrix or from compressed rows. XGBoost copies them
/// once, compressed.
class data {
public:
  template <class Features>
  explicit data(Features const& features, data_options const& opts = {}) {
    std::string config = "{\"missing\": ";
    config += opts.missing - opts.missing == 0 ? engine::detail::exact(opts.missing) : "NaN";
    config += ", \"nthread\": " + std::to_string(opts.threads) + "}";
    int result = 0;
    detail::shared_call const call;                // workers agree on the number of columns
    if constexpr (engine::sparse_rows<Features>) { // what is left out has no value
      auto const offsets = features.row_offsets();
      auto const indices = features.column_indices();
      auto const values = features.values();
      rows_ = offsets.size() == 0 ? 0 : offsets.size() - 1;
      columns_ = features.columns();
      dense_ = false;
      result = c::XGDMatrixCreateFromCSR(detail::array_interface(offsets.data(), offsets.size()).c_str(),
                                         detail::array_interface(indices.data(), indices.size()).c_str(),
                                         detail::array_interface(values.data(), values.size()).c_str(), columns_,
                                         config.c_str(), handle_.made());
    } else {
      auto const x = as_matrix(features);
      static_assert(decltype(x)::where == memory::host, "[rankwise] xgboost::data reads host memory");
      rows_ = x.rows;
      columns_ = x.columns;
      std::string const shape = detail::array_interface(
          x.first, std::to_string(x.rows) + ", " + std::to_string(x.columns),
          detail::bytes(x.first, x.row_stride) + ", " + detail::bytes(x.first, x.column_stride));
      result = c::XGDMatrixCreateFromDense(shape.c_str(), config.c_str(), handle_.made());
    }
    detail::succeeded(result, "reading the features", opts.errors);
  }

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  /// False for compressed rows, which end with the last column that has a value: another file's may have fewer.
  bool dense() const { return dense_; }
  void* handle() const { return handle_; }

  /// Labels and lists of XGBoost's own objectives; those of this library carry theirs. XGBoost reads them where they
  /// are.
  template <class Labels>
  bool set_labels(Labels const& labels, on_error const& errors = {}) {
    return set("label", labels, rows_, errors);
  }
  template <class Offset>
  bool set_lists(lists<Offset> const& groups, on_error const& errors = {}) {
    std::vector<unsigned> sizes(groups.size());
    for (std::size_t l = 0; l < sizes.size(); ++l) {
      sizes[l] = static_cast<unsigned>(groups.size_of(l));
    }
    return set("group", sizes, sizes.size(), errors);
  }
  /// One per item, or one per list where lists were set.
  template <class Weights>
  bool set_weights(Weights const& weights, on_error const& errors = {}) {
    return set("weight", weights, as_column(weights).size(), errors);
  }

private:
  template <class Column>
  bool set(char const* field, Column const& values, std::size_t expected, on_error const& errors) {
    auto const from = as_column(values);
    if (!rankwise::detail::check_size(from, field, expected, errors)) {
      return false;
    }
    std::string text;
    if constexpr (requires { from.stride; }) {
      text = detail::array_interface(from.first, from.count, from.stride);
    } else {
      text = detail::array_interface(from.first, from.count);
    }
    return detail::succeeded(c::XGDMatrixSetInfoFromInterface(handle_, field, text.c_str()), field, errors);
  }

  engine::owned<c::XGDMatrixFree> handle_;
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
  bool dense_ = true;
};

using evaluation = engine::evaluation<data>;
using train_options = engine::train_options<data>;

/// Trees, and the numbers that belong to them.
class model {
public:
  model() = default;
  explicit model(std::size_t outputs) : outputs_(outputs) {}

  void* handle() const { return handle_; }
  bool ready() const { return handle_ != nullptr; }
  std::size_t outputs() const { return outputs_; }
  /// Rounds that predictions use; 0 means all.
  std::size_t rounds() const { return best_; }

  /// One row of outputs per row of features: `ranker.score(model.logits(features), scores)`.
  engine::logits logits(data const& features, on_error const& errors = {}) const {
    std::uint64_t needed = 0; // XGBoost refuses more, and takes what is beyond fewer for missing
    if (ready() && features.dense() && features.rows() != 0 && c::XGBoosterGetNumFeature(handle_, &needed) == 0 &&
        features.columns() < needed) {
      rankwise::detail::deliver(engine::detail::wrong_columns(features.columns(), needed), errors);
      return {};
    }
    return predict(features, best_, false, errors);
  }

  /// Writes trees, shared parameters and number of rounds into one file: JSON where the name ends in .json, XGBoost's
  /// binary JSON where it ends in .ubj, and otherwise what this version of XGBoost takes by default.
  bool save(char const* path, on_error const& errors = {}) const {
    char const* const what = "saving the model";
    if (std::string_view(path).find("://") != std::string_view::npos) { // not on this machine
      return detail::succeeded(c::XGBoosterSaveModel(handle_, path), what, errors, path);
    }
    // XGBoost itself would not notice that the last bytes found no room.
    std::string const config = std::string("{\"format\": \"") + detail::format_of(path) + "\"}";
    std::uint64_t bytes = 0;
    char const* first = nullptr;
    return detail::succeeded(c::XGBoosterSaveModelToBuffer(handle_, config.c_str(), &bytes, &first), what, errors,
                             path) &&
           io::write_file(path, {first, bytes}, errors);
  }
  static model load(char const* path, on_error const& errors = {}) {
    model m;
    if (!detail::succeeded(c::XGBoosterCreate(nullptr, 0, m.handle_.made()), "creating a model", errors) ||
        !detail::succeeded(c::XGBoosterLoadModel(m.handle_, path), "loading the model", errors, path)) {
      return {};
    }
    m.outputs_ = engine::detail::number_or(m.attribute("rankwise_outputs"), 1);
    m.best_ = engine::detail::number_or(m.attribute("rankwise_rounds"), 0);
    return m;
  }

  /// The trees as XGBoost prints them, one text each; "json" or "text".
  std::vector<std::string> trees(char const* format = "json", on_error const& errors = {}) const {
    std::uint64_t count = 0;
    char const** texts = nullptr;
    if (!detail::succeeded(c::XGBoosterDumpModelEx(handle_, "", 0, format, &count, &texts), "printing trees", errors)) {
      return {};
    }
    return {texts, texts + count};
  }

  /// The shared parameters of an objective, to and from the model. False if the model holds another number of them.
  template <class Objective>
  bool keep(Objective& objective, on_error const& errors = {}) {
    return set_attribute("rankwise_parameters", engine::detail::state_text(objective), errors);
  }
  template <class Objective>
  bool restore(Objective& objective) const {
    return ready() && engine::detail::read_state(attribute("rankwise_parameters"), objective);
  }

  /// Empty where the model has none of this name.
  std::string attribute(char const* name) const {
    char const* text = nullptr;
    int found = 0;
    bool const read = ready() && c::XGBoosterGetAttr(handle_, name, &text, &found) == 0; // it follows a null handle
    return read && found != 0 ? std::string(text) : std::string();
  }
  bool set_attribute(char const* name, std::string const& text, on_error const& errors = {}) {
    return detail::succeeded(c::XGBoosterSetAttr(handle_, name, text.c_str()), name, errors);
  }

private:
  friend class trainer;

  engine::logits predict(data const& features, std::size_t rounds, bool training, on_error const& errors) const {
    std::string const config = "{\"type\": 1, \"training\": " + std::string(training ? "true" : "false") +
                               ", \"iteration_begin\": 0, \"iteration_end\": " + std::to_string(rounds) +
                               ", \"strict_shape\": false}";
    std::uint64_t const* shape = nullptr;
    std::uint64_t dimensions = 0;
    float const* result = nullptr;
    detail::shared_call const call; // the first one settles the number of columns
    if (!detail::succeeded(
            c::XGBoosterPredictFromDMatrix(handle_, features.handle(), config.c_str(), &shape, &dimensions, &result),
            "predicting", errors)) {
      return {};
    }
    // Models of other programs do not say how many outputs they have; what they predict does.
    std::size_t const columns = features.rows() == 0 ? outputs_
                                : dimensions > 1     ? static_cast<std::size_t>(shape[1])
                                                     : 1;
    return row_major(result, features.rows(), columns);
  }

  engine::owned<c::XGBoosterFree> handle_;
  std::size_t outputs_ = 0;
  std::size_t best_ = 0;
};

/// XGBoost as an engine of `engine::run_rounds`.
class trainer {
public:
  static constexpr layout order = layout::row_major;

  /// outputs: of an objective of this library; 0: XGBoost's own objective.
  trainer(data const& features, std::size_t outputs, train_options const& opts)
      : together(opts.errors), features_(features), errors_(opts.errors),
        result_(outputs == 0 ? classes_in(opts) : outputs) {
    // Whoever is named here has its predictions kept up to date instead of made anew.
    std::vector<void*> handles{features.handle()};
    for (evaluation const& e : opts.evaluations) {
      if (!rankwise::detail::passed(engine::detail::check_columns(*e.features, features), errors_)) {
        return;
      }
      handles.push_back(e.features->handle());
    }
    if (!succeeded(c::XGBoosterCreate(handles.data(), handles.size(), result_.handle_.made()), "creating a model")) {
      return;
    }
    set("seed", std::to_string(opts.seed));
    learning_rate(opts.learning_rate);
    set("verbosity", "0");
    if (opts.threads > 0) {
      set("nthread", std::to_string(opts.threads));
    }
    if (outputs != 0) {
      set("base_score", "0");
      set("disable_default_eval_metric", "1");
      if (outputs > 1) {
        set("num_class", std::to_string(outputs));
      }
    }
    for (parameter const& p : opts.parameters) {
      set(known_as(p.name), p.value);
    }
    if (ready()) {
      result_.set_attribute("rankwise_outputs", std::to_string(result_.outputs()), errors_);
    }
  }

  bool ready() const { return result_.ready(); }
  void learning_rate(double x) { set("eta", engine::detail::exact(x)); }

  engine::logits logits() { return checked(result_.predict(features_, 0, true, errors_), features_); }
  engine::logits logits(data const& others) { return checked(result_.predict(others, 0, false, errors_), others); }

  bool grow(float* gradient, float* hessian, std::size_t count) {
    detail::shared_call const call;
    if (c::XGBoosterTrainOneIter != nullptr) { // the older function takes one output alone there
      ++round_;
      return succeeded(c::XGBoosterTrainOneIter(result_.handle_, features_.handle(), round_ - 1,
                                                table(gradient).c_str(), table(hessian).c_str()),
                       growing());
    }
    return succeeded(c::XGBoosterBoostOneIter(result_.handle_, features_.handle(), gradient, hessian, count),
                     growing());
  }
  bool grow_by_its_own(std::size_t round) {
    detail::shared_call const call;
    return succeeded(c::XGBoosterUpdateOneIter(result_.handle_, static_cast<int>(round), features_.handle()),
                     growing());
  }

  template <class... Objective>
  model finish(std::size_t best, Objective&... objective) {
    if (ready()) {
      (result_.keep(objective, errors_), ...);
      result_.best_ = best;
      result_.set_attribute("rankwise_rounds", std::to_string(best), errors_);
    }
    return std::move(result_);
  }

  detail::together together;

private:
  /// XGBoost keeps a parameter that has two names under both, and ours would win.
  static char const* known_as(std::string_view name) {
    return name == "learning_rate"  ? "eta"
           : name == "random_state" ? "seed"
           : name == "n_jobs"       ? "nthread"
                                    : name.data();
  }
  static std::size_t classes_in(train_options const& opts) {
    std::size_t classes = 1;
    for (parameter const& p : opts.parameters) {
      classes = std::string_view(p.name) == "num_class" ? engine::detail::number_or(p.value, 1) : classes;
    }
    return classes;
  }
  char const* growing() const {
    return together.several() ? "growing trees with the other workers (has one of them gone?)" : "growing trees";
  }
  std::string table(float const* first) const {
    static float const nothing = 0; // a worker without items; null ends the program in 3.2
    first = first == nullptr ? &nothing : first;
    auto const columns = static_cast<std::ptrdiff_t>(result_.outputs());
    return detail::array_interface(first, std::to_string(features_.rows()) + ", " + std::to_string(columns),
                                   detail::bytes(first, columns) + ", " + detail::bytes(first, 1));
  }
  bool succeeded(int result, char const* what) {
    if (result != 0) {
      model failed = std::move(result_); // freed; nothing can be made of it
      return detail::succeeded(result, what, errors_);
    }
    return ready();
  }
  void set(char const* name, std::string const& value) {
    if (ready()) {
      succeeded(c::XGBoosterSetParam(result_.handle_, name, value.c_str()), name);
    }
  }
  engine::logits checked(engine::logits const& z, data const& from) {
    if (z.rows != from.rows()) {
      model failed = std::move(result_);
    }
    return z;
  }

  data const& features_;
  on_error errors_;
  model result_;
  int round_ = 0;
};

/// Trees for an objective of this library. An objective with a name keeps the parameters that it has learnt by the
/// model's last round; the model has a copy. Where a `collective` stands, every worker calls this with its share of the
/// lists, and all get the same model.
template <class Objective>
model train(data const& features, Objective&& objective, train_options const& opts = {}) {
  return engine::trained<trainer>(features, opts, objective);
}

/// XGBoost's own objective, named by the parameter `objective`, on features with labels: for comparison.
inline model train_builtin(data const& features, train_options const& opts = {}) {
  return engine::trained<trainer>(features, opts);
}

} // namespace rankwise::inline RANKWISE_ABI::xgboost

#endif
