#ifndef RANKWISE_SPARSE_INVERTED_HPP
#define RANKWISE_SPARSE_INVERTED_HPP

#include <rankwise/sparse/bag.hpp>
#include <rankwise/sparse/ragged.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

/// One query against many bags of words: inverted lists where the products stay, a table of the query's weights where
/// they do not.
namespace rankwise::inline RANKWISE_ABI::sparse {

/// For every word the products that have it, ascending, with their weights. Made once; it owns what it holds.
template <class Word, class T, class Isa = arch::native>
class inverted {
public:
  template <class Offset>
  explicit inverted(bags<Word, T, Offset> const& products, on_error errors = {}) : products_(products.size()) {
    constexpr std::size_t most = 0xffffffffu;
    if (!rankwise::detail::passed(
            products_ <= most ? status{} : status{errc::list_too_long, "products", 0, most, products_}, errors)) {
      products_ = 0;
      return;
    }
    std::size_t const items = products.items();
    if (items == 0) {
      begin_.resize(1);
      return;
    }
    Word const* const words = products[0].words;
    auto const different = unique<column<Word const>, Isa>(column<Word const>{words, items});
    std::size_t const count = different.ids.size();
    using entry = detail::word_at<Isa, Word>;
    storage<entry> order;
    order.resize(count);
    for (std::size_t k = 0; k < count; ++k) {
      order[k] = {different.ids[k], k};
    }
    std::sort(order.begin(), order.end(), [](entry const& a, entry const& b) { return a.word < b.word; });
    storage<std::size_t> rank;
    rank.resize(count);
    words_.resize(count);
    for (std::size_t k = 0; k < count; ++k) {
      words_[k] = order[k].word;
      rank[order[k].position] = k;
    }
    begin_.resize(count + 1);
    for (std::size_t i = 0; i < items; ++i) {
      ++begin_[rank[different.reverse[i]] + 1];
    }
    for (std::size_t k = 0; k < count; ++k) {
      begin_[k + 1] += begin_[k];
    }
    product_.resize(items);
    weight_.resize(items);
    storage<std::size_t> next = begin_;
    std::size_t i = 0;
    for (std::size_t p = 0; p < products_; ++p) {
      auto const b = products[p];
      for (std::size_t k = 0; k < b.count; ++k, ++i) {
        std::size_t const at = next[rank[different.reverse[i]]]++;
        product_[at] = static_cast<std::uint32_t>(p);
        weight_[at] = b.weights[k];
      }
    }
  }

  std::size_t products() const { return products_; }
  std::size_t words() const { return words_.size(); }

  /// out[p] = the score of the query and product p, added up in the order of the query's words.
  template <executor Executor, class Out>
  void scores(Executor executor, bag<Word, T> const& query, Out&& out, on_error errors = {}) const {
    static_assert(rankwise::detail::explain_output<Out>());
    static_assert(Executor::where == memory::host, "[rankwise] inverted lists lie in host memory");
    auto const to = as_column(out);
    if (!rankwise::detail::check_output(to, "the output", products_, errors) ||
        !rankwise::detail::check_apart(to, column<Word const>{query.words, query.count}, "the output", errors) ||
        !rankwise::detail::check_apart(to, column<T const>{query.weights, query.count}, "the output", errors)) {
      return;
    }
    // Blocks of products whose scores stay in the cache while the words pass.
    executor.for_each_block(products_, 32768, [&](std::size_t begin, std::size_t count) {
      block<Executor>(query, to, begin, begin + count);
    });
  }
  template <class Out, class Unit = arch::native>
  void scores(bag<Word, T> const& query, Out&& out, on_error errors = {}) const {
    scores(exec::basic_simd<Unit>{}, query, out, errors);
  }

private:
  template <class Executor, class Out>
  RANKWISE_FLATTEN void block(bag<Word, T> const& query, Out const& out, std::size_t begin, std::size_t end) const {
    using U = typename Out::value_type;
    for (std::size_t p = begin; p < end; ++p) {
      out[p] = U(0);
    }
    for (std::size_t q = 0; q < query.count; ++q) {
      std::size_t const k = find(words_.data(), words_.size(), query.words[q]);
      if (k == words_.size() || words_[k] != query.words[q]) {
        continue;
      }
      std::size_t at = begin_[k];
      if (begin != 0) {
        at += find(product_.data() + at, begin_[k + 1] - at, static_cast<std::uint32_t>(begin));
      }
      T const own = query.weights[q];
      for (; at < begin_[k + 1] && product_[at] < end; ++at) {
        out[product_[at]] += static_cast<U>(own * weight_[at]);
      }
    }
  }

  // The first of the ascending numbers that is not below x.
  template <class N>
  RANKWISE_HOST_FN static std::size_t find(N const* numbers, std::size_t count, N x) {
    std::size_t low = 0;
    while (count > 0) {
      std::size_t const half = count / 2;
      bool const right = numbers[low + half] < x;
      low = right ? low + half + 1 : low;
      count = right ? count - half - 1 : half;
    }
    return low;
  }

  std::size_t products_ = 0;
  storage<Word> words_;
  storage<std::size_t> begin_;
  storage<std::uint32_t> product_;
  storage<T> weight_;
};

template <class Word, class T, class Offset>
inverted(bags<Word, T, Offset> const&) -> inverted<Word, T>;
template <class Word, class T, class Offset>
inverted(bags<Word, T, Offset> const&, on_error) -> inverted<Word, T>;

namespace detail {

/// The score of one product: one word after the other in four sums. Gathers of a register cost more, and no sum waits
/// for another.
template <class T, class Words, class Weights, class Offset, class To>
struct query_kernel {
  T const* table;
  std::uint64_t outside;
  Words words;
  Weights weights;
  lists<Offset> rows;
  To to;

