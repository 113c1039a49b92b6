// Two processes train one model of XGBoost's, each on its share of the lists.
#include "claim.hpp"

#include <rankwise/core/random.hpp>
#include <rankwise/engine/xgboost.hpp>
#include <rankwise/engine/xgboost/tracker.hpp>
#include <rankwise/head/binary.hpp>
#include <rankwise/head/heads.hpp>
#include <rankwise/head/proportional_odds.hpp>

#include <spawn.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

extern char** environ;

namespace rw = rankwise;

namespace {

constexpr std::size_t workers = 2;
constexpr std::size_t features = 2;

int work(int port, std::size_t worker) {
  std::vector<float> x;
  std::vector<int> grades, clicked;
  for (std::size_t i = worker; i < 400; i += workers) {
    for (std::size_t k = 0; k < features; ++k) {
      x.push_back(static_cast<float>(rw::random_uniform(1, features * i + k)));
    }
    grades.push_back(x[x.size() - 2] < 0.3f ? 0 : x[x.size() - 2] < 0.7f ? 1 : 2);
    clicked.push_back(x.back() > 0.5f ? 1 : 0);
  }
  //{ worker
  rw::xgboost::collective const group({.port = port, .worker = worker}); // and .host, where the tracker is elsewhere
  constexpr auto relevance = rw::head::proportional_odds<"relevance", 3>{.cuts = rw::head::cuts<2>::at(-0.5, 0.5)};
  constexpr auto click = rw::head::binary<"click">{};
  rw::xgboost::data const rows(rw::row_major(x, features)); // this worker's lists
  auto objective = rw::train::joint(rw::train::objective(relevance, grades), rw::train::objective(click, clicked));
  auto const model =
      rw::xgboost::train(rows, objective, {.rounds = 20, .threads = 1, .parameters = {{"tree_method", "hist"}}});
  if (group.rank() == 0) {
    model.save("of_all_workers.json"); // all have the same trees and the same cut-points
  }
  //} worker
  auto const cuts = objective.get<0>().head().cuts.values();
  double sums[2] = {cuts[0], cuts[1]};
  group.sum(sums, 2);
  claim(near(sums[0], 2 * cuts[0], 1e-12) && near(sums[1], 2 * cuts[1], 1e-12), "the cut-points are those of all");
  return broken_claims;
}

} // namespace

int main(int count, char** arguments) {
  if (count == 3) {
    return work(std::atoi(arguments[1]), static_cast<std::size_t>(std::atoi(arguments[2])));
  }
  //{ tracker
  rw::xgboost::tracker const tracker(workers); // on 127.0.0.1, unless .host says otherwise
  std::string const port = std::to_string(tracker.port());
  //} tracker
  pid_t ids[workers];
  for (std::size_t k = 0; k < workers; ++k) {
    std::string number = std::to_string(k);
    std::string port_text = port;
    char* child[] = {arguments[0], port_text.data(), number.data(), nullptr};
    claim(::posix_spawn(&ids[k], "/proc/self/exe", nullptr, nullptr, child, environ) == 0, "a worker starts");
  }
  for (pid_t const id : ids) {
    int result = 1;
    ::waitpid(id, &result, 0);
    claim(result == 0, "a worker has done its share");
  }
  auto const model = rw::xgboost::model::load("of_all_workers.json");
  claim(model.ready() && model.outputs() == 2, "one model");
  std::remove("of_all_workers.json");
  return broken_claims;
}
