#include "train/model_selection/detail/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

#include "tensor/error.hpp"
#include "train/model_selection/detail/hash.hpp"

namespace xgrad::train::detail {
namespace {

using Json = nlohmann::json;

constexpr const char* kOp = "journal";
constexpr std::string_view kKind = "xgrad search";
constexpr std::string_view kBeforeSum = ",\"checksum\":\"", kBehindSum = "\"}";
constexpr std::size_t kSum = 16;  // hexadecimal digits

/// An object as a line, its checksum in the end: that of all bytes before ,"checksum".
std::string sealed(const Json& object) {
  std::string line = object.dump(-1, ' ', false, Json::error_handler_t::replace);
  line.pop_back();
  const std::string sum = hex(Hash().text(line).value());
  return line.append(kBeforeSum).append(sum).append(kBehindSum) + "\n";
}

/// The object of a line; nothing where the line is damaged.
std::optional<Json> unsealed(std::string_view line) {
  constexpr std::size_t tail = kBeforeSum.size() + kSum + kBehindSum.size();
  if (line.size() < tail) return {};
  const std::string_view body = line.substr(0, line.size() - tail), end = line.substr(body.size());
  if (!end.starts_with(kBeforeSum) || !end.ends_with(kBehindSum)) return {};
  if (end.substr(kBeforeSum.size(), kSum) != hex(Hash().text(body).value())) return {};
  Json object = Json::parse(std::string(body) + "}", nullptr, false);
  if (!object.is_object()) return {};
  return object;
}

/// Numbers keep their bits: the shortest text that gives them back, and what JSON has no numbers for as a text.
Json number(double value) {
  if (std::isfinite(value)) return value;
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}
double number(const Json& json) {
  if (!json.is_string()) return json.get<double>();
  const auto& text = json.get_ref<const std::string&>();
  if (text == "nan") return std::nan("");
  if (text == "inf") return HUGE_VAL;
  if (text == "-inf") return -HUGE_VAL;
  throw std::invalid_argument(text);
}
Json numbers(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double v : values) list.push_back(number(v));
  return list;
}
std::vector<double> numbers(const Json& list, std::size_t count) {
  std::vector<double> values;
  for (const Json& v : list) values.push_back(number(v));
  if (values.size() != count) throw std::invalid_argument("count");
  return values;
}

/// What the results of a search depend on, by the names under which a message speaks of it.
Json fingerprint(const Plan& plan, std::uint64_t data_hash) {
  Hash candidates, folds, scoring;
  for (const Params& p : plan.candidates) candidates.text(p.repr());
  for (const data::Fold& f : plan.folds)
    for (const auto* part : {&f.train, &f.test}) {
      folds.number(static_cast<std::int64_t>(part->size()));
      folds.bytes(std::as_bytes(std::span(*part)));
    }
  for (const Scorer& s : plan.scorers) scoring.text(s.name());
  scoring.number(plan.train_scores);
  return {{"candidates", hex(candidates.value())},
          {"cv", hex(folds.value())},
          {"scoring", hex(scoring.value())},
          {"seed", std::to_string(plan.seed)},
          {"data", hex(data_hash)}};
}

}  // namespace

Journal::Journal(const std::filesystem::path& file, const Plan& plan, std::uint64_t data_hash)
    : file_(file), plan_(plan), runs_(plan.fits()) {
  descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0666);
  if (descriptor_ < 0) fail_system("cannot open");
  try {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) fail_system("cannot look at");
    if (!S_ISREG(status.st_mode)) fail<IoError>(kOp, fmt::format("{} is not a regular file", file_.string()));
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) fail<IoError>(kOp, fmt::format("{} is in use by another search", file_.string()));
      fail_system("cannot lock");
    }
    read(sealed({{"journal", kKind}, {"version", 1}, {"fits", plan.fits()}, {"search", fingerprint(plan, data_hash)}}));
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

Journal::~Journal() { ::close(descriptor_); }

void Journal::fail_system(const char* what) const {
  fail<IoError>(kOp, fmt::format("{} {}: {}", what, file_.string(), std::strerror(errno)));
}

