#ifndef PRODUCT_SEARCH_CATALOGUE_HPP
#define PRODUCT_SEARCH_CATALOGUE_HPP

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

// Products, queries and judged pairs from two tables of tab-separated values.
namespace product_search {

struct product {
  std::string id, title, brand, colour, bullets;
  double price = 0, rating = 0, rating_count = 0; // 0: not known
};

struct query {
  std::string id, text;
};

struct judgment {
  std::size_t product = 0;
  int grade = 0; // as people gave it
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

namespace detail {

inline bool is_utf8(std::string_view s) {
  for (std::size_t i = 0; i < s.size();) {
    auto const lead = static_cast<unsigned char>(s[i]);
    std::size_t const length = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
    if (length == 0 || i + length > s.size() || lead == 0xC0 || lead == 0xC1) {
      return false;
    }
    for (std::size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(s[i + k]) & 0xC0) != 0x80) {
        return false;
      }
    }
    i += length;
  }
  return true;
}

/// A table whose first line names the columns.
class table {
public:
  explicit table(std::string path) : path_(std::move(path)), file_(path_, std::ios::binary) {
    if (!file_) {
      throw bad_data(path_ + ": cannot be opened");
    }
    if (!next()) {
      throw bad_data(path_ + ": is empty; its first line must name the columns");
    }
    names_.assign(fields_.begin(), fields_.end());
  }

  /// The place of a column, or -1.
  int find(std::string_view name) const {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (names_[i] == name) {
        return static_cast<int>(i);
      }
    }
    return -1;
  }
  int need(std::string_view name) const {
    int const at = find(name);
    if (at < 0) {
      std::string all;
      for (std::string const& n : names_) {
        all += (all.empty() ? "" : ", ") + n;
      }
      throw bad_data(path_ + ": has no column \"" + std::string(name) + "\"; its columns are " + all);
    }
    return at;
  }

  bool next() {
    if (!std::getline(file_, line_)) {
      return false;
    }
    ++number_;
    if (!line_.empty() && line_.back() == '\r') {
      line_.pop_back();
    }
    if (!is_utf8(line_)) {
      fail("is not valid UTF-8");
    }
    fields_.clear();
    for (std::size_t begin = 0;;) {
      std::size_t const end = line_.find('\t', begin);
      fields_.push_back(line_.substr(begin, end - begin));
      if (end == std::string::npos) {
        break;
      }
      begin = end + 1;
    }
    if (!names_.empty() && fields_.size() != names_.size()) {
      fail("has " + std::to_string(fields_.size()) + " columns where the first line names " +
           std::to_string(names_.size()));
    }
    return true;
  }

  std::string const& text(int column) const {
    static std::string const nothing;
    return column < 0 ? nothing : fields_[static_cast<std::size_t>(column)];
  }
  double number(int column) const {
    std::string const& s = text(column);
    double x = 0;
    if (!s.empty()) {
      auto const [end, error] = std::from_chars(s.data(), s.data() + s.size(), x);
      if (error != std::errc() || end != s.data() + s.size()) {
        fail("\"" + s + "\" is no number (column " + names_[static_cast<std::size_t>(column)] + ")");
      }
    }
    return x;
  }
  [[noreturn]] void fail(std::string const& what) const {
    throw bad_data(path_ + ", line " + std::to_string(number_) + ": " + what);
  }

private:
  std::string path_;
  std::ifstream file_;
  std::string line_;
  std::size_t number_ = 0;
  std::vector<std::string> names_, fields_;
};

} // namespace detail

/// `grades`: judgments are 0 .. grades-1. Queries keep the order of their first judgment.
inline catalogue read_catalogue(std::string const& products_path, std::string const& judgments_path, int grades) {
  catalogue c;
  std::unordered_map<std::string, std::size_t> product_of;
  {
    detail::table t(products_path);
    int const id = t.need("docid"), title = t.need("title");
    int const brand = t.find("brand"), colour = t.find("color"), bullets = t.find("bullets");
    int const price = t.find("price"), rating = t.find("rating"), count = t.find("rating_count");
    while (t.next()) {
      if (!product_of.try_emplace(t.text(id), c.products.size()).second) {
        t.fail("product " + t.text(id) + " is there twice");
      }
      c.products.push_back({t.text(id), t.text(title), t.text(brand), t.text(colour), t.text(bullets), t.number(price),
                            t.number(rating), t.number(count)});
    }
  }
  detail::table t(judgments_path);
  int const qid = t.need("qid"), text = t.need("query"), id = t.need("docid"), grade = t.need("grade");
  std::unordered_map<std::string, std::size_t> query_of;
  std::vector<std::vector<judgment>> by_query;
  std::vector<std::unordered_set<std::size_t>> seen;
  while (t.next()) {
    auto const [at, fresh] = query_of.try_emplace(t.text(qid), c.queries.size());
    if (fresh) {
      c.queries.push_back({t.text(qid), t.text(text)});
      by_query.emplace_back();
      seen.emplace_back();
    } else if (c.queries[at->second].text != t.text(text)) {
      t.fail("query " + t.text(qid) + " has another text than before");
    }
    auto const found = product_of.find(t.text(id));
    if (found == product_of.end()) {
      t.fail("product " + t.text(id) + " is not in " + products_path);
    }
    double const g = t.number(grade);
    if (!(g >= 0 && g < grades) || g != static_cast<int>(g) || t.text(grade).empty()) {
      t.fail("grade \"" + t.text(grade) + "\" is not one of 0 .. " + std::to_string(grades - 1));
    }
    if (!seen[at->second].insert(found->second).second) {
      t.fail("query " + t.text(qid) + " and product " + t.text(id) + " are there twice");
    }
    by_query[at->second].push_back({found->second, static_cast<int>(g)});
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
