#include "data/formats/csv.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "autograd/autograd.hpp"
#include "tests/data/files.hpp"
#include "tests/throws.hpp"

TEST_SUITE_BEGIN("data");

using namespace xgrad;
using namespace xgrad::test;
using data::CsvTable;
using data::parse_csv;
using Texts = std::vector<std::string>;
using Whole = std::vector<std::int64_t>;
using Reals = std::vector<double>;

namespace {

Whole whole(const data::Column& c) {
  const auto v = c.numbers().values<std::int64_t>();
  return {v.begin(), v.end()};
}
Reals reals(const data::Column& c) {
  const auto v = c.numbers().values<double>();
  return {v.begin(), v.end()};
}

}  // namespace

TEST_CASE("CSV: a column is integers, numbers or texts, as its cells are") {
  const CsvTable t = parse_csv("a,b,c,d\n1,1.5,x,-3\n-2,2,y,+4\n 3 ,1e3,,05\n");
  CHECK(t.names() == Texts{"a", "b", "c", "d"});
  CHECK(t.rows() == 3);
  CHECK(whole(t["a"]) == Whole{1, -2, 3});
  CHECK(reals(t["b"]) == Reals{1.5, 2, 1000});
  CHECK(t["c"].texts() == Texts{"x", "y", ""});
  CHECK(whole(t["d"]) == Whole{-3, 4, 5});
}

TEST_CASE("CSV: what is missing is NaN among numbers, and stands as it is among texts") {
  const CsvTable t = parse_csv("n,i,s,none\n1.5,1,NA,\n,NA,x,NA\nnan,3,,null\n");
  CHECK(t["n"].numbers().values<double>()[0] == 1.5);
  CHECK(std::isnan(t["n"].numbers().values<double>()[1]));
  CHECK(std::isnan(t["n"].numbers().values<double>()[2]));
  CHECK(t["i"].numbers().dtype() == float64);
  CHECK(t["s"].texts() == Texts{"NA", "x", ""});
  CHECK(std::isnan(t["none"].numbers().values<double>()[0]));
  CHECK(std::isnan(parse_csv("a\n?\n1\n", {.missing = {"?"}})["a"].numbers().values<double>()[0]));
}

TEST_CASE("CSV: numbers are read exactly, to the ends of their range and beyond") {
  const CsvTable t =
      parse_csv("i,big,x\n9223372036854775807,9223372036854775808,0.1\n-9223372036854775808,1,4.9e-324\n");
  CHECK(whole(t["i"]) == Whole{std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()});
  CHECK(reals(t["big"]) == Reals{9223372036854775808., 1});
  CHECK(reals(t["x"]) == Reals{0.1, std::numeric_limits<double>::denorm_min()});
  const double inf = std::numeric_limits<double>::infinity();
  CHECK(reals(parse_csv("x\ninf\n-Infinity\n1e999\n-1e999\n1e-999\n")["x"]) == Reals{inf, -inf, inf, -inf, 0});
  CHECK(parse_csv("x\n0x10\n")["x"].is_text());
  CHECK(parse_csv("x\n1 2\n")["x"].is_text());
  CHECK(parse_csv("x\nnan(1)\n")["x"].is_text());
  CHECK(parse_csv("x\n+-1\n")["x"].is_text());
  CHECK(parse_csv("x\n--1\n")["x"].is_text());
}

TEST_CASE("CSV: quoted cells hold separators, line breaks and quotes; quotes inside others are characters") {
  const CsvTable t =
      parse_csv("\"name\",\"a \"\"b\"\"\"\n\"x, y\",\"1\"\n\"two\r\nlines\n\",2\n5\" pipe,\"3\"\n\"\",4");
  CHECK(t.names() == Texts{"name", "a \"b\""});
  CHECK(t["name"].texts() == Texts{"x, y", "two\r\nlines\n", "5\" pipe", ""});
  CHECK(whole(t["a \"b\""]) == Whole{1, 2, 3, 4});
}

TEST_CASE("CSV: line ends of every system, blank lines, a byte order mark, no line break at the end") {
  const Whole expected{1, 2, 3};
  for (const std::string eol : {"\n", "\r\n", "\r"}) {
    const std::string text = "\xEF\xBB\xBF" + eol + "a,b" + eol + "1,x" + eol + eol + "2,y" + eol + "3,z";
    CHECK(whole(parse_csv(text)["a"]) == expected);
    CHECK(whole(parse_csv(text + eol + eol)["a"]) == expected);
  }
  CHECK(parse_csv("a,b\n1,\n")["b"].size() == 1);
  CHECK(parse_csv("a,b\n1,")["b"].size() == 1);
  CHECK(parse_csv("a\n\"\"\n1\n")["a"].size() == 2);  // a quoted nothing is a cell
}

