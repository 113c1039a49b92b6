#ifndef RANKWISE_ENGINE_XGBOOST_CONNECTION_HPP
#define RANKWISE_ENGINE_XGBOOST_CONNECTION_HPP

#include <rankwise/core/config.hpp>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
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
  bool late() const { return left() <= 0; }
  /// Ends it for every process that has a copy, too: closing alone leaves the line to a forked child.
  void hang_up() {
    if (open()) {
      ::shutdown(descriptor_, SHUT_RDWR);
    }
    *this = connection();
  }
  /// The other side has hung up, and all that it has said has been read.
  bool gone() const {
    char byte = 0;
    auto const got = ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
  }

  /// Of a socket that does not block; `errno` says why not.
  bool connect(sockaddr const* address, socklen_t size) const {
    if (::connect(descriptor_, address, size) == 0) {
      return true;
    }
    int error = errno;
    if (error == EINPROGRESS || error == EINTR) {
      socklen_t bytes = sizeof error;
      if (when(POLLOUT, [] { return 0; }) < 0 || ::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &bytes) != 0) {
        error = ETIMEDOUT;
      }
    }
    errno = error;
    return error == 0;
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

/// Numbers and texts, one after the other, out of the bytes that have come so far.
class words {
public:
  static constexpr std::int32_t longest = 4096; ///< of a text

  explicit words(std::string_view bytes) : bytes_(bytes) {}
  bool take(std::int32_t& x) {
    if (bytes_.size() < sizeof x) {
      return false;
    }
    std::memcpy(&x, bytes_.data(), sizeof x);
    bytes_.remove_prefix(sizeof x);
    return true;
  }
  bool take(std::string& text) {
    std::int32_t size = 0;
    if (!take(size) || size < 0 || size > longest || bytes_.size() < static_cast<std::size_t>(size)) {
      return false;
    }
    text = bytes_.substr(0, static_cast<std::size_t>(size));
    bytes_.remove_prefix(text.size());
    return true;
  }

private:
  std::string_view bytes_;
};

/// A line to the first of the host's addresses that takes it; not open otherwise. `late`: the time was up.
inline connection call(std::string const& host, int port, int seconds, bool& late) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  late = false;
  if (port < 1 || port > 65535 || ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
    return {};
  }
  int addresses = 0;
  for (addrinfo const* a = found; a != nullptr; a = a->ai_next) {
    ++addresses;
  }
  connection line;
  for (addrinfo const* a = found; a != nullptr && !line.open(); a = a->ai_next) {
    connection c(::socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol));
    c.limit(std::max(1, seconds / addresses));
    if (c.open() && c.connect(a->ai_addr, a->ai_addrlen)) {
      line = std::move(c);
    } else {
      late = late || (c.open() && errno == ETIMEDOUT);
    }
  }
  ::freeaddrinfo(found);
  return line;
}

/// A socket that listens at a numeric address, version 4, and its port; 0 stands for any. Otherwise it is not open, the
/// port is negative, and `why` is the reason in one line.
struct listening {
  connection line{};
  int port = -1;
  std::string why{};
};

inline listening listen_at(std::string const& host, int port, int backlog) {
  listening l;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  int const yes = 1;
  l.why = host + " port " + std::to_string(port);
  if (port < 0 || port > 65535) {
    l.why += " is none";
  } else if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
    l.why += " is no numeric IPv4 address";
  } else if (l.line = connection(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
             !l.line.open() || ::setsockopt(l.line.descriptor(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
             ::bind(l.line.descriptor(), generic, size) != 0 || ::listen(l.line.descriptor(), backlog) != 0 ||
             ::getsockname(l.line.descriptor(), generic, &size) != 0) {
    l.why += ": " + std::generic_category().message(errno);
    l.line = connection();
  } else {
    l.port = ntohs(address.sin_port);
    l.why.clear();
  }
  return l;
}

/// Signals that this thread does not take as long as this lives, nor any thread that it starts meanwhile.
class without_signals {
public:
  explicit without_signals(sigset_t const& which) : ours_(which) {
    sigset_t before;
    ::pthread_sigmask(SIG_BLOCK, &which, &before);
    for (int k = 1; k < NSIG; ++k) {
      if (::sigismember(&before, k) == 1) {
        ::sigdelset(&ours_, k);
      }
    }
  }
  without_signals(without_signals const&) = delete;
  without_signals& operator=(without_signals const&) = delete;
  ~without_signals() { ::pthread_sigmask(SIG_UNBLOCK, &ours_, nullptr); }

private:
  sigset_t ours_; ///< that had not been blocked before
};

/// A thread that serves until this is destroyed, and takes none of the program's signals but its own faults.
class service {
public:
  service() = default;
  service(service const&) = delete;
  service& operator=(service const&) = delete;
  ~service() {
    stop_ = true;
    if (thread_.joinable()) {
      if (::getpid() == owner_) {
        thread_.join();
      } else { // a forked child has a copy of this, but no such thread
        static_cast<void>(new std::thread(std::move(thread_)));
      }
    }
  }

  bool stopped() const { return stop_; }
  /// `f` has to end soon after `stopped()`.
  template <class F>
  void start(F f) {
    sigset_t all;
    ::sigfillset(&all);
    for (int const fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}) {
      ::sigdelset(&all, fault);
    }
    without_signals const none(all);
    thread_ = std::thread(std::move(f));
  }

private:
  std::atomic<bool> stop_ = false;
  pid_t owner_ = ::getpid();
  std::thread thread_;
};

/// While this lives, a word to somebody who has hung up is an error of the thread that made it, and not the end of the
/// process: XGBoost 1.7 writes without asking for that.
class lines_may_break {
public:
  lines_may_break() : pending_(pending()), none_(broken_pipe()) {}
  ~lines_may_break() {
    if (!pending_ && pending()) { // ours
      sigset_t const one = broken_pipe();
      int which = 0;
      ::sigwait(&one, &which);
    }
  }

private:
  static sigset_t broken_pipe() {
    sigset_t one;
    ::sigemptyset(&one);
    ::sigaddset(&one, SIGPIPE);
    return one;
  }
  static bool pending() {
    sigset_t all;
    ::sigpending(&all);
    return ::sigismember(&all, SIGPIPE) == 1;
  }

  bool pending_;
  without_signals none_;
};

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
