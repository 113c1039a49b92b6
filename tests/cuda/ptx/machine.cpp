#include "machine.hpp"

#include <algorithm>
#include <cstdlib>
#include <cxxabi.h>
#include <numeric>
#include <random>
#include <sys/mman.h>

namespace ptx {
namespace {

constexpr std::uint32_t most_threads = 1024;
constexpr std::uint32_t lanes_of_warp = 32;
constexpr std::uint64_t patience = 2'000'000; // instructions, then others get their turn

std::string readable(std::string const& name) {
  int error = 0;
  std::unique_ptr<char, void (*)(void*)> const text(abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &error),
                                                    std::free);
  std::string const all = error == 0 ? text.get() : name;
  return all.size() <= 300 ? all : all.substr(0, 300) + "...";
}

} // namespace

std::unique_ptr<module> machine::load(std::string_view text) {
  auto const allocate = [](void* m, std::size_t bytes, std::size_t alignment) {
    return static_cast<memory*>(m)->variable(bytes, alignment);
  };
  return read(text, memory_.shared(), allocate, &memory_);
}

std::string machine::description(thread const& t) const {
  auto const block = [&](special s) { return std::to_string(t.special[s]); };
  std::string text =
      "thread " + std::to_string(t.index) + " of block " + block(ctaid_x) + ", " + readable(kernel_->name);
  if (!t.frames.empty()) {
    frame const& f = t.frames.back();
    text += f.of == kernel_ ? "" : "\n  in " + readable(f.of->name);
    text += "\n  line " + std::to_string(f.of->code[f.at - 1].line) + " of its PTX";
  }
  return text;
}

// ---- threads

void machine::call(thread& t, function& callee, call_of const& c) {
  if (callee.keeps_its_result) {
    throw fault("calls what never stores its result, " + readable(callee.name) +
                ": nvcc makes this of what it cannot compile for a device");
  }
  std::byte* const memory = t.top;
  if (memory + callee.frame > t.stack + stack_bytes) {
    throw fault("the stack is full");
  }
  for (std::size_t k = 0; k < c.arguments.size(); ++k) {
    std::memcpy(memory + callee.parameters[k].where, t.memory + c.arguments[k], callee.parameters[k].bytes);
  }
  t.top += callee.frame;
  t.frames.push_back({&callee, 0, memory});
}

/// False for the kernel itself.
bool machine::leave(thread& t) {
  if (t.frames.size() == 1) {
    return false;
  }
  frame const done = t.frames.back();
  t.frames.pop_back();
  frame const& caller = t.frames.back();
  call_of const& c = *caller.of->code[caller.at - 1].call;
  for (std::size_t k = 0; k < c.results.size(); ++k) {
    std::memcpy(caller.memory + c.results[k], done.memory + done.of->results[k].where, done.of->results[k].bytes);
  }
  t.top = done.memory;
  return true;
}

/// Until the thread has ended, needs others, or has had its turn for long enough.
void machine::run(thread& t) {
  running_ = &t;
  std::uint64_t steps = 0;
  while (true) {
    frame& f = t.frames.back();
    t.memory = f.memory;
    t.registers = reinterpret_cast<std::uint64_t*>(f.memory);
    instruction const* const code = f.of->code.data();
    for (bool here = true; here;) {
      instruction const& i = code[f.at++];
      ++steps;
      if (i.guard >= 0 && (t.registers[i.guard] != 0) == i.negated) {
        continue;
      }
      switch (i.what) {
      case kind::plain:
        i.run(t, i);
        break;
      case kind::nothing:
        break;
      case kind::branch:
        f.at = i.target;
        if (steps > patience) {
          return;
        }
        break;
      case kind::table:
        f.at = i.targets.at(t.get<std::uint32_t>(i.a));
        break;
      case kind::call:
        if (i.call->callee == nullptr) {
          throw fault("calls " + readable(i.call->name) + ", which is not there");
        }
        call(t, *i.call->callee, *i.call);
        here = false;
        break;
      case kind::leave:
        here = false;
        if (leave(t)) {
          break;
        }
        [[fallthrough]];
      case kind::exit:
        t.now = state::gone;
        return;
      default:
        t.now = state::waiting;
        t.waits = &i;
        return;
      }
    }
  }
}

