#include "device.hpp"

#include "../thrust/parity_labels.hpp"

int main() {
  return device::main([](auto executor) {
    parity::check_labels<float>(executor, device::tell);
    parity::check_labels<double>(executor, device::tell);
  });
}
