#ifndef RANKWISE_TRAIN_TRUNK_HPP
#define RANKWISE_TRAIN_TRUNK_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/core/random.hpp>
#include <rankwise/core/storage.hpp>
#include <rankwise/exec/item_run.hpp>
#include <rankwise/exec/simd.hpp>
#include <rankwise/math/pow.hpp>
#include <rankwise/train/activation.hpp>
#include <rankwise/train/product.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <type_traits>

/// The shared bottom of several heads, where no engine is wanted: layers of a perceptron, from features to the logits
/// of all heads,
///   x_0 = (features - centre) * scale,  z_l = x_(l-1) W_l + b_l,  x_l = activation(z_l),  logits = z_last
/// Without hidden layers it is a linear model. A feature that is NaN is missing: it counts as the centre.
namespace rankwise::inline RANKWISE_ABI::train {

/// Memory of one batch on its way through a trunk: what `backward` needs of `forward`. It grows and is reused.
template <class T>
class tape {
public:
  RANKWISE_HOST_FN std::size_t rows() const { return rows_; }

private:
  template <class, class, class>
  friend class trunk;

  std::size_t rows_ = 0;
  storage<T> input_, z_, x_;         // standardised features; z and x of all layers, one after the other
  storage<unsigned char> there_;     // which features were numbers
  storage<std::size_t> widths_;      // of the trunk that went forward
  storage<T> slope_, next_, turned_; // of backward
};

template <class T = float, class Activation = activation::relu, class Isa = arch::native>
class trunk {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>,
                "[rankwise] a trunk computes in float or double");
  using V = typename exec::basic_simd<Isa>::template vector<T>;

public:
  using value_type = T;
  using activation_type = Activation;

  trunk() = default;
  /// Widths: features, hidden layers, logits. Weights are drawn from a normal distribution of variance gain / inputs (1
  /// / inputs for the last layer); biases start at 0.
  trunk(std::initializer_list<std::size_t> widths, std::uint64_t seed = 1, on_error errors = {})
      : trunk(column<std::size_t const>{widths.begin(), widths.size()}, seed, errors) {}
  template <class Widths>
    requires tensor_column<Widths const>
  explicit trunk(Widths const& widths, std::uint64_t seed = 1, on_error errors = {}) {
    auto const w = as_column(widths);
    bool usable = w.size() >= 2;
    for (std::size_t l = 0; l < w.size(); ++l) {
      usable = usable && w[l] > 0;
    }
    double numbers = 0; // as a double, which does not wrap
    for (std::size_t l = 0; l + 1 < w.size(); ++l) {
      numbers += (static_cast<double>(w[l]) + 1) * static_cast<double>(w[l + 1]);
    }
    usable = usable && numbers < 0x1p53;
    if (!rankwise::detail::check_parameters(
            usable ? nullptr : "widths of trunk (two or more, none of them 0, fewer than 2^53 parameters)", errors)) {
      return;
    }
    widths_.resize(w.size());
    for (std::size_t l = 0; l < w.size(); ++l) {
      widths_[l] = static_cast<std::size_t>(w[l]);
    }
    parameters_.resize(first_of(layers()));
    for (std::size_t l = 0; l < layers(); ++l) {
      double const variance = (l + 1 < layers() ? Activation::gain : 1.0) / static_cast<double>(width(l));
      T* const to = parameters_.data() + first_of(l);
      for (std::size_t k = 0; k < width(l) * width(l + 1); ++k) {
        double const even = (static_cast<double>(random_bits(seed, k, l) >> 12) + 0.5) * 0x1p-52; // in (0, 1)
        to[k] = static_cast<T>(math::sqrt(variance) * math::normal_quantile(even));
      }
    }
    centre_.resize(inputs());
    scale_.resize(inputs());
    for (T& s : scale_) {
      s = T(1);
    }
  }

  std::size_t layers() const { return widths_.size() < 2 ? 0 : widths_.size() - 1; }
  std::size_t width(std::size_t l) const { return widths_[l]; }
  std::size_t inputs() const { return layers() == 0 ? 0 : widths_[0]; }
  std::size_t outputs() const { return layers() == 0 ? 0 : widths_[layers()]; }

  /// All weights and biases in one column, which optimisers move.
  column<T> parameters() { return {parameters_.data(), parameters_.size()}; }
  column<T const> parameters() const { return {parameters_.data(), parameters_.size()}; }
  /// W of a layer: a row per input, a column per output.
  auto weights(std::size_t l) { return row_major(parameters_.data() + first_of(l), width(l), width(l + 1)); }
  auto weights(std::size_t l) const { return row_major(parameters_.data() + first_of(l), width(l), width(l + 1)); }
  column<T> bias(std::size_t l) { return {parameters_.data() + bias_of(l), width(l + 1)}; }
  column<T const> bias(std::size_t l) const { return {parameters_.data() + bias_of(l), width(l + 1)}; }
  column<T> centre() { return {centre_.data(), centre_.size()}; }
  column<T const> centre() const { return {centre_.data(), centre_.size()}; }
  column<T> scale() { return {scale_.data(), scale_.size()}; }
  column<T const> scale() const { return {scale_.data(), scale_.size()}; }

