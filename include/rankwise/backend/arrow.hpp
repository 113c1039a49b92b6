#ifndef RANKWISE_BACKEND_ARROW_HPP
#define RANKWISE_BACKEND_ARROW_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/core/error.hpp>
#include <rankwise/core/lists.hpp>
#include <rankwise/core/tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// The structures of the Arrow C data interface and of its stream interface, whose layout does not change; the guards
// are those that the specification names, so that other headers may have declared them.
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
extern "C" {
struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};
struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};
}
#endif
#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE
extern "C" {
struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);
  void* private_data;
};
}
#endif

/// Record batches and arrays that come through the Arrow C data interface (pyarrow, Spark, Ray, DuckDB, Polars, ...) as
/// columns, lists and masks. Nothing of Arrow's is needed.
///
///   rw::arrow::data const batch(schema, array);           takes them over, and releases them in the end
///   auto const score = batch["score"].numbers<float>();   the column itself, without a copy
///   auto const groups = batch["products"].lists();        of a list column: lists, and what their items are
///   auto const grade = groups.items["grade"].values();    any numbers as double, nulls as NaN
///
/// What the structures say is checked when they are taken over: format, children, buffers, lengths and offsets. The
/// interface does not say how long a buffer is; that much must be believed.
namespace rankwise::inline RANKWISE_ABI::arrow {

namespace detail {

/// Bits of a validity bitmap.
struct bits {
  unsigned char const* first = nullptr;
  std::size_t offset = 0;

