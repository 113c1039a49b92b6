// What a team that uses the library writes; the same file through every way to get the package.
#include <rankwise/core/arch.hpp>

#include <cstdio>

int main() {
  std::printf("rankwise %d.%d, extensions %lx\n", RANKWISE_VERSION_MAJOR, RANKWISE_VERSION_MINOR,
              rankwise::arch::native::extensions);
  return rankwise::arch::native::extensions != 0 ? 0 : 1;
}
