#include "nn/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ostream>
#include <unordered_map>
#include <unordered_set>

#include "nn/detail/own.hpp"
#include "nn/detail/receptive_field.hpp"
#include "nn/lazy.hpp"

namespace xgrad::nn {
namespace {

class Recorder final : public CallObserver {
 public:
  Recorder(Module& model, Summary& summary) : summary_(summary) {
    for (const NamedModule& entry : model.named_modules()) names_[entry.module] = entry.name;
  }

  void start(std::span<const Tensor> inputs) {
    for (const Tensor& input : inputs) {
      buffers_.insert(input.array().raw());
      kept_.push_back(input);
      if (summary_.options.receptive_field) fields_.start(input);
    }
  }

  void called(Module& module, std::span<const Tensor> inputs, const Tensor& output) override {
    const detail::OwnTensors own(module);
    const Cost cost = cost_of(module, inputs, output);
    const bool container = !own.modules.empty();
    if (container && own.parameters.empty() && own.buffers.empty() && cost.multiply_adds == 0 && cost.windows.empty())
      return;  // its members have reported already
    const bool first = called_.insert(&module).second;
    Summary::Row row{.name = names_[&module],
                     .type = module.type_name(),
                     .output = output.shape(),
                     .parameters = count(own),
                     .multiply_adds = cost.multiply_adds / summary_.batch,
                     .bytes = bytes_of(output) / summary_.batch,
                     .receptive_field = {},
                     .reused = !first && !(own.parameters.empty() && own.buffers.empty())};
    if (summary_.options.receptive_field)
      for (const double size : fields_.pass(cost, inputs, output).size)
        row.receptive_field.push_back(static_cast<std::int64_t>(std::ceil(size)));
    summary_.multiply_adds += row.multiply_adds;
    summary_.bytes += row.bytes;
    summary_.rows.push_back(std::move(row));
  }

  /// Rows for what was not called, and the totals.
  void finish(Module& model) {
    for (const NamedModule& entry : model.named_modules()) {
      const detail::OwnTensors own(*entry.module);
      if (called_.contains(entry.module) || (own.parameters.empty() && own.buffers.empty())) continue;
      summary_.rows.push_back({.name = entry.name,
                               .type = entry.module->type_name(),
                               .output = {},
                               .parameters = count(own),
                               .multiply_adds = 0,
                               .bytes = 0,
                               .receptive_field = {},
                               .called = false});
    }
    for (const Tensor& p : model.parameters()) {
      summary_.total += p.numel();
      if (p.requires_grad()) summary_.trainable += p.numel();
    }
    for (const NamedTensor& b : model.named_buffers())
      if (is_floating(b.tensor.dtype())) summary_.total += b.tensor.numel();
  }

 private:
  static Cost cost_of(const Module& module, std::span<const Tensor> inputs, const Tensor& output) {
    std::vector<Shape> shapes;
    for (const Tensor& input : inputs) shapes.push_back(input.shape());
    return module.cost(shapes, output.shape());
  }

  /// The elements that were not counted before.
  std::int64_t count(const detail::OwnTensors& own) {
    std::int64_t n = 0;
    const auto add = [&](const Tensor& t) {
      if (counted_.insert(xgrad::detail::Access::impl(t.array())).second) n += t.numel();
    };
    for (const NamedTensor& p : own.parameters) add(p.tensor);
    for (const NamedTensor& b : own.buffers)
      if (is_floating(b.tensor.dtype())) add(b.tensor);
    return n;
  }

  /// 0 for a buffer that was there before.
  std::int64_t bytes_of(const Tensor& output) {
    kept_.push_back(output);
    if (!buffers_.insert(output.array().raw()).second) return 0;
    return output.numel() * static_cast<std::int64_t>(size_of(output.dtype()));
  }

