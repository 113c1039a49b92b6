#ifndef PRODUCT_SEARCH_PAGE_HPP
#define PRODUCT_SEARCH_PAGE_HPP

#include "live.hpp"
#include "report.hpp"
#include "significance.hpp"
#include "turns.hpp"

#include <rankwise/stat/multiple.hpp>
#include <rankwise/value/explain.hpp>
#include <rankwise/value/print.hpp>

#include <algorithm>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

// What came out: tables, one sentence, and the page.
namespace product_search {

inline std::string chance(double p) {
  return p < 0.0001 ? "< 0.0001" : number(p, 4);
}

inline std::string equals(double p) {
  return p < 0.0001 ? chance(p) : "= " + chance(p);
}

inline std::string against(comparison const& c) {
  return (c.difference >= 0 ? "+" : "") + number(c.difference) + " [" + number(c.low) + ", " + number(c.high) + "]";
}

/// The figures that are printed, saved and shown.
struct summary {
  table rankers, heads, grid, online, trunks, weights;
  std::size_t compared;  ///< rankers that have a p-value in their table
  outcome before, after; ///< engagement only; with the relevance head under the floor
  std::string chosen;    ///< the relevance weight of each turn
  std::string verdict;
};

/// A ranker against engagement only.
struct contender {
  std::string name;
  outcome worth;
  comparison relevance, conversion;
  double adjusted = 1; ///< the p-value of relevance, by Holm's method for all contenders
};

inline std::vector<contender> contenders(findings& f) {
  outcome const base = f.rankers[engagement_only].means();
  std::vector<contender> all;
  std::vector<double> p;
  for (auto const& [name, sums] : f.rankers) {
    if (name != engagement_only) {
      outcome const o = sums.means();
      all.push_back({name, o, compare(o.relevance, base.relevance), compare(o.conversion, base.conversion)});
      p.push_back(all.back().relevance.p);
    }
  }
  rw::stat::holm(p, p);
  for (std::size_t k = 0; k < all.size(); ++k) {
    all[k].adjusted = p[k];
  }
  return all;
}

inline table table_of_rankers(outcome const& base, std::vector<contender> const& all) {
  table t({"ranker", "relevance NDCG@10", "its change [95 %]", "p", "p (Holm)", "conversion NDCG@10", "change [95 %]",
           "ATC@40"});
  auto const add = [&t](std::string const& name, outcome const& o, std::string const& relevance, std::string const& p,
                        std::string const& adjusted, std::string const& conversion) {
    t.add({name, number(outcome::mean(o.relevance)), relevance, p, adjusted, number(outcome::mean(o.conversion)),
           conversion, number(outcome::mean(o.carts), 3)});
  };
  add(engagement_only, base, "", "", "", "");
  for (contender const& c : all) {
    add(c.name, c.worth, against(c.relevance), chance(c.relevance.p), chance(c.adjusted), against(c.conversion));
  }
  return t;
}

inline table table_of_heads(findings const& f) {
  table t({"relevance head", "weight", "relevance NDCG@10", "conversion NDCG@10", "ATC@40"});
  for (auto const& [name, curve] : f.curves) {
    for (std::size_t k = 0; k < curve.size(); ++k) {
      outcome const o = curve[k].means();
      t.add({name, number(f.weights[k], 2), number(outcome::mean(o.relevance)), number(outcome::mean(o.conversion)),
             number(outcome::mean(o.carts), 3)});
    }
  }
  return t;
}

inline table table_of_polarisations(findings const& f) {
  table t({"steepness", "centre", "relevance NDCG@10", "ATC@40"});
  for (std::size_t a = 0; a < f.steepness.size(); ++a) {
    for (std::size_t b = 0; b < f.centres.size(); ++b) {
      outcome const o = f.grid[a][b].means();
      t.add({number(f.steepness[a], 0), number(f.centres[b], 1), number(outcome::mean(o.relevance)),
             number(outcome::mean(o.carts), 3)});
    }
  }
  return t;
}

inline table table_of_trunks(findings& f) {
  table t({"ordinal head under the floor", "relevance NDCG@10", "p", "conversion NDCG@10", "p of that"});
  for (char const* const name : {"linear trunk, engagement floor", "perceptron, 32 hidden, engagement floor"}) {
    outcome const o = f.rankers[name].means();
    auto const r = compare(o.relevance, f.rankers[under_the_floor].means().relevance);
    auto const e = compare(o.conversion, f.rankers[under_the_floor].means().conversion);
    t.add({std::string(name) + " - trees", against(r), chance(r.p), against(e), chance(e.p)});
  }
  return t;
}

/// The weights of the serving time that each turn has chosen.
inline table table_of_weights(findings const& f) {
  table t({"turn", "relevance alone", "all: relevance", "all: click", "all: cart", "all: purchase"});
  for (std::size_t k = 0; k < f.chosen.size(); ++k) {
    weights const& w = f.all_tuned[k];
    t.add({"split " + std::to_string(k / 3 + 1) + ", turn " + std::to_string(k % 3 + 1), number(f.chosen[k], 2),
           number(w.get<"relevance">(), 2), number(w.get<"click">(), 2), number(w.get<"cart">(), 2),
           number(w.get<"purchase">(), 2)});
  }
  return t;
}

/// What a ranker is worth beside engagement only, in words. A lift counts as one of many that were looked for; a cost
/// need only be significant by itself.
inline std::string verdict_on(contender const& c, std::size_t compared, bool no_weight) {
  comparison const& lift = c.relevance;
  comparison const& cost = c.conversion;
  std::string verdict = "Relevance NDCG@10 " + against(lift) + " (p " + equals(lift.p) + ", paired t-test over " +
                        std::to_string(c.worth.queries.size()) + " queries; p " + equals(c.adjusted) +
                        " by Holm's method for the " + std::to_string(compared) + " rankers compared): " +
                        (c.adjusted >= 0.05    ? "within noise"
                         : lift.difference > 0 ? "a significant lift"
                                               : "a significant loss") +
                        ". Conversion NDCG@10 " + against(cost) + " (p " + equals(cost.p) + "): " +
                        (cost.p >= 0.05        ? "no significant change"
                         : cost.difference > 0 ? "significantly higher"
                                               : "significantly lower") +
                        ".";
  if (no_weight) {
    verdict +=
        " No relevance weight above 0 was found that raises relevance and keeps the engagement floor on the queries "
        "that the weights were chosen on: both rankers are the same.";
  }
  return verdict;
}

inline summary summarise(world const& w, findings& f, live_pages const& live) {
  outcome const base = f.rankers[engagement_only].means();
  std::vector<contender> const all = contenders(f);
  auto const shown = std::find_if(all.begin(), all.end(), [](auto const& c) { return c.name == under_the_floor; });
  summary s{table_of_rankers(base, all),
            table_of_heads(f),
            table_of_polarisations(f),
            live.table(w.behave, w.visitor, w.s.seed),
            table_of_trunks(f),
            table_of_weights(f),
            all.size(),
            base,
            shown->worth,
            {},
            {}};
  bool no_weight = true;
  for (double x : f.chosen) {
    s.chosen += (s.chosen.empty() ? "" : ", ") + number(x, 2);
    no_weight = no_weight && x == 0;
  }
  s.verdict = verdict_on(*shown, all.size(), no_weight);
  return s;
}

inline std::vector<point> reliability(std::vector<std::pair<double, double>> pairs) {
  std::sort(pairs.begin(), pairs.end());
  constexpr std::size_t bins = 10;
  std::vector<point> points;
  for (std::size_t b = 0; b < bins; ++b) {
    std::size_t const first = b * pairs.size() / bins;
    std::size_t const last = (b + 1) * pairs.size() / bins;
    double x = 0, y = 0;
    for (std::size_t i = first; i < last; ++i) {
      x += pairs[i].first;
      y += pairs[i].second;
    }
    if (last > first) {
      auto const n = static_cast<double>(last - first);
      points.push_back({x / n, y / n, std::to_string(last - first) + " pairs"});
    }
  }
  return points;
}

/// A results page as a list with a bar per item: what the terms of the value model give.
inline std::string results_page(char const* title, world const& w, part const& p, std::size_t list, auto const& ranker,
                                std::vector<float> const& logits, double relevance_weight) {
  std::size_t const first = p.offsets[list];
  std::size_t const size = p.offsets[list + 1] - first;
  auto shown = ranker.weights();
  shown.template set<"relevance">(relevance_weight);
  auto const all = rw::row_major(logits, ranker.columns);
  std::vector<float> const scores = score(ranker, logits, relevance_weight);
  auto const page = rw::top_k<8>(std::span(scores).subspan(first, size), rw::lists<std::size_t>::single(size));
  std::string s = std::string("<div><h3>") + title + "</h3><ol>\n";
  double widest = 1e-9;
  for (std::size_t k : page[0]) {
    widest = std::max(widest, static_cast<double>(scores[first + k]));
  }
  for (std::size_t k : page[0]) {
    std::size_t const i = first + k;
    rw::explanation const why = ranker.explain(all, i, shown);
    auto const& product = w.c.products[w.c.judgments[p.items[i]].product];
    s += "<li>" + escaped(shortened(product.title, 90)) + "<br><span class=\"soft\">people's level " +
         std::to_string(p.human[i]) + " &middot; score " + number(why.score, 3);
    std::string bar = "<div class=\"bar\">";
    for (std::size_t t = 0; t < why.terms.size(); ++t) {
      s += (t == 0 ? " = " : " + ") + number(why.terms[t].value, 3);
      bar += "<i class=\"c" + std::to_string(t % 4) +
             "\" style=\"width:" + number(100 * std::max(0.0, why.terms[t].value) / widest, 1) + "%\"></i>";
    }
    s += "</span>" + bar + "</div></li>\n";
  }
  return s + "</ol></div>\n";
}

inline std::string introduction(world const& w, findings const& f, summary const& found) {
  std::size_t const splits = f.chosen.size() / 3;
  settings const& s = w.s;
  catalogue const& c = w.c;
  std::string html =
      "<h1>Product search: relevance and engagement</h1>\n<p><span class=\"badge\">engagement is simulated</span></p>"
      "<p>" +
      escaped(found.verdict) + "</p>\n<p class=\"soft\">" + std::to_string(c.queries.size()) + " queries, " +
      std::to_string(c.judgments.size()) + " judged pairs; " + std::to_string(splits) +
      (splits == 1 ? " split" : " splits") +
      " of the queries into thirds, each evaluated in one of three turns, by two models for which the other two "
      "thirds (labeller and tuning, training) change places; seed " +
      std::to_string(s.seed) + "; clicks by the " + (s.cascade ? "cascade" : "position-based") + " model.</p>\n";
  html +=
      "<h2>Who says what</h2><ul><li><b>Published</b>: the ordinal relevance head beside engagement heads, and the "
      "linear value model whose weights are turned at serving time (arXiv 2605.27704); sigmoid polarisation of "
      "content labels (arXiv 2409.17460); floors instead of task weights (arXiv 2412.12092).</li><li><b>Ours</b>: the "
      "mixing of labels, the trees, the features, the "
      "constrained choice of the weight on queries that are not evaluated.</li><li><b>Stand-ins</b>: an ordinal model "
      "of text features, fitted to people's grades of other queries, instead of an LLM labeller; the cosine of "
      "three-letter pieces instead of a cross-encoder column.</li><li><b>Simulated</b>: every visit, click, cart and "
      "purchase, from the parameters in simulation.tsv.</li></ul>\n";
  return html;
}

inline std::string trade_off(findings const& f) {
  std::string html = "<h2>The trade-off</h2><div class=\"plots\">";
  plot conversion("Relevance against conversion, as the relevance weight grows", "relevance NDCG@10",
                  "conversion NDCG@10 (simulated)");
  plot carts("Relevance against carts", "relevance NDCG@10", "ATC@40 (simulated)");
  for (auto const& [name, curve] : f.curves) {
    series by_conversion{name, {}, true}, by_carts{name, {}, true};
    for (std::size_t k = 0; k < curve.size(); ++k) {
      std::string const note = "weight " + number(f.weights[k], 2);
      outcome const o = curve[k].means();
      double const x = outcome::mean(o.relevance);
      by_conversion.points.push_back({x, outcome::mean(o.conversion), note});
      by_carts.points.push_back({x, outcome::mean(o.carts), note});
    }
    conversion.add(by_conversion);
    carts.add(by_carts);
  }
  html += conversion.svg() + carts.svg() + "</div>\n";
  html += "<p>A relevance head that is trained but has no weight in the score (\"auxiliary only\") changes nothing for "
          "trees, since those of different outputs share no parameters: it is the point of weight 0. A trunk is "
          "shared: its "
          "engagement-only row below was shaped by the relevance head, the row without a relevance head was not.</p>\n";
  return html;
}

inline std::string about_labels(findings const& f) {
  std::string html = "<h2>Labels</h2><p>The labeller against people on the training queries: accuracy " +
                     number(f.labels.accuracy(), 3) + ", within one level " + number(f.labels.within(1), 3) +
                     ", quadratic kappa " + number(f.labels.kappa(), 3) + ".</p><div class=\"plots\">";
  auto const shares = [](std::vector<double> mix) {
    double const sum = std::accumulate(mix.begin(), mix.end(), 0.0);
    for (double& x : mix) {
      x /= sum > 0 ? sum : 1;
    }
    return mix;
  };
  html += bars("Levels of the training pairs", {"irrelevant", "moderately", "highly"},
               {{"people", shares(f.human_mix)}, {"labeller", shares(f.labelled_mix)}});
  html += bars("Labels of the single-score ranker", {"0", "1", "2", "3", "4"},
               {{"content + engagement", shares(f.raw_mix)}, {"polarised + engagement", shares(f.polarised_mix)}});
  return html + "</div>\n";
}

inline std::string about_probabilities(findings const& f) {
  std::string html = "<h2>Are the probabilities what they say?</h2><div class=\"plots\">";
  html += plot("Relevance head against people's grades", "predicted", "observed share")
              .square(0, 1)
              .diagonal()
              .add({"at least moderately relevant", reliability(f.moderately), true})
              .add({"highly relevant", reliability(f.highly), true})
              .svg();
  html += plot("Click head against the simulated visitor", "predicted", "true (simulated)")
              .diagonal()
              .add({"click", reliability(f.clicks), true})
              .svg();
  html += "</div>\n<p>The relevance head repeats the labeller: where that is surer than people would be, so is the "
          "head.</p>\n";
  return html;
}

inline std::string query_by_query(summary const& found) {
  std::string html =
      "<h2>Query by query</h2><p>The ordinal head under the engagement floor against engagement only; one "
      "point per evaluation query.</p><div class=\"plots\">";
  series wins{"queries", {}, false};
  for (std::size_t q = 0; q < found.after.relevance.size(); ++q) {
    wins.points.push_back({found.after.relevance[q] - found.before.relevance[q],
                           found.after.conversion[q] - found.before.conversion[q], ""});
  }
  html += plot("Wins and losses", "change of relevance NDCG@10", "change of conversion NDCG@10").add(wins).svg();
  return html + "</div>\n";
}

/// Of the evaluation query of the last turn that gains most by its second model.
inline std::string one_results_page(world const& w, turn const& last, findings const& f) {
  part const& shown_part = last.sides[1].evaluation;
  auto const ranker = make_ranker(last.model[1]->relevance());
  std::vector<float> const z = last.model[1]->logits(shown_part);
  double const chosen = f.chosen.back();
  double const weight = chosen > 0 ? chosen : 0.3; // a page is to be shown in any case
  std::size_t const lists = shown_part.queries.size();
  std::size_t shown = 0;
  double gain = -1;
  auto const before = evaluate(shown_part, score(ranker, z, 0), w.visitor);
  auto const after = evaluate(shown_part, score(ranker, z, weight), w.visitor);
  for (std::size_t l = 0; l < lists; ++l) {
    if (after.relevance[l] - before.relevance[l] > gain) {
      gain = after.relevance[l] - before.relevance[l];
      shown = l;
    }
  }
  return "<h2>One results page: &ldquo;" + escaped(w.c.queries[shown_part.queries[shown]].text) +
         "&rdquo;</h2><p>Of the " + std::to_string(lists) + " queries that the last of " +
         std::to_string(f.chosen.size()) +
         " turns evaluates, the one that gains most by the second of the turn's two "
         "models: relevance NDCG@10 " +
         number(before.relevance[shown]) + " with relevance weight 0, " + number(after.relevance[shown]) + " with " +
         number(weight, 2) + (chosen > 0 ? "" : " (the turn chose 0; this one shows what the head would do)") +
         ". The bar shows what the terms of the value model give: <span class=\"c0\">relevance</span>, <span "
         "class=\"c1\">click</span>, <span class=\"c2\">cart</span>, <span class=\"c3\">purchase</span>.</p>"
         "<div class=\"results\">" +
         results_page("Engagement only", w, shown_part, shown, ranker, z, 0) +
         results_page("With the relevance head", w, shown_part, shown, ranker, z, weight) + "</div>\n</body></html>\n";
}

inline std::string about_rankers(summary const& found) {
  return "<h2>Rankers</h2><p>Changes are against the engagement-only ranker, with 95 % intervals of paired differences "
         "over queries. p is that of the change of relevance by itself; p (Holm) is adjusted for the " +
         std::to_string(found.compared) + " rankers that are compared. The intervals are not adjusted.</p>" +
         found.rankers.html();
}

inline std::string about_trunks(summary const& found) {
  return "<h2>Trees, or a trunk</h2><p>The same heads, labels and splits over a linear model and a perceptron that the "
         "library trains itself (Adam, batches of whole lists, early stopping by the loss on the tuning queries), each "
         "with a relevance weight of its own under its own engagement floor; differences to the trees. p is that of "
         "each test by itself.</p>" +
         found.trunks.html();
}

inline std::string about_experiments(findings const& f, summary const& found) {
  return "<h2>Simulated experiments</h2><p>Visitors to the evaluated queries see the engagement-only page, or the one "
         "under the engagement floor (split test: Welch's test over visits), or a page that both have drafted in turns "
         "(interleaving: Student's test over queries). Both are by the second model of each turn" +
         std::string(f.chosen.size() > 3 ? " of the first split" : "") +
         "; p is that of each test by itself. All of the visitors are drawn by the position-based model.</p>" +
         found.online.html();
}

inline std::string about_weights(summary const& found, turn const& last) {
  return "<h2>The value model</h2><p><code>score = " + escaped(to_text(make_ranker(last.model[1]->relevance()))) +
         "</code></p><p>The names without brackets are weights of the serving time: click 1, cart 2, purchase 4, and a "
         "relevance weight that each turn chooses; in the row &ldquo;the same, all weights tuned&rdquo; it chooses all "
         "four. They are the best for relevance that keep the engagement-only ranker's conversion NDCG on queries that "
         "are not evaluated, found by Lagrangian multipliers (arXiv 2412.12092), not from the weights of the curve. "
         "Conversion is the simulated visitor's own probability, there too.</p>" +
         found.weights.html();
}

inline std::string about_steepness(findings const& f, summary const& found) {
  return "<h2>Steepness and centre of the polarisation</h2><p>The ranker &ldquo;lambda NDCG@10, polarised + "
         "engagement&rdquo; by the steepness and centre of its labels, in the first turn of each split and by the "
         "first "
         "of its two models alone: on " +
         std::to_string(f.grid[0][0].means().queries.size()) + " of the " + std::to_string(found.after.queries.size()) +
         " queries, so that these figures do not compare with those above.</p>" + found.grid.html();
}

/// The whole page; the last turn has the value model and the results that are shown.
inline std::string make_page(world const& w, findings const& f, summary const& found, turn const& last) {
  std::string html = page_head + introduction(w, f, found) + trade_off(f) + about_rankers(found);
  html += about_trunks(found) + about_experiments(f, found) + about_weights(found, last);
  html += about_labels(f) + about_probabilities(f) + query_by_query(found) + about_steepness(f, found);
  return html + one_results_page(w, last, f);
}

} // namespace product_search

#endif
