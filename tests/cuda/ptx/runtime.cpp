// CUDA's run-time library, in whose place a program is linked with this: what nvcc made of its kernels runs on the
// machine. A stream does its work when somebody waits for it and not before. After a fault every call fails, as on a
// device; cudaGetErrorString then says what the fault was, cudaDeviceReset forgets it.
#include "machine.hpp"

#include <cuda_runtime_api.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <dlfcn.h>
#include <functional>
#include <mutex>
#include <optional>
#include <unistd.h>

namespace {

struct image { // of a unit that nvcc compiled
  std::string text;
  std::unique_ptr<ptx::module> code;
};
struct kernel_name {
  image* from = nullptr;
  std::string name;
};
struct launch_shape {
  dim3 grid, block;
  std::size_t shared = 0;
  cudaStream_t stream = nullptr;
};
struct queue {
  bool waits_for_default = true;
  std::deque<std::function<void()>> work;
};

struct device_state {
  std::recursive_mutex one_at_a_time;
  ptx::machine machine;
  std::unordered_map<void const*, kernel_name> kernels; ///< by the function that the host calls
  std::map<cudaStream_t, queue> streams{{nullptr, {}}};
  std::unordered_map<ptx::function const*, std::size_t> dynamic_shared; ///< what a kernel may have
  std::string fault;
  std::size_t launches = 0;
};
/// Lives as long as the program: streams and memory are given back late.
device_state& device() {
  static auto* const state = new device_state;
  return *state;
}
cudaError_t& last_error() {
  thread_local cudaError_t error = cudaSuccess;
  return error;
}

/// Every call of the library, alone; its error, or that of an earlier fault.
template <class F>
cudaError_t call(F f) {
  std::lock_guard const alone(device().one_at_a_time);
  cudaError_t const found = f();
  cudaError_t const error = device().fault.empty() ? found : cudaErrorLaunchFailure;
  last_error() = error == cudaSuccess ? last_error() : error;
  return error;
}

void finish(queue& q) {
  while (!q.work.empty()) {
    auto const job = std::move(q.work.front());
    q.work.pop_front();
    if (device().fault.empty()) {
      try {
        job();
      } catch (ptx::fault const& f) {
        device().fault = f.what();
        std::fprintf(stderr, "fault: %s\n", f.what());
      }
    }
  }
}
void finish_all() {
  for (auto& [stream, q] : device().streams) {
    finish(q);
  }
}
cudaStream_t own(cudaStream_t s) {
  return s == cudaStreamLegacy || s == cudaStreamPerThread ? nullptr : s;
}
/// The default stream waits for others, and they for it, unless they were made not to.
void enqueue(cudaStream_t stream, std::function<void()> job) {
  stream = own(stream);
  for (auto& [other, q] : device().streams) {
    bool const before =
        stream == nullptr ? q.waits_for_default : other == nullptr && device().streams[stream].waits_for_default;
    if (other != stream && before) {
      finish(q);
    }
  }
  device().streams[stream].work.push_back(std::move(job));
}

/// A stub of the host names its kernel, whose unit is read when it is first needed.
ptx::function* kernel_of(void const* stub) {
  auto const found = device().kernels.find(stub);
  if (found == device().kernels.end()) {
    return nullptr;
  }
  image& from = *found->second.from;
  if (!from.code) {
    from.code = device().machine.load(from.text);
  }
  auto const f = from.code->functions.find(found->second.name);
  return f == from.code->functions.end() ? nullptr : f->second.get();
}

cudaError_t launch(void const* stub, launch_shape const& shape, void** arguments) {
  return call([&] {
    ptx::function* const kernel = kernel_of(stub);
    if (kernel == nullptr) {
      return cudaErrorInvalidDeviceFunction;
    }
    ptx::extent const grid{shape.grid.x, shape.grid.y, shape.grid.z};
    ptx::extent const block{shape.block.x, shape.block.y, shape.block.z};
    if (grid.count() == 0 || grid.y > 65535 || grid.z > 65535 || block.count() == 0 || block.count() > 1024) {
      return cudaErrorInvalidConfiguration;
    }
    // A kernel that does not say how many threads it is made for may need registers of which there are too few.
    if (block.count() > (kernel->most_threads != 0 ? kernel->most_threads : 256)) {
      return cudaErrorLaunchOutOfResources;
    }
    if (shape.shared > 49152 && device().dynamic_shared[kernel] < shape.shared) {
      return cudaErrorInvalidValue;
    }
    std::vector<std::vector<std::byte>> values;
    for (std::size_t k = 0; k < kernel->parameters.size(); ++k) {
      auto const* const from = static_cast<std::byte const*>(arguments[k]);
      values.emplace_back(from, from + kernel->parameters[k].bytes);
    }
    auto const turns = static_cast<ptx::order>(device().launches++ % 3);
    enqueue(shape.stream, [kernel, grid, block, turns, shared = shape.shared, values = std::move(values)] {
      std::vector<std::byte const*> pointers;
      for (auto const& v : values) {
        pointers.push_back(v.data());
      }
      device().machine.launch(*kernel, grid, block, shared, pointers.data(), turns);
    });
    return cudaSuccess;
  });
}

std::vector<launch_shape>& shapes() { // of launches under way in this thread
  thread_local std::vector<launch_shape> all;
  return all;
}

std::string decompressed(char const* from, std::size_t bytes, std::size_t text_bytes) {
  static void* const library = dlopen("libzstd.so.1", RTLD_NOW);
  using decompress = std::size_t (*)(void*, std::size_t, void const*, std::size_t);
  auto const f = library == nullptr ? nullptr : reinterpret_cast<decompress>(dlsym(library, "ZSTD_decompress"));
  std::string text(text_bytes, '\0');
  if (f == nullptr || f(text.data(), text.size(), from, bytes) != text.size()) {
    std::fputs("this machine reads PTX that zstd compressed, with libzstd.so.1\n", stderr);
    std::exit(2);
  }
  return text;
}

/// The PTX of a fat binary, for the oldest device of several: entries with a head of kind (1 is PTX), sizes, the
/// device, and bytes that zstd may have compressed.
std::string text_of(char const* binary) {
  auto const number = [](char const* at, auto n) {
    std::memcpy(&n, at, sizeof n);
    return n;
  };
  char const* at = binary + number(binary + 6, std::uint16_t{});
  char const* const end = at + number(binary + 8, std::uint64_t{});
  char const* chosen = nullptr;
  auto const device_of = [&](char const* entry) { return number(entry + 28, std::uint32_t{}); };
  while (at < end) {
    bool const is_text = number(at, std::uint16_t{}) == 1;
    chosen = is_text && (chosen == nullptr || device_of(at) < device_of(chosen)) ? at : chosen;
    at += number(at + 4, std::uint32_t{}) + number(at + 8, std::uint64_t{});
  }
  if (chosen == nullptr) {
    std::fputs("this machine reads PTX: compile with code=compute_80\n", stderr);
    std::exit(2);
  }
  char const* const text = chosen + number(chosen + 4, std::uint32_t{});
  auto const compressed = number(chosen + 16, std::uint32_t{});
  return compressed == 0 ? std::string(text, number(chosen + 8, std::uint64_t{}))
                         : decompressed(text, compressed, number(chosen + 56, std::uint64_t{}));
}

void host_touches(int /*signal*/, siginfo_t* info, void* /*context*/) {
  if (device().machine.there().is_device(info->si_addr)) {
    constexpr std::string_view text = "fault: the host touches memory of the device\n";
    [[maybe_unused]] auto const written = write(2, text.data(), text.size());
  }
  std::signal(SIGSEGV, SIG_DFL);
}

} // namespace

