#ifndef RANKWISE_IO_ONNX_WRITER_HPP
#define RANKWISE_IO_ONNX_WRITER_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/core/error.hpp>
#include <rankwise/core/tensor.hpp>
#include <rankwise/io/onnx.hpp>
#include <rankwise/io/protobuf.hpp>
#include <rankwise/io/tensor_type.hpp>
#include <rankwise/io/write_file.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace rankwise::inline RANKWISE_ABI::io {

/// Puts a model together and writes it.
template <class Isa = arch::native>
class basic_onnx_writer {
public:
  /// The version of the operators, at least; 17 unless something needs a later one.
  void need_opset(std::int64_t version) { opset_ = version > opset_ ? version : opset_; }
  /// A constant tensor; the numbers are copied.
  template <class Column>
    requires tensor_column<Column const>
  void add_tensor(std::string const& name, Column const& numbers, std::initializer_list<std::size_t> shape,
                  on_error errors = {}) {
    auto const from = as_column(numbers);
    using C = std::remove_const_t<decltype(from)>;
    using T = typename C::value_type;
    static_assert(std::is_same_v<C, column<T const>> || std::is_same_v<C, column<T>>,
                  "[rankwise] tensors are written from contiguous columns in host memory");
    protobuf_writer<Isa> t;
    auto const needed = detail::bytes_of_shape<Isa>(detail::type_in_file<T>(), shape);
    std::size_t const product = needed.countable ? needed.count / sizeof(T) : status::nowhere;
    for (std::size_t const extent : shape) {
      t.whole(1, extent);
    }
    if (product != from.size()) {
      rankwise::detail::deliver({errc::wrong_shape, "the tensor", status::nowhere, product, from.size()}, name.c_str(),
                                errors);
      return;
    }
    t.whole(2, detail::onnx_code(detail::type_in_file<T>())).text(8, name);
    t.text(9, {reinterpret_cast<char const*>(from.first), from.size() * sizeof(T)});
    tensors_.message(5, t);
    rankwise::detail::passed(status{}, errors);
  }
  /// In an order in which they can run; operators with the attributes that they have by default.
  void add_node(std::string_view op, std::initializer_list<std::string_view> inputs,
                std::initializer_list<std::string_view> outputs) {
    protobuf_writer<Isa> n;
    for (std::string_view const name : inputs) {
      n.text(1, name);
    }
    for (std::string_view const name : outputs) {
      n.text(2, name);
    }
    nodes_.message(1, n.text(4, op));
  }
  /// Extents of `onnx_value::any` are left open.
  void add_input(std::string_view name, tensor_type type, std::initializer_list<std::size_t> shape) {
    inputs_.message(11, value(name, type, shape));
  }
  void add_output(std::string_view name, tensor_type type, std::initializer_list<std::size_t> shape) {
    outputs_.message(12, value(name, type, shape));
  }

  /// The file as bytes.
  std::string bytes() const {
    std::string graph = nodes_.bytes();
    graph += protobuf_writer<Isa>().text(2, "rankwise").bytes();
    graph += tensors_.bytes();
    graph += inputs_.bytes();
    graph += outputs_.bytes();
    protobuf_writer<Isa> opset, model;
    opset.text(1, "").whole(2, static_cast<std::uint64_t>(opset_));
    model.whole(1, opset_ < 19 ? 8 : 9).text(2, "rankwise").text(7, graph).message(8, opset);
    return model.bytes();
  }

  /// A model of two gigabytes or more is an error: protocol buffers end there.
  bool save(std::string const& file, on_error errors = {}) const {
    std::string const all = bytes();
    if (all.size() > 0x7fffffffu) {
      rankwise::detail::deliver(
          {errc::bad_format, "a model has at most two gigabytes", status::nowhere, 0x7fffffffu, all.size()},
          file.c_str(), errors);
      return false;
    }
    return write_file<Isa>(file, all, errors);
  }

private:
  static protobuf_writer<Isa> value(std::string_view name, tensor_type type, std::initializer_list<std::size_t> shape) {
    protobuf_writer<Isa> extents, tensor, outer, v;
    for (std::size_t const extent : shape) {
      protobuf_writer<Isa> one;
      if (extent == onnx_value::any) {
        one.text(2, "N");
      } else {
        one.whole(1, extent);
      }
      extents.message(1, one);
    }
    tensor.whole(1, detail::onnx_code(type)).message(2, extents);
    outer.message(1, tensor);
    return v.text(1, name).message(2, outer);
  }

  std::int64_t opset_ = 17;
  protobuf_writer<Isa> nodes_, tensors_, inputs_, outputs_;
};

using onnx_writer = basic_onnx_writer<>;

} // namespace rankwise::inline RANKWISE_ABI::io

#endif
