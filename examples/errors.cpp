// Every error code, provoked, with its message.
#include "claim.hpp"

#include <rankwise/backend/dlpack.hpp>
#include <rankwise/rankwise.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

namespace rw = rankwise;

namespace {

void told(rw::status const& s, rw::errc code, char const* message) {
  char text[200];
  rw::describe(s, text, sizeof text);
  bool const same = s.code == code && std::strcmp(text, message) == 0;
  std::printf("%s%s\n", text, same ? "" : "   <- NOT THE MESSAGE EXPECTED");
  broken_claims += same ? 0 : 1;
}

void policies() {
  std::vector<float> const scores{3, 2, 1}, labels{1, 0};
  auto const lists = rw::lists<>::single(3);
  bool caught = false;
  //{ policies
  constexpr auto loss = rw::loss::softmax{};

  try {
    loss.value(scores, labels, lists); // default: throws rw::error, a std::exception
  } catch (rw::error const& e) {
    caught = e.reason().code == rw::errc::offsets_overrun;
  }

  rw::status s;
  double const v = loss.value(scores, labels, lists, {.errors = s}); // writes the outcome, returns NaN

  // loss.value(scores, labels, lists, {.errors = rw::on_error::aborts()});    prints the message, calls std::abort
  //} policies
  claim(caught && !s.ok() && v != v, "three policies, one error");
}

} // namespace

int main() {
  policies();
  std::vector<float> const scores{3, 2, 1}, labels{1, 0, 0}, two{1, 0};
  std::vector<float> g(3);
  auto const single = rw::lists<>::single(3);
  constexpr auto loss = rw::loss::softmax{};
  constexpr auto click = rw::head::binary<"click">{};
  constexpr auto ranker = rw::ranker{rw::heads(click), probability(click)};
  rw::status s;

  std::vector<float> short_gradient(2);
  loss.gradient(scores, labels, single, short_gradient, {.errors = s});
  told(s, rw::errc::size_mismatch, "rankwise: gradient has 2 entries where 3 are needed");

  std::vector const from_one{1, 3}, falling{0, 3, 2};
  rw::lists(from_one, s);
  told(s, rw::errc::offsets_start, "rankwise: offsets start at 1; the first offset must be 0 (are these sizes? rw::lists_of_sizes)");

  rw::lists(falling, s);
  told(s, rw::errc::offsets_decrease, "rankwise: offsets decrease after list 1 (from 3 to 2)");

  loss.value(scores, two, single, {.errors = s});
  told(s, rw::errc::offsets_overrun, "rankwise: the lists cover 3 items, but labels has 2");

  rw::lists_of_sizes(std::vector{2, -1}, s);
  told(s, rw::errc::negative_size, "rankwise: sizes are negative at list 1");

  std::vector<float> both{3, 2, 1, 0};
  loss.gradient(std::span(both).first(3), labels, single, std::span(both).last(3), {.errors = s});
  told(s, rw::errc::aliasing, "rankwise: gradient overlaps another argument, or itself");

  ranker.score(rw::row_major(scores, 3), g, {.errors = s});
  told(s, rw::errc::wrong_shape, "rankwise: logits (columns) has the wrong shape (3 where 1 is needed)");

  auto const data = loss.prepare(labels, single);
  alignas(rw::workspace::alignment) std::array<std::byte, 8> few{};
  rw::workspace small{std::span<std::byte>(few)};
  loss.gradient(scores, data, g, small, {.errors = s});
  told(s, rw::errc::workspace_too_small, "rankwise: the workspace has 8 bytes where 128 are needed");
  claim(s.expected <= loss.workspace_bytes(data), "workspace_bytes() says how much suffices");

  loss.gradient(scores, data, g, {.item_weights = labels, .errors = s});
  told(s, rw::errc::not_prepared, "rankwise: item_weights did not come through prepare()");

  std::vector<float> const broken{3, std::numeric_limits<float>::quiet_NaN(), 1};
  //{ check
  bool const usable = rw::check::values(broken, s); // before anything is done with them
  //} check
  claim(!usable, "a NaN");
  told(s, rw::errc::unusable_item, "rankwise: a value of item 1 cannot be used (1 such item)");
  loss.gradient(broken, data, g, {.errors = s});
  told(s, rw::errc::not_finite,
       "rankwise: a score, label, weight, derivative or the value of list 0 is NaN or infinite (1 such list)");

  rw::metric::log_loss{}(broken, labels, {.errors = s}); // 3 is no probability
  told(s, rw::errc::unusable_item, "rankwise: a prediction, label or weight of item 0 cannot be used (2 such items)");

  rw::io::read_run("no.run", {.errors = s});
  told(s, rw::errc::unreadable, "rankwise: the file cannot be read: No such file or directory");

  rw::io::parse_run("1 Q0 a 1 0.9 bm25\n1 Q0 b 2 high bm25\n", {.errors = s});
  told(s, rw::errc::malformed, "rankwise: line 2, column 10: a score is a number");

  loss.gradient(scores, data, g, {.errors = s});
  told(s, rw::errc::ok, "rankwise: ok");
  return broken_claims;
}
