#include "train/report.hpp"

#include <doctest/doctest.h>

#include <string>

#include "autograd/autograd.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"
#include "tests/files.hpp"
#include "tests/throws.hpp"
#include "tests/train/gnuplot.hpp"
#include "train/checkpoint.hpp"
#include "train/detail/run_files.hpp"
#include "train/pictures.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {

train::History history() {
  train::History h;
  for (int e = 0; e < 3; ++e) h.record(e, {{"loss", 1. / (e + 1)}, {"val_loss", e == 1 ? 0.25 : 0.75}});
  h.seconds = {1, 2, 3};
  return h;
}

std::size_t at(const std::string& page, const std::string& part) {
  const std::size_t place = page.find(part);
  if (place == page.npos) MESSAGE("not on the page: ", part);
  CHECK(place != page.npos);
  return place;
}

}  // namespace

TEST_CASE("report: what a run folder holds stands on one page, in order, and nothing else is needed") {
  if (!have_gnuplot()) return;
  Folder folder;
  train::RunFolder run(folder / "run");
  nn::Dense net(3, 2);
  optim::Adam adam(net.parameters(), {.lr = 0.25});
  run.add(nn::summary(net, {3}));
  run.add(adam);
  run.add(train::FitOptions{.epochs = 77, .seed = 5});
  run.set("seed", 4);
  run.set("seed", 7);
  run.set("rate", 0.125);
  run.add(history());
  run.add_text("classification_report", "precision recall");
  run.add_table("scores", {"name", "value"}, {{"a,b", "1.5"}, {"\"q\"", "2"}});
  train::save(run / "net.h5", net);
  train::plot::lines(run / "way.svg", {{.name = "data", .y = {1, 2}}}, {.title = "The way"});
  const fs::path file = run.report({.title = "My run"});
  CHECK(file == run / "report.html");
  const std::string page = content(file);
  std::size_t before = 0;
  for (const char* part :
       {"<h1>My run</h1>", "<dd>8</dd>", "Total params: 8", ">seed</td><td class=\"n\">7<", ">lr</td><td>0.25<",
        ">epochs</td><td>77<", "data:image/svg+xml;base64,", "alt=\"The way", "<h2>History</h2>",
        "<tr class=\"best\"><td class=\"n\">2</td>", ">a,b</td>", "precision recall", "net.h5", "xgrad 0.1.0"}) {
    const std::size_t place = at(page, part);
    CHECK_MESSAGE(place > before, part);
    before = place;
  }
  CHECK(contains(page, "&quot;q&quot;"));
  CHECK(page.find("way.data") == page.npos);  // the data of a picture is no table of the run
  CHECK(page.find("<script") == page.npos);
  CHECK(page.find("http://") == page.npos);
  CHECK(page.find("https://") == page.npos);
  CHECK(contains(page, "default-src 'none'"));
  // a curve of the run was drawn, as there was none
  CHECK(fs::exists(run / "curve.svg"));
  CHECK(content(train::report(run.path(), {.title = "My run"})) == page);
}

TEST_CASE("report: texts are texts") {
  Folder folder;
  const std::string bad = "</pre><script>alert(1)</script><img src=x onerror=alert(1)> \"'& \xff";
  put(folder / "summary.txt", bad);
  put(folder / "notes.txt", bad);
  put(folder / "settings.csv", "setting,value\n" + bad + "," + bad + "\n");
  put(folder / "p.svg", "<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>");
  put(folder / "p.txt", bad);
  const std::string page = content(train::report(folder.path, {.title = bad}));
  CHECK(page.find("<script") == page.npos);
  CHECK(page.find("<img src=x") == page.npos);
  CHECK(contains(page, "<h1>&lt;/pre&gt;&lt;script&gt;alert(1)"));
  CHECK(contains(page, "alt=\"P: &lt;/pre&gt;"));
}

TEST_CASE("report: what cannot be read is named with the reason, and the rest is shown") {
  Folder folder;
  put(folder / "a.png", "no picture");
  put(folder / "b.svg", "no picture");
  put(folder / "bad.h5", "no checkpoint");
  put(folder / "history.json", "{\"epoch\": [0, ");
  put(folder / "notes.txt", "these are shown");
  put(folder / "empty.csv", "");
  put(folder / ".hidden.txt", "this is not");
  fs::create_directories(folder / "x.svg");
  const std::string page = content(train::report(folder.path));
  for (const char* part : {"a.png: ", "b.svg: ", "bad.h5: ", "history.json: ", "these are shown"})
    CHECK(contains(page, part));
  CHECK(page.find("this is not") == page.npos);
  CHECK(contains(page, "<h1>test.files</h1>"));
}

TEST_CASE("report: the history comes from CSV, JSON or a checkpoint, and is the same") {
  Folder folder;
  const Environment path("PATH", "");  // no gnuplot: the page says so
  const train::History h = history();
  const auto read = [&](const char* name) {
    const auto run = train::detail::read_run(folder / name, "report.html");
    return run.history && run.history->same_values(h);
  };
  for (const char* name : {"csv", "json", "h5"}) fs::create_directories(folder / name);
  h.write_csv(folder / "csv" / "history.csv");
  h.write_json(folder / "json" / "history.json");
  nn::Dense net(2, 1);
  train::save(folder / "h5" / "net.h5", net, h);
  CHECK(read("csv"));
  CHECK(read("h5"));
  CHECK(read("json"));
  const std::string page = content(train::report(folder / "csv"));
  CHECK(contains(page, "apt-get install gnuplot-nox"));
  CHECK(contains(page, "<dd>6 s</dd>"));
}

TEST_CASE("report: CSV of any make is cut into cells, and very long tables are cut off") {
  std::size_t passed = 0;
  using Rows = train::detail::CsvRows;
  CHECK(train::detail::csv_rows("\xEF\xBB\xBF"
                                "a,\"b \"\"c\"\"\nd\"\r\n\n1,,\r2",
                                9, passed) == Rows{{"a", "b \"c\" d"}, {"1", "", ""}, {"2"}});
  CHECK(passed == 0);
  CHECK(train::detail::csv_rows("a\nb\nc\n\"open", 2, passed).size() == 2);
  CHECK(passed == 2);
  CHECK(train::detail::csv_rows("", 2, passed).empty());
}

TEST_CASE("report: errors") {
  Folder folder;
  CHECK(throws<IoError>([&] { train::report(folder / "none"); }, "there is no such folder"));
  CHECK(throws<ValueError>([&] { train::report(folder.path, {.file = "../x.html"}); },
                           "expected a name without a folder"));
  put(folder / "file", "");
  CHECK(throws<IoError>([&] { train::RunFolder run(folder / "file"); }, "the folder cannot be made"));
  train::RunFolder run(folder.path);
  CHECK(throws<ValueError>([&] { run.add_text("../x", ""); }, "got the name \"../x\""));
  CHECK(throws<ShapeError>([&] { run.add_table("t", {"a"}, {{"1", "2"}}); }, "got a row of 2 cells; expected 1"));
  CHECK_FALSE(fs::exists(folder / "t.csv"));
}
