// Weights of a value model as objects of nlohmann's json.
#include "claim.hpp"

#include <rankwise/head/binary.hpp>
#include <rankwise/head/heads.hpp>
#include <rankwise/io/json.hpp>
#include <rankwise/value/ranker.hpp>

namespace rw = rankwise;

int main() {
  constexpr auto click = rw::head::binary<"click">{};
  constexpr auto ranker = rw::ranker{rw::heads(click), rw::weight<"click">(0.3) * probability(click)};
  //{ json
  nlohmann::json config = nlohmann::json::parse(R"({"model": "v7", "weights": {"click": 0.25}})");
  auto weights = ranker.weights();
  config["weights"].get_to(weights);    // throws rankwise::error if a name is unknown or missing
  config["weights"] = ranker.weights(); // and back
  //} json
  claim(weights.get<"click">() == 0.25, "weights from an object");
  claim(config["weights"]["click"] == 0.3, "an object from weights");
  return broken_claims;
}
