#include <rankwise/io/protobuf.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace protobuf_test {

namespace rw = rankwise;
namespace io = rw::io;

namespace {

using namespace std::string_literals;

// "byte: why" of the first fault, or nothing.
std::string fault(std::string_view bytes, std::size_t offset = 0) {
  io::protobuf_reader<> r;
  r.fields(bytes, offset, [](auto const&) { return true; });
  return r.ok() ? "" : std::to_string(r.fault().where) + ": " + r.fault().argument;
}

} // namespace

TEST_CASE("the examples of the encoding's specification") {
  // protobuf.dev/programming-guides/encoding: field 1 = 150; field 2 = "testing"; field 3 = {field 1 = 150};
  // field 4 = "hello", field 5 = 1, 2, 3; field 6 = packed 3, 270, 86942
  std::string const bytes = "\x08\x96\x01"
                            "\x12\x07testing"
                            "\x1a\x03\x08\x96\x01"
                            "\x22\x05hello\x28\x01\x28\x02\x28\x03"
                            "\x32\x06\x03\x8e\x02\x9e\xa7\x05"s;
  io::protobuf_reader<> r;
  std::uint64_t first = 0;
  std::uint64_t inner = 0;
  std::size_t inner_offset = 0;
  std::string testing, hello;
  std::vector<std::uint64_t> numbers, packed;
  CHECK(r.fields(bytes, 100, [&](io::protobuf_field const& f) {
    switch (f.number) {
    case 1:
      CHECK(f.offset == 100);
      return r.whole(f, first);
    case 2:
      return r.text(f, testing);
    case 3:
      return r.message(f, [&](io::protobuf_field const& g) {
        inner_offset = g.offset;
        return g.number != 1 || r.whole(g, inner);
      });
    case 4:
      return r.text(f, hello);
    default:
      return r.wholes(f, [&](std::uint64_t x) {
        (f.number == 5 ? numbers : packed).push_back(x);
        return true;
      });
    }
  }));
  CHECK(first == 150);
  CHECK(inner == 150);
  CHECK(inner_offset == 114);
  CHECK(testing == "testing");
  CHECK(hello == "hello");
  CHECK(numbers == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(packed == std::vector<std::uint64_t>{3, 270, 86942});
  CHECK(io::protobuf_writer<>().whole(1, 150).text(2, "testing").bytes() == bytes.substr(0, 12));
  io::protobuf_writer<> inside;
  inside.whole(1, 150);
  CHECK(io::protobuf_writer<>().message(3, inside).bytes() == bytes.substr(12, 5));
}

TEST_CASE("numbers at the ends of their ranges come back") {
  for (std::uint64_t const x :
       {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    io::protobuf_writer<> w;
    w.whole(536870911, x).real(2, -0.5f);
    io::protobuf_reader<> r;
    std::uint64_t y = 1;
    float f = 0;
    CHECK(r.fields(w.bytes(), 0, [&](io::protobuf_field const& g) {
      return g.number == 536870911 ? r.whole(g, y) : g.number == 2 && r.real(g, f);
    }));
    CHECK(y == x);
    CHECK(f == -0.5f);
  }
  io::protobuf_writer<> negative;
  negative.whole(1, static_cast<std::uint64_t>(-5));
  io::protobuf_reader<> r;
  std::int64_t y = 0;
  CHECK(r.fields(negative.bytes(), 0, [&](io::protobuf_field const& g) { return r.whole(g, y); }));
  CHECK(y == -5);
}

TEST_CASE("lists of floats and doubles, one by one and packed") {
  std::string const bytes = "\x0d\0\0\x80\x3f\x0a\x08\0\0\0\x40\0\0\x40\x40\x0a\0"s; // 1 | 2, 3 | none
  std::string floats;
  io::protobuf_reader<> r;
  CHECK(r.fields(bytes, 0, [&](io::protobuf_field const& f) { return r.reals<float>(f, floats); }));
  CHECK(floats == "\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40"s);
  std::string doubles;
  io::protobuf_reader<> d;
  CHECK(d.fields("\x09\0\0\0\0\0\0\xf0\x3f"s, 0,
                 [&](io::protobuf_field const& f) { return d.reals<double>(f, doubles); }));
  CHECK(doubles.size() == 8);
  io::protobuf_reader<> seven;
  CHECK_FALSE(
      seven.fields("\x0a\x07xxxxxxx", 0, [&](io::protobuf_field const& f) { return seven.reals<float>(f, floats); }));
  CHECK(seven.fault().argument == "whole floats were expected, of four bytes"s);
}

TEST_CASE("what is broken is named with its byte") {
  CHECK(fault("").empty());
  CHECK(fault("\x08") == "1: a whole number ends too early");
  CHECK(fault("\x88") == "0: a whole number ends too early");
  CHECK(fault("\x08\x96") == "1: a whole number ends too early");
  CHECK(fault("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01").empty()); // 2^64 - 1
  CHECK(fault("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 7) ==
        "8: a whole number of at most 64 bits was expected");
  CHECK(fault("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01") ==
        "1: a whole number of at most 64 bits was expected");
  CHECK(fault("\x02\x01x") == "0: a field's number between 1 and 536870911 was expected");
  CHECK(fault("\x80\x80\x80\x80\x10\x01") == "0: a field's number between 1 and 536870911 was expected");
  CHECK(fault("\x0b\x0c") == "0: a field of type 0, 1, 2 or 5 was expected"); // groups, long out of use
  CHECK(fault("\x08\x01\x0f") == "2: a field of type 0, 1, 2 or 5 was expected");
  CHECK(fault("\x0a\x05test") == "0: a field is longer than what holds it");
  CHECK(fault("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01test") == "0: a field is longer than what holds it");
  CHECK(fault("\x0dxxx") == "0: a field is longer than what holds it");
  CHECK(fault("\x09xxxxxxx") == "0: a field is longer than what holds it");
  // The wrong type for what was asked.
  io::protobuf_reader<> r;
  std::string text = "kept";
  CHECK_FALSE(r.fields("\x08\x01", 0, [&](io::protobuf_field const& f) { return r.text(f, text); }));
  CHECK(r.fault().argument == "a text was expected"s);
  CHECK(text.empty());
  std::uint64_t x = 0;
  CHECK_FALSE(r.fields("\x08\x01", 0, [&](io::protobuf_field const& f) { return r.whole(f, x); })); // all fail now
  io::protobuf_reader<> own;
  CHECK_FALSE(own.fields("\x08\x01", 3, [&](io::protobuf_field const&) { return false; }));
  CHECK(own.fault().where == 3);
}

} // namespace protobuf_test
