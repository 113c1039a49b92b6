#ifndef RANKWISE_IO_SAFETENSORS_HPP
#define RANKWISE_IO_SAFETENSORS_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/core/error.hpp>
#include <rankwise/core/size.hpp>
#include <rankwise/core/tensor.hpp>
#include <rankwise/io/json_text.hpp>
#include <rankwise/io/mapped_file.hpp>
#include <rankwise/io/tensor_type.hpp>
#include <rankwise/io/write_file.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// Named tensors in files of the safetensors format: eight bytes with the length of a header, the header in JSON, the
/// numbers. Files are checked when they are opened; after that every tensor lies where its entry says.
namespace rankwise::inline RANKWISE_ABI::io {

/// One tensor of a file.
struct tensor_entry {
  std::string name;
  tensor_type type = tensor_type::other;
  std::vector<std::size_t> shape; ///< none for a single number
  std::size_t begin = 0;          ///< of its bytes, behind the header
  std::size_t end = 0;

  std::size_t numbers() const { return type == tensor_type::other ? 0 : (end - begin) / bytes_of(type); }
};

/// An open file, or bytes of the caller's. Views refer to them; nothing is copied until a copy is asked for.
template <class Isa = arch::native>
class basic_safetensors {
public:
  basic_safetensors() = default;

  /// Maps a file.
  static basic_safetensors open(std::string const& file, on_error errors = {}) {
    basic_safetensors opened;
    opened.source_ = file;
    if (opened.file_.open(file.c_str(), errors)) {
      opened.parse(opened.file_.text(), errors);
    }
    return opened;
  }
  /// Bytes in memory, which must outlive this object and its views. `source` stands in messages.
  static basic_safetensors over(std::string_view bytes, on_error errors = {}, char const* source = "the tensors") {
    basic_safetensors opened;
    opened.source_ = source;
    opened.parse(bytes, errors);
    return opened;
  }

  /// In the order of their bytes.
  std::vector<tensor_entry> const& entries() const { return entries_; }
  std::vector<std::pair<std::string, std::string>> const& metadata() const { return metadata_; }
  /// Null if there is none.
  tensor_entry const* find(std::string_view name) const {
    for (tensor_entry const& t : entries_) {
      if (t.name == name) {
        return &t;
      }
    }
    return nullptr;
  }

  /// The numbers as they lie in the file, which has them in this very type, as a column. Their place must be aligned
  /// for it: files of our own and of the reference implementation are.
  template <class T>
  column<T const> view(std::string_view name, on_error errors = {}) const {
    tensor_entry const* const t = find_for<T>(name, errors);
    return t == nullptr ? column<T const>{}
                        : column<T const>{reinterpret_cast<T const*>(data_ + t->begin), t->numbers()};
  }
  /// The same as rows; the tensor has two dimensions.
  template <class T>
  matrix<T const> matrix_view(std::string_view name, on_error errors = {}) const {
    tensor_entry const* const t = find_for<T>(name, errors);
    if (t == nullptr) {
      return {};
    }
    if (t->shape.size() != 2) {
      complain(name, {errc::bad_format, "another number of dimensions", status::nowhere, 2, t->shape.size()}, errors);
      return {};
    }
    return row_major(reinterpret_cast<T const*>(data_ + t->begin), t->shape[0], t->shape[1]);
  }

  /// All numbers of a tensor, row by row, converted to the column's type: real numbers are rounded to nearest, integers
  /// only take what they hold exactly. Nothing is written if anything is wrong.
  template <class Out>
  bool copy(std::string_view name, Out&& out, on_error errors = {}) const {
    static_assert(rankwise::detail::explain_output<Out>());
    auto const to = as_column(out);
    tensor_entry const* const t = find_for<void>(name, errors);
    if (t == nullptr) {
      return false;
    }
    if (t->numbers() != to.size()) {
      return complain(name, {errc::bad_format, "another number of elements", status::nowhere, to.size(), t->numbers()},
                      errors);
    }
    if (!detail::has_places(to)) {
      return complain(name, {errc::aliasing, "the output"}, errors);
    }
    char const* const fault = detail::copy_numbers<Isa>(t->type, data_ + t->begin, to);
    return fault == nullptr ? rankwise::detail::passed(status{}, errors)
                            : complain(name, {errc::bad_format, fault}, errors);
  }
  /// A tensor of one number.
  double number(std::string_view name, on_error errors = {}) const {
    double x = std::numeric_limits<double>::quiet_NaN();
    copy(name, column<double>{&x, 1}, errors);
    return x;
  }

