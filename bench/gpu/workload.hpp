#ifndef RANKWISE_BENCH_GPU_WORKLOAD_HPP
#define RANKWISE_BENCH_GPU_WORKLOAD_HPP

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

/// What is checked and timed. The units that instantiate the library hand these over; main.cu measures and prints.
namespace gpu {

/// Ratios to be reached on a device of the H100's class; 0 where there is none.
struct goals {
  double of_copy = 0;  ///< share of the speed of a copy that moves as many bytes
  double to_torch = 0; ///< times as fast as torch.compile's code
  double to_host = 0;  ///< times as fast as this library on all of the host's cores
};

/// By how much a result differs from double, relative to the largest number, and what is allowed.
struct error {
  double found = 0;
  double bound = 0;
  bool ok() const { return found <= bound; } // NaN is not
};

class workload {
public:
  virtual ~workload() = default;

  virtual std::string name() const = 0;
  virtual std::size_t items() const = 0;
  /// Read and written by one run, at the least.
  virtual double bytes() const = 0;
  virtual gpu::goals goals() const { return {}; }

  /// Allocates and fills `sets` independent inputs and outputs, so that no run finds its data in a cache.
  virtual void set_up(std::size_t sets) = 0;
  virtual void run(std::size_t set) = 0;
  /// Of the results of run(0).
  virtual error check() = 0;
  /// Milliseconds of the same on all of the host's cores, with SIMD; 0: not measured.
  virtual double host_milliseconds() { return 0; }
};

/// Everything on one stream. `scale` multiplies the numbers of items and lists.
using workloads = std::vector<std::unique_ptr<workload>>;
void add_elements(workloads& all, void* stream, double scale);
void add_lists(workloads& all, void* stream, double scale);

} // namespace gpu

#endif
