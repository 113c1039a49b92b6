#include "runtime.hpp"

#include <rankwise/backend/emulated/fibers.hpp>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#if RANKWISE_ORDERS_THREADS
#include <sanitizer/tsan_interface.h>
#endif

simulated::thread_index threadIdx{};
uint3 blockIdx{};
dim3 blockDim, gridDim;

extern "C" char const etext; // the linker's: the end of the program, behind which its numbers begin

namespace simulated {

struct stream {
  std::deque<std::function<void()>> work;
};

namespace {

struct block_of_threads;

struct piece {
  std::uintptr_t base;
  std::size_t pages; ///< bytes
  std::size_t size;
};

/// Everything is done by whoever holds the lock: kernels of two streams take turns.
struct device {
  std::recursive_mutex lock;
  stream default_stream;
  std::vector<stream*> streams;
  std::map<std::uintptr_t, piece> memory;
  std::map<std::size_t, std::unique_ptr<block_of_threads>> blocks; ///< by how many threads they have
  block_of_threads* running = nullptr;
  std::string fault;
  unsigned launches = 0;
};

/// Never destroyed: columns in device memory may outlive everything else.
device& now() {
  static device* const d = [] {
    // All of the heap in one place, where addresses are told apart from other numbers.
    mallopt(M_MMAP_THRESHOLD, 1 << 25);
    mallopt(M_ARENA_MAX, 1);
    return new device;
  }();
  return *d;
}
using holding = std::lock_guard<std::recursive_mutex>;

void note(std::string const& what) {
  if (now().fault.empty()) {
    now().fault = what;
  }
}

bool on_device(void const* p) {
  auto const address = reinterpret_cast<std::uintptr_t>(p);
  auto const& all = now().memory;
  auto const behind = all.upper_bound(address);
  return behind != all.begin() && address < std::prev(behind)->first + std::prev(behind)->second.size;
}

char const* name_of(call kind) {
  switch (kind) {
  case call::shuffle:
  case call::shuffle_up:
  case call::shuffle_down:
  case call::shuffle_xor:
    return "a shuffle";
  case call::any_of_warp:
  case call::ballot:
    return "a vote of a warp";
  case call::wait_in_warp:
    return "a barrier of a warp";
  case call::wait_in_block:
    return "a barrier of the block";
  case call::any_of_block:
  case call::count_of_block:
    break;
  }
  return "a vote of the block";
}

std::string hexadecimal(unsigned x) {
  char text[16];
  std::snprintf(text, sizeof(text), "%08x", x);
  return text;
}

/// What a thread asks, and what it gets. It lies between threads of a block that know nothing of each other but by
/// barriers, so that every access is atomic.
class mailbox {
public:
  struct question {
    call kind;
    unsigned mask;
    int bytes, argument, width;
    std::uint64_t number;
  };

  void ask(question const& q) {
    set(kind_, static_cast<unsigned>(q.kind));
    set(mask_, q.mask);
    set(bytes_, static_cast<unsigned>(q.bytes));
    set(argument_, static_cast<unsigned>(q.argument));
    set(width_, static_cast<unsigned>(q.width));
    set(number_, q.number);
  }
  question asked() const {
    return {static_cast<call>(get(kind_)), get(mask_),  static_cast<int>(get(bytes_)), static_cast<int>(get(argument_)),
            static_cast<int>(get(width_)), get(number_)};
  }
  void answer(std::uint64_t x) { set(number_, x); }
  std::uint64_t answered() const { return get(number_); }

private:
  template <class T>
  static void set(T& to, T x) {
    __atomic_store_n(&to, x, __ATOMIC_RELAXED);
  }
  template <class T>
  static T get(T const& from) {
    return __atomic_load_n(&from, __ATOMIC_RELAXED);
  }

  unsigned kind_, mask_, bytes_, argument_, width_;
  std::uint64_t number_;
};

/// The threads of one block, taking turns between the places where they meet.
struct block_of_threads {
  struct thread {
    bool waiting = false;
    mailbox::question asked{};
  };
  /// Threads on their way to a meeting: one for every lane, the lowest of its mask, and one for the block.
  struct meeting {
    std::size_t arrived = 0;
    mailbox::question first{};
    unsigned past = 0;    ///< how many there have been
    char ordered[2] = {}; ///< before and behind it, for a sanitizer
  };

