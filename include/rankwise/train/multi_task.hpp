#ifndef RANKWISE_TRAIN_MULTI_TASK_HPP
#define RANKWISE_TRAIN_MULTI_TASK_HPP

#include <rankwise/core/storage.hpp>
#include <rankwise/exec/item_run.hpp>
#include <rankwise/exec/run.hpp>

#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

/// Several losses over one matrix of logits, one row per item: heads by their logits, losses of lists by one column as
/// the score. Tasks may share columns; then their gradients add up there. Every task has prepared data of its own, so
/// labels, masks and item weights differ as they like.
namespace rankwise::inline RANKWISE_ABI::train {

/// A loss with its data and its place. The data stays the caller's and must outlive the task.
template <class Formula, class Data>
struct task_of {
  Formula formula;
  Data const* data;
  std::size_t column;
  double weight;

  static constexpr bool of_items = rankwise::detail::is_prepared_items<Data>;
  static constexpr std::size_t columns() {
    if constexpr (of_items) {
      return static_cast<std::size_t>(Formula::columns);
    } else {
      return 1;
    }
  }
};

/// Where a task's logits begin, and what its loss counts.
struct place {
  std::size_t column = 0;
  double weight = 1;
};

/// task(click, click_data, {.column = 2, .weight = 0.5})
template <class Formula, class Data>
constexpr task_of<Formula, Data> task(Formula const& formula, Data const& data, place at = {}) {
  static_assert(rankwise::detail::is_prepared_items<Data> || prepared_data<Data>,
                "[rankwise] a task needs prepared data: task(loss, loss.prepare(...), {.column = c})");
  return {formula, &data, at.column, at.weight};
}

/// The weighted sum of tasks,  L = sum_k w_k L_k, with derivatives in T. `values` and `weights` hold L_k and w_k;
/// weights may be changed between calls, by `uncertainty` or `pareto` for instance. The object keeps every task's own
/// gradient, so only its first call allocates.
template <class T, class... Tasks>
class multi_task_of {
public:
  static constexpr std::size_t size = sizeof...(Tasks);

  explicit multi_task_of(Tasks const&... tasks) : weights{tasks.weight...}, tasks_(tasks...) {
    std::size_t at = 0;
    std::size_t k = 0;
    ((first_[k] = tasks.column, count_[k] = Tasks::columns(), offset_[k] = at, at += Tasks::columns(), ++k), ...);
  }

  std::array<double, size> weights;
  std::array<double, size> values{};

  /// The loss; fills `values`.
  template <class Logits, class Isa = arch::native>
  double value(Logits const& logits, on_error errors = {}) {
    auto const z = rankwise::detail::as_rows(logits);
    if (!fits(z, "logits", z.rows, errors)) {
      return math::ops<double>::quiet_nan;
    }
    return over_tasks(errors, [&](auto const& task, std::size_t, on_error told) {
      if constexpr (std::remove_cvref_t<decltype(task)>::of_items) {
        return task.formula.value(part(z, task), *task.data, {.errors = told});
      } else {
        return task.formula.value(part(z, task), *task.data, memory_, {.errors = told});
      }
    });
  }

  /// The same, and its derivatives: matrices of the shape of the logits. Columns that belong to no task become 0.
  template <class Logits, class Gradient, class Isa = arch::native>
  double gradient(Logits const& logits, Gradient&& gradient, on_error errors = {}) {
    no_output none;
    return derive<Isa>(logits, gradient, none, errors);
  }
  template <class Logits, class Gradient, class Hessian, class Isa = arch::native>
    requires(!std::is_same_v<std::remove_cvref_t<Hessian>, on_error> &&
             !std::is_same_v<std::remove_cvref_t<Hessian>, status>)
  double gradient(Logits const& logits, Gradient&& gradient, Hessian&& hessian, on_error errors = {}) {
    return derive<Isa>(logits, gradient, hessian, errors);
  }

  /// Inner products of the tasks' own gradients, unweighted, as the last call of `gradient` left them: what `pareto`
  /// needs. Tasks on different columns have nothing in common.
  template <class Isa = arch::native>
  std::array<double, size * size> gram() const {
    std::array<double, size * size> products{};
    for (std::size_t k = 0; k < size; ++k) {
      for (std::size_t j = 0; j <= k; ++j) {
        double sum = 0;
        for (std::size_t c = 0; c < count_[k]; ++c) {
          std::size_t const shared = first_[k] + c;
          if (shared >= first_[j] && shared < first_[j] + count_[j]) {
            T const* const a = gradients_.data() + (offset_[k] + c) * rows_;
            T const* const b = gradients_.data() + (offset_[j] + shared - first_[j]) * rows_;
            for (std::size_t r = 0; r < rows_; ++r) {
              sum += static_cast<double>(a[r]) * static_cast<double>(b[r]);
            }
          }
        }
        products[k * size + j] = products[j * size + k] = sum;
      }
    }
    return products;
  }

private:
  static constexpr std::size_t all_columns = (std::size_t{0} + ... + Tasks::columns());

