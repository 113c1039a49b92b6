#ifndef RANKWISE_SIMULATE_CLICK_MODEL_HPP
#define RANKWISE_SIMULATE_CLICK_MODEL_HPP

#include <rankwise/core/policy.hpp>
#include <rankwise/core/random.hpp>
#include <rankwise/math/pow.hpp>

#include <cstddef>
#include <cstdint>

/// Click models: how often a place is looked at, and a visitor drawn from the model. What a click model calls
/// attraction is the probability that an item is clicked once it has been looked at.
namespace rankwise::inline RANKWISE_ABI::simulate {

/// Draws of one visit: a number in [0, 1) for every rank and question, the same on every machine.
class visit_random {
public:
  constexpr visit_random(std::uint64_t seed, std::uint64_t list, std::uint64_t visit)
      : seed_(seed), stream_(list * 0x9E3779B97F4A7C15u + visit) {}
  RANKWISE_FN double operator()(std::size_t rank, unsigned question) const {
    // Eight questions of a rank stand side by side; further ones, of the same rank, beyond all of those.
    std::uint64_t const beyond = static_cast<std::uint64_t>(question / 8) << 44;
    return random_uniform(seed_, beyond + rank * 8 + question % 8, stream_);
  }

private:
  std::uint64_t seed_;
  std::uint64_t stream_;
};

/// Position-based model (Richardson, Dominowska and Ragno 2007; power law as in Joachims, Swaminathan and Schnabel
/// 2017): the place at rank r is looked at with probability (r + 1)^-severity, whatever stands there.
struct position_based {
  double severity = 1;

  constexpr char const* fault() const {
    return rankwise::detail::weight_parameter(severity) ? nullptr : "severity of position_based (0 or more)";
  }

  RANKWISE_FN double examination(std::size_t rank) const { return math::pow(static_cast<double>(rank + 1), -severity); }

  /// One visit to a page of `count` places. attraction(rank) is a probability; click(rank) is called for every click.
  /// Returns the number of places looked at.
  template <class Attraction, class Click>
  constexpr std::size_t visit(std::size_t count, Attraction attraction, visit_random const& random, Click click) const {
    std::size_t seen = 0;
    for (std::size_t r = 0; r < count; ++r) {
      if (random(r, 0) < examination(r)) {
        ++seen;
        if (random(r, 1) < attraction(r)) {
          click(r);
        }
      }
    }
    return seen;
  }
};

/// Cascade (Craswell, Zoeter, Taylor and Ramsey 2008) with more than one click, as in the dependent click model (Guo,
/// Liu and Wang 2009): a visitor reads from the top, goes on after a click with probability `after_click` and after a
/// place without one with probability `after_none`.
struct cascade {
  double after_click = 0.3;
  double after_none = 0.95;

  constexpr char const* fault() const {
    auto const probability = [](double p) { return p >= 0 && p <= 1; };
    return probability(after_click) && probability(after_none) ? nullptr
                                                               : "after_click or after_none of cascade (from 0 to 1)";
  }

  template <class Attraction, class Click>
  constexpr std::size_t visit(std::size_t count, Attraction attraction, visit_random const& random, Click click) const {
    for (std::size_t r = 0; r < count; ++r) {
      bool const clicked = random(r, 1) < attraction(r);
      if (clicked) {
        click(r);
      }
      if (!(random(r, 0) < (clicked ? after_click : after_none))) {
        return r + 1;
      }
    }
    return count;
  }

  /// The probability that rank r is looked at, given what stands above it.
  template <class Attraction>
  constexpr double examination(std::size_t rank, Attraction attraction) const {
    double p = 1;
    for (std::size_t r = 0; r < rank; ++r) {
      double const a = attraction(r);
      p *= a * after_click + (1 - a) * after_none;
    }
    return p;
  }
};

} // namespace rankwise::inline RANKWISE_ABI::simulate

#endif
