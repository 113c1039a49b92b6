#ifndef RANKWISE_ENGINE_MPI_HPP
#define RANKWISE_ENGINE_MPI_HPP

#include <rankwise/core/bytes.hpp>
#include <rankwise/core/error.hpp>
#include <rankwise/core/lists.hpp>
#include <rankwise/core/size.hpp>
#include <rankwise/core/tensor.hpp>

#ifndef OMPI_SKIP_MPICXX
#define OMPI_SKIP_MPICXX 1 // the C++ bindings that MPI-3 removed
#endif
#ifndef MPICH_SKIP_MPICXX
#define MPICH_SKIP_MPICXX 1
#endif
#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

/// Evaluation and statistics over the processes of an MPI job: every process works off its share of the lists, and
/// states that merge are merged in the order of the processes.
///
///   auto const mine = rw::mpi::share_of(lists);
///   auto result = rw::evaluate(measures, mine.of(scores), mine.of(labels), mine.lists);
///   rw::mpi::merge(result);        now every process has the result over all lists, to the bits of a single one
///
/// Any type that `to_bytes` takes merges. All calls are collective. MPI is initialised, and ended, by the program.
namespace rankwise::inline RANKWISE_ABI::mpi {

namespace detail {

template <class Isa>
int rank_of(MPI_Comm comm) {
  int rank = 0;
  MPI_Comm_rank(comm, &rank);
  return rank;
}
template <class Isa>
int size_of(MPI_Comm comm) {
  int size = 1;
  MPI_Comm_size(comm, &size);
  return size;
}

// MPI counts in int: larger messages go in pieces.
inline constexpr std::size_t piece = std::size_t{1} << 30;

template <class Isa>
bool send(std::vector<unsigned char> const& bytes, int to, MPI_Comm comm) {
  std::uint64_t const length = bytes.size();
  bool good = MPI_Send(&length, 1, MPI_UINT64_T, to, 0, comm) == MPI_SUCCESS;
  for (std::size_t at = 0; good && at < bytes.size(); at += piece) {
    std::size_t const count = bytes.size() - at < piece ? bytes.size() - at : piece;
    good = MPI_Send(bytes.data() + at, static_cast<int>(count), MPI_BYTE, to, 1, comm) == MPI_SUCCESS;
  }
  return good;
}
template <class Isa>
bool receive(std::vector<unsigned char>& bytes, int from, MPI_Comm comm) {
  std::uint64_t length = 0;
  bool good = MPI_Recv(&length, 1, MPI_UINT64_T, from, 0, comm, MPI_STATUS_IGNORE) == MPI_SUCCESS;
  bytes.resize(good ? rankwise::detail::as_size(length) : 0);
  for (std::size_t at = 0; good && at < bytes.size(); at += piece) {
    std::size_t const count = bytes.size() - at < piece ? bytes.size() - at : piece;
    good =
        MPI_Recv(bytes.data() + at, static_cast<int>(count), MPI_BYTE, from, 1, comm, MPI_STATUS_IGNORE) == MPI_SUCCESS;
  }
  return good;
}
template <class Isa>
bool broadcast(std::vector<unsigned char>& bytes, MPI_Comm comm) {
  std::uint64_t length = bytes.size();
  bool good = MPI_Bcast(&length, 1, MPI_UINT64_T, 0, comm) == MPI_SUCCESS;
  bytes.resize(good ? rankwise::detail::as_size(length) : 0);
  for (std::size_t at = 0; good && at < bytes.size(); at += piece) {
    std::size_t const count = bytes.size() - at < piece ? bytes.size() - at : piece;
    good = MPI_Bcast(bytes.data() + at, static_cast<int>(count), MPI_BYTE, 0, comm) == MPI_SUCCESS;
  }
  return good;
}

template <class Isa>
bool all_agree(bool mine, MPI_Comm comm) {
  int good = mine ? 1 : 0;
  int all = 0;
  return MPI_Allreduce(&good, &all, 1, MPI_INT, MPI_MIN, comm) == MPI_SUCCESS && all == 1;
}

/// A communicator with the same processes and error handler, on which nothing else is sent: messages must not meet
/// those that the program expects from anyone, with any tag.
class apart {
public:
  explicit apart(MPI_Comm comm) : good_(MPI_Comm_dup(comm, &comm_) == MPI_SUCCESS) {}
  apart(apart const&) = delete;
  apart& operator=(apart const&) = delete;
  ~apart() {
    if (good_) {
      MPI_Comm_free(&comm_);
    }
  }

