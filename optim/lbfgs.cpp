#include "optim/lbfgs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "optim/internal/gradient.hpp"
#include "optim/internal/line_search.hpp"
#include "optim/internal/sums.hpp"
#include "tensor/kernels/dispatch.hpp"

namespace xgrad::optim {

LBFGS::LBFGS(Parameters parameters, LBFGSOptions options) { add_groups(std::move(parameters), options); }

void LBFGS::step() { fail<ValueError>(name(), "step: expected a closure that computes the loss and its gradients"); }

std::int64_t LBFGS::total() const {
  std::int64_t n = 0;
  for (const Tensor& p : groups_[0]) n += p.numel();
  return n;
}

// ---- vectors ---------------------------------------------------------------------------------------------------------
// Each takes one pass: what is summed next is summed while it is written.

namespace {

template <class T>
double product(T a, T b) {
  return static_cast<double>(a) * static_cast<double>(b);
}

template <class T>
double dot(const T* a, const T* b, std::int64_t n) {
  return internal::sum_of(n, [=](std::int64_t i) { return product(a[i], b[i]); });
}

template <class T>
double largest(const T* a, std::int64_t n) {
  return internal::max_of(n, [=](std::int64_t i) { return static_cast<double>(std::abs(a[i])); });
}

/// q = (q + c x) h; returns q . y.
template <class T>
double add_then_dot(T* __restrict q, double c, const T* __restrict x, double h, const T* __restrict y, std::int64_t n) {
  const auto by = static_cast<T>(c), times = static_cast<T>(h);
  return internal::sum_of(n, [=](std::int64_t i) {
    const T v = (q[i] + by * x[i]) * times;
    q[i] = v;
    return product(v, y[i]);
  });
}

template <class T>
T* own(Array& a) {
  return a.mutable_data<T>();
}

}  // namespace

// ---- one step --------------------------------------------------------------------------------------------------------

template <class T>
class LBFGS::Run {
 public:
  Run(LBFGS& of, const Closure& closure)
      : o_(of.options(0)), memory_(of.memory_), parameters_(of.groups_[0]), closure_(closure), n_(of.total()),
        most_evals_(o_.max_eval > 0 ? o_.max_eval : o_.max_iter * 5 / 4), x_(vector()) {}

  Tensor operator()() {
    Tensor loss;
    now_ = evaluate(&loss);
    double steepest = largest(data(now_.gradient), n_);
    if (!std::isfinite(now_.f) || !(steepest > o_.tolerance_grad) || !std::isfinite(steepest)) return loss;
    for (std::int64_t i = 1; i <= o_.max_iter; ++i) {
      const double before = now_.f;
      if (!iterate(i == o_.max_iter) || i == o_.max_iter || evals_ >= most_evals_) break;
      steepest = largest(data(now_.gradient), n_);
      if (!(steepest > o_.tolerance_grad) || !std::isfinite(now_.f)) break;
      if (memory_.t * longest_ <= o_.tolerance_change || std::abs(now_.f - before) < o_.tolerance_change) break;
    }
    return loss;
  }

 private:
  Array vector() const { return Array::empty({n_}, parameters_[0].dtype()); }
  static const T* data(const Array& a) { return a.data<T>(); }

  /// Calls the closure and gathers the gradients.
  internal::Point evaluate(Tensor* keep = nullptr) {
    internal::Point point;
    point.gradient = vector();
    ++evals_, ++memory_.func_evals;
    Tensor loss;
    {
      const GradMode on(true);
      loss = closure_();
    }
    if (!loss.defined()) fail<ValueError>("LBFGS", "the closure returned no loss");
    point.f = loss.template item<double>();
    if (std::isnan(point.f)) point.f = std::numeric_limits<double>::infinity();
    T* to = own<T>(point.gradient);
    for (const Tensor& p : parameters_) {
      const Tensor* g = internal::gradient_of(p);
      const T* from = g ? g->template data<T>() : nullptr;
      parallel_for(p.numel(), kernels::kGrain, [=](std::int64_t begin, std::int64_t end) {
        if (from) std::copy(from + begin, from + end, to + begin);
        else std::fill(to + begin, to + end, T(0));
      });
      to += p.numel();
    }
    if (keep) *keep = loss;
    return point;
  }

