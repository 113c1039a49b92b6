#include "device.hpp"

#include "../thrust/parity_items.hpp"

int main() {
  return device::main([](auto executor) {
    namespace head = rankwise::head;
    parity::check_head<float>("binary", executor, head::binary<"click">{}, 2, device::tell);
    parity::check_head<double>("ordinal", executor, head::ordinal<"relevance", 4>{}, 4, device::tell);
    parity::check_rankers<float>(executor, device::tell);
  });
}
