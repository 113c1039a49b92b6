#include <rankwise/loss/lambda.hpp>
#include <rankwise/loss/pairwise.hpp>

#include "support/in_groups.hpp"

#include <doctest/doctest.h>

namespace rw = rankwise;
using support::check_in_groups;

TEST_CASE("losses over pairs in groups") {
  check_in_groups<4>("ranknet", rw::loss::ranknet{});
  check_in_groups<32>("lambda", rw::loss::lambda<rw::metric::ndcg<10>>{});
  check_in_groups<32>("lambda, mean ties", rw::loss::lambda<rw::metric::ndcg<rw::metric::all, rw::ties::expected>>{});
  check_in_groups<4>("pairs that a selection lists",
                     rw::loss::pairwise<rw::pair::hinge, rw::pairs::neighbours, rw::weighting::product>{});
}

TEST_CASE("derivatives alone go their own way") {
  support::grouped_problem const p(false);
  rw::lists const lists(p.offsets);
  rw::loss::lambda<rw::metric::ndcg<10>> const loss;
  auto const derivatives = [&](auto executor) {
    std::vector<double> gradient(p.scores.size(), 7), hessian(p.scores.size(), 7);
    loss.gradient(executor, p.scores, p.labels, lists, gradient, hessian, {.value = false});
    gradient.insert(gradient.end(), hessian.begin(), hessian.end());
    return gradient;
  };
  auto const found = derivatives(rw::exec::emulated<32>{});
  CHECK(support::agree(found, derivatives(rw::exec::scalar{}), 1e-12));
  CHECK(found == derivatives(rw::exec::emulated<32>{rw::lane_order::backwards}));
}
