#ifndef PRODUCT_SEARCH_FEATURES_HPP
#define PRODUCT_SEARCH_FEATURES_HPP

#include "catalogue.hpp"
#include "text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

// What a ranker sees of a (query, product) pair.
namespace product_search {

constexpr std::array feature_names{
    "bm25 title",       "bm25 title / best", "bm25 brand",       "bm25 bullets",   "bm25 bullets / best",
    "coverage title",   "coverage all",      "longest run",      "brand in query", "colour in query",
    "breaks 'without'", "title words",       "log rating count", "rating",         "log price",
    "trigram cosine"};
constexpr std::size_t features = feature_names.size();
constexpr std::size_t popularity_feature = 12;
constexpr std::size_t price_feature = 14;
constexpr std::size_t semantic_feature = 15; // what stands in for a cross-encoder's score

/// A query in two parts: what is wanted and, after "without", "no" or "not", what is not.
struct parsed_query {
  std::vector<word> wanted;
  std::vector<word> unwanted;
};

inline parsed_query parse(std::string const& text, dictionary& words) {
  parsed_query q;
  bool negated = false;
  for (std::string const& w : words_of(text)) {
    if (w == "without" || w == "no" || w == "not") {
      negated = true;
    } else {
      (negated ? q.unwanted : q.wanted).push_back(words.number(w));
    }
  }
  return q;
}

/// One row per judged pair, row-major; NaN where a product does not say.
inline std::vector<float> make_features(catalogue const& c) {
  dictionary words;
  struct texts {
    std::vector<word> title, brand, colour, bullets, all;
  };
  std::vector<texts> text(c.products.size());
  bm25 title, brand, bullets, all;
  for (std::size_t p = 0; p < text.size(); ++p) {
    product const& from = c.products[p];
    text[p] = {words.numbers(from.title),
               words.numbers(from.brand),
               words.numbers(from.colour),
               words.numbers(from.bullets),
               {}};
    text[p].all = text[p].title;
    for (auto const* part : {&text[p].brand, &text[p].colour, &text[p].bullets}) {
      text[p].all.insert(text[p].all.end(), part->begin(), part->end());
    }
    title.add(text[p].title);
    brand.add(text[p].brand);
    bullets.add(text[p].bullets);
    all.add(text[p].all);
  }

  std::vector<float> rows(c.judgments.size() * features);
  float const missing = std::numeric_limits<float>::quiet_NaN();
  for (std::size_t l = 0; l < c.queries.size(); ++l) {
    parsed_query const q = parse(c.queries[l].text, words);
    trigrams const pieces(c.queries[l].text);
    double best_title = 0;
    double best_bullets = 0;
    for (std::size_t i = c.offsets[l]; i < c.offsets[l + 1]; ++i) {
      std::size_t const at = c.judgments[i].product;
      product const& p = c.products[at];
      texts const& t = text[at];
      float* const f = &rows[i * features];
      auto const share = [](std::vector<word> const& part, std::vector<word> const& of) {
        auto const hits = std::count_if(part.begin(), part.end(),
                                        [&of](word w) { return std::find(of.begin(), of.end(), w) != of.end(); });
        return part.empty() ? 0.0 : static_cast<double>(hits) / static_cast<double>(part.size());
      };
      f[0] = static_cast<float>(title.score(q.wanted, t.title));
      f[2] = static_cast<float>(brand.score(q.wanted, t.brand));
      f[3] = static_cast<float>(bullets.score(q.wanted, t.bullets));
      f[5] = static_cast<float>(coverage(title, q.wanted, t.title));
      f[6] = static_cast<float>(coverage(all, q.wanted, t.all));
      f[7] = static_cast<float>(longest_run(q.wanted, t.title));
      f[8] = static_cast<float>(share(t.brand, q.wanted));
      f[9] = static_cast<float>(share(t.colour, q.wanted));
      f[10] = static_cast<float>(share(q.unwanted, t.all));
      f[11] = static_cast<float>(t.title.size());
      f[12] = static_cast<float>(std::log1p(p.rating_count));
      f[13] = p.rating > 0 ? static_cast<float>(p.rating) : missing;
      f[14] = p.price > 0 ? static_cast<float>(std::log(p.price)) : missing;
      f[15] = static_cast<float>(pieces.cosine(trigrams(p.title)));
      best_title = std::max(best_title, static_cast<double>(f[0]));
      best_bullets = std::max(best_bullets, static_cast<double>(f[3]));
    }
    for (std::size_t i = c.offsets[l]; i < c.offsets[l + 1]; ++i) {
      float* const f = &rows[i * features];
      f[1] = best_title > 0 ? f[0] / static_cast<float>(best_title) : 0;
      f[4] = best_bullets > 0 ? f[3] / static_cast<float>(best_bullets) : 0;
    }
    c.progress("features", l + 1, c.queries.size());
  }
  return rows;
}

} // namespace product_search

#endif