  /// Reports something about a tensor, with its name. Returns false.
  bool complain(std::string_view name, status const& s, on_error errors) const {
    std::string const about = source_ + ": tensor " + json_string<Isa>(name);
    rankwise::detail::deliver(s, about.c_str(), errors);
    return false;
  }

private:
  static constexpr std::size_t longest_header = 100'000'000; // the format's own limit

  bool fail(status const& s, on_error errors) {
    entries_.clear();
    metadata_.clear();
    rankwise::detail::deliver(s, source_.c_str(), errors);
    return false;
  }

  // T void: of any type that can be converted.
  template <class T>
  tensor_entry const* find_for(std::string_view name, on_error errors) const {
    tensor_entry const* const t = find(name);
    status s;
    if (t == nullptr) {
      s = {errc::bad_format, "there is no such tensor"};
    } else if constexpr (std::is_void_v<T>) {
      if (t->type == tensor_type::other) {
        s = {errc::bad_format, "numbers of a type that cannot be converted"};
      }
    } else {
      if (t->type != detail::type_in_file<T>()) {
        s = {errc::bad_format, wrong_type(detail::type_in_file<T>())};
      } else if (reinterpret_cast<std::uintptr_t>(data_ + t->begin) % alignof(T) != 0) {
        s = {errc::bad_format, "the numbers are not aligned: copy them"};
      } else if constexpr (std::is_same_v<std::remove_const_t<T>, bool>) {
        for (std::size_t i = t->begin; s.ok() && i < t->end; ++i) { // any other byte is no bool of C++
          s = static_cast<unsigned char>(data_[i]) < 2 ? s : status{errc::bad_format, "a BOOL is neither 0 nor 1"};
        }
      }
    }
    if (!s.ok()) {
      complain(name, s, errors);
      return nullptr;
    }
    rankwise::detail::passed(s, errors);
    return t;
  }
  static constexpr char const* wrong_type(tensor_type wanted) {
    constexpr char const* text[] = {"the type is not BOOL", "the type is not I8",   "the type is not U8",
                                    "the type is not I16",  "the type is not U16",  "the type is not I32",
                                    "the type is not U32",  "the type is not I64",  "the type is not U64",
                                    "the type is not F16",  "the type is not BF16", "the type is not F32",
                                    "the type is not F64",  "the type is another"};
    return text[static_cast<int>(wanted)];
  }

