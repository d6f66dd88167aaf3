#include "train/table.hpp"

#include <cmath>
#include <limits>
#include <sstream>

#include "data/formats/csv.hpp"
#include "tests/files.hpp"
#include "tests/throws.hpp"

using namespace xgrad;

TEST_SUITE_BEGIN("train");

namespace {

train::Table solvers() {
  train::Table table({"optimiser", "epochs", "accuracy"});
  table.row({"SGD", 30, 0.9262}).row({"Größe|2", 100, 1. / 3}).row({"-", -5, std::nan("")});
  return table;
}

}  // namespace

TEST_CASE("Table: printed with texts to the left and numbers to the right, also where letters take two bytes") {
  CHECK(solvers().str() ==
        "optimiser  epochs  accuracy\n"
        "SGD            30    0.9262\n"
        "Größe|2       100   0.33333\n"
        "-              -5         -\n");
  CHECK(solvers().str(2) ==
        "optimiser  epochs  accuracy\n"
        "SGD            30      0.93\n"
        "Größe|2       100      0.33\n"
        "-              -5         -\n");
  std::ostringstream out;
  out << solvers();
  CHECK(out.str() == solvers().str());
  CHECK(train::Table({"empty"}).str() == "empty\n");
}

TEST_CASE("Table: Markdown has a line of hyphens below the names, and bars in texts are escaped") {
  CHECK(solvers().markdown(3) ==
        "| optimiser | epochs | accuracy |\n"
        "|---|--:|--:|\n"
        "| SGD | 30 | 0.926 |\n"
        "| Größe\\|2 | 100 | 0.333 |\n"
        "| - | -5 | - |\n");
}

TEST_CASE("Table: what is written as CSV reads back with every digit, whole numbers as such") {
  const test::Folder folder;
  solvers().write_csv(folder / "t.csv");
  const data::CsvTable read = data::read_csv(folder / "t.csv");
  CHECK(read.names() == solvers().names());
  CHECK(read["optimiser"].texts() == std::vector<std::string>{"SGD", "Größe|2", "-"});
  CHECK(read["epochs"].numbers().dtype() == int64);
  CHECK(read["accuracy"].numbers().data<double>()[1] == 1. / 3);
  CHECK(std::isnan(read["accuracy"].numbers().data<double>()[2]));

  train::Table mixed({"a", "b"});
  mixed.row({1, 1}).row({0.5, "x"});
  mixed.write_csv(folder / "mixed.csv");
  const data::CsvTable again = data::read_csv(folder / "mixed.csv");
  CHECK(again["a"].numbers().dtype() == float64);
  CHECK(again["b"].texts() == std::vector<std::string>{"1", "x"});
  CHECK(throws<IoError>([&] { mixed.write_csv(folder / "missing" / "t.csv"); }, "missing"));
}

TEST_CASE("Table: a column of numbers by name") {
  CHECK(solvers().column("epochs") == std::vector<double>{30, 100, -5});
  CHECK(throws<ValueError>([] { solvers().column("optimiser"); }, "\"optimiser\" holds texts"));
  CHECK(
      throws<ValueError>([] { solvers().column("loss"); }, "there is no \"loss\"; expected one of optimiser, epochs"));
}

TEST_CASE("Table: refuses what is no table, and is as before afterwards") {
  CHECK(throws<ValueError>([] { train::Table({}); }, "got no names"));
  CHECK(throws<ValueError>([] { train::Table({"a", "b", "a"}); }, "the column \"a\" comes twice"));
  auto table = solvers();
  CHECK(throws<ValueError>([&] { table.row({"Adam", 3}); }, "got 2 cells; expected 3: optimiser, epochs, accuracy"));
  CHECK(table.rows().size() == 3);
  CHECK(throws<ValueError>([&] { table.str(0); }, "digits: got 0; expected 1 to 17"));
  CHECK(throws<ValueError>([&] { table.markdown(18); }, "digits: got 18"));
}

TEST_SUITE_END();
