#ifndef RANKWISE_ENGINE_XGBOOST_COLLECTIVE_HPP
#define RANKWISE_ENGINE_XGBOOST_COLLECTIVE_HPP

#include <rankwise/core/error.hpp>
#include <rankwise/engine/xgboost/c_interface.hpp>
#if __has_include(<netdb.h>)
#include <rankwise/engine/xgboost/lost_calls.hpp>
#include <rankwise/engine/xgboost/relay.hpp>
#endif

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

/// Training beyond one machine, over XGBoost's own collective communication: every worker has a share of the lists and
/// calls `xgboost::train` while a `collective` stands. Trees, shared parameters, losses, evaluations and the decision
/// to stop are those of all workers. The workers find each other through a `tracker`.
namespace rankwise::inline RANKWISE_ABI::xgboost {

namespace detail {

#if !__has_include(<netdb.h>)
struct shared_call {
  shared_call() {} // not trivial: no warning of a variable that nobody reads
};
#endif

inline constexpr char const* joining = "joining the other workers (have all of them come?)";

/// Sums over the workers of this process's collective; of nothing, where there is none.
class together {
public:
  explicit together(on_error const& errors) : errors_(errors), workers_(c::XGCommunicatorGetWorldSize()) {}

  bool several() const { return workers_ > 1; }
  bool sum(double* numbers, std::size_t count) const {
    if (!several() || failed_) {
      return !failed_;
    }
    int const type_of_double = at_least(2, 1) ? 2 : 7; // the enumeration was replaced in 2.1
    constexpr int addition = 2;
    failed_ = true; // whatever happens below
    shared_call const call;
    if (!succeeded(c::XGCommunicatorAllreduce(numbers, count, type_of_double, addition),
                   "adding up over all workers (has one of them gone?)", errors_)) {
      return false;
    }
    failed_ = false;
    return true;
  }
  bool failed() const { return failed_; }

private:
  on_error errors_;
  int workers_;
  mutable bool failed_ = false;
};

} // namespace detail

struct collective_options {
  std::string host = "127.0.0.1"; ///< of the tracker
  int port = 0;                   ///< of the tracker
  std::size_t worker = 0;         ///< ranks follow these numbers
  int patience = 300;             ///< seconds of silence after which the others count as gone
  int tries = 3;                  ///< to reach the tracker, with growing pauses
  int answer = 20;                ///< seconds in which the tracker answers a call, with XGBoost 1.7
  int lost = 5; ///< seconds after which a call that XGBoost, 3.0 or newer, has lost ends the process; 0: it never ends
  on_error errors{};
};

/// This thread is one of several workers for as long as this object lives; it ends in the thread in which it began.
class collective {
public:
  explicit collective(collective_options const& opts) {
    std::string name = std::to_string(opts.worker);
    name.insert(0, name.size() < 8 ? 8 - name.size() : 0, '0'); // they are sorted as text
    bool const newer = detail::at_least(2, 1);
    std::string host = opts.host;
    int port = opts.port;
    int tries = opts.tries;
#if __has_include(<netdb.h>)
    if (!newer) {
      using detail::answer;
      auto const ask = [&] { return detail::ask_for_tracker(host, port, name, opts.answer); };
      answer found = ask();
      for (int pause = 2; found == answer::nobody && tries > 1; --tries, pause += 2) {
        std::this_thread::sleep_for(std::chrono::seconds(pause));
        found = ask();
      }
      if (found == answer::silence) {
        std::string const what = host + " port " + std::to_string(port) + " does not answer as a tracker does";
        rankwise::detail::deliver({errc::engine_failed, detail::joining}, what.c_str(), opts.errors);
        return;
      }
      if (found == answer::tracker) {
        relay_ = std::make_unique<detail::relay>(host, port, opts.patience, opts.answer);
        if (relay_->port() > 0) {
          host = "127.0.0.1";
          port = relay_->port();
        }
      }
    }
#endif
    auto const key = [newer](char const* lower, char const* upper) {
      return std::string(", \"") + (newer ? lower : upper) + "\": ";
    };
    std::string config = newer ? "{\"dmlc_communicator\": \"rabit\"" : "{\"xgboost_communicator\": \"rabit\"";
    config += key("dmlc_tracker_uri", "DMLC_TRACKER_URI") + '"' + host + '"';
    config += key("dmlc_tracker_port", "DMLC_TRACKER_PORT") + std::to_string(port);
    config += key("dmlc_task_id", "DMLC_TASK_ID") + '"' + name + '"';
    config += key("dmlc_retry", "DMLC_WORKER_CONNECT_RETRY") + std::to_string(tries);
    config += key("dmlc_timeout", "rabit_timeout_sec") + std::to_string(opts.patience);
    config += newer ? "}" : ", \"rabit_timeout\": true}";
#if __has_include(<netdb.h>)
    bool const watches = newer && opts.lost > 0;
    std::vector<long> const talking = watches ? detail::lost_calls::talking() : std::vector<long>{};
#endif
    ready_ = detail::succeeded(c::XGCommunicatorInit(config.c_str()), detail::joining, opts.errors);
#if __has_include(<netdb.h>)
    if (ready_ && watches) {
      lost_calls_ = std::make_unique<detail::lost_calls>(talking, c::XGCommunicatorGetRank(),
                                                         c::XGCommunicatorGetWorldSize(), opts.lost);
    }
    if (relay_) {
      relay_->joined();
    }
#endif
  }
  collective(collective const&) = delete;
  collective& operator=(collective const&) = delete;
  ~collective() {
#if __has_include(<netdb.h>)
    lost_calls_.reset(); // that thread ends now as it should
#endif
    if (ready_) {
      c::XGCommunicatorFinalize();
    }
  }

  bool ready() const {
    return ready_;
  }
  std::size_t rank() const {
    return static_cast<std::size_t>(c::XGCommunicatorGetRank());
  }
  std::size_t workers() const {
    return static_cast<std::size_t>(c::XGCommunicatorGetWorldSize());
  }
  /// Adds numbers up over all workers, in place.
  bool sum(double* numbers, std::size_t count, on_error const& errors = {}) const {
    return detail::together(errors).sum(numbers, count);
  }

private:
#if __has_include(<netdb.h>)
  detail::lines_may_break may_break_;
  std::unique_ptr<detail::relay> relay_;
  std::unique_ptr<detail::lost_calls> lost_calls_;
#endif
  bool ready_ = false;
};

} // namespace rankwise::inline RANKWISE_ABI::xgboost

#endif
