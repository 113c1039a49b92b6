#define VALUE_NAMESPACE plain_fast_math
#include "value.ipp"
