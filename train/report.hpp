#pragma once
/// The page of a run: one HTML file that shows what lies in its folder.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nn/summary.hpp"
#include "optim/optimizer.hpp"
#include "train/fit.hpp"
#include "train/history.hpp"

namespace xgrad::train {

struct PageOptions {
  std::string title = {};            ///< by default the name of the folder
  std::string file = "report.html";  ///< its name in the folder
};

/// Writes one page that shows a run, and gives its path. It shows whatever of these lies in the folder, in this order:
///
/// * summary.txt, the model; settings.csv, what was chosen; optimizer.csv and fit.csv likewise; versions.txt
/// * pictures (.svg, .png): each with its title and a sentence of what is to be seen, from the script beside it, or
///   from `<name>.txt`; where both formats of a name are there, the SVG
/// * history.csv or history.json, or else that of the newest checkpoint; with a curve where no picture is there
/// * the other tables (.csv), but for the data of pictures, and texts (.txt): a classification report, notes
/// * checkpoints (.h5): name, size
///
/// The page holds everything itself: no server, no network, no scripts. Whatever the files say is shown as text;
/// pictures can run nothing and load nothing. It suits phones and screens, light and dark, and paper. Tables show the
/// first 500 rows. What cannot be read is named on the page, with the reason. Files above 20 MB are named only.
/// IoError where the folder is missing or the page cannot be written; ValueError for a file name with a folder in it.
std::filesystem::path report(const std::filesystem::path& folder, const PageOptions& options = {});

/// Writes into a folder what `report` shows, each thing as soon as it is given, so that a run that dies leaves what it
/// had:
///
///     train::RunFolder run("out/digits");
///     run.add(nn::summary(net, {1, 28, 28}));
///     run.add(adam);
///     run.set("seed", 7);
///     run.add(train::fit(...));
///     train::plot::first_layer(run / "first_layer.svg", net.weight);
///     run.report({.title = "Digits"});
class RunFolder {
 public:
  /// Makes the folder where it is not there, and writes versions.txt into it: xgrad, compiler, libraries.
  explicit RunFolder(std::filesystem::path folder);

  const std::filesystem::path& path() const noexcept { return folder_; }
  std::filesystem::path operator/(std::string_view name) const { return folder_ / name; }

  void add(const nn::Summary& summary);         ///< summary.txt
  void add(const optim::Optimizer& optimizer);  ///< its name and the options of its groups, into optimizer.csv
  void add(const FitOptions& options);          ///< fit.csv
  void add(const History& history);             ///< history.csv
  void add_text(std::string_view name, std::string_view text);  ///< name.txt
  /// name.csv: a row of names, then rows that are as long. ShapeError where they are not.
  void add_table(std::string_view name, const std::vector<std::string>& columns,
                 const std::vector<std::vector<std::string>>& rows);
  /// One of the settings; one of the same name is replaced.
  void set(std::string_view name, std::string_view value);
  void set(std::string_view name, const char* value) { set(name, std::string_view(value)); }
  void set(std::string_view name, double value);
  void set(std::string_view name, std::int64_t value);
  void set(std::string_view name, int value) { set(name, std::int64_t{value}); }
  void set(std::string_view name, std::uint64_t value);
  void set(std::string_view name, bool value);

  std::filesystem::path report(const PageOptions& options = {}) const { return train::report(folder_, options); }

 private:
  std::filesystem::path folder_;
  std::vector<std::pair<std::string, std::string>> settings_;
};

}  // namespace xgrad::train