std::string Journal::content() const {
  std::string text;
  char block[1 << 16];
  for (;;) {
    const ssize_t got = ::pread(descriptor_, block, sizeof block, static_cast<off_t>(text.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_system("cannot read");
    if (got == 0) return text;
    text.append(block, static_cast<std::size_t>(got));
  }
}

void Journal::read(const std::string& header) {
  std::string text = content();
  const std::size_t whole = text.rfind('\n') + 1;  // 0 without any line
  if (whole == 0) {
    if (!header.starts_with(text)) fail<IoError>(kOp, fmt::format("{} is not a journal of a search", file_.string()));
    if (!text.empty() && ::ftruncate(descriptor_, 0) != 0) fail_system("cannot write");
    write(header);
    const std::filesystem::path folder = std::filesystem::absolute(file_).parent_path();
    const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (opened >= 0) {  // so that the name of the file is on disk too
      ::fsync(opened);
      ::close(opened);
    }
    return;
  }
  const std::string_view first = std::string_view(text).substr(0, text.find('\n') + 1);
  if (first != header) {
    const auto found = unsealed(first.substr(0, first.size() - 1));
    if (!found || found->value("journal", "") != kKind)
      fail<IoError>(kOp, fmt::format("{} is not a journal of a search, or its first line is damaged", file_.string()));
    const Json theirs = found->value("search", Json::object()),
               ours = unsealed(header.substr(0, header.size() - 1))->at("search");
    std::string differs;
    for (const auto& [name, value] : ours.items())
      if (theirs.value(name, Json()) != value) differs += (differs.empty() ? "" : ", ") + name;
    fail<IoError>(kOp, fmt::format("{} is that of another search: it differs in {}; remove it, or name another file",
                                   file_.string(), differs.empty() ? "its version" : differs));
  }
  std::size_t number = 2;
  for (std::size_t at = first.size(); at < whole; ++number) {
    const std::size_t end = text.find('\n', at);
    read_line(std::string_view(text).substr(at, end - at), number);
    at = end + 1;
  }
  if (whole < text.size() && ::ftruncate(descriptor_, static_cast<off_t>(whole)) != 0) fail_system("cannot write");
}

void Journal::read_line(std::string_view line, std::size_t line_number) {
  try {
    const auto object = unsealed(line);
    if (!object) throw std::invalid_argument("checksum");
    const auto candidate = object->at("candidate").get<std::size_t>(), fold = object->at("fold").get<std::size_t>();
    if (candidate >= plan_.candidates.size() || fold >= plan_.folds.size()) throw std::out_of_range("fit");
    const std::size_t scorers = plan_.scorers.size(), train_scorers = plan_.train_scores ? scorers : 0;
    Run run;
    run.measured.fit_time = number(object->at("fit_time"));
    run.measured.score_time = number(object->at("score_time"));
    run.unread = object->at("unread").get<std::vector<std::string>>();
    run.error = object->value("error", "");
    if (run.error.empty()) {
      run.measured.test = numbers(object->at("test"), scorers);
      run.measured.train = numbers(object->at("train"), train_scorers);
    } else if (plan_.error_score) {
      run.measured.test.assign(scorers, *plan_.error_score);
      run.measured.train.assign(train_scorers, *plan_.error_score);
    }
    run.done = run.error.empty() || plan_.error_score.has_value();  // else it has to fail again, in person
    runs_[candidate * plan_.folds.size() + fold] = std::move(run);
  } catch (const std::exception&) {
    warnings_.push_back(
        fmt::format("journal: line {} of {} is damaged; its fit is done again", line_number, file_.string()));
  }
}

void Journal::write(std::string_view text) {
  const off_t before = ::lseek(descriptor_, 0, SEEK_END);
  for (std::string_view rest = text; !rest.empty();) {
    const ssize_t put = ::write(descriptor_, rest.data(), rest.size());
    if (put >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(put));
    } else if (errno != EINTR) {
      const int reason = errno;
      if (before >= 0 && ::ftruncate(descriptor_, before) != 0) errno = reason;
      errno = reason;
      fail_system("cannot write");
    }
  }
  if (::fsync(descriptor_) != 0) fail_system("cannot write");
}

void Journal::append(std::size_t candidate, std::size_t fold, const Run& run) {
  Json line = {{"candidate", candidate},
               {"fold", fold},
               {"fit_time", number(run.measured.fit_time)},
               {"score_time", number(run.measured.score_time)},
               {"unread", run.unread}};
  if (run.error.empty()) {
    line["test"] = numbers(run.measured.test);
    line["train"] = numbers(run.measured.train);
  } else {
    line["error"] = run.error;
  }
  write(sealed(line));
}

}  // namespace xgrad::train::detail
