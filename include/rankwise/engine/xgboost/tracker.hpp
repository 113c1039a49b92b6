#ifndef RANKWISE_ENGINE_XGBOOST_TRACKER_HPP
#define RANKWISE_ENGINE_XGBOOST_TRACKER_HPP

#include <rankwise/core/error.hpp>
#include <rankwise/engine/owned.hpp>
#include <rankwise/engine/xgboost/c_interface.hpp>
#include <rankwise/engine/xgboost/connection.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

/// Where the workers of a `collective` find each other: it numbers them and tells each whom to connect to. XGBoost
/// brings one along from 2.1 on, and that is used; for 1.7 there is a small one here that speaks the protocol of its
/// rabit. It runs in a thread of its own, waits for nothing longer than it was told, and trusts whoever connects: bind
/// it to a network of your own.
namespace rankwise::inline RANKWISE_ABI::xgboost {

struct tracker_options {
  std::string host = "127.0.0.1"; ///< a numeric address to listen on
  int port = 0;                   ///< 0: any
  int patience = 25;              ///< seconds until all workers must have come
  on_error errors{};
};

namespace detail {

/// The part of rabit's tracker that XGBoost 1.7 needs: every worker says hello, and once all are here each is told its
/// rank, its neighbours in a tree and in a ring, and the addresses of those that listen already.
class rabit_tracker {
public:
  rabit_tracker(std::size_t workers, tracker_options const& opts) : workers_(static_cast<int>(workers)), opts_(opts) {
    listener_ = connection(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(opts.port));
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    int const yes = 1;
    if (opts.port >= 0 && opts.port <= 65535 && listener_.open() &&
        ::inet_pton(AF_INET, opts.host.c_str(), &address.sin_addr) == 1 &&
        ::setsockopt(listener_.descriptor(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
        ::bind(listener_.descriptor(), generic, size) == 0 && ::listen(listener_.descriptor(), 2 * workers_ + 8) == 0 &&
        ::getsockname(listener_.descriptor(), generic, &size) == 0) {
      port_ = ntohs(address.sin_port);
      thread_ = std::thread([this] {
        run();
        listener_ = connection(); // who comes later is refused instead of left waiting
      });
    }
  }
  rabit_tracker(rabit_tracker const&) = delete;
  rabit_tracker& operator=(rabit_tracker const&) = delete;
  ~rabit_tracker() {
    stop_ = true;
    if (thread_.joinable()) {
      thread_.join();
    }
  }

  int port() const { return port_; }

private:
  struct worker {
    connection line;
    std::string name;
    std::string host;
    std::int32_t rank = -1;
    std::int32_t port = -1; ///< where the worker listens for its neighbours
  };

  // One worker's hello, or a worker that is not open.
  worker next(std::string& command) const {
    pollfd p{listener_.descriptor(), POLLIN, 0};
    if (::poll(&p, 1, 100) <= 0) {
      return {};
    }
    sockaddr_in from{};
    socklen_t size = sizeof from;
    worker w;
    w.line = connection(::accept4(listener_.descriptor(), reinterpret_cast<sockaddr*>(&from), &size, SOCK_CLOEXEC));
    if (!w.line.open()) {
      return {};
    }
    char text[INET_ADDRSTRLEN] = "";
    ::inet_ntop(AF_INET, &from.sin_addr, text, sizeof text);
    w.host = text;
    w.line.limit(5); // a stranger must not hold the others up
    std::int32_t hello = 0;
    std::int32_t world = 0;
    if (!w.line.read(hello) || hello != tracker_hello || !w.line.write(tracker_hello) || !w.line.read(w.rank) ||
        !w.line.read(world) || !w.line.read(w.name) || !w.line.read(command)) {
      return {};
    }
    return w;
  }

  void run() {
    using clock = std::chrono::steady_clock;
    auto const end = clock::now() + std::chrono::seconds(opts_.patience);
    std::vector<worker> all;
    while (!stop_ && static_cast<int>(all.size()) < workers_) {
      if (clock::now() > end) {
        return; // closes what is open, and so tells those who wait
      }
      std::string command;
      worker w = next(command);
      if (w.line.open() && command == "start") {
        all.push_back(std::move(w));
      }
    }
    std::stable_sort(all.begin(), all.end(), [](worker const& a, worker const& b) { return a.name < b.name; });
    std::size_t introduced = 0;
    while (!stop_ && introduced < all.size() && introduce(all, introduced)) {
      all[introduced].line = connection();
      ++introduced;
    }
    if (introduced < all.size()) {
      for (std::size_t k = 0; k < introduced; ++k) {
        dismiss(all[k]);
      }
      return;
    }
    for (int gone = 0; !stop_ && gone < workers_;) { // they say goodbye, and expect to be heard
      std::string command;
      if (next(command).line.open() && command == "shutdown") {
        ++gone;
      }
    }
  }

  // Tells worker `rank` its place. Neighbours of lower rank listen already; those of higher rank will connect to it.
  bool introduce(std::vector<worker>& all, std::size_t place) const {
    worker& w = all[place];
    w.line.limit(opts_.patience);
    auto const rank = static_cast<std::int32_t>(place);
    std::vector<std::int32_t> tree;
    for (std::int32_t const r : {(rank + 1) / 2 - 1, 2 * rank + 1, 2 * rank + 2}) {
      if (r >= 0 && r < workers_) {
        tree.push_back(r);
      }
    }
    std::int32_t const before = workers_ > 1 ? (rank + workers_ - 1) % workers_ : -1;
    std::int32_t const after = workers_ > 1 ? (rank + 1) % workers_ : -1;
    bool good = w.line.write(rank) && w.line.write((rank + 1) / 2 - 1) && w.line.write(workers_) &&
                w.line.write(static_cast<std::int32_t>(tree.size()));
    for (std::int32_t const r : tree) {
      good = good && w.line.write(r);
    }
    good = good && w.line.write(before) && w.line.write(after);

    std::vector<std::int32_t> neighbours = tree;
    for (std::int32_t const r : {before, after}) {
      if (r >= 0) {
        neighbours.push_back(r);
      }
    }
    std::sort(neighbours.begin(), neighbours.end());
    neighbours.erase(std::unique(neighbours.begin(), neighbours.end()), neighbours.end());
    for (int attempt = 0; good && attempt < 5; ++attempt) {
      std::int32_t connected = 0;
      good = w.line.read(connected) && connected >= 0 && connected <= workers_;
      std::vector<std::int32_t> missing = neighbours;
      for (std::int32_t k = 0; good && k < connected; ++k) {
        std::int32_t r = 0;
        good = w.line.read(r);
        std::erase(missing, r);
      }
      auto const higher = std::upper_bound(missing.begin(), missing.end(), rank);
      good = good && w.line.write(static_cast<std::int32_t>(higher - missing.begin())) &&
             w.line.write(static_cast<std::int32_t>(missing.end() - higher));
      for (auto r = missing.begin(); good && r != higher; ++r) {
        worker const& other = all[static_cast<std::size_t>(*r)];
        good = w.line.write(other.host) && w.line.write(other.port) && w.line.write(*r);
      }
      std::int32_t errors = 0;
      good = good && w.line.read(errors);
      if (good && errors == 0) {
        return w.line.read(w.port);
      }
    }
    return false;
  }

  // A worker that waits for a neighbour who will not come: someone connects and hangs up.
  void dismiss(worker const& w) const {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(w.port));
    ::inet_pton(AF_INET, w.host.c_str(), &address.sin_addr);
    connection c(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    c.limit(2);
    (void)c.connect(reinterpret_cast<sockaddr*>(&address), sizeof address);
  }

  int workers_;
  tracker_options opts_;
  connection listener_;
  int port_ = -1;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

/// XGBoost's own, from 2.1 on.
class library_tracker {
public:
  library_tracker(std::size_t workers, tracker_options const& opts) {
    std::string const config = "{\"dmlc_communicator\": \"rabit\", \"host\": \"" + opts.host +
                               "\", \"n_workers\": " + std::to_string(workers) +
                               ", \"port\": " + std::to_string(opts.port) +
                               ", \"sortby\": 1, \"timeout\": " + std::to_string(opts.patience) + "}";
    char const* text = nullptr;
    if (c::XGTrackerCreate(config.c_str(), handle_.made()) != 0 || c::XGTrackerRun(handle_, "{}") != 0 ||
        c::XGTrackerWorkerArgs(handle_, &text) != 0) {
      return;
    }
    std::string_view const arguments = text;
    constexpr std::string_view name = "\"dmlc_tracker_port\":";
    auto at = arguments.find(name);
    if (at != std::string_view::npos) {
      at = arguments.find_first_not_of(' ', at + name.size());
      std::from_chars(arguments.data() + at, arguments.data() + arguments.size(), port_);
    }
    if (port_ >= 0 && opts.port != 0 && port_ != opts.port) { // 2.1 takes any that is free
      elsewhere_ = true;
      port_ = -1;
    }
  }

  int port() const { return port_; }
  /// It does listen, but not where it was told.
  bool elsewhere() const { return elsewhere_; }

private:
  engine::owned<c::XGTrackerFree> handle_;
  int port_ = -1;
  bool elsewhere_ = false;
};

} // namespace detail

/// Lives as long as its workers train; in any process, a worker's own included.
class tracker {
public:
  explicit tracker(std::size_t workers, tracker_options const& opts = {}) {
    if (c::XGTrackerCreate != nullptr) {
      theirs_ = std::make_unique<detail::library_tracker>(workers, opts);
    } else {
      ours_ = std::make_unique<detail::rabit_tracker>(workers, opts);
    }
    if (port() < 0) {
      char const* const what = "listening for workers";
      if (theirs_ && !theirs_->elsewhere()) {
        detail::succeeded(-1, what, opts.errors);
      } else {
        std::string place = opts.host + " port " + std::to_string(opts.port);
        place += theirs_ ? " is not where this XGBoost's tracker listens" : "";
        rankwise::detail::deliver({errc::engine_failed, what}, place.c_str(), opts.errors);
      }
    }
  }

  /// What the workers' `collective_options` want to know; negative where it does not listen.
  int port() const { return theirs_ ? theirs_->port() : ours_->port(); }

private:
  std::unique_ptr<detail::library_tracker> theirs_;
  std::unique_ptr<detail::rabit_tracker> ours_;
};

} // namespace rankwise::inline RANKWISE_ABI::xgboost

#endif
