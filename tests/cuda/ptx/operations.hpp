#ifndef RANKWISE_TESTS_CUDA_PTX_OPERATIONS_HPP
#define RANKWISE_TESTS_CUDA_PTX_OPERATIONS_HPP

#include "thread.hpp"

namespace ptx {

/// The parts of a mnemonic: cvt.rn.f32.f64.
struct mnemonic {
  std::string_view all;

  std::string_view base() const { return all.substr(0, all.find('.')); }
  /// The last part, or the one before it.
  std::string_view type(int back = 0) const {
    std::string_view rest = all;
    for (; back != 0; --back) {
      rest = rest.substr(0, rest.rfind('.'));
    }
    return rest.substr(rest.rfind('.') + 1);
  }
  bool has(std::string_view part) const {
    for (std::size_t at = all.find(part); at != std::string_view::npos; at = all.find(part, at + 1)) {
      std::size_t const end = at + part.size();
      if (at != 0 && all[at - 1] == '.' && (end == all.size() || all[end] == '.')) {
        return true;
      }
    }
    return false;
  }
};

/// What an instruction does that needs neither memory nor other threads; null where there is no such instruction.
action arithmetic_of(mnemonic name, instruction& made);

} // namespace ptx

#endif