  rankwise::detail::fibers all;
  std::vector<mailbox> mail;
  std::vector<thread> threads;
  std::vector<meeting> meetings;
  std::function<void()> const* work = nullptr;

  explicit block_of_threads(std::size_t count)
      : all(count, false), mail(count), threads(count), meetings((count + 31) / 32 * 32 + 1) {}

  void run(std::function<void()> const& f, unsigned order) {
    std::size_t const count = threads.size();
    work = &f;
    std::fill(threads.begin(), threads.end(), thread{});
    std::fill(meetings.begin(), meetings.end(), meeting{});
    all.assign([](void* self, std::size_t) { (*static_cast<block_of_threads*>(self)->work)(); }, this);
    // Forwards, backwards, every fifth, or a warp after the other as far as each gets: what comes out may not depend on
    // it. `count` is a power of two, or the first order is all there is.
    bool const by_warps = order == 3 && count % 32 == 0;
    std::size_t const part = by_warps ? 32 : count;
    std::size_t const start = order == 1 ? count - 1 : 0;
    std::size_t const step = order == 0 || !std::has_single_bit(count) ? 1 : order == 1 ? count - 1 : 5;
    for (std::size_t left = count; left != 0;) {
      bool moved = false;
      for (std::size_t first = 0; first < count; first += part) {
        for (bool again = true; again;) {
          again = false;
          for (std::size_t turn = 0; turn < part; ++turn) {
            std::size_t const t = first + (start + turn * step) % part;
            if (all.done(t) || threads[t].waiting) {
              continue;
            }
            moved = true;
            again = by_warps;
            __atomic_store_n(&threadIdx.x.now, static_cast<unsigned>(t), __ATOMIC_RELAXED);
            all.resume(t);
            if (all.done(t)) {
              --left;
            } else {
              arrive(t);
            }
            if (!now().fault.empty()) {
              return; // whoever has not ended never will
            }
          }
        }
      }
      if (!moved) {
        note(stuck());
        return;
      }
    }
  }

  /// On a thread.
  std::uint64_t ask(mailbox::question const& q) {
    std::size_t const t = all.fiber();
    mail[t].ask(q);
#if RANKWISE_ORDERS_THREADS
    bool const orders = q.mask == 0 || q.kind == call::wait_in_warp;
    meeting& m = meeting_of(t, q.mask);
    char* const at = &m.ordered[__atomic_load_n(&m.past, __ATOMIC_RELAXED) % 2];
    if (orders) {
      __tsan_release(at);
    }
#endif
    all.leave();
#if RANKWISE_ORDERS_THREADS
    if (orders) {
      __tsan_acquire(at);
    }
#endif
    return mail[t].answered();
  }

private:
  meeting& meeting_of(std::size_t t, unsigned mask) {
    return meetings[mask == 0 ? meetings.size() - 1 : t / 32 * 32 + static_cast<std::size_t>(std::countr_zero(mask))];
  }

