// Product search from raw data to a ranked page: what an ordinal relevance head in a value model does for relevance and
// engagement, on real products and people's grades, with trees of XGBoost's. Engagement is simulated.
#include "live.hpp"
#include "rankers.hpp"
#include "report.hpp"
#include "significance.hpp"

#include <rankwise/train/sweep.hpp>
#include <rankwise/value/explain.hpp>
#include <rankwise/value/print.hpp>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace ps = product_search;
namespace rw = rankwise;

namespace {

struct settings {
  std::string products = PRODUCT_SEARCH_DATA "/data/products.tsv";
  std::string judgments = PRODUCT_SEARCH_DATA "/data/judgments.tsv";
  std::string simulation = PRODUCT_SEARCH_DATA "/simulation.tsv";
  std::string out = "product_search_report";
  int grades = 4;
  bool full = false;
  bool cascade = false;
  std::uint64_t seed = 1;
  std::size_t rounds = 80;
};

constexpr char const* usage = R"(product_search: trains and evaluates a product-search ranker and writes a report

  --products FILE    tab-separated, with columns docid and title, and as they are there: brand, color, bullets,
                     price, rating, rating_count
  --judgments FILE   tab-separated, with columns qid, query, docid and grade
  --grades N         grades are 0 .. N-1, the best one last (4)
  --simulation FILE  parameters of the simulated visitors
  --clicks MODEL     position (as the report says) or cascade
  --out FOLDER       where report.html and the tables go (product_search_report)
  --seed N           of the simulation, the splits and the trees (1)
  --full             five splits, the whole grid, twenty seeds: a few minutes
)";

settings read(int count, char** arguments) {
  settings s;
  auto const need_number = [](char const* option, char const* text) {
    char* end = nullptr;
    errno = 0;
    long const n = std::strtol(text, &end, 10);
    if (end == text || *end != '\0' || n < 0 || errno == ERANGE) {
      throw ps::bad_data(std::string(option) + ": \"" + text + "\" is no whole number");
    }
    return n;
  };
  for (int i = 1; i < count; ++i) {
    std::string const option = arguments[i];
    if (option == "--help" || option == "-h") {
      std::fputs(usage, stdout);
      std::exit(0);
    }
    if (option == "--full") {
      s.full = true;
      continue;
    }
    if (i + 1 == count) {
      throw ps::bad_data(option + ": unknown, or its value is missing; --help lists the options");
    }
    char const* const value = arguments[++i];
    if (option == "--products") {
      s.products = value;
    } else if (option == "--judgments") {
      s.judgments = value;
    } else if (option == "--simulation") {
      s.simulation = value;
    } else if (option == "--out") {
      s.out = value;
    } else if (option == "--grades") {
      long const grades = need_number("--grades", value);
      if (grades < 2 || grades > 1000) {
        throw ps::bad_data("--grades: from 2 to 1000");
      }
      s.grades = static_cast<int>(grades);
    } else if (option == "--seed") {
      s.seed = static_cast<std::uint64_t>(need_number("--seed", value));
    } else if (option == "--clicks" && (std::strcmp(value, "position") == 0 || std::strcmp(value, "cascade") == 0)) {
      s.cascade = std::strcmp(value, "cascade") == 0;
    } else {
      throw ps::bad_data(option + " " + value + ": unknown; --help lists the options");
    }
  }
  return s;
}

void show_progress(char const* what, std::size_t done, std::size_t all) {
  static auto last = std::chrono::steady_clock::time_point{};
  auto const now = std::chrono::steady_clock::now();
  if (done != all && now - last < std::chrono::milliseconds(100)) {
    return;
  }
  last = now;
  std::size_t const filled = all == 0 ? 30 : 30 * done / all;
  std::fprintf(stderr, "\r%-24s [%.*s%.*s] %zu/%zu%s", what, static_cast<int>(filled), "##############################",
               static_cast<int>(30 - filled), "..............................", done, all, done == all ? "\n" : "");
}

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
  named<std::vector<ps::tally>> curves; // by head: one per weight
  named<ps::tally> rankers;
  std::vector<double> chosen; // relevance weight per training
  std::vector<double> steepness{1, 6, 20}, centres{0.5, 0.6, 0.7};
  std::vector<std::vector<ps::tally>> grid; // steepness x centre
  rw::label::agreement labels{ps::levels};
  std::vector<double> human_mix = std::vector<double>(ps::levels), labelled_mix = human_mix;
  std::vector<double> polarised_mix = std::vector<double>(5), raw_mix = polarised_mix;
  // Reliability: predicted against what people or the simulated visitor say.
  std::vector<std::pair<double, double>> moderately, highly, clicks;
};

