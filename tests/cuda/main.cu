// Runs all families, or those named on the command line. 77 says that there is no device.
#include "registry.hpp"

#include <algorithm>
#include <cstring>
#include <exception>

namespace {

/// A stream of its own, which does not wait for the default stream: a copy in the wrong stream is a wrong result.
bool open(void*& stream) {
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
    return false;
  }
  cudaDeviceProp device{};
  cudaStream_t own = nullptr;
  if (cudaGetDeviceProperties(&device, 0) != cudaSuccess || device.major < 8 || // there is no code for older ones
      cudaStreamCreateWithFlags(&own, cudaStreamNonBlocking) != cudaSuccess) {
    return false;
  }
  std::printf("device: %s, compute capability %d.%d\n", device.name, device.major, device.minor);
  device::played = device.multiProcessorCount <= 4;
  stream = own;
  return true;
}
bool healthy() {
  return cudaDeviceSynchronize() == cudaSuccess && cudaGetLastError() == cudaSuccess;
}

} // namespace

int main(int count, char** names) {
  auto const named = [&](char const* family) {
    return std::any_of(names + 1, names + count, [&](char const* n) { return std::strcmp(n, family) == 0; });
  };
  for (int k = 1; k < count; ++k) {
    auto const& all = device::families();
    if (std::none_of(all.begin(), all.end(), [&](auto const& f) { return std::strcmp(f.name, names[k]) == 0; })) {
      std::printf("FAILED: there is no family %s\n", names[k]);
      return 2;
    }
  }
  void* stream = nullptr;
  if (!open(stream)) {
    std::puts("SKIPPED: no CUDA device of compute capability 8.0 or newer here");
    return 77;
  }
  for (device::family const& f : device::families()) {
    if (count > 1 && !named(f.name)) {
      continue;
    }
    int const before = device::checks;
    int const failed = device::failures;
    try {
      f.run(stream);
    } catch (std::exception const& e) {
      device::check(false, std::string(f.name) + ": " + e.what());
    }
    device::check(healthy(), std::string(f.name) + ": the device reports no error");
    device::check(device::checks > before + 1, std::string(f.name) + ": checks something");
    std::printf("%-10s %4d checks, %d failed\n", f.name, device::checks - before, device::failures - failed);
  }
  return device::failures == 0 ? 0 : 1;
}