extern "C" {

// ---- what nvcc's own code calls

void** __cudaRegisterFatBinary(void* wrapper) {
  struct fat_binary {
    int magic, version;
    char const* data;
  };
  return reinterpret_cast<void**>(new image{text_of(static_cast<fat_binary*>(wrapper)->data), nullptr});
}
void __cudaRegisterFatBinaryEnd(void**) {}
void __cudaUnregisterFatBinary(void**) {}
char __cudaInitModule(void**) {
  return 0;
}
void __cudaRegisterVar(void**, char*, char*, char const*, int, std::size_t, int, int) {}
void __cudaRegisterFunction(void** unit, char const* stub, char*, char const* name, int, uint3*, uint3*, dim3*, dim3*,
                            int*) {
  device().kernels[stub] = {reinterpret_cast<image*>(unit), name};
}
unsigned __cudaPushCallConfiguration(dim3 grid, dim3 block, std::size_t shared, CUstream_st* stream) {
  shapes().push_back({grid, block, shared, stream});
  return 0;
}
cudaError_t __cudaPopCallConfiguration(dim3* grid, dim3* block, std::size_t* shared, void* stream) {
  launch_shape const s = shapes().back();
  shapes().pop_back();
  *grid = s.grid;
  *block = s.block;
  *shared = s.shared;
  *static_cast<cudaStream_t*>(stream) = s.stream;
  return cudaSuccess;
}
cudaError_t __cudaGetKernel(cudaKernel_t* kernel, void const* stub) {
  *kernel = static_cast<cudaKernel_t>(const_cast<void*>(stub));
  return cudaSuccess;
}
cudaError_t __cudaLaunchKernel(cudaKernel_t kernel, dim3 grid, dim3 block, void** arguments, std::size_t shared,
                               cudaStream_t stream) {
  return launch(kernel, {grid, block, shared, stream}, arguments);
}

// ---- launches

cudaError_t cudaLaunchKernel(void const* stub, dim3 grid, dim3 block, void** arguments, std::size_t shared,
                             cudaStream_t stream) {
  return launch(stub, {grid, block, shared, stream}, arguments);
}
cudaError_t cudaLaunchKernelExC(cudaLaunchConfig_t const* c, void const* stub, void** arguments) {
  return launch(stub, {c->gridDim, c->blockDim, c->dynamicSmemBytes, c->stream}, arguments);
}
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* a, void const* stub) {
  return call([&] {
    ptx::function const* const kernel = kernel_of(stub);
    *a = {};
    a->maxThreadsPerBlock =
        kernel != nullptr && kernel->most_threads != 0 ? static_cast<int>(kernel->most_threads) : 256;
    a->ptxVersion = a->binaryVersion = 80;
    a->maxDynamicSharedSizeBytes = 49152;
    return kernel != nullptr ? cudaSuccess : cudaErrorInvalidDeviceFunction;
  });
}
cudaError_t cudaFuncSetAttribute(void const* stub, cudaFuncAttribute a, int value) {
  return call([&] {
    ptx::function const* const kernel = kernel_of(stub);
    if (kernel == nullptr || a != cudaFuncAttributeMaxDynamicSharedMemorySize) {
      return cudaErrorInvalidValue;
    }
    device().dynamic_shared[kernel] = static_cast<std::size_t>(value);
    return cudaSuccess;
  });
}
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* blocks, void const*, int, std::size_t,
                                                                   unsigned) {
  *blocks = 2;
  return cudaSuccess;
}
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, void const*, int, std::size_t) {
  *blocks = 2;
  return cudaSuccess;
}

