#pragma once

#include <string>
#include <typeinfo>

namespace xgrad::nn::detail {

/// The name of a class without its namespaces: "Dense".
std::string type_name(const std::type_info& type);

}  // namespace xgrad::nn::detail
