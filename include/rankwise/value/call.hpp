#ifndef RANKWISE_VALUE_CALL_HPP
#define RANKWISE_VALUE_CALL_HPP

#include <rankwise/core/columns.hpp>
#include <rankwise/core/error.hpp>
#include <rankwise/core/workspace.hpp>
#include <rankwise/exec/item_run.hpp>
#include <rankwise/value/kernels.hpp>
#include <rankwise/value/over_lists.hpp>
#include <rankwise/value/weights.hpp>

#include <cstddef>
#include <type_traits>

/// What a call of a ranker comes with, and what is checked before anything is written.
namespace rankwise::inline RANKWISE_ABI::detail {

/// What a call without options has: made once, where a default argument of `{}` costs every caller its making.
inline constexpr options default_options{};

/// No ids were given.
struct no_ids {
  template <name>
  static constexpr bool has = false;
};

/// The place of a name in a table of columns.
template <class Table>
struct table_order;
template <class... Named>
struct table_order<named_table<Named...>> {
  template <name Name>
  static constexpr int place = static_cast<int>(index_of<Name, Named::label...>());
};

/// What names are looked up in when an expression is bound. `Slot` is the next free scratch column of list adjusters;
/// `Keep` says that their operands are still needed when they have run.
template <class Heads, class Weights, bool Keep = false, int Slot = 0, class Ids = no_ids>
struct model {
  using heads = Heads;
  static constexpr bool keep = Keep;
  static constexpr int next_slot = Slot;
  Weights const& weights;

  template <name Name>
  static constexpr std::size_t slot = Weights::template slot<Name>();
  template <name Name>
  constexpr double weight() const {
    return weights.template get<Name>();
  }
  template <int Slots>
  constexpr model<Heads, Weights, Keep, Slot + Slots, Ids> after() const {
    return {weights};
  }
  template <name Name>
  static constexpr int ids_slot() {
    static_assert(Ids::template has<Name>,
                  "[rankwise] the value model groups items by ids that the call does not have: pass "
                  "rw::columns(rw::named<\"name\">(numbers)) after the logits");
    if constexpr (Ids::template has<Name>) {
      return table_order<Ids>::template place<Name>;
    } else {
      return 0;
    }
  }
};

/// {"name", 2}, which no call takes: stands where it is explained.
struct weight_by_text {
  template <std::size_t N>
  constexpr weight_by_text(char const (&)[N], double) {}
};

/// What a call of a ranker may come with, told apart by type.
template <class T>
inline constexpr bool is_workspace = std::is_same_v<std::remove_cvref_t<T>, workspace>;
template <class T>
inline constexpr bool is_weights = false;
template <name... Names>
inline constexpr bool is_weights<weight_values<Names...>> = true;

/// Optional parts of a call over lists.
template <class Ids, class Weights>
struct list_call {
  Ids const& ids;
  Weights const& weights;
  workspace* memory;
  options const& opts;
};

constexpr status outside(char const* what) {
  return {errc::out_of_range, what, status::nowhere, 0, status::nowhere};
}

template <class Isa = arch::native>
RANKWISE_NOINLINE constexpr bool check_weights(double const* w, std::size_t count, on_error const& errors) {
  for (std::size_t k = 0; k < count; ++k) {
    if (!(w[k] - w[k] == 0)) {
      return passed(outside("a weight of the value model (finite)"), errors);
    }
  }
  return true;
}

/// Logits as a matrix, or as named columns in the order of the heads.
template <class Heads, class Logits>
constexpr auto view_logits(Logits const& logits) {
  if constexpr (is_named_table<Logits>) {
    return Heads::in_order(logits);
  } else {
    return as_matrix(logits);
  }
}

/// Copies rows of logits as double, one after the other.
template <class Logits>
struct rows_as_double {
  Logits logits;
  std::size_t first;
  std::size_t width;
  double* rows;

  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    for (std::size_t c = 0; c < width; ++c) {
      rows[i.first * width + c] = static_cast<double>(load(logits, Index{first + i.first}, c));
    }
  }
};

/// The same to the host, wherever the logits are.
template <class Executor, class Logits>
void fetch_rows(Executor const& executor, Logits const& logits, std::size_t first, std::size_t items, std::size_t width,
                double* to) {
  using T = compute_type<typename Logits::value_type>;
  if constexpr (Executor::where == memory::host) {
    for (std::size_t i = 0; i < items; ++i) {
      rows_as_double<Logits>{logits, first, width, to}(pack<T>{i});
    }
  } else {
    workspace own;
    executor.with_memory(items * width * sizeof(double), &own, [&](std::byte* there) {
      auto* const rows = reinterpret_cast<double*>(there);
      executor.template for_each_item<T>(items, rows_as_double<Logits>{logits, first, width, rows});
      executor.fetch(rows, items * width, to);
    });
  }
}

/// Where scores go: for one output a column, or a matrix of one.
template <std::size_t Outputs, class Out>
constexpr auto view_scores(Out& scores) {
  if constexpr (is_column_set<std::remove_cvref_t<Out>>) {
    return scores;
  } else if constexpr (Outputs == 1 && (tensor_column<Out> || !tensor_matrix<Out>)) {
    static_assert(explain_output<Out>());
    return as_column(scores);
  } else {
    static_assert(tensor_matrix<Out>,
                  "[rankwise] a ranker with several outputs writes a matrix with a column for each, or rw::into(a, b)");
    return as_matrix(scores);
  }
}

