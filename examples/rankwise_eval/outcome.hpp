#ifndef RANKWISE_EXAMPLES_RANKWISE_EVAL_OUTCOME_HPP
#define RANKWISE_EXAMPLES_RANKWISE_EVAL_OUTCOME_HPP

#include <string>
#include <vector>

/// What the evaluation of a run comes to, whoever measured and however it is printed.
namespace eval {

/// How a value is written, and whether runs can be compared by it.
enum class kind { real, count, text };

struct measure {
  std::string name;
  kind form = kind::real;
  bool by_topic = true;           ///< it has a value for every topic
  bool in_total = true;           ///< it has one over all
  bool may_lack = false;          ///< NaN says that a topic has no value: gdeval's without a relevant document
  bool standardised = false;      ///< values are deviations, and the name begins with Z
  std::vector<double> values;     ///< by topic
  std::vector<std::string> texts; ///< by topic, where form is text
  double total = 0;
  std::string total_text;
};

struct outcome {
  std::string file;
  std::string tag;
  std::string label;    ///< the tag, or the file where runs share it
  bool in_pool = false; ///< a document of the run is among the judgments
  std::vector<std::string> topics;
  std::vector<measure> measures;
};

/// What of the outcomes is printed, and how.
struct layout {
  bool by_topic = false;
  bool total = true;
  int digits = 4; ///< behind the point, in the forms trec and table
};

} // namespace eval

#endif
