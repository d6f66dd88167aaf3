#pragma once
/// The training floor, gathered.

#include "train/callbacks.hpp"
#include "train/checkpoint.hpp"
#include "train/exchange.hpp"
#include "train/explain.hpp"
#include "train/fit.hpp"
#include "train/keras.hpp"
#include "train/metrics.hpp"
#include "train/model_selection.hpp"
#include "train/pictures.hpp"
#include "train/progress.hpp"
#include "train/proportion.hpp"
#include "train/repeat.hpp"
#include "train/report.hpp"
#include "train/run.hpp"
#include "train/table.hpp"
#include "train/trials.hpp"
