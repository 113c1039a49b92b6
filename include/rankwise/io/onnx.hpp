#ifndef RANKWISE_IO_ONNX_HPP
#define RANKWISE_IO_ONNX_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/core/error.hpp>
#include <rankwise/core/size.hpp>
#include <rankwise/core/tensor.hpp>
#include <rankwise/io/json_text.hpp>
#include <rankwise/io/mapped_file.hpp>
#include <rankwise/io/protobuf.hpp>
#include <rankwise/io/tensor_type.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// Models in ONNX files (onnx.ai, opsets from 7 on): the constant tensors, the nodes with their attributes, inputs and
/// outputs of the outermost graph. Files are checked when they are opened. Graphs inside of nodes, functions, sparse
/// tensors and training are passed over.
namespace rankwise::inline RANKWISE_ABI::io {

namespace detail {

/// By the format's numbers of types.
inline constexpr tensor_type onnx_types[] = {
    tensor_type::other, tensor_type::f32, tensor_type::u8,    tensor_type::i8,      tensor_type::u16, tensor_type::i16,
    tensor_type::i32,   tensor_type::i64, tensor_type::other, tensor_type::boolean, tensor_type::f16, tensor_type::f64,
    tensor_type::u32,   tensor_type::u64, tensor_type::other, tensor_type::other,   tensor_type::bf16};
constexpr tensor_type onnx_type(std::uint64_t code) {
  return code < std::size(onnx_types) ? onnx_types[code] : tensor_type::other;
}
constexpr std::uint64_t onnx_code(tensor_type type) {
  std::uint64_t code = 0;
  for (std::uint64_t c = 1; c < std::size(onnx_types); ++c) {
    code = onnx_types[c] == type && type != tensor_type::other ? c : code;
  }
  return code;
}

} // namespace detail

/// A constant tensor.
struct onnx_tensor {
  std::string name;
  tensor_type type = tensor_type::other;
  std::vector<std::size_t> shape; ///< none for a single number
  std::size_t offset = 0;         ///< of its entry in the file
  bool elsewhere = false;         ///< its numbers lie in another file
  std::string_view in_file;       ///< the numbers, little-endian, row by row: where they lie,
  std::string decoded;            ///< or decoded from lists of numbers

  std::string_view bytes() const { return decoded.empty() ? in_file : std::string_view(decoded); }
  std::size_t numbers() const { return type == tensor_type::other ? 0 : bytes().size() / bytes_of(type); }
};

/// An input or an output of the graph.
struct onnx_value {
  static constexpr std::size_t any = static_cast<std::size_t>(-1);

  std::string name;
  tensor_type type = tensor_type::other;
  bool has_shape = false;
  std::vector<std::size_t> shape; ///< `any` for an extent that the file leaves open
};

/// What an attribute holds, by the format's numbers.
enum class onnx_kind : unsigned char {
  none = 0,
  real = 1,
  whole = 2,
  text = 3,
  tensor = 4,
  graph = 5,
  reals = 6,
  wholes = 7,
  texts = 8,
  other = 9
};

struct onnx_attribute {
  std::string name;
  onnx_kind kind = onnx_kind::none;
  std::size_t offset = 0;
  float real = 0;
  std::int64_t whole = 0;
  std::string text;
  std::vector<float> reals;
  std::vector<std::int64_t> wholes;
  std::vector<std::string> texts;
  std::vector<onnx_tensor> tensors; ///< one, of kind tensor
};

struct onnx_node {
  std::string name, op, domain; ///< the domain of the standard's operators is empty
  std::size_t offset = 0;
  std::vector<std::string> inputs, outputs; ///< an empty name stands for one that is left out
  std::vector<onnx_attribute> attributes;

  /// Null if there is none.
  onnx_attribute const* find(std::string_view attribute) const {
    for (onnx_attribute const& a : attributes) {
      if (a.name == attribute) {
        return &a;
      }
    }
    return nullptr;
  }
};

/// An open file, or bytes of the caller's, which must outlive this object.
template <class Isa = arch::native>
class basic_onnx {
public:
  basic_onnx() = default;

  /// Maps a file.
  static basic_onnx open(std::string const& file, on_error errors = {}) {
    basic_onnx opened;
    opened.source_ = file;
    if (opened.file_.open(file.c_str(), errors)) {
      opened.parse(opened.file_.text(), errors);
    }
    return opened;
  }
  /// `source` stands in messages.
  static basic_onnx over(std::string_view bytes, on_error errors = {}, char const* source = "the model") {
    basic_onnx opened;
    opened.source_ = source;
    opened.parse(bytes, errors);
    return opened;
  }