  RANKWISE_FN T term(std::size_t i) const {
    auto const word = static_cast<std::uint64_t>(words[i]); // a negative one is a huge one
    return table[word < outside ? word : outside] * static_cast<T>(weights[i]);
  }
  RANKWISE_FN void product(std::size_t p) const {
    T total[4] = {T(0), T(0), T(0), T(0)};
    std::size_t i = rows.begin_of(p);
    std::size_t const end = rows.end_of(p);
    for (; i + 4 <= end; i += 4) {
      for (std::size_t k = 0; k < 4; ++k) {
        total[k] += term(i + k);
      }
    }
    for (; i < end; ++i) {
      total[0] += term(i);
    }
    to[p] = static_cast<typename To::value_type>((total[0] + total[1]) + (total[2] + total[3]));
  }
  template <class Index>
  RANKWISE_FN void operator()(Index i) const {
    product(i.first);
  }

  template <class Isa>
  RANKWISE_FLATTEN void block(std::size_t begin, std::size_t end) const {
    for (std::size_t p = begin; p < end; ++p) {
      product(p);
    }
  }
};

} // namespace detail

/// A query's weights by word, for words 0 .. vocabulary-1: products without an index look them up. A product's words
/// outside of the vocabulary add nothing.
template <class T, class Isa = arch::native>
class query_table {
public:
  /// Words of the query outside of the vocabulary are an error.
  template <class Word>
  query_table(bag<Word, T> const& query, std::size_t vocabulary, on_error errors = {}) {
    for (std::size_t i = 0; i < query.count; ++i) {
      if (!(static_cast<std::uint64_t>(query.words[i]) < vocabulary)) {
        rankwise::detail::deliver(
            {errc::out_of_range, "a word", i, vocabulary, static_cast<std::size_t>(query.words[i])}, errors);
        return;
      }
    }
    weight_.resize(vocabulary + 1); // the last one stays 0, for words that are not in the vocabulary
    for (std::size_t i = 0; i < query.count; ++i) {
      weight_[static_cast<std::size_t>(query.words[i])] = query.weights[i];
    }
    ready_ = true;
  }

  /// out[p] = the score of the query and products[p].
  template <executor Executor, class Word, class Offset, class Out>
  void scores(Executor executor, bags<Word, T, Offset> const& products, Out&& out, on_error errors = {}) const {
    static_assert(rankwise::detail::explain_output<Out>());
    static_assert(Executor::where == memory::host,
                  "[rankwise] bags lie in host memory: give their words, weights and lists to score them on a device");
    auto const first = products.size() == 0 ? bag<Word, T>{} : products[0];
    scores(executor, column<Word const>{first.words, products.items()},
           column<T const>{first.weights, products.items()}, products.rows(), out, errors);
  }
  /// The same for words, weights and lists that are no bags, in any memory. Their words need not ascend.
  template <executor Executor, class Words, class Weights, class Offset, class Out>
  void scores(Executor executor, Words const& words, Weights const& weights, lists<Offset> const& products, Out&& out,
              on_error errors = {}) const {
    static_assert(rankwise::detail::explain_output<Out>());
    auto const w = as_column(words);
    auto const x = as_column(weights);
    auto const to = as_column(out);
    using kernel = detail::query_kernel<T, std::remove_const_t<decltype(w)>, std::remove_const_t<decltype(x)>, Offset,
                                        std::remove_const_t<decltype(to)>>;
    static_assert(decltype(w)::where == Executor::where && decltype(x)::where == Executor::where &&
                      decltype(to)::where == Executor::where,
                  "[rankwise] the columns are in another memory than the executor's");
    static_assert(std::is_integral_v<typename decltype(w)::value_type>, "[rankwise] words are integers");
    auto const fits = [&](auto const& c, char const* argument) {
      return rankwise::detail::check_equal(c.size(), products.items(), argument, errc::offsets_overrun, errors);
    };
    if (!rankwise::detail::passed(ready_ ? status{} : status{errc::not_prepared, "the query"}, errors) ||
        !fits(w, "words") || !fits(x, "weights of words") ||
        !rankwise::detail::check_output(to, "the output", products.size(), errors) ||
        !rankwise::detail::check_apart(to, w, "the output", errors) ||
        !rankwise::detail::check_apart(to, x, "the output", errors)) {
      return;
    }
    if constexpr (item_by_item<Executor>) {
      rankwise::detail::with_lists(
          executor, products, weight_.size() * sizeof(T), [&](lists<Offset> const& there, std::byte* memory) {
            auto* const table = reinterpret_cast<T*>(memory);
            executor.send(weight_.data(), weight_.size(), table);
            executor.template for_each_item<T>(products.size(), kernel{table, weight_.size() - 1, w, x, there, to});
          });
    } else {
      kernel const k{weight_.data(), weight_.size() - 1, w, x, products, to};
      executor.for_each_block(products.size(), 1024, [&](std::size_t begin, std::size_t count) {
        k.template block<Executor>(begin, begin + count);
      });
    }
  }
  template <class Word, class Offset, class Out, class Unit = arch::native>
  void scores(bags<Word, T, Offset> const& products, Out&& out, on_error errors = {}) const {
    scores(exec::basic_simd<Unit>{}, products, out, errors);
  }

private:
  storage<T> weight_;
  bool ready_ = false;
};

template <class Word, class T>
query_table(bag<Word, T> const&, std::size_t) -> query_table<T>;
template <class Word, class T>
query_table(bag<Word, T> const&, std::size_t, on_error) -> query_table<T>;

} // namespace rankwise::inline RANKWISE_ABI::sparse

#endif
