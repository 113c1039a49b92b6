#include <rankwise/train/trunk.hpp>

#include <rankwise/exec/scalar.hpp>
#include <rankwise/loss/softmax.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace rw = rankwise;
namespace train = rw::train;

namespace {

double const no = std::numeric_limits<double>::quiet_NaN();
double const inf = std::numeric_limits<double>::infinity();

std::vector<double> numbers(std::size_t n, std::uint64_t seed) {
  std::vector<double> x(n);
  for (std::size_t i = 0; i < n; ++i) {
    x[i] = 4 * rw::random_uniform(seed, i) - 2;
  }
  return x;
}

// sum over rows and logits of c * logit, in plain loops.
template <class Net>
double plain(Net const& net, std::vector<double> const& rows, std::vector<double> const& c, std::size_t n) {
  using A = typename Net::activation_type;
  double sum = 0;
  for (std::size_t r = 0; r < n; ++r) {
    std::vector<double> x;
    for (std::size_t k = 0; k < net.inputs(); ++k) {
      x.push_back((rows[r * net.inputs() + k] - net.centre()[k]) * net.scale()[k]);
    }
    for (std::size_t l = 0; l < net.layers(); ++l) {
      std::vector<double> z(net.width(l + 1));
      for (std::size_t o = 0; o < z.size(); ++o) {
        z[o] = net.bias(l)[o];
        for (std::size_t k = 0; k < x.size(); ++k) {
          z[o] += x[k] * net.weights(l)(k, o);
        }
        z[o] = l + 1 < net.layers() ? A::value(z[o]) : z[o];
      }
      x = z;
    }
    for (std::size_t o = 0; o < x.size(); ++o) {
      sum += c[r * x.size() + o] * x[o];
    }
  }
  return sum;
}

template <class Activation>
void gradients(std::vector<std::size_t> const& widths) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    INFO("seed " << seed);
    constexpr std::size_t n = 7;
    train::trunk<double, Activation> net(widths, seed);
    auto rows = numbers(n * net.inputs(), seed + 10);
    CHECK(net.standardise(rw::row_major(rows, net.inputs())));
    auto const c = numbers(n * net.outputs(), seed + 20);
    train::tape<double> tape;
    auto const z = net.forward(tape, rw::row_major(rows, net.inputs()));
    double value = 0;
    for (std::size_t i = 0; i < c.size(); ++i) {
      value += c[i] * z.first[i];
    }
    CHECK(value == doctest::Approx(plain(net, rows, c, n)).epsilon(1e-12));
    std::vector<double> by(net.parameters().size()), features(rows.size());
    CHECK(net.backward(tape, rw::row_major(c, net.outputs()), by, rw::row_major(features, net.inputs())));
    constexpr double h = 1e-6;
    double worst = 0;
    for (std::size_t k = 0; k < by.size(); ++k) {
      double& p = net.parameters()[k];
      double const kept = p;
      p = kept + h;
      double const up = plain(net, rows, c, n);
      p = kept - h;
      double const down = plain(net, rows, c, n);
      p = kept;
      worst = std::max(worst, std::abs((up - down) / (2 * h) - by[k]));
    }
    CHECK(worst < 1e-7);
    worst = 0;
    for (std::size_t k = 0; k < rows.size(); ++k) {
      double const kept = rows[k];
      rows[k] = kept + h;
      double const up = plain(net, rows, c, n);
      rows[k] = kept - h;
      double const down = plain(net, rows, c, n);
      rows[k] = kept;
      worst = std::max(worst, std::abs((up - down) / (2 * h) - features[k]));
    }
    CHECK(worst < 1e-7);
  }
}

} // namespace

TEST_CASE("a trunk's logits are plain loops', its gradients finite differences") {
  SUBCASE("linear") {
    gradients<train::activation::none>({5, 3});
  }
  SUBCASE("relu") {
    gradients<train::activation::relu>({5, 19, 3});
  }
  SUBCASE("tanh, two hidden layers, one logit") {
    gradients<train::activation::tanh>({3, 6, 17, 1});
  }
  SUBCASE("gelu") {
    gradients<train::activation::gelu>({4, 33, 2});
  }
}

