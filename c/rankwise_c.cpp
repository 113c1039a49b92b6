#include "catalogue.hpp"

#include <rankwise/core/dispatch.hpp>
#include <rankwise/exec/run.hpp>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <limits>
#include <new>
#include <stdexcept>

namespace rankwise_c {

void parameters::read(std::string_view name, double& to) {
  for (std::size_t k = 0; k < all_.size(); ++k) {
    if (all_[k].first == name) {
      to = all_[k].second;
      all_.erase(all_.begin() + static_cast<std::ptrdiff_t>(k));
      return;
    }
  }
}

namespace {

#if defined(RANKWISE_C_DISPATCH)
using instruction_sets = rankwise::arch::standard;
#else
using instruction_sets = rankwise::arch::list<rankwise::arch::native>;
#endif

struct last_words {
  char text[512] = "";
};
last_words& words() {
  static thread_local last_words w;
  return w;
}

rankwise_code told(rankwise_code code, std::string_view text) {
  std::size_t const count = text.size() < sizeof words().text ? text.size() : sizeof words().text - 1;
  std::memcpy(words().text, text.data(), count);
  words().text[count] = '\0';
  return code;
}

rankwise_code code_of(rankwise::errc e) {
  switch (e) {
  case rankwise::errc::ok:
    return RANKWISE_CODE_OK;
  case rankwise::errc::not_finite:
  case rankwise::errc::unusable_item:
    return RANKWISE_CODE_NOT_FINITE;
  case rankwise::errc::size_mismatch:
  case rankwise::errc::offsets_start:
  case rankwise::errc::offsets_decrease:
  case rankwise::errc::offsets_overrun:
  case rankwise::errc::negative_size:
  case rankwise::errc::aliasing:
  case rankwise::errc::wrong_shape:
  case rankwise::errc::list_too_long:
    return RANKWISE_CODE_BAD_SHAPE;
  default:
    return RANKWISE_CODE_BAD_ARGUMENT;
  }
}
/// Whether there are results, although some lists may count for nothing.
bool went_through(rankwise::status const& s) {
  return s.ok() || code_of(s.code) == RANKWISE_CODE_NOT_FINITE;
}
rankwise_code told(rankwise::status const& s) {
  if (s.ok()) {
    return RANKWISE_CODE_OK;
  }
  char text[400];
  rankwise::describe(s, text, sizeof text);
  return told(code_of(s.code), text);
}

/// Nothing is thrown beyond this.
template <class F>
rankwise_code guarded(F f) noexcept {
  try {
    return f();
  } catch (std::bad_alloc const&) {
    return told(RANKWISE_CODE_NO_MEMORY, "rankwise: out of memory");
  } catch (std::length_error const&) { // more numbers than a vector can ever hold
    return told(RANKWISE_CODE_NO_MEMORY, "rankwise: out of memory");
  } catch (std::exception const& e) {
    return told(RANKWISE_CODE_INTERNAL, e.what());
  } catch (...) {
    return told(RANKWISE_CODE_INTERNAL, "rankwise: an unknown exception");
  }
}

// ---- names

std::string_view trimmed(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '.')) {
    s.remove_prefix(1);
  }
  while (!s.empty() && s.back() == ' ') {
    s.remove_suffix(1);
  }
  return s;
}

/// Without blanks, and without the empty brackets that C++ needs: "lambda< ndcg<> >" is "lambda<ndcg>".
std::string plain(std::string_view name) {
  std::string out;
  for (char const c : name) {
    if (c != ' ') {
      out += c;
    }
  }
  for (std::size_t at = out.find("<>"); at != std::string::npos; at = out.find("<>")) {
    out.erase(at, 2);
  }
  return out;
}

struct parsed {
  std::string name;
  std::vector<std::pair<std::string, double>> parameters;
};