  /// A thread has come to a meeting. The last one answers everybody.
  void arrive(std::size_t t) {
    thread& own = threads[t];
    own = {true, mail[t].asked()};
    unsigned const mask = own.asked.mask;
    auto const fault = [&](std::string const& what) { note(who(t) + " comes to " + name_of(own.asked.kind) + what); };
    std::size_t const warp = t / 32 * 32;
    bool const of_block = own.asked.kind == call::wait_in_block || own.asked.kind == call::any_of_block ||
                          own.asked.kind == call::count_of_block;
    if (!of_block) {
      if (mask == 0) {
        return fault(" whose mask names nobody");
      }
      if ((mask >> (t % 32) & 1) == 0) {
        return fault(", and is not in its own mask " + hexadecimal(mask));
      }
      if (warp + 32 - static_cast<std::size_t>(std::countl_zero(mask)) > threads.size()) {
        return fault(" of lanes that the block does not have");
      }
    }
    meeting& m = meeting_of(t, mask);
    if (m.arrived == 0) {
      m.first = own.asked;
    } else if (m.first.mask != mask || m.first.kind != own.asked.kind || m.first.bytes != own.asked.bytes) {
      return fault(" with the mask " + hexadecimal(mask) + ", others are at " + name_of(m.first.kind) +
                   " with the mask " + hexadecimal(m.first.mask));
    }
    ++m.arrived;
    if (mask == 0 && m.arrived == threads.size()) {
      std::uint64_t count = 0;
      for (thread const& other : threads) {
        count += other.asked.number;
      }
      for (std::size_t other = 0; other < threads.size(); ++other) {
        mail[other].answer(own.asked.kind == call::any_of_block ? (count != 0 ? 1 : 0) : count);
        threads[other].waiting = false;
      }
      over(m);
    } else if (mask != 0 && m.arrived == static_cast<std::size_t>(std::popcount(mask))) {
      unsigned votes = 0;
      for (unsigned l = 0; l < 32; ++l) {
        votes |= (mask >> l & 1) != 0 && threads[warp + l].asked.number != 0 ? 1u << l : 0u;
      }
      for (unsigned l = 0; l < 32; ++l) {
        if ((mask >> l & 1) != 0) {
          mail[warp + l].answer(result(warp, l, votes));
          threads[warp + l].waiting = false;
        }
      }
      over(m);
    }
  }
  static void over(meeting& m) {
    m.arrived = 0;
    __atomic_store_n(&m.past, m.past + 1, __ATOMIC_RELAXED);
  }

  std::uint64_t result(std::size_t warp, unsigned lane, unsigned votes) const {
    mailbox::question const& own = threads[warp + lane].asked;
    int const width = own.width;
    if (width < 1 || width > 32 || !std::has_single_bit(static_cast<unsigned>(width))) {
      note(who(warp + lane) + " shuffles in a width of " + std::to_string(width));
      return 0;
    }
    int const at = static_cast<int>(lane);
    int const first = at / width * width;
    int from = at;
    switch (own.kind) {
    case call::shuffle:
      from = first + (own.argument & (width - 1));
      break;
    case call::shuffle_up:
      from = at - own.argument < first ? at : at - own.argument;
      break;
    case call::shuffle_down:
      from = at + own.argument >= first + width ? at : at + own.argument;
      break;
    case call::shuffle_xor:
      from = (at ^ own.argument) >= first + width ? at : at ^ own.argument;
      break;
    case call::any_of_warp:
      return votes != 0 ? 1 : 0;
    case call::ballot:
      return votes;
    default:
      return 0;
    }
    if ((own.mask >> from & 1) == 0) {
      note(who(warp + lane) + " reads lane " + std::to_string(from) + ", which the mask " + hexadecimal(own.mask) +
           " does not name");
      return 0;
    }
    return threads[warp + static_cast<std::size_t>(from)].asked.number;
  }

  std::string who(std::size_t t) const {
    return "thread " + std::to_string(t) + " of block " + std::to_string(blockIdx.x);
  }