struct world {
  settings const& s;
  ps::catalogue const& c;
  std::vector<float> const& rows;
  ps::behaviour const& behave;
  rw::simulate::position_based visitor;
};

/// Three parts of the data, all labelled.
struct parts {
  ps::part tuning, training, evaluation;

  parts(world const& w, ps::split const& split, ps::engagement_log const& log)
      : tuning(make_part(w.c, split.labeller, w.rows, w.s.grades, w.behave, log)),
        training(make_part(w.c, split.training, w.rows, w.s.grades, w.behave, log)),
        evaluation(make_part(w.c, split.evaluation, w.rows, w.s.grades, w.behave, log)) {
    ps::labeller const labels(tuning);
    for (ps::part* p : {&tuning, &training, &evaluation}) {
      labels.label(*p);
    }
  }
};

ps::engagement_log visits(world const& w, ps::parameters const& p, std::uint64_t seed) {
  return w.s.cascade ? simulate(w.c, w.rows, w.behave, rw::simulate::cascade{}, p, seed)
                     : simulate(w.c, w.rows, w.behave, w.visitor, p, seed);
}

/// What a model is worth at every relevance weight.
template <class Model>
std::vector<ps::outcome> sweep(Model const& model, ps::part const& p, world const& w,
                               std::vector<double> const& weights) {
  auto const ranker = ps::make_ranker(model.relevance());
  std::vector<float> const z = model.logits(p);
  std::vector<ps::outcome> outcomes;
  rw::train::sweep<"relevance">(ranker, rw::row_major(z, ranker.columns), ranker.weights(), weights,
                                [&](double, auto const& scores) {
                                  outcomes.push_back(evaluate(p, {scores.begin(), scores.end()}, w.visitor));
                                });
  return outcomes;
}

using ordinal_head = rw::head::proportional_odds<"relevance", ps::levels>;
constexpr auto ordinal = ordinal_head{.cuts = rw::head::cuts<ps::levels - 1>::at(-0.5, 0.5)};

/// One turn: two thirds of the queries are the labeller's and the training's by turns, so that the weights are tuned on
/// both; the last third is evaluated.
struct turn {
  using trees = ps::multi_head<ordinal_head>;

  parts sides[2];
  std::unique_ptr<trees> model[2];
  ps::weights chosen; // the best relevance that keeps the engagement of relevance weight 0
  ps::weights all;    // the same if all weights move

  turn(world const& w, ps::split const& split, ps::engagement_log const& log, std::uint64_t seed)
      : sides{{w, split, log}, {w, {split.training, split.labeller, split.evaluation}, log}} {
    ps::tuning_queries tuning;
    for (int side = 0; side < 2; ++side) {
      model[side] = std::make_unique<trees>(ordinal, sides[side].training, ps::tree_options(w.s.rounds, seed));
      tuning.add(*model[side], sides[side].tuning);
    }
    chosen = tuning.choose(false);
    all = tuning.choose(true);
  }
};

