#pragma once

#include "client/client.hpp"

#include <shoal/unique_function.hpp>

#include <string>
#include <string_view>

namespace shoal::client {

// A call that others are asked about before it is done: before.add and the like. They may forbid it, or change its arguments, which are
// then checked as if they had been given.
struct Wish {
    std::string_view hook;
    std::string_view method;
    std::string_view fixed;         // the argument that nobody changes: which torrent
    control::Value::Map arguments;  // complete
    control::Value::Map about;      // what else is told of it
};

// `then` gets the arguments as they are to be. Errors: permission_denied, somebody does not want it; invalid_argument. Not at all after
// the client's end.
void ask_first(Client& client, const control::Registry& registry, Wish wish,
               UniqueFunction<void(Result<control::Value::Map>)> then);

// What is known of a torrent before it is added.
control::Value::Map about_source(const session::Source& source);

void declare_hooks(control::Registry& registry);

}  // namespace shoal::client
