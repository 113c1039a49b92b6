#ifndef RANKWISE_CORE_ERROR_HPP
#define RANKWISE_CORE_ERROR_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/core/config.hpp>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <type_traits>

/// What can be wrong with a call, and who hears of it: an exception, a status of the caller's, or the end of the
/// program.
namespace rankwise::inline RANKWISE_ABI {

enum class errc : unsigned char {
  ok,
  size_mismatch,       ///< two arguments that must have one entry per item, or per list, do not
  offsets_start,       ///< the first offset is not zero
  offsets_decrease,    ///< an offset is smaller than the one before it
  offsets_overrun,     ///< the last offset is not the number of items
  negative_size,       ///< a list was given a negative number of items
  aliasing,            ///< an output overlaps an input, another output or, with stride 0, itself
  wrong_memory,        ///< host memory where device memory is needed, or the reverse
  wrong_shape,         ///< a tensor has the wrong rank, extent, element type or stride
  workspace_too_small, ///< memory supplied by the caller does not suffice
  not_prepared,        ///< weights or a mask were given to a call that takes prepared data, or prepare() had failed
  list_too_long,       ///< a list has more items than an index or an offset can count
  unreadable,          ///< a file cannot be opened, read or written; `found` is the system's error number
  malformed,           ///< a text is not what its format demands; `where` is the line and `found` the column, from 1
  bad_format,          ///< a file or a text is not what its format, or the caller, demands
  unused_option,       ///< an option was given that means nothing to this call
  out_of_range,        ///< an index, an id or a parameter is outside of what it may be
  not_ascending,       ///< boundaries or ids that must ascend do not
  engine_failed,       ///< a foreign engine refused or failed at `argument`
  unusable_item,       ///< after the pass: numbers of an item are NaN, infinite or outside of what the call allows; it
                       ///< counts for nothing
  not_finite ///< after the pass: a list, or an item of a call without lists, held NaN or +infinity, or its value or a
             ///< derivative overflowed; it counts for nothing and its gradients are 0
};

/// The outcome of a call. `argument` names the offender with a static text, `where` is the first offending list or
/// item.
struct status {
  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
  static constexpr std::size_t items = 1; ///< `expected` of `not_finite` in a call without lists: `where` is an item

  errc code = errc::ok;
  char const* argument = "";
  std::size_t where = nowhere;
  std::size_t expected = 0;
  std::size_t found = 0;

