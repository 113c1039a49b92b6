#ifndef RANKWISE_ENGINE_LIGHTGBM_HPP
#define RANKWISE_ENGINE_LIGHTGBM_HPP

#include <rankwise/core/error.hpp>
#include <rankwise/core/lists.hpp>
#include <rankwise/core/tensor.hpp>
#include <rankwise/engine/lightgbm/c_interface.hpp>
#include <rankwise/engine/owned.hpp>
#include <rankwise/engine/rounds.hpp>
#include <rankwise/io/write_file.hpp>
#include <rankwise/train/objective.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// Trees of LightGBM's for any objective of `train/objective.hpp`, by the calls of `engine/xgboost.hpp`:
///
///   lightgbm::data const features(matrix);
///   auto objective = train::objective(loss, grades, lists);
///   auto const model = lightgbm::train(features, objective, {.rounds = 200});
///   ranker.score(model.logits(other_matrix), scores);
///
/// Needs the shared library of LightGBM 4.
namespace rankwise::inline RANKWISE_ABI::lightgbm {

using engine::logits;
using engine::parameter;
using engine::progress;

class data;

struct data_options {
  data const* like = nullptr;          ///< the training data, for those of an evaluation: the same bins
  std::vector<parameter> parameters{}; ///< such as {"max_bin", "63"}
  int threads = 0;                     ///< 0: LightGBM's choice
  on_error errors{};
};

namespace detail {

/// LightGBM's names of what this library sets.
inline constexpr std::string_view names[][5] = {
    {"verbosity", "verbose"},
    {"num_threads", "num_thread", "nthread", "nthreads", "n_jobs"},
    {"seed", "random_seed", "random_state"},
    {"learning_rate", "shrinkage_rate", "eta"},
    {"metric", "metrics", "metric_types"},
    {"objective", "objective_type", "app", "application", "loss"},
    {"num_class", "num_classes"},
};

/// Whether the caller sets one of these, under any of its names.
inline bool sets(std::vector<parameter> const& given, std::string_view name) {
  for (auto const& row : names) {
    for (parameter const& p : given) {
      if (row[0] == name && std::find(std::begin(row), std::end(row), p.name) != std::end(row)) {
        return true;
      }
    }
  }
  return false;
}

/// Parameters as LightGBM reads them. It prefers the first of a row above, and of equal names the first in the text:
/// what the caller sets is left out of ours.
inline std::string joined(std::vector<parameter> const& given, std::vector<parameter> const& ours) {
  std::string text;
  for (parameter const& p : ours) {
    if (!sets(given, p.name)) {
      text += std::string(p.name) + '=' + p.value + ' ';
    }
  }
  for (parameter const& p : given) {
    text += std::string(p.name) + '=' + p.value + ' ';
  }
  return text;
}
inline std::vector<parameter> ours(int threads) {
  std::vector<parameter> all{{"verbosity", "-1"}};
  if (threads > 0) {
    all.push_back({"num_threads", std::to_string(threads)});
  }
  return all;
}

/// LightGBM cuts its text there, and goes on without a word.
inline bool check_text(std::vector<parameter> const& given, on_error const& errors) {
  for (parameter const& p : given) {
    if ((p.name + p.value).find_first_of(" \t\n\r=") != std::string::npos) {
      rankwise::detail::deliver({errc::bad_format, "a parameter of LightGBM's has neither white space nor '='"}, p.name,
                                errors);
      return false;
    }
  }
  return true;
}

template <class T>
inline constexpr int type_of = std::is_same_v<T, float> ? c::float32 : c::float64;

/// Calls f(first, type, row_major) with rows as LightGBM reads them: where they are, if they are floats or doubles that
/// stand close together; otherwise a copy.
template <class Matrix, class F>
int with_dense(Matrix const& x, F f) {
  using T = typename Matrix::value_type;
  static_assert(Matrix::where == memory::host, "[rankwise] LightGBM reads host memory");
  constexpr bool readable = std::is_same_v<T, float> || std::is_same_v<T, double>;
  auto const rows = static_cast<std::ptrdiff_t>(x.rows);
  auto const columns = static_cast<std::ptrdiff_t>(x.columns);
  if constexpr (readable) {
    if (x.column_stride == 1 && x.row_stride == columns) {
      return f(x.first, type_of<T>, 1);
    }
    if (x.row_stride == 1 && x.column_stride == rows) {
      return f(x.first, type_of<T>, 0);
    }
  }
  using U = std::conditional_t<std::is_same_v<T, float>, float, double>;
  std::vector<U> copy(x.rows * x.columns);
  for (std::size_t r = 0; r < x.rows; ++r) {
    for (std::size_t k = 0; k < x.columns; ++k) {
      copy[r * x.columns + k] = static_cast<U>(x(r, k));
    }
  }
  return f(copy.data(), type_of<U>, 1);
}

template <class Rows>
std::size_t rows_in(Rows const& rows) {
  std::size_t const offsets = rows.row_offsets().size();
  return offsets == 0 ? 0 : offsets - 1;
}

/// Calls f(offsets, offsets_count, indices, values, count).
template <class Rows, class F>
int with_sparse(Rows const& rows, F f) {
  auto const offsets = rows.row_offsets();
  auto const indices = rows.column_indices();
  auto const values = rows.values();
  static_assert(sizeof(*offsets.data()) == 8 && sizeof(*indices.data()) == 4,
                "[rankwise] LightGBM takes offsets of 8 bytes and indices of 4");
  static_assert(std::is_same_v<std::remove_cvref_t<decltype(*values.data())>, float>,
                "[rankwise] compressed rows hold floats");
  return f(offsets.data(), static_cast<std::int64_t>(offsets.size()),
           reinterpret_cast<std::int32_t const*>(indices.data()), values.data(),
           static_cast<std::int64_t>(values.size()));
}

inline bool countable(std::size_t rows, std::size_t columns, on_error const& errors) {
  constexpr auto most = static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max());
  return rankwise::detail::passed(rows <= most && columns <= most
                                      ? status{}
                                      : status{errc::out_of_range, "LightGBM's number of rows or columns (2^31 - 1)",
                                               status::nowhere, 0, status::nowhere},
                                  errors);
}

} // namespace detail

