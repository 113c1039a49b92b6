#ifndef RANKWISE_SIMULATE_EXPERIMENT_HPP
#define RANKWISE_SIMULATE_EXPERIMENT_HPP

#include <rankwise/core/lists.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/rank/interleave.hpp>
#include <rankwise/rank/ranks.hpp>
#include <rankwise/simulate/click_model.hpp>
#include <rankwise/stat/experiment.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

/// Experiments with two rankers on simulated visitors: a split test, where a coin decides which ranker a visit gets,
/// and interleaving, where every visit sees a page of both. Results are functions of the seed.
namespace rankwise::inline RANKWISE_ABI::simulate {

struct experiment_options {
  std::size_t visits = 100; ///< to every list
  std::uint64_t seed = 1;
  double confidence = 0.95;
  on_error errors{};
};

/// What came of a split test. `outcome` compares B - A: a positive difference is in favour of B.
struct split_result {
  stat::comparison outcome; ///< Welch's test over visits
  std::size_t visits_a = 0;
  std::size_t visits_b = 0;
  double mean_a = 0;
  double mean_b = 0;
};

namespace detail {

/// Who sees what, from other draws than those of the visit.
struct coin {
  std::uint64_t seed;
  RANKWISE_FN bool b(std::size_t list, std::size_t visit) const {
    return (random_bits(seed ^ 0x5851F42D4C957F2Du, visit, list) & 1u) != 0;
  }
};

/// Best items first, by list, and how many of them the ranker has found.
template <class Isa>
struct ordered {
  std::vector<std::size_t> item;
  std::vector<std::size_t> count;
  std::vector<bool> reported; // lists that have no order

