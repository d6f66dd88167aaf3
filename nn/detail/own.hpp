#pragma once
/// The tensors of a module itself, without those of its members.

#include <string>
#include <string_view>
#include <vector>

#include "nn/module.hpp"

namespace xgrad::nn::detail {

struct OwnTensors final : Members {
  std::vector<NamedTensor> parameters, buffers;  ///< under their names in the module, sharing with it
  std::vector<Module*> modules;

  explicit OwnTensors(Module& module) { module.members(*this); }

 private:
  void on_parameter(std::string_view name, Tensor& t) override { parameters.push_back({std::string(name), t}); }
  void on_buffer(std::string_view name, Tensor& t) override { buffers.push_back({std::string(name), t}); }
  void on_module(std::string_view, Module& module) override { modules.push_back(&module); }
};

}  // namespace xgrad::nn::detail
