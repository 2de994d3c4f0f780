// What a script sees of the host's arrays: userdata that reads them where they are. A view is good for the call in which it was made;
// whoever keeps it gets an error, never what lies there by then.
#pragma once

#include "sandbox/lua_api.hpp"

#include <cstdint>

namespace shoal::picker_lua {

/// Which call into the picker this is; odd while one is under way.
struct CallCount {
    std::uint64_t number = 0;
};

/// One value a piece, 0 to `size` - 1.
struct PieceView {
    enum class Values : std::uint8_t { bits, counts, octets, states, ranks, deadlines };

    Values values;
    std::uint32_t size;
    const void* data;
    void* written; // the same, where it may be written
    const CallCount* calls;
    std::uint64_t call;
};

/// The metatable of all views; once a state, before the others. May raise.
void open_piece_views(lua_State* lua);
/// A view of this call, to be read, or one to be written: ranks and deadlines. May raise.
void push_view(lua_State* lua, PieceView::Values values, const void* data, std::uint32_t size, const CallCount& calls);
void push_written_view(lua_State* lua, PieceView::Values values, void* data, std::uint32_t size, const CallCount& calls);
/// The argument, or raises: it is none, or of another call.
const PieceView& view_argument(lua_State* lua, int index);
/// A piece or block number below `size`, or raises.
std::uint32_t number_argument(lua_State* lua, int index, std::uint32_t size, const char* noun);

/// Seconds of the host's clock, as scripts have them, and back.
double to_seconds(std::uint64_t nanoseconds);
std::uint64_t to_nanoseconds(double seconds);

} // namespace shoal::picker_lua
