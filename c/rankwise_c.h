#ifndef RANKWISE_C_H
#define RANKWISE_C_H

/* Losses and metrics of rankwise for other languages: C11, Python's ctypes, and whatever calls C functions.
 *
 *   rankwise_loss *loss = NULL;
 *   rankwise_loss_make("lambda<ndcg<10>>", &loss);
 *   rankwise_loss_gradient(loss, &problem, gradient, NULL, &value);
 *   rankwise_loss_free(loss);
 *
 * Every function returns a code; rankwise_last_error() has the words for the last one of this thread. No exception
 * crosses this border. A handle does not change once it is made: threads may share it. Nothing is kept of the arrays
 * that are passed. */

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32) && defined(RANKWISE_C_BUILDING)
#define RANKWISE_C_API __declspec(dllexport)
#elif defined(_WIN32)
#define RANKWISE_C_API __declspec(dllimport)
#else
#define RANKWISE_C_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What a program was compiled with; rankwise_c_version() says what it runs with. Functions and fields are added, never
 * changed, while this number stays. */
#define RANKWISE_C_VERSION 1

typedef enum rankwise_code {
  RANKWISE_CODE_OK = 0,
  RANKWISE_CODE_UNKNOWN_NAME = 1, /* no such loss or metric, or no such parameter of it */
  RANKWISE_CODE_BAD_ARGUMENT = 2, /* a null pointer, a type that there is not, a parameter out of its range */
  RANKWISE_CODE_BAD_SHAPE = 3,    /* sizes or offsets that do not fit; arrays that overlap */
  RANKWISE_CODE_NOT_FINITE = 4,   /* the call went through: lists with NaN or infinity count for nothing */
  RANKWISE_CODE_NO_MEMORY = 5,
  RANKWISE_CODE_INTERNAL = 6
} rankwise_code;

typedef enum rankwise_type {
  RANKWISE_TYPE_FLOAT = 0,
  RANKWISE_TYPE_DOUBLE = 1,
  RANKWISE_TYPE_INT8 = 2,
  RANKWISE_TYPE_INT16 = 3,
  RANKWISE_TYPE_INT32 = 4,
  RANKWISE_TYPE_INT64 = 5,
  RANKWISE_TYPE_UINT8 = 6, /* bytes, and the booleans of C and numpy */
  RANKWISE_TYPE_UINT16 = 7,
  RANKWISE_TYPE_UINT32 = 8,
  RANKWISE_TYPE_UINT64 = 9
} rankwise_type;

/* `count` numbers of one type, `stride` numbers apart (0 stands for 1). All zero: none, where it is optional. */
typedef struct rankwise_column {
  const void *data;
  size_t count;
  ptrdiff_t stride;
  int32_t type; /* a rankwise_type */
} rankwise_column;

/* Where derivatives go: as many numbers as there are items, of type float or double. */
typedef struct rankwise_output {
  void *data;
  size_t count;
  ptrdiff_t stride;
  int32_t type;
} rankwise_output;

/* A call: scores and labels of all items; list l holds the items from offsets[l] to offsets[l + 1]. Set `size` to
 * sizeof(rankwise_problem) and the rest to zero before filling it in. */
typedef struct rankwise_problem {
  size_t size;
  rankwise_column scores;
  rankwise_column labels;
  const int64_t *offsets; /* lists + 1 of them; NULL: all items are one list */
  size_t lists;
  rankwise_column item_weights; /* optional */
  rankwise_column list_weights; /* optional */
  rankwise_column mask;         /* optional; 0 takes an item out */
  double *per_list;             /* optional: a value for every list */
} rankwise_problem;

typedef struct rankwise_loss rankwise_loss;
typedef struct rankwise_metric rankwise_metric;

RANKWISE_C_API int32_t rankwise_c_version(void);

/* The words for the last code of this thread that was not OK; never NULL, valid until the next call of this thread. */
RANKWISE_C_API const char *rankwise_last_error(void);

/* Names, from 0 on; NULL behind the last. A name takes parameters in braces, "softmax{temperature=2}", where its
 * text here has them. */
RANKWISE_C_API const char *rankwise_loss_name(size_t index);
RANKWISE_C_API const char *rankwise_metric_name(size_t index);

RANKWISE_C_API rankwise_code rankwise_loss_make(const char *name, rankwise_loss **out);
RANKWISE_C_API void rankwise_loss_free(rankwise_loss *loss);
/* The sum over the lists of list weight times loss. */
RANKWISE_C_API rankwise_code rankwise_loss_value(const rankwise_loss *loss, const rankwise_problem *problem,
                                                 double *value);
/* Derivatives by the scores, and the diagonal of the second ones unless `hessian` is NULL; `value` may be NULL. */
RANKWISE_C_API rankwise_code rankwise_loss_gradient(const rankwise_loss *loss, const rankwise_problem *problem,
                                                    const rankwise_output *gradient, const rankwise_output *hessian,
                                                    double *value);

RANKWISE_C_API rankwise_code rankwise_metric_make(const char *name, rankwise_metric **out);
RANKWISE_C_API void rankwise_metric_free(rankwise_metric *metric);
/* The weighted mean over the lists that have a value. */
RANKWISE_C_API rankwise_code rankwise_metric_value(const rankwise_metric *metric, const rankwise_problem *problem,
                                                   double *value);

#ifdef __cplusplus
}
#endif

#endif
