// A ranker with a shared bottom, trained and served without an engine.
#include "claim.hpp"

#include <rankwise/head/binary.hpp>
#include <rankwise/head/proportional_odds.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/train/fit.hpp>
#include <rankwise/train/forest.hpp>
#include <rankwise/train/held_out.hpp>
#include <rankwise/train/trunk_file.hpp>
#include <rankwise/train/trunk_onnx.hpp>
#include <rankwise/value/ranker.hpp>

#include <string>
#include <vector>

namespace rw = rankwise;

namespace {

// Lists of six items with four features; the grade depends on a product of two of them.
struct shop {
  std::vector<float> features;
  std::vector<int> grades, clicks;
  rw::lists<> lists;

  shop(std::size_t queries, std::uint64_t seed) : lists(rw::lists<>::uniform(queries, 6)) {
    for (std::size_t i = 0; i < 6 * queries; ++i) {
      double x[4];
      for (std::size_t k = 0; k < 4; ++k) {
        x[k] = 2 * rw::random_uniform(seed, 4 * i + k) - 1;
        features.push_back(static_cast<float>(10 * x[k]));
      }
      double const value = 3 * x[0] * x[1] + x[2];
      grades.push_back(value > 0.7 ? 2 : value > -0.2 ? 1 : 0);
      clicks.push_back(rw::random_uniform(seed + 1, i) < 1 / (1 + std::exp(-value)) ? 1 : 0);
    }
  }
};

void shared_bottom() {
  shop const training(300, 1), later(50, 7);
  //{ fit
  constexpr auto relevance = rw::head::proportional_odds<"relevance", 3>{}; // one logit, two cut-points that learn
  constexpr auto click = rw::head::binary<"click">{};
  auto const features = rw::row_major(training.features, 4);

  rw::train::trunk<float> net({4, 16, 2}); // four features, a hidden layer, a logit for each head
  net.standardise(features);
  auto const found =
      rw::train::fit(net, features, training.lists, rw::train::adam{.rate = 0.02},
                     [&](rw::train::batch const& b) {
                       return rw::train::joint(rw::train::objective(relevance, b.of(training.grades)),
                                               rw::train::objective(click, b.of(training.clicks), {}, {.weight = 0.5}));
                     },
                     {.epochs = 30, .lists_per_batch = 32});
  //} fit

  //{ serve
  auto const learnt = found.objective.get<0>().head(); // with its cut-points
  auto const ranker = rw::ranker{rw::heads(learnt, click), rw::weight<"relevance">(1) * expected_grade(learnt) +
                                                               rw::weight<"click">(0.5) * probability(click)};
  std::vector<float> logits(2 * later.grades.size()), scores(later.grades.size());
  net.logits(rw::row_major(later.features, 4), rw::row_major(logits, 2));
  ranker.score(rw::row_major(logits, ranker.columns), scores);
  double const quality = rw::metric::ndcg<10>{}(scores, later.grades, later.lists);
  //} serve
  std::printf("  NDCG@10 of later queries %.3f after %zu epochs\n", quality, found.epochs);
  claim(quality > 0.95, "a hidden layer sees products of features");

  //{ file
  rw::io::safetensors_writer file;
  rw::train::store(file, "bottom", net);
  std::string const bytes = file.bytes(); // or file.save("ranker.safetensors")

  rw::train::trunk<float> served;
  rw::train::load(rw::io::safetensors::over(bytes), "bottom", served);
  //} file
  std::vector<float> again(logits.size());
  served.logits(rw::row_major(later.features, 4), rw::row_major(again, 2));
  claim(again == logits, "a trunk from a file computes the same bits");

  //{ onnx
  rw::io::onnx_writer model;
  rw::train::store(model, net);
  std::string const written = model.bytes(); // or model.save("ranker.onnx"), for any program that runs ONNX

  rw::train::trunk<float> imported;
  auto const opened = rw::io::onnx::over(written); // or open("ranker.onnx"), of any program
  rw::train::load(opened, {"logits"}, imported);
  //} onnx
  imported.logits(rw::row_major(later.features, 4), rw::row_major(again, 2));
  claim(again == logits, "a trunk from ONNX computes the same bits");
  //{ nodes
  for (rw::io::onnx_node const& node : opened.nodes()) {
    std::printf("  %s that makes %s\n", node.op.c_str(), node.outputs[0].c_str());
  }
  for (rw::io::onnx_tensor const& tensor : opened.tensors()) {
    std::printf("  %s: %s, %zu numbers\n", tensor.name.c_str(), rw::io::to_text(tensor.type), tensor.numbers());
  }
  std::vector<double> bias(16);
  opened.copy("0.bias", bias); // converted
  //} nodes
  claim(bias[3] == static_cast<double>(net.bias(0)[3]), "tensors by their names");
}

void by_hand() {
  shop const d(40, 3);
  //{ by-hand
  rw::train::trunk<double, rw::train::activation::gelu> net({4, 8, 1});
  rw::train::tape<double> tape; // what backward needs of forward; reused
  rw::train::descent<rw::train::adam, double> steps(rw::train::adam{.rate = 0.01});
  std::vector<double> slope(240), by_parameters(net.parameters().size());
  double first = 0, loss = 0;
  for (int round = 0; round < 100; ++round) {
    auto const scores = net.forward(tape, rw::row_major(d.features, 4));
    loss = rw::loss::softmax{}.gradient(scores.column(0), d.grades, d.lists, slope);
    first = round == 0 ? loss : first;
    net.backward(tape, rw::row_major(slope, 1), by_parameters);
    steps.step(net.parameters(), by_parameters);
  }
  //} by-hand
  claim(loss < 0.8 * first, "any loss of the library gives the derivatives");
}

void early_stopping() {
  shop const training(100, 1), other(40, 5);
  constexpr auto softmax = rw::loss::softmax{};
  rw::train::linear<float> net({4, 1});
  auto const make = [&](rw::train::batch const& b) {
    return rw::train::objective(softmax, b.of(training.grades), b.lists());
  };
  //{ early
  std::vector<float> z(other.grades.size());
  auto const found =
      rw::train::fit(net, rw::row_major(training.features, 4), training.lists, rw::train::sgd{.rate = 1e-3}, make,
                     {.epochs = 50, .patience = 5},
                     [&](auto const& now, auto const&) { // after every epoch; the best one's weights stay
                       now.logits(rw::row_major(other.features, 4), z);
                       return rw::metric::ndcg<10>{}(z, other.grades, other.lists);
                     });
  //} early
  claim(found.best_epoch <= found.epochs && found.best > 0.6, "a judge on other queries ends training");

  //{ held-out
  auto const by_loss = rw::train::fit(
      net, rw::row_major(training.features, 4), training.lists, rw::train::sgd{.rate = 1e-3}, make,
      {.epochs = 50, .patience = 5},
      rw::train::held_out(rw::train::objective(softmax, other.grades, other.lists), rw::row_major(other.features, 4)));
  //} held-out
  claim(by_loss.best < 0 && by_loss.best_epoch <= by_loss.epochs, "or their loss does");
}

void trees_by_hand() {
  //{ forest
  rw::train::forest trees(2, 1); // two features, one logit
  trees.base()[0] = 0.5f;
  // price < 20 ? 1.5 : (rating < 3.5 ? -1 : 0.25); without a price as if it were high
  trees.add({{.below = 1, .rest = 2, .feature = 0, .number = 20},
             {.number = 1.5f},
             {.below = 3, .rest = 4, .feature = 1, .number = 3.5f},
             {.number = -1},
             {.number = 0.25f}},
            0);
  std::vector<float> const offers{12, 4, 50, 3, 50, 4.5f};
  std::vector<float> scores(3);
  trees.logits(rw::row_major(offers, 2), scores);
  //} forest
  claim(scores == std::vector<float>{2, -0.5f, 0.75f}, "leaves add up");
}

} // namespace

int main() {
  shared_bottom();
  by_hand();
  early_stopping();
  trees_by_hand();
  return broken_claims;
}
