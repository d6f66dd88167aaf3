#include "autograd/ops/einsum.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <string>

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/diagonal.hpp"
#include "autograd/ops/product.hpp"
#include "autograd/ops/reduction.hpp"
#include "autograd/ops/shape.hpp"
#include "tensor/error.hpp"

namespace xgrad {
namespace {

// Axes are named by small numbers: 0-51 letters, capitals first; from 52 on those of an ellipsis, counted from its end.
using Labels = std::vector<int>;
using Set = std::uint64_t;
constexpr int kEllipsis = 52;
constexpr int kLabels = kEllipsis + Shape::kMaxRank;

constexpr Set bit(int label) { return Set{1} << label; }

Set set_of(const Labels& labels) {
  Set set = 0;
  for (const int label : labels) set |= bit(label);
  return set;
}

/// An operand with a name for each axis, none twice.
struct Named {
  Tensor value;
  Labels labels;

  std::int64_t size(int label) const {
    return value.shape()[static_cast<int>(std::find(labels.begin(), labels.end(), label) - labels.begin())];
  }
};

Labels those_in(const Labels& labels, Set set) {
  Labels result;
  std::copy_if(labels.begin(), labels.end(), std::back_inserter(result), [set](int l) { return (set & bit(l)) != 0; });
  return result;
}

Labels joined(const Labels& a, const Labels& b, const Labels& c = {}) {
  Labels all = a;
  all.insert(all.end(), b.begin(), b.end());
  all.insert(all.end(), c.begin(), c.end());
  return all;
}

Tensor ordered(const Named& x, const Labels& order) {
  if (x.labels == order) return x.value;
  std::vector<std::int64_t> axes;
  for (const int label : order) axes.push_back(std::find(x.labels.begin(), x.labels.end(), label) - x.labels.begin());
  return permute(x.value, axes);
}

Named summed(const Named& x, Set keep) {
  std::vector<std::int64_t> gone;
  for (std::size_t i = 0; i < x.labels.size(); ++i)
    if ((keep & bit(x.labels[i])) == 0) gone.push_back(static_cast<std::int64_t>(i));
  if (gone.empty()) return x;
  return {sum(x.value, gone), those_in(x.labels, keep)};
}

std::int64_t numel(const Named& x, const Labels& labels) {
  Shape shape;
  for (const int label : labels) shape.push_back(x.size(label));
  return shape.numel();
}

Shape shape_of(const char* op, const Named& a, const Named& b, const Labels& labels) {
  if (labels.size() > Shape::kMaxRank)
    fail<ShapeError>(op, fmt::format("the product of {} and {} has {} axes on the way; expected at most {}",
                                     a.value.shape().str(), b.value.shape().str(), labels.size(), Shape::kMaxRank));
  const Set in_a = set_of(a.labels);
  Shape shape;
  for (const int label : labels) shape.push_back((in_a & bit(label)) != 0 ? a.size(label) : b.size(label));
  return shape;
}

/// The product of two operands, summed over what is not kept.
Named contracted(const char* op, const Named& left, const Named& right, Set keep) {
  const Set in_left = set_of(left.labels), in_right = set_of(right.labels);
  const Named a = summed(left, keep | in_right), b = summed(right, keep | in_left);
  const Set both = in_left & in_right;
  const Labels batch = those_in(a.labels, both & keep), inner = those_in(a.labels, both & ~keep);
  const Labels rows = those_in(a.labels, ~both), columns = those_in(b.labels, ~both);
  const Labels labels = joined(batch, rows, columns);
  const Shape shape = shape_of(op, a, b, labels);
  if (inner.empty()) {  // nothing to sum: a product element by element
    Shape by_rows, by_columns;
    for (const int label : labels) {
      by_rows.push_back((set_of(a.labels) & bit(label)) != 0 ? a.size(label) : 1);
      by_columns.push_back((set_of(b.labels) & bit(label)) != 0 ? b.size(label) : 1);
    }
    return {
        mul(reshape(ordered(a, joined(batch, rows)), by_rows), reshape(ordered(b, joined(batch, columns)), by_columns)),
        labels};
  }
  // Matrices, transposed or not as they lie, if they lie so.
  const bool ta = a.labels == joined(batch, inner, rows), tb = b.labels != joined(batch, inner, columns);
  const std::int64_t n = numel(a, batch), m = numel(a, rows), k = numel(a, inner), p = numel(b, columns);
  Shape sa = ta ? Shape{k, m} : Shape{m, k}, sb = tb ? Shape{p, k} : Shape{k, p};
  if (!batch.empty()) sa = sa.with(0, n), sb = sb.with(0, n);
  const Tensor x = reshape(ordered(a, ta ? joined(batch, inner, rows) : joined(batch, rows, inner)), sa);
  const Tensor y = reshape(ordered(b, tb ? joined(batch, columns, inner) : joined(batch, inner, columns)), sb);
  return {reshape(bmm(x, y, ta, tb), shape), labels};
}

/// Multiplications that a pair takes.
double cost(const Named& a, const Named& b) {
  double n = 1;
  for (const int label : a.labels) n *= static_cast<double>(a.size(label));
  for (const int label : those_in(b.labels, ~set_of(a.labels))) n *= static_cast<double>(b.size(label));
  return n;
}

Tensor contract(const char* op, std::vector<Named> operands, const Labels& result) {
  while (operands.size() > 1) {
    std::size_t first = 0, second = 1;
    for (std::size_t i = 0; i < operands.size(); ++i)
      for (std::size_t j = i + 1; j < operands.size(); ++j)
        if (cost(operands[i], operands[j]) < cost(operands[first], operands[second])) first = i, second = j;
    Set keep = set_of(result);
    for (std::size_t i = 0; i < operands.size(); ++i)
      if (i != first && i != second) keep |= set_of(operands[i].labels);
    operands[first] = contracted(op, operands[first], operands[second], keep);
    operands.erase(operands.begin() + static_cast<std::ptrdiff_t>(second));
  }
  return ordered(summed(operands[0], set_of(result)), result);
}

/// The axes of size 1 go where another operand has more: what is left of a name has one size.
void broadcast_names(std::vector<Named>& operands, const std::array<std::int64_t, kLabels>& sizes) {
  for (Named& x : operands) {
    std::vector<std::int64_t> gone;
    Labels left;
    for (std::size_t i = 0; i < x.labels.size(); ++i) {
      const int label = x.labels[i];
      const bool repeated = x.value.shape()[static_cast<int>(i)] == 1 && sizes[static_cast<std::size_t>(label)] != 1;
      if (repeated) gone.push_back(static_cast<std::int64_t>(i));
      else left.push_back(label);
    }
    if (gone.empty()) continue;
    x = {squeeze(x.value, gone), left};
  }
}

// ---- the equation -----------------------------------------------------------------------------------------------

/// What stands for one operand, or for the result.
struct Term {
  std::string letters;        ///< without the ellipsis
  std::optional<int> dots{};  ///< how many letters come before "..."
};

int label_of(char letter) { return letter >= 'a' ? letter - 'a' + 26 : letter - 'A'; }
char letter_of(int label) { return static_cast<char>(label >= 26 ? 'a' + label - 26 : 'A' + label); }

/// An equation with its operands, for messages and for reading it.
class Equation {
 public:
  Equation(std::string_view text, std::span<const Tensor> operands) : text_(text), operands_(operands) {
    const std::size_t arrow = text.find("->");
    const std::string_view left = text.substr(0, arrow);
    for (std::size_t at = 0, comma = 0; comma != std::string_view::npos; at = comma + 1) {
      comma = left.find(',', at);
      terms_.push_back(term(left.substr(at, comma == std::string_view::npos ? comma : comma - at)));
    }
    if (arrow != std::string_view::npos) result_ = term(text.substr(arrow + 2));
    if (terms_.size() != operands.size())
      wrong(fmt::format("it names {} operands, got {}", terms_.size(), operands.size()));
    for (std::size_t i = 0; i < terms_.size(); ++i) count_axes(i);
  }

