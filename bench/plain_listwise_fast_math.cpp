#define PLAIN_NAMESPACE plain_fast_math
#include "plain_listwise.ipp"
