#pragma once
/// Pictures of what a search over parameters has found.

#include "train/model_selection/results.hpp"
#include "train/pictures/figure.hpp"

namespace xgrad::train::plot {

struct SearchOptions {
  std::string title = {};
  std::string scorer = "score";  ///< the part of the column's name behind "mean_test_"
  int digits = 3;                ///< significant, of the numbers shown
  Size size = {};
};
/// The mean scores of a search over the parameters that vary: of one, bars with the deviation over the folds; of more,
/// a heat map with the last one to the right, all others downwards, and the best framed. Combinations that were not
/// tried stay empty, of those tried twice the last one counts. ValueError where no parameter varies, or there is no
/// such scorer; ShapeError for more than 100 rows or columns.
///
///     train::plot::search("search.svg", search.cv_results());
Files search(const std::filesystem::path& file, const CvResults& results, const SearchOptions& options = {});

}  // namespace xgrad::train::plot
