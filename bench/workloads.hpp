#pragma once
/// The training steps that are measured, described without reference to any framework: each program builds them with
/// its own layers, from the same data and the same initial weights.

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace bench {

enum class Layer { dense, conv, batch_norm, relu, sigmoid, max_pool, dropout, flatten };
enum class Loss { bce_with_logits, mse, cross_entropy };
enum class Optimiser { sgd, nesterov, adam };

struct LayerSpec {
  Layer kind;
  std::int64_t in = 0, out = 0;  ///< features of a dense layer, channels of a convolution or (in) a batch norm
  std::int64_t size = 0;     ///< of the square kernel of a convolution, of the window of a pooling, which is its stride
  std::int64_t padding = 0;  ///< of a convolution
  double p = 0;              ///< of a dropout
};

struct Workload {
  std::string name;
  std::vector<std::int64_t> input;  ///< the shape of one sample
  std::int64_t batch;
  std::vector<LayerSpec> layers;
  Loss loss;
  Optimiser optimiser;
  /// Features or classes of a sample's output.
  std::int64_t outputs() const;
  std::vector<std::int64_t> input_shape() const;   ///< with the batch in front
  std::vector<std::int64_t> target_shape() const;  ///< [batch] for classes
};

constexpr double kLearningRateSgd = 0.01, kMomentum = 0.9, kLearningRateAdam = 1e-3;

/// All of them, in the order they are reported. The one place to add another.
const std::vector<Workload>& workloads();
/// Throws std::invalid_argument, listing the names there are.
const Workload& find_workload(const std::string& name);

/// The batch every step trains on: inputs in [-1, 1), targets as the loss takes them.
struct Batch {
  std::vector<float> x, y;           ///< y: 0 or 1 for bce_with_logits, [-1, 1) for mse
  std::vector<std::int64_t> labels;  ///< for cross_entropy
  /// Samples, where each has so many targets.
  std::int64_t size(std::int64_t targets) const {
    return static_cast<std::int64_t>(labels.empty() ? y.size() : labels.size()) / targets;
  }
};
Batch make_batch(const Workload& workload);

/// Initial values for one parameter after another of dense layers and convolutions, in the order weight, bias, weight,
/// ... : U(-b, b) with b = 1 / sqrt(inputs of the layer). The same in every program. (A batch norm begins with ones and
/// zeros everywhere.)
class InitialValues {
 public:
  std::vector<float> next(const std::vector<std::int64_t>& shape);

 private:
  std::mt19937 engine_{20240229};
  double bound_ = 0;
};

}  // namespace bench