  /// The direction from the gradient and what is remembered; false where it does not lead down.
  bool find_direction() {
    const T* g = data(now_.gradient);
    if (memory_.n_iter == 0) {
      memory_.d = vector();
      memory_.changes.clear();
      memory_.h_diag = 1.;
    } else {
      remember();
    }
    ++memory_.n_iter;
    const auto& changes = memory_.changes;
    const auto k = static_cast<std::ptrdiff_t>(changes.size());
    const auto at = [&](std::ptrdiff_t i) -> const Change& { return changes[static_cast<std::size_t>(i)]; };
    T* q = own<T>(memory_.d);
    factors_.resize(changes.size());
    // After each change, the product with the vector that comes next; in the end with the gradient.
    const T* next = k > 0 ? data(at(k - 1).s) : g;
    double along = internal::sum_of(n_, [=](std::int64_t i) {
      q[i] = -g[i];
      return product(q[i], next[i]);
    });
    for (std::ptrdiff_t i = k - 1; i >= 0; --i) {
      const double a = factors_[static_cast<std::size_t>(i)] = along * at(i).rho;
      next = i > 0 ? data(at(i - 1).s) : data(at(0).y);
      along = add_then_dot(q, -a, data(at(i).y), i > 0 ? 1. : memory_.h_diag, next, n_);
    }
    for (std::ptrdiff_t i = 0; i < k; ++i) {
      const double c = factors_[static_cast<std::size_t>(i)] - along * at(i).rho;
      next = i + 1 < k ? data(at(i + 1).y) : g;
      along = add_then_dot(q, c, data(at(i).s), 1., next, n_);
    }
    slope_ = along;
    memory_.previous_gradient = now_.gradient;
    memory_.t = memory_.n_iter == 1 ? std::min(1., 1. / length_1()) * o_.lr : o_.lr;
    return slope_ < 0. && slope_ <= -o_.tolerance_change;
  }

  double length_1() const {
    const T* g = data(now_.gradient);
    return internal::sum_of(n_, [=](std::int64_t i) { return static_cast<double>(std::abs(g[i])); });
  }

  /// The last step and what it did to the gradient, if the loss curves upwards along it.
  void remember() {
    Change c;
    auto& changes = memory_.changes;
    const bool full = static_cast<std::int64_t>(changes.size()) >= o_.history_size;
    c.s = vector();
    c.y = vector();
    T *s = own<T>(c.s), *y = own<T>(c.y);
    const T *d = data(memory_.d), *g = data(now_.gradient), *before = data(memory_.previous_gradient);
    const auto t = static_cast<T>(memory_.t);
    const double ys = internal::sum_of(n_, [=](std::int64_t i) {
      y[i] = g[i] - before[i];
      s[i] = d[i] * t;
      return product(y[i], s[i]);
    });
    if (!(ys > 1e-10)) return;
    c.rho = 1. / ys;
    changes.reserve(changes.size() + 1);
    if (full) changes.erase(changes.begin());
    changes.push_back(std::move(c));
    memory_.h_diag = ys / dot(y, y, n_);
  }

  /// The parameters become x + t d.
  void move_to(double t) {
    const auto length = static_cast<T>(t);
    const T *x = data(x_), *d = data(memory_.d);
    for (Tensor& p : parameters_) {
      T* to = p.mutable_data<T>();
      const auto one = [=](std::int64_t begin, std::int64_t end) {
        T* const at = to;
        for (std::int64_t i = begin; i < end; ++i) at[i] = x[i] + length * d[i];
      };
      parallel_for(p.numel(), kernels::kGrain, one);
      x += p.numel();
      d += p.numel();
    }
  }
  void copy_parameters(bool back) {
    T* x = own<T>(x_);
    for (Tensor& p : parameters_) {
      if (back) std::copy(x, x + p.numel(), p.mutable_data<T>());
      else std::copy(p.data<T>(), p.data<T>() + p.numel(), x);
      x += p.numel();
    }
  }

  /// False where no step was taken.
  bool iterate(bool last) {
    if (!find_direction()) return false;
    longest_ = largest(data(memory_.d), n_);
    copy_parameters(false);
    try {
      if (o_.line_search == LineSearch::strong_wolfe) search();
      else take(last);
    } catch (...) {
      copy_parameters(true);
      throw;
    }
    return true;
  }

  void take(bool last) {
    move_to(memory_.t);
    if (!last) now_ = evaluate();
  }

  void search() {
    now_.t = 0.;
    now_.slope = slope_;
    double at = 0.;
    const auto try_at = [&](double t) {
      move_to(at = t);
      internal::Point point = evaluate();
      point.t = t;
      point.slope = dot(data(point.gradient), data(memory_.d), n_);
      return point;
    };
    now_ = internal::strong_wolfe(now_, memory_.t, longest_, o_.tolerance_change, try_at);
    memory_.t = now_.t;
    if (now_.t == 0.) copy_parameters(true);
    else if (at != now_.t) move_to(now_.t);
  }

