#ifndef RANKWISE_EXEC_APPLY_HPP
#define RANKWISE_EXEC_APPLY_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/exec/run.hpp>

#include <cstdint>

/// Element-wise policies over columns: one fused pass, in place if the output is the input.
namespace rankwise::inline RANKWISE_ABI {

/// The numbers of one item, or of one pack of items, in a matrix: `row(k)` is the k-th of `columns()`.
template <class Matrix, class Index>
struct row_input {
  using vector = typename Index::vector;
  Matrix const& numbers;
  Index i;

  RANKWISE_FN std::size_t columns() const { return numbers.columns; }
  RANKWISE_FN vector operator()(std::size_t k) const { return load(numbers, i, k); }
};

/// The same for writing: `row(k, value)`.
template <class Matrix, class Index>
struct row_output {
  using vector = typename Index::vector;
  Matrix const& numbers;
  Index i;

  RANKWISE_FN std::size_t columns() const { return numbers.columns; }
  RANKWISE_FN void operator()(std::size_t k, vector x) const { store(numbers, i, k, x); }
};

/// Either of them: `template <number_row Row> ... operator()(Row const& row)` keeps a policy off single numbers.
template <class R>
concept number_row = requires(R const& row) {
  typename R::vector;
  row.columns();
};

/// True for policies that refer to tables in host memory.
template <class Policy>
inline constexpr bool host_only = false;
template <class Policy>
  requires requires {
    Policy::host_only;
  }
inline constexpr bool host_only<Policy> = Policy::host_only;

namespace detail {

// ---- what a policy is called with

template <class Column>
constexpr Column from_item(Column c, std::size_t first) {
  c.first += first;
  c.count -= first;
  return c;
}
template <class T, memory W>
constexpr strided_column<T, W> from_item(strided_column<T, W> c, std::size_t first) {
  return {c.first + static_cast<std::ptrdiff_t>(first) * c.stride, c.count - first, c.stride};
}
template <class T, layout L, memory W>
constexpr matrix<T, L, W> from_item(matrix<T, L, W> m, std::size_t first) {
  m.first += static_cast<std::ptrdiff_t>(first) * m.row_stride;
  m.rows -= first;
  return m;
}

template <class A>
struct one_column {
  A a;

  template <class Policy, class Index>
  RANKWISE_FN auto operator()(Policy const& policy, Index i) const {
    return policy(load(a, i));
  }
  constexpr one_column from(std::size_t first) const { return {from_item(a, first)}; }
};

template <class A, class B>
struct two_columns {
  A a;
  B b;

  template <class Policy, class Index>
  RANKWISE_FN auto operator()(Policy const& policy, Index i) const {
    return policy(load(a, i), load(b, i));
  }
  constexpr two_columns from(std::size_t first) const { return {from_item(a, first), from_item(b, first)}; }
};

template <class M>
struct one_matrix {
  M m;

  template <class Policy, class Index>
  RANKWISE_FN auto operator()(Policy const& policy, Index i) const {
    return policy(row_input<M, Index>{m, i});
  }
  constexpr one_matrix from(std::size_t first) const { return {from_item(m, first)}; }
};

// ---- kernels

template <class Policy, class Input, class Out>
struct element_kernel {
  Policy policy;
  Input in;
  Out out;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    store(out, i, in(policy, i));
  }
};

/// Full packs only, written past the caches. `out` is aligned to a pack. A function of its own: beside the code for the
/// last items the compiler does not keep all constants in registers, and the loop loads them each time.
template <class Executor, class T, class Policy, class Input, class Out>
RANKWISE_FLATTEN void stream_packs(Policy const& policy_, Input const in, Out const out) {
  using V = typename Executor::template vector<T>;
  constexpr std::size_t width = static_cast<std::size_t>(math::lanes<V>);
  Policy const policy = policy_; // what is stored cannot change it
  for (std::size_t i = 0; i + width <= out.count; i += width) {
    math::ops<V>::stream(out.first + i, storable<typename Out::value_type>(in(policy, pack<V>{i})));
  }
}

/// A policy that writes rows is called with what it reads and with a `row_output`.
template <class Policy, class In, class Out>
struct row_kernel {
  Policy policy;
  In in;
  Out out;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    row_output<Out, Index> const to{out, i};
    if constexpr (requires { in.columns; }) {
      policy(row_input<In, Index>{in, i}, to);
    } else {
      policy(load(in, i), to);
    }
  }
};

