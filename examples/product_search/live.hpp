#ifndef PRODUCT_SEARCH_LIVE_HPP
#define PRODUCT_SEARCH_LIVE_HPP

#include "experiment.hpp"
#include "report.hpp"

#include <rankwise/simulate/experiment.hpp>

#include <string>
#include <vector>

// Experiments with simulated visitors: two pages for the same queries.
namespace product_search {

class live_pages {
public:
  /// Scores of the old and the new ranker for a part's items.
  void add(part const& p, std::vector<float> const& before, std::vector<float> const& after) {
    std::size_t const first = offsets_.back();
    for (std::size_t l = 1; l < p.offsets.size(); ++l) {
      offsets_.push_back(first + p.offsets[l]);
    }
    items_.insert(items_.end(), p.items.begin(), p.items.end());
    before_.insert(before_.end(), before.begin(), before.end());
    after_.insert(after_.end(), after.begin(), after.end());
  }

  class table table(behaviour const& b, rw::simulate::position_based const& visitor, std::uint64_t seed) const {
    constexpr std::size_t places = 10;
    rw::simulate::experiment_options const opts{.visits = 100, .seed = seed + 1000};
    auto const lists = rw::lists(offsets_);
    auto const attraction = [&](std::size_t i) { return b.click[items_[i]]; };
    auto const click = [](std::size_t, auto const&, std::size_t) { return 1.0; };
    auto const purchase = [&](std::size_t i, rw::simulate::visit_random const& random, std::size_t rank) {
      return random(rank, 2) < b.cart[items_[i]] && random(rank, 3) < b.purchase[items_[i]] ? 1.0 : 0.0;
    };
    auto const p_value = [](double p) { return p < 0.0001 ? std::string("< 0.0001") : number(p, 4); };
    auto const interval = [](double d, double low, double high) {
      return (d >= 0 ? "+" : "") + number(d) + " [" + number(low) + ", " + number(high) + "]";
    };
    class table t({"experiment", "visits", "before", "after", "change [95 %]", "p"});
    auto const both = [&](char const* what, auto const& worth) {
      auto const s = rw::simulate::split_test(visitor, before_, after_, lists, places, attraction, worth, opts);
      t.add({std::string("split test, ") + what + " per visit", std::to_string(s.visits_a + s.visits_b),
             number(s.mean_a), number(s.mean_b), interval(s.outcome.difference, s.outcome.low, s.outcome.high),
             p_value(s.outcome.p_value)});
      auto const d = rw::simulate::interleaving_test(visitor, before_, after_, lists, places, attraction, worth, opts);
      t.add({std::string("interleaving, ") + what + ": visits won, credit per visit",
             std::to_string(d.wins_a + d.wins_b + d.ties), std::to_string(d.wins_a), std::to_string(d.wins_b),
             interval(d.credit.difference, d.credit.low, d.credit.high), p_value(d.credit.p_value)});
    };
    both("clicks", click);
    both("purchases", purchase);
    return t;
  }

private:
  std::vector<std::size_t> offsets_{0};
  std::vector<std::size_t> items_;
  std::vector<float> before_, after_;
};

} // namespace product_search

#endif
