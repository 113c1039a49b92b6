// LibTorch defines CHECK; doctest's is the one that is meant here.
#include <rankwise/engine/torch.hpp>
#include <torch/csrc/autograd/autograd.h>
#undef CHECK
#include <doctest/doctest.h>

#if defined(THRUST_DEVICE_SYSTEM)
#include <rankwise/backend/thrust.hpp>
#endif
#include <rankwise/head/binary.hpp>
#include <rankwise/head/proportional_odds.hpp>
#include <rankwise/loss/lambda.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>
#include <rankwise/value/ranker.hpp>

#include <cmath>
#include <string>
#include <vector>

namespace rw = rankwise;

#if defined(THRUST_DEVICE_SYSTEM)
// On Thrust's CPP system the executor's "device memory" is the CPU's: the device path runs without a GPU.
namespace rankwise::inline RANKWISE_ABI::torch {
template <>
inline constexpr memory memory_of<exec::thrust<>> = memory::host;
} // namespace rankwise::inline RANKWISE_ABI::torch
#endif

namespace {

constexpr std::int64_t items = 17;

at::Tensor noise(at::IntArrayRef shape, std::uint64_t seed) {
  return at::randn(shape, at::detail::createCPUGenerator(seed), at::kDouble);
}

struct sample {
  at::Tensor sizes = at::tensor({5, 0, 1, 11}, at::kLong);
  at::Tensor scores = noise({items}, 3);
  at::Tensor labels = at::arange(items, at::kLong).remainder(4);
  at::Tensor weights = noise({items}, 4).abs() + 0.1;
  at::Tensor list_weights = noise({4}, 5).abs() + 0.1;
  at::Tensor mask = at::arange(items, at::kLong).remainder(5).ne(1);
};

/// Central differences in double, as torch.autograd.gradcheck takes them, for a function of one tensor to one number.
template <class F>
void gradcheck(F f, at::Tensor const& at_point) {
  at::Tensor const x = at_point.detach().clone().set_requires_grad(true);
  at::Tensor const y = f(x);
  REQUIRE(y.dim() == 0);
  (y * 1.5).backward();
  at::Tensor const derivative = x.grad().contiguous();
  at::Tensor const moved = at_point.detach().clone().contiguous();
  double* const m = moved.data_ptr<double>();
  for (std::int64_t i = 0; i < moved.numel(); ++i) {
    double const h = 1e-6;
    double const before = m[i];
    m[i] = before + h;
    double const above = f(moved).template item<double>();
    m[i] = before - h;
    double const below = f(moved).template item<double>();
    m[i] = before;
    INFO("entry ", i);
    CHECK(derivative.data_ptr<double>()[i] ==
          doctest::Approx(1.5 * (above - below) / (2 * h)).epsilon(1e-5).scale(0.1));
  }
}

std::string words_of(rw::status const& s) {
  char text[400];
  rw::describe(s, text, sizeof text);
  return text;
}

} // namespace

TEST_CASE("losses: the library's numbers, gradcheck in double") {
  sample const s;
  rw::torch::options const opts{
      .sizes = s.sizes, .item_weights = s.weights, .list_weights = s.list_weights, .mask = s.mask};
  auto const loss = rw::loss::softmax{};
  gradcheck([&](at::Tensor const& x) { return rw::torch::loss(loss, x, s.labels, opts); }, s.scores);

  // Against a call over plain memory.
  std::vector<double> const scores(s.scores.data_ptr<double>(), s.scores.data_ptr<double>() + items);
  std::vector<double> const weights(s.weights.data_ptr<double>(), s.weights.data_ptr<double>() + items);
  std::vector<double> const list_weights(s.list_weights.data_ptr<double>(), s.list_weights.data_ptr<double>() + 4);
  std::vector<int> labels, mask;
  for (int i = 0; i < items; ++i) {
    labels.push_back(i % 4);
    mask.push_back(i % 5 != 1);
  }
  std::vector<double> gradient(items);
  double const value = loss.gradient(scores, labels, rw::lists_of_sizes(std::vector{5, 0, 1, 11}), gradient,
                                     {.item_weights = weights, .list_weights = list_weights, .mask = mask});
  at::Tensor const x = s.scores.clone().set_requires_grad(true);
  at::Tensor const y = rw::torch::loss(loss, x, s.labels, opts);
  CHECK(y.item<double>() == value);
  y.backward();
  for (int i = 0; i < items; ++i) {
    CHECK(x.grad().data_ptr<double>()[i] == gradient[static_cast<std::size_t>(i)]);
  }
  // Offsets instead of sizes; no graph where none is wanted.
  rw::torch::options by_offsets = opts;
  by_offsets.sizes = at::Tensor();
  by_offsets.offsets = at::tensor({0, 5, 5, 6, 17}, at::kInt);
  CHECK(rw::torch::loss(loss, s.scores, s.labels, by_offsets).item<double>() == value);
  CHECK_FALSE(rw::torch::loss(loss, s.scores, s.labels, opts).requires_grad());
  {
    at::NoGradGuard const guard;
    CHECK_FALSE(rw::torch::loss(loss, x, s.labels, opts).requires_grad());
  }
  CHECK(rw::torch::metric(rw::metric::ndcg<10>{}, s.scores, s.labels, opts) ==
        rw::metric::ndcg<10>{}(scores, labels, rw::lists_of_sizes(std::vector{5, 0, 1, 11}),
                               {.item_weights = weights, .list_weights = list_weights, .mask = mask}));
}

