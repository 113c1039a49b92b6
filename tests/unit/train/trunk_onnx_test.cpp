#include <rankwise/train/trunk_onnx.hpp>

#include <doctest/doctest.h>

#include "support/hex.hpp"
#include "support/random.hpp"

#include <cmath>
#include <cstdio>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace trunk_onnx_test {

namespace rw = rankwise;
namespace io = rw::io;
namespace train = rw::train;

namespace {

using support::from_hex;

namespace models { // written by other programs, with their answers: see tests/data/onnx/README.md
#include "data/onnx/models.inc"
} // namespace models

using names = std::vector<std::string>;
constexpr std::size_t any = io::onnx_value::any;

template <class Net>
std::vector<double> answer(Net const& net, std::vector<double> const& rows) {
  std::vector<double> out(rows.size() / net.inputs() * net.outputs());
  net.logits(rw::row_major(rows, net.inputs()), rw::row_major(out, net.outputs()));
  return out;
}

void check_close(std::vector<double> const& found, std::vector<double> const& expected, double tolerance) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t k = 0; k < found.size(); ++k) {
    CAPTURE(k);
    CHECK(std::abs(found[k] - expected[k]) <= tolerance);
  }
}

// A graph of one input "x" of four columns and a few constants, which a test adds nodes to.
struct graph {
  io::onnx_writer writer;

  graph() {
    std::vector<float> const twelve(12, 0.5f), eight(8, -1.f), three{1, 2, 3}, four{1, 2, 4, 8};
    std::vector<float> const one{2};
    std::vector<std::int64_t> const axis{-1}, axis0{0}, shape{-1, 3}, whole{7};
    bool const yes[] = {true};
    writer.add_input("x", io::tensor_type::f32, {any, 4});
    writer.add_tensor("w43", twelve, {4, 3});
    writer.add_tensor("w34", twelve, {3, 4});
    writer.add_tensor("w33", std::vector<float>(9, 0.25f), {3, 3});
    writer.add_tensor("w31", three, {3, 1});
    writer.add_tensor("w24", eight, {2, 4});
    writer.add_tensor("w41", four, {4, 1});
    writer.add_tensor("none", std::vector<float>{}, {0, 4});
    writer.add_tensor("cube", eight, {2, 2, 2});
    writer.add_tensor("three", three, {3});
    writer.add_tensor("column", three, {3, 1});
    writer.add_tensor("four", four, {4});
    writer.add_tensor("two", one, {});
    writer.add_tensor("zero", std::vector<float>{0}, {1});
    writer.add_tensor("axis", axis, {1});
    writer.add_tensor("axis0", axis0, {1});
    writer.add_tensor("shape", shape, {2});
    writer.add_tensor("whole", whole, {1});
    writer.add_tensor("yes", yes, {});
  }
  graph& node(std::string_view op, std::initializer_list<std::string_view> inputs, std::string_view output) {
    writer.add_node(op, inputs, {output});
    return *this;
  }
  graph& output(std::string_view name) {
    writer.add_output(name, io::tensor_type::f32, {any, any});
    return *this;
  }
  // What is said against it, after "rankwise: the model: byte N: ", or without the byte.
  template <class Activation = train::activation::relu>
  std::string refusal(names const& outputs = {"y"}) const {
    std::string const bytes = writer.bytes();
    auto const file = io::onnx::over(bytes);
    train::trunk<float, Activation> net({1, 1}, 3);
    float const kept = net.parameters()[0];
    std::string said;
    try {
      train::load(file, outputs, net);
    } catch (rw::error const& e) {
      said = e.what();
      CHECK(e.reason().code == rw::errc::bad_format);
      CHECK(net.layers() == 1);
      CHECK(net.parameters()[0] == kept);
    }
    std::string_view rest = said;
    for (std::string_view const part : {"rankwise: ", "the model: ", "byte "}) {
      rest.remove_prefix(rest.substr(0, part.size()) == part ? part.size() : 0);
    }
    std::size_t const digits = rest.find_first_not_of("0123456789");
    return std::string(digits == 0 || digits == std::string_view::npos ? rest : rest.substr(digits + 2));
  }
};

} // namespace

