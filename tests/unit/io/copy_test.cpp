#include <rankwise/io/letor.hpp>
#include <rankwise/io/onnx.hpp>
#include <rankwise/io/safetensors.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rw = rankwise;

namespace {

std::string words_of(rw::status const& s) {
  char text[300];
  rw::describe(s, text, sizeof text);
  return text;
}

// A field of protocol buffers that has a length.
std::string field(int number, std::string_view bytes) {
  std::string out(1, static_cast<char>(number << 3 | 2));
  out += static_cast<char>(bytes.size());
  return out += bytes;
}

// A model with one tensor of numbers, "x".
std::string model_of(std::vector<float> const& numbers) {
  std::string_view const raw(reinterpret_cast<char const*>(numbers.data()), numbers.size() * sizeof(float));
  std::string tensor;
  tensor += {8, static_cast<char>(numbers.size()), 16, 1}; // dims, data_type: FLOAT
  tensor += field(8, "x") + field(9, raw);
  return field(7, field(5, tensor));
}

} // namespace

TEST_CASE("io/copy: an output whose numbers share one place is refused") {
  std::vector<float> const three{1, 2, 3};
  std::vector<float> const single{4};
  rw::io::safetensors_writer writer;
  writer.add("x", three);
  writer.add("single", single);
  std::string const bytes = writer.bytes();
  auto const file = rw::io::safetensors::over(bytes);
  std::string const network = model_of(three);
  auto const model = rw::io::onnx::over(network);
  auto const refused = [](auto const& from) {
    float one = 9;
    rw::status s;
    CHECK_FALSE(from.copy("x", rw::strided(&one, 3, 0), s));
    CHECK(s.code == rw::errc::aliasing);
    CHECK(words_of(s) == "rankwise: the output overlaps another argument, or itself");
    CHECK(one == 9);
    int whole = 9;
    CHECK_FALSE(from.copy("x", rw::strided(&whole, 3, 0), s));
    CHECK(whole == 9);
    std::vector<double> apart(6);
    CHECK(from.copy("x", rw::strided(apart.data(), 3, 2), s));
    CHECK(apart == std::vector<double>{1, 0, 2, 0, 3, 0});
    CHECK(from.copy("x", rw::strided(apart.data() + 4, 3, -2), s));
    CHECK(apart == std::vector<double>{3, 0, 2, 0, 1, 0});
  };
  refused(file);
  refused(model);
  float one = 9;
  CHECK(file.copy("single", rw::strided(&one, 1, 0))); // a single number has its place
  CHECK(one == 4);
}

TEST_CASE("io/copy: readers of sizes of queries say how far they are") {
  struct calls {
    std::size_t count = 0;
    std::size_t done = 0;
    std::size_t total = 0;
  };
  calls seen;
  rw::io::read_options options;
  options.progress = [](void* context, std::size_t done, std::size_t total) {
    auto& c = *static_cast<calls*>(context);
    ++c.count;
    c.done = done;
    c.total = total;
  };
  options.context = &seen;
  std::string const text = "2\n1\n";
  CHECK(rw::io::parse_query_sizes(text, options).size() == 2);
  CHECK(seen.count >= 1);
  CHECK(seen.done == text.size());
  CHECK(seen.total == text.size());
  seen = {};
  CHECK(rw::io::parse_query_sizes("", options).empty());
  CHECK(seen.count == 1);

  std::string long_text; // more than a step of 64 MiB
  long_text.assign(std::size_t{66} << 20, ' ');
  for (std::size_t i = 0; i < long_text.size(); i += std::size_t{1} << 20) {
    long_text[i] = '1';
  }
  seen = {};
  CHECK(rw::io::parse_query_sizes(long_text, options).size() == 66);
  CHECK(seen.count >= 2);
  CHECK(seen.done == long_text.size());
}
