#ifndef RANKWISE_TRAIN_OBJECTIVE_HPP
#define RANKWISE_TRAIN_OBJECTIVE_HPP

#include <rankwise/core/lists.hpp>
#include <rankwise/core/options.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/exec/item_run.hpp>
#include <rankwise/exec/simd.hpp>
#include <rankwise/head/parameters.hpp>

#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

/// What an engine optimises that fits outputs by their derivatives: a list-wise loss, a head, or several of them side
/// by side, over matrices with one row per item and one column per output.
///
///   train::objective(loss, labels, lists, {.item_weights = w})       one output, the score
///   train::objective(head, labels, {.mask = m})                      the head's logits; its cut-points learn as well
///   train::joint(objective_a, objective_b, ...)                      all their outputs, and the sum of their losses
///
/// An objective owns its data, and its memory is reused from round to round. Members: `outputs`, `items()`,
/// `derive(z, gradient, hessian)` (returns the loss), `learn(z)` (a step of what is shared by all items; also with
/// `head::alone`'s like, where workers have a share of the items each),
/// `for_each_state(f)` (those numbers, to be stored beside the model).
namespace rankwise::inline RANKWISE_ABI::train {

namespace detail {

// `Isa` keeps the loops of units with different flags apart.
template <class Isa, class From>
constexpr void gather(From const& from, std::size_t first, std::size_t count, storage<float>& to) {
  for (std::size_t c = 0; c < count; ++c) {
    for (std::size_t r = 0; r < from.rows; ++r) {
      to[c * from.rows + r] = static_cast<float>(from(r, first + c));
    }
  }
}
template <class Isa, class To>
constexpr void scatter(storage<float> const& from, float scale, float floor, To const& to, std::size_t first,
                       std::size_t count) {
  for (std::size_t c = 0; c < count; ++c) {
    for (std::size_t r = 0; r < to.rows; ++r) {
      float const x = scale * from[c * to.rows + r];
      to(r, first + c) = x < floor ? floor : x;
    }
  }
}

inline constexpr float no_floor = -math::ops<float>::infinity;

} // namespace detail

/// How an objective enters the sum, and what keeps an engine's divisions safe.
struct share {
  double weight = 1;            ///< multiplies loss and derivatives
  double hessian_floor = 1e-16; ///< no item's second derivative is smaller (XGBoost's own bound)
};

namespace detail {

/// Whether an objective's labels are those of so many items.
constexpr status check_items(std::size_t items, std::size_t rows) {
  return items == rows ? status{} : status{errc::size_mismatch, "the objective's labels", status::nowhere, rows, items};
}
/// Derivatives stand although some lists or items counted for nothing.
constexpr bool derived(status const& s) {
  return s.ok() || s.code == errc::not_finite || s.code == errc::unusable_item;
}
/// Unlike `passed`, leaves a caller's status alone where nothing is wrong: another part may have written there.
constexpr void tell(status const& s, on_error const& errors) {
  if (!s.ok()) {
    rankwise::detail::deliver(s, errors);
  }
}

/// Whether a matrix has a row per item and all columns up to `end`, those of an objective's outputs.
template <class M>
RANKWISE_HOST_FN status check_shape(M const& m, char const* what, std::size_t rows, std::size_t end) {
  return m.columns < end  ? status{errc::wrong_shape, what, status::nowhere, end, m.columns}
         : m.rows != rows ? status{errc::size_mismatch, what, status::nowhere, rows, m.rows}
                          : status{};
}

/// Any struct with the members of an objective is one; that of a user may know neither a first column, nor other
/// workers, nor an error policy.
template <class Objective>
status check(Objective const& objective, std::size_t rows) {
  if constexpr (requires { objective.check(rows); }) {
    return objective.check(rows);
  } else {
    return check_items(objective.items(), rows);
  }
}
/// What stands where an objective reads, and where it writes.
template <class Objective, class Z>
status check(Objective const& objective, Z const& z, std::size_t first) {
  status const s = detail::check(objective, z.rows);
  return s.ok() ? check_shape(z, "the outputs (columns) of an objective", z.rows, first + Objective::outputs) : s;
}
template <class Objective, class Z, class G, class H>
status check(Objective const& objective, Z const& z, G const& g, H const& h, std::size_t first) {
  status s = detail::check(objective, z, first);
  s = s.ok() ? check_shape(g, "the gradient", z.rows, first + Objective::outputs) : s;
  return s.ok() ? check_shape(h, "the hessian", z.rows, first + Objective::outputs) : s;
}
template <class Objective, class Z, class G, class H>
double derive(Objective& objective, Z const& z, G const& g, H const& h, std::size_t first, on_error const& errors) {
  if constexpr (requires { objective.derive(z, g, h, first, errors); }) {
    return objective.derive(z, g, h, first, errors);
  } else if constexpr (requires { objective.derive(z, g, h, first); }) {
    return objective.derive(z, g, h, first);
  } else {
    return objective.derive(z, g, h);
  }
}
template <class Objective, class Z, class Together>
void learn(Objective& objective, Z const& z, std::size_t first, Together const& together, on_error const& errors) {
  if constexpr (requires { objective.learn(z, first, together, errors); }) {
    objective.learn(z, first, together, errors);
  } else if constexpr (requires { objective.learn(z, first, together); }) {
    objective.learn(z, first, together);
  } else {
    objective.learn(z);
  }
}

} // namespace detail

template <class Loss, class Data, class Isa>
class list_objective {
public:
  static constexpr std::size_t outputs = 1;

