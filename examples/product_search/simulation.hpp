#ifndef PRODUCT_SEARCH_SIMULATION_HPP
#define PRODUCT_SEARCH_SIMULATION_HPP

#include "catalogue.hpp"
#include "features.hpp"

#include <rankwise/math/sigmoid.hpp>
#include <rankwise/simulate/click_model.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <string>
#include <unordered_map>
#include <vector>

// Visitors who look, click, fill carts and buy. All of them are simulated.
namespace product_search {

class parameters {
public:
  /// What cannot be used is refused here, before the work.
  explicit parameters(std::string const& path) : path_(path) {
    std::ifstream file(path);
    if (!file) {
      throw bad_data(path + ": cannot be opened");
    }
    std::string line;
    for (std::size_t number = 1; std::getline(file, line); ++number) {
      if (number == 1 && line.starts_with("\xEF\xBB\xBF")) { // the mark that some editors write before UTF-8
        line.erase(0, 3);
      }
      if (line.ends_with('\r')) {
        line.pop_back();
      }
      read(line, number);
    }
    for (char const* const name : {"logging_noise", "click_constant", "click_relevance", "click_popularity",
                                   "click_rating", "cart_constant", "cart_relevance", "cart_price", "cart_popularity",
                                   "purchase_constant", "purchase_relevance", "purchase_price"}) {
      (*this)[name];
    }
    count("page");
    count("visits");
    visitor();
  }
  double operator[](char const* name) const {
    auto const found = values_.find(name);
    if (found == values_.end()) {
      throw bad_data(path_ + ": has no parameter " + name);
    }
    return found->second;
  }
  /// A number of things.
  std::size_t count(char const* name) const {
    double const x = (*this)[name];
    if (!(x >= 1 && x <= 1e6) || x != std::floor(x)) {
      throw bad_data(path_ + ": " + name + " is no whole number from 1 to 1000000");
    }
    return static_cast<std::size_t>(x);
  }
  /// Who looks at a place by its rank alone.
  rankwise::simulate::position_based visitor() const {
    rankwise::simulate::position_based const v{(*this)["examination_severity"]};
    if (char const* const fault = rankwise::fault_of(v)) {
      throw bad_data(path_ + ": examination_severity is no " + fault);
    }
    return v;
  }

private:
  void read(std::string const& line, std::size_t number) {
    auto const wrong = [&](std::string const& what) {
      return bad_data(path_ + ": line " + std::to_string(number) + ": " + what);
    };
    if (line.find('\r') != line.npos) { // not printed: it would overwrite the message
      throw wrong("lines end with a line feed, not with a carriage return alone");
    }
    if (line.empty() || line[0] == '#' || line == "name\tvalue") {
      return;
    }
    auto const tab = line.find('\t');
    char const* const first = line.c_str() + (tab == line.npos ? line.size() : tab + 1);
    char* end = nullptr;
    double const value = std::strtod(first, &end);
    if (end == first || end != line.c_str() + line.size() || !std::isfinite(value)) {
      throw wrong("\"" + line + "\" is no name and value");
    }
    if (!values_.try_emplace(line.substr(0, tab), value).second) {
      throw wrong("parameter " + line.substr(0, tab) + " is there twice");
    }
  }

  std::string path_;
  std::unordered_map<std::string, double> values_;
};

/// What visitors would do with an item that they look at.
struct behaviour {
  std::vector<double> click, cart, purchase; // purchase given cart given click

