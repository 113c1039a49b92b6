#ifndef RANKWISE_SPARSE_BAG_HPP
#define RANKWISE_SPARSE_BAG_HPP

#include <rankwise/core/lists.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/exec/run.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

/// Bags of words: sorted (word, weight) lists, and the score of two of them (DeepBoW, arXiv 2407.09395):
///   score(q, p) = sum over the words in both of a_w(q) b_w(p)
/// Matching words are the paper's; that their weights are multiplied is ours.
namespace rankwise::inline RANKWISE_ABI::sparse {

/// One bag: words ascend and are all different. A view.
template <class Word, class T>
struct bag {
  static_assert(std::is_integral_v<Word>, "[rankwise] words are integers: hash_text makes them from text");
  Word const* words = nullptr;
  T const* weights = nullptr;
  std::size_t count = 0;
};

/// Many bags: words and weights of all, and the lists that say which are whose. A view; the words are checked when it
/// is made.
template <class Word, class T, class Offset = std::size_t>
class bags {
public:
  constexpr bags() = default;

  template <class Words, class Weights>
  RANKWISE_HOST_FN bags(Words const& words, Weights const& weights, lists<Offset> const& rows, on_error errors = {}) {
    auto const w = as_column(words);
    auto const x = as_column(weights);
    static_assert(
        std::is_same_v<decltype(w), column<std::remove_pointer_t<decltype(w.first)>> const> &&
            std::is_same_v<decltype(x), column<std::remove_pointer_t<decltype(x.first)>> const>,
        "[rankwise] a bag is a view of contiguous words and weights in host memory: canonical() copies others");
    auto const fits = [&](auto const& c, char const* argument) {
      return rankwise::detail::check_equal(c.size(), rows.items(), argument, errc::offsets_overrun, errors);
    };
    if (!fits(w, "words") || !fits(x, "weights of words")) {
      return;
    }
    for (std::size_t l = 0; l < rows.size(); ++l) {
      for (std::size_t i = rows.begin_of(l) + 1; i < rows.end_of(l); ++i) {
        if (!(w[i - 1] < w[i])) {
          rankwise::detail::deliver({errc::not_ascending, "words", i}, errors);
          return;
        }
      }
    }
    words_ = w.first;
    weights_ = x.first;
    rows_ = rows;
  }

  RANKWISE_HOST_FN std::size_t size() const { return rows_.size(); }
  RANKWISE_HOST_FN std::size_t items() const { return rows_.items(); }
  RANKWISE_HOST_FN lists<Offset> const& rows() const { return rows_; }
  RANKWISE_HOST_FN bag<Word, T> operator[](std::size_t l) const {
    std::size_t const begin = rows_.begin_of(l);
    return {words_ + begin, weights_ + begin, rows_.size_of(l)};
  }

private:
  Word const* words_ = nullptr;
  T const* weights_ = nullptr;
  lists<Offset> rows_;
};

template <class Words, class Weights, class Offset>
bags(Words const&, Weights const&, lists<Offset> const&)
    -> bags<value_of<Words const>, value_of<Weights const>, Offset>;
template <class Words, class Weights, class Offset>
bags(Words const&, Weights const&, lists<Offset> const&, on_error)
    -> bags<value_of<Words const>, value_of<Weights const>, Offset>;

/// One bag from two columns.
template <class Words, class Weights>
RANKWISE_HOST_FN auto as_bag(Words const& words, Weights const& weights, on_error errors = {}) {
  bags const all(words, weights, lists<>::single(as_column(words).size()), errors);
  return all.size() == 0 ? bag<value_of<Words const>, value_of<Weights const>>{} : all[0];
}

/// Bags that own their numbers.
template <class Word, class T>
struct owned_bags {
  storage<Word> words;
  storage<T> weights;
  storage<std::size_t> offsets;

