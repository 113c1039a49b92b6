#include "check_lists.hpp"

#include <rankwise/metric/diversity.hpp>
#include <rankwise/metric/err.hpp>
#include <rankwise/metric/list_auc.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/mrr.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/metric/pairs.hpp>
#include <rankwise/metric/precision.hpp>
#include <rankwise/metric/rbp.hpp>

namespace rw = rankwise;

namespace {

/// Metrics of what a page has in common: judgments of items by subtopic, or vectors, in rows of five.
template <class Executor, class Call>
device::result<float> by_rows(Executor executor, Call const& call, device::problem const& p, rw::workspace& memory) {
  constexpr std::size_t width = 5;
  std::vector<float> numbers = support::random(14).grades<float>(p.scores.size() * width, 2);
  if (!p.mask.empty()) {
    numbers[2300 * width] = std::numeric_limits<float>::quiet_NaN(); // of an item that takes part
  }
  auto const scores = device::sent<Executor, float>(p.scores);
  auto const sent = device::sent<Executor, float>(numbers);
  auto const list_weights = device::sent<Executor, double>(p.list_weights);
  auto const mask = device::sent<Executor, std::uint8_t>(p.mask);
  rw::matrix<float const, rw::layout::row_major, Executor::where> const rows{rw::as_column(sent).first, p.scores.size(),
                                                                             width, width, 1};
  rw::lists const lists(p.offsets);
  device::result<float> out;
  out.per_list.resize(lists.size());
  rw::options given{.per_list = out.per_list, .errors = out.status};
  if (!p.mask.empty()) {
    given.list_weights = list_weights;
    given.mask = mask;
  }
  out.value = call(executor, scores, rows, lists, memory, given);
  return out;
}

template <class Call>
void check_rows(char const* name, void* stream, Call const& call, double bound) {
  for (bool const everything : {false, true}) {
    std::string const what = std::string(name) + (everything ? ", weights, mask and NaN: " : ": ");
    device::problem const p(everything);
    rw::workspace memory, there;
    auto const found = by_rows(device::on(stream), call, p, there);
    std::string const difference = found.differs_from(by_rows(rw::exec::scalar{}, call, p, memory), bound);
    device::check(difference.empty(), what + difference);
    device::check((found.status.code == rw::errc::not_finite) == everything, what + "NaN is reported");
    device::check(by_rows(device::on(stream), call, p, there).differs_from(found, 0).empty(),
                  what + "again, the same bits");
  }
}

device::add_family const metrics("metrics", [](void* stream) {
  device::check_lists<float>("NDCG@10", stream, rw::metric::ndcg<10>{});
  device::check_lists<float>("MAP", stream, rw::metric::map<>{});
  auto const alpha = [](auto executor, auto const& scores, auto const& rows, auto const& lists, auto& memory,
                        auto const& given) {
    return rw::metric::alpha_ndcg<10>{.alpha = 0.3}(executor, scores, rows, lists, memory, given);
  };
  check_rows("alpha-nDCG@10", stream, alpha, 1e-12);
  std::vector<double> const intents{3, 1, 2, 0, 1};
  auto const aware = [&](auto executor, auto const& scores, auto const& rows, auto const& lists, auto& memory,
                         auto const& given) {
    return rw::metric::intent_aware(executor, rw::metric::ndcg<10>{}, scores, rows, lists, intents, memory, given);
  };
  check_rows("NDCG@10 by intents", stream, aware, device::tolerance<float>);
#if !defined(RANKWISE_TEST_SAMPLE)
  auto const spread = [](auto executor, auto const& scores, auto const& rows, auto const& lists, auto& memory,
                         auto const& given) {
    return rw::metric::intra_list_diversity<10>{}(executor, scores, rows, lists, memory, given);
  };
  check_rows("intra-list diversity@10", stream, spread, 1e-12);
  device::check_lists<float>("NDCG", stream, rw::metric::ndcg<>{});
  device::check_lists<double>("NDCG@5, linear", stream, rw::metric::ndcg<5, rw::gain::linear, rw::empty::skip>{});
  device::check_lists<float>("recall@3, expected ties", stream, rw::metric::recall<3, rw::ties::expected>{});
  device::check_lists<float>("MRR@10", stream, rw::metric::mrr<10>{});
  device::check_lists<float>("ERR@20", stream, rw::metric::err<20>{});
  device::check_lists<float>("RBP", stream, rw::metric::rbp<>{.p = 0.8});
  device::check_lists<float>("AUC of lists", stream, rw::metric::list_auc<>{});
  device::check_lists<float>("ordered pairs", stream, rw::metric::ordered_pairs<>{});
#endif
});

} // namespace
