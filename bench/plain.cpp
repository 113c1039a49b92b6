#define PLAIN_NAMESPACE plain
#include "plain.ipp"