/// The same heads over a trunk of the library's, with its own weights under the same rule.
void run_trunks(world const& w, turn const& t, findings& f, std::uint64_t seed) {
  struct kind {
    char const* name;
    std::vector<std::size_t> hidden;
  };
  for (kind const& k : {kind{"linear trunk", {}}, kind{"perceptron, 32 hidden", {32}}}) {
    using model = ps::network<ordinal_head>;
    std::vector<model> both;
    ps::tuning_queries tuning;
    for (parts const& p : t.sides) {
      both.emplace_back(ordinal, p.training, p.tuning, k.hidden, seed);
      tuning.add(both.back(), p.tuning);
    }
    ps::weights const chosen = tuning.choose(false);
    for (int side = 0; side < 2; ++side) {
      ps::part const& evaluation = t.sides[side].evaluation;
      auto const curve = sweep(both[static_cast<std::size_t>(side)], evaluation, w, f.weights);
      auto& all = f.curves[k.name];
      all.resize(curve.size());
      for (std::size_t n = 0; n < curve.size(); ++n) {
        all[n].add(curve[n]);
      }
      auto const ranker = ps::make_ranker(both[static_cast<std::size_t>(side)].relevance());
      auto const z = both[static_cast<std::size_t>(side)].logits(evaluation);
      f.rankers[std::string(k.name) + ", engagement only"].add(curve[0]);
      f.rankers[std::string(k.name) + ", engagement floor"].add(
          evaluate(evaluation, ps::score(ranker, z, chosen), w.visitor));
      if (!k.hidden.empty()) { // a trunk that the relevance head has not shaped, by the same seed
        model const apart(ordinal, t.sides[side].training, t.sides[side].tuning, k.hidden, seed, 0);
        f.rankers["perceptron, no relevance head"].add(evaluate(
            evaluation, ps::score(ps::make_ranker(apart.relevance()), apart.logits(evaluation), 0), w.visitor));
      }
    }
  }
}

