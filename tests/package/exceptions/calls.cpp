// The same mistakes in a unit with exceptions, where they are caught, and in one without, where a status tells.
#include <rankwise/core/lists.hpp>
#include <rankwise/io/letor.hpp>
#include <rankwise/label/polarise.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/rank/top_k.hpp>

#include <limits>
#include <vector>

namespace rw = rankwise;

#ifdef WITHOUT_EXCEPTIONS
#define CALLS told_by_status
#define TRY(...)                                                                                                       \
  {                                                                                                                    \
    rw::status s;                                                                                                      \
    __VA_ARGS__;                                                                                                       \
    told += s.ok() ? 0 : 1;                                                                                            \
  }
#define LAST s
#define OPTION                                                                                                         \
  { .errors = s }
#else
#define CALLS caught
#define TRY(...)                                                                                                       \
  try {                                                                                                                \
    __VA_ARGS__;                                                                                                       \
  } catch (rw::error const&) {                                                                                         \
    ++told;                                                                                                            \
  }
#define LAST                                                                                                           \
  {}
#define OPTION                                                                                                         \
  {}
#endif

int CALLS() {
  int told = 0;
  std::vector<float> const one{1}, scores{1, 2}, broken{std::numeric_limits<float>::quiet_NaN(), 1};
  std::vector<int> const labels{1, 0}, wild{0, 2, 1};
  std::vector<float> to(1);
  auto const list = rw::lists<>::single(2);
  TRY(rw::loss::softmax{}.value(scores, one, list, OPTION))
  TRY(rw::loss::softmax{}.value(broken, labels, list, OPTION))
  TRY(rw::metric::ndcg<10>{}(broken, labels, list, OPTION))
  TRY(rw::top_k<1>(broken, list, OPTION))
  TRY(rw::lists<int> const l(wild, LAST); (void)l)
  TRY(auto const l = rw::lists_of_sizes(std::vector<int>{3, -1}, LAST); (void)l)
  TRY(rw::apply(rw::label::polarise{}, scores, to, OPTION))
  TRY(auto const text = rw::io::parse_letor("no letor", {.read = OPTION}); (void)text)
  return told;
}
