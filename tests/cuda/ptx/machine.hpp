#ifndef RANKWISE_TESTS_CUDA_PTX_MACHINE_HPP
#define RANKWISE_TESTS_CUDA_PTX_MACHINE_HPP

#include "memory.hpp"
#include "thread.hpp"

namespace ptx {

struct extent {
  std::uint32_t x = 1, y = 1, z = 1;
  std::uint32_t count() const { return x * y * z; }
};

/// In which order the threads of a block get their turns: nothing may depend on it.
enum class order : std::uint8_t { forwards, backwards, scattered };

/// Runs kernels, a block after the other, a thread until it needs others. What a device would hang on, crash on or get
/// wrong now and then is a fault, whose text says which thread of which block does what.
class machine {
public:
  memory& there() { return memory_; }
  std::unique_ptr<module> load(std::string_view text);
  void launch(function& kernel, extent grid, extent block, std::size_t dynamic, std::byte const* const* arguments,
              order turns);

  /// What a thread reads or writes at an address; `together` is meant for several threads.
  std::byte* access(thread const& t, std::uint64_t address, std::uint32_t bytes, use how, bool together) {
    auto const own = reinterpret_cast<std::uint64_t>(t.stack);
    bool const on_stack = address - own <= stack_bytes - bytes && address % bytes == 0;
    return on_stack ? t.stack + (address - own) : memory_.at(address, bytes, how, together, t.index, met_);
  }

  static constexpr std::uint64_t stack_bytes = std::uint64_t{1} << 20;

private:
  void prepare(thread& t, extent block, std::byte const* const* arguments);
  void run_block(order turns);
  void run(thread& t);
  void call(thread& t, function& callee, call_of const& c);
  bool leave(thread& t);
  bool meet();
  bool meet_in_warp(std::uint32_t warp, std::uint32_t lane);
  bool meet_in_block(thread& first);
  std::uint32_t lanes_at(thread const& t) const;
  void exchange(instruction const& i, std::uint32_t mask, thread* lanes, std::uint32_t lane, std::uint64_t& value,
                bool& predicate) const;
  std::string description(thread const& t) const;

  memory memory_;
  meetings met_;
  std::byte* stacks_ = nullptr;
  std::vector<thread> threads_;
  thread* running_ = nullptr;
  function* kernel_ = nullptr;
  std::uint64_t launches_ = 0;
};

} // namespace ptx

#endif
