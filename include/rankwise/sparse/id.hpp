#ifndef RANKWISE_SPARSE_ID_HPP
#define RANKWISE_SPARSE_ID_HPP

#include <rankwise/core/error.hpp>
#include <rankwise/core/tensor.hpp>
#include <rankwise/exec/apply.hpp>
#include <rankwise/sparse/hash.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

/// What is done to ids of sparse features, one after the other: policies over 64-bit integers, after RecIS (arXiv
/// 2509.20883). `chain(hash_text{}, modulo{1000}, table{7})` is one of them again; sparse/features.hpp runs them.
namespace rankwise::inline RANKWISE_ABI::sparse {

/// The id, as an unsigned number, modulo the number of buckets.
struct modulo {
  std::uint64_t buckets = 1;

  RANKWISE_HOST_FN status check() const {
    return buckets == 0 ? status{errc::out_of_range, "buckets", status::nowhere, 1, 0} : status{};
  }
  RANKWISE_FN std::uint64_t operator()(std::uint64_t id) const { return id % buckets; }
};

/// The table an id belongs to, in its upper twelve bits: (id & (2^52 - 1)) + (table << 52).
struct table {
  std::uint64_t number = 0;

  static constexpr std::uint64_t id_mask = (std::uint64_t{1} << 52) - 1;
  RANKWISE_HOST_FN status check() const {
    return number >> 12 != 0
               ? status{errc::out_of_range, "table", status::nowhere, 4096, static_cast<std::size_t>(number)}
               : status{};
  }
  RANKWISE_FN std::uint64_t operator()(std::uint64_t id) const { return (id & id_mask) + (number << 52); }
  RANKWISE_FN static std::uint64_t id_of(std::uint64_t encoded) { return encoded & id_mask; }
  RANKWISE_FN static std::uint64_t table_of(std::uint64_t encoded) { return encoded >> 52; }
};

/// XXH64 of a byte string.
struct hash_text {
  std::uint64_t seed = 0;

  RANKWISE_FN std::uint64_t operator()(std::string_view text) const {
    return hash_bytes(text.data(), text.size(), seed);
  }
};
/// XXH64 of the eight bytes of an id.
struct hash_id {
  std::uint64_t seed = 0;

  RANKWISE_FN std::uint64_t operator()(std::uint64_t id) const {
    return detail::xxh_finish(detail::xxh_eight(seed + detail::xxh_prime5 + 8, id));
  }
};

namespace detail {

RANKWISE_HOST_FN bool is_prime(std::uint64_t n) {
  if (n < 4 || n % 2 == 0) {
    return n == 2 || n == 3;
  }
  for (std::uint64_t d = 3; d <= n / d; d += 2) {
    if (n % d == 0) {
      return false;
    }
  }
  return true;
}

} // namespace detail

/// The largest prime that is at most n; 0 below 2.
RANKWISE_HOST_FN std::uint64_t largest_prime_up_to(std::uint64_t n) {
  while (n >= 2 && !detail::is_prime(n)) {
    --n;
  }
  return n < 2 ? 0 : n;
}

/// Four hashes of an id, for tables that share the load of one too large:
///   out_j = ((((id m_j) % p_j) + p_j) % p_j) % b_j,  m = 1, 3, 5, 7,  p_j = largest prime <= {29, 47, 67, 83}_j b_j
/// with a signed id; the product wraps at 64 bits. Buckets: 1 .. 2^32.
class multi_hash {
public:
  static constexpr std::size_t columns = 4;

  RANKWISE_HOST_FN explicit multi_hash(std::uint64_t buckets) : multi_hash(buckets, buckets, buckets, buckets) {}
  RANKWISE_HOST_FN multi_hash(std::uint64_t b0, std::uint64_t b1, std::uint64_t b2, std::uint64_t b3)
      : buckets_{b0, b1, b2, b3} {
    constexpr std::uint64_t factor[columns] = {29, 47, 67, 83};
    for (std::size_t j = 0; j < columns; ++j) {
      prime_[j] = in_range(buckets_[j]) ? static_cast<std::int64_t>(largest_prime_up_to(factor[j] * buckets_[j])) : 0;
    }
  }

  RANKWISE_HOST_FN status check() const {
    for (std::size_t j = 0; j < columns; ++j) {
      if (!in_range(buckets_[j])) {
        return {errc::out_of_range, "buckets", j, std::size_t{1} << 32, static_cast<std::size_t>(buckets_[j])};
      }
    }
    return {};
  }
  RANKWISE_HOST_FN std::uint64_t prime(std::size_t j) const { return static_cast<std::uint64_t>(prime_[j]); }

  RANKWISE_FN std::uint64_t operator()(std::uint64_t id, std::size_t j) const {
    auto const product = static_cast<std::int64_t>(id * (2 * j + 1)); // m = 1, 3, 5, 7
    std::int64_t const rest = product % prime_[j];
    return static_cast<std::uint64_t>(rest < 0 ? rest + prime_[j] : rest) % buckets_[j];
  }

private:
  RANKWISE_HOST_FN static bool in_range(std::uint64_t b) { return b >= 1 && b <= std::uint64_t{1} << 32; }

  std::uint64_t buckets_[columns];
  std::int64_t prime_[columns]{};
};

/// Policies in a row.
template <class First, class Second>
struct chained {
  First first;
  Second second;

  RANKWISE_HOST_FN status check() const {
    if constexpr (requires { first.check(); }) {
      if (status const s = first.check(); !s.ok()) {
        return s;
      }
    }
    if constexpr (requires { second.check(); }) {
      return second.check();
    } else {
      return {};
    }
  }
  template <class Id>
  RANKWISE_FN std::uint64_t operator()(Id id) const {
    return second(first(id));
  }
};

template <class Only>
constexpr Only chain(Only only) {
  return only;
}
template <class First, class Second, class... Rest>
constexpr auto chain(First first, Second second, Rest... rest) {
  return chain(chained<First, Second>{first, second}, rest...);
}

/// Byte strings end to end: string i is bytes offsets[i] .. offsets[i + 1] - 1. A view.
class strings {
public:
  template <class Bytes, class Offset>
  RANKWISE_HOST_FN strings(Bytes const& bytes, lists<Offset> const& pieces, on_error errors = {}) {
    auto const b = std::span(bytes);
    static_assert(sizeof(b[0]) == 1, "[rankwise] strings are made of bytes: char, unsigned char or std::byte");
    static_assert(std::is_same_v<Offset, std::size_t>, "[rankwise] offsets of strings are std::size_t");
    bool const fits = b.size() == pieces.items();
    if (rankwise::detail::passed(
            fits ? status{} : status{errc::offsets_overrun, "bytes", status::nowhere, pieces.items(), b.size()},
            errors)) {
      first_ = static_cast<char const*>(static_cast<void const*>(b.data()));
      pieces_ = pieces;
    }
  }

  RANKWISE_FN std::size_t size() const { return pieces_.size(); }
  RANKWISE_FN std::string_view operator[](std::size_t i) const {
    return {first_ + pieces_.begin_of(i), pieces_.size_of(i)};
  }

private:
  char const* first_ = nullptr;
  lists<std::size_t> pieces_;
};

} // namespace rankwise::inline RANKWISE_ABI::sparse

#endif
