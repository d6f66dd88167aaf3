#include "train/detail/state_fit.hpp"

#include <map>
#include <set>

#include "tensor/error.hpp"

namespace xgrad::train::detail {
namespace {

std::string described(const std::string& name, const Shape& shape, DType dtype) {
  return name + " " + shape.str() + " " + std::string(name_of(dtype));
}

bool convertible(std::optional<DType> from, DType to) {
  return from && (*from == to || (is_floating(*from) && is_floating(to)));
}

/// One line for everything in which file and model differ.
std::vector<std::string> mismatches(const std::vector<StoredTensor>& stored, const nn::StateDict& model) {
  std::vector<std::string> lines;
  std::map<std::string_view, const StoredTensor*> in_file;
  for (const StoredTensor& s : stored) in_file.emplace(s.name, &s);
  std::set<std::string_view> in_model;
  for (const auto& [name, tensor] : model) {
    in_model.insert(name);
    const auto found = in_file.find(name);
    if (found == in_file.end()) {
      lines.push_back("missing in the file: " + described(name, tensor.shape(), tensor.dtype()));
      continue;
    }
    const StoredTensor& s = *found->second;
    if (s.dtype && s.shape != tensor.shape())
      lines.push_back("different shape: " + name + ": got " + s.shape.str() + "; expected " + tensor.shape().str());
    if (!convertible(s.dtype, tensor.dtype()))
      lines.push_back("different dtype: " + name + ": got " +
                      (s.dtype ? std::string(name_of(*s.dtype)) : "no numbers") + "; expected " +
                      std::string(name_of(tensor.dtype())));
  }
  for (const StoredTensor& s : stored)
    if (!in_model.contains(s.name))
      lines.push_back("not in the model: " + (s.dtype ? described(s.name, s.shape, *s.dtype) : s.name));
  return lines;
}

}  // namespace

void require_fit(std::string_view op, const std::filesystem::path& file, const std::vector<StoredTensor>& stored,
                 const nn::StateDict& model) {
  const std::vector<std::string> lines = mismatches(stored, model);
  if (lines.empty()) return;
  std::string text = file.string() + ": does not fit the model (" + std::to_string(lines.size()) +
                     (lines.size() == 1 ? " mismatch" : " mismatches") + "), which is left unchanged:";
  for (const std::string& line : lines) text += "\n  " + line;
  fail<IoError>(op, text);
}

}  // namespace xgrad::train::detail
