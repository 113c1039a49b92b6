// Two streams at once, and lists whose lengths differ by four orders of magnitude.
#include "check_lists.hpp"

#include <rankwise/loss/lambda.hpp>
#include <rankwise/loss/softmax.hpp>

#include <thread>

namespace rw = rankwise;

namespace {

void* new_stream() {
  cudaStream_t stream = nullptr;
  device::check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) == cudaSuccess, "a second stream");
  return stream;
}
void end(void* stream) {
  cudaStreamDestroy(static_cast<cudaStream_t>(stream));
}

void wait(void* stream) {
  device::check(cudaStreamSynchronize(static_cast<cudaStream_t>(stream)) == cudaSuccess, "the end of a stream");
}

/// Everything that calls on one stream need, so that they follow each other without waiting.
struct queue {
  using column = thrust::device_vector<float>;
  device::restless_type executor;
  column scores, gradient, hessian;
  thrust::device_vector<double> left;
  decltype(rw::loss::softmax{}.prepare(executor, column{}, rw::lists<int>{})) data;
  rw::workspace memory;

  queue(void* stream, rw::loss::softmax const& loss, device::problem const& p)
      : executor(device::restless(stream)), scores(p.scores.begin(), p.scores.end()), gradient(p.scores.size(), 9.0f),
        hessian(p.scores.size(), 9.0f), left(2) {
    column const labels(p.labels.begin(), p.labels.end());
    column const weights(p.weights.begin(), p.weights.end());
    thrust::device_vector<double> const list_weights(p.list_weights.begin(), p.list_weights.end());
    thrust::device_vector<std::uint8_t> const mask(p.mask.begin(), p.mask.end());
    rw::options given;
    if (!p.mask.empty()) {
      given.item_weights = weights;
      given.list_weights = list_weights;
      given.mask = mask;
    }
    data = loss.prepare(executor, labels, rw::lists(p.offsets), given);
  }
  void add(rw::loss::softmax const& loss) {
    loss.gradient(executor.leaving(left.data().get()), scores, data, gradient, hessian, memory);
  }
};

device::add_family const streams("streams", [](void* stream) {
  rw::loss::softmax const loss{.temperature = 1.5};
  device::problem const problems[] = {device::problem(false), device::problem(true)};
  rw::workspace memory;
  device::result<float> const alone[] = {device::run<float>(device::on(stream), loss, problems[0], memory),
                                         device::run<float>(device::on(stream), loss, problems[1], memory)};
  void* const own[] = {stream, new_stream()};
  device::result<float> last[2];
  int different[2] = {};
  int const rounds = device::played ? 4 : 50;
  std::vector<std::thread> threads;
  for (int k = 0; k < 2; ++k) {
    threads.emplace_back([&, k] {
      rw::workspace mine;
      for (int round = 0; round < rounds; ++round) {
        last[k] = device::run<float>(device::on(own[k]), loss, problems[k], mine);
        different[k] += !last[k].differs_from(alone[k], 0).empty();
      }
    });
  }
  for (auto& t : threads) {
    t.join();
  }
  device::check(different[0] == 0 && different[1] == 0, "two threads, a stream and a workspace each: the same bits");

  // One thread hands work to both streams and waits for neither until the end.
  queue queues[] = {queue(own[0], loss, problems[0]), queue(own[1], loss, problems[1])};
  for (int round = 0; round < 20; ++round) {
    queues[0].add(loss);
    queues[1].add(loss);
  }
  for (int k = 0; k < 2; ++k) {
    wait(own[k]);
    auto const left = device::fetched(queues[k].left);
    device::check(left[0] == alone[k].value, "two streams, nobody waits: the value that was left");
    device::check(device::agrees(device::fetched(queues[k].gradient), alone[k].gradient, 0) &&
                      device::agrees(device::fetched(queues[k].hessian), alone[k].hessian, 0),
                  "two streams, nobody waits: the same bits");
  }
  end(own[1]);

  // One workspace for different calls, one after the other.
  device::result<float> const again = device::run<float>(device::on(stream), loss, problems[0], memory);
  device::check(again.differs_from(alone[0], 0).empty(), "a workspace that served a larger call");
});

/// A policy on lists of these sizes: against the host in double, again for the same bits, and left on the device.
template <class Policy>
void compare(std::string const& name, void* stream, std::vector<int> const& sizes, Policy const& policy, double bound) {
  device::problem p(false);
  p.offsets = {0};
  for (int const size : sizes) {
    p.offsets.push_back(p.offsets.back() + size);
  }
  auto const items = static_cast<std::size_t>(p.offsets.back());
  p.scores = support::random(21).uniforms<float>(items, -4, 4);
  p.labels = support::random(22).grades<float>(items, 5);
  rw::workspace memory;
  auto const expected = device::run<double>(rw::exec::scalar{}, policy, p, memory);
  rw::workspace there;
  auto const found = device::run<float>(device::on(stream), policy, p, there);
  device::check(found.differs_from(expected, bound).empty(), name + ": " + found.differs_from(expected, bound));
  device::check(device::run<float>(device::on(stream), policy, p, there).differs_from(found, 0).empty(),
                name + ": again, the same bits");
  if constexpr (requires { policy.temperature; }) {
    thrust::device_vector<float> const scores(p.scores.begin(), p.scores.end());
    thrust::device_vector<float> const labels(p.labels.begin(), p.labels.end());
    thrust::device_vector<float> gradient(items), hessian(items);
    thrust::device_vector<double> left(2);
    auto const executor = device::on(stream);
    auto const data = policy.prepare(executor, labels, rw::lists(p.offsets));
    policy.gradient(executor.leaving(left.data().get()), scores, data, gradient, hessian, there);
    wait(stream);
    device::check(left[0] == found.value, name + ": the value that was left");
  }
}

device::add_family const ragged_lists("ragged", [](void* stream) {
  std::vector<int> sizes(10'001, 3);
  sizes[5'000] = 50'000;
  compare("a list of 50,000 beside 10,000 of 3, softmax", stream, sizes, rw::loss::softmax{}, 2e-5);
  compare("a list of 50,000 beside 10,000 of 3, NDCG@10", stream, sizes, rw::metric::ndcg<10>{}, 1e-5);
#if !defined(RANKWISE_TEST_SAMPLE)
  compare("a list of 50,000 beside 10,000 of 3, lambda NDCG@10", stream, sizes,
          rw::loss::lambda<rw::metric::ndcg<10>>{}, 2e-5);
#endif
});

// So many for warps and for blocks that each has several, on a device of one processor.
device::add_family const many("many", [](void* stream) {
  std::vector<int> sizes;
  for (int l = 0; l < 111; ++l) {
    sizes.push_back(l % 10 == 3 ? 1025 + 3 * l : 65 + 2 * l);
  }
  compare("middle and long lists, softmax", stream, sizes, rw::loss::softmax{}, 2e-5);
  compare("middle and long lists, NDCG@10", stream, sizes, rw::metric::ndcg<10>{}, 1e-5);
#if !defined(RANKWISE_TEST_SAMPLE)
  compare("middle and long lists, lambda NDCG@10", stream, sizes, rw::loss::lambda<rw::metric::ndcg<10>>{}, 2e-5);
#endif
});

} // namespace
