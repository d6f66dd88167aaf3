#include "tensor/array.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "tensor/detail/pool.hpp"
#include "tensor/kernels/cast.hpp"
#include "tensor/kernels/dispatch.hpp"

namespace xgrad {

namespace detail {
namespace {

constexpr int kFaceClass = class_of(sizeof(Impl));
using SlotRelease = void (*)(void*) noexcept;
constinit SlotRelease slot_release = nullptr;

Storage* home_of(Impl* impl) noexcept {
  return reinterpret_cast<Storage*>(reinterpret_cast<std::byte*>(impl) - sizeof(Storage));
}

Impl* new_block(const Shape& shape, DType dtype, std::int64_t numel) {
  const std::size_t bytes = kDataOffset + static_cast<std::size_t>(numel) * size_of(dtype);
  const int size_class = class_of(bytes);
  auto* block = static_cast<std::byte*>(pool_get(size_class, bytes));
#ifndef XGRAD_NO_POOL
  // Kernels run over the padding too: what was left there might be denormal numbers, which are many times slower.
  std::memset(block + (bytes - 1) / 64 * 64, 0, 64);
#endif
  auto* storage = new (block) Storage{1u, 0u, size_class, 0};
  return new (block + sizeof(Storage)) Impl{1u, dtype, true, numel, shape, storage, block + kDataOffset, nullptr};
}

Impl* new_face(Storage* storage, std::byte* data, const Shape& shape, DType dtype, std::int64_t numel) {
  void* block = pool_get(kFaceClass, sizeof(Impl));
  more(storage->faces);
  return new (block) Impl{1u, dtype, false, numel, shape, storage, data, nullptr};
}

}  // namespace

void drop(Storage* storage) noexcept {
  if (last(storage->faces)) pool_put(storage, storage->size_class);
}

void destroy(Impl* impl) noexcept {
  if (impl->slot) slot_release(std::exchange(impl->slot, nullptr));
  Storage* const storage = impl->storage;
  if (!impl->embedded) {
    pool_put(impl, kFaceClass);
    drop(storage);
    return;
  }
  Storage* const home = home_of(impl);  // differs from storage after Access::replace
  if (storage != home) drop(storage);
  drop(home);
}

Impl* make_face(const Impl& of) { return new_face(of.storage, of.data, of.shape, of.dtype, of.numel); }

void set_slot_release(void (*release)(void*) noexcept) noexcept { slot_release = release; }

Array Access::on_storage(Storage* storage, std::byte* data, const Shape& shape, DType dtype) {
  return Array(new_face(storage, data, shape, dtype, shape.numel()));
}

void Access::replace(Array& a, const Array& value) noexcept {
  Impl* p = a.impl_;
  const Impl* v = value.impl_;
  more(v->storage->faces);
  Storage* before = p->storage;
  p->storage = v->storage;
  p->data = v->data;
  p->shape = v->shape;
  p->dtype = v->dtype;
  p->numel = v->numel;
  // An embedded Impl lives in its first block for as long as there are handles: that face stays counted.
  if (!p->embedded || before != home_of(p)) drop(before);
  if (p->embedded && p->storage == home_of(p)) drop(p->storage);  // back home: that face was counted already
}

}  // namespace detail

void Array::undefined() { fail<ValueError>("Array", "used while undefined: an empty handle has no value"); }

void Array::wrong_type(DType wanted) const {
  fail<DTypeError>("data", fmt::format("element type: got {}; expected {}", name_of(dtype()), name_of(wanted)));
}

Array Array::empty(const Shape& shape, DType dtype) {
  return Array(detail::new_block(shape, dtype, checked_numel("empty", shape, size_of(dtype))));
}

Array Array::empty_like(const Array& other) {
  const detail::Impl& like = other.get();
  return Array(detail::new_block(like.shape, like.dtype, like.numel));
}

Array Array::zeros(const Shape& shape, DType dtype) {
  Array a = empty(shape, dtype);
  std::memset(a.impl_->data, 0, a.nbytes());
  return a;
}

Array Array::full(const Shape& shape, Scalar value, DType dtype) {
  Array a = empty(shape, dtype);
  kernels::dispatch(dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    std::fill_n(kernels::out<T>(a), a.numel(), value.to<T>());
  });
  return a;
}

template <class T>
requires std::is_arithmetic_v<T> Array Array::copy_of(const T* data, const Shape& shape) {
  constexpr DType dtype = dtype_of<T>();
  Array a = empty(shape, dtype);
  kernels::dispatch(dtype, [&](auto type) {
    using U = typename decltype(type)::type;
    std::transform(data, data + a.numel(), kernels::out<U>(a), [](T v) { return static_cast<U>(v); });
  });
  return a;
}

