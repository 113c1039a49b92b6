#ifndef RANKWISE_TESTS_THRUST_PARITY_ITEMS_HPP
#define RANKWISE_TESTS_THRUST_PARITY_ITEMS_HPP

#include "parity.hpp"

#include <rankwise/head/binary.hpp>
#include <rankwise/head/ordinal.hpp>
#include <rankwise/value/contributions.hpp>
#include <rankwise/value/gate.hpp>
#include <rankwise/value/ranker.hpp>

#include <cmath>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

/// Heads and rankers on a device executor against SIMD on the host, in number type T.
namespace parity {

template <class T>
bool close(std::vector<T> const& a, std::vector<T> const& b) {
  double largest = 1;
  for (T x : a) {
    largest = std::max(largest, std::abs(static_cast<double>(x)));
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!(std::abs(static_cast<double>(a[i] - b[i])) <= 2 * tolerance<T> * largest)) {
      return false;
    }
  }
  return a.size() == b.size();
}

inline bool close(double a, double b, double relative) {
  return std::abs(a - b) <= relative * (1 + std::abs(b));
}

template <class T>
struct table {
  std::vector<T> host;
  thrust::device_vector<T> device;
  std::size_t columns;

  table(std::size_t rows, std::size_t width, unsigned seed) : host(rows * width), columns(width) {
    std::mt19937 random(seed);
    std::normal_distribution<double> draw(0, 2);
    for (T& x : host) {
      x = static_cast<T>(draw(random));
    }
    device = host;
  }
  auto on_host() { return rankwise::row_major(host.data(), host.size() / columns, columns); }
  auto on_device() {
    return rankwise::matrix<T, rankwise::layout::row_major, rankwise::memory::device>{
        device.data().get(), host.size() / columns, columns, static_cast<std::ptrdiff_t>(columns), 1};
  }
  bool agrees() const { return close(std::vector<T>(device.begin(), device.end()), host); }
};

/// Value, gradient and hessian of a head's loss.
template <class T, class Executor, class Head, class Tell>
void check_head(std::string const& name, Executor executor, Head const& head, int levels, Tell tell) {
  for (std::size_t n : {0u, 1u, 33u, 5000u}) {
    constexpr std::size_t columns = static_cast<std::size_t>(Head::columns);
    table<T> logits(n, columns, 5);
    table<T> gradient(n, columns, 6);
    table<T> hessian(n, columns, 7);
    std::vector<int> labels(n);
    for (std::size_t i = 0; i < n; ++i) {
      labels[i] = static_cast<int>(i * 7 % static_cast<std::size_t>(levels));
    }
    thrust::device_vector<int> const device_labels = labels;
    double const here = head.gradient(logits.on_host(), labels, gradient.on_host(), hessian.on_host());
    double const there =
        head.gradient(executor, logits.on_device(), device_labels, gradient.on_device(), hessian.on_device());
    std::string const what = name + ", " + std::to_string(n) + " items: ";
    tell(close(there, here, sizeof(T) == 4 ? 2e-6 : 1e-13), what + "value");
    tell(gradient.agrees(), what + "gradient");
    tell(hessian.agrees(), what + "hessian");
    double const again =
        head.gradient(executor, logits.on_device(), device_labels, gradient.on_device(), hessian.on_device());
    tell(again == there, what + "the same bits again");
  }
}

/// Scores, and their derivatives by weights and logits.
template <class T, class Executor, class Tell>
void check_rankers(Executor executor, Tell tell) {
  namespace rw = rankwise;
  constexpr rw::head::ordinal<"relevance", 3> relevance{};
  constexpr rw::head::binary<"click"> click{};
  auto const ranker =
      rw::make_ranker(rw::heads(relevance, click),
                      rw::weight<"a">(0.6) * expected_grade(relevance) +
                          rw::weight<"b">(2) * gate(expected_grade(relevance), 0.5, probability(click), 0.1) *
                              pow(probability(click), 0.3));
  auto weights = ranker.weights();
  weights.template set<"b">(1.5);
  for (std::size_t n : {0u, 1u, 33u, 5000u}) {
    table<T> logits(n, 3, 8);
    table<T> scores(n, 1, 9);
    table<T> by_logit(n, 3, 10);
    table<T> seeds(n, 1, 11);
    ranker.score(logits.on_host(), scores.host, weights);
    ranker.score(executor, logits.on_device(), scores.device, weights);
    std::string const what = "ranker, " + std::to_string(n) + " items: ";
    tell(scores.agrees(), what + "scores");
    auto const here = ranker.gradient(logits.on_host(), seeds.host, by_logit.on_host(), weights);
    auto const there = ranker.gradient(executor, logits.on_device(), seeds.device, by_logit.on_device(), weights);
    thrust::device_vector<double> two(2, 7.0); // these numbers are the host's all the same
    tell(ranker.gradient(executor.leaving(two.data().get()), logits.on_device(), seeds.device, by_logit.on_device(),
                         weights) == there,
         what + "derivatives by weights of an executor that leaves its numbers");
    tell(static_cast<double>(two[0]) == 7, what + "nothing was left");
    for (std::size_t k = 0; k < here.size(); ++k) {
      tell(close(there[k], here[k], sizeof(T) == 4 ? 1e-5 : 1e-12), what + "derivative by " + here.name_of(k));
    }
    tell(by_logit.agrees(), what + "derivatives by logits");

    auto const why = rw::contributions(ranker);
    table<T> shares(n, why.outputs, 12);
    why.score(logits.on_host(), shares.on_host(), weights);
    why.score(executor, logits.on_device(), shares.on_device(), weights);
    tell(shares.agrees(), what + "contributions");
  }
}

} // namespace parity

#endif