  // The columns of one task: a matrix for the formulas of items, a column for those of lists.
  template <class Matrix, class Task>
  static auto part(Matrix const& m, Task const& task) {
    if constexpr (Task::of_items) {
      auto some = m;
      some.first = m.column(task.column).first;
      some.columns = Task::columns();
      return some;
    } else {
      return m.column(task.column);
    }
  }
  template <class Task>
  auto own_part(storage<T>& s, Task const&, std::size_t k) const {
    T* const first = s.data() + offset_[k] * rows_;
    if constexpr (Task::of_items) {
      return column_major(first, rows_, Task::columns());
    } else {
      return column<T>{first, rows_};
    }
  }

  template <class Matrix>
  bool fits(Matrix const& m, char const* argument, std::size_t rows, on_error const& errors) const {
    if constexpr (std::is_same_v<Matrix, no_output>) {
      return true;
    } else {
      std::size_t needed = 0;
      for (std::size_t k = 0; k < size; ++k) {
        needed = first_[k] + count_[k] > needed ? first_[k] + count_[k] : needed;
      }
      status const width =
          m.columns >= needed ? status{} : status{errc::wrong_shape, argument, status::nowhere, needed, m.columns};
      return rankwise::detail::passed(width, errors) &&
             rankwise::detail::check_equal(m.rows, rows, argument, errc::size_mismatch, errors);
    }
  }

  template <class F>
  double over_tasks(on_error const& errors, F f) {
    status first; // what is wrong with a task is not forgotten over those behind it
    double sum = 0;
    std::size_t k = 0;
    auto const add = [&](auto const& task) {
      status s;
      values[k] = f(task, k, on_error(s));
      sum += weights[k] * values[k];
      first = first.ok() ? s : first;
      ++k;
    };
    std::apply([&](auto const&... task) { (add(task), ...); }, tasks_);
    if (!first.ok()) {
      rankwise::detail::deliver(first, errors);
    }
    return sum;
  }

  template <class Isa, class Logits, class Gradient, class Hessian>
  double derive(Logits const& logits, Gradient& gradient, Hessian& hessian, on_error errors) {
    constexpr bool wants_hessian = !std::is_same_v<std::remove_cvref_t<Hessian>, no_output>;
    auto const z = rankwise::detail::as_rows(logits);
    auto const g = rankwise::detail::as_rows(gradient);
    auto const h = rankwise::detail::as_rows(hessian);
    if (!fits(z, "logits", z.rows, errors) || !fits(g, "gradient", z.rows, errors) ||
        !fits(h, "hessian", z.rows, errors)) {
      return math::ops<double>::quiet_nan;
    }
    rows_ = z.rows;
    if (gradients_.size() != all_columns * rows_) {
      gradients_.resize(all_columns * rows_);
    }
    if (wants_hessian && hessians_.size() != gradients_.size()) {
      hessians_.resize(gradients_.size());
    }
    double const sum = over_tasks(errors, [&](auto const& task, std::size_t k, on_error told) {
      auto const to = own_part(gradients_, task, k);
      if constexpr (wants_hessian) {
        auto const bend = own_part(hessians_, task, k);
        return call(task, part(z, task), told, to, bend);
      } else {
        return call(task, part(z, task), told, to);
      }
    });
    if (sum - sum == 0) {
      add_up<Isa>(gradients_, g);
      if constexpr (wants_hessian) {
        add_up<Isa>(hessians_, h);
      }
    }
    return sum;
  }

  template <class Task, class Part, class... Outputs>
  double call(Task const& task, Part const& z, on_error const& errors, Outputs const&... out) {
    if constexpr (Task::of_items) {
      return task.formula.gradient(z, *task.data, out..., {.errors = errors});
    } else {
      return task.formula.gradient(z, *task.data, out..., memory_, {.errors = errors});
    }
  }

  template <class Isa, class To>
  void add_up(storage<T> const& own, To const& to) const {
    using U = std::remove_cvref_t<decltype(to(0, 0))>;
    for (std::size_t c = 0; c < to.columns; ++c) {
      for (std::size_t r = 0; r < rows_; ++r) {
        to(r, c) = U(0);
      }
      for (std::size_t k = 0; k < size; ++k) {
        if (c >= first_[k] && c < first_[k] + count_[k]) {
          T const* const from = own.data() + (offset_[k] + c - first_[k]) * rows_;
          T const weight = static_cast<T>(weights[k]);
          for (std::size_t r = 0; r < rows_; ++r) {
            to(r, c) = static_cast<U>(static_cast<T>(to(r, c)) + weight * from[r]);
          }
        }
      }
    }
  }

  std::tuple<Tasks...> tasks_;
  std::size_t first_[size];
  std::size_t count_[size];
  std::size_t offset_[size];
  std::size_t rows_ = 0;
  storage<T> gradients_;
  storage<T> hessians_;
  workspace memory_;
};

/// multi_task(task(click, click_data), task(softmax, grades, {.column = 1, .weight = 2})); float unless named:
/// multi_task<double>(...)
template <class T = float, class... Tasks>
multi_task_of<T, Tasks...> multi_task(Tasks const&... tasks) {
  return multi_task_of<T, Tasks...>(tasks...);
}

} // namespace rankwise::inline RANKWISE_ABI::train

#endif
