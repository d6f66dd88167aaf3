#pragma once
/// Models and weights of Keras: its files, read and written (docs/keras.md).
///
/// Three kinds of files are known, told apart by their content: the HDF5 files of Keras 2 (`.h5`, a whole model or
/// weights alone, which Keras 3 writes and reads too), Keras 3's `.weights.h5`, and its `.keras` archives. All are
/// taken to be hostile: HDF5 goes through `data::read_foreign_hdf5`, no code in them is ever run, sizes in the
/// configuration are bounded by what the file holds.
///
/// Keras has the channels last, xgrad has them first. Weights are rearranged, also those of a Dense behind a Flatten,
/// but what a model is given must be in xgrad's arrangement: images [N, C, H, W], signals [N, C, L]. Images [N, H, W,
/// C] as Keras takes them become that by `permute(x, {0, 3, 1, 2})`. Sequences [N, L, F] whose first layer is a Dense
/// or a LayerNormalization stay as they are, as do vectors [N, F]; words for an Embedding are int64 [N, L].

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nn/sequential.hpp"

namespace xgrad::train::keras {

/// Builds the model that a `.h5` or `.keras` file describes, Sequential or a Functional one that is a chain, and loads
/// its weights. A layer's activation becomes a module behind it; a model inside becomes a Sequential. The model is in
/// training mode, as every new module: call `eval()` before predicting. Its parameters are float32, or float64 where
/// the file's are; those of layers with `trainable = false` are frozen.
///
/// A softmax or sigmoid at the end is a module of the model, as in Keras: its output is probabilities. Losses of xgrad
/// take logits (`cross_entropy`, `binary_cross_entropy_with_logits`): to train on, leave the last module out.
///
/// What the file says of training (initialisers, penalties, constraints, the compiled loss and optimiser) is left
/// behind. Whatever would change a prediction and has no exact counterpart is an IoError that names the layer.
///
/// Throws IoError naming the file, for a file that is missing, damaged, beyond a limit, without a configuration, or
/// with a layer, option or weight that does not fit.
nn::Sequential load_model(const std::filesystem::path& file);

struct LoadOptions {
  /// The shape of one sample, as the model takes it: {3, 32, 32}. Needed where a Flatten comes before any layer that
  /// tells the number of channels, unless the file has the model's configuration.
  std::optional<Shape> input_shape = {};
};

/// Loads a file's weights into a model of the same layers, in place: the layers with weights are matched in order (by
/// Keras' topological rule), within `.weights.h5` and `.keras` per class. All or nothing. Floating values convert to
/// the dtype of the model. Options that are not in the weights (an eps, a stride) are the model's own: a Keras
/// BatchNormalization is a `nn::BatchNorm::keras(n)`, a LayerNormalization has `.eps = 1e-3`.
///
/// Throws ValueError, naming the module, for a model that Keras has no counterpart of, IoError for files as above and
/// for one that does not fit the model: then the text lists every layer and weight that is missing, too many, or of
/// another shape.
void load_weights(const std::filesystem::path& file, nn::Sequential& model, const LoadOptions& options = {});

/// How weights are laid out in a file.
enum class Format {
  by_name,    ///< `weights_h5` for names ending in ".weights.h5", else `legacy_h5` for ".h5" and ".hdf5"
  legacy_h5,  ///< as `save_weights("w.h5")` of Keras 2 writes
  weights_h5  ///< as `save_weights("w.weights.h5")` of Keras 3 writes
};

struct SaveOptions {
  Format format = Format::by_name;
  std::optional<Shape> input_shape = {};  ///< as in LoadOptions
};

/// Writes a model's weights for Keras' `load_weights`, into a model of the same layers. The file is replaced as a
/// whole. (Keras 3 reads the legacy layout from names ending in ".h5" other than ".weights.h5", the new one from the
/// latter.)
///
/// Throws ValueError, naming the module, for what Keras has no counterpart of, and for a name that tells no format;
/// IoError where the file cannot be written.
void save_weights(const std::filesystem::path& file, nn::Sequential& model, const SaveOptions& options = {});

/// A weight as a file has it.
struct SavedWeight {
  std::string layer;  ///< "dense_1"; inside models in models "sequential/dense_1"
  std::string name;   ///< "dense_1/kernel:0"; in the files of Keras 3 a number, "0"
  Array value;        ///< in Keras' arrangement
};

/// All weights of a file, in the order of the layers (in Keras 3's files: of their names). For models that are not
/// Sequential: put them where they belong.
std::vector<SavedWeight> read_weights(const std::filesystem::path& file);

}  // namespace xgrad::train::keras
