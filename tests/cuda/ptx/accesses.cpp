#include "accesses.hpp"

#include "machine.hpp"

namespace ptx {
namespace {

std::uint64_t address_of(thread const& t, instruction const& i) {
  return t.bits(i.a) + static_cast<std::uint64_t>(i.offset);
}

template <std::uint32_t Bytes>
void load(thread& t, instruction const& i) {
  std::byte const* const from = t.on->access(t, address_of(t, i), Bytes * i.elements, use::read, i.strong);
  for (std::uint32_t k = 0; k < i.elements; ++k) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, from + k * Bytes, Bytes);
    if (i.extended) {
      bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(bits << (64 - 8 * Bytes)) >> (64 - 8 * Bytes));
    }
    t.set(i.elements == 1 ? i.d : i.vector[k], bits);
  }
}
template <std::uint32_t Bytes>
void store(thread& t, instruction const& i) {
  std::byte* const to = t.on->access(t, address_of(t, i), Bytes * i.elements, use::write, i.strong);
  for (std::uint32_t k = 0; k < i.elements; ++k) {
    std::uint64_t const bits = t.bits(i.elements == 1 ? i.b : i.vector[k]);
    std::memcpy(to + k * Bytes, &bits, Bytes);
  }
}

enum updates : std::uint8_t { add, least, most, exchange, exchange_if, all, any, either, increment, decrement };

template <class T>
void update(thread& t, instruction const& i) {
  std::byte* const at = t.on->access(t, address_of(t, i), sizeof(T), use::update, true);
  T old;
  std::memcpy(&old, at, sizeof(T));
  T const x = t.get<T>(i.b);
  T made = x;
  switch (i.variant) {
  case add:
    made = old + x;
    break;
  case least:
    made = x < old ? x : old;
    break;
  case most:
    made = old < x ? x : old;
    break;
  case exchange_if:
    made = old == x ? t.get<T>(i.c) : old;
    break;
  case increment:
    made = old >= x ? T{0} : old + 1;
    break;
  case decrement:
    made = old == T{0} || old > x ? x : old - 1;
    break;
  default:
    if constexpr (std::is_integral_v<T>) {
      made = i.variant == all ? old & x : i.variant == any ? old | x : i.variant == either ? old ^ x : x;
    }
  }
  std::memcpy(at, &made, sizeof(T));
  t.set(i.d, old);
}

} // namespace

action load_of(std::uint32_t bytes) {
  return bytes == 1 ? load<1> : bytes == 2 ? load<2> : bytes == 4 ? load<4> : bytes == 8 ? load<8> : nullptr;
}
action store_of(std::uint32_t bytes) {
  return bytes == 1 ? store<1> : bytes == 2 ? store<2> : bytes == 4 ? store<4> : bytes == 8 ? store<8> : nullptr;
}
action update_of(mnemonic n, instruction& made) {
  for (std::string_view const name : {"add", "min", "max", "exch", "cas", "and", "or", "xor", "inc", "dec"}) {
    if (n.has(name)) {
      break;
    }
    ++made.variant;
  }
  auto const type = n.type();
  return made.variant > decrement         ? nullptr
         : type == "u32" || type == "b32" ? update<std::uint32_t>
         : type == "u64" || type == "b64" ? update<std::uint64_t>
         : type == "s32"                  ? update<std::int32_t>
         : type == "s64"                  ? update<std::int64_t>
         : type == "f32"                  ? update<float>
         : type == "f64"                  ? update<double>
                                          : nullptr;
}

void pack(thread& t, instruction const& i) {
  auto const width = static_cast<unsigned>(8 * i.bytes / i.vector.size());
  std::uint64_t bits = 0;
  for (std::size_t k = i.vector.size(); k-- != 0;) {
    bits = bits << width | (t.bits(i.vector[k]) & ((std::uint64_t{1} << width) - 1));
  }
  t.set(i.d, bits);
}
void unpack(thread& t, instruction const& i) {
  auto const width = static_cast<unsigned>(8 * i.bytes / i.vector.size());
  std::uint64_t bits = t.bits(i.a);
  for (operand const& o : i.vector) {
    t.set(o, bits & ((std::uint64_t{1} << width) - 1));
    bits >>= width;
  }
}

} // namespace ptx
