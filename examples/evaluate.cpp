// Many metrics from one order.
#include "claim.hpp"

#include <rankwise/metric/evaluate.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/mrr.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/stat/interval.hpp>

#include <cstdio>
#include <string>
#include <vector>

namespace rw = rankwise;

namespace {

void evaluate() {
  //{ evaluate
  std::vector<float> const scores{0.1f, 0.4f, 0.3f, 0.8f, 0.2f, 0.9f};
  std::vector<float> const labels{2, 0, 1, 0, 0, 0};
  auto const lists = rw::lists_of_sizes(std::vector{3, 3}); // nothing in the second list is relevant

  constexpr auto measures = rw::metrics(rw::metric::ndcg<10>{}, rw::metric::map<10, rw::empty::skip>{},
                                        rw::titled<"first hit">(rw::metric::mrr<10, rw::ties::expected>{}));
  auto const result = rw::evaluate(measures, scores, labels, lists);
  for (std::size_t m = 0; m < result.size(); ++m) {
    std::printf("%s = %.4f over %zu lists\n", result.title(m), result.value(m), result.lists());
  }
  bool const has_one = result.defined(1, 1); // MAP of the second list: empty::skip left it out
  //} evaluate
  claim(!has_one && result.weight(1) == 1, "a mask of values that exist");
  //{ interval
  auto const sure = rw::stat::bootstrap{}(result.per_list(1), {.mask = result.mask(1)}); // NaN is no number of it
  //} interval
  claim(sure.items == 1 && sure.value == result.value(1), "statistics over the lists that have a value");
  //{ print
  std::string const table = result.to_table();   // aligned: title, mean, lists with a value
  std::string const tsv = result.to_tsv(true);   // a line for every list, and one for all
  std::string const json = result.to_json(true); // lists without a value are null
  //} print
  std::printf("%s%s%s\n", table.c_str(), tsv.c_str(), json.c_str());
  claim(json.find("null") != std::string::npos, "JSON has no NaN");
  //{ shards
  auto const first = rw::lists<int>::single(3);
  auto total = rw::evaluate(measures, std::vector(scores.begin(), scores.begin() + 3),
                            std::vector(labels.begin(), labels.begin() + 3), first);
  total.merge(rw::evaluate(measures, std::vector(scores.begin() + 3, scores.end()),
                           std::vector(labels.begin() + 3, labels.end()), first));
  bool const same = total.value(0) == result.value(0); // the same bits, whatever the shards
  //} shards
  claim(same && total.lists() == 2, "shards in any order give the bits of one run");
  //{ prepared
  auto const data = measures.prepare(labels, lists); // ideals and counts of relevant items, once
  rw::workspace memory(measures.workspace_bytes(data));
  double const again = rw::evaluate(measures, scores, data, memory).value(0);
  //} prepared
  claim(again == result.value(0), "prepared or not: the same bits");
}

} // namespace

int main() {
  evaluate();
  return broken_claims;
}
