/* The C interface from C11: numbers, errors, hostile input, threads. Exits with the number of failed checks. */
#include "rankwise_c.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static int failed = 0;

#define CHECK(condition)                                                                                               \
  do {                                                                                                                 \
    if (!(condition)) {                                                                                                \
      printf("line %d: %s   (%s)\n", __LINE__, #condition, rankwise_last_error());                                     \
      ++failed;                                                                                                        \
    }                                                                                                                  \
  } while (0)

static int says(const char *words) {
  return strstr(rankwise_last_error(), words) != NULL;
}

enum { items = 6 };

static double scores[items] = {0.3, -0.2, 0.9, 0.1, 0.5, -0.7};
static int16_t labels[items] = {1, 0, 2, 0, 1, 1};
static int64_t offsets[] = {0, 4, 4, 6};

static rankwise_problem usual(void) {
  rankwise_problem p = {.size = sizeof p};
  p.scores = (rankwise_column){scores, items, 1, RANKWISE_TYPE_DOUBLE};
  p.labels = (rankwise_column){labels, items, 1, RANKWISE_TYPE_INT16};
  p.offsets = offsets;
  p.lists = 3;
  return p;
}

static rankwise_loss *loss_of(const char *name) {
  rankwise_loss *loss = NULL;
  CHECK(rankwise_loss_make(name, &loss) == RANKWISE_CODE_OK);
  return loss;
}
static rankwise_metric *metric_of(const char *name) {
  rankwise_metric *metric = NULL;
  CHECK(rankwise_metric_make(name, &metric) == RANKWISE_CODE_OK);
  return metric;
}

/* Every name makes a handle that computes. */
static void every_name(void) {
  size_t count = 0;
  for (const char *name; (name = rankwise_loss_name(count)) != NULL; ++count) {
    char plain[80];
    size_t const length = strcspn(name, "{");
    memcpy(plain, name, length);
    plain[length] = '\0';
    rankwise_loss *loss = loss_of(plain);
    rankwise_problem p = usual();
    double value = NAN, again = NAN, gradient[items], with_hessian[items], hessian[items], per_list[3];
    rankwise_output g = {gradient, items, 1, RANKWISE_TYPE_DOUBLE}, gh = {with_hessian, items, 1, RANKWISE_TYPE_DOUBLE},
                    h = {hessian, items, 1, RANKWISE_TYPE_DOUBLE};
    p.per_list = per_list;
    int16_t ones[items] = {1, 0, 1, 0, 1, 1}; /* what every loss takes */
    p.labels.data = ones;
    CHECK(rankwise_loss_value(loss, &p, &value) == RANKWISE_CODE_OK);
    CHECK(fabs(per_list[0] + per_list[1] + per_list[2] - value) <= 1e-12 * fabs(value));
    CHECK(rankwise_loss_gradient(loss, &p, &g, NULL, &again) == RANKWISE_CODE_OK);
    CHECK(fabs(again - value) <= 1e-12 * fabs(value));
    CHECK(rankwise_loss_gradient(loss, &p, &gh, &h, NULL) == RANKWISE_CODE_OK);
    double size = 0;
    for (int i = 0; i < items; ++i) {
      CHECK(isfinite(gradient[i]) && isfinite(hessian[i]));
      CHECK(fabs(gradient[i] - with_hessian[i]) <= 1e-12);
      size += fabs(gradient[i]);
    }
    CHECK(size > 0);
    rankwise_loss_free(loss);
  }
  CHECK(count >= 10);
  CHECK(rankwise_loss_name(1000000) == NULL);
  count = 0;
  for (const char *name; (name = rankwise_metric_name(count)) != NULL; ++count) {
    rankwise_metric *metric = metric_of(name);
    rankwise_problem p = usual();
    double value = NAN;
    CHECK(rankwise_metric_value(metric, &p, &value) == RANKWISE_CODE_OK);
    CHECK(value > 0 && (value <= 1 || strncmp(name, "dcg", 3) == 0));
    rankwise_metric_free(metric);
  }
  CHECK(count >= 10);
  CHECK(rankwise_metric_name(count) == NULL);
}

/* The numbers of softmax by its formula, in every type and stride. */
static void numbers(void) {
  rankwise_loss *loss = loss_of("softmax");
  rankwise_problem p = usual();
  double expected = 0, derivative[items];
  for (int l = 0; l < 3; ++l) {
    double sum = 0, total = 0;
    for (int64_t i = offsets[l]; i < offsets[l + 1]; ++i) {
      sum += exp(scores[i]);
      total += labels[i];
    }
    for (int64_t i = offsets[l]; i < offsets[l + 1]; ++i) {
      expected += labels[i] * (log(sum) - scores[i]);
      derivative[i] = total * exp(scores[i]) / sum - labels[i];
    }
  }
  double value = NAN;
  CHECK(rankwise_loss_value(loss, &p, &value) == RANKWISE_CODE_OK);
  CHECK(fabs(value - expected) < 1e-12);

  float steps[2 * items];
  memset(steps, 0, sizeof steps);
  rankwise_output every_second = {steps, items, 2, RANKWISE_TYPE_FLOAT};
  CHECK(rankwise_loss_gradient(loss, &p, &every_second, NULL, NULL) == RANKWISE_CODE_OK);
  for (int i = 0; i < items; ++i) {
    CHECK(fabs((double)steps[2 * i] - derivative[i]) < 1e-6);
    CHECK(steps[2 * i + 1] == 0);
  }
  float single[items];
  int8_t i8[items];
  int32_t i32[items];
  int64_t i64[items];
  uint8_t u8[items];
  uint16_t u16[items];
  uint32_t u32[items];
  uint64_t u64[items];
  double reversed[items];
  for (int i = 0; i < items; ++i) {
    single[i] = (float)labels[i];
    i8[i] = (int8_t)labels[i];
    i32[i] = labels[i];
    i64[i] = labels[i];
    u8[i] = (uint8_t)labels[i];
    u16[i] = (uint16_t)labels[i];
    u32[i] = (uint32_t)labels[i];
    u64[i] = (uint64_t)labels[i];
    reversed[items - 1 - i] = labels[i];
  }
  rankwise_column const all[] = {{single, items, 0, RANKWISE_TYPE_FLOAT}, {i8, items, 0, RANKWISE_TYPE_INT8},
                                 {i32, items, 1, RANKWISE_TYPE_INT32},    {i64, items, 1, RANKWISE_TYPE_INT64},
                                 {u8, items, 1, RANKWISE_TYPE_UINT8},     {u16, items, 1, RANKWISE_TYPE_UINT16},
                                 {u32, items, 1, RANKWISE_TYPE_UINT32},   {u64, items, 1, RANKWISE_TYPE_UINT64},
                                 {reversed + items - 1, items, -1, RANKWISE_TYPE_DOUBLE}};
  for (size_t k = 0; k < sizeof all / sizeof *all; ++k) {
    double same = NAN;
    p.labels = all[k];
    CHECK(rankwise_loss_value(loss, &p, &same) == RANKWISE_CODE_OK);
    CHECK(same == value);
  }

  /* Weights, masks, and one list where there are no offsets. */
  p = usual();
  double list_weights[3] = {2, 1, 2};
  p.list_weights = (rankwise_column){list_weights, 3, 1, RANKWISE_TYPE_DOUBLE};
  double twice = NAN;
  CHECK(rankwise_loss_value(loss, &p, &twice) == RANKWISE_CODE_OK);
  CHECK(fabs(twice - 2 * value) < 1e-12);
  p = usual();
  uint8_t mask[items] = {1, 1, 1, 1, 0, 0};
  p.mask = (rankwise_column){mask, items, 1, RANKWISE_TYPE_UINT8};
  double masked = NAN, first = NAN;
  CHECK(rankwise_loss_value(loss, &p, &masked) == RANKWISE_CODE_OK);
  p = usual();
  p.offsets = NULL;
  p.lists = 0;
  p.scores.count = p.labels.count = 4;
  CHECK(rankwise_loss_value(loss, &p, &first) == RANKWISE_CODE_OK);
  CHECK(fabs(masked - first) < 1e-12);
  rankwise_loss_free(loss);

  rankwise_loss *warm = loss_of(" softmax { .temperature = 2 }");
  p = usual();
  double other = NAN;
  CHECK(rankwise_loss_value(warm, &p, &other) == RANKWISE_CODE_OK);
  CHECK(other != value);
  rankwise_loss_free(warm);
  rankwise_loss *spaced = loss_of("lambda< ndcg< 10 > >");
  rankwise_loss_free(spaced);
  spaced = loss_of("lambda<ndcg<>>");
  rankwise_loss_free(spaced);
}

static void errors(void) {
  rankwise_loss *loss = loss_of("softmax");
  rankwise_metric *metric = metric_of("ndcg<10>");
  rankwise_loss *none = loss;
  double value = 7, gradient[items] = {7, 7, 7, 7, 7, 7};
  rankwise_output g = {gradient, items, 1, RANKWISE_TYPE_DOUBLE};
  rankwise_problem p = usual();

  CHECK(rankwise_loss_make("lambda<ndcg<7>>", &none) == RANKWISE_CODE_UNKNOWN_NAME);
  CHECK(none == NULL);
  CHECK(says("there is no loss \"lambda<ndcg<7>>\"; there are softmax{temperature}, "));
  CHECK(rankwise_loss_make("softmax{heat=2}", &none) == RANKWISE_CODE_UNKNOWN_NAME && says("no parameter heat"));
  CHECK(rankwise_loss_make("softmax{temperature}", &none) == RANKWISE_CODE_UNKNOWN_NAME && says("look like"));
  CHECK(rankwise_loss_make("softmax{temperature=x}", &none) == RANKWISE_CODE_UNKNOWN_NAME);
  CHECK(rankwise_loss_make("softmax{temperature=2", &none) == RANKWISE_CODE_UNKNOWN_NAME);
  CHECK(rankwise_loss_make("", &none) == RANKWISE_CODE_UNKNOWN_NAME);
  CHECK(rankwise_loss_make(NULL, &none) == RANKWISE_CODE_BAD_ARGUMENT);
  CHECK(rankwise_loss_make("softmax", NULL) == RANKWISE_CODE_BAD_ARGUMENT);
  rankwise_metric *no_metric = NULL;
  CHECK(rankwise_metric_make("softmax", &no_metric) == RANKWISE_CODE_UNKNOWN_NAME && says("there is no metric"));
  rankwise_loss *cold = loss_of("softmax{temperature=-1}"); /* ranges are the call's to check */
  CHECK(rankwise_loss_value(cold, &p, &value) == RANKWISE_CODE_BAD_ARGUMENT && says("out of range"));
  rankwise_loss_free(cold);

  CHECK(rankwise_loss_value(NULL, &p, &value) == RANKWISE_CODE_BAD_ARGUMENT);
  CHECK(rankwise_loss_value(loss, NULL, &value) == RANKWISE_CODE_BAD_ARGUMENT);
  CHECK(rankwise_loss_value(loss, &p, NULL) == RANKWISE_CODE_BAD_ARGUMENT);
  CHECK(rankwise_metric_value(NULL, &p, &value) == RANKWISE_CODE_BAD_ARGUMENT);
  CHECK(rankwise_loss_gradient(loss, &p, NULL, NULL, &value) == RANKWISE_CODE_BAD_ARGUMENT);
  p.size = 8;
  CHECK(rankwise_loss_value(loss, &p, &value) == RANKWISE_CODE_BAD_ARGUMENT && says("sizeof(rankwise_problem)"));
  p = usual();
  p.scores.data = NULL;
  CHECK(rankwise_loss_value(loss, &p, &value) == RANKWISE_CODE_BAD_ARGUMENT && says("scores: its data is NULL"));
  p = usual();
  p.labels.type = 99;
  CHECK(rankwise_loss_value(loss, &p, &value) == RANKWISE_CODE_BAD_ARGUMENT && says("labels: there is no such type"));
  p = usual();
  p.labels.count = 5;
  CHECK(rankwise_loss_value(loss, &p, &value) == RANKWISE_CODE_BAD_SHAPE);
  p = usual();
  p.mask = (rankwise_column){scores, 3, 1, RANKWISE_TYPE_DOUBLE};
  CHECK(rankwise_metric_value(metric, &p, &value) == RANKWISE_CODE_BAD_SHAPE && says("mask has 3"));
  int64_t const wrong[] = {0, 4, 3, 6}, late[] = {1, 4, 5, 6}, few[] = {0, 1, 2, 3};
  p = usual();
  p.offsets = wrong;
  CHECK(rankwise_loss_value(loss, &p, &value) == RANKWISE_CODE_BAD_SHAPE && says("decrease after list 1"));
  p.offsets = late;
  CHECK(rankwise_loss_value(loss, &p, &value) == RANKWISE_CODE_BAD_SHAPE && says("start at 1"));
  p.offsets = few;
  CHECK(rankwise_loss_value(loss, &p, &value) == RANKWISE_CODE_BAD_SHAPE && says("cover 3 items"));
  p.offsets = NULL;
  CHECK(rankwise_loss_value(loss, &p, &value) == RANKWISE_CODE_BAD_ARGUMENT && says("offsets is NULL"));
  p = usual();
  g.count = 5;
  CHECK(rankwise_loss_gradient(loss, &p, &g, NULL, &value) == RANKWISE_CODE_BAD_SHAPE && says("gradient has 5 entries"));
  g.count = items;
  g.type = RANKWISE_TYPE_INT32;
  CHECK(rankwise_loss_gradient(loss, &p, &g, NULL, &value) == RANKWISE_CODE_BAD_ARGUMENT && says("float or double"));
  g.type = RANKWISE_TYPE_DOUBLE;
  rankwise_output const same = {gradient, items, 1, RANKWISE_TYPE_DOUBLE};
  CHECK(rankwise_loss_gradient(loss, &p, &g, &same, &value) == RANKWISE_CODE_BAD_SHAPE && says("hessian overlaps"));
  rankwise_output const halves = {gradient, items, 1, RANKWISE_TYPE_FLOAT};
  CHECK(rankwise_loss_gradient(loss, &p, &g, &halves, &value) == RANKWISE_CODE_BAD_SHAPE && says("hessian overlaps"));
  p.per_list = gradient + 2;
  CHECK(rankwise_loss_gradient(loss, &p, &g, NULL, &value) == RANKWISE_CODE_BAD_SHAPE && says("gradient overlaps"));
  p = usual();
  for (int i = 0; i < items; ++i) {
    CHECK(gradient[i] == 7); /* untouched by calls that failed */
  }
  CHECK(value == 7);

  /* Two outputs may take turns in one array. */
  double pairs[2 * items];
  rankwise_output const first = {pairs, items, 2, RANKWISE_TYPE_DOUBLE};
  rankwise_output const second = {pairs + 1, items, 2, RANKWISE_TYPE_DOUBLE};
  CHECK(rankwise_loss_gradient(loss, &p, &first, &second, &value) == RANKWISE_CODE_OK);
  value = 7;

  /* A list that is not finite is reported, and counts for nothing; the others stand. */
  double hostile[items] = {NAN, 0, INFINITY, 0, 0.5, -0.7}, per_list[3] = {0};
  p.scores.data = hostile;
  p.per_list = per_list;
  CHECK(rankwise_loss_gradient(loss, &p, &g, NULL, &value) == RANKWISE_CODE_NOT_FINITE);
  CHECK(gradient[0] == 0 && gradient[1] == 0 && gradient[4] != 0 && isfinite(value));

  /* So is a list with a derivative that a double holds and a float does not. */
  double heavy[3] = {1, 1, 1e39};
  float narrow[items] = {7, 7, 7, 7, 7, 7}, second_narrow[items];
  double wide[items];
  rankwise_output const to_float = {narrow, items, 1, RANKWISE_TYPE_FLOAT};
  rankwise_output const hessian_to_float = {second_narrow, items, 1, RANKWISE_TYPE_FLOAT};
  rankwise_output const to_double = {wide, items, 1, RANKWISE_TYPE_DOUBLE};
  p = usual();
  p.list_weights = (rankwise_column){heavy, 3, 1, RANKWISE_TYPE_DOUBLE};
  p.per_list = per_list;
  CHECK(rankwise_loss_gradient(loss, &p, &to_double, NULL, &value) == RANKWISE_CODE_OK);
  CHECK(value > 1e38 && isfinite(per_list[2]) && wide[4] != 0);
  CHECK(rankwise_loss_gradient(loss, &p, &to_float, NULL, &value) == RANKWISE_CODE_NOT_FINITE);
  CHECK(says("of list 2 is NaN or infinite (1 such list)"));
  CHECK(narrow[0] != 0 && narrow[0] == (float)wide[0] && narrow[4] == 0 && narrow[5] == 0);
  CHECK(value == per_list[0] && isnan(per_list[2]));
  CHECK(rankwise_loss_gradient(loss, &p, &to_double, &hessian_to_float, &value) == RANKWISE_CODE_NOT_FINITE);
  CHECK(wide[0] != 0 && second_narrow[0] != 0 && wide[4] == 0 && second_narrow[4] == 0 && value == per_list[0]);

  /* Counts that no memory has room for. */
  value = 7;
  p = usual();
  p.scores.count = SIZE_MAX;
  CHECK(rankwise_loss_value(loss, &p, &value) == RANKWISE_CODE_NO_MEMORY && says("out of memory"));
  p = usual();
  p.lists = SIZE_MAX;
  CHECK(rankwise_loss_value(loss, &p, &value) == RANKWISE_CODE_BAD_SHAPE && says("more lists than"));
  CHECK(value == 7);

  /* Nothing at all. */
  rankwise_problem empty = {.size = sizeof empty};
  empty.scores.type = empty.labels.type = RANKWISE_TYPE_DOUBLE;
  CHECK(rankwise_loss_value(loss, &empty, &value) == RANKWISE_CODE_OK && value == 0);
  CHECK(rankwise_metric_value(metric, &empty, &value) == RANKWISE_CODE_OK);

  rankwise_loss_free(loss);
  rankwise_metric_free(metric);
  rankwise_loss_free(NULL);
  rankwise_metric_free(NULL);
}

/* Threads share a handle, and have words of their own. */
static void *work(void *shared) {
  rankwise_problem p = usual();
  double first = 0;
  rankwise_loss_value(shared, &p, &first);
  for (int k = 0; k < 200; ++k) {
    double value = NAN;
    rankwise_loss *none = NULL;
    char name[20];
    snprintf(name, sizeof name, "loss %d", k);
    if (rankwise_loss_value(shared, &p, &value) != RANKWISE_CODE_OK || value != first ||
        rankwise_loss_make(name, &none) != RANKWISE_CODE_UNKNOWN_NAME || !says(name)) {
      return shared;
    }
  }
  return NULL;
}
static void threads(void) {
  rankwise_loss *loss = loss_of("lambda<ndcg<10>>");
  pthread_t workers[4];
  for (int k = 0; k < 4; ++k) {
    CHECK(pthread_create(&workers[k], NULL, work, loss) == 0);
  }
  for (int k = 0; k < 4; ++k) {
    void *fault = loss;
    CHECK(pthread_join(workers[k], &fault) == 0);
    CHECK(fault == NULL);
  }
  rankwise_loss_free(loss);
}

int main(void) {
  CHECK(rankwise_c_version() == RANKWISE_C_VERSION);
  CHECK(rankwise_last_error() != NULL);
  every_name();
  numbers();
  errors();
  threads();
  printf("%d checks failed\n", failed);
  return failed;
}
