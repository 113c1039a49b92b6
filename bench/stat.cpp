// Exact sums, areas under curves and resampling against what one would write by hand: nanoseconds per item.
#include "row.hpp"

#include <rankwise/metric/auc.hpp>
#include <rankwise/metric/group_auc.hpp>
#include <rankwise/metric/probability.hpp>
#include <rankwise/metric/reliability.hpp>
#include <rankwise/stat/exact_sum.hpp>
#include <rankwise/stat/interval.hpp>
#include <rankwise/stat/paired.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace rw = rankwise;

namespace {

void agree(char const* what, double ours, double plain, double tolerance) {
  if (!(std::abs(ours - plain) <= tolerance * std::abs(plain))) {
    std::fprintf(stderr, "%s: %.17g differs from %.17g by hand\n", what, ours, plain);
    std::exit(1);
  }
}

// ---- by hand

double plain_sum(std::vector<double> const& x) {
  double sum = 0;
  for (double const v : x) {
    sum += v;
  }
  return sum;
}

// What -ffast-math would make of it: chains that compilers put into registers.
double sum_in_chains(std::vector<double> const& x) {
  double chain[32] = {};
  std::size_t const whole = x.size() / 32 * 32;
  for (std::size_t i = 0; i < whole; i += 32) {
    for (std::size_t c = 0; c < 32; ++c) {
      chain[c] += x[i + c];
    }
  }
  double sum = 0;
  for (double const c : chain) {
    sum += c;
  }
  for (std::size_t i = whole; i < x.size(); ++i) {
    sum += x[i];
  }
  return sum;
}

double neumaier_sum(std::vector<double> const& x) {
  double sum = 0;
  double lost = 0;
  for (double const v : x) {
    double const next = sum + v;
    lost += std::abs(sum) >= std::abs(v) ? (sum - next) + v : (v - next) + sum;
    sum = next;
  }
  return sum + lost;
}

double plain_log_loss(std::vector<float> const& p, std::vector<int> const& y) {
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    double const q = std::clamp(static_cast<double>(p[i]), 0x1p-52, 1 - 0x1p-52);
    sum -= y[i] != 0 ? std::log(q) : std::log1p(-q);
  }
  return sum / static_cast<double>(p.size());
}

using scored = std::pair<float, int>;

double auc_of_sorted(std::vector<scored>& items) {
  std::sort(items.begin(), items.end(), [](scored const& a, scored const& b) { return a.first < b.first; });
  double right = 0;
  double negatives = 0;
  double positives = 0;
  for (std::size_t begin = 0; begin < items.size();) {
    double up = 0;
    double down = 0;
    std::size_t end = begin;
    for (; end < items.size() && items[end].first == items[begin].first; ++end) {
      (items[end].second != 0 ? up : down) += 1;
    }
    right += up * (negatives + down / 2);
    positives += up;
    negatives += down;
    begin = end;
  }
  return positives > 0 && negatives > 0 ? right / positives / negatives : -1;
}

double plain_auc(std::vector<float> const& s, std::vector<int> const& y) {
  std::vector<scored> items(s.size());
  for (std::size_t i = 0; i < s.size(); ++i) {
    items[i] = {s[i], y[i]};
  }
  return auc_of_sorted(items);
}

double plain_group_auc(std::vector<float> const& s, std::vector<int> const& y, std::size_t size) {
  double sum = 0;
  double weight = 0;
  std::vector<scored> items(size);
  for (std::size_t begin = 0; begin < s.size(); begin += size) {
    for (std::size_t i = 0; i < size; ++i) {
      items[i] = {s[begin + i], y[begin + i]};
    }
    double const auc = auc_of_sorted(items);
    sum += auc >= 0 ? auc * static_cast<double>(size) : 0;
    weight += auc >= 0 ? static_cast<double>(size) : 0;
  }
  return sum / weight;
}

double plain_bootstrap(std::vector<double> const& x, std::size_t replicates) {
  std::mt19937_64 random(1);
  std::uniform_int_distribution<std::size_t> draw(0, x.size() - 1);
  std::vector<double> means(replicates);
  for (double& m : means) {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      sum += x[draw(random)];
    }
    m = sum / static_cast<double>(x.size());
  }
  std::sort(means.begin(), means.end());
  return means[replicates / 40];
}

