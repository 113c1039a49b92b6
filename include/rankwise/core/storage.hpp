#ifndef RANKWISE_CORE_STORAGE_HPP
#define RANKWISE_CORE_STORAGE_HPP

#include <rankwise/core/config.hpp>

#include <cstddef>
#include <utility>

namespace rankwise::inline RANKWISE_ABI {

/// Numbers that prepared data owns. Not std::vector, whose functions every unit of a program shares under one name: the
/// linker might keep the copy that was compiled for AVX-512 in a program that also runs without. Everything here is
/// inlined into its caller.
template <class T>
class storage {
public:
  using value_type = T;

  RANKWISE_HOST_FN storage() = default;
  RANKWISE_HOST_FN storage(storage const& other) {
    resize(other.count_);
    for (std::size_t i = 0; i < count_; ++i) {
      first_[i] = other.first_[i];
    }
  }
  RANKWISE_HOST_FN storage(storage&& other) noexcept
      : first_(std::exchange(other.first_, nullptr)), count_(std::exchange(other.count_, 0)) {}
  RANKWISE_HOST_FN storage& operator=(storage other) noexcept {
    std::swap(first_, other.first_);
    std::swap(count_, other.count_);
    return *this;
  }
  RANKWISE_HOST_FN ~storage() { delete[] first_; }

  /// `count` new elements; what was there is gone.
  RANKWISE_HOST_FN void resize(std::size_t count) {
    T* const fresh = count == 0 ? nullptr : new T[count]();
    delete[] first_;
    first_ = fresh;
    count_ = count;
  }

  RANKWISE_HOST_FN T* data() { return first_; }
  RANKWISE_HOST_FN T const* data() const { return first_; }
  RANKWISE_HOST_FN std::size_t size() const { return count_; }
  RANKWISE_HOST_FN bool empty() const { return count_ == 0; }
  RANKWISE_HOST_FN T& operator[](std::size_t i) { return first_[i]; }
  RANKWISE_HOST_FN T const& operator[](std::size_t i) const { return first_[i]; }
  RANKWISE_HOST_FN T* begin() { return first_; }
  RANKWISE_HOST_FN T* end() { return first_ + count_; }
  RANKWISE_HOST_FN T const* begin() const { return first_; }
  RANKWISE_HOST_FN T const* end() const { return first_ + count_; }

  RANKWISE_HOST_FN friend bool operator==(storage const& a, storage const& b) {
    bool same = a.count_ == b.count_;
    for (std::size_t i = 0; same && i < a.count_; ++i) {
      same = a.first_[i] == b.first_[i];
    }
    return same;
  }

private:
  T* first_ = nullptr;
  std::size_t count_ = 0;
};

} // namespace rankwise::inline RANKWISE_ABI

#endif
