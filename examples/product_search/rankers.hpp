#ifndef PRODUCT_SEARCH_RANKERS_HPP
#define PRODUCT_SEARCH_RANKERS_HPP

#include "experiment.hpp"

#include <rankwise/train/fit.hpp>
#include <rankwise/train/held_out.hpp>
#include <rankwise/train/tune.hpp>

#include <string>
#include <utility>
#include <vector>

// The rankers: trees, or a trunk of the library's, give the logits of all heads; a value model makes one score of them.
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

/// What is learnt from a part: a relevance head and three engagement heads. `of` picks what belongs to a batch.
template <class Relevance, class Pick>
auto tasks(Relevance const& relevance, part const& p, Pick of, double relevance_share = 1) {
  return rw::train::joint(rw::train::objective(relevance, of(p.labelled), {}, {.weight = relevance_share}),
                          rw::train::objective(click, of(p.click), {.item_weights = of(p.click_weight)}),
                          rw::train::objective(cart, of(p.cart), {.item_weights = of(p.cart_weight)}),
                          rw::train::objective(purchase, of(p.purchase), {.item_weights = of(p.purchase_weight)}));
}
constexpr auto all_of = [](auto const& column) -> auto const& {
  return column;
};

/// Trees for all heads.
template <class Relevance>
class multi_head {
public:
  multi_head(Relevance const& relevance, part const& p, rw::xgboost::train_options const& opts) {
    auto objective = tasks(relevance, p, all_of);
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

/// The same heads over a shared bottom: a linear model, or a perceptron with hidden layers. Training ends when the loss
/// of other queries' labels falls no more.
template <class Relevance>
class network {
public:
  /// relevance_share 0: the relevance head has no say in what the trunk learns.
  network(Relevance const& relevance, part const& p, part const& judged, std::vector<std::size_t> const& hidden,
          std::uint64_t seed, double relevance_share = 1) {
    std::vector<std::size_t> widths{features};
    widths.insert(widths.end(), hidden.begin(), hidden.end());
    widths.push_back(Relevance::columns + 3);
    net_ = rw::train::trunk<float>(widths, seed);
    net_.standardise(p.matrix());
    auto const found = rw::train::fit(
        net_, p.matrix(), p.lists(), rw::train::adam{.rate = 3e-3, .decay = 0.01},
        [&](rw::train::batch const& b) {
          return tasks(
              relevance, p, [&b](auto const& column) { return b.of(column); }, relevance_share);
        },
        {.epochs = 60, .lists_per_batch = 16, .seed = seed, .patience = 5},
        rw::train::held_out(tasks(relevance, judged, all_of, relevance_share), judged.matrix()));
    head_ = found.objective.template get<0>().head();
  }

  Relevance const& relevance() const { return head_; }
  std::vector<float> logits(part const& p) const {
    std::vector<float> z(p.items.size() * net_.outputs());
    net_.logits(p.matrix(), rw::row_major(z, net_.outputs()));
    return z;
  }

private:
  Relevance head_;
  rw::train::trunk<float> net_;
};

/// The value model over its own terms, each with a weight of 1: those of different trainings can be weighed together.
constexpr auto weighed = [] {
  constexpr auto r = rw::head::input<"relevance">{};
  constexpr auto a = rw::head::input<"click">{};
  constexpr auto b = rw::head::input<"cart">{};
  constexpr auto c = rw::head::input<"purchase">{};
  return rw::ranker{rw::heads(r, a, b, c),
                    rw::weight<"relevance">(0.0) * feature(r) + rw::weight<"click">(1.0) * feature(a) +
                        rw::weight<"cart">(2.0) * feature(b) + rw::weight<"purchase">(4.0) * feature(c)};
}();
using weights = decltype(weighed.weights());

/// Scores of a value model with the given weights, or with a relevance weight and the others as they are.
template <class Ranker>
std::vector<float> score(Ranker const& ranker, std::vector<float> const& logits, weights const& w) {
  std::vector<float> scores(logits.size() / ranker.columns);
  ranker.score(rw::row_major(logits, ranker.columns), scores, w);
  return scores;
}
template <class Ranker>
std::vector<float> score(Ranker const& ranker, std::vector<float> const& logits, double relevance_weight) {
  auto w = ranker.weights();
  w.template set<"relevance">(relevance_weight);
  return score(ranker, logits, w);
}

/// Queries on which weights are tuned: terms of the value model, and what the two metrics read.
class tuning_queries {
public:
  template <class Model>
  void add(Model const& model, part const& p) {
    auto const ranker = make_ranker(model.relevance());
    std::vector<float> const z = model.logits(p);
    std::size_t const first = rows_.size();
    rows_.resize(first + 4 * p.items.size());
    for (std::size_t k = 0; k < 4; ++k) {
      weights one;
      one[k] = 1;
      std::vector<float> const term = score(ranker, z, one);
      for (std::size_t i = 0; i < term.size(); ++i) {
        rows_[first + 4 * i + k] = term[i];
      }
    }
    std::size_t const before = offsets_.back();
    for (std::size_t l = 1; l < p.offsets.size(); ++l) {
      offsets_.push_back(before + p.offsets[l]);
    }
    human_.insert(human_.end(), p.human.begin(), p.human.end());
    conversion_.insert(conversion_.end(), p.true_conversion.begin(), p.true_conversion.end());
  }

  /// The best relevance that keeps the conversion of relevance weight 0; the relevance weight moves, or all weights do.
  weights choose(bool all_weights) const {
    using relevance_metric = rw::metric::ndcg<10>;
    using conversion_metric = rw::metric::ndcg<10, rw::gain::linear>;
    auto const lists = rw::lists(offsets_);
    auto const table = rw::row_major(rows_, 4);
    std::vector<float> scores(human_.size());
    weighed.score(table, scores);
    double const floor = conversion_metric{}(scores, conversion_, lists);
    auto const goal = rw::train::aim(relevance_metric{}, rw::loss::lambda<relevance_metric>{}, human_);
    auto const kept = rw::train::aim(conversion_metric{}, rw::loss::lambda<conversion_metric>{}, conversion_, floor);
    rw::train::tune_options const opts{.rounds = 150, .step = 0.1};
    return all_weights
               ? rw::train::tune(weighed, table, lists, weighed.weights(), opts, goal, kept).weights
               : rw::train::tune<"relevance">(weighed, table, lists, weighed.weights(), opts, goal, kept).weights;
  }

private:
  std::vector<float> rows_;
  std::vector<std::size_t> offsets_{0};
  std::vector<int> human_;
  std::vector<double> conversion_;
};

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
