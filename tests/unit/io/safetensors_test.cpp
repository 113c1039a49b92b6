#include <rankwise/io/safetensors.hpp>

#include <doctest/doctest.h>

#include "support/random.hpp"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace safetensors_test {

namespace rw = rankwise;
namespace io = rankwise::io;

namespace {

using namespace std::string_literals;

// Written by the reference implementation (safetensors 0.4 for Python): n I64, s F64, e F32 (0 x 3), w F32 (2 x 2), h
// F16, u U8, and metadata.
std::string const reference =
    "x\x01\0\0\0\0\0\0"
    "{\"__metadata__\":{\"made by\":\"reference\"},\"n\":{\"dtype\":\"I64\",\"shape\":[2],\"data_offsets\":[0,16]},"
    "\"s\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[16,24]},\"e\":{\"dtype\":\"F32\",\"shape\":[0,3],"
    "\"data_offsets\":[24,24]},\"w\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[24,40]},\"h\":{\"dtype\":"
    "\"F16\",\"shape\":[2],\"data_offsets\":[40,44]},\"u\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[44,47]}}"
    "     "
    "\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\x1c@\0\0\xc0?\0\0\0\xc0\0\0@@\0\0\x80@\0<\xff{"
    "\x01\x02\x03"s;

std::string file_of(std::string const& header, std::string const& data = {}) {
  std::uint64_t const length = header.size();
  std::string out(8, '\0');
  std::memcpy(out.data(), &length, 8);
  return out + header + data;
}

std::string message(std::string const& bytes) {
  try {
    io::safetensors::over(bytes);
  } catch (rw::error const& e) {
    return e.what();
  }
  return "";
}

std::string one(std::string const& entry, std::string const& data = {}) {
  return message(file_of("{\"t\":" + entry + "}", data));
}

} // namespace

TEST_CASE("a file of the reference implementation") {
  auto const file = io::safetensors::over(reference);
  CHECK(file.entries().size() == 6);
  CHECK(file.metadata() == std::vector<std::pair<std::string, std::string>>{{"made by", "reference"}});
  REQUIRE(file.find("w") != nullptr);
  CHECK(file.find("w")->shape == std::vector<std::size_t>{2, 2});
  CHECK(file.find("W") == nullptr);
  CHECK(io::to_text(file.find("h")->type) == "F16"s);
  std::vector<std::int64_t> n(2);
  CHECK(file.copy("n", n));
  CHECK(n == std::vector<std::int64_t>{-1, std::int64_t{1} << 40});
  CHECK(file.number("s") == 7);
  std::vector<float> w(4);
  CHECK(file.copy("w", w));
  CHECK(w == std::vector<float>{1.5f, -2, 3, 4});
  std::vector<double> h(2);
  CHECK(file.copy("h", h));
  CHECK(h == std::vector<double>{1, 65504});
  std::vector<rw::bfloat16> rounded(2);
  CHECK(file.copy("h", rounded));
  CHECK(rounded[1] == 65536.0f);
  CHECK(file.copy("e", std::vector<float>{}));
  std::vector<unsigned> u(3);
  CHECK(file.copy("u", u));
  CHECK(u == std::vector<unsigned>{1, 2, 3});
}

