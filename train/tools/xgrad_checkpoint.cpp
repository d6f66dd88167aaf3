// xgrad-checkpoint: looks into checkpoints, compares, verifies and converts them. docs/xgrad-checkpoint.md.

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "train/tools/commands.hpp"
#include "train/tools/contents.hpp"

namespace {

namespace tools = xgrad::train::tools;
namespace fs = std::filesystem;

std::vector<std::string> format_names() {
  std::vector<std::string> out;
  for (const tools::Format& f : tools::formats()) out.emplace_back(f.name);
  return out;
}

std::string format_help() {
  std::string out = "Formats are told by their content, when reading, and by the extension, when writing:\n";
  for (const tools::Format& f : tools::formats())
    out += "  " + std::string(f.name) + " (" + std::string(f.extension) + ")  " + std::string(f.what) + "\n";
  return out +
         "\nExit codes: 0 done, equal, whole; 1 different, not whole; 2 trouble: wrong arguments, a file that\n"
         "cannot be read or written.";
}

/// What the command line asks for.
struct Request {
  fs::path first, second;
  std::vector<fs::path> files;
  bool quiet = false;
  tools::ListOptions list;
  tools::HistoryOptions history;
  tools::DiffOptions diff;
  tools::ConvertOptions convert;
  std::function<int()> run;
};

void add_commands(CLI::App& app, Request& r) {
  auto* list = app.add_subcommand("list", "Shows what a file holds: names, dtypes, shapes and bytes");
  list->add_option("file", r.first)->required();
  list->add_flag("--json", r.list.json, "as JSON");
  list->callback([&] { r.run = [&] { return tools::list(r.first, r.list); }; });

  auto* history = app.add_subcommand("history", "Shows the history of a training run, an epoch to a line");
  history->add_option("file", r.first)->required();
  auto* csv = history->add_flag("--csv", r.history.csv, "as CSV");
  history->add_flag("--json", r.history.json, "as JSON")->excludes(csv);
  history->callback([&] { r.run = [&] { return tools::history(r.first, r.history); }; });

  auto* diff =
      app.add_subcommand("diff", "Compares two files; times are passed over. Exit code 0: equal, 1: different");
  diff->add_option("first", r.first)->required();
  diff->add_option("second", r.second)->required();
  diff->add_option("--atol", r.diff.atol, "numbers agree where |a - b| <= atol + rtol |b|")
      ->check(CLI::NonNegativeNumber);
  diff->add_option("--rtol", r.diff.rtol, "see --atol")->check(CLI::NonNegativeNumber);
  diff->add_flag("--model", r.diff.model_only, "the weights alone");
  diff->add_flag("--all", r.diff.all, "shows what is equal, too");
  diff->add_flag("--json", r.diff.json, "as JSON");
  diff->callback([&] { r.run = [&] { return tools::diff(r.first, r.second, r.diff); }; });

  auto* verify = app.add_subcommand("verify", "Checks the hash of checkpoints. Exit code 0: whole, 1: not");
  verify->add_option("files", r.files)->required();
  verify->add_flag("-q,--quiet", r.quiet, "prints nothing");
  verify->callback([&] { r.run = [&] { return tools::verify(r.files, r.quiet); }; });

  auto* convert = app.add_subcommand("convert", "Writes the weights of a file into another, of another format");
  convert->add_option("from", r.first)->required();
  convert->add_option("to", r.second, "replaced as a whole where it is there already")->required();
  convert->add_option("--to", r.convert.format, "the format, whatever the extension")
      ->check(CLI::IsMember(format_names()));
  convert
      ->add_option("--input-shape", r.convert.input_shape,
                   "of one sample, 3,32,32: for Keras' weights behind a Flatten that comes first")
      ->delimiter(',')
      ->check(CLI::PositiveNumber);
  convert->callback([&] { r.run = [&] { return tools::convert(r.first, r.second, r.convert); }; });
}

}  // namespace

int main(int argc, char** argv) {
  try {
    CLI::App app("Looks into xgrad's checkpoints, compares, verifies and converts them.", "xgrad-checkpoint");
    app.set_version_flag("--version", std::string("xgrad-checkpoint ") + XGRAD_VERSION);
    app.require_subcommand(1);
    app.footer(format_help());
    Request request;
    add_commands(app, request);
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return app.exit(error) == 0 ? tools::kWell : tools::kTrouble;
    }
    const int code = request.run();
    if (std::fflush(stdout) != 0 || std::ferror(stdout)) throw std::runtime_error("the output cannot be written");
    return code;
  } catch (const std::exception& error) {
    const std::string what = error.what(), name = "xgrad-checkpoint: ";
    std::fprintf(stderr, "%s%s\n", what.starts_with(name) ? "" : name.c_str(), what.c_str());
    return tools::kTrouble;
  }
}
