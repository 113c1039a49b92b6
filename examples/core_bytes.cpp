// States as bytes: what workers send each other.
#include <rankwise/rankwise.hpp>

#include "claim.hpp"

#include <cstdint>
#include <vector>

namespace rw = rankwise;

namespace {

//{ parts
class clicks_by_position {
public:
  explicit clicks_by_position(std::size_t positions) : clicks_(positions) {}

  void add(std::size_t position) { ++clicks_[position]; }
  void merge(clicks_by_position const& other) {
    for (std::size_t k = 0; k < clicks_.size(); ++k) {
      clicks_[k] += other.clicks_[k];
    }
  }
  std::uint64_t clicks(std::size_t position) const { return clicks_[position]; }

  template <class Self, class Bytes>
  static void parts(Self& self, Bytes& bytes) {
    std::size_t const positions = self.clicks_.size();
    bytes.kind("clicks_by_position");
    bytes.same(positions);
    bytes(self.clicks_);
    bytes.require(self.clicks_.size() == positions);
  }

private:
  std::vector<std::uint64_t> clicks_;
};
//} parts

} // namespace

int main() {
  //{ bytes
  rw::label::label_mix here(3), there(3);
  here.add(std::vector<int>{0, 1, 1});
  there.add(std::vector<int>{2, 2, 0});

  std::vector<unsigned char> const sent = rw::to_bytes(there);
  rw::merge_bytes(sent, here); // 2 of each grade

  rw::label::agreement matrix(3);
  rw::status s;
  bool const read = rw::from_bytes(sent, matrix, s); // false, errc::bad_format: of another kind
  //} bytes
  claim(here.weight(0) == 2 && here.weight(1) == 2 && here.weight(2) == 2, "two of each grade");
  claim(!read && s.code == rw::errc::bad_format, "a state of another kind is refused");

  //{ weight_sums
  rw::stat::weight_sums sums(2);
  sums.add(0, 1);
  sums.add(1, 0.1);
  sums.add(1, 0.2);
  double const second = sums.value(1); // 0.1 + 0.2, rounded once
  //} weight_sums
  claim(second == 0.30000000000000004, "the sum of the doubles nearest to 0.1 and 0.2");

  clicks_by_position a(3), b(3);
  a.add(1);
  b.add(1);
  rw::merge_bytes(rw::to_bytes(b), a);
  claim(a.clicks(1) == 2, "own state merged");
  clicks_by_position other(4);
  rw::status fault;
  claim(!rw::from_bytes(rw::to_bytes(b), other, fault) && fault.code == rw::errc::bad_format,
        "own state of another size refused");
  return broken_claims;
}
