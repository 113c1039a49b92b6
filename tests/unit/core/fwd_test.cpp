//{ header
#include <rankwise/fwd.hpp>

#include <memory>
#include <span>

namespace shop {

class searcher {
public:
  searcher();
  ~searcher();
  bool score(std::span<float const> logits, std::span<float> scores, rankwise::status& outcome);
  rankwise::top_items<10> best(std::span<float const> scores, rankwise::lists<int> const& lists);

private:
  std::unique_ptr<rankwise::workspace> memory_;
};

} // namespace shop
//} header

// Every name has the kind and the parameters of its definition: this would not compile otherwise.
#include <rankwise/rankwise.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace shop {

searcher::searcher() : memory_(std::make_unique<rankwise::workspace>()) {}
searcher::~searcher() = default;
bool searcher::score(std::span<float const> logits, std::span<float> scores, rankwise::status& outcome) {
  constexpr rankwise::head::binary<"click"> click{};
  constexpr auto ranker = rankwise::ranker{rankwise::heads(click), probability(click)};
  ranker.score(rankwise::row_major(logits, 1), scores, {.errors = outcome});
  return outcome.ok();
}
rankwise::top_items<10> searcher::best(std::span<float const> scores, rankwise::lists<int> const& lists) {
  return rankwise::top_k<10>(rankwise::exec::simd{}, scores, lists, *memory_);
}

} // namespace shop

TEST_CASE("fwd: a class that is declared without the library's headers") {
  shop::searcher searcher;
  std::vector<float> const logits{0, 2, 1};
  std::vector<float> scores(3);
  rankwise::status s;
  CHECK(searcher.score(logits, scores, s));
  std::vector const offsets{0, 3};
  CHECK(searcher.best(scores, rankwise::lists(offsets))[0][0] == 1);
}