/// "softmax{.temperature = 2}"; false where it is no such text.
bool parse(std::string_view text, parsed& out) {
  std::size_t const brace = text.find('{');
  out.name = plain(text.substr(0, brace));
  if (brace == std::string_view::npos) {
    return true;
  }
  std::string_view rest = trimmed(text.substr(brace + 1));
  if (rest.empty() || rest.back() != '}') {
    return false;
  }
  rest.remove_suffix(1);
  while (!trimmed(rest).empty()) {
    std::size_t const comma = rest.find(',');
    std::string_view const one = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    std::size_t const equals = one.find('=');
    if (equals == std::string_view::npos) {
      return false;
    }
    std::string_view const number = trimmed(one.substr(equals + 1));
    double value = 0;
    auto const end = number.data() + number.size();
    auto const read = std::from_chars(number.data(), end, value);
    if (read.ec != std::errc() || read.ptr != end) {
      return false;
    }
    out.parameters.emplace_back(std::string(trimmed(one.substr(0, equals))), value);
  }
  return true;
}

template <class Base>
rankwise_code make(char const* what, std::span<entry<Base> const> const* lists, std::size_t count, char const* name,
                   Base** out) {
  if (out == nullptr) {
    return told(RANKWISE_CODE_BAD_ARGUMENT, "rankwise: the place for the handle is NULL");
  }
  *out = nullptr;
  if (name == nullptr) {
    return told(RANKWISE_CODE_BAD_ARGUMENT, "rankwise: the name is NULL");
  }
  parsed p;
  std::string const quoted = "\"" + std::string(name) + "\"";
  if (!parse(name, p)) {
    return told(RANKWISE_CODE_UNKNOWN_NAME, "rankwise: " + quoted + ": parameters look like softmax{temperature=2}");
  }
  std::string known;
  for (std::size_t k = 0; k < count; ++k) {
    for (auto const& e : lists[k]) {
      std::string_view const full = e.name;
      if (plain(full.substr(0, full.find('{'))) == p.name) {
        parameters given(p.parameters);
        auto made = e.make(given);
        if (given.left() != nullptr) {
          return told(RANKWISE_CODE_UNKNOWN_NAME,
                      "rankwise: " + quoted + ": there is no parameter " + given.left() + " in " + e.name);
        }
        *out = made.release();
        return RANKWISE_CODE_OK;
      }
      known += (known.empty() ? "" : ", ") + std::string(full);
    }
  }
  return told(RANKWISE_CODE_UNKNOWN_NAME,
              std::string("rankwise: there is no ") + what + " " + quoted + "; there are " + known);
}

std::span<loss_entry const> const* all_losses() {
  static std::span<loss_entry const> const all[] = {rankwise::dispatch<instruction_sets>(losses_of_lists{}),
                                                    rankwise::dispatch<instruction_sets>(losses_of_pairs{})};
  return all;
}
std::span<metric_entry const> all_metrics() {
  return rankwise::dispatch<instruction_sets>(metrics{});
}

// ---- columns

template <class T>
void copy(void const* data, std::ptrdiff_t stride, std::size_t count, double* to) {
  auto const* const from = static_cast<T const*>(data);
  for (std::size_t i = 0; i < count; ++i) {
    to[i] = static_cast<double>(from[static_cast<std::ptrdiff_t>(i) * stride]);
  }
}

