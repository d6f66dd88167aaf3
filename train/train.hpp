#pragma once
/// The training floor, gathered.

#include "train/checkpoint.hpp"
