#pragma once
/// The pictures, gathered: xgrad::train::plot.

#include "train/pictures/curves.hpp"
#include "train/pictures/distributions.hpp"
#include "train/pictures/figure.hpp"
#include "train/pictures/images.hpp"
#include "train/pictures/planes.hpp"
#include "train/pictures/predictions.hpp"
#include "train/pictures/searches.hpp"
