#ifndef RANKWISE_HEAD_REPAIR_HPP
#define RANKWISE_HEAD_REPAIR_HPP

#include <rankwise/exec/pack.hpp>

#include <cstddef>

/// How independent thresholds are made to satisfy p_1 >= p_2 >= ... (ours). A repair has
///   apply<K>(p)    replaces p_1 .. p_K
///   pull<K>(p, a)  turns derivatives by the repaired p_k into derivatives by those given; p is as before the repair
namespace rankwise::inline RANKWISE_ABI::head::repair {

/// p_k becomes min(p_1 .. p_k).
struct running_minimum {
  template <int K, class V>
  RANKWISE_FN static void apply(V* p) {
    for (int k = 1; k < K; ++k) {
      p[k] = math::min(p[k - 1], p[k]); // NaN of p_k stays
    }
  }
  template <int K, class V>
  RANKWISE_FN static void pull(V const* p, V* a) {
    V lowest[static_cast<std::size_t>(K)];
    lowest[0] = p[0];
    for (int k = 1; k < K; ++k) {
      lowest[k] = math::min(lowest[k - 1], p[k]);
    }
    for (int k = K - 1; k > 0; --k) {
      auto const own = p[k] < lowest[k - 1];
      a[k - 1] += math::select(own, V(0), a[k]);
      a[k] = math::select(own, a[k], V(0));
    }
  }
};

/// The nearest non-increasing p in least squares: neighbours out of order are pooled to their mean.
struct pool_adjacent_violators {
  template <int K, class V>
  RANKWISE_FN static void apply(V* p) {
    V pooled[static_cast<std::size_t>(K)];
    for (int k = 0; k < K; ++k) {
      pooled[k] = p[k];
    }
    average<K>(p, pooled);
    for (int k = 0; k < K; ++k) {
      p[k] = pooled[k];
    }
    running_minimum::apply<K>(p); // the means of two blocks may be out of order by a rounding
  }
  /// Means over the same blocks: the averaging is its own transpose.
  template <int K, class V>
  RANKWISE_FN static void pull(V const* p, V* a) {
    average<K>(p, a);
  }

private:
  // Replaces a by its means over the blocks of p. A block ends behind k where no mean of numbers that end with p_k is
  // below a mean of numbers that begin with p_{k+1}.
  template <int K, class V>
  RANKWISE_FN static void average(V const* p, V* a) {
    V end[static_cast<std::size_t>(K)]; // 1 at the last of a block
    end[K - 1] = V(1);
    for (int k = 0; k + 1 < K; ++k) {
      V before = p[k];
      V sum = p[k];
      for (int i = k - 1; i >= 0; --i) {
        sum += p[i];
        before = math::min(before, sum * as<V>(1.0 / (k + 1 - i)));
      }
      V after = p[k + 1];
      sum = p[k + 1];
      for (int j = k + 2; j < K; ++j) {
        sum += p[j];
        after = math::max(after, sum * as<V>(1.0 / (j - k)));
      }
      end[k] = math::select(before >= after, V(1), V(0));
    }
    V count(1);
    V mean[static_cast<std::size_t>(K)];
    mean[0] = a[0];
    for (int k = 1; k < K; ++k) {
      V const open = V(1) - end[k - 1];
      count = open * count + V(1);
      mean[k] = mean[k - 1] + (a[k] - mean[k - 1]) / count; // count 1: a new block
    }
    a[K - 1] = mean[K - 1];
    for (int k = K - 2; k >= 0; --k) {
      a[k] = math::select(end[k] > V(0), mean[k], a[k + 1]);
    }
  }
};

} // namespace rankwise::inline RANKWISE_ABI::head::repair

#endif
