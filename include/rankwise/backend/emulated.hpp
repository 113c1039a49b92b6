#ifndef RANKWISE_BACKEND_EMULATED_HPP
#define RANKWISE_BACKEND_EMULATED_HPP

#include <rankwise/backend/emulated/fibers.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/core/workspace.hpp>
#include <rankwise/exec/executor.hpp>
#include <rankwise/exec/group.hpp>
#include <rankwise/exec/items.hpp>
#include <rankwise/exec/scalar.hpp>
#include <rankwise/exec/serial.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

/// `exec::emulated<32>`: a group of threads as on a device, played by one thread of the host. A tool for tests: it runs
/// the code that a warp or a block would run, one lane after the other from each meeting of the group to the next, in
/// an order of your choice. What comes out may not depend on that order; if it does, a lane reads what another one
/// writes and has not waited for it. POSIX only, and slow.
namespace rankwise::inline RANKWISE_ABI {

namespace detail {

/// Lanes as fibers. A lane that comes to a meeting leaves its number there and makes room for the next lane; when it is
/// its turn again, everybody has been there.
class lockstep {
public:
  using work = fibers::work;

  explicit lockstep(std::size_t lanes) : lanes_(lanes), fibers_(lanes), slots_(2 * lanes) {}

  static lockstep*& current() {
    // NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): the thread's own
    static thread_local lockstep* now = nullptr;
    return now;
  }

  /// f(context, lane) on every lane, to the end. `step` and `start` choose the order: lane start, start + step, ...
  void run(work f, void* context, std::size_t start, std::size_t step) {
    lockstep* const before = current();
    current() = this;
    fibers_.assign(f, context);
    for (lane_state& l : lanes_) {
      l = {};
    }
    std::size_t left = lanes_.size();
    while (left != 0) {
      for (std::size_t turn = 0; turn < lanes_.size(); ++turn) {
        std::size_t const lane = (start + turn * step) % lanes_.size();
        fibers_.resume(lane);
        left -= fibers_.done(lane) ? 1u : 0u;
      }
      // All of them at the same meeting, or all at the end.
      bool apart = false;
      for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
        lane_state const& l = lanes_[lane];
        apart = apart || fibers_.done(lane) != fibers_.done(0) || l.meetings != lanes_[0].meetings ||
                l.kind != lanes_[0].kind;
      }
      if (apart) {
        fail("went different ways");
      }
    }
    current() = before;
  }

  std::size_t lane() const { return fibers_.fiber(); }

  [[noreturn]] static void fail(char const* what) {
    std::fprintf(stderr, "rankwise: the lanes of a group %s\n", what);
    std::abort();
  }

  /// Everybody's number, in a place that is good until the meeting after the next.
  template <class T>
  T const* meet(T x, int kind) {
    static_assert(sizeof(T) <= sizeof(slot));
    lane_state& own = lanes_[lane()];
    auto* const all = reinterpret_cast<T*>(slots_.data() + (own.meetings % 2) * lanes_.size());
    std::memcpy(all + lane(), &x, sizeof(T));
    ++own.meetings;
    own.kind = kind;
    fibers_.leave();
    return all;
  }

private:
  struct alignas(double) slot {
    std::byte bytes[48]; // a struct of a few numbers
  };

  struct lane_state {
    std::size_t meetings = 0;
    int kind = 0;
  };

  std::vector<lane_state> lanes_;
  fibers fibers_;
  std::vector<slot> slots_;
};

} // namespace detail

/// A group of `Lanes` threads, any power of two.
template <std::size_t Lanes>
struct emulated_group {
  static_assert(Lanes != 0 && (Lanes & (Lanes - 1)) == 0, "[rankwise] a group has a power of two threads");
  static constexpr std::size_t size = Lanes;

  static std::size_t lane() { return detail::lockstep::current()->lane(); }
  static void sync() { meet(0, 0); }
  template <class T>
  static T broadcast(T x, std::size_t from) {
    return meet(x, 1)[from];
  }
  template <class T, class Op>
  static T reduce(T x, Op op) {
    T all[Lanes];
    std::memcpy(all, meet(x, 2), sizeof(all));
    return detail::fold(all, Lanes, op);
  }
  template <class T, class Op>
  static T scan(T x, Op op) {
    T const* const all = meet(x, 3);
    T sum = all[0];
    for (std::size_t i = 1; i <= lane(); ++i) {
      sum = op(sum, all[i]);
    }
    return sum;
  }
  template <class T, class Op>
  static T scan_back(T x, Op op) {
    T const* const all = meet(x, 4);
    T sum = all[Lanes - 1];
    for (std::size_t i = Lanes - 1; i-- > lane();) {
      sum = op(sum, all[i]);
    }
    return sum;
  }
  static bool any(bool b) { return count(b) != 0; }
  static std::size_t count(bool b) {
    bool const* const all = meet(b, 5);
    std::size_t n = 0;
    for (std::size_t i = 0; i < Lanes; ++i) {
      n += all[i] ? 1 : 0;
    }
    return n;
  }

private:
  template <class T>
  static T const* meet(T x, int kind) {
    return detail::lockstep::current()->meet(x, kind);
  }
};