// ---- warps

/// The lanes of the thread's warp that wait at the same instruction.
std::uint32_t machine::lanes_at(thread const& t) const {
  std::uint32_t const begin = t.index / lanes_of_warp * lanes_of_warp;
  std::uint32_t mask = 0;
  for (std::uint32_t k = begin; k < threads_.size() && k < begin + lanes_of_warp; ++k) {
    mask |= threads_[k].now == state::waiting && threads_[k].waits == t.waits ? 1u << (k - begin) : 0u;
  }
  return mask;
}

/// What one lane gets of the others.
void machine::exchange(instruction const& i, std::uint32_t mask, thread* lanes, std::uint32_t lane,
                       std::uint64_t& value, bool& predicate) const {
  auto const each = [&](auto f) {
    for (std::uint32_t k = 0; k < lanes_of_warp; ++k) {
      if ((mask >> k & 1) != 0) {
        f(k);
      }
    }
  };
  thread const& own = lanes[lane];
  if (i.what == kind::shuffle) {
    auto const by = static_cast<std::int64_t>(own.get<std::uint32_t>(i.b) & 31);
    auto const c = own.get<std::uint32_t>(i.c);
    std::uint32_t const segment = c >> 8 & 31;
    std::uint32_t const first = lane & segment;
    auto const last = static_cast<std::int64_t>(first | (c & 31 & ~segment));
    auto const at = static_cast<std::int64_t>(lane);
    enum { up, down, bfly };
    std::int64_t const from = i.variant == up     ? at - by
                              : i.variant == down ? at + by
                              : i.variant == bfly ? at ^ by
                                                  : first | (by & ~segment);
    predicate = i.variant == up ? from >= last : from <= last;
    std::int64_t const source = predicate ? from : at;
    if ((mask >> source & 1) == 0) {
      throw fault("a shuffle reads lane " + std::to_string(source) + ", which is not in the mask");
    }
    value = lanes[source].get<std::uint32_t>(i.a);
  } else if (i.what == kind::vote) {
    std::uint32_t ballot = 0;
    each([&](std::uint32_t k) { ballot |= (lanes[k].bits(i.a) != 0 ? 1u : 0u) << k; });
    enum { all, any, uniform };
    value = i.variant == all       ? ballot == mask
            : i.variant == any     ? ballot != 0
            : i.variant == uniform ? ballot == 0 || ballot == mask
                                   : ballot;
  } else if (i.what == kind::match) {
    std::uint32_t same = 0;
    auto const of = [&](std::uint32_t k) {
      return i.bytes == 8 ? lanes[k].bits(i.a) : lanes[k].get<std::uint32_t>(i.a);
    };
    each([&](std::uint32_t k) { same |= (of(k) == of(lane) ? 1u : 0u) << k; });
    predicate = same == mask;
    value = i.variant == 0 ? same : predicate ? mask : 0;
  } else if (i.what == kind::reduce) {
    enum { add, least, most, all, any };
    bool first = true;
    std::uint32_t r = 0;
    each([&](std::uint32_t k) {
      auto const x = lanes[k].get<std::uint32_t>(i.a);
      bool const less = i.extended ? static_cast<std::int32_t>(x) < static_cast<std::int32_t>(r) : x < r;
      r = first                ? x
          : i.variant == add   ? r + x
          : i.variant == least ? (less ? x : r)
          : i.variant == most  ? (less ? r : x)
          : i.variant == all   ? (r & x)
          : i.variant == any   ? (r | x)
                               : (r ^ x);
      first = false;
    });
    value = r;
  }
}

