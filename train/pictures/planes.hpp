#pragma once
/// Pictures over a plane: decision boundaries, optimiser paths on contours.

#include "train/pictures/figure.hpp"

namespace xgrad::train::plot {

struct DecisionBoundaryOptions {
  std::string title = {}, x_label = {}, y_label = {};
  std::vector<std::string> classes = {};  ///< their names, for the legend; by default "class 0", ...
  double threshold = 0.5;                 ///< between the two classes of a model with one output (0 for logits)
  std::int64_t resolution = 120;          ///< points along either axis at which the model is asked, 2 to 1000
  Size size = {};
};
/// The plane in the colours of the classes that a model gives each point, lines where they meet, and the examples:
/// inputs (N, 2), classes (N) or (N, 1) from 0 to 7. The model takes points (M, 2), in the dtype of the inputs, and
/// gives scores (M, C), of which the largest counts, or (M) or (M, 1), which is compared with `threshold`. It is called
/// without recording; put it into evaluation mode (`train::EvalMode`). ShapeError and ValueError where shapes and
/// classes are not so.
///
///     plot::decision_boundary("moons.svg", [&](const Tensor& x) { return net(x); }, x, y);
Files decision_boundary(const std::filesystem::path& file, const std::function<Tensor(const Tensor&)>& model,
                        const Tensor& inputs, const Tensor& classes, const DecisionBoundaryOptions& options = {});

/// The way of an optimiser over the plane.
struct Path {
  std::string name;
  std::vector<double> x = {}, y = {};
};
struct PathsOptions {
  std::string title = {}, x_label = {}, y_label = {};
  std::optional<double> x_min = {}, x_max = {}, y_min = {}, y_max = {};  ///< by default so that all paths are seen
  std::vector<double> levels =
      {};                         ///< of the contours; by default 12, so that as much of the plane lies between any two
  std::int64_t resolution = 120;  ///< points along either axis at which the function is asked, 2 to 1000
  Size size = {};
};
/// Paths, from a ring to a point, on the contours of a function. ValueError for no paths, for x and y of different
/// lengths, and where a path has no finite point.
Files paths(const std::filesystem::path& file, const std::function<double(double x, double y)>& f,
            const std::vector<Path>& paths, const PathsOptions& options = {});

}  // namespace xgrad::train::plot
