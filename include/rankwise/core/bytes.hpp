#ifndef RANKWISE_CORE_BYTES_HPP
#define RANKWISE_CORE_BYTES_HPP

#include <rankwise/core/arch.hpp>
#include <rankwise/core/error.hpp>
#include <rankwise/core/size.hpp>
#include <rankwise/core/storage.hpp>

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

/// A state (an accumulator, an evaluation, an exact sum) as bytes, for files, sockets and other processes:
///
///   std::vector<unsigned char> const bytes = rw::to_bytes(state);
///   rw::from_bytes(bytes, state);      the state becomes the one that was written
///   rw::merge_bytes(bytes, state);     the state takes it in, as `state.merge(other)` does
///
/// The bytes are the same on every machine. They begin with "rwst", the version of the form, the kind and the shape of
/// the state, and end with a checksum; reading compares all of it before the state is touched.
///
/// A class joins with one member, which names what it consists of:
///   template <class Self, class Bytes>
///   static void parts(Self& self, Bytes& bytes) {
///     bytes.kind("moments");           what it is
///     bytes.same(self.bins_);          what both sides must agree on before they can merge
///     bytes(self.count_, self.sum_);   numbers, exact sums, vectors, C arrays and other classes with `parts`
///     bytes.require(self.count_ >= 0); what must hold of numbers that were read
///   }
namespace rankwise::inline RANKWISE_ABI {

namespace detail {

/// Numbers of at most 8 bytes as 8 bytes, lowest first.
template <class T>
concept byte_number = std::is_arithmetic_v<T> && sizeof(T) <= 8;

template <byte_number T>
RANKWISE_HOST_FN std::uint64_t word_of(T x) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::bit_cast<std::uint64_t>(static_cast<double>(x));
  } else {
    return static_cast<std::uint64_t>(x);
  }
}
template <byte_number T>
RANKWISE_HOST_FN T number_of_word(std::uint64_t word) {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(std::bit_cast<double>(word));
  } else {
    return static_cast<T>(word);
  }
}

/// FNV-1a (Fowler, Noll and Vo), 64 bits, over words of 8 bytes. Each step is one to one, so that no change of a single
/// word stays unnoticed; the rotation carries high bits down.
struct byte_hash {
  std::uint64_t value = 0xcbf29ce484222325u;

  RANKWISE_HOST_FN void add(std::uint64_t word) { value = std::rotl((value ^ word) * 0x100000001b3u, 29); }
};

RANKWISE_HOST_FN void put_word(std::uint64_t word, unsigned char* to) {
  for (unsigned k = 0; k < 8; ++k) {
    to[k] = static_cast<unsigned char>(word >> 8 * k);
  }
}
RANKWISE_HOST_FN std::uint64_t word_at(unsigned char const* from) {
  std::uint64_t word = 0;
  for (unsigned k = 0; k < 8; ++k) {
    word |= static_cast<std::uint64_t>(from[k]) << 8 * k;
  }
  return word;
}

/// Something that writes itself into a fixed number of bytes: an exact sum.
template <class T>
concept fixed_bytes = requires(T const& t, T& u, std::span<unsigned char, T::bytes> to) {
  t.write(to);
  { u.read(std::span<unsigned char const, T::bytes>(to)) } -> std::same_as<bool>;
};

/// What a state is, without what it has seen.
template <class Isa>
class shape_of_bytes {
public:
  void kind(char const* text) {
    for (; *text != '\0'; ++text) {
      hash_.add(static_cast<unsigned char>(*text));
    }
    hash_.add(0);
  }
  template <byte_number... Ts>
  void same(Ts const&... xs) {
    (hash_.add(word_of(xs)), ...);
  }
  template <class... Ts>
  void operator()(Ts const&... xs) {
    (visit(xs), ...);
  }
  void require(bool) {}
  static constexpr bool reads = false;

  std::uint64_t value() const { return hash_.value; }

private:
  template <class T>
  void visit(T const& x) {
    if constexpr (requires { T::parts(x, *this); }) {
      T::parts(x, *this);
    }
  }

  byte_hash hash_;
};

template <class Isa>
class byte_writer {
public:
  explicit byte_writer(std::vector<unsigned char>& to) : to_(to) {}
  static constexpr bool reads = false;