TEST_CASE("what is written reads back: every type, names in any script, a file") {
  support::random draw(5);
  auto const doubles = draw.uniforms<double>(7, -1e300, 1e300);
  auto const floats = draw.uniforms<float>(12, -1, 1);
  std::vector<rw::float16> const halves{rw::float16(0.1), rw::float16(-65504)};
  std::vector<rw::bfloat16> const bfloats{rw::bfloat16(0.1)};
  std::vector<std::int8_t> const bytes{-128, 127, 0};
  std::vector<std::uint64_t> const wide{~std::uint64_t{0}};
  bool const flags[] = {true, false};
  io::safetensors_writer writer;
  writer.add("bytes", bytes);
  writer.add("d", doubles);
  writer.add("f", floats, {3, 4});
  writer.add("h", halves);
  writer.add("b", bfloats);
  writer.add("wide", wide);
  writer.add("flags", flags);
  writer.add("one \"quoted\"\n\xc3\xa9", 0.1);
  writer.add("none", std::vector<float>{});
  writer.add_metadata("format", "rankwise");
  std::string const all = writer.bytes();
  auto const file = io::safetensors::over(all);
  CHECK(file.entries().size() == 9);
  auto const same = [](auto const& view, auto const& expected) {
    return view.size() == expected.size() &&
           std::memcmp(view.first, expected.data(), view.size() * sizeof(*view.first)) == 0;
  };
  std::string aligned(all.size() + 8, '\0'); // views need their alignment, which a string need not have
  std::size_t const shift = (8 - reinterpret_cast<std::uintptr_t>(aligned.data()) % 8) % 8;
  std::memcpy(aligned.data() + shift, all.data(), all.size());
  auto const views = io::safetensors::over(std::string_view(aligned).substr(shift, all.size()));
  CHECK(same(views.view<double>("d"), doubles));
  CHECK(same(views.view<float>("f"), floats));
  CHECK(same(views.view<rw::float16>("h"), halves));
  CHECK(same(views.view<rw::bfloat16>("b"), bfloats));
  CHECK(same(views.view<std::int8_t>("bytes"), bytes));
  CHECK(same(views.view<std::uint64_t>("wide"), wide));
  auto const m = views.matrix_view<float>("f");
  CHECK(m.rows == 3);
  CHECK(m(2, 3) == floats[11]);
  CHECK(file.number("one \"quoted\"\n\xc3\xa9") == 0.1);
  bool back[2] = {};
  CHECK(file.copy("flags", back));
  CHECK((back[0] && !back[1]));
  std::vector<float> narrow(7);
  CHECK(file.copy("d", narrow));
  CHECK(std::isinf(narrow[0]));

  char const* const name = "rankwise_safetensors_test.safetensors";
  CHECK(writer.save(name));
  {
    auto const opened = io::safetensors::open(name);
    CHECK(same(opened.view<double>("d"), doubles));
  }
  std::remove(name);
  CHECK_THROWS_WITH(
      io::safetensors::open(name),
      "rankwise: rankwise_safetensors_test.safetensors: the file cannot be read: No such file or directory");
  rw::status s;
  CHECK(!writer.save("no/such/folder/x", s));
  CHECK(s.code == rw::errc::unreadable);
}

TEST_CASE("a tensor is asked for by its name, type and size; a copy writes all or nothing") {
  auto const file = io::safetensors::over(reference);
  auto const tell = [](auto call) -> std::string {
    try {
      call();
    } catch (rw::error const& e) {
      return e.what();
    }
    return "";
  };
  std::vector<float> three(3, 9);
  CHECK(tell([&] { file.copy("x", three); }) == "rankwise: the tensors: tensor \"x\": there is no such tensor");
  CHECK(tell([&] { file.copy("w", three); }) ==
        "rankwise: the tensors: tensor \"w\": another number of elements (4 where 3 is needed)");
  CHECK(tell([&] { file.view<double>("w"); }) == "rankwise: the tensors: tensor \"w\": the type is not F64");
  CHECK(tell([&] { file.matrix_view<float>("x"); }) == "rankwise: the tensors: tensor \"x\": there is no such tensor");
  CHECK(tell([&] { file.number("w"); }) ==
        "rankwise: the tensors: tensor \"w\": another number of elements (4 where 1 is needed)");
  std::vector<int> whole(2, 9);
  CHECK(tell([&] { file.copy("n", whole); }) ==
        "rankwise: the tensors: tensor \"n\": a number that the integer type does not hold");
  CHECK(whole == std::vector<int>{9, 9}); // although the first one fits
  CHECK(file.copy("h", whole));
  CHECK(whole == std::vector<int>{1, 65504});
  std::vector<std::int16_t> small(2, 9);
  rw::status s;
  CHECK(!file.copy("h", small, s));
  CHECK(s.code == rw::errc::bad_format);
  CHECK(small == std::vector<std::int16_t>{9, 9});
  std::vector<int> four(4, 9);
  CHECK(!file.copy("w", four, s)); // 1.5
  CHECK(four == std::vector<int>{9, 9, 9, 9});
  CHECK(std::isnan(file.number("x", s)));
  CHECK(three == std::vector<float>{9, 9, 9});
}

