#pragma once
/// xgrad: everything a program needs. xtensor interop is apart, in "tensor/xtensor.hpp".

#include "autograd/autograd.hpp"
#include "data/data.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"
#include "tensor/config.hpp"
#include "tensor/memory.hpp"
#include "tensor/parallel.hpp"
#include "train/train.hpp"
