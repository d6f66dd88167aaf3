// A search that is interrupted, and goes on.

#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>

#include "tests/files.hpp"
#include "tests/throws.hpp"
#include "tests/train/model_selection.hpp"

TEST_SUITE_BEGIN("train");

using namespace xgrad;
using namespace xgrad::test;

namespace {

using train::GridSearchCV;
using train::Params;

/// The search of these tests: 6 candidates on 5 folds, one of which cannot be trained.
GridSearchCV search_of(const fs::path& journal, int n_jobs = 2) {
  const auto build = [](const Params& p) {
    if (std::getenv("XGRAD_TEST_SLOWLY")) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    if (p["units"] == 5 && p["learning_rate"] == 0.1) throw ValueError("no such \"network\"\n");
    return little_net(p);
  };
  return {build,
          {{"units", {4, 5, 8}}, {"learning_rate", {0.01, 0.1}}, {"epochs", {2}}},
          {.cv = 5,
           .scoring = {"neg_log_loss", "accuracy"},
           .refit = "accuracy",
           .return_train_score = true,
           .seed = 6,
           .n_jobs = n_jobs,
           .journal = journal}};
}

std::string table_of(GridSearchCV search) {
  const Points p = points();
  return search.fit(p.x, p.y).cv_results().csv(false);
}
std::int64_t lines_of(const fs::path& file) {
  const std::string text = content(file);
  return std::count(text.begin(), text.end(), '\n');
}
/// The first so many lines.
std::string head(const std::string& text, int lines) {
  std::size_t at = 0;
  while (lines-- > 0) at = text.find('\n', at) + 1;
  return text.substr(0, at);
}

}  // namespace

TEST_CASE("journal: a search goes on where it stopped, wherever that was, and its table is the same") {
  const Folder folder;
  const fs::path file = folder / "search.jsonl";
  const std::string expected = table_of(search_of({}));
  CHECK(table_of(search_of(file)) == expected);
  const std::string whole = content(file);
  CHECK(lines_of(file) == 31);
  for (const int lines : {1, 2, 17, 30, 31}) {
    CAPTURE(lines);
    put(file, head(whole, lines) + (lines < 31 ? "{\"candidate\":0,\"fo" : ""));  // the last line was cut short
    const Points p = points();
    GridSearchCV search = search_of(file, lines % 2 + 1);
    search.fit(p.x, p.y);
    CHECK(search.resumed_fits() == lines - 1);
    CHECK(search.cv_results().csv(false) == expected);
    CHECK(search.warnings().size() == 5);  // the candidate that cannot be trained
    CHECK(lines_of(file) == 31);
  }
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, whole.find('\n')}) {  // not even the first line
    put(file, whole.substr(0, bytes));
    CHECK(table_of(search_of(file)) == expected);
    CHECK(lines_of(file) == 31);
  }
}

TEST_CASE("journal: damaged lines are reported and their fits done again") {
  const Folder folder;
  const fs::path file = folder / "search.jsonl";
  const std::string expected = table_of(search_of(file)), whole = content(file);
  std::mt19937_64 random(3);
  const std::size_t first = whole.find('\n') + 1;
  for (int i = 0; i < 12; ++i) {
    std::string damaged = whole;
    const std::size_t at = first + random() % (whole.size() - first);
    const char before = damaged[at];
    damaged[at] = static_cast<char>(before ^ (1 << random() % 8));
    if (damaged[at] == '\n' || before == '\n') continue;  // two lines, or one, more than one fit: below
    CAPTURE(at);
    put(file, damaged);
    const Points p = points();
    GridSearchCV search = search_of(file);
    search.fit(p.x, p.y);
    CHECK(search.resumed_fits() == 29);
    REQUIRE(search.warnings().size() == 6);
    CHECK(contains(search.warnings()[0], "search.jsonl is damaged; its fit is done again"));
    CHECK(search.cv_results().csv(false) == expected);
  }
  std::string joined = whole;  // a line end that is gone takes two fits with it
  joined.erase(joined.find('\n', first), 1);
  put(file, joined);
  CHECK(table_of(search_of(file)) == expected);
  put(file, head(whole, 3) + "\n{}\nnonsense\n" + whole.substr(head(whole, 3).size()));
  CHECK(table_of(search_of(file)) == expected);
}

