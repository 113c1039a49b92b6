// What other libraries decide where equal names mean different things. docs/compat.md shows what this program prints.
#include "claim.hpp"

#include <rankwise/compat/metrics.hpp>
#include <rankwise/metric/evaluate.hpp>

#include <cstdio>
#include <type_traits>
#include <vector>

namespace rw = rankwise;
namespace compat = rankwise::compat;

namespace {

template <class Piece>
char const* word() {
  if constexpr (std::is_void_v<Piece>) {
    return "-";
  } else {
    return Piece::text;
  }
}

template <class M>
auto gain_of() {
  if constexpr (requires { typename M::gain; }) {
    return std::type_identity<typename M::gain>{};
  } else {
    return std::type_identity<void>{};
  }
}
template <class M>
auto denominator_of() {
  if constexpr (requires { typename M::denominator; }) {
    return std::type_identity<typename M::denominator>{};
  } else {
    return std::type_identity<void>{};
  }
}

template <class M>
void row(char const* library, char const* name, M const& metric) {
  char relevant[16] = "-";
  if constexpr (requires { metric.threshold; }) {
    char const* const what = metric.threshold == 1 ? ">= 1" : metric.threshold > 0.4 ? "> 0.5" : "> 0";
    std::snprintf(relevant, sizeof relevant, "%s", what);
  }
  std::printf("%-13s %-19s %-11s %-16s %-5s %-11s %s\n", library, name, word<typename decltype(gain_of<M>())::type>(),
              M::ties::text, M::empty::text, word<typename decltype(denominator_of<M>())::type>(), relevant);
}

void matrix() {
  std::printf("%-13s %-19s %-11s %-16s %-5s %-11s %s\n", "library", "metric", "gain", "ties", "empty", "denominator",
              "relevant");
  row("trec_eval", "ndcg", compat::trec_eval::ndcg<>);
  row("trec_eval", "map", compat::trec_eval::map<>);
  row("trec_eval", "recip_rank", compat::trec_eval::recip_rank<>);
  row("trec_eval", "precision", compat::trec_eval::precision<>);
  row("trec_eval", "recall", compat::trec_eval::recall<>);
  row("trec_eval", "success", compat::trec_eval::success<>);
  row("trec_eval", "r_precision", compat::trec_eval::r_precision);
  row("trec_eval", "bpref", compat::trec_eval::bpref);
  row("trec_eval", "inf_ap", compat::trec_eval::inf_ap);
  row("gdeval", "ndcg", compat::gdeval::ndcg<>);
  row("gdeval", "err", compat::gdeval::err<>);
  row("sklearn", "ndcg", compat::sklearn::ndcg<>);
  row("sklearn", "dcg", compat::sklearn::dcg<>);
  row("sklearn", "ndcg_ignoring_ties", compat::sklearn::ndcg_ignoring_ties<>);
  row("sklearn", "roc_auc", compat::sklearn::roc_auc);
  row("xgboost", "ndcg", compat::xgboost::ndcg<>);
  row("xgboost", "ndcg_minus", compat::xgboost::ndcg_minus<>);
  row("xgboost", "map", compat::xgboost::map<>);
  row("xgboost", "map_minus", compat::xgboost::map_minus<>);
  row("xgboost", "pre", compat::xgboost::pre<>);
  row("lightgbm", "ndcg", compat::lightgbm::ndcg<>);
  row("lightgbm", "map", compat::lightgbm::map<>);
  row("catboost", "ndcg", compat::catboost::ndcg<>);
  row("catboost", "ndcg_exp", compat::catboost::ndcg_exp<>);
  row("catboost", "ndcg_old", compat::catboost::ndcg_old<>);
  row("catboost", "dcg", compat::catboost::dcg<>);
  row("catboost", "mrr", compat::catboost::mrr<>);
  row("catboost", "err", compat::catboost::err<>);
  row("catboost", "map", compat::catboost::map<>);
  row("catboost", "precision", compat::catboost::precision<>);
  row("catboost", "recall", compat::catboost::recall<>);
  row("rax", "ndcg", compat::rax::ndcg<>);
  row("rax", "dcg", compat::rax::dcg<>);
  row("rax", "ap", compat::rax::ap<>);
  row("rax", "mrr", compat::rax::mrr<>);
  row("rax", "precision", compat::rax::precision<>);
  row("rax", "recall", compat::rax::recall<>);
  row("tf_ranking", "ndcg", compat::tf_ranking::ndcg<>);
  row("tf_ranking", "dcg", compat::tf_ranking::dcg<>);
  row("tf_ranking", "map", compat::tf_ranking::map<>);
  row("tf_ranking", "mrr", compat::tf_ranking::mrr<>);
  row("tf_ranking", "precision", compat::tf_ranking::precision<>);
  row("tf_ranking", "recall", compat::tf_ranking::recall<>);
  row("tf_ranking", "hits", compat::tf_ranking::hits<>);
  row("tf_ranking", "arp", compat::tf_ranking::arp);
  row("tf_ranking", "opa", compat::tf_ranking::opa);
  row("ranx", "ndcg", compat::ranx::ndcg<>);
  row("ranx", "ndcg_burges", compat::ranx::ndcg_burges<>);
  row("ranx", "dcg", compat::ranx::dcg<>);
  row("ranx", "dcg_burges", compat::ranx::dcg_burges<>);
  row("ranx", "map", compat::ranx::map<>);
  row("ranx", "mrr", compat::ranx::mrr<>);
  row("ranx", "precision", compat::ranx::precision<>);
  row("ranx", "recall", compat::ranx::recall<>);
  row("ranx", "hit_rate", compat::ranx::hit_rate<>);
  row("ranx", "r_precision", compat::ranx::r_precision);
  row("ranx", "bpref", compat::ranx::bpref);
  row("ranx", "rbp", compat::ranx::rbp);
  row("torchmetrics", "ndcg", compat::torchmetrics::ndcg<>);
  row("torchmetrics", "map", compat::torchmetrics::map<>);
  row("torchmetrics", "mrr", compat::torchmetrics::mrr<>);
  row("torchmetrics", "precision", compat::torchmetrics::precision<>);
  row("torchmetrics", "recall", compat::torchmetrics::recall<>);
  row("torchmetrics", "hit_rate", compat::torchmetrics::hit_rate<>);
  row("torchmetrics", "r_precision", compat::torchmetrics::r_precision);
}

void use() {
  //{ use
  std::vector<float> const scores{1, 1, 0.5f}; // a tie
  std::vector<int> const labels{0, 2, 1};
  auto const lists = rw::lists<int>::single(3);
  double const theirs = rw::compat::xgboost::ndcg<2>(scores, labels, lists); // 2^y - 1, the first of equals first
  double const others = rw::compat::sklearn::ndcg<2>(scores, labels, lists); // y, the mean over ties
  double const tool = rw::compat::trec_eval::ndcg<2>(scores, labels, lists, {.ids = std::vector{7, 8, 9}}); // y, by id
  //} use
  double const d = 0.63092975357145743; // 1 / log2(3)
  claim(near(theirs, 3 * d / (3 + d)) && near(others, (1 + d) / (2 + d)) && near(tool, 2 / (2 + d)), "three NDCG@2");
}

} // namespace

int main() {
  matrix();
  use();
  return broken_claims;
}