// ---- memory

cudaError_t cudaMalloc(void** address, std::size_t bytes) {
  return call([&] {
    *address = bytes == 0 ? nullptr : device().machine.there().allocate(bytes);
    return bytes == 0 || *address != nullptr ? cudaSuccess : cudaErrorMemoryAllocation;
  });
}
cudaError_t cudaMallocAsync(void** address, std::size_t bytes, cudaStream_t) {
  return cudaMalloc(address, bytes);
}
cudaError_t cudaFreeAsync(void* address, cudaStream_t stream) {
  return call([&] {
    if (address != nullptr) {
      enqueue(stream, [address] { device().machine.there().release(address); });
    }
    return cudaSuccess;
  });
}
cudaError_t cudaFree(void* address) {
  return call([&] {
    finish_all();
    if (address != nullptr) {
      enqueue(nullptr, [address] { device().machine.there().release(address); });
      finish_all();
    }
    return cudaSuccess;
  });
}
cudaError_t cudaMemcpyAsync(void* to, void const* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
  return call([&] {
    ptx::memory& there = device().machine.there();
    bool const sends = there.is_device(to);
    bool const fetches = there.is_device(from);
    if (bytes == 0) {
      return cudaSuccess;
    }
    if (kind != cudaMemcpyDefault && (kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice) != sends) {
      return cudaErrorInvalidValue;
    }
    if (kind != cudaMemcpyDefault && (kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice) != fetches) {
      return cudaErrorInvalidValue;
    }
    if (sends && fetches) {
      enqueue(stream, [=, &there] { there.copy(to, from, bytes); });
    } else if (fetches) {
      enqueue(stream, [=, &there] { there.fetch(to, from, bytes); });
    } else { // memory of the host may change as soon as the call returns
      auto const* const begin = static_cast<std::byte const*>(from);
      enqueue(stream, [=, &there, held = std::vector<std::byte>(begin, begin + bytes)] {
        sends ? there.send(to, held.data(), bytes) : static_cast<void>(std::memcpy(to, held.data(), bytes));
      });
    }
    return cudaSuccess;
  });
}
cudaError_t cudaMemcpy(void* to, void const* from, std::size_t bytes, cudaMemcpyKind kind) {
  cudaError_t const error = cudaMemcpyAsync(to, from, bytes, kind, nullptr);
  return error == cudaSuccess ? cudaStreamSynchronize(nullptr) : error;
}
cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream) {
  return call([&] {
    enqueue(stream, [=] { device().machine.there().fill(to, value, bytes); });
    return cudaSuccess;
  });
}
cudaError_t cudaMemset(void* to, int value, std::size_t bytes) {
  return cudaMemsetAsync(to, value, bytes, nullptr);
}
cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* a, void const* p) {
  return call([&] {
    bool const there = device().machine.there().is_device(p);
    *a = {};
    a->type = there ? cudaMemoryTypeDevice : cudaMemoryTypeUnregistered;
    (there ? a->devicePointer : a->hostPointer) = const_cast<void*>(p);
    return cudaSuccess;
  });
}

