// One row per operation that joins or cuts up; a new one adds its row here.

#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;

namespace {

std::vector<Shape> shapes_of(const std::vector<Tensor>& parts) {
  std::vector<Shape> shapes;
  for (const Tensor& part : parts) shapes.push_back(part.shape());
  return shapes;
}

const Rows& rows() {
  static const Rows all = {
      Row("concat",
          [](In x) {
            return square(concat({x[0], x[1], x[0]}, 1));
          },
          {spread({2, 2}), spread({2, 1}, -1, 1, 1)})
          .also({spread({2, 0}), spread({2, 1}, -1, 1, 1)})
          .also({spread({0, 2}), spread({0, 1}, -1, 1, 1)})
          .also({spread({2, 2, 2}), spread({2, 1, 2}, -1, 1, 1)})
          .large({spread({300, 800}), spread({300, 900}, -1, 1, 1)})
          .fails<ValueError>([] { concat(std::span<const Tensor>{}); }, "concat: got no tensors")
          .fails<ShapeError>(
              [] {
                concat({ones({2, 3}), ones({2, 4})}, 0);
              },
              "concat: tensor 1: got [2, 4], the first has [2, 3]")
          .fails<ShapeError>(
              [] {
                concat({ones({2, 3}), ones({2})}, 0);
              },
              "tensor 1: got [2]")
          .fails<ShapeError>(
              [] {
                concat({ones({0}), ones({2, 3}), ones({0, 2})}, 0);
              },
              "tensor 2: got [0, 2]")
          .fails<ShapeError>(
              [] {
                concat({ones({}), ones({})});
              },
              "concat: got scalars")
          .fails<IndexError>([] { concat({ones({2})}, 1); }, "concat: axis out of range")
          .fails<DTypeError>(
              [] {
                concat({ones({2}), ones({2}, float64)});
              },
              "concat: operands of different precision"),
      Row("cat",
          [](In x) {
            return square(cat({x[0], x[1]}));
          },
          {spread({2, 2}), spread({1, 2}, -1, 1, 1)}),
      Row("stack",
          [](In x) {
            return square(stack({x[0], x[1]}, 1));
          },
          {spread({2, 2}), spread({2, 2}, -1, 1, 1)})
          .also({spread({0, 2}), spread({0, 2})})
          .large({spread({400, 800}), spread({400, 800}, -1, 1, 1)})
          .fails<ValueError>([] { stack(std::span<const Tensor>{}); }, "stack: got no tensors")
          .fails<ShapeError>(
              [] {
                stack({ones({2}), ones({3})});
              },
              "stack: tensor 1: got [3], the first has [2]; expected equal shapes")
          .fails<IndexError>([] { stack({ones({2})}, 2); }, "stack: axis out of range: got axis 2"),
      Row("stack, scalars at the end",
          [](In x) {
            return square(stack({x[0], x[1], x[0]}, -1));
          },
          {spread({}), spread({}, -1, 1, 1)}),
      Row("split",
          [](In x) {
            const auto y = split(x[0], 2, 1);
            return sum(square(y[0])) * sum(y[2]) + sum(y[1]);
          },
          {spread({2, 5})})
          .fails<ValueError>([] { split(ones({4}), 0); }, "split: size of the parts: got 0")
          .fails<ValueError>([] { split(ones({4}), -1); }, "got -1")
          .fails<ValueError>(
              [] {
                split(ones({4}), {1, 2});
              },
              "split: sections: got [1, 2] for axis 0 of shape [4]; expected them to add up to 4")
          .fails<ValueError>(
              [] {
                split(ones({4}), {6, -2});
              },
              "sections: got [6, -2]")
          .fails<ValueError>([] { split(ones({4}), {3}); }, "sections: got [3]")
          .fails<ValueError>(
              [] {
                split(ones({4}), {INT64_MAX, INT64_MAX, 6});
              },
              "sections")
          .fails<IndexError>([] { split(ones({}), 1); }, "split: a scalar has no axes")
          .fails<IndexError>([] { split(ones({4}), 1, 1); }, "split: axis out of range"),
      Row("split, sections",
          [](In x) {
            const auto y = split(x[0], {1, 0, 2}, -1);
            return sum(square(y[0])) * sum(square(y[2])) + sum(y[1]);
          },
          {spread({2, 3})}),
      Row("chunk",
          [](In x) {
            const auto y = chunk(x[0], 2);
            return square(y[0]) * y[1];
          },
          {spread({4, 2})})
          .large({spread({700, 900})})
          .fails<ValueError>([] { chunk(ones({4}), 0); }, "chunk: chunks: got 0")
          .fails<IndexError>([] { chunk(ones({}), 2); }, "chunk: a scalar has no axes"),
      Row("meshgrid",
          [](In x) {
            const auto y = meshgrid({x[0], x[1]}, "xy");
            return square(y[0]) * y[1];
          },
          {spread({2}), spread({3}, -1, 1, 1)})
          .also({spread({}), spread({3}, -1, 1, 1)})
          .fails<ValueError>([] { meshgrid(std::span<const Tensor>{}); }, "meshgrid: got no tensors")
          .fails<ValueError>([] { meshgrid({ones({2})}, "yx"); }, "indexing: got 'yx'")
          .fails<ShapeError>(
              [] {
                meshgrid({ones({2}), ones({2, 1})});
              },
              "meshgrid: tensor 1: got [2, 1]")
          .fails<DTypeError>(
              [] {
                meshgrid({ones({2}), zeros({2}, int64)});
              },
              "meshgrid: tensor 1: got int64"),
  };
  return all;
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("joining and cutting operations") { check(rows()); }

TEST_CASE("concat passes over tensors of shape [0], as PyTorch does, and they get a gradient of that shape") {
  Tensor none = zeros({0}).requires_grad_(), x = ones({2, 3}).requires_grad_();
  const Tensor y = concat({none, x, none}, 1);
  CHECK(y.shape() == Shape{2, 3});
  sum(y * 2).backward();
  CHECK(none.grad().shape() == Shape{0});
  CHECK(x.grad().str() == "[[2. 2. 2.]\n [2. 2. 2.]]");
  CHECK(concat({none, none}).shape() == Shape{0});
  CHECK(concat({none, x, none}, -2).shape() == Shape{2, 3});
}

TEST_CASE("concat and stack promote as arithmetic does") {
  CHECK(concat({tensor({1, 2}), tensor({0.5})}).str() == "[1.  2.  0.5]");
  CHECK(concat({tensor({true}), tensor({3})}).str() == "[1 3]");
  CHECK(stack({tensor({1, 2}, uint8), tensor({3, 4})}).dtype() == int64);
  CHECK(concat({tensor({1}, uint8), tensor({255}, uint8)}).dtype() == uint8);
  CHECK(concat({tensor({true}), tensor({false})}).dtype() == bool_);
  CHECK(cat({ones({1}), tensor({2})}).str() == "[1. 2.]");
}

TEST_CASE("more tensors can be joined than a node has inputs") {
  std::vector<Tensor> parts(70000, ones({1}));
  parts[0] = tensor({3.}).requires_grad_();
  parts[69999] = tensor({4.}).requires_grad_();
  const Tensor y = concat(parts);
  CHECK(y.numel() == 70000);
  sum(square(y)).backward();
  CHECK(parts[0].grad().item<float>() == 6.f);
  CHECK(parts[69999].grad().item<float>() == 8.f);
  CHECK(stack(parts, 1).shape() == Shape{1, 70000});
}

TEST_CASE("split and chunk cut where PyTorch cuts") {
  CHECK(shapes_of(split(zeros({7, 2}), 3)) == std::vector<Shape>{{3, 2}, {3, 2}, {1, 2}});
  CHECK(shapes_of(split(zeros({2}), 5)) == std::vector<Shape>{{2}});
  CHECK(shapes_of(split(zeros({0, 2}), 3)) == std::vector<Shape>{{0, 2}});
  CHECK(shapes_of(split(zeros({0}), 0)) == std::vector<Shape>{{0}});
  CHECK(split(zeros({0}), std::vector<std::int64_t>{}).empty());
  CHECK(shapes_of(split(zeros({3}), {0, 3, 0})) == std::vector<Shape>{{0}, {3}, {0}});
  CHECK(shapes_of(chunk(zeros({7}), 3)) == std::vector<Shape>{{3}, {3}, {1}});
  CHECK(shapes_of(chunk(zeros({10}), 6)) == std::vector<Shape>{{2}, {2}, {2}, {2}, {2}});
  CHECK(shapes_of(chunk(zeros({2}), 5)) == std::vector<Shape>{{1}, {1}});
  CHECK(shapes_of(chunk(zeros({0, 2}), 3)) == std::vector<Shape>{{0, 2}, {0, 2}, {0, 2}});
  CHECK(chunk(arange(5), 2, -1)[1].str() == "[3 4]");
}

TEST_CASE("grids vary along their own axis, the first two swapped for xy") {
  const auto ij = meshgrid({arange(2), arange(3)});
  CHECK(ij[0].str() == "[[0 0 0]\n [1 1 1]]");
  CHECK(ij[1].str() == "[[0 1 2]\n [0 1 2]]");
  const auto xy = meshgrid({arange(2), arange(3), arange(4)}, "xy");
  CHECK(shapes_of(xy) == std::vector<Shape>(3, Shape{3, 2, 4}));
  CHECK(xy[0].index({0, Range{}, 0}).str() == "[0 1]");
  CHECK(xy[1].index({Range{}, 0, 0}).str() == "[0 1 2]");
  CHECK(xy[2].index({0, 0}).str() == "[0 1 2 3]");
  CHECK(meshgrid({arange(3)}, "xy")[0].str() == "[0 1 2]");
}

TEST_SUITE_END();
