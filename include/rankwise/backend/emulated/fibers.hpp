#ifndef RANKWISE_BACKEND_EMULATED_FIBERS_HPP
#define RANKWISE_BACKEND_EMULATED_FIBERS_HPP

#include <rankwise/core/config.hpp>

#include <cstddef>
#include <memory>
#include <vector>

#include <csetjmp>
#include <ucontext.h>

#if defined(__has_feature)
#define RANKWISE_HAS_FEATURE(x) __has_feature(x)
#else
#define RANKWISE_HAS_FEATURE(x) 0
#endif
#if defined(__SANITIZE_THREAD__) || RANKWISE_HAS_FEATURE(thread_sanitizer)
#define RANKWISE_WATCHED_STACKS 1
#define RANKWISE_WATCHED_BY_THREADS 1
#include <sanitizer/tsan_interface.h>
#elif defined(__SANITIZE_ADDRESS__) || RANKWISE_HAS_FEATURE(address_sanitizer)
#define RANKWISE_WATCHED_STACKS 1
#define RANKWISE_WATCHED_BY_THREADS 0
#include <sanitizer/common_interface_defs.h>
#else
#define RANKWISE_WATCHED_STACKS 0
#endif
#undef RANKWISE_HAS_FEATURE

/// Functions that stop in the middle and go on later, each with a stack of its own, all on one thread of the host.
namespace rankwise::inline RANKWISE_ABI::detail {

class fibers {
public:
  using work = void (*)(void* context, std::size_t fiber);

  /// `in_turn`: what one has written before it leaves, the next one may read. If not, they are threads to a sanitizer
  /// for threads, which only take turns: it reports what they write and read without having waited for each other.
  explicit fibers(std::size_t count, bool in_turn = true)
      : fibers_(count), stacks_(std::make_unique_for_overwrite<char[]>(count * stack_bytes)), in_turn_(in_turn) {}
  ~fibers() { forget(); }
  fibers(fibers const&) = delete;
  fibers& operator=(fibers const&) = delete;

  std::size_t size() const { return fibers_.size(); }

  /// From now on fiber k is f(context, k), which has not begun.
  void assign(work f, void* context) {
    forget();
    work_ = f;
    context_ = context;
    for (state& s : fibers_) {
      s = {};
    }
#if RANKWISE_WATCHED_STACKS && RANKWISE_WATCHED_BY_THREADS
    host_watched_ = __tsan_get_current_fiber();
    for (state& s : fibers_) { // they know what has happened so far
      s.watched = __tsan_create_fiber(0);
    }
#endif
  }

  /// Fiber k goes on to where it leaves, or ends.
  void resume(std::size_t k) {
    fibers* const before = current();
    current(this);
    __atomic_store_n(&fiber_, k, __ATOMIC_RELAXED);
    enter(k);
    current(before);
  }

  /// On a fiber: back to whoever resumed it.
  void leave() {
    leave(fibers_[fiber()]);
  }

  /// The one that runs.
  std::size_t fiber() const {
    return __atomic_load_n(&fiber_, __ATOMIC_RELAXED);
  }
  bool done(std::size_t k) const {
    return __atomic_load_n(&fibers_[k].done, __ATOMIC_RELAXED);
  }

private:
  // A set of twenty metrics, built without optimisation and watched by a sanitizer, has frames of 160 kB.
  static constexpr std::size_t stack_bytes = std::size_t{1} << 19;

  struct state {
    bool begun = false;
    bool done = false;
#if RANKWISE_WATCHED_STACKS
    ucontext_t at;
    void* watched = nullptr;
#else
    std::jmp_buf at;
#endif
  };

  static fibers*& place_of_current() {
    // NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): the thread's own
    static thread_local fibers* now = nullptr;
    return now;
  }
  static fibers* current() {
    return __atomic_load_n(&place_of_current(), __ATOMIC_RELAXED);
  }
  static void current(fibers* all) {
    __atomic_store_n(&place_of_current(), all, __ATOMIC_RELAXED);
  }

