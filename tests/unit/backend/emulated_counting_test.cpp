#include <rankwise/loss/circle.hpp>
#include <rankwise/loss/counting.hpp>
#include <rankwise/loss/lambda.hpp>

#include "support/in_groups.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace emulated_counting_test {

namespace rw = rankwise;
using support::check_in_groups;
using squared = rw::loss::counting<rw::pair::squared_hinge, rw::weighting::product, rw::reduction::weighted_mean>;

TEST_CASE("losses over pairs without visiting them, in groups") {
  check_in_groups<32>("circle", rw::loss::circle{.gamma = 4});
  check_in_groups<4>("hinge", rw::loss::counting<rw::pair::hinge>{});
  check_in_groups<32>("squared hinge", squared{.function = {.margin = 0.4}}, 1e-11);
  check_in_groups<4>("zero_one", rw::loss::counting<rw::pair::zero_one, rw::reduction::mean_pairs>{});
  check_in_groups<32>("squared errors", rw::loss::counting<rw::pair::squared_error>{}, 1e-11);
}

namespace {

/// Lists of which items belong to different segments, in groups of `Lanes`.
template <std::size_t Lanes, class Loss>
void check_segments(char const* name, Loss const& loss) {
  INFO(name << ", " << Lanes << " lanes");
  support::grouped_problem const p(false, 70);
  rw::lists const lists(p.offsets);
  std::vector<int> segment(p.scores.size());
  for (std::size_t i = 0; i < segment.size(); ++i) {
    segment[i] = static_cast<int>(i * i % 7 / 2);
  }
  auto const derivatives = [&](auto executor) {
    std::vector<double> all(2 * p.scores.size() + 1, 7);
    std::span const numbers(all);
    std::size_t const n = p.scores.size();
    all.back() = loss.gradient(executor, p.scores, p.labels, lists, numbers.first(n), numbers.subspan(n, n),
                               {.item_weights = p.weights, .mask = p.mask, .segments = segment});
    return all;
  };
  auto const found = derivatives(rw::exec::emulated<Lanes>{});
  CHECK(support::agree(found, derivatives(rw::exec::scalar{}), 1e-12));
  CHECK(found == derivatives(rw::exec::emulated<Lanes>{rw::lane_order::scattered}));
}

} // namespace

TEST_CASE("segments in groups") {
  check_segments<4>("circle", rw::loss::circle{.gamma = 4});
  check_segments<32>("squared hinge", squared{});
  check_segments<32>("lambda", rw::loss::lambda<rw::metric::ndcg<3>>{});
}

namespace {

/// Sums run in double, and keep its digits between two passes over a list of floats.
template <class Loss>
void check_floats(char const* name, Loss const& loss) {
  INFO(std::string(name));
  support::grouped_problem p(false);
  for (double& s : p.scores) {
    s = static_cast<float>(s / 4);
  }
  rw::lists const lists(p.offsets);
  std::vector<float> const scores(p.scores.begin(), p.scores.end()), labels(p.labels.begin(), p.labels.end());
  std::vector<float> found(scores.size());
  std::vector<double> expected(scores.size());
  double const value = loss.gradient(rw::exec::emulated<4>{}, scores, labels, lists, found);
  CHECK(value == doctest::Approx(loss.gradient(rw::exec::scalar{}, p.scores, p.labels, lists, expected)).epsilon(1e-7));
  CHECK(support::agree(std::vector<double>(found.begin(), found.end()), expected, 2e-7));
}

} // namespace

TEST_CASE("floats in groups") {
  check_floats("circle", rw::loss::circle{});
  check_floats("squared hinge", squared{});
}

} // namespace emulated_counting_test
