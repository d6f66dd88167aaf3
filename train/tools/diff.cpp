// xgrad-checkpoint diff.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tensor/error.hpp"
#include "train/tools/commands.hpp"
#include "train/tools/contents.hpp"

namespace xgrad::train::tools {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// Never the same in two runs, and nothing that training depends on.
const std::set<std::string> kTimes = {"/history_epochs/seconds"};
const std::set<std::string> kVersions = {"library_version"};

/// How two datasets of one path compare.
struct Finding {
  std::string path;
  std::string what;  ///< empty where they agree
  double largest = 0, relative = 0;
  std::int64_t differing = 0;
  bool numbers = false;
};

/// The elements as doubles (int64 beyond 2^53 are compared as such before).
struct Difference {
  double largest = 0, relative = 0;
  std::int64_t differing = 0, beyond = 0;
};

template <class T>
Difference compare(const T* a, const T* b, std::int64_t n, const DiffOptions& o) {
  Difference d;
  for (std::int64_t i = 0; i < n; ++i) {
    const bool nan_a = a[i] != a[i], nan_b = b[i] != b[i];
    if (a[i] == b[i] || (nan_a && nan_b)) continue;
    ++d.differing;
    const auto x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
    const double apart = nan_a || nan_b ? INFINITY : std::abs(x - y);
    const double scale = std::max(std::abs(x), std::abs(y));
    d.largest = std::max(d.largest, apart);
    d.relative = std::max(d.relative, std::isfinite(apart) && scale > 0 ? apart / scale : INFINITY);
    d.beyond += !(apart <= o.atol + o.rtol * std::abs(y));
  }
  return d;
}

Difference compare(const Array& a, const Array& b, const DiffOptions& o) {
  const std::int64_t n = a.numel();
  switch (a.dtype()) {
    case DType::float32: return compare(a.data<float>(), b.data<float>(), n, o);
    case DType::float64: return compare(a.data<double>(), b.data<double>(), n, o);
    case DType::int64: return compare(a.data<std::int64_t>(), b.data<std::int64_t>(), n, o);
    case DType::uint8:
    case DType::bool_: return compare(a.to(int64).data<std::int64_t>(), b.to(int64).data<std::int64_t>(), n, o);
  }
  return {};
}

class Comparison {
 public:
  Comparison(const fs::path& a, const fs::path& b, const DiffOptions& options)
      : a_(open_any(a)), b_(open_any(b)), options_(options) {}

  std::vector<Finding> run() {
    std::map<std::string, std::pair<const Entry*, const Entry*>> pairs;
    for (const Entry& e : a_->entries())
      if (wanted(e.path)) pairs[e.path].first = &e;
    for (const Entry& e : b_->entries())
      if (wanted(e.path)) pairs[e.path].second = &e;
    std::vector<Finding> out;
    for (const auto& item : pairs) out.push_back(finding(item.first, item.second.first, item.second.second));
    if (!options_.model_only) compare_attributes(out);
    return out;
  }

 private:
  bool wanted(const std::string& path) const {
    return options_.model_only ? path.starts_with("/model/") : !kTimes.contains(path);
  }

  Finding finding(const std::string& path, const Entry* a, const Entry* b) const {
    Finding f{.path = path, .what = {}};
    if (!a || !b) {
      f.what = a ? "only in the first" : "only in the second";
    } else if (a->text != b->text || a->dtype.has_value() != b->dtype.has_value()) {
      f.what = "different kinds of content";
    } else if (a->text) {
      if (a_->read_text(path) != b_->read_text(path)) f.what = "different texts";
    } else if (!a->dtype) {
      f.what = "cannot be compared";
    } else if (a->shape != b->shape) {
      f.what = fmt::format("shape {} and {}", a->shape.str(), b->shape.str());
    } else {
      compare_numbers(f, *a->dtype, *b->dtype);
    }
    return f;
  }