/// Outputs of at least this many bytes are written past the caches: they would not be found there anyway, and the
/// memory is then not read before it is written.
inline constexpr std::size_t streaming_bytes = std::size_t{4} << 20;

template <class Executor, class T, class Out>
inline constexpr bool streams = false;
template <class Arch, class T, class U>
inline constexpr bool streams<exec::basic_simd<Arch>, T, column<U>> = requires {
  requires math::ops<typename exec::basic_simd<Arch>::template vector<T>>::template streams<U>;
};

template <class T, class Executor, class Policy, class Input, class Out>
constexpr void apply_elements(Executor executor, Policy const& policy, Input const& in, Out const& out, bool in_place) {
  auto const run = [&](std::size_t n, auto const& kernel) { executor.template for_each_item<T>(n, kernel); };
  if constexpr (streams<Executor, T, Out>) {
    if (!std::is_constant_evaluated() && !in_place && out.count * sizeof(*out.first) >= streaming_bytes &&
        reinterpret_cast<std::uintptr_t>(out.first) % sizeof(*out.first) == 0) {
      using vector = math::ops<typename Executor::template vector<T>>;
      constexpr std::size_t alignment = static_cast<std::size_t>(vector::lanes) * sizeof(*out.first);
      std::size_t const beyond = reinterpret_cast<std::uintptr_t>(out.first) % alignment;
      std::size_t const head = (alignment - beyond) % alignment / sizeof(*out.first);
      std::size_t const rest = (out.count - head) % static_cast<std::size_t>(vector::lanes);
      std::size_t const last = out.count - rest;
      run(head, element_kernel<Policy, Input, Out>{policy, in, out});
      stream_packs<Executor, T>(policy, in.from(head), from_item(Out{out.first, last}, head));
      run(rest, element_kernel<Policy, Input, Out>{policy, in.from(last), from_item(out, last)});
      vector::stream_end();
      return;
    }
  }
  run(out.count, element_kernel<Policy, Input, Out>{policy, in, out});
}

// ---- checks

template <class A, class B>
constexpr bool same_place(A const& a, B const& b) {
  if constexpr (std::is_same_v<typename A::value_type, typename B::value_type>) {
    if constexpr (requires { a.row_stride + b.row_stride; }) {
      return a.first == b.first && a.row_stride == b.row_stride && a.column_stride == b.column_stride;
    } else if constexpr (
        requires { a.row_stride; } || requires { b.row_stride; }) {
      return false;
    } else if constexpr (requires { a.stride + b.stride; }) {
      return a.first == b.first && a.stride == b.stride;
    } else if constexpr (
        requires { a.stride; } || requires { b.stride; }) {
      return false;
    } else {
      return a.first == b.first;
    }
  } else {
    return false;
  }
}

template <class Out, class In, class Isa = arch::native>
constexpr bool apart_or_same(Out const& to, In const& from, on_error const& errors) {
  return same_place(from, to) || check_apart(to, from, "the output", errors);
}

template <class C>
inline constexpr bool is_matrix = tensor_matrix<C> && !tensor_column<C>;

// A view, of a column or a matrix.
template <class C>
constexpr auto as_numbers(C& c) {
  if constexpr (is_matrix<C>) {
    return as_matrix(c);
  } else {
    return as_column(c);
  }
}

