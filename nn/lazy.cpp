#include "nn/lazy.hpp"

namespace xgrad::nn {

void initialize(Module& model, std::span<const Tensor> inputs) {
  if (model.initialized()) return;
  struct KeepModes {
    std::vector<std::pair<Module*, bool>> modes;  // owners before members, so the last word is the member's own
    ~KeepModes() {
      for (const auto& [module, mode] : modes) module->train(mode);
    }
  } keep;
  for (const NamedModule& entry : model.named_modules())
    keep.modes.emplace_back(entry.module, entry.module->training());
  model.eval();
  const NoGradGuard no_grad;
  model(inputs);
}

void initialize(Module& model, const Shape& input_shape) {
  if (model.initialized()) return;
  const Tensor zeros(Array::zeros(input_shape.with(0, 1), model.dtype()));
  initialize(model, std::span(&zeros, 1));
}

}  // namespace xgrad::nn
