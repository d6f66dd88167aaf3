#pragma once
// Tests that draw.

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <string>

namespace xgrad::test {

/// Whether there is a gnuplot; says that the test is skipped where there is none, which ctest reports.
inline bool have_gnuplot() {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');)
    if (std::filesystem::exists(std::filesystem::path(folder) / "gnuplot")) return true;
  std::cout << "SKIPPED: there is no gnuplot (Debian: gnuplot-nox)\n";
  return false;
}

/// An environment variable while it lives.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name), before_(std::getenv(name)) {
    if (before_) kept_ = before_;
    ::setenv(name, value.c_str(), 1);
  }
  ~Environment() {
    if (before_) ::setenv(name_, kept_.c_str(), 1);
    else ::unsetenv(name_);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  const char* before_;
  std::string kept_;
};

}  // namespace xgrad::test