  list_objective(Loss const& loss, Data data, share const& s) : loss_(loss), data_(std::move(data)), share_(s) {
    scores_.resize(items());
    gradient_.resize(items());
    hessian_.resize(items());
    memory_ = workspace(loss_.workspace_bytes(data_));
  }

  std::size_t items() const { return data_.labels.size(); }
  status check(std::size_t rows) const { return detail::check_items(items(), rows); }

  template <class Z, class G, class H>
  double derive(Z const& z, G const& g, H const& h, std::size_t first = 0, on_error const& errors = {}) {
    status s = detail::check(*this, z, g, h, first);
    double value = math::ops<double>::quiet_nan;
    if (s.ok()) {
      detail::gather<Isa>(z, first, 1, scores_);
      value = loss_.gradient(exec::simd{}, scores_, data_, gradient_, hessian_, memory_, {.errors = s});
    }
    if (detail::derived(s)) {
      auto const scale = static_cast<float>(share_.weight);
      detail::scatter<Isa>(gradient_, scale, detail::no_floor, g, first, 1);
      detail::scatter<Isa>(hessian_, scale, static_cast<float>(share_.hessian_floor), h, first, 1);
    }
    detail::tell(s, errors);
    return share_.weight * value;
  }
  template <class Z, class Together = head::alone>
  void learn(Z const&, std::size_t = 0, Together const& = {}, on_error const& = {}) {}
  template <class F>
  void for_each_state(F) {}

private:
  Loss loss_;
  Data data_;
  share share_;
  workspace memory_;
  storage<float> scores_, gradient_, hessian_;
};

template <class Head, class Data, class Isa>
class head_objective {
public:
  static constexpr std::size_t outputs = static_cast<std::size_t>(Head::columns);

  head_objective(Head const& head, Data data, share const& s) : head_(head), data_(std::move(data)), share_(s) {
    logits_.resize(items() * outputs);
    gradient_.resize(items() * outputs);
    hessian_.resize(items() * outputs);
  }

  std::size_t items() const { return data_.labels.size(); }
  status check(std::size_t rows) const { return detail::check_items(items(), rows); }
  /// The head with its parameters as learnt so far.
  Head const& head() const { return head_; }

  template <class Z, class G, class H>
  double derive(Z const& z, G const& g, H const& h, std::size_t first = 0, on_error const& errors = {}) {
    status s = detail::check(*this, z, g, h, first);
    double value = math::ops<double>::quiet_nan;
    auto const gradient = rows(gradient_);
    auto const hessian = rows(hessian_);
    if (s.ok()) {
      detail::gather<Isa>(z, first, outputs, logits_);
      value = head_.gradient(exec::simd{}, rows(logits_), data_, gradient, hessian, {.errors = s});
    }
    if (detail::derived(s)) {
      auto const scale = static_cast<float>(share_.weight);
      detail::scatter<Isa>(gradient_, scale, detail::no_floor, g, first, outputs);
      detail::scatter<Isa>(hessian_, scale, static_cast<float>(share_.hessian_floor), h, first, outputs);
    }
    detail::tell(s, errors);
    return share_.weight * value;
  }
  /// A step of the shared parameters towards what is best for these logits, and for those of the other workers.
  template <class Z, class Together = head::alone>
  void learn(Z const& z, std::size_t first = 0, Together const& together = {}, on_error const& errors = {}) {
    if constexpr (parameters_of < Head >> 0) {
      status s = detail::check(*this, z, first);
      if (s.ok()) {
        detail::gather<Isa>(z, first, outputs, logits_);
        head::refine_parameters(head_, rows(logits_), data_, rows(gradient_), {.errors = s}, together);
      }
      detail::tell(s, errors);
    }
  }
  template <class F>
  void for_each_state(F f) {
    head::for_each_parameter(head_, f);
  }

private:
  auto rows(storage<float>& s) const { return column_major(s.data(), items(), outputs); }

  Head head_;
  Data data_;
  share share_;
  storage<float> logits_, gradient_, hessian_;
};

/// Several objectives over the same items; their outputs stand side by side.
template <class... Objectives>
class joint_objective {
public:
  static constexpr std::size_t outputs = (Objectives::outputs + ...);

  explicit joint_objective(Objectives... parts) : parts_(std::move(parts)...) {}

  /// Of the first part; `check` asks all of them.
  std::size_t items() const { return std::get<0>(parts_).items(); }
  status check(std::size_t rows) const {
    return std::apply(
        [rows](auto const&... part) {
          status s;
          ((s = s.ok() ? detail::check(part, rows) : s), ...);
          return s;
        },
        parts_);
  }
  template <std::size_t K>
  auto const& get() const {
    return std::get<K>(parts_);
  }

