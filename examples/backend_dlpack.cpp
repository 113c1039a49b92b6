// Tensors in the DLPack exchange format.
#include "claim.hpp"

#include <rankwise/backend/dlpack.hpp>
#include <rankwise/rankwise.hpp>

#include <cstdint>
#include <vector>

namespace rw = rankwise;

namespace {

// The members of dlpack.h's DLTensor, as a program without that header may have them.
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

} // namespace

int main() {
  std::vector<float> numbers{3, 1, 2};
  std::vector<std::int64_t> grades{2, 0, 1};
  std::int64_t shape[] = {3};
  tensor const scores{numbers.data(), {1, 0}, 1, {2, 32, 1}, shape, nullptr, 0};
  tensor const labels{grades.data(), {1, 0}, 1, {0, 64, 1}, shape, nullptr, 0};
  //{ dlpack
  auto const s = rw::from_dlpack<float const>(scores); // a view: the tensor must outlive the call
  auto const y = rw::from_dlpack<std::int64_t const>(labels);
  double const ndcg = rw::metric::ndcg<3>{}(s, y, rw::lists<>::single(3));

  rw::status wrong; // another type, another device, other strides: an error, and an empty view
  auto const none = rw::from_dlpack<double const>(scores, wrong);
  //} dlpack
  claim(near(ndcg, 1), "the order is ideal");
  claim(wrong.code == rw::errc::wrong_shape && none.size() == 0, "float is not double");
  return broken_claims;
}
