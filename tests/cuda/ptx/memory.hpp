#ifndef RANKWISE_TESTS_CUDA_PTX_MEMORY_HPP
#define RANKWISE_TESTS_CUDA_PTX_MEMORY_HPP

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace ptx {

enum class use : std::uint8_t { read, write, update };

/// Who touched a word last, and when.
struct touch {
  std::uint64_t time = 0;
  std::uint32_t block = 0; ///< a number of its own in every launch
  std::uint16_t thread = 0;
  std::uint8_t bytes = 0; ///< of the word, a bit each
  bool together = false;  ///< atomic, volatile, relaxed: meant for several threads
};

/// Which threads have waited for which. Time goes on when threads meet; the order of blocks is nobody's.
class meetings {
public:
  void launch() { launched_ = ++time_; }
  void begin_block(std::uint32_t threads) {
    ++block_;
    ++time_;
    all_met_ = 0;
    pairs_.assign(std::size_t{threads + 31} / 32 * 32 * 32, 0);
  }
  void all_meet() { all_met_ = ++time_; }
  void meet(std::uint32_t warp, std::uint32_t lanes) {
    ++time_;
    for (std::uint32_t a = 0; a < 32; ++a) {
      for (std::uint32_t b = 0; (lanes >> a & 1) != 0 && b < 32; ++b) {
        if ((lanes >> b & 1) != 0) {
          pairs_[(std::size_t{warp} * 32 + a) * 32 + b] = time_;
        }
      }
    }
  }
  touch now(std::uint32_t thread, std::uint8_t bytes, bool together) const {
    return {time_, block_, static_cast<std::uint16_t>(thread), bytes, together};
  }
  /// Whether what happened then comes before what the thread does now.
  bool before(touch const& then, std::uint32_t thread, bool shared) const {
    if (then.time < launched_ || then.block != block_) {
      return then.time < launched_ || shared; // another block's shared memory is other memory
    }
    return then.thread == thread || then.time < all_met_ ||
           (then.thread / 32 == thread / 32 && then.time < pairs_[std::size_t{then.thread} * 32 + thread % 32]);
  }

private:
  std::uint64_t time_ = 1;
  std::uint64_t launched_ = 0;
  std::uint64_t all_met_ = 0;
  std::uint32_t block_ = 0;
  std::vector<std::uint64_t> pairs_; ///< when two lanes of a warp met last
};

/// The memory that kernels reach. An address is one of this process. The host cannot touch device memory, and shared
/// memory lies below 4 GiB, as PTX computes its addresses in 32 bits. Every access is checked: that there is a variable
/// or an allocation, that somebody wrote what is read, that no two threads are in each other's way.
class memory {
public:
  memory();
  memory(memory const&) = delete;
  memory& operator=(memory const&) = delete;

  std::byte* allocate(std::size_t bytes); ///< null where nothing is left
  void release(void* address);
  std::uint64_t variable(std::size_t bytes, std::size_t alignment);
  std::uint64_t shared() const { return shared_.begin; }
  bool is_device(void const* address) const { return device_.holds(reinterpret_cast<std::uint64_t>(address), 1); }

  void send(void* to, void const* from, std::size_t bytes);
  void fetch(void* to, void const* from, std::size_t bytes);
  void fill(void* to, int value, std::size_t bytes);
  void copy(void* to, void const* from, std::size_t bytes);

  /// A new block finds its shared variables, whose contents are anything.
  void clear_shared(std::vector<std::pair<std::uint32_t, std::uint32_t>> const& ranges, std::size_t dynamic);
  /// What an access of a thread reads or writes, unless it is a fault. Stacks are not looked at.
  std::byte* at(std::uint64_t address, std::uint32_t bytes, use how, bool together, std::uint32_t thread,
                meetings const& met);

private:
  enum mark : std::uint8_t { nobodys, unwritten, written };

  struct region {
    std::uint64_t begin = 0;
    std::uint64_t bytes = 0;
    std::byte* data = nullptr; ///< where this machine reads and writes it
    std::uint8_t* marks = nullptr;
    touch* writes = nullptr; ///< of words of four bytes
    touch* reads = nullptr;

    bool holds(std::uint64_t address, std::uint64_t count) const {
      return address >= begin && address - begin <= bytes - count;
    }
  };

  static void mark_all(region const& r, std::uint64_t offset, std::size_t bytes, mark m);
  std::uint64_t checked(void const* address, std::size_t bytes, bool reads, char const* what) const;

  region device_, shared_, variables_;
  std::uint64_t next_ = 4096;
  std::uint64_t next_variable_ = 0;
  std::map<std::uint64_t, std::size_t> allocations_; ///< begin, size
};

} // namespace ptx

#endif
