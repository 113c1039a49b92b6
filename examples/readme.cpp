//{ readme
#include <rankwise/rankwise.hpp>

#include <cstdio>
#include <vector>

namespace rw = rankwise;

int main() {
  // Two queries with three and two products. Per product: a content score, and logits for "at least good", "excellent",
  // "clicked", in the order of the heads.
  auto const lists = rw::lists_of_sizes(std::vector{3, 2});
  std::vector<float> const content{.91f, .48f, .12f, .30f, .77f};
  std::vector<float> const logits{2.1f, 0.7f,  -1.2f, 0.3f, -1.5f, -0.4f, -1.9f, -3.0f,
                                  0.2f, -0.6f, -2.1f, 0.1f, 1.4f,  0.2f,  -2.0f};

  // Labels: spread the content scores around one half, cut them into the grades 0, 1, 2. One fused pass.
  std::vector<float> grades(content.size());
  rw::apply(rw::label::polarise{.steepness = 10, .centre = 0.5} | rw::label::cut<3>{0.35, 0.65}, content, grades);

  // Scores: the type of the ranker is the formula; its weights can change with every call.
  constexpr auto relevance = rw::head::ordinal<"relevance", 3>{};
  constexpr auto click = rw::head::binary<"click">{};
  constexpr auto ranker =
      rw::ranker{rw::heads(relevance, click), rw::weight<"relevance">(0.6) * expected_grade(relevance) +
                                                  rw::weight<"click">(2) * probability(click)};
  std::vector<float> scores(content.size());
  ranker.score(rw::row_major(logits, ranker.columns), scores);

  // The page, its quality, and a gradient for any trainer.
  std::vector<float> gradient(content.size());
  auto const page = rw::top_k<2>(scores, lists);
  double const quality = rw::metric::ndcg<10>{}(scores, grades, lists);
  double const loss = rw::loss::softmax{}.gradient(scores, grades, lists, gradient);
  std::printf("best of query 0: item %zu, of query 1: item %zu\n", page[0][0], page[1][0]);
  std::printf("NDCG@10 %.3f, softmax loss %.3f, gradient %.3f %.3f %.3f | %.3f %.3f\n", quality, loss,
              static_cast<double>(gradient[0]), static_cast<double>(gradient[1]), static_cast<double>(gradient[2]),
              static_cast<double>(gradient[3]), static_cast<double>(gradient[4]));
}
//} readme
