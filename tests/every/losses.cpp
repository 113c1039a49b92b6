#include "every/policies.hpp"

#include "every/loss_laws.hpp"
