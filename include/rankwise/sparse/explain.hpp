#ifndef RANKWISE_SPARSE_EXPLAIN_HPP
#define RANKWISE_SPARSE_EXPLAIN_HPP

#include <rankwise/sparse/bag.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

/// Why a product has its score, word by word, and tables that intervene (DeepBoW, arXiv 2407.09395).
namespace rankwise::inline RANKWISE_ABI::sparse {

/// What one word adds to a score: amount = query x product.
template <class Word, class T>
struct contribution {
  Word word;
  T query;
  T product;
  T amount;

  friend constexpr bool operator==(contribution const&, contribution const&) = default;
};

/// The words in both bags, the greatest amount first by its absolute value, equal ones in the order of the words. The
/// amounts add up to the score.
template <class Word, class T, class Isa = arch::native>
storage<contribution<Word, T>> explain(bag<Word, T> const& query, bag<Word, T> const& product) {
  using entry = contribution<Word, T>;
  std::size_t count = 0;
  match(query, product, [&](std::size_t, std::size_t) { ++count; });
  storage<entry> why;
  why.resize(count);
  std::size_t at = 0;
  match(query, product, [&](std::size_t i, std::size_t j) {
    why[at++] = {query.words[i], query.weights[i], product.weights[j], query.weights[i] * product.weights[j]};
  });
  auto const size = [](entry const& e) {
    return math::is_nan(e.amount) ? math::ops<T>::infinity : math::abs(e.amount);
  };
  std::sort(why.begin(), why.end(), [size](entry const& a, entry const& b) {
    return size(a) > size(b) || (size(a) == size(b) && a.word < b.word);
  });
  return why;
}

/// A table that overrides or boosts weights of words: people correct a model without training it. Rules are applied to
/// the bag of the query or of a product before it is scored. One rule per word: the last one counts.
template <class Word, class Isa = arch::native>
class interventions {
public:
  /// The word's weight becomes `weight`; a bag without the word stays without.
  interventions& set(Word word, double weight) { return rule(word, {word, kind::set, weight}); }
  /// The same, and a bag without the word gets it.
  interventions& add(Word word, double weight) { return rule(word, {word, kind::add, weight}); }
  /// The word's weight is multiplied by `factor`.
  interventions& boost(Word word, double factor) { return rule(word, {word, kind::boost, factor}); }
  /// The word counts for nothing.
  interventions& ban(Word word) { return set(word, 0); }
  interventions& forget(Word word) {
    if (std::size_t const at = place(word); holds(at, word)) {
      rules_.erase(rules_.begin() + static_cast<std::ptrdiff_t>(at));
    }
    return *this;
  }

  std::size_t size() const { return rules_.size(); }

  /// The bag as the table wants it.
  template <class T>
  owned_bags<Word, T> operator()(bag<Word, T> const& original) const {
    owned_bags<Word, T> out;
    std::size_t inserted = 0;
    for (entry const& r : rules_) {
      std::size_t const at = find(original, r.word);
      inserted += r.what == kind::add && !(at < original.count && original.words[at] == r.word) ? 1u : 0u;
    }
    out.offsets.resize(2);
    out.offsets[1] = original.count + inserted;
    out.words.resize(original.count + inserted);
    out.weights.resize(original.count + inserted);
    std::size_t at = 0;
    std::size_t r = 0;
    auto const insert_below = [&](bool all, Word word) {
      for (; r < rules_.size() && (all || rules_[r].word < word); ++r) {
        if (rules_[r].what == kind::add) {
          out.words[at] = rules_[r].word;
          out.weights[at++] = static_cast<T>(rules_[r].amount);
        }
      }
    };
    for (std::size_t i = 0; i < original.count; ++i) {
      insert_below(false, original.words[i]);
      T weight = original.weights[i];
      if (r < rules_.size() && rules_[r].word == original.words[i]) {
        auto const amount = static_cast<T>(rules_[r].amount);
        weight = rules_[r].what == kind::boost ? amount * weight : amount;
        ++r;
      }
      out.words[at] = original.words[i];
      out.weights[at++] = weight;
    }
    insert_below(true, Word(0));
    return out;
  }

private:
  enum class kind : unsigned char { set, add, boost };
  struct entry {
    Word word;
    kind what;
    double amount;
  };

  std::size_t place(Word word) const {
    std::size_t at = 0;
    while (at < rules_.size() && rules_[at].word < word) {
      ++at;
    }
    return at;
  }
  bool holds(std::size_t at, Word word) const { return at < rules_.size() && rules_[at].word == word; }
  interventions& rule(Word word, entry const& e) {
    std::size_t const at = place(word);
    if (holds(at, word)) {
      rules_[at] = e;
    } else {
      rules_.insert(rules_.begin() + static_cast<std::ptrdiff_t>(at), e);
    }
    return *this;
  }
  template <class T>
  static std::size_t find(bag<Word, T> const& in, Word word) {
    std::size_t low = 0;
    for (std::size_t n = in.count; n > 0;) {
      std::size_t const half = n / 2;
      bool const right = in.words[low + half] < word;
      low = right ? low + half + 1 : low;
      n = right ? n - half - 1 : half;
    }
    return low;
  }

  std::vector<entry> rules_; // by word
};

} // namespace rankwise::inline RANKWISE_ABI::sparse

#endif
