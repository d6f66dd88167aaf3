#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "autograd/autograd.hpp"
#include "tests/files.hpp"
#include "tests/throws.hpp"
#include "tests/train/gnuplot.hpp"
#include "train/pictures.hpp"

using namespace xgrad;
using namespace xgrad::test;
namespace plot = train::plot;

namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++n;
  return n;
}
bool shows(const fs::path& svg, const std::string& text) { return contains(content(svg), ">" + text + "<"); }

}  // namespace

TEST_CASE("images: one for each, grey or coloured, with its label") {
  if (!have_gnuplot()) return;
  Folder folder;
  plot::images(folder / "a.svg", rand({7, 5, 4}), {.labels = {"l0", "l1", "l2", "l3", "l4", "l5", "<6>"}});
  CHECK(count(content(folder / "a.svg"), "<image ") == 7);
  CHECK(shows(folder / "a.svg", "l5"));
  CHECK(shows(folder / "a.svg", "&lt;6>"));
  plot::images(folder / "b.svg", rand({2, 3, 8, 8}));
  CHECK(count(content(folder / "b.svg"), "<image ") == 2);
  plot::images(folder / "c.svg", zeros({1, 1, 1, 1}));
  CHECK(throws<ShapeError>([&] { plot::images(folder / "d.svg", rand({2, 2, 8, 8})); }, "got [2, 2, 8, 8]; expected"));
  CHECK(throws<ShapeError>([&] { plot::images(folder / "d.svg", rand({8, 8})); }, "got [8, 8]; expected"));
  CHECK(throws<ValueError>([&] { plot::images(folder / "d.svg", zeros({0, 8, 8})); }, "got 0 images"));
  CHECK(throws<ValueError>(
      [&] {
        plot::images(folder / "d.svg", rand({2, 8, 8}), {.labels = {"a"}});
      },
      "got 1 for 2 images"));
}

TEST_CASE("first_layer: the units of a Dense layer and of a convolution, on one scale about 0") {
  if (!have_gnuplot()) return;
  Folder folder;
  plot::first_layer(folder / "a.svg", rand({6, 16}) - 0.9);
  CHECK(count(content(folder / "a.svg"), "<image ") >= 6);  // and the scale
  CHECK(contains(content(folder / "a.gp"), "set cbrange [-0."));
  plot::first_layer(folder / "b.svg", randn({4, 2, 3, 3}));
  CHECK(count(content(folder / "b.images.csv"), "\n\n\n") == 7);
  plot::first_layer(folder / "c.svg", randn({4, 12}), {.height = 3, .width = 4});
  CHECK(throws<ShapeError>([&] { plot::first_layer(folder / "d.svg", randn({4, 12})); }, "12 inputs; expected height"));
  CHECK(throws<ShapeError>([&] { plot::first_layer(folder / "d.svg", randn({4, 12}), {.height = 5}); }, "5 x 2"));
  CHECK(throws<ShapeError>([&] { plot::first_layer(folder / "d.svg", randn({4})); }, "got [4]; expected"));
}

TEST_CASE("decision_boundary: the line lies where the classes meet") {
  if (!have_gnuplot()) return;
  Folder folder;
  const Tensor x = tensor(std::vector<double>{0, 0, 1, 1, 0, 1, 1, 0}, Shape{4, 2});
  const Tensor y = tensor(std::vector<double>{0, 1, 0, 1}, Shape{4}).to(int64);
  // x + y = 1 divides the plane; asked without recording
  const auto line = [](const Tensor& p) {
    CHECK_FALSE(GradMode::enabled());
    CHECK(p.dtype() == float64);
    return sum(p, {1}) - 1;
  };
  plot::decision_boundary(folder / "a.svg", line, x, y, {.classes = {"low", "high"}, .threshold = 0, .resolution = 11});
  CHECK(shows(folder / "a.svg", "high"));
  CHECK(count(content(folder / "a.classes.csv"), "\n") == 1 + 11 * 11 + 10);
  CHECK(contains(content(folder / "a.gp"), "levels discrete 0"));
  // scores of three classes, one of which nowhere wins
  const auto three = [](const Tensor& p) { return cat({p, full({p.size(0), 1}, -9., float64)}, 1); };
  plot::decision_boundary(folder / "b.svg", three, x, y, {.resolution = 11});
  const auto nothing = [](const Tensor& p) { return full({p.size(0)}, std::nan(""), float64); };
  plot::decision_boundary(folder / "c.svg", nothing, x, y, {.resolution = 11});
  CHECK(throws<ShapeError>([&] { plot::decision_boundary(folder / "d.svg", line, randn({4, 3}), y); }, "got inputs"));
  CHECK(throws<ShapeError>(
      [&] {
        plot::decision_boundary(
            folder / "d.svg", [](const Tensor& p) { return sum(p); }, x, y);
      },
      "the model: got []"));
  CHECK(throws<ValueError>([&] { plot::decision_boundary(folder / "d.svg", line, x, y - 1); }, "got -1 for example 0"));
  CHECK(throws<ValueError>([&] { plot::decision_boundary(folder / "d.svg", line, x, y, {.resolution = 1}); },
                           "resolution: got 1"));
}

