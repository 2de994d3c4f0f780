// A script that answers when it is asked, as pickers and chokers do. It runs on the network loop, which waits for it, under budgets of
// instructions; and it runs alike wherever and whenever it runs: it has no clock, its random numbers are the host's, pairs() is in order.
#pragma once

#include "sandbox.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace shoal::sandbox {

class PolicyScript {
public:
    struct Source {
        std::string file; // as it is called in errors
        std::string text;
    };
    using Say = std::function<void(std::string_view)>; // where print() goes

    /// Runs the text once. What it answers with are its global functions, or those of the table that it returns. `open` adds to what it
    /// finds. Errors: invalid_argument, with the file and the line.
    static Result<std::unique_ptr<PolicyScript>> load(const Source& source, Sandbox::Clock clock, std::uint64_t seed, Say say,
                                                      UniqueFunction<void(lua_State*)> open);

    /// Nothing: there is no such function.
    [[nodiscard]] bool has(const char* function);
    /// Is there something of that name that is true?
    [[nodiscard]] bool is_set(const char* name);

    /// Calls a function that is there: `push` puts its arguments on the stack and says how many, `take` finds its one result at -1.
    /// Errors: as above, with a traceback, in one line.
    Result<void> call(const char* function, std::int64_t instructions, UniqueFunction<int(lua_State*)> push,
                      UniqueFunction<void(lua_State*)> take = {});

private:
    PolicyScript(std::unique_ptr<Sandbox> sandbox, Say say) : sandbox_(std::move(sandbox)), say_(std::move(say)) {}
    Result<void> run_body(const Source& source, UniqueFunction<void(lua_State*)> open);
    static int print(lua_State* lua);

    std::unique_ptr<Sandbox> sandbox_;
    Say say_;
    int lines_ = 0; // printed in this call
};

} // namespace shoal::sandbox
