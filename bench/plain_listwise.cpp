#define PLAIN_NAMESPACE plain
#include "plain_listwise.ipp"
