#include "train/pictures.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "autograd/autograd.hpp"
#include "tests/files.hpp"
#include "tests/throws.hpp"
#include "tests/train/gnuplot.hpp"

using namespace xgrad;
using namespace xgrad::test;
namespace plot = train::plot;

namespace {

const double kNaN = std::nan(""), kInf = std::numeric_limits<double>::infinity();

train::History history(const std::vector<double>& loss, const std::vector<double>& val_loss = {}) {
  train::History h;
  for (std::size_t i = 0; i < loss.size(); ++i) {
    train::Logs logs{{"loss", loss[i]}};
    if (i < val_loss.size()) logs.set("val_loss", val_loss[i]);
    h.record(static_cast<std::int64_t>(i), logs);
  }
  return h;
}

/// The text of a picture between tags, where gnuplot and the library write it.
bool shows(const fs::path& svg, const std::string& text) { return contains(content(svg), ">" + text + "<"); }

bool is_png(const fs::path& file) { return content(file).rfind("\x89PNG", 0) == 0; }

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("the extension says what is drawn, and script and data lie beside it") {
  if (!have_gnuplot()) return;
  Folder folder;
  const std::vector<plot::Line> lines{{.name = "squares", .x = {1, 2, 3}, .y = {1, 4, 9}}};
  CHECK(plot::lines(folder / "a.svg", lines) == plot::Files{folder / "a.svg"});
  CHECK(content(folder / "a.svg").find("<svg") != std::string::npos);
  CHECK(content(folder / "a.squares.csv") == "x,y\n1,1\n2,4\n3,9\n");
  CHECK(fs::exists(folder / "a.gp"));
  CHECK(plot::lines(folder / "b.png", lines) == plot::Files{folder / "b.png"});
  CHECK(is_png(folder / "b.png"));
  CHECK(plot::lines(folder / "c", lines) == plot::Files{folder / "c.svg", folder / "c.png"});
  CHECK(folder.entries() == 3 + 3 + 4);  // and no temporary file
  CHECK(throws<ValueError>([&] { plot::lines(folder / "d.jpg", lines); }, "got the extension \".jpg\""));
  CHECK(throws<ValueError>([&] { plot::lines(folder / "d.svg", lines, {.size = {20, 9}}); }, "got 20 x 9"));
  CHECK(throws<IoError>([&] { plot::lines(folder / "no" / "d.svg", lines); }, "d.squares.csv"));
}

TEST_CASE("the script draws the same picture again by hand, and as PNG") {
  if (!have_gnuplot()) return;
  Folder folder;
  plot::lines(folder / "a.svg", {{.name = "line", .y = {3, 1, 2}}}, {.title = "Title"});
  const std::string drawn = content(folder / "a.svg");
  const std::string here = "cd '" + folder.path.string() + "' && gnuplot ";
  REQUIRE(std::system((here + "a.gp && gnuplot -e \"format='png'\" a.gp").c_str()) == 0);
  CHECK(is_png(folder / "a.png"));
  CHECK(count(content(folder / "a.svg"), "<path") == count(drawn, "<path"));
}

TEST_CASE("without gnuplot the error names the package, and script and data are there") {
  Folder folder;
  const Environment path("PATH", folder.path.string());
  const auto draw = [&] { plot::lines(folder / "a.svg", {{.name = "line", .y = {1, 2}}}); };
  CHECK(throws<IoError>(draw, "apt-get install gnuplot-nox"));
  CHECK(throws<IoError>(draw, (folder / "a.svg").string()));
  CHECK(fs::exists(folder / "a.gp"));
  CHECK(fs::exists(folder / "a.line.csv"));
  CHECK_FALSE(fs::exists(folder / "a.svg"));
}

TEST_CASE("what gnuplot complains about is the text of the error, and the picture that was there stays") {
  if (!have_gnuplot()) return;
  Folder folder;
  put(folder / "a.svg", "old");
  plot::Figure figure(folder / "a.svg", {200, 100});
  figure << "plot nonsense(";
  CHECK(throws<IoError>([&] { figure.save(); }, "gnuplot failed"));
  CHECK(throws<IoError>([&] { figure.save(); }, "a.gp\" line"));
  CHECK(content(folder / "a.svg") == "old");
  CHECK(folder.entries() == 2);
}

TEST_CASE("a gnuplot that does not end is ended") {
  if (!have_gnuplot()) return;
  Folder folder;
  plot::Figure figure(folder / "a.svg", {200, 100});
  figure << "pause 100";
  figure.time_limit = std::chrono::milliseconds(300);
  CHECK(throws<IoError>([&] { figure.save(); }, "did not end within 300 ms"));
}

TEST_CASE("no text is a command, markup or a format") {
  if (!have_gnuplot()) return;
  Folder folder;
  const Environment here("XGRAD_PLANTED", (folder / "planted").string());
  const std::string bad = "it's `touch $XGRAD_PLANTED` \"q\" {/=40 big} a_b^c %d 50% @x \\n <b>&amp; \xff\x01 ü";
  const std::string shown =
      "it's `touch $XGRAD_PLANTED` \"q\" {/=40 big} a_b^c %d 50% @x \\n &lt;b>&amp;amp; "
      "\xEF\xBF\xBD\xEF\xBF\xBD ü";
  std::string many = "%";  // gnuplot has no room for more than 50 bytes
  for (int i = 0; i < 40; ++i) many += "é";
  plot::Figure figure(folder / "a.svg", {900, 300});
  figure.title = bad;
  figure.about = bad + "\\";
  figure << "set label 1 " + plot::script_text(bad) + " at graph 0.1, graph 0.5"
         << "set xtics (" + plot::tic_text(bad.substr(0, 12) + "{b} 50% %d %% é") + " 1, " + plot::tic_text(many) +
                " 2)"
         << "set xrange [0:2]\nset yrange [0:2]\nset key on\nplot x title " + plot::script_text(bad);
  figure.save();
  const std::string svg = content(folder / "a.svg");
  CHECK(count(svg, shown) == 2);
  CHECK(contains(svg, ">it's `touch {b} 50% %d %% é<"));
  CHECK(count(svg, "é") == 1 + 22);  // cut between characters
  CHECK_FALSE(fs::exists(folder / "planted"));
  for (const char* text : {"|touch planted", "<touch planted", "~", "$(touch planted)", "a'b", "`touch planted`"})
    CHECK(plot::lines(folder / (std::string(text) + ".svg").c_str(), {{.name = text, .y = {1, 2}}}).size() == 1);
  CHECK_FALSE(fs::exists(folder / "planted"));
  CHECK_FALSE(fs::exists("planted"));
}

TEST_CASE("an SVG has a title, a description, and other colours for dark") {
  if (!have_gnuplot()) return;
  Folder folder;
  plot::learning_curve(folder / "a.svg", history({3, 2, 1}, {3, 1.5, 2}), {.title = "A & B"});
  const std::string svg = content(folder / "a.svg");
  CHECK(contains(svg, "<title>A &amp; B</title>"));
  CHECK(contains(svg, "<desc>loss over 3 epochs; best val_loss: 1.5 in epoch 2</desc>"));
  CHECK(contains(svg, "@media (prefers-color-scheme:dark)"));
  CHECK(contains(svg, "stroke='" + plot::series_color(0) + "'"));
  CHECK(contains(svg, "[stroke=\"" + plot::series_color(0) + "\"]"));
}

TEST_CASE("learning curves count epochs from 1, mark the best one, and leave gaps where nothing was measured") {
  if (!have_gnuplot()) return;
  Folder folder;
  train::History h;
  for (int epoch = 0; epoch < 6; ++epoch) {
    train::Logs logs{{"loss", 1. / (epoch + 1)}, {"accuracy", 0.1 * epoch}, {"learning_rate", 1e-3}};
    if (epoch % 2) logs.set("val_loss", epoch == 3 ? 0.2 : 0.5);
    h.record(epoch, logs);
  }
  plot::learning_curve(folder / "a.svg", h);
  CHECK(content(folder / "a.validation.csv") == "x,y\n2,0.5\n4,0.2\n6,0.5\n");
  CHECK(content(folder / "a.best.csv") == "epoch,val_loss\n4,0.2\n");
  CHECK(shows(folder / "a.svg", "best val_loss: 0.2 in epoch 4"));
  CHECK(shows(folder / "a.svg", "accuracy"));
  CHECK(content(folder / "a.svg").find("learning_rate") == std::string::npos);
  plot::learning_curve(folder / "b.svg", h, {.metrics = {"accuracy"}, .monitor = "accuracy"});
  CHECK(content(folder / "b.best.csv") == "epoch,accuracy\n6,0.5\n");
  CHECK(throws<ValueError>([&] { plot::learning_curve(folder / "c.svg", h, {.metrics = {"auc"}}); }, "\"auc\""));
  CHECK(throws<ValueError>([&] { plot::learning_curve(folder / "c.svg", {}); }, "the history is empty"));
  CHECK(throws<ValueError>([&] { plot::learning_curve(folder / "c.svg", history({kNaN, kInf})); }, "nothing to draw"));
  CHECK_FALSE(fs::exists(folder / "c.gp"));
}

TEST_CASE("single points, constants, wild and missing values are drawn") {
  if (!have_gnuplot()) return;
  Folder folder;
  const std::vector<std::vector<double>> all{{1},
                                             {0, 0, 0},
                                             {5, 5, 5},
                                             {1e300, -1e300},
                                             {1e-300, 2e-300},
                                             {1, kNaN, 2, kInf, 3},
                                             {1e9, 1e9 + 1e-3, 1e9 + 2e-3},
                                             {std::numeric_limits<double>::denorm_min(), 0}};
  for (const auto& values : all) {
    plot::lines(folder / "a.svg", {{.name = "v", .y = values}});
    CHECK(contains(content(folder / "a.svg"), "stroke='" + plot::series_color(0) + "'"));
    plot::lines(folder / "b.svg", {{.name = "v", .y = values}, {.name = "one", .y = {1, 10}}},
                {.log_x = true, .log_y = true});
    plot::histogram(folder / "c.svg", tensor(values));
  }
  CHECK(throws<ValueError>([&] { plot::lines(folder / "d.svg", {{.y = {kNaN}}}); }, "no value is finite"));
  CHECK(throws<ValueError>(
      [&] {
        plot::lines(folder / "d.svg", {{.y = {-1, 0}}}, {.log_y = true});
      },
      "no value is finite and positive"));
  CHECK(throws<ValueError>([&] { plot::lines(folder / "d.svg", {}); }, "got no lines"));
  CHECK(throws<ValueError>(
      [&] {
        plot::lines(folder / "d.svg", {{.name = "v", .x = {1}, .y = {1, 2}}});
      },
      "line \"v\": got 1 values of x, 2 of y"));
}

TEST_CASE("a very long line keeps its extremes and makes a small picture") {
  if (!have_gnuplot()) return;
  Folder folder;
  std::vector<double> values(200'000, 1.);
  values[77'777] = 50, values[123'456] = -50;
  plot::lines(folder / "a.svg", {{.name = "v", .y = values}});
  const std::string data = content(folder / "a.v.csv");
  CHECK(contains(data, "\n77777,50\n"));
  CHECK(contains(data, "\n123456,-50\n"));
  CHECK(fs::file_size(folder / "a.svg") < 200'000);
}

TEST_CASE("runs of one name are repetitions: their mean, with a standard deviation on either side") {
  if (!have_gnuplot()) return;
  Folder folder;
  const std::vector<plot::Run> runs{{"a", history({1, 2})}, {"b", history({5})}, {"a", history({3, 6})}};
  plot::runs(folder / "a.svg", runs, {.metric = "loss"});
  // std of 1 and 3 is sqrt(2), of 2 and 6 sqrt(8)
  CHECK(content(folder / "a.a.csv") == "x,y,low,high\n1,2,0.585786438,3.41421356\n2,4,1.17157288,6.82842712\n");
  CHECK(content(folder / "a.b.csv") == "x,y\n1,5\n");
  CHECK(throws<ValueError>([&] { plot::runs(folder / "a.svg", runs, {.metric = "auc"}); }, "\"auc\""));
  CHECK(throws<ValueError>([&] { plot::runs(folder / "a.svg", {}); }, "got no runs"));
}

TEST_CASE("histograms count every finite value once, the largest too") {
  if (!have_gnuplot()) return;
  Folder folder;
  plot::histogram(folder / "a.svg", tensor(std::vector<double>{0, 0.1, 1, 2, 3, 4, kNaN, kInf}), {.bins = 4});
  CHECK(content(folder / "a.counts.csv") == "value,count\n0,2\n1,2\n1,1\n2,1\n2,1\n3,1\n3,2\n4,2\n");
  CHECK(throws<ValueError>([&] { plot::histogram(folder / "a.svg", tensor(std::vector<double>{1}), {.bins = 0}); },
                           "bins: got 0"));
  CHECK(throws<ValueError>([&] { plot::histogram(folder / "a.svg", Tensor{}); }, "undefined tensor"));
}