  /// Centre and scale from rows of features: mean and inverse deviation (population) of what is finite. A feature that
  /// does not vary gets scale 0: it says nothing.
  template <class Rows>
  bool standardise(Rows const& rows, on_error errors = {}) {
    auto const x = rankwise::detail::as_rows(rows);
    if (!fits(x, "the features", x.rows, inputs(), errors)) {
      return false;
    }
    for (std::size_t c = 0; c < inputs(); ++c) {
      double n = 0;
      double mean = 0;
      double squares = 0; // Welford's: no sum of squares that cancels
      for (std::size_t r = 0; r < x.rows; ++r) {
        auto const v = static_cast<double>(x(r, c));
        if (v - v == 0) {
          n += 1;
          double const d = v - mean;
          mean += d / n;
          squares += d * (v - mean);
        }
      }
      double const variance = n > 0 ? squares / n : 0;
      double const finest = 1e-14 * mean * mean; // rounding of equal numbers
      centre_[c] = static_cast<T>(mean);
      scale_[c] = variance > finest && variance > 1e-60 ? static_cast<T>(1 / math::sqrt(variance)) : T(0);
    }
    return true;
  }

  /// Logits of all heads, a row per item, to be served by a ranker. Infinite features are reported, and missing too.
  ///   logits([executor,] features, out)
  template <executor Executor, class Rows, class Out>
  bool logits(Executor executor, Rows const& rows, Out&& out, on_error errors = {}) const {
    auto const x = rankwise::detail::as_rows(rows);
    auto const to = rankwise::detail::as_rows(out);
    using U = std::remove_cvref_t<decltype(to(0, 0))>;
    using W = typename Executor::template vector<T>;
    if (!fits(x, "the features", x.rows, inputs(), errors) || !fits(to, "the logits", x.rows, outputs(), errors) ||
        !rankwise::detail::check_apart(to, x, "the logits", errors)) {
      return false;
    }
    std::size_t widest = 0;
    for (std::size_t l = 0; l <= layers(); ++l) {
      widest = width(l) > widest ? width(l) : widest;
    }
    executor.for_each_block(x.rows, 256, [&](std::size_t begin, std::size_t count) {
      storage<T> here, there;
      here.resize(count * widest);
      there.resize(count * widest);
      for (std::size_t r = 0; r < count; ++r) {
        standard(x, begin + r, here.data() + r * inputs());
      }
      for (std::size_t l = 0; l < layers(); ++l) {
        layer<W>(l, here.data(), there.data(), count);
        if (l + 1 < layers()) {
          bend<W>(there.data(), here.data(), count * width(l + 1));
        }
      }
      for (std::size_t r = 0; r < count; ++r) {
        for (std::size_t c = 0; c < outputs(); ++c) {
          to(begin + r, c) = static_cast<U>(there[r * outputs() + c]);
        }
      }
    });
    return report_infinite(x, errors);
  }
  template <class Rows, class Out>
    requires(!executor<Rows>)
  bool logits(Rows const& rows, Out&& out, on_error errors = {}) const {
    return logits(exec::basic_simd<Isa>{}, rows, out, errors);
  }

  /// The same, remembering on the way. Returns a view of the logits on the tape, without rows if the call failed.
  template <class Rows>
  auto forward(tape<T>& memory, Rows const& rows, on_error errors = {}) const {
    auto const x = rankwise::detail::as_rows(rows);
    bool const good = fits(x, "the features", x.rows, inputs(), errors);
    return run(memory, good ? x.rows : 0,
               [&](std::size_t r, T* to, unsigned char* there) { standard(x, r, to, there); });
  }
  /// Of some of the rows, in the order of their numbers.
  template <class Rows, class Items>
  auto forward_items(tape<T>& memory, Rows const& rows, Items const& items, on_error errors = {}) const {
    auto const x = rankwise::detail::as_rows(rows);
    auto const of = as_column(items);
    bool good = fits(x, "the features", x.rows, inputs(), errors);
    for (std::size_t i = 0; good && i < of.size(); ++i) {
      auto const item = static_cast<std::size_t>(of[i]);
      good = rankwise::detail::passed(
          item < x.rows ? status{} : status{errc::out_of_range, "the items", i, x.rows, item}, errors);
    }
    return run(memory, good ? of.size() : 0, [&](std::size_t r, T* to, unsigned char* there) {
      standard(x, static_cast<std::size_t>(of[r]), to, there);
    });
  }

