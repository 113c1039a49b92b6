// The plots of the report: points that differ by rounding alone are one, and no two ticks of an axis look the same.
#include "report.hpp"

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

namespace {

std::string drawn(std::vector<product_search::point> const& points) {
  return product_search::plot("title", "x", "y").add({"name", points}).svg();
}

/// What stands on the axes: the vertical one's texts end at their ticks.
std::vector<std::string> ticks(std::string const& svg, std::string const& anchor) {
  std::vector<std::string> all;
  std::string const before = "text-anchor=\"" + anchor + "\">";
  for (auto at = svg.find("class=\"tick\""); at != svg.npos; at = svg.find("class=\"tick\"", at + 1)) {
    auto const from = svg.find("text-anchor", at);
    if (svg.compare(from, before.size(), before) == 0) {
      all.push_back(svg.substr(from + before.size(), svg.find('<', from) - from - before.size()));
    }
  }
  return all;
}

bool different(std::vector<std::string> all) {
  std::sort(all.begin(), all.end());
  return all.size() > 2 && all.size() < 10 && std::adjacent_find(all.begin(), all.end()) == all.end();
}

} // namespace

int main() {
  bool good = true;
  for (double const middle : {0.0, 0.85, 1.0, -0.3, 1234.5, 1e17}) {
    std::string const one = drawn({{middle, 1}, {middle, 1}});
    bool const same = drawn({{middle, 1}, {middle * (1 - 1.2e-16) + 1e-16, 1 - 6e-8}}) == one;
    if (!same || !different(ticks(one, "middle")) || !different(ticks(one, "end"))) {
      std::printf("around %g: rounding is drawn\n", middle);
      good = false;
    }
    for (double range = 100; range > 1e-8; range /= 1.7) {
      std::string const svg = drawn({{0, middle}, {1, middle + range}});
      if (!different(ticks(svg, "end"))) {
        std::printf("from %g over %g: not all ticks are different\n", middle, range);
        good = false;
      }
    }
  }
  return good ? 0 : 1;
}
