// Host columns in a unit of nvcc's: the umbrella and loops over registers compile, without a warning.
#include <rankwise/rankwise.hpp>

#include <vector>

namespace rw = rankwise;

double host_columns(std::vector<float> const& scores, std::vector<float> const& labels, rw::lists<> lists,
                    std::vector<float>& gradient, std::vector<int>& grades) {
  rw::apply(rw::label::polarise{} | rw::label::cut<3>{0.35, 0.65}, labels, grades);
  return rw::loss::softmax{}.gradient(scores, grades, lists, gradient) +
         rw::metric::ndcg<10>{}(rw::exec::scalar{}, scores, grades, lists);
}