  /// In the order of the file; every value has one name.
  std::vector<onnx_tensor> const& tensors() const { return tensors_; }
  /// In the order of the file, which is one in which they can run.
  std::vector<onnx_node> const& nodes() const { return nodes_; }
  /// Without those that have a constant tensor of their name.
  std::vector<onnx_value> const& inputs() const { return inputs_; }
  std::vector<onnx_value> const& outputs() const { return outputs_; }
  /// The version of the standard's operators.
  std::int64_t opset() const { return opset_; }
  std::string const& producer() const { return producer_; }

  /// Null if there is none.
  onnx_tensor const* find(std::string_view name) const {
    for (onnx_tensor const& t : tensors_) {
      if (t.name == name) {
        return &t;
      }
    }
    return nullptr;
  }

  /// All numbers of a tensor, row by row, converted to the column's type: real numbers are rounded to nearest, integers
  /// only take what they hold exactly. Nothing is written if anything is wrong.
  template <class Out>
  bool copy(std::string_view name, Out&& out, on_error errors = {}) const {
    onnx_tensor const* const t = find(name);
    if (t == nullptr) {
      return complain("tensor " + json_string<Isa>(name), {errc::bad_format, "there is no such tensor"}, errors);
    }
    return copy(*t, out, errors);
  }
  template <class Out>
  bool copy(onnx_tensor const& t, Out&& out, on_error errors = {}) const {
    static_assert(rankwise::detail::explain_output<Out>());
    auto const to = as_column(out);
    status s;
    if (t.elsewhere) {
      s = {errc::bad_format, "the numbers lie in another file, which is not read"};
    } else if (t.type == tensor_type::other) {
      s = {errc::bad_format, "numbers of a type that cannot be converted"};
    } else if (t.numbers() != to.size()) {
      s = {errc::bad_format, "another number of elements", status::nowhere, to.size(), t.numbers()};
    } else if (!detail::has_places(to)) {
      s = {errc::aliasing, "the output"};
    } else if (char const* const fault = detail::copy_numbers<Isa>(t.type, t.bytes().data(), to); fault != nullptr) {
      s = {errc::bad_format, fault};
    }
    s.where = s.ok() ? s.where : t.offset;
    return s.ok() ? rankwise::detail::passed(s, errors) : complain("tensor " + json_string<Isa>(t.name), s, errors);
  }

  /// Reports something about what stands at byte `where` of the file, if it is somewhere. Returns false.
  bool complain(std::string const& what, status const& s, on_error errors) const {
    std::string about = source_;
    about += s.where == status::nowhere ? "" : ": byte " + std::to_string(s.where);
    about += (what.empty() ? "" : ": ") + what;
    rankwise::detail::deliver(s, about.c_str(), errors);
    return false;
  }

private:
  using reader = protobuf_reader<Isa>;
  using field = protobuf_field;

  bool parse(std::string_view bytes, on_error errors) {
    reader r;
    std::size_t graphs = 0;
    r.fields(bytes, 0, [&](field const& f) {
      switch (f.number) {
      case 2:
        return r.text(f, producer_);
      case 7:
        ++graphs;
        return graphs == 1 ? read_graph(r, f) : r.fail(f.offset, "a single graph was expected");
      case 8:
        return read_opset(r, f);
      default:
        return true;
      }
    });
    if (r.ok() && graphs == 0) {
      r.fail(0, "a graph was expected: this is no ONNX model");
    }
    if (r.ok()) {
      culprit_.clear();
      settle(r);
    }
    if (r.ok()) {
      return rankwise::detail::passed(status{}, errors);
    }
    tensors_.clear();
    nodes_.clear();
    inputs_.clear();
    outputs_.clear();
    opset_ = 0;
    producer_.clear();
    return complain(culprit_, r.fault(), errors);
  }

  bool read_opset(reader& r, field const& outer) {
    std::string domain;
    std::int64_t version = 0;
    bool const good = r.message(outer, [&](field const& f) {
      return f.number == 1 ? r.text(f, domain) : f.number == 2 ? r.whole(f, version) : true;
    });
    if (good && standard(domain)) {
      opset_ = version;
    }
    return good;
  }
  static bool standard(std::string const& domain) { return domain.empty() || domain == "ai.onnx"; }

  bool read_graph(reader& r, field const& outer) {
    return r.message(outer, [&](field const& f) {
      culprit_.clear();
      switch (f.number) {
      case 1:
        nodes_.emplace_back();
        return read_node(r, f, nodes_.back());
      case 5:
        tensors_.emplace_back();
        return read_tensor(r, f, tensors_.back());
      case 11:
        inputs_.emplace_back();
        return read_value(r, f, inputs_.back());
      case 12:
        outputs_.emplace_back();
        return read_value(r, f, outputs_.back());
      default:
        return true;
      }
    });
  }