TEST_CASE("a byte that is no bool is not shown as one") {
  io::safetensors_writer writer;
  bool const good[4] = {false, true, true, false};
  writer.add("flags", std::span(good));
  std::string bytes = writer.bytes();
  CHECK(io::safetensors::over(bytes).view<bool>("flags")[1]);
  bytes[bytes.size() - 2] = 2;
  rw::status s;
  CHECK(io::safetensors::over(bytes).view<bool>("flags", s).size() == 0);
  CHECK(s.code == rw::errc::bad_format);
}

TEST_CASE("broken files: one line each") {
  CHECK(message("") == "rankwise: the tensors: shorter than the length of a header (0 where 8 is needed)");
  CHECK(message("1234567") == "rankwise: the tensors: shorter than the length of a header (7 where 8 is needed)");
  CHECK(message("\xff\xff\xff\xff\xff\xff\xff\xff{}") ==
        "rankwise: the tensors: the header is longer than the file, or than 100 MB (18446744073709551615 where 2 is "
        "needed)");
  CHECK(message(reference.substr(0, reference.size() - 1)) ==
        "rankwise: the tensors: tensor \"u\": the offsets leave the file (47 where 46 is needed)");
  CHECK(message(reference + "x") == "rankwise: the tensors: bytes behind the last tensor (48 where 47 is needed)");
  CHECK(message(file_of("")) == "rankwise: the tensors: the header does not begin with {");
  CHECK(message(file_of("[]")) == "rankwise: the tensors: the header does not begin with {");
  CHECK(message(file_of("{}")).empty());
  CHECK(message(file_of("{}   ")).empty());
  CHECK(message(file_of("{} x")) == "rankwise: the tensors: line 1, column 4: something follows the end");
  CHECK(message(file_of("{\"\xff\":{}}")) == "rankwise: the tensors: line 1, column 3: a string is not UTF-8");
  CHECK(message(file_of("{\"a\":" + std::string(1000, '{'))).find("tensor \"a\"") != std::string::npos);
  CHECK(message(file_of("{\"__metadata__\":{\"a\":1}}")).find("a string was expected") != std::string::npos);
  CHECK(message(file_of("{\"__metadata__\":{\"a\":{\"b\":{\"c\":\"d\"}}}}")).find("a string was expected") !=
        std::string::npos);
  CHECK(one("{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}", "1234").empty());
  CHECK(one("{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}", "1234") ==
        "rankwise: the tensors: tensor \"t\": the shape needs another number of bytes (4 where 8 is needed)");
  CHECK(one("{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}").find("number of bytes") !=
        std::string::npos); // the product is 0 in 64 bits
  CHECK(one("{\"dtype\":\"F32\",\"shape\":[0,4294967296,4294967296,4],\"data_offsets\":[0,0]}").empty());
  CHECK(one("{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}", "1234").find("leave the file") !=
        std::string::npos);
  CHECK(one("{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}", "12345678") ==
        "rankwise: the tensors: tensor \"t\": a hole before the data (4 where 0 is needed)");
  CHECK(one("{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,18446744073709551615]}", "1234")
            .find("leave the file") != std::string::npos);
  CHECK(one("{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,18446744073709551616]}", "1234")
            .find("a whole number") != std::string::npos);
  CHECK(one("{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}", "1234").find("a whole number") !=
        std::string::npos);
  CHECK(one("{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}", "1234").find("a whole number") !=
        std::string::npos);
  CHECK(one("{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}", "1234").find("two offsets") != std::string::npos);
  CHECK(one("{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,4]}", "1234").find("two offsets") !=
        std::string::npos);
  CHECK(one("{\"dtype\":\"F32\",\"shape\":[1]}", "1234").find("were expected") != std::string::npos);
  CHECK(one("{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}", "1234").find("once each") !=
        std::string::npos);
  CHECK(one("{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}", "1234").find("only dtype") !=
        std::string::npos);
  std::string const entry = "{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}";
  CHECK(message(file_of("{\"t\":" + entry + ",\"t\":" + entry + "}", "1")) ==
        "rankwise: the tensors: tensor \"t\": the name occurs twice");
  CHECK(message(file_of("{\"t\":" + entry + ",\"s\":" + entry + "}", "1")).find("overlap another") !=
        std::string::npos);
  // A type of somebody else's: the file opens, the tensor cannot be read.
  std::string const other = file_of("{\"t\":{\"dtype\":\"F8_E4M3\",\"shape\":[4],\"data_offsets\":[0,4]}}", "1234");
  auto const file = io::safetensors::over(other);
  std::vector<float> out(4);
  CHECK_THROWS_WITH(file.copy("t", out),
                    "rankwise: the tensors: tensor \"t\": numbers of a type that cannot be converted");
}

