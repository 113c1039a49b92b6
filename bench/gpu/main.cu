// rankwise_gpu: is everything right on this device, and how fast is it?
//
//   rankwise_gpu [--check] [--time] [--torch FILE] [--markdown FILE] [--json FILE] [--scale X] [--only TEXT]
//
// Without --check or --time it does both. --torch reads what torch_twin.py --out has written on the same machine.
// Exit status: 0, 1 where a result is wrong, 2 for a wrong call, 77 where there is no device.
#include "workload.hpp"

#if defined(__CUDACC__)
#include <cuda_runtime_api.h>
#else
#include <chrono>
#include <cstring>
#endif

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#ifndef RANKWISE_GPU_FLAGS
#define RANKWISE_GPU_FLAGS "flags unknown"
#endif

namespace gpu {
namespace {

// ---- the device

#if defined(__CUDACC__)
void must(cudaError_t e, char const* what) {
  if (e != cudaSuccess) {
    std::fprintf(stderr, "%s: %s\n", what, cudaGetErrorString(e));
    std::exit(1);
  }
}

class device {
public:
  /// The program holds code for compute capability 8.0 and newer.
  static bool there() {
    int n = 0;
    int capability = 0;
    return cudaGetDeviceCount(&n) == cudaSuccess && n > 0 &&
           cudaDeviceGetAttribute(&capability, cudaDevAttrComputeCapabilityMajor, 0) == cudaSuccess && capability >= 8;
  }
  static constexpr bool simulated = false;

  device() { must(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "stream"); }

  void* stream() const { return stream_; }
  void wait() const { must(cudaStreamSynchronize(stream_), "wait"); }
  std::string describe() const {
    cudaDeviceProp p{};
    int driver = 0, runtime = 0;
    must(cudaGetDeviceProperties(&p, 0), "device");
    must(cudaDriverGetVersion(&driver), "driver");
    must(cudaRuntimeGetVersion(&runtime), "runtime");
    std::ostringstream s;
    s << p.name << ", compute capability " << p.major << '.' << p.minor << ", " << p.multiProcessorCount
      << " multiprocessors, " << p.totalGlobalMem / (std::size_t{1} << 30) << " GiB, L2 " << p.l2CacheSize / (1 << 20)
      << " MiB; driver for CUDA " << driver / 1000 << '.' << driver % 1000 / 10 << ", runtime " << runtime / 1000 << '.'
      << runtime % 1000 / 10;
    return s.str();
  }

  /// Milliseconds between two events about f, whatever f waits for.
  template <class F>
  double time(F const& f) const {
    must(cudaEventRecord(start_.event, stream_), "event");
    f();
    must(cudaEventRecord(end_.event, stream_), "event");
    must(cudaEventSynchronize(end_.event), "event");
    float ms = 0;
    must(cudaEventElapsedTime(&ms, start_.event, end_.event), "event");
    return static_cast<double>(ms);
  }

  void* allocate(std::size_t bytes) const {
    void* p = nullptr;
    must(cudaMalloc(&p, bytes), "memory");
    must(cudaMemsetAsync(p, 1, bytes, stream_), "memory");
    return p;
  }
  void release(void* p) const { must(cudaFree(p), "memory"); }
  void copy(void* to, void const* from, std::size_t bytes) const {
    must(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream_), "copy");
  }

private:
  struct timer {
    cudaEvent_t event = nullptr;
    timer() { must(cudaEventCreate(&event), "event"); }
    ~timer() { cudaEventDestroy(event); }
  };
  cudaStream_t stream_ = nullptr;
  timer start_, end_;
};
#else
/// The host in the device's place, to test this program. Its times mean nothing.
class device {
public:
  static bool there() { return true; }
  static constexpr bool simulated = true;

