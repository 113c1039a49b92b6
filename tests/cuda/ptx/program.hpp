#ifndef RANKWISE_TESTS_CUDA_PTX_PROGRAM_HPP
#define RANKWISE_TESTS_CUDA_PTX_PROGRAM_HPP

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

/// What nvcc made of kernels, as a machine runs it: PTX, read once. "PTX ISA", NVIDIA, says what it means.
namespace ptx {

struct fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

enum class place : std::uint8_t { none, reg, constant, special, frame };

struct operand {
  place where = place::none;
  std::int64_t index = 0; ///< of a register, the bits of a constant, the offset in a frame
};

/// Registers that a thread finds set.
enum special : std::int64_t {
  tid_x,
  tid_y,
  tid_z,
  ntid_x,
  ntid_y,
  ntid_z,
  ctaid_x,
  ctaid_y,
  ctaid_z,
  nctaid_x,
  nctaid_y,
  nctaid_z, // three by three
  laneid,
  warpid,
  nwarpid,
  lanemask_eq,
  lanemask_lt,
  lanemask_le,
  lanemask_gt,
  lanemask_ge,
  dynamic_smem_size,
  zero, ///< clocks, and numbers of multiprocessors
  special_count
};

struct thread;
struct instruction;
using action = void (*)(thread&, instruction const&);

/// What an instruction needs besides its thread.
enum class kind : std::uint8_t {
  plain,
  branch,
  table,
  call,
  leave,
  exit,
  nothing, // nothing
  shuffle,
  vote,
  match,
  reduce,
  active,
  warp_barrier, // its warp
  barrier       // its block
};

struct call_of {
  std::string name;
  struct function* callee = nullptr;
  std::vector<std::int64_t> arguments, results; ///< places in the frame
};

struct instruction {
  action run = nullptr;
  std::int32_t guard = -1; ///< the predicate, a register
  bool negated = false;
  kind what = kind::plain;
  std::uint8_t bytes = 0;    ///< of an element in memory
  std::uint8_t elements = 1; ///< of a vector in memory
  std::uint8_t variant = 0;  ///< of a comparison, a shuffle, a vote, an update
  bool extended = false;     ///< a load that knows signs
  bool strong = false;       ///< volatile, relaxed, acquire, release: meant for several threads
  operand d;                 ///< destination
  operand a, b, c;           ///< sources
  std::int64_t offset = 0;   ///< of an address
  operand p;                 ///< the predicate beside the destination
  operand e;                 ///< another source; the mask of a warp's lanes
  std::uint32_t target = 0;  ///< of a jump
  std::uint32_t line = 0;
  std::vector<operand> vector;
  std::vector<std::uint32_t> targets;
  std::unique_ptr<call_of> call;
};

struct parameter {
  std::uint32_t bytes = 0;
  std::int64_t where = 0; ///< in the frame
};

struct function {
  std::string name;
  struct module* home = nullptr;
  bool defined = false;
  bool keeps_its_result = false;  ///< it has a result, which it never stores
  std::uint32_t most_threads = 0; ///< .maxntid
  std::uint32_t frame = 0;        ///< bytes: registers, then parameters and local memory
  std::vector<parameter> parameters, results;
  std::vector<instruction> code;
};

struct module {
  std::map<std::string, std::unique_ptr<function>> functions;
  std::unordered_map<std::string, std::uint64_t> variables;           ///< their addresses
  std::vector<std::pair<std::uint32_t, std::uint32_t>> shared_ranges; ///< begin and size of variables in shared memory
};

/// Dynamic shared memory begins so far behind the variables.
inline constexpr std::uint64_t dynamic_shared = std::uint64_t{1} << 20;

/// Memory of a variable of the module, which stays.
using allocate_variable = std::uint64_t (*)(void* memory, std::size_t bytes, std::size_t alignment);

/// Reads the text. An instruction that nobody knows is a fault.
std::unique_ptr<module> read(std::string_view text, std::uint64_t shared, allocate_variable allocate, void* memory);

} // namespace ptx

#endif
