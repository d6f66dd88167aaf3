#pragma once
/// MNIST: 60,000 + 10,000 handwritten digits, and what comes in the same files (Fashion-MNIST, KMNIST).
/// Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition", 1998.

#include <filesystem>

#include "data/dataset.hpp"

namespace xgrad::data {

/// Images with class labels, for training and for testing. Inputs are (N, 1, 28, 28), stored as uint8 and float32 in
/// [0, 1] in a batch; targets are (N), int64.
struct ImageData {
  TensorDataset train, test;
};

/// Reads MNIST from a folder with the four files train-images-idx3-ubyte, train-labels-idx1-ubyte,
/// t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte; each may be packed (".gz") and may be spelled with a dot
/// ("train-images.idx3-ubyte"). `scripts/fetch-mnist` downloads them. Inputs are pixels / 255 and nothing else.
///
/// Throws IoError, naming file and reason, for a missing or damaged file (`read_idx`), images other than 28 x 28,
/// labels above 9, and counts that differ between images and labels; headers are compared before any image is read.
ImageData mnist(const std::filesystem::path& folder);

}  // namespace xgrad::data