/// Labels of one number per item: content score and engagement, the content polarised or not.
std::vector<int> mixed_labels(ps::part const& p, double content_share, double steepness, double centre) {
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

void count(std::vector<double>& mix, std::vector<int> const& labels) {
  for (int y : labels) {
    ++mix[static_cast<std::size_t>(y)];
  }
}

constexpr auto list_loss = rw::loss::lambda<rw::metric::ndcg<10>>{};

/// Every ranker of the report, on one side of a turn.
void run_side(world const& w, turn const& t, int side, findings& f, std::uint64_t seed, bool with_grid) {
  parts const& p = t.sides[side];
  turn::trees const& trained = *t.model[side];
  f.labels.add(p.training.labelled, p.training.human);
  count(f.human_mix, p.training.human);
  count(f.labelled_mix, p.training.labelled);

  auto const add_curve = [&f](char const* name, std::vector<ps::outcome> const& outcomes) {
    auto& curve = f.curves[name];
    curve.resize(outcomes.size());
    for (std::size_t k = 0; k < outcomes.size(); ++k) {
      curve[k].add(outcomes[k]);
    }
  };
  auto const opts = ps::tree_options(w.s.rounds, seed);
  auto const other_head = [&](char const* name, auto const& head) {
    add_curve(name, sweep(ps::multi_head<std::remove_cvref_t<decltype(head)>>(head, p.training, opts), p.evaluation, w,
                          f.weights));
  };
  add_curve("trees, ordinal head", sweep(trained, p.evaluation, w, f.weights));
  other_head("trees, softmax head", rw::head::softmax<"relevance", ps::levels>{});
  other_head("trees, regression head", rw::head::regression<"relevance">{});

  auto const evaluated = [&](std::vector<float> const& scores) { return evaluate(p.evaluation, scores, w.visitor); };
  auto const ranker = ps::make_ranker(trained.relevance());
  std::vector<float> const z = trained.logits(p.evaluation);
  f.rankers["engagement only (weight 0)"].add(evaluated(ps::score(ranker, z, 0)));
  f.rankers["ordinal head, engagement floor"].add(evaluated(ps::score(ranker, z, t.chosen)));
  f.rankers["the same, all weights tuned"].add(evaluated(ps::score(ranker, z, t.all)));

  // Without the column that stands in for a cross-encoder.
  parts blind = p;
  for (ps::part* part : {&blind.training, &blind.evaluation}) {
    for (std::size_t i = 0; i < part->items.size(); ++i) {
      part->rows[i * ps::features + ps::semantic_feature] = 0;
    }
  }
  turn::trees const without(ordinal, blind.training, opts);
  f.rankers["ordinal head without the semantic column"].add(
      evaluated(ps::score(ps::make_ranker(without.relevance()), without.logits(blind.evaluation), t.chosen)));

  // One score, one label.
  auto const by_lambda = [&](std::vector<int> const& labels) {
    return evaluated(ps::single_score(list_loss, p.training, labels, p.evaluation, opts));
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
      evaluated(ps::builtin_score(p.training, polarised, p.evaluation, opts)));

  f.grid.resize(f.steepness.size(), std::vector<ps::tally>(f.centres.size()));
  std::size_t cell = 0;
  for (std::size_t a = 0; with_grid && a < f.steepness.size(); ++a) {
    for (std::size_t b = 0; b < f.centres.size(); ++b) {
      f.grid[a][b].add(by_lambda(mixed_labels(p.training, 0.5, f.steepness[a], f.centres[b])));
      show_progress("steepness and centre", ++cell, f.steepness.size() * f.centres.size());
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

std::vector<ps::point> reliability(std::vector<std::pair<double, double>> pairs) {
  std::sort(pairs.begin(), pairs.end());
  constexpr std::size_t bins = 10;
  std::vector<ps::point> points;
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
std::string results(char const* title, world const& w, ps::part const& p, std::size_t list, auto const& ranker,
                    std::vector<float> const& logits, double relevance_weight) {
  std::size_t const first = p.offsets[list];
  std::size_t const size = p.offsets[list + 1] - first;
  auto weights = ranker.weights();
  weights.template set<"relevance">(relevance_weight);
  auto const all = rw::row_major(logits, ranker.columns);
  std::vector<float> const scores = ps::score(ranker, logits, relevance_weight);
  auto const page = rw::top_k<8>(std::span(scores).subspan(first, size), rw::lists<std::size_t>::single(size));
  std::string s = std::string("<div><h3>") + title + "</h3><ol>\n";
  double widest = 1e-9;
  for (std::size_t k : page[0]) {
    widest = std::max(widest, static_cast<double>(scores[first + k]));
  }
  for (std::size_t k : page[0]) {
    std::size_t const i = first + k;
    rw::explanation const why = ranker.explain(all, i, weights);
    auto const& product = w.c.products[w.c.judgments[p.items[i]].product];
    s += "<li>" + ps::escaped(ps::shortened(product.title, 90)) + "<br><span class=\"soft\">people's level " +
         std::to_string(p.human[i]) + " &middot; score " + ps::number(why.score, 3);
    std::string bar = "<div class=\"bar\">";
    for (std::size_t t = 0; t < why.terms.size(); ++t) {
      s += (t == 0 ? " = " : " + ") + ps::number(why.terms[t].value, 3);
      bar += "<i class=\"c" + std::to_string(t % 4) +
             "\" style=\"width:" + ps::number(100 * std::max(0.0, why.terms[t].value) / widest, 1) + "%\"></i>";
    }
    s += "</span>" + bar + "</div></li>\n";
  }
  return s + "</ol></div>\n";
}

std::string chance(double p) {
  return p < 0.0001 ? "< 0.0001" : ps::number(p, 4);
}

std::string equals(double p) {
  return p < 0.0001 ? chance(p) : "= " + chance(p);
}

std::string against(ps::comparison const& c) {
  return (c.difference >= 0 ? "+" : "") + ps::number(c.difference) + " [" + ps::number(c.low) + ", " +
         ps::number(c.high) + "]";
}

/// A lift of relevance with the floor kept, over many simulated worlds.
struct seed_sweep {
  int seeds = 0, lifted = 0, significant = 0, floor_kept = 0;
};

int run(settings const& s) {
  auto const start = std::chrono::steady_clock::now();
  std::error_code no_folder; // told before the work, not after it
  std::filesystem::create_directories(s.out, no_folder);
  if (no_folder) {
    throw ps::bad_data(s.out + ": " + no_folder.message());
  }
  auto const path = [&s](char const* name) { return s.out + "/" + name; };
  ps::catalogue c = ps::read_catalogue(s.products, s.judgments, s.grades);
  if (!std::ofstream(path("report.html"), std::ios::app)) {
    throw ps::bad_data(path("report.html") + ": cannot be written");
  }
  c.progress = show_progress;
  std::printf("%zu queries, %zu products, %zu judged pairs\n", c.queries.size(), c.products.size(), c.judgments.size());
  int const best = std::max_element(c.judgments.begin(), c.judgments.end(), [](auto const& a, auto const& b) {
                     return a.grade < b.grade;
                   })->grade;
  if (best + 1 < s.grades) {
    std::printf("note: no pair has a grade above %d, of 0 .. %d\n", best, s.grades - 1);
  }
  std::vector<float> const rows = ps::make_features(c);
  ps::parameters const parameters(s.simulation);
  ps::behaviour const behave = ps::make_behaviour(c, rows, s.grades, parameters);
  world const w{s, c, rows, behave, {parameters["examination_severity"]}};

  findings f;
  std::size_t const splits = s.full ? 5 : 1;
  if (s.full) {
    f.steepness = {1, 3, 6, 10, 20, 50};
    f.centres = {0.4, 0.5, 0.6, 0.7, 0.8};
  }
  std::unique_ptr<turn> last;
  ps::live_pages live;
  for (std::size_t k = 0; k < splits; ++k) {
    ps::engagement_log const log = visits(w, parameters, s.seed + k);
    for (std::size_t t = 0; t < 3; ++t) {
      last = std::make_unique<turn>(w, ps::make_split(c.queries.size(), s.seed + k, t), log, s.seed + k);
      f.chosen.push_back(last->chosen.get<"relevance">());
      for (int side = 0; side < 2; ++side) {
        run_side(w, *last, side, f, s.seed + k, t == 0 && side == 0);
      }
      run_trunks(w, *last, f, s.seed + k);
      if (k == 0) {
        auto const ranker = ps::make_ranker(last->model[1]->relevance());
        ps::part const& p = last->sides[1].evaluation;
        auto const z = last->model[1]->logits(p);
        live.add(p, ps::score(ranker, z, 0), ps::score(ranker, z, last->chosen));
      }
      show_progress("turns", 3 * k + t + 1, 3 * splits);
    }
  }
  seed_sweep seeds;
  if (s.full) {
    for (std::uint64_t seed = 101; seed < 121; ++seed) {
      ps::tally before, after;
      ps::engagement_log const log = visits(w, parameters, seed);
      for (std::size_t t = 0; t < 3; ++t) {
        turn const one(w, ps::make_split(c.queries.size(), seed, t), log, seed);
        for (int side = 0; side < 2; ++side) {
          ps::part const& p = one.sides[side].evaluation;
          auto const ranker = ps::make_ranker(one.model[side]->relevance());
          auto const z = one.model[side]->logits(p);
          before.add(evaluate(p, ps::score(ranker, z, 0), w.visitor));
          after.add(evaluate(p, ps::score(ranker, z, one.chosen), w.visitor));
        }
      }
      auto const lift = ps::compare(after.means().relevance, before.means().relevance);
      auto const cost = ps::compare(after.means().conversion, before.means().conversion);
      ++seeds.seeds;
      seeds.lifted += lift.difference > 0;
      seeds.significant += lift.difference > 0 && lift.p < 0.05;
      seeds.floor_kept += cost.high >= 0;
      show_progress("seeds", seed - 100, 20);
    }
  }

  // ---- what came out
  std::printf("\nlabeller against people on the training queries: accuracy %.3f, within one level %.3f, "
              "quadratic kappa %.3f\n",
              f.labels.accuracy(), f.labels.within(1), f.labels.kappa());

  ps::outcome const base = f.rankers["engagement only (weight 0)"].means();
  ps::table rankers(
      {"ranker", "relevance NDCG@10", "change [95 %]", "p", "conversion NDCG@10", "change [95 %]", "ATC@40"});
  for (auto const& [name, sums] : f.rankers) {
    ps::outcome const o = sums.means();
    auto const r = ps::compare(o.relevance, base.relevance);
    auto const e = ps::compare(o.conversion, base.conversion);
    bool const same = name == "engagement only (weight 0)";
    rankers.add({name, ps::number(ps::outcome::mean(o.relevance)), same ? "" : against(r), same ? "" : chance(r.p),
                 ps::number(ps::outcome::mean(o.conversion)), same ? "" : against(e),
                 ps::number(ps::outcome::mean(o.carts), 3)});
  }
  rankers.save(path("rankers.tsv"));

  ps::table heads({"relevance head", "weight", "relevance NDCG@10", "conversion NDCG@10", "ATC@40"});
  for (auto const& [name, curve] : f.curves) {
    for (std::size_t k = 0; k < curve.size(); ++k) {
      ps::outcome const o = curve[k].means();
      heads.add({name, ps::number(f.weights[k], 2), ps::number(ps::outcome::mean(o.relevance)),
                 ps::number(ps::outcome::mean(o.conversion)), ps::number(ps::outcome::mean(o.carts), 3)});
    }
  }
  heads.save(path("trade_off.tsv"));

  ps::table grid({"steepness", "centre", "relevance NDCG@10", "ATC@40"});
  for (std::size_t a = 0; a < f.steepness.size(); ++a) {
    for (std::size_t b = 0; b < f.centres.size(); ++b) {
      ps::outcome const o = f.grid[a][b].means();
      grid.add({ps::number(f.steepness[a], 0), ps::number(f.centres[b], 1), ps::number(ps::outcome::mean(o.relevance)),
                ps::number(ps::outcome::mean(o.carts), 3)});
    }
  }
  grid.save(path("polarisation.tsv"));

  ps::outcome const with = f.rankers["ordinal head, engagement floor"].means();
  auto const lift = ps::compare(with.relevance, base.relevance);
  auto const cost = ps::compare(with.conversion, base.conversion);
  std::string chosen;
  for (double x : f.chosen) {
    chosen += (chosen.empty() ? "" : ", ") + ps::number(x, 2);
  }
  std::printf("\n%s\n", rankers.text().c_str());
  std::printf(
      "relevance weight of each turn, chosen under the engagement floor on queries that are not evaluated: %s\n",
      chosen.c_str());
  ps::table const online = live.table(behave, w.visitor, s.seed);
  online.save(path("experiments.tsv"));
  std::printf("\nsimulated experiments, the engagement floor against engagement only:\n%s\n", online.text().c_str());
  ps::table against_trees({"ordinal head under the floor", "relevance NDCG@10", "p", "conversion NDCG@10", "p"});
  for (char const* const name : {"linear trunk, engagement floor", "perceptron, 32 hidden, engagement floor"}) {
    ps::outcome const o = f.rankers[name].means();
    auto const r = ps::compare(o.relevance, f.rankers["ordinal head, engagement floor"].means().relevance);
    auto const e = ps::compare(o.conversion, f.rankers["ordinal head, engagement floor"].means().conversion);
    against_trees.add({std::string(name) + " - trees", against(r), chance(r.p), against(e), chance(e.p)});
  }
  against_trees.save(path("trunks.tsv"));
  std::printf("%s\n", against_trees.text().c_str());
  std::string verdict = "Relevance NDCG@10 " + against(lift) + " (p " + equals(lift.p) + ", paired t-test over " +
                        std::to_string(base.relevance.size()) + " queries): " +
                        (lift.p >= 0.05        ? "within noise"
                         : lift.difference > 0 ? "a significant lift"
                                               : "a significant loss") +
                        ". Conversion NDCG@10 " + against(cost) + " (p " + equals(cost.p) + "): " +
                        (cost.p >= 0.05        ? "no significant change"
                         : cost.difference > 0 ? "significantly higher"
                                               : "significantly lower") +
                        ".";
  if (std::all_of(f.chosen.begin(), f.chosen.end(), [](double x) { return x == 0; })) {
    verdict +=
        " No relevance weight above 0 kept the engagement floor on the queries that the weights were chosen on: both "
        "rankers are the same.";
  }
  std::printf("%s\n", verdict.c_str());
  if (s.full) {
    std::printf(
        "over %d seeds: relevance higher in %d, significantly in %d; engagement not significantly lower in %d\n",
        seeds.seeds, seeds.lifted, seeds.significant, seeds.floor_kept);
  }

  // ---- the page
  ps::part const& shown_part = last->sides[1].evaluation;
  turn::trees const& model = *last->model[1];
  auto const ranker = ps::make_ranker(model.relevance());
  std::vector<float> const z = model.logits(shown_part);
  double const weight = f.chosen.back() > 0 ? f.chosen.back() : 0.3; // a page is to be shown in any case
  std::string html = ps::page_head;
  html +=
      "<h1>Product search: relevance and engagement</h1>\n<p><span class=\"badge\">engagement is simulated</span></p>"
      "<p>" +
      ps::escaped(verdict) + "</p>\n<p class=\"soft\">" + std::to_string(c.queries.size()) + " queries, " +
      std::to_string(c.judgments.size()) + " judged pairs; " + std::to_string(splits) +
      (splits == 1 ? " split" : " splits") +
      " of the queries into thirds (labeller and tuning, training, evaluation) that take all turns; seed " +
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

  html += "<h2>The trade-off</h2><div class=\"plots\">";
  ps::plot conversion("Relevance against conversion, as the relevance weight grows", "relevance NDCG@10",
                      "conversion NDCG@10 (simulated)");
  ps::plot carts("Relevance against carts", "relevance NDCG@10", "ATC@40 (simulated)");
  for (auto const& [name, curve] : f.curves) {
    ps::series by_conversion{name, {}, true}, by_carts{name, {}, true};
    for (std::size_t k = 0; k < curve.size(); ++k) {
      std::string const note = "weight " + ps::number(f.weights[k], 2);
      ps::outcome const o = curve[k].means();
      double const x = ps::outcome::mean(o.relevance);
      by_conversion.points.push_back({x, ps::outcome::mean(o.conversion), note});
      by_carts.points.push_back({x, ps::outcome::mean(o.carts), note});
    }
    conversion.add(by_conversion);
    carts.add(by_carts);
  }
  html += conversion.svg() + carts.svg() + "</div>\n";
  html += "<p>A relevance head that is trained but has no weight in the score (\"auxiliary only\") changes nothing for "
          "trees, since those of different outputs share no parameters: it is the point of weight 0. A trunk is "
          "shared: its "
          "engagement-only row below was shaped by the relevance head, the row without a relevance head was not.</p>\n";
  html +=
      "<h2>Rankers</h2><p>Changes are against the engagement-only ranker, with 95 % intervals of paired differences "
      "over queries.</p>" +
      rankers.html();
  html +=
      "<h2>Trees, or a trunk</h2><p>The same heads, labels and splits over a linear model and a perceptron that the "
      "library trains itself (Adam, batches of whole lists, early stopping by the loss on the tuning queries), each "
      "with a relevance weight of its own under its own engagement floor; differences to the trees.</p>" +
      against_trees.html();
  html +=
      "<h2>Simulated experiments</h2><p>Visitors to the evaluated queries see the engagement-only page, or the one "
      "under the engagement floor (split test: Welch's test over visits), or a page that both have drafted in turns "
      "(interleaving: Student's test over queries). All of them are drawn by the position-based model.</p>" +
      online.html();
  html += "<h2>The value model</h2><p><code>score = " + ps::escaped(to_text(ranker)) +
          "</code></p><p>The names without brackets are weights of the serving time: click 1, cart 2, purchase 4 "
          "throughout, "
          "relevance " +
          chosen +
          " (one per turn): the best for relevance that keeps the engagement-only ranker's conversion NDCG on queries "
          "that are not evaluated, found by Lagrangian multipliers (arXiv 2412.12092), not from the weights of the "
          "curve. Conversion is the simulated visitor's own probability, there too.</p>\n";
  html += "<h2>Labels</h2><p>The labeller against people on the training queries: accuracy " +
          ps::number(f.labels.accuracy(), 3) + ", within one level " + ps::number(f.labels.within(1), 3) +
          ", quadratic kappa " + ps::number(f.labels.kappa(), 3) + ".</p><div class=\"plots\">";
  auto const shares = [](std::vector<double> mix) {
    double const sum = std::accumulate(mix.begin(), mix.end(), 0.0);
    for (double& x : mix) {
      x /= sum > 0 ? sum : 1;
    }
    return mix;
  };
  html += ps::bars("Levels of the training pairs", {"irrelevant", "moderately", "highly"},
                   {{"people", shares(f.human_mix)}, {"labeller", shares(f.labelled_mix)}});
  html += ps::bars("Labels of the single-score ranker", {"0", "1", "2", "3", "4"},
                   {{"content + engagement", shares(f.raw_mix)}, {"polarised + engagement", shares(f.polarised_mix)}});
  html += "</div>\n<h2>Are the probabilities what they say?</h2><div class=\"plots\">";
  html += ps::plot("Relevance head against people's grades", "predicted", "observed share")
              .square(0, 1)
              .diagonal()
              .add({"at least moderately relevant", reliability(f.moderately), true})
              .add({"highly relevant", reliability(f.highly), true})
              .svg();
  html += ps::plot("Click head against the simulated visitor", "predicted", "true (simulated)")
              .diagonal()
              .add({"click", reliability(f.clicks), true})
              .svg();
  html +=
      "</div>\n<p>The relevance head repeats the labeller: where that is surer than people would be, so is the "
      "head.</p>\n<h2>Query by query</h2><p>The ordinal head under the engagement floor against engagement only; one "
      "point per evaluation query.</p><div class=\"plots\">";
  ps::series wins{"queries", {}, false};
  for (std::size_t q = 0; q < with.relevance.size(); ++q) {
    wins.points.push_back({with.relevance[q] - base.relevance[q], with.conversion[q] - base.conversion[q], ""});
  }
  html += ps::plot("Wins and losses", "change of relevance NDCG@10", "change of conversion NDCG@10").add(wins).svg();

  html += "</div>\n<h2>Steepness and centre of the polarisation</h2>" + grid.html();

  // The query of the last split that gains most.
  std::size_t const lists = shown_part.queries.size();
  std::size_t shown = 0;
  double gain = -1;
  auto const before = evaluate(shown_part, ps::score(ranker, z, 0), w.visitor);
  auto const after = evaluate(shown_part, ps::score(ranker, z, weight), w.visitor);
  for (std::size_t l = 0; l < lists; ++l) {
    if (after.relevance[l] - before.relevance[l] > gain) {
      gain = after.relevance[l] - before.relevance[l];
      shown = l;
    }
  }
  html += "<h2>One results page: &ldquo;" + ps::escaped(c.queries[shown_part.queries[shown]].text) +
          "&rdquo;</h2><p>The evaluation query that gains most, with relevance weights 0 and " + ps::number(weight, 2) +
          ". The bar shows what the terms of the value model give: <span class=\"c0\">relevance</span>, <span "
          "class=\"c1\">click</span>, <span class=\"c2\">cart</span>, <span class=\"c3\">purchase</span>.</p>"
          "<div class=\"results\">" +
          results("Engagement only", w, shown_part, shown, ranker, z, 0) +
          results("With the relevance head", w, shown_part, shown, ranker, z, weight) + "</div>\n</body></html>\n";
  std::ofstream page(path("report.html"));
  page << html;
  if (!page.flush()) {
    throw ps::bad_data(path("report.html") + ": cannot be written");
  }

  double const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::printf("\nreport: %s (and the tables beside it), %.0f s\n", path("report.html").c_str(), seconds);
  return 0;
}

} // namespace

int main(int count, char** arguments) {
  try {
    return run(read(count, arguments));
  } catch (std::exception const& e) {
    std::string_view what = e.what();
    what.remove_prefix(what.starts_with("rankwise: ") ? 10 : 0);
    std::fprintf(stderr, "product_search: %.*s\n", static_cast<int>(what.size()), what.data());
    return 2;
  }
}
