#include "tensor/scalar.hpp"

#include <fmt/format.h>

#include "tensor/error.hpp"

namespace xgrad {

Shape Nested::shape() const {
  Shape shape;
  for (const Nested* level = this; level->is_list_; level = &level->items_.front()) {
    shape.push_back(static_cast<std::int64_t>(level->items_.size()));
    if (level->items_.empty()) break;
  }
  check(shape, 0);
  return shape;
}

void Nested::check(const Shape& shape, int depth) const {
  const bool leaf = depth == shape.rank();
  if (leaf ? is_list_ : !is_list_ || static_cast<std::int64_t>(items_.size()) != shape[depth]) {
    fail<ShapeError>("tensor", fmt::format("nested lists of unequal length or depth; the first ones make {}, axis {} "
                                           "has one that differs",
                                           shape.str(), depth));
  }
  for (const Nested& item : items_) item.check(shape, depth + 1);
}

DType Nested::dtype() const {
  const std::vector<Scalar> all = flat();
  if (all.empty()) return DType::float32;
  DType result = DType::bool_;
  for (const Scalar& v : all) {
    if (v.is_real()) return DType::float32;
    if (!v.is_bool()) result = DType::int64;
  }
  return result;
}

std::vector<Scalar> Nested::flat() const {
  std::vector<Scalar> out;
  collect(out);
  return out;
}

void Nested::collect(std::vector<Scalar>& out) const {
  if (!is_list_) out.push_back(value_);
  for (const Nested& item : items_) item.collect(out);
}

}  // namespace xgrad
