#ifndef RANKWISE_LABEL_TABLE_HPP
#define RANKWISE_LABEL_TABLE_HPP

#include <rankwise/label/pipe.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

/// Functions given by points (x_k, y_k) with ascending x: fitted ones, mostly. Looked up by halving, a register of
/// items at a time, with the same number of steps for every item.
namespace rankwise::inline RANKWISE_ABI {

/// What a table is between its points. Outside of them it is flat.
namespace between {
struct block {};  ///< the y of the last point that x reaches
struct linear {}; ///< on the straight line between the two points around x
} // namespace between

namespace label {

template <class T, class Between>
class table_run {
public:
  RANKWISE_FN table_run(T const* x_, T const* y_, std::size_t points_) : x(x_), y(y_), points(points_) {}

  template <class V>
  RANKWISE_FN V operator()(V v) const {
    if (points == 0) {
      return v + V(math::ops<T>::quiet_nan);
    }
    V const at = point_below(v);
    V result = math::gather(y, at);
    if constexpr (std::is_same_v<Between, between::linear>) {
      if (points > 1) {
        segment<V> const s(*this, at);
        V const t = math::clamp((v - s.x0) / (s.x1 - s.x0), V(0), V(1));
        V const between = math::clamp(s.y0 + t * (s.y1 - s.y0), math::min(s.y0, s.y1), math::max(s.y0, s.y1));
        result = math::select(v >= s.x1, s.y1, math::select(v <= s.x0, s.y0, between));
      }
    }
    return math::select(math::is_nan(v), v, result);
  }
  /// At a point, that of the piece above.
  template <class V>
  RANKWISE_FN V derivative(V v) const {
    if constexpr (std::is_same_v<Between, between::linear>) {
      if (points > 1) {
        segment<V> const s(*this, point_below(v));
        return math::select(v >= s.x0 && v < s.x1, (s.y1 - s.y0) / (s.x1 - s.x0), V(0));
      }
    }
    return V(0);
  }

private:
  T const* x;
  T const* y;
  std::size_t points;

  // The last point with x <= v, or the first.
  template <class V>
  RANKWISE_FN V point_below(V v) const {
    V at(0);
    for (std::size_t left = points; left > 1;) {
      std::size_t const half = left / 2;
      V const next = at + V(static_cast<T>(half));
      at = math::select(v >= math::gather(x, next), next, at);
      left -= half;
    }
    return at;
  }
  template <class V>
  struct segment {
    V x0, x1, y0, y1;
    RANKWISE_FN segment(table_run const& t, V at) {
      V const low = math::min(at, V(static_cast<T>(t.points - 2)));
      x0 = math::gather(t.x, low);
      x1 = math::gather(t.x, low + V(1));
      y0 = math::gather(t.y, low);
      y1 = math::gather(t.y, low + V(1));
    }
  };
};

namespace detail {

/// Indices of points are numbers of the column's type: float counts up to this.
inline constexpr std::size_t most_points = std::size_t{1} << 24;

constexpr char const* fault_of_points(std::size_t x, std::size_t y) {
  return x != y             ? "the y of a table (one for each x)"
         : x <= most_points ? nullptr
                            : "the points of a table (at most 2^24)";
}

RANKWISE_HOST_FN bool check_points(std::size_t points, on_error const& errors) {
  return rankwise::detail::passed(
      points <= most_points ? status{} : status{errc::list_too_long, "points of a table", 0, most_points, points},
      errors);
}

} // namespace detail

/// A table over columns of numbers of type T that somebody else keeps, on the host or on a device.
template <class T, class Between = between::linear, memory Where = memory::host>
struct table_view {
  column<T const, Where> x;
  column<T const, Where> y;

  constexpr char const* fault() const { return detail::fault_of_points(x.count, y.count); }

  template <class U>
  RANKWISE_FN table_run<T, Between> bind() const {
    static_assert(std::is_same_v<T, U>, "[rankwise] the table has other numbers than the column: float or double");
    return {x.first, y.first, x.count < y.count ? x.count : y.count};
  }
};

/// A table that keeps its points, in both number types.
template <class Between = between::linear>
class table {
public:
  static constexpr bool host_only = true;
  static constexpr char const* name = "table";

  table() = default;
  /// Points with ascending x; at most 2^24 of them.
  RANKWISE_ALWAYS_INLINE table(std::vector<double> x, std::vector<double> y)
      : x_(std::move(x)), y_(std::move(y)), fault_(detail::fault_of_points(x_.size(), y_.size())) {
    x_.resize(x_.size() < y_.size() ? x_.size() : y_.size());
    y_.resize(x_.size());
    for (std::size_t k = 0; k < x_.size(); ++k) {
      fault_ = (k == 0 ? x_[k] == x_[k] : x_[k - 1] <= x_[k]) ? fault_ : "an x of a table (they ascend)";
    }
    float_x_.assign(x_.begin(), x_.end());
    float_y_.assign(y_.begin(), y_.end());
  }

  std::vector<double> const& x() const { return x_; }
  std::vector<double> const& y() const { return y_; }
  std::size_t points() const { return x_.size(); }
  constexpr char const* fault() const { return fault_; }

  template <class T>
  constexpr table_run<T, Between> bind() const {
    if constexpr (std::is_same_v<T, double>) {
      return {x_.data(), y_.data(), x_.size()};
    } else {
      return {float_x_.data(), float_y_.data(), x_.size()};
    }
  }

private:
  std::vector<double> x_;
  std::vector<double> y_;
  std::vector<float> float_x_;
  std::vector<float> float_y_;
  char const* fault_ = nullptr;
};

} // namespace label
} // namespace rankwise::inline RANKWISE_ABI

#endif
