// Derivations of the field's textbooks, each stated as a formula, a function and a gradient worked out by hand, and
// checked: against autograd, and against differences.
//
//     derivations                 all of them
//     derivations softmax update  some
//     derivations --markdown      for a report
//
// Ends with 1 when a verdict is not the one that the derivation deserves: those that are wrong on purpose say so.

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "sheet.hpp"

void Sheet::heading(const std::string& title) { out_ << (markdown_ ? "## " : "==== ") << title << "\n\n"; }

void Sheet::text(const std::string& line) {
  if (markdown_ && line.find('\n') != std::string::npos) out_ << "```text\n" << line << "\n```\n\n";
  else out_ << line << "\n\n";
}

void Sheet::check(const Derivation& d) {
  out_ << d.formula << "\n\n";
  const auto report = xgrad::check_derivation(d.function, d.derived, d.at, {.max_rows = 8, .names = d.names});
  out_ << (markdown_ ? report.markdown() : report.str()) << "\n";
  const bool expected =
      d.fault.empty() ? report.verdict == xgrad::Verdict::right
                      : report.verdict == xgrad::Verdict::wrong && report.fault.find(d.fault) != std::string::npos;
  if (expected) return;
  ++surprises_;
  out_ << "NOT AS EXPECTED: " << (d.fault.empty() ? "it is right" : "the fault is: " + d.fault) << "\n\n";
}

void Sheet::fact(const std::string& what, bool holds) {
  out_ << what << (holds ? ": holds\n\n" : ": DOES NOT HOLD\n\n");
  surprises_ += !holds;
}

int main(int argc, char** argv) {
  const std::vector<std::pair<std::string, void (*)(Sheet&)>> all{
      {"softmax", softmax_and_cross_entropy},
      {"outputs", output_pairs},
      {"backpropagation", backpropagation},
      {"update", one_update},
      {"bias", bias_inputs},
      {"vanishing", vanishing_gradient},
      {"slope", slope_too_many},
      {"more", more},
  };
  std::vector<std::string> wanted;
  bool markdown = false;
  CLI::App app("Derivations of the field's textbooks, checked");
  std::vector<std::string> names;
  for (const auto& [name, run] : all) names.push_back(name);
  app.add_option("derivations", wanted, "which; without, all")->check(CLI::IsMember(names));
  app.add_flag("--markdown", markdown, "print as Markdown");
  CLI11_PARSE(app, argc, argv);

  Sheet sheet(std::cout, markdown);
  for (const auto& [name, run] : all)
    if (wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end()) run(sheet);
  if (sheet.surprises() > 0) fmt::print("{} not as expected\n", sheet.surprises());
  return sheet.surprises() > 0 ? 1 : 0;
}
