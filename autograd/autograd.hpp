#pragma once
/// Tensors, the tape and all operations.

#include "autograd/create.hpp"
#include "autograd/ops.hpp"
#include "autograd/record.hpp"
#include "autograd/scope.hpp"
#include "autograd/tensor.hpp"