  void* stream() const { return nullptr; }
  void wait() const {}
  std::string describe() const { return "none: simulated on the host"; }
  template <class F>
  double time(F const& f) const {
    auto const start = std::chrono::steady_clock::now();
    f();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  }
  void* allocate(std::size_t bytes) const { return std::calloc(bytes, 1); }
  void release(void* p) const { std::free(p); }
  void copy(void* to, void const* from, std::size_t bytes) const { std::memcpy(to, from, bytes); }
};
#endif

// ---- measuring

struct spread {
  double low = 0, median = 0, high = 0; ///< quartiles
};

spread spread_of(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return {v[v.size() / 4], v[v.size() / 2], v[v.size() * 3 / 4]};
}

struct row {
  std::string name;
  std::size_t items;
  double bytes;
  gpu::goals goals;
  gpu::error error;
  spread ours, copy;
  double host = 0;
  double eager = 0, compiled = 0;
};

constexpr std::size_t sets = 3;

/// Ours and a copy of as many bytes, in turns.
void measure(device const& gpu, workload& work, row& r) {
  std::size_t const bytes = (static_cast<std::size_t>(work.bytes() / 2) / 512 + 1) * 512; // every set at its best
  char* const from = static_cast<char*>(gpu.allocate(sets * bytes));
  char* const to = static_cast<char*>(gpu.allocate(sets * bytes));
  std::vector<double> ours, copy;
  double spent = 0;
  for (int round = -5; round < 300 && (round < 30 || spent < 1000); ++round) {
    std::size_t const set = static_cast<std::size_t>(round + 5) % sets;
    double const a = gpu.time([&] { work.run(set); });
    double const b = gpu.time([&] { gpu.copy(to + set * bytes, from + set * bytes, bytes); });
    if (round >= 0) {
      ours.push_back(a);
      copy.push_back(b);
      spent += a + b;
    }
  }
  gpu.release(from);
  gpu.release(to);
  r.ours = spread_of(ours);
  r.copy = spread_of(copy);
  r.host = work.host_milliseconds();
}

// ---- reports

__attribute__((format(printf, 1, 2))) std::string text(char const* format, ...) {
  char line[240];
  va_list args;
  va_start(args, format);
  std::vsnprintf(line, sizeof line, format, args);
  va_end(args);
  return line;
}

/// A ratio beside its goal; nothing where there is no number.
std::string ratio(double value, double goal, char const* format) {
  if (!(value > 0)) {
    return goal > 0 ? "not measured" : "";
  }
  std::string s = text(format, value);
  if (goal > 0) {
    s += " (goal " + text(format, goal) + (value >= goal ? ", reached)" : ", missed)");
  }
  return s;
}

struct column {
  char const* title;
  std::string (*of)(row const&);
};
column const columns[] = {
    {"workload", [](row const& r) { return r.name; }},
    {"ms", [](row const& r) { return text("%.3f", r.ours.median); }},
    {"quartiles", [](row const& r) { return text("%.3f to %.3f", r.ours.low, r.ours.high); }},
    {"ns per item", [](row const& r) { return text("%.4f", r.ours.median * 1e6 / static_cast<double>(r.items)); }},
    {"GB/s", [](row const& r) { return text("%.0f", r.bytes / r.ours.median / 1e6); }},
    {"copy GB/s", [](row const& r) { return text("%.0f", r.bytes / r.copy.median / 1e6); }},
    {"of the copy",
     [](row const& r) { return ratio(100 * r.copy.median / r.ours.median, 100 * r.goals.of_copy, "%.0f %%"); }},
    {"to torch eager", [](row const& r) { return ratio(r.eager / r.ours.median, 0, "%.1fx"); }},
    {"to torch compiled", [](row const& r) { return ratio(r.compiled / r.ours.median, r.goals.to_torch, "%.1fx"); }},
    {"to this host's SIMD, all cores",
     [](row const& r) { return ratio(r.host / r.ours.median, r.goals.to_host, "%.1fx"); }},
    {"error", [](row const& r) { return text("%.1e", r.error.found); }},
};

std::string today() {
  std::time_t const now = std::time(nullptr);
  char date[40];
  std::strftime(date, sizeof date, "%Y-%m-%d", std::gmtime(&now));
  return date;
}

struct report {
  std::string device, torch;
  std::vector<row> rows;

  std::vector<std::string> conditions() const {
    return {"device: " + device, "host: " + std::to_string(std::thread::hardware_concurrency()) + " hardware threads",
            std::string("flags: ") + RANKWISE_GPU_FLAGS,
            "PyTorch: " +
                (torch.empty() ? std::string("not measured (torch_twin.py --out FILE, then --torch FILE)") : torch),
            "date: " + today()};
  }

  std::string markdown() const {
    std::string s = "# On a device\n\n";
    for (std::string const& line : conditions()) {
      s += "- " + line + "\n";
    }
    s += "\nMedians of at least 30 runs over " + std::to_string(sets) +
         " sets of data, events about the whole call; the copy is one within the device that moves as many bytes, in "
         "turns with ours. An error is the largest difference from double, relative to the largest number.\n\n|";
    for (column const& c : columns) {
      s += std::string(" ") + c.title + " |";
    }
    s += "\n|";
    for (std::size_t k = 0; k < std::size(columns); ++k) {
      s += "---|";
    }
    for (row const& r : rows) {
      s += "\n|";
      for (column const& c : columns) {
        s += " " + c.of(r) + " |";
      }
    }
    return s + "\n";
  }