TEST_CASE("padded lists: what is masked changes nothing, whatever stands there") {
  at::Tensor const scores = noise({3, 6}, 8);
  at::Tensor const labels = at::arange(18, at::kLong).remainder(3).reshape({3, 6});
  at::Tensor const sizes = at::tensor({6, 2, 4}, at::kLong);
  at::Tensor const there = at::arange(6).unsqueeze(0).lt(sizes.unsqueeze(1));
  auto const loss = rw::loss::softmax{};
  auto const ragged = rw::torch::loss(loss, scores.masked_select(there), labels.masked_select(there), {.sizes = sizes});
  for (double const padding : {0.0, 1e30, std::nan("")}) {
    at::Tensor const x = scores.masked_fill(there.logical_not(), padding).set_requires_grad(true);
    auto const by_mask = rw::torch::loss(loss, x, labels, {.mask = there});
    auto const by_sizes = rw::torch::loss(loss, x, labels, {.sizes = sizes});
    CHECK(by_mask.item<double>() == doctest::Approx(ragged.item<double>()).epsilon(1e-14));
    CHECK(by_sizes.item<double>() == by_mask.item<double>());
    by_mask.backward();
    CHECK(x.grad().masked_select(there.logical_not()).abs().sum().item<double>() == 0);
    CHECK(x.grad().masked_select(there).abs().sum().item<double>() > 0);
  }
  gradcheck([&](at::Tensor const& x) { return rw::torch::loss(loss, x, labels, {.mask = there}); }, scores);
  // Lambda losses have gradients that belong to no value: those of the library come through.
  at::Tensor const x = scores.clone().set_requires_grad(true);
  rw::torch::loss(rw::loss::lambda<rw::metric::ndcg<10>>{}, x, labels, {.mask = there}).backward();
  CHECK(std::abs(x.grad().sum().item<double>()) < 1e-9);
}

TEST_CASE("types and layouts: half widths in float, transposed and stepped tensors") {
  sample const s;
  auto const loss = rw::loss::softmax{};
  double const exact = rw::torch::loss(loss, s.scores, s.labels, {.sizes = s.sizes}).item<double>();
  for (auto const type : {at::kFloat, at::kHalf, at::kBFloat16}) {
    at::Tensor const x = s.scores.to(type).set_requires_grad(true);
    auto const y = rw::torch::loss(loss, x, s.labels, {.sizes = s.sizes});
    CHECK((y.scalar_type() == at::kFloat));
    CHECK(y.item<double>() == doctest::Approx(exact).epsilon(type == at::kFloat ? 1e-6 : 0.02));
    y.backward();
    CHECK((x.grad().scalar_type() == type));
    CHECK(x.grad().isfinite().all().item<bool>());
  }
  // A negated view has the memory of what it negates.
  CHECK(rw::torch::loss(loss, at::_neg_view(s.scores), s.labels, {.sizes = s.sizes}).item<double>() ==
        rw::torch::loss(loss, s.scores.neg(), s.labels, {.sizes = s.sizes}).item<double>());
  at::Tensor const wide = noise({items, 3}, 9);
  gradcheck([&](at::Tensor const& x) { return rw::torch::loss(loss, x.select(1, 1), s.labels, {.sizes = s.sizes}); },
            wide);
}