double plain_permutation(std::vector<double> const& d, std::size_t replicates) {
  std::mt19937_64 random(1);
  double const sum = std::abs(plain_sum(d));
  std::size_t hits = 0;
  for (std::size_t r = 0; r < replicates; ++r) {
    double s = 0;
    for (std::size_t i = 0; i < d.size(); i += 64) {
      std::uint64_t bits = random();
      for (std::size_t k = i; k < std::min(i + 64, d.size()); ++k, bits >>= 1) {
        s += (bits & 1) != 0 ? d[k] : -d[k];
      }
    }
    hits += std::abs(s) >= sum ? 1 : 0;
  }
  return static_cast<double>(1 + hits) / static_cast<double>(1 + replicates);
}

// ---- rows; what they read outlives this function

void add_sum(char const* size, std::size_t n) {
  std::mt19937_64 random(2);
  std::normal_distribution<double> draw(1);
  auto& x = *new std::vector<double>(n);
  for (double& v : x) {
    v = draw(random);
  }
  std::string const name = std::string("exact sum, ") + size;
  auto const ours = [&x] {
    rw::stat::exact_sum sum;
    sum.add(x);
    return sum.value();
  };
  agree("sum", ours(), neumaier_sum(x), 1e-15);
  add_row(name + "/plain", n, [&x] { return plain_sum(x); });
  add_row(name + "/chains", n, [&x] { return sum_in_chains(x); });
  add_row(name + "/neumaier", n, [&x] { return neumaier_sum(x); });
  add_row(name + "/ours", n, ours);
}

void add_rows() {
  std::mt19937_64 random(3);
  std::normal_distribution<float> draw;
  std::size_t const n = 200000;
  auto& score = *new std::vector<float>(n);
  auto& probability = *new std::vector<float>(n);
  auto& label = *new std::vector<int>(n);
  for (std::size_t i = 0; i < n; ++i) {
    float const z = draw(random);
    score[i] = z;
    probability[i] = 1 / (1 + std::exp(-z));
    label[i] = draw(random) + z > 1 ? 1 : 0;
  }
  agree("log loss", rw::metric::log_loss{}(probability, label), plain_log_loss(probability, label), 1e-12);
  add_row("log loss, 200k/plain", n, [&] { return plain_log_loss(probability, label); });
  add_row("log loss, 200k/ours", n, [&] { return rw::metric::log_loss{}(probability, label); });
  agree("AUC", rw::metric::auc{}(score, label), plain_auc(score, label), 1e-12);
  add_row("AUC, 200k/plain", n, [&] { return plain_auc(score, label); });
  add_row("AUC, 200k/ours", n, [&] { return rw::metric::auc{}(score, label); });
  auto& offsets = *new std::vector<std::size_t>;
  for (std::size_t o = 0; o <= n; o += 40) {
    offsets.push_back(o);
  }
  auto const group = [&] { return rw::metric::group_auc<>{}(score, label, rw::lists(offsets)); };
  agree("group AUC", group(), plain_group_auc(score, label, 40), 1e-12);
  add_row("group AUC, 5,000 x 40/plain", n, [&] { return plain_group_auc(score, label, 40); });
  add_row("group AUC, 5,000 x 40/ours", n, group);

  auto& value = *new std::vector<double>(1000);
  auto& zero = *new std::vector<double>(1000, 0);
  for (double& v : value) {
    v = static_cast<double>(draw(random)) + 0.02;
  }
  std::size_t const replicates = 1000;
  auto const bootstrap = [&] { return rw::stat::bootstrap{.replicates = 1000}(value).low; };
  auto const permutation = [&] { return rw::stat::permutation{.replicates = 1000}(value, zero).p_value; };
  add_row("bootstrap, 1,000 x 1,000/plain", value.size() * replicates,
          [&] { return plain_bootstrap(value, replicates); });
  add_row("bootstrap, 1,000 x 1,000/ours", value.size() * replicates, bootstrap);
  agree("permutation", permutation(), plain_permutation(value, replicates), 0.2);
  add_row("permutation, 1,000 x 1,000/plain", value.size() * replicates,
          [&] { return plain_permutation(value, replicates); });
  add_row("permutation, 1,000 x 1,000/ours", value.size() * replicates, permutation);
}

bool const registered = [] {
  add_sum("1,000", 1000);
  add_sum("1M", 1000000);
  add_rows();
  return true;
}();

} // namespace
