// Weights of a value model and parameters of heads in files.
#include "claim.hpp"

#include <rankwise/head/binary.hpp>
#include <rankwise/head/heads.hpp>
#include <rankwise/head/proportional_odds.hpp>
#include <rankwise/io/json_text.hpp>
#include <rankwise/io/parameters.hpp>
#include <rankwise/io/safetensors.hpp>
#include <rankwise/io/weights.hpp>
#include <rankwise/value/ranker.hpp>

#include <cstdio>
#include <string>
#include <vector>

namespace rw = rankwise;

int main() {
  constexpr auto relevance = rw::head::proportional_odds<"relevance", 3>{};
  constexpr auto click = rw::head::binary<"click">{};
  constexpr auto value =
      rw::weight<"relevance">(0.6) * expected_grade(relevance) + rw::weight<"click">(1) * probability(click);
  constexpr auto ranker = rw::ranker{rw::heads(relevance, click), value};
  {
    //{ weights
    auto weights = ranker.weights();
    rw::io::weights_from_json(R"({"click": 0.3, "relevance": 0.7})", weights);
    std::string const text = rw::io::weights_to_json(weights); // {"relevance": 0.7, "click": 0.3}

    rw::status told; // a name that the model does not have: told, and no weight has changed
    rw::io::weights_from_json(R"({"clicks": 0.3, "relevance": 0.7})", weights, told);
    //} weights
    claim(text == R"({"relevance": 0.7, "click": 0.3})", "weights as JSON");
    claim(told.code == rw::errc::malformed && weights.get<"click">() == 0.3, "an unknown name is reported");
  }
  {
    //{ parameters
    auto trained = rw::head::proportional_odds<"relevance", 3>{.cuts = rw::head::cuts<2>::at(-0.5, 1.25)};
    rw::io::safetensors_writer writer;
    rw::io::store(writer, "relevance", trained);      // tensor relevance.cuts
    rw::io::store(writer, "value", ranker.weights()); // tensors value.relevance, value.click
    writer.save("model.safetensors");

    auto const file = rw::io::safetensors::open("model.safetensors");
    rw::head::proportional_odds<"relevance", 3> served;
    rw::io::load(file, "relevance", served);
    auto weights = ranker.weights();
    rw::io::load(file, "value", weights);
    //} parameters
    claim(near(served.cuts.values()[1], 1.25), "cut-points from a file");
    claim(weights == ranker.weights(), "weights from a file");
    std::remove("model.safetensors");
  }
  {
    //{ safetensors
    std::vector<float> const numbers{1, 2, 3, 4, 5, 6};
    rw::io::safetensors_writer writer;
    writer.add("embedding", numbers, {2, 3});
    writer.add("temperature", 1.5);
    std::string const bytes = writer.bytes(); // or save(file)

    auto const file = rw::io::safetensors::over(bytes); // or open(file), which maps it
    std::vector<rw::bfloat16> narrow(6);
    file.copy("embedding", narrow); // converted
    double const temperature = file.number("temperature");
    for (auto const& tensor : file.entries()) {
      std::printf("%s: %s, %zu numbers\n", tensor.name.c_str(), rw::io::to_text(tensor.type), tensor.numbers());
    }
    //} safetensors
    claim(narrow[5] == 6.0f && temperature == 1.5, "tensors by name");
  }
  {
    //{ reader
    rw::io::json_reader<> json(R"({"rounds": 200, "note": "no tree is built"})");
    std::uint64_t rounds = 0;
    json.members([&](std::string const& key) { return key == "rounds" ? json.whole(rounds) : json.skip(); });
    bool const good = json.end(); // otherwise json.where() is a status with line and column
    //} reader
    claim(good && rounds == 200, "values in the order of the text");
  }
  return broken_claims;
}
