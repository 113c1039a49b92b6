#ifndef RANKWISE_ENGINE_XGBOOST_RELAY_HPP
#define RANKWISE_ENGINE_XGBOOST_RELAY_HPP

#include <rankwise/engine/xgboost/connection.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace rankwise::inline RANKWISE_ABI::xgboost::detail {

/// Stands between a worker and its tracker, and passes on what they say. XGBoost 1.7 waits without end for the next
/// word of a tracker, for neighbours whom that has promised, and for their first word; here the time is up for all.
class relay {
  using clock = std::chrono::steady_clock;

public:
  /// Seconds until the worker has met the others, and for each of its later calls.
  relay(std::string host, int port, int joining, int later)
      : host_(std::move(host)), tracker_port_(port), later_(later), end_(clock::now() + std::chrono::seconds(joining)),
        listener_(listen_at("127.0.0.1", 0, 8)) {
    if (listener_.line.open()) {
      service_.start([this] { run(); });
    }
  }

  /// On 127.0.0.1, where the worker finds its tracker; negative if it does not listen.
  int port() const { return listener_.port; }
  /// The worker has met the others.
  void joined() { joined_ = true; }

private:
  void run() {
    while (!service_.stopped()) {
      if (!joined_ && clock::now() > end_) {
        give_up();
        end_ = clock::now() + std::chrono::seconds(1);
      }
      pollfd p{listener_.line.descriptor(), POLLIN, 0};
      if (::poll(&p, 1, 100) <= 0) {
        continue;
      }
      connection worker(::accept4(listener_.line.descriptor(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!worker.open()) { // no descriptor is free, maybe
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        continue;
      }
      if (joined_) {
        end_ = clock::now() + std::chrono::seconds(later_);
      }
      bool late = false;
      connection tracker = call(host_, tracker_port_, later_, late);
      if (tracker.open()) {
        pass_on(worker, tracker);
      }
      worker.hang_up();
      tracker.hang_up();
    }
  }

  // Until one of them hangs up, or the time is up.
  void pass_on(connection& worker, connection& tracker) {
    std::string last; // of the worker's words: where it listens for its neighbours
    told_.clear();
    while (clock::now() < end_) {
      pollfd p[2] = {{worker.descriptor(), POLLIN, 0}, {tracker.descriptor(), POLLIN, 0}};
      if (::poll(p, 2, 100) == 0 && service_.stopped()) {
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
        connection& to = by_worker ? tracker : worker;
        to.limit(later_);
        if (got <= 0 || !to.write(bytes, static_cast<std::size_t>(got))) {
          std::int32_t port = 0; // either may be the first to hang up after it
          if (words(last).take(port) && port > 0 && port <= 65535) {
            worker_port_ = port;
          }
          return;
        }
        std::string& said = by_worker ? last : told_;
        said.append(bytes, static_cast<std::size_t>(got));
        if (by_worker && said.size() > sizeof(std::int32_t)) {
          said.erase(0, said.size() - sizeof(std::int32_t));
        } else if (said.size() > most_told) {
          return;
        }
      }
    }
  }

  // The worker has waited for long enough: its lines to neighbours end, and where it waits for one to call, somebody
  // calls and hangs up. They are found among the sockets of the process by the addresses at their ends, since XGBoost
  // does not give them out.
  void give_up() const {
    std::vector<sockaddr_in> const named = neighbours();
    for (int d = 0; d < most_descriptors; ++d) {
      sockaddr_in here{};
      sockaddr_in there{};
      socklen_t here_bytes = sizeof here;
      socklen_t there_bytes = sizeof there;
      if (::getsockname(d, reinterpret_cast<sockaddr*>(&here), &here_bytes) != 0 || here.sin_family != AF_INET ||
          ::getpeername(d, reinterpret_cast<sockaddr*>(&there), &there_bytes) != 0) {
        continue;
      }
      auto const is_there = [&there](sockaddr_in const& n) {
        return n.sin_port == there.sin_port && n.sin_addr.s_addr == there.sin_addr.s_addr;
      };
      if (ntohs(here.sin_port) == worker_port_ || std::any_of(named.begin(), named.end(), is_there)) {
        ::shutdown(d, SHUT_RDWR);
      }
    }
    bool late = false;
    call("127.0.0.1", worker_port_, 1, late);
  }

  // Whom the worker has to call. The tracker has said: its hello, the worker's rank, its parent's, the number of all;
  // the ranks beside it in the tree; those before and after it in the ring; then, as often as a call has failed, how
  // many to call, how many to wait for, and where the former are.
  std::vector<sockaddr_in> neighbours() const {
    std::vector<sockaddr_in> all;
    words told(told_);
    std::int32_t count = 0;
    std::int32_t other = 0;
    std::string host;
    for (int k = 0; k < 4; ++k) {
      told.take(other);
    }
    told.take(count);
    for (std::int64_t k = -2; k < count && told.take(other); ++k) {
    }
    while (told.take(count) && told.take(other)) {
      std::int32_t port = 0;
      for (; count > 0 && told.take(host) && told.take(port) && told.take(other); --count) {
        sockaddr_in n{};
        n.sin_port = htons(static_cast<std::uint16_t>(port));
        if (port > 0 && port <= 65535 && ::inet_pton(AF_INET, host.c_str(), &n.sin_addr) == 1) {
          all.push_back(n);
        }
      }
    }
    return all;
  }

  static constexpr std::size_t most_told = std::size_t{1} << 16;
  static constexpr int most_descriptors = 1 << 16; // the lowest free one is taken first

  std::string host_;
  int tracker_port_;
  int later_;
  clock::time_point end_;
  listening listener_;
  std::string told_;     ///< by the tracker, to who called last
  int worker_port_ = -1; ///< where the worker listens for its neighbours
  std::atomic<bool> joined_ = false;
  service service_; // ends first
};

} // namespace rankwise::inline RANKWISE_ABI::xgboost::detail

#endif