  /// Derivatives by all parameters, in their order, from those by the logits of the last `forward` with this tape: sums
  /// over its rows. `by_features`, if given, receives those by the features (0 for missing ones).
  template <class Gradient, class Out>
  bool backward(tape<T>& memory, Gradient const& by_logits, Out&& by_parameters, on_error errors = {}) const {
    no_output none;
    return derive(memory, by_logits, by_parameters, none, errors);
  }
  template <class Gradient, class Out, class Features>
    requires(!std::is_convertible_v<Features, on_error>)
  bool backward(tape<T>& memory, Gradient const& by_logits, Out&& by_parameters, Features&& by_features,
                on_error errors = {}) const {
    return derive(memory, by_logits, by_parameters, by_features, errors);
  }

private:
  RANKWISE_HOST_FN std::size_t first_of(std::size_t layer) const {
    std::size_t at = 0;
    for (std::size_t l = 0; l < layer; ++l) {
      at += (width(l) + 1) * width(l + 1);
    }
    return at;
  }
  RANKWISE_HOST_FN std::size_t bias_of(std::size_t l) const { return first_of(l) + width(l) * width(l + 1); }
  // Where z and x of a layer begin on a tape.
  RANKWISE_HOST_FN std::size_t place_of(std::size_t layer, std::size_t rows) const {
    std::size_t at = 0;
    for (std::size_t l = 0; l < layer; ++l) {
      at += rows * width(l + 1);
    }
    return at;
  }

  template <class M>
  static bool fits(M const& m, char const* argument, std::size_t rows, std::size_t columns, on_error const& errors) {
    static_assert(M::where == memory::host, "[rankwise] a trunk works on host memory");
    return rankwise::detail::check_rows(m, argument, rows, columns, errors);
  }

  // One row's features as a column, whose registers are loaded as they lie where its numbers stand side by side.
  template <class X>
  static auto row_of(X const& x, std::size_t r) {
    using U = std::remove_reference_t<decltype(x(r, 0))>;
    if constexpr (X::order == layout::row_major) {
      return column<U>{x.address(r, 0), x.columns};
    } else {
      return strided_column<U>{x.address(r, 0), x.columns, x.column_stride};
    }
  }
  template <class X>
  void standard(X const& x, std::size_t r, T* to, unsigned char* there = nullptr) const {
    auto const row = row_of(x, r);
    for_each_pack<V>(inputs(), [&](auto c) {
      V const v = load(row, c);
      auto const number = v - v == V(0);
      store(to, c, math::select(number, (v - load(centre_.data(), c)) * load(scale_.data(), c), V(0)));
      if (there != nullptr) {
        store(there, c, math::select(number, V(1), V(0)));
      }
    });
  }
  template <class X>
  static bool has_infinite(X const& x, std::size_t r) {
    auto const row = row_of(x, r);
    V const infinite = combine_packs<V>(
        x.columns, V(0),
        [&](auto c) { return math::select(math::abs(V(load(row, c))) == V(math::ops<T>::infinity), V(1), V(0)); },
        maximum{});
    return math::reduce_max(infinite) > 0;
  }
  template <class X>
  static bool report_infinite(X const& x, on_error const& errors) {
    std::size_t first = status::nowhere;
    std::size_t bad = 0;
    for (std::size_t r = x.rows; r-- > 0;) {
      bool const infinite = has_infinite(x, r);
      first = infinite ? r : first;
      bad += infinite ? 1 : 0;
    }
    if (bad != 0) {
      rankwise::detail::deliver({errc::unusable_item, "an infinite feature", first, 0, bad}, errors);
    }
    return bad == 0;
  }

  template <class W>
  void layer(std::size_t l, T const* from, T* to, std::size_t rows) const {
    T const* const w = parameters_.data() + first_of(l);
    detail::product<W, T>{{from, width(l), 1}, w, parameters_.data() + bias_of(l), to, width(l), width(l + 1)}(0, rows);
  }
  template <class W>
  static void bend(T const* z, T* x, std::size_t n) {
    for_each_pack<W>(n, [&](auto i) { store(x, i, Activation::value(load(z, i))); });
  }

  template <class Read>
  matrix<T const, layout::row_major> run(tape<T>& memory, std::size_t rows, Read read) const {
    std::size_t const all = place_of(layers(), rows);
    grow(memory.input_, rows * inputs());
    if (memory.there_.size() < rows * inputs()) {
      memory.there_.resize(rows * inputs());
    }
    grow(memory.z_, all);
    grow(memory.x_, all);
    memory.rows_ = rows;
    if (memory.widths_.size() != layers() + 1) {
      memory.widths_.resize(layers() + 1);
    }
    std::copy_n(widths_.data(), widths_.size(), memory.widths_.data());
    for (std::size_t r = 0; r < rows; ++r) {
      read(r, memory.input_.data() + r * inputs(), memory.there_.data() + r * inputs());
    }
    T const* from = memory.input_.data();
    T const* last = from;
    for (std::size_t l = 0; l < layers(); ++l) {
      T* const z = memory.z_.data() + place_of(l, rows);
      T* const x = memory.x_.data() + place_of(l, rows);
      layer<V>(l, from, z, rows);
      if (l + 1 < layers()) {
        bend<V>(z, x, rows * width(l + 1));
      }
      from = x;
      last = z;
    }
    return row_major(last, rows, outputs());
  }
  static void grow(storage<T>& s, std::size_t count) {
    if (s.size() < count) {
      s.resize(count);
    }
  }