  constexpr bool ok() const { return code == errc::ok; }
  constexpr explicit operator bool() const { return ok(); }
};

/// One line in plain words, written into `text`.
template <class Isa = arch::native>
void describe(status const& s, char* text, std::size_t capacity) {
  switch (s.code) {
  case errc::ok:
    std::snprintf(text, capacity, "rankwise: ok");
    return;
  case errc::size_mismatch:
    std::snprintf(text, capacity, "rankwise: %s has %zu entries where %zu are needed", s.argument, s.found, s.expected);
    return;
  case errc::offsets_start:
    std::snprintf(text, capacity,
                  "rankwise: %s start at %td; the first offset must be 0 (are these sizes? rw::lists_of_sizes)",
                  s.argument, static_cast<std::ptrdiff_t>(s.found));
    return;
  case errc::offsets_decrease:
    std::snprintf(text, capacity, "rankwise: %s decrease after list %zu (from %zu to %td)", s.argument, s.where,
                  s.expected, static_cast<std::ptrdiff_t>(s.found));
    return;
  case errc::offsets_overrun:
    std::snprintf(text, capacity, "rankwise: the lists cover %zu items, but %s has %zu", s.expected, s.argument,
                  s.found);
    return;
  case errc::negative_size:
    std::snprintf(text, capacity, "rankwise: %s are negative at list %zu", s.argument, s.where);
    return;
  case errc::aliasing:
    std::snprintf(text, capacity, "rankwise: %s overlaps another argument, or itself", s.argument);
    return;
  case errc::wrong_memory:
    std::snprintf(text, capacity, "rankwise: %s lies in the wrong memory (host where device is needed, or the reverse)",
                  s.argument);
    return;
  case errc::wrong_shape:
    std::snprintf(text, capacity, "rankwise: %s has the wrong shape (%zu where %zu is needed)", s.argument, s.found,
                  s.expected);
    return;
  case errc::workspace_too_small:
    std::snprintf(text, capacity, "rankwise: the workspace has %zu bytes where %zu are needed", s.found, s.expected);
    return;
  case errc::not_prepared:
    std::snprintf(text, capacity, "rankwise: %s did not come through prepare()", s.argument);
    return;
  case errc::list_too_long:
    std::snprintf(text, capacity, "rankwise: list %zu has %zu items; at most %zu fit", s.where, s.found, s.expected);
    return;
  case errc::unreadable:
    std::snprintf(text, capacity, "rankwise: %s: %s", s.argument, std::strerror(static_cast<int>(s.found)));
    return;
  case errc::malformed:
    if (s.expected != 0) {
      std::snprintf(text, capacity, "rankwise: line %zu, column %zu: %s (line %zu)", s.where, s.found, s.argument,
                    s.expected);
    } else {
      std::snprintf(text, capacity, "rankwise: line %zu, column %zu: %s", s.where, s.found, s.argument);
    }
    return;
  case errc::bad_format:
    if (s.expected == 0 && s.found == 0) {
      std::snprintf(text, capacity, "rankwise: %s", s.argument);
    } else {
      std::snprintf(text, capacity, "rankwise: %s (%zu where %zu is needed)", s.argument, s.found, s.expected);
    }
    return;
  case errc::unused_option:
    std::snprintf(text, capacity, "rankwise: %s means nothing to this call", s.argument);
    return;
  case errc::out_of_range:
    if (s.where == status::nowhere && s.found == status::nowhere) { // the text says what is allowed
      std::snprintf(text, capacity, "rankwise: %s is out of range", s.argument);
    } else if (s.where == status::nowhere) {
      std::snprintf(text, capacity, "rankwise: %s is out of range (%td)", s.argument,
                    static_cast<std::ptrdiff_t>(s.found));
    } else {
      std::snprintf(text, capacity, "rankwise: %s is out of range at %zu (%td, there are %zu)", s.argument, s.where,
                    static_cast<std::ptrdiff_t>(s.found), s.expected);
    }
    return;
  case errc::not_ascending:
    std::snprintf(text, capacity, "rankwise: %s do not ascend at %zu", s.argument, s.where);
    return;
  case errc::engine_failed:
    std::snprintf(text, capacity, "rankwise: %s failed", s.argument);
    return;
  case errc::unusable_item:
    std::snprintf(text, capacity, "rankwise: %s of item %zu cannot be used (%zu such item%s)", s.argument, s.where,
                  s.found, s.found == 1 ? "" : "s");
    return;
  case errc::not_finite:
    if (s.where == status::nowhere) {
      std::snprintf(text, capacity, "rankwise: %s is NaN or infinite", s.argument);
      return;
    }
    std::snprintf(text, capacity, "rankwise: %s of %s %zu is NaN or infinite (%zu such %s%s)", s.argument,
                  s.expected == status::items ? "item" : "list", s.where, s.found,
                  s.expected == status::items ? "item" : "list", s.found == 1 ? "" : "s");
    return;
  }
}

namespace detail {

/// "rankwise: run.txt: line 3, column 7: ...", with the end of a name that is too long.
template <class Isa = arch::native>
void describe_with_source(status const& s, char const* source, char* text, std::size_t capacity) {
  constexpr std::size_t longest = 160;
  char plain[200];
  describe(s, plain, sizeof plain);
  std::size_t const length = std::strlen(source);
  char const* const end_of_name = length > longest ? source + (length - longest) : source;
  constexpr std::size_t prefix = sizeof "rankwise: " - 1;
  std::snprintf(text, capacity, "rankwise: %s%s: %s", length > longest ? "..." : "", end_of_name, plain + prefix);
}

} // namespace detail

/// What is thrown where the caller chose exceptions (the default, where they are enabled).
class error : public std::exception {
public:
  RANKWISE_ALWAYS_INLINE explicit error(status const& s) : status_(s) { describe(s, text_, sizeof text_); }
  /// The message names where it comes from: a file, whose name a status does not keep.
  RANKWISE_ALWAYS_INLINE error(status const& s, char const* source) : status_(s) {
    detail::describe_with_source(s, source, text_, sizeof text_);
  }
  char const* what() const noexcept RANKWISE_REFERS_TO_THIS override { return text_; }
  status const& reason() const noexcept RANKWISE_REFERS_TO_THIS { return status_; }

private:
  status status_;
  char text_[400];
};

/// The error policy of one call: throw, abort with a message, or write a status and return.
/// In a unit built without exceptions the default is to abort.
class on_error {
public:
  constexpr on_error() = default;
  constexpr on_error(status& s) : status_(&s) {} // NOLINT(google-explicit-constructor): `{.errors = my_status}`
  /// From an address, a temporary or a constant: one readable line.
  template <class S>
    requires(std::is_same_v<std::remove_cv_t<std::remove_pointer_t<std::remove_reference_t<S>>>, status> &&
             !std::is_same_v<S, status&>)
  constexpr on_error(S&&) { // NOLINT(google-explicit-constructor): as the other
    static_assert(!std::is_same_v<S, S>, "[rankwise] .errors = s, with s a rw::status that has a name and is not "
                                         "const");
  }