/// In which order lanes run between two meetings.
enum class lane_order { forwards, backwards, scattered };

namespace exec {

template <std::size_t Lanes, class Isa = arch::native>
struct emulated {
  lane_order order = lane_order::forwards;

  static constexpr memory where = memory::host;
  static constexpr bool shares_lists = true; ///< what runs on a device in groups of threads does so here
  template <class T>
  using vector = T;

  template <class T, class Kernel>
  void for_each_item(std::size_t n, Kernel const& kernel) const {
    for_each_pack<T>(n, kernel);
  }
  template <class T, std::size_t N, class Kernel>
  item_total<N> sum_items(std::size_t n, Kernel const& kernel, workspace* memory, on_error errors) const {
    return basic_scalar<Isa>::template sum_items<T, N>(n, kernel, memory, errors);
  }
  template <class Offset>
  static lists<Offset> place(lists<Offset> const& groups, workspace* /*memory*/) {
    return groups;
  }
  template <class Pass, class Groups>
  static std::size_t workspace_bytes(Groups const& groups) {
    if constexpr (shares<Pass>) {
      return detail::scratch_size_of<shared_pass<Pass>>(groups.longest()).bytes();
    } else {
      return detail::scratch_size_of<Pass>(groups.longest()).bytes();
    }
  }

  template <class Groups, class Pass>
  pass_total for_each_list(Groups const& groups, Pass const& pass, workspace* memory, on_error errors) const {
    if constexpr (shares<Pass>) {
      return in_groups(groups, pass, memory, errors);
    } else {
      return basic_scalar<Isa>::for_each_list(groups, pass, memory, errors);
    }
  }

private:
  using group = emulated_group<Lanes>;
  template <class Pass>
  static constexpr bool shares = passes_in_groups<Pass>;
  template <class Pass>
  using shared_pass = decltype(std::declval<Pass const&>().template with<shared_value<typename Pass::scalar, group>>());

  template <class Groups, class Pass>
  pass_total in_groups(Groups const& groups, Pass const& pass, workspace* memory, on_error errors) const {
    using grouped = shared_pass<Pass>;
    detail::scratch_size_of<grouped> const size(groups.longest());
    std::byte* const bytes = memory->host(size.bytes());
    if (bytes == nullptr && size.bytes() != 0) {
      detail::deliver({errc::workspace_too_small, "workspace", status::nowhere, size.bytes(), memory->size()}, errors);
      return pass_total::failed();
    }
    // What an earlier list left is no excuse for a lane that reads what nobody wrote.
    auto const scratch = size.at(bytes);
    detail::lockstep lanes(Lanes);
    struct shared {
      grouped pass;
      list_scratch<typename Pass::scalar> scratch;
      std::size_t list;
      list_outcome outcomes[Lanes];
    } all{pass.template with<typename grouped::vector>(), scratch, 0, {}};
    pass_total total;
    for (std::size_t begin = 0; begin < groups.size(); begin += pass_total::chunk) {
      std::size_t const end = begin + pass_total::chunk < groups.size() ? begin + pass_total::chunk : groups.size();
      pass_total part;
      for (std::size_t l = begin; l < end; ++l) {
        if (size.bytes() != 0) {
          std::memset(bytes, 0xff, size.bytes());
        }
        all.list = l;
        lanes.run(
            [](void* context, std::size_t lane) {
              auto& a = *static_cast<shared*>(context);
              a.outcomes[lane] = a.pass(a.list, a.scratch);
            },
            &all, order == lane_order::backwards ? Lanes - 1 : 0,
            order == lane_order::forwards    ? 1
            : order == lane_order::backwards ? Lanes - 1
                                             : 5);
        for (list_outcome const& o : all.outcomes) {
          if (std::memcmp(&o.value, &all.outcomes[0].value, sizeof(double)) != 0 ||
              o.flagged != all.outcomes[0].flagged || o.weight != all.outcomes[0].weight) {
            detail::lockstep::fail("disagree about the value of a list");
          }
        }
        part.add(all.outcomes[0], l);
      }
      total.merge(part);
    }
    return total;
  }
};

} // namespace exec

template <std::size_t Lanes, class Isa>
inline constexpr bool is_executor<exec::emulated<Lanes, Isa>> = true;

} // namespace rankwise::inline RANKWISE_ABI

#endif
