#pragma once
/// Array: a value. dtype, shape and a shared, pooled, 64-byte-aligned, dense row-major buffer; it knows no tape.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tensor/detail/count.hpp"
#include "tensor/dtype.hpp"
#include "tensor/error.hpp"
#include "tensor/scalar.hpp"
#include "tensor/shape.hpp"

namespace xgrad {

namespace detail {

/// The front of every block. A *face* is an Impl, or a node of the tape that keeps the buffer of its own output; the
/// last face frees the block.
struct Storage {
  Count faces;
  std::atomic<std::uint32_t> version;  ///< counts in-place writes, for all faces together
  std::int32_t size_class;             ///< of the pool; see memory.hpp
  std::uint32_t reserved;
};

/// What a handle points to: shape, dtype and a place in a Storage. Lies in the block it describes (`embedded`), or, for
/// a view, in a small block of its own.
struct Impl {
  Count handles;
  DType dtype;
  bool embedded;
  std::int64_t numel;
  Shape shape;
  Storage* storage;
  std::byte* data;
  void* slot;  ///< autograd's node; null in whatever an Array handle can reach
};

inline constexpr std::size_t kDataOffset = 128;
static_assert(sizeof(Storage) + sizeof(Impl) <= kDataOffset);

void destroy(Impl* impl) noexcept;                                ///< the last handle is gone
void drop(Storage* storage) noexcept;                             ///< one face less
Impl* make_face(const Impl& of);                                  ///< a new Impl on the same buffer, without the slot
void set_slot_release(void (*release)(void*) noexcept) noexcept;  ///< autograd says how a slot is given back
struct Access;

}  // namespace detail

/// A dense, row-major array of up to 8 axes. Copying shares the buffer (`clone()` copies it); reading from several
/// threads is safe, writing while others read is not.
///
/// An empty handle (`Array{}`) is *undefined*: only `defined()`, assignment and destruction are allowed; everything
/// else throws ValueError.
class Array {
 public:
  Array() noexcept = default;
  Array(const Array& other) : impl_(other.impl_) {
    if (!impl_) return;
    if (impl_->slot) impl_ = detail::make_face(*impl_);  // taken from a Tensor: leave its node behind
    else detail::more(impl_->handles);
  }
  Array(Array&& other) noexcept : impl_(std::exchange(other.impl_, nullptr)) {}
  Array& operator=(Array other) noexcept {
    std::swap(impl_, other.impl_);
    return *this;
  }
  ~Array() {
    if (impl_ && detail::last(impl_->handles)) detail::destroy(impl_);
  }

  /// An array of unwritten elements. Throws ShapeError for negative or absurd sizes, std::bad_alloc without memory.
  static Array empty(const Shape& shape, DType dtype = float32);
  /// Unwritten elements under the shape and dtype of another.
  static Array empty_like(const Array& other);
  static Array zeros(const Shape& shape, DType dtype = float32);
  static Array full(const Shape& shape, Scalar value, DType dtype);
  /// A copy of `shape.numel()` elements at `data`; other integers than uint8 and bool are stored as int64.
  template <class T>
  requires std::is_arithmetic_v<T>
  static Array copy_of(const T* data, const Shape& shape);
  /// A copy of a vector, with one axis or with `shape` (ShapeError when the numbers of elements differ).
  template <class T>
  requires std::is_arithmetic_v<T>
  static Array copy_of(const std::vector<T>& values, const std::optional<Shape>& shape = {});
  /// From nested braces: `Array::of({{1., 2.}, {3., 4.}})`; dtype as `Nested::dtype` unless given.
  static Array of(const Nested& values, std::optional<DType> dtype = {});

  bool defined() const noexcept { return impl_ != nullptr; }
  DType dtype() const { return get().dtype; }
  const Shape& shape() const { return get().shape; }
  int dim() const { return get().shape.rank(); }
  /// Size of one axis; negative axes count from the end. Throws IndexError out of range.
  std::int64_t size(std::int64_t axis) const;
  std::int64_t numel() const { return get().numel; }
  std::size_t nbytes() const { return static_cast<std::size_t>(numel()) * size_of(dtype()); }

  /// The elements, row-major. The typed forms throw DTypeError when T is not the element type.
  const void* raw() const { return get().data; }
  template <Element T>
  const T* data() const {
    check_type(dtype_of<T>());
    return reinterpret_cast<const T*>(impl_->data);
  }
  template <Element T>
  std::span<const T> values() const {
    return {data<T>(), static_cast<std::size_t>(numel())};
  }
  /// For writing: counts as an in-place change, which the tape notices. All handles on this buffer see it.
  void* mutable_raw();
  template <Element T>
  T* mutable_data() {
    check_type(dtype_of<T>());
    return static_cast<T*>(mutable_raw());
  }
  /// In-place changes of this buffer so far.
  std::uint32_t version() const { return get().storage->version.load(std::memory_order_relaxed); }

  /// The only element, converted to T as `convert` has it. Throws ShapeError unless numel() == 1.
  template <class T>
  requires std::is_arithmetic_v<T> T item()
  const;

  /// A copy with a buffer of its own.
  Array clone() const;
  /// The same buffer under another shape; one size may be -1. Throws ShapeError unless the numbers of elements agree.
  Array reshape(const Shape& shape) const;
  /// Converted to `dtype`, as `convert` has it; itself when it has it already.
  Array to(DType dtype) const;
  /// Whether both handles show the same buffer.
  bool shares_buffer_with(const Array& other) const noexcept;

  /// As `numpy.array2string` shows it, the middle left out above 1000 elements.
  std::string str() const;
  friend std::ostream& operator<<(std::ostream& out, const Array& array);

 private:
  friend struct detail::Access;
  explicit Array(detail::Impl* impl) noexcept : impl_(impl) {}
  const detail::Impl& get() const {
    if (!impl_) undefined();
    return *impl_;
  }
  [[noreturn]] static void undefined();
  void check_type(DType wanted) const {
    if (get().dtype != wanted) wrong_type(wanted);
  }
  [[noreturn]] void wrong_type(DType wanted) const;

  detail::Impl* impl_ = nullptr;
};

/// Same dtype, same shape and the same bytes.
bool same_bytes(const Array& a, const Array& b);

namespace detail {
/// The door for the tape; nobody else needs it.
struct Access {
  static Impl* impl(const Array& a) noexcept { return a.impl_; }
  static Array adopt(Impl* counted) noexcept { return Array(counted); }
  /// Another handle on the same Impl, slot and all.
  static Array share(const Array& a) noexcept {
    if (a.impl_) more(a.impl_->handles);
    return Array(a.impl_);
  }
  /// A handle on a whole buffer known by its storage, under a shape and dtype that fit it.
  static Array on_storage(Storage* storage, std::byte* data, const Shape& shape, DType dtype);
  /// Whether this handle is the only one and its buffer has no other face.
  static bool unique(const Array& a) noexcept {
    const Impl* p = a.impl_;
    return p->handles.load(std::memory_order_acquire) == 1 && p->storage->faces.load(std::memory_order_acquire) == 1;
  }
  /// Makes `a`'s Impl show `value`'s buffer, dtype and shape: every handle on the Impl sees the change.
  static void replace(Array& a, const Array& value) noexcept;
};
}  // namespace detail

}  // namespace xgrad