  static constexpr on_error throws() { return {}; }
  static constexpr on_error aborts() {
    on_error e;
    e.abort_ = true;
    return e;
  }

  /// Where the status goes, or null.
  constexpr status* destination() const { return status_; }
  constexpr bool aborting() const { return abort_; }

private:
  status* status_ = nullptr;
  bool abort_ = false;
};

namespace detail {

template <class Isa = arch::native>
[[noreturn]] void abort_with(status const& s) {
  char text[200];
  describe(s, text, sizeof text);
  std::fprintf(stderr, "%s\n", text);
  std::abort();
}

// Templates on Isa, so that units for different instruction sets do not share one definition.
template <class Isa = arch::native>
constexpr void deliver(status const& s, on_error const& policy) {
  if (policy.destination() != nullptr) {
    *policy.destination() = s;
    return;
  }
  if (policy.aborting()) {
    abort_with(s);
  }
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS)
  throw error(s);
#else
  abort_with(s);
#endif
}

/// The same, naming the file that the status is about.
template <class Isa = arch::native>
void deliver(status const& s, char const* source, on_error const& policy) {
  if (policy.destination() != nullptr) {
    *policy.destination() = s;
    return;
  }
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS)
  if (!policy.aborting()) {
    throw error(s, source);
  }
#endif
  char text[400];
  describe_with_source(s, source, text, sizeof text);
  std::fprintf(stderr, "%s\n", text);
  std::abort();
}

/// Hands a failed status to the policy; true if there was none and the call may go on.
template <class Isa = arch::native>
constexpr bool passed(status const& s, on_error const& policy) {
  if (s.ok()) {
    if (policy.destination() != nullptr) {
      *policy.destination() = s;
    }
    return true;
  }
  deliver<Isa>(s, policy);
  return false;
}

/// Whether as much was found as is needed.
template <class Isa = arch::native>
constexpr bool check_equal(std::size_t found, std::size_t needed, char const* argument, errc code,
                           on_error const& policy) {
  return passed<Isa>(found == needed ? status{} : status{code, argument, status::nowhere, needed, found}, policy);
}

} // namespace detail
} // namespace rankwise::inline RANKWISE_ABI

#endif
