#include "tensor/error.hpp"

#include <atomic>

namespace xgrad {
namespace {
constinit std::atomic<detail::ErrorContext> error_context{nullptr};
}

namespace detail {
void set_error_context(ErrorContext context) noexcept { error_context.store(context, std::memory_order_relaxed); }
}  // namespace detail

template <class E>
void fail(std::string_view op, std::string_view what) {
  std::string text;
  if (auto* context = error_context.load(std::memory_order_relaxed)) text = context();
  if (!text.empty()) text += ": ";
  text.append(op).append(": ").append(what);
  throw E(text);
}

template void fail<ShapeError>(std::string_view, std::string_view);
template void fail<DTypeError>(std::string_view, std::string_view);
template void fail<IndexError>(std::string_view, std::string_view);
template void fail<ValueError>(std::string_view, std::string_view);
template void fail<AutogradError>(std::string_view, std::string_view);
template void fail<IoError>(std::string_view, std::string_view);

}  // namespace xgrad
