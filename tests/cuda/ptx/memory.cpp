#include "memory.hpp"

#include "program.hpp"

#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

namespace ptx {
namespace {

constexpr std::uint64_t device_bytes = std::uint64_t{8} << 30; // of addresses; freed ones are not given out again
constexpr std::uint64_t shared_bytes = 2 * dynamic_shared;
constexpr std::uint64_t variable_bytes = std::uint64_t{64} << 20;
constexpr std::uint64_t gap = 256; // between allocations

std::byte* mapped(std::uint64_t bytes, int protection, int flags, int file = -1) {
  void* const p = mmap(nullptr, bytes, protection, flags | MAP_NORESERVE, file, 0);
  if (p == MAP_FAILED) {
    throw fault("no room for the memory of a device");
  }
  return static_cast<std::byte*>(p);
}
std::byte* room(std::uint64_t bytes, int flags = 0) {
  return mapped(bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags);
}
std::uint64_t round_up(std::uint64_t x, std::uint64_t to) {
  return (x + to - 1) / to * to;
}

} // namespace

memory::memory() {
  int const file = memfd_create("device", 0);
  if (file < 0 || ftruncate(file, static_cast<off_t>(device_bytes)) != 0) {
    throw fault("no room for the memory of a device");
  }
  device_.data = mapped(device_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file);
  device_.begin = reinterpret_cast<std::uint64_t>(mapped(device_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS));
  device_.bytes = device_bytes;
  shared_.data = room(shared_bytes, MAP_32BIT);
  shared_.begin = reinterpret_cast<std::uint64_t>(shared_.data);
  shared_.bytes = shared_bytes;
  for (region* r : {&device_, &shared_}) {
    r->marks = reinterpret_cast<std::uint8_t*>(room(r->bytes));
    r->writes = reinterpret_cast<touch*>(room(r->bytes / 4 * sizeof(touch)));
    r->reads = reinterpret_cast<touch*>(room(r->bytes / 4 * sizeof(touch)));
  }
  variables_.data = room(variable_bytes);
  variables_.begin = reinterpret_cast<std::uint64_t>(variables_.data);
  variables_.bytes = variable_bytes;
}

void memory::mark_all(region const& r, std::uint64_t offset, std::size_t bytes, mark m) {
  std::memset(r.marks + offset, m, bytes);
  if (m == unwritten) {
    std::memset(r.data + offset, 0xff, bytes); // NaN
  }
}

std::byte* memory::allocate(std::size_t bytes) {
  std::uint64_t const begin = next_;
  if (bytes > device_.bytes - next_ - 2 * gap) {
    return nullptr;
  }
  next_ += round_up(bytes, gap) + gap;
  mark_all(device_, begin, bytes, unwritten);
  allocations_[device_.begin + begin] = bytes;
  return reinterpret_cast<std::byte*>(device_.begin + begin);
}
void memory::release(void* address) {
  auto const found = allocations_.find(reinterpret_cast<std::uint64_t>(address));
  if (found == allocations_.end()) {
    throw fault("what is freed was not allocated");
  }
  mark_all(device_, found->first - device_.begin, found->second, nobodys);
  allocations_.erase(found);
}
std::uint64_t memory::variable(std::size_t bytes, std::size_t alignment) {
  std::uint64_t const begin = round_up(next_variable_, alignment);
  next_variable_ = begin + bytes;
  if (next_variable_ > variables_.bytes) {
    throw fault("too many variables");
  }
  return variables_.begin + begin;
}

std::uint64_t memory::checked(void const* address, std::size_t bytes, bool reads, char const* what) const {
  std::uint64_t const offset = reinterpret_cast<std::uint64_t>(address) - device_.begin;
  for (std::size_t k = 0; k < bytes; ++k) {
    std::uint8_t const m = device_.marks[offset + k];
    if (m == nobodys || (reads && m == unwritten)) {
      throw fault(std::string(what) + (m == nobodys ? " outside of an allocation" : " of what nobody wrote") +
                  ", byte " + std::to_string(k) + " of " + std::to_string(bytes));
    }
  }
  return offset;
}
void memory::send(void* to, void const* from, std::size_t bytes) {
  std::uint64_t const offset = checked(to, bytes, false, "a copy to the device");
  std::memcpy(device_.data + offset, from, bytes);
  mark_all(device_, offset, bytes, written);
}
void memory::fetch(void* to, void const* from, std::size_t bytes) {
  std::memcpy(to, device_.data + checked(from, bytes, true, "a copy from the device"), bytes);
}
void memory::fill(void* to, int value, std::size_t bytes) {
  std::uint64_t const offset = checked(to, bytes, false, "filling");
  std::memset(device_.data + offset, value, bytes);
  mark_all(device_, offset, bytes, written);
}
void memory::copy(void* to, void const* from, std::size_t bytes) {
  std::uint64_t const a = checked(to, bytes, false, "a copy on the device");
  std::uint64_t const b = checked(from, bytes, false, "a copy on the device");
  std::memmove(device_.data + a, device_.data + b, bytes);
  std::memmove(device_.marks + a, device_.marks + b, bytes);
}

void memory::clear_shared(std::vector<std::pair<std::uint32_t, std::uint32_t>> const& ranges, std::size_t dynamic) {
  std::uint64_t end = 0;
  for (auto const& [begin, bytes] : ranges) {
    std::memset(shared_.marks + end, nobodys, begin - end);
    mark_all(shared_, begin, bytes, unwritten);
    end = begin + bytes;
  }
  std::memset(shared_.marks + end, nobodys, 4096);
  mark_all(shared_, dynamic_shared, dynamic, unwritten);
  std::memset(shared_.marks + dynamic_shared + dynamic, nobodys, 4096);
}

std::byte* memory::at(std::uint64_t address, std::uint32_t bytes, use how, bool together, std::uint32_t thread,
                      meetings const& met) {
  if (address % bytes != 0) {
    throw fault("an access of " + std::to_string(bytes) + " bytes that is not aligned");
  }
  if (variables_.holds(address, bytes)) {
    return variables_.data + (address - variables_.begin);
  }
  bool const shared = shared_.holds(address, bytes);
  if (!shared && !device_.holds(address, bytes)) {
    throw fault("an address that is not the device's");
  }
  region const& r = shared ? shared_ : device_;
  std::uint64_t const offset = address - r.begin;
  for (std::uint32_t k = 0; k < bytes; ++k) {
    std::uint8_t& m = r.marks[offset + k];
    if (m == nobodys) {
      throw fault(shared ? "outside of every shared variable" : "outside of every allocation");
    }
    if (how == use::write) {
      m = written;
    } else if (m == unwritten) {
      throw fault("reads what nobody wrote");
    }
  }
  for (std::uint32_t k = 0; k < bytes; k += 4) {
    std::uint64_t const word = (offset + k) / 4;
    auto const part = static_cast<std::uint8_t>(bytes < 4 ? ((1u << bytes) - 1) << offset % 4 : 15u);
    touch& last_write = r.writes[word];
    touch& last_read = r.reads[word];
    auto const in_the_way = [&](touch const& other) {
      return (other.bytes & part) != 0 && !met.before(other, thread, shared) && !(other.together && together);
    };
    if (in_the_way(last_write)) {
      throw fault(std::string(how == use::read ? "reads" : "writes") + " what thread " +
                  std::to_string(last_write.thread) + " wrote, without waiting for it");
    }
    if (how != use::read && in_the_way(last_read)) {
      throw fault("writes what thread " + std::to_string(last_read.thread) + " reads, without waiting for it");
    }
    touch& mine = how == use::read ? last_read : last_write;
    touch const now = met.now(thread, part, together);
    std::uint8_t const before = mine.time == now.time && mine.thread == now.thread ? mine.bytes : std::uint8_t{0};
    mine = now;
    mine.bytes |= before;
  }
  return r.data + offset;
}

} // namespace ptx
