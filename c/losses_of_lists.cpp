#include "catalogue.hpp"

#include <rankwise/loss/approx.hpp>
#include <rankwise/loss/list_mle.hpp>
#include <rankwise/loss/pointwise.hpp>
#include <rankwise/loss/softmax.hpp>
#include <rankwise/metric/ndcg.hpp>

namespace rankwise_c {

namespace {

template <class Loss, class Isa>
std::unique_ptr<rankwise_loss> with_temperature(parameters& p) {
  auto made = std::make_unique<loss_of<Loss, Isa>>();
  p.read("temperature", made->loss.temperature);
  return made;
}

} // namespace

template <class Isa>
std::span<loss_entry const> losses_of_lists::operator()(Isa) const {
  namespace loss = rankwise::loss;
  static constexpr loss_entry all[] = {
      {"softmax{temperature}", with_temperature<loss::softmax, Isa>},
      {"list_mle", make_loss<loss::list_mle, Isa>},
      {"approx<ndcg>{temperature}", with_temperature<loss::approx<rankwise::metric::ndcg<>>, Isa>},
      {"mse", make_loss<loss::mse, Isa>},
      {"bce", make_loss<loss::bce, Isa>},
  };
  return all;
}

template std::span<loss_entry const> losses_of_lists::operator()(rankwise::arch::native) const;

} // namespace rankwise_c
