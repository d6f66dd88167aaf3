#pragma once
/// Pictures of numbers over steps: learning curves, several runs, gradient norms, any lines; and bars with errors.

#include "train/callbacks/statistics.hpp"
#include "train/history.hpp"
#include "train/pictures/figure.hpp"

namespace xgrad::train::plot {

struct Line {
  std::string name = {};  ///< in the legend; none when empty
  std::vector<double> x = {}, y = {};
  std::vector<double> low = {}, high = {};  ///< a band about the line, as many as y
  bool points = false;                      ///< points instead of a line
};
struct LinesOptions {
  std::string title = {}, x_label = {}, y_label = {};
  bool log_x = false, log_y = false;  ///< what is not positive is left out
  Size size = {};
};
/// Lines, bands and points over x, with linear or logarithmic axes. ValueError for no lines, and for x, y, low and high
/// of different lengths. An empty `x` counts 0, 1, 2, ...
Files lines(const std::filesystem::path& file, const std::vector<Line>& lines, const LinesOptions& options = {});

struct LearningCurveOptions {
  std::string title = {};
  /// What is shown, each with its "val_" beside it in a panel of its own; by default loss and all metrics.
  std::vector<std::string> metrics = {};
  /// What says which epoch is the best, which is marked; by default val_loss, or loss where there is none. Better is
  /// less or more by the name, as for `ModelCheckpoint`.
  std::string monitor = {};
  bool log_loss = false;  ///< a logarithmic axis for the panel of the loss
  Size size = {};
};
/// Loss and metrics over the epochs of a run, training and validation in one panel; the best epoch is marked. Epochs
/// are counted from 1 here, as `fit` shows them. ValueError for an empty history, or a name that is not in it.
Files learning_curve(const std::filesystem::path& file, const History& history,
                     const LearningCurveOptions& options = {});

/// One run among several. Those of the same name are repetitions of one experiment.
struct Run {
  std::string name;
  History history;
};
struct RunsOptions {
  std::string title = {};
  std::string metric = "val_loss";
  bool log_y = false;
  Size size = {};
};
/// One metric of several runs in one picture; repetitions as their mean with a band of one standard deviation (n - 1)
/// to either side. At each epoch the mean is of those repetitions that have a value there. ValueError for no runs, or
/// one without that metric.
Files runs(const std::filesystem::path& file, const std::vector<Run>& runs, const RunsOptions& options = {});

struct GradientNormsOptions {
  std::string title = {};
  std::vector<std::string> parameters = {};  ///< dotted names; by default every weight (all but biases and vectors)
  Size size = {};
};
/// The norms of the gradients of each layer's weights over the steps, on a logarithmic axis, coloured by depth from the
/// first layer to the last. ValueError where nothing was measured.
Files gradient_norms(const std::filesystem::path& file, const GradientStats& stats,
                     const GradientNormsOptions& options = {});

struct Bar {
  std::string name;
  double value = 0;
  double error = 0;  ///< half the length of its whisker; none where 0
};
struct BarsOptions {
  std::string title = {};
  std::string label = {};  ///< of the axis of values
  int digits = 3;          ///< significant, of the number at each bar
  bool log = false;
  Size size = {};
};
/// Bars from left to right, one below the other, with their names, values and whiskers: for comparing solvers.
/// ValueError for no bars.
Files bars(const std::filesystem::path& file, const std::vector<Bar>& bars, const BarsOptions& options = {});

}  // namespace xgrad::train::plot