/// Features as LightGBM keeps them, in bins: one row per item, from any host matrix or from compressed rows.
class data {
public:
  template <class Features>
  explicit data(Features const& features, data_options const& opts = {}) {
    if (!detail::check_text(opts.parameters, opts.errors)) {
      return;
    }
    std::string const text = detail::joined(opts.parameters, detail::ours(opts.threads));
    void* const like = opts.like == nullptr ? nullptr : opts.like->handle();
    int result = 0;
    if constexpr (engine::sparse_rows<Features>) {
      rows_ = detail::rows_in(features);
      columns_ = features.columns();
      dense_ = false;
      if (!detail::countable(rows_, columns_, opts.errors) || !fits(opts)) {
        return;
      }
      result = detail::with_sparse(features, [&](auto const* offsets, auto offsets_count, auto const* indices,
                                                 float const* values, auto count) {
        return c::LGBM_DatasetCreateFromCSR(offsets, c::int64, indices, values, c::float32, offsets_count, count,
                                            static_cast<std::int64_t>(columns_), text.c_str(), like, handle_.made());
      });
    } else {
      auto const x = as_matrix(features);
      rows_ = x.rows;
      columns_ = x.columns;
      if (!detail::countable(rows_, columns_, opts.errors) || !fits(opts)) {
        return;
      }
      result = detail::with_dense(x, [&](void const* first, int type, int by_rows) {
        return c::LGBM_DatasetCreateFromMat(first, type, static_cast<std::int32_t>(rows_),
                                            static_cast<std::int32_t>(columns_), by_rows, text.c_str(), like,
                                            handle_.made());
      });
    }
    detail::succeeded(result, "reading the features", opts.errors);
  }

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  /// False for compressed rows, which end with the last column that has a value: another file's may have fewer.
  bool dense() const { return dense_; }
  void* handle() const { return handle_; }