  RANKWISE_HOST_FN bool operator[](std::size_t i) const {
    std::size_t const at = offset + i;
    return (first[at / 8] >> at % 8 & 1) != 0;
  }
};

/// The number behind a format of one letter: its letter for T, or 0.
template <class T>
constexpr char letter_of() {
  using U = std::remove_const_t<T>;
  if constexpr (std::is_same_v<U, float>) {
    return 'f';
  } else if constexpr (std::is_same_v<U, double>) {
    return 'g';
  } else if constexpr (half_format_of<U> == half_format::binary16) {
    return 'e';
  } else if constexpr (std::is_integral_v<U> && !std::is_same_v<U, bool>) {
    constexpr char letters[2][9] = {{0, 'C', 'S', 0, 'I', 0, 0, 0, 'L'}, {0, 'c', 's', 0, 'i', 0, 0, 0, 'l'}};
    return letters[std::is_signed_v<U> ? 1 : 0][sizeof(U)];
  } else {
    return 0;
  }
}

constexpr std::size_t width_of(char letter) {
  return letter == 'c' || letter == 'C'                    ? 1
         : letter == 's' || letter == 'S' || letter == 'e' ? 2
         : letter == 'i' || letter == 'I' || letter == 'f' ? 4
         : letter == 'l' || letter == 'L' || letter == 'g' ? 8
                                                           : 0;
}

enum class kind : unsigned char { none, number, boolean, list, large_list, fixed_list, structure, other };

/// A list's fixed length, "+w:4".
inline std::size_t fixed_length(std::string_view format) {
  std::size_t length = 0;
  for (std::size_t k = 3; k < format.size(); ++k) {
    if (format[k] < '0' || format[k] > '9' || length > 1u << 30) {
      return static_cast<std::size_t>(-1);
    }
    length = 10 * length + static_cast<std::size_t>(format[k] - '0');
  }
  return format.size() > 3 ? length : static_cast<std::size_t>(-1);
}

inline kind kind_of(std::string_view format) {
  if (format.size() == 1) {
    return width_of(format[0]) != 0 ? kind::number
           : format[0] == 'b'       ? kind::boolean
           : format[0] == 'n'       ? kind::none
                                    : kind::other;
  }
  return format == "+l"             ? kind::list
         : format == "+L"           ? kind::large_list
         : format == "+s"           ? kind::structure
         : format.starts_with("+w") ? kind::fixed_list
                                    : kind::other;
}

/// Whether a column's first buffer is a bitmap of its nulls: all but columns of nulls, unions and runs.
inline bool has_bitmap(std::string_view format) {
  return format != "n" && !format.starts_with("+u") && !format.starts_with("+r");
}

struct fault {
  status s{};
  std::string where{};
};

inline fault fault_at(ArrowSchema const* schema, char const* what, std::size_t expected = 0, std::size_t found = 0,
                      errc code = errc::bad_format) {
  std::string where = "Arrow column";
  if (schema != nullptr && schema->name != nullptr && schema->name[0] != '\0') {
    where += std::string(" ") + schema->name;
  }
  if (schema != nullptr && schema->format != nullptr) {
    where += std::string(" (format ") + schema->format + ")";
  }
  return {{code, what, status::nowhere, expected, found}, std::move(where)};
}

inline bool passed(fault const& f, on_error const& errors) {
  if (f.s.ok()) {
    return rankwise::detail::passed(f.s, errors);
  }
  rankwise::detail::deliver(f.s, f.where.c_str(), errors);
  return false;
}

template <class Offset>
fault examine_offsets(ArrowSchema const* schema, ArrowArray const* array) {
  if (array->buffers[1] == nullptr) {
    return array->length == 0 ? fault{} : fault_at(schema, "it has no buffer of offsets");
  }
  auto const* const first = static_cast<unsigned char const*>(array->buffers[1]);
  Offset before = 0;
  for (std::int64_t k = 0; k <= array->length; ++k) {
    Offset o{};
    std::memcpy(&o, first + sizeof o * static_cast<std::size_t>(array->offset + k), sizeof o);
    if (o < before) {
      return fault_at(schema, "its offsets are negative, or decrease");
    }
    before = o;
  }
  return before <= array->children[0]->length
             ? fault{}
             : fault_at(schema, "its offsets reach beyond its items",
                        static_cast<std::size_t>(array->children[0]->length), static_cast<std::size_t>(before));
}

/// Everything that can be said without touching the numbers.
inline fault examine(ArrowSchema const* schema, ArrowArray const* array, int depth = 0) {
  constexpr std::int64_t most = std::int64_t{1} << 48; // more would not fit into memory
  if (schema == nullptr || array == nullptr) {
    return fault_at(schema, "a schema or an array is missing");
  }
  if (schema->release == nullptr || array->release == nullptr) {
    return fault_at(nullptr, "the schema or the array was released already");
  }
  if (schema->format == nullptr) {
    return fault_at(schema, "it has no format");
  }
  if (depth > 32) {
    return fault_at(schema, "it is nested too deeply");
  }
  if (array->length < 0 || array->offset < 0 || array->length > most || array->offset > most) {
    return fault_at(schema, "its length or offset is out of range");
  }
  if (array->null_count < -1 || array->null_count > array->length) {
    return fault_at(schema, "its number of nulls is out of range");
  }
  if (has_bitmap(schema->format) && array->null_count > 0 &&
      (array->n_buffers < 1 || array->buffers == nullptr || array->buffers[0] == nullptr)) {
    return fault_at(schema, "it has nulls, but no bitmap that says which");
  }
  kind const what = kind_of(schema->format);
  // A length that no buffer and no child stands behind, of nulls or of lists of nothing: a mask of it takes memory all
  // the same. The specification of Arrow recommends no more for any column.
  constexpr std::int64_t most_without_memory = (std::int64_t{1} << 31) - 1;
  bool const in_buffers = array->buffers != nullptr && ((array->n_buffers > 0 && array->buffers[0] != nullptr) ||
                                                        (array->n_buffers > 1 && array->buffers[1] != nullptr));
  bool const in_children = (what == kind::structure && schema->n_children > 0) ||
                           (what == kind::fixed_list && fixed_length(schema->format) != 0);
  if (!in_buffers && !in_children && array->length > most_without_memory) {
    return fault_at(schema, "its length is out of range");
  }
  if (schema->dictionary != nullptr || array->dictionary != nullptr) {
    return {}; // examined when it is asked for, and refused
  }
  if (what == kind::other) {
    return {}; // text and so on: stays unread
  }
  bool const nested = what != kind::number && what != kind::boolean && what != kind::none;
  bool const one_child = nested && what != kind::structure;
  if (schema->n_children != array->n_children || schema->n_children < 0 || (!nested && schema->n_children != 0) ||
      (one_child && schema->n_children != 1)) {
    return fault_at(schema, "its number of children is not what the format says");
  }
  std::int64_t const buffers = what == kind::none ? 0 : what == kind::structure || what == kind::fixed_list ? 1 : 2;
  if (array->n_buffers != buffers || (buffers != 0 && array->buffers == nullptr)) {
    return fault_at(schema, "its number of buffers is not what the format says", static_cast<std::size_t>(buffers),
                    static_cast<std::size_t>(array->n_buffers));
  }
  if ((what == kind::number || what == kind::boolean) && array->length > 0 && array->buffers[1] == nullptr) {
    return fault_at(schema, "it has no buffer of numbers");
  }
  if (nested && schema->n_children != 0 && (schema->children == nullptr || array->children == nullptr)) {
    return fault_at(schema, "its children are missing");
  }
  for (std::int64_t c = 0; c < schema->n_children; ++c) {
    if (auto f = examine(schema->children[c], array->children[c], depth + 1); !f.s.ok()) {
      return f;
    }
    if (what == kind::structure && array->children[c]->length < array->offset + array->length) {
      return fault_at(schema->children[c], "it is shorter than its parent",
                      static_cast<std::size_t>(array->offset + array->length),
                      static_cast<std::size_t>(array->children[c]->length));
    }
  }
  if (what == kind::list) {
    return examine_offsets<std::int32_t>(schema, array);
  }
  if (what == kind::large_list) {
    return examine_offsets<std::int64_t>(schema, array);
  }
  if (what == kind::fixed_list) {
    std::size_t const each = fixed_length(schema->format);
    if (each > 1u << 30) {
      return fault_at(schema, "the length of its lists is out of range");
    }
    auto const rows = static_cast<std::size_t>(array->offset + array->length);
    if (each != 0 && static_cast<std::size_t>(array->children[0]->length) / each < rows) {
      return fault_at(schema, "its offsets reach beyond its items",
                      static_cast<std::size_t>(array->children[0]->length), rows * each);
    }
  }
  return {};
}

} // namespace detail

/// Whether a column without a copy may have nulls; the numbers there mean nothing, `mask()` says where.
enum class nulls : unsigned char { refuse, masked };

struct list_column;

/// A column of a batch, or of a column of structures. It refers to the data.
class field {
public:
  field() = default;
  field(ArrowSchema const* schema, ArrowArray const* array)
      : field(schema, array, 0, static_cast<std::size_t>(array->length), {}) {}

