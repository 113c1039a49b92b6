#include <rankwise/backend/dlpack.hpp>

#include "unit/backend/sample.hpp"

#include <string>

namespace rw = rankwise;

// The structures of dlpack.h, members and order as there.
namespace dl {

struct device {
  int device_type;
  std::int32_t device_id;
};
struct data_type {
  std::uint8_t code;
  std::uint8_t bits;
  std::uint16_t lanes;
};
struct tensor {
  void* data;
  dl::device device;
  std::int32_t ndim;
  data_type dtype;
  std::int64_t* shape;
  std::int64_t* strides;
  std::uint64_t byte_offset;
};
struct managed {
  tensor dl_tensor;
  void* manager_ctx;
  void (*deleter)(managed*);
};
struct versioned {
  struct {
    std::uint32_t major, minor;
  } version;
  void* manager_ctx;
  void (*deleter)(versioned*);
  std::uint64_t flags;
  tensor dl_tensor;
};

constexpr data_type f32{2, 32, 1}, f64{2, 64, 1}, i64{0, 64, 1}, u8{1, 8, 1}, boolean{6, 8, 1}, bf16{4, 16, 1};

} // namespace dl

TEST_CASE("DLPack tensors are columns") {
  sample const expected;
  std::vector<float> numbers = expected.scores;
  std::int64_t shape[] = {sample::items};
  dl::tensor const tensor{numbers.data(), {1, 0}, 1, dl::f32, shape, nullptr, 0};
  auto const scores = rw::from_dlpack<float const>(tensor);
  std::vector<float> out(sample::items);
  expected.check(scores, expected.labels, out);

  std::vector<std::int64_t> grades(2 * sample::items + 1);
  std::int64_t strides[] = {2};
  dl::managed const managed{{grades.data(), {3, 0}, 1, dl::i64, shape, strides, 8}, nullptr, nullptr};
  auto const labels = rw::strided_from_dlpack<std::int64_t>(managed);
  CHECK(labels.first == grades.data() + 1);
  for (std::size_t i = 0; i < sample::items; ++i) {
    labels[i] = static_cast<std::int64_t>(expected.labels[i]);
  }
  expected.check(scores, labels, out);
}

TEST_CASE("DLPack tensors of two dimensions are matrices") {
  float numbers[] = {0, 1, 2, 3, 4, 5};
  std::int64_t shape[] = {2, 3};
  std::int64_t transposed[] = {1, 2};
  dl::tensor const compact{numbers, {1, 0}, 2, dl::f32, shape, nullptr, 0};
  dl::tensor const across{numbers, {1, 0}, 2, dl::f32, shape, transposed, 0};
  //{ matrices
  CHECK(rw::matrix_from_dlpack<float>(compact)(1, 2) == 5);
  CHECK(rw::matrix_from_dlpack<float const, rw::layout::column_major>(across)(1, 2) == 5);
  CHECK(rw::matrix_from_dlpack<float const, rw::layout::strided>(across)(0, 2) == 4);
  //} matrices
  CHECK_THROWS_AS(rw::matrix_from_dlpack<float>(across), rw::error);
}

TEST_CASE("what a DLPack tensor must be") {
  float numbers[8] = {};
  std::int64_t shape[] = {3, 2};
  std::int64_t strides[] = {2, 1};
  dl::tensor const good{numbers, {1, 0}, 1, dl::f32, shape, nullptr, 0};
  struct fault {
    char const* name;
    dl::tensor tensor;
    rw::errc code;
  };
  std::int64_t negative[] = {-1};
  fault const faults[] = {
      {"device memory", {numbers, {2, 0}, 1, dl::f32, shape, nullptr, 0}, rw::errc::wrong_memory},
      {"two dimensions", {numbers, {1, 0}, 2, dl::f32, shape, nullptr, 0}, rw::errc::wrong_shape},
      {"double", {numbers, {1, 0}, 1, dl::f64, shape, nullptr, 0}, rw::errc::wrong_shape},
      {"bfloat16", {numbers, {1, 0}, 1, dl::bf16, shape, nullptr, 0}, rw::errc::wrong_shape},
      {"an integer of 32 bits", {numbers, {1, 0}, 1, {0, 32, 1}, shape, nullptr, 0}, rw::errc::wrong_shape},
      {"vectors of four", {numbers, {1, 0}, 1, {2, 32, 4}, shape, nullptr, 0}, rw::errc::wrong_shape},
      {"a stride", {numbers, {1, 0}, 1, dl::f32, shape, strides, 0}, rw::errc::wrong_shape},
      {"a negative extent", {numbers, {1, 0}, 1, dl::f32, negative, nullptr, 0}, rw::errc::wrong_shape},
      {"no data", {nullptr, {1, 0}, 1, dl::f32, shape, nullptr, 0}, rw::errc::wrong_shape},
      {"no data, but an offset", {nullptr, {1, 0}, 1, dl::f32, shape, nullptr, 4}, rw::errc::wrong_shape},
      {"an odd address", {numbers, {1, 0}, 1, dl::f32, shape, nullptr, 1}, rw::errc::wrong_shape},
  };
  for (fault const& f : faults) {
    INFO(std::string(f.name));
    rw::status status;
    auto const column = rw::from_dlpack<float>(f.tensor, status);
    CHECK(status.code == f.code);
    CHECK(column.size() == 0);
    CHECK(column.first == nullptr);
  }
  rw::status status{rw::errc::wrong_shape};
  CHECK(rw::from_dlpack<float>(good, status).size() == 3);
  CHECK(status.ok());
}

TEST_CASE("device memory, bool, read-only and other versions of DLPack") {
  std::uint8_t flags[4] = {1, 0, 1, 1};
  std::int64_t shape[] = {4};
  dl::tensor tensor{flags, {1, 0}, 1, dl::boolean, shape, nullptr, 0};
  CHECK(rw::from_dlpack<bool const>(tensor)[2]);
  CHECK(rw::from_dlpack<std::uint8_t>(tensor)[1] == 0);
  tensor.dtype = dl::u8;
  CHECK(rw::from_dlpack<std::uint8_t>(tensor)[1] == 0);
  CHECK_THROWS_AS(rw::from_dlpack<bool>(tensor), rw::error);

  tensor.device.device_type = 2;
  auto const there = rw::from_dlpack<std::uint8_t, rw::memory::device>(tensor);
  static_assert(decltype(there)::where == rw::memory::device);
  CHECK(there.size() == 4);

  tensor.device.device_type = 1;
  dl::versioned versioned{{1, 0}, nullptr, nullptr, 1, tensor};
  CHECK(rw::from_dlpack<std::uint8_t const>(versioned).size() == 4);
  CHECK_THROWS_AS(rw::from_dlpack<std::uint8_t>(versioned), rw::error);
  versioned.version.major = 2;
  CHECK_THROWS_AS(rw::from_dlpack<std::uint8_t const>(versioned), rw::error);

  std::int64_t none[] = {0};
  CHECK(rw::from_dlpack<float>(dl::tensor{nullptr, {1, 0}, 1, dl::f32, none, nullptr, 0}).size() == 0);
}