  template <class Gradient, class Out, class Features>
  bool derive(tape<T>& memory, Gradient const& by_logits, Out& by_parameters, Features& by_features,
              on_error const& errors) const {
    static_assert(rankwise::detail::explain_output<Out>());
    auto const g = rankwise::detail::as_rows(by_logits);
    auto const out = as_column(by_parameters);
    auto const features = rankwise::detail::as_rows(by_features);
    using U = typename std::remove_const_t<decltype(out)>::value_type;
    std::size_t const rows = memory.rows_;
    bool const own = memory.widths_.size() == widths_.size() &&
                     std::equal(widths_.data(), widths_.data() + widths_.size(), memory.widths_.data());
    if (!rankwise::detail::passed(
            own ? status{} : status{errc::bad_format, "the tape is that of a trunk with other widths"}, errors) ||
        !fits(g, "the derivatives by the logits", rows, outputs(), errors) ||
        !rankwise::detail::check_size(out, "the derivatives by the parameters", parameters_.size(), errors) ||
        !rankwise::detail::check_apart(out, g, "the derivatives by the parameters", errors) ||
        !rankwise::detail::check_rows(features, "the derivatives by the features", rows, inputs(), errors)) {
      return false;
    }
    std::size_t widest = 0;
    std::size_t largest = 0;
    for (std::size_t l = 0; l < layers(); ++l) {
      widest = width(l + 1) > widest ? width(l + 1) : widest;
      widest = width(l) > widest ? width(l) : widest;
      std::size_t const square = (width(l) + 1) * width(l + 1);
      largest = square > largest ? square : largest;
    }
    grow(memory.slope_, rows * widest);
    grow(memory.next_, rows * widest);
    grow(memory.turned_, 2 * largest);
    T* slope = memory.slope_.data();
    T* next = memory.next_.data();
    T* const turned = memory.turned_.data();
    T* const found = turned + largest;
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < outputs(); ++c) {
        slope[r * outputs() + c] = static_cast<T>(g(r, c));
      }
    }
    for (std::size_t l = layers(); l-- > 0;) {
      std::size_t const k = width(l);
      std::size_t const m = width(l + 1);
      T const* const x = l == 0 ? memory.input_.data() : memory.x_.data() + place_of(l - 1, rows);
      detail::product<V, T>{{x, 1, k}, slope, nullptr, found, rows, m}(0, k); // by W: x turned times slope
      T const one(1);
      detail::product<V, T>{{&one, 0, 0}, slope, nullptr, found + k * m, rows, m}(0, 1); // by b: sums of columns
      for (std::size_t i = 0; i < (k + 1) * m; ++i) {
        out[first_of(l) + i] = static_cast<U>(found[i]);
      }
      constexpr bool to_features = !std::is_same_v<std::remove_cvref_t<Features>, no_output>;
      if (l == 0 && !to_features) {
        break;
      }
      T const* const w = parameters_.data() + first_of(l);
      for (std::size_t i = 0; i < k; ++i) {
        for (std::size_t o = 0; o < m; ++o) {
          turned[o * k + i] = w[i * m + o];
        }
      }
      detail::product<V, T>{{slope, m, 1}, turned, nullptr, next, m, k}(0, rows);
      if (l > 0) {
        T const* const z = memory.z_.data() + place_of(l - 1, rows);
        for_each_pack<V>(rows * k, [&](auto i) { store(next, i, load(next, i) * Activation::slope(load(z, i))); });
      } else if constexpr (to_features) {
        for (std::size_t r = 0; r < rows; ++r) {
          for (std::size_t c = 0; c < k; ++c) {
            using F = std::remove_cvref_t<decltype(features(0, 0))>;
            features(r, c) = memory.there_[r * k + c] != 0 ? static_cast<F>(next[r * k + c] * scale_[c]) : F(0);
          }
        }
      }
      T* const done = slope;
      slope = next;
      next = done;
    }
    return true;
  }

  storage<std::size_t> widths_;
  storage<T> parameters_, centre_, scale_;
};

/// A linear model: one layer.
template <class T = float>
using linear = trunk<T, activation::none>;

} // namespace rankwise::inline RANKWISE_ABI::train

#endif
