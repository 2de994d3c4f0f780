#include "lua_picker.hpp"

#include <stdexcept>
#include <utility>

namespace shoal::picker_lua {

// While it lives the script may look at what the host lent; afterwards every view is stale.
class LuaPicker::Lending {
public:
    Lending(Call& call, const SwarmView& swarm, const PickRequest* request = nullptr, PickList* list = nullptr) : call_(call)
    {
        ++call_.count.number;
        call_.swarm = &swarm;
        call_.request = request;
        call_.list = list;
        call_.may_open = swarm.open_allowance();
    }
    Lending(const Lending&) = delete;
    Lending& operator=(const Lending&) = delete;
    ~Lending()
    {
        ++call_.count.number;
        call_.swarm = nullptr;
        call_.request = nullptr;
        call_.list = nullptr;
    }

private:
    Call& call_;
};

LuaPicker::LuaPicker(const Source& source, sandbox::Sandbox::Clock clock, std::uint64_t seed, sandbox::PolicyScript::Say say,
                     const Budget& budget)
    : budget_(budget)
{
    auto script = sandbox::PolicyScript::load(source, std::move(clock), seed, std::move(say),
                                              [this](lua_State* lua) { open_pick_tables(lua, call_); });
    if (!script) throw std::runtime_error(script.error().text);
    script_ = std::move(*script);
    if (script_->has("rank") || script_->has("pick")) return;
    throw std::runtime_error(source.file + " has neither a function rank(swarm, ranks) nor a function pick(swarm, request, out)");
}

void LuaPicker::describe(shoal_picker_traits& traits)
{
    traits.tiers = script_->has("pick") ? SHOAL_TIER_PICK : SHOAL_TIER_RANK;
    if (traits.tiers == SHOAL_TIER_PICK) traits.event_mask = 0; // it looks at everything anew
    if (!script_->is_set("duplicates")) traits.flags &= ~SHOAL_PICKER_DUPLICATES;
}

void LuaPicker::rank(const SwarmView& swarm, const Ranks& ranks)
{
    const Lending lending(call_, swarm);
    const auto instructions = budget_.rank + budget_.rank_of_a_piece * swarm.piece_count();
    const auto ran = script_->call("rank", instructions, [&](lua_State* lua) {
        push_swarm(lua, call_);
        push_written_view(lua, PieceView::Values::ranks, ranks.all().data(), swarm.piece_count(), call_.count);
        push_written_view(lua, PieceView::Values::deadlines, ranks.deadlines().data(), swarm.piece_count(), call_.count);
        return 3;
    });
    if (!ran) throw std::runtime_error(ran.error().text);
}

void LuaPicker::pick(const SwarmView& swarm, const PickRequest& request, PickList& list)
{
    const Lending lending(call_, swarm, &request, &list);
    const auto ran = script_->call("pick", budget_.pick, [&](lua_State* lua) {
        push_swarm(lua, call_);
        push_request(lua, call_);
        push_out(lua);
        return 3;
    });
    if (!ran) throw std::runtime_error(ran.error().text);
}

} // namespace shoal::picker_lua
