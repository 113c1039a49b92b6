#ifndef RANKWISE_ENGINE_OWNED_HPP
#define RANKWISE_ENGINE_OWNED_HPP

#include <rankwise/core/config.hpp>

#include <utility>

/// What a C interface has made, and frees.
namespace rankwise::inline RANKWISE_ABI::engine {

template <int (*Free)(void*)>
class owned {
public:
  owned() = default;
  owned(owned&& other) noexcept : made_(std::exchange(other.made_, nullptr)) {}
  owned& operator=(owned&& other) noexcept {
    std::swap(made_, other.made_);
    return *this;
  }
  ~owned() {
    if (made_ != nullptr) {
      Free(made_);
    }
  }

  operator void*() const { return made_; }
  /// Where a call writes what it makes.
  void** made() { return &made_; }

private:
  void* made_ = nullptr;
};

} // namespace rankwise::inline RANKWISE_ABI::engine

#endif