  /// Those that never came to their end.
  void forget() {
#if RANKWISE_WATCHED_STACKS && RANKWISE_WATCHED_BY_THREADS
    for (state& s : fibers_) {
      if (s.watched != nullptr && !s.done) {
        __tsan_destroy_fiber(s.watched);
      }
    }
#endif
  }

  static void prepare(ucontext_t& fresh, char* stack) {
    getcontext(&fresh);
    fresh.uc_stack.ss_sp = stack;
    fresh.uc_stack.ss_size = stack_bytes;
    fresh.uc_link = nullptr;
    makecontext(&fresh, begin, 0);
    // AddressSanitizer would clear what it knows of a stack named here at every change: slow, and blind to its errors.
    fresh.uc_stack = {};
  }

#if RANKWISE_WATCHED_STACKS
  // Sanitizers are told about every change of stacks; otherwise jumps do, which are a hundred times faster.
  void enter(std::size_t k) {
    state& s = fibers_[k];
    char* const stack = stacks_.get() + k * stack_bytes;
    if (!s.begun) {
      s.begun = true;
      prepare(s.at, stack);
    }
#if RANKWISE_WATCHED_BY_THREADS
    __tsan_switch_to_fiber(s.watched, in_turn_ ? 0 : __tsan_switch_to_fiber_no_sync);
#else
    __sanitizer_start_switch_fiber(&host_watched_, stack, stack_bytes);
#endif
    swapcontext(&host_, &s.at);
#if RANKWISE_WATCHED_BY_THREADS
    if (done(k)) {
      __tsan_destroy_fiber(s.watched);
    }
#else
    __sanitizer_finish_switch_fiber(host_watched_, nullptr, nullptr);
#endif
  }
  void leave(state& own) {
#if RANKWISE_WATCHED_BY_THREADS
    __tsan_switch_to_fiber(host_watched_, 0);
#else
    __sanitizer_start_switch_fiber(own.done ? nullptr : &own.watched, host_stack_, host_bytes_);
#endif
    swapcontext(&own.at, &host_);
#if !RANKWISE_WATCHED_BY_THREADS
    __sanitizer_finish_switch_fiber(own.watched, &host_stack_, &host_bytes_);
#endif
  }
#else
  void enter(std::size_t k) {
    if (_setjmp(host_) == 0) {
      if (fibers_[k].begun) {
        _longjmp(fibers_[k].at, 1);
      }
      fibers_[k].begun = true;
      ucontext_t fresh;
      prepare(fresh, stacks_.get() + k * stack_bytes);
      setcontext(&fresh);
    }
  }
  void leave(state& own) {
    if (own.done || _setjmp(own.at) == 0) {
      _longjmp(host_, 1);
    }
  }
#endif
  static void begin() {
    fibers& all = *current();
#if RANKWISE_WATCHED_STACKS && !RANKWISE_WATCHED_BY_THREADS
    __sanitizer_finish_switch_fiber(nullptr, &all.host_stack_, &all.host_bytes_);
#endif
    state& own = all.fibers_[all.fiber()];
    all.work_(all.context_, all.fiber());
    __atomic_store_n(&own.done, true, __ATOMIC_RELAXED);
    all.leave(own);
  }

  std::vector<state> fibers_;
  std::unique_ptr<char[]> stacks_;
#if RANKWISE_WATCHED_STACKS
  ucontext_t host_;
  void* host_watched_ = nullptr;
#if !RANKWISE_WATCHED_BY_THREADS
  void const* host_stack_ = nullptr;
  std::size_t host_bytes_ = 0;
#endif
#else
  std::jmp_buf host_;
#endif
  work work_ = nullptr;
  void* context_ = nullptr;
  std::size_t fiber_ = 0;
  [[maybe_unused]] bool in_turn_;
};

} // namespace rankwise::inline RANKWISE_ABI::detail

#undef RANKWISE_WATCHED_STACKS
#undef RANKWISE_WATCHED_BY_THREADS

#endif
