#include "train/pictures/figure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>

#include "data/formats/atomic.hpp"
#include "tensor/error.hpp"
#include "train/pictures/detail/gnuplot.hpp"
#include "train/pictures/detail/text.hpp"
#include "train/pictures/detail/theme.hpp"

namespace xgrad::train::plot {
namespace {

namespace fs = std::filesystem;
constexpr const char* kOp = "train::plot";

void write_text(const fs::path& file, const std::string& text) {
  data::atomic_write(file, [&](const fs::path& temporary) {
    std::ofstream out(temporary, std::ios::binary);
    out << text;
    out.close();
    if (!out) fail<IoError>(kOp, file.string() + ": cannot be written");
  });
}

/// More digits than a picture can show, and no more of those that float32 has only as a double.
std::string text_of(double value) { return std::isfinite(value) ? fmt::format("{:.9g}", value) : "NaN"; }

/// For the names of files: letters, digits, - and _.
std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool good =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    out += good ? c : '_';
  }
  return out.empty() ? "data" : out.substr(0, 60);
}

/// A line that gnuplot passes over; one that ended in a backslash would take the next with it.
std::string comment(std::string_view text) {
  std::string line = "# " + detail::shown(text);
  if (line.back() == '\\') line += '.';
  return line + "\n";
}

}  // namespace

Figure::Figure(fs::path file, Size size) : file_(std::move(file)), size_(size) {
  const std::string extension = file_.extension().string();
  if (extension == ".svg" || extension == ".png") formats_ = {extension.substr(1)};
  else if (extension.empty()) formats_ = {"svg", "png"};
  else
    fail<ValueError>(kOp, fmt::format("{}: got the extension \"{}\"; expected .svg, .png, or none for both",
                                      file_.string(), extension));
  stem_ = file_.stem().string();
  if (stem_.empty() || stem_ == "." || stem_ == ".." || stem_.find('\n') != stem_.npos)
    fail<ValueError>(kOp, fmt::format("{}: expected the name of a file", file_.string()));
  if (stem_ != detail::shown(stem_))
    fail<ValueError>(
        kOp, "the name of a picture must be UTF-8 without control characters: got " + detail::shown(file_.string()));
  folder_ = file_.has_parent_path() ? file_.parent_path() : fs::path(".");
  if (size_.width < 50 || size_.height < 50 || size_.width > 4000 || size_.height > 4000)
    fail<ValueError>(kOp, fmt::format("size: got {} x {}; expected sides from 50 to 4000", size_.width, size_.height));
}

std::string Figure::add_table(std::string_view name, std::string text) {
  std::string file = stem_ + "." + plain(name) + ".csv";
  const auto taken = [&](const std::string& f) {
    return std::any_of(tables_.begin(), tables_.end(), [&](const Table& t) { return t.file == f; });
  };
  for (int i = 2; taken(file); ++i) file = fmt::format("{}.{}-{}.csv", stem_, plain(name), i);
  tables_.push_back({file, std::move(text)});
  return script_text("./" + file);  // the dot: what begins with < or ~ would be a command or a home
}

std::string Figure::table(std::string_view name,
                          const std::vector<std::pair<std::string, std::vector<double>>>& columns,
                          const std::vector<std::size_t>& breaks) {
  std::string text;
  std::size_t rows = 0;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const auto& [head, values] = columns[c];
    if (c == 0) rows = values.size();
    if (values.size() != rows)
      fail<ValueError>(kOp, fmt::format("table {}: got columns of {} and {} rows; expected as many in each", name, rows,
                                        values.size()));
    std::string quoted_title = detail::shown(head);
    if (quoted_title.find_first_of(",\"") != quoted_title.npos) {
      std::string doubled;
      for (const char ch : quoted_title) doubled += ch == '"' ? "\"\"" : std::string(1, ch);
      quoted_title = '"' + doubled + '"';
    }
    text += (c ? "," : "") + quoted_title;
  }
  text += '\n';
  std::size_t next = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    for (; next < breaks.size() && breaks[next] == r; ++next) text += '\n';
    for (std::size_t c = 0; c < columns.size(); ++c) text += (c ? "," : "") + text_of(columns[c].second[r]);
    text += '\n';
  }
  return add_table(name, std::move(text)) + " skip 1";
}

std::string Figure::matrix(std::string_view name, const std::vector<std::vector<double>>& rows) {
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) text += (c ? "," : "") + text_of(row[c]);
    text += '\n';
  }
  return add_table(name, std::move(text)) + " matrix";
}

Figure& Figure::operator<<(std::string_view line) {
  body_ += line;
  if (!line.empty() && line.back() != '\n') body_ += '\n';
  return *this;
}

std::string Figure::script() const {
  std::string text = comment("title: " + title) + comment("about: " + about);
  text +=
      comment(fmt::format("gnuplot {0}.gp draws {0}.{1} from the tables beside it; gnuplot -e \"format='{2}'\" "
                          "{0}.gp draws {0}.{2}",
                          stem_, formats_[0], formats_[0] == "svg" ? "png" : "svg"));
  text += fmt::format(
      "if (!exists(\"format\")) format = '{0}'\n"
      "if (!exists(\"out\")) out = {1} . format\n"
      "set encoding utf8\n"
      "if (format eq 'svg') set terminal svg size {2},{3} font 'DejaVu Sans,14' noenhanced background rgb '{4}'\n"
      "if (format eq 'png') set terminal pngcairo size {5},{6} font 'DejaVu Sans,14' fontscale 1.5 linewidth 2 "
      "pointscale 2 noenhanced background rgb '{4}'\n"
      "set output out\n"
      "set datafile separator comma\n"
      "set datafile missing 'NaN'\n",
      formats_[0], script_text("./" + stem_ + "."), size_.width, size_.height, detail::kPaper, 2 * size_.width,
      2 * size_.height);
  return text + detail::theme() + body_ + "set output\n";
}

Files Figure::save() const {
  for (const Table& table : tables_) write_text(folder_ / table.file, table.text);
  const std::string script_name = stem_ + ".gp";
  write_text(folder_ / script_name, script());
  Files drawn;
  for (const std::string& format : formats_) {
    const fs::path file = folder_ / (stem_ + "." + format);
    data::atomic_write(file, [&](const fs::path& temporary) {
      const std::string settings =
          fmt::format("format = '{}'; out = {}", format, script_text("./" + temporary.filename().string()));
      detail::run_gnuplot(folder_, {"-e", settings, "./" + script_name}, time_limit, file.string());
      if (format != "svg") return;
      std::ifstream in(temporary, std::ios::binary);
      const std::string svg{std::istreambuf_iterator<char>(in), {}};
      in.close();
      std::ofstream out(temporary, std::ios::binary);
      out << detail::finished_svg(svg, title, about);
      out.close();
      if (!out) fail<IoError>(kOp, file.string() + ": cannot be written");
    });
    drawn.push_back(file);
  }
  return drawn;
}

}  // namespace xgrad::train::plot
