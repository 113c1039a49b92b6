#ifndef PRODUCT_SEARCH_EXPERIMENT_HPP
#define PRODUCT_SEARCH_EXPERIMENT_HPP

#include "catalogue.hpp"
#include "features.hpp"
#include "simulation.hpp"

#include <rankwise/engine/xgboost.hpp>
#include <rankwise/head/fit.hpp>
#include <rankwise/loss/lambda.hpp>
#include <rankwise/rankwise.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <numeric>
#include <string>
#include <vector>

// Who is asked, who is trained, who is evaluated, and what comes out.
namespace product_search {

namespace rw = rankwise;

constexpr int levels = 3; // irrelevant, moderately and highly relevant, as in the published ranker

/// Grades of people, whatever their number, as levels: the best grade is highly relevant, the upper half moderately.
inline int level_of(int grade, int grades) {
  return grade == grades - 1 ? 2 : 2 * grade >= grades - 1 ? 1 : 0;
}

/// Some of the queries with all that is known about their products.
struct part {
  std::vector<std::size_t> queries;
  std::vector<std::size_t> items; // rows of the catalogue
  std::vector<std::size_t> offsets{0};
  std::vector<float> rows;
  std::vector<int> human; // levels
  // Logged engagement as rates, with the number of opportunities as weights.
  std::vector<float> click, click_weight, cart, cart_weight, purchase, purchase_weight;
  std::vector<float> engagement;                   // carts per examination: the single engagement signal of a label
  std::vector<double> true_conversion, true_carts; // of the simulated visitor; for evaluation alone
  std::vector<float> content;                      // the labeller's expected level over its maximum
  std::vector<int> labelled;                       // its decision

  auto lists() const { return rw::lists(offsets); }
  auto matrix() const { return rw::row_major(rows, features); }
};

inline part make_part(catalogue const& c, std::vector<std::size_t> const& queries, std::vector<float> const& rows,
                      int grades, behaviour const& b, engagement_log const& log) {
  part p;
  p.queries = queries;
  for (std::size_t q : queries) {
    for (std::size_t i = c.offsets[q]; i < c.offsets[q + 1]; ++i) {
      p.items.push_back(i);
      p.rows.insert(p.rows.end(), &rows[i * features], &rows[i * features] + features);
      p.human.push_back(level_of(c.judgments[i].grade, grades));
      auto const rate = [](double hits, double of) {
        return static_cast<float>(of > 0 ? std::min(1.0, hits / of) : 0);
      };
      p.click.push_back(rate(log.clicks[i], log.examined[i]));
      p.click_weight.push_back(static_cast<float>(log.examined[i]));
      p.cart.push_back(rate(log.carts[i], log.clicks[i]));
      p.cart_weight.push_back(static_cast<float>(log.clicks[i]));
      p.purchase.push_back(rate(log.purchases[i], log.carts[i]));
      p.purchase_weight.push_back(static_cast<float>(log.carts[i]));
      p.engagement.push_back(rate(log.carts[i], log.examined[i]));
      p.true_conversion.push_back(b.conversion(i));
      p.true_carts.push_back(b.carts(i));
    }
    p.offsets.push_back(p.items.size());
  }
  for (auto* weights : {&p.click_weight, &p.cart_weight, &p.purchase_weight}) { // mean 1: no head drowns another
    double const sum = std::accumulate(weights->begin(), weights->end(), 0.0);
    for (float& w : *weights) {
      w = sum > 0 ? static_cast<float>(w * static_cast<double>(weights->size()) / sum) : 1;
    }
  }
  // The engagement signal of a list's best item is 1.
  for (std::size_t l = 0; l + 1 < p.offsets.size(); ++l) {
    auto const first = p.engagement.begin() + static_cast<std::ptrdiff_t>(p.offsets[l]);
    auto const last = p.engagement.begin() + static_cast<std::ptrdiff_t>(p.offsets[l + 1]);
    float const best = *std::max_element(first, last);
    std::for_each(first, last, [best](float& e) { e = best > 0 ? e / best : 0; });
  }
  return p;
}

/// Queries in three parts that share none: the labeller's, the training's, the evaluation's. `turn` 0, 1, 2 exchanges
/// the parts' duties, so that three turns evaluate every query once.
struct split {
  std::vector<std::size_t> labeller, training, evaluation;
};
inline split make_split(std::size_t queries, std::uint64_t seed, std::size_t turn) {
  std::vector<std::size_t> order(queries);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [seed](std::size_t a, std::size_t b) {
    return rw::random_bits(seed, a, 77) < rw::random_bits(seed, b, 77);
  });
  auto const at = [&order](std::size_t i) { return order.begin() + static_cast<std::ptrdiff_t>(i); };
  std::array<std::vector<std::size_t>, 3> thirds;
  for (std::size_t k = 0; k < 3; ++k) {
    thirds[k].assign(at(k * queries / 3), at((k + 1) * queries / 3));
  }
  split s{thirds[turn % 3], thirds[(turn + 1) % 3], thirds[(turn + 2) % 3]};
  for (auto* part : {&s.labeller, &s.training, &s.evaluation}) {
    std::sort(part->begin(), part->end());
  }
  return s;
}

