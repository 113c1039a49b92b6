// Custom objectives of CatBoost's: what train.py loads.
#include <rankwise/engine/catboost.hpp>
#include <rankwise/head/binary.hpp>
#include <rankwise/head/ordinal.hpp>

#include <cstddef>
#include <span>

namespace rw = rankwise;

#if defined(_WIN32)
#define OBJECTIVES_API extern "C" __declspec(dllexport)
#else
#define OBJECTIVES_API extern "C" __attribute__((visibility("default")))
#endif

//{ functions
// No exception may leave a C function: a status hears of what is wrong.
OBJECTIVES_API bool click(double const* approxes, float const* targets, float const* weights, std::size_t count,
                          double* der1, double* der2) {
  constexpr auto head = rw::head::binary<"click">{};
  rw::status outcome;
  rw::catboost::calc_ders_range(head, {approxes, count}, std::span(targets, count),
                                std::span(weights, weights == nullptr ? 0 : count), {der1, count}, {der2, count},
                                outcome);
  return outcome.ok();
}
OBJECTIVES_API bool relevance(double const* approxes, int grade, double weight, double* der1, double* der2) {
  constexpr auto head = rw::head::ordinal<"relevance", 3>{};
  rw::status outcome;
  rw::catboost::calc_ders_multi(head, {approxes, 2}, grade, weight, {der1, 2}, {der2, 4}, outcome);
  return outcome.ok();
}
//} functions