  std::size_t size() const { return length_; }
  char const* name() const { return schema_ != nullptr && schema_->name != nullptr ? schema_->name : ""; }
  /// As Arrow spells it: "f" float, "g" double, "l" 64-bit integers, "+l" lists ...
  char const* format() const { return schema_ == nullptr ? "" : schema_->format; }

  std::size_t fields() const {
    return kind_ == detail::kind::structure ? static_cast<std::size_t>(schema_->n_children) : 0;
  }
  field operator[](std::size_t k) const {
    return {schema_->children[k], array_->children[k], offset_, length_, validity_};
  }
  bool has(std::string_view name) const { return index_of(name) < fields(); }
  /// The column of this name; empty, and the error policy hears of it, where there is none.
  field child(std::string_view name, on_error errors = {}) const {
    std::size_t const k = index_of(name);
    if (k < fields()) {
      return (*this)[k];
    }
    rankwise::detail::deliver({errc::bad_format, "there is no such column", status::nowhere, 0, 0},
                              ("Arrow column " + std::string(name)).c_str(), errors);
    return {};
  }
  field operator[](std::string_view name) const { return child(name); }
  field operator[](char const* name) const { return child(name); }

  /// A null of its own, or of a structure that it belongs to.
  bool valid(std::size_t i) const {
    bool good = kind_ != detail::kind::none;
    for (detail::bits const& b : validity_) {
      good = good && b[i];
    }
    return good;
  }
  template <class Isa = arch::native>
  std::size_t null_count() const {
    if (validity_.empty() && kind_ != detail::kind::none) {
      return 0;
    }
    std::size_t count = 0;
    for (std::size_t i = 0; i < length_; ++i) {
      count += valid(i) ? 0u : 1u;
    }
    return count;
  }
  /// 0 for a null, 1 for a number: what `{.mask = ...}` takes.
  template <class Isa = arch::native>
  std::vector<unsigned char> mask() const {
    std::vector<unsigned char> m(length_);
    for (std::size_t i = 0; i < length_; ++i) {
      m[i] = valid(i) ? 1 : 0;
    }
    return m;
  }

