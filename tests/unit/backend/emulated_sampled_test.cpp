#include <rankwise/loss/gumbel.hpp>
#include <rankwise/loss/neural_sort.hpp>
#include <rankwise/loss/sampled.hpp>
#include <rankwise/loss/softmax.hpp>

#include "support/in_groups.hpp"

#include <doctest/doctest.h>

namespace rw = rankwise;
using support::check_in_groups;

TEST_CASE("relaxed permutations in groups") {
  constexpr int longest = 140; // they take its square
  check_in_groups<32>("neural_sort", rw::loss::neural_sort<rw::metric::ndcg<>>{}, 1e-10, longest);
  check_in_groups<4>("NeuralNDCG", rw::loss::neural_sort<rw::metric::ndcg<>, 3>{}, 1e-10, longest);
  check_in_groups<32>("soft_sort", rw::loss::soft_sort<rw::metric::ndcg<10>>{}, 1e-10, longest);
}

TEST_CASE("losses over samples in groups") {
  check_in_groups<32>("gumbel", rw::loss::gumbel<rw::loss::softmax>{.samples = 3});
  check_in_groups<4>("stochastic_rank", rw::loss::stochastic_rank<rw::metric::ndcg<10>>{.samples = 3}, 1e-10);
  check_in_groups<32>("yeti", rw::loss::yeti{.samples = 3}, 1e-10);
}
