/* A gradient and a metric from C. */
#include "rankwise_c.h"

#include <math.h>
#include <stdio.h>

int main(void) {
  //{ use
  float scores[] = {0.2f, 0.9f, 0.1f, 0.7f, 0.3f};
  int labels[] = {2, 0, 1, 0, 1};
  int64_t offsets[] = {0, 3, 5}; /* two queries with three and two products */
  float gradient[5];
  double value = 0, ndcg = 0;

  rankwise_problem problem = {.size = sizeof problem};
  problem.scores = (rankwise_column){scores, 5, 1, RANKWISE_TYPE_FLOAT};
  problem.labels = (rankwise_column){labels, 5, 1, RANKWISE_TYPE_INT32};
  problem.offsets = offsets;
  problem.lists = 2;
  rankwise_output to = {gradient, 5, 1, RANKWISE_TYPE_FLOAT};

  rankwise_loss *loss = NULL;
  rankwise_metric *metric = NULL;
  if (rankwise_loss_make("softmax{temperature=0.5}", &loss) != RANKWISE_CODE_OK ||
      rankwise_loss_gradient(loss, &problem, &to, NULL, &value) != RANKWISE_CODE_OK ||
      rankwise_metric_make("ndcg<10>", &metric) != RANKWISE_CODE_OK ||
      rankwise_metric_value(metric, &problem, &ndcg) != RANKWISE_CODE_OK) {
    fprintf(stderr, "%s\n", rankwise_last_error());
    return 1;
  }
  printf("loss %.4f, NDCG@10 %.4f, gradient", value, ndcg);
  for (int i = 0; i < 5; ++i) {
    printf(" %.3f", (double)gradient[i]);
  }
  printf("\n");
  rankwise_loss_free(loss);
  rankwise_metric_free(metric);
  //} use
  return fabs(value) > 0 && ndcg > 0 && ndcg < 1 ? 0 : 1;
}
