// Product search from raw data to a ranked page: what an ordinal relevance head in a value model does for relevance and
// engagement, on real products and people's grades, with trees of XGBoost's. Engagement is simulated.
#include "live.hpp"
#include "page.hpp"
#include "settings.hpp"
#include "turns.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace ps = product_search;

namespace {

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

/// A lift of relevance with the floor kept, over many simulated worlds.
struct seed_sweep {
  int seeds = 0, lifted = 0, significant = 0, floor_kept = 0;
};

seed_sweep sweep_seeds(ps::world const& w, ps::parameters const& parameters) {
  seed_sweep seeds;
  for (std::uint64_t seed = 101; seed < 121; ++seed) {
    ps::tally before, after;
    ps::engagement_log const log = visits(w, parameters, seed);
    for (std::size_t t = 0; t < 3; ++t) {
      ps::turn const one(w, ps::make_split(w.c.queries.size(), seed, t), log, seed);
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
  return seeds;
}

int run(ps::settings const& s) {
  auto const start = std::chrono::steady_clock::now();
  std::error_code no_folder; // told before the work, not after it
  std::filesystem::create_directories(s.out, no_folder);
  if (no_folder) {
    throw ps::bad_data(s.out + ": " + no_folder.message());
  }
  auto const path = [&s](char const* name) { return s.out + "/" + name; };
  ps::parameters const parameters(s.simulation);
  ps::catalogue c = ps::read_catalogue(s.products, s.judgments, s.grades);
  if (!std::ofstream(path("report.html"), std::ios::app)) {
    throw ps::bad_data(path("report.html") + ": cannot be written");
  }
  c.progress = show_progress;
  std::printf("%zu queries, %zu products, %zu judged pairs\n", c.queries.size(), c.products.size(), c.judgments.size());
  int const best = std::max_element(c.judgments.begin(), c.judgments.end(), [](auto const& a, auto const& b) {
                     return a.grade < b.grade;
                   })->grade;
  if (best + 1 < s.grades.size()) {
    std::printf("note: no pair has a grade above %s, of %s\n", s.grades.name(best).c_str(), s.grades.text().c_str());
  }
  std::vector<float> const rows = ps::make_features(c);
  ps::behaviour const behave = ps::make_behaviour(c, rows, s.grades.size(), parameters);
  ps::world const w{s, c, rows, behave, parameters.visitor()};

  ps::findings f;
  std::size_t const splits = s.full ? 5 : 1;
  if (s.full) {
    f.steepness = {1, 3, 6, 10, 20, 50};
    f.centres = {0.4, 0.5, 0.6, 0.7, 0.8};
  }
  std::unique_ptr<ps::turn> last;
  ps::live_pages live;
  for (std::size_t k = 0; k < splits; ++k) {
    ps::engagement_log const log = visits(w, parameters, s.seed + k);
    for (std::size_t t = 0; t < 3; ++t) {
      last = std::make_unique<ps::turn>(w, ps::make_split(c.queries.size(), s.seed + k, t), log, s.seed + k);
      f.chosen.push_back(last->chosen.get<"relevance">());
      f.all_tuned.push_back(last->all);
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
  seed_sweep const seeds = s.full ? sweep_seeds(w, parameters) : seed_sweep{};

  ps::summary const found = summarise(w, f, live);
  found.rankers.save(path("rankers.tsv"));
  found.heads.save(path("trade_off.tsv"));
  found.grid.save(path("polarisation.tsv"));
  found.online.save(path("experiments.tsv"));
  found.trunks.save(path("trunks.tsv"));
  found.weights.save(path("weights.tsv"));
  std::printf("\nlabeller against people on the training queries: accuracy %.3f, within one level %.3f, "
              "quadratic kappa %.3f\n",
              f.labels.accuracy(), f.labels.within(1), f.labels.kappa());
  std::printf("\n%s\n", found.rankers.text().c_str());
  std::printf(
      "relevance weight of each turn, chosen under the engagement floor on queries that are not evaluated: %s\n",
      found.chosen.c_str());
  std::printf("\nsimulated experiments, the engagement floor against engagement only:\n%s\n",
              found.online.text().c_str());
  std::printf("%s\n%s\n", found.trunks.text().c_str(), found.verdict.c_str());
  if (s.full) {
    std::printf(
        "over %d seeds: relevance higher in %d, significantly in %d; engagement not significantly lower in %d\n",
        seeds.seeds, seeds.lifted, seeds.significant, seeds.floor_kept);
  }
  std::ofstream page(path("report.html"));
  page << make_page(w, f, found, *last);
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
    return run(ps::read(count, arguments));
  } catch (std::exception const& e) {
    std::string_view what = e.what();
    what.remove_prefix(what.starts_with("rankwise: ") ? 10 : 0);
    std::fprintf(stderr, "product_search: %.*s\n", static_cast<int>(what.size()), what.data());
    return 2;
  }
}