  template <class Scores, class Offset>
  bool read(Scores const& scores, char const* argument, lists<Offset> const& groups, status& told) {
    item.resize(groups.items());
    count.resize(groups.size());
    auto const take = [&](auto const& ranking) {
      std::size_t const first = ranking.list().first();
      count[ranking.list().number()] = ranking.size();
      for (std::size_t r = 0; r < ranking.size(); ++r) {
        item[first + r] = first + ranking.item(r);
      }
    };
    bool const ran = rankwise::detail::each_ranking<ties::stable>(executor_for<Scores>{}, scores, argument, groups,
                                                                  {.errors = told}, take);
    for (std::size_t l = 0; l < groups.size(); ++l) {
      reported.push_back(count[l] == 0 && rankwise::detail::list_reported<Isa>(scores, groups, l));
    }
    return ran;
  }
};

/// Of several faults the first: a later step that goes well does not make a call good.
RANKWISE_HOST_FN status first_of(status const& a, status const& b) {
  return a.ok() ? b : a;
}
/// Whoever looks at no status hears of a fault at once.
RANKWISE_HOST_FN bool goes_on(status const& s, on_error const& errors) {
  return s.ok() || errors.destination() != nullptr;
}

} // namespace detail

/// Visits to every list, each to a page of `places` items by ranker A or B as a coin says. attraction(item) is a
/// probability; worth(item, random, rank) is what a click on the item adds to the visit's outcome: 1 for counting
/// clicks, or drawn: whether it was bought.
template <class Model, class A, class B, class Offset, class Attraction, class Worth, class Isa = arch::native>
split_result split_test(Model const& model, A const& scores_a, B const& scores_b, lists<Offset> const& groups,
                        std::size_t places, Attraction attraction, Worth worth, experiment_options const& opts = {}) {
  split_result result;
  auto const a = as_column(scores_a);
  auto const b = as_column(scores_b);
  if (!rankwise::detail::check_parameters(fault_of(model), opts.errors) ||
      !stat::detail::check_confidence(opts.confidence, opts.errors) ||
      !rankwise::detail::check_size(a, "the scores of the first ranker", groups.items(), opts.errors) ||
      !rankwise::detail::check_size(b, "the scores of the second ranker", groups.items(), opts.errors)) {
    return result;
  }
  detail::ordered<Isa> order[2];
  status said[2];
  bool const both = order[0].read(a, "the scores of the first ranker", groups, said[0]) &&
                    order[1].read(b, "the scores of the second ranker", groups, said[1]);
  status const told = detail::first_of(said[0], said[1]);
  if (!both || !detail::goes_on(told, opts.errors)) {
    rankwise::detail::passed(told, opts.errors);
    return result;
  }
  std::vector<double> outcomes[2];
  for (std::size_t l = 0; l < groups.size(); ++l) {
    if (order[0].reported[l] || order[1].reported[l]) { // one ranker would get visits to an empty page
      continue;
    }
    for (std::size_t v = 0; v < opts.visits && groups.size_of(l) > 0; ++v) {
      std::size_t const arm = detail::coin{opts.seed}.b(l, v) ? 1 : 0;
      std::size_t const* const shown = order[arm].item.data() + groups.begin_of(l);
      std::size_t const page = order[arm].count[l] < places ? order[arm].count[l] : places;
      visit_random const random(opts.seed, l, v);
      double outcome = 0;
      model.visit(
          page, [&](std::size_t r) { return attraction(shown[r]); }, random,
          [&](std::size_t r) { outcome += static_cast<double>(worth(shown[r], random, r)); });
      outcomes[arm].push_back(outcome);
    }
  }
  status tested;
  result.outcome = stat::welch{opts.confidence}(outcomes[1], outcomes[0], tested);
  for (std::size_t arm = 0; arm < 2; ++arm) {
    double sum = 0;
    for (double const x : outcomes[arm]) {
      sum += x;
    }
    double const n = static_cast<double>(outcomes[arm].size());
    (arm == 0 ? result.visits_a : result.visits_b) = outcomes[arm].size();
    (arm == 0 ? result.mean_a : result.mean_b) = n > 0 ? sum / n : 0;
  }
  rankwise::detail::passed(detail::first_of(told, tested), opts.errors);
  return result;
}

/// What came of interleaving, B - A: `credit` tests whether the mean credit per visit, list by list, is 0.
struct interleaving_result {
  stat::test_result credit; ///< Student's test over lists of the mean credit of their visits
  std::size_t wins_a = 0;   ///< visits with more worth on A's items
  std::size_t wins_b = 0;
  std::size_t ties = 0;
};

/// The same visits to pages that both rankers have drafted. `Method` is interleave::team_draft or balanced; every visit
/// draws its own page.
template <class Method = interleave::team_draft, class Model, class A, class B, class Offset, class Attraction,
          class Worth, class Isa = arch::native>
interleaving_result interleaving_test(Model const& model, A const& scores_a, B const& scores_b,
                                      lists<Offset> const& groups, std::size_t places, Attraction attraction,
                                      Worth worth, experiment_options const& opts = {}) {
  interleaving_result result;
  auto const a = as_column(scores_a);
  auto const b = as_column(scores_b);
  if (!rankwise::detail::check_parameters(fault_of(model), opts.errors) ||
      !stat::detail::check_confidence(opts.confidence, opts.errors) ||
      !rankwise::detail::check_size(a, "the scores of the first ranker", groups.items(), opts.errors) ||
      !rankwise::detail::check_size(b, "the scores of the second ranker", groups.items(), opts.errors)) {
    return result;
  }
  std::size_t const items = groups.items();
  std::vector<std::int64_t> place(items), team(items);
  std::vector<std::size_t> page;
  std::vector<double> credit(groups.size()), even(groups.size());
  std::vector<unsigned char> visited(groups.size());
  status told;
  for (std::size_t v = 0; v < opts.visits && detail::goes_on(told, opts.errors); ++v) {
    status drafted;
    interleaved(Method{random_bits(opts.seed, v, 0x1A7E)}, a, b, groups, places, place, team, drafted);
    told = detail::first_of(told, drafted);
    for (std::size_t l = 0; l < groups.size(); ++l) {
      page.assign(groups.size_of(l), 0);
      std::size_t shown = 0;
      for (std::size_t i = groups.begin_of(l); i < groups.end_of(l); ++i) {
        if (place[i] >= 0) {
          page[static_cast<std::size_t>(place[i])] = i;
          ++shown;
        }
      }
      if (shown == 0) {
        continue;
      }
      visited[l] = 1;
      visit_random const random(opts.seed, l, v);
      double balance = 0;
      model.visit(
          shown, [&](std::size_t r) { return attraction(page[r]); }, random,
          [&](std::size_t r) {
            double const w = static_cast<double>(worth(page[r], random, r));
            balance += team[page[r]] == 1 ? w : -w;
          });
      credit[l] += balance / static_cast<double>(opts.visits);
      result.wins_a += balance < 0 ? 1u : 0u;
      result.wins_b += balance > 0 ? 1u : 0u;
      result.ties += balance == 0 ? 1u : 0u;
    }
  }
  status tested;
  result.credit = stat::paired_t{.confidence = opts.confidence}(credit, even, {.mask = visited, .errors = tested});
  rankwise::detail::passed(detail::first_of(told, tested), opts.errors);
  return result;
}

} // namespace rankwise::inline RANKWISE_ABI::simulate

#endif