// ---- streams, events

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  return call([&] {
    *stream = reinterpret_cast<cudaStream_t>(new char);
    device().streams[*stream].waits_for_default = (flags & cudaStreamNonBlocking) == 0;
    return cudaSuccess;
  });
}
cudaError_t cudaStreamCreate(cudaStream_t* stream) {
  return cudaStreamCreateWithFlags(stream, cudaStreamDefault);
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  return call([&] {
    enqueue(stream, [] {});
    finish(device().streams[own(stream)]);
    return cudaSuccess;
  });
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  return call([&] {
    finish(device().streams[stream]);
    device().streams.erase(stream);
    delete reinterpret_cast<char*>(stream);
    return cudaSuccess;
  });
}
cudaError_t cudaDeviceSynchronize() {
  return call([] {
    finish_all();
    return cudaSuccess;
  });
}
// Events have no time: everything before them happens when they are recorded.
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  *event = nullptr;
  return cudaSuccess;
}
cudaError_t cudaEventCreate(cudaEvent_t* event) {
  return cudaEventCreateWithFlags(event, 0);
}
cudaError_t cudaEventDestroy(cudaEvent_t) {
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t, cudaStream_t stream) {
  return cudaStreamSynchronize(stream);
}
cudaError_t cudaEventSynchronize(cudaEvent_t) {
  return call([] { return cudaSuccess; });
}
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t, cudaEvent_t) {
  *milliseconds = 1;
  return cudaSuccess;
}
cudaError_t cudaStreamWaitEvent(cudaStream_t, cudaEvent_t, unsigned) {
  return cudaSuccess;
}

// ---- the device

cudaError_t cudaDriverGetVersion(int* version) {
  *version = CUDART_VERSION;
  return cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = CUDART_VERSION;
  return cudaSuccess;
}
cudaError_t cudaGetDeviceCount(int* count) {
  struct sigaction action {};
  action.sa_sigaction = host_touches;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSEGV, &action, nullptr);
  *count = 1;
  return cudaSuccess;
}
cudaError_t cudaGetDevice(int* which) {
  *which = 0;
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int which) {
  return call([&] { return which == 0 ? cudaSuccess : cudaErrorInvalidDevice; });
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* p, int) {
  *p = {};
  std::strcpy(p->name, "PTX, read by the host");
  p->major = 8;
  p->multiProcessorCount = 4;
  p->warpSize = 32;
  p->maxThreadsPerBlock = 1024;
  p->sharedMemPerBlock = 49152;
  return cudaSuccess;
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr a, int) {
  static std::map<int, int> const values = {{cudaDevAttrMultiProcessorCount, 4},
                                            {cudaDevAttrMaxThreadsPerBlock, 1024},
                                            {cudaDevAttrMaxSharedMemoryPerBlock, 49152},
                                            {cudaDevAttrMaxSharedMemoryPerBlockOptin, 166912},
                                            {cudaDevAttrWarpSize, 32},
                                            {cudaDevAttrMaxGridDimX, 0x7fffffff},
                                            {cudaDevAttrMaxGridDimY, 65535},
                                            {cudaDevAttrMaxGridDimZ, 65535},
                                            {cudaDevAttrComputeCapabilityMajor, 8},
                                            {cudaDevAttrComputeCapabilityMinor, 0},
                                            {cudaDevAttrMaxThreadsPerMultiProcessor, 2048},
                                            {cudaDevAttrMaxBlocksPerMultiprocessor, 32},
                                            {cudaDevAttrMemoryPoolsSupported, 1}};
  return call([&] {
    auto const found = values.find(a);
    *value = found == values.end() ? 0 : found->second;
    return cudaSuccess;
  });
}
cudaError_t cudaDeviceReset() {
  finish_all();
  device().fault.clear();
  last_error() = cudaSuccess;
  return cudaSuccess;
}
cudaError_t cudaGetLastError() {
  cudaError_t const error = last_error();
  last_error() = cudaSuccess;
  return error;
}
cudaError_t cudaPeekAtLastError() {
  return last_error();
}
char const* cudaGetErrorString(cudaError_t error) {
  return error == cudaSuccess              ? "no error"
         : error == cudaErrorLaunchFailure ? device().fault.c_str()
         : error == cudaErrorLaunchOutOfResources
             ? "more threads in a block than the kernel's launch bounds, or than 256 without any"
             : "an error";
}
char const* cudaGetErrorName(cudaError_t error) {
  return error == cudaSuccess ? "cudaSuccess" : "cudaError";
}

} // extern "C"
