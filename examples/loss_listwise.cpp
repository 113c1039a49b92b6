// Losses of whole lists: likelihoods of orders, softmaxes, single items.
#include "claim.hpp"

#include <rankwise/compat/listwise_losses.hpp>
#include <rankwise/core/random.hpp>
#include <rankwise/head/binary.hpp>
#include <rankwise/loss/full_hessian.hpp>
#include <rankwise/loss/hessian_product.hpp>
#include <rankwise/loss/latent.hpp>
#include <rankwise/loss/list_mle.hpp>
#include <rankwise/loss/pointwise.hpp>
#include <rankwise/loss/pro.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/loss/softmax_variants.hpp>
#include <rankwise/loss/unique_softmax.hpp>
#include <rankwise/math/scan.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

namespace rw = rankwise;

//{ cross-entropy
namespace mine {

struct squared_labels { // targets of one's own: t_i = y_i^2
  using scratch = rw::scratch_columns<1, 0>;

  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using T = typename List::scalar;
    auto const target = [&](auto i) { return list.label(i) * list.label(i); };
    return rw::loss::cross_entropy(list, rw::loss::cross_entropy_terms<T>{.mass = list.sum(target)}, target);
  }
  RANKWISE_LOSS_CALLS
};

} // namespace mine
//} cross-entropy

