#include "device.hpp"

#include <rankwise/loss/softmax.hpp>

int main() {
  return device::main([](auto executor) {
    rankwise::loss::softmax const softmax{.temperature = 1.5};
    parity::check_lists<float>("softmax", executor, softmax, device::tell);
    parity::check_lists<double>("softmax", executor, softmax, device::tell);
    parity::check_threads(executor, softmax, device::tell);
  });
}