TEST_CASE("journal: one of another search is an error that tells what differs, and stays as it is") {
  const Folder folder;
  const fs::path file = folder / "search.jsonl";
  const Points p = points(30);
  train::SearchOptions o{.cv = 3, .scoring = "accuracy", .refit = false, .seed = 1, .journal = file};
  const train::ParamGrid grid{{"units", {2}}, {"learning_rate", {0.1}}, {"epochs", {1}}};
  GridSearchCV(little_net, grid, o).fit(p.x, p.y);
  const std::string before = content(file);
  const auto differs = [&](const train::ParamGrid& g, const train::SearchOptions& options, const Points& data) {
    const std::string text = error_of([&] { GridSearchCV(little_net, g, options).fit(data.x, data.y); });
    CHECK(content(file) == before);
    return text;
  };
  const auto with = [&](auto change) {
    train::SearchOptions changed = o;
    change(changed);
    return changed;
  };
  CHECK(contains(differs({{"units", {3}}, {"learning_rate", {0.1}}, {"epochs", {1}}}, o, p),
                 "is that of another search: it differs in candidates; remove it, or name another file"));
  CHECK(contains(differs(grid, with([](auto& c) { c.seed = 2; }), p), "differs in seed;"));
  CHECK(contains(differs(grid, with([](auto& c) { c.cv = 2; }), p), "differs in cv;"));
  CHECK(contains(differs(grid, with([](auto& c) { c.scoring = "neg_log_loss"; }), p), "differs in scoring;"));
  CHECK(contains(differs(grid, with([](auto& c) { c.return_train_score = true; }), p), "differs in scoring;"));
  CHECK(contains(differs(grid, o, {p.x * 2, p.y}), "differs in data;"));
  CHECK(differs(grid, with([](auto& c) { c.n_jobs = 2; }), p).empty());

  for (const char* foreign : {"a,b\n1,2\n", "{}\n", "notes without an end", "{\"journal\":\"xgrad search\"}\n"}) {
    put(file, foreign);
    CHECK(contains(error_of([&] { GridSearchCV(little_net, grid, o).fit(p.x, p.y); }), "is not a journal of a search"));
    CHECK(content(file) == foreign);
  }
  o.journal = folder.path;
  CHECK(contains(error_of([&] { GridSearchCV(little_net, grid, o).fit(p.x, p.y); }), "cannot open"));
  o.journal = folder / "missing/search.jsonl";
  CHECK(contains(error_of([&] { GridSearchCV(little_net, grid, o).fit(p.x, p.y); }), "No such file"));
  o.journal = folder / "pipe";
  REQUIRE(::mkfifo(o.journal.c_str(), 0600) == 0);
  CHECK(contains(error_of([&] { GridSearchCV(little_net, grid, o).fit(p.x, p.y); }), "is not a regular file"));
}

TEST_CASE("journal: times and scores keep their bits, those that are no numbers too") {
  struct Odd : train::Learner {
    explicit Odd(double s) : score(s) {}
    void fit(const data::Dataset&) override {}
    Tensor predict(const data::Dataset& data) override { return full({data.size()}, score, float64); }
    double score;
  };
  const Folder folder;
  const double values[] = {0.1 + 0.2, 5e-324, -0.0, 1e300, HUGE_VAL, -HUGE_VAL, std::nan(""), 1. / 3, 3.0};
  const auto build = [&](const Params& p) -> train::Estimator { return Odd(values[p["i"].as<std::size_t>()]); };
  std::string tables[2];
  for (std::string& table : tables) {
    GridSearchCV search(build, {{"i", {0, 1, 2, 3, 4, 5, 6, 7, 8}}},
                        {.cv = 2, .scoring = first_prediction(), .refit = false, .journal = folder / "odd.jsonl"});
    search.fit(places(4), places(4).reshape({-1}));
    table = search.cv_results().csv();
    CHECK(search.resumed_fits() == (&table == tables ? 0 : 18));
    CHECK(std::signbit(search.cv_results()["split0_test_score"][2]));
  }
  CHECK(tables[0] == tables[1]);  // times among it
}

