// What convolutions and poolings tell summary, and what their penalties and bounds are.

#include <doctest/doctest.h>

#include <cmath>

#include "autograd/create.hpp"
#include "autograd/ops.hpp"
#include "nn/nn.hpp"

using namespace xgrad;

TEST_SUITE_BEGIN("nn");

TEST_CASE("summary counts the multiply-adds of a convolutional network and how far each layer sees") {
  nn::Sequential net(nn::Conv2D(1, 16, 3), nn::MaxPool(2), nn::Dropout(0.25), nn::Conv2D(16, 32, 3), nn::MaxPool(2),
                     nn::Flatten(), nn::Dense(800, 128), nn::Dropout(0.5), nn::Dense(128, 10));
  const nn::Summary s = nn::summary(net, {1, 28, 28}, {.multiply_adds = true, .receptive_field = true});
  CHECK(s.rows[0].multiply_adds == 26 * 26 * 16 * 9);
  CHECK(s.rows[3].multiply_adds == 11 * 11 * 32 * 16 * 9);
  CHECK(s.multiply_adds == 97344 + 557568 + 800 * 128 + 128 * 10);
  CHECK(s.total == 108618);
  using Field = std::vector<std::int64_t>;
  CHECK(s.rows[0].receptive_field == Field{3, 3});
  CHECK(s.rows[1].receptive_field == Field{4, 4});
  CHECK(s.rows[3].receptive_field == Field{8, 8});
  CHECK(s.rows[4].receptive_field == Field{10, 10});
}

TEST_CASE("groups, dilation, strides, transposition and global pools count as they are") {
  nn::Conv2D grouped(8, 16, {3, 1}, {.stride = {2, 1}, .dilation = {2, 1}, .groups = 4});
  const nn::Cost cost = grouped.cost(std::vector<Shape>{{1, 8, 9, 5}}, {1, 16, 3, 5});
  CHECK(cost.multiply_adds == 16 * 3 * 5 * 2 * 3);
  CHECK(cost.windows[0].kernel == 3);
  CHECK(cost.windows[0].stride == 2.);
  CHECK(cost.windows[0].dilation == 2);
  CHECK(cost.windows[1].kernel == 1);
  nn::ConvTranspose2D up(4, 2, 4, {.stride = 2, .padding = 1});
  CHECK(up.cost(std::vector<Shape>{{1, 4, 5, 5}}, {1, 2, 10, 10}).multiply_adds == 4 * 25 * 2 * 16);
  CHECK(up.cost(std::vector<Shape>{{1, 4, 5, 5}}, {1, 2, 10, 10}).windows[0].stride == 0.5);
  nn::Sequential whole(nn::Conv2D(1, 2, 3), nn::GlobalAvgPool());
  CHECK(nn::summary(whole, {1, 7, 9}, {.receptive_field = true}).rows[1].receptive_field ==
        std::vector<std::int64_t>{7, 9});
}

TEST_CASE("a convolution's kernel and bias take penalties and bounds, by output channel") {
  nn::Conv2D conv(1, 2, 2,
                  {.dtype = float64,
                   .kernel_regularizer = nn::l2(0.1),
                   .bias_regularizer = nn::l1(0.5),
                   .kernel_constraint = nn::max_norm(1)});
  conv.weight.copy_(tensor({1., 2., 2., 4., 0.1, 0.1, 0.1, 0.1}, float64).reshape({2, 1, 2, 2}));
  conv.bias.copy_(tensor({-1., 3.}, float64));
  CHECK(nn::regularization_loss(conv).item<double>() == doctest::Approx(0.1 * 25.04 + 0.5 * 4));
  nn::apply_constraints(conv);
  CHECK(std::sqrt(sum(square(conv.weight.detach()[0])).item<double>()) == doctest::Approx(1.));
  CHECK(conv.weight.values<double>()[4] == 0.1);  // within its bound: as it was
  CHECK(conv.repr() ==
        "Conv2D(1, 2, 2, {.kernel_regularizer = l2(0.1), .bias_regularizer = l1(0.5), .kernel_constraint = "
        "max_norm(1)})");
  nn::ConvTranspose2D up(2, 1, 2, {.dtype = float64, .kernel_constraint = nn::max_norm(1)});
  up.weight.copy_(full({2, 1, 2, 2}, 1., float64));
  nn::apply_constraints(up);  // one output channel, fed by both inputs
  CHECK(sum(square(up.weight.detach())).item<double>() == doctest::Approx(1.));
}

TEST_SUITE_END();