  void kind(char const*) {}
  template <byte_number... Ts>
  void same(Ts const&...) {}
  void require(bool) {}
  template <class... Ts>
  void operator()(Ts const&... xs) {
    (put(xs), ...);
  }

private:
  unsigned char* room(std::size_t count) {
    std::size_t const size = to_.size();
    to_.resize(size + count);
    return to_.data() + size;
  }

  template <class T>
  void put(T const& x) {
    if constexpr (byte_number<T>) {
      put_word(word_of(x), room(8));
    } else if constexpr (fixed_bytes<T>) {
      x.write(std::span<unsigned char, T::bytes>(room(T::bytes), T::bytes));
    } else if constexpr (std::is_array_v<T>) {
      for (auto const& element : x) {
        put(element);
      }
    } else if constexpr (requires { T::parts(x, *this); }) {
      T::parts(x, *this);
    } else {
      put(std::uint64_t{x.size()});
      for (auto const& element : x) {
        put(element);
      }
    }
  }

  std::vector<unsigned char>& to_;
};

template <class Isa>
class byte_reader {
public:
  explicit byte_reader(std::span<unsigned char const> from) : from_(from) {}
  static constexpr bool reads = true;

  void kind(char const*) {}
  template <byte_number... Ts>
  void same(Ts const&...) {}
  void require(bool holds) { good_ = good_ && holds; }
  template <class... Ts>
  void operator()(Ts&... xs) {
    (get(xs), ...);
  }
  /// Whether everything was there, and nothing is left.
  bool complete() const { return good_ && from_.empty(); }

private:
  template <class T>
  void get(T& x) {
    if (!good_) {
      return;
    }
    if constexpr (byte_number<T>) {
      if (!take(8)) {
        return;
      }
      std::uint64_t const word = word_at(taken_);
      x = number_of_word<T>(word);
      good_ = word_of(x) == word || x != x;
    } else if constexpr (fixed_bytes<T>) {
      if (take(T::bytes)) {
        good_ = x.read(std::span<unsigned char const, T::bytes>(taken_, T::bytes));
      }
    } else if constexpr (std::is_array_v<T>) {
      for (auto& element : x) {
        get(element);
      }
    } else if constexpr (requires { T::parts(x, *this); }) {
      T::parts(x, *this);
    } else {
      std::uint64_t count = 0;
      get(count);
      // No element takes less than a byte: a length that was made up cannot ask for much more memory than it sent.
      good_ = good_ && count <= from_.size();
      std::vector<typename T::value_type> read;
      if constexpr (byte_number<typename T::value_type>) {
        good_ = good_ && count <= from_.size() / 8;
        read.reserve(good_ ? detail::as_size(count) : 0);
      }
      for (std::uint64_t k = 0; good_ && k < count; ++k) {
        typename T::value_type element{};
        get(element);
        read.push_back(std::move(element));
      }
      if (good_) {
        assign(x, read);
      }
    }
  }
  template <class E>
  void assign(std::vector<E>& x, std::vector<E>& read) {
    x = std::move(read);
  }
  template <class E>
  void assign(storage<E>& x, std::vector<E>& read) {
    x.resize(read.size());
    for (std::size_t k = 0; k < read.size(); ++k) {
      x[k] = read[k];
    }
  }
  bool take(std::size_t count) {
    good_ = good_ && count <= from_.size();
    if (good_) {
      taken_ = from_.data();
      from_ = from_.subspan(count);
    }
    return good_;
  }

  std::span<unsigned char const> from_;
  unsigned char const* taken_ = nullptr;
  bool good_ = true;
};

/// Equal for states that may merge.
template <class Isa, class State>
std::uint64_t shape_of(State const& state) {
  shape_of_bytes<Isa> shape;
  if constexpr (fixed_bytes<State>) {
    shape.kind("fixed");
    shape.same(State::bytes);
  } else {
    State::parts(state, shape);
  }
  return shape.value();
}

/// Whether `other` may merge into `state`; reports what was made with other parameters.
template <class Isa, class State>
bool check_alike(State const& state, State const& other, on_error const& errors) {
  constexpr status differs{errc::bad_format, "the state to merge was made with other parameters", status::nowhere, 0,
                           0};
  return passed(shape_of<Isa>(state) == shape_of<Isa>(other) ? status{} : differs, errors);
}

template <class State>
concept state_of_bytes = fixed_bytes<State> || requires(State const& s, shape_of_bytes<arch::native>& b) {
  State::parts(s, b);
};

