#pragma once
/// Tensor: a value that remembers how it was computed.

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tensor/array.hpp"

namespace xgrad {

class Pick;

namespace detail {
struct Node;
/// Whether operations on this thread are recorded.
extern constinit thread_local bool recording;
}  // namespace detail

/// What users hold: a handle, one pointer wide, to a dense row-major array and, when recorded, to the place in the
/// graph where it was computed. Copying a Tensor shares both. Operations never change their arguments.
///
/// An empty handle (`Tensor{}`) is undefined: only `defined()`, assignment and destruction are allowed; everything else
/// throws ValueError.
class Tensor {
 public:
  Tensor() noexcept = default;
  /// A value without history; shares the array's buffer.
  Tensor(Array array);
  Tensor(const Tensor& other) : array_(detail::Access::share(other.array_)) {}
  Tensor(Tensor&&) noexcept = default;
  Tensor& operator=(const Tensor& other) {
    array_ = detail::Access::share(other.array_);
    return *this;
  }
  Tensor& operator=(Tensor&&) noexcept = default;
  ~Tensor() = default;

  bool defined() const noexcept { return array_.defined(); }
  DType dtype() const { return array_.dtype(); }
  const Shape& shape() const { return array_.shape(); }
  int dim() const { return array_.dim(); }
  /// Size of one axis; negative axes count from the end. Throws IndexError out of range.
  std::int64_t size(std::int64_t axis) const { return array_.size(axis); }
  std::int64_t numel() const { return array_.numel(); }
  /// The value alone. A copy of it shares the buffer and leaves the history behind.
  const Array& array() const noexcept { return array_; }
  template <Element T>
  const T* data() const {
    return array_.data<T>();
  }
  template <Element T>
  std::span<const T> values() const {
    return array_.values<T>();
  }
  /// For writing in place, behind the tape's back: the tape notices and throws AutogradError when it still needs the
  /// old value. Throws AutogradError at once for a tensor that was computed under recording.
  template <Element T>
  T* mutable_data() {
    return writable().mutable_data<T>();
  }
  /// The only element, converted to T. Throws ShapeError unless numel() == 1.
  template <class T>
  T item() const {
    return array_.item<T>();
  }

  // ---- the tape ------------------------------------------------------------------------------------------------
  /// Whether gradients flow to this tensor: a leaf that asked for them, or computed from one while recording.
  bool requires_grad() const noexcept { return node() != nullptr; }
  /// Asks for gradients (or no longer) and returns itself. Only for leaves: AutogradError for a computed tensor;
  /// DTypeError unless float32 or float64.
  Tensor& requires_grad_(bool on = true);
  /// Not computed under recording: made by the user, detached, or a parameter.
  bool is_leaf() const noexcept;
  /// The gradient gathered by `backward` so far; undefined where there is none. For leaves, and for what `retain_grad`
  /// was called on.
  Tensor grad() const;
  /// Replaces it; an undefined tensor clears it. Shape and dtype must be this tensor's.
  void set_grad(Tensor grad);
  /// Keeps the gradient of a computed tensor, for `grad()`. A leaf keeps it anyway.
  void retain_grad();
  /// Calls `hook(gradient)` when the whole gradient of this tensor is known, before it goes further; a defined result
  /// replaces it. Hooks run in the order they came. Do not capture this tensor in its own hook: that is a cycle, never
  /// freed. Throws AutogradError unless requires_grad().
  void register_hook(std::function<Tensor(const Tensor&)> hook);

  /// Adds d(this)/d(leaf) to the `grad()` of every leaf it was computed from. For other than one element a `gradient`
  /// of this tensor's shape and dtype must be given (it takes the place of 1). The graph is freed on the way unless
  /// `retain_graph`; with `create_graph` (which implies retain_graph) the gradients are themselves recorded. Recorded
  /// gradients in leaves refer to the leaves: a cycle that lasts until `set_grad({})` or `zero_grad`; for higher
  /// derivatives prefer `xgrad::grad`. Throws AutogradError when nothing was recorded, on a second
  /// backward through a freed graph, or where a needed value was changed in place. When it throws on the way (also for
  /// want of memory), leaves already reached keep what they got: clear the gradients and compute the step again.
  void backward(const Tensor& gradient = {}, bool retain_graph = false, bool create_graph = false) const;
  /// The same value without history; shares the buffer.
  Tensor detach() const;
  /// A copy with a buffer of its own; recorded.
  Tensor clone() const;

  /// In place and behind the tape's back: takes over the values of `value` (same shape and dtype, ShapeError or
  /// DTypeError otherwise). Keeps requires_grad, node and grad.
  Tensor& copy_(const Tensor& value);
  /// In place: shows `value`'s buffer, shape and dtype from now on, for all handles; the gradient is cleared. Only for
  /// leaves (AutogradError). This is how `to(dtype)` changes parameters that optimisers hold.
  Tensor& set_data(const Array& value);

