#ifndef PRODUCT_SEARCH_TURNS_HPP
#define PRODUCT_SEARCH_TURNS_HPP

#include "rankers.hpp"
#include "settings.hpp"

#include <rankwise/train/sweep.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// Every query is evaluated once: three turns exchange the duties of the parts, and each trains all rankers.
namespace product_search {

/// What was found by name, in the order in which it was found first.
template <class T>
class named {
public:
  T& operator[](std::string const& name) {
    for (auto& entry : entries_) {
      if (entry.first == name) {
        return entry.second;
      }
    }
    return entries_.emplace_back(name, T{}).second;
  }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

private:
  std::deque<std::pair<std::string, T>> entries_; // references stay
};

struct findings {
  std::vector<double> weights{0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2.5, 5, 10};
  named<std::vector<tally>> curves; // by head: one per weight
  named<tally> rankers;
  std::vector<double> chosen;                     // relevance weight per turn
  std::vector<product_search::weights> all_tuned; // the same, where all weights move
  std::vector<double> steepness{1, 6, 20}, centres{0.5, 0.6, 0.7};
  std::vector<std::vector<tally>> grid; // steepness x centre
  rw::label::agreement labels{levels};
  std::vector<double> human_mix = std::vector<double>(levels), labelled_mix = human_mix;
  std::vector<double> polarised_mix = std::vector<double>(5), raw_mix = polarised_mix;
  // Reliability: predicted against what people or the simulated visitor say.
  std::vector<std::pair<double, double>> moderately, highly, clicks;
};

struct world {
  settings const& s;
  catalogue const& c;
  std::vector<float> const& rows;
  behaviour const& behave;
  rw::simulate::position_based visitor;
};

/// Three parts of the data, all labelled.
struct parts {
  part tuning, training, evaluation;

  parts(world const& w, split const& split, engagement_log const& log)
      : tuning(make_part(w.c, split.labeller, w.rows, w.s.grades.size(), w.behave, log)),
        training(make_part(w.c, split.training, w.rows, w.s.grades.size(), w.behave, log)),
        evaluation(make_part(w.c, split.evaluation, w.rows, w.s.grades.size(), w.behave, log)) {
    labeller const labels(tuning);
    for (part* p : {&tuning, &training, &evaluation}) {
      labels.label(*p);
    }
  }
};

inline engagement_log visits(world const& w, parameters const& p, std::uint64_t seed) {
  return w.s.cascade ? simulate(w.c, w.rows, w.behave, rw::simulate::cascade{}, p, seed)
                     : simulate(w.c, w.rows, w.behave, w.visitor, p, seed);
}

/// What a model is worth at every relevance weight.
template <class Model>
std::vector<outcome> sweep(Model const& model, part const& p, world const& w, std::vector<double> const& values) {
  auto const ranker = make_ranker(model.relevance());
  std::vector<float> const z = model.logits(p);
  std::vector<outcome> outcomes;
  rw::train::sweep<"relevance">(ranker, rw::row_major(z, ranker.columns), ranker.weights(), values,
                                [&](double, auto const& scores) {
                                  outcomes.push_back(evaluate(p, {scores.begin(), scores.end()}, w.visitor));
                                });
  return outcomes;
}

using ordinal_head = rw::head::proportional_odds<"relevance", levels>;
constexpr auto ordinal = ordinal_head{.cuts = rw::head::cuts<levels - 1>::at(-0.5, 0.5)};

/// One turn: two thirds of the queries are the labeller's and the training's by turns, so that the weights are tuned on
/// both; the last third is evaluated.
struct turn {
  using trees = multi_head<ordinal_head>;

  parts sides[2];
  std::unique_ptr<trees> model[2];
  weights chosen; // the best relevance that keeps the engagement of relevance weight 0
  weights all;    // the same if all weights move

