#include <rankwise/io/onnx.hpp>
#include <rankwise/io/onnx_writer.hpp>

#include <doctest/doctest.h>

#include "support/hex.hpp"
#include "support/random.hpp"

#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace onnx_test {

namespace rw = rankwise;
namespace io = rw::io;

namespace {

using namespace std::string_literals;
using support::from_hex;
using wire = io::protobuf_writer<>;

namespace models { // written by other programs: see tests/data/onnx/README.md
#include "data/onnx/models.inc"
} // namespace models

std::string message(std::string_view bytes) {
  try {
    io::onnx::over(bytes);
  } catch (rw::error const& e) {
    CHECK(e.reason().code == rw::errc::bad_format);
    return e.what();
  }
  return "";
}

std::string model_of(wire const& graph) {
  return wire().message(7, graph).bytes();
}
std::string one_tensor(wire const& tensor) {
  std::string const said = message(model_of(wire().message(5, tensor)));
  std::size_t const at = said.find(": ", said.find("byte "));
  return at == std::string::npos ? said : said.substr(at + 2);
}
wire tensor(std::string_view name, std::uint64_t type, std::initializer_list<std::uint64_t> shape) {
  wire t;
  t.text(8, name).whole(2, type);
  for (std::uint64_t const extent : shape) {
    t.whole(1, extent);
  }
  return t;
}

template <class T>
std::vector<T> numbers(io::onnx const& file, std::string_view name) {
  std::vector<T> out(file.find(name)->numbers());
  CHECK(file.copy(name, out));
  return out;
}

} // namespace

TEST_CASE("a model of PyTorch: its nodes, tensors, inputs and outputs") {
  auto const file = io::onnx::over(models::torch_relu);
  CHECK(file.producer() == "pytorch");
  CHECK(file.opset() == 17);
  REQUIRE(file.nodes().size() == 5);
  CHECK(file.nodes()[0].op == "Gemm");
  CHECK(file.nodes()[0].inputs == std::vector<std::string>{"x", "0.weight", "0.bias"});
  REQUIRE(file.nodes()[0].find("transB") != nullptr);
  CHECK(file.nodes()[0].find("transB")->whole == 1);
  CHECK(file.nodes()[0].find("alpha")->real == 1);
  CHECK(file.nodes()[0].find("beta")->kind == io::onnx_kind::real);
  CHECK(file.nodes()[0].find("gamma") == nullptr);
  CHECK(file.tensors().size() == 6);
  REQUIRE(file.find("0.weight") != nullptr);
  CHECK(file.find("0.weight")->shape == std::vector<std::size_t>{6, 4});
  CHECK(file.find("0.weight")->type == io::tensor_type::f32);
  REQUIRE(file.inputs().size() == 1);
  CHECK(file.inputs()[0].name == "x");
  CHECK(file.inputs()[0].shape == std::vector<std::size_t>{io::onnx_value::any, 4});
  CHECK(file.outputs()[0].name == "y");
}

