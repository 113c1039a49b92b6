#include "presets.hpp"

#include <rankwise/compat/metrics.hpp>
#include <rankwise/exec/scalar.hpp>

#include <cstddef>

namespace eval {
namespace {

namespace rw = rankwise;
namespace compat = rw::compat;

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

// With a cutoff; under the library's name alone, whose cutoff is the library's own; and what has none.
#define AT(preset, metric, k)                                                                                          \
  { #preset, #metric, #k, value_of < compat::preset::metric < k>> }
#define NAMED(preset, metric)                                                                                          \
  { #preset, #metric, "", value_of < compat::preset::metric < >> }
#define ALONE(preset, metric)                                                                                          \
  { #preset, #metric, "", value_of < compat::preset::metric> }
#define TWO(preset, metric) AT(preset, metric, 10), NAMED(preset, metric)
#define FOUR(preset, metric)                                                                                           \
  AT(preset, metric, 5), AT(preset, metric, 10), AT(preset, metric, 20), NAMED(preset, metric)
constexpr preset_metric table[] = {FOUR(gdeval, ndcg),
                                   FOUR(gdeval, err),
                                   FOUR(sklearn, ndcg),
                                   TWO(sklearn, ndcg_ignoring_ties),
                                   TWO(sklearn, dcg),
                                   ALONE(sklearn, roc_auc),
                                   FOUR(xgboost, ndcg),
                                   TWO(xgboost, ndcg_minus),
                                   TWO(xgboost, map),
                                   TWO(xgboost, map_minus),
                                   AT(xgboost, pre, 5),
                                   AT(xgboost, pre, 10),
                                   FOUR(lightgbm, ndcg),
                                   TWO(lightgbm, map),
                                   TWO(catboost, ndcg),
                                   TWO(catboost, ndcg_exp),
                                   TWO(catboost, ndcg_old),
                                   TWO(catboost, dcg),
                                   NAMED(catboost, mrr),
                                   TWO(catboost, err),
                                   TWO(catboost, map),
                                   AT(catboost, precision, 10),
                                   AT(catboost, recall, 10),
                                   TWO(rax, ndcg),
                                   TWO(rax, dcg),
                                   TWO(rax, ap),
                                   TWO(rax, mrr),
                                   AT(rax, precision, 10),
                                   AT(rax, recall, 10),
                                   TWO(tf_ranking, ndcg),
                                   TWO(tf_ranking, dcg),
                                   TWO(tf_ranking, map),
                                   TWO(tf_ranking, mrr),
                                   AT(tf_ranking, precision, 10),
                                   AT(tf_ranking, recall, 10),
                                   AT(tf_ranking, hits, 10),
                                   ALONE(tf_ranking, arp),
                                   ALONE(tf_ranking, opa),
                                   TWO(ranx, ndcg),
                                   TWO(ranx, ndcg_burges),
                                   TWO(ranx, dcg),
                                   TWO(ranx, dcg_burges),
                                   TWO(ranx, map),
                                   TWO(ranx, mrr),
                                   AT(ranx, precision, 10),
                                   AT(ranx, recall, 10),
                                   AT(ranx, hit_rate, 10),
                                   ALONE(ranx, r_precision),
                                   ALONE(ranx, bpref),
                                   ALONE(ranx, rbp),
                                   TWO(torchmetrics, ndcg),
                                   TWO(torchmetrics, map),
                                   TWO(torchmetrics, mrr),
                                   AT(torchmetrics, precision, 10),
                                   AT(torchmetrics, recall, 10),
                                   AT(torchmetrics, hit_rate, 10),
                                   ALONE(torchmetrics, r_precision)};
#undef FOUR
#undef TWO
#undef ALONE
#undef NAMED
#undef AT

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
