#ifndef PRODUCT_SEARCH_TEXT_HPP
#define PRODUCT_SEARCH_TEXT_HPP

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

// Words, and how well a text answers a query by its words alone.
namespace product_search {

using word = std::uint32_t;

/// Lower-case words of letters and digits; other bytes of UTF-8 count as letters. A plural's s is cut off.
inline std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words(1);
  for (char c : text) {
    auto const byte = static_cast<unsigned char>(c);
    bool const letter = (byte | 32) >= 'a' && (byte | 32) <= 'z';
    if (letter || (byte >= '0' && byte <= '9') || byte >= 0x80) {
      words.back().push_back(letter ? static_cast<char>(byte | 32) : c);
    } else if (c != '\'' && !words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) {
    words.pop_back();
  }
  for (std::string& w : words) {
    if (w.size() > 3 && w.back() == 's' && w[w.size() - 2] != 's') {
      w.pop_back();
    }
  }
  return words;
}

/// Numbers for words.
class dictionary {
public:
  word number(std::string const& w) {
    return numbers_.try_emplace(w, static_cast<word>(numbers_.size())).first->second;
  }
  std::vector<word> numbers(std::string_view text) {
    std::vector<word> out;
    for (std::string const& w : words_of(text)) {
      out.push_back(number(w));
    }
    return out;
  }
  std::size_t size() const { return numbers_.size(); }

private:
  std::unordered_map<std::string, word> numbers_;
};

/// BM25 (Robertson and Zaragoza 2009) over one field of all products: k1 = 1.2, b = 0.75.
class bm25 {
public:
  void add(std::vector<word> const& text) {
    std::vector<word> seen = text;
    std::sort(seen.begin(), seen.end());
    seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
    for (word w : seen) {
      if (w >= documents_.size()) {
        documents_.resize(w + 1);
      }
      ++documents_[w];
    }
    ++count_;
    length_ += static_cast<double>(text.size());
  }

  double idf(word w) const {
    double const n = w < documents_.size() ? documents_[w] : 0;
    return std::log(1 + (count_ - n + 0.5) / (n + 0.5));
  }
  double score(std::vector<word> const& query, std::vector<word> const& text) const {
    double sum = 0;
    double const length = static_cast<double>(text.size()) / std::max(1.0, length_ / std::max(1.0, count_));
    for (word w : query) {
      auto const frequency = static_cast<double>(std::count(text.begin(), text.end(), w));
      sum += idf(w) * frequency * 2.2 / (frequency + 1.2 * (0.25 + 0.75 * length));
    }
    return sum;
  }

private:
  std::vector<double> documents_; // by word: in how many texts it occurs
  double count_ = 0;
  double length_ = 0;
};

/// The share of the query's words, weighted by their rarity, that a text has.
inline double coverage(bm25 const& field, std::vector<word> const& query, std::vector<word> const& text) {
  double all = 0;
  double found = 0;
  for (word w : query) {
    double const weight = field.idf(w);
    all += weight;
    found += std::find(text.begin(), text.end(), w) != text.end() ? weight : 0;
  }
  return all > 0 ? found / all : 0;
}

/// The longest run of the query's words that stands in the text as it is, over the length of the query.
inline double longest_run(std::vector<word> const& query, std::vector<word> const& text) {
  std::size_t longest = 0;
  for (std::size_t q = 0; q < query.size(); ++q) {
    for (std::size_t t = 0; t < text.size(); ++t) {
      std::size_t n = 0;
      while (q + n < query.size() && t + n < text.size() && query[q + n] == text[t + n]) {
        ++n;
      }
      longest = std::max(longest, n);
    }
  }
  return query.empty() ? 0 : static_cast<double>(longest) / static_cast<double>(query.size());
}

/// Cosine of the counts of three-letter pieces, words padded with blanks: near for words of one stem and for typing
/// errors. It stands in for the score of a language model, which this program does not have.
class trigrams {
public:
  explicit trigrams(std::string_view text) {
    for (std::string const& w : words_of(text)) {
      std::string const padded = ' ' + w + ' ';
      for (std::size_t i = 0; i + 3 <= padded.size(); ++i) {
        std::uint32_t code = 0;
        for (std::size_t k = 0; k < 3; ++k) {
          code = code << 8 | static_cast<unsigned char>(padded[i + k]);
        }
        codes_.push_back(code);
      }
    }
    std::sort(codes_.begin(), codes_.end());
  }

  double cosine(trigrams const& other) const {
    double dot = 0;
    double own = 0;
    double others = 0;
    auto a = codes_.begin();
    auto b = other.codes_.begin();
    while (a != codes_.end() || b != other.codes_.end()) {
      bool const left = a != codes_.end() && (b == other.codes_.end() || *a <= *b);
      std::uint32_t const code = left ? *a : *b;
      auto const next_a = std::find_if(a, codes_.end(), [code](std::uint32_t c) { return c != code; });
      auto const next_b = std::find_if(b, other.codes_.end(), [code](std::uint32_t c) { return c != code; });
      auto const x = static_cast<double>(next_a - a);
      auto const y = static_cast<double>(next_b - b);
      dot += x * y;
      own += x * x;
      others += y * y;
      a = next_a;
      b = next_b;
    }
    return own > 0 && others > 0 ? dot / std::sqrt(own * others) : 0;
  }

private:
  std::vector<std::uint32_t> codes_;
};

} // namespace product_search

#endif
