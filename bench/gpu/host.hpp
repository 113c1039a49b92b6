#ifndef RANKWISE_BENCH_GPU_HOST_HPP
#define RANKWISE_BENCH_GPU_HOST_HPP

#include <cstddef>
#include <span>
#include <vector>

/// What the host does: formulas in double, written plainly and without the library, and the library's own SIMD on all
/// cores.
namespace gpu::host {

double polarised(double x, double steepness, double centre);

/// The value model of model.hpp of one item's seven logits.
double scored(std::span<double const> logits);

/// Softmax cross-entropy of one list.
double softmax(std::span<float const> scores, std::span<float const> labels, std::span<double> gradient);

/// LambdaRank's gradient and the diagonal of its Hessian for NDCG at a cutoff, of one list.
void lambda(std::span<float const> scores, std::span<float const> labels, std::size_t cutoff,
            std::span<double> gradient, std::span<double> hessian);

double ndcg(std::span<float const> scores, std::span<float const> labels, std::size_t cutoff);

/// Positions of the best `count` items, equal scores in their order.
std::vector<std::size_t> top(std::span<float const> scores, std::size_t count);

/// Milliseconds, the median of several rounds, that lambda<ndcg<30>> takes for gradient and hessian on every core.
/// Compiled once per instruction set.
struct time_lambda {
  template <class Isa>
  void operator()(Isa, std::span<float const> scores, std::span<float const> labels, std::span<int const> offsets,
                  std::span<float> gradient, std::span<float> hessian, double& milliseconds) const;
};
/// The same for softmax cross-entropy with gradient.
struct time_softmax {
  template <class Isa>
  void operator()(Isa, std::span<float const> scores, std::span<float const> labels, std::span<int const> offsets,
                  std::span<float> gradient, double& milliseconds) const;
};

} // namespace gpu::host

#endif
