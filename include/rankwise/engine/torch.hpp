#ifndef RANKWISE_ENGINE_TORCH_HPP
#define RANKWISE_ENGINE_TORCH_HPP

#include <rankwise/core/error.hpp>
#include <rankwise/core/lists.hpp>
#include <rankwise/core/options.hpp>
#include <rankwise/core/tensor.hpp>
#include <rankwise/exec/executor.hpp>
#include <rankwise/exec/simd.hpp>
#include <rankwise/head/parameters.hpp>

#include <ATen/ATen.h>
#include <ATen/core/ivalue.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// Losses, heads, value models and metrics on LibTorch's tensors; what is differentiable is so for autograd.
///
///   auto const loss = rw::torch::loss(rw::loss::softmax{}, scores, labels, {.sizes = sizes});
///   loss.backward();
///
/// Scores are one tensor of all items with the sizes or offsets of their lists, or a padded one, [batch, list], with a
/// mask or the sizes. Tensors on the CPU need no more; for those on a GPU the first argument is an executor, such as
/// `rw::exec::thrust{}`, in a unit that nvcc compiles. Float and double are computed as they are, half and bfloat16 in
/// float. What is not contiguous is copied.
namespace rankwise::inline RANKWISE_ABI::torch {

/// What may come with scores and labels, in the order of rankwise::options.
struct options {
  at::Tensor sizes{};        ///< items of every list. With padded scores: how many of every row are there
  at::Tensor offsets{};      ///< or where lists begin, from 0 to the number of items
  at::Tensor item_weights{}; ///< one per item
  at::Tensor list_weights{}; ///< one per list
  at::Tensor mask{};         ///< one per item: 0 takes it out
  at::Tensor parameters{};   ///< of a head: those that it shares among items, in place of its own; differentiable
  at::Tensor weights{};      ///< of a value model: its named weights, in place of its own; differentiable
  on_error errors{};
};

/// In which memory an executor expects tensors: to be specialised for Thrust's host systems, whose "device" is the CPU.
template <class Executor>
inline constexpr memory memory_of = Executor::where;

namespace detail {

using ::torch::autograd::AutogradContext;
using ::torch::autograd::variable_list;

/// "tensor labels (Long, cuda:0, [3, 4])"
inline std::string shown(char const* name, at::Tensor const& t) {
  std::string text = std::string("tensor ") + name;
  if (!t.defined()) {
    return text + " (undefined)";
  }
  text += std::string(" (") + c10::toString(t.scalar_type()) + ", " + t.device().str() + ", [";
  for (std::int64_t d = 0; d < t.dim(); ++d) {
    text += (d == 0 ? "" : ", ") + std::to_string(t.size(d));
  }
  return text + "])";
}

inline bool refused(char const* name, at::Tensor const& t, char const* why, errc code, on_error const& errors) {
  rankwise::detail::deliver({code, why, status::nowhere, 0, 0}, shown(name, t).c_str(), errors);
  return false;
}

/// An option that a call has no use for would be ignored in silence.
inline bool check_unused(torch::options const& opts, std::initializer_list<at::Tensor options::*> unused) {
  static constexpr std::pair<at::Tensor options::*, char const*> names[] = {
      {&options::sizes, "sizes (give a mask)"},
      {&options::offsets, "offsets (there are no lists here)"},
      {&options::item_weights, "item_weights"},
      {&options::list_weights, "list_weights (there are no lists here)"},
      {&options::parameters, "parameters (they are a head's)"},
      {&options::weights, "weights (they are a value model's)"},
  };
  for (auto const& [option, name] : names) {
    if (std::find(unused.begin(), unused.end(), option) != unused.end() && (opts.*option).defined()) {
      return rankwise::detail::passed({errc::unused_option, name}, opts.errors);
    }
  }
  return true;
}

template <class Executor>
bool check_place(char const* name, at::Tensor const& t, on_error const& errors) {
  if (!t.defined()) {
    return refused(name, t, "it is needed", errc::bad_format, errors);
  }
  if (t.layout() != at::kStrided) {
    return refused(name, t, "it must be dense: call to_dense()", errc::bad_format, errors);
  }
  bool const host = t.is_cpu();
  if (memory_of<Executor> == memory::host ? !host : !t.is_cuda()) {
    return refused(name, t,
                   memory_of<Executor> == memory::host
                       ? "it must be on the CPU, or the first argument an executor of its device"
                       : "it must be on the executor's device",
                   errc::bad_format, errors);
  }
  return true;
}

/// For tensors on a GPU: while this lives it is the current device, where executors start their work, and torch's own
/// stream has finished what it was doing to them, since an executor may work in another.
class on_device {
public:
  explicit on_device(at::Tensor const& t) {
    if (!t.is_cpu()) {
      guard_.reset_device(t.device());
      c10::impl::VirtualGuardImpl(t.device().type()).getStream(t.device()).synchronize();
    }
  }

private:
  c10::OptionalDeviceGuard guard_;
};

/// Waits for what a call has handed to the executor's stream: torch goes on in one of its own.
template <class Executor>
void finish(Executor const& e) {
  if constexpr (requires { e.wait(); }) {
    e.wait();
  }
}

/// Numbers as an executor reads them: of this type, without gaps, without a sign that is still to be turned.
inline at::Tensor plain(at::Tensor const& t, at::ScalarType type) {
  return t.detach().to(type).resolve_neg().contiguous();
}

inline bool same_shape(at::Tensor const& a, at::Tensor const& b) {
  return a.sizes() == b.sizes();
}

/// The type of the arithmetic; Undefined where there is none.
inline at::ScalarType compute_type_of(at::Tensor const& t) {
  switch (t.scalar_type()) {
  case at::kDouble:
    return at::kDouble;
  case at::kFloat:
  case at::kHalf:
  case at::kBFloat16:
    return at::kFloat;
  default:
    return at::ScalarType::Undefined;
  }
}

/// Columns of a call, checked, contiguous and of one type; they live as long as this.
template <class Executor>
struct inputs {
  static constexpr memory where = Executor::where;