TEST_CASE("CSV: other separators, decimal commas, no header, guessed separators") {
  const CsvTable t = parse_csv("a;b\n1,5;x,y\n-2,25;z\n", {.delimiter = ';', .decimal = ','});
  CHECK(reals(t["a"]) == Reals{1.5, -2.25});
  CHECK(t["b"].texts() == Texts{"x,y", "z"});
  CHECK(parse_csv("a\n1.5\n", {.delimiter = ';', .decimal = ','})["a"].is_text());
  const CsvTable bare = parse_csv("1\tx\n2\ty\n", {.delimiter = '\t', .header = false});
  CHECK(bare.names() == Texts{"x0", "x1"});
  CHECK(whole(bare["x0"]) == Whole{1, 2});
  for (const std::string d : {",", ";", "\t", "|"}) {
    const std::string text = "\"a,;b\"" + d + "c" + d + "d\n1" + d + "2" + d + "3\n";
    CHECK(parse_csv(text, {.delimiter = '\0'}).names() == Texts{"a,;b", "c", "d"});
  }
  CHECK(parse_csv("a\n1\n", {.delimiter = '\0'}).names() == Texts{"a"});
}

TEST_CASE("CSV: numbers with signs between their thousands") {
  const CsvTable t = parse_csv("a,b\n\"1,234,567.5\",\"12,345\"\n-999,\"-1,000\"\n", {.thousands = ','});
  CHECK(reals(t["a"]) == Reals{1234567.5, -999});
  CHECK(whole(t["b"]) == Whole{12345, -1000});
  const CsvTable german =
      parse_csv("a;b\n1.234,5;1.000\n12;-2.000.000\n", {.delimiter = ';', .decimal = ',', .thousands = '.'});
  CHECK(reals(german["a"]) == Reals{1234.5, 12});
  CHECK(whole(german["b"]) == Whole{1000, -2000000});
  for (const char* wrong : {"1.23", "12.3456", "1234.567", ".123", "1..234", "1.234.56", "1.234.5678"}) {
    CAPTURE(wrong);
    CHECK(parse_csv(std::string("a\n") + wrong + "\n", {.delimiter = ';', .decimal = ',', .thousands = '.'})["a"]
              .is_text());
  }
  CHECK(parse_csv("a\n\"1,234\"\n")["a"].is_text());
  CHECK(throws<ValueError>([] { parse_csv("a", {.thousands = '.'}); }, "thousands: got \".\""));
}

TEST_CASE("CSV: comments and lines of blanks are passed over, and line numbers count them") {
  const std::string text = "# made by hand\r\n#\r\na,b\r\n  \t\r\n1,2\r\n# 3,4\r\n \"#\",5\r\n";
  const CsvTable t = parse_csv(text, {.comment = '#'});
  CHECK(t.names() == Texts{"a", "b"});
  CHECK(t["a"].texts() == Texts{"1", " \"#\""});
  CHECK(whole(t["b"]) == Whole{2, 5});
  CHECK(throws<IoError>([&] { parse_csv(text + "6\n", {.comment = '#'}); }, "line 8: got 1 cells; expected 2"));
  CHECK(parse_csv("#;;;;\n\n#\na,b,c\n1,2,3\n", {.delimiter = '\0', .comment = '#'}).names() == Texts{"a", "b", "c"});
  CHECK(parse_csv("#a\n1\n").names() == Texts{"#a"});  // none unless asked for
  CHECK(throws<IoError>([] { parse_csv("# nothing\n", {.comment = '#'}); }, "empty: got no lines"));
  CHECK(throws<IoError>([] { parse_csv("#\n#", {.delimiter = '\0', .comment = '#'}); }, "empty: got no lines"));
  CHECK(parse_csv("a\tb\n\t\n", {.delimiter = '\t'}).rows() == 1);  // a line of separators is no blank one
  CHECK(throws<ValueError>([] { parse_csv("a", {.comment = ','}); }, "comment: got \",\""));
}

TEST_CASE("CSV: what is not UTF-8 is refused with its line, all that is goes through") {
  const std::string good = "\x41\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF";
  CHECK(parse_csv("a\n" + good)["a"].texts() == Texts{good});
  for (const char* bad :
       {"\xE9t\xE9", "\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC2", "\xE2\x82", "\xF0\x90\x80", "\xFF"})
    CHECK(throws<IoError>([&] { parse_csv(std::string("a\nb\n") + bad); }, "line 3: not UTF-8: got the byte 0x"));
  CHECK(throws<IoError>([] { parse_csv("caf\xE9\n1\n"); }, "got the byte 0xE9; expected UTF-8 (iconv -f LATIN1"));
}

TEST_CASE("CSV: columns without a name and with the same name get one of their own") {
  CHECK(parse_csv("a,,a,a,a.1,\n1,2,3,4,5,6\n").names() == Texts{"a", "x1", "a.1", "a.2", "a.1.1", "x5"});
}

TEST_CASE("CSV: a header alone is a table without rows") {
  const CsvTable t = parse_csv("a,b\n");
  CHECK(t.rows() == 0);
  CHECK(t.matrix().shape() == Shape{0, 2});
}

