#include "device.hpp"

#include <rankwise/label/cut.hpp>
#include <rankwise/label/polarise.hpp>

namespace label = rankwise::label;

template <class T, class Executor>
void compare(Executor executor) {
  parity::check_items<T>("polarise", executor, label::polarise{}, 4, device::tell);
  parity::check_items<T>("polarise_normalised", executor, label::polarise_normalised{}, 4, device::tell);
  parity::check_items<T>("polarise and cut", executor, label::polarise{} | label::cut<3>{0.35, 0.65}, 0, device::tell);
}

int main() {
  return device::main([](auto executor) {
    compare<float>(executor);
    compare<double>(executor);
  });
}
