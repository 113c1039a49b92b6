// Device memory and the executor of Thrust, on whatever device system the program was configured for.
#include "claim.hpp"

#include <rankwise/backend/thrust.hpp>
#include <rankwise/rankwise.hpp>

#include <vector>

namespace rw = rankwise;

int main() {
  std::vector<float> const s{3, 1, 2, 0.5f, 2.5f}, y{2, 0, 1, 0, 1};
  std::vector<float> const z{1, -1, 0, 2, 0.5f, 0.5f, -2, 1, 3, 0};
  auto const lists = rw::lists_of_sizes(std::vector{3, 2});
  //{ thrust
  thrust::device_vector<float> const scores(s.begin(), s.end()), labels(y.begin(), y.end());
  thrust::device_vector<float> gradient(5);
  double const value = rw::loss::softmax{}.gradient(scores, labels, lists, gradient); // device memory: exec::thrust

  rw::exec::thrust const on{thrust::device}; // an execution policy of your choice, with a stream say
  double const ndcg = rw::metric::ndcg<10>{}(on, scores, labels, lists);
  //} thrust
  std::vector<float> host(5);
  double const expected = rw::loss::softmax{}.gradient(s, y, lists, host);
  std::printf("device %.7f, host %.7f\n", value, expected);
  claim(near(value, expected, 1e-5) && near(ndcg, 1), "device and host agree");
  //{ logits
  constexpr rw::head::binary<"click"> click{};
  constexpr rw::head::binary<"order"> order{};
  constexpr auto ranker = rw::make_ranker(rw::heads(click, order), probability(click) * probability(order));
  thrust::device_vector<float> const logits(z.begin(), z.end()); // one row for every item
  thrust::device_vector<float> ranked(5);
  ranker.score(rw::row_major(logits, ranker.columns), ranked);
  ranker.score(rw::row_major(logits.data(), 5, 2), ranked);           // a device_ptr, items, numbers of an item
  float const* const raw = logits.data().get();                       // what cudaMalloc gives, say
  ranker.score(rw::row_major(rw::device_column(raw, 10), 2), ranked); // the same
  //} logits
  std::vector<float> expected_scores(5);
  ranker.score(rw::row_major(z, 2), expected_scores);
  float const first = ranked[0];
  claim(near(static_cast<double>(first), static_cast<double>(expected_scores[0]), 1e-5), "device logits");
  float const g = gradient[0];
  claim(near(static_cast<double>(g), static_cast<double>(host[0]), 1e-5), "the gradient arrived");
  return broken_claims;
}