/// Null, or what is wrong.
char const* read(rankwise_column const& c, std::vector<double>& to) {
  if (c.data == nullptr && c.count != 0) {
    return "its data is NULL";
  }
  to.resize(c.count);
  std::ptrdiff_t const stride = c.stride == 0 ? 1 : c.stride;
  switch (c.type) {
  case RANKWISE_TYPE_FLOAT:
    copy<float>(c.data, stride, c.count, to.data());
    return nullptr;
  case RANKWISE_TYPE_DOUBLE:
    copy<double>(c.data, stride, c.count, to.data());
    return nullptr;
  case RANKWISE_TYPE_INT8:
    copy<std::int8_t>(c.data, stride, c.count, to.data());
    return nullptr;
  case RANKWISE_TYPE_INT16:
    copy<std::int16_t>(c.data, stride, c.count, to.data());
    return nullptr;
  case RANKWISE_TYPE_INT32:
    copy<std::int32_t>(c.data, stride, c.count, to.data());
    return nullptr;
  case RANKWISE_TYPE_INT64:
    copy<std::int64_t>(c.data, stride, c.count, to.data());
    return nullptr;
  case RANKWISE_TYPE_UINT8:
    copy<std::uint8_t>(c.data, stride, c.count, to.data());
    return nullptr;
  case RANKWISE_TYPE_UINT16:
    copy<std::uint16_t>(c.data, stride, c.count, to.data());
    return nullptr;
  case RANKWISE_TYPE_UINT32:
    copy<std::uint32_t>(c.data, stride, c.count, to.data());
    return nullptr;
  case RANKWISE_TYPE_UINT64:
    copy<std::uint64_t>(c.data, stride, c.count, to.data());
    return nullptr;
  default:
    return "there is no such type";
  }
}

struct output {
  std::vector<double> numbers;

  char const* prepare(rankwise_output const& to, std::size_t items) {
    if (to.data == nullptr && items != 0) {
      return "its data is NULL";
    }
    if (to.type != RANKWISE_TYPE_FLOAT && to.type != RANKWISE_TYPE_DOUBLE) {
      return "it must be of type float or double";
    }
    numbers.resize(items);
    return nullptr;
  }
  /// Whether number i has room in its column.
  bool holds(rankwise_output const& to, std::size_t i) const {
    float const narrow = to.type == RANKWISE_TYPE_FLOAT ? static_cast<float>(numbers[i]) : 0;
    return narrow - narrow == 0;
  }
  void write(rankwise_output const& to) const {
    std::ptrdiff_t const stride = to.stride == 0 ? 1 : to.stride;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      std::ptrdiff_t const at = static_cast<std::ptrdiff_t>(i) * stride;
      if (to.type == RANKWISE_TYPE_FLOAT) {
        static_cast<float*>(to.data)[at] = static_cast<float>(numbers[i]);
      } else {
        static_cast<double*>(to.data)[at] = numbers[i];
      }
    }
  }
};

/// Calls f with where an output goes, as the library sees it.
template <class F>
bool with_place(rankwise_output const& to, F f) {
  std::ptrdiff_t const stride = to.stride == 0 ? 1 : to.stride;
  return to.type == RANKWISE_TYPE_FLOAT ? f(rankwise::strided(static_cast<float*>(to.data), to.count, stride))
                                        : f(rankwise::strided(static_cast<double*>(to.data), to.count, stride));
}
/// Results are copied to their places at the end: two of them in one place would be one.
bool check_apart(rankwise_output const& a, rankwise_output const& b, char const* name, rankwise::status& s) {
  return with_place(a, [&](auto const& first) {
    return with_place(b, [&](auto const& second) { return rankwise::detail::check_apart(first, second, name, s); });
  });
}

/// The copies that a call works on.
struct columns {
  std::vector<double> scores, labels, item_weights, list_weights, mask;
  call c;

