#ifndef RANKWISE_CORE_LISTS_HPP
#define RANKWISE_CORE_LISTS_HPP

#include <rankwise/core/error.hpp>
#include <rankwise/core/tensor.hpp>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

/// Ragged query groups: list `l` holds the items from `offsets[l]` to `offsets[l + 1]`. Checked once, when it is made;
/// a call only compares the total with the sizes of its columns.
namespace rankwise::inline RANKWISE_ABI {

template <class Offset>
class lists;
template <class Offset>
class owned_lists;

namespace detail {
template <class T>
inline constexpr bool is_lists = false;
template <class O>
inline constexpr bool is_lists<lists<O>> = true;
template <class O>
inline constexpr bool is_lists<owned_lists<O>> = true;

/// What offsets that die with the statement, `rw::lists({0, 3, 5})` or `rw::lists(std::vector{0, 3, 5})`, come to: one
/// readable line.
template <class T>
consteval bool explain_offsets_lost() {
  static_assert(!std::is_same_v<T, T>, "[rankwise] rw::lists refers to its offsets and does not copy them: name a "
                                       "container first, or give the sizes, rw::lists_of_sizes({3, 2})");
  return true;
}
/// A number of items where offsets are meant.
template <class T>
consteval bool explain_number() {
  static_assert(!std::is_same_v<T, T>,
                "[rankwise] rw::lists takes a column of offsets, not a number: one list of 5 items "
                "is rw::lists<>::single(5)");
  return true;
}
template <class T>
consteval bool explain_owner_lost() {
  static_assert(!std::is_same_v<T, T>,
                "[rankwise] rw::lists refers to the offsets of rw::owned_lists, which this "
                "temporary would take along: write `auto const lists = rw::lists_of_sizes(...)`");
  return true;
}
} // namespace detail

template <class L>
concept list_groups = detail::is_lists<std::remove_cvref_t<L>>;

/// A view, trivially copyable: the offsets stay the caller's, as with std::span. Uniform lists need no offsets at all.
template <class Offset = std::size_t>
class lists {
  static_assert(std::is_integral_v<Offset>, "[rankwise] offsets must be integers");

public:
  using offset_type = Offset;

  constexpr lists() = default;

  /// From offsets 0 = o_0 <= o_1 <= ... <= o_L; L lists. No offsets at all mean no lists.
  template <class C, class Isa = arch::native> // units with different flags do not share it
    requires(tensor_column<C const> && !std::is_base_of_v<lists, C> && std::is_same_v<value_of<C const>, Offset>)
  constexpr explicit lists(C const& offsets, on_error errors = {}) {
    auto const o = as_column(offsets);
    static_assert(std::is_convertible_v<decltype(o.first), Offset const*> &&
                      std::is_same_v<column_of<C const>, column<std::remove_pointer_t<decltype(o.first)>>>,
                  "[rankwise] offsets are contiguous integers in host memory");
    status const s = examine(o.first, o.size());
    if (detail::passed(s, errors) && o.size() > 1) {
      offsets_ = o.first;
      count_ = o.size() - 1;
      items_ = static_cast<std::size_t>(offsets_[count_]);
    }
  }

  /// Not from temporaries: their offsets would be gone before the lists.
  template <class C, std::enable_if_t<tensor_column<C const> && !detail::refers_to_numbers<C>, int> = 0>
  constexpr explicit lists(C const&&, on_error = {}) { // clang 14 deduces past a `requires`
    static_assert(detail::explain_offsets_lost<C>());
  }
  template <class T, std::enable_if_t<std::is_arithmetic_v<T>, int> = 0>
  constexpr explicit lists(T, on_error = {}) {
    static_assert(detail::explain_number<T>());
  }
  constexpr lists(owned_lists<Offset>&&) { // NOLINT(google-explicit-constructor): not a copy of its base
    static_assert(detail::explain_owner_lost<Offset>());
  }
  template <class L>
    requires std::is_same_v<L, owned_lists<Offset>>
  constexpr lists& operator=(L&&) {
    static_assert(detail::explain_owner_lost<L>());
    return *this;
  }

