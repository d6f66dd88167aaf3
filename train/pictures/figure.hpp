#pragma once
/// Figure: a picture that gnuplot draws. The functions beside this header make the usual ones; this is what they are
/// made with, and what a picture of one's own is made with.
///
/// A picture `out/curve.svg` lies beside what it was drawn from: `out/curve.gp`, the script, and
/// `out/curve.<table>.csv`, the numbers. `gnuplot curve.gp` in that folder draws it again after either was changed;
/// `gnuplot -e "format='png'" curve.gp` as PNG.
///
/// The extension of the file says what is drawn: `.svg` (text stays text; colours follow the reader's light or dark
/// setting), `.png` (twice the size, for screens of today), none for both. All text (titles, names, labels) is shown as
/// it is: nothing in it is a command, markup or a format. Control characters and what is not UTF-8 show as U+FFFD.
///
/// What is not finite is left out of a picture, as a gap in a line or an empty cell; where nothing finite is left,
/// ValueError. IoError where a file cannot be written, where gnuplot is not installed (Debian: gnuplot-nox; script and
/// data are there all the same), fails or takes longer than `Figure::time_limit`. Files are replaced as a whole.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "autograd/tensor.hpp"

namespace xgrad::train::plot {

/// In CSS pixels, of which a phone has some 360 in its width; 0 stands for what suits the picture. The same numbers of
/// a PNG have twice as many pixels.
struct Size {
  int width = 0, height = 0;
};

/// The pictures that were drawn: one, or two where the file was given without an extension.
using Files = std::vector<std::filesystem::path>;

/// The colours of series, for eyes of every kind (after Okabe and Ito 2008), taken in turn.
std::string series_color(std::size_t index);
/// One of a scale from dark blue over green to yellow (viridis, van der Walt and Smith 2015), `share` from 0 to 1.
std::string scale_color(double share);

/// Text for a gnuplot script, in quotes, as it is.
std::string script_text(std::string_view text);
/// The same for labels of tics, where gnuplot looks for formats; with a per cent sign, 48 bytes at most are kept.
std::string tic_text(std::string_view text);

class Figure {
 public:
  /// ValueError unless the extension is .svg, .png or missing, and the sides are between 50 and 4000.
  Figure(std::filesystem::path file, Size size);

  std::string title;  ///< for the report and for readers of screens, as `about`; not drawn by itself
  std::string about;  ///< what is to be seen, in a sentence or two
  std::chrono::milliseconds time_limit{60'000};

  /// Numbers under a name for each column, all equally long. Gives what a `plot` command calls them by. An empty line
  /// is written before row i where `breaks` holds i: lines break there, grids go on with their next row.
  std::string table(std::string_view name, const std::vector<std::pair<std::string, std::vector<double>>>& columns,
                    const std::vector<std::size_t>& breaks = {});
  /// Rows of numbers, for `plot ... matrix`.
  std::string matrix(std::string_view name, const std::vector<std::vector<double>>& rows);
  /// A line of the script. Text of others belongs into `script_text`.
  Figure& operator<<(std::string_view line);

  int width() const noexcept { return size_.width; }
  int height() const noexcept { return size_.height; }

  /// Writes tables and script, and has gnuplot draw.
  Files save() const;
  /// What `save` writes as the script.
  std::string script() const;

 private:
  struct Table {
    std::string file, text;
  };
  std::string add_table(std::string_view name, std::string text);

  std::filesystem::path file_, folder_;
  std::string stem_;
  std::vector<std::string> formats_;
  Size size_;
  std::vector<Table> tables_;
  std::string body_;
};

}  // namespace xgrad::train::plot
