#pragma once
/// Modules, losses and initialisers.

#include "nn/activation.hpp"
#include "nn/dense.hpp"
#include "nn/init.hpp"
#include "nn/losses.hpp"
#include "nn/module.hpp"
#include "nn/sequential.hpp"
#include "nn/summary.hpp"
