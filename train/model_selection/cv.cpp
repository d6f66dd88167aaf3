#include "train/model_selection/cv.hpp"

#include <fmt/format.h>

#include "tensor/error.hpp"

namespace xgrad::train {
namespace {

constexpr const char* kOp = "train::Cv";

void check(const std::vector<data::Fold>& folds, std::int64_t n) {
  if (folds.empty()) fail<ValueError>(kOp, "got no folds; expected at least one");
  for (std::size_t f = 0; f < folds.size(); ++f) {
    for (const auto& [name, part] : {std::pair{"training", &folds[f].train}, std::pair{"test", &folds[f].test}}) {
      if (part->empty()) fail<ValueError>(kOp, fmt::format("fold {}: the {} part has no examples", f, name));
      for (const std::int64_t i : *part)
        if (i < 0 || i >= n)
          fail<IndexError>(kOp, fmt::format("fold {}: got example {}; expected 0 to {}", f, i, n - 1));
    }
  }
}

}  // namespace

bool class_labels(const Tensor& target, bool classifier) {
  if (target.dim() != 1 && !(target.dim() == 2 && target.size(1) == 1)) return false;
  if (!is_floating(target.dtype())) return true;
  if (!classifier) return false;
  const Array wide = target.array().to(float64);
  for (const double v : wide.values<double>())
    if (static_cast<double>(convert<std::int64_t>(v)) != v) return false;
  return true;
}

Cv::Cv(int n_splits) {
  if (n_splits < 2) fail<ValueError>(kOp, fmt::format("n_splits: got {}; expected 2 or more", n_splits));
  split_ = [n_splits](const Tensor& target, bool classifier) {
    return class_labels(target, classifier) ? data::StratifiedKFold(n_splits).split(target)
                                            : data::KFold(n_splits).split(target.size(0));
  };
}
Cv::Cv(data::KFold splitter)
    : split_([s = std::move(splitter)](const Tensor& target, bool) { return s.split(target.size(0)); }) {}
Cv::Cv(data::StratifiedKFold splitter)
    : split_([s = std::move(splitter)](const Tensor& target, bool) { return s.split(target); }) {}
Cv::Cv(data::ShuffleSplit splitter)
    : split_([s = std::move(splitter)](const Tensor& target, bool) { return s.split(target.size(0)); }) {}
Cv::Cv(data::StratifiedShuffleSplit splitter)
    : split_([s = std::move(splitter)](const Tensor& target, bool) { return s.split(target); }) {}
Cv::Cv(std::vector<data::Fold> folds) : split_([f = std::move(folds)](const Tensor&, bool) { return f; }) {}
Cv::Cv(Function f) : split_([f = std::move(f)](const Tensor& target, bool) { return f(target); }) {}

std::vector<data::Fold> Cv::split(const Tensor& target, bool classifier) const {
  if (target.dim() == 0) fail<ShapeError>(kOp, "targets: got a single number; expected [N, ...]");
  std::vector<data::Fold> folds = split_(target, classifier);
  check(folds, target.size(0));
  return folds;
}

}  // namespace xgrad::train