  RANKWISE_HOST_FN bags<Word, T> view() const {
    using offset_column = column<std::size_t const>;
    return bags<Word, T>(column<Word const>{words.data(), words.size()},
                         column<T const>{weights.data(), weights.size()},
                         lists<std::size_t>(offset_column{offsets.data(), offsets.size()}));
  }
  RANKWISE_HOST_FN bag<Word, T> operator[](std::size_t l) const {
    return {words.data() + offsets[l], weights.data() + offsets[l], offsets[l + 1] - offsets[l]};
  }
};

namespace detail {

template <class Isa, class Word>
struct word_at {
  Word word;
  std::size_t position;
};

} // namespace detail

/// Any words in any order as bags: sorted, weights of repeated words added up in their order.
template <class Words, class Weights, class Offset, class Isa = arch::native>
auto canonical(Words const& words, Weights const& weights, lists<Offset> const& rows, on_error errors = {}) {
  auto const w = as_column(words);
  auto const x = as_column(weights);
  using Word = typename decltype(w)::value_type;
  using T = typename decltype(x)::value_type;
  owned_bags<Word, T> out;
  auto const fits = [&](auto const& c, char const* argument) {
    return rankwise::detail::check_equal(c.size(), rows.items(), argument, errc::offsets_overrun, errors);
  };
  if (!fits(w, "words") || !fits(x, "weights of words")) {
    return out;
  }
  using entry = detail::word_at<Isa, Word>;
  storage<entry> sorted;
  sorted.resize(rows.items());
  storage<std::size_t> offsets;
  offsets.resize(rows.size() + 1);
  for (std::size_t l = 0; l < rows.size(); ++l) {
    std::size_t different = 0;
    std::size_t const begin = rows.begin_of(l);
    std::size_t const end = rows.end_of(l);
    for (std::size_t i = begin; i < end; ++i) {
      sorted[i] = {w[i], i};
    }
    std::sort(sorted.data() + begin, sorted.data() + end, [](entry const& a, entry const& b) {
      return a.word < b.word || (a.word == b.word && a.position < b.position);
    });
    for (std::size_t i = begin; i < end; ++i) {
      different += i == begin || sorted[i - 1].word < sorted[i].word ? 1u : 0u;
    }
    offsets[l + 1] = offsets[l] + different;
  }
  out.words.resize(offsets[rows.size()]);
  out.weights.resize(offsets[rows.size()]);
  std::size_t at = 0;
  for (std::size_t l = 0; l < rows.size(); ++l) {
    for (std::size_t i = rows.begin_of(l); i < rows.end_of(l); ++i) {
      if (at > offsets[l] && out.words[at - 1] == sorted[i].word) {
        out.weights[at - 1] += x[sorted[i].position];
      } else {
        out.words[at] = sorted[i].word;
        out.weights[at] = x[sorted[i].position];
        ++at;
      }
    }
  }
  out.offsets = static_cast<storage<std::size_t>&&>(offsets);
  return out;
}

/// f(i, j) for every word i of a that is word j of b, in the order of the words: both bags are walked through.
template <class Word, class T, class F>
RANKWISE_HOST_FN void match_by_merging(bag<Word, T> const& a, bag<Word, T> const& b, F const& f) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.count && j < b.count) {
    Word const left = a.words[i];
    Word const right = b.words[j];
    if (left == right) {
      f(i, j);
    }
    i += left <= right ? 1u : 0u;
    j += right <= left ? 1u : 0u;
  }
}

/// The same for a short bag and a long one: steps that double find the neighbourhood, halving the word.
template <class Word, class T, class F>
RANKWISE_HOST_FN void match_by_galloping(bag<Word, T> const& few, bag<Word, T> const& many, F const& f) {
  std::size_t low = 0;
  for (std::size_t i = 0; i < few.count && low < many.count; ++i) {
    Word const word = few.words[i];
    std::size_t step = 1;
    std::size_t high = low;
    while (high < many.count && many.words[high] < word) {
      low = high + 1;
      high += step;
      step *= 2;
    }
    high = high < many.count ? high : many.count;
    while (low < high) {
      std::size_t const middle = low + (high - low) / 2;
      if (many.words[middle] < word) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low < many.count && many.words[low] == word) {
      f(i, low);
      ++low;
    }
  }
}

/// Calls f(i, j) for the words in both; galloping where one bag is much the longer.
template <class Word, class T, class F>
RANKWISE_HOST_FN void match(bag<Word, T> const& a, bag<Word, T> const& b, F const& f) {
  constexpr std::size_t much = 16;
  if (a.count * much < b.count) {
    match_by_galloping(a, b, f);
  } else if (b.count * much < a.count) {
    match_by_galloping(b, a, [&f](std::size_t j, std::size_t i) { f(i, j); });
  } else {
    match_by_merging(a, b, f);
  }
}

/// The score of two bags: 0 if they share no word.
template <class Word, class T, class Isa = arch::native>
constexpr T score(bag<Word, T> const& a, bag<Word, T> const& b) {
  T total(0);
  match(a, b, [&](std::size_t i, std::size_t j) { total += a.weights[i] * b.weights[j]; });
  return total;
}

} // namespace rankwise::inline RANKWISE_ABI::sparse

#endif
