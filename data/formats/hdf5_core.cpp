#include "data/formats/detail/hdf5_core.hpp"

#include <hdf5.h>

#include <mutex>
#include <type_traits>

#include "tensor/error.hpp"

namespace xgrad::data::detail {
namespace {

static_assert(std::is_same_v<hid_t, Id> && std::is_same_v<herr_t, int>);

constinit std::mutex hdf5_mutex;

constexpr std::size_t kMaxMessages = 400;  // bytes of HDF5's own text in an error

/// Called by H5Ewalk2 from the API function inwards; C code above it must see no exception.
herr_t add_message(unsigned, const H5E_error2_t* error, void* out) noexcept {
  try {
    auto& text = *static_cast<std::string*>(out);
    const std::string_view message = error->desc ? error->desc : "";
    if (message.empty() || text.find(message) != std::string::npos || text.size() > kMaxMessages) return 0;
    if (!text.empty()) text += ": ";
    text += printable(message);
  } catch (...) {
    return -1;
  }
  return 0;
}

std::string text_of(const std::filesystem::path& file, std::string_view object, std::string_view what) {
  std::string text = file.string();
  if (!object.empty()) text.append(": ").append(printable(object));
  return text.append(": ").append(what);
}

}  // namespace

Hdf5Lock::Hdf5Lock() {
  hdf5_mutex.lock();
  H5Eget_auto2(H5E_DEFAULT, &printer_, &printer_data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Hdf5Lock::~Hdf5Lock() {
  H5Eset_auto2(H5E_DEFAULT, printer_, printer_data_);
  hdf5_mutex.unlock();
}

void Hdf5File::fail(std::string_view object, std::string_view what) const {
  xgrad::fail<IoError>(op, text_of(path, object, what));
}

void Hdf5File::fail_hdf5(std::string_view object, std::string_view what) const {
  std::string messages;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, add_message, &messages);
  fail(object, messages.empty() ? std::string(what) : std::string(what) + " (HDF5: " + messages + ")");
}

}  // namespace xgrad::data::detail