template <class T>
requires std::is_arithmetic_v<T> Array Array::copy_of(const std::vector<T>& values, const std::optional<Shape>& shape) {
  const auto n = static_cast<std::int64_t>(values.size());
  const Shape wanted = shape.value_or(Shape{n});
  if (checked_numel("copy_of", wanted, sizeof(T)) != n)
    fail<ShapeError>("copy_of", fmt::format("got {} values for shape {}", n, wanted.str()));
  constexpr DType dtype = dtype_of<T>();
  Array a = empty(wanted, dtype);
  kernels::dispatch(dtype, [&](auto type) {
    using U = typename decltype(type)::type;
    std::transform(values.begin(), values.end(), kernels::out<U>(a), [](T v) { return static_cast<U>(v); });
  });
  return a;
}

Array Array::of(const Nested& values, std::optional<DType> dtype) {
  const std::vector<Scalar> flat = values.flat();
  Array a = empty(values.shape(), dtype.value_or(values.dtype()));
  kernels::dispatch(a.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    std::transform(flat.begin(), flat.end(), kernels::out<T>(a), [](const Scalar& v) { return v.to<T>(); });
  });
  return a;
}

std::int64_t Array::size(std::int64_t axis) const {
  if (dim() == 0) fail<IndexError>("size", "a scalar has no axes");
  return shape()[normalize_axis("size", axis, dim())];
}

void* Array::mutable_raw() {
  get();
  auto& version = impl_->storage->version;
  version.store(version.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  return impl_->data;
}

template <class T>
requires std::is_arithmetic_v<T> T Array::item()
const {
  if (numel() != 1) fail<ShapeError>("item", fmt::format("got shape {}; expected exactly one element", shape().str()));
  return kernels::dispatch(dtype(),
                           [&](auto type) { return convert<T>(*kernels::in<typename decltype(type)::type>(*this)); });
}
#define XGRAD_FOR_TYPE(T)                                                               \
  template Array Array::copy_of<T>(const T*, const Shape&);                             \
  template Array Array::copy_of<T>(const std::vector<T>&, const std::optional<Shape>&); \
  template T Array::item<T>() const;
XGRAD_FOR_TYPE(float)
XGRAD_FOR_TYPE(double)
XGRAD_FOR_TYPE(long double)
XGRAD_FOR_TYPE(bool)
XGRAD_FOR_TYPE(char)
XGRAD_FOR_TYPE(signed char)
XGRAD_FOR_TYPE(unsigned char)
XGRAD_FOR_TYPE(short)
XGRAD_FOR_TYPE(unsigned short)
XGRAD_FOR_TYPE(int)
XGRAD_FOR_TYPE(unsigned)
XGRAD_FOR_TYPE(long)
XGRAD_FOR_TYPE(unsigned long)
XGRAD_FOR_TYPE(long long)
XGRAD_FOR_TYPE(unsigned long long)
#undef XGRAD_FOR_TYPE

Array Array::clone() const {
  Array copy = empty(shape(), dtype());
  std::memcpy(copy.impl_->data, impl_->data, nbytes());
  return copy;
}

Array Array::reshape(const Shape& wanted) const {
  Shape result = wanted;
  std::int64_t known = 1;  // the product of the sizes that are given
  int open = -1;           // the axis that is not
  bool fits = true;
  for (int i = 0; i < wanted.rank() && fits; ++i) {
    if (wanted[i] == -1 && open < 0) open = i;
    else fits = wanted[i] >= 0 && !__builtin_mul_overflow(known, wanted[i], &known);
  }
  if (fits && open >= 0) {
    fits = known > 0;
    if (fits) result[open] = numel() / known;
  }
  if (!fits || result.numel() != numel()) {
    fail<ShapeError>("reshape", fmt::format("got {} elements of shape {} for shape {}; expected the same number, with "
                                            "at most one size -1",
                                            numel(), shape().str(), wanted.str()));
  }
  return Array(detail::new_face(impl_->storage, impl_->data, result, dtype(), numel()));
}

Array Array::to(DType wanted) const { return dtype() == wanted ? *this : kernels::cast(*this, wanted); }

bool Array::shares_buffer_with(const Array& other) const noexcept {
  return impl_ && other.impl_ && impl_->storage == other.impl_->storage;
}

bool same_bytes(const Array& a, const Array& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() && std::memcmp(a.raw(), b.raw(), a.nbytes()) == 0;
}

}  // namespace xgrad