TEST_CASE("a tensor is added or not: a name that is taken, a shape of another size") {
  std::vector<float> const four{1, 2, 3, 4};
  io::safetensors_writer writer;
  rw::status s;
  CHECK(writer.add("a", four, s));
  CHECK(s.ok());
  std::string const before = writer.bytes();
  CHECK_FALSE(writer.add("a", 1.5, s));
  CHECK(s.code == rw::errc::bad_format);
  CHECK_FALSE(writer.add("__metadata__", four, s));
  CHECK_FALSE(writer.add("b", four, {3, 2}, s));
  CHECK(s.code == rw::errc::wrong_shape);
  CHECK_FALSE(writer.add("b", std::vector<float>{}, {std::size_t{1} << 32, std::size_t{1} << 32}, s)); // 2^64 is no 0
  CHECK_FALSE(writer.add("b", four, {(std::size_t{1} << 63) + 1, 4}, s));
  CHECK(s.code == rw::errc::wrong_shape);
  CHECK_FALSE(writer.add_copy("b", four, {3}, s));
  CHECK_FALSE(writer.add_copy("a", std::vector<double>{1, 2}, s));
  CHECK(writer.bytes() == before);
  CHECK(writer.add_copy("b", four, {2, 2}, s));
  CHECK(s.ok());
}

TEST_CASE("random changes of a good file are read or refused, never more") {
  support::random draw(17);
  int read = 0;
  int refused = 0;
  for (int round = 0; round < 40'000; ++round) {
    std::string bytes = reference;
    for (std::size_t changes = 1 + draw.below(4); changes != 0; --changes) {
      std::size_t const at = draw.below(draw.below(3) == 0 ? bytes.size() : 390);
      switch (draw.below(5)) {
      case 0:
        bytes[at] = static_cast<char>(draw.below(256));
        break;
      case 1:
        bytes[at] = "{}[]\",:0123456789 \\-e"[draw.below(21)];
        break;
      case 2:
        bytes.erase(at, 1 + draw.below(8));
        break;
      case 3:
        bytes.insert(at, 1 + draw.below(3), "0]{,\""[draw.below(5)]);
        break;
      default:
        bytes.resize(at + 1);
      }
      bytes.resize(bytes.size() < 400 ? 400 : bytes.size(), ' ');
    }
    CAPTURE(round);
    rw::status s;
    auto const file = io::safetensors::over(bytes, s);
    if (!s.ok()) {
      ++refused;
      CHECK(file.entries().empty());
      continue;
    }
    ++read;
    for (auto const& t : file.entries()) {
      std::vector<double> out(t.numbers());
      CHECK((file.copy(t.name, out, s) || t.type == io::tensor_type::other));
    }
  }
  CHECK(refused > 1000);
  CHECK(read > 300);
}

} // namespace safetensors_test