  /// The numbers where they are. T is their very type.
  template <class T>
  column<T const> numbers(nulls policy = nulls::refuse, on_error errors = {}) const {
    static_assert(detail::letter_of<T>() != 0, "[rankwise] Arrow's numbers are float, double, float16 and integers; "
                                               "its booleans are bits: values() reads them");
    if (!detail::passed(fault_of_numbers<T>(policy), errors) || length_ == 0) {
      return {};
    }
    return {static_cast<T const*>(array_->buffers[1]) + start(), length_};
  }

  /// A copy of any numbers or booleans as T; nulls are NaN. (`Isa` is never given: it keeps the loops of units with
  /// different flags apart.)
  template <class T = double, class Isa = arch::native>
  std::vector<T> values(on_error errors = {}) const {
    static_assert(std::is_floating_point_v<T>, "[rankwise] values<float>() or values<double>(): nulls are NaN");
    std::vector<T> out;
    if (!detail::passed(kind_ == detail::kind::boolean ? detail::fault{} : fault_of_numbers(), errors)) {
      return out;
    }
    out.resize(length_);
    if (length_ == 0) {
      return out;
    }
    auto const* const first = static_cast<unsigned char const*>(array_->buffers[1]);
    switch (schema_->format[0]) {
    case 'b':
      for (std::size_t i = 0; i < length_; ++i) {
        out[i] = static_cast<T>(detail::bits{first, start()}[i] ? 1 : 0);
      }
      break;
    case 'c':
      copy<std::int8_t, Isa>(first, out);
      break;
    case 'C':
      copy<std::uint8_t, Isa>(first, out);
      break;
    case 's':
      copy<std::int16_t, Isa>(first, out);
      break;
    case 'S':
      copy<std::uint16_t, Isa>(first, out);
      break;
    case 'i':
      copy<std::int32_t, Isa>(first, out);
      break;
    case 'I':
      copy<std::uint32_t, Isa>(first, out);
      break;
    case 'l':
      copy<std::int64_t, Isa>(first, out);
      break;
    case 'L':
      copy<std::uint64_t, Isa>(first, out);
      break;
    case 'e':
      copy<float16, Isa>(first, out);
      break;
    case 'f':
      copy<float, Isa>(first, out);
      break;
    default:
      copy<double, Isa>(first, out);
    }
    for (std::size_t i = 0; !validity_.empty() && i < length_; ++i) {
      out[i] = valid(i) ? out[i] : std::numeric_limits<T>::quiet_NaN();
    }
    return out;
  }

  /// Rows of a column of lists of a fixed length, as a matrix, without a copy and without nulls.
  template <class T>
  matrix<T const, layout::row_major> rows(on_error errors = {}) const;

  /// Of a column of lists.
  list_column lists(on_error errors = {}) const;

private:
  friend struct list_column;

  field(ArrowSchema const* schema, ArrowArray const* array, std::size_t offset, std::size_t length,
        std::vector<detail::bits> validity)
      : schema_(schema), array_(array), offset_(offset + static_cast<std::size_t>(array->offset)), length_(length),
        validity_(std::move(validity)) {
    if (schema->dictionary == nullptr && array->dictionary == nullptr) {
      kind_ = detail::kind_of(schema->format);
    }
    // The parent's bits count from its own first row, as ours now do.
    if (array->n_buffers > 0 && array->buffers != nullptr && array->buffers[0] != nullptr && array->null_count != 0 &&
        detail::has_bitmap(schema->format)) {
      validity_.push_back({static_cast<unsigned char const*>(array->buffers[0]), offset_});
    }
  }

  std::size_t start() const { return offset_; }
  std::size_t index_of(std::string_view name) const {
    std::size_t k = 0;
    while (k < fields() && (schema_->children[k]->name == nullptr || name != schema_->children[k]->name)) {
      ++k;
    }
    return k;
  }
  detail::fault fault_of_numbers() const {
    return schema_ == nullptr ? detail::fault_at(nullptr, "there is no such column")
           : schema_->dictionary != nullptr
               ? detail::fault_at(schema_, "it is encoded by a dictionary: decode it before")
           : kind_ != detail::kind::number ? detail::fault_at(schema_, "it does not hold numbers")
                                           : detail::fault{};
  }
  /// The same for numbers of this very type, where they are.
  template <class T>
  detail::fault fault_of_numbers(nulls policy) const {
    if (auto f = fault_of_numbers(); !f.s.ok()) {
      return f;
    }
    return schema_->format[0] != detail::letter_of<T>() || schema_->format[1] != '\0'
               ? detail::fault_at(schema_, "its numbers are of another type than was asked for; values() converts")
           : policy == nulls::refuse && null_count() != 0
               ? detail::fault_at(schema_, "it has nulls: read its mask() too and say nulls::masked, or use values(), "
                                           "where they are NaN")
           : length_ != 0 && reinterpret_cast<std::uintptr_t>(array_->buffers[1]) % alignof(T) != 0
               ? detail::fault_at(schema_, "its buffer is not aligned; values() copies")
               : detail::fault{};
  }
  template <class From, class Isa, class T>
  void copy(unsigned char const* first, std::vector<T>& out) const {
    for (std::size_t i = 0; i < length_; ++i) {
      From x{};
      std::memcpy(&x, first + sizeof x * (start() + i), sizeof x);
      out[i] = static_cast<T>(x);
    }
  }