  Summary& summary_;
  std::unordered_map<const Module*, std::string> names_;
  std::unordered_set<const Module*> called_;
  std::unordered_set<const xgrad::detail::Impl*> counted_;
  std::unordered_set<const void*> buffers_;
  std::vector<Tensor> kept_;  // so that no address comes back
  detail::Fields fields_;
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

// ---- printing --------------------------------------------------------------------------------------------------------

/// 108618 as "108,618".
std::string grouped(std::int64_t n) {
  std::string digits = std::to_string(n);
  for (std::ptrdiff_t i = std::ssize(digits) - 3; i > 0; i -= 3) digits.insert(static_cast<std::size_t>(i), ",");
  return digits;
}

/// "3.1 KiB"
std::string in_bytes(std::int64_t n) {
  if (n < 1024) return fmt::format("{} B", n);
  const double kibi = static_cast<double>(n) / 1024;
  return kibi < 1024 ? fmt::format("{:.1f} KiB", kibi) : fmt::format("{:.1f} MiB", kibi / 1024);
}

std::string output_text(const Summary::Row& row, std::int64_t batch) {
  if (!row.called) return "not called";
  std::vector<std::string> sizes;
  for (const std::int64_t size : row.output)
    sizes.push_back(sizes.empty() && size == batch ? "None" : std::to_string(size));
  return fmt::format("({})", fmt::join(sizes, ", "));
}

std::string parameters_text(const Summary::Row& row) { return row.reused ? "reused" : grouped(row.parameters); }

std::string field_text(const Summary::Row& row) {
  return row.receptive_field.empty() ? "-" : fmt::format("{}", fmt::join(row.receptive_field, " x "));
}

struct Column {
  std::string title;
  std::size_t width;  ///< at least
  std::vector<std::string> cells = {};
};

std::vector<Column> columns_of(const Summary& s) {
  std::vector<Column> columns{{"Layer (type)", 28}, {"Output Shape", 22}, {"Param #", 10}};
  if (s.options.multiply_adds) columns.push_back({"Multiply-adds", 15});
  if (s.options.activation_memory) columns.push_back({"Memory", 13});
  if (s.options.receptive_field) columns.push_back({"Receptive field", 17});
  for (const Summary::Row& row : s.rows) {
    auto column = columns.begin();
    const auto cell = [&](std::string text) { (column++)->cells.push_back(std::move(text)); };
    cell(row.name.empty() ? row.type : fmt::format("{} ({})", row.name, row.type));
    cell(output_text(row, s.batch));
    cell(parameters_text(row));
    if (s.options.multiply_adds) cell(row.called ? grouped(row.multiply_adds) : "-");
    if (s.options.activation_memory) cell(row.called ? in_bytes(row.bytes) : "-");
    if (s.options.receptive_field) cell(field_text(row));
  }
  for (Column& column : columns)
    for (const std::string& cell : column.cells) column.width = std::max(column.width, cell.size() + 2);
  return columns;
}

}  // namespace

Summary summary(Module& model, std::span<const Tensor> inputs, const SummaryOptions& options) {
  if (inputs.empty()) fail<ValueError>("summary", "got no inputs; expected one or more");
  initialize(model, inputs);
  Summary result;
  result.model = model.type_name();
  result.options = options;
  result.batch = inputs[0].dim() == 0 ? 1 : std::max<std::int64_t>(1, inputs[0].shape()[0]);
  const KeepModes modes(model);
  model.eval();
  const GradMode recording(options.receptive_field);  // what functions between layers do is read off the tape
  std::vector<Tensor> given;
  for (const Tensor& input : inputs) {
    given.push_back(input.detach());
    if (options.receptive_field && is_floating(input.dtype())) given.back().requires_grad_();
  }
  Recorder recorder(model, result);
  recorder.start(given);
  model(std::span<const Tensor>(given));
  recorder.finish(model);
  return result;
}

Summary summary(Module& model, std::span<const Shape> input_shapes, const SummaryOptions& options) {
  const DType dtype = options.dtype.value_or(model.dtype());
  std::vector<Tensor> inputs;
  for (const Shape& shape : input_shapes) inputs.push_back(Array::zeros(shape.with(0, 1), dtype));
  return summary(model, std::span<const Tensor>(inputs), options);
}

Summary summary(Module& model, const Shape& input_shape, const SummaryOptions& options) {
  return summary(model, std::span(&input_shape, 1), options);
}

std::string Summary::str() const {
  const std::vector<Column> columns = columns_of(*this);
  std::size_t line = 0;
  for (const Column& column : columns) line += column.width;
  const auto row = [&](const auto& cell_of) {
    std::string text;
    for (std::size_t i = 0; i < columns.size(); ++i)  // names and shapes begin, numbers end where the column does
      text += i < 2 ? fmt::format("{:<{}}", cell_of(columns[i]), columns[i].width)
                    : fmt::format("{:>{}}", cell_of(columns[i]), columns[i].width);
    return text + "\n";
  };
  std::string text = fmt::format("Model: {}\n{:_>{}}\n", model, "", line);
  text += row([](const Column& column) { return column.title; });
  text += fmt::format("{:=>{}}\n", "", line);
  for (std::size_t r = 0; r < rows.size(); ++r) text += row([r](const Column& column) { return column.cells[r]; });
  text += fmt::format("{:=>{}}\n", "", line);
  text += fmt::format("Total params: {}\nTrainable params: {}\nNon-trainable params: {}\n", grouped(total),
                      grouped(trainable), grouped(total - trainable));
  if (options.multiply_adds) text += fmt::format("Multiply-adds per sample: {}\n", grouped(multiply_adds));
  if (options.activation_memory) text += fmt::format("Activation memory per sample: {}\n", in_bytes(bytes));
  return text;
}

std::ostream& operator<<(std::ostream& out, const Summary& summary) { return out << summary.str(); }

}  // namespace xgrad::nn