  /// Why nobody goes on.
  std::string stuck() const {
    for (std::size_t t = 0; t < threads.size(); ++t) {
      if (!threads[t].waiting) {
        continue;
      }
      mailbox::question const& own = threads[t].asked;
      std::string const text = who(t) + " waits in " + name_of(own.kind) + " for thread ";
      for (std::size_t other = 0; other < threads.size(); ++other) {
        if (own.mask != 0 && (other / 32 != t / 32 || (own.mask >> (other % 32) & 1) == 0)) {
          continue;
        }
        if (all.done(other)) {
          return text + std::to_string(other) + ", which has ended";
        }
        if (threads[other].asked.mask != own.mask || threads[other].asked.kind != own.kind) {
          return text + std::to_string(other) + ", which waits in " + name_of(threads[other].asked.kind);
        }
      }
    }
    return "nobody goes on";
  }
};

/// Not the same for every call of something, however many kernels that starts.
unsigned changing(unsigned choices) {
  return (now().launches++ * 2654435761u >> 16) % choices;
}

void run_grid(dim3 grid, dim3 block, std::function<void()> const& thread) {
  device& d = now();
  std::unique_ptr<block_of_threads>& threads = d.blocks[block.x];
  if (!threads) {
    threads = std::make_unique<block_of_threads>(block.x);
  }
  blockDim = block;
  gridDim = grid;
  unsigned const order = changing(4);
  d.running = threads.get();
  for (unsigned b = 0; b < grid.x && d.fault.empty(); ++b) {
    blockIdx = {order == 1 ? grid.x - 1 - b : b, 0, 0};
    threads->run(thread, order);
  }
  d.running = nullptr;
}

stream& of(cudaStream_t s) {
  return s == nullptr ? now().default_stream : *s;
}

cudaError_t health() {
  return now().fault.empty() ? cudaSuccess : cudaErrorLaunchFailure;
}

void finish(stream& s) {
  while (!s.work.empty()) {
    auto const work = std::move(s.work.front());
    s.work.pop_front();
    if (now().fault.empty()) {
      work();
    }
  }
}

void finish_all() {
  finish(now().default_stream);
  for (stream* s : now().streams) {
    finish(*s);
  }
}

void hand_over(cudaStream_t to, std::function<void()> work) {
  of(to).work.push_back(std::move(work));
  if (RANKWISE_ORDERS_THREADS) {
    finish(of(to));
  }
}

block_of_threads& running() {
  if (now().running == nullptr) {
    std::fputs("simulated device: device code runs outside of a kernel\n", stderr);
    std::abort();
  }
  return *now().running;
}

std::size_t whole(std::size_t bytes, std::size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

} // namespace

void* allocate(std::size_t bytes) {
  holding const held(now().lock);
  constexpr std::size_t page = 4096;
  std::size_t const size = whole(bytes == 0 ? 1 : bytes, 64);
  std::size_t const pages = whole(size, page);
  void* const base = mmap(nullptr, pages + page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED || mprotect(base, pages, PROT_READ | PROT_WRITE) != 0) {
    throw std::bad_alloc();
  }
  auto const first = reinterpret_cast<std::uintptr_t>(base);
  auto const start = first + pages - size;
  std::memset(reinterpret_cast<void*>(start), 0xff, size); // NaN
  now().memory[start] = {first, pages, size};
  return reinterpret_cast<void*>(start);
}

void release(void* memory) {
  if (memory == nullptr) {
    return;
  }
  holding const held(now().lock);
  finish_all();
  auto const at = now().memory.find(reinterpret_cast<std::uintptr_t>(memory));
  if (at == now().memory.end()) {
    std::fputs("simulated device: what was freed is no memory of the device\n", stderr);
    std::abort();
  }
  // The addresses are never given to anybody else.
  void* const base = reinterpret_cast<void*>(at->second.base);
  madvise(base, at->second.pages, MADV_DONTNEED);
  mprotect(base, at->second.pages, PROT_NONE);
  now().memory.erase(at);
}

std::string fault() {
  holding const held(now().lock);
  return std::exchange(now().fault, {});
}

void look_at(void const* arguments, std::size_t bytes) {
  // The stack; tables, variables and the heap. A function that a column could be read by on the host may be there.
  struct range {
    std::uintptr_t first, last;
  };
  static thread_local range const stack = [] {
    pthread_attr_t attributes;
    void* first = nullptr;
    std::size_t size = 0;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &first, &size);
    pthread_attr_destroy(&attributes);
    auto const at = reinterpret_cast<std::uintptr_t>(first);
    return range{at, at + size};
  }();
  range const tables_and_heap{reinterpret_cast<std::uintptr_t>(&etext), reinterpret_cast<std::uintptr_t>(sbrk(0))};
  holding const held(now().lock);
  for (std::size_t at = 0; at + sizeof(std::uintptr_t) <= bytes; at += sizeof(std::uintptr_t)) {
    std::uintptr_t word = 0;
    std::memcpy(&word, static_cast<char const*>(arguments) + at, sizeof(word));
    for (range const& r : {stack, tables_and_heap}) {
      if (word >= r.first && word < r.last) {
        note("the argument of a kernel holds an address of the host, at byte " + std::to_string(at) + " of " +
             std::to_string(bytes));
      }
    }
  }
}

cudaError_t launch(dim3 grid, dim3 block, std::size_t bytes, cudaStream_t s, std::function<void()> thread) {
  holding const held(now().lock);
  if (grid.x == 0 || grid.x > 0x7fffffffu || block.x == 0 || block.x > 1024 ||
      grid.y * grid.z * block.y * block.z != 1 || bytes > 4096) {
    return cudaErrorInvalidConfiguration;
  }
  hand_over(s, [grid, block, thread = std::move(thread)] { run_grid(grid, block, thread); });
  return health();
}

void enqueue(cudaStream_t s, std::function<void(bool)> work) {
  holding const held(now().lock);
  hand_over(s, [work = std::move(work)] { work(changing(2) == 1); });
}

std::uint64_t meet(call kind, unsigned mask, std::uint64_t number, int bytes, int argument, int width) {
  return running().ask({kind, mask, bytes, argument, width, number});
}

} // namespace simulated

