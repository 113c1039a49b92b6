#ifndef RANKWISE_CORE_WORKSPACE_HPP
#define RANKWISE_CORE_WORKSPACE_HPP

#include <rankwise/core/error.hpp>

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <utility>

/// Scratch memory of a call, kept between calls. Once it has the size that a policy asks for (`bytes(...)` of the same
/// arguments), no call allocates. One workspace serves one call at a time: give every thread its own.
namespace rankwise::inline RANKWISE_ABI {

class workspace {
public:
  static constexpr std::size_t alignment = 64;  // a cache line, and the widest vector register
  static constexpr std::size_t page_part = 512; // its own memory begins at a multiple: exec/serial.hpp says why

  /// Grows when it must.
  RANKWISE_HOST_FN workspace() = default;

  /// Grows at once, so that no later call with these needs allocates.
  RANKWISE_ALWAYS_INLINE explicit workspace(std::size_t bytes) { host_.grow(bytes, new_host, delete_host); }

  /// Memory of the caller's; a call that needs more fails with `errc::workspace_too_small`.
  RANKWISE_ALWAYS_INLINE explicit workspace(std::span<std::byte> memory) : borrowed_(true) {
    auto const address = reinterpret_cast<std::uintptr_t>(memory.data());
    std::size_t const skip = (alignment - address % alignment) % alignment;
    if (skip < memory.size()) {
      host_.memory = memory.data() + skip;
      host_.size = memory.size() - skip;
    }
  }

  RANKWISE_ALWAYS_INLINE workspace(workspace&& other) noexcept
      : host_(std::exchange(other.host_, {})), device_{std::exchange(other.device_[0], {}),
                                                       std::exchange(other.device_[1], {})},
        borrowed_(std::exchange(other.borrowed_, false)) {}
  RANKWISE_ALWAYS_INLINE workspace& operator=(workspace&& other) noexcept {
    std::swap(host_, other.host_);
    std::swap(device_, other.device_);
    std::swap(borrowed_, other.borrowed_);
    return *this;
  }
  workspace(workspace const&) = delete;
  workspace& operator=(workspace const&) = delete;
  RANKWISE_HOST_FN ~workspace() {
    if (!borrowed_) {
      host_.release();
    }
    device_[0].release();
    device_[1].release();
  }

  std::size_t size() const { return host_.size; }

  /// At least `bytes` of host memory, or null if the caller's memory is smaller.
  RANKWISE_ALWAYS_INLINE std::byte* host(std::size_t bytes) {
    if (borrowed_) {
      return bytes <= host_.size ? host_.memory : nullptr;
    }
    return host_.grow(bytes, new_host, delete_host);
  }

  /// At least `bytes` of the memory that `allocate` gives; a backend passes its own pair of functions, and on which of
  /// its devices they work. There are two blocks: a call that makes other calls keeps its own numbers in block 1, while
  /// those work in block 0.
  RANKWISE_ALWAYS_INLINE std::byte* device(std::size_t bytes, void* (*allocate)(std::size_t), void (*deallocate)(void*),
                                           std::size_t which = 0, int place = 0) {
    block& b = device_[which];
    if (b.place != place) {
      b.release();
      b.place = place;
    }
    return b.grow(bytes, allocate, deallocate);
  }

private:
  struct block {
    std::byte* memory = nullptr;
    std::size_t size = 0;
    void (*deallocate)(void*) = nullptr;
    int place = 0;

    RANKWISE_ALWAYS_INLINE std::byte* grow(std::size_t bytes, void* (*allocate)(std::size_t), void (*free)(void*)) {
      if (bytes > size) {
        release();
        memory = static_cast<std::byte*>(allocate(bytes));
        size = bytes;
        deallocate = free;
      }
      return memory;
    }
    RANKWISE_HOST_FN void release() {
      if (memory != nullptr && deallocate != nullptr) {
        deallocate(memory);
      }
      memory = nullptr;
      size = 0;
    }
  };

  static void* new_host(std::size_t bytes) { return ::operator new (bytes, std::align_val_t{page_part}); }
  static void delete_host(void* p) { ::operator delete (p, std::align_val_t{page_part}); }

  block host_;
  block device_[2];
  bool borrowed_ = false;
};

} // namespace rankwise::inline RANKWISE_ABI

#endif