TEST_CASE("gelu against values of the normal distribution") {
  // x Phi(x), and Phi(x) + x phi(x), from 50 digits
  using train::activation::gelu;
  CHECK(gelu::value(1.0) == doctest::Approx(0.84134474606854293).epsilon(1e-14));
  CHECK(gelu::value(-2.0) == doctest::Approx(-0.045500263896358417).epsilon(1e-14));
  CHECK(gelu::slope(1.0) == doctest::Approx(1.0833154705876864).epsilon(1e-14));
  CHECK(gelu::slope(0.0) == doctest::Approx(0.5).epsilon(1e-15));
  CHECK(gelu::value(-inf) == 0);
  CHECK(gelu::slope(-inf) == 0);
  CHECK(gelu::slope(inf) == 1);
  CHECK(std::isnan(gelu::value(no)));
  CHECK(std::isnan(gelu::slope(no)));
  CHECK(std::isnan(train::activation::relu::value(no)));
  CHECK(std::isnan(train::activation::relu::slope(no)));
}

TEST_CASE("a row's logits do not depend on its place, on the batch or on the way") {
  train::trunk<float> const net({11, 37, 21, 5}, 4);
  auto const wide = numbers(300 * 11, 3);
  std::vector<float> const rows(wide.begin(), wide.end());
  std::vector<float> all(300 * 5), one(5);
  CHECK(net.logits(rw::row_major(rows, 11), rw::row_major(all, 5)));
  train::tape<float> tape;
  std::vector<std::size_t> const items{299, 0, 150, 7, 7};
  auto const some = net.forward_items(tape, rw::row_major(rows, 11), items);
  bool same = true;
  for (std::size_t k = 0; k < items.size(); ++k) {
    std::vector<float> const row(rows.begin() + static_cast<std::ptrdiff_t>(items[k] * 11),
                                 rows.begin() + static_cast<std::ptrdiff_t>(items[k] * 11 + 11));
    net.logits(rw::row_major(row, 11), rw::row_major(one, 5));
    for (std::size_t c = 0; c < 5; ++c) {
      same = same && one[c] == all[items[k] * 5 + c] && some(k, c) == one[c];
    }
  }
  CHECK(same);
  std::vector<float> scalar(300 * 5);
  CHECK(net.logits(rw::exec::scalar{}, rw::row_major(rows, 11), rw::row_major(scalar, 5)));
  double worst = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    worst = std::max(worst, std::abs(static_cast<double>(all[i] - scalar[i])));
  }
  CHECK(worst < 1e-5);
  // Column-major and double features, float logits.
  std::vector<double> turned(wide.size());
  for (std::size_t r = 0; r < 300; ++r) {
    for (std::size_t c = 0; c < 11; ++c) {
      turned[c * 300 + r] = static_cast<double>(rows[r * 11 + c]);
    }
  }
  std::vector<float> other(300 * 5);
  CHECK(net.logits(rw::column_major(turned.data(), 300, 11), rw::row_major(other, 5)));
  CHECK(other == all);
}

TEST_CASE("wide layers go through several strips of the cache, to the same bits as one row alone") {
  train::trunk<double, train::activation::none> const net({600, 37, 2}, 8);
  auto const rows = numbers(40 * 600, 5);
  auto const c = numbers(40 * 2, 6);
  train::tape<double> tape;
  auto const z = net.forward(tape, rw::row_major(rows, 600));
  double value = 0;
  for (std::size_t i = 0; i < c.size(); ++i) {
    value += c[i] * z.first[i];
  }
  CHECK(value == doctest::Approx(plain(net, rows, c, 40)).epsilon(1e-12));
  std::vector<double> one(2);
  bool same = true;
  for (std::size_t r = 0; r < 40; ++r) {
    net.logits(rw::row_major(rows.data() + r * 600, 1, 600), rw::row_major(one, 2));
    same = same && one[0] == z(r, 0) && one[1] == z(r, 1);
  }
  CHECK(same);
  // The derivative by a weight of the first layer is a sum over rows.
  std::vector<double> by(net.parameters().size());
  CHECK(net.backward(tape, rw::row_major(c, 2), by));
  double expected = 0;
  for (std::size_t r = 0; r < 40; ++r) {
    expected += rows[r * 600 + 599] * (c[2 * r] * net.weights(1)(36, 0) + c[2 * r + 1] * net.weights(1)(36, 1));
  }
  CHECK(by[599 * 37 + 36] == doctest::Approx(expected).epsilon(1e-12));
}