  /// Labels, lists and weights of LightGBM's own objectives; those of this library carry theirs.
  template <class Labels>
  bool set_labels(Labels const& labels, on_error const& errors = {}) {
    return set<float>("label", c::float32, labels, rows_, errors);
  }
  template <class Offset>
  bool set_lists(lists<Offset> const& groups, on_error const& errors = {}) {
    std::vector<std::int32_t> sizes(groups.size());
    for (std::size_t l = 0; l < sizes.size(); ++l) {
      sizes[l] = static_cast<std::int32_t>(groups.size_of(l));
    }
    return set<std::int32_t>("group", c::int32, sizes, sizes.size(), errors);
  }
  /// One per item.
  template <class Weights>
  bool set_weights(Weights const& weights, on_error const& errors = {}) {
    return set<float>("weight", c::float32, weights, rows_, errors);
  }

private:
  // LightGBM takes other numbers of columns without a word.
  bool fits(data_options const& opts) const {
    return opts.like == nullptr ||
           rankwise::detail::passed(engine::detail::check_columns(*this, *opts.like), opts.errors);
  }
  template <class T, class Column>
  bool set(char const* field, int type, Column const& values, std::size_t expected, on_error const& errors) {
    auto const from = as_column(values);
    status const read = engine::detail::examine(*this); // LightGBM would follow a null handle
    if (!rankwise::detail::passed(read, errors) || !rankwise::detail::check_size(from, field, expected, errors)) {
      return false;
    }
    std::vector<T> copy(from.size());
    for (std::size_t i = 0; i < copy.size(); ++i) {
      copy[i] = static_cast<T>(from[i]);
    }
    return detail::succeeded(c::LGBM_DatasetSetField(handle_, field, copy.data(), static_cast<int>(copy.size()), type),
                             field, errors);
  }

  engine::owned<c::LGBM_DatasetFree> handle_;
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
  bool dense_ = true;
};

using evaluation = engine::evaluation<data>;
using train_options = engine::train_options<data>;

/// What a model predicts, in memory of its own: a row per item, a column per output. It goes wherever a matrix does.
class predictions {
public:
  predictions() = default;
  predictions(std::vector<float> numbers, std::size_t rows_of, std::size_t columns_of)
      : rows(rows_of), columns(columns_of), numbers_(std::move(numbers)) {}

  std::size_t rows = 0;
  std::size_t columns = 0;

  engine::logits view() const& { return row_major(numbers_.data(), numbers_.empty() ? 0 : rows, columns); }
  engine::logits view() const&& = delete; // it would refer to what is gone
  float operator()(std::size_t row, std::size_t column) const { return numbers_[row * columns + column]; }
  auto column(std::size_t k) const& { return view().column(k); }
  auto column(std::size_t k) const&& = delete;

private:
  std::vector<float> numbers_;
};

} // namespace rankwise::inline RANKWISE_ABI::lightgbm

namespace rankwise::inline RANKWISE_ABI {

template <>
struct matrix_traits<lightgbm::predictions> {
  static engine::logits view(lightgbm::predictions const& p) { return p.view(); }
};

} // namespace rankwise::inline RANKWISE_ABI

namespace rankwise::inline RANKWISE_ABI::lightgbm {

/// Trees, and the numbers that belong to them.
class model {
public:
  model() = default;
  explicit model(std::size_t outputs) : outputs_(outputs) {}

  void* handle() const { return handle_; }
  bool ready() const { return handle_ != nullptr; }
  std::size_t outputs() const { return outputs_; }
  /// Rounds in the model: after early stopping, up to the best one.
  std::size_t rounds() const { return rounds_; }

  /// One row of outputs per row of features: `ranker.score(model.logits(features), scores)`. LightGBM predicts from
  /// the features themselves, not from `data`. Threads may share a model.
  template <class Features>
  predictions logits(Features const& features, on_error const& errors = {}) const {
    static_assert(!std::is_same_v<Features, data>,
                  "[rankwise] lightgbm::model::logits takes the matrix itself: LightGBM's data keeps bins alone");
    if (!has_trees(errors)) {
      return {};
    }
    std::size_t rows = 0;
    std::int64_t written = 0;
    int result = 0;
    std::vector<double> raw;
    if constexpr (engine::sparse_rows<Features>) {
      rows = detail::rows_in(features);
      raw.resize(rows * outputs_);
      result = detail::with_sparse(
          features, [&](auto const* offsets, auto offsets_count, auto const* indices, float const* values, auto count) {
            return c::LGBM_BoosterPredictForCSR(handle_, offsets, c::int64, indices, values, c::float32, offsets_count,
                                                count, static_cast<std::int64_t>(features.columns()), c::raw_score, 0,
                                                0, "verbosity=-1", &written, raw.data());
          });
    } else {
      auto const x = as_matrix(features);
      rows = x.rows;
      if (!detail::countable(rows, x.columns, errors)) {
        return {};
      }
      raw.resize(rows * outputs_);
      result = detail::with_dense(x, [&](void const* first, int type, int by_rows) {
        return c::LGBM_BoosterPredictForMat(handle_, first, type, static_cast<std::int32_t>(rows),
                                            static_cast<std::int32_t>(x.columns), by_rows, c::raw_score, 0, 0,
                                            "verbosity=-1", &written, raw.data());
      });
    }
    if (!detail::succeeded(result, "predicting", errors)) {
      return {};
    }
    return {std::vector<float>(raw.begin(), raw.end()), rows, outputs_};
  }

