#include "device.hpp"

#include <rankwise/metric/ndcg.hpp>

namespace rw = rankwise;

int main() {
  return device::main([](auto executor) {
    parity::check_lists<float>("ndcg", executor, rw::metric::ndcg<>{}, device::tell);
    parity::check_lists<double>("ndcg<5>", executor, rw::metric::ndcg<5, rw::gain::linear, rw::empty::skip>{},
                                device::tell);

    // Without an executor the containers choose: thrust::device.
    thrust::device_vector<float> const scores(std::vector<float>{0.1f, 0.7f, 0.3f, 0.9f, 0.2f});
    thrust::device_vector<int> const labels(std::vector<int>{0, 1, 2, 0, 1});
    std::vector<float> const same_scores{0.1f, 0.7f, 0.3f, 0.9f, 0.2f};
    std::vector<int> const same_labels{0, 1, 2, 0, 1};
    auto const lists = rw::lists<>::single(5);
    double const there = rw::metric::ndcg<3>{}(scores, labels, lists);
    double const here = rw::metric::ndcg<3>{}(same_scores, same_labels, lists);
    device::tell(std::abs(there - here) < 1e-6, "the container chooses the executor");
  });
}
