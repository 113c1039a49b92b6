#ifndef RANKWISE_IO_PROTOBUF_HPP
#define RANKWISE_IO_PROTOBUF_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/core/error.hpp>
#include <rankwise/core/size.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

/// Messages in the encoding of protocol buffers: fields of a number, a type and a value, one after the other. What the
/// numbers mean is for the caller to know; a message inside of a field is bytes until the caller reads it.
namespace rankwise::inline RANKWISE_ABI::io {

static_assert(std::endian::native == std::endian::little, "[rankwise] protocol buffers are little-endian");

enum class wire_type : unsigned char { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

struct protobuf_field {
  std::uint32_t number = 0;
  wire_type type = wire_type::varint;
  std::uint64_t whole = 0; ///< of a varint
  std::string_view bytes;  ///< of all other types, as they lie in the message
  std::size_t offset = 0;  ///< where the field begins, from the beginning of everything
  std::size_t inside = 0;  ///< where `bytes` begins
};

/// Every function returns whether it went well; after the first failure all of them fail.
template <class Isa = arch::native>
class protobuf_reader {
public:
  bool ok() const { return fault_.ok(); }
  /// The first failure; `where` is its byte.
  status const& fault() const { return fault_; }
  bool fail(std::size_t offset, char const* what, std::size_t expected = 0, std::size_t found = 0) {
    if (fault_.ok()) {
      fault_ = {errc::bad_format, what, offset, expected, found};
    }
    return false;
  }

  /// Calls each(field) for every field of a message that begins at `offset`; it returns whether to go on.
  template <class F>
  bool fields(std::string_view message, std::size_t offset, F each) {
    std::size_t at = 0;
    while (ok() && at < message.size()) {
      protobuf_field f;
      f.offset = offset + at;
      std::uint64_t key = 0;
      if (!varint(message, offset, at, key)) {
        return false;
      }
      if (key >> 3 == 0 || key >> 32 != 0) {
        return fail(f.offset, "a field's number between 1 and 536870911 was expected");
      }
      f.number = static_cast<std::uint32_t>(key >> 3);
      f.type = static_cast<wire_type>(key & 7);
      std::uint64_t length = 0;
      switch (f.type) {
      case wire_type::varint:
        if (!varint(message, offset, at, f.whole)) {
          return false;
        }
        break;
      case wire_type::fixed64:
        length = 8;
        break;
      case wire_type::bytes:
        if (!varint(message, offset, at, length)) {
          return false;
        }
        break;
      case wire_type::fixed32:
        length = 4;
        break;
      default:
        return fail(f.offset, "a field of type 0, 1, 2 or 5 was expected");
      }
      if (length > message.size() - at) {
        return fail(f.offset, "a field is longer than what holds it", message.size() - at,
                    rankwise::detail::as_size(length));
      }
      f.inside = offset + at;
      f.bytes = message.substr(at, rankwise::detail::as_size(length));
      at += f.bytes.size();
      if (!each(static_cast<protobuf_field const&>(f))) {
        return fail(f.offset, "the field was refused"); // unless there is a better reason
      }
    }
    return ok();
  }
  /// The fields of a message in a field.
  template <class F>
  bool message(protobuf_field const& f, F each) {
    return is(f, wire_type::bytes, "a message was expected") && fields(f.bytes, f.inside, each);
  }

  bool text(protobuf_field const& f, std::string& out) {
    bool const good = is(f, wire_type::bytes, "a text was expected");
    out = good ? f.bytes : std::string_view{};
    return good;
  }
  bool whole(protobuf_field const& f, std::uint64_t& out) {
    out = f.whole;
    return is(f, wire_type::varint, "a whole number was expected");
  }
  bool whole(protobuf_field const& f, std::int64_t& out) {
    out = static_cast<std::int64_t>(f.whole);
    return is(f, wire_type::varint, "a whole number was expected");
  }
  bool real(protobuf_field const& f, float& out) {
    if (!is(f, wire_type::fixed32, "a float was expected")) {
      return false;
    }
    std::memcpy(&out, f.bytes.data(), sizeof out);
    return true;
  }
  /// Repeated whole numbers, of which a field holds one or many: each(number).
  template <class F>
  bool wholes(protobuf_field const& f, F each) {
    if (f.type == wire_type::varint) {
      return ok() && each(f.whole);
    }
    if (!is(f, wire_type::bytes, "whole numbers were expected")) {
      return false;
    }
    for (std::size_t at = 0; at < f.bytes.size();) {
      std::uint64_t x = 0;
      if (!varint(f.bytes, f.inside, at, x) || !each(x)) {
        return false;
      }
    }
    return true;
  }
  /// Repeated floats or doubles: their bytes are appended.
  template <class T>
  bool reals(protobuf_field const& f, std::string& out) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "[rankwise] fixed numbers have four or eight bytes");
    constexpr wire_type single = sizeof(T) == 4 ? wire_type::fixed32 : wire_type::fixed64;
    if (f.type != single &&
        !is(f, wire_type::bytes, sizeof(T) == 4 ? "floats were expected" : "doubles were expected")) {
      return false;
    }
    if (f.bytes.size() % sizeof(T) != 0) {
      return fail(f.offset, sizeof(T) == 4 ? "whole floats were expected, of four bytes"
                                           : "whole doubles were expected, of eight bytes");
    }
    out += f.bytes;
    return ok();
  }

private:
  bool is(protobuf_field const& f, wire_type type, char const* otherwise) {
    return (ok() && f.type == type) || fail(f.offset, otherwise);
  }
  bool varint(std::string_view message, std::size_t offset, std::size_t& at, std::uint64_t& out) {
    std::size_t const begin = at;
    out = 0;
    for (unsigned shift = 0; at < message.size(); shift += 7) {
      auto const byte = static_cast<unsigned char>(message[at++]);
      if (shift == 63 && byte > 1) {
        return fail(offset + begin, "a whole number of at most 64 bits was expected");
      }
      out |= static_cast<std::uint64_t>(byte & 0x7fu) << shift;
      if (byte < 0x80) {
        return true;
      }
    }
    return fail(offset + begin, "a whole number ends too early");
  }

  status fault_;
};

/// Puts a message together, field by field; a message inside of it is a text.
template <class Isa = arch::native>
class protobuf_writer {
public:
  protobuf_writer& whole(std::uint32_t number, std::uint64_t x) {
    key(number, wire_type::varint);
    return varint(x);
  }
  protobuf_writer& text(std::uint32_t number, std::string_view bytes) {
    key(number, wire_type::bytes);
    varint(bytes.size());
    bytes_ += bytes;
    return *this;
  }
  protobuf_writer& real(std::uint32_t number, float x) {
    key(number, wire_type::fixed32);
    char bytes[sizeof x];
    std::memcpy(bytes, &x, sizeof x);
    bytes_.append(bytes, sizeof x);
    return *this;
  }
  protobuf_writer& message(std::uint32_t number, protobuf_writer const& inside) { return text(number, inside.bytes()); }
  std::string const& bytes() const { return bytes_; }

private:
  void key(std::uint32_t number, wire_type type) {
    varint(static_cast<std::uint64_t>(number) << 3 | static_cast<std::uint64_t>(type));
  }
  protobuf_writer& varint(std::uint64_t x) {
    for (; x >= 0x80; x >>= 7) {
      bytes_ += static_cast<char>(x | 0x80u);
    }
    bytes_ += static_cast<char>(x);
    return *this;
  }

  std::string bytes_;
};

} // namespace rankwise::inline RANKWISE_ABI::io

#endif
