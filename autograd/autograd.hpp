#pragma once
/// Tensors, the tape, all operations, derivatives and their checks.

#include "autograd/anomaly.hpp"
#include "autograd/check/derivation.hpp"
#include "autograd/check/gradcheck.hpp"
#include "autograd/create.hpp"
#include "autograd/derivatives.hpp"
#include "autograd/function.hpp"
#include "autograd/graph.hpp"
#include "autograd/ops.hpp"
#include "autograd/record.hpp"
#include "autograd/scope.hpp"
#include "autograd/tensor.hpp"
