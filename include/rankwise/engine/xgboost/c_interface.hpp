#ifndef RANKWISE_ENGINE_XGBOOST_C_INTERFACE_HPP
#define RANKWISE_ENGINE_XGBOOST_C_INTERFACE_HPP

#include <rankwise/core/error.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// The functions of XGBoost's C interface that this library calls, declared once for every version from 1.7 on: the
/// shared library alone is needed, from a distribution or from a Python wheel. They agree with <xgboost/c_api.h>, which
/// may be included beside them.
namespace rankwise::inline RANKWISE_ABI::xgboost::c {

extern "C" {
char const* XGBGetLastError();
void XGBoostVersion(int* major_version, int* minor_version, int* patch);

int XGDMatrixCreateFromDense(char const* data, char const* config, void** out);
int XGDMatrixCreateFromCSR(char const* offsets, char const* indices, char const* data, std::uint64_t columns,
                           char const* config, void** out);
int XGDMatrixFree(void* handle);
int XGDMatrixSetInfoFromInterface(void* handle, char const* field, char const* data);

int XGBoosterCreate(void* const matrices[], std::uint64_t count, void** out);
int XGBoosterFree(void* handle);
int XGBoosterSetParam(void* handle, char const* name, char const* value);
int XGBoosterUpdateOneIter(void* handle, int round, void* matrix);
int XGBoosterBoostOneIter(void* handle, void* matrix, float* gradient, float* hessian, std::uint64_t count);
int XGBoosterPredictFromDMatrix(void* handle, void* matrix, char const* config, std::uint64_t const** shape,
                                std::uint64_t* dimensions, float const** result);
int XGBoosterLoadModel(void* handle, char const* path);
int XGBoosterSaveModel(void* handle, char const* path);
int XGBoosterSaveModelToBuffer(void* handle, char const* config, std::uint64_t* bytes, char const** first);
int XGBoosterGetNumFeature(void* handle, std::uint64_t* count);
int XGBoosterDumpModelEx(void* handle, char const* feature_map, int with_statistics, char const* format,
                         std::uint64_t* count, char const*** texts);
int XGBoosterGetAttr(void* handle, char const* key, char const** out, int* success);
int XGBoosterSetAttr(void* handle, char const* key, char const* value);

int XGCommunicatorInit(char const* config);
int XGCommunicatorFinalize();
int XGCommunicatorGetRank();
int XGCommunicatorGetWorldSize();
int XGCommunicatorAllreduce(void* numbers, std::size_t count, int type, int operation);
}

// From 2.0 or 2.1 on; null where the library is older, which is to be asked before a call.
extern "C" {
[[gnu::weak]] int XGBoosterTrainOneIter(void* handle, void* matrix, int round, char const* gradient,
                                        char const* hessian);
[[gnu::weak]] int XGTrackerCreate(char const* config, void** handle);
[[gnu::weak]] int XGTrackerWorkerArgs(void* handle, char const** arguments);
[[gnu::weak]] int XGTrackerRun(void* handle, char const* config);
[[gnu::weak]] int XGTrackerFree(void* handle);
}

} // namespace rankwise::inline RANKWISE_ABI::xgboost::c

namespace rankwise::inline RANKWISE_ABI::xgboost::detail {

// XGBoost's messages carry the place in its source and a stack trace; its users need the sentence.
inline std::string sentence_of(std::string_view text) {
  if (auto const at = text.find("Check failed: "); at != std::string_view::npos) {
    text.remove_prefix(at);
  } else {
    for (std::string_view const ending : {".cc:", ".h:"}) {
      if (auto const place = text.find(ending); place != std::string_view::npos) {
        auto const end = text.find(": ", place);
        text.remove_prefix(end == std::string_view::npos ? 0 : end + 2);
        break;
      }
    }
  }
  std::string_view sentence = text.substr(0, text.find('\n'));
  // "Check failed: rows == labels (3 vs. 5) : There is one label per row." What follows is meant for users.
  if (auto const meant = sentence.find(" : "); sentence.starts_with("Check failed: ") && meant != sentence.npos) {
    bool const nothing = meant + 3 >= sentence.size();
    sentence = nothing ? sentence.substr(0, meant) : sentence.substr(meant + 3);
  }
  // From 2.1 on failures of communication are a list of places and sentences.
  if (auto const next = text.find("\n- ["); sentence.starts_with('[') && next != std::string_view::npos) {
    text.remove_prefix(next);
    auto const end = text.find("]: ");
    text.remove_prefix(end == std::string_view::npos ? 0 : end + 3);
    sentence = text.substr(0, text.find('\n'));
  }
  constexpr std::size_t longest = 120; // of a message, the end would stay
  return "XGBoost says \"" + std::string(sentence.substr(0, longest)) + (sentence.size() > longest ? "..." : "") + "\"";
}

/// `file`: what the call was about, where XGBoost does not name it.
inline bool succeeded(int result, char const* what, on_error const& errors, char const* file = nullptr) {
  if (result == 0) {
    return true;
  }
  int const workers = c::XGCommunicatorGetWorldSize();
  std::string const who =
      workers > 1 ? "worker " + std::to_string(c::XGCommunicatorGetRank()) + " of " + std::to_string(workers) + ": "
                  : "";
  std::string text = sentence_of(c::XGBGetLastError());
  if (file != nullptr && text.find(file) == std::string::npos) {
    text = std::string(file) + ": " + text;
  }
  rankwise::detail::deliver({errc::engine_failed, what}, (who + text).c_str(), errors);
  return false;
}

inline bool at_least(int wanted_major, int wanted_minor) {
  int found[3] = {0, 0, 0};
  c::XGBoostVersion(&found[0], &found[1], &found[2]);
  return found[0] > wanted_major || (found[0] == wanted_major && found[1] >= wanted_minor);
}

/// The format that XGBoost gives a file of this name.
inline char const* format_of(std::string_view path) {
  path.remove_suffix(path.ends_with('.') ? 1 : 0);
  auto const dot = path.rfind('.');
  std::string ending(dot == path.npos ? path.substr(0, 0) : path.substr(dot + 1));
  for (char& c : ending) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (ending == "json") {
    return "json";
  }
  bool const knows_older = ending == "deprecated" ? !at_least(3, 1) : ending != "ubj" && !at_least(2, 1);
  return knows_older ? "deprecated" : "ubj";
}

} // namespace rankwise::inline RANKWISE_ABI::xgboost::detail

#endif
