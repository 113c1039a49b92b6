// The heads that the value models of this folder are about.
#ifndef RANKWISE_TESTS_REJECT_VALUE_HPP
#define RANKWISE_TESTS_REJECT_VALUE_HPP

#include <rankwise/head/binary.hpp>
#include <rankwise/head/input.hpp>
#include <rankwise/head/ordinal.hpp>
#include <rankwise/value/gate.hpp>
#include <rankwise/value/ranker.hpp>

#include <vector>

namespace rw = rankwise;

constexpr rw::head::ordinal<"relevance", 3> relevance{};
constexpr rw::head::binary<"click"> click{};
constexpr rw::head::binary<"cart"> cart{};

#endif