  const LBFGSOptions& o_;
  Memory& memory_;
  std::vector<Tensor>& parameters_;
  const Closure& closure_;
  std::int64_t n_, most_evals_, evals_ = 0;
  Array x_;              ///< the parameters before the iteration
  internal::Point now_;  ///< loss and gradient where the parameters are
  double slope_ = 0., longest_ = 0.;
  std::vector<double> factors_;
};

Tensor LBFGS::step(const Closure& closure) {
  const DType dtype = groups_[0][0].dtype();
  for (const Tensor& p : groups_[0])
    if (p.dtype() != dtype) fail<DTypeError>(name(), "expected all parameters in one dtype");
  if (memory_.d.defined() && memory_.d.numel() != total())
    fail<ShapeError>(
        name(), fmt::format("the parameters have changed: got {} elements; expected {}", total(), memory_.d.numel()));
  if (memory_.d.defined() && memory_.d.dtype() != dtype) {  // the model went to another dtype
    Memory converted = memory_;
    converted.d = memory_.d.to(dtype);
    converted.previous_gradient = memory_.previous_gradient.to(dtype);
    for (Change& c : converted.changes) c.s = c.s.to(dtype), c.y = c.y.to(dtype);
    memory_ = std::move(converted);
  }
  if (dtype == float64) return Run<double>(*this, closure)();
  return Run<float>(*this, closure)();
}

// ---- saving ----------------------------------------------------------------------------------------------------------

namespace {

/// Vectors as the rows of a matrix.
template <class Rows, class Of>
Array matrix(const Rows& rows, std::int64_t n, DType dtype, Of of) {
  Array all = Array::empty({static_cast<std::int64_t>(rows.size()), n}, dtype);
  auto* to = static_cast<std::byte*>(all.mutable_raw());
  for (const auto& row : rows) {
    const Array& a = of(row);
    to = std::copy_n(static_cast<const std::byte*>(a.raw()), a.nbytes(), to);
  }
  return all;
}

Array row_of(const Array& matrix, std::int64_t i, std::int64_t n) {
  Array row = Array::empty({n}, matrix.dtype());
  std::copy_n(static_cast<const std::byte*>(matrix.raw()) + static_cast<std::size_t>(i) * row.nbytes(), row.nbytes(),
              static_cast<std::byte*>(row.mutable_raw()));
  return row;
}

}  // namespace

void LBFGS::add_to(State& out) const {
  out.add("lbfgs/func_evals", memory_.func_evals);
  out.add("lbfgs/n_iter", memory_.n_iter);
  if (memory_.n_iter == 0) return;
  out.add("lbfgs/t", memory_.t);
  out.add("lbfgs/H_diag", memory_.h_diag);
  out.add("lbfgs/d", memory_.d);
  out.add("lbfgs/prev_flat_grad", memory_.previous_gradient);
  std::vector<double> rho;
  for (const Change& c : memory_.changes) rho.push_back(c.rho);
  const auto& changes = memory_.changes;
  const std::int64_t n = total();
  const DType dtype = memory_.d.dtype();
  out.entries.push_back({"lbfgs/old_stps", matrix(changes, n, dtype, [](const Change& c) { return c.s; })});
  out.entries.push_back({"lbfgs/old_dirs", matrix(changes, n, dtype, [](const Change& c) { return c.y; })});
  out.entries.push_back({"lbfgs/ro", Array::copy_of(rho)});
}

std::function<void()> LBFGS::read_from(StateReader& in) {
  const auto memory = std::make_shared<Memory>();
  memory->func_evals = in.count("lbfgs/func_evals");
  memory->n_iter = in.count("lbfgs/n_iter");
  if (memory->n_iter > 0) {
    const std::int64_t n = total();
    const DType dtype = groups_[0][0].dtype();
    memory->t = in.number("lbfgs/t");
    memory->h_diag = in.number("lbfgs/H_diag");
    memory->d = in.array("lbfgs/d", {n}, dtype);
    memory->previous_gradient = in.array("lbfgs/prev_flat_grad", {n}, dtype);
    const std::int64_t k = in.any("lbfgs/ro").numel();
    const std::vector<double> rho = in.numbers("lbfgs/ro", static_cast<std::size_t>(k));
    const Array s = in.array("lbfgs/old_stps", {k, n}, dtype), y = in.array("lbfgs/old_dirs", {k, n}, dtype);
    for (std::int64_t i = 0; i < k; ++i)
      memory->changes.push_back({row_of(s, i, n), row_of(y, i, n), rho[static_cast<std::size_t>(i)]});
  }
  return [this, memory] { std::swap(memory_, *memory); };
}

}  // namespace xgrad::optim
