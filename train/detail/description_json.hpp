#pragma once
/// Descriptions of models as JSON.

#include <string>

#include "nn/description.hpp"

namespace xgrad::train::detail {

std::string to_json(const nn::Description& description);
/// ValueError where the text is not what `to_json` writes.
nn::Description from_json(const std::string& text);

}  // namespace xgrad::train::detail
