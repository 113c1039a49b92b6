// Names that programs, C libraries and system headers define as macros. Our headers must not use them.
// Everything from outside is included first: only our own text meets the traps. min and max are not among them: they
// are macros on Windows alone, where NOMINMAX removes them, and math::min has no better name.
#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cassert>
#include <charconv>
#include <cmath>
#include <compare>
#include <complex>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <iostream>
#include <istream>
#include <iterator>
#include <limits>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <new>
#include <numbers>
#include <numeric>
#include <optional>
#include <ostream>
#include <random>
#include <ranges>
#include <source_location>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>
#include <version>

#include <xsimd/xsimd.hpp>

#define TRAP _Pragma("GCC error \"a name that is a macro elsewhere\"") @
#define I TRAP         // complex.h
#define B0 TRAP        // termios.h
#define major(x) TRAP  // sys/sysmacros.h
#define minor(x) TRAP  // sys/sysmacros.h
#define small TRAP     // Windows
#define far TRAP       // Windows
#define near TRAP      // Windows
#define interface TRAP // Windows
#define ERROR TRAP     // Windows
#define IN TRAP        // Windows
#define OUT TRAP       // Windows
#define DELETE TRAP    // Windows
#define CHECK TRAP     // doctest, glog
#define LOG TRAP       // glog
#define Status TRAP    // X11
#define None TRAP      // X11
#define True TRAP      // X11
#define Bool TRAP      // X11
#define unix TRAP      // g++ without -std
#define linux TRAP     // g++ without -std