  std::vector<Named> named() {
    std::vector<Named> all;
    for (std::size_t i = 0; i < terms_.size(); ++i) all.push_back(without_repeats(i));
    for (std::size_t i = 0; i < all.size(); ++i) note_sizes(i, all[i]);
    broadcast_names(all, sizes_);
    return all;
  }

  Labels result() const {
    Labels labels;
    const auto dots = [&] {
      for (int i = ellipsis_; i-- > 0;) labels.push_back(kEllipsis + i);
    };
    if (!result_) {
      dots();
      for (int label = 0; label < kEllipsis; ++label)
        if (std::count(letters_.begin(), letters_.end(), letter_of(label)) == 1) labels.push_back(label);
      return labels;
    }
    const std::string& letters = result_->letters;
    for (std::size_t i = 0; i <= letters.size(); ++i) {
      if (result_->dots == static_cast<int>(i)) dots();
      if (i == letters.size()) break;
      if (letters.find(letters[i]) != i) wrong(fmt::format("'{}' is twice in the result", letters[i]));
      if (letters_.find(letters[i]) == std::string::npos)
        wrong(fmt::format("'{}' is in the result, but in no operand", letters[i]));
      labels.push_back(label_of(letters[i]));
    }
    return labels;
  }

 private:
  [[noreturn]] void wrong(const std::string& what) const {
    fail<ValueError>("einsum", fmt::format("equation '{}': {}", text_, what));
  }
  [[noreturn]] void unfit(std::size_t i, const std::string& what) const {
    fail<ShapeError>(
        "einsum", fmt::format("equation '{}', operand {} of shape {}: {}", text_, i, operands_[i].shape().str(), what));
  }