TEST_CASE("CSV: a matrix of the numbers") {
  const CsvTable t = parse_csv("a,s,b\n1,x,0.5\n2,y,\n");
  const Tensor m = t.matrix(float64);
  CHECK(m.shape() == Shape{2, 2});
  CHECK(m.values<double>()[1] == 0.5);
  CHECK(std::isnan(m.values<double>()[3]));
  CHECK(t.matrix({"b", "a"}).dtype() == float32);
  CHECK(t.matrix({"b", "a"}).values<float>()[3] == 2);
  CHECK(throws<DTypeError>([&] { t.matrix({"s"}); }, "the column holds texts"));
  CHECK(throws<ValueError>([&] { t["c"]; }, "no such column: got 'c'; expected one of a, s, b"));
  CHECK(t.has("s"));
  CHECK_FALSE(t.has("c"));
}

TEST_CASE("CSV: damaged texts are refused with the line and the reason") {
  CHECK(throws<IoError>([] { parse_csv("a,b\n1,2\n\n1,2,3\n"); }, "line 4: got 3 cells; expected 2"));
  CHECK(throws<IoError>([] { parse_csv("a,b\n\"x\ny\",2\n1\n"); }, "line 4: got 1 cells; expected 2"));
  CHECK(throws<IoError>([] { parse_csv("a\n1\n\"never\nclosed\n"); }, "line 3: a quote is never closed"));
  CHECK(throws<IoError>([] { parse_csv("a\n\"x\"y\n"); }, "line 2: got 'y' after a closing quote"));
  CHECK(throws<IoError>([] { parse_csv(""); }, "empty: got no lines"));
  CHECK(throws<IoError>([] { parse_csv("\n\r\n\n"); }, "empty: got no lines"));
  CHECK(throws<IoError>([] { parse_csv(std::string("a\n\0\n", 4)); }, "not text: got a null byte"));
  CHECK(throws<IoError>(
      [] {
        parse_csv(
            "\xFF\xFE"
            "a");
      },
      "UTF-16"));
  CHECK(throws<ValueError>([] { parse_csv("a", {.delimiter = '"'}); }, "delimiter: got"));
  CHECK(throws<ValueError>([] { parse_csv("a", {.decimal = ','}); }, "delimiter: got"));
  CHECK(throws<ValueError>([] { parse_csv("a", {.decimal = '_'}); }, "decimal: got '_'"));
  CHECK(throws<ShapeError>([] { CsvTable({"a"}, std::vector<data::Column>{}); }, "got 1 names, 0 columns"));
  CHECK(throws<ValueError>([] { CsvTable({"a", "a"}, tensor({{1, 2}})); }, "got 'a' twice"));
}

TEST_CASE("CSV: what is written is read back, bit for bit") {
  const Folder folder;
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  const CsvTable table({"whole", "real, with comma", "text", "single"},
                       std::vector<data::Column>{tensor({1, -2, 3}), tensor({0.1, nan, -inf}, float64),
                                                 Texts{"a \"b\"\r\n", "", "x,y"}, tensor({5., 6., 1e20})});
  data::write_csv(folder / "t.csv", table);
  const CsvTable back = data::read_csv(folder / "t.csv");
  CHECK(back.names() == table.names());
  CHECK(whole(back["whole"]) == Whole{1, -2, 3});
  const Reals r = reals(back["real, with comma"]);
  CHECK(r[0] == 0.1);
  CHECK(std::isnan(r[1]));
  CHECK(r[2] == -inf);
  CHECK(back["text"].texts() == table["text"].texts());
  CHECK(reals(back["single"])[1] == 6);  // 6.0: a real column stays one
  data::write_csv(folder / "one.csv", CsvTable({"x"}, tensor({nan, 1.}, float64)), ';');
  CHECK(read_file(folder / "one.csv") == "x\n\"\"\n1.0\n");
  CHECK(data::read_csv(folder / "one.csv").rows() == 2);
}

TEST_CASE("CSV files: packed ones are read too, missing ones and folders are IoErrors that name them") {
  const Folder folder;
  // "a\n1\n2\n"
  write_file(folder / "t.csv.gz", bytes({0x1f, 0x8b, 0x8,  0x0, 0x0, 0x0,  0x0,  0x0,  0x2,  0x3, 0x4b, 0xe4, 0x32,
                                         0xe4, 0x32, 0xe2, 0x2, 0x0, 0x80, 0xc2, 0x7f, 0x70, 0x6, 0x0,  0x0,  0x0}));
  CHECK(whole(data::read_csv(folder / "t.csv.gz")["a"]) == Whole{1, 2});
  CHECK(throws<IoError>([&] { data::read_csv(folder / "none.csv"); }, "none.csv"));
  CHECK(throws<IoError>([&] { data::read_csv(folder.path()); }, "data::read_csv"));
  write_file(folder / "bad.csv", "a,b\n1\n");
  CHECK(throws<IoError>([&] { data::read_csv(folder / "bad.csv"); }, "bad.csv: line 2: got 1 cells"));
  CHECK(
      throws<IoError>([&] { data::write_csv(folder.path() / "no" / "t.csv", CsvTable({"a"}, tensor({1}))); }, "t.csv"));
}

TEST_SUITE_END();