TEST_CASE("models of other programs give their answers") {
  auto const same = [](std::string const& bytes, std::vector<double> const& says, auto net, names const& outputs,
                       double tolerance) {
    auto const file = io::onnx::over(bytes);
    CHECK(train::load(file, outputs, net));
    check_close(answer(net, models::rows), says, tolerance);
    return net;
  };
  train::trunk<float> const relu;
  train::trunk<double> const wide;
  auto const net = same(models::torch_relu, models::torch_relu_says, relu, {}, 1e-6);
  CHECK(net.layers() == 3);
  CHECK(net.width(1) == 6);
  same(models::torch_relu, models::torch_relu_says, wide, {"y"}, 1e-6);
  // BatchNorm1d and Dropout between the layers, opset 20.
  same(models::torch_gelu, models::torch_gelu_says, train::trunk<float, train::activation::gelu>(), {}, 2e-6);
  // Every way to write a dense network: see the script.
  auto const dense = same(models::dense_double, models::dense_double_says,
                          train::trunk<double, train::activation::tanh>(), {"y"}, 1e-12);
  CHECK(dense.scale()[3] == 4.0);
  CHECK(dense.layers() == 3);
  same(models::two_bytes, models::two_bytes_says, relu, {}, 4e-3); // onnx rounds each product to binary16
  // Two heads: their concatenation, both by name in another order, one alone.
  std::vector<double> const& says = models::heads_says; // logits of all rows side by side with their probabilities
  std::vector<double> logits, turned, alone;
  for (std::size_t r = 0; r < 3; ++r) {
    auto const row = says.begin() + static_cast<std::ptrdiff_t>(8 * r);
    logits.insert(logits.end(), row, row + 4);
    turned.insert(turned.end(), row + 1, row + 4);
    turned.push_back(row[0]);
    alone.push_back(row[0]);
  }
  same(models::heads, logits, relu, {"logits"}, 1e-6);
  same(models::heads, turned, relu, {"b1", "a"}, 1e-6);
  same(models::heads, alone, relu, {"a"}, 1e-6);
}

TEST_CASE("what is written reads back as the same bits, missing features included") {
  auto const round = [](auto net, std::initializer_list<std::size_t> widths) {
    net = decltype(net)(widths, 11);
    support::random draw(31);
    std::vector<double> rows = draw.uniforms<double>(7 * net.inputs(), -3, 3);
    net.standardise(rw::row_major(rows, net.inputs()));
    net.bias(0)[0] = static_cast<typename decltype(net)::value_type>(0.5);
    rows[1] = std::numeric_limits<double>::quiet_NaN();
    io::onnx_writer writer;
    train::store(writer, net);
    std::string const bytes = writer.bytes();
    decltype(net) read;
    CHECK(train::load(io::onnx::over(bytes), {}, read));
    CHECK(read.layers() == widths.size() - 1);
    CHECK(answer(read, rows) == answer(net, rows));
    for (std::size_t k = 0; k < net.parameters().size(); ++k) {
      CHECK(read.parameters()[k] == net.parameters()[k]);
    }
    train::trunk<double, typename decltype(net)::activation_type> wide;
    CHECK(train::load(io::onnx::over(bytes), {"logits"}, wide));
    CHECK(wide.parameters()[3] == static_cast<double>(net.parameters()[3]));
  };
  round(train::trunk<float>(), {3, 7, 2});
  round(train::trunk<double, train::activation::tanh>(), {2, 4, 4, 1});
  round(train::trunk<float, train::activation::gelu>(), {3, 5, 1});
  round(train::trunk<double, train::activation::none>(), {3, 2, 4}); // two factors
  round(train::linear<float>(), {4, 1});
  io::onnx_writer nothing;
  train::store(nothing, train::trunk<float>());
  CHECK(io::onnx::over(nothing.bytes()).nodes().empty());
}

TEST_CASE("a file, and the status of a good call") {
  train::trunk<float> const net({3, 2}, 5);
  io::onnx_writer writer;
  train::store(writer, net);
  char const* const name = "trunk_onnx_test.onnx";
  CHECK(writer.save(name));
  rw::status s{rw::errc::unreadable};
  auto const file = io::onnx::open(name, s);
  CHECK(s.ok());
  train::trunk<float> read;
  s = {rw::errc::unreadable};
  CHECK(train::load(file, {}, read, s));
  CHECK(s.ok());
  CHECK(read.parameters()[2] == net.parameters()[2]);
  std::remove(name);
}

