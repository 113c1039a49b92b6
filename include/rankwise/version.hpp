#ifndef RANKWISE_VERSION_HPP
#define RANKWISE_VERSION_HPP

// The one place that states the version; CMake reads it from here.
#define RANKWISE_VERSION_MAJOR 0
#define RANKWISE_VERSION_MINOR 1
#define RANKWISE_VERSION_PATCH 0

// Every entity lives in an inline namespace named after the version, so that two libraries built against two
// releases can be linked into one program. What a unit without exceptions does about an error is another function, too.
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS)
#define RANKWISE_ABI v0_1_0
#else
#define RANKWISE_ABI v0_1_0_noexcept
#endif

#endif
