#include "train/callback.hpp"

#include <algorithm>

#include "tensor/error.hpp"

namespace xgrad::train {

void Training::stop(std::string why) {
  if (!stopping_) history.stopped = std::move(why);
  stopping_ = true;
}

void Training::warn(const std::string& text) {
  auto& all = history.warnings;
  if (std::find(all.begin(), all.end(), text) == all.end()) all.push_back(text);
}

// Not owned: a pointer that shares nobody's count.
AnyCallback::AnyCallback(Callback* callback)
    : AnyCallback(std::shared_ptr<Callback>(std::shared_ptr<Callback>(), callback)) {}

AnyCallback::AnyCallback(std::shared_ptr<Callback> callback) : callback_(std::move(callback)) {
  if (!callback_) fail<ValueError>("train::AnyCallback", "got a null pointer; expected a callback");
}

}  // namespace xgrad::train
