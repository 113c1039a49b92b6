// expect: \[rankwise\] an output must be writable: this column has const elements
// control
#include <rankwise/loss/softmax.hpp>

#include <vector>

#if defined(RANKWISE_REJECT_CONTROL)
using output = std::vector<double>;
#else
using output = std::vector<double> const;
#endif

double use(std::vector<double> const& s, std::vector<double> const& y, std::vector<int> const& o, output& gradient) {
  return rankwise::loss::softmax{}.gradient(s, y, rankwise::lists(o), gradient);
}
