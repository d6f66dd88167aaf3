#include "optim/parameters.hpp"

namespace xgrad::optim {

bool matches(std::string_view name, std::string_view pattern) {
  // Only the last star has to be remembered: what an earlier one could take, the last one can take too.
  std::size_t n = 0, p = 0, star = pattern.npos, resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p, ++n;
    } else if (star != pattern.npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

Parameters Parameters::selected(std::string_view pattern, bool wanted) const {
  Parameters chosen(std::vector<Tensor>{});
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    if (matches(names_[i], pattern) != wanted) continue;
    chosen.tensors_.push_back(tensors_[i]);
    chosen.names_.push_back(names_[i]);
  }
  return chosen;
}

}  // namespace xgrad::optim