  ArrowSchema const* schema_ = nullptr;
  ArrowArray const* array_ = nullptr;
  std::size_t offset_ = 0;
  std::size_t length_ = 0;
  std::vector<detail::bits> validity_{}; // this column's, and those of the structures around it
  detail::kind kind_ = detail::kind::other;
};

/// A column of lists: the lists, and the column that their items are.
struct list_column {
  owned_lists<std::size_t> lists{};
  field items{};
  /// Per item, 0 in a list that is null; empty if no list is.
  std::vector<unsigned char> live{};

  /// The mask of a column of the items: 0 for a null of its own, and in lists that are null.
  std::vector<unsigned char> mask_of(field const& f) const {
    std::vector<unsigned char> m = f.mask();
    for (std::size_t i = 0; i < live.size() && i < m.size(); ++i) {
      m[i] = live[i] != 0 ? m[i] : 0;
    }
    return m;
  }

private:
  friend class field;

  template <class Offset>
  void read(field const& f) {
    auto const* const first = static_cast<unsigned char const*>(f.array_->buffers[1]);
    auto const offset = [&](std::size_t l) {
      Offset o{};
      std::memcpy(&o, first + sizeof o * (f.start() + l), sizeof o);
      return static_cast<std::size_t>(o);
    };
    std::vector<std::size_t> sizes(f.size());
    for (std::size_t l = 0; l < sizes.size(); ++l) {
      sizes[l] = offset(l + 1) - offset(l);
    }
    lists = owned_lists<std::size_t>(sizes);
    take_items(f, sizes.empty() ? 0 : offset(0));
  }
  void read_uniform(field const& f, std::size_t each) {
    static_cast<rankwise::lists<std::size_t>&>(lists) = rankwise::lists<std::size_t>::uniform(f.size(), each);
    take_items(f, f.start() * each);
  }
  void take_items(field const& f, std::size_t begin) {
    items = field(f.schema_->children[0], f.array_->children[0], begin, lists.items(), {});
    if (f.null_count() != 0) {
      live.assign(lists.items(), 1);
      for (std::size_t l = 0; l < lists.size(); ++l) {
        for (std::size_t i = lists.begin_of(l); i < lists.end_of(l) && !f.valid(l); ++i) {
          live[i] = 0;
        }
      }
    }
  }
};

inline list_column field::lists(on_error errors) const {
  list_column out;
  bool const is_list =
      kind_ == detail::kind::list || kind_ == detail::kind::large_list || kind_ == detail::kind::fixed_list;
  if (!detail::passed(schema_ == nullptr ? detail::fault_at(nullptr, "there is no such column")
                      : is_list          ? detail::fault{}
                                         : detail::fault_at(schema_, "it does not hold lists"),
                      errors)) {
    return out;
  }
  if (kind_ == detail::kind::list) {
    out.read<std::int32_t>(*this);
  } else if (kind_ == detail::kind::large_list) {
    out.read<std::int64_t>(*this);
  } else {
    out.read_uniform(*this, detail::fixed_length(schema_->format));
  }
  return out;
}

template <class T>
matrix<T const, layout::row_major> field::rows(on_error errors) const {
  if (!detail::passed(kind_ == detail::kind::fixed_list
                          ? null_count() == 0 ? detail::fault{} : detail::fault_at(schema_, "it has nulls")
                          : detail::fault_at(schema_, "it does not hold lists of a fixed length"),
                      errors)) {
    return {};
  }
  std::size_t const each = detail::fixed_length(schema_->format);
  field const items(schema_->children[0], array_->children[0], start() * each, length_ * each, {});
  if (!detail::passed(items.template fault_of_numbers<T>(nulls::refuse), errors)) {
    return {}; // a column without items has a type, too
  }
  return row_major(items.template numbers<T>(nulls::refuse, errors).first, length_, each);
}

/// An array or a record batch, taken over: the structures that were given are empty afterwards, and the producer's
/// release callbacks are called in the end. Where they cannot be used, they are released at once.
class data {
public:
  data() = default;
  data(ArrowSchema* schema, ArrowArray* array, on_error errors = {}) {
    if (schema != nullptr) {
      own_schema_ = std::exchange(*schema, {});
    }
    if (array != nullptr) {
      array_ = std::exchange(*array, {});
    }
    take_if_good(detail::examine(&own_schema_, &array_), errors);
  }
  /// A batch of a stream, whose schema the stream keeps.
  data(ArrowSchema const& schema, ArrowArray* array, on_error errors = {}) : schema_(&schema) {
    if (array != nullptr) {
      array_ = std::exchange(*array, {});
    }
    take_if_good(detail::examine(schema_, &array_), errors);
  }
  data(data&& other) noexcept { *this = std::move(other); }
  data& operator=(data&& other) noexcept {
    std::swap(own_schema_, other.own_schema_);
    std::swap(schema_, other.schema_);
    std::swap(array_, other.array_);
    return *this;
  }
  ~data() { free(); }

