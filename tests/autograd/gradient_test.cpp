// One row per operation: first and second derivatives against finite differences in float64, over shapes that
// broadcast, have axes of size 1, or none. A new operation adds a row.

#include "oracle.hpp"

using namespace xgrad;
using oracle::spread;

namespace {

struct Row {
  const char* name;
  oracle::Function f;
  std::vector<Tensor> inputs;
};

using In = const std::vector<Tensor>&;

const std::vector<Row>& rows() {
  static const std::vector<Row> all = {
      // arithmetic
      {"add", [](In x) { return x[0] + x[1]; }, {spread({2, 3}), spread({3}, -1, 1, 1)}},
      {"add, scalar operand", [](In x) { return square(x[0]) + x[1]; }, {spread({2, 3}), spread({}, -1, 1, 1)}},
      {"sub", [](In x) { return x[0] - x[1] * x[1]; }, {spread({2, 1, 3}), spread({4, 1}, -1, 1, 1)}},
      {"mul", [](In x) { return x[0] * x[1]; }, {spread({2, 3}), spread({2, 1}, -1, 1, 1)}},
      {"mul by itself", [](In x) { return x[0] * x[0] * x[0]; }, {spread({4})}},
      {"div", [](In x) { return x[0] / x[1]; }, {spread({2, 3}), spread({3}, 0.7, 2, 1)}},
      {"with numbers", [](In x) { return (2. - 3 * x[0]) / 4. + 1 / (x[0] - 5.); }, {spread({5})}},
      {"neg", [](In x) { return -square(x[0]); }, {spread({3})}},
      {"where", [](In x) { return where(x[0] > 0, square(x[0]), x[1] * x[0]); }, {spread({2, 3}), spread({3}, 1, 2)}},
      // functions
      {"exp", [](In x) { return exp(x[0]); }, {spread({5})}},
      {"log", [](In x) { return log(x[0]); }, {spread({5}, 0.5, 3)}},
      {"sqrt", [](In x) { return sqrt(x[0]); }, {spread({5}, 0.5, 3)}},
      {"square", [](In x) { return square(x[0]); }, {spread({5})}},
      {"tanh", [](In x) { return tanh(x[0]); }, {spread({5})}},
      {"sigmoid", [](In x) { return sigmoid(x[0]); }, {spread({5})}},
      {"relu", [](In x) { return relu(square(x[0]) - 0.5); }, {spread({7})}},
      // reductions
      {"sum", [](In x) { return sum(square(x[0])); }, {spread({2, 3})}},
      {"sum over axes",
       [](In x) {
         return square(sum(x[0], {0, -1}));
       },
       {spread({2, 3, 2})}},
      {"sum, keepdim", [](In x) { return x[0] * sum(x[0], 1, true); }, {spread({2, 3})}},
      {"mean", [](In x) { return square(mean(x[0], {1})); }, {spread({2, 3, 2})}},
      {"mean of a scalar", [](In x) { return mean(square(x[0])); }, {spread({})}},
      {"sum_to",
       [](In x) {
         return square(sum_to(x[0], {3, 1}));
       },
       {spread({2, 3, 2})}},
      {"amax", [](In x) { return square(amax(x[0], 1)); }, {spread({3, 4})}},
      {"amin",
       [](In x) {
         return square(amin(x[0], {0, 2}, true));
       },
       {spread({2, 3, 2})}},
      {"max of all", [](In x) { return square(max(x[0])); }, {spread({3, 4})}},
      {"min of all", [](In x) { return square(min(x[0])); }, {spread({3, 4})}},
      {"max along an axis", [](In x) { return square(max(x[0], 0).values); }, {spread({3, 4})}},
      {"min along an axis", [](In x) { return square(min(x[0], -1, true).values); }, {spread({3, 4})}},
      {"logsumexp",
       [](In x) {
         return logsumexp(x[0], {0, 1});
       },
       {spread({3, 4})}},
      {"logsumexp, keepdim", [](In x) { return square(logsumexp(x[0], 1, true)); }, {spread({3, 4})}},
      // products
      {"matmul, vectors", [](In x) { return matmul(x[0], x[1]); }, {spread({3}), spread({3}, -1, 1, 1)}},
      {"matmul, matrix by vector", [](In x) { return matmul(x[0], x[1]); }, {spread({2, 3}), spread({3}, -1, 1, 1)}},
      {"matmul, vector by matrix", [](In x) { return matmul(x[0], x[1]); }, {spread({3}), spread({3, 2}, -1, 1, 1)}},
      {"matmul", [](In x) { return matmul(x[0], x[1]); }, {spread({2, 3}), spread({3, 4}, -1, 1, 1)}},
      {"matmul, batch by matrix",
       [](In x) { return matmul(x[0], x[1]); },
       {spread({2, 2, 3}), spread({3, 2}, -1, 1, 1)}},
      {"matmul, matrix by batch",
       [](In x) { return matmul(x[0], x[1]); },
       {spread({2, 3}), spread({2, 3, 2}, -1, 1, 1)}},
      {"matmul, broadcast batches",
       [](In x) { return matmul(x[0], x[1]); },
       {spread({2, 1, 2, 3}), spread({3, 3, 2}, -1, 1, 1)}},
      {"matmul, batch by vector", [](In x) { return matmul(x[0], x[1]); }, {spread({2, 2, 3}), spread({3}, -1, 1, 1)}},
      {"bmm, A transposed",
       [](In x) { return bmm(x[0], x[1], true, false); },
       {spread({2, 3, 2}), spread({2, 3, 4}, -1, 1, 1)}},
      {"bmm, B transposed",
       [](In x) { return bmm(x[0], x[1], false, true); },
       {spread({2, 3}), spread({4, 3}, -1, 1, 1)}},
      {"bmm, both transposed",
       [](In x) { return bmm(x[0], x[1], true, true); },
       {spread({3, 2}), spread({4, 3}, -1, 1, 1)}},
      {"linear",
       [](In x) { return linear(x[0], x[1], x[2]); },
       {spread({2, 3}), spread({4, 3}, -1, 1, 1), spread({4}, -1, 1, 2)}},
      {"linear without bias, one more axis",
       [](In x) { return linear(x[0], x[1]); },
       {spread({2, 2, 3}), spread({4, 3}, -1, 1, 1)}},
      {"linear of one sample",
       [](In x) { return square(linear(x[0], x[1], x[2])); },
       {spread({3}), spread({2, 3}, -1, 1, 1), spread({2}, -1, 1, 2)}},
      // shapes
      {"reshape", [](In x) { return square(reshape(x[0], {3, -1})); }, {spread({2, 3})}},
      {"flatten", [](In x) { return square(flatten(x[0], 1)); }, {spread({2, 3, 2})}},
      {"unsqueeze and squeeze", [](In x) { return square(squeeze(unsqueeze(x[0], -1))); }, {spread({2, 3})}},
      {"transpose", [](In x) { return square(transpose(x[0], 0, -1)); }, {spread({2, 3, 4})}},
      {"permute", [](In x) { return square(permute(x[0], {2, 0, 1})); }, {spread({2, 3, 4})}},
      {"expand", [](In x) { return square(expand(x[0], {4, -1, 3})); }, {spread({2, 1})}},
      {"slice", [](In x) { return square(slice(x[0], 1, 1, {}, 2)); }, {spread({2, 5})}},
      {"slice, backwards", [](In x) { return square(slice(x[0], 0, {}, {}, -2)); }, {spread({5, 2})}},
      {"select", [](In x) { return square(select(x[0], 1, -1)); }, {spread({2, 3})}},
      {"concat",
       [](In x) { return square(concat({x[0], x[1], x[0]}, 1)); },
       {spread({2, 2}), spread({2, 1}, -1, 1, 1)}},
      {"stack", [](In x) { return square(stack({x[0], x[1]}, 1)); }, {spread({2, 2}), spread({2, 2}, -1, 1, 1)}},
      {"clone", [](In x) { return square(x[0].clone()); }, {spread({3})}},
      // indexing
      {"gather", [](In x) { return square(gather(x[0], 1, tensor({{0, 0, 2}, {1, 1, 1}}))); }, {spread({2, 3})}},
      {"gather, smaller index", [](In x) { return square(gather(x[0], 0, tensor({{2, 0}}))); }, {spread({3, 3})}},
      {"scatter_add, smaller index",
       [](In x) { return square(scatter_add(x[0], 1, tensor({{0, 0, 2}}), x[1])); },
       {spread({2, 3}), spread({3, 4}, -1, 1, 1)}},
      {"place", [](In x) { return square(place(x[0], {2, 5}, 1, 2)); }, {spread({2, 3})}},
      {"scatter_add",
       [](In x) { return square(scatter_add(x[0], 1, tensor({{0, 0}, {2, 1}}), x[1])); },
       {spread({2, 3}), spread({2, 2}, -1, 1, 1)}},
      // softmax
      {"softmax", [](In x) { return softmax(x[0], 1); }, {spread({2, 3})}},
      {"softmax over the first axis", [](In x) { return softmax(x[0], 0); }, {spread({3, 2})}},
      {"log_softmax", [](In x) { return log_softmax(x[0], -1); }, {spread({2, 3})}},
      {"log_softmax over a middle axis", [](In x) { return square(log_softmax(x[0], 1)); }, {spread({2, 3, 2})}},
  };
  return all;
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("every operation's first and second derivatives match finite differences") {
  for (const Row& row : rows()) {
    CAPTURE(row.name);
    oracle::check(row.name, row.f, row.inputs);
  }
}

TEST_CASE("every operation gives the same in float32 as in float64, to float32's precision") {
  for (const Row& row : rows()) {
    std::vector<Tensor> single;
    for (const Tensor& x : row.inputs) single.push_back(x.to(float32).detach().requires_grad_());
    std::vector<Tensor> twice;
    for (const Tensor& x : single) twice.push_back(x.detach().to(float64).detach().requires_grad_());
    const Tensor y = row.f(single), reference = row.f(twice);
    REQUIRE_MESSAGE(y.dtype() == float32, row.name);
    for (std::int64_t i = 0; i < y.numel(); ++i)
      CHECK_MESSAGE(
          static_cast<double>(y.data<float>()[i]) == doctest::Approx(reference.data<double>()[i]).epsilon(2e-5),
          row.name << ", element " << i);
    sum(y).backward();
    sum(reference).backward();
    for (std::size_t k = 0; k < single.size(); ++k) {
      REQUIRE_MESSAGE(single[k].grad().defined(), row.name);
      for (std::int64_t i = 0; i < single[k].numel(); ++i)
        CHECK_MESSAGE(static_cast<double>(single[k].grad().data<float>()[i]) ==
                          doctest::Approx(twice[k].grad().data<double>()[i]).epsilon(2e-4),
                      row.name << ", gradient " << k << ", element " << i);
    }
  }
}

TEST_CASE("operations on tensors without elements give tensors without elements, and gradients likewise") {
  Tensor x = zeros({0, 3}).requires_grad_();
  const Tensor y = softmax(relu(x) * 2 + exp(x), 1);
  CHECK(y.shape() == Shape{0, 3});
  sum(y).backward();
  CHECK(x.grad().shape() == Shape{0, 3});
  CHECK(sum(x).item<double>() == 0.);
  CHECK(std::isnan(mean(x).item<double>()));
  Tensor w = zeros({2, 3}).requires_grad_();
  sum(linear(x, w)).backward();
  for (const float g : w.grad().values<float>()) CHECK(g == 0.f);
}

TEST_SUITE_END();
