#include "train/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "data/formats/atomic.hpp"
#include "tensor/config.hpp"
#include "tensor/error.hpp"
#include "train/callbacks/monitor.hpp"
#include "train/detail/run_files.hpp"
#include "train/pictures/curves.hpp"
#include "train/pictures/detail/text.hpp"

namespace xgrad::train {
namespace {

namespace fs = std::filesystem;
using detail::RunFiles;
using plot::detail::escaped;
using plot::detail::number;
using plot::detail::shown;

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<link rel="icon" href="data:,">
)";

constexpr std::string_view kStyle = R"(<style>
:root{color-scheme:light dark;--page:#f3f5f7;--card:#fff;--ink:#24292f;--soft:#59636e;--line:#d8dee4;--mark:#0072b2}
@media (prefers-color-scheme:dark){:root{--page:#0d1014;--card:#14181d;--ink:#dbe1e8;--soft:#9aa5b1;--line:#2a3038;--mark:#4aa8e8}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:1180px;margin:0 auto;padding:clamp(14px,3vw,36px)}
h1{font-size:clamp(1.5rem,4vw,2.1rem);line-height:1.2;margin:.2em 0 .6em;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:2em 0 .6em;padding-bottom:.25em;border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:0 0 .5em;overflow-wrap:anywhere}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(46%,170px),1fr));gap:12px;margin:0}
.figures div,.card,figure{background:var(--card);border:1px solid var(--line);border-radius:10px}
.figures div{padding:10px 14px}
.figures dt{color:var(--soft);font-size:.85rem;overflow-wrap:anywhere}
.figures dd{margin:0;font-size:1.35rem;font-weight:600;font-variant-numeric:tabular-nums;color:var(--mark);overflow-wrap:anywhere}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr));gap:16px;align-items:start}
.card{padding:14px 16px;min-width:0;margin-bottom:16px}
.cards .card{margin:0}
.cards td{white-space:normal;overflow-wrap:anywhere}
.pictures{columns:470px;column-gap:16px}
figure{margin:0 0 16px;padding:8px 8px 0;break-inside:avoid;overflow:hidden}
figure img{display:block;width:100%;height:auto;border-radius:4px}
figcaption{padding:8px 6px 10px;color:var(--soft);font-size:.9rem;overflow-wrap:anywhere}
.scroll{overflow-x:auto;max-width:100%}
.scroll:focus-visible{outline:2px solid var(--mark);outline-offset:2px}
.tall{max-height:34rem;overflow-y:auto}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{padding:4px 12px 4px 0;text-align:left;border-bottom:1px solid var(--line);white-space:nowrap}
th{color:var(--soft);font-weight:600}
.tall th{position:sticky;top:0;background:var(--card)}
td.n,th.n{text-align:right}
tr.best td{font-weight:700;color:var(--mark)}
pre{margin:0;font:.8rem/1.45 ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace}
.note{color:var(--soft);font-size:.9rem}
@media print{body{background:#fff;font-size:12px}.tall{max-height:none;overflow:visible}h2{break-after:avoid}.card,tr{break-inside:avoid}.pictures{columns:2}}
</style>
)";

/// RFC 4648.
std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) out += i + k > bytes.size() ? '=' : kDigits[group >> (18 - 6 * k) & 63U];
  }
  return out;
}

bool is_number(const std::string& cell) {
  if (cell.empty()) return false;
  char* end = nullptr;
  (void)std::strtod(cell.c_str(), &end);
  return *end == '\0';
}

/// Long fractions are cut to what is of interest.
std::string cell_text(const std::string& cell) {
  if (cell.size() < 9 || !is_number(cell) || cell.find_first_of(".e") == cell.npos) return cell;
  return fmt::format("{:.6g}", std::strtod(cell.c_str(), nullptr));
}

/// A table that scrolls by itself, with the keyboard too. `best` is a row of the body.
std::string table_html(const detail::CsvRows& rows, const std::string& label, std::size_t best = SIZE_MAX) {
  std::string out = fmt::format("<div class=\"scroll{}\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table>\n",
                                rows.size() > 16 ? " tall" : "", escaped(label));
  std::vector<bool> numbers;
  for (std::size_t c = 0; c < rows[0].size(); ++c)
    numbers.push_back(rows.size() > 1 && std::all_of(rows.begin() + 1, rows.end(), [&](const auto& row) {
                        return c >= row.size() || row[c].empty() || is_number(row[c]);
                      }));
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (r == 0) out += "<thead>";
    if (r == 1) out += "<tbody>\n";
    out += r > 0 && r - 1 == best ? "<tr class=\"best\">" : "<tr>";
    for (std::size_t c = 0; c < rows[r].size(); ++c) {
      const char* align = c < numbers.size() && numbers[c] ? " class=\"n\"" : "";
      out += r == 0 ? fmt::format("<th scope=\"col\"{}>{}</th>", align, escaped(rows[r][c]))
                    : fmt::format("<td{}>{}</td>", align, escaped(cell_text(rows[r][c])));
    }
    out += r == 0 ? "</tr></thead>\n" : "</tr>\n";
  }
  return out + (rows.size() > 1 ? "</tbody>" : "") + "</table></div>\n";
}