/// Lets the lanes of a mask go on where all are there.
bool machine::meet_in_warp(std::uint32_t warp, std::uint32_t lane) {
  thread* const lanes = threads_.data() + std::size_t{warp} * lanes_of_warp;
  auto const width =
      static_cast<std::uint32_t>(std::min<std::size_t>(threads_.size() - warp * lanes_of_warp, lanes_of_warp));
  thread& t = lanes[lane];
  instruction const& i = *t.waits;
  running_ = &t;
  std::uint32_t const mask = i.what == kind::active ? lanes_at(t) : t.get<std::uint32_t>(i.e);
  if ((mask >> lane & 1) == 0) {
    throw fault(mask == 0 ? "a mask that names nobody" : "a lane that is not in its own mask");
  }
  for (std::uint32_t k = 0; k < lanes_of_warp; ++k) {
    if ((mask >> k & 1) == 0) {
      continue;
    }
    if (k >= width || lanes[k].now == state::gone) {
      throw fault("waits for lane " + std::to_string(k) + (k >= width ? ", which is not there" : ", which has ended"));
    }
    thread const& other = lanes[k];
    if (other.now == state::ready || other.waits->what == kind::barrier) {
      return false;
    }
    bool const same = i.what == kind::warp_barrier ? other.waits->what == i.what : other.waits == &i;
    if (!same) {
      return false; // at another one; at the end nobody can go on
    }
    if (i.what != kind::active && other.get<std::uint32_t>(other.waits->e) != mask) {
      throw fault("lanes " + std::to_string(lane) + " and " + std::to_string(k) + " name different masks");
    }
  }
  std::uint64_t values[lanes_of_warp]{};
  bool predicates[lanes_of_warp]{};
  for (std::uint32_t k = 0; k < width; ++k) {
    if ((mask >> k & 1) != 0) {
      values[k] = mask;
      exchange(i, mask, lanes, k, values[k], predicates[k]);
    }
  }
  for (std::uint32_t k = 0; k < width; ++k) {
    if ((mask >> k & 1) != 0) {
      if (i.what != kind::warp_barrier) {
        lanes[k].set(i.d, values[k]);
        lanes[k].set(i.p, std::uint64_t{predicates[k]});
      }
      lanes[k].now = state::ready;
    }
  }
  if (i.what == kind::warp_barrier) { // shuffles and votes say nothing about memory
    met_.meet(warp, mask);
  }
  return true;
}

// ---- blocks

bool machine::meet_in_block(thread& first) {
  instruction const& i = *first.waits;
  running_ = &first;
  std::vector<thread*> here;
  std::size_t left = 0;
  for (thread& t : threads_) {
    left += t.now != state::gone ? 1 : 0;
    if (t.now == state::waiting && t.waits->what == kind::barrier && t.bits(t.waits->a) == first.bits(i.a)) {
      here.push_back(&t);
    }
  }
  bool const whole = i.c.where == place::none;
  if (here.size() < (whole ? left : first.bits(i.c))) {
    return false;
  }
  std::uint64_t count = 0;
  for (thread const* t : here) {
    if (t->waits != &i) {
      throw fault("threads " + std::to_string(first.index) + " and " + std::to_string(t->index) +
                  " wait at different barriers");
    }
    count += t->bits(i.b) != 0 ? 1 : 0;
  }
  if (whole && left != threads_.size()) {
    throw fault("waits for all threads, of which some have ended");
  }
  for (thread* t : here) {
    t->set(i.d, i.variant == 1   ? count
                : i.variant == 2 ? std::uint64_t{count == here.size()}
                                 : std::uint64_t{count != 0});
    t->now = state::ready;
  }
  met_.all_meet();
  return true;
}