TEST_CASE("arithmetic between layers becomes weights") {
  // ((x + four) * two - two) @ w41 : a linear model with centre -four, scale 2 and bias -2 * (1 + 2 + 4 + 8)
  std::string const bytes = graph()
                                .node("Add", {"four", "x"}, "a")
                                .node("Mul", {"a", "two"}, "b")
                                .node("Sub", {"b", "two"}, "c")
                                .node("MatMul", {"c", "w41"}, "d")
                                .node("Div", {"d", "two"}, "e")
                                .node("Sub", {"two", "e"}, "f") // constant - x
                                .node("Squeeze", {"f", "axis"}, "y")
                                .writer.bytes();
  auto const file = io::onnx::over(bytes);
  train::linear<double> net;
  CHECK(train::load(file, {"y"}, net));
  CHECK(net.centre()[2] == -4);
  CHECK(net.scale()[2] == 2);
  // x = (1, 0, -1, 0.5): (2, 2, 3, 8.5) * 2 - 2 = (2, 2, 4, 15); times (1, 2, 4, 8) = 142; 2 - 142 / 2 = -69
  CHECK(answer(net, {1, 0, -1, 0.5}) == std::vector<double>{-69});
}

TEST_CASE("what is added behind missing features is added to them too") {
  std::string const bytes = graph()
                                .node("Sub", {"x", "four"}, "c")
                                .node("IsNaN", {"c"}, "n")
                                .node("Where", {"n", "zero", "c"}, "filled")
                                .node("Add", {"filled", "two"}, "a")
                                .node("MatMul", {"a", "w41"}, "y")
                                .writer.bytes();
  auto const file = io::onnx::over(bytes);
  train::linear<double> net;
  CHECK(train::load(file, {"y"}, net));
  double const nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(answer(net, {nan, nan, nan, nan}) == std::vector<double>{30}); // 2 * (1 + 2 + 4 + 8)
  CHECK(answer(net, {nan, nan, 5, nan}) == std::vector<double>{34});
}