  at::Tensor scores, labels, mask, item_weights, list_weights;
  owned_lists<std::size_t> owned;
  lists<std::size_t> groups;

  /// `main` is the differentiable tensor, of the items' shape; `labels` too, if there are any.
  bool read(char const* name, at::Tensor const& main, at::IntArrayRef items, at::Tensor const& given_labels,
            torch::options const& opts) {
    at::NoGradGuard const no_grad;
    on_error const& errors = opts.errors;
    auto const type = compute_type_of(main);
    if (!check_place<Executor>(name, main, errors)) {
      return false;
    }
    if (type == at::ScalarType::Undefined) {
      return refused(name, main, "it must be double, float, half or bfloat16", errc::bad_format, errors);
    }
    scores = plain(main, type);
    return one("labels", given_labels, items, type, labels, errors) &&
           optional("mask", opts.mask, items, at::kByte, mask, errors) &&
           optional("item_weights", opts.item_weights, items, type, item_weights, errors);
  }

  bool read_lists(at::Tensor const& main, at::IntArrayRef items, torch::options const& opts) {
    at::NoGradGuard const no_grad;
    on_error const& errors = opts.errors;
    if (opts.sizes.defined() && opts.offsets.defined()) {
      return refused("offsets", opts.offsets, "sizes were given too: one of them is enough", errc::bad_format, errors);
    }
    if (items.size() == 2) {
      groups = lists<std::size_t>::uniform(static_cast<std::size_t>(items[0]), static_cast<std::size_t>(items[1]));
      if (opts.offsets.defined()) {
        return refused("offsets", opts.offsets, "scores of two dimensions are padded lists: give a mask or sizes",
                       errc::bad_format, errors);
      }
      if (opts.sizes.defined() && !mask_of_sizes(main, items, opts)) {
        return false;
      }
    } else if (items.size() != 1) {
      return refused("scores", main, "it must have one dimension, the items, or two, lists and their places",
                     errc::bad_format, errors);
    } else if (opts.sizes.defined() || opts.offsets.defined()) {
      at::Tensor numbers;
      char const* const name = opts.sizes.defined() ? "sizes" : "offsets";
      if (!whole_numbers(name, opts.sizes.defined() ? opts.sizes : opts.offsets, numbers, errors)) {
        return false;
      }
      auto const* const first = numbers.data_ptr<std::int64_t>();
      auto const count = static_cast<std::size_t>(numbers.numel());
      std::vector<std::int64_t> sizes(first, first + count);
      if (opts.offsets.defined()) {
        status s;
        lists<std::int64_t> const checked(sizes, s);
        if (!rankwise::detail::passed(s, errors)) {
          return false;
        }
        for (std::size_t l = 0; l + 1 < count; ++l) {
          sizes[l] = first[l + 1] - first[l];
        }
        sizes.resize(count == 0 ? 0 : count - 1);
      }
      status s;
      owned = owned_lists<std::size_t>(sizes, s);
      if (!rankwise::detail::passed(s, errors)) {
        return false;
      }
      groups = owned;
    } else {
      groups = lists<std::size_t>::single(static_cast<std::size_t>(items[0]));
    }
    return optional("list_weights", opts.list_weights, {static_cast<std::int64_t>(groups.size())},
                    compute_type_of(main), list_weights, errors);
  }

