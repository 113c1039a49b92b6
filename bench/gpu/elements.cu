// Element-wise work: one number in and one out, and seven logits to one score.
#include "device.hpp"
#include "host.hpp"
#include "model.hpp"

#include <rankwise/exec/apply.hpp>
#include <rankwise/label/polarise.hpp>

namespace gpu {

namespace {

class polarisation final : public workload {
public:
  polarisation(void* stream, double scale) : stream_(stream), items_(scaled(100'000'000, scale)) {}

  std::string name() const override { return "polarisation, float"; }
  std::size_t items() const override { return items_; }
  double bytes() const override { return 8.0 * static_cast<double>(items_); }
  gpu::goals goals() const override { return {.of_copy = 0.85}; }

  void set_up(std::size_t sets) override {
    std::vector<float> numbers(items_);
    for (std::size_t s = 0; s < sets; ++s) {
      for (std::size_t i = 0; i < items_; ++i) {
        numbers[i] = static_cast<float>(number(s, i % 1'000'003));
      }
      in_.emplace_back(numbers.begin(), numbers.end());
      out_.emplace_back(items_);
    }
  }
  void run(std::size_t set) override { rw::apply(on(stream_), policy_, in_[set], out_[set]); }
  error check() override {
    auto const out = fetched<float>(out_[0]);
    difference d;
    for (std::size_t i = 0; i < items_; i += i + 5'000 < items_ ? 97 : 1) {
      double const x = static_cast<double>(static_cast<float>(number(0, i % 1'000'003)));
      d.add(static_cast<double>(out[i]), host::polarised(x, policy_.steepness, policy_.centre));
    }
    return {d.relative(), 5e-7};
  }

private:
  static constexpr rw::label::polarise policy_{.steepness = 10, .centre = 0.5};
  void* stream_;
  std::size_t items_;
  std::vector<thrust::device_vector<float>> in_, out_;
};

template <class T, rw::layout Order>
class scoring final : public workload {
public:
  scoring(void* stream, double scale, char const* what)
      : stream_(stream), items_(scaled(20'000'000, scale)), what_(what) {}

  std::string name() const override { return std::string("scoring 7 to 1, ") + what_; }
  std::size_t items() const override { return items_; }
  double bytes() const override { return static_cast<double>(items_) * (7 * sizeof(T) + sizeof(float)); }
  gpu::goals goals() const override { return {.of_copy = 0.85}; }

  void set_up(std::size_t sets) override {
    std::vector<T> numbers(items_ * 7);
    for (std::size_t s = 0; s < sets; ++s) {
      for (std::size_t i = 0; i < items_; ++i) {
        for (std::size_t k = 0; k < 7; ++k) {
          numbers[at(i, k)] = static_cast<T>(static_cast<float>(logit(s, i, k)));
        }
      }
      logits_.emplace_back(numbers.begin(), numbers.end());
      scores_.emplace_back(items_);
    }
  }
  void run(std::size_t set) override {
    rw::matrix<T const, Order, rw::memory::device> const m{logits_[set].data().get(), items_, 7, row_major ? 7 : 1,
                                                           row_major ? 1 : static_cast<std::ptrdiff_t>(items_)};
    ranker_.score(on(stream_), m, scores_[set]);
  }
  error check() override {
    auto const scores = fetched<float>(scores_[0]);
    difference d;
    for (std::size_t i = 0; i < items_; i += i + 5'000 < items_ ? 97 : 1) {
      double z[7];
      for (std::size_t k = 0; k < 7; ++k) {
        z[k] = static_cast<double>(static_cast<float>(static_cast<T>(static_cast<float>(logit(0, i, k)))));
      }
      d.add(static_cast<double>(scores[i]), host::scored(z));
    }
    return {d.relative(), 1e-6};
  }

private:
  static constexpr bool row_major = Order == rw::layout::row_major;
  std::size_t at(std::size_t item, std::size_t k) const { return row_major ? item * 7 + k : k * items_ + item; }
  static double logit(std::size_t set, std::size_t item, std::size_t k) {
    return 6 * number(set, item * 7 % 1'000'003 + k) - 3;
  }

  decltype(ranker()) ranker_ = ranker();
  void* stream_;
  std::size_t items_;
  char const* what_;
  std::vector<thrust::device_vector<T>> logits_;
  std::vector<thrust::device_vector<float>> scores_;
};

} // namespace

void add_elements(workloads& all, void* stream, double scale) {
  using enum rw::layout;
  all.push_back(std::make_unique<polarisation>(stream, scale));
  all.push_back(std::make_unique<scoring<float, row_major>>(stream, scale, "float, row-major"));
  all.push_back(std::make_unique<scoring<float, column_major>>(stream, scale, "float, column-major"));
  all.push_back(std::make_unique<scoring<rw::bfloat16, row_major>>(stream, scale, "bfloat16, row-major"));
  all.push_back(std::make_unique<scoring<rw::bfloat16, column_major>>(stream, scale, "bfloat16, column-major"));
  all.push_back(std::make_unique<scoring<rw::float16, row_major>>(stream, scale, "float16, row-major"));
  all.push_back(std::make_unique<scoring<rw::float16, column_major>>(stream, scale, "float16, column-major"));
}

} // namespace gpu