  bool ready() const { return array_.release != nullptr; }
  std::size_t rows() const { return ready() ? static_cast<std::size_t>(array_.length) : 0; }
  /// The batch, or the array, as one column.
  field all() const { return ready() ? field(schema_ != nullptr ? schema_ : &own_schema_, &array_) : field(); }
  bool has(std::string_view name) const { return all().has(name); }
  field child(std::string_view name, on_error errors = {}) const { return all().child(name, errors); }
  field operator[](std::string_view name) const { return child(name); }

private:
  // A constructor that throws has no destructor: what was taken over goes first.
  void take_if_good(detail::fault const& f, on_error const& errors) {
    if (!f.s.ok()) {
      free();
    }
    detail::passed(f, errors);
  }
  void free() {
    if (array_.release != nullptr) {
      array_.release(&array_);
      array_.release = nullptr;
    }
    if (own_schema_.release != nullptr) {
      own_schema_.release(&own_schema_);
      own_schema_.release = nullptr;
    }
  }

  ArrowSchema own_schema_{};
  ArrowSchema const* schema_ = nullptr; // of the stream; null: our own
  ArrowArray array_{};
};

/// Calls f(batch) for every batch of a stream, which it takes over and releases. Returns whether all went well.
template <class F>
bool for_each_batch(ArrowArrayStream* given, F f, on_error errors = {}) {
  struct owner {
    ArrowArrayStream stream{};
    ArrowSchema schema{};
    ~owner() {
      if (schema.release != nullptr) {
        schema.release(&schema);
      }
      if (stream.release != nullptr) {
        stream.release(&stream);
      }
    }
  };
  owner o;
  if (given != nullptr) {
    o.stream = std::exchange(*given, {});
  }
  auto const failed = [&](char const* what) {
    std::string where = "Arrow stream";
    char const* const words = o.stream.release != nullptr && o.stream.get_last_error != nullptr
                                  ? o.stream.get_last_error(&o.stream)
                                  : nullptr;
    where += words != nullptr ? std::string(" (") + words + ")" : "";
    rankwise::detail::deliver({errc::engine_failed, what, status::nowhere, 0, 0}, where.c_str(), errors);
    return false;
  };
  if (o.stream.release == nullptr) {
    return failed("reading a stream that was released already");
  }
  if (o.stream.get_schema(&o.stream, &o.schema) != 0) {
    return failed("reading the schema");
  }
  while (true) {
    ArrowArray next{};
    if (o.stream.get_next(&o.stream, &next) != 0) {
      return failed("reading the next batch");
    }
    if (next.release == nullptr) {
      return rankwise::detail::passed({}, errors); // the end
    }
    data const batch(o.schema, &next, errors);
    if (!batch.ready()) {
      return false;
    }
    f(batch);
  }
}

} // namespace rankwise::inline RANKWISE_ABI::arrow

#endif
