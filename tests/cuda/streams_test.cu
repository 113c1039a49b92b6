// Two streams at once, and lists whose lengths differ by four orders of magnitude.
#include "check_lists.hpp"

#include <rankwise/loss/lambda.hpp>
#include <rankwise/loss/softmax.hpp>

#include <thread>

namespace rw = rankwise;

namespace {

void* new_stream() {
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
  cudaStream_t stream = nullptr;
  device::check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) == cudaSuccess, "a second stream");
  return stream;
#else
  return nullptr;
#endif
}
void end(void* stream) {
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
  cudaStreamDestroy(static_cast<cudaStream_t>(stream));
#else
  static_cast<void>(stream);
#endif
}

device::add_family const streams("streams", [](void* stream) {
  rw::loss::softmax const loss{.temperature = 1.5};
  device::problem const problems[] = {device::problem(false), device::problem(true)};
  rw::workspace memory;
  device::result<float> const alone[] = {device::run<float>(device::on(stream), loss, problems[0], memory),
                                         device::run<float>(device::on(stream), loss, problems[1], memory)};
  void* const own[] = {stream, new_stream()};
  device::result<float> last[2];
  int different[2] = {};
  std::vector<std::thread> threads;
  for (int k = 0; k < 2; ++k) {
    threads.emplace_back([&, k] {
      rw::workspace mine;
      for (int round = 0; round < 50; ++round) {
        last[k] = device::run<float>(device::on(own[k]), loss, problems[k], mine);
        different[k] += !last[k].differs_from(alone[k], 0).empty();
      }
    });
  }
  for (auto& t : threads) {
    t.join();
  }
  end(own[1]);
  device::check(different[0] == 0 && different[1] == 0, "two threads, a stream and a workspace each: the same bits");

  // One workspace for different calls, one after the other.
  device::result<float> const again = device::run<float>(device::on(stream), loss, problems[0], memory);
  device::check(again.differs_from(alone[0], 0).empty(), "a workspace that served a larger call");
});

device::add_family const ragged("ragged", [](void* stream) {
  device::problem p(false);
  p.offsets = {0};
  for (int l = 0; l < 10'001; ++l) {
    p.offsets.push_back(p.offsets.back() + (l == 5'000 ? 50'000 : 3));
  }
  auto const items = static_cast<std::size_t>(p.offsets.back());
  p.scores = support::random(21).uniforms<float>(items, -4, 4);
  p.labels = support::random(22).grades<float>(items, 5);
  auto const compare = [&](char const* name, auto const& policy, double bound) {
    rw::workspace memory;
    auto const expected = device::run<double>(rw::exec::scalar{}, policy, p, memory);
    rw::workspace there;
    auto const found = device::run<float>(device::on(stream), policy, p, there);
    device::check(found.differs_from(expected, bound).empty(), name + (": " + found.differs_from(expected, bound)));
    device::check(device::run<float>(device::on(stream), policy, p, there).differs_from(found, 0).empty(),
                  std::string(name) + ": again, the same bits");
  };
  compare("a list of 50,000 beside 10,000 of 3, softmax", rw::loss::softmax{}, 2e-5);
  compare("a list of 50,000 beside 10,000 of 3, NDCG@10", rw::metric::ndcg<10>{}, 1e-5);
#if !defined(RANKWISE_TEST_SAMPLE)
  compare("a list of 50,000 beside 10,000 of 3, lambda NDCG@10", rw::loss::lambda<rw::metric::ndcg<10>>{}, 2e-5);
#endif
});

} // namespace
