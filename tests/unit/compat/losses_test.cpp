#include <rankwise/compat/losses.hpp>

#include <doctest/doctest.h>

#include "support/problem.hpp"

#include <cstddef>
#include <vector>

namespace losses_test {

namespace rw = rankwise;
namespace compat = rankwise::compat;

namespace {

using column = std::vector<double>;

// One item at a time, and the same types everywhere, so that a name costs little to compile: executors agree by the
// tests beside the losses.
constexpr rw::exec::scalar one;

// Derivatives that the libraries themselves computed: one boosting round from these scores, every item in a leaf of its
// own, read back from the leaves' values and hessian sums. LightGBM 4.7.0, XGBoost 3.2.0.
column const scores{0.001, 0.299, -0.274, -0.891, -0.455, -0.992, 0.06, 1.34, -0.492, -0.62, 0.49, 0.357};
column const labels{3, 1, 4, 2, 2, 2, 2, 2, 2, 4, 4, 3};
column const binary{1, 0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1};

template <class Loss>
void check(Loss const& loss, column const& y, column const& gradient, column const& hessian, double tolerance) {
  column g(scores.size());
  column h(scores.size());
  auto const data = loss.prepare(one, y, rw::lists<>::single(scores.size()));
  for (bool const value : {true, false}) {
    CAPTURE(value);
    loss.gradient(one, scores, data, g, h, {.value = value});
    for (std::size_t i = 0; i < scores.size(); ++i) {
      CAPTURE(i);
      CHECK(support::near(g[i], gradient[i], tolerance, 0.1));
      CHECK(support::near(h[i], hessian[i], tolerance, 0.1));
    }
  }
}

double value_of(auto const& loss, column const& s, column const& y, rw::options const& o = {},
                std::vector<std::size_t> offsets = {}) {
  if (offsets.empty()) {
    offsets = {0, s.size()};
  }
  return loss.value(one, s, y, rw::lists<std::size_t>(offsets), o);
}
template <class Loss>
double value(column const& s, column const& y, rw::options const& o = {},
             std::vector<std::size_t> const& offsets = {}) {
  return value_of(Loss{}, s, y, o, offsets);
}

} // namespace

TEST_CASE("compat/losses: LightGBM's own derivatives") {
  // Its sigmoid is a table, hence the tolerance.
  check(compat::lightgbm::lambdarank_without_norm<>{}, labels,
        {-0.0321444, 0.1188883, -0.2211861, 0.02717041, 0.03354853, 0.02690196, 0.0577002, 0.4692873, 0.03377053,
         -0.267146, -0.2441037, -0.00268704},
        {0.03374797, 0.04776533, 0.05483241, 0.02587489, 0.02617845, 0.02631599, 0.02938061, 0.09177855, 0.0273285,
         0.05152682, 0.1372284, 0.04903459},
        1e-4);
  check(compat::lightgbm::lambdarank<>{}, labels,
        {-0.01956249, 0.2430709, -0.1750106, 0.02062532, 0.04728243, 0.01950847, 0.1042257, 0.239361, 0.04414129,
         -0.1719731, -0.3534432, 0.001774394},
        {0.04761267, 0.1150648, 0.05843671, 0.01799587, 0.0314493, 0.01734716, 0.05583533, 0.05312321, 0.03095622,
         0.04673517, 0.1937689, 0.09333485},
        1e-4);
}

TEST_CASE("compat/losses: XGBoost's own derivatives") {
  check(compat::xgboost::rank_ndcg<>{}, labels,
        {-0.01956229, 0.2430694, -0.1750094, 0.02062499, 0.04728203, 0.01950806, 0.1042246, 0.2393607, 0.04414087,
         -0.1719726, -0.3534411, 0.001774758},
        {0.09522581, 0.2301306, 0.1168748, 0.03599149, 0.06289873, 0.03469398, 0.1116709, 0.1062485, 0.06191252,
         0.09347164, 0.3875381, 0.1866708},
        1e-5);
  check(compat::xgboost::rank_ndcg_without_normalization<>{}, labels,
        {-0.02664416, 0.3310646, -0.2383658, 0.02809159, 0.06439891, 0.0265703, 0.1419556, 0.3260133, 0.06012061,
         -0.2342296, -0.4813927, 0.00241725},
        {0.1296992, 0.3134417, 0.1591855, 0.04902101, 0.08566914, 0.04725378, 0.1520976, 0.1447122, 0.08432589,
         0.1273099, 0.5278334, 0.2542488},
        1e-5);
  check(compat::xgboost::rank_ndcg<3>{}, labels,
        {0.003688059, 0.218072, -0.1246505, 0.01748379, 0.03159814, 0.01542499, 0.07416235, 0.3239996, 0.03113069,
         -0.1148922, -0.4784191, 0.002402315},
        {0.06166107, 0.2368187, 0.05261636, 0.02778567, 0.04516096, 0.02500599, 0.08894406, 0.1438183, 0.0449517,
         0.03686999, 0.524573, 0.2526782},
        1e-5);
  check(compat::xgboost::rank_ndcg_without_score_normalization<>{}, labels,
        {-0.02671762, 0.09881655, -0.1838433, 0.02258291, 0.02788454, 0.02235965, 0.04795843, 0.3900591, 0.02806906,
         -0.2220445, -0.2028916, -0.002233143},
        {0.05610115, 0.07940307, 0.09115241, 0.04301269, 0.04351777, 0.04374579, 0.0488409, 0.1525714, 0.04542955,
         0.08565733, 0.2281212, 0.08151326},
        1e-5);
  check(compat::xgboost::rank_map<>{}, binary,
        {-0.2612476, 0.3436456, -0.2241583, 0.05431341, 0.1113786, 0.05281483, 0.2382456, 0.3490352, 0.1057357,
         -0.2474405, -0.2289664, -0.2933562},
        {0.2177815, 0.316543, 0.1672693, 0.07715669, 0.1286629, 0.07628538, 0.230876, 0.1417089, 0.1282899, 0.1529404,
         0.2602958, 0.3012358},
        1e-5);
  check(compat::xgboost::rank_pairwise<>{}, labels,
        {-0.4671544, 1.046939, -0.6562203, 0.1183707, 0.3422968, 0.08220035, 0.571314, 0.1600799, 0.356065, -0.7595188,
         -0.4964754, -0.2978969},
        {0.8588814, 0.9362791, 0.6132715, 0.2101476, 0.448066, 0.1669101, 0.7854436, 0.1000605, 0.4577806, 0.6626564,
         0.5468419, 0.8695093},
        1e-5);
  // XGBoost's own test of rank:map, with the list weight divided by the mean of list weights.
  column g(2);
  column h(2);
  compat::xgboost::rank_map<> const map;
  map.gradient(one, column{0, 0.1}, map.prepare(one, column{0, 1}, rw::lists<>::single(2)), g, h);
  CHECK(support::near(g[0], 1.2054923, 1e-6));
  CHECK(support::near(g[1], -1.2054923, 1e-6));
  CHECK(support::near(h[0], 1.2657166, 1e-6));
}

TEST_CASE("compat/losses: the numbers of Rax") {
  column const s{0.3, 1.9, 1.5, 1.2};
  column const y{0, 1, 1, 2};
  std::vector<int> const where{1, 1, 0, 1};
  using namespace compat::rax;
  CHECK(support::near(value<pairwise_hinge>({2.2, -1.3, 5.4}, {1, 0, 0}), 2.1, 1e-9));
  CHECK(support::near(value<rw::loss::pairwise<rw::pair::hinge>>({0, 3, 1, 2}, {0, 0, 1, 1}), 5.0, 1e-9));
  CHECK(support::near(
      value<rw::loss::pairwise<rw::pair::hinge>>({0, 3, 2, 1}, {0, 0, 1, 1}, {.item_weights = column{1, 1, 2, 1}}), 7.0,
      1e-9));
  CHECK(support::near(value<rw::loss::pairwise<rw::pair::soft_zero_one>>({0, 3, 2, 1}, {0, 0, 1, 1},
                                                                         {.item_weights = column{1, 1, 2, 1}}),
                      2.850261, 1e-6));
  using differences = mean<rw::pair::hinge, rw::pair_weight::label_difference>;
  CHECK(support::near(value<differences>(s, y, {.mask = where}), 0.63333327, 1e-6));
  using logistic_differences = mean<rw::pair::logistic, rw::pair_weight::label_difference>;
  CHECK(support::near(value<logistic_differences>(s, y, {.mask = where}), 0.6564648, 1e-6));
  CHECK(support::near(value<weighted<rw::pair::logistic, dcg_lambdaweight>>(s, y, {.mask = where}), 1.38701092, 1e-6));
  CHECK(support::near(value<weighted<rw::pair::hinge, dcg2_lambdaweight<>>>(s, y, {.mask = where}), 1.82074632, 1e-6));
  // The mean of all pairs of positions, an item with itself included.
  CHECK(support::near(value<pairwise_mse>({1, 3}, {0, 1}), 2.0 * 1 / 4, 1e-12));
}

TEST_CASE("compat/losses: the numbers of TF-Ranking, Keras-RS, allRank and pytorchltr") {
  namespace tfr = compat::tf_ranking;
  CHECK(support::near(value<tfr::pairwise_hinge>({1, 3, 2}, {0, 0, 1}), 1.0, 1e-9));
  CHECK(value<tfr::pairwise_hinge>({1, 3}, {0, 2}) == 0);
  CHECK(support::near(value<tfr::pairwise_logistic>({1, 3, 2}, {0, 0, 1}), 0.813262, 1e-6));
  CHECK(support::near(value<tfr::pairwise_logistic>({1, 3}, {0, 2}), 0.126928, 1e-6));
  CHECK(support::near(value<tfr::pairwise_mse>({1, 3}, {0, 1}), 1.0, 1e-12));
  // Keras losses: the sum of all lists over rows times columns of the padded batch.
  using hinge = rw::loss::pairwise<rw::pair::hinge>;
  using soft = rw::loss::pairwise<rw::pair::soft_zero_one>;
  column const s{0.6, 0.8, 0.5, 0.8, 0.4};
  column const y{1, 0, 0, 1, 0};
  std::vector<std::size_t> const two{0, 2, 5};
  CHECK(support::near(value<hinge>({0.6, 0.8}, {1, 0}) / 2, 0.6, 1e-6));
  CHECK(support::near(value<hinge>(s, y, {}, two) / 6, 0.41666666, 1e-6));
  CHECK(support::near(value<soft>({0.6, 0.8}, {1, 0}) / 2, 0.274917, 1e-6));
  CHECK(support::near(value<soft>(s, y, {}, two) / 6, 0.22945064, 1e-6));
  // Keras-RS sums over the partners of each item; together they are the sum over pairs.
  column const ks{1, 3, 2, 4, 0.8};
  column const ky{1, 0, 1, 3, 2};
  CHECK(support::near(value<hinge>(ks, ky), 3.0 + 2.0 + 6.6000004, 1e-6));
  CHECK(support::near(value<soft>(ks, ky), 0.880797 + 0.731059 + 0.474736 + 2.218608, 1e-6));
  using squares = rw::loss::pairwise<rw::pair::squared_error, rw::pairs::ordered>;
  CHECK(support::near(value<squares>(ks, ky), 12.44 + 34.64 + 9.84 + 9.84 + 28.76, 1e-9));
  rw::loss::pairwise<rw::pair::hinge> const half{.function = {.margin = 0.5}}; // temperature 0.5: twice the scores
  CHECK(support::near(2 * value_of(half, ks, ky), 5.0 + 3.0 + 10.200001, 1e-6));

  column const same{0.5, 0.3, 0.5};
  CHECK(support::near(value<compat::allrank::ndcg_loss1>(same, same), 2.9272110462, 1e-6));
  CHECK(support::near(value<compat::allrank::ndcg_loss2pp>(same, same), 1.1244146823, 1e-6));
  // Weighted by the power of labels: allRank's weighted RankNet is the mean of three pairs with weights 3, 4 and 1.
  column const rs{0.5, 0.2, 0.1};
  column const ry{2, 1, 0};
  auto const pair_value = [&](std::size_t i, std::size_t j) {
    return value<rw::loss::ranknet>({rs[i], rs[j]}, {ry[i], ry[j]});
  };
  CHECK(support::near((3 * pair_value(0, 1) + 4 * pair_value(0, 2) + 1 * pair_value(1, 2)) / 3, 1.4531744676929879,
                      1e-6));
  CHECK(support::near(value<compat::pytorchltr::lambda_arp1>({0.5, 2, 1}, {2, 0, 1}), 13.298417091369629, 1e-6));
  CHECK(support::near(value<compat::pytorchltr::lambda_arp1>({0.9, -1.2}, {0, 1}), 4.196318626403809, 1e-6));
  CHECK(support::near(value<compat::pytorchltr::lambda_ndcg1>({0.5, 2, 1}, {2, 0, 1}), 2.629549503326416, 1e-6));
  CHECK(support::near(value<compat::pytorchltr::lambda_ndcg1>({0.9, -1.2}, {0, 1}), 2.647582530975342, 1e-6));
  CHECK(support::near(value<compat::pytorchltr::lambda_ndcg2>({0.5, 2, 1}, {2, 0, 1}), 0.3102627396583557, 1e-6));
  CHECK(support::near(value<compat::pytorchltr::lambda_ndcg2>({0.9, -1.2}, {0, 1}), 0.4184933304786682, 1e-6));
}

TEST_CASE("compat/losses: XGBoost's hessian is twice LightGBM's") {
  column const s{0.5, 2.0, 1.0, 0.3, -0.2};
  column const y{2, 0, 1, 0, 3};
  column g(5);
  column h(5);
  compat::lightgbm::lambdarank_without_norm<> const loss;
  loss.gradient(one, s, loss.prepare(one, y, rw::lists<>::single(5)), g, h);
  column const gradient{-0.12568848962714746, 0.5706581674488322, 0.10137708114185355, 0.03737091697522452,
                        -0.5837176759387629};
  column const curvature{0.04653340784537398, 0.07257791178508838, 0.04674009616745302, 0.017882443422148366,
                         0.08712867623528618};
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(support::near(g[i], gradient[i], 1e-12));
    CHECK(support::near(h[i], curvature[i], 1e-12));
  }
}

} // namespace losses_test