TEST_CASE("what a trunk cannot express is refused by the name of its operator") {
  auto const dense = [] { return graph().node("MatMul", {"x", "w43"}, "z"); };
  CHECK(dense().node("Relu", {"z"}, "y").refusal() ==
        "Relu that makes \"y\": a trunk ends in logits: ask for the input of this operator by its name");
  CHECK(dense().node("Sigmoid", {"z"}, "y").refusal() ==
        "Sigmoid that makes \"y\": a trunk ends in logits: ask for the input of this operator by its name");
  CHECK(dense().node("Softmax", {"z"}, "y").refusal() ==
        "Softmax that makes \"y\": a trunk ends in logits: ask for the input of this operator by its name");
  std::string const unknown = ": an operator that a trunk of this activation has not";
  CHECK(dense().node("LSTM", {"z"}, "y").refusal() == "LSTM that makes \"y\"" + unknown);
  CHECK(graph().node("TreeEnsembleRegressor", {"x"}, "y").refusal() ==
        "TreeEnsembleRegressor that makes \"y\"" + unknown);
  CHECK(dense().node("Elu", {"z"}, "h").node("MatMul", {"h", "w31"}, "y").refusal() ==
        "Elu that makes \"h\"" + unknown);
  CHECK(dense().node("Relu", {"z"}, "h").node("MatMul", {"h", "w31"}, "y").refusal().empty());
  CHECK(dense().node("Relu", {"z"}, "h").node("MatMul", {"h", "w31"}, "y").refusal<train::activation::tanh>() ==
        "Relu that makes \"h\"" + unknown);
  CHECK(dense().node("Relu", {"z"}, "h").node("MatMul", {"h", "w31"}, "y").refusal<train::activation::none>() ==
        "Relu that makes \"h\"" + unknown);
  CHECK(dense().node("MatMul", {"z", "w31"}, "y").refusal() ==
        "MatMul that makes \"y\": an activation between two dense layers was expected");
  CHECK(dense().node("MatMul", {"z", "w31"}, "y").refusal<train::activation::none>().empty());
  CHECK(graph().node("Relu", {"x"}, "h").node("MatMul", {"h", "w43"}, "y").refusal() ==
        "Relu that makes \"h\": a dense layer before each activation was expected");
  CHECK(dense().node("Relu", {"z"}, "h").node("Relu", {"h"}, "i").node("MatMul", {"i", "w31"}, "y").refusal() ==
        "Relu that makes \"i\": a dense layer before each activation was expected");
  CHECK(dense().node("MatMul", {"w34", "x"}, "y").refusal() ==
        "MatMul that makes \"y\": a value that depends on the features was expected, times constants");
  CHECK(graph().node("MatMul", {"x", "w33"}, "y").refusal() ==
        "MatMul that makes \"y\": weights with a row for each value were expected (3 where 4 is needed)");
  CHECK(graph().node("MatMul", {"x", "none"}, "y").refusal() ==
        "MatMul that makes \"y\": weights of two dimensions were expected, neither of them 0 (2 where 2 is needed)");
  CHECK(graph().node("MatMul", {"x", "cube"}, "y").refusal() ==
        "MatMul that makes \"y\": weights of two dimensions were expected, neither of them 0 (3 where 2 is needed)");
  CHECK(graph().node("MatMul", {"x", "whole"}, "y").refusal() ==
        "MatMul that makes \"y\": a constant of real numbers was expected");
  CHECK(graph().node("Gemm", {"x", "w43", "four"}, "y").refusal() ==
        "Gemm that makes \"y\": a constant for each column was expected (4 where 3 is needed)");
  CHECK(graph().node("Gemm", {"x", "w43", "column"}, "y").refusal() ==
        "Gemm that makes \"y\": a constant for each column was expected");
  CHECK(graph().node("Gemm", {"x"}, "y").refusal() ==
        "Gemm that makes \"y\": values times constant weights were expected");
  CHECK(dense().node("Add", {"z", "four"}, "y").refusal() ==
        "Add that makes \"y\": a constant for each column was expected (4 where 3 is needed)");
  CHECK(dense().node("Add", {"z", "z"}, "y").refusal() ==
        "Add that makes \"y\": a constant input was expected: two values that both depend on the features");
  CHECK(dense().node("Add", {"z"}, "y").refusal() == "Add that makes \"y\": two inputs were expected");
  CHECK(dense().node("Add", {}, "y").refusal() == "Add that makes \"y\": another number of inputs was expected");
  CHECK(dense().node("Div", {"two", "z"}, "y").refusal() ==
        "Div that makes \"y\": a value that depends on the features was expected, times constants");
  CHECK(dense().node("Reshape", {"z", "shape"}, "y").refusal().empty());
  CHECK(dense().node("Reshape", {"z", "axis"}, "y").refusal() ==
        "Reshape that makes \"y\": the shape that the values have already was expected");
  CHECK(dense().node("Reshape", {"z", "x"}, "y").refusal() ==
        "Reshape that makes \"y\": constant whole numbers were expected");
  CHECK(dense().node("Cast", {"z"}, "y").refusal() == "Cast that makes \"y\": float or double were expected");
  CHECK(dense().node("Dropout", {"z", "two", "yes"}, "y").refusal() ==
        "Dropout that makes \"y\": inference was expected, not training");
  CHECK(dense().node("BatchNormalization", {"z", "three"}, "y").refusal() ==
        "BatchNormalization that makes \"y\": constant means and variances were expected, as in inference");
  CHECK(dense().node("Squeeze", {"z", "axis"}, "y").refusal() ==
        "Squeeze that makes \"y\": a single logit was expected (3 where 1 is needed)");
  CHECK(dense().node("Squeeze", {"z", "axis0"}, "y").refusal() ==
        "Squeeze that makes \"y\": the last axis was expected");
  CHECK(dense().node("Concat", {"z", "z"}, "y").refusal() ==
        "Concat that makes \"y\": heads side by side were expected: axis 1 or -1");
  CHECK(graph().node("Where", {"yes", "two", "x"}, "h").node("MatMul", {"h", "w43"}, "y").refusal() ==
        "Where that makes \"h\": Where(IsNaN(x), 0, x) was expected");
  CHECK(graph()
            .node("IsNaN", {"x"}, "n")
            .node("Where", {"n", "two", "x"}, "h")
            .node("MatMul", {"h", "w43"}, "y")
            .refusal() == "Where that makes \"h\": missing features that count as their centre were expected");
  // Values, names and orders that do not fit together.
  CHECK(dense().refusal({"w"}) == "\"w\": neither an input nor what a node makes of one");
  CHECK(dense().refusal({"two"}) == "\"two\": neither an input nor what a node makes of one");
  CHECK(dense().refusal({"x"}) == "\"x\": logits of a dense layer were expected");
  CHECK(dense().refusal({}) == "the model has no output");
  CHECK(dense().refusal({"z", "z"}) == "\"z\": an output that occurs twice");
  CHECK(graph().node("Add", {"y", "two"}, "y").refusal() ==
        "Add that makes \"y\": the nodes do not stand in an order in which they can run");
  CHECK(graph().node("Identity", {"y"}, "z").node("Identity", {"z"}, "y").refusal() != "");
  CHECK(dense()
            .node("Relu", {"z"}, "h")
            .node("MatMul", {"h", "w33"}, "a")
            .node("MatMul", {"z", "w31"}, "b")
            .refusal({"a", "b"}) ==
        "MatMul that makes \"b\": a head with layers of its own: ask for its output alone, by its name");
  CHECK(dense()
            .node("Relu", {"z"}, "h")
            .node("MatMul", {"h", "w33"}, "a")
            .node("Relu", {"a"}, "i")
            .node("MatMul", {"i", "w33"}, "y")
            .refusal() == "MatMul that makes \"y\": weights that two layers share, which would come apart in training");
}

