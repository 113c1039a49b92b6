#ifndef RANKWISE_TESTS_CUDA_REGISTRY_HPP
#define RANKWISE_TESTS_CUDA_REGISTRY_HPP

#include <cstdio>
#include <string>
#include <vector>

/// The tests of this folder as one program: a family per file, which registers itself. No test framework: nvcc takes
/// seconds for one.
namespace device {

struct family {
  char const* name;
  void (*run)(void* stream); ///< a cudaStream_t
};

inline std::vector<family>& families() {
  static std::vector<family> all;
  return all;
}
struct add_family {
  add_family(char const* name, void (*run)(void* stream)) { families().push_back({name, run}); }
};

/// Whether the host plays the device: what goes on for long, or repeats itself, is then shorter.
inline bool played = false;

inline int checks = 0;
inline int failures = 0;

inline void check(bool ok, std::string const& what) {
  ++checks;
  if (!ok) {
    ++failures;
    std::printf("FAILED: %s\n", what.c_str());
  }
}

} // namespace device

#endif