  std::string json() const {
    std::string s = "{\n  \"device\": \"" + device + "\",\n  \"flags\": \"" RANKWISE_GPU_FLAGS "\",\n  \"date\": \"" +
                    today() + "\",\n  \"workloads\": [";
    char const* separator = "\n";
    for (row const& r : rows) {
      s += separator;
      s += "    {\"name\": \"" + r.name + "\", " +
           text("\"items\": %zu, \"bytes\": %.0f, \"error\": %.3g, \"ms\": [%.6g, %.6g, %.6g], ", r.items, r.bytes,
                r.error.found, r.ours.low, r.ours.median, r.ours.high) +
           text("\"copy_ms\": [%.6g, %.6g, %.6g]", r.copy.low, r.copy.median, r.copy.high);
      s += r.host > 0 ? text(", \"host_ms\": %.6g", r.host) : "";
      s += r.compiled > 0 ? text(", \"torch_ms\": [%.6g, %.6g]", r.eager, r.compiled) : "";
      s += "}";
      separator = ",\n";
    }
    return s + "\n  ]\n}\n";
  }
};

/// What torch_twin.py writes: a line about itself, then name, eager and compiled milliseconds, with tabs between.
bool read_torch(char const* path, report& r) {
  std::ifstream in(path);
  if (!std::getline(in, r.torch)) {
    return false;
  }
  std::map<std::string, std::pair<double, double>> times;
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    std::string name;
    std::pair<double, double> t;
    if (!std::getline(fields, name, '\t') || !(fields >> t.first >> t.second)) {
      return false;
    }
    times[name] = t;
  }
  for (row& x : r.rows) {
    if (auto const found = times.find(x.name); found != times.end()) {
      x.eager = found->second.first;
      x.compiled = found->second.second;
    }
  }
  return true;
}

bool write(char const* path, std::string const& what) {
  std::ofstream out(path);
  out << what;
  return static_cast<bool>(out.flush());
}

struct options {
  bool check = false, time = false;
  char const *torch = nullptr, *markdown = nullptr, *json = nullptr, *only = "";
  double scale = device::simulated ? 0.001 : 1;
};

bool parse(int count, char** words, options& o) {
  for (int k = 1; k < count; ++k) {
    std::string const word = words[k];
    char const* const next = k + 1 < count ? words[k + 1] : nullptr;
    if (word == "--check") {
      o.check = true;
    } else if (word == "--time") {
      o.time = true;
    } else if (next == nullptr) {
      return false;
    } else if (word == "--torch") {
      o.torch = next, ++k;
    } else if (word == "--markdown") {
      o.markdown = next, ++k;
    } else if (word == "--json") {
      o.json = next, ++k;
    } else if (word == "--only") {
      o.only = next, ++k;
    } else if (word == "--scale") {
      o.scale = std::atof(next), ++k;
    } else {
      return false;
    }
  }
  if (!o.check && !o.time) {
    o.check = o.time = true;
  }
  return o.scale > 0 && !((o.torch != nullptr || o.markdown != nullptr || o.json != nullptr) && !o.time);
}

int run(options const& o) {
  device const gpu;
  report r;
  r.device = gpu.describe();
  workloads all;
  add_elements(all, gpu.stream(), o.scale);
  add_lists(all, gpu.stream(), o.scale);
  std::printf("%s\n\n", r.device.c_str());
  bool wrong = false;
  for (auto& work : all) {
    if (work->name().find(o.only) == std::string::npos) {
      work.reset();
      continue;
    }
    row x{.name = work->name(),
          .items = work->items(),
          .bytes = work->bytes(),
          .goals = work->goals(),
          .error = {},
          .ours = {},
          .copy = {}};
    work->set_up(o.time ? sets : 1);
    // Nothing is timed that has not been checked.
    work->run(0);
    gpu.wait();
    x.error = work->check();
    gpu.wait();
    bool const ok = x.error.ok();
    wrong = wrong || !ok;
    std::printf("%-46s %s: differs from double by %.1e, at most %.1e\n", x.name.c_str(), ok ? "right" : "WRONG",
                x.error.found, x.error.bound);
    std::fflush(stdout);
    if (o.time && ok) {
      measure(gpu, *work, x);
      r.rows.push_back(x);
    }
    work.reset(); // its memory is the next one's
  }
  if (o.torch != nullptr && !read_torch(o.torch, r)) {
    std::fprintf(stderr, "%s: not what torch_twin.py --out writes\n", o.torch);
    return 2;
  }
  if (o.time) {
    std::printf("\n%s", r.markdown().c_str());
    if (device::simulated && (o.markdown != nullptr || o.json != nullptr)) {
      std::fputs("no report of a simulated device\n", stderr);
      return 2;
    }
    for (auto const& [path, what] : {std::pair(o.markdown, r.markdown()), std::pair(o.json, r.json())}) {
      if (path != nullptr && !write(path, what)) {
        std::fprintf(stderr, "%s: cannot be written\n", path);
        return 2;
      }
    }
  }
  return wrong ? 1 : 0;
}

} // namespace
} // namespace gpu

int main(int count, char** words) {
  gpu::options o;
  if (!gpu::parse(count, words, o)) {
    std::fputs(
        "usage: rankwise_gpu [--check] [--time] [--torch FILE] [--markdown FILE] [--json FILE] [--scale X] [--only "
        "TEXT]\n",
        stderr);
    return 2;
  }
  if (!gpu::device::there()) {
    std::puts("SKIPPED: no CUDA device of compute capability 8.0 or newer here");
    return 77;
  }
  return gpu::run(o);
}