namespace {

void targets() {
  std::vector<double> const scores{1, 2, 0.5};
  std::vector<double> const labels{0, 1, 3};
  auto const lists = rw::lists<>::single(3);
  //{ targets
  double const as_given = rw::loss::softmax{}.value(scores, labels, lists);
  double const divided = rw::loss::normalised_softmax{}.value(scores, labels, lists); // TF-Ranking's, per list
  double const distilled =
      rw::loss::listnet{.temperature = 2, .targets = {.temperature = 2}}.value(scores, labels, lists);
  //} targets
  claim(near(as_given, 4 * divided, 1e-12), "labels that add up to 4");
  claim(distilled > 0, "a teacher's scores as soft labels");
}

void cross_entropy() {
  //{ cross-entropy-use
  std::vector<double> const scores{1, 2, 0.5}, labels{0, 1, 2};
  double const value = mine::squared_labels{}.value(scores, labels, rw::lists<>::single(3));
  //} cross-entropy-use
  claim(near(value, rw::loss::softmax{}.value(scores, std::vector<int>{0, 1, 4}, rw::lists<>::single(3)), 1e-12),
        "softmax cross-entropy with those targets");
}

void variants() {
  std::vector<double> const scores{2, 1, 0.5, -0.3, -1};
  std::vector<int> const labels{1, 1, 0, 0, 0};
  auto const lists = rw::lists<>::single(5);
  //{ variants
  double const together = rw::loss::multi_positive{}.value(scores, labels, lists); // positives do not compete
  double const contrast = rw::loss::info_nce{.temperature = 0.5}.value(scores, labels, lists);
  double const anchored = rw::loss::calibrated_softmax{.anchor = 0.2}.value(scores, labels, lists);
  double const poly = rw::loss::poly1_softmax{.epsilon = 0.5}.value(scores, labels, lists);
  double drawn = 0;
  for (std::uint64_t round = 0; round < 3; ++round) { // another draw in every round
    drawn += rw::loss::xendcg{.seed = 7, .round = round}.value(scores, labels, lists);
  }
  //} variants
  claim(near(together, 1.0174466180, 1e-9), "ASMOL's example");
  claim(contrast > 0 && anchored > 0 && poly > 0 && drawn > 0, "all are positive");
}

void list_mle() {
  //{ list-mle
  std::vector<float> const scores{0.1f, 2, 1, -0.5f};
  std::vector<float> const labels{0, 2, 3, 1};
  auto const lists = rw::lists<>::single(4);
  std::vector<float> gradient(4), hessian(4);
  constexpr auto loss = rw::loss::list_mle{.temperature = 0.5};
  auto const data = loss.prepare(labels, lists); // the order of the labels, once
  double const value = loss.gradient(scores, data, gradient, hessian);
  double const top_heavy = rw::loss::p_list_mle{}.value(scores, labels, lists); // the first places count most
  //} list-mle
  claim(value > 0 && top_heavy > 0, "likelihoods are at most 1");
  claim(near(static_cast<double>(gradient[0] + gradient[1] + gradient[2] + gradient[3]), 0),
        "gradients add up to zero");
}

void unique() {
  //{ unique
  std::vector<double> const scores{0.6, 0.8, 0.1};
  std::vector<int> const labels{2, 1, 0};
  auto const lists = rw::lists<>::single(3);
  double const exponential = rw::loss::unique_softmax{}.value(scores, labels, lists);
  double const linear = rw::loss::basic_unique_softmax<rw::gain::linear>{}.value(scores, labels, lists);
  //} unique
  claim(exponential > linear, "2^y - 1 counts more than y");
}

void pro() {
  //{ pro
  std::vector<double> const scores{-0.5, -0.9, -1.4}; // log-probabilities of rewrites
  std::vector<double> const rewards{2, 1, 0.5};
  double const value = rw::loss::pro{}.value(scores, rewards, rw::lists<>::single(3));
  //} pro
  claim(near(value, 1.3273310920, 1e-9), "BEQUE's example");
}

void pointwise() {
  std::vector<double> const scores{1, 3, 2};
  std::vector<double> const labels{0, 0, 1};
  auto const lists = rw::lists<>::single(3);
  //{ pointwise
  double const sum = rw::loss::bce{}.value(scores, labels, lists);
  double const mean = rw::loss::basic_bce<rw::reduction::mean_items>{}.value(scores, labels, lists);
  double const hard = rw::loss::focal{.gamma = 2, .alpha = 0.25}.value(scores, labels, lists);
  double const of_head = rw::loss::pointwise<rw::head::binary_head<rw::head::nameless>>{}.value(scores, labels, lists);
  //} pointwise
  claim(near(sum, 3 * mean, 1e-12), "three items");
  claim(near(sum, of_head, 1e-12) && hard < sum, "a binary head has the same loss");
}

void latent() {
  //{ latent
  std::vector<float> const logits{0.5f, 1, -0.2f, 0.3f}; // two items: examined, relevant
  std::vector<int> const clicks{1, 0};
  std::vector<float> gradient(4);
  auto to = rw::row_major(gradient, 2);
  double const value = rw::loss::click_em{}.gradient(rw::row_major(logits.data(), 2, 2), clicks, to);

  std::vector<float> const delays{3.5f, -2}; // converted after 3.5 days; none within 2
  double const late = rw::loss::delayed_feedback{}.gradient(rw::row_major(logits.data(), 2, 2), delays, to);
  //} latent
  claim(value > 0 && late > 0, "minus logarithms of likelihoods");
}

void hessian_product() {
  //{ hessian-product
  std::vector<double> const scores{1, 2, 0.5}, labels{0, 1, 1}, direction{1, 0, -1};
  std::vector<double> product(3);
  auto const lists = rw::lists<>::single(3);
  double const slope = rw::loss::hessian_product(rw::loss::softmax{}, scores, labels, lists, direction, product);
  //} hessian-product
  claim(near(product[0] + product[1] + product[2], 0, 1e-12) && slope > 0, "adding a number to all scores is free");
}

void full_hessian() {
  //{ full-hessian
  // Newton's method for the scores of one list: x solves (H + damping I) x = g, and the scores go down by x.
  std::vector<double> scores{1, 2, 0.5};
  std::vector<double> const labels{0.2, 0.5, 0.3};
  constexpr std::size_t n = 3;
  constexpr double damping = 1e-3;
  auto const lists = rw::lists<>::single(n);
  std::vector<double> g(n), h(n * n);
  constexpr auto loss = rw::loss::softmax{};
  auto const data = loss.prepare(labels, lists);
  for (int step = 0; step < 8; ++step) {
    loss.gradient(scores, data, g);
    rw::loss::full_hessian(loss, scores, data, h);
    // Gauss's elimination: a symmetric, positive definite matrix needs no pivots.
    for (std::size_t k = 0; k < n; ++k) {
      h[k * n + k] += damping;
    }
    for (std::size_t k = 0; k < n; ++k) {
      for (std::size_t i = k + 1; i < n; ++i) {
        double const factor = h[i * n + k] / h[k * n + k];
        for (std::size_t j = k; j < n; ++j) {
          h[i * n + j] -= factor * h[k * n + j];
        }
        g[i] -= factor * g[k];
      }
    }
    for (std::size_t k = n; k-- > 0;) {
      for (std::size_t j = k + 1; j < n; ++j) {
        g[k] -= h[k * n + j] * g[j];
      }
      g[k] /= h[k * n + k];
      scores[k] -= g[k];
    }
  }
  //} full-hessian
  claim(near(scores[1] - scores[0], std::log(0.5 / 0.2), 1e-6), "shares are the targets");
  //{ full-hessian-lists
  std::vector<double> const more_scores{1, 2, 0.5, 0.3, 0.1}, more_labels{0, 1, 1, 1, 0};
  auto const queries = rw::lists_of_sizes(std::vector{3, 2});
  auto const blocks = rw::loss::hessian_blocks(queries); // 9 and 4 numbers
  std::vector<double> matrices(blocks.items());
  auto const prepared = loss.prepare(more_labels, queries);
  rw::workspace memory(rw::loss::hessian_workspace_bytes(prepared));
  rw::loss::full_hessian(loss, more_scores, prepared, blocks, matrices, memory); // nothing is allocated
  auto const second = rw::row_major(matrices.data() + blocks.begin_of(1), 2, 2);
  //} full-hessian-lists
  claim(near(second(0, 0), -second(0, 1), 1e-12), "two items");
}

void presets() {
  //{ presets
  std::vector<double> const scores{0.2, 1.1, -0.3};
  std::vector<double> const labels{2, 0, 1};
  auto const lists = rw::lists<>::single(3);
  std::vector<double> gradient(3), hessian(3);
  double const smooth = rw::compat::tf_ranking::approx_ndcg.value(scores, labels, lists);
  rw::compat::catboost::query_soft_max.gradient(scores, labels, lists, gradient, hessian);
  //} presets
  claim(smooth < 0 && near(gradient[0] + gradient[1] + gradient[2], 0, 1e-12), "presets are losses");
}

void scan() {
  //{ scan
  using V = rw::exec::simd::vector<float>;
  V const ones(1.0f);
  V const counted = rw::math::sum_up_to(ones); // 1, 2, 3, ...
  V const left = rw::math::sum_from(ones);     // lanes, lanes - 1, ..., 1
  //} scan
  float const lanes = static_cast<float>(rw::math::lanes<V>);
  claim(rw::math::reduce_max(counted) == lanes && rw::math::reduce_max(left) == lanes, "running sums");
}

} // namespace

int main() {
  targets();
  cross_entropy();
  variants();
  list_mle();
  unique();
  pro();
  pointwise();
  latent();
  hessian_product();
  full_hessian();
  presets();
  scan();
  return broken_claims;
}
