#pragma once
/// All losses: functions of (prediction, target), and function objects for `fit`.

#include "nn/losses/binary.hpp"
#include "nn/losses/cross_entropy.hpp"
#include "nn/losses/reduction.hpp"
#include "nn/losses/regression.hpp"
