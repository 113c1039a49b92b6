#include "catalogue.hpp"

#include <rankwise/loss/lambda.hpp>
#include <rankwise/loss/pairwise.hpp>
#include <rankwise/metric/map.hpp>
#include <rankwise/metric/mrr.hpp>
#include <rankwise/metric/ndcg.hpp>

namespace rankwise_c {

template <class Isa>
std::span<loss_entry const> losses_of_pairs::operator()(Isa) const {
  namespace loss = rankwise::loss;
  namespace metric = rankwise::metric;
  static constexpr loss_entry all[] = {
      {"ranknet", make_loss<loss::ranknet, Isa>},
      {"hinge", make_loss<loss::pairwise<rankwise::pair::hinge>, Isa>},
      {"lambda<ndcg>", make_loss<loss::lambda<metric::ndcg<>>, Isa>},
      {"lambda<ndcg<5>>", make_loss<loss::lambda<metric::ndcg<5>>, Isa>},
      {"lambda<ndcg<10>>", make_loss<loss::lambda<metric::ndcg<10>>, Isa>},
      {"lambda<map>", make_loss<loss::lambda<metric::map<>>, Isa>},
      {"lambda<mrr>", make_loss<loss::lambda<metric::mrr<>>, Isa>},
  };
  return all;
}

template std::span<loss_entry const> losses_of_pairs::operator()(rankwise::arch::native) const;

} // namespace rankwise_c
