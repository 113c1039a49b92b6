// Replaces the global allocation functions of every test program by counting ones.
#include "support/allocations.hpp"

#include <cstdlib>
#include <new>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RANKWISE_TEST_THREAD_SANITIZER
#endif
#elif defined(__SANITIZE_THREAD__)
#define RANKWISE_TEST_THREAD_SANITIZER
#endif

namespace {

thread_local std::size_t counted = 0;

} // namespace

std::size_t support::allocations() noexcept {
  return counted;
}

#ifdef RANKWISE_TEST_THREAD_SANITIZER

// Its runtime has allocation functions of its own, which no program can replace, and calls this for each allocation.
extern "C" void __sanitizer_malloc_hook(void volatile const*, std::size_t) {
  ++counted;
}

#else

namespace {

void* allocate(std::size_t size, std::size_t alignment) {
  ++counted;
  size = size == 0 ? 1 : size;
  // aligned_alloc wants a multiple of the alignment.
  void* const p = alignment <= alignof(std::max_align_t)
                      ? std::malloc(size)
                      : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (p == nullptr) {
    throw std::bad_alloc{};
  }
  return p;
}

void* allocate_or_null(std::size_t size, std::size_t alignment) noexcept {
  try {
    return allocate(size, alignment);
  } catch (std::bad_alloc const&) {
    return nullptr;
  }
}

} // namespace

void* operator new(std::size_t size) {
  return allocate(size, 1);
}
void* operator new[](std::size_t size) {
  return allocate(size, 1);
}
void* operator new(std::size_t size, std::align_val_t a) {
  return allocate(size, static_cast<std::size_t>(a));
}
void* operator new[](std::size_t size, std::align_val_t a) {
  return allocate(size, static_cast<std::size_t>(a));
}
void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
  return allocate_or_null(size, 1);
}
void* operator new[](std::size_t size, std::nothrow_t const&) noexcept {
  return allocate_or_null(size, 1);
}
void* operator new(std::size_t size, std::align_val_t a, std::nothrow_t const&) noexcept {
  return allocate_or_null(size, static_cast<std::size_t>(a));
}
void* operator new[](std::size_t size, std::align_val_t a, std::nothrow_t const&) noexcept {
  return allocate_or_null(size, static_cast<std::size_t>(a));
}
void operator delete(void* p) noexcept {
  std::free(p);
}
void operator delete[](void* p) noexcept {
  std::free(p);
}
void operator delete(void* p, std::size_t) noexcept {
  std::free(p);
}
void operator delete[](void* p, std::size_t) noexcept {
  std::free(p);
}
void operator delete(void* p, std::align_val_t) noexcept {
  std::free(p);
}
void operator delete[](void* p, std::align_val_t) noexcept {
  std::free(p);
}
void operator delete(void* p, std::size_t, std::align_val_t) noexcept {
  std::free(p);
}
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept {
  std::free(p);
}

#endif