/// Stands in for the LLM of the published systems: an ordinal model of the text features, fitted to people's grades.
/// It sees no popularity and no price.
class labeller {
public:
  explicit labeller(part const& p) {
    for (std::size_t k : used) {
      double sum = 0, square = 0, count = 0;
      for (std::size_t i = 0; i < p.items.size(); ++i) {
        double const x = static_cast<double>(p.rows[i * features + k]);
        sum += x;
        square += x * x;
        ++count;
      }
      mean_[k] = sum / count;
      scale_[k] = std::sqrt(std::max(1e-12, square / count - mean_[k] * mean_[k]));
    }
    std::vector<double> x = inputs(p);
    std::vector<int> levels_of = p.human;
    std::vector<double> weights(levels_of.size(), 1.0);
    for (int level = 0; level < levels; ++level) { // half a pair of each: a level that does not occur has a cut-point
      x.insert(x.end(), used.size(), 0.0);
      levels_of.push_back(level);
      weights.push_back(0.5);
    }
    found_ = fit(relevance, rw::row_major(x, used.size()), levels_of, {.item_weights = weights, .ridge = 1});
    if (found_.beta.size() != used.size()) {
      throw bad_data(std::string("the labeller cannot be fitted: ") + rw::head::describe(found_.outcome));
    }
  }

  void label(part& p) const {
    std::vector<double> const x = inputs(p);
    std::vector<double> eta(p.items.size());
    for (std::size_t i = 0; i < eta.size(); ++i) {
      for (std::size_t k = 0; k < used.size(); ++k) {
        eta[i] += found_.beta[k] * x[i * used.size() + k];
      }
    }
    std::vector<double> expected(eta.size());
    p.labelled.resize(eta.size());
    found_.head.decode(eta, expected, rw::decode::expected_grade{});
    found_.head.decode(eta, p.labelled, rw::decode::decision{.beta = 0.5});
    p.content.resize(eta.size());
    for (std::size_t i = 0; i < eta.size(); ++i) {
      p.content[i] = static_cast<float>(expected[i] / (levels - 1));
    }
  }

private:
  static constexpr auto relevance = rw::head::proportional_odds<"relevance", levels>{};
  static constexpr std::array<std::size_t, 13> used{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 15};

  std::vector<double> inputs(part const& p) const {
    std::vector<double> x;
    for (std::size_t i = 0; i < p.items.size(); ++i) {
      for (std::size_t k : used) {
        x.push_back((static_cast<double>(p.rows[i * features + k]) - mean_[k]) / scale_[k]);
      }
    }
    return x;
  }

  std::array<double, features> mean_{}, scale_{};
  rw::head::fitted<rw::head::proportional_odds<"relevance", levels>> found_;
};

/// What a ranking is worth, query by query.
struct outcome {
  std::vector<std::size_t> queries;
  std::vector<double> relevance;  // NDCG@10 by people's grades
  std::vector<double> conversion; // NDCG@10 by the simulated visitor's probability to buy
  std::vector<double> carts;      // ATC@40: expected cart additions per visit among the first 40

  static double mean(std::vector<double> const& v) {
    return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(std::max<std::size_t>(1, v.size()));
  }
};

/// Several outcomes, in which a query may occur more than once: a test needs one number for each.
class tally {
public:
  void add(outcome const& o) {
    for (std::size_t k = 0; k < o.queries.size(); ++k) {
      auto& [relevance, conversion, carts, count] = of_[o.queries[k]];
      relevance += o.relevance[k];
      conversion += o.conversion[k];
      carts += o.carts[k];
      count += 1;
    }
  }
  /// The mean of every query.
  outcome means() const {
    outcome o;
    for (auto const& [query, sums] : of_) {
      auto const& [relevance, conversion, carts, count] = sums;
      o.queries.push_back(query);
      o.relevance.push_back(relevance / count);
      o.conversion.push_back(conversion / count);
      o.carts.push_back(carts / count);
    }
    return o;
  }

private:
  std::map<std::size_t, std::array<double, 4>> of_;
};

inline outcome evaluate(part const& p, std::vector<float> const& scores, rw::simulate::position_based const& visitor) {
  auto const lists = p.lists();
  outcome o;
  o.queries = p.queries;
  o.relevance.resize(lists.size());
  o.conversion.resize(lists.size());
  rw::metric::ndcg<10>{}(scores, p.human, lists, {.per_list = o.relevance});
  rw::metric::ndcg<10, rw::gain::linear>{}(scores, p.true_conversion, lists, {.per_list = o.conversion});
  auto const page = rw::top_k<40>(scores, lists);
  for (std::size_t l = 0; l < lists.size(); ++l) {
    double carts = 0;
    std::size_t rank = 0;
    for (std::size_t item : page[l]) {
      carts += visitor.examination(rank++) * p.true_carts[item];
    }
    o.carts.push_back(carts);
  }
  return o;
}

inline rw::xgboost::train_options tree_options(std::size_t rounds, std::uint64_t seed) {
  return {.rounds = rounds,
          .learning_rate = 0.08,
          .seed = seed,
          .threads = 1, // the data is small: threads would wait for each other
          .parameters = {{"max_depth", "4"},
                         {"min_child_weight", "2"},
                         {"subsample", "0.8"},
                         {"colsample_bytree", "0.8"},
                         {"lambda", "2"},
                         {"tree_method", "hist"}}};
}

} // namespace product_search

#endif
