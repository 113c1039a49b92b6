#ifndef PRODUCT_SEARCH_RANKERS_HPP
#define PRODUCT_SEARCH_RANKERS_HPP

#include "experiment.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

// The rankers: trees give the logits of all heads, a value model makes one score of them.
namespace product_search {

constexpr auto click = rw::head::binary<"click">{};
constexpr auto cart = rw::head::binary<"cart">{};
constexpr auto purchase = rw::head::binary<"purchase">{};

/// score = w_relevance E[grade] + w_click ctr + w_cart atcr + w_purchase cvr, chained: a purchase needs a cart, a cart
/// a click.
template <class Relevance>
auto make_ranker(Relevance const& relevance) {
  auto const ctr = probability(click);
  auto const value = rw::weight<"relevance">(0.3) * expected_grade(relevance) + rw::weight<"click">(1.0) * ctr +
                     rw::weight<"cart">(2.0) * (ctr * probability(cart)) +
                     rw::weight<"purchase">(4.0) * (ctr * probability(cart) * probability(purchase));
  return rw::ranker{rw::heads(relevance, click, cart, purchase), value};
}

/// Trees for a relevance head and three engagement heads.
template <class Relevance>
class multi_head {
public:
  multi_head(Relevance const& relevance, part const& p, rw::xgboost::train_options const& opts) {
    auto objective = rw::train::joint(rw::train::objective(relevance, p.labelled),
                                      rw::train::objective(click, p.click, {.item_weights = p.click_weight}),
                                      rw::train::objective(cart, p.cart, {.item_weights = p.cart_weight}),
                                      rw::train::objective(purchase, p.purchase, {.item_weights = p.purchase_weight}));
    trees_ = rw::xgboost::train(rw::xgboost::data(p.matrix()), objective, opts);
    head_ = objective.template get<0>().head();
  }

  /// The relevance head with what it has learnt.
  Relevance const& relevance() const { return head_; }
  rw::xgboost::model const& trees() const { return trees_; }

  std::vector<float> logits(part const& p) const {
    rw::xgboost::data const rows(p.matrix());
    auto const z = trees_.logits(rows);
    return {z.first, z.first + z.rows * z.columns};
  }

private:
  Relevance head_;
  rw::xgboost::model trees_;
};

/// Scores of a value model with the given relevance weight.
template <class Ranker>
std::vector<float> score(Ranker const& ranker, std::vector<float> const& logits, double relevance_weight) {
  auto weights = ranker.weights();
  weights.template set<"relevance">(relevance_weight);
  std::vector<float> scores(logits.size() / ranker.columns);
  ranker.score(rw::row_major(logits, ranker.columns), scores, weights);
  return scores;
}

/// One score from trees, trained by a list-wise loss on one label per item.
template <class Loss, class Label>
std::vector<float> single_score(Loss const& loss, part const& training, std::vector<Label> const& labels,
                                part const& evaluation, rw::xgboost::train_options const& opts) {
  auto objective = rw::train::objective(loss, labels, training.lists());
  rw::xgboost::data const features_of_training(training.matrix());
  auto const trees = rw::xgboost::train(features_of_training, objective, opts);
  rw::xgboost::data const rows(evaluation.matrix());
  auto const z = trees.logits(rows);
  return {z.first, z.first + z.rows};
}

/// The same by XGBoost's own objective rank:ndcg.
template <class Label>
std::vector<float> builtin_score(part const& training, std::vector<Label> const& labels, part const& evaluation,
                                 rw::xgboost::train_options opts) {
  rw::xgboost::data features_of_training(training.matrix());
  features_of_training.set_labels(labels);
  features_of_training.set_lists(training.lists());
  opts.parameters.push_back({"objective", "rank:ndcg"});
  auto const trees = rw::xgboost::train_builtin(features_of_training, opts);
  rw::xgboost::data const rows(evaluation.matrix());
  auto const z = trees.logits(rows);
  return {z.first, z.first + z.rows};
}

} // namespace product_search

#endif
