#pragma once
/// All callbacks.

#include "train/callbacks/files.hpp"
#include "train/callbacks/lambda.hpp"
#include "train/callbacks/rates.hpp"
#include "train/callbacks/statistics.hpp"
#include "train/callbacks/stopping.hpp"
