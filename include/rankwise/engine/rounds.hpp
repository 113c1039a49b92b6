#ifndef RANKWISE_ENGINE_ROUNDS_HPP
#define RANKWISE_ENGINE_ROUNDS_HPP

#include <rankwise/core/error.hpp>
#include <rankwise/core/tensor.hpp>
#include <rankwise/train/objective.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// What all engines share that grow trees round by round: options, evaluation, early stopping, callbacks, and the
/// numbers of an objective as text beside the trees.
///
/// An engine has `data` (features as it keeps them), `logits()` (the outputs of the training items so far),
/// `logits(data)` (of others), `grow(gradient, hessian)`, `learning_rate(x)`, `order` (the layout of its matrices) and
/// `together` (its workers). A boosting engine of your own has the same.
namespace rankwise::inline RANKWISE_ABI::engine {

/// One row of outputs per item; valid until the next call on the same model.
using logits = matrix<float const, layout::row_major>;

/// A measure of the outputs on some features, once per round. `weight` counts where several workers have a share of the
/// items each: their values are averaged by it.
template <class Data>
struct evaluation {
  std::string name;
  Data const* features = nullptr;
  std::function<double(engine::logits)> measure{};
  double weight = 1;
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

template <class Data>
struct train_options {
  std::size_t rounds = 100;
  double learning_rate = 0.1;
  std::uint64_t seed = 0;
  int threads = 0;                                       ///< 0: the engine's choice
  std::vector<parameter> parameters{};                   ///< any of the engine's, such as {"max_depth", "6"}
  std::vector<evaluation<Data>> evaluations{};           ///< the first one decides about early stopping
  std::size_t patience = 0;                              ///< stop when it has not risen for so many rounds; 0: never
  bool smaller_is_better = false;                        ///< the measure falls where the model improves
  std::function<double(std::size_t)> learning_rate_at{}; ///< of the round, from 1
  std::function<bool(progress const&)> on_round{};       ///< false ends the training
  on_error errors{};
};

/// Rows in compressed form, such as io::letor's; what is left out has no value.
template <class F>
concept sparse_rows = requires(F const& f) {
  f.row_offsets().data();
  f.column_indices().data();
  f.values().data();
  f.columns();
};

namespace detail {

// The shortest text that reads back as the same number.
inline std::string exact(double x) {
  char text[32];
  auto const end = std::to_chars(text, text + sizeof text, x);
  return {text, end.ptr};
}

inline std::size_t number_or(std::string const& text, std::size_t otherwise) {
  std::size_t value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// What all items share in an objective, as text that reads back to the same bits.
template <class Objective>
std::string state_text(Objective& objective) {
  std::string text;
  objective.for_each_state([&text](double const& x) { text += exact(x) + ' '; });
  return text;
}

/// False, and nothing written, if the text holds another number of them.
template <class Objective>
bool read_state(std::string_view text, Objective& objective) {
  char const* at = text.data();
  char const* const end = at + text.size();
  std::vector<double> read;
  while (at != end) {
    double x = 0;
    auto const result = std::from_chars(at, end, x);
    if (result.ec != std::errc()) {
      return false;
    }
    read.push_back(x);
    at = result.ptr;
    while (at != end && (*at == ' ' || *at == '\r')) {
      ++at;
    }
  }
  std::size_t count = 0;
  objective.for_each_state([&count](double const&) { ++count; });
  if (count != read.size()) {
    return false;
  }
  count = 0;
  objective.for_each_state([&](double& x) { x = read[count++]; });
  return true;
}

/// Whether the engine has read the features.
template <class Data>
status examine(Data const& features) {
  return features.handle() != nullptr ? status{} : status{errc::bad_format, "the features were not read"};
}

inline status wrong_columns(std::size_t found, std::size_t needed) {
  return {errc::wrong_shape, "the features (columns)", status::nowhere, needed, found};
}
/// Whether an evaluation's features have the columns of the training's. Where one of the two is compressed rows, it may
/// end before the other.
template <class Data>
status check_columns(Data const& found, Data const& needed) {
  bool const wrong = found.columns() < needed.columns()   ? found.dense()
                     : found.columns() > needed.columns() ? needed.dense()
                                                          : false;
  bool const any = found.rows() != 0 && needed.rows() != 0; // a worker may have no items
  return wrong && any ? wrong_columns(found.columns(), needed.columns()) : status{};
}

/// And whether every evaluation has some and a measure.
template <class Data>
status examine(Data const& features, train_options<Data> const& opts) {
  if (status const s = examine(features); !s.ok()) {
    return s;
  }
  for (evaluation<Data> const& e : opts.evaluations) {
    if (e.features == nullptr || e.features->handle() == nullptr || !e.measure) {
      return {errc::bad_format, "an evaluation lacks its features or its measure"};
    }
  }
  return {};
}

/// Evaluations, callbacks and early stopping; the same decision in all workers.
template <class Data>
class judge {
public:
  explicit judge(train_options<Data> const& opts) : opts_(opts) {}

  /// The best round so far, or 0: all of them.
  std::size_t best() const { return best_; }

  /// False: this was the last round.
  template <class Engine>
  bool go_on(std::size_t round, double loss, Engine& engine) {
    auto const& together = engine.together;
    values_.clear();
    for (evaluation<Data> const& e : opts_.evaluations) {
      auto const z = engine.logits(*e.features);
      values_.push_back(engine.ready() ? e.measure(z) : math::ops<double>::quiet_nan); // it has failed, and said so
    }
    average(loss, together);
    bool on = engine.ready() && (!opts_.on_round || opts_.on_round({round, opts_.rounds, loss, &values_}));
    if (opts_.patience > 0 && !values_.empty()) {
      double const value = opts_.smaller_is_better ? -values_[0] : values_[0];
      if (value == value && (best_ == 0 || value > best_value_)) { // NaN is never the best
        best_value_ = value;
        best_ = round;
      }
      on = on && round - best_ < opts_.patience;
    }
    if (together.several()) { // whoever wants to end ends all
      double stops = on ? 0 : 1;
      together.sum(&stops, 1);
      on = stops == 0;
    }
    return on;
  }

private:
  template <class Together>
  void average(double& loss, Together const& together) {
    if (!together.several()) {
      return;
    }
    std::vector<double> sums{loss};
    for (std::size_t e = 0; e < values_.size(); ++e) {
      double const weight = opts_.evaluations[e].weight;
      sums.push_back(weight == 0 ? 0 : weight * values_[e]);
      sums.push_back(weight);
    }
    together.sum(sums.data(), sums.size());
    loss = sums[0];
    for (std::size_t e = 0; e < values_.size(); ++e) {
      values_[e] = sums[1 + 2 * e] / sums[2 + 2 * e];
    }
  }

  train_options<Data> const& opts_;
  std::vector<double> values_{};
  double best_value_ = 0;
  std::size_t best_ = 0;
};

/// Whether an engine's outputs are those of an objective: it reads the derivatives by its own number of them.
template <class Objective, class Z>
status check_outputs(Objective const& objective, Z const& z) {
  status const s = train::detail::check(objective, z.rows);
  return s.ok() && z.columns != Objective::outputs ? status{errc::wrong_shape, "the outputs (columns) of the engine",
                                                            status::nowhere, Objective::outputs, z.columns}
                                                   : s;
}

template <class T>
auto ordered_matrix(T* first, std::size_t rows, std::size_t columns, auto order) {
  if constexpr (order() == layout::column_major) {
    return column_major(first, rows, columns);
  } else {
    return row_major(first, rows, columns);
  }
}

/// The best round, 0 for all; nothing where the engine's outputs have another shape than the objective's.
template <class Engine, class Objective, class Data>
std::optional<std::size_t> best_of_rounds(Engine& engine, Objective& objective, train_options<Data> const& opts) {
  constexpr std::size_t outputs = Objective::outputs;
  constexpr auto order = [] { return Engine::order; };
  std::size_t const items = objective.items();
  std::vector<float> gradient(items * outputs), hessian(items * outputs);
  std::vector<double> shared; // of the best round, whose trees were judged with them
  detail::judge<Data> judge(opts);
  for (std::size_t round = 1; round <= opts.rounds; ++round) {
    if (opts.learning_rate_at) {
      engine.learning_rate(opts.learning_rate_at(round));
    }
    auto const z = engine.logits();
    if (!engine.ready()) {
      break;
    }
    if (status const s = detail::check_outputs(objective, z); !s.ok()) {
      rankwise::detail::deliver(s, opts.errors);
      return std::nullopt;
    }
    train::detail::learn(objective, z, 0, engine.together, opts.errors);
    double const loss =
        train::detail::derive(objective, z, detail::ordered_matrix(gradient.data(), items, outputs, order),
                              detail::ordered_matrix(hessian.data(), items, outputs, order), 0, opts.errors);
    bool const grown = engine.grow(gradient.data(), hessian.data(), gradient.size());
    bool const on = engine.ready() && judge.go_on(round, loss, engine);
    if (judge.best() == round) {
      shared.clear();
      objective.for_each_state([&shared](double const& x) { shared.push_back(x); });
    }
    if (!on || !grown) {
      break;
    }
  }
  if (judge.best() != 0) {
    std::size_t next = 0;
    objective.for_each_state([&](double& x) { x = shared[next++]; });
  }
  return judge.best();
}

/// The same for an objective of the engine's own.
template <class Engine, class Data>
std::optional<std::size_t> best_of_rounds(Engine& engine, train_options<Data> const& opts) {
  detail::judge<Data> judge(opts);
  for (std::size_t round = 1; round <= opts.rounds; ++round) {
    if (opts.learning_rate_at) {
      engine.learning_rate(opts.learning_rate_at(round));
    }
    bool const grown = engine.grow_by_its_own(round - 1);
    if (!engine.ready() || !judge.go_on(round, 0, engine) || !grown) {
      break;
    }
  }
  return judge.best();
}

/// One readable line where something else stands for an objective.
template <class Objective>
consteval bool explain_objective() {
  constexpr bool is_one = requires {
    Objective::outputs;
  };
  static_assert(is_one, "[rankwise] a loss needs labels and lists, a head needs labels: rw::train::objective(loss, "
                        "labels, lists), rw::train::objective(head, labels)");
  static_assert(!is_one || !std::is_const_v<Objective>,
                "[rankwise] an objective has memory of its own, and learns: it is not const");
  return is_one && !std::is_const_v<Objective>;
}

} // namespace detail

/// The rounds: outputs, the step of the shared parameters, derivatives, trees, evaluation. Returns the best round, 0
/// for all, and leaves the objective with the shared parameters of that round; the engine has said what went wrong
/// where it is no longer `ready()`. Outputs of another shape than the objective's are an error, before they are read.
template <class Engine, class Objective, class Data>
std::size_t run_rounds(Engine& engine, Objective& objective, train_options<Data> const& opts) {
  return detail::best_of_rounds(engine, objective, opts).value_or(0);
}
/// The same for an objective of the engine's own.
template <class Engine, class Data>
std::size_t run_rounds(Engine& engine, train_options<Data> const& opts) {
  return detail::best_of_rounds(engine, opts).value_or(0);
}

/// What an engine's `train` does: checks, rounds, and the model of the best round. `Trainer(features, outputs,
/// options)` is the engine, and its `finish(best, objective...)` gives the model. Without an objective `outputs` is 0,
/// and the trees are those of an objective of the engine's own.
template <class Trainer, class Data, class... Objective>
auto trained(Data const& features, train_options<Data> const& opts, Objective&... objective) {
  using model = decltype(std::declval<Trainer&>().finish(std::size_t{}, objective...));
  if constexpr (!(detail::explain_objective<Objective>() && ...)) {
    return model(); // the line is enough
  } else {
    if (!rankwise::detail::passed(detail::examine(features, opts), opts.errors) ||
        !(rankwise::detail::passed(train::detail::check(objective, features.rows()), opts.errors) && ...)) {
      return model();
    }
    Trainer engine(features, (std::size_t{0} + ... + Objective::outputs), opts);
    if (!engine.ready()) {
      return model();
    }
    auto const best = detail::best_of_rounds(engine, objective..., opts);
    return best ? engine.finish(*best, objective...) : model();
  }
}

} // namespace rankwise::inline RANKWISE_ABI::engine

#endif
