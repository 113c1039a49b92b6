#ifndef RANKWISE_ENGINE_XGBOOST_LOST_CALLS_HPP
#define RANKWISE_ENGINE_XGBOOST_LOST_CALLS_HPP

#include <rankwise/engine/xgboost/connection.hpp>

#include <dirent.h>
#include <sys/types.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace rankwise::inline RANKWISE_ABI::xgboost::detail {

/// Stands around a call in which XGBoost may talk to other workers.
class shared_call {
public:
  shared_call() { count(); }
  shared_call(shared_call const&) = delete;
  shared_call& operator=(shared_call const&) = delete;
  ~shared_call() { count(); }

  /// Odd while such a call of this thread goes; null where nobody watches.
  static inline thread_local std::atomic<std::size_t>* counter = nullptr;

private:
  static void count() {
    if (counter != nullptr) {
      counter->fetch_add(1);
    }
  }
};

/// Ends the process when a call of this thread can never return. XGBoost talks in a thread of its own, which calls an
/// operation done before it notes that it has failed (Loop::ProcessQueue, 2.1 to 3.4): who is quick to ask for the next
/// one ends that thread, and waits for it without end.
class lost_calls {
public:
  /// The threads of this process in which XGBoost talks, by number; they have a name since 3.0, and can be seen on
  /// Linux.
  static std::vector<long> talking() {
    std::vector<long> all;
    if (DIR* const tasks = ::opendir("/proc/self/task")) {
      while (dirent const* const task = ::readdir(tasks)) {
        long const number = std::strtol(task->d_name, nullptr, 10);
        if (number > 0 && talks(number)) {
          all.push_back(number);
        }
      }
      ::closedir(tasks);
    }
    return all;
  }

  /// `before`: those that talked before this thread became worker `rank` of so many.
  lost_calls(std::vector<long> const& before, int rank, int workers, int seconds)
      : who_("worker " + std::to_string(rank) + " of " + std::to_string(workers)), seconds_(seconds) {
    std::vector<long> ours = talking();
    std::erase_if(ours, [&](long t) { return std::find(before.begin(), before.end(), t) != before.end(); });
    if (ours.size() == 1) {
      talker_ = ours[0];
      shared_call::counter = &calls_;
      service_.start([this] { run(); });
    }
  }
  lost_calls(lost_calls const&) = delete;
  lost_calls& operator=(lost_calls const&) = delete;
  ~lost_calls() {
    if (watches()) {
      shared_call::counter = nullptr;
    }
  }

  bool watches() const { return talker_ > 0; }

private:
  using clock = std::chrono::steady_clock;

  static bool talks(long thread) {
    std::string const path = "/proc/self/task/" + std::to_string(thread) + "/comm";
    char name[32] = "";
    if (std::FILE* const file = std::fopen(path.c_str(), "re")) {
      bool const read = std::fgets(name, sizeof name, file) != nullptr;
      std::fclose(file);
      return read && std::string_view(name).ends_with(">lw\n");
    }
    return false;
  }

  void run() {
    std::size_t call = 0;
    auto good = clock::now(); // until then nothing spoke for a lost call
    while (!service_.stopped()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      std::size_t const now = calls_;
      if (now % 2 == 0 || now != call || talks(talker_)) {
        call = now;
        good = clock::now();
      } else if (clock::now() - good >= std::chrono::seconds(seconds_)) {
        std::fprintf(stderr,
                     "rankwise: %s: XGBoost has lost a failure and waits without end (has another worker gone?); this "
                     "process ends\n",
                     who_.c_str());
        std::_Exit(EXIT_FAILURE); // what is to be destroyed, the stuck thread may hold
      }
    }
  }

  std::string who_;
  int seconds_;
  long talker_ = 0;
  std::atomic<std::size_t> calls_ = 0;
  service service_; // ends first
};

} // namespace rankwise::inline RANKWISE_ABI::xgboost::detail

#endif