  bool parse(std::string_view bytes, on_error errors) {
    constexpr std::size_t prefix = 8;
    if (bytes.size() < prefix) {
      return fail({errc::bad_format, "shorter than the length of a header", status::nowhere, prefix, bytes.size()},
                  errors);
    }
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), prefix);
    if (length > longest_header || length > bytes.size() - prefix) {
      return fail({errc::bad_format, "the header is longer than the file, or than 100 MB", status::nowhere,
                   std::min(bytes.size() - prefix, longest_header), rankwise::detail::as_size(length)},
                  errors);
    }
    std::string_view const header = bytes.substr(prefix, rankwise::detail::as_size(length));
    if (header.empty() || header[0] != '{') {
      return fail({errc::bad_format, "the header does not begin with {"}, errors);
    }
    data_ = bytes.data() + prefix + header.size();
    std::size_t const size = bytes.size() - prefix - header.size();
    json_reader<Isa> json(header);
    std::string culprit;
    json.members([&](std::string const& name) {
      culprit = name;
      bool const good = name == "__metadata__" ? read_metadata(json) : read_entry(json, name);
      culprit = good ? std::string{} : culprit;
      return good;
    });
    json.end();
    if (!json.ok()) {
      if (!culprit.empty()) {
        source_ += ": tensor " + json_string<Isa>(culprit);
      }
      return fail(json.where(), errors);
    }
    return place(size, errors);
  }

  bool read_metadata(json_reader<Isa>& json) {
    return json.members([&](std::string const& key) {
      std::string value;
      bool const good = json.string(value);
      metadata_.emplace_back(key, value);
      return good;
    });
  }

  bool read_entry(json_reader<Isa>& json, std::string const& name) {
    tensor_entry t;
    t.name = name;
    std::size_t const begin = json.position();
    unsigned seen = 0;
    auto const once = [&](unsigned bit) {
      bool const first = (seen & bit) == 0;
      seen |= bit;
      return first || json.fail("dtype, shape and data_offsets stand once each");
    };
    std::uint64_t n = 0;
    bool const good = json.members([&](std::string const& key) {
      if (key == "dtype") {
        std::string type;
        if (!once(1) || !json.string(type)) {
          return false;
        }
        for (int k = 0; k < static_cast<int>(tensor_type::other); ++k) {
          t.type = type == detail::tensor_types[k].text ? static_cast<tensor_type>(k) : t.type;
        }
        return true;
      }
      if (key == "shape") {
        return once(2) && json.elements([&] {
          bool const read = json.whole(n);
          t.shape.push_back(rankwise::detail::as_size(n));
          return read;
        });
      }
      if (key == "data_offsets") {
        int count = 0;
        return once(4) && json.elements([&] {
          bool const read = json.whole(n);
          (count == 0 ? t.begin : t.end) = rankwise::detail::as_size(n);
          return (read && ++count <= 2) || json.fail("two offsets were expected");
        }) && (count == 2 || json.fail("two offsets were expected"));
      }
      return json.fail("only dtype, shape and data_offsets were expected");
    });
    if (!good || (seen != 7 && !json.fail_at(begin, "dtype, shape and data_offsets were expected"))) {
      return false;
    }
    entries_.push_back(std::move(t));
    return true;
  }

  // The numbers of every tensor lie behind those of the one before, without holes, and fill the file; they are as many
  // as the shape says.
  bool place(std::size_t size, on_error errors) {
    std::vector<std::string_view> names;
    for (tensor_entry const& t : entries_) {
      names.push_back(t.name);
    }
    std::sort(names.begin(), names.end());
    if (auto const twice = std::adjacent_find(names.begin(), names.end()); twice != names.end()) {
      return fail_at(std::string(*twice), {errc::bad_format, "the name occurs twice"}, errors);
    }
    std::sort(entries_.begin(), entries_.end(), [](tensor_entry const& a, tensor_entry const& b) {
      return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
    });
    std::size_t at = 0;
    for (tensor_entry const& t : entries_) {
      if (t.end < t.begin || t.end > size) {
        return fail_at(t.name, {errc::bad_format, "the offsets leave the file", status::nowhere, size, t.end}, errors);
      }
      if (t.begin != at) {
        return fail_at(t.name,
                       {errc::bad_format,
                        t.begin < at ? "the offsets overlap another tensor" : "a hole before the data", status::nowhere,
                        at, t.begin},
                       errors);
      }
      at = t.end;
      auto const needed = detail::bytes_of_shape<Isa>(t.type, t.shape);
      if (t.type != tensor_type::other && (!needed.countable || needed.count != t.end - t.begin)) {
        return fail_at(t.name,
                       {errc::bad_format, "the shape needs another number of bytes", status::nowhere, needed.count,
                        t.end - t.begin},
                       errors);
      }
    }
    if (at != size) {
      return fail({errc::bad_format, "bytes behind the last tensor", status::nowhere, at, size}, errors);
    }
    return rankwise::detail::passed(status{}, errors);
  }
  bool fail_at(std::string const& name, status const& s, on_error errors) {
    source_ += ": tensor " + json_string<Isa>(name);
    return fail(s, errors);
  }

  std::string source_;
  mapped_file file_;
  char const* data_ = nullptr;
  std::vector<tensor_entry> entries_;
  std::vector<std::pair<std::string, std::string>> metadata_;
};

using safetensors = basic_safetensors<>;

/// Collects tensors and writes them. What `add` is given must live until then, unless it is a single number; it is
/// false, and nothing is added, if the name is taken or the shape is that of another number of numbers.
template <class Isa = arch::native>
class basic_safetensors_writer {
public:
  /// A column, as one dimension or with a shape.
  template <class Column>
    requires tensor_column<Column const>
  bool add(std::string name, Column const& numbers, on_error errors = {}) {
    return add(std::move(name), numbers, {as_column(numbers).size()}, errors);
  }
  template <class Column>
    requires tensor_column<Column const>
  bool add(std::string name, Column const& numbers, std::initializer_list<std::size_t> shape, on_error errors = {}) {
    auto const from = as_column(numbers);
    using C = std::remove_const_t<decltype(from)>;
    using T = typename C::value_type;
    static_assert(std::is_same_v<C, column<T const>> || std::is_same_v<C, column<T>>,
                  "[rankwise] tensors are written from contiguous columns in host memory");
    auto const needed = detail::bytes_of_shape<Isa>(detail::type_in_file<T>(), shape);
    std::size_t const product = needed.countable ? needed.count / sizeof(T) : status::nowhere;
    if (product != from.size()) {
      rankwise::detail::deliver({errc::wrong_shape, "the tensor", status::nowhere, product, from.size()}, name.c_str(),
                                errors);
      return false;
    }
    return keep({std::move(name), detail::type_in_file<T>(), shape, {}, from.first, from.size() * sizeof(T)}, errors);
  }
  /// One number, without dimensions; it is copied.
  bool add(std::string name, double number, on_error errors = {}) {
    return own(std::move(name), {}, &number, 1, errors);
  }
  /// A few numbers that are copied.
  bool add_copy(std::string name, std::vector<double> const& numbers, on_error errors = {}) {
    return own(std::move(name), {numbers.size()}, numbers.data(), numbers.size(), errors);
  }
  /// A column that is copied, with a shape.
  template <class Column>
    requires tensor_column<Column const>
  bool add_copy(std::string name, Column const& numbers, std::initializer_list<std::size_t> shape,
                on_error errors = {}) {
    if (!add(std::move(name), numbers, shape, errors)) {
      return false;
    }
    tensor& t = tensors_.back();
    t.copied.assign(static_cast<char const*>(t.first), t.size);
    t.first = nullptr;
    return true;
  }
  void add_metadata(std::string key, std::string value) { metadata_.emplace_back(std::move(key), std::move(value)); }

