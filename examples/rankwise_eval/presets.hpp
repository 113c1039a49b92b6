#ifndef RANKWISE_EXAMPLES_RANKWISE_EVAL_PRESETS_HPP
#define RANKWISE_EXAMPLES_RANKWISE_EVAL_PRESETS_HPP

#include <rankwise/core/error.hpp>
#include <rankwise/io/join.hpp>

#include <span>
#include <string>
#include <string_view>

/// Metrics with the conventions of other libraries, by name: "gdeval:ndcg@10".
namespace eval {

struct preset_metric {
  char const* preset;
  char const* metric;
  char const* cutoff; ///< "10", or "" for none
  double (*value)(rankwise::io::joined const& rows, std::span<double> by_topic, rankwise::on_error errors);

  std::string name() const { return std::string(preset) + ':' + metric + (*cutoff == '\0' ? "" : "@") + cutoff; }
};

std::span<preset_metric const> preset_metrics();

/// The metric of this name, or null.
preset_metric const* find_preset(std::string_view name);

} // namespace eval

#endif
