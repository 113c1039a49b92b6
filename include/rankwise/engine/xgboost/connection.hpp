#ifndef RANKWISE_ENGINE_XGBOOST_CONNECTION_HPP
#define RANKWISE_ENGINE_XGBOOST_CONNECTION_HPP

#include <rankwise/core/config.hpp>

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

/// What the workers of a `collective` and their tracker say to each other over POSIX sockets, as rabit, the
/// communication of XGBoost 1.7, writes it.
namespace rankwise::inline RANKWISE_ABI::xgboost::detail {

/// The first word of both sides.
inline constexpr std::int32_t tracker_hello = 0xff99;

/// A socket that closes itself, and whose calls end when its time is up, however slowly the other side speaks.
class connection {
  using clock = std::chrono::steady_clock;

public:
  connection() = default;
  explicit connection(int descriptor) : descriptor_(descriptor) {}
  connection(connection&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)), end_(other.end_) {}
  connection& operator=(connection&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    end_ = other.end_;
    return *this;
  }
  ~connection() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }

  int descriptor() const { return descriptor_; }
  bool open() const { return descriptor_ >= 0; }
  /// So many seconds from now on for everything that follows.
  void limit(int seconds) { end_ = clock::now() + std::chrono::seconds(seconds); }

  bool connect(sockaddr const* address, socklen_t size) const {
    timeval const t{static_cast<time_t>(left() / 1000 + 1), 0};
    return ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t) == 0 &&
           ::connect(descriptor_, address, size) == 0;
  }
  bool write(void const* from, std::size_t bytes) const {
    auto const* at = static_cast<char const*>(from);
    while (bytes > 0) {
      auto const sent = when(POLLOUT, [&] { return ::send(descriptor_, at, bytes, MSG_NOSIGNAL | MSG_DONTWAIT); });
      if (sent <= 0) {
        return false;
      }
      at += sent;
      bytes -= static_cast<std::size_t>(sent);
    }
    return true;
  }
  bool read(void* to, std::size_t bytes) const {
    auto* at = static_cast<char*>(to);
    while (bytes > 0) {
      auto const got = when(POLLIN, [&] { return ::recv(descriptor_, at, bytes, MSG_DONTWAIT); });
      if (got <= 0) {
        return false;
      }
      at += got;
      bytes -= static_cast<std::size_t>(got);
    }
    return true;
  }
  bool write(std::int32_t x) const { return write(&x, sizeof x); }
  bool read(std::int32_t& x) const { return read(&x, sizeof x); }
  bool write(std::string const& s) const {
    return write(static_cast<std::int32_t>(s.size())) && write(s.data(), s.size());
  }
  bool read(std::string& s) const {
    std::int32_t size = 0;
    if (!read(size) || size < 0 || size > 4096) {
      return false;
    }
    s.resize(static_cast<std::size_t>(size));
    return read(s.data(), s.size());
  }

private:
  long long left() const { return std::chrono::duration_cast<std::chrono::milliseconds>(end_ - clock::now()).count(); }
  template <class F>
  auto when(short event, F f) const -> decltype(f()) {
    for (;;) {
      auto const milliseconds = left();
      pollfd p{descriptor_, event, 0};
      if (milliseconds <= 0) {
        return -1;
      }
      int const there = ::poll(&p, 1, milliseconds < 1'000'000 ? static_cast<int>(milliseconds) : 1'000'000);
      auto const done = there > 0 ? f() : -1;
      if (done >= 0 || (there != 0 && errno != EINTR && errno != EAGAIN)) {
        return done;
      }
    }
  }

  int descriptor_ = -1;
  clock::time_point end_{};
};

/// A line to the first of the host's addresses that takes it; not open otherwise. `late`: the time was up.
inline connection call(std::string const& host, int port, int seconds, bool& late) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (port < 1 || port > 65535 || ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
    return {};
  }
  connection line;
  late = false;
  for (addrinfo const* a = found; a != nullptr && !line.open() && !late; a = a->ai_next) {
    connection c(::socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol));
    c.limit(seconds);
    if (c.open() && c.connect(a->ai_addr, a->ai_addrlen)) {
      line = std::move(c);
    } else {
      late = c.open() && (errno == EINPROGRESS || errno == EAGAIN || errno == ETIMEDOUT);
    }
  }
  ::freeaddrinfo(found);
  return line;
}

enum class answer { tracker, silence, nobody };

/// Who listens there. XGBoost 1.7 would wait without end for a word of something that is no tracker, or for a machine
/// that drops what it is sent.
inline answer ask_for_tracker(std::string const& host, int port, std::string const& worker, int seconds) {
  bool late = false;
  connection const c = call(host, port, seconds, late);
  if (!c.open()) {
    return late ? answer::silence : answer::nobody;
  }
  std::int32_t word = 0;
  if (!c.write(tracker_hello) || !c.read(word) || word != tracker_hello) {
    return answer::silence;
  }
  // A tracker takes the rest for a worker's message, to be printed.
  (void)(c.write(-1) && c.write(-1) && c.write(worker) && c.write(std::string("print")) &&
         c.write("worker " + worker + " has found the tracker"));
  return answer::tracker;
}

} // namespace rankwise::inline RANKWISE_ABI::xgboost::detail

#endif
