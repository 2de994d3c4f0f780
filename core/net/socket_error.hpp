#pragma once

#include <shoal/result.hpp>

#include <string>

namespace shoal::net {

// What errno `number` means for the one who asked: "<doing>: <cause>", for example
// "connect to 10.0.0.7:6881: connection refused".
Error socket_error(int number, const std::string& doing);

}  // namespace shoal::net