  /// Padded lists: the first ones of every row are there.
  bool mask_of_sizes(at::Tensor const& main, at::IntArrayRef items, torch::options const& opts) {
    at::Tensor sizes;
    if (!whole_numbers("sizes", opts.sizes, sizes, opts.errors)) {
      return false;
    }
    if (sizes.numel() != items[0]) {
      return refused("sizes", opts.sizes, "it must have one number per list", errc::bad_format, opts.errors);
    }
    if (sizes.numel() != 0 && (sizes.min().item<std::int64_t>() < 0 || sizes.max().item<std::int64_t>() > items[1])) {
      return refused("sizes", opts.sizes, "a list is negative, or longer than its row", errc::bad_format, opts.errors);
    }
    auto const there = at::arange(items[1], at::kLong).unsqueeze(0).lt(sizes.unsqueeze(1)).to(main.device());
    mask = (mask.defined() ? there.logical_and(mask.ne(0)) : there).to(at::kByte).contiguous();
    return true;
  }

  template <class T>
  rankwise::options call_options(on_error const& errors) const {
    rankwise::options o;
    give<T>(o.item_weights, item_weights);
    give<T>(o.list_weights, list_weights);
    give<std::uint8_t>(o.mask, mask);
    o.errors = errors;
    return o;
  }
  template <class T>
  static column<T, where> column_of(at::Tensor const& t) {
    return {t.template data_ptr<std::remove_const_t<T>>(), static_cast<std::size_t>(t.numel())};
  }

private:
  template <class T>
  static void give(any_column& to, at::Tensor const& t) {
    if (t.defined()) {
      to = column<T const, where>{t.template data_ptr<T>(), static_cast<std::size_t>(t.numel())};
    }
  }
  bool one(char const* name, at::Tensor const& t, at::IntArrayRef items, at::ScalarType type, at::Tensor& out,
           on_error const& errors) const {
    if (!check_place<Executor>(name, t, errors)) {
      return false;
    }
    if (t.device() != scores.device()) {
      return refused(name, t, "it must be on the device of the scores", errc::bad_format, errors);
    }
    if (t.sizes() != items) {
      return refused(name, t, "it must have one number per item, in the shape of the scores", errc::bad_format, errors);
    }
    out = plain(type == at::kByte && t.scalar_type() != at::kByte ? t.ne(0) : t, type);
    return true;
  }
  bool optional(char const* name, at::Tensor const& t, at::IntArrayRef items, at::ScalarType type, at::Tensor& out,
                on_error const& errors) const {
    return !t.defined() || one(name, t, items, type, out, errors);
  }
  static bool whole_numbers(char const* name, at::Tensor const& t, at::Tensor& out, on_error const& errors) {
    if (t.dim() != 1 || !at::isIntegralType(t.scalar_type(), false)) {
      return refused(name, t, "it must be one-dimensional and of whole numbers", errc::bad_format, errors);
    }
    out = t.detach().to(at::kCPU, at::kLong).contiguous();
    return true;
  }
};

/// The end of the second derivatives, for those who ask autograd for a graph of the first.
struct first_order : ::torch::autograd::Function<first_order> {
  static at::Tensor forward(AutogradContext*, at::Tensor const& derivative, at::Tensor const&) {
    return derivative.clone();
  }
  static variable_list backward(AutogradContext*, variable_list const&) {
    rankwise::detail::deliver({errc::engine_failed,
                               "a second derivative by autograd (rw::loss has products of Hessians with vectors)",
                               status::nowhere, 0, 0},
                              {});
    return {at::Tensor(), at::Tensor()};
  }
};

/// A number whose derivatives are known already.
struct known : ::torch::autograd::Function<known> {
  static at::Tensor forward(AutogradContext* ctx, at::Tensor const& x, at::Tensor const& p, at::Tensor const& value,
                            at::Tensor const& by_x, at::Tensor const& by_p) {
    ctx->save_for_backward({x, p, by_x, by_p});
    return value.clone();
  }
  static variable_list backward(AutogradContext* ctx, variable_list const& grads) {
    auto const saved = ctx->get_saved_variables();
    at::Tensor const& g = grads[0];
    auto const times = [&](at::Tensor const& derivative, at::Tensor const& of) {
      at::Tensor const product =
          (g.to(derivative.device(), derivative.scalar_type()) * derivative).to(of.device(), of.scalar_type());
      return at::GradMode::is_enabled() ? first_order::apply(product, of) : product;
    };
    return {times(saved[2], saved[0]), times(saved[3], saved[1]), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

/// Hands the outcome of a call to the policy; false where it wrote nothing.
inline bool went_through(status const& s, on_error const& errors) {
  return rankwise::detail::passed(s, errors) || s.code == errc::not_finite || s.code == errc::unusable_item;
}

inline bool wants_gradient(at::Tensor const& t) {
  return at::GradMode::is_enabled() && t.defined() && t.requires_grad();
}

/// Value of a call in the type of the tensor, as a tensor of no dimensions on its device.
inline at::Tensor scalar_like(double value, at::Tensor const& like) {
  return at::full({}, value, like.options().requires_grad(false));
}

template <class Executor, class F>
double with_type(inputs<Executor> const& in, F f) {
  return in.scores.scalar_type() == at::kDouble ? f(double()) : f(float());
}

template <class Executor, class Loss>
at::Tensor loss_on(Executor executor, Loss const& loss, at::Tensor const& scores, at::Tensor const& labels,
                   torch::options const& opts) {
  inputs<Executor> in;
  if (!check_unused(opts, {&options::parameters, &options::weights}) ||
      !in.read("scores", scores, scores.defined() ? scores.sizes() : at::IntArrayRef{}, labels, opts) ||
      !in.read_lists(scores, scores.sizes(), opts)) {
    return {};
  }
  at::Tensor gradient;
  status outcome;
  on_device const here(in.scores);
  double const value = with_type(in, [&](auto type) {
    using T = decltype(type);
    auto const s = in.template column_of<T const>(in.scores);
    auto const y = in.template column_of<T const>(in.labels);
    auto const o = in.template call_options<T>(outcome);
    if (!wants_gradient(scores)) {
      return loss.value(executor, s, y, in.groups, o);
    }
    gradient = at::empty_like(in.scores);
    return loss.gradient(executor, s, y, in.groups, in.template column_of<T>(gradient), o);
  });
  finish(executor);
  if (!went_through(outcome, opts.errors)) {
    return {};
  }
  at::Tensor const result = scalar_like(value, in.scores);
  if (!gradient.defined()) {
    return result;
  }
  at::Tensor const none = at::zeros({0}, in.scores.options());
  return known::apply(scores, none, result, gradient, none);
}

template <class Executor, class Head>
at::Tensor head_on(Executor executor, Head head, at::Tensor const& logits, at::Tensor const& labels,
                   torch::options const& opts) {
  constexpr auto columns = static_cast<std::int64_t>(Head::columns);
  constexpr auto shared = static_cast<std::int64_t>(rankwise::parameters_of<Head>);
  on_error const& errors = opts.errors;
  if (!check_place<Executor>("logits", logits, errors)) {
    return {};
  }
  bool const flat = columns == 1 && logits.dim() != 0 && labels.defined() && same_shape(logits, labels);
  if (!flat && (logits.dim() == 0 || logits.size(-1) != columns)) {
    refused("logits", logits, "its last dimension must be the head's number of logits", errc::bad_format, errors);
    return {};
  }
  auto const items = flat ? logits.sizes() : logits.sizes().slice(0, static_cast<std::size_t>(logits.dim() - 1));
  inputs<Executor> in;
  if (!check_unused(opts, {&options::offsets, &options::list_weights, &options::weights}) ||
      (items.size() != 2 && !check_unused(opts, {&options::sizes})) ||
      !in.read("logits", logits, items, labels, opts) ||
      (opts.sizes.defined() && !in.mask_of_sizes(logits, items, opts))) {
    return {};
  }
  at::Tensor parameters = opts.parameters;
  if (parameters.defined()) {
    if (parameters.dim() != 1 || parameters.numel() != shared || !at::isFloatingType(parameters.scalar_type())) {
      refused("parameters", parameters, "it must have one number for every parameter of the head", errc::bad_format,
              errors);
      return {};
    }
    at::Tensor const numbers = parameters.detach().to(at::kCPU, at::kDouble).contiguous();
    double const* next = numbers.data_ptr<double>();
    rankwise::head::for_each_parameter(head, [&next](double& p) { p = *next++; });
  }
  bool const wanted = wants_gradient(logits) || wants_gradient(parameters);
  at::Tensor gradient;
  at::Tensor by_parameters = at::zeros({shared}, at::kDouble);
  status outcome;
  on_device const here(in.scores);
  double const value = with_type(in, [&](auto type) {
    using T = decltype(type);
    auto const matrix_of = [&](at::Tensor const& t) {
      auto const rows = static_cast<std::size_t>(t.numel() / columns);
      return matrix<T, layout::row_major, Executor::where>{
          t.template data_ptr<T>(), rows, static_cast<std::size_t>(columns), static_cast<std::ptrdiff_t>(columns), 1};
    };
    auto const y = in.template column_of<T const>(in.labels);
    auto o = in.template call_options<T>(outcome);
    if (!wanted) {
      return head.value(executor, matrix_of(in.scores), y, o);
    }
    if constexpr (shared > 0) {
      o.parameters = column<double>{by_parameters.data_ptr<double>(), static_cast<std::size_t>(shared)};
    }
    gradient = at::empty_like(in.scores);
    return head.gradient(executor, matrix_of(in.scores), y, matrix_of(gradient), o);
  });
  finish(executor);
  if (!went_through(outcome, errors)) {
    return {};
  }
  at::Tensor const result = scalar_like(value, in.scores);
  if (!wanted) {
    return result;
  }
  if (!parameters.defined()) {
    parameters = at::zeros({shared}, in.scores.options());
  }
  return known::apply(logits, parameters, result, gradient, by_parameters);
}

/// What the backward pass of a value model needs.
template <class Executor, class Ranker, bool Lists>
struct scoring : ::torch::CustomClassHolder {
  Executor executor;
  Ranker ranker;
  inputs<Executor> in;
  typename Ranker::weights_type weights;
  bool quiet; // the caller looks at a status, which the backward pass may outlive

  scoring(Executor e, Ranker const& r, on_error const& o)
      : executor(e), ranker(r), weights(r.weights()), quiet(o.destination() != nullptr) {}

  /// The scores of masked items are 0; those of lists have what the value model gives them.
  at::Tensor without_masked(at::Tensor const& of_items) const {
    return Lists || !in.mask.defined() ? of_items : of_items.masked_fill(in.mask.eq(0), 0);
  }
  template <class T>
  auto matrix_of(at::Tensor const& t) const {
    constexpr auto columns = static_cast<std::size_t>(Ranker::columns);
    return matrix<T, layout::row_major, Executor::where>{t.template data_ptr<T>(),
                                                         static_cast<std::size_t>(t.numel()) / columns, columns,
                                                         static_cast<std::ptrdiff_t>(columns), 1};
  }
  status score(at::Tensor const& out) const {
    status outcome;
    on_device const here(in.scores);
    with_type(in, [&](auto type) {
      using T = decltype(type);
      auto const z = matrix_of<T>(in.scores);
      auto const s = in.template column_of<T>(out);
      if constexpr (Lists) {
        ranker.score(executor, z, in.groups, s, weights, in.template call_options<T>(outcome));
      } else {
        rankwise::options o;
        o.errors = outcome;
        ranker.score(executor, z, s, weights, o);
      }
      return 0.0;
    });
    finish(executor);
    return outcome;
  }
  void derive(at::Tensor const& seeds, at::Tensor const& by_logits, at::Tensor const& by_weights) const {
    status outcome;
    on_device const here(in.scores);
    with_type(in, [&](auto type) {
      using T = decltype(type);
      auto const z = matrix_of<T>(in.scores);
      auto const d = matrix_of<T>(by_logits);
      auto const g = in.template column_of<T const>(seeds);
      typename Ranker::weights_type w;
      if constexpr (Lists) {
        w = ranker.gradient(executor, z, in.groups, g, d, weights, in.template call_options<T>(outcome));
      } else {
        rankwise::options o;
        o.errors = outcome;
        w = ranker.gradient(executor, z, g, d, weights, o);
      }
      for (std::size_t k = 0; k < w.size(); ++k) {
        by_weights.data_ptr<double>()[k] = w[k];
      }
      return 0.0;
    });
    finish(executor);
    if (!outcome.ok() && !(quiet && (outcome.code == errc::not_finite || outcome.code == errc::unusable_item))) {
      rankwise::detail::deliver(outcome, {});
    }
  }
};

template <class Scoring>
struct scores_function : ::torch::autograd::Function<scores_function<Scoring>> {
  static at::Tensor forward(AutogradContext* ctx, at::Tensor const& logits, at::Tensor const& weights,
                            c10::intrusive_ptr<Scoring> const& call, at::Tensor const& scores) {
    ctx->save_for_backward({logits, weights});
    ctx->saved_data["call"] = c10::IValue::make_capsule(call);
    return scores.clone();
  }
  static variable_list backward(AutogradContext* ctx, variable_list const& grads) {
    auto const saved = ctx->get_saved_variables();
    auto const capsule = ctx->saved_data["call"].toCapsule();
    auto const& call = static_cast<Scoring const&>(*capsule);
    at::Tensor by_logits, by_weights;
    {
      at::NoGradGuard const no_grad;
      at::Tensor const& z = call.in.scores;
      at::Tensor const seeds = call.without_masked(plain(grads[0], z.scalar_type()));
      by_logits = at::empty_like(z);
      by_weights = at::zeros({saved[1].numel()}, at::kDouble);
      call.derive(seeds, by_logits, by_weights);
      by_logits = by_logits.to(saved[0].scalar_type());
      by_weights = by_weights.to(saved[1].device(), saved[1].scalar_type());
    }
    if (at::GradMode::is_enabled()) {
      by_logits = first_order::apply(by_logits, saved[0]);
      by_weights = first_order::apply(by_weights, saved[1]);
    }
    return {by_logits, by_weights, at::Tensor(), at::Tensor()};
  }
};

template <bool Lists, class Executor, class Ranker>
at::Tensor score_on(Executor executor, Ranker const& ranker, at::Tensor const& logits, torch::options const& opts) {
  static_assert(Ranker::outputs == 1, "[rankwise] torch::score: of one output, ranker.output<\"name\">()");
  constexpr auto columns = static_cast<std::int64_t>(Ranker::columns);
  using call_type = scoring<Executor, Ranker, Lists>;
  if (!check_place<Executor>("logits", logits, opts.errors)) {
    return {};
  }
  if (logits.dim() == 0 || logits.size(-1) != columns) {
    refused("logits", logits, "its last dimension must be the ranker's number of logits", errc::bad_format,
            opts.errors);
    return {};
  }
  auto const items = logits.sizes().slice(0, static_cast<std::size_t>(logits.dim() - 1)).vec();
  if (!check_unused(opts, {&options::parameters, &options::item_weights}) ||
      (!Lists && !check_unused(opts, {&options::offsets, &options::list_weights})) ||
      (!Lists && items.size() != 2 && !check_unused(opts, {&options::sizes}))) {
    return {};
  }
  auto call = c10::make_intrusive<call_type>(executor, ranker, opts.errors);
  at::Tensor const zeros = at::zeros(items, logits.options().requires_grad(false)); // there are no labels
  if (!call->in.read("logits", logits, items, zeros, opts) || (Lists && !call->in.read_lists(logits, items, opts)) ||
      (!Lists && opts.sizes.defined() && !call->in.mask_of_sizes(logits, items, opts))) {
    return {};
  }
  if (!Lists && call->in.mask.defined()) {
    at::NoGradGuard const no_grad;
    call->in.scores = call->in.scores.masked_fill(call->in.mask.eq(0).unsqueeze(-1), 0);
  }
  constexpr auto count = static_cast<std::int64_t>(Ranker::weights_type::size());
  at::Tensor weights = opts.weights;
  if (weights.defined()) {
    if (weights.dim() != 1 || weights.numel() != count || !at::isFloatingType(weights.scalar_type())) {
      refused("weights", weights, "it must have one number for every named weight of the value model", errc::bad_format,
              opts.errors);
      return {};
    }
    at::Tensor const numbers = weights.detach().to(at::kCPU, at::kDouble).contiguous();
    for (std::int64_t k = 0; k < count; ++k) {
      call->weights[static_cast<std::size_t>(k)] = numbers.data_ptr<double>()[k];
    }
  } else {
    weights = at::zeros({count}, call->in.scores.options());
  }
  at::Tensor scores = at::empty(items, call->in.scores.options());
  if (!went_through(call->score(scores), opts.errors)) {
    return {};
  }
  scores = call->without_masked(scores);
  if (!wants_gradient(logits) && !wants_gradient(weights)) {
    return scores;
  }
  return scores_function<call_type>::apply(logits, weights, call, scores);
}

template <class Executor, class Metric>
double metric_on(Executor executor, Metric const& metric, at::Tensor const& scores, at::Tensor const& labels,
                 torch::options const& opts) {
  inputs<Executor> in;
  if (!check_unused(opts, {&options::parameters, &options::weights}) ||
      !in.read("scores", scores, scores.defined() ? scores.sizes() : at::IntArrayRef{}, labels, opts) ||
      !in.read_lists(scores, scores.sizes(), opts)) {
    return math::ops<double>::quiet_nan;
  }
  on_device const here(in.scores);
  return with_type(in, [&](auto type) {
    using T = decltype(type);
    return static_cast<double>(metric(executor, in.template column_of<T const>(in.scores),
                                      in.template column_of<T const>(in.labels), in.groups,
                                      in.template call_options<T>(opts.errors)));
  });
}

} // namespace detail

/// The sum over the lists of list weight times loss, as the loss itself returns it, in a tensor of no dimensions.
template <executor Executor, class Loss>
at::Tensor loss(Executor where, Loss const& formula, at::Tensor const& scores, at::Tensor const& labels,
                options const& opts = {}) {
  return detail::loss_on(rankwise::detail::waiting(where), formula, scores, labels, opts);
}
template <class Loss, class Isa = arch::native>
  requires(!executor<Loss>)
at::Tensor loss(Loss const& formula, at::Tensor const& scores, at::Tensor const& labels, options const& opts = {}) {
  return detail::loss_on(exec::basic_simd<Isa>{}, formula, scores, labels, opts);
}

/// The loss of a head over items: logits [..., columns], labels [...]. Derivatives go to the logits and, where they
/// were given, to `opts.parameters`.
template <executor Executor, class Head>
at::Tensor head_loss(Executor where, Head const& head, at::Tensor const& logits, at::Tensor const& labels,
                     options const& opts = {}) {
  return detail::head_on(rankwise::detail::waiting(where), head, logits, labels, opts);
}
template <class Head, class Isa = arch::native>
  requires(!executor<Head>)
at::Tensor head_loss(Head const& head, at::Tensor const& logits, at::Tensor const& labels, options const& opts = {}) {
  return detail::head_on(exec::basic_simd<Isa>{}, head, logits, labels, opts);
}

/// The scores [...] of a value model over logits [..., columns], in the order of its heads. Derivatives go to the
/// logits and, where they were given, to `opts.weights`.
template <executor Executor, class Ranker>
at::Tensor score(Executor where, Ranker const& ranker, at::Tensor const& logits, options const& opts = {}) {
  return detail::score_on<false>(rankwise::detail::waiting(where), ranker, logits, opts);
}
template <class Ranker, class Isa = arch::native>
  requires(!executor<Ranker>)
at::Tensor score(Ranker const& ranker, at::Tensor const& logits, options const& opts = {}) {
  return detail::score_on<false>(exec::basic_simd<Isa>{}, ranker, logits, opts);
}
/// The same for value models with list adjusters: logits [items, columns] with sizes or offsets, or
/// [batch, list, columns].
template <class Ranker, class Isa = arch::native>
at::Tensor score_lists(Ranker const& ranker, at::Tensor const& logits, options const& opts = {}) {
  return detail::score_on<true>(exec::basic_simd<Isa>{}, ranker, logits, opts);
}

/// A metric of a ranking; autograd does not see it.
template <executor Executor, class Metric>
double metric(Executor where, Metric const& formula, at::Tensor const& scores, at::Tensor const& labels,
              options const& opts = {}) {
  return detail::metric_on(rankwise::detail::waiting(where), formula, scores, labels, opts);
}
template <class Metric, class Isa = arch::native>
  requires(!executor<Metric>)
double metric(Metric const& formula, at::Tensor const& scores, at::Tensor const& labels, options const& opts = {}) {
  return detail::metric_on(exec::basic_simd<Isa>{}, formula, scores, labels, opts);
}

} // namespace rankwise::inline RANKWISE_ABI::torch

#endif