TEST_CASE("every type of number, as lists; attributes of every kind") {
  auto const file = io::onnx::over(models::types);
  CHECK(numbers<float>(file, "f32") == std::vector<float>{1.5f, -2, 3, 4});
  CHECK(numbers<double>(file, "f64") == std::vector<double>{0.1, -1e300});
  CHECK(numbers<float>(file, "f16") == std::vector<float>{1, -2, 65504});
  CHECK(numbers<float>(file, "bf16") == std::vector<float>{1, -3});
  CHECK(numbers<int>(file, "i8") == std::vector<int>{-128, 127, -1});
  CHECK(numbers<int>(file, "u8") == std::vector<int>{0, 255});
  CHECK(numbers<int>(file, "i16") == std::vector<int>{-32768, 32767});
  CHECK(numbers<int>(file, "u16") == std::vector<int>{65535});
  CHECK(numbers<std::int64_t>(file, "i32") == std::vector<std::int64_t>{-2147483648, 2147483647});
  CHECK(numbers<std::int64_t>(file, "u32") == std::vector<std::int64_t>{4294967295});
  CHECK(numbers<std::int64_t>(file, "i64") == std::vector<std::int64_t>{-1, std::int64_t{1} << 40});
  CHECK(numbers<std::uint64_t>(file, "u64") == std::vector<std::uint64_t>{~std::uint64_t{0}});
  CHECK(numbers<int>(file, "flags") == std::vector<int>{1, 0});
  CHECK(numbers<double>(file, "number") == std::vector<double>{7});
  CHECK(file.find("none")->shape == std::vector<std::size_t>{0, 3});
  CHECK(file.copy("none", std::vector<float>{}));
  CHECK(file.opset() == 17); // not that of com.other
  auto const& node = file.nodes()[0];
  CHECK(node.name == "all");
  CHECK(node.find("real")->real == 0.5f);
  CHECK(node.find("whole")->whole == -3);
  CHECK(node.find("text")->text == "t");
  CHECK(node.find("reals")->reals == std::vector<float>{1, 2});
  CHECK(node.find("wholes")->wholes == std::vector<std::int64_t>{1, -2});
  CHECK(node.find("texts")->texts == std::vector<std::string>{"p", "q"});
  REQUIRE(node.find("held")->tensors.size() == 1);
  std::vector<double> held(4);
  CHECK(file.copy(node.find("held")->tensors[0], held));
  CHECK(held == std::vector<double>{1.5, -2, 3, 4});
  // What cannot be had is refused when it is asked for, and nothing is written.
  auto const where = [&](char const* name) {
    return "rankwise: the model: byte " + std::to_string(file.find(name)->offset) + ": tensor \"" + name + "\": ";
  };
  std::vector<int> two(2, 9);
  CHECK_THROWS_WITH(file.copy("words", two), (where("words") + "numbers of a type that cannot be converted").c_str());
  CHECK_THROWS_WITH(file.copy("f32", two), (where("f32") + "another number of elements (4 where 2 is needed)").c_str());
  CHECK_THROWS_WITH(file.copy("f64", two), (where("f64") + "a number that the integer type does not hold").c_str());
  CHECK_THROWS_WITH(file.copy("i64", two), (where("i64") + "a number that the integer type does not hold").c_str());
  CHECK_THROWS_WITH(file.copy("w", two), "rankwise: the model: tensor \"w\": there is no such tensor");
  CHECK(two == std::vector<int>{9, 9});
}

TEST_CASE("what is written reads back, from memory and from a file") {
  io::onnx_writer writer;
  writer.need_opset(20);
  writer.need_opset(9);
  std::vector<double> const doubles{0.1, -1e300, 3};
  std::vector<rw::bfloat16> const halves{rw::bfloat16(1.5), rw::bfloat16(-2)};
  std::vector<std::int64_t> const wholes{-1, 7};
  bool const flags[] = {true, false};
  writer.add_input("x", io::tensor_type::f64, {io::onnx_value::any, 3});
  writer.add_output("y", io::tensor_type::f64, {io::onnx_value::any, 3});
  writer.add_tensor("d", doubles, {1, 3});
  writer.add_tensor("h", halves, {2});
  writer.add_tensor("w", wholes, {2});
  writer.add_tensor("f", flags, {2});
  writer.add_node("Add", {"x", "d"}, {"y"});
  CHECK_THROWS(writer.add_tensor("e", std::vector<float>{}, {std::size_t{1} << 32, std::size_t{1} << 32}));
  CHECK_THROWS_WITH(writer.add_tensor("e", doubles, {2}),
                    "rankwise: e: the tensor has the wrong shape (3 where 2 is needed)");
  char const* const name = "onnx_test.onnx";
  CHECK(writer.save(name));
  auto const file = io::onnx::open(name);
  CHECK(file.opset() == 20);
  CHECK(file.producer() == "rankwise");
  CHECK(file.tensors().size() == 4);
  CHECK(numbers<double>(file, "d") == doubles);
  CHECK(numbers<float>(file, "h") == std::vector<float>{1.5f, -2});
  CHECK(numbers<std::int64_t>(file, "w") == wholes);
  CHECK(numbers<int>(file, "f") == std::vector<int>{1, 0});
  CHECK(file.inputs()[0].type == io::tensor_type::f64);
  CHECK(file.inputs()[0].shape == std::vector<std::size_t>{io::onnx_value::any, 3});
  CHECK(file.nodes()[0].outputs == std::vector<std::string>{"y"});
  auto const moved = [&] {
    auto other = io::onnx::open(name);
    auto last = std::move(other);
    return last;
  }();
  CHECK(numbers<double>(moved, "d") == doubles);
  std::remove(name);
  rw::status s;
  CHECK(io::onnx::open(name, s).nodes().empty());
  CHECK(s.code == rw::errc::unreadable);
  CHECK_FALSE(writer.save("no/such/folder", s));
  CHECK(s.code == rw::errc::unreadable);
}

