/// Checks xgrad against reference vectors computed elsewhere (tests/reference/README.md).
///
/// Walks every .h5 file of the folder, prints for each operation how many of its cases pass, and ends in
/// `N passed, M failed`. A case is one group `<op>/<nnn>`. What is not built yet counts as failed.

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/reference_test/table.hpp"

namespace {

using namespace xgrad;
using namespace xgrad::reference;
namespace fs = std::filesystem;

constexpr const char* kUsage =
    "usage: reference_test [--built] [--only OP[,OP...]] [--verbose]\n"
    "  --built    only what the table has; without it, what is not built counts as failed\n"
    "  --only     only these operations\n"
    "  --verbose  show every failed case, not the first ones of each operation\n"
    "The environment variable XGRAD_REFERENCE names a folder of .h5 files other than tests/reference.\n";

struct Options {
  bool built = false;
  bool verbose = false;
  std::set<std::string> only;
};

struct Count {
  int passed = 0;
  int failed = 0;
  void operator+=(const Count& other) { passed += other.passed, failed += other.failed; }
};

class Walk {
 public:
  explicit Walk(const Options& options) : options_(options) {}

  void file(const fs::path& path) {
    std::cout << path.filename().string() << std::endl;
    Count count;
    try {
      const data::Hdf5Reader reader(path);
      for (const std::string& op : reader.names("/"))
        if ((options_.only.empty() || options_.only.contains(op)) && reader.is_group("/" + op))
          count += operation(reader, op);
    } catch (const std::exception& e) {
      std::cout << "  cannot be read: " << e.what() << '\n';
      count += {0, 1};
    }
    std::cout << "  " << std::left << std::setw(kWidth) << "(all)" << text(count) << "\n\n";
    total_ += count;
  }

  /// The last lines. The exit code says whether anything was checked and nothing failed.
  int end() const {
    if (!missing_.empty()) {
      std::cout << (options_.built ? "Not built yet, left out:" : "Not built yet, counted as failed:");
      for (const std::string& op : missing_) std::cout << ' ' << op;
      std::cout << "\n\n";
    }
    std::cout << text(total_) << std::endl;
    return total_.failed == 0 && total_.passed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
  }

 private:
  static constexpr int kWidth = 30;
  static constexpr std::size_t kCasesShown = 3;
  static constexpr std::size_t kFindingsShown = 4;

  enum class Result { passed, failed, not_built };

  static std::string text(const Count& c) {
    return std::to_string(c.passed) + " passed, " + std::to_string(c.failed) + " failed";
  }

  Count operation(const data::Hdf5Reader& reader, const std::string& op) {
    Count count;
    std::size_t cases = 0, left_out = 0, broken = 0;
    std::set<std::string> reasons;
    std::ostringstream details;
    for (const std::string& number : reader.names("/" + op)) {
      if (!reader.is_group("/" + op + "/" + number)) continue;
      ++cases;
      std::string reason;
      std::vector<std::string> findings;
      const Result result = one(reader, op, number, findings, reason);
      if (result == Result::passed) ++count.passed;
      if (result == Result::failed || (result == Result::not_built && !options_.built)) ++count.failed;
      if (result == Result::not_built) ++left_out, reasons.insert(reason);
      if (result == Result::failed) show(details, op + "/" + number, findings, ++broken);
    }
    if (left_out > 0) missing_.push_back(op);
    if (options_.built && left_out == cases) return count;
    std::cout << "  " << std::left << std::setw(kWidth) << op << text(count);
    if (left_out > 0) {
      std::cout << "  (" << (left_out < cases ? std::to_string(left_out) + " " : "") << "not built";
      for (const std::string& reason : reasons)
        if (!reason.empty()) std::cout << ": " << reason;
      std::cout << ")";
    }
    std::cout << '\n' << details.str() << std::flush;
    return count;
  }

  Result one(const data::Hdf5Reader& reader, const std::string& op, const std::string& number,
             std::vector<std::string>& findings, std::string& reason) const {
    try {
      Case c(reader, op, number);
      const auto* check = whole_table().find(c);
      if (check == nullptr) return Result::not_built;
      Report report(c.tolerance());
      report.guard("the check", [&] { (*check)(c, report); });
      findings = report.findings();
    } catch (const NotBuilt& missing) {
      reason = missing.what;
      return Result::not_built;
    } catch (const std::exception& e) {
      findings.push_back(std::string("threw: ") + e.what());
    } catch (...) {
      findings.push_back("threw something that is not a std::exception");
    }
    return findings.empty() ? Result::passed : Result::failed;
  }

  /// Writes what is wrong with the `nth` failed case of an operation, counted from 1.
  void show(std::ostream& out, const std::string& name, const std::vector<std::string>& findings,
            std::size_t nth) const {
    if (!options_.verbose && nth > kCasesShown) {
      if (nth == kCasesShown + 1) out << "      more with --verbose\n";
      return;
    }
    const std::size_t n = options_.verbose ? findings.size() : std::min(findings.size(), kFindingsShown);
    for (std::size_t i = 0; i < n; ++i) out << "      " << name << ": " << findings[i] << '\n';
    if (n < findings.size()) out << "      " << name << ": and " << findings.size() - n << " more\n";
  }

  Options options_;
  Count total_;
  std::vector<std::string> missing_;
};

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.path().extension() == ".h5") files.push_back(entry.path());
  if (error) std::cout << folder.string() << ": " << error.message() << '\n';
  else if (files.empty()) std::cout << folder.string() << ": no .h5 files\n";
  std::sort(files.begin(), files.end());
  return files;
}

/// Whether the arguments make sense.
bool read(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--built") {
      options.built = true;
    } else if (word == "--verbose") {
      options.verbose = true;
    } else if (word == "--only" && i + 1 < argc) {
      std::istringstream names(argv[++i]);
      for (std::string name; std::getline(names, name, ',');) options.only.insert(name);
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!read(argc, argv, options)) {
    std::cerr << kUsage;
    return 2;
  }
  const char* folder = std::getenv("XGRAD_REFERENCE");
  Walk walk(options);
  for (const fs::path& path : files_in(folder != nullptr && *folder != '\0' ? folder : XGRAD_REFERENCE_DIR))
    walk.file(path);
  return walk.end();
}