  bool good() const { return good_; }
  MPI_Comm comm() const { return comm_; }

private:
  MPI_Comm comm_ = MPI_COMM_NULL;
  bool good_;
};

/// Process 0 gets what all have, merged in their order: a tree, so that a step halves the number of states. Every
/// process takes part to the end, whatever is wrong, so that none waits for a message that does not come.
template <class Isa, class State>
status merge_at_first(State& state, MPI_Comm comm) {
  int const rank = rank_of<Isa>(comm);
  int const size = size_of<Isa>(comm);
  constexpr status broken{errc::engine_failed, "a message of MPI's", status::nowhere, 0, 0};

  std::uint64_t shape = rankwise::detail::shape_of<Isa>(state);
  std::uint64_t least = shape;
  std::uint64_t most = shape;
  if (MPI_Allreduce(&shape, &least, 1, MPI_UINT64_T, MPI_MIN, comm) != MPI_SUCCESS ||
      MPI_Allreduce(&shape, &most, 1, MPI_UINT64_T, MPI_MAX, comm) != MPI_SUCCESS) {
    return broken;
  }
  if (least != most) {
    return {errc::bad_format, "the states of the processes are of different kinds, or have different parameters",
            status::nowhere, 0, 0};
  }
  status s;
  std::vector<unsigned char> bytes;
  for (int step = 1; step < size; step *= 2) {
    if (rank % (2 * step) == step) {
      if (!send<Isa>(rankwise::to_bytes<State, Isa>(state), rank - step, comm)) {
        s = broken;
      }
      break;
    }
    if (rank + step < size) {
      status read;
      if (!receive<Isa>(bytes, rank + step, comm)) {
        read = broken;
      } else {
        rankwise::merge_bytes<State, Isa>(bytes, state, read);
      }
      s = s.ok() ? read : s;
    }
  }
  if (!all_agree<Isa>(s.ok(), comm) && s.ok()) {
    s = {errc::engine_failed, "merging the states at another process", status::nowhere, 0, 0};
  }
  return s;
}

} // namespace detail

/// Merges what all processes have into `state`, in the order of the processes. Where `everywhere` is false, only
/// process 0 has the result, and the others keep theirs. False at every process if something is wrong at one; the
/// states are then no longer of use.
template <class State, class Isa = arch::native>
bool merge(State& state, MPI_Comm comm = MPI_COMM_WORLD, bool everywhere = true, on_error errors = {}) {
  static_assert(rankwise::detail::state_of_bytes<State>,
                "[rankwise] mpi::merge takes an exact sum, an evaluation, or an accumulator that merges");
  State mine = state;
  constexpr status broken{errc::engine_failed, "a message of MPI's", status::nowhere, 0, 0};
  detail::apart const line(comm);
  status s = line.good() ? detail::merge_at_first<Isa>(mine, line.comm()) : broken;
  int const rank = detail::rank_of<Isa>(comm);
  if (s.ok() && everywhere) {
    std::vector<unsigned char> bytes;
    if (rank == 0) {
      bytes = rankwise::to_bytes<State, Isa>(mine);
    }
    if (!detail::broadcast<Isa>(bytes, line.comm())) {
      s = broken;
    } else if (rank != 0) {
      rankwise::from_bytes<State, Isa>(bytes, mine, s);
    }
    if (!detail::all_agree<Isa>(s.ok(), line.comm()) && s.ok()) {
      s = {errc::engine_failed, "reading the merged state at another process", status::nowhere, 0, 0};
    }
  }
  if (s.ok() && (everywhere || rank == 0)) {
    state = std::move(mine);
  }
  return rankwise::detail::passed(s, errors);
}

/// The lists of one process: whole lists that follow each other, and where they stand among all.
struct share {
  std::size_t first_list = 0;
  std::size_t first_item = 0;
  owned_lists<std::size_t> lists{};
  std::size_t all_lists = 0;
  std::size_t all_items = 0;

  /// The part of a column of all items that belongs to these lists, or of all lists, with the stride of the whole; none
  /// if it has another length.
  template <class Column>
  auto of(Column&& items, on_error errors = {}) const {
    return part(as_column(items), "a column of all items", all_items, first_item, lists.items(), errors);
  }
  template <class Column>
  auto of_lists(Column&& per_list, on_error errors = {}) const {
    return part(as_column(per_list), "a column of all lists", all_lists, first_list, lists.size(), errors);
  }

private:
  template <class Column>
  static auto part(Column const& c, char const* what, std::size_t all, std::size_t first, std::size_t count,
                   on_error const& errors) {
    bool const good = rankwise::detail::check_equal(c.size(), all, what, errc::size_mismatch, errors);
    std::size_t const from = good ? first : 0;
    std::size_t const some = good ? count : 0;
    if constexpr (requires { c.stride; }) { // such as a column of a row-major matrix
      return Column{some == 0 ? c.first : &c[from], some, c.stride};
    } else {
      return std::span(c.first + from, some);
    }
  }
};

/// Part `part` of `parts`, with about as many items as the others. All parts together are all lists, in their order.
template <class Offset, class Isa = arch::native>
share share_of(rankwise::lists<Offset> const& all, std::size_t part, std::size_t parts, on_error errors = {}) {
  if (!rankwise::detail::passed(
          part < parts ? status{} : status{errc::out_of_range, "the part", status::nowhere, parts, part}, errors)) {
    return {};
  }
  // List l belongs to the part in which its first item falls, were the items cut into equal parts.
  auto const first_of = [&](std::size_t p) {
    std::size_t const from = all.items() / parts * p + all.items() % parts * p / parts;
    std::size_t low = 0;
    std::size_t high = all.size();
    while (low < high) {
      std::size_t const middle = low + (high - low) / 2;
      if (all.begin_of(middle) < from) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  };
  std::size_t const begin = part == 0 ? 0 : first_of(part);
  std::size_t const end = part + 1 == parts ? all.size() : first_of(part + 1);
  std::vector<std::size_t> sizes;
  for (std::size_t l = begin; l < end; ++l) {
    sizes.push_back(all.size_of(l));
  }
  share mine;
  mine.first_list = begin;
  mine.first_item = begin < all.size() ? all.begin_of(begin) : all.items();
  mine.lists = owned_lists<std::size_t>(sizes);
  mine.all_lists = all.size();
  mine.all_items = all.items();
  return mine;
}

/// The part of this process.
template <class Offset, class Isa = arch::native>
share share_of(rankwise::lists<Offset> const& all, MPI_Comm comm = MPI_COMM_WORLD) {
  return share_of<Offset, Isa>(all, static_cast<std::size_t>(detail::rank_of<Isa>(comm)),
                               static_cast<std::size_t>(detail::size_of<Isa>(comm)));
}

} // namespace rankwise::inline RANKWISE_ABI::mpi

#endif
