#pragma once
/// Everything for data: file formats, data sets, loaders, scaling, encoding, splitting.

#include "data/column.hpp"
#include "data/dataset.hpp"
#include "data/eckerle4.hpp"
#include "data/encoder.hpp"
#include "data/formats/atomic.hpp"
#include "data/formats/csv.hpp"
#include "data/formats/hdf5.hpp"
#include "data/formats/idx.hpp"
#include "data/formats/sealed.hpp"
#include "data/loader.hpp"
#include "data/mnist.hpp"
#include "data/pipeline.hpp"
#include "data/scaler.hpp"
#include "data/split.hpp"
#include "data/synthetic.hpp"
#include "data/synthetic_digits.hpp"