std::string pre_html(const std::string& text, const std::string& label) {
  return fmt::format("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><pre>{}</pre></div>\n",
                     escaped(label), escaped(text));
}

std::string card(const std::string& title, const std::string& body) {
  return fmt::format("<section class=\"card\"><h3>{}</h3>\n{}</section>\n", escaped(title), body);
}

std::string for_people(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return shown(name);
}

std::string monitored_of(const History& history) {
  return history.contains("val_loss") ? "val_loss" : history.contains("loss") ? "loss" : "";
}

/// The row of the best epoch.
std::size_t best_row(const History& history) {
  const std::string monitor = monitored_of(history);
  if (monitor.empty()) return SIZE_MAX;
  std::optional<double> best;
  std::int64_t epoch = -1;
  const auto& values = history[monitor];
  for (std::size_t i = 0; i < values.size(); ++i)
    if (std::isfinite(values[i]) && improves(mode_of(monitor), values[i], best))
      best = values[i], epoch = history.epochs(monitor)[i];
  const auto found = std::find(history.epoch.begin(), history.epoch.end(), epoch);
  return best ? static_cast<std::size_t>(found - history.epoch.begin()) : SIZE_MAX;
}

std::string time_text(double seconds) {
  if (seconds < 60) return fmt::format("{:.3g} s", seconds);
  const auto whole = static_cast<std::int64_t>(seconds);
  return whole < 3600 ? fmt::format("{} min {} s", whole / 60, whole % 60)
                      : fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
}

/// The few numbers that are looked for first.
std::string figures_html(const RunFiles& run) {
  std::string out;
  const auto add = [&](const std::string& name, const std::string& value) {
    out += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escaped(plot::detail::shortened(name, 40)),
                       escaped(plot::detail::shortened(value, 20)));
  };
  if (const auto* summary = run.text("summary")) {
    const std::string head = "Total params: ";
    if (const std::size_t at = summary->text.find(head); at != std::string::npos)
      add("parameters", summary->text.substr(at + head.size(), summary->text.find('\n', at) - at - head.size()));
  }
  if (run.history && !run.history->epoch.empty()) {
    const History& history = *run.history;
    add("epochs", std::to_string(history.epoch.size()));
    double seconds = 0;
    for (const double s : history.seconds) seconds += std::isfinite(s) && s > 0 ? s : 0;
    if (seconds > 0) add("time", time_text(seconds));
    const std::size_t best = best_row(history);
    if (best < history.epoch.size()) add("best epoch", std::to_string(history.epoch[best] + 1));
    std::size_t shown_metrics = 0;
    for (const std::string& name : history.names())
      if (name != "learning_rate" && shown_metrics++ < 6) {
        const auto& epochs = history.epochs(name);
        const std::int64_t wanted = best < history.epoch.size() ? history.epoch[best] : history.epoch.back();
        const auto found = std::find(epochs.begin(), epochs.end(), wanted);
        if (found != epochs.end())
          add(name + ", best epoch", number(history[name][static_cast<std::size_t>(found - epochs.begin())]));
      }
  }
  return out.empty() ? "" : "<dl class=\"figures\">\n" + out + "</dl>\n";
}

std::string settings_html(const RunFiles& run) {
  std::string cards;
  for (const char* name : {"settings", "optimizer", "fit"})
    if (const auto* table = run.table(name)) cards += card(for_people(name), table_html(table->rows, for_people(name)));
  return cards.empty() ? "" : "<h2>Settings</h2>\n<div class=\"cards\">\n" + cards + "</div>\n";
}

std::string pictures_html(const RunFiles& run) {
  if (run.pictures.empty()) return "";
  std::string out = "<h2>Pictures</h2>\n<div class=\"pictures\">\n";
  for (const auto& picture : run.pictures) {
    const std::string alt = picture.title + (picture.about.empty() ? "" : ": " + picture.about);
    out += fmt::format("<figure><img alt=\"{}\" src=\"data:image/{};base64,{}\"><figcaption>{}</figcaption></figure>\n",
                       escaped(alt), picture.svg ? "svg+xml" : "png", base64(picture.bytes),
                       escaped(picture.about.empty() ? picture.title : picture.about));
  }
  return out + "</div>\n";
}

