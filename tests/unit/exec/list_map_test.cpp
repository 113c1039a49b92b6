#include <rankwise/exec/list_map.hpp>

#include <doctest/doctest.h>

#include "support/problem.hpp"

#include <string>
#include <vector>

namespace rw = rankwise;

namespace {

// x - mean, and with a second column x - mean of that.
struct from_mean {
  template <class List>
  RANKWISE_FN auto operator()(List const& list) const {
    using V = typename List::vector;
    auto const n = list.sum([](auto) { return V(1); });
    auto const mean = list.sum([&](auto i) { return list.label(i); }) / n;
    list.each([&](auto i) { list.gradient(i, list.score(i) - V(mean)); });
    return mean;
  }
};

} // namespace

TEST_CASE("one column or two, masked or not, a register at a time or one item") {
  support::problem<double> const p(4);
  for (bool masked : {false, true}) {
    std::vector<double> one(p.items(), 9), two(p.items(), 9), single(p.items(), 9);
    rw::list_map_options opts;
    if (masked) {
      opts.mask = p.mask;
    }
    rw::map_lists(from_mean{}, p.scores, p.lists(), one, opts);
    rw::map_lists(from_mean{}, p.scores, p.labels, p.lists(), two, opts);
    rw::map_lists(rw::exec::scalar{}, from_mean{}, p.scores, p.labels, p.lists(), single, opts);
    for (std::size_t l = 0; l < p.size(); ++l) {
      double n = 0;
      double scores = 0;
      double labels = 0;
      for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
        bool const in = !masked || p.mask[i] != 0;
        n += in ? 1 : 0;
        scores += in ? p.scores[i] : 0;
        labels += in ? p.labels[i] : 0;
      }
      for (std::size_t i = p.begin_of(l); i < p.end_of(l); ++i) {
        bool const in = !masked || p.mask[i] != 0;
        CHECK(support::near(one[i], in ? p.scores[i] - scores / n : 0, 1e-13));
        CHECK(support::near(two[i], in ? p.scores[i] - labels / n : 0, 1e-13));
        CHECK(support::near(two[i], single[i], 1e-13));
      }
    }
  }
}

TEST_CASE("the wrong argument is named, and nothing is written") {
  std::vector<float> const in(5), three(3);
  std::vector<float> out(5, 9.0f);
  rw::status s;
  rw::map_lists(from_mean{}, in, rw::lists<>::single(4), out, {.errors = s});
  CHECK(std::string(s.argument) == "the input");
  rw::map_lists(from_mean{}, in, three, rw::lists<>::single(5), out, {.errors = s});
  CHECK(std::string(s.argument) == "the second input");
  rw::map_lists(from_mean{}, in, rw::lists<>::single(5), out, {.mask = three, .errors = s});
  CHECK(s.code == rw::errc::size_mismatch);
  CHECK(out == std::vector<float>(5, 9.0f));
}
