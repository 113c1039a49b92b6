#ifndef RANKWISE_ENGINE_LIGHTGBM_C_INTERFACE_HPP
#define RANKWISE_ENGINE_LIGHTGBM_C_INTERFACE_HPP

#include <rankwise/core/error.hpp>

#include <cstdint>
#include <string>

/// The functions of LightGBM's C interface that this library calls: the shared library alone is needed, from a package
/// or from a Python wheel. They agree with <LightGBM/c_api.h> of version 4, which may be included beside them.
namespace rankwise::inline RANKWISE_ABI::lightgbm::c {

extern "C" {
char const* LGBM_GetLastError();

int LGBM_DatasetCreateFromMat(void const* data, int type, std::int32_t rows, std::int32_t columns, int row_major,
                              char const* parameters, void* const reference, void** out);
int LGBM_DatasetCreateFromCSR(void const* offsets, int offsets_type, std::int32_t const* indices, void const* data,
                              int type, std::int64_t offsets_count, std::int64_t count, std::int64_t columns,
                              char const* parameters, void* const reference, void** out);
int LGBM_DatasetFree(void* handle);
int LGBM_DatasetSetField(void* handle, char const* field, void const* data, int count, int type);

int LGBM_BoosterCreate(void* const data, char const* parameters, void** out);
int LGBM_BoosterCreateFromModelfile(char const* path, int* rounds, void** out);
int LGBM_BoosterLoadModelFromString(char const* text, int* rounds, void** out);
int LGBM_BoosterFree(void* handle);
int LGBM_BoosterAddValidData(void* handle, void* const data);
int LGBM_BoosterResetParameter(void* handle, char const* parameters);
int LGBM_BoosterGetNumClasses(void* handle, int* count);
int LGBM_BoosterUpdateOneIter(void* handle, int* finished);
int LGBM_BoosterUpdateOneIterCustom(void* handle, float const* gradient, float const* hessian, int* finished);
int LGBM_BoosterGetPredict(void* handle, int data, std::int64_t* count, double* result);
int LGBM_BoosterPredictForMat(void* handle, void const* data, int type, std::int32_t rows, std::int32_t columns,
                              int row_major, int kind, int first_round, int rounds, char const* parameters,
                              std::int64_t* count, double* result);
int LGBM_BoosterPredictForCSR(void* handle, void const* offsets, int offsets_type, std::int32_t const* indices,
                              void const* data, int type, std::int64_t offsets_count, std::int64_t count,
                              std::int64_t columns, int kind, int first_round, int rounds, char const* parameters,
                              std::int64_t* results, double* result);
int LGBM_BoosterSaveModelToString(void* handle, int first_round, int rounds, int importance, std::int64_t capacity,
                                  std::int64_t* size, char* text);
int LGBM_BoosterDumpModel(void* handle, int first_round, int rounds, int importance, std::int64_t capacity,
                          std::int64_t* size, char* text);
}

inline constexpr int float32 = 0;
inline constexpr int float64 = 1;
inline constexpr int int32 = 2;
inline constexpr int int64 = 3;
inline constexpr int raw_score = 1;

} // namespace rankwise::inline RANKWISE_ABI::lightgbm::c

namespace rankwise::inline RANKWISE_ABI::lightgbm::detail {

inline bool succeeded(int result, char const* what, on_error const& errors) {
  if (result == 0) {
    return true;
  }
  std::string text = c::LGBM_GetLastError();
  text.resize(text.find('\n') < text.size() ? text.find('\n') : text.size());
  constexpr std::size_t longest = 120; // of a message, the end would stay
  text = "LightGBM says \"" + text.substr(0, longest) + (text.size() > longest ? "..." : "") + '"';
  rankwise::detail::deliver({errc::engine_failed, what}, text.c_str(), errors);
  return false;
}

} // namespace rankwise::inline RANKWISE_ABI::lightgbm::detail

#endif
