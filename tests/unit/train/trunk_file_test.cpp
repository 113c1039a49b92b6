#include <rankwise/train/trunk_file.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace rw = rankwise;
namespace train = rw::train;

TEST_CASE("a trunk comes back from a file as it was, and computes the same bits") {
  train::trunk<float> net({3, 7, 2}, 9);
  std::vector<float> const rows{1, 2, 3, /**/ -1, 0, 5, /**/ 2, 2, 0.5f};
  net.standardise(rw::row_major(rows, 3));
  net.bias(0)[4] = 0.25f;
  rw::io::safetensors_writer writer;
  train::store(writer, "net", net);
  std::string const bytes = writer.bytes();
  auto const file = rw::io::basic_safetensors<>::over(bytes);
  CHECK(file.entries().size() == 6);
  CHECK(file.find("net.0.weight")->shape == std::vector<std::size_t>{7, 3}); // a row per output
  CHECK(file.view<float>("net.0.weight")[1] == net.weights(0)(1, 0));
  train::trunk<float> read;
  CHECK(train::load(file, "net", read));
  std::vector<float> a(6), b(6);
  net.logits(rw::row_major(rows, 3), rw::row_major(a, 2));
  read.logits(rw::row_major(rows, 3), rw::row_major(b, 2));
  CHECK(a == b);
  // Into double: the same numbers, not rounded again.
  train::trunk<double> wide;
  CHECK(train::load(file, "net", wide));
  CHECK(wide.parameters()[5] == static_cast<double>(net.parameters()[5]));
}

TEST_CASE("layers of another program: weights of a row per output, no centre") {
  // nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1)); its answer to (1, 2) computed by hand:
  // z = (1 + 4 + 0.5, 3 - 8 + 0) = (5.5, -5); x = (5.5, 0); logit = 2 * 5.5 + 0.25
  std::vector<float> const w0{1, 2, 3, -4}, b0{0.5f, 0}, w2{2, 9}, b2{0.25f};
  rw::io::safetensors_writer writer;
  writer.add("0.weight", w0, {2, 2});
  writer.add("0.bias", b0);
  writer.add("2.weight", w2, {1, 2});
  writer.add("2.bias", b2);
  std::string bytes = writer.bytes();
  train::trunk<float> net;
  rw::status s;
  CHECK_FALSE(train::load(rw::io::basic_safetensors<>::over(bytes), "net", net, s)); // the names have no prefix
  CHECK(s.code == rw::errc::bad_format);
  CHECK(train::load(rw::io::basic_safetensors<>::over(bytes), "", net));
  std::vector<float> const row{1, 2};
  std::vector<float> out(1);
  CHECK(net.logits(rw::row_major(row, 2), out));
  CHECK(out[0] == 11.25f);
}

TEST_CASE("a second trunk under a taken prefix is told, and adds nothing") {
  train::trunk<float> const net({3, 2}, 1);
  train::trunk<float> const deeper({3, 4, 2}, 2);
  rw::io::safetensors_writer writer;
  CHECK(train::store(writer, "net", net));
  std::string const before = writer.bytes();
  rw::status s;
  CHECK_FALSE(train::store(writer, "net", deeper, s));
  CHECK(s.code == rw::errc::bad_format);
  CHECK(writer.bytes() == before);
  CHECK_THROWS_WITH_AS(train::store(writer, "net", deeper), "rankwise: net.input.centre: the name is taken", rw::error);
  CHECK(train::store(writer, "other", deeper, s));
  CHECK(s.ok());
}

TEST_CASE("tensors that do not fit each other leave the trunk as it was") {
  auto const refused = [](auto const& add, std::string const& words) {
    rw::io::safetensors_writer writer;
    add(writer);
    std::string const bytes = writer.bytes();
    train::trunk<float> net({1, 1}, 3);
    float const kept = net.parameters()[0];
    std::string message;
    try {
      train::load(rw::io::basic_safetensors<>::over(bytes), "n", net);
    } catch (rw::error const& e) {
      message = e.what();
    }
    INFO(message);
    CHECK(message.find(words) != std::string::npos);
    CHECK(net.layers() == 1);
    CHECK(net.parameters()[0] == kept);
  };
  std::vector<float> const six(6, 1.f), three(3, 1.f), two(2, 1.f), four(4, 1.f), none;
  refused([&](auto& w) { w.add("other", two); }, "n.0.weight");
  refused([&](auto& w) { w.add("n.0.weight", six); }, "n.0.weight\": another number of dimensions");
  refused([&](auto& w) { w.add("n.0.weight", six, {2, 3}); }, "n.0.bias");
  refused(
      [&](auto& w) {
        w.add("n.0.weight", six, {2, 3});
        w.add("n.0.bias", three);
      },
      "n.0.bias\": another number of elements");
  refused(
      [&](auto& w) {
        w.add("n.0.weight", six, {2, 3});
        w.add("n.0.bias", two);
        w.add("n.2.weight", six, {2, 3});
      },
      "n.2.weight\": another number of inputs");
  refused([&](auto& w) { w.add("n.0.weight", none, {0, 3}); }, "without inputs or outputs");
  refused(
      [&](auto& w) {
        w.add("n.0.weight", six, {2, 3});
        w.add("n.0.bias", two);
        w.add("n.input.scale", four);
      },
      "n.input.scale");
}