TEST_CASE("missing features count as their mean; infinite ones are reported") {
  train::trunk<double> net({2, 4, 1}, 2);
  std::vector<double> const rows{1, 10, /**/ 3, no, /**/ no, 30, /**/ 5, 20};
  CHECK(net.standardise(rw::row_major(rows, 2)));
  CHECK(net.centre()[0] == doctest::Approx(3));
  CHECK(net.centre()[1] == doctest::Approx(20));
  CHECK(net.scale()[0] == doctest::Approx(1 / std::sqrt(8.0 / 3)));
  std::vector<double> const missing{no, 30}, mean{3, 30};
  std::vector<double> a(1), b(1);
  CHECK(net.logits(rw::row_major(missing, 2), a));
  CHECK(net.logits(rw::row_major(mean, 2), b));
  CHECK(a == b);
  rw::status s;
  std::vector<double> const endless{inf, 30};
  CHECK_FALSE(net.logits(rw::row_major(endless, 2), b, s));
  CHECK(s.code == rw::errc::unusable_item);
  CHECK(a == b);
  // A column that does not vary, one that is never there.
  std::vector<double> const flat{0.1, no, /**/ 0.1, no, /**/ 0.1, no};
  CHECK(net.standardise(rw::row_major(flat, 2)));
  CHECK(net.scale()[0] == 0);
  CHECK(net.scale()[1] == 0);
  CHECK(net.logits(rw::row_major(missing, 2), a));
  CHECK(std::isfinite(a[0]));
}

TEST_CASE("missing and infinite features, in every layout and at every place of a row") {
  constexpr std::size_t n = 40, k = 37;
  train::trunk<float> net({k, 3}, 5);
  auto rows = numbers(n * k, 7);
  for (std::size_t r = 0; r < n; ++r) {
    rows[r * k + r % k] = r % 3 == 0 ? no : r % 3 == 1 ? inf : -inf;
  }
  CHECK(net.standardise(rw::row_major(rows, k)));
  std::vector<double> plain_rows = rows; // the centre says nothing, as a missing number does
  std::vector<float> narrow(n * k), padded(n * (k + 3), 9.f), turned(n * k);
  for (std::size_t r = 0; r < n; ++r) {
    for (std::size_t c = 0; c < k; ++c) {
      double& x = plain_rows[r * k + c];
      narrow[r * k + c] = padded[r * (k + 3) + c] = turned[c * n + r] = static_cast<float>(x);
      x = x - x == 0 ? static_cast<double>(narrow[r * k + c]) : static_cast<double>(net.centre()[c]);
    }
  }
  std::vector<float> expected(n * 3), out(n * 3);
  CHECK(net.logits(rw::row_major(plain_rows, k), rw::row_major(expected, 3)));
  auto const check = [&](auto const& features) {
    rw::status s;
    CHECK_FALSE(net.logits(features, rw::row_major(out, 3), s));
    CHECK(s.code == rw::errc::unusable_item);
    CHECK(s.where == 1);
    CHECK(s.found == 26);
    CHECK(out == expected);
  };
  check(rw::row_major(narrow, k));
  check(rw::row_major(padded.data(), n, k, k + 3));
  check(rw::column_major(turned.data(), n, k));
  check(rw::row_major(rows, k));
}

TEST_CASE("calls that do not fit change nothing") {
  rw::status s;
  CHECK(train::trunk<float>({4}, 1, s).layers() == 0);
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(train::trunk<float>({4, 0, 1}, 1, s).layers() == 0);
  CHECK(s.code == rw::errc::out_of_range);
  constexpr std::size_t many = std::size_t(1) << 40; // weights of a layer whose number wraps to 0
  train::trunk<float> huge({many, many}, 1, s);
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(huge.parameters().size() == 0);
  train::trunk<float> net({3, 5, 2}, 1);
  std::vector<float> rows(6, 1.f), out(4, 9.f), bad(5);
  CHECK_FALSE(net.logits(rw::row_major(rows, 2), rw::row_major(out, 2), s));
  CHECK(s.code == rw::errc::wrong_shape);
  CHECK_FALSE(net.logits(rw::row_major(rows, 3), rw::row_major(out, 1), s));
  CHECK(s.code == rw::errc::wrong_shape);
  CHECK_FALSE(net.logits(rw::row_major(rows, 3), rw::row_major(rows.data(), 2, 2), s));
  CHECK(s.code == rw::errc::aliasing);
  CHECK(out == std::vector<float>(4, 9.f));
  train::tape<float> tape;
  CHECK(net.forward_items(tape, rw::row_major(rows, 3), std::vector{0, 2}, s).rows == 0);
  CHECK(s.code == rw::errc::out_of_range);
  CHECK(net.forward(tape, rw::row_major(rows, 3)).rows == 2);
  CHECK_FALSE(net.backward(tape, rw::row_major(out, 2), bad, s));
  CHECK(s.code == rw::errc::size_mismatch);
  std::vector<float> const short_one(2);
  std::vector<float> by(net.parameters().size());
  CHECK_FALSE(net.backward(tape, rw::row_major(short_one, 2), by, s));
  CHECK(s.code == rw::errc::size_mismatch);
  // No rows: no logits, no derivatives.
  std::vector<float> const nothing;
  std::vector<float> none;
  CHECK(net.logits(rw::row_major(nothing, 3), rw::row_major(none, 2)));
  CHECK(net.forward(tape, rw::row_major(nothing, 3)).rows == 0);
  CHECK(net.backward(tape, rw::row_major(nothing, 2), by));
  CHECK(by == std::vector<float>(by.size()));
}