  double conversion(std::size_t i) const { return click[i] * cart[i] * purchase[i]; }
  double carts(std::size_t i) const { return click[i] * cart[i]; }
};

/// Driven by the grade that people gave, scaled to 0 .. 1, and by popularity, rating and price against the list's mean.
inline behaviour make_behaviour(catalogue const& c, std::vector<float> const& rows, int grades, parameters const& p) {
  std::size_t const n = c.judgments.size();
  behaviour b{std::vector<double>(n), std::vector<double>(n), std::vector<double>(n)};
  for (std::size_t l = 0; l + 1 < c.offsets.size(); ++l) {
    std::size_t const first = c.offsets[l];
    std::size_t const last = c.offsets[l + 1];
    // Standard scores within the list; what is missing is the mean.
    auto const standard = [&](std::size_t feature) {
      std::vector<double> z(last - first, 0.0);
      double sum = 0, square = 0, count = 0;
      for (std::size_t i = first; i < last; ++i) {
        double const x = static_cast<double>(rows[i * features + feature]);
        if (!std::isnan(x)) {
          sum += x;
          square += x * x;
          ++count;
        }
      }
      double const mean = count > 0 ? sum / count : 0;
      double const deviation = count > 0 ? std::sqrt(std::max(0.0, square / count - mean * mean)) : 0;
      for (std::size_t i = first; i < last; ++i) {
        double const x = static_cast<double>(rows[i * features + feature]);
        z[i - first] = std::isnan(x) || deviation <= 0 ? 0 : (x - mean) / deviation;
      }
      return z;
    };
    auto const popularity = standard(popularity_feature);
    auto const rating = standard(13);
    auto const price = standard(price_feature);
    for (std::size_t i = first; i < last; ++i) {
      double const r = 2.0 * c.judgments[i].grade / (grades - 1);
      std::size_t const k = i - first;
      b.click[i] = rankwise::math::sigmoid(p["click_constant"] + p["click_relevance"] * r +
                                           p["click_popularity"] * popularity[k] + p["click_rating"] * rating[k]);
      b.cart[i] = rankwise::math::sigmoid(p["cart_constant"] + p["cart_relevance"] * r + p["cart_price"] * price[k] +
                                          p["cart_popularity"] * popularity[k]);
      b.purchase[i] = rankwise::math::sigmoid(p["purchase_constant"] + p["purchase_relevance"] * r +
                                              p["purchase_price"] * price[k]);
    }
  }
  return b;
}

/// What a shop has in its logs: counts per item, and how often its places are looked at on average.
struct engagement_log {
  std::vector<double> shown, examined, clicks, carts, purchases;
};

/// Visits to pages that the old ranker made. `Model` is a click model of the library.
template <class Model>
engagement_log simulate(catalogue const& c, std::vector<float> const& rows, behaviour const& b, Model const& model,
                        parameters const& p, std::uint64_t seed) {
  std::size_t const n = c.judgments.size();
  engagement_log log;
  for (auto* column : {&log.shown, &log.examined, &log.clicks, &log.carts, &log.purchases}) {
    column->resize(n);
  }
  auto const page = p.count("page");
  auto const visits = p.count("visits");
  for (std::size_t l = 0; l + 1 < c.offsets.size(); ++l) {
    std::size_t const first = c.offsets[l];
    std::size_t const size = c.offsets[l + 1] - first;
    std::vector<std::pair<double, std::size_t>> order(size);
    for (std::size_t visit = 0; visit < visits; ++visit) {
      rankwise::simulate::visit_random const random(seed, l, visit);
      for (std::size_t k = 0; k < size; ++k) {
        float const* const f = &rows[(first + k) * features];
        double const noise = -std::log(-std::log(random(k, 5) + 1e-12) + 1e-12); // Gumbel: a random order
        order[k] = {-(0.3 * static_cast<double>(f[popularity_feature]) + 2 * static_cast<double>(f[1]) +
                      p["logging_noise"] * noise),
                    first + k};
      }
      std::size_t const count = std::min(page, size);
      std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end());
      for (std::size_t r = 0; r < count; ++r) {
        std::size_t const item = order[r].second;
        ++log.shown[item];
        if constexpr (requires { model.examination(r); }) {
          log.examined[item] += model.examination(r);
        } else {
          log.examined[item] += model.examination(r, [&](std::size_t k) { return b.click[order[k].second]; });
        }
      }
      model.visit(
          count, [&](std::size_t r) { return b.click[order[r].second]; }, random,
          [&](std::size_t r) {
            std::size_t const item = order[r].second;
            ++log.clicks[item];
            if (random(r, 2) < b.cart[item]) {
              ++log.carts[item];
              log.purchases[item] += random(r, 3) < b.purchase[item] ? 1 : 0;
            }
          });
    }
    c.progress("simulated visits", l + 1, c.offsets.size() - 1);
  }
  return log;
}

} // namespace product_search

#endif