TEST_CASE("heads: several on slices of one matrix; cut-points are a tensor that learns") {
  constexpr auto relevance = rw::head::proportional_odds<"relevance", 4>{.cuts = rw::head::cuts<3>::at(-1, 0.2, 1)};
  constexpr auto click = rw::head::binary<"click">{};
  sample const s;
  at::Tensor const clicks = s.labels.gt(1);
  at::Tensor const logits = noise({items, 2}, 11);
  auto const both = [&](at::Tensor const& z) {
    return rw::torch::head_loss(relevance, z.narrow(1, 0, 1), s.labels, {.item_weights = s.weights}) +
           2 * rw::torch::head_loss(click, z.narrow(1, 1, 1), clicks, {.mask = s.mask});
  };
  gradcheck(both, logits);
  // Batches of any shape.
  CHECK(rw::torch::head_loss(click, logits.select(1, 1), clicks).item<double>() ==
        rw::torch::head_loss(click, logits.narrow(1, 1, 1), clicks).item<double>());

  std::vector<double> own;
  auto copy = relevance;
  rw::head::for_each_parameter(copy, [&](double& p) { own.push_back(p); });
  at::Tensor const parameters = at::tensor(own, at::kDouble);
  at::Tensor const z = logits.narrow(1, 0, 1).contiguous();
  auto const shared = [&](at::Tensor const& p) {
    return rw::torch::head_loss(relevance, z, s.labels, {.parameters = p});
  };
  CHECK(shared(parameters).item<double>() == rw::torch::head_loss(relevance, z, s.labels).item<double>());
  gradcheck(shared, parameters);
}

TEST_CASE("value models: derivatives by logits and by named weights") {
  constexpr auto relevance = rw::head::binary<"relevance">{};
  constexpr auto click = rw::head::binary<"click">{};
  constexpr auto ranker =
      rw::ranker{rw::heads(relevance, click),
                 rw::weight<"relevance">(0.6) * probability(relevance) + rw::weight<"click">(2) * probability(click)};
  at::Tensor const logits = noise({3, 4, 2}, 12);
  at::Tensor const seeds = noise({3, 4}, 13);
  auto const total = [&](at::Tensor const& z) { return (rw::torch::score(ranker, z) * seeds).sum(); };
  CHECK((rw::torch::score(ranker, logits).sizes() == at::IntArrayRef({3, 4})));
  gradcheck(total, logits);
  at::Tensor const weights = at::tensor({0.6, 2.0}, at::kDouble);
  gradcheck([&](at::Tensor const& w) { return (rw::torch::score(ranker, logits, {.weights = w}) * seeds).sum(); },
            weights);
  // From logits to the loss of a ranking, in one graph.
  at::Tensor const labels = at::arange(12, at::kLong).remainder(3).reshape({3, 4});
  gradcheck(
      [&](at::Tensor const& z) { return rw::torch::loss(rw::loss::softmax{}, rw::torch::score(ranker, z), labels); },
      logits);
}

#if defined(THRUST_DEVICE_SYSTEM)
TEST_CASE("the path of devices, on Thrust's host system") {
  sample const s;
  auto const loss = rw::loss::softmax{};
  rw::torch::options const opts{.sizes = s.sizes, .item_weights = s.weights, .mask = s.mask};
  gradcheck([&](at::Tensor const& x) { return rw::torch::loss(rw::exec::thrust{}, loss, x, s.labels, opts); },
            s.scores);
  CHECK(rw::torch::loss(rw::exec::thrust{}, loss, s.scores, s.labels, opts).item<double>() ==
        doctest::Approx(rw::torch::loss(loss, s.scores, s.labels, opts).item<double>()));
  CHECK(rw::torch::metric(rw::exec::thrust{}, rw::metric::ndcg<10>{}, s.scores, s.labels, opts) ==
        doctest::Approx(rw::torch::metric(rw::metric::ndcg<10>{}, s.scores, s.labels, opts)));
  constexpr auto relevance = rw::head::proportional_odds<"relevance", 4>{.cuts = rw::head::cuts<3>::at(-1, 0.2, 1)};
  constexpr auto click = rw::head::binary<"click">{};
  constexpr auto ranker = rw::ranker{rw::heads(click), rw::weight<"click">(2) * probability(click)};
  at::Tensor const z = noise({items, 1}, 11);
  at::Tensor const parameters = at::tensor({-1.0, 0.2, -0.2}, at::kDouble);
  at::Tensor const weights = at::tensor({1.5}, at::kDouble);
  auto const on_parameters = [&](at::Tensor const& p) {
    return rw::torch::head_loss(rw::exec::thrust{}, relevance, z, s.labels, {.parameters = p});
  };
  gradcheck(on_parameters, parameters);
  CHECK(on_parameters(parameters).item<double>() ==
        doctest::Approx(rw::torch::head_loss(relevance, z, s.labels, {.parameters = parameters}).item<double>()));
  gradcheck(
      [&](at::Tensor const& w) {
        return rw::torch::score(rw::exec::thrust{}, ranker, z, {.weights = w}).square().sum();
      },
      weights);
  gradcheck([&](at::Tensor const& x) { return rw::torch::score(rw::exec::thrust{}, ranker, x).square().sum(); }, z);
}
#endif

