/// Rows: normalisation, dropout and embedding.

#include <optional>

#include "autograd/ops/dropout.hpp"
#include "autograd/ops/embedding.hpp"
#include "autograd/ops/normalization.hpp"
#include "autograd/ops/shape.hpp"
#include "tests/reference_test/table.hpp"

namespace xgrad::reference {

namespace {

/// Weight and bias, from input `first` on, where the case has them.
struct Affine {
  Tensor weight, bias;
  Affine(C& c, int first) {
    if (!c.flag("affine", c.n_inputs() > first)) return;
    weight = c[first];
    if (c.n_inputs() > first + 1) bias = c[first + 1];
  }
};

double eps(C& c) { return c.number("eps", 1e-5); }

Tensor batch_norm_train(C& c, const Tensor& x, const Tensor& mean, const Tensor& var) {
  const Affine a(c, 1);
  return batch_norm(x, mean, var, a.weight, a.bias,
                    {.training = true, .momentum = c.number("momentum", 0.1), .eps = eps(c)});
}

/// The batches before, and the running statistics after each, where the case has them.
void check_running(Case& c, Report& report) {
  if (!c.has_data("running_mean")) return;
  const Tensor means(c.read("running_mean")), vars(c.read("running_var"));
  const Tensor mean = select(means, 0, 0).clone(), var = select(vars, 0, 0).clone();
  std::vector<Tensor> batches;
  if (c.has_data("warm")) {
    const Tensor warm(c.read("warm"));
    for (std::int64_t i = 0; i < warm.size(0); ++i) batches.push_back(select(warm, 0, i));
  }
  c.renew_inputs();
  batches.push_back(c[0].detach());
  for (std::size_t i = 0; i < batches.size(); ++i) {
    batch_norm_train(c, batches[i], mean, var);
    const auto row = static_cast<std::int64_t>(i + 1);
    const std::string step = " after update " + std::to_string(row);
    report.compare("running_mean" + step, mean, select(means, 0, row).array());
    report.compare("running_var" + step, var, select(vars, 0, row).array());
  }
}

std::optional<std::int64_t> padding_idx(C& c) {
  if (!c.has("padding_idx")) return std::nullopt;
  return c.integer("padding_idx");
}

/// By the input's statistics, or by running ones: mean and variance then come before weight and bias.
Tensor instance(C& c) {
  const bool own = c.flag("use_input_stats", true);
  const Affine a(c, own ? 1 : 3);
  const InstanceNormOptions options{
      .use_input_stats = own, .momentum = c.number("momentum", 0.1), .eps = c.number("eps", 1e-5)};
  return own ? instance_norm(c[0], {}, {}, a.weight, a.bias, options)
             : instance_norm(c[0], c[1], c[2], a.weight, a.bias, options);
}

Tensor rms(C& c) {
  const Affine a(c, 1);
  std::optional<double> small;
  if (c.has("eps")) small = c.number("eps");
  return rms_norm(c[0], c.list("normalized_shape"), a.weight, small);
}

}  // namespace

void add_normalisations(Table& table) {
  table.operations({
      {"batch_norm_eval",
       [](C& c) {
         const Affine a(c, 3);
         return batch_norm(c[0], c[1], c[2], a.weight, a.bias, {.eps = eps(c)});
       }},
      {"layer_norm",
       [](C& c) {
         const Affine a(c, 1);
         return layer_norm(c[0], c.list("normalized_shape"), a.weight, a.bias, eps(c));
       }},
      {"group_norm",
       [](C& c) {
         const Affine a(c, 1);
         return group_norm(c[0], c.integer("num_groups"), a.weight, a.bias, eps(c));
       }},
      {"instance_norm", instance},
      {"rms_norm", rms},
      {"dropout_eval dropout", [](C& c) { return dropout(c[0], c.number("p", 0.5), c.flag("training")); }},
      {"normalize",
       [](C& c) { return normalize(c[0], c.number("p", 2), c.integer("dim", 1), c.number("eps", 1e-12)); }},
      {"embedding", [](C& c) { return embedding(c[0], c[1], padding_idx(c)); }},
  });
  table.others({
      {"batch_norm_train batch_norm",
       [](Case& c, Report& report) {
         check_operation([](C& at) { return batch_norm_train(at, at[0], {}, {}); }, c, report);
         check_running(c, report);
       }},
  });
}

}  // namespace xgrad::reference