  void compare_numbers(Finding& f, DType a, DType b) const {
    f.numbers = true;
    Array x = a_->read(f.path), y = b_->read(f.path);
    if (a != b) {
      if (is_floating(a) != is_floating(b)) {
        f.what = fmt::format("dtype {} and {}", name_of(a), name_of(b));
        f.numbers = false;
        return;
      }
      const DType wide = is_floating(a) ? float64 : int64;
      x = x.to(wide);
      y = y.to(wide);
    }
    const Difference d = compare(x, y, options_);
    f.largest = d.largest;
    f.relative = d.relative;
    f.differing = d.differing;
    const bool strict = options_.atol == 0 && options_.rtol == 0;
    if (d.beyond > 0)
      f.what =
          fmt::format("{} of {} differ, by up to {:.6g} (relative {:.6g})", d.beyond, x.numel(), d.largest, d.relative);
    else if (strict && a != b) f.what = fmt::format("dtype {} and {}, of the same values", name_of(a), name_of(b));
  }

  /// Those that hold state; what is for people (versions) may differ.
  void compare_attributes(std::vector<Finding>& out) const {
    std::set<std::pair<std::string, std::string>> names;
    for (const auto* c : {a_.get(), b_.get()})
      for (const auto& item : c->attributes())
        for (const auto& value : item.second)
          if (!kVersions.contains(value.first)) names.insert({item.first, value.first});
    const auto find = [](const Contents& c, const std::string& path, const std::string& name) {
      const auto object = c.attributes().find(path);
      if (object == c.attributes().end()) return static_cast<const data::Attribute*>(nullptr);
      const auto value = object->second.find(name);
      return value == object->second.end() ? nullptr : &value->second;
    };
    const bool both_have = !a_->attributes().empty() && !b_->attributes().empty();  // .npz and safetensors have none
    for (const auto& name : names) {
      if (!both_have) return;
      const auto *x = find(*a_, name.first, name.second), *y = find(*b_, name.first, name.second);
      Finding f{.path = name.first + "@" + name.second, .what = {}};
      if (!x || !y) f.what = x ? "only in the first" : "only in the second";
      else if (!same(*x, *y)) f.what = "different values";
      out.push_back(f);
    }
  }

  /// NaN equals NaN.
  static bool same(const data::Attribute& a, const data::Attribute& b) {
    const auto *x = std::get_if<double>(&a), *y = std::get_if<double>(&b);
    return a == b || (x && y && std::isnan(*x) && std::isnan(*y));
  }

  std::unique_ptr<Contents> a_, b_;
  DiffOptions options_;
};

void print_json(const std::vector<Finding>& findings, bool equal) {
  const auto number = [](double v) { return std::isfinite(v) ? Json(v) : Json("infinity"); };
  Json out{{"equal", equal}, {"findings", Json::array()}};
  for (const Finding& f : findings) {
    Json item{{"path", f.path}, {"equal", f.what.empty()}, {"what", f.what}};
    if (f.numbers) {
      item["differing"] = f.differing;
      item["largest_difference"] = number(f.largest);
      item["largest_relative_difference"] = number(f.relative);
    }
    out["findings"].push_back(item);
  }
  fmt::print("{}\n", out.dump(1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

int diff(const fs::path& a, const fs::path& b, const DiffOptions& options) {
  const std::vector<Finding> findings = Comparison(a, b, options).run();
  const auto different =
      std::count_if(findings.begin(), findings.end(), [](const Finding& f) { return !f.what.empty(); });
  if (options.json) {
    print_json(findings, different == 0);
    return different == 0 ? kWell : kDifferent;
  }
  std::size_t widest = 0;
  for (const Finding& f : findings)
    if (options.all || !f.what.empty()) widest = std::max(widest, f.path.size());
  for (const Finding& f : findings)
    if (options.all || !f.what.empty())
      fmt::print("{:<{}}  {}\n", printable(f.path), widest, f.what.empty() ? "equal" : f.what);
  if (different == 0) fmt::print("equal: {} compared\n", findings.size());
  else fmt::print("different: {} of {}\n", different, findings.size());
  return different == 0 ? kWell : kDifferent;
}

}  // namespace xgrad::train::tools