  // ---- operations that read better as methods; each is the function of the same name, documented in autograd/ops -----
  Tensor to(DType dtype) const;
  Tensor reshape(const Shape& shape) const;
  Tensor flatten(std::int64_t start = 0, std::int64_t end = -1) const;
  Tensor transpose(std::int64_t axis0, std::int64_t axis1) const;
  Tensor t() const;  ///< the transpose of a matrix; fewer axes stay as they are
  Tensor permute(const std::vector<std::int64_t>& order) const;
  Tensor squeeze(Axes axes = {}) const;
  Tensor unsqueeze(std::int64_t axis) const;
  Tensor expand(const Shape& shape) const;
  Tensor slice(std::int64_t axis, std::optional<std::int64_t> start, std::optional<std::int64_t> stop = {},
               std::int64_t step = 1) const;
  Tensor index(std::initializer_list<Pick> picks) const;  ///< `x.index({Range{0, 2}, 1})` is Python's x[0:2, 1]
  Tensor operator[](std::int64_t index) const;            ///< one entry of the first axis, which goes away
  Tensor sum(Axes axes = {}, bool keepdim = false) const;
  Tensor mean(Axes axes = {}, bool keepdim = false) const;
  Tensor prod(Axes axes = {}, bool keepdim = false) const;
  Tensor var(Axes axes = {}, double correction = 1, bool keepdim = false) const;
  Tensor std(Axes axes = {}, double correction = 1, bool keepdim = false) const;
  Tensor norm(double p = 2, Axes axes = {}, bool keepdim = false) const;
  Tensor any(Axes axes = {}, bool keepdim = false) const;
  Tensor all(Axes axes = {}, bool keepdim = false) const;
  Tensor max() const;
  Tensor min() const;
  Tensor argmax() const;
  Tensor argmax(std::int64_t axis, bool keepdim = false) const;
  Tensor matmul(const Tensor& other) const;
  Tensor abs() const;
  Tensor pow(Scalar exponent) const;
  Tensor pow(const Tensor& exponent) const;
  Tensor clamp(std::optional<Scalar> min, std::optional<Scalar> max = {}) const;
  Tensor exp() const;
  Tensor log() const;
  Tensor sqrt() const;
  Tensor square() const;
  Tensor tanh() const;
  Tensor sigmoid() const;
  Tensor relu() const;
  Tensor softmax(std::int64_t axis) const;

  Tensor operator-() const;
  /// New values, not in place: `x += y` is `x = x + y`.
  Tensor& operator+=(const Tensor& y) { return *this = *this + y; }
  Tensor& operator-=(const Tensor& y) { return *this = *this - y; }
  Tensor& operator*=(const Tensor& y) { return *this = *this * y; }
  Tensor& operator/=(const Tensor& y) { return *this = *this / y; }
  Tensor& operator+=(Scalar y) { return *this = *this + y; }
  Tensor& operator-=(Scalar y) { return *this = *this - y; }
  Tensor& operator*=(Scalar y) { return *this = *this * y; }
  Tensor& operator/=(Scalar y) { return *this = *this / y; }
  friend Tensor operator+(const Tensor& x, const Tensor& y);
  friend Tensor operator-(const Tensor& x, const Tensor& y);
  friend Tensor operator*(const Tensor& x, const Tensor& y);
  friend Tensor operator/(const Tensor& x, const Tensor& y);
  friend Tensor operator+(const Tensor& x, Scalar y);
  friend Tensor operator-(const Tensor& x, Scalar y);
  friend Tensor operator*(const Tensor& x, Scalar y);
  friend Tensor operator/(const Tensor& x, Scalar y);
  friend Tensor operator+(Scalar x, const Tensor& y);
  friend Tensor operator-(Scalar x, const Tensor& y);
  friend Tensor operator*(Scalar x, const Tensor& y);
  friend Tensor operator/(Scalar x, const Tensor& y);

  /// As the array is shown.
  std::string str() const;
  friend std::ostream& operator<<(std::ostream& out, const Tensor& tensor);

  detail::Node* node() const noexcept {
    const detail::Impl* p = detail::Access::impl(array_);
    return p ? static_cast<detail::Node*>(p->slot) : nullptr;
  }

 private:
  Array& writable();

  Array array_;
};

/// The gradients of sum(outputs[i] * grad_outputs[i]) with respect to `inputs` (leaves or computed tensors), without
/// touching any `grad()`. `grad_outputs` may be empty when every output has one element. With `create_graph` the
/// results are recorded, so that they can be differentiated again; `retain_graph` is then implied. An input that the
/// outputs do not depend on is an AutogradError, or with `allow_unused` gives an undefined tensor.
struct GradOptions {
  bool create_graph = false;
  bool retain_graph = false;
  bool allow_unused = false;
};
std::vector<Tensor> grad(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                         const std::vector<Tensor>& grad_outputs = {}, GradOptions options = {});
/// The same for one output and one input.
Tensor grad(const Tensor& output, const Tensor& input, GradOptions options = {});

/// Nothing is recorded on this thread while it lives.
class NoGradGuard {
 public:
  NoGradGuard() noexcept : before_(std::exchange(detail::recording, false)) {}
  ~NoGradGuard() { detail::recording = before_; }
  NoGradGuard(const NoGradGuard&) = delete;
  NoGradGuard& operator=(const NoGradGuard&) = delete;

 private:
  bool before_;
};

/// Recording on or off on this thread while it lives.
class GradMode {
 public:
  explicit GradMode(bool on) noexcept : before_(std::exchange(detail::recording, on)) {}
  ~GradMode() { detail::recording = before_; }
  GradMode(const GradMode&) = delete;
  GradMode& operator=(const GradMode&) = delete;
  static bool enabled() noexcept { return detail::recording; }

 private:
  bool before_;
};

}  // namespace xgrad