TEST_CASE("broken models: one line each, with the byte") {
  CHECK(message("") == "rankwise: the model: byte 0: a graph was expected: this is no ONNX model");
  CHECK(message("\x08\x07") == "rankwise: the model: byte 0: a graph was expected: this is no ONNX model");
  CHECK(message("{\"a\": 1}").find("rankwise: the model: byte 0: ") == 0);
  CHECK(message(model_of({})).empty());
  CHECK(message(model_of({}) + model_of({})) == "rankwise: the model: byte 2: a single graph was expected");
  CHECK(message(wire().whole(7, 3).bytes()) == "rankwise: the model: byte 0: a message was expected");
  CHECK(message(model_of(wire().whole(1, 3))) == "rankwise: the model: byte 2: node 0: a message was expected");
  CHECK(message(model_of(wire().message(1, wire().whole(4, 1)))) ==
        "rankwise: the model: byte 4: node 0: a text was expected");
  CHECK(message(model_of(wire().message(1, wire().message(5, wire().text(1, "a").whole(20, 4))))) ==
        "rankwise: the model: byte 4: node 0: an attribute of its kind was expected");
  CHECK(message(model_of(wire().message(1, wire().message(5, wire().text(2, "abcd"))))) ==
        "rankwise: the model: byte 6: node 0: a float was expected");
  CHECK(message(model_of(wire().message(5, tensor("t", 1, {0})).message(5, tensor("t", 1, {0})))) ==
        "rankwise: the model: byte 11: \"t\": the name occurs twice");
  CHECK(message(model_of(wire().message(1, wire().text(2, "y")).message(1, wire().text(2, "y")))) ==
        "rankwise: the model: byte 7: \"y\": the name occurs twice");
  CHECK(message(model_of(wire().message(1, wire().text(2, "")).message(1, wire().text(2, "")))).empty());
  // An input of one extent, which the file leaves open, or may not have.
  auto const input = [](std::int64_t extent) {
    wire const dimension = wire().whole(1, static_cast<std::uint64_t>(extent));
    wire const shape = wire().message(2, wire().message(1, dimension));
    return model_of(wire().message(11, wire().text(1, "x").message(2, wire().message(1, shape))));
  };
  std::string const open = input(-1);
  CHECK(io::onnx::over(open).inputs()[0].shape == std::vector<std::size_t>{io::onnx_value::any});
  CHECK(message(input(7)).empty());
  CHECK(message(input(-2)).find("an extent below 0") != std::string::npos);
  // Tensors.
  CHECK(one_tensor(tensor("t", 1, {2}).text(9, "12345678")).empty());
  CHECK(one_tensor(tensor("t", 1, {}).text(9, "1234")).empty());
  CHECK(one_tensor(tensor("t", 1, {0}).text(9, "")).empty());
  CHECK(one_tensor(tensor("t", 1, {3}).text(9, "12345678")) ==
        "tensor \"t\": the shape needs another number of bytes (8 where 12 is needed)");
  CHECK(one_tensor(tensor("t", 1, {std::uint64_t{1} << 62, 4}).text(9, "")).find("another number of bytes") !=
        std::string::npos); // 2^66 bytes are 0 in 64 bits
  CHECK(one_tensor(tensor("t", 1, {0, std::uint64_t{1} << 62, 8}).text(9, "")).empty());
  CHECK(one_tensor(tensor("t", 1, {static_cast<std::uint64_t>(-2)}).text(9, "12345678")) ==
        "tensor \"t\": an extent below 0");
  CHECK(one_tensor(tensor("t", 1, {2}).text(4, "12345678").text(9, "12345678")) ==
        "tensor \"t\": the numbers stand there twice");
  CHECK(one_tensor(tensor("t", 1, {2}).text(10, "12345678")) ==
        "tensor \"t\": a list of numbers of another type than the tensor's");
  CHECK(one_tensor(tensor("t", 7, {1}).real(4, 1)) ==
        "tensor \"t\": a list of numbers of another type than the tensor's");
  CHECK(one_tensor(tensor("t", 7, {1}).text(10, "").whole(7, 3)).empty());
  CHECK(one_tensor(tensor("t", 3, {1}).whole(5, 128)) == "tensor \"t\": a number that the tensor's type does not hold");
  CHECK(one_tensor(tensor("t", 3, {1}).whole(5, static_cast<std::uint64_t>(-129))) ==
        "tensor \"t\": a number that the tensor's type does not hold");
  CHECK(one_tensor(tensor("t", 10, {1}).whole(5, 65536)) ==
        "tensor \"t\": a number that the tensor's type does not hold");
  CHECK(one_tensor(tensor("t", 1, {1}).text(4, "123")) == "tensor \"t\": whole floats were expected, of four bytes");
  CHECK(one_tensor(tensor("t", 1, {1}).whole(9, 1)) == "tensor \"t\": bytes were expected");
  CHECK(one_tensor(tensor("t", 1, {1}).text(3, "")) == "tensor \"t\": a tensor in segments");
  // Numbers in another file, and types that nobody here reads: the model opens, the tensor cannot be had.
  std::string const bytes =
      model_of(wire().message(5, tensor("t", 1, {2}).whole(14, 1)).message(5, tensor("u", 99, {2}).text(9, "x")));
  auto const file = io::onnx::over(bytes);
  std::vector<float> two(2);
  CHECK_THROWS_WITH(file.copy("t", two),
                    "rankwise: the model: byte 2: tensor \"t\": the numbers lie in another file, which is not read");
  CHECK_THROWS_WITH(file.copy("u", two),
                    "rankwise: the model: byte 13: tensor \"u\": numbers of a type that cannot be converted");
  // The same tensor as a constant inside of a node is named with its node.
  CHECK(message(model_of(wire().message(1, wire().message(5, wire().message(5, tensor("t", 1, {3})).whole(20, 4))))) ==
        "rankwise: the model: byte 6: node 0: tensor \"t\": the shape needs another number of bytes (0 where 12 is "
        "needed)");
}

