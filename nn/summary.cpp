#include "nn/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <unordered_map>
#include <unordered_set>

#include "nn/lazy.hpp"

namespace xgrad::nn {
namespace {

/// 108618 as "108,618".
std::string grouped(std::int64_t n) {
  std::string digits = std::to_string(n);
  for (std::ptrdiff_t i = std::ssize(digits) - 3; i > 0; i -= 3) digits.insert(static_cast<std::size_t>(i), ",");
  return digits;
}

std::string output_text(const Shape& shape) {
  std::string text = "(None";
  for (int i = 1; i < shape.rank(); ++i) text += fmt::format(", {}", shape[i]);
  return text + ")";
}

class Recorder final : public CallObserver {
 public:
  Recorder(Module& model, Summary& summary) : summary_(summary) {
    for (const NamedModule& entry : model.named_modules()) names_[entry.module] = entry.name;
  }

  void called(Module& module, std::span<const Tensor>, const Tensor& output) override {
    if (module.named_modules().size() > 1) return;  // its members have reported already
    std::int64_t count = 0;
    for (const Tensor& p : module.parameters())
      if (counted_.insert(p.node() ? static_cast<const void*>(p.node()) : p.array().raw()).second) count += p.numel();
    summary_.rows.push_back({names_[&module], module.type_name(), output.shape(), count});
  }

 private:
  Summary& summary_;
  std::unordered_map<const Module*, std::string> names_;
  std::unordered_set<const void*> counted_;
};

/// Puts every module's mode back, also after an exception.
class KeepModes {
 public:
  explicit KeepModes(Module& model) {
    for (const NamedModule& entry : model.named_modules()) modes_.emplace_back(entry.module, entry.module->training());
  }
  ~KeepModes() {
    for (const auto& [module, mode] : modes_) module->train(mode);
  }
  KeepModes(const KeepModes&) = delete;
  KeepModes& operator=(const KeepModes&) = delete;

 private:
  std::vector<std::pair<Module*, bool>> modes_;  // owners before members, so the last word is the member's own
};

}  // namespace

Summary summary(Module& model, const Shape& input_shape) {
  initialize(model, input_shape);
  Summary result;
  result.model = model.type_name();
  DType dtype = float32;
  for (const Tensor& p : model.parameters()) {
    dtype = p.dtype();
    result.total += p.numel();
    if (p.requires_grad()) result.trainable += p.numel();
  }
  const KeepModes modes(model);
  model.eval();
  const NoGradGuard no_grad;
  Recorder recorder(model, result);
  model(Tensor(Array::zeros(input_shape.with(0, 1), dtype)));
  return result;
}

std::string Summary::str() const {
  std::vector<std::array<std::string, 3>> cells = {{"Layer (type)", "Output Shape", "Param #"}};
  for (const Row& row : rows)
    cells.push_back({row.name.empty() ? row.type : fmt::format("{} ({})", row.name, row.type), output_text(row.output),
                     grouped(row.parameters)});
  std::size_t width[3] = {28, 22, 10};
  for (const auto& row : cells)
    for (std::size_t i = 0; i < 3; ++i) width[i] = std::max(width[i], row[i].size() + 2);
  const std::size_t line = width[0] + width[1] + width[2];
  std::string text = fmt::format("Model: {}\n{:_>{}}\n", model, "", line);
  for (std::size_t r = 0; r < cells.size(); ++r) {
    text += fmt::format("{:<{}}{:<{}}{:>{}}\n", cells[r][0], width[0], cells[r][1], width[1], cells[r][2], width[2]);
    if (r == 0) text += fmt::format("{:=>{}}\n", "", line);
  }
  text += fmt::format("{:=>{}}\n", "", line);
  text += fmt::format("Total params: {}\nTrainable params: {}\nNon-trainable params: {}\n", grouped(total),
                      grouped(trainable), grouped(total - trainable));
  return text;
}

std::ostream& operator<<(std::ostream& out, const Summary& summary) { return out << summary.str(); }

}  // namespace xgrad::nn