  template <class Z, class G, class H>
  double derive(Z const& z, G const& g, H const& h, std::size_t first = 0, on_error const& errors = {}) {
    if (status const s = detail::check(*this, z, g, h, first); !s.ok()) { // before a part has written
      detail::tell(s, errors);
      return math::ops<double>::quiet_nan;
    }
    double sum = 0;
    each([&](auto& part, std::size_t at) { sum += detail::derive(part, z, g, h, first + at, errors); });
    return sum;
  }
  template <class Z, class Together = head::alone>
  void learn(Z const& z, std::size_t first = 0, Together const& together = {}, on_error const& errors = {}) {
    if (status const s = detail::check(*this, z, first); !s.ok()) {
      detail::tell(s, errors);
      return;
    }
    each([&](auto& part, std::size_t at) { detail::learn(part, z, first + at, together, errors); });
  }
  template <class F>
  void for_each_state(F f) {
    each([&](auto& part, std::size_t) { part.for_each_state(f); });
  }

private:
  template <class F>
  void each(F f) {
    std::apply(
        [&f](auto&... part) {
          std::size_t at = 0;
          ((f(part, at), at += std::remove_reference_t<decltype(part)>::outputs), ...);
        },
        parts_);
  }

  std::tuple<Objectives...> parts_;
};

namespace detail {

/// A head, or a loss of single items.
template <class Policy>
concept of_items = requires {
  Policy::columns;
};

/// Stands for what was refused, so that one line is enough.
struct no_objective {
  static constexpr std::size_t outputs = 1;
  std::size_t items() const { return 0; }
  template <class... Arguments>
  double derive(Arguments const&...) {
    return 0;
  }
  template <class... Arguments>
  void learn(Arguments const&...) {}
  template <class F>
  void for_each_state(F) {}
};

/// What `list_objective` calls: a metric has `prepare`, and no gradient.
template <class Loss, class Data>
concept has_gradient = requires(Loss const& loss, Data const& data, storage<float>& column, workspace& memory) {
  loss.gradient(exec::simd{}, column, data, column, column, memory, options{});
};

/// One readable line where the arguments of `objective` are others.
template <class Policy, class Groups>
consteval bool explain_objective_of() {
  constexpr bool first = !tensor_column<Policy> && !list_groups<Policy>;
  constexpr bool grouped = list_groups<Groups>;
  static_assert(first, "[rankwise] the loss or the head comes first: train::objective(loss, labels, lists), "
                       "train::objective(head, labels)");
  static_assert(!first || of_items<Policy> || grouped,
                "[rankwise] a loss of lists needs them: train::objective(loss, labels, lists), with rw::lists(offsets) "
                "or rw::lists_of_sizes(sizes)");
  static_assert(!first || !of_items<Policy> || std::is_void_v<Groups>,
                "[rankwise] a head, and a loss of single items, takes no lists: train::objective(head, labels, "
                "{.item_weights = w})");
  return first && !of_items<Policy> && grouped;
}

} // namespace detail

/// Of a list-wise loss. Options go to `loss.prepare`.
template <class Loss, class Labels, class Groups, class Isa = arch::native>
  requires(!std::is_same_v<Groups, options>)
auto objective(Loss const& loss, Labels const& labels, Groups const& groups, options const& opts = {},
               share const& s = {}) {
  if constexpr (detail::explain_objective_of<Loss, Groups>()) {
    auto data = loss.template prepare<float>(exec::simd{}, labels, groups, opts);
    constexpr bool differentiable = detail::has_gradient<Loss, decltype(data)>;
    static_assert(differentiable, "[rankwise] a metric has no gradient: train with loss::lambda<metric>, "
                                  "loss::approx<metric> or loss::bound<metric>");
    if constexpr (differentiable) {
      return list_objective<Loss, decltype(data), Isa>(loss, std::move(data), s);
    } else {
      return detail::no_objective{};
    }
  } else {
    return detail::no_objective{};
  }
}
template <class Loss, class Labels>
  requires(!detail::of_items<Loss>)
auto objective(Loss const&, Labels const&, options const& = {}, share const& = {}) {
  static_cast<void>(detail::explain_objective_of<Loss, void>());
  return detail::no_objective{};
}

/// Of a head or a pointwise loss. Options go to `head.prepare`.
template <class Head, class Labels, class Isa = arch::native>
  requires requires {
    Head::columns;
  }
auto objective(Head const& head, Labels const& labels, options const& opts = {}, share const& s = {}) {
  auto data = head.template prepare<float>(exec::simd{}, labels, opts);
  return head_objective<Head, decltype(data), Isa>(head, std::move(data), s);
}

template <class... Objectives>
joint_objective<Objectives...> joint(Objectives... parts) {
  return joint_objective<Objectives...>(std::move(parts)...);
}

} // namespace rankwise::inline RANKWISE_ABI::train

#endif