  Term term(std::string_view text) const {
    Term t;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (c == ' ') continue;
      if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
        t.letters += c;
      } else if (text.substr(i, 3) == "...") {
        if (t.dots) wrong("more than one '...' for one operand or in the result");
        t.dots = static_cast<int>(t.letters.size());
        i += 2;
      } else {
        wrong(fmt::format("'{}' is not a letter, ',', '->' or '...'", c));
      }
    }
    return t;
  }

  void count_axes(std::size_t i) {
    const int axes = operands_[i].dim(), letters = static_cast<int>(terms_[i].letters.size());
    if (terms_[i].dots ? axes < letters : axes != letters)
      unfit(i, fmt::format("got {} axes; expected {}{}", axes, terms_[i].dots ? "at least " : "", letters));
    if (terms_[i].dots) ellipsis_ = std::max(ellipsis_, axes - letters);
    letters_ += terms_[i].letters;
  }

  /// The operand with the diagonal taken where a letter is repeated.
  Named without_repeats(std::size_t i) const {
    const Term& t = terms_[i];
    Named x{operands_[i], {}};
    const int dots = x.value.dim() - static_cast<int>(t.letters.size());
    for (int k = 0; k <= static_cast<int>(t.letters.size()); ++k) {
      for (int d = dots; t.dots == k && d-- > 0;) x.labels.push_back(kEllipsis + d);
      if (k < static_cast<int>(t.letters.size())) x.labels.push_back(label_of(t.letters[static_cast<std::size_t>(k)]));
    }
    for (std::size_t k = 0; k < x.labels.size();) {
      const int label = x.labels[k];
      const auto again = std::find(x.labels.begin() + static_cast<std::ptrdiff_t>(k) + 1, x.labels.end(), label);
      if (again == x.labels.end()) {
        ++k;
        continue;
      }
      const auto row = static_cast<std::int64_t>(k), column = again - x.labels.begin();
      if (x.value.size(row) != x.value.size(column))
        unfit(i, fmt::format("'{}' is repeated for sizes {} and {}; expected equal ones", letter_of(label),
                             x.value.size(row), x.value.size(column)));
      x.value = diagonal(x.value, 0, row, column);  // which becomes the last axis
      x.labels.erase(again);
      x.labels.erase(x.labels.begin() + static_cast<std::ptrdiff_t>(k));
      x.labels.push_back(label);
    }
    return x;
  }

  void note_sizes(std::size_t i, const Named& x) {
    for (const int label : x.labels) {
      const std::int64_t n = x.size(label);
      std::int64_t& known = sizes_[static_cast<std::size_t>(label)];
      if (n != 1 && known != 1 && n != known)
        unfit(i, fmt::format("size {} of {} is {} in an operand before; expected equal sizes or 1", n,
                             label < kEllipsis ? fmt::format("'{}'", letter_of(label)) : "an axis of '...'", known));
      if (n != 1) known = n;
    }
  }

  std::string_view text_;
  std::span<const Tensor> operands_;
  std::vector<Term> terms_;
  std::optional<Term> result_;
  std::string letters_;  ///< of all operands
  int ellipsis_ = 0;     ///< the most axes that an ellipsis stands for
  std::array<std::int64_t, kLabels> sizes_ = [] {
    std::array<std::int64_t, kLabels> ones{};
    ones.fill(1);
    return ones;
  }();
};

}  // namespace