TEST_CASE("paths: contours and ways") {
  if (!have_gnuplot()) return;
  Folder folder;
  const auto bowl = [](double x, double y) { return x * x + y * y; };
  plot::paths(folder / "a.svg", bowl, {{.name = "SGD", .x = {1, 0.5, 0}, .y = {1, 0.2, 0}}}, {.levels = {0.25}});
  CHECK(shows(folder / "a.svg", "SGD"));
  CHECK(contains(content(folder / "a.gp"), "levels discrete 0.25"));
  plot::paths(folder / "b.svg", [](double, double) { return 3.; }, {{.name = "one", .x = {1}, .y = {1}}});
  plot::paths(folder / "c.svg", [](double x, double) { return std::log(x); },
              {{.name = "", .x = {1, -1}, .y = {1, 2}}});
  CHECK(throws<ValueError>([&] { plot::paths(folder / "d.svg", bowl, {}); }, "got no paths"));
  CHECK(throws<ValueError>([&] { plot::paths(folder / "d.svg", bowl, {{.name = "p", .x = {1}, .y = {}}}); },
                           "path \"p\": got 1 values of x, 0 of y"));
  CHECK(throws<ValueError>([&] { plot::paths(folder / "d.svg", bowl, {{.name = "p", .x = {std::nan("")}, .y = {1}}}); },
                           "no finite point"));
}

TEST_CASE("predictions: the residuals are target - prediction, and a curve goes in the order of x") {
  if (!have_gnuplot()) return;
  Folder folder;
  const Tensor x = tensor(std::vector<double>{3, 1, 2}), t = tensor(std::vector<double>{9, 1, 4}),
               p = tensor(std::vector<double>{8.5, 1.25, 4});
  plot::prediction_against_target(folder / "a.svg", p, t);
  CHECK(content(folder / "a.residuals.csv") == "x,residual\n9,0.5\n1,-0.25\n4,0\n");
  plot::curve_fit(folder / "b.svg", x, t, p, {.x_label = "seconds"});
  CHECK(content(folder / "b.fit.csv") == "x,prediction\n1,1.25\n2,4\n3,8.5\n");
  CHECK(shows(folder / "b.svg", "seconds"));
  plot::curve_fit(folder / "c.svg", x, t, p, {.residuals = false});
  CHECK_FALSE(fs::exists(folder / "c.residuals.csv"));
  CHECK(throws<ShapeError>([&] { plot::prediction_against_target(folder / "d.svg", p, rand({4})); },
                           "got prediction [3], target [4]"));
}

TEST_CASE("confusion_matrix shows every count, and labels as they are") {
  if (!have_gnuplot()) return;
  Folder folder;
  const Tensor m = tensor(std::vector<double>{12, 3, 0, 45}, Shape{2, 2}).to(int64);
  plot::confusion_matrix(folder / "a.svg", m, {.labels = {"50% cat", "it's"}});
  for (const char* text : {"12", "3", "45", "50% cat", "it's", "truth", "prediction"})
    CHECK(shows(folder / "a.svg", text));
  CHECK(contains(content(folder / "a.svg"), "95.0 % on the diagonal"));
  plot::confusion_matrix(folder / "b.svg", zeros({1, 1}));
  CHECK(throws<ShapeError>([&] { plot::confusion_matrix(folder / "d.svg", zeros({2, 3})); }, "got [2, 3]"));
  CHECK(throws<ValueError>([&] { plot::confusion_matrix(folder / "d.svg", m, {.labels = {"a"}}); }, "got 1 for 2"));
  CHECK(throws<ValueError>([&] { plot::confusion_matrix(folder / "d.svg", m - 13); }, "in row 0, column 0"));
}