TEST_CASE("what is wrong with a tensor is said in one line") {
  sample const s;
  auto const loss = rw::loss::softmax{};
  auto const words = [&](at::Tensor const& scores, at::Tensor const& labels, rw::torch::options opts) {
    try {
      rw::torch::loss(loss, scores, labels, opts);
    } catch (rw::error const& e) {
      rw::status quiet;
      opts.errors = quiet;
      CHECK_FALSE(rw::torch::loss(loss, scores, labels, opts).defined());
      CHECK_FALSE(quiet.ok());
      return std::string(e.what());
    }
    return std::string();
  };
  at::Tensor const meta = at::empty({items}, at::TensorOptions(at::kMeta).dtype(at::kDouble));
  CHECK(words({}, s.labels, {}) == "rankwise: tensor scores (undefined): it is needed");
  CHECK(words(s.labels, s.labels, {}) ==
        "rankwise: tensor scores (Long, cpu, [17]): it must be double, float, half or bfloat16");
  CHECK(words(meta, s.labels, {}) ==
        "rankwise: tensor scores (Double, meta, [17]): it must be on the CPU, or the first "
        "argument an executor of its device");
  CHECK(words(s.scores, s.labels.narrow(0, 0, 3), {}) ==
        "rankwise: tensor labels (Long, cpu, [3]): it must have one number per item, in the shape of the scores");
  CHECK(words(s.scores, s.labels, {.mask = s.mask.unsqueeze(0)}) ==
        "rankwise: tensor mask (Bool, cpu, [1, 17]): it must have one number per item, in the shape of the scores");
  CHECK(words(s.scores.reshape({1, 1, 17}), s.labels.reshape({1, 1, 17}), {}) ==
        "rankwise: tensor scores (Double, cpu, [1, 1, 17]): it must have one dimension, the items, or two, lists and "
        "their places");
  CHECK(words(s.scores, s.labels, {.sizes = s.sizes, .offsets = s.sizes}).find("one of them is enough") !=
        std::string::npos);
  CHECK(words(s.scores, s.labels, {.sizes = s.scores}).find("of whole numbers") != std::string::npos);
  CHECK(words(s.scores, s.labels, {.sizes = at::tensor({5, 5})}) ==
        "rankwise: the lists cover 10 items, but labels has 17");
  CHECK(words(s.scores, s.labels, {.sizes = at::tensor({18, -1})}) == "rankwise: sizes are negative at list 1");
  CHECK(words(s.scores, s.labels, {.offsets = at::tensor({1, 17})}) ==
        "rankwise: offsets start at 1; the first offset must be 0 (are these sizes? rw::lists_of_sizes)");
  CHECK(words(s.scores.reshape({1, 17}), s.labels.reshape({1, 17}), {.sizes = at::tensor({18})})
            .find("longer than its row") != std::string::npos);
  CHECK(words(s.scores.to_sparse(), s.labels, {}).find("it must be dense") != std::string::npos);
  constexpr auto click = rw::head::binary<"click">{};
  rw::status quiet;
  CHECK_FALSE(rw::torch::head_loss(click, noise({items, 2}, 1), s.labels, {.errors = quiet}).defined());
  CHECK(words_of(quiet) == "rankwise: its last dimension must be the head's number of logits");
}

