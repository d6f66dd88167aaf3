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
  if (name == "batchmean") return nn::Reduction::batchmean;
  throw NotBuilt{"reduction " + name};
}

/// Behind the operands: the weight, then the weight of the positive class, each where the case has it.
Tensor weight(C& c, int first = 2) { return c.flag("has_weight") ? c[first] : Tensor(); }
Tensor pos_weight(C& c) { return c.flag("has_pos_weight") ? c[c.flag("has_weight") ? 3 : 2] : Tensor(); }

nn::LossOptions plain(C& c) { return {.reduction = reduction(c)}; }

std::int64_t ignore_index(C& c) { return c.integer("ignore_index", -100); }

void add_regression(Table& table) {
  table.operations({
      {"mse_loss mse", [](C& c) { return nn::mse(c[0], c[1], plain(c)); }},
      {"half_sse", [](C& c) { return nn::half_sse(c[0], c[1]); }},
      {"l1_loss mae mae_loss", [](C& c) { return nn::l1_loss(c[0], c[1], plain(c)); }},
      {"smooth_l1_loss",
       [](C& c) { return nn::smooth_l1_loss(c[0], c[1], {.beta = c.number("beta", 1), .reduction = reduction(c)}); }},
      {"huber_loss huber",
       [](C& c) { return nn::huber_loss(c[0], c[1], {.delta = c.number("delta", 1), .reduction = reduction(c)}); }},
      {"log_cosh log_cosh_loss", [](C& c) { return nn::log_cosh(c[0], c[1], plain(c)); }},
      {"poisson_nll_loss",
       [](C& c) {
         return nn::poisson_nll_loss(c[0], c[1],
                                     {.log_input = c.flag("log_input", true),
                                      .full = c.flag("full"),
                                      .eps = c.number("eps", 1e-8),
                                      .reduction = reduction(c)});
       }},
      {"gaussian_nll_loss",
       [](C& c) {
         return nn::gaussian_nll_loss(
             c[0], c[1], c[2], {.full = c.flag("full"), .eps = c.number("eps", 1e-6), .reduction = reduction(c)});
       }},
  });
}

void add_classification(Table& table) {
  table.operations({
      {"bce_loss binary_cross_entropy bce",
       [](C& c) { return nn::binary_cross_entropy(c[0], c[1], {.weight = weight(c), .reduction = reduction(c)}); }},
      {"bce_with_logits binary_cross_entropy_with_logits bce_with_logits_loss",
       [](C& c) {
         return nn::binary_cross_entropy_with_logits(
             c[0], c[1], {.weight = weight(c), .pos_weight = pos_weight(c), .reduction = reduction(c)});
       }},
      {"cross_entropy cross_entropy_loss",
       [](C& c) {
         return nn::cross_entropy(c[0], c[1],
                                  {.weight = weight(c),
                                   .ignore_index = ignore_index(c),
                                   .label_smoothing = c.number("label_smoothing", 0),
                                   .reduction = reduction(c)});
       }},
      {"nll_loss",
       [](C& c) {
         return nn::nll_loss(c[0], c[1],
                             {.weight = weight(c), .ignore_index = ignore_index(c), .reduction = reduction(c)});
       }},
      {"kl_div kl_div_loss",
       [](C& c) { return nn::kl_div(c[0], c[1], {.log_target = c.flag("log_target"), .reduction = reduction(c)}); }},
      {"categorical_cross_entropy",
       [](C& c) {
         return nn::categorical_cross_entropy(
             c[0], c[1], {.label_smoothing = c.number("label_smoothing", 0), .reduction = reduction(c)});
       }},
      {"multilabel_soft_margin_loss",
       [](C& c) {
         return nn::multilabel_soft_margin_loss(c[0], c[1], {.weight = weight(c), .reduction = reduction(c)});
       }},
  });
}

void add_margins(Table& table) {
  table.operations({
      {"hinge_loss", [](C& c) { return nn::hinge_loss(c[0], c[1], plain(c)); }},
      {"squared_hinge_loss", [](C& c) { return nn::squared_hinge_loss(c[0], c[1], plain(c)); }},
      {"soft_margin_loss", [](C& c) { return nn::soft_margin_loss(c[0], c[1], plain(c)); }},
      {"hinge_embedding_loss",
       [](C& c) {
         return nn::hinge_embedding_loss(c[0], c[1], {.margin = c.number("margin", 1), .reduction = reduction(c)});
       }},
      {"margin_ranking_loss",
       [](C& c) {
         return nn::margin_ranking_loss(c[0], c[1], c[2], {.margin = c.number("margin", 0), .reduction = reduction(c)});
       }},
      {"multi_margin_loss",
       [](C& c) {
         return nn::multi_margin_loss(c[0], c[1],
                                      {.p = static_cast<int>(c.number("p", 1)),
                                       .margin = c.number("margin", 1),
                                       .weight = weight(c),
                                       .reduction = reduction(c)});
       }},
      {"multilabel_margin_loss", [](C& c) { return nn::multilabel_margin_loss(c[0], c[1], plain(c)); }},
      {"cosine_embedding_loss",
       [](C& c) {
         return nn::cosine_embedding_loss(c[0], c[1], c[2],
                                          {.margin = c.number("margin", 0), .reduction = reduction(c)});
       }},
      {"triplet_margin_loss",
       [](C& c) {
         return nn::triplet_margin_loss(c[0], c[1], c[2],
                                        {.margin = c.number("margin", 1),
                                         .p = c.number("p", 2),
                                         .eps = c.number("eps", 1e-6),
                                         .swap = c.flag("swap"),
                                         .reduction = reduction(c)});
       }},
  });
}

}  // namespace

void add_losses(Table& table) {
  add_regression(table);
  add_classification(table);
  add_margins(table);
}

}  // namespace xgrad::reference
