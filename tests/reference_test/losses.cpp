/// Rows: losses.

#include "nn/losses.hpp"
#include "tests/reference_test/table.hpp"

namespace xgrad::reference {

namespace {

nn::Reduction reduction(C& c) {
  const std::string name = c.text("reduction", "mean");
  if (name == "none") return nn::Reduction::none;
  if (name == "sum") return nn::Reduction::sum;
  if (name == "mean") return nn::Reduction::mean;
  throw NotBuilt{"reduction " + name};
}

/// Behind prediction and target: the weight, then the weight of the positive class, each where the case has it.
Tensor weight(C& c) { return c.flag("has_weight") ? c[2] : Tensor(); }
Tensor pos_weight(C& c) { return c.flag("has_pos_weight") ? c[c.flag("has_weight") ? 3 : 2] : Tensor(); }

}  // namespace

void add_losses(Table& table) {
  table.operations({
      {"mse_loss", [](C& c) { return nn::mse(c[0], c[1], {.reduction = reduction(c)}); }},
      {"half_sse", [](C& c) { return nn::half_sse(c[0], c[1]); }},
      {"bce_with_logits binary_cross_entropy_with_logits",
       [](C& c) {
         return nn::binary_cross_entropy_with_logits(
             c[0], c[1], {.weight = weight(c), .pos_weight = pos_weight(c), .reduction = reduction(c)});
       }},
      {"cross_entropy",
       [](C& c) {
         return nn::cross_entropy(c[0], c[1],
                                  {.weight = weight(c),
                                   .ignore_index = c.integer("ignore_index", -100),
                                   .label_smoothing = c.number("label_smoothing", 0),
                                   .reduction = reduction(c)});
       }},
  });
}

}  // namespace xgrad::reference
