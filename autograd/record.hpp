#pragma once
/// How an operation is recorded: everything that autograd/ops and the losses are written with.
///
///     Tensor mul(const Tensor& a, const Tensor& b) {
///       return record("mul", kernels::mul(a.array(), b.array()),
///                     [](Ctx& c) { if (c.needs(0)) c.give(0, mul(c.grad(), c.in(1)));
///                                  if (c.needs(1)) c.give(1, mul(c.grad(), c.in(0))); },
///                     Save{a}, Save{b});
///     }
///
/// `Save{x}`: the vector-Jacobian product needs x's value; `Edge{x}`: only the place it came from. The lambda captures
/// numbers and shapes, never tensors (those go through Save, where in-place changes are noticed and the release of the
/// graph frees them). It is written in recorded operations, so that higher derivatives come free; `give` sums down
/// broadcast axes.

#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "autograd/tensor.hpp"
#include "tensor/detail/pool.hpp"

namespace xgrad {

struct Ctx;

/// An input of which the vjp needs the value / only the place.
struct Save {
  const Tensor& t;
};
struct Edge {
  const Tensor& t;
};

namespace detail {

class Engine;
void release(Node* node) noexcept;  ///< one count less; never recurses

/// One input of a recorded operation.
struct Input {
  Tensor value;               ///< defined for Save
  Node* edge = nullptr;       ///< counted, for Edge
  std::uint32_t version = 0;  ///< of the saved value's buffer
  bool needs = false;         ///< whether it required a gradient when recorded

  Input() noexcept = default;
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  ~Input() { clear(); }

  Node* node() const noexcept { return !needs ? nullptr : value.defined() ? value.node() : edge; }
  void set(const Save& s) {
    value = s.t;
    version = s.t.array().version();
    needs = s.t.node() != nullptr;
  }
  void set(const Edge& e) noexcept;
  void clear() noexcept {
    value = Tensor();
    if (edge) release(std::exchange(edge, nullptr));
  }
};

/// What a tensor's user asked for beyond the usual: hooks, a kept gradient.
struct Extra;

/// One recorded operation, or a leaf (run == nullptr). Pooled; counted by handles, by later nodes and by the engine.
struct Node {
  Count count{1};
  std::uint16_t n_inputs = 0;
  bool freed = false;     ///< its saved values are gone
  bool retain = false;    ///< keep the gradient in `grad`
  bool captured = false;  ///< `xgrad::grad` asks for it
  std::int32_t size_class = 0;
  std::uint32_t out_version = 0;
  std::uint64_t number = 0;  ///< later than all inputs'; 0 for leaves
  const char* name = nullptr;
  void (*run)(Ctx&) = nullptr;
  void (*destroy)(Node*) noexcept = nullptr;  ///< ends the object; the pool takes the block
  Input* inputs = nullptr;
  Storage* out_storage = nullptr;  ///< the buffer of its own output, when the vjp needs it
  std::byte* out_data = nullptr;
  Extra* extra = nullptr;
  Node* next = nullptr;  ///< in the list of nodes about to be freed
  Tensor pending;        ///< the gradient gathered so far, while the engine runs
  Tensor grad;           ///< a leaf's gradient, or the retained one
  Shape shape;
  DType dtype = DType::float32;

  Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  ~Node();
  bool leaf() const noexcept { return run == nullptr; }
  void free_saved() noexcept;  ///< gives back inputs and output: the graph behind it may go
};

/// The numbers handed out on this thread so far.
extern constinit thread_local std::uint64_t node_counter;

/// The common end of `record`: stamps the number, keeps the output's buffer if asked, ties node and tensor together.
void attach(Node* node, Tensor& out, bool save_out) noexcept;
Node* new_leaf(const Shape& shape, DType dtype);
[[noreturn]] void fail_record_dtype(const char* name, DType dtype);

/// Whether a DetectAnomaly or NameGraph guard lives on this thread (autograd/anomaly.hpp); then `watch` sees the value
/// of every operation, and `remember` every recorded one.
extern constinit thread_local bool watching;
void watch(const char* name, const Array& out, const Tensor* const* inputs, std::size_t n);
void remember(Node* node);

template <class F, std::size_t N>
struct NodeOf : Node {
  explicit NodeOf(F&& f) : vjp(std::move(f)) {}
  F vjp;
  Input in[N];
};

/// For operations with a run-time number of inputs.
template <class F>
struct NodeOfMany : Node {
  explicit NodeOfMany(F&& f, std::size_t n) : vjp(std::move(f)), in(std::make_unique<Input[]>(n)) {}
  F vjp;
  std::unique_ptr<Input[]> in;
};

template <class N, class... A>
N* make_node(A&&... a) {
  constexpr int c = class_of(sizeof(N));
  void* block = pool_get(c, sizeof(N));
  N* n = nullptr;
  try {
    n = new (block) N(std::forward<A>(a)...);
  } catch (...) {
    pool_put(block, c);
    throw;
  }
  n->size_class = c;
  n->destroy = [](Node* base) noexcept { static_cast<N*>(base)->~N(); };
  return n;
}

}  // namespace detail

/// What a vector-Jacobian product sees.
struct Ctx {
  detail::Node* node;
  const Tensor& gradient;
  detail::Engine& engine;