  bool read_value(reader& r, field const& outer, onnx_value& v) {
    return r.message(outer, [&](field const& f) {
      if (f.number == 1) {
        return r.text(f, v.name);
      }
      return f.number != 2 || r.message(f, [&](field const& type) {
        return type.number != 1 || r.message(type, [&](field const& t) { // 1: a tensor, neither sequence nor map
          std::uint64_t code = 0;
          if (t.number == 1) {
            bool const good = r.whole(t, code);
            v.type = detail::onnx_type(code);
            return good;
          }
          v.has_shape = v.has_shape || t.number == 2;
          return t.number != 2 || r.message(t, [&](field const& d) {
            if (d.number != 1) {
              return true;
            }
            v.shape.push_back(onnx_value::any);
            return r.message(
                d, [&](field const& extent) { return extent.number != 1 || read_extent(r, extent, v.shape.back()); });
          });
        });
      });
    });
  }
  static bool read_extent(reader& r, field const& f, std::size_t& extent) {
    std::int64_t x = 0;
    bool const read = r.whole(f, x);
    extent = static_cast<std::size_t>(x); // some programs leave it open by -1
    return read && (x >= -1 || r.fail(f.offset, "an extent below 0"));
  }

  bool read_node(reader& r, field const& outer, onnx_node& node) {
    node.offset = outer.offset;
    culprit_ = "node " + std::to_string(nodes_.size() - 1);
    return r.message(outer, [&](field const& f) {
      switch (f.number) {
      case 1:
        node.inputs.emplace_back();
        return r.text(f, node.inputs.back());
      case 2:
        node.outputs.emplace_back();
        return r.text(f, node.outputs.back());
      case 3:
        return r.text(f, node.name);
      case 4:
        return r.text(f, node.op);
      case 5:
        node.attributes.emplace_back();
        return read_attribute(r, f, node.attributes.back());
      case 7: {
        bool const good = r.text(f, node.domain);
        node.domain = standard(node.domain) ? std::string{} : node.domain;
        return good;
      }
      default:
        return true;
      }
    });
  }

  bool read_attribute(reader& r, field const& outer, onnx_attribute& a) {
    a.offset = outer.offset;
    onnx_kind seen = onnx_kind::none;
    bool const good = r.message(outer, [&](field const& f) {
      std::uint64_t code = 0;
      switch (f.number) {
      case 1:
        return r.text(f, a.name);
      case 2:
        seen = onnx_kind::real;
        return r.real(f, a.real);
      case 3:
        seen = onnx_kind::whole;
        return r.whole(f, a.whole);
      case 4:
        seen = onnx_kind::text;
        return r.text(f, a.text);
      case 5:
        seen = onnx_kind::tensor;
        a.tensors.assign(1, {});
        return read_tensor(r, f, a.tensors.back());
      case 7: {
        seen = onnx_kind::reals;
        std::string bytes;
        bool const read = r.template reals<float>(f, bytes);
        std::size_t const before = a.reals.size();
        a.reals.resize(before + bytes.size() / sizeof(float));
        if (!bytes.empty()) {
          std::memcpy(a.reals.data() + before, bytes.data(), bytes.size());
        }
        return read;
      }
      case 8:
        seen = onnx_kind::wholes;
        return r.wholes(f, [&](std::uint64_t x) {
          a.wholes.push_back(static_cast<std::int64_t>(x));
          return true;
        });
      case 9:
        seen = onnx_kind::texts;
        a.texts.emplace_back();
        return r.text(f, a.texts.back());
      case 20: {
        bool const read = r.whole(f, code);
        a.kind = code < static_cast<std::uint64_t>(onnx_kind::other) ? static_cast<onnx_kind>(code) : onnx_kind::other;
        return read;
      }
      default:
        return true;
      }
    });
    a.kind = a.kind == onnx_kind::none ? seen : a.kind; // old files do not name it
    return good && ((a.kind == onnx_kind::tensor) == (a.tensors.size() == 1) ||
                    r.fail(outer.offset, "an attribute of its kind was expected"));
  }

