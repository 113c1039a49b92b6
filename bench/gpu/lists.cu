// List-wise work: losses with derivatives, metrics, top-k, and lists of very different lengths.
#include "device.hpp"
#include "host.hpp"

#include <rankwise/core/dispatch.hpp>
#include <rankwise/loss/lambda.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/rank/top_k.hpp>

#include <algorithm>

namespace gpu {

namespace {

using column = thrust::device_vector<float>;

/// Where calls leave their value, as nobody waits for them.
class number_on_device {
public:
  executor_type on(void* stream) { return gpu::on(stream).leaving(numbers_.data().get()); }

private:
  thrust::device_vector<double> numbers_ = thrust::device_vector<double>(2);
};

/// Scores and grades of lists, in several sets. Offsets lie on the host, as in every call.
class lists_of {
public:
  explicit lists_of(std::vector<int> offsets) : offsets_(std::move(offsets)) {}

  static lists_of uniform(std::size_t lists, std::size_t length) {
    std::vector<int> offsets;
    for (std::size_t l = 0; l <= lists; ++l) {
      offsets.push_back(static_cast<int>(l * length));
    }
    return lists_of(std::move(offsets));
  }

  rw::lists<int> lists() const { return rw::lists(offsets_); }
  std::vector<int> const& offsets() const { return offsets_; }
  std::size_t items() const { return static_cast<std::size_t>(offsets_.back()); }

  static float score(std::size_t set, std::size_t i) { return static_cast<float>(8 * number(set, i) - 4); }
  /// Half of the items are not relevant, the others have grades 1 to 4.
  static float label(std::size_t set, std::size_t i) {
    return static_cast<float>(std::max(0.0, std::floor(8 * number(set + 100, i)) - 3));
  }

  void set_up(std::size_t sets) {
    std::vector<float> s(items()), y(items());
    for (std::size_t set = 0; set < sets; ++set) {
      fill(set, s, y);
      scores.emplace_back(s.begin(), s.end());
      labels.emplace_back(y.begin(), y.end());
    }
  }
  void fill(std::size_t set, std::vector<float>& s, std::vector<float>& y) const {
    for (std::size_t i = 0; i < items(); ++i) {
      s[i] = score(set, i);
      y[i] = label(set, i);
    }
  }

  /// Calls f(list, first item, scores, labels) for some hundred lists of set 0.
  template <class F>
  void sample(F const& f) const {
    std::size_t const lists = offsets_.size() - 1;
    std::size_t const step = std::max<std::size_t>(1, lists / 300);
    std::vector<float> s, y;
    for (std::size_t l = 0; l < lists; l += step) {
      s.clear();
      y.clear();
      auto const first = static_cast<std::size_t>(offsets_[l]);
      for (std::size_t i = first; i < static_cast<std::size_t>(offsets_[l + 1]); ++i) {
        s.push_back(score(0, i));
        y.push_back(label(0, i));
      }
      if (!s.empty()) {
        f(l, first, s, y);
      }
    }
  }

  std::vector<column> scores, labels;

private:
  std::vector<int> offsets_;
};

class softmax final : public workload {
public:
  softmax(void* stream, std::string name, lists_of lists, gpu::goals goals)
      : stream_(stream), name_(std::move(name)), lists_(std::move(lists)), goals_(goals) {}

  std::string name() const override { return name_; }
  std::size_t items() const override { return lists_.items(); }
  double bytes() const override {
    return 12.0 * static_cast<double>(items()) + 4.0 * static_cast<double>(lists_.offsets().size());
  }
  gpu::goals goals() const override { return goals_; }