  /// The gradient of the output.
  const Tensor& grad() const noexcept { return gradient; }
  /// Whether input i wants a gradient; check before computing one.
  bool needs(int i) const noexcept;
  /// The value saved with Save, checked for in-place changes.
  const Tensor& in(int i) const;
  /// The output, for operations recorded with `record<true>`; checked likewise.
  Tensor out() const;
  /// The shape of input i; only where needs(i).
  const Shape& in_shape(int i) const noexcept;
  /// Adds a gradient for input i, summed down to its shape where it was broadcast.
  void give(int i, Tensor g);
  int inputs() const noexcept { return node->n_inputs; }
};

/// Ties a freshly computed value to the graph when recording is on and an input requires a gradient. `SaveOut`: the vjp
/// uses `c.out()`. Throws DTypeError for a value that is not floating.
template <bool SaveOut = false, class F, class... In>
Tensor record(const char* name, Array out, F vjp, const In&... in) {
  if (detail::watching) {
    const Tensor* const all[] = {&in.t...};
    detail::watch(name, out, all, sizeof...(In));
  }
  if (!detail::recording || !((in.t.node() != nullptr) || ...)) return Tensor(std::move(out));
  if (!is_floating(out.dtype())) detail::fail_record_dtype(name, out.dtype());
  Tensor result(std::move(out));  // may allocate: before there is a node to lose
  using N = detail::NodeOf<F, sizeof...(In)>;
  N* n = detail::make_node<N>(std::move(vjp));
  n->name = name;
  n->run = [](Ctx& c) { static_cast<N*>(c.node)->vjp(c); };
  n->inputs = n->in;
  n->n_inputs = sizeof...(In);
  std::size_t i = 0;
  (n->in[i++].set(in), ...);
  detail::attach(n, result, SaveOut);
  if (detail::watching) detail::remember(n);
  return result;
}

/// The same for a list of inputs: `concat`, `stack` need only their places (Edge), others their values (Save).
template <bool SaveOut = false, class In = Edge, class F>
Tensor record_many(const char* name, Array out, F vjp, std::span<const Tensor> in) {
  if (detail::watching) {
    std::vector<const Tensor*> all;
    for (const Tensor& t : in) all.push_back(&t);
    detail::watch(name, out, all.data(), all.size());
  }
  bool any = false;
  for (const Tensor& t : in) any = any || t.node() != nullptr;
  if (!detail::recording || !any) return Tensor(std::move(out));
  if (!is_floating(out.dtype())) detail::fail_record_dtype(name, out.dtype());
  Tensor result(std::move(out));
  using N = detail::NodeOfMany<F>;
  N* n = detail::make_node<N>(std::move(vjp), in.size());
  n->name = name;
  n->run = [](Ctx& c) { static_cast<N*>(c.node)->vjp(c); };
  n->inputs = n->in.get();
  n->n_inputs = static_cast<std::uint16_t>(in.size());
  for (std::size_t i = 0; i < in.size(); ++i) n->in[i].set(In{in[i]});
  detail::attach(n, result, SaveOut);
  if (detail::watching) detail::remember(n);
  return result;
}

}  // namespace xgrad
