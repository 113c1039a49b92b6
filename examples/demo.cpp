// A search page in one sitting: labels from content scores, a ranker from heads and a value model, scores, the page,
// and NDCG of three settings of the same model. The products, scores and logits are invented for this program.
#include <rankwise/rankwise.hpp>

#include <array>
#include <cstddef>
#include <cstdio>
#include <vector>

namespace rw = rankwise;

namespace {

struct product {
  char const* title;
  float content;  // an LLM's content score for (query, product)
  float z_1, z_2; // ordinal relevance logits: at least moderately, highly relevant
  float z_click, z_purchase;
};

constexpr std::array queries{"trail running shoes", "espresso machine without grinder"};
constexpr std::array sizes{7, 6};
constexpr std::array products{
    product{"Road running shoes, white", .41f, 0.6f, -1.3f, 0.3f, -1.9f},
    product{"Trail running shoes, waterproof", .93f, 3.1f, 1.9f, -0.2f, -2.1f},
    product{"Trail running shoes, men, wide", .90f, 2.8f, 1.6f, -0.5f, -2.3f},
    product{"Running socks, 6 pairs", .22f, -1.1f, -3.0f, 0.9f, -0.7f},
    product{"Hiking boots, leather", .38f, 0.2f, -1.8f, -0.4f, -2.2f},
    product{"Trail running shoes, kids", .66f, 1.2f, -0.3f, -1.0f, -2.8f},
    product{"Gift card", .02f, -3.5f, -5.0f, 1.2f, -0.4f},
    product{"Espresso machine with grinder", .52f, 0.5f, -1.0f, 0.8f, -1.4f},
    product{"Espresso machine, 15 bar", .95f, 3.4f, 2.2f, 0.1f, -1.8f},
    product{"Coffee grinder, burr", .11f, -2.0f, -4.0f, 0.5f, -1.2f},
    product{"Espresso machine, compact", .91f, 2.9f, 1.8f, -0.3f, -2.0f},
    product{"Moka pot, 6 cups", .36f, -0.1f, -2.0f, 0.2f, -1.0f},
    product{"Descaler, 2 bottles", .15f, -1.6f, -3.6f, 0.6f, -0.5f},
};

constexpr auto relevance = rw::head::ordinal<"relevance", 3>{};
constexpr auto click = rw::head::binary<"click">{};
constexpr auto purchase = rw::head::binary<"purchase">{};
constexpr auto value = rw::weight<"relevance">(0.6) * expected_grade(relevance) +
                       rw::weight<"engagement">(4) * probability(click) * probability(purchase);
constexpr auto ranker = rw::ranker{rw::heads(relevance, click, purchase), value};

} // namespace

int main() {
  auto const lists = rw::lists_of_sizes(sizes);
  std::vector<float> content;
  std::vector<float> logits;
  for (product const& p : products) {
    content.push_back(p.content);
    logits.insert(logits.end(), {p.z_1, p.z_2, p.z_click, p.z_purchase});
  }

  // Labels: spread the content scores around one half, then cut them into three grades.
  std::vector<unsigned char> grades(content.size());
  constexpr auto to_grade = rw::label::polarise{.steepness = 10, .centre = 0.5} | rw::label::cut<3>{0.35, 0.65};
  rw::apply(to_grade, content, grades);

  // Scores: one pass from logits to the value of every product.
  std::vector<float> scores(content.size());
  auto const z = rw::row_major(logits, ranker.columns);
  ranker.score(z, scores);

  auto const page = rw::top_k<5>(scores, lists);
  for (std::size_t q = 0; q < lists.size(); ++q) {
    std::printf("\n%s\n", queries[q]);
    for (std::size_t item : page[q]) {
      std::printf("  %6.3f  grade %d  %s\n", static_cast<double>(scores[item]), int{grades[item]},
                  products[item].title);
    }
  }

  // The same ranker under other weights: no rebuild, one call each.
  constexpr auto ndcg = rw::metric::ndcg<5>{};
  std::printf("\n%-38s NDCG@5\n", "value model");
  auto weights = ranker.weights();
  auto const report = [&](char const* name) {
    ranker.score(z, scores, weights);
    std::printf("%-38s %.4f\n", name, ndcg(scores, grades, lists));
  };
  report("0.6 relevance + 4 engagement");
  weights.set<"relevance">(0);
  report("engagement only");
  weights.set<"relevance">(1);
  weights.set<"engagement">(0);
  report("relevance only");
}
