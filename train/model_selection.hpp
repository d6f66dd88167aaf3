#pragma once
/// Model selection, gathered: cross-validation, curves and searches.

#include "train/model_selection/cv.hpp"
#include "train/model_selection/estimator.hpp"
#include "train/model_selection/grid.hpp"
#include "train/model_selection/params.hpp"
#include "train/model_selection/results.hpp"
#include "train/model_selection/scorer.hpp"
#include "train/model_selection/search.hpp"
#include "train/model_selection/validate.hpp"
