#include "presets.hpp"

#include <rankwise/compat/metrics.hpp>
#include <rankwise/exec/scalar.hpp>

#include <cstddef>

namespace eval {
namespace {

namespace rw = rankwise;
namespace compat = rw::compat;
using compat::all;

// One executor and one number type: a metric is compiled once, and reading the files takes longer than any of them.
template <auto const& Metric>
double value_of(rw::io::joined const& rows, std::span<double> by_topic, rw::on_error errors) {
  return Metric(rw::exec::scalar{}, rows.scores(), rows.labels(), rows.lists(),
                {.judged = rows.judged(),
                 .retrieved = rows.retrieved(),
                 .ids = rows.ids(),
                 .per_list = by_topic,
                 .errors = errors});
}

#define AT(preset, metric, k)                                                                                          \
  { #preset, #metric, #k, value_of < compat::preset::metric < k>> }
#define WHOLE(preset, metric)                                                                                          \
  { #preset, #metric, "", value_of < compat::preset::metric < all>> }
constexpr preset_metric table[] = {AT(gdeval, ndcg, 10),
                                   AT(gdeval, ndcg, 20),
                                   AT(gdeval, err, 10),
                                   AT(gdeval, err, 20),
                                   AT(sklearn, ndcg, 5),
                                   AT(sklearn, ndcg, 10),
                                   AT(sklearn, ndcg, 20),
                                   WHOLE(sklearn, ndcg),
                                   AT(sklearn, dcg, 10),
                                   WHOLE(sklearn, dcg),
                                   AT(xgboost, ndcg, 5),
                                   AT(xgboost, ndcg, 10),
                                   AT(xgboost, ndcg, 20),
                                   WHOLE(xgboost, ndcg),
                                   AT(xgboost, ndcg_minus, 10),
                                   AT(xgboost, map, 10),
                                   WHOLE(xgboost, map),
                                   AT(xgboost, pre, 10),
                                   AT(lightgbm, ndcg, 5),
                                   AT(lightgbm, ndcg, 10),
                                   AT(lightgbm, ndcg, 20),
                                   WHOLE(lightgbm, ndcg),
                                   AT(lightgbm, map, 10),
                                   AT(catboost, ndcg, 10),
                                   WHOLE(catboost, ndcg),
                                   WHOLE(catboost, mrr),
                                   AT(catboost, map, 10),
                                   AT(rax, ndcg, 10),
                                   WHOLE(rax, ndcg),
                                   AT(rax, mrr, 10),
                                   WHOLE(rax, ap),
                                   AT(rax, recall, 10),
                                   AT(tf_ranking, ndcg, 10),
                                   WHOLE(tf_ranking, ndcg),
                                   AT(tf_ranking, mrr, 10),
                                   WHOLE(tf_ranking, map),
                                   AT(tf_ranking, recall, 10),
                                   AT(ranx, ndcg, 10),
                                   WHOLE(ranx, ndcg),
                                   AT(ranx, ndcg_burges, 10),
                                   WHOLE(ranx, map),
                                   AT(ranx, mrr, 10),
                                   AT(ranx, precision, 10),
                                   AT(torchmetrics, ndcg, 10),
                                   WHOLE(torchmetrics, ndcg),
                                   WHOLE(torchmetrics, map),
                                   AT(torchmetrics, precision, 10)};
#undef AT
#undef WHOLE

} // namespace

std::span<preset_metric const> preset_metrics() {
  return table;
}

preset_metric const* find_preset(std::string_view name) {
  for (preset_metric const& m : table) {
    if (m.name() == name) {
      return &m;
    }
  }
  return nullptr;
}

} // namespace eval
