#pragma once

#include "control/registry.hpp"
#include "host/log.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::daemon {

using CallMethod = std::function<void(const std::string& method, const control::Value::Map& arguments, control::Registry::Answered done)>;

// Puts what the plug-in `who` offers among the methods that there are. What is there already keeps its name, and that is said.
// The names that are new: they are `call`ed until they are withdrawn.
std::vector<std::string> offer_methods(control::Registry& registry, std::vector<control::MethodSchema> schemas, const CallMethod& call,
                                       std::string_view who, const host::Log& log);

}  // namespace shoal::daemon
