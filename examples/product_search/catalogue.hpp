#ifndef PRODUCT_SEARCH_CATALOGUE_HPP
#define PRODUCT_SEARCH_CATALOGUE_HPP

#include <rankwise/io/tsv.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

// Products, queries and judged pairs from two tables of tab-separated values.
namespace product_search {

namespace rw = rankwise;

struct product {
  std::string id, title, brand, colour, bullets;
  double price = 0, rating = 0, rating_count = 0; // 0: not known
};

struct query {
  std::string id, text;
};

struct judgment {
  std::size_t product = 0;
  int grade = 0; // as people gave it, from 0
};

/// What is wrong with the data, in one line.
struct bad_data : std::runtime_error {
  using runtime_error::runtime_error;
};

struct catalogue {
  std::vector<product> products;
  std::vector<query> queries;
  std::vector<judgment> judgments;     // by query
  std::vector<std::size_t> offsets{0}; // of the queries' judgments
  std::function<void(char const*, std::size_t, std::size_t)> progress = [](char const*, std::size_t, std::size_t) {};
};

/// The grades that people may give, the best one last, as they are written in the table.
class scale {
public:
  explicit scale(std::vector<std::string> names) : names_(std::move(names)) {
    for (std::string const& name : names_) {
      if (name.empty()) {
        throw bad_data("--grades: a name is empty");
      }
      if (!grades_.try_emplace(key(name), size()).second) {
        throw bad_data("--grades: \"" + name + "\" is there twice");
      }
    }
  }
  /// 0 .. grades-1
  static scale numbers(int grades) {
    std::vector<std::string> names;
    for (int g = 0; g < grades; ++g) {
      names.push_back(std::to_string(g));
    }
    return scale(names);
  }

  int size() const { return static_cast<int>(grades_.size()); }
  /// -1: none of them. Numbers may be written in any way: "3.0" is "3".
  int find(std::string const& text) const {
    auto const found = grades_.find(key(text));
    return found == grades_.end() ? -1 : found->second;
  }
  std::string const& name(int grade) const { return names_[static_cast<std::size_t>(grade)]; }
  std::string text() const {
    if (size() > 8) {
      return names_.front() + " .. " + names_.back();
    }
    std::string all;
    for (std::string const& name : names_) {
      all += (all.empty() ? "" : ", ") + name;
    }
    return all;
  }

private:
  static std::string key(std::string const& text) {
    double x = 0;
    char const* const end = text.data() + text.size();
    auto const read = std::from_chars(text.data(), end, x);
    if (read.ec != std::errc() || read.ptr != end) {
      return text;
    }
    char shortest[32];
    return {shortest, std::to_chars(shortest, shortest + sizeof shortest, x).ptr};
  }

  std::vector<std::string> names_;
  std::unordered_map<std::string, int> grades_;
};

namespace detail {

inline bool is_utf8(std::string_view s) {
  for (std::size_t i = 0; i < s.size();) {
    auto const lead = static_cast<unsigned char>(s[i]);
    std::size_t const length = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
    if (length == 0 || i + length > s.size() || lead == 0xC0 || lead == 0xC1 || lead > 0xF4) {
      return false;
    }
    for (std::size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(s[i + k]) & 0xC0) != 0x80) {
        return false;
      }
    }
    if (length > 2) { // no longer than need be, no half of a surrogate pair, nothing beyond U+10FFFF
      auto const next = static_cast<unsigned char>(s[i + 1]);
      if ((lead == 0xE0 && next < 0xA0) || (lead == 0xED && next > 0x9F) || (lead == 0xF0 && next < 0x90) ||
          (lead == 0xF4 && next > 0x8F)) {
        return false;
      }
    }
    i += length;
  }
  return true;
}

/// A table of the library's, with what this program asks of one: columns by name, valid UTF-8, errors in one line.
class table {
public:
  explicit table(std::string path) : path_(std::move(path)), rows_(rw::io::read_tsv(path_)) {
    if (rows_.columns() == 0) {
      throw bad_data(path_ + ": is empty; its first line must name the columns");
    }
    for (std::size_t r = 0; r < size(); ++r) {
      for (std::size_t c = 0; c < rows_.columns(); ++c) {
        if (!is_utf8(rows_.field(r, c))) {
          fail(r, "is not valid UTF-8 (column " + std::string(rows_.name(c)) + ")");
        }
      }
    }
  }