  /// Writes trees and shared parameters into one file, which other programs read as a model of LightGBM's.
  bool save(char const* path, on_error const& errors = {}) const {
    if (!has_trees(errors)) {
      return false;
    }
    std::string text = text_of(c::LGBM_BoosterSaveModelToString, 0, "saving the model", errors);
    if (text.empty()) {
      return false;
    }
    text += '\n' + std::string(mark) + state_ + '\n';
    return io::write_file(path, text, errors);
  }
  static model load(char const* path, on_error const& errors = {}) {
    model m;
    int rounds = 0;
    if (!detail::succeeded(c::LGBM_BoosterCreateFromModelfile(path, &rounds, m.handle_.made()), "loading the model",
                           errors) ||
        !detail::succeeded(m.read_outputs(), "loading the model", errors)) {
      return {};
    }
    m.rounds_ = static_cast<std::size_t>(rounds);
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with(mark)) {
        m.state_ = line.substr(mark.size());
      }
    }
    return m;
  }

  /// The trees as LightGBM prints them, in JSON.
  std::string trees(on_error const& errors = {}) const {
    return has_trees(errors) ? text_of(c::LGBM_BoosterDumpModel, 0, "printing trees", errors) : std::string();
  }

  /// The shared parameters of an objective, to and from the model. False if the model holds another number of them.
  template <class Objective>
  void keep(Objective& objective) {
    state_ = engine::detail::state_text(objective);
  }
  template <class Objective>
  bool restore(Objective& objective) const {
    return ready() && engine::detail::read_state(state_, objective);
  }

private:
  friend class trainer;
  static constexpr std::string_view mark = "rankwise_parameters ";

  int read_outputs() {
    int outputs = 0;
    int const result = c::LGBM_BoosterGetNumClasses(handle_, &outputs);
    outputs_ = static_cast<std::size_t>(outputs);
    return result;
  }
  // LightGBM's functions read through a null handle.
  bool has_trees(on_error const& errors) const {
    return rankwise::detail::passed(
        ready() ? status{} : status{errc::bad_format, "the model has no trees: it was not trained, or not loaded"},
        errors);
  }

  template <class Call>
  std::string text_of(Call call, std::size_t rounds, char const* what, on_error const& errors) const {
    std::string text;
    std::int64_t size = 0;
    for (int attempt = 0; attempt < 2; ++attempt) { // the first says how long it is
      text.resize(static_cast<std::size_t>(size));
      if (!detail::succeeded(
              call(handle_, 0, static_cast<int>(rounds), 0, static_cast<std::int64_t>(text.size()), &size, text.data()),
              what, errors)) {
        return {};
      }
    }
    text.resize(text.find('\0') == std::string::npos ? text.size() : text.find('\0'));
    return text;
  }

  engine::owned<c::LGBM_BoosterFree> handle_;
  std::size_t outputs_ = 0;
  std::size_t rounds_ = 0;
  std::string state_;
};

/// LightGBM as an engine of `engine::run_rounds`.
class trainer {
public:
  static constexpr layout order = layout::column_major;

  /// outputs: of an objective of this library; 0: LightGBM's own objective, which says how many it has.
  trainer(data const& features, std::size_t outputs, train_options const& opts)
      : features_(features), opts_(opts), result_(outputs) {
    bool const theirs = outputs != 0 && detail::sets(opts.parameters, "objective");
    if (!detail::check_text(opts.parameters, opts.errors) ||
        !rankwise::detail::passed(
            theirs ? status{errc::unused_option, "the parameter objective, beside an objective of this library,"}
                   : status{},
            opts.errors)) {
      return;
    }
    std::vector<parameter> ours = detail::ours(opts.threads);
    ours.push_back({"seed", std::to_string(opts.seed)});
    ours.push_back({"learning_rate", engine::detail::exact(opts.learning_rate)});
    ours.push_back({"metric", "none"});
    if (outputs != 0) {
      ours.push_back({"objective", "none"});
      ours.push_back({"num_class", std::to_string(outputs)});
    }
    std::string const text = detail::joined(opts.parameters, ours);
    if (!succeeded(c::LGBM_BoosterCreate(features.handle(), text.c_str(), result_.handle_.made()),
                   "creating a model") ||
        !succeeded(result_.read_outputs(), "creating a model")) {
      return;
    }
    for (evaluation const& e : opts.evaluations) {
      if (e.features != &features &&
          !succeeded(c::LGBM_BoosterAddValidData(result_.handle_, e.features->handle()), "adding an evaluation")) {
        return;
      }
    }
  }