  /// `count` lists of `length` items each. More items than a size can say are a number that no column has.
  static constexpr lists uniform(std::size_t count, std::size_t length) {
    constexpr auto most = std::numeric_limits<std::size_t>::max();
    lists l;
    l.count_ = count;
    l.length_ = length;
    l.items_ = length != 0 && count > most / length ? most : count * length;
    l.longest_ = count == 0 ? 0 : length;
    return l;
  }

  /// One list of all items.
  static constexpr lists single(std::size_t items) { return uniform(1, items); }

  RANKWISE_FN std::size_t size() const { return count_; }
  RANKWISE_FN bool empty() const { return count_ == 0; }
  RANKWISE_FN std::size_t begin_of(std::size_t list) const {
    return offsets_ == nullptr ? list * length_ : static_cast<std::size_t>(offsets_[list]);
  }
  RANKWISE_FN std::size_t end_of(std::size_t list) const { return begin_of(list + 1); }
  RANKWISE_FN std::size_t size_of(std::size_t list) const { return end_of(list) - begin_of(list); }

  /// Items of all lists together, and of the longest.
  RANKWISE_FN std::size_t items() const { return items_; }
  RANKWISE_FN std::size_t longest() const { return longest_; }

  /// Null for uniform lists.
  constexpr Offset const* offsets() const { return offsets_; }

  /// The same lists over a copy of the offsets, on a device say.
  constexpr lists over(Offset const* copy) const {
    lists l = *this;
    l.offsets_ = offsets_ == nullptr ? nullptr : copy;
    return l;
  }

protected:
  constexpr status examine(Offset const* o, std::size_t n) {
    if (n == 0) {
      return {};
    }
    if (o[0] != 0) {
      return {errc::offsets_start, "offsets", 0, 0, static_cast<std::size_t>(o[0])};
    }
    std::size_t longest = 0;
    for (std::size_t l = 0; l + 1 < n; ++l) {
      if (o[l + 1] < o[l]) {
        return {errc::offsets_decrease, "offsets", l, static_cast<std::size_t>(o[l]),
                static_cast<std::size_t>(o[l + 1])};
      }
      longest = std::max(longest, static_cast<std::size_t>(o[l + 1] - o[l]));
    }
    longest_ = longest;
    return {};
  }

  Offset const* offsets_ = nullptr;
  std::size_t count_ = 0;
  std::size_t length_ = 0;
  std::size_t items_ = 0;
  std::size_t longest_ = 0;
};

template <class T>
  requires std::is_arithmetic_v<T> lists(std::initializer_list<T>)
->lists<std::enable_if_t<detail::explain_offsets_lost<T>(), std::size_t>>;

template <class T, std::enable_if_t<std::is_arithmetic_v<T>, int> = 0>
lists(T const&) -> lists<std::enable_if_t<detail::explain_number<T>(), std::size_t>>;
template <class T, std::enable_if_t<std::is_arithmetic_v<T>, int> = 0>
lists(T const&, on_error) -> lists<std::enable_if_t<detail::explain_number<T>(), std::size_t>>;

template <class C, std::enable_if_t<!list_groups<C> && !std::is_arithmetic_v<C>, int> = 0>
lists(C const&) -> lists<value_of<C const>>;
template <class C, std::enable_if_t<!list_groups<C> && !std::is_arithmetic_v<C>, int> = 0>
lists(C const&, on_error) -> lists<value_of<C const>>;

/// Lists that own their offsets, made from sizes.
template <class Offset = std::size_t>
class owned_lists : public lists<Offset> {
public:
  owned_lists() = default;