  rankwise_code read_problem(rankwise_problem const* p) {
    if (p == nullptr) {
      return told(RANKWISE_CODE_BAD_ARGUMENT, "rankwise: the problem is NULL");
    }
    if (p->size < sizeof(rankwise_problem)) {
      return told(RANKWISE_CODE_BAD_ARGUMENT,
                  "rankwise: the problem's size is not sizeof(rankwise_problem): set it before the call");
    }
    rankwise_code code = RANKWISE_CODE_OK;
    auto const take = [&code](char const* name, rankwise_column const& from, std::vector<double>& to) {
      char const* const fault = code == RANKWISE_CODE_OK ? read(from, to) : nullptr;
      if (fault != nullptr) {
        code = told(RANKWISE_CODE_BAD_ARGUMENT, std::string("rankwise: ") + name + ": " + fault);
      }
      return code == RANKWISE_CODE_OK;
    };
    auto const given = [](rankwise_column const& column) { return column.data != nullptr || column.count != 0; };
    if (!take("scores", p->scores, scores) || !take("labels", p->labels, labels)) {
      return code;
    }
    c.scores = scores;
    c.labels = labels;
    if (given(p->item_weights)) {
      if (!take("item_weights", p->item_weights, item_weights)) {
        return code;
      }
      c.options.item_weights = item_weights;
    }
    if (given(p->list_weights)) {
      if (!take("list_weights", p->list_weights, list_weights)) {
        return code;
      }
      c.options.list_weights = list_weights;
    }
    if (given(p->mask)) {
      if (!take("mask", p->mask, mask)) {
        return code;
      }
      c.options.mask = mask;
    }
    if (p->offsets == nullptr) {
      if (p->lists > 1) {
        return told(RANKWISE_CODE_BAD_ARGUMENT, "rankwise: there are lists, but offsets is NULL");
      }
      c.lists = rankwise::lists<std::int64_t>::single(scores.size());
    } else {
      if (p->lists >= std::numeric_limits<std::size_t>::max() / sizeof(std::int64_t)) { // lists + 1 may be 0
        return told(RANKWISE_CODE_BAD_SHAPE, "rankwise: there are more lists than offsets have room for");
      }
      rankwise::status s;
      c.lists = rankwise::lists<std::int64_t>(std::span(p->offsets, p->lists + 1), s);
      if (!s.ok()) {
        return told(s);
      }
    }
    if (p->per_list != nullptr) {
      c.options.per_list = std::span(p->per_list, c.lists.size());
    }
    return RANKWISE_CODE_OK;
  }

  /// Takes the lists out that have a derivative without room in its column: they become lists with NaN, which count
  /// for nothing. Whether there were any.
  bool take_out(rankwise_output const& to, output const& derivatives) {
    bool any = false;
    for (std::size_t l = 0; l < c.lists.size(); ++l) {
      bool fits = true;
      for (std::size_t i = c.lists.begin_of(l); i < c.lists.end_of(l); ++i) {
        fits = fits && derivatives.holds(to, i);
      }
      for (std::size_t i = c.lists.begin_of(l); i < c.lists.end_of(l) && !fits; ++i) {
        scores[i] = std::numeric_limits<double>::quiet_NaN();
      }
      any = any || !fits;
    }
    return any;
  }
};

} // namespace

} // namespace rankwise_c

using rankwise_c::guarded;
using rankwise_c::told;