  static constexpr std::size_t none = rw::io::tsv::none;
  std::size_t size() const { return rows_.size(); }
  std::size_t find(std::string_view name) const { return rows_.find(name); }
  std::size_t need(std::string_view name) const {
    std::size_t const at = find(name);
    if (at == none) {
      std::string all;
      for (std::size_t c = 0; c < rows_.columns(); ++c) {
        all += (all.empty() ? "" : ", ") + std::string(rows_.name(c));
      }
      throw bad_data(path_ + ": has no column \"" + std::string(name) + "\"; its columns are " + all);
    }
    return at;
  }

  std::string text(std::size_t row, std::size_t column) const {
    return column == none ? std::string() : std::string(rows_.field(row, column));
  }
  /// Numbers of a column, none of them negative; 0 where it, or its entry, is missing.
  std::vector<double> numbers(std::string_view name) const {
    std::vector<double> x(size());
    std::size_t const column = find(name);
    for (std::size_t r = 0; column != none && r < size(); ++r) {
      std::string_view const field = rows_.field(r, column);
      char const* const end = field.data() + field.size();
      if (field.empty()) {
        continue;
      }
      bool const is_number = rw::io::parse_number(field.data(), end, x[r]) == end;
      char const* const wrong = !is_number                                                      ? "is no number"
                                : x[r] - x[r] != 0                                              ? "is not finite"
                                : x[r] < 0                                                      ? "is negative"
                                : x[r] > static_cast<double>(std::numeric_limits<float>::max()) ? "is too large"
                                                                                                : nullptr;
      if (wrong != nullptr) {
        fail(r, std::string(name) + " \"" + std::string(field) + "\" " + wrong);
      }
    }
    return x;
  }
  [[noreturn]] void fail(std::size_t row, std::string const& what) const {
    throw bad_data(path_ + ": line " + std::to_string(rows_.line(row)) + ": " + what);
  }

private:
  std::string path_;
  rw::io::tsv rows_;
};

} // namespace detail

/// Queries keep the order of their first judgment.
inline catalogue read_catalogue(std::string const& products_path, std::string const& judgments_path,
                                scale const& grades) {
  catalogue c;
  std::unordered_map<std::string, std::size_t> product_of;
  {
    detail::table const t(products_path);
    std::size_t const id = t.need("docid"), title = t.need("title");
    std::size_t const brand = t.find("brand"), colour = t.find("color"), bullets = t.find("bullets");
    auto const price = t.numbers("price"), rating = t.numbers("rating"), count = t.numbers("rating_count");
    for (std::size_t r = 0; r < t.size(); ++r) {
      if (!product_of.try_emplace(t.text(r, id), c.products.size()).second) {
        t.fail(r, "product " + t.text(r, id) + " is there twice");
      }
      c.products.push_back({t.text(r, id), t.text(r, title), t.text(r, brand), t.text(r, colour), t.text(r, bullets),
                            price[r], rating[r], count[r]});
    }
  }
  detail::table const t(judgments_path);
  std::size_t const qid = t.need("qid"), text = t.need("query"), id = t.need("docid"), grade = t.need("grade");
  std::unordered_map<std::string, std::size_t> query_of;
  std::vector<std::vector<judgment>> by_query;
  std::vector<std::unordered_set<std::size_t>> seen;
  for (std::size_t r = 0; r < t.size(); ++r) {
    auto const [at, fresh] = query_of.try_emplace(t.text(r, qid), c.queries.size());
    if (fresh) {
      c.queries.push_back({t.text(r, qid), t.text(r, text)});
      by_query.emplace_back();
      seen.emplace_back();
    } else if (c.queries[at->second].text != t.text(r, text)) {
      t.fail(r, "query " + t.text(r, qid) + " has another text than before");
    }
    auto const found = product_of.find(t.text(r, id));
    if (found == product_of.end()) {
      t.fail(r, "product " + t.text(r, id) + " is not in " + products_path);
    }
    int const g = grades.find(t.text(r, grade));
    if (g < 0) {
      t.fail(r, "grade \"" + t.text(r, grade) + "\" is not one of " + grades.text() + "; see --grades");
    }
    if (!seen[at->second].insert(found->second).second) {
      t.fail(r, "query " + t.text(r, qid) + " and product " + t.text(r, id) + " are there twice");
    }
    by_query[at->second].push_back({found->second, g});
  }
  if (c.queries.size() < 15) {
    throw bad_data(judgments_path + ": has " + std::to_string(c.queries.size()) +
                   " queries; 15 are needed for labeller, training and evaluation");
  }
  for (auto const& of : by_query) {
    c.judgments.insert(c.judgments.end(), of.begin(), of.end());
    c.offsets.push_back(c.judgments.size());
  }
  return c;
}

} // namespace product_search

#endif
