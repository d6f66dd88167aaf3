/// Rows: elementwise operations and comparisons.

#include <optional>

#include "autograd/ops.hpp"
#include "tests/reference_test/table.hpp"

namespace xgrad::reference {

namespace {

/// A bound of `clamp`, where the case has it.
std::optional<Scalar> bound(C& c, const char* name) {
  if (!c.has(name)) return std::nullopt;
  return c.number(name);
}

Tensor clamp_of(C& c) {
  if (c.n_inputs() == 1) return clamp(c[0], bound(c, "min"), bound(c, "max"));
  return clamp(c[0], c[1], c.n_inputs() > 2 ? c[2] : Tensor());
}

}  // namespace

void add_elementwise(Table& table) {
  table.operations({
      {"add", [](C& c) { return c[0] + c[1]; }},
      {"sub subtract", [](C& c) { return c[0] - c[1]; }},
      {"mul multiply", [](C& c) { return c[0] * c[1]; }},
      {"div divide true_divide", [](C& c) { return c[0] / c[1]; }},
      {"where", [](C& c) { return where(c.mask(0), c[1], c[2]); }},
      {"neg negative", [](C& c) { return -c[0]; }},
      {"exp", [](C& c) { return exp(c[0]); }},
      {"log", [](C& c) { return log(c[0]); }},
      {"sqrt", [](C& c) { return sqrt(c[0]); }},
      {"square", [](C& c) { return square(c[0]); }},
      {"tanh", [](C& c) { return tanh(c[0]); }},
      {"sigmoid expit", [](C& c) { return sigmoid(c[0]); }},
      {"relu", [](C& c) { return relu(c[0]); }},
      // of one operand
      {"abs absolute", [](C& c) { return abs(c[0]); }},
      {"sign sgn", [](C& c) { return sign(c[0]); }},
      {"reciprocal", [](C& c) { return reciprocal(c[0]); }},
      {"rsqrt", [](C& c) { return rsqrt(c[0]); }},
      {"log2", [](C& c) { return log2(c[0]); }},
      {"log10", [](C& c) { return log10(c[0]); }},
      {"log1p", [](C& c) { return log1p(c[0]); }},
      {"expm1", [](C& c) { return expm1(c[0]); }},
      {"erf", [](C& c) { return erf(c[0]); }},
      {"sin", [](C& c) { return sin(c[0]); }},
      {"cos", [](C& c) { return cos(c[0]); }},
      {"tan", [](C& c) { return tan(c[0]); }},
      {"asin arcsin", [](C& c) { return asin(c[0]); }},
      {"acos arccos", [](C& c) { return acos(c[0]); }},
      {"atan arctan", [](C& c) { return atan(c[0]); }},
      {"sinh", [](C& c) { return sinh(c[0]); }},
      {"cosh", [](C& c) { return cosh(c[0]); }},
      {"floor", [](C& c) { return floor(c[0]); }},
      {"ceil", [](C& c) { return ceil(c[0]); }},
      {"round", [](C& c) { return round(c[0]); }},
      {"trunc fix", [](C& c) { return trunc(c[0]); }},
      // of two
      {"atan2 arctan2", [](C& c) { return atan2(c[0], c[1]); }},
      {"hypot", [](C& c) { return hypot(c[0], c[1]); }},
      {"maximum", [](C& c) { return maximum(c[0], c[1]); }},
      {"minimum", [](C& c) { return minimum(c[0], c[1]); }},
      {"clamp clip", clamp_of},
      {"pow power pow_tensor",
       [](C& c) { return c.n_inputs() > 1 ? pow(c[0], c[1]) : pow(c[0], c.number("exponent")); }},
      {"pow_scalar", [](C& c) { return pow(c[0], c.number("exponent")); }},
      {"rpow_scalar rpow", [](C& c) { return pow(c.number("base"), c[0]); }},
      {"remainder mod", [](C& c) { return c.n_inputs() > 1 ? c[0] % c[1] : c[0] % c.number("other"); }},
      // activations
      {"leaky_relu", [](C& c) { return leaky_relu(c[0], c.number("negative_slope", 0.01)); }},
      {"prelu", [](C& c) { return prelu(c[0], c[1]); }},
      {"elu", [](C& c) { return elu(c[0], c.number("alpha", 1)); }},
      {"selu", [](C& c) { return selu(c[0]); }},
      {"softplus", [](C& c) { return softplus(c[0], c.number("beta", 1), c.number("threshold", 20)); }},
      {"logsigmoid log_sigmoid", [](C& c) { return logsigmoid(c[0]); }},
      {"softsign", [](C& c) { return softsign(c[0]); }},
      {"gelu", [](C& c) { return gelu(c[0], c.text("approximate", "none")); }},
      {"silu swish", [](C& c) { return silu(c[0]); }},
      {"mish", [](C& c) { return mish(c[0]); }},
      {"hardtanh", [](C& c) { return hardtanh(c[0], c.number("min_val", -1), c.number("max_val", 1)); }},
      {"relu6", [](C& c) { return relu6(c[0]); }},
      {"hardsigmoid hard_sigmoid", [](C& c) { return hardsigmoid(c[0]); }},
      {"hardswish hard_swish", [](C& c) { return hardswish(c[0]); }},
      // bools
      {"isnan", [](C& c) { return isnan(c[0]); }},
      {"isinf", [](C& c) { return isinf(c[0]); }},
      {"isfinite", [](C& c) { return isfinite(c[0]); }},
      {"logical_and", [](C& c) { return logical_and(c[0], c[1]); }},
      {"logical_or", [](C& c) { return logical_or(c[0], c[1]); }},
      {"logical_xor", [](C& c) { return logical_xor(c[0], c[1]); }},
      {"logical_not", [](C& c) { return logical_not(c[0]); }},
      {"eq equal", [](C& c) { return eq(c[0], c[1]); }},
      {"ne not_equal", [](C& c) { return ne(c[0], c[1]); }},
      {"lt less", [](C& c) { return lt(c[0], c[1]); }},
      {"le less_equal", [](C& c) { return le(c[0], c[1]); }},
      {"gt greater", [](C& c) { return gt(c[0], c[1]); }},
      {"ge greater_equal", [](C& c) { return ge(c[0], c[1]); }},
  });
}

}  // namespace xgrad::reference
