#pragma once
// What the studies have in common: their options, the folder that tables and pictures go to, and where digits come
// from.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <xgrad.hpp>

namespace fs = std::filesystem;

/// The numbers of a list, with something between: "784-30-10".
template <class Numbers>
std::string joined(const Numbers& numbers, const std::string& between) {
  return fmt::format("{}", fmt::join(numbers, between));
}

/// A study: a question, and the program that answers it.
///
///     Study study("xor", "Does ...?");
///     study.app.add_option("--noise", noise, "...");
///     return study.run(argc, argv, [&] { ... study.table("runs", table); });
class Study {
 public:
  bool full = false;       ///< the study as published
  std::uint64_t seed = 0;  ///< run i of a configuration has the seed `seed` + i
  std::int64_t repeat;     ///< runs of each configuration
  fs::path out, data;      ///< the folder of all that comes out; where the MNIST files are
  CLI::App app;            ///< for options of the study's own

  Study(const std::string& name, const std::string& question, std::int64_t repeat_by_default = 1)
      : repeat(repeat_by_default), out(name), app(question, name) {
    app.option_defaults()->always_capture_default();
    app.add_flag("--full", full, "the study as published");
    app.add_option("--seed", seed, "of the first run; the next ones have the next numbers");
    app.add_option("--repeat", repeat, "runs of each configuration")->check(count());
    app.add_option("--out", out, "folder for tables and pictures")->type_name("FOLDER");
  }

  static CLI::Range count() { return CLI::Range(1, 10'000'000); }

  /// For studies of digits: --data, which --full then needs.
  void reads_digits() {
    auto* folder = app.add_option("--data", data, "folder of the MNIST files; without it digits are drawn");
    folder->type_name("FOLDER");
    app.get_option("--full")->needs(folder);
  }
  /// All of MNIST with --full, else the first ones of it, or of drawn ones.
  xgrad::data::ImageData images(std::int64_t n_train, std::int64_t n_test) const {
    if (data.empty()) return xgrad::data::synthetic_digits(n_train, n_test, {.seed = seed});
    const auto all = xgrad::data::mnist(data);
    return full ? all : xgrad::data::ImageData{all.train.take(n_train), all.test.take(n_test)};
  }
  /// The published split: 50,000 of MNIST's 60,000 training images to train with, the last 10,000 to validate; without
  /// --full `n_train` and `n_other`.
  struct Digits {
    xgrad::data::TensorDataset train, validation, test;
  };
  Digits digits(std::int64_t n_train, std::int64_t n_other) const {
    const auto all = images(n_train + n_other, n_other);
    const std::int64_t cut = full ? 50000 : n_train;
    return {all.train.take(cut), all.train.slice(cut), all.test};
  }

  /// A file among the results: `study / "boundary.svg"`.
  fs::path operator/(const std::string& name) const { return out / name; }
  /// Prints a table and writes it to <name>.csv.
  void table(const std::string& name, const xgrad::train::Table& table) const {
    std::cout << '\n' << table << std::flush;
    table.write_csv(out / (name + ".csv"));
  }

  /// The main function of a study.
  int run(int argc, char** argv, const std::function<void()>& body) {
    CLI11_PARSE(app, argc, argv);
    const auto start = std::chrono::steady_clock::now();
    try {
      xgrad::train::RunFolder folder(out);
      folder.add_text("options", app.config_to_str(true));
      body();
      folder.report({.title = app.get_description()});
    } catch (const std::exception& e) {
      std::cerr << app.get_name() << ": " << e.what() << '\n';
      return 1;
    }
    fmt::print("\n{:.1f} s; written to {}\n",
               std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), out.string());
    return 0;
  }
};
