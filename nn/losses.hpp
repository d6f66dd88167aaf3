#pragma once
/// All losses: functions of (prediction, target), and function objects for `fit`.

#include "nn/losses/binary.hpp"
#include "nn/losses/cross_entropy.hpp"
#include "nn/losses/likelihood.hpp"
#include "nn/losses/margin.hpp"
#include "nn/losses/names.hpp"
#include "nn/losses/reduction.hpp"
#include "nn/losses/regression.hpp"
#include "nn/losses/similarity.hpp"