/// Whether somebody can go on who waits.
bool machine::meet() {
  bool any = false;
  thread* at_barrier = nullptr;
  for (thread& t : threads_) {
    if (t.now == state::waiting && t.waits->what != kind::barrier) {
      any = meet_in_warp(t.index / lanes_of_warp, t.index % lanes_of_warp) || any;
    } else if (t.now == state::waiting && at_barrier == nullptr) {
      at_barrier = &t;
    }
  }
  return any || (at_barrier != nullptr && meet_in_block(*at_barrier));
}

void machine::run_block(order turns) {
  std::vector<thread*> queue;
  for (thread& t : threads_) {
    queue.push_back(&t);
  }
  std::mt19937 random(static_cast<unsigned>(launches_));
  if (turns == order::backwards) {
    std::reverse(queue.begin(), queue.end());
  }
  while (!queue.empty()) {
    if (turns == order::scattered) {
      std::shuffle(queue.begin(), queue.end(), random);
    }
    bool ran = false;
    for (thread* t : queue) {
      if (t->now == state::ready) {
        run(*t);
        ran = true;
      }
    }
    std::erase_if(queue, [](thread const* t) { return t->now == state::gone; });
    if (!meet() && !ran && !queue.empty()) {
      running_ = queue.front();
      throw fault("waits for what never comes");
    }
  }
}

void machine::prepare(thread& t, extent block, std::byte const* const* arguments) {
  auto const index = static_cast<std::uint32_t>(&t - threads_.data());
  t.on = this;
  t.index = index;
  t.now = state::ready;
  t.stack = stacks_ + stack_bytes * index;
  t.top = t.stack + kernel_->frame;
  t.frames.assign(1, {kernel_, 0, t.stack});
  for (std::size_t k = 0; k < kernel_->parameters.size(); ++k) {
    std::memcpy(t.stack + kernel_->parameters[k].where, arguments[k], kernel_->parameters[k].bytes);
  }
  std::uint32_t const lane = index % lanes_of_warp;
  std::uint32_t const below = (1u << lane) - 1;
  t.special[tid_x] = index % block.x;
  t.special[tid_y] = index / block.x % block.y;
  t.special[tid_z] = index / block.x / block.y;
  t.special[laneid] = lane;
  t.special[warpid] = index / lanes_of_warp;
  t.special[lanemask_eq] = below + 1;
  t.special[lanemask_lt] = below;
  t.special[lanemask_le] = 2 * std::uint64_t{below} + 1;
  t.special[lanemask_gt] = ~static_cast<std::uint32_t>(2 * std::uint64_t{below} + 1);
  t.special[lanemask_ge] = ~below;
}

void machine::launch(function& kernel, extent grid, extent block, std::size_t dynamic,
                     std::byte const* const* arguments, order turns) {
  if (stacks_ == nullptr) {
    void* const p = mmap(nullptr, stack_bytes * most_threads, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) {
      throw fault("no room for stacks");
    }
    stacks_ = static_cast<std::byte*>(p);
  }
  kernel_ = &kernel;
  ++launches_;
  threads_.assign(block.count(), {});
  met_.launch();
  for (std::uint32_t b = 0; b < grid.count(); ++b) {
    memory_.clear_shared(kernel.home->shared_ranges, dynamic);
    met_.begin_block(block.count());
    for (thread& t : threads_) {
      prepare(t, block, arguments);
      std::uint64_t const values[] = {block.x, block.y, block.z, b % grid.x, b / grid.x % grid.y, b / grid.x / grid.y,
                                      grid.x,  grid.y,  grid.z};
      std::copy(std::begin(values), std::end(values), t.special + ntid_x);
      t.special[nwarpid] = (block.count() + lanes_of_warp - 1) / lanes_of_warp;
      t.special[dynamic_smem_size] = dynamic;
    }
    try {
      run_block(turns);
    } catch (fault const& f) {
      throw fault(std::string(f.what()) + ": " + description(*running_));
    }
  }
}

} // namespace ptx