TEST_CASE("heads straight over the features, in factors and behind constants") {
  auto g = graph();
  g.node("Sub", {"x", "four"}, "c").node("Transpose", {"w24"}, "t");
  g.node("Gemm", {"c", "w43", "three"}, "a").node("MatMul", {"c", "t"}, "b").node("Mul", {"b", "two"}, "b2");
  std::string const bytes = g.output("b2").output("a").writer.bytes();
  auto const file = io::onnx::over(bytes);
  train::linear<double> net;
  CHECK(train::load(file, {}, net));
  CHECK(net.outputs() == 5);
  CHECK(net.centre()[3] == 8);
  // x - four = (1, 1, 1, 1): -2 * 4 each, then 0.5 * 4 + (1, 2, 3)
  CHECK(answer(net, {2, 3, 5, 9}) == std::vector<double>{-8, -8, 3, 4, 5});
  // The same heads over two factors: the affine step between them is folded once.
  auto f = graph();
  f.node("MatMul", {"x", "w43"}, "z").node("Add", {"z", "three"}, "s");
  f.node("MatMul", {"s", "w31"}, "a").node("MatMul", {"s", "w33"}, "b").node("Concat", {"a", "b"}, "y");
  std::string const said = f.refusal<train::activation::none>({"a", "b"});
  CHECK(said.empty());
  std::string const factors = f.writer.bytes();
  train::trunk<double, train::activation::none> two;
  CHECK(train::load(io::onnx::over(factors), {"a", "b"}, two));
  // x = 1: z = 2, s = (3, 4, 5); a = 3 + 8 + 15; b = 0.25 * 12
  CHECK(answer(two, {1, 1, 1, 1}) == std::vector<double>{26, 3, 3, 3});
}

TEST_CASE("random changes of good models are read or refused, never more") {
  support::random draw(23);
  int read = 0;
  int refused = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string bytes = round % 2 == 0 ? models::heads : models::dense_double;
    for (std::size_t changes = 1 + draw.below(3); changes != 0; --changes) {
      bytes[draw.below(bytes.size())] ^= static_cast<char>(1u << draw.below(8));
    }
    CAPTURE(round);
    rw::status s;
    auto const file = io::onnx::over(bytes, s);
    train::trunk<double, train::activation::tanh> tanh;
    train::trunk<float> relu;
    bool const good =
        s.ok() && (round % 2 == 0 ? train::load(file, {"logits"}, relu, s) : train::load(file, {}, tanh, s));
    CHECK(good == s.ok());
    ++(good ? read : refused);
  }
  CHECK(read > 500);
  CHECK(refused > 500);
}

} // namespace trunk_onnx_test
