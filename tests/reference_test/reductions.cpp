/// Rows: reductions, scans, sorting and softmax.

#include "autograd/ops.hpp"
#include "tests/reference_test/table.hpp"

namespace xgrad::reference {

namespace {

bool keepdim(C& c) { return c.flag("keepdim"); }

/// `correction`, or else `unbiased`, 1 unless told.
double correction(C& c) { return c.number("correction", c.flag("unbiased", true) ? 1 : 0); }

Outputs both(ValuesAndIndices r) { return std::vector<Tensor>{std::move(r.values), std::move(r.indices)}; }

Outputs sorted(C& c) { return both(sort(c[0], c.integer("dim", -1), c.flag("descending"))); }

Outputs top(C& c) {
  return both(topk(c[0], c.integer("k"), c.integer("dim", -1), c.flag("largest", true), c.flag("sorted", true)));
}

/// The values alone, or with what `return_inverse` and `return_counts` ask for.
Outputs uniques(C& c) {
  Unique u = unique(c[0]);
  std::vector<Tensor> outputs{u.values};
  if (c.flag("return_inverse")) outputs.push_back(u.inverse);
  if (c.flag("return_counts")) outputs.push_back(u.counts);
  return outputs;
}

}  // namespace

void add_reductions(Table& table) {
  table.operations({
      {"sum", [](C& c) { return sum(c[0], c.axes(), keepdim(c)); }},
      {"mean", [](C& c) { return mean(c[0], c.axes(), keepdim(c)); }},
      {"var", [](C& c) { return var(c[0], c.axes(), correction(c), keepdim(c)); }},
      {"std", [](C& c) { return xgrad::std(c[0], c.axes(), correction(c), keepdim(c)); }},
      {"prod", [](C& c) { return prod(c[0], c.axes(), keepdim(c)); }},
      {"norm vector_norm",
       [](C& c) { return norm(c[0], c.number(c.has("ord") ? "ord" : "p", 2), c.axes(), keepdim(c)); }},
      {"any", [](C& c) { return any(c[0], c.axes(), keepdim(c)); }},
      {"all", [](C& c) { return all(c[0], c.axes(), keepdim(c)); }},
      {"count_nonzero", [](C& c) { return count_nonzero(c[0], c.axes(), keepdim(c)); }},
      {"histc", [](C& c) { return histc(c[0], c.integer("bins", 100), c.number("min", 0), c.number("max", 0)); }},
      {"median", [](C& c) { return c.has("dim") ? both(median(c[0], c.integer("dim"), keepdim(c))) : median(c[0]); }},
      {"amax", [](C& c) { return amax(c[0], c.axes(), keepdim(c)); }},
      {"amin", [](C& c) { return amin(c[0], c.axes(), keepdim(c)); }},
      {"logsumexp", [](C& c) { return logsumexp(c[0], c.axes(), keepdim(c)); }},
      {"max", [](C& c) { return c.has("dim") ? both(max(c[0], c.integer("dim"), keepdim(c))) : max(c[0]); }},
      {"min", [](C& c) { return c.has("dim") ? both(min(c[0], c.integer("dim"), keepdim(c))) : min(c[0]); }},
      {"argmax", [](C& c) { return c.has("dim") ? argmax(c[0], c.integer("dim"), keepdim(c)) : argmax(c[0]); }},
      {"argmin", [](C& c) { return c.has("dim") ? argmin(c[0], c.integer("dim"), keepdim(c)) : argmin(c[0]); }},
      {"broadcast_sum sum_to_size", [](C& c) { return sum_to(c[0], c.list("shape")); }},
      {"cumsum", [](C& c) { return cumsum(c[0], c.integer("dim")); }},
      {"cumprod", [](C& c) { return cumprod(c[0], c.integer("dim")); }},
      {"logcumsumexp", [](C& c) { return logcumsumexp(c[0], c.integer("dim")); }},
      {"cummax", [](C& c) { return both(cummax(c[0], c.integer("dim"))); }},
      {"cummin", [](C& c) { return both(cummin(c[0], c.integer("dim"))); }},
      {"sort", sorted},
      {"argsort", [](C& c) { return argsort(c[0], c.integer("dim", -1), c.flag("descending")); }},
      {"topk", top},
      {"unique", uniques},
      {"cosine_similarity",
       [](C& c) { return cosine_similarity(c[0], c[1], c.integer("dim", 1), c.number("eps", 1e-8)); }},
      {"softmax", [](C& c) { return softmax(c[0], c.integer("dim")); }},
      {"log_softmax", [](C& c) { return log_softmax(c[0], c.integer("dim")); }},
  });
}

}  // namespace xgrad::reference