  /// The file as bytes: wide numbers first, so that all are aligned, and names in order.
  std::string bytes() const {
    std::vector<tensor const*> order;
    for (tensor const& t : tensors_) {
      order.push_back(&t);
    }
    std::sort(order.begin(), order.end(), [](tensor const* a, tensor const* b) {
      return bytes_of(a->type) != bytes_of(b->type) ? bytes_of(a->type) > bytes_of(b->type)
                                                    : a->name.compare(b->name) < 0;
    });
    std::string header = "{";
    if (!metadata_.empty()) {
      header += "\"__metadata__\":{";
      for (std::size_t k = 0; k < metadata_.size(); ++k) {
        header += k == 0 ? "" : ",";
        header += json_string<Isa>(metadata_[k].first) + ":" + json_string<Isa>(metadata_[k].second);
      }
      header += "}";
    }
    std::size_t at = 0;
    for (tensor const* const t : order) {
      header += header.size() == 1 ? "" : ",";
      header += json_string<Isa>(t->name) + ":{\"dtype\":\"" + to_text(t->type) + "\",\"shape\":[";
      for (std::size_t k = 0; k < t->shape.size(); ++k) {
        header += k == 0 ? "" : ",";
        header += std::to_string(t->shape[k]);
      }
      header += "],\"data_offsets\":[" + std::to_string(at) + "," + std::to_string(at + t->size) + "]}";
      at += t->size;
    }
    header += "}";
    header.resize((header.size() + 7) / 8 * 8, ' ');
    std::uint64_t const length = header.size();
    std::string out(sizeof length, '\0');
    std::memcpy(out.data(), &length, sizeof length);
    out += header;
    for (tensor const* const t : order) {
      if (t->size != 0) {
        out.append(t->first == nullptr ? t->copied.data() : static_cast<char const*>(t->first), t->size);
      }
    }
    return out;
  }

  bool save(std::string const& file, on_error errors = {}) const { return write_file<Isa>(file, bytes(), errors); }

private:
  struct tensor {
    std::string name;
    tensor_type type;
    std::vector<std::size_t> shape;
    std::string copied; // the bytes, where `first` is null
    void const* first;
    std::size_t size;
  };

  bool own(std::string name, std::vector<std::size_t> shape, double const* first, std::size_t count, on_error errors) {
    std::string bytes(count * sizeof(double), '\0');
    if (count != 0) {
      std::memcpy(bytes.data(), first, bytes.size());
    }
    std::size_t const size = bytes.size();
    return keep({std::move(name), tensor_type::f64, std::move(shape), std::move(bytes), nullptr, size}, errors);
  }

  bool keep(tensor t, on_error errors) {
    bool taken = t.name == "__metadata__";
    for (tensor const& other : tensors_) {
      taken = taken || other.name == t.name;
    }
    if (taken) {
      rankwise::detail::deliver({errc::bad_format, "the name is taken"}, t.name.c_str(), errors);
      return false;
    }
    tensors_.push_back(std::move(t));
    return rankwise::detail::passed(status{}, errors);
  }

  std::vector<tensor> tensors_;
  std::vector<std::pair<std::string, std::string>> metadata_;
};

using safetensors_writer = basic_safetensors_writer<>;

} // namespace rankwise::inline RANKWISE_ABI::io

#endif
