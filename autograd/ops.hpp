#pragma once
/// All operations.

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/diagonal.hpp"
#include "autograd/ops/dropout.hpp"
#include "autograd/ops/einsum.hpp"
#include "autograd/ops/embedding.hpp"
#include "autograd/ops/functions.hpp"
#include "autograd/ops/indexing.hpp"
#include "autograd/ops/linalg.hpp"
#include "autograd/ops/normalization.hpp"
#include "autograd/ops/product.hpp"
#include "autograd/ops/reduction.hpp"
#include "autograd/ops/shape.hpp"
#include "autograd/ops/softmax.hpp"
#include "autograd/ops/spectral.hpp"