extern "C" {

int32_t rankwise_c_version(void) {
  return RANKWISE_C_VERSION;
}
char const* rankwise_last_error(void) {
  return rankwise_c::words().text;
}

char const* rankwise_loss_name(size_t index) {
  auto const* const all = rankwise_c::all_losses();
  return index < all[0].size()                   ? all[0][index].name
         : index < all[0].size() + all[1].size() ? all[1][index - all[0].size()].name
                                                 : nullptr;
}
char const* rankwise_metric_name(size_t index) {
  auto const all = rankwise_c::all_metrics();
  return index < all.size() ? all[index].name : nullptr;
}

rankwise_code rankwise_loss_make(char const* name, rankwise_loss** out) {
  return guarded([&] { return rankwise_c::make("loss", rankwise_c::all_losses(), 2, name, out); });
}
void rankwise_loss_free(rankwise_loss* loss) {
  delete loss;
}

rankwise_code rankwise_loss_value(rankwise_loss const* loss, rankwise_problem const* problem, double* value) {
  return guarded([&] {
    if (loss == nullptr || value == nullptr) {
      return told(RANKWISE_CODE_BAD_ARGUMENT, "rankwise: the loss or the place for its value is NULL");
    }
    rankwise_c::columns columns;
    if (rankwise_code const code = columns.read_problem(problem); code != RANKWISE_CODE_OK) {
      return code;
    }
    rankwise::status s;
    columns.c.options.errors = s;
    std::vector<double> unused(columns.scores.size()); // a loss is compiled twice, not three times
    double const v = loss->gradient(columns.c, unused);
    if (rankwise_c::went_through(s)) {
      *value = v;
    }
    return told(s);
  });
}

rankwise_code rankwise_loss_gradient(rankwise_loss const* loss, rankwise_problem const* problem,
                                     rankwise_output const* gradient, rankwise_output const* hessian, double* value) {
  return guarded([&] {
    if (loss == nullptr || gradient == nullptr) {
      return told(RANKWISE_CODE_BAD_ARGUMENT, "rankwise: the loss or the gradient is NULL");
    }
    rankwise_c::columns columns;
    if (rankwise_code const code = columns.read_problem(problem); code != RANKWISE_CODE_OK) {
      return code;
    }
    std::size_t const items = columns.scores.size();
    rankwise_c::output g, h;
    struct one {
      char const* name;
      rankwise_output const* to;
      rankwise_c::output* numbers;
    };
    for (auto const& [name, to, numbers] : {one{"gradient", gradient, &g}, one{"hessian", hessian, &h}}) {
      if (to == nullptr) {
        continue;
      }
      if (to->count != items) {
        return told({rankwise::errc::size_mismatch, name, rankwise::status::nowhere, items, to->count});
      }
      if (char const* const fault = numbers->prepare(*to, items); fault != nullptr) {
        return told(RANKWISE_CODE_BAD_ARGUMENT, std::string("rankwise: ") + name + ": " + fault);
      }
    }
    rankwise::status s;
    rankwise_output const per_list{problem->per_list, problem->per_list == nullptr ? 0 : columns.c.lists.size(), 1,
                                   RANKWISE_TYPE_DOUBLE};
    if (!rankwise_c::check_apart(*gradient, per_list, "gradient", s) ||
        (hessian != nullptr && (!rankwise_c::check_apart(*hessian, *gradient, "hessian", s) ||
                                !rankwise_c::check_apart(*hessian, per_list, "hessian", s)))) {
      return told(s);
    }
    columns.c.options.errors = s;
    auto const derive = [&] {
      return hessian != nullptr ? loss->gradient(columns.c, g.numbers, h.numbers)
                                : loss->gradient(columns.c, g.numbers);
    };
    double v = derive();
    if (rankwise_c::went_through(s)) {
      bool const too_large = columns.take_out(*gradient, g);
      if ((hessian != nullptr && columns.take_out(*hessian, h)) || too_large) {
        v = derive(); // rare: without those lists
      }
      g.write(*gradient);
      if (hessian != nullptr) {
        h.write(*hessian);
      }
      if (value != nullptr) {
        *value = v;
      }
    }
    return told(s);
  });
}

rankwise_code rankwise_metric_make(char const* name, rankwise_metric** out) {
  return guarded([&] {
    auto const all = rankwise_c::all_metrics();
    return rankwise_c::make("metric", &all, 1, name, out);
  });
}
void rankwise_metric_free(rankwise_metric* metric) {
  delete metric;
}

rankwise_code rankwise_metric_value(rankwise_metric const* metric, rankwise_problem const* problem, double* value) {
  return guarded([&] {
    if (metric == nullptr || value == nullptr) {
      return told(RANKWISE_CODE_BAD_ARGUMENT, "rankwise: the metric or the place for its value is NULL");
    }
    rankwise_c::columns columns;
    if (rankwise_code const code = columns.read_problem(problem); code != RANKWISE_CODE_OK) {
      return code;
    }
    rankwise::status s;
    columns.c.options.errors = s;
    double const v = metric->value(columns.c);
    if (rankwise_c::went_through(s)) {
      *value = v;
    }
    return told(s);
  });
}

} // extern "C"
