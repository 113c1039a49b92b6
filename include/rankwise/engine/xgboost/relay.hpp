#ifndef RANKWISE_ENGINE_XGBOOST_RELAY_HPP
#define RANKWISE_ENGINE_XGBOOST_RELAY_HPP

#include <rankwise/engine/xgboost/connection.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <thread>
#include <utility>

namespace rankwise::inline RANKWISE_ABI::xgboost::detail {

/// Stands between a worker and its tracker, and passes on what they say. XGBoost 1.7 waits without end for the next
/// word of a tracker, and for neighbours whom that has promised; here the time is up for both.
class relay {
  using clock = std::chrono::steady_clock;

public:
  /// Seconds until the worker has met the others, and for each of its later calls.
  relay(std::string host, int port, int joining, int later)
      : host_(std::move(host)), tracker_port_(port), later_(later), end_(clock::now() + std::chrono::seconds(joining)) {
    listener_ = connection(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (listener_.open() && ::bind(listener_.descriptor(), generic, size) == 0 &&
        ::listen(listener_.descriptor(), 8) == 0 && ::getsockname(listener_.descriptor(), generic, &size) == 0) {
      port_ = ntohs(address.sin_port);
      thread_ = std::thread([this] { run(); });
    }
  }
  relay(relay const&) = delete;
  relay& operator=(relay const&) = delete;
  ~relay() {
    stop_ = true;
    if (thread_.joinable()) {
      thread_.join();
    }
  }

  /// On 127.0.0.1, where the worker finds its tracker; negative if it does not listen.
  int port() const { return port_; }
  /// The worker has met the others.
  void joined() { joined_ = true; }

private:
  void run() {
    while (!stop_) {
      if (!joined_ && clock::now() > end_) { // a neighbour will not come: someone connects, and hangs up
        bool late = false;
        call("127.0.0.1", worker_port_, 1, late);
        end_ = clock::now() + std::chrono::seconds(1);
      }
      pollfd p{listener_.descriptor(), POLLIN, 0};
      if (::poll(&p, 1, 100) <= 0) {
        continue;
      }
      connection worker(::accept4(listener_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC));
      if (joined_) {
        end_ = clock::now() + std::chrono::seconds(later_);
      }
      bool late = false;
      connection tracker = call(host_, tracker_port_, later_, late);
      if (worker.open() && tracker.open()) {
        pass_on(worker, tracker);
      }
    }
  }

  // Until one of them hangs up, or the time is up.
  void pass_on(connection& worker, connection& tracker) {
    char last[sizeof(std::int32_t)] = {}; // of the worker's words: where it listens for its neighbours
    while (clock::now() < end_) {
      pollfd p[2] = {{worker.descriptor(), POLLIN, 0}, {tracker.descriptor(), POLLIN, 0}};
      if (::poll(p, 2, 100) == 0 && stop_) {
        return;
      }
      for (bool const by_worker : {true, false}) {
        if (p[by_worker ? 0 : 1].revents == 0) {
          continue;
        }
        char bytes[512];
        auto const got = ::recv((by_worker ? worker : tracker).descriptor(), bytes, sizeof bytes, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
          continue;
        }
        if (got <= 0) {
          if (by_worker) {
            std::int32_t port = 0;
            std::memcpy(&port, last, sizeof port);
            worker_port_ = port;
          }
          return;
        }
        connection& to = by_worker ? tracker : worker;
        to.limit(later_);
        if (!to.write(bytes, static_cast<std::size_t>(got))) {
          return;
        }
        if (by_worker) {
          std::string said(last, sizeof last);
          said.append(bytes, static_cast<std::size_t>(got));
          std::memcpy(last, said.data() + said.size() - sizeof last, sizeof last);
        }
      }
    }
  }

  std::string host_;
  int tracker_port_;
  int later_;
  int worker_port_ = 0;
  clock::time_point end_;
  connection listener_;
  int port_ = -1;
  std::atomic<bool> joined_ = false;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

} // namespace rankwise::inline RANKWISE_ABI::xgboost::detail

#endif
