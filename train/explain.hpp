#pragma once
/// explain: what a first batch says about a network.

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.hpp"
#include "nn/module.hpp"
#include "train/loss.hpp"

namespace xgrad::train {

/// The output of one module for a batch.
struct LayerActivity {
  std::string name, type;  ///< "0", "ReLU()"
  Shape shape;
  double min = 0, max = 0, mean = 0, std = 0;  ///< of the finite outputs; std of the population
  std::int64_t not_finite = 0;
  std::int64_t units = 0;  ///< outputs of one sample
  std::int64_t dead = 0;   ///< of a ReLU: units that are 0 for every sample
  double saturated = 0;    ///< of a Sigmoid or Tanh: share of outputs within 1 % of a bound
};

/// Watches the modules called on this thread while it lives, those without members of their own. The results are in the
/// order of the calls; a module called twice is there twice.
class ActivityObserver : public nn::CallObserver {
 public:
  /// The names are those of `named_modules()`.
  explicit ActivityObserver(nn::Module& model);
  void called(nn::Module& module, std::span<const Tensor> inputs, const Tensor& output) override;
  std::vector<LayerActivity> layers;

 private:
  std::vector<nn::NamedModule> modules_;
};

struct ParameterActivity {
  std::string name;
  Shape shape;
  double weight_norm = 0;
  std::optional<double> gradient_norm;  ///< none where the loss does not depend on the parameter
};

struct Explanation {
  double loss = 0;
  std::vector<LayerActivity> layers;
  std::vector<ParameterActivity> parameters;
  std::vector<std::string> remarks;  ///< what looks wrong: dead layers, saturation, gradients that vanish or explode
};

/// One forward and backward pass in the mode the model is in. Values and gradients of the model are as before
/// afterwards; buffers and the generator move on as in any forward pass.
Explanation explain(nn::Module& model, const Loss& loss, const data::Batch& batch);
/// With cross_entropy for integer labels and mse for targets of the prediction's shape; ValueError for others.
Explanation explain(nn::Module& model, const data::Batch& batch);
/// As two tables and the remarks.
std::ostream& operator<<(std::ostream& out, const Explanation& explanation);

}  // namespace xgrad::train
