#ifndef PRODUCT_SEARCH_SETTINGS_HPP
#define PRODUCT_SEARCH_SETTINGS_HPP

#include "catalogue.hpp"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

// What the program is asked for.
namespace product_search {

struct settings {
  std::string products = PRODUCT_SEARCH_DATA "/data/products.tsv";
  std::string judgments = PRODUCT_SEARCH_DATA "/data/judgments.tsv";
  std::string simulation = PRODUCT_SEARCH_DATA "/simulation.tsv";
  std::string out = "product_search_report";
  scale grades = scale::numbers(4);
  bool full = false;
  bool cascade = false;
  std::uint64_t seed = 1;
  std::size_t rounds = 80;
};

constexpr char const* usage = R"(product_search: trains and evaluates a product-search ranker and writes a report

  --products FILE    tab-separated, with columns docid and title, and as they are there: brand, color, bullets,
                     price, rating, rating_count
  --judgments FILE   tab-separated, with columns qid, query, docid and grade
  --grades N         grades are 0 .. N-1, the best one last (4)
  --grades A,B,...   or these words or numbers, the best one last
  --simulation FILE  parameters of the simulated visitors
  --clicks MODEL     position (as the report says) or cascade
  --out FOLDER       where report.html and the tables go (product_search_report)
  --seed N           of the simulation, the splits and the trees (1)
  --full             five splits, the whole grid, twenty seeds: a few minutes
)";

inline long need_number(char const* option, char const* text) {
  char* end = nullptr;
  errno = 0;
  long const n = std::strtol(text, &end, 10);
  if (end == text || *end != '\0' || n < 0 || errno == ERANGE) {
    throw bad_data(std::string(option) + ": \"" + text + "\" is no whole number");
  }
  return n;
}

/// "4", or "bad,fair,good".
inline scale read_scale(std::string_view text) {
  if (text.find(',') == text.npos) {
    long const grades = need_number("--grades", std::string(text).c_str());
    if (grades < 2 || grades > 1000) {
      throw bad_data("--grades: from 2 to 1000");
    }
    return scale::numbers(static_cast<int>(grades));
  }
  std::vector<std::string> names;
  for (std::size_t first = 0, end = 0; end != text.npos; first = end + 1) {
    end = text.find(',', first);
    names.emplace_back(text.substr(first, end - first));
  }
  return scale(names);
}

inline settings read(int count, char** arguments) {
  settings s;
  for (int i = 1; i < count; ++i) {
    std::string const option = arguments[i];
    if (option == "--help" || option == "-h") {
      std::fputs(usage, stdout);
      std::exit(0);
    }
    if (option == "--full") {
      s.full = true;
      continue;
    }
    if (i + 1 == count) {
      throw bad_data(option + ": unknown, or its value is missing; --help lists the options");
    }
    char const* const value = arguments[++i];
    if (*value == '\0') {
      throw bad_data(option + ": its value is empty");
    }
    if (option == "--products") {
      s.products = value;
    } else if (option == "--judgments") {
      s.judgments = value;
    } else if (option == "--simulation") {
      s.simulation = value;
    } else if (option == "--out") {
      s.out = value;
    } else if (option == "--grades") {
      s.grades = read_scale(value);
    } else if (option == "--seed") {
      s.seed = static_cast<std::uint64_t>(need_number("--seed", value));
    } else if (option == "--clicks" && (std::strcmp(value, "position") == 0 || std::strcmp(value, "cascade") == 0)) {
      s.cascade = std::strcmp(value, "cascade") == 0;
    } else {
      throw bad_data(option + " " + value + ": unknown; --help lists the options");
    }
  }
  return s;
}

} // namespace product_search

#endif
