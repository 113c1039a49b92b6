// The groups of a device by themselves: what threads tell each other, against loops on the host.
#include "device.hpp"

#include <rankwise/exec/group.hpp>

#include <cstdint>

namespace rw = rankwise;

namespace {

constexpr std::size_t rounds = 3;

/// What every thread finds in every round.
struct findings {
  double sum, first, last, part, rest, neighbour;
  double minus_sum, second, minus_part, minus_rest; // the same calls again, with nothing between
  float most;
  std::uint32_t place, count, any;
};

struct pair_of_numbers {
  float a;
  std::uint32_t b;
};

template <class Group>
struct exercise {
  double const* numbers; ///< of every thread, round by round
  double* places;
  findings* to;

  RANKWISE_FN void operator()(std::size_t thread, std::size_t threads) const {
    std::size_t const first = thread / Group::size * Group::size;
    rw::detail::shared_plus const plus;
    for (std::size_t round = 0; round < rounds; ++round) {
      double const x = numbers[round * threads + thread];
      findings f{};
      f.sum = Group::reduce(x, plus);
      f.minus_sum = Group::reduce(-x, plus);
      f.most = Group::reduce(static_cast<float>(x), rw::detail::shared_max{});
      f.first = Group::broadcast(x, 0);
      f.second = Group::broadcast(x, 1);
      pair_of_numbers const last =
          Group::broadcast(pair_of_numbers{static_cast<float>(x), static_cast<std::uint32_t>(thread)}, Group::size - 1);
      f.last = static_cast<double>(last.a) + last.b;
      f.part = Group::scan(x, plus);
      f.minus_part = Group::scan(-x, plus);
      f.rest = Group::scan_back(x, plus);
      f.minus_rest = Group::scan_back(-x, plus);
      f.place = Group::scan(std::uint32_t{1}, plus) - 1;
      f.count = static_cast<std::uint32_t>(Group::count(x > 0));
      f.any = Group::any(x > 0.9) ? 1 : 0;
      Group::sync();
      places[thread] = x;
      Group::sync();
      f.neighbour = places[first + (Group::lane() + 1) % Group::size];
      to[round * threads + thread] = f;
    }
  }
};

template <class Work>
__global__ void __launch_bounds__(1024) run_exercise(Work work) {
  work(static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x,
       static_cast<std::size_t>(gridDim.x) * blockDim.x);
}

template <class Group>
void check_group(std::string const& name, cudaStream_t stream) {
  constexpr std::size_t size = Group::size;
  constexpr unsigned block = size < 64 ? 64 : static_cast<unsigned>(size);
  constexpr std::size_t threads = 2 * block;
  std::vector<double> const x = support::random(31).uniforms<double>(rounds * threads, -1, 1);
  thrust::device_vector<double> const numbers(x.begin(), x.end());
  thrust::device_vector<double> places(threads);
  thrust::device_vector<findings> to(rounds * threads);
  exercise<Group> work{thrust::raw_pointer_cast(numbers.data()), thrust::raw_pointer_cast(places.data()),
                       thrust::raw_pointer_cast(to.data())};
  std::string wrong;
  auto const expect = [&](bool ok, char const* what) { wrong = ok || !wrong.empty() ? wrong : what; };
  auto const close = [](double a, double b) { return std::abs(a - b) < 1e-12; };
  // Threads come in another order every time.
  for (int launch = 0; launch < 10; ++launch) {
    void* arguments[] = {&work};
    device::check(cudaLaunchKernel(run_exercise<exercise<Group>>, dim3(2), dim3(block), arguments, 0, stream) ==
                          cudaSuccess &&
                      cudaStreamSynchronize(stream) == cudaSuccess,
                  name + ": runs");
    auto const found = device::fetched(to);
    for (std::size_t begin = 0; begin < rounds * threads; begin += size) {
      std::vector<double> fold(x.begin() + static_cast<std::ptrdiff_t>(begin),
                               x.begin() + static_cast<std::ptrdiff_t>(begin + size));
      std::uint32_t count = 0;
      bool any = false;
      float most = -2;
      for (double const number : fold) {
        count += number > 0 ? 1 : 0;
        any = any || number > 0.9;
        most = std::max(most, static_cast<float>(number));
      }
      double const sum = rw::detail::fold(fold.data(), size, rw::detail::shared_plus{});
      double part = 0;
      for (std::size_t lane = 0; lane < size; ++lane) {
        findings const& f = found[begin + lane];
        part += x[begin + lane];
        expect(f.sum == found[begin].sum && (size > 32 ? close(f.sum, sum) : f.sum == sum), "the sum");
        expect(f.most == most, "the greatest");
        expect(f.first == x[begin] && f.second == x[begin + 1], "one lane's number");
        expect(f.minus_sum == -f.sum && f.minus_part == -f.part && f.minus_rest == -f.rest, "the same again");
        expect(f.last == static_cast<double>(static_cast<float>(x[begin + size - 1])) +
                             static_cast<double>(begin % threads + size - 1),
               "the last lane's numbers");
        expect(close(f.part, part), "the sum up to here");
        expect(close(f.rest, sum - part + x[begin + lane]), "the sum from here");
        expect(f.place == lane, "the place");
        expect(f.count == count && f.any == (any ? 1u : 0u), "votes");
        expect(f.neighbour == x[begin + (lane + 1) % size], "what the neighbour has written");
      }
    }
  }
  device::check(wrong.empty(), name + ": " + wrong);
}

device::add_family const groups("groups", [](void* stream) {
  auto const on = static_cast<cudaStream_t>(stream);
  check_group<rw::detail::tile_group<2>>("2 lanes", on);
  check_group<rw::detail::tile_group<8>>("8 lanes", on);
  check_group<rw::detail::tile_group<32>>("a warp", on);
  check_group<rw::detail::block_group<64>>("a block of 64", on);
  check_group<rw::detail::block_group<512>>("a block of 512", on);
  check_group<rw::detail::block_group<1024>>("a block of 1,024", on);
});

} // namespace
