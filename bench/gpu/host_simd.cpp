// The library on all cores of the host: compiled once per instruction set, so that the program runs at its best on any
// machine it is copied to. Threads of its own, as a library of threads would have to be copied along.
#include "host.hpp"

#include <rankwise/exec/simd.hpp>
#include <rankwise/loss/lambda.hpp>
#include <rankwise/loss/softmax.hpp>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <memory>
#include <thread>

namespace rw = rankwise;

namespace gpu::host {

namespace {

/// Median over rounds in which every thread runs its share of the lists: `share(first, last)` prepares and returns what
/// to time.
template <class Isa, class Share>
double median_over_rounds(std::size_t lists, Share const& share) {
  constexpr int rounds = 15;
  std::size_t const workers = std::max<std::size_t>(1, std::thread::hardware_concurrency());
  std::barrier<> gate(static_cast<std::ptrdiff_t>(workers));
  std::vector<double> times;
  auto const work = [&](std::size_t w) {
    auto const run = share(lists * w / workers, lists * (w + 1) / workers);
    for (int round = -3; round < rounds; ++round) {
      gate.arrive_and_wait();
      auto const start = std::chrono::steady_clock::now();
      run();
      gate.arrive_and_wait();
      if (w == 0 && round >= 0) {
        times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
      }
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t w = 1; w < workers; ++w) {
    threads.emplace_back(work, w);
  }
  work(0);
  for (std::thread& t : threads) {
    t.join();
  }
  std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
  return times[rounds / 2];
}

/// Lists first .. last-1 with offsets of their own.
struct part {
  std::vector<int> offsets;
  std::size_t begin, size;

  part(std::span<int const> all, std::size_t first, std::size_t last)
      : begin(static_cast<std::size_t>(all[first])), size(static_cast<std::size_t>(all[last] - all[first])) {
    for (std::size_t l = first; l <= last; ++l) {
      offsets.push_back(all[l] - all[first]);
    }
  }
};

template <class Isa, class Loss>
double time_gradient(Loss const& loss, std::span<float const> scores, std::span<float const> labels,
                     std::span<int const> offsets, std::span<float> gradient, std::span<float> hessian) {
  using executor = rw::exec::basic_simd<Isa>;
  return median_over_rounds<Isa>(offsets.size() - 1, [&](std::size_t first, std::size_t last) {
    auto const own = std::make_shared<part>(offsets, first, last);
    rw::lists const lists(own->offsets);
    auto const data = std::make_shared<decltype(loss.prepare(executor{}, labels, lists))>(
        loss.prepare(executor{}, labels.subspan(own->begin, own->size), lists));
    auto const memory = std::make_shared<rw::workspace>();
    auto const s = scores.subspan(own->begin, own->size);
    auto const g = gradient.subspan(own->begin, own->size);
    auto const h = hessian.empty() ? hessian : hessian.subspan(own->begin, own->size);
    return [=, &loss] {
      if (h.empty()) {
        loss.gradient(executor{}, s, *data, g, *memory);
      } else {
        loss.gradient(executor{}, s, *data, g, h, *memory, {.value = false});
      }
    };
  });
}

} // namespace

template <class Isa>
void time_lambda::operator()(Isa, std::span<float const> scores, std::span<float const> labels,
                             std::span<int const> offsets, std::span<float> gradient, std::span<float> hessian,
                             double& milliseconds) const {
  milliseconds =
      time_gradient<Isa>(rw::loss::lambda<rw::metric::ndcg<30>>{}, scores, labels, offsets, gradient, hessian);
}
template <class Isa>
void time_softmax::operator()(Isa, std::span<float const> scores, std::span<float const> labels,
                              std::span<int const> offsets, std::span<float> gradient, double& milliseconds) const {
  milliseconds = time_gradient<Isa>(rw::loss::softmax{}, scores, labels, offsets, gradient, {});
}

template void time_lambda::operator()(rw::arch::native, std::span<float const>, std::span<float const>,
                                      std::span<int const>, std::span<float>, std::span<float>, double&) const;
template void time_softmax::operator()(rw::arch::native, std::span<float const>, std::span<float const>,
                                       std::span<int const>, std::span<float>, double&) const;

} // namespace gpu::host
