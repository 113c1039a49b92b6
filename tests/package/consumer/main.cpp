// What a team that uses the library writes; the same file through every way to get the package.
#include <rankwise/rankwise.hpp>

#include <cmath>
#include <cstdio>
#include <vector>

namespace rw = rankwise;

int main() {
  std::vector<std::size_t> const offsets{0, 3, 3, 7};
  rw::lists const lists(offsets);

  constexpr auto to_grade = rw::label::polarise{.steepness = 10, .centre = 0.5} | rw::label::cut<3>{0.35, 0.65};
  std::vector<float> const content{0.9f, 0.5f, 0.1f, 0.2f, 0.8f, 0.45f, 0.95f};
  std::vector<float> grades(content.size());
  rw::apply(to_grade, content, grades);
  bool good = grades == std::vector<float>{2, 1, 0, 0, 2, 1, 2};

  constexpr auto relevance = rw::head::ordinal<"relevance", 3>{};
  constexpr auto click = rw::head::binary<"click">{};
  constexpr auto value =
      rw::weight<"relevance">(0.6) * expected_grade(relevance) + rw::weight<"click">(1.0) * probability(click);
  constexpr auto ranker = rw::ranker{rw::heads(relevance, click), value};
  std::vector<float> logits;
  for (float const c : content) {
    logits.insert(logits.end(), {4 * c - 1, 4 * c - 3, 0.0f});
  }
  std::vector<float> scores(content.size());
  ranker.score(rw::row_major(logits, 3), scores);

  double const ndcg = rw::metric::ndcg<10>{}(scores, grades, lists);
  std::vector<float> gradient(content.size());
  double const loss = rw::loss::softmax{}.gradient(scores, grades, lists, gradient);
  float sum = 0;
  for (float const g : gradient) {
    sum += g;
  }
  auto const page = rw::top_k<2>(scores, lists);
  good = good && page[0][0] == 0 && page[1].empty() && page[2][0] == 6;
  good = good && ndcg > 0 && ndcg <= 1 && loss > 0 && std::abs(sum) < 1e-5f;
  std::printf("rankwise %d.%d, extensions %lx: ndcg %.6f, loss %.6f: %s\n", RANKWISE_VERSION_MAJOR,
              RANKWISE_VERSION_MINOR, rw::arch::native::extensions, ndcg, loss, good ? "good" : "WRONG");
  return good ? 0 : 1;
}