using simulated::holding;
using simulated::now;

cudaError_t cudaGetDeviceCount(int* count) {
  *count = 1;
  return cudaSuccess;
}
cudaError_t cudaGetDevice(int* device) {
  *device = 0;
  return cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int) {
  *properties = {"simulated by the host", 8, 0, simulated::processors};
  return cudaSuccess;
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr, int) {
  *value = simulated::processors;
  return cudaSuccess;
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  holding const held(now().lock);
  if (flags != cudaStreamNonBlocking) {
    return cudaErrorInvalidValue; // others would wait for the default stream
  }
  *stream = new simulated::stream;
  now().streams.push_back(*stream);
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  holding const held(now().lock);
  simulated::finish(*stream);
  std::erase(now().streams, stream);
  delete stream;
  return simulated::health();
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  holding const held(now().lock);
  simulated::finish(simulated::of(stream));
  return simulated::health();
}
cudaError_t cudaDeviceSynchronize() {
  holding const held(now().lock);
  simulated::finish_all();
  return simulated::health();
}
cudaError_t cudaGetLastError() {
  holding const held(now().lock);
  return simulated::health();
}
cudaError_t cudaMemcpyAsync(void* to, void const* from, std::size_t bytes, cudaMemcpyKind, cudaStream_t stream) {
  holding const held(now().lock);
  if (bytes == 0) {
    return simulated::health();
  }
  if (to == nullptr || from == nullptr) {
    return cudaErrorInvalidValue;
  }
  if (simulated::on_device(from)) {
    simulated::hand_over(stream, [=] { std::memcpy(to, from, bytes); });
  } else { // the host's memory is read at once, as it is where it is not page-locked
    auto const* const first = static_cast<unsigned char const*>(from);
    simulated::hand_over(stream, [to, copy = std::vector<unsigned char>(first, first + bytes)] {
      std::memcpy(to, copy.data(), copy.size());
    });
  }
  return simulated::health();
}
cudaError_t cudaMemset(void* to, int value, std::size_t bytes) {
  holding const held(now().lock);
  simulated::hand_over(nullptr, [=] { std::memset(to, value, bytes); });
  return simulated::health();
}

#if !RANKWISE_ORDERS_THREADS
// Thrust's device vectors take their memory here, and the library what is aligned to more than that.
namespace {
constexpr std::size_t most_of_thrust = 32;
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  auto const to = static_cast<std::size_t>(alignment);
  if (to <= most_of_thrust) {
    return simulated::allocate(bytes);
  }
  void* const p = std::aligned_alloc(to, simulated::whole(bytes == 0 ? 1 : bytes, to));
  if (p == nullptr) {
    throw std::bad_alloc();
  }
  return p;
}
void operator delete(void* p, std::align_val_t alignment) noexcept {
  if (static_cast<std::size_t>(alignment) <= most_of_thrust) {
    simulated::release(p);
  } else {
    std::free(p);
  }
}
void operator delete(void* p, std::size_t, std::align_val_t alignment) noexcept {
  operator delete(p, alignment);
}
#endif