template <class Executor, class Policy, class... Columns>
consteval bool explain_apply() {
  static_assert(((Columns::where == Executor::where) && ...),
                "[rankwise] the columns are in another memory than the executor's");
  static_assert(!host_only<Policy> || Executor::where == memory::host,
                "[rankwise] this policy keeps tables in host memory: on a device use its view over device columns");
  return true;
}

/// A policy is called with one number for one column, with two for two.
template <class Run, class... V>
consteval bool explain_columns() {
  constexpr bool alone = requires(Run const& run, math::scalar_t<V>... x) {
    run(x...);
  };
  constexpr bool together = requires(Run const& run, V... x) {
    run(x...);
  };
  static_assert(together || !alone, "[rankwise] the policy's operator() takes single numbers alone: make it a template "
                                    "over the value type, template <class V> RANKWISE_FN V operator()(V x) const");
  static_assert(
      together || alone,
      "[rankwise] the policy takes another number of columns: apply(policy, column, output), or for one of two "
      "columns apply(policy, first, second, output)");
  return together;
}

template <class In, class Out>
consteval memory memory_for() {
  if constexpr (is_matrix<In> || is_matrix<Out>) {
    constexpr memory where = decltype(as_numbers(std::declval<In&>()))::where;
    static_assert(explain_executor<where>());
    return where;
  } else {
    return common_memory<In, Out>();
  }
}

// Its parameters, and that it was asked for nothing that it does not do: `apply` knows no lists, weights or masks.
template <class Policy, class Isa = arch::native>
constexpr bool check_policy(Policy const& policy, options const& opts) {
  return check_parameters(fault_of(policy), opts.errors) && check_options(opts, false);
}

template <class C>
concept no_options = !std::is_same_v<std::remove_cvref_t<C>, options>;

} // namespace detail

/// out[i] = policy(in[i]). Arithmetic runs in double for double input, otherwise in float; an integer output gets the
/// value cut towards zero and to the range of its type, and 0 for NaN. The output may be the input itself, but must not
/// overlap it otherwise. For a matrix the policy is called with a row: `policy(row_input)`; for a matrix as output with
/// what it reads and a `row_output`. Of the options only `errors` means anything here; another one is an error, and so
/// are parameters outside of their range.
template <executor Executor, class Policy, class In = detail::braced, class Out>
  requires(detail::no_options<Out> && !detail::has_calls<Policy>)
constexpr void apply(Executor executor, Policy const& policy, In const& in, Out&& out, options const& opts = {}) {
  auto const from = detail::as_numbers(in);
  using From = std::remove_const_t<decltype(from)>;
  using T = compute_type<typename From::value_type>;
  if (!detail::check_policy(policy, opts)) {
    return;
  }
  auto const run = bound<T>(policy);
  using Run = std::remove_const_t<decltype(run)>;
  std::size_t const items = [&] {
    if constexpr (detail::is_matrix<In const>) {
      return from.rows;
    } else {
      return from.size();
    }
  }();
  if constexpr (detail::is_matrix<std::remove_reference_t<Out>>) {
    auto const to = as_matrix(out);
    using To = std::remove_const_t<decltype(to)>;
    static_assert(detail::explain_apply<Executor, Policy, From, To>());
    std::size_t columns = to.columns;
    if constexpr (detail::is_matrix<In const>) {
      columns = from.columns;
    }
    if (!detail::check_equal(to.rows, items, "the output", errc::size_mismatch, opts.errors) ||
        !detail::check_equal(to.columns, columns, "the output (columns)", errc::wrong_shape, opts.errors) ||
        !detail::apart_or_same(to, from, opts.errors)) {
      return;
    }
    executor.template for_each_item<T>(items, detail::row_kernel<Run, From, To>{run, from, to});
  } else {
    static_assert(detail::explain_output<Out>() && detail::explain_kept<Out>());
    auto const to = as_column(out);
    static_assert(detail::explain_apply<Executor, Policy, From, std::remove_const_t<decltype(to)>>());
    if (!detail::check_output(to, "the output", items, opts.errors) || !detail::apart_or_same(to, from, opts.errors)) {
      return;
    }
    if constexpr (detail::is_matrix<In const>) {
      detail::apply_elements<T>(executor, run, detail::one_matrix<From>{from}, to, false);
    } else if constexpr (detail::explain_columns<Run, typename Executor::template vector<T>>()) {
      detail::apply_elements<T>(executor, run, detail::one_column<From>{from}, to, detail::same_place(from, to));
    }
  }
}