TEST_CASE("weights start with the variance that the activation asks for, by seed") {
  train::trunk<double> const a({200, 100, 1}, 5), b({200, 100, 1}, 5), c({200, 100, 1}, 6);
  double sum = 0, square = 0;
  bool same = true, other = false;
  for (std::size_t k = 0; k < 200 * 100; ++k) {
    sum += a.parameters()[k];
    square += a.parameters()[k] * a.parameters()[k];
    same = same && a.parameters()[k] == b.parameters()[k];
    other = other || a.parameters()[k] != c.parameters()[k];
  }
  CHECK(same);
  CHECK(other);
  CHECK(square / 20000 == doctest::Approx(2.0 / 200).epsilon(0.05));
  CHECK(std::abs(sum / 20000) < 0.003);
  CHECK(a.bias(0)[3] == 0);
}

TEST_CASE("derivatives by missing features are 0; a tape of other widths is refused") {
  train::trunk<double, train::activation::tanh> net({3, 5, 2}, 3);
  for (std::size_t c = 0; c < 3; ++c) {
    net.centre()[c] = 0.25;
    net.scale()[c] = 2;
  }
  std::vector<double> const x{0.5, no, -1, 0.25, 1, no, no, no, 0.25};
  train::tape<double> tape;
  net.forward(tape, rw::row_major(x, 3));
  std::vector<double> const seed{1, -2, 0.5, 1, -1, 3};
  std::vector<double> by(net.parameters().size()), by_x(9, 7);
  auto to = rw::row_major(by_x, 3);
  REQUIRE(net.backward(tape, rw::row_major(seed, 2), by, to));
  for (std::size_t i = 0; i < x.size(); ++i) {
    CAPTURE(i);
    CHECK((by_x[i] == 0) == std::isnan(x[i])); // a feature at the centre is not missing
  }
  // The same rows in another order: marks go with the rows.
  std::vector<std::size_t> const order{2, 0};
  net.forward_items(tape, rw::row_major(x, 3), order);
  std::vector<double> some(6);
  auto to_some = rw::row_major(some, 3);
  REQUIRE(net.backward(tape, rw::row_major(std::vector<double>{1, 1, 1, 1}.data(), 2, 2), by, to_some));
  CHECK((some[0] == 0 && some[1] == 0 && some[2] != 0 && some[3] != 0 && some[4] == 0 && some[5] != 0));

  train::trunk<double, train::activation::tanh> const wider({3, 900, 2}, 3);
  std::vector<double> by_wider(wider.parameters().size(), 7);
  rw::status s;
  std::vector<double> const two{1, 1, 1, 1};
  CHECK_FALSE(wider.backward(tape, rw::row_major(two, 2), by_wider, s));
  CHECK(s.code == rw::errc::bad_format);
  CHECK(by_wider[0] == 7);

  // As many units in another order are other widths.
  train::trunk<double, train::activation::tanh> const one({2, 3, 4, 1}, 3), other({2, 4, 3, 1}, 3);
  std::vector<double> const pair{0.5, 1}, unit{1};
  one.forward(tape, rw::row_major(pair, 2));
  std::vector<double> by_other(other.parameters().size(), 7);
  CHECK_FALSE(other.backward(tape, rw::row_major(unit, 1), by_other, s));
  CHECK(s.code == rw::errc::bad_format);
  CHECK(by_other[0] == 7);
}