  turn(world const& w, split const& split, engagement_log const& log, std::uint64_t seed)
      : sides{{w, split, log}, {w, {split.training, split.labeller, split.evaluation}, log}} {
    tuning_queries tuning;
    for (int side = 0; side < 2; ++side) {
      model[side] = std::make_unique<trees>(ordinal, sides[side].training, tree_options(w.s.rounds, seed));
      tuning.add(*model[side], sides[side].tuning);
    }
    chosen = tuning.choose(false);
    all = tuning.choose(true);
  }
};

/// The same heads over a trunk of the library's, with its own weights under the same rule.
inline void run_trunks(world const& w, turn const& t, findings& f, std::uint64_t seed) {
  struct kind {
    char const* name;
    std::vector<std::size_t> hidden;
  };
  for (kind const& k : {kind{"linear trunk", {}}, kind{"perceptron, 32 hidden", {32}}}) {
    using model = network<ordinal_head>;
    std::vector<model> both;
    tuning_queries tuning;
    for (parts const& p : t.sides) {
      both.emplace_back(ordinal, p.training, p.tuning, k.hidden, seed);
      tuning.add(both.back(), p.tuning);
    }
    weights const chosen = tuning.choose(false);
    for (int side = 0; side < 2; ++side) {
      part const& evaluation = t.sides[side].evaluation;
      auto const curve = sweep(both[static_cast<std::size_t>(side)], evaluation, w, f.weights);
      auto& all = f.curves[k.name];
      all.resize(curve.size());
      for (std::size_t n = 0; n < curve.size(); ++n) {
        all[n].add(curve[n]);
      }
      auto const ranker = make_ranker(both[static_cast<std::size_t>(side)].relevance());
      auto const z = both[static_cast<std::size_t>(side)].logits(evaluation);
      f.rankers[std::string(k.name) + ", engagement only"].add(curve[0]);
      f.rankers[std::string(k.name) + ", engagement floor"].add(
          evaluate(evaluation, score(ranker, z, chosen), w.visitor));
      if (!k.hidden.empty()) { // a trunk that the relevance head has not shaped, by the same seed
        model const apart(ordinal, t.sides[side].training, t.sides[side].tuning, k.hidden, seed, 0);
        f.rankers["perceptron, no relevance head"].add(
            evaluate(evaluation, score(make_ranker(apart.relevance()), apart.logits(evaluation), 0), w.visitor));
      }
    }
  }
}

/// Labels of one number per item: content score and engagement, the content polarised or not.
inline std::vector<int> mixed_labels(part const& p, double content_share, double steepness, double centre) {
  std::vector<float> content = p.content;
  if (steepness > 0) {
    rw::apply(rw::label::polarise_normalised{.steepness = steepness, .centre = centre}, p.content, content);
  }
  std::vector<int> labels(content.size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    double const mix =
        content_share * static_cast<double>(content[i]) + (1 - content_share) * static_cast<double>(p.engagement[i]);
    labels[i] = static_cast<int>(std::lround(4 * std::clamp(mix, 0.0, 1.0)));
  }
  return labels;
}

inline void count(std::vector<double>& mix, std::vector<int> const& labels) {
  for (int y : labels) {
    ++mix[static_cast<std::size_t>(y)];
  }
}

constexpr auto list_loss = rw::loss::lambda<rw::metric::ndcg<10>>{};

constexpr char const* engagement_only = "engagement only (weight 0)";
constexpr char const* under_the_floor = "ordinal head, engagement floor";

/// Every ranker of the report, on one side of a turn.
inline void run_side(world const& w, turn const& t, int side, findings& f, std::uint64_t seed, bool with_grid) {
  parts const& p = t.sides[side];
  turn::trees const& trained = *t.model[side];
  f.labels.add(p.training.labelled, p.training.human);
  count(f.human_mix, p.training.human);
  count(f.labelled_mix, p.training.labelled);

  auto const add_curve = [&f](char const* name, std::vector<outcome> const& outcomes) {
    auto& curve = f.curves[name];
    curve.resize(outcomes.size());
    for (std::size_t k = 0; k < outcomes.size(); ++k) {
      curve[k].add(outcomes[k]);
    }
  };
  auto const opts = tree_options(w.s.rounds, seed);
  auto const other_head = [&](char const* name, auto const& head) {
    add_curve(name, sweep(multi_head<std::remove_cvref_t<decltype(head)>>(head, p.training, opts), p.evaluation, w,
                          f.weights));
  };
  add_curve("trees, ordinal head", sweep(trained, p.evaluation, w, f.weights));
  other_head("trees, softmax head", rw::head::softmax<"relevance", levels>{});
  other_head("trees, regression head", rw::head::regression<"relevance">{});

  auto const evaluated = [&](std::vector<float> const& scores) { return evaluate(p.evaluation, scores, w.visitor); };
  auto const ranker = make_ranker(trained.relevance());
  std::vector<float> const z = trained.logits(p.evaluation);
  f.rankers[engagement_only].add(evaluated(score(ranker, z, 0)));
  f.rankers[under_the_floor].add(evaluated(score(ranker, z, t.chosen)));
  f.rankers["the same, all weights tuned"].add(evaluated(score(ranker, z, t.all)));

  // Without the column that stands in for a cross-encoder.
  parts blind = p;
  for (part* part : {&blind.training, &blind.evaluation}) {
    for (std::size_t i = 0; i < part->items.size(); ++i) {
      part->rows[i * features + semantic_feature] = 0;
    }
  }
  turn::trees const without(ordinal, blind.training, opts);
  f.rankers["ordinal head without the semantic column"].add(
      evaluated(score(make_ranker(without.relevance()), without.logits(blind.evaluation), t.chosen)));

  // One score, one label.
  auto const by_lambda = [&](std::vector<int> const& labels) {
    return evaluated(single_score(list_loss, p.training, labels, p.evaluation, opts));
  };
  f.rankers["lambda NDCG@10, engagement labels"].add(by_lambda(mixed_labels(p.training, 0, 0, 0)));
  auto const raw = mixed_labels(p.training, 0.5, 0, 0);
  auto const polarised = mixed_labels(p.training, 0.5, 10, 0.6);
  count(f.raw_mix, raw);
  count(f.polarised_mix, polarised);
  f.rankers["lambda NDCG@10, raw content labels"].add(by_lambda(mixed_labels(p.training, 1, 0, 0)));
  f.rankers["lambda NDCG@10, content + engagement"].add(by_lambda(raw));
  f.rankers["lambda NDCG@10, polarised + engagement"].add(by_lambda(polarised));
  f.rankers["XGBoost rank:ndcg, polarised + engagement"].add(
      evaluated(builtin_score(p.training, polarised, p.evaluation, opts)));

  f.grid.resize(f.steepness.size(), std::vector<tally>(f.centres.size()));
  std::size_t cell = 0;
  for (std::size_t a = 0; with_grid && a < f.steepness.size(); ++a) {
    for (std::size_t b = 0; b < f.centres.size(); ++b) {
      f.grid[a][b].add(by_lambda(mixed_labels(p.training, 0.5, f.steepness[a], f.centres[b])));
      w.c.progress("steepness and centre", ++cell, f.steepness.size() * f.centres.size());
    }
  }

  // Are the heads' probabilities what they say?
  ordinal_head const& relevance = trained.relevance();
  auto const all = rw::row_major(z, ranker.columns);
  for (std::size_t i = 0; i < p.evaluation.items.size(); ++i) {
    auto const logit = [&](int) { return static_cast<double>(all(i, 0)); };
    f.moderately.emplace_back(relevance.at_least(logit, 1), p.evaluation.human[i] >= 1 ? 1 : 0);
    f.highly.emplace_back(relevance.at_least(logit, 2), p.evaluation.human[i] >= 2 ? 1 : 0);
    f.clicks.emplace_back(rw::math::sigmoid(static_cast<double>(all(i, 1))), w.behave.click[p.evaluation.items[i]]);
  }
}

} // namespace product_search

#endif
