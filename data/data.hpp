#pragma once
/// Everything for data: file formats, data sets, loaders.

#include "data/dataset.hpp"
#include "data/formats/atomic.hpp"
#include "data/formats/hdf5.hpp"
#include "data/formats/idx.hpp"
#include "data/formats/sealed.hpp"
#include "data/loader.hpp"
#include "data/mnist.hpp"
#include "data/synthetic_digits.hpp"