/// "rwst", version, three zeros; shape; length; ... ; checksum.
inline constexpr std::size_t state_header = 8 + 8 + 8;
inline constexpr unsigned char state_form[8] = {'r', 'w', 's', 't', 1, 0, 0, 0};

RANKWISE_HOST_FN std::uint64_t checksum_of(unsigned char const* first, std::size_t count) {
  byte_hash hash;
  std::size_t at = 0;
  for (; count - at >= 8; at += 8) {
    hash.add(word_at(first + at));
  }
  unsigned char rest[8] = {};
  for (std::size_t k = at; k < count; ++k) {
    rest[k - at] = first[k];
  }
  hash.add(word_at(rest));
  hash.add(count);
  return hash.value;
}

template <class Isa>
status examine_state(std::span<unsigned char const> bytes, std::uint64_t shape) {
  auto const fault = [](char const* what, std::size_t expected, std::size_t found) {
    return status{errc::bad_format, what, status::nowhere, expected, found};
  };
  if (bytes.size() < state_header + 8) {
    return fault("the bytes of a state are cut off: bytes", state_header + 8, bytes.size());
  }
  if (std::memcmp(bytes.data(), state_form, 4) != 0) {
    return fault("these bytes are not those of a state: they begin with something else than rwst", 0, 0);
  }
  if (std::memcmp(bytes.data(), state_form, sizeof state_form) != 0) {
    return fault("the bytes of a state have another version", state_form[4], bytes[4]);
  }
  std::uint64_t const length = word_at(bytes.data() + 16);
  if (length != bytes.size() - state_header - 8) {
    return fault("the bytes of a state are cut off, or too many", static_cast<std::size_t>(length),
                 bytes.size() - state_header - 8);
  }
  if (checksum_of(bytes.data(), bytes.size() - 8) != word_at(bytes.data() + bytes.size() - 8)) {
    return fault("the bytes of a state are damaged: the checksum differs", 0, 0);
  }
  if (word_at(bytes.data() + 8) != shape) {
    return fault("these are the bytes of a state of another kind, or with other parameters", 0, 0);
  }
  return {};
}

} // namespace detail

template <class State, class Isa = arch::native>
std::vector<unsigned char> to_bytes(State const& state) {
  static_assert(detail::state_of_bytes<State>,
                "[rankwise] to_bytes takes an exact sum, an evaluation, or an accumulator that merges");
  std::vector<unsigned char> bytes(detail::state_form, detail::state_form + sizeof detail::state_form);
  detail::byte_writer<Isa> write(bytes);
  write(detail::shape_of<Isa>(state), std::uint64_t{0}, state);
  std::uint64_t const length = bytes.size() - detail::state_header;
  detail::put_word(length, bytes.data() + 16);
  write(detail::checksum_of(bytes.data(), bytes.size()));
  return bytes;
}

/// `state` says what is expected: the same kind, made with the same parameters. False, and the state as it was, where
/// the bytes are something else.
template <class State, class Isa = arch::native>
bool from_bytes(std::span<unsigned char const> bytes, State& state, on_error errors = {}) {
  static_assert(detail::state_of_bytes<State>,
                "[rankwise] from_bytes takes an exact sum, an evaluation, or an accumulator that merges");
  status s = detail::examine_state<Isa>(bytes, detail::shape_of<Isa>(state));
  if (s.ok()) {
    State fresh = state;
    detail::byte_reader<Isa> read(bytes.subspan(detail::state_header, bytes.size() - detail::state_header - 8));
    read(fresh);
    if (read.complete()) {
      state = std::move(fresh);
    } else {
      s = {errc::bad_format, "the bytes of a state hold what no such state can", status::nowhere, 0, 0};
    }
  }
  return detail::passed(s, errors);
}

template <class State, class Isa = arch::native>
bool merge_bytes(std::span<unsigned char const> bytes, State& state, on_error errors = {}) {
  State other = state;
  if (!from_bytes<State, Isa>(bytes, other, errors)) {
    return false;
  }
  if constexpr (requires { state.merge(other, errors); }) {
    status s;
    state.merge(other, s);
    return detail::passed(s, errors);
  } else {
    state.merge(other);
    return true;
  }
}

} // namespace rankwise::inline RANKWISE_ABI

#endif