  void set_up(std::size_t sets) override {
    lists_.set_up(sets);
    for (std::size_t s = 0; s < sets; ++s) {
      data_.push_back(loss_.prepare(on(stream_), lists_.labels[s], lists_.lists()));
      gradient_.emplace_back(items());
    }
  }
  void run(std::size_t set) override {
    loss_.gradient(number_.on(stream_), lists_.scores[set], data_[set], gradient_[set], memory_);
  }
  error check() override {
    std::vector<double> per_list(lists_.lists().size());
    loss_.gradient(on(stream_), lists_.scores[0], data_[0], gradient_[0], memory_, {.per_list = per_list});
    auto const found = fetched<float>(gradient_[0]);
    difference gradients, values;
    lists_.sample([&](std::size_t l, std::size_t first, auto const& s, auto const& y) {
      std::vector<double> expected(s.size());
      values.add(per_list[l], host::softmax(s, y, expected));
      for (std::size_t i = 0; i < s.size(); ++i) {
        gradients.add(static_cast<double>(found[first + i]), expected[i]);
      }
    });
    return {std::max(gradients.relative(), values.relative()), 2e-6};
  }
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
  double host_milliseconds() override {
    std::vector<float> s(items()), y(items()), gradient(items());
    lists_.fill(0, s, y);
    double milliseconds = 0;
    rw::dispatch(host::time_softmax{}, std::span<float const>(s), std::span<float const>(y),
                 std::span<int const>(lists_.offsets()), std::span<float>(gradient), milliseconds);
    return milliseconds;
  }
#endif

private:
  rw::loss::softmax loss_{};
  void* stream_;
  std::string name_;
  lists_of lists_;
  gpu::goals goals_;
  std::vector<decltype(loss_.prepare(executor_type{}, column{}, rw::lists<int>{}))> data_;
  std::vector<column> gradient_;
  rw::workspace memory_;
  number_on_device number_;
};

class lambda final : public workload {
public:
  lambda(void* stream, double scale) : stream_(stream), lists_(lists_of::uniform(scaled(100'000, scale), 120)) {}

  std::string name() const override { return "lambda NDCG@30, lists of 120"; }
  std::size_t items() const override { return lists_.items(); }
  double bytes() const override {
    return 16.0 * static_cast<double>(items()) + 4.0 * static_cast<double>(lists_.offsets().size());
  }
  gpu::goals goals() const override { return {.to_torch = 20, .to_host = 5}; }

  void set_up(std::size_t sets) override {
    lists_.set_up(sets);
    for (std::size_t s = 0; s < sets; ++s) {
      data_.push_back(loss_.prepare(on(stream_), lists_.labels[s], lists_.lists()));
      gradient_.emplace_back(items());
      hessian_.emplace_back(items());
    }
  }
  void run(std::size_t set) override {
    loss_.gradient(number_.on(stream_), lists_.scores[set], data_[set], gradient_[set], hessian_[set], memory_,
                   {.value = false});
  }
  error check() override {
    auto const g = fetched<float>(gradient_[0]);
    auto const h = fetched<float>(hessian_[0]);
    difference gradients, hessians;
    lists_.sample([&](std::size_t, std::size_t first, auto const& s, auto const& y) {
      std::vector<double> gradient(s.size()), hessian(s.size());
      host::lambda(s, y, 30, gradient, hessian);
      for (std::size_t i = 0; i < s.size(); ++i) {
        gradients.add(static_cast<double>(g[first + i]), gradient[i]);
        hessians.add(static_cast<double>(h[first + i]), hessian[i]);
      }
    });
    return {std::max(gradients.relative(), hessians.relative()), 5e-6};
  }
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
  double host_milliseconds() override {
    std::vector<float> s(items()), y(items()), gradient(items()), hessian(items());
    lists_.fill(0, s, y);
    double milliseconds = 0;
    rw::dispatch(host::time_lambda{}, std::span<float const>(s), std::span<float const>(y),
                 std::span<int const>(lists_.offsets()), std::span<float>(gradient), std::span<float>(hessian),
                 milliseconds);
    return milliseconds;
  }
#endif

private:
  rw::loss::lambda<rw::metric::ndcg<30>> loss_{};
  void* stream_;
  lists_of lists_;
  std::vector<decltype(loss_.prepare(executor_type{}, column{}, rw::lists<int>{}))> data_;
  std::vector<column> gradient_, hessian_;
  rw::workspace memory_;
  number_on_device number_;
};

class ndcg final : public workload {
public:
  ndcg(void* stream, double scale) : stream_(stream), lists_(lists_of::uniform(scaled(100'000, scale), 120)) {}

  std::string name() const override { return "NDCG@10, lists of 120"; }
  std::size_t items() const override { return lists_.items(); }
  double bytes() const override {
    return 8.0 * static_cast<double>(items()) + 4.0 * static_cast<double>(lists_.offsets().size());
  }
  gpu::goals goals() const override { return {.to_torch = 10}; }

  void set_up(std::size_t sets) override {
    lists_.set_up(sets);
    for (std::size_t s = 0; s < sets; ++s) {
      data_.push_back(metric_.prepare(on(stream_), lists_.labels[s], lists_.lists()));
    }
  }
  void run(std::size_t set) override { metric_(number_.on(stream_), lists_.scores[set], data_[set], memory_); }
  error check() override {
    std::vector<double> per_list(lists_.lists().size());
    metric_(on(stream_), lists_.scores[0], data_[0], memory_, {.per_list = per_list});
    difference d;
    lists_.sample(
        [&](std::size_t l, std::size_t, auto const& s, auto const& y) { d.add(per_list[l], host::ndcg(s, y, 10)); });
    return {d.relative(), 2e-6};
  }

private:
  rw::metric::ndcg<10> metric_{};
  void* stream_;
  lists_of lists_;
  std::vector<decltype(metric_.prepare(executor_type{}, column{}, rw::lists<int>{}))> data_;
  rw::workspace memory_;
  number_on_device number_;
};

class best_ten final : public workload {
public:
  best_ten(void* stream, double scale) : stream_(stream), lists_(lists_of::uniform(scaled(100'000, scale), 120)) {}

  std::string name() const override { return "top-10, lists of 120"; }
  std::size_t items() const override { return lists_.items(); }
  double bytes() const override {
    return 4.0 * static_cast<double>(items()) + 4.0 * static_cast<double>(lists_.offsets().size()) +
           44.0 * static_cast<double>(lists_.lists().size());
  }
  gpu::goals goals() const override { return {.to_torch = 10}; }

  void set_up(std::size_t sets) override {
    lists_.set_up(sets);
    found_.assign(sets, thrust::device_vector<int>(lists_.lists().size() * 10));
    counts_.assign(sets, thrust::device_vector<int>(lists_.lists().size()));
    placed_ = rw::place_lists(on(stream_), lists_.lists());
  }
  void run(std::size_t set) override {
    rw::top_k<10>(number_.on(stream_), lists_.scores[set], placed_, found_[set], counts_[set], memory_);
  }
  error check() override {
    auto const found = fetched<int>(found_[0]);
    auto const counts = fetched<int>(counts_[0]);
    double wrong = 0;
    lists_.sample([&](std::size_t l, std::size_t first, auto const& s, auto const&) {
      auto const expected = host::top(s, 10);
      bool same = static_cast<std::size_t>(counts[l]) == expected.size();
      for (std::size_t k = 0; same && k < expected.size(); ++k) {
        same = static_cast<std::size_t>(found[l * 10 + k]) == first + expected[k];
      }
      wrong += same ? 0 : 1;
    });
    return {wrong, 0};
  }

private:
  void* stream_;
  lists_of lists_;
  std::vector<thrust::device_vector<int>> found_, counts_;
  rw::placed_lists<int, rw::memory::device> placed_;
  rw::workspace memory_;
  number_on_device number_;
};

} // namespace

void add_lists(workloads& all, void* stream, double scale) {
  for (std::size_t const length : {40u, 120u}) {
    auto const lists = scaled(10'000'000 / length, scale);
    all.push_back(std::make_unique<softmax>(stream, "softmax, lists of " + std::to_string(length),
                                            lists_of::uniform(lists, length),
                                            gpu::goals{.of_copy = 0.6, .to_torch = 5}));
  }
  all.push_back(std::make_unique<lambda>(stream, scale));
  all.push_back(std::make_unique<ndcg>(stream, scale));
  all.push_back(std::make_unique<best_ten>(stream, scale));

  std::vector<int> ragged{0};
  int const longest = static_cast<int>(scaled(50'000, scale));
  int const lists = static_cast<int>(scaled(10'000, scale));
  for (int l = 0; l <= lists; ++l) {
    ragged.push_back(ragged.back() + (l == lists / 2 ? longest : 3));
  }
  all.push_back(std::make_unique<softmax>(stream, "softmax, a list of 50,000 beside 10,000 of 3",
                                          lists_of(std::move(ragged)), gpu::goals{}));
}

} // namespace gpu