  template <class C, class Isa = arch::native>
  explicit owned_lists(C const& sizes, on_error errors = {}) {
    static_assert(std::is_integral_v<value_of<C const>>, "[rankwise] sizes must be integers");
    constexpr auto top = static_cast<std::size_t>(std::numeric_limits<Offset>::max());
    auto const s = as_column(sizes);
    storage_.reserve(s.size() + 1);
    storage_.push_back(0);
    for (std::size_t l = 0; l < s.size(); ++l) {
      if constexpr (std::is_signed_v<value_of<C const>>) {
        if (s[l] < 0) {
          detail::deliver({errc::negative_size, "sizes", l, 0, 0}, errors);
          storage_.clear();
          return;
        }
      }
      std::size_t const last = static_cast<std::size_t>(storage_.back());
      std::size_t const size = static_cast<std::size_t>(s[l]);
      if (size > top - last) {
        detail::deliver({errc::list_too_long, "sizes", l, top - last, size}, errors);
        storage_.clear();
        return;
      }
      storage_.push_back(static_cast<Offset>(last + size));
    }
    static_cast<lists<Offset>&>(*this) = lists<Offset>(storage_, errors);
  }
  owned_lists(owned_lists const& other) : lists<Offset>(other), storage_(other.storage_) { refer(); }
  owned_lists(owned_lists&& other) noexcept
      : lists<Offset>(std::exchange(static_cast<lists<Offset>&>(other), {})), storage_(std::move(other.storage_)) {
    refer();
  }
  owned_lists& operator=(owned_lists other) noexcept {
    std::swap(static_cast<lists<Offset>&>(*this), static_cast<lists<Offset>&>(other));
    storage_.swap(other.storage_);
    return *this;
  }
  ~owned_lists() = default;

private:
  void refer() {
    if (this->offsets_ != nullptr) { // lists of one length have none
      this->offsets_ = storage_.data();
    }
  }

  std::vector<Offset> storage_;
};

/// Lists from the number of items of each, as LightGBM and XGBoost write query groups. A negative size is an error.
template <class C>
owned_lists<std::size_t> lists_of_sizes(C const& sizes, on_error errors = {}) {
  return owned_lists<std::size_t>(sizes, errors);
}
template <class T>
owned_lists<std::size_t> lists_of_sizes(std::initializer_list<T> sizes, on_error errors = {}) {
  return owned_lists<std::size_t>(std::span(sizes.begin(), sizes.size()), errors);
}

namespace detail {

/// A stretch of items with the same id.
template <class Id>
struct id_run {
  Id id;
  std::size_t first;
};

/// The first item whose id was seen in an earlier stretch, or `nowhere`.
template <class Id, class Isa = arch::native>
std::size_t id_that_comes_back(std::vector<id_run<Id>> runs) {
  std::sort(runs.begin(), runs.end(), [](id_run<Id> const& a, id_run<Id> const& b) {
    return a.id < b.id || (a.id == b.id && a.first < b.first);
  });
  std::size_t item = status::nowhere;
  for (std::size_t r = 1; r < runs.size(); ++r) {
    if (runs[r].id == runs[r - 1].id) {
      item = std::min(item, runs[r].first);
    }
  }
  return item;
}

} // namespace detail

/// Lists from the id of every item's query or user, as tables have it. Equal ids stand together; in which order the ids
/// come does not matter. One that comes back after another is an error, `where` is its item.
template <class C, class Isa = arch::native>
owned_lists<std::size_t> lists_of_ids(C const& ids, on_error errors = {}) {
  using id = value_of<C const>;
  static_assert(std::is_integral_v<id> && memory_of<C const> == memory::host,
                "[rankwise] ids of lists_of_ids must be integers in host memory");
  auto const all = as_column(ids);
  std::vector<detail::id_run<id>> runs;
  bool ascend = true; // then none comes back, and nothing need be sorted
  for (std::size_t i = 0; i < all.size(); ++i) {
    id const now = all[i];
    if (runs.empty() || now != runs.back().id) {
      ascend = ascend && (runs.empty() || runs.back().id < now);
      runs.push_back({now, i});
    }
  }
  std::vector<std::size_t> sizes(runs.size());
  for (std::size_t r = 0; r < runs.size(); ++r) {
    sizes[r] = (r + 1 < runs.size() ? runs[r + 1].first : all.size()) - runs[r].first;
  }
  std::size_t const back = ascend ? status::nowhere : detail::id_that_comes_back<id, Isa>(std::move(runs));
  if (back != status::nowhere) {
    detail::deliver(
        {errc::bad_format, "an id of lists_of_ids comes back after another: sort the items by their list", back, 0, 0},
        errors);
    return {};
  }
  return owned_lists<std::size_t>(sizes, errors);
}
template <class T, class Isa = arch::native>
owned_lists<std::size_t> lists_of_ids(std::initializer_list<T> ids, on_error errors = {}) {
  return lists_of_ids(std::span(ids.begin(), ids.size()), errors);
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
