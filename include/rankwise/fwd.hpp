#ifndef RANKWISE_FWD_HPP
#define RANKWISE_FWD_HPP

#include <rankwise/version.hpp>

#include <cstddef>

/// Names of types that other people's headers refer to, pass by reference and keep by pointer, without the headers that
/// define them. Template arguments stand in full: defaults belong to the definitions.
namespace rankwise::inline RANKWISE_ABI {

enum class errc : unsigned char;
struct status;
class error;
class on_error;

enum class memory : unsigned char;
enum class layout : unsigned char;
template <class T, memory Where>
struct column;
template <class T, memory Where>
struct strided_column;
template <class T, layout Order, memory Where>
struct matrix;

template <class Offset>
class lists;
template <class Offset>
class owned_lists;
template <class Offset, memory Where>
struct placed_lists;

class any_column;
struct options;
class workspace;

template <class Heads, class Value, class Accuracy>
class ranker;
template <std::size_t K>
struct top_items;
class evaluation;

} // namespace rankwise::inline RANKWISE_ABI

#endif