TEST_CASE("a model cut off anywhere is refused; deep nesting is passed over") {
  for (std::string const* const whole : {&models::torch_relu, &models::dense_double, &models::types}) {
    int good = 0;
    for (std::size_t length = 0; length < whole->size(); ++length) {
      rw::status s;
      auto const file = io::onnx::over(std::string_view(*whole).substr(0, length), s);
      good += s.ok() ? 1 : 0;
      CHECK(s.ok() == !file.nodes().empty());
    }
    CHECK(good <= 4); // cuts between the last fields of the model
  }
  // A graph in an attribute of a node of a graph in an attribute ...: bytes that nobody looks into.
  wire graph;
  for (int depth = 0; depth < 2000; ++depth) {
    wire outer;
    outer.message(1, wire().message(5, wire().message(6, graph).whole(20, 5)));
    graph = std::move(outer);
  }
  std::string const bytes = model_of(graph);
  auto const file = io::onnx::over(bytes);
  CHECK(file.nodes()[0].attributes[0].kind == io::onnx_kind::graph);
}

TEST_CASE("random changes of a good model are read or refused, never more") {
  support::random draw(19);
  int read = 0;
  int refused = 0;
  for (int round = 0; round < 6000; ++round) {
    std::string bytes = round % 3 == 0 ? models::types : round % 3 == 1 ? models::torch_gelu : models::heads;
    for (std::size_t changes = 1 + draw.below(4); changes != 0; --changes) {
      std::size_t const at = draw.below(bytes.size());
      switch (draw.below(4)) {
      case 0:
        bytes[at] = static_cast<char>(draw.below(256));
        break;
      case 1:
        bytes[at] ^= static_cast<char>(1u << draw.below(8));
        break;
      case 2:
        bytes.erase(at, 1 + draw.below(8));
        break;
      default:
        bytes.insert(at, 1 + draw.below(3), static_cast<char>(draw.below(256)));
      }
      bytes.resize(bytes.size() < 8 ? 8 : bytes.size());
    }
    CAPTURE(round);
    rw::status s;
    auto const file = io::onnx::over(bytes, s);
    ++(s.ok() ? read : refused);
    CHECK((s.ok() || (file.nodes().empty() && file.tensors().empty())));
    for (auto const& t : file.tensors()) {
      std::vector<double> out(t.numbers());
      CHECK((file.copy(t, out, s) || t.elsewhere || t.type == io::tensor_type::other));
    }
  }
  CHECK(read > 300);
  CHECK(refused > 1000);
}

} // namespace onnx_test