  bool ready() const { return result_.ready(); }
  void learning_rate(double x) {
    succeeded(c::LGBM_BoosterResetParameter(result_.handle_, ("learning_rate=" + engine::detail::exact(x)).c_str()),
              "learning_rate");
  }

  auto logits() { return outputs_of(0, features_.rows(), training_); }
  engine::logits logits(data const& others) {
    int index = 0;
    for (evaluation const& e : opts_.evaluations) { // LightGBM numbers them in this order, after the training data
      index += e.features != &features_ ? 1 : 0;
      if (e.features == &others) {
        index = e.features == &features_ ? 0 : index;
        break;
      }
    }
    auto const z = outputs_of(index, others.rows(), held_out_);
    rows_.resize(z.rows * z.columns);
    for (std::size_t r = 0; r < z.rows; ++r) {
      for (std::size_t k = 0; k < z.columns; ++k) {
        rows_[r * z.columns + k] = z(r, k);
      }
    }
    return row_major(static_cast<float const*>(rows_.data()), z.rows, z.columns);
  }

  bool grow(float const* gradient, float const* hessian, std::size_t) {
    int finished = 0;
    return succeeded(c::LGBM_BoosterUpdateOneIterCustom(result_.handle_, gradient, hessian, &finished),
                     "growing trees") &&
           finished == 0;
  }
  bool grow_by_its_own(std::size_t) {
    int finished = 0;
    return succeeded(c::LGBM_BoosterUpdateOneIter(result_.handle_, &finished), "growing trees") && finished == 0;
  }

  /// The model without its tie to the data, up to the best round.
  template <class... Objective>
  model finish(std::size_t best, Objective&... objective) {
    if (!ready()) {
      return {};
    }
    std::string const text =
        result_.text_of(c::LGBM_BoosterSaveModelToString, best, "finishing the model", opts_.errors);
    model m(result_.outputs_);
    int rounds = 0;
    if (text.empty() || !detail::succeeded(c::LGBM_BoosterLoadModelFromString(text.c_str(), &rounds, m.handle_.made()),
                                           "finishing the model", opts_.errors)) {
      return {};
    }
    m.rounds_ = static_cast<std::size_t>(rounds);
    (m.keep(objective), ...);
    return m;
  }

  head::alone together{};

private:
  bool succeeded(int result, char const* what) {
    if (result != 0) {
      model failed = std::move(result_); // freed; nothing can be made of it
      return detail::succeeded(result, what, opts_.errors);
    }
    return ready();
  }
  matrix<float const, layout::column_major> outputs_of(int index, std::size_t rows, std::vector<float>& to) {
    std::int64_t count = 0;
    raw_.resize(rows * result_.outputs_);
    if (!ready() || !succeeded(c::LGBM_BoosterGetPredict(result_.handle_, index, &count, raw_.data()), "predicting")) {
      return {};
    }
    to.assign(raw_.begin(), raw_.end());
    return column_major(static_cast<float const*>(to.data()), rows, result_.outputs_);
  }

  data const& features_;
  train_options const& opts_;
  model result_;
  std::vector<double> raw_;
  std::vector<float> training_, held_out_, rows_;
};

/// Trees for an objective of this library. An objective with a name keeps the parameters that it has learnt by the
/// model's last round; the model has a copy.
template <class Objective>
model train(data const& features, Objective&& objective, train_options const& opts = {}) {
  return engine::trained<trainer>(features, opts, objective);
}

/// LightGBM's own objective, named by the parameter `objective`, on features with labels: for comparison.
inline model train_builtin(data const& features, train_options const& opts = {}) {
  return engine::trained<trainer>(features, opts);
}

} // namespace rankwise::inline RANKWISE_ABI::lightgbm

#endif