std::string history_html(const History& history) {
  std::size_t passed = 0;
  detail::CsvRows rows = detail::csv_rows(history.csv(), 501, passed);
  for (std::size_t r = 1; r < rows.size(); ++r) rows[r][0] = std::to_string(history.epoch[r - 1] + 1);
  std::string out = "<h2>History</h2>\n<section class=\"card\">\n" + table_html(rows, "History", best_row(history));
  out += "<p class=\"note\">Epochs are counted from 1.";
  if (best_row(history) < history.epoch.size())
    out += fmt::format(" The best one by {} is marked.", escaped(monitored_of(history)));
  if (passed > 0) out += fmt::format(" {} more are not shown.", passed);
  return out + "</p>\n</section>\n";
}

std::string tables_html(const RunFiles& run) {
  std::string out;
  for (const auto& table : run.tables) {
    if (table.name == "settings" || table.name == "optimizer" || table.name == "fit") continue;
    std::string body = table_html(table.rows, for_people(table.name));
    if (table.passed > 0) body += fmt::format("<p class=\"note\">{} more rows are not shown.</p>\n", table.passed);
    out += card(for_people(table.name), body);
  }
  for (const auto& text : run.texts)
    if (text.name != "summary" && text.name != "versions")
      out += card(for_people(text.name), pre_html(text.text, for_people(text.name)));
  return out.empty() ? "" : "<h2>Tables and notes</h2>\n" + out;
}

std::string rest_html(const RunFiles& run) {
  std::string out;
  if (!run.checkpoints.empty()) {
    detail::CsvRows rows{{"file", "size"}};
    for (const auto& file : run.checkpoints)
      rows.push_back({shown(file.name), fmt::format("{:.3g} MB", static_cast<double>(file.bytes) / 1e6)});
    out += "<h2>Checkpoints</h2>\n<section class=\"card\">\n" + table_html(rows, "Checkpoints") + "</section>\n";
  }
  std::string versions, title = "Versions";
  if (const auto* text = run.text("versions")) {
    versions = text->text;
  } else {
    std::ostringstream now;
    print_config(now);
    versions = now.str();
    title = "Versions of the program that wrote this page";
  }
  out += "<h2>" + title + "</h2>\n<section class=\"card\">\n" + pre_html(versions, title) + "</section>\n";
  if (!run.problems.empty()) {
    out += "<h2>What could not be shown</h2>\n<section class=\"card\"><ul>\n";
    for (const std::string& problem : run.problems) out += "<li>" + escaped(shown(problem)) + "</li>\n";
    out += "</ul></section>\n";
  }
  return out;
}

/// Draws the curve of a run that has none.
void add_curve(RunFiles& run, const fs::path& folder) {
  if (!run.history || run.history->epoch.empty() || run.history->names().empty()) return;
  const bool there = std::any_of(run.pictures.begin(), run.pictures.end(),
                                 [](const auto& p) { return p.name.find("curve") != p.name.npos; });
  if (there) return;
  try {
    const plot::Files files = plot::learning_curve(folder / "curve.svg", *run.history);
    run.pictures.insert(run.pictures.begin(), detail::read_picture(files.at(0)));
  } catch (const Error& e) {
    run.problems.push_back(std::string("the learning curve: ") + e.what());
  }
}

}  // namespace

fs::path report(const fs::path& folder, const PageOptions& options) {
  constexpr const char* kOp = "train::report";
  if (options.file.empty() || options.file == "." || options.file == ".." ||
      options.file.find('/') != std::string::npos || options.file.find('\0') != std::string::npos)
    fail<ValueError>(kOp, fmt::format("got the file \"{}\"; expected a name without a folder", shown(options.file)));
  std::error_code error;
  if (!fs::is_directory(folder, error)) fail<IoError>(kOp, folder.string() + ": there is no such folder");

  RunFiles run = detail::read_run(folder, options.file);
  add_curve(run, folder);
  const fs::path full = fs::weakly_canonical(folder, error);
  const std::string name = (full.has_filename() ? full : full.parent_path()).filename().string();
  const std::string title = escaped(shown(options.title.empty() ? name : options.title));
  std::string page(kHead);
  page += "<title>" + title + "</title>\n" + std::string(kStyle) + "</head>\n<body>\n<main>\n<h1>" + title + "</h1>\n";
  page += figures_html(run);
  if (const auto* summary = run.text("summary"))
    page += "<h2>Model</h2>\n<section class=\"card\">\n" + pre_html(summary->text, "Model") + "</section>\n";
  page += settings_html(run) + pictures_html(run);
  if (run.history && !run.history->epoch.empty()) page += history_html(*run.history);
  page += tables_html(run) + rest_html(run) + "</main>\n</body>\n</html>\n";

  const fs::path file = folder / options.file;
  data::atomic_write(file, [&](const fs::path& temporary) {
    std::ofstream out(temporary, std::ios::binary);
    out << page;
    out.close();
    if (!out) fail<IoError>(kOp, file.string() + ": cannot be written");
  });
  return file;
}

}  // namespace xgrad::train