TEST_CASE("items of heads and of value models may be padded; an option without a use is refused") {
  constexpr auto click = rw::head::binary<"click">{};
  constexpr auto ranker = rw::ranker{rw::heads(click), rw::weight<"click">(2) * probability(click)};
  at::Tensor const sizes = at::tensor({4, 0, 2});
  at::Tensor const there = at::arange(4, at::kLong).unsqueeze(0).lt(sizes.unsqueeze(1));
  at::Tensor const logits = noise({3, 4, 1}, 21).masked_fill(there.logical_not().unsqueeze(-1), std::nan(""));
  at::Tensor const clicks = noise({3, 4}, 22).gt(0).to(at::kDouble).masked_fill(there.logical_not(), std::nan(""));
  at::Tensor const seeds = noise({3, 4}, 23);
  at::Tensor const alone = logits.index({there});

  for (rw::torch::options const& padding : {rw::torch::options{.sizes = sizes}, rw::torch::options{.mask = there}}) {
    at::Tensor z = logits.clone().set_requires_grad(true);
    at::Tensor one = alone.clone().set_requires_grad(true);
    at::Tensor const value = rw::torch::head_loss(click, z, clicks, padding);
    at::Tensor const expected = rw::torch::head_loss(click, one, clicks.index({there}));
    CHECK(value.item<double>() == doctest::Approx(expected.item<double>()));
    value.backward();
    expected.backward();
    CHECK(at::allclose(z.grad().index({there}), one.grad()));
    CHECK(z.grad().index({there.logical_not()}).eq(0).all().item<bool>());

    z = logits.clone().set_requires_grad(true);
    one = alone.clone().set_requires_grad(true);
    at::Tensor const scores = rw::torch::score(ranker, z, padding);
    at::Tensor const scored = rw::torch::score(ranker, one);
    CHECK(at::allclose(scores.index({there}), scored));
    CHECK(scores.index({there.logical_not()}).eq(0).all().item<bool>());
    (scores * seeds).sum().backward();
    (scored * seeds.index({there})).sum().backward();
    CHECK(at::allclose(z.grad().index({there}), one.grad()));
    CHECK(z.grad().index({there.logical_not()}).eq(0).all().item<bool>());
  }

  auto const words = [](auto call) {
    rw::status s;
    call(rw::on_error(s));
    return words_of(s);
  };
  at::Tensor const flat = noise({3, 1}, 24);
  at::Tensor const labels = at::ones({3});
  at::Tensor const ones = at::ones({1});
  CHECK(words([&](auto e) { rw::torch::head_loss(click, flat, labels, {.sizes = sizes, .errors = e}); }) ==
        "rankwise: sizes (give a mask) means nothing to this call");
  CHECK(words([&](auto e) { rw::torch::head_loss(click, flat, labels, {.list_weights = ones, .errors = e}); }) ==
        "rankwise: list_weights (there are no lists here) means nothing to this call");
  CHECK(words([&](auto e) { rw::torch::score(ranker, flat, {.offsets = sizes, .errors = e}); }) ==
        "rankwise: offsets (there are no lists here) means nothing to this call");
  CHECK(words([&](auto e) { rw::torch::score(ranker, flat, {.item_weights = labels, .errors = e}); }) ==
        "rankwise: item_weights means nothing to this call");
  CHECK(words([&](auto e) {
          rw::torch::loss(rw::loss::softmax{}, labels, labels, {.parameters = ones, .errors = e});
        }) == "rankwise: parameters (they are a head's) means nothing to this call");
  CHECK(words([&](auto e) {
          rw::torch::metric(rw::metric::ndcg<>{}, labels, labels, {.weights = ones, .errors = e});
        }) == "rankwise: weights (they are a value model's) means nothing to this call");
}

TEST_CASE("second derivatives are refused, not wrong") {
  sample const s;
  at::Tensor const x = s.scores.clone().set_requires_grad(true);
  at::Tensor const y = rw::torch::loss(rw::loss::softmax{}, x, s.labels, {.sizes = s.sizes});
  auto const first = ::torch::autograd::grad({y}, {x}, {}, true, true);
  CHECK(first[0].numel() == items);
  CHECK_THROWS_AS(first[0].pow(2).sum().backward(), rw::error);
}
