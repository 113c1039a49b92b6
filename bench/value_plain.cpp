#define VALUE_NAMESPACE plain
#include "value.ipp"
