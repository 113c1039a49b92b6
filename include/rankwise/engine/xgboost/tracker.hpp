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
#include <cerrno>
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
  std::string host = "127.0.0.1"; ///< a numeric address to listen on; version 4 with XGBoost 1.7
  int port = 0;                   ///< 0: any
  int patience = 25;              ///< seconds until all workers must have come
  on_error errors{};
};

namespace detail {

/// The part of rabit's tracker that XGBoost 1.7 needs: every worker says hello, and once all are here each is told its
/// rank, its neighbours in a tree and in a ring, and the addresses of those that listen already.
class rabit_tracker {
public:
  rabit_tracker(std::size_t workers, tracker_options const& opts)
      : workers_(static_cast<int>(std::min(workers, most_workers))), opts_(opts),
        listener_(listen_at(opts.host, opts.port, 2 * workers_ + 8)) {
    if (listener_.line.open()) {
      service_.start([this] {
        std::vector<worker> all;
        run(all);
        for (worker& w : all) { // who still waits is told so
          w.line.hang_up();
        }
        listener_.line.hang_up(); // who comes later is refused instead of left waiting
      });
    }
  }

  int port() const { return listener_.port; }
  /// Why it does not listen.
  std::string const& why() const { return listener_.why; }

private:
  struct worker {
    connection line{};
    std::string host{};
    std::string said{}; ///< so far
    std::string name{};
    std::string command{};
    std::int32_t port = -1; ///< where the worker listens for its neighbours
  };
  enum class hello { partly, whole, none };

  static hello hear(worker& w) {
    char bytes[words::longest];
    auto const got = ::recv(w.line.descriptor(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (got <= 0) {
      return got < 0 && errno == EAGAIN ? hello::partly : hello::none;
    }
    bool const greeted = w.said.size() >= sizeof tracker_hello;
    w.said.append(bytes, static_cast<std::size_t>(got));
    words said(w.said);
    std::int32_t word = 0;
    if (!said.take(word)) {
      return hello::partly;
    }
    if (word != tracker_hello || w.said.size() > most_said || (!greeted && !w.line.write(tracker_hello))) {
      return hello::none;
    }
    std::int32_t rank = 0;
    std::int32_t world = 0;
    std::string message;
    bool const whole = said.take(rank) && said.take(world) && said.take(w.name) && said.take(w.command) &&
                       (w.command != "print" || said.take(message));
    return whole ? hello::whole : hello::partly;
  }

  // Those whose hello is whole now. Nobody is waited for: who says nothing, or speaks slowly, holds no other up, and is
  // sent away after a while.
  std::vector<worker> next() {
    std::vector<pollfd> polled;
    for (worker const& g : guests_) {
      polled.push_back({g.line.descriptor(), POLLIN, 0});
    }
    polled.push_back({listener_.line.descriptor(), POLLIN, 0});
    bool const any = ::poll(polled.data(), polled.size(), 100) > 0;
    std::vector<worker> come;
    for (std::size_t k = guests_.size(); k-- > 0;) {
      hello const h = any && polled[k].revents != 0 ? hear(guests_[k]) : hello::partly;
      bool const late = guests_[k].line.late();
      if (h == hello::whole) {
        come.push_back(std::move(guests_[k]));
      }
      if (h != hello::partly || late) {
        guests_.erase(guests_.begin() + static_cast<std::ptrdiff_t>(k));
      }
    }
    if (any && polled.back().revents != 0) {
      sockaddr_in from{};
      socklen_t size = sizeof from;
      worker w;
      w.line =
          connection(::accept4(listener_.line.descriptor(), reinterpret_cast<sockaddr*>(&from), &size, SOCK_CLOEXEC));
      if (w.line.open()) {
        if (guests_.size() == most_guests) {
          guests_.erase(guests_.begin());
        }
        char text[INET_ADDRSTRLEN] = "";
        ::inet_ntop(AF_INET, &from.sin_addr, text, sizeof text);
        w.host = text;
        w.line.limit(5);
        guests_.push_back(std::move(w));
      } else { // no descriptor is free, maybe
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      }
    }
    return come;
  }

  void run(std::vector<worker>& all) {
    using clock = std::chrono::steady_clock;
    auto const end = clock::now() + std::chrono::seconds(opts_.patience);
    auto const everyone = static_cast<std::size_t>(workers_);
    while (all.size() < everyone) {
      if (service_.stopped() || clock::now() > end) {
        return;
      }
      for (worker& w : next()) {
        if (w.command == "start" && all.size() < everyone) {
          all.push_back(std::move(w));
        }
      }
      // One that has died leaves its place to its successor.
      std::erase_if(all, [](worker const& w) { return w.line.gone(); });
    }
    std::stable_sort(all.begin(), all.end(), [](worker const& a, worker const& b) { return a.name < b.name; });
    std::size_t introduced = 0;
    while (!service_.stopped() && introduced < all.size() && introduce(all, introduced)) {
      all[introduced].line.hang_up();
      ++introduced;
    }
    if (introduced < all.size()) {
      for (std::size_t k = 0; k < introduced; ++k) { // it may wait for a neighbour: somebody calls and hangs up
        bool late = false;
        call(all[k].host, all[k].port, 2, late);
      }
      return;
    }
    for (int gone = 0; !service_.stopped() && gone < workers_;) { // they say goodbye, and expect to be heard
      for (worker const& w : next()) {
        gone += w.command == "shutdown" ? 1 : 0;
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

  static constexpr std::size_t most_workers = std::size_t{1} << 20;
  static constexpr std::size_t most_guests = 256;
  static constexpr std::size_t most_said = 4 * static_cast<std::size_t>(words::longest);

  int workers_;
  tracker_options opts_;
  listening listener_;
  std::vector<worker> guests_; ///< who have not said yet what they want; the thread's alone
  service service_;            // ends first
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
      at = std::min(arguments.find_first_not_of(' ', at + name.size()), arguments.size());
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
        std::string const place = opts.host + " port " + std::to_string(opts.port);
        std::string const why = theirs_ ? place + " is not where this XGBoost's tracker listens" : ours_->why();
        rankwise::detail::deliver({errc::engine_failed, what}, why.c_str(), opts.errors);
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