  // The numbers follow the type only in most files: they are read in a second pass.
  bool read_tensor(reader& r, field const& outer, onnx_tensor& t) {
    t.offset = outer.offset;
    std::string const holder = culprit_;
    bool good = r.message(outer, [&](field const& f) {
      std::uint64_t x = 0;
      switch (f.number) {
      case 1:
        return r.wholes(f, [&](std::uint64_t extent) {
          t.shape.push_back(rankwise::detail::as_size(extent));
          return extent <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) ||
                 r.fail(f.offset, "an extent below 0");
        });
      case 2: {
        bool const read = r.whole(f, x);
        t.type = detail::onnx_type(x);
        return read;
      }
      case 3:
        return r.fail(f.offset, "a tensor in segments");
      case 8: {
        bool const read = r.text(f, t.name);
        culprit_ = holder + (holder.empty() ? "" : ": ") + "tensor " + json_string<Isa>(t.name);
        return read;
      }
      case 13:
        t.elsewhere = true;
        return true;
      case 14: {
        bool const read = r.whole(f, x);
        t.elsewhere = t.elsewhere || x != 0;
        return read;
      }
      default:
        return true;
      }
    });
    if (!good || t.elsewhere || t.type == tensor_type::other) {
      return good;
    }
    std::uint32_t const listed = t.type == tensor_type::f32                                 ? 4
                                 : t.type == tensor_type::f64                               ? 10
                                 : t.type == tensor_type::i64                               ? 7
                                 : t.type == tensor_type::u64 || t.type == tensor_type::u32 ? 11
                                                                                            : 5;
    bool raw = false;
    good = r.message(outer, [&](field const& f) {
      if (f.number == 9) {
        raw = true;
        t.in_file = f.bytes;
        return f.type == wire_type::bytes || r.fail(f.offset, "bytes were expected");
      }
      if (f.number != listed) {
        bool const numbers =
            f.number == 4 || f.number == 5 || f.number == 6 || f.number == 7 || f.number == 10 || f.number == 11;
        return !numbers || (f.type == wire_type::bytes && f.bytes.empty()) ||
               r.fail(f.offset, "a list of numbers of another type than the tensor's");
      }
      if (listed == 4) {
        return r.template reals<float>(f, t.decoded);
      }
      if (listed == 10) {
        return r.template reals<double>(f, t.decoded);
      }
      return r.wholes(f, [&](std::uint64_t x) {
        return append(t, x) || r.fail(f.offset, "a number that the tensor's type does not hold");
      });
    });
    if (good && raw && !t.decoded.empty()) {
      return r.fail(t.offset, "the numbers stand there twice");
    }
    auto const needed = detail::bytes_of_shape<Isa>(t.type, t.shape);
    if (good && (!needed.countable || needed.count != t.bytes().size())) {
      return r.fail(t.offset, "the shape needs another number of bytes", needed.count, t.bytes().size());
    }
    if (good) {
      culprit_ = holder;
    }
    return good;
  }
  // Two-byte floats are listed by their bits.
  static bool append(onnx_tensor& t, std::uint64_t x) {
    tensor_type const bits = t.type == tensor_type::f16 || t.type == tensor_type::bf16 ? tensor_type::u16 : t.type;
    return detail::with_type(bits, [&](auto zero) {
      using S = decltype(zero);
      if constexpr (std::is_integral_v<S>) {
        S const number = static_cast<S>(x);
        t.decoded.append(reinterpret_cast<char const*>(&number), sizeof number);
        return std::is_signed_v<S> ? static_cast<std::int64_t>(x) == static_cast<std::int64_t>(number) : x == number;
      } else {
        return false;
      }
    });
  }

  // Every value is made once, and before it is used.
  void settle(reader& r) {
    struct made {
      std::string_view name;
      std::size_t offset;
      bool operator<(made const& other) const { return name != other.name ? name < other.name : offset < other.offset; }
    };
    std::vector<made> all;
    for (onnx_tensor const& t : tensors_) {
      all.push_back({t.name, t.offset});
    }
    std::sort(all.begin(), all.end());
    std::erase_if(inputs_, [&](onnx_value const& v) { // an old way to write constants, or their defaults
      auto const at = std::lower_bound(all.begin(), all.end(), made{v.name, 0});
      return at != all.end() && at->name == v.name;
    });
    for (onnx_value const& v : inputs_) {
      all.push_back({v.name, 0});
    }
    for (onnx_node const& n : nodes_) {
      for (std::string const& name : n.outputs) {
        if (!name.empty()) {
          all.push_back({name, n.offset});
        }
      }
    }
    std::sort(all.begin(), all.end());
    for (std::size_t k = 1; k < all.size(); ++k) {
      if (all[k].name == all[k - 1].name) {
        culprit_ = json_string<Isa>(all[k].name);
        r.fail(all[k].offset, "the name occurs twice");
        return;
      }
    }
  }

  std::string source_;
  mapped_file file_;
  std::vector<onnx_tensor> tensors_;
  std::vector<onnx_node> nodes_;
  std::vector<onnx_value> inputs_, outputs_;
  std::int64_t opset_ = 0;
  std::string producer_;
  std::string culprit_; // while the file is read: what the message names
};

using onnx = basic_onnx<>;

} // namespace rankwise::inline RANKWISE_ABI::io

#endif
