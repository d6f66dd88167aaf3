// Anomaly reports, and graphs as text.

#include "autograd/anomaly.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "autograd/autograd.hpp"
#include "tests/throws.hpp"

using namespace xgrad;

namespace {
constexpr float kInf = std::numeric_limits<float>::infinity();
}

TEST_SUITE_BEGIN("autograd");

TEST_CASE("DetectAnomaly names the first operation with a NaN or infinity, where, and what went in") {
  Tensor x = tensor({{1., 2.}, {0., 3.}}).requires_grad_();
  CHECK_NOTHROW(log(x));
  const DetectAnomaly guard;
  CHECK(throws<AnomalyError>([&] { log(x) * 2; },
                             "log: result has -inf at [1, 0] (1 of 4 elements); input 0: float32 [2, 2] from 0 to 3"));
  CHECK(
      throws<AnomalyError>([&] { sqrt(tensor({-1.})); }, "sqrt: result has NaN at [0]"));  // also what is not recorded
  CHECK_NOTHROW(x * 2 + exp(x));
}

TEST_CASE("DetectAnomaly finds what backward produces, in recorded vjps and in fused ones") {
  Tensor x = tensor({4., 0.}).requires_grad_();
  const DetectAnomaly guard;
  const Tensor y = sum(sqrt(x));
  CHECK(throws<AnomalyError>([&] { y.backward(); }, "div: result has inf at [1] (1 of 2 elements)"));
  CHECK(throws<AnomalyError>([&] { sum(sqrt(x)).backward(); }, "in the backward of 'sqrt'"));
  Tensor z = tensor({1.}).requires_grad_();
  const Tensor fused = tanh(z);
  CHECK(throws<AnomalyError>([&] { fused.backward(tensor({kInf})); },
                             "backward of 'tanh': gradient for input 0 has inf at [0]"));
}

TEST_CASE("DetectAnomaly can pass over infinities, nests, and ends with its scope") {
  Tensor x = tensor({0., 1.}).requires_grad_();
  {
    const DetectAnomaly guard({.infinities = false});
    CHECK_NOTHROW(log(x));
    CHECK(throws<AnomalyError>([&] { log(x - 1); }, "has NaN"));
    {
      const DetectAnomaly inner;
      CHECK(throws<AnomalyError>([&] { log(x); }, "has -inf"));
    }
    CHECK_NOTHROW(log(x));
  }
  CHECK_NOTHROW(log(x - 1));
}

TEST_CASE("to_text lists operations in the order of recording, with names, dtypes and shapes") {
  Tensor x = ones({2, 3}), w = ones({4, 3}).requires_grad_(), b = zeros({4}).requires_grad_();
  const Tensor y = sum(relu(linear(x, w, b)));
  const std::vector<NamedTensor> names = {{"weight", w}, {"bias", b}};
  CHECK(to_text(y, names) ==
        "weight                                           leaf float32 [4, 3]\n"
        "bias                                             leaf float32 [4]\n"
        "%1 = linear(const float32 [2, 3], weight, bias)  float32 [2, 4]\n"
        "%2 = relu(%1)                                    float32 [2, 4]\n"
        "%3 = sum(%2)                                     float32 []\n");
  CHECK(to_text(x) == "not recorded: float32 [2, 3]\n");
}

TEST_CASE("to_dot is a graph that Graphviz can read, shared nodes once") {
  Tensor a = ones({2}).requires_grad_();
  const Tensor b = a * a, c = b + b * 3;
  const std::string dot = to_dot(c);
  CHECK(dot.find("digraph xgrad {") == 0);
  CHECK(dot.find("leaf0\\nfloat32 [2]") != std::string::npos);
  std::size_t muls = 0;
  for (std::size_t at = dot.find("label=\"mul"); at != std::string::npos; at = dot.find("label=\"mul", at + 1)) ++muls;
  CHECK(muls == 2);
  Tensor deep = ones({}).requires_grad_();
  for (int i = 0; i < 100000; ++i) deep = deep + 1;
  CHECK(to_dot(deep).size() > 100000);
}

TEST_SUITE_END();