/// out[i] = policy(first[i], second[i]). The output may be either input itself.
template <executor Executor, class Policy, class In1 = detail::braced, class In2 = detail::braced, class Out>
  requires(detail::no_options<Out> && !detail::has_calls<Policy>)
constexpr void apply(Executor executor, Policy const& policy, In1 const& first, In2 const& second, Out&& out,
                     options const& opts = {}) {
  auto const a = as_column(first);
  auto const b = as_column(second);
  static_assert(detail::explain_output<Out>() && detail::explain_kept<Out>());
  auto const to = as_column(out);
  using A = std::remove_const_t<decltype(a)>;
  using B = std::remove_const_t<decltype(b)>;
  static_assert(detail::explain_apply<Executor, Policy, A, B, std::remove_const_t<decltype(to)>>());
  if (!detail::check_policy(policy, opts) || !detail::check_size(b, "the second input", a.size(), opts.errors) ||
      !detail::check_output(to, "the output", a.size(), opts.errors) || !detail::apart_or_same(to, a, opts.errors) ||
      !detail::apart_or_same(to, b, opts.errors)) {
    return;
  }
  using T =
      std::conditional_t<std::is_same_v<typename A::value_type, double>, double, compute_type<typename B::value_type>>;
  auto const run = bound<T>(policy);
  using V = typename Executor::template vector<T>;
  if constexpr (detail::explain_columns<std::remove_const_t<decltype(run)>, V, V>()) {
    detail::apply_elements<T>(executor, run, detail::two_columns<A, B>{a, b}, to,
                              detail::same_place(a, to) || detail::same_place(b, to));
  }
}

// `Isa` is never given: what the columns choose depends on the unit, and so must the name of this function.
template <class Policy, class In = detail::braced, class Out, class Isa = arch::native>
  requires(!executor<Policy> && detail::no_options<Out> && !detail::has_calls<Policy>)
constexpr void apply(Policy const& policy, In const& in, Out&& out, options const& opts = {}) {
  static_assert(detail::explain_kept<Out>());
  apply(typename default_executor<detail::memory_for<In const, std::remove_reference_t<Out>>()>::type{}, policy, in,
        out, opts);
}

template <class Policy, class In1 = detail::braced, class In2 = detail::braced, class Out, class Isa = arch::native>
  requires(!executor<Policy> && detail::no_options<Out> && !detail::has_calls<Policy>)
constexpr void apply(Policy const& policy, In1 const& first, In2 const& second, Out&& out, options const& opts = {}) {
  static_assert(detail::explain_kept<Out>());
  apply(executor_for<In1 const, In2 const, Out>{}, policy, first, second, out, opts);
}

/// Without an output, and of what is no element policy: one readable line.
template <class Policy, class In>
  requires(!detail::has_calls<Policy>)
void apply(Policy const&, In const&) {
  static_assert(!std::is_same_v<In, In>, "[rankwise] apply(policy, column, output): the output is missing; it may be "
                                         "the column itself");
}

template <class First, class Second, class... Rest>
  requires(detail::has_calls<First> || (executor<First> && detail::has_calls<Second>))
void apply(First const&, Second const&, Rest const&...) {
  static_assert(!std::is_same_v<First, First>, "[rankwise] apply runs policies of single numbers, such as label "
                                               "transforms: losses, metrics and heads have calls of their own, "
                                               "loss.value(scores, labels, lists), metric(scores, labels, lists)");
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