TEST_CASE("heat_map frames the best, and leaves out what is not finite") {
  if (!have_gnuplot()) return;
  Folder folder;
  const Tensor v = tensor(std::vector<double>{0.5, 0.25, std::nan(""), 0.75}, Shape{2, 2});
  plot::heat_map(folder / "a.svg", v,
                 {.column_labels = {"c0", "c1"}, .row_labels = {"r0", "r1"}, .value_label = "score"});
  CHECK(shows(folder / "a.svg", "0.250"));
  CHECK(contains(content(folder / "a.svg"), "the best is 0.75 at c1, r1"));
  plot::heat_map(folder / "b.svg", v, {.best = plot::HeatMapOptions::Best::smallest});
  CHECK(contains(content(folder / "b.svg"), "the best is 0.25 at 1, 0"));
  plot::heat_map(folder / "c.svg", full({3, 30}, 2.));
  CHECK(throws<ValueError>([&] { plot::heat_map(folder / "d.svg", full({2, 2}, std::nan(""))); }, "nothing to draw"));
  CHECK(throws<ValueError>([&] { plot::heat_map(folder / "d.svg", v, {.row_labels = {"a"}}); },
                           "row_labels: got 1 for 2"));
  CHECK(throws<ShapeError>([&] { plot::heat_map(folder / "d.svg", rand({4})); }, "got [4]"));
}

TEST_CASE("bars: values to as many places as their errors have, on either side of 0") {
  if (!have_gnuplot()) return;
  Folder folder;
  plot::bars(folder / "a.svg", {{"SGD", 0.91234, 0.0123}, {"Adam", -2, 0}, {"none", std::nan("")}}, {.label = "score"});
  CHECK(shows(folder / "a.svg", "0.912 ± 0.012"));
  CHECK(shows(folder / "a.svg", "−2"));
  CHECK(shows(folder / "a.svg", "none"));
  plot::bars(folder / "b.svg", {{"fast", 1e-5}, {"slow", 3}}, {.log = true});
  CHECK(throws<ValueError>([&] { plot::bars(folder / "d.svg", {}); }, "got no bars"));
}

TEST_CASE("gradient_norms and weight_histograms draw what the callbacks measured") {
  if (!have_gnuplot()) return;
  Folder folder;
  train::GradientStats stats;
  train::WeightSnapshots weights;
  CHECK(throws<ValueError>([&] { plot::gradient_norms(folder / "a.svg", stats); }, "no gradients were measured"));
  CHECK(throws<ValueError>([&] { plot::weight_histograms(folder / "a.svg", weights); }, "there are no snapshots"));
  for (int step = 0; step < 3; ++step)
    for (const char* name : {"0.weight", "0.bias", "2.weight"})
      stats.parameters.push_back({0, step, name, std::pow(10., -step), 1, 1e-3});
  plot::gradient_norms(folder / "a.svg", stats);
  CHECK(content(folder / "a.2_weight.csv") == "x,y\n0,1\n1,0.1\n2,0.01\n");
  CHECK_FALSE(fs::exists(folder / "a.0_bias.csv"));
  CHECK(throws<ValueError>([&] { plot::gradient_norms(folder / "b.svg", stats, {.parameters = {"x"}}); }, "of \"x\""));
  for (const int epoch : {-1, 0, 1}) weights.snapshots.push_back({epoch, "w", 0, 2, 1, 1, {1, 3}, {0, 1, 2}});
  plot::weight_histograms(folder / "c.svg", weights);
  CHECK(shows(folder / "c.svg", "before"));
  CHECK(shows(folder / "c.svg", "after epoch 2"));
  CHECK(content(folder / "c.before.csv") == "value,density\n0,0.25\n1,0.25\n1,0.75\n2,0.75\n");
}
