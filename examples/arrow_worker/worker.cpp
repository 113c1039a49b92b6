// What a worker of Spark, Ray or another engine loads: batches come in through the Arrow C data interface, states go
// out as bytes. The rest of the job needs nothing of C++: see worker.py.
#include <rankwise/backend/arrow.hpp>
#include <rankwise/rankwise.hpp>

#include <cstdlib>
#include <cstring>
#include <new>
#include <span>
#include <string>

namespace rw = rankwise;

namespace {

//{ evaluate
constexpr auto measures = rw::metrics(rw::metric::ndcg<10>{}, rw::metric::mrr<10>{});

// A row is a query: its products, list<struct<score: float, grade: any number, ...>>, and how much it counts.
rw::evaluation evaluate(rw::arrow::data const& batch) {
  auto const products = batch["products"].lists();
  auto const score = products.items["score"].numbers<float>(); // where Arrow has it
  auto const grade = products.items["grade"].values();         // as double; NaN where nobody judged
  auto const judged = products.mask_of(products.items["grade"]);
  auto const weight = batch["weight"].numbers<double>();
  return rw::evaluate(measures, score, grade, products.lists, {.list_weights = weight, .mask = judged});
}
//} evaluate

struct message {
  char text[400] = "";
};
message& last_message() {
  static thread_local message m;
  return m;
}

// No exception may leave a C function.
template <class F>
int guarded(F f) {
  try {
    f();
    return 0;
  } catch (std::exception const& e) {
    std::strncpy(last_message().text, e.what(), sizeof last_message().text - 1);
    return 1;
  }
}

struct buffer {
  unsigned char* bytes;
  std::size_t size;
};

template <class C>
buffer copy_of(C const& c) {
  buffer b{static_cast<unsigned char*>(std::malloc(c.size() + 1)), c.size()};
  if (b.bytes == nullptr) {
    throw std::bad_alloc();
  }
  std::memcpy(b.bytes, c.data(), c.size());
  return b;
}

} // namespace

#if defined(_WIN32)
#define WORKER_API extern "C" __declspec(dllexport)
#else
#define WORKER_API extern "C" __attribute__((visibility("default")))
#endif

WORKER_API char const* worker_message() {
  return last_message().text;
}
WORKER_API void worker_free(unsigned char* bytes) {
  std::free(bytes);
}

//{ worker
// At a worker: a batch to the bytes of its evaluation.
WORKER_API int worker_evaluate(ArrowSchema* schema, ArrowArray* array, buffer* out) {
  return guarded([&] { *out = copy_of(rw::to_bytes(evaluate(rw::arrow::data(schema, array)))); });
}
// At the driver, or in a tree of reductions: two states to one. The order does not show in the means.
WORKER_API int worker_merge(buffer const* a, buffer const* b, buffer* out) {
  return guarded([&] {
    rw::evaluation whole;
    rw::from_bytes(std::span(a->bytes, a->size), whole);
    rw::merge_bytes(std::span(b->bytes, b->size), whole);
    *out = copy_of(rw::to_bytes(whole));
  });
}
WORKER_API int worker_report(buffer const* state, buffer* out) {
  return guarded([&] {
    rw::evaluation whole;
    rw::from_bytes(std::span(state->bytes, state->size), whole);
    *out = copy_of(whole.to_tsv());
  });
}
//} worker
