// CSV beside Python's own csv module, run as a child process; reported as skipped where there is no Python.

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "data/formats/csv.hpp"
#include "tests/data/files.hpp"

TEST_SUITE_BEGIN("data");

using namespace xgrad;
using namespace xgrad::test;

namespace {

int python(const std::string& arguments) { return std::system(("/usr/bin/python3 " + arguments).c_str()); }

/// The cells as `expected` has them: between cells 0x1f, after each row 0x1e.
std::string joined(const data::CsvTable& t) {
  std::string out;
  const auto line = [&](auto cell) {
    for (std::size_t k = 0; k < t.names().size(); ++k) (out += k ? "\x1f" : "") += cell(k);
    out += '\x1e';
  };
  line([&](std::size_t k) { return t.names()[k]; });
  for (std::size_t i = 0; i < static_cast<std::size_t>(t.rows()); ++i)
    line([&](std::size_t k) { return t.columns()[k].texts()[i]; });
  return out;
}

}  // namespace

TEST_CASE("CSV: what Python's csv module writes is read cell for cell, and it reads what we write") {
  const Folder folder;
  if (python("-c 'import csv' 2>/dev/null") != 0) {
    std::puts("SKIPPED: there is no /usr/bin/python3");
    return;
  }
  write_file(folder / "make.py", R"(
import csv, os, random, sys
os.chdir(sys.argv[1])
random.seed(1)
alphabet = list('ab 1.,;|\t"\n\r#\'') + ['\r\n', '""', 'é', '€', '😀', ' ', '']
for i in range(300):
    width = random.randint(1, 5)
    # each begins with a letter, so that no column is one of numbers
    rows = [['t' + str(c) + ''.join(random.choices(alphabet, k=random.randint(0, 8))) for c in range(width)]
            for _ in range(random.randint(1, 8))]
    delimiter = random.choice(',;|\t')
    # Python quotes the characters of its own line ends alone: with "\n" a cell with "\r" would break the line
    end, quoting = random.choice([('\n', csv.QUOTE_ALL), ('\r', csv.QUOTE_NONNUMERIC), ('\r\n', csv.QUOTE_MINIMAL)])
    with open(f'{i}.csv', 'w', newline='', encoding=random.choice(['utf-8', 'utf-8-sig'])) as f:
        csv.writer(f, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    with open(f'{i}.expected', 'w', newline='', encoding='utf-8') as f:
        f.write(''.join('\x1f'.join(row) + '\x1e' for row in rows))
    open(f'{i}.delimiter', 'w').write(delimiter)
)");
  write_file(folder / "check.py", R"(
import csv, os, sys
os.chdir(sys.argv[1])
csv.field_size_limit(1 << 20)
for i in range(300):
    with open(f'{i}.ours', newline='', encoding='utf-8') as f: rows = list(csv.reader(f))
    found = ''.join('\x1f'.join(row) + '\x1e' for row in rows)
    assert found == open(f'{i}.expected', newline='', encoding='utf-8').read(), i
)");
  REQUIRE(python((folder / "make.py").string() + " " + folder.path().string()) == 0);
  int different = 0;
  for (int i = 0; i < 300; ++i) {
    const std::string number = std::to_string(i);
    const char delimiter = read_file(folder / (number + ".delimiter")).front();
    const data::CsvTable table = data::read_csv(folder / (number + ".csv"), {.delimiter = delimiter});
    different += joined(table) != read_file(folder / (number + ".expected"));
    data::write_csv(folder / (number + ".ours"), table);
  }
  CHECK(different == 0);
  CHECK(python((folder / "check.py").string() + " " + folder.path().string()) == 0);
}

TEST_SUITE_END();
