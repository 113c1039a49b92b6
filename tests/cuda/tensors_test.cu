// Device memory of any origin: DLPack tensors, raw pointers with a size, device vectors that choose the executor.
#include "device.hpp"

#include <rankwise/backend/dlpack.hpp>
#include <rankwise/exec/apply.hpp>
#include <rankwise/label/polarise.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>

namespace rw = rankwise;

namespace {

// The members of dlpack.h's DLTensor.
struct tensor {
  void* data;
  struct {
    int device_type, device_id;
  } device;
  int ndim;
  struct {
    std::uint8_t code, bits;
    std::uint16_t lanes;
  } dtype;
  std::int64_t* shape;
  std::int64_t* strides;
  std::uint64_t byte_offset;
};

constexpr int cuda = 2;

device::add_family const tensors("tensors", [](void* stream) {
  auto const executor = device::on(stream);
  std::vector<float> const scores{0.1f, 0.7f, 0.3f, 0.9f, 0.2f, 0.4f};
  std::vector<std::int64_t> const labels{0, 1, 2, 0, 1, 3};
  std::vector<int> const offsets{0, 2, 6};
  rw::lists const lists(offsets);
  std::vector<float> expected(6);
  double const loss = rw::loss::softmax{}.gradient(rw::exec::scalar{}, scores, labels, lists, expected);

  // One number before the first, so that the offset in bytes counts.
  thrust::device_vector<float> there(7), gradient(6);
  thrust::copy(scores.begin(), scores.end(), there.begin() + 1);
  thrust::device_vector<std::int64_t> const graded(labels.begin(), labels.end());
  std::int64_t six = 6;
  tensor const t{there.data().get(), {cuda, 0}, 1, {2, 32, 1}, &six, nullptr, 4};
  tensor const y{const_cast<std::int64_t*>(graded.data().get()), {cuda, 0}, 1, {0, 64, 1}, &six, nullptr, 0};
  tensor const g{gradient.data().get(), {cuda, 0}, 1, {2, 32, 1}, &six, nullptr, 0};
  auto const from_t = rw::from_dlpack<float const, rw::memory::device>(t);
  auto const from_y = rw::from_dlpack<std::int64_t const, rw::memory::device>(y);
  auto const from_g = rw::from_dlpack<float, rw::memory::device>(g);
  double const found = rw::loss::softmax{}.gradient(executor, from_t, from_y, lists, from_g);
  device::check(device::agrees(found, loss, 1e-6), "DLPack: value");
  device::check(device::agrees(device::fetched(gradient), expected, 1e-6), "DLPack: gradient");

  rw::status status;
  tensor host = t;
  host.device.device_type = 1;
  device::check(rw::from_dlpack<float, rw::memory::device>(host, status).size() == 0 &&
                    status.code == rw::errc::wrong_memory,
                "DLPack: a tensor of the host is refused");

  // Every second number.
  std::int64_t three = 3, two = 2;
  tensor const every_second{there.data().get(), {cuda, 0}, 1, {2, 32, 1}, &three, &two, 4};
  thrust::device_vector<float> polarised(3);
  rw::apply(executor, rw::label::polarise{}, rw::strided_from_dlpack<float const, rw::memory::device>(every_second),
            polarised);
  std::vector<float> const strided{0.1f, 0.3f, 0.2f};
  std::vector<float> same(3);
  rw::apply(rw::exec::scalar{}, rw::label::polarise{}, strided, same);
  device::check(device::agrees(device::fetched(polarised), same, 1e-6), "DLPack: a stride");

  // Views of one type: every other one is a kernel more for the compiler.
  using scores_type = std::remove_const_t<decltype(from_t)>;
  float const* const first = thrust::raw_pointer_cast(there.data()) + 1;
  scores_type const raw = rw::device_column(first, 6);
  scores_type const wrapped = rw::device_column(thrust::device_ptr<float const>(first), 6);
  device::check(raw.first == from_t.first && wrapped.first == from_t.first && wrapped.size() == 6,
                "raw pointers and thrust::device_ptr");
  thrust::fill(gradient.begin(), gradient.end(), 9.0f);
  device::check(device::agrees(rw::loss::softmax{}.gradient(raw, from_y, lists, from_g), loss, 1e-6) &&
                    device::agrees(device::fetched(gradient), expected, 1e-6),
                "the container chooses the executor");
  double const there_ndcg = rw::metric::ndcg<3>{}(executor, raw, from_y, lists);
  double const here_ndcg = rw::metric::ndcg<3>{}(rw::exec::scalar{}, scores, labels, lists);
  device::check(device::agrees(there_ndcg, here_ndcg, 1e-6), "NDCG of raw pointers");

  // What does not fit is reported, and nothing is written.
  thrust::device_vector<float> few(5, 7.0f);
  auto const too_short = rw::device_column(few.data(), few.size());
  device::check(std::isnan(rw::loss::softmax{}.gradient(executor, raw, from_y, lists, too_short, {.errors = status})) &&
                    status.code == rw::errc::size_mismatch,
                "an output that is too short is refused");
  device::check(std::isnan(rw::loss::softmax{}.gradient(executor, raw, from_y, lists, from_g,
                                                        {.item_weights = scores, .errors = status})) &&
                    status.code == rw::errc::wrong_memory,
                "weights of the host are refused");
  device::check(device::fetched(few) == std::vector<float>(5, 7.0f) &&
                    device::agrees(device::fetched(gradient), expected, 1e-6),
                "nothing was written");

  std::vector<int> const nothing{0, 0, 0, 0};
  std::remove_const_t<decltype(from_y)> const no_labels{};
  device::check(rw::loss::softmax{}.gradient(executor, scores_type{}, no_labels, rw::lists(nothing),
                                             rw::column<float, rw::memory::device>{}) == 0,
                "empty lists");
  device::check(rw::metric::ndcg<3>{}(executor, scores_type{}, no_labels, rw::lists<int>{}) == 0, "no lists");
});

} // namespace