TEST_CASE("journal: two searches at once do not share one") {
  const Folder folder;
  const Points p = points(30);
  const fs::path file = folder / "search.jsonl";
  std::string inner;
  int built = 0;
  const auto build = [&](const Params& params) {
    if (++built == 2)  // the first time it is tried out, before the journal is opened
      inner = error_of([&] {
        GridSearchCV(little_net, {{"units", {2}}, {"learning_rate", {0.1}}, {"epochs", {1}}},
                     {.cv = 2, .journal = file})
            .fit(p.x, p.y);
      });
    return little_net(params);
  };
  GridSearchCV(build, {{"units", {3}}, {"learning_rate", {0.1}}, {"epochs", {1}}}, {.cv = 2, .journal = file})
      .fit(p.x, p.y);
  CHECK(contains(inner, "is in use by another search"));
}

// Run by the test below in a process of its own.
TEST_CASE("journal: helper that searches until it is killed" * doctest::skip()) {
  const char* file = std::getenv("XGRAD_TEST_JOURNAL");
  if (file) table_of(search_of(file, 2));
}

TEST_CASE("journal: a search killed five times goes on and gives the same table as one that never was") {
  const Folder folder;
  const fs::path file = folder / "killed.jsonl";
  REQUIRE(::setenv("XGRAD_TEST_JOURNAL", file.c_str(), 1) == 0);
  REQUIRE(::setenv("XGRAD_TEST_SLOWLY", "1", 1) == 0);
  std::mt19937_64 random(std::random_device{}());
  std::int64_t done = 0;
  for (int kill = 0; kill < 5; ++kill) {
    CAPTURE(kill);
    // A process of its own, as a copy of this one would lack the threads that this one has started.
    char self[] = "/proc/self/exe", which[] = "--test-case=journal: helper*", all[] = "--no-skip";
    char* const arguments[] = {self, which, all, nullptr};
    pid_t child = 0;
    REQUIRE(::posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, arguments, environ) == 0);
    int status = 0;
    while (lines_of(file) < done + 2 && ::waitpid(child, &status, WNOHANG) == 0)  // the first one is the header
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 100000));
    REQUIRE(::kill(child, SIGKILL) == 0);
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));  // it did not end by itself
    CHECK(lines_of(file) > done + 1);
    done = lines_of(file) - 1;
    REQUIRE(done < 30);
  }
  ::unsetenv("XGRAD_TEST_SLOWLY");
  const Points p = points();
  GridSearchCV search = search_of(file, 2);
  search.fit(p.x, p.y);
  CHECK(search.resumed_fits() == done);
  CHECK(search.cv_results().csv(false) == table_of(search_of({}, 1)));
}

TEST_CASE("journal: Ctrl-C ends a search with an error, and it goes on") {
  const Folder folder;
  const fs::path file = folder / "search.jsonl";
  int built = 0;
  const auto build = [&](const Params& params) {
    if (++built == 4) ::raise(SIGINT);
    return little_net(params);
  };
  const Points p = points(30);
  struct sigaction usual {
  }, of_doctest{};
  usual.sa_handler = SIG_DFL;
  sigaction(SIGINT, &usual, &of_doctest);
  GridSearchCV search(build, {{"units", {2, 3, 4}}, {"learning_rate", {0.1}}, {"epochs", {3}}},
                      {.cv = 2, .scoring = "neg_log_loss", .journal = file});
  CHECK(throws<Error>([&] { search.fit(p.x, p.y); }, "train::GridSearchCV: interrupted, with 2 of 6 fits done"));
  sigaction(SIGINT, &of_doctest, nullptr);
  CHECK(lines_of(file) == 3);
  search.fit(p.x, p.y);
  CHECK(search.resumed_fits() == 2);
  GridSearchCV never(little_net, {{"units", {2, 3, 4}}, {"learning_rate", {0.1}}, {"epochs", {3}}},
                     {.cv = 2, .scoring = "neg_log_loss"});
  CHECK(search.cv_results().csv(false) == never.fit(p.x, p.y).cv_results().csv(false));
}

TEST_SUITE_END();