/// Places for `outputs` scores per item.
template <class S, class Isa = arch::native>
constexpr bool check_scores(S const& s, std::size_t outputs, std::size_t rows, on_error const& errors) {
  if constexpr (requires { s.column_at; }) {
    status const width = S::columns == outputs
                             ? status{}
                             : status{errc::wrong_shape, "scores (columns)", status::nowhere, outputs, S::columns};
    if (!passed(width, errors)) {
      return false;
    }
    for (std::size_t k = 0; k < S::columns; ++k) {
      if (!check_size(s.column_at[k], "scores", rows, errors)) {
        return false;
      }
      for (std::size_t j = 0; j < k; ++j) {
        if (!check_apart(s.column_at[k], s.column_at[j], "scores", errors)) {
          return false;
        }
      }
    }
    return true;
  } else if constexpr (requires { s.row_stride; }) {
    return check_rows(s, "scores", rows, outputs, errors);
  } else {
    return check_output(s, "scores", rows, errors);
  }
}

/// One or several columns of scores do not overlap an input.
template <class S, class In, class Isa = arch::native>
constexpr bool check_apart_from(S const& scores, In const& in, on_error const& errors) {
  if constexpr (requires { scores.column_at; }) {
    for (auto const& c : scores.column_at) {
      if (!check_apart(c, in, "the output", errors)) {
        return false;
      }
    }
    return true;
  } else {
    return check_apart(scores, in, "the output", errors);
  }
}

/// Named logit columns of one length.
template <class M>
constexpr bool check_set(M const& logits, on_error const& errors) {
  if constexpr (requires { logits.column_at; }) {
    for (auto const& c : logits.column_at) {
      if (!check_size(c, "a logit column", logits.rows, errors)) {
        return false;
      }
    }
  }
  return true;
}

template <class M>
constexpr bool check_shape(M const& z, int columns, on_error const& errors) {
  std::size_t const needed = static_cast<std::size_t>(columns);
  return check_equal(z.columns, needed, "logits (columns)", errc::wrong_shape, errors);
}

/// Logit columns of one length that what is written does not overlap.
template <class S, class M>
constexpr bool check_logits(S const& written, M const& logits, on_error const& errors) {
  if constexpr (requires { logits.column_at; }) {
    for (auto const& c : logits.column_at) {
      if (!check_size(c, "a logit column", logits.rows, errors) || !check_apart_from(written, c, errors)) {
        return false;
      }
    }
    return true;
  } else {
    return check_apart_from(written, logits, errors);
  }
}

/// Shapes and overlaps of a call that writes scores.
template <class Executor, std::size_t Outputs, class S, class M>
constexpr bool check_score(S const& s, M const& z, int columns, on_error const& errors) {
  static_assert(M::where == Executor::where && S::where == Executor::where,
                "[rankwise] logits and scores must be in the executor's memory");
  return check_shape(z, columns, errors) && check_scores(s, Outputs, z.rows, errors) && check_logits(s, z, errors);
}

/// Stands for all heads with so many logits: only named columns ask for the names.
template <int Columns>
struct any_heads {
  static constexpr int columns = Columns;
};
template <class Heads, class Logits>
using heads_for = std::conditional_t<is_named_table<Logits>, Heads, any_heads<Heads::columns>>;

/// A call without lists, from the views on. One function for all value models over logits and scores of one kind.
template <class Heads, std::size_t Outputs, class T, class Executor, class Logits, class Out>
RANKWISE_NOINLINE void score_items(Executor executor, Logits const& logits, Out& scores, block_function<T> score,
                                   void const* value, on_error const& errors) {
  auto const z = view_logits<Heads>(logits);
  auto const s = view_scores<Outputs>(scores);
  if (check_score<Executor, Outputs>(s, z, Heads::columns, errors)) {
    score_blocks<T, static_cast<std::size_t>(Heads::columns), Outputs>(executor, z, s, score, value);
  }
}

template <memory Where>
constexpr bool check_ids(no_ids const&, std::size_t, on_error const&) {
  return true;
}
template <memory Where, class... Named>
constexpr bool check_ids(named_table<Named...> const& table, std::size_t rows, on_error const& errors) {
  static_assert((std::is_integral_v<std::remove_const_t<typename Named::element>> && ...) &&
                    ((Named::width == 1 && Named::where == Where) && ...),
                "[rankwise] ids are integers in the executor's memory, one column for each name: "
                "rw::columns(rw::named<\"author\">(numbers))");
  return (check_size(static_cast<Named const&>(table).column_at[0], "a column of ids", rows, errors) && ...);
}

inline id_columns<0> id_columns_of(no_ids const&) {
  return {};
}
template <class... Named>
id_columns<sizeof...(Named)> id_columns_of(named_table<Named...> const& table) {
  return {{{static_cast<Named const&>(table).column_at[0].first,
            static_cast<unsigned>(sizeof(typename Named::element))}...}};
}

/// Reports lists that were not finite; false if the pass did not run.
template <class Isa = arch::native>
constexpr bool report_lists(pass_total const& total, on_error const& errors) {
  if (total.ran && total.flagged != 0) {
    deliver({errc::not_finite, "a score, or a value under a list adjuster,", total.first_flagged, 0, total.flagged},
            errors);
  }
  return total.ran;
}

// The code may differ between instruction sets, so `Isa` is part of its name.
template <class Isa = arch::native>
void invalid_value_model() {} // not constexpr: a value model with a parameter out of range does not compile
} // namespace rankwise::inline RANKWISE_ABI::detail

#endif
