#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/files.hpp"
#include "tests/throws.hpp"
#include "tests/train/gnuplot.hpp"
#include "train/pictures/searches.hpp"

using namespace xgrad;
using namespace xgrad::test;
namespace plot = train::plot;
using train::CvResults;
using train::Params;

namespace {

/// Candidates with these scores, the same in two folds but for 0.1 to either side.
CvResults results_of(const std::vector<Params>& candidates, const std::vector<double>& scores) {
  std::vector<CvResults::Fit> fits;
  for (const double s : scores) {
    fits.push_back({.test = {s - 0.1}, .train = {}});
    fits.push_back({.test = {s + 0.1}, .train = {}});
  }
  return CvResults(candidates, 2, fits, {"score"}, false);
}
bool shows(const fs::path& svg, const std::string& text) { return contains(content(svg), ">" + text + "<"); }

}  // namespace

TEST_CASE("a search over several parameters is a heat map: the last that varies to the right, empty where not tried") {
  if (!have_gnuplot()) return;
  Folder folder;
  std::vector<Params> candidates;
  for (const int units : {4, 16})
    for (const double lr : {0.01, 0.1})
      for (const double decay : {0.25, 0.75})
        candidates.push_back({{"a_units", units}, {"decay", decay}, {"epochs", 7}, {"lr", lr}});
  std::vector<double> scores{.11, .12, .13, .14, .15, .16, .17, .18};
  candidates.pop_back();
  scores.pop_back();
  plot::search(folder / "a.svg", results_of(candidates, scores), {.title = "All"});
  for (const char* text : {"All", "lr", "a_units, decay", "mean score", "4, 0.25", "4, 0.75", "16, 0.25", "16, 0.75",
                           "0.01", "0.1", "0.110", "0.170", "–"})
    CHECK_MESSAGE(shows(folder / "a.svg", text), text);
  CHECK(content(folder / "a.svg").find("epochs") == std::string::npos);
  CHECK(contains(content(folder / "a.gp"), "the best is 0.17 at 0.1, 16, 0.25"));
}

TEST_CASE("a search over one parameter is bars with the deviation over the folds") {
  if (!have_gnuplot()) return;
  Folder folder;
  plot::search(folder / "b.svg", results_of({{{"dropout", 0.}}, {{"dropout", 0.4}}}, {.5, .75}));
  for (const char* text : {"dropout 0.0", "dropout 0.4", "0.5", "0.75"})
    CHECK_MESSAGE(contains(content(folder / "b.svg"), text), text);
}

TEST_CASE("plot::search says what is wrong") {
  Folder folder;
  const CvResults one = results_of({{{"a", 1}}, {{"a", 1}}}, {.5, .6});
  CHECK(throws<ValueError>([&] { plot::search(folder / "c.svg", one); }, "no parameter has more than one value"));
  CHECK(throws<ValueError>([&] { plot::search(folder / "c.svg", one, {.scorer = "f1"}); }, "mean_test_f1"));
}
