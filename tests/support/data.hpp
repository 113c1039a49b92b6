#ifndef RANKWISE_TESTS_SUPPORT_DATA_HPP
#define RANKWISE_TESTS_SUPPORT_DATA_HPP

#include <fstream>
#include <iterator>
#include <string>

namespace support {

/// The path of a file below tests/data.
inline std::string data(std::string const& name) {
  std::string const here = __FILE__;
  return here.substr(0, here.rfind("support")) + "data/" + name;
}

/// All of a file.
inline std::string contents(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace support

#endif
