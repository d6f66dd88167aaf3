#include "autograd/tensor.hpp"

#include <fmt/format.h>

#include <cstring>
#include <ostream>

#include "autograd/engine.hpp"
#include "autograd/record.hpp"

namespace xgrad {

namespace detail {

constinit thread_local bool recording = true;
constinit thread_local std::uint64_t node_counter = 0;

namespace {
constinit thread_local Node* doomed = nullptr;  // nodes whose count has ended; emptied by the outermost release
constinit thread_local bool ending = false;

void release_slot(void* slot) noexcept { release(static_cast<Node*>(slot)); }
[[maybe_unused]] const bool slot_release_known = (set_slot_release(release_slot), true);
}  // namespace

void release(Node* node) noexcept {
  if (!last(node->count)) return;
  node->next = doomed;
  doomed = node;
  if (ending) return;
  ending = true;
  while (doomed) {
    Node* n = std::exchange(doomed, doomed->next);
    const int size_class = n->size_class;
    n->destroy(n);
    pool_put(n, size_class);
  }
  ending = false;
}

Node::~Node() {
  if (out_storage) drop(out_storage);
  delete extra;
}

void Node::free_saved() noexcept {
  for (std::size_t i = 0; i < n_inputs; ++i) inputs[i].clear();
  if (out_storage) drop(std::exchange(out_storage, nullptr));
  freed = true;
}

void Input::set(const Edge& e) noexcept {
  edge = e.t.node();
  if (edge) more(edge->count);
  needs = edge != nullptr;
}

Node* new_leaf(const Shape& shape, DType dtype) {
  Node* leaf = make_node<Node>();
  leaf->shape = shape;
  leaf->dtype = dtype;
  return leaf;
}

void attach(Node* node, Tensor& out, bool save_out) noexcept {
  Impl* impl = Access::impl(out.array());
  std::uint64_t number = node_counter;
  for (std::size_t i = 0; i < node->n_inputs; ++i)
    if (const Node* input = node->inputs[i].node()) number = std::max(number, input->number);
  node->number = node_counter = number + 1;
  node->shape = impl->shape;
  node->dtype = impl->dtype;
  if (save_out) {
    more(impl->storage->faces);
    node->out_storage = impl->storage;
    node->out_data = impl->data;
    node->out_version = impl->storage->version.load(std::memory_order_relaxed);
  }
  impl->slot = node;
}

void fail_record_dtype(const char* name, DType dtype) {
  fail<DTypeError>(name, fmt::format("cannot be differentiated in {}; expected float32 or float64", name_of(dtype)));
}

}  // namespace detail

Tensor::Tensor(Array array) : array_(std::move(array)) {
  // Never share an Impl with Array handles: a node in it would show in all of them.
  detail::Impl* p = detail::Access::impl(array_);
  if (p && p->handles.load(std::memory_order_acquire) != 1) array_ = detail::Access::adopt(detail::make_face(*p));
}

Tensor& Tensor::requires_grad_(bool on) {
  const DType t = dtype();
  if (!is_leaf()) {
    if (on) return *this;
    fail<AutogradError>("requires_grad_", "got a computed tensor; expected a leaf: use detach() first");
  }
  if (on && !is_floating(t))
    fail<DTypeError>("requires_grad_", fmt::format("got {}; expected float32 or float64", name_of(t)));
  detail::Impl* p = detail::Access::impl(array_);
  if (on && !p->slot) p->slot = detail::new_leaf(shape(), t);
  if (!on && p->slot) detail::release(static_cast<detail::Node*>(std::exchange(p->slot, nullptr)));
  return *this;
}

bool Tensor::is_leaf() const noexcept { return !node() || node()->leaf(); }

Tensor Tensor::grad() const {
  (void)shape();  // an undefined handle throws
  return node() ? node()->grad : Tensor();
}

void Tensor::set_grad(Tensor grad) {
  if (!grad.defined()) {
    if (node()) node()->grad = Tensor();
    return;
  }
  if (!node()) fail<AutogradError>("set_grad", "the tensor does not require a gradient; call requires_grad_() first");
  if (grad.shape() != shape())
    fail<ShapeError>("set_grad", fmt::format("got {}; expected {}", grad.shape().str(), shape().str()));
  if (grad.dtype() != dtype())
    fail<DTypeError>("set_grad", fmt::format("got {}; expected {}", name_of(grad.dtype()), name_of(dtype())));
  node()->grad = std::move(grad);
}

void Tensor::retain_grad() {
  if (!node()) fail<AutogradError>("retain_grad", "the tensor does not require a gradient");
  node()->retain = true;
}

void Tensor::register_hook(std::function<Tensor(const Tensor&)> hook) {
  if (!node()) fail<AutogradError>("register_hook", "the tensor does not require a gradient");
  detail::extra_of(*node()).hooks.push_back(std::move(hook));
}

Tensor Tensor::detach() const {
  (void)shape();
  return Tensor(detail::Access::adopt(detail::make_face(*detail::Access::impl(array_))));
}

Tensor Tensor::clone() const {
  return record(
      "clone", array_.clone(), [](Ctx& c) { c.give(0, c.grad()); }, Edge{*this});
}

Array& Tensor::writable() {
  if (!is_leaf()) {
    fail<AutogradError>("mutable_data",
                        "got a computed tensor that the tape knows; expected a leaf, or a detach() or "
                        "clone() of it made under NoGradGuard");
  }
  return array_;
}

Tensor& Tensor::copy_(const Tensor& value) {
  if (value.shape() != shape())
    fail<ShapeError>("copy_", fmt::format("got {}; expected {}", value.shape().str(), shape().str()));
  if (value.dtype() != dtype())
    fail<DTypeError>("copy_", fmt::format("got {}; expected {}", name_of(value.dtype()), name_of(dtype())));
  void* to = writable().mutable_raw();
  if (to != value.array().raw()) std::memmove(to, value.array().raw(), value.array().nbytes());
  return *this;
}

Tensor& Tensor::set_data(const Array& value) {
  writable();
  const bool grads = node() != nullptr;
  if (grads && !is_floating(value.dtype()))
    fail<DTypeError>("set_data", fmt::format("got {} for a tensor that requires gradients", name_of(value.dtype())));
  const std::uint32_t version = array_.version();
  detail::Access::replace(array_, value);
  // The tape compares versions: what it saved before must not look unchanged.
  auto& counter = detail::Access::impl(array_)->storage->version;
  counter.store(std::max(counter.load(std::memory_order_relaxed), version) + 1, std::memory_order_relaxed);
  if (grads) {
    node()->shape = value.shape();
    node()->dtype = value.dtype();
    node()->grad = Tensor();
  }
  return *this;
}

std::string Tensor::str() const { return array_.str(); }
std::ostream& operator<<(std::ostream& out, const Tensor& tensor) { return out << tensor.array_; }

}  // namespace xgrad