Tensor einsum(std::string_view equation, std::span<const Tensor> operands) {
  if (operands.empty()) fail<ValueError>("einsum", "got no operands; expected at least one");
  DType t = operands[0].dtype();
  for (const Tensor& x : operands) t = promote("einsum", t, x.dtype());
  std::vector<Tensor> alike;
  for (const Tensor& x : operands) alike.push_back(x.to(t));
  Equation read(equation, alike);
  const Labels result = read.result();
  if (result.size() > Shape::kMaxRank)
    fail<ShapeError>("einsum", fmt::format("equation '{}': the result has {} axes; expected at most {}", equation,
                                           result.size(), Shape::kMaxRank));
  return contract("einsum", read.named(), result).to(t);
}

Tensor tensordot(const Tensor& a, const Tensor& b, const std::vector<std::int64_t>& axes_a,
                 const std::vector<std::int64_t>& axes_b) {
  if (axes_a.size() != axes_b.size())
    fail<ValueError>("tensordot",
                     fmt::format("got {} axes of A and {} of B; expected as many", axes_a.size(), axes_b.size()));
  const DType t = promote("tensordot", a.dtype(), b.dtype());
  Named x{a.to(t), Labels(static_cast<std::size_t>(a.dim()))}, y{b.to(t), Labels(static_cast<std::size_t>(b.dim()))};
  for (int i = 0; i < a.dim(); ++i) x.labels[static_cast<std::size_t>(i)] = i;
  for (int i = 0; i < b.dim(); ++i) y.labels[static_cast<std::size_t>(i)] = Shape::kMaxRank + i;
  Set inner = 0;
  std::array<std::int64_t, kLabels> sizes;
  sizes.fill(1);
  for (std::size_t i = 0; i < axes_a.size(); ++i) {
    if (a.dim() == 0 || b.dim() == 0) fail<IndexError>("tensordot", "a scalar has no axes");
    const int ia = normalize_axis("tensordot", axes_a[i], a.dim()),
              ib = normalize_axis("tensordot", axes_b[i], b.dim());
    if ((inner & bit(ia)) != 0 || y.labels[static_cast<std::size_t>(ib)] < Shape::kMaxRank)
      fail<ValueError>("tensordot", fmt::format("got axes [{}] of A and [{}] of B; expected each once",
                                                fmt::join(axes_a, ", "), fmt::join(axes_b, ", ")));
    const std::int64_t na = a.shape()[ia], nb = b.shape()[ib];
    if (na != nb && na != 1 && nb != 1)
      fail<ShapeError>("tensordot", fmt::format("got A {}, B {}; expected A.shape[{}] == B.shape[{}]", a.shape().str(),
                                                b.shape().str(), ia, ib));
    inner |= bit(ia);
    y.labels[static_cast<std::size_t>(ib)] = ia;
    sizes[static_cast<std::size_t>(ia)] = na == 1 ? nb : na;
  }
  const Labels result = joined(those_in(x.labels, ~inner), those_in(y.labels, ~inner));
  if (result.size() > Shape::kMaxRank)
    fail<ShapeError>("tensordot", fmt::format("got A {}, B {}; expected a result of at most {} axes", a.shape().str(),
                                              b.shape().str(), Shape::kMaxRank));
  std::vector<Named> operands{x, y};
  for (const int label : result)  // of one operand alone: nothing to broadcast
    sizes[static_cast<std::size_t>(label)] = (set_of(x.labels) & bit(label)) != 0 ? x.size(label) : y.size(label);
  broadcast_names(operands, sizes);
  return contract("tensordot", operands, result).to(t);
}

Tensor tensordot(const Tensor& a, const Tensor& b, std::int64_t axes) {
  if (axes < 0 || axes > std::min(a.dim(), b.dim()))
    fail<ValueError>("tensordot", fmt::format("got {} axes for A {}, B {}; expected 0 to {}", axes, a.shape().str(),
                                              b.shape().str(), std::min(a.dim(), b.dim())));
  std::vector<std::int64_t> of_a, of_b;
  for (std::int64_t i = 0; i < axes; ++i) {
    of_a.push_back(a.dim() - axes + i);
    of_b.push_back(i);
  }
  return tensordot(a, b, of_a, of_b);
}

}  // namespace xgrad
