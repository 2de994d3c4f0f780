#pragma once

#include "environment/environment.hpp"
#include "host/instance.hpp"
#include "host/library.hpp"
#include "host/manifest.hpp"

#include <shoal/abi/picker.h>
#include <shoal/crossing.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace shoal::torrent::test {

// A picker that does what the test says. The stack cannot tell it from a loaded one. Outlives its instances.
class ScriptedPicker {
public:
    struct Traits {
        bool ranks = false;  // otherwise it picks
        std::uint32_t flags = 0;
        std::uint32_t events = 0;
        bool describes = false;  // and has both tiers: says `described` of itself
    };

    explicit ScriptedPicker(const std::string& name) : ScriptedPicker(name, Traits{}) {}
    ScriptedPicker(const std::string& name, const Traits& traits)
    {
        auto manifest = host::parse_manifest(
            R"({ "id": "org.example.picker.scripted", "version": "1", "license": "MIT", "summary": "scripted",
                 "abi": { "major": 1, "minor": 0 }, "provides": [ { "kind": "shoal.picker/1", "name": ")" +
            name + R"(", "scope": "torrent" } ] })");
        REQUIRE(manifest);
        remains_->manifest = std::move(*manifest);
        const shoal_picker_v1 table{sizeof table,
                                    traits.flags,
                                    traits.events,
                                    0,
                                    traits.events != 0 ? on_events : nullptr,
                                    traits.ranks || traits.describes ? on_rank : nullptr,
                                    !traits.ranks || traits.describes ? on_pick : nullptr,
                                    traits.describes ? on_describe : nullptr};
        const shoal_factory factory{
            sizeof factory, 0, to_abi(SHOAL_KIND_PICKER), to_abi(name), &table, create, nullptr, destroy};
        const shoal_factory* const factories[] = {&factory};
        const shoal_plugin descriptor{sizeof descriptor, 0, to_abi(remains_->manifest.text), factories, 1, 0};
        auto library = host::Library::adopt(&descriptor, remains_->manifest, "scripted");
        INFO((library ? "" : library.error().text));
        REQUIRE(library);
        remains_->library = std::move(*library);
    }

    std::unique_ptr<host::Instance> make(environment::Environment& environment)
    {
        being_made() = this;
        auto instance = host::Instance::create(*remains_->library->factories().front(),
                                               {.environment = environment, .random = RandomStream(1, 1)});
        REQUIRE(instance);
        ++made;
        return std::move(*instance);
    }

    // What its instances need to end, whenever that is.
    std::shared_ptr<const void> remains() const { return remains_; }

    // Always the same blocks.
    void always(std::vector<shoal_pick> picks)
    {
        pick = [picks = std::move(picks)](const auto&, const auto&) { return picks; };
    }

    std::function<std::vector<shoal_pick>(const shoal_swarm_view&, const shoal_pick_request&)> pick;
    std::function<shoal_status(const shoal_swarm_view&, std::int64_t* ranks, std::uint64_t* deadlines)> rank;
    shoal_picker_traits described{};
    std::vector<shoal_piece_event> heard;
    int made = 0;
    int asked = 0;

private:
    static ScriptedPicker*& being_made()
    {
        static ScriptedPicker* picker = nullptr;
        return picker;
    }

    static shoal_status create(const shoal_host*, void** self)
    {
        *self = being_made();
        return SHOAL_OK;
    }
    static void destroy(void*) {}

    static void on_events(void* self, const shoal_swarm_view*, const shoal_piece_event* events,
                          std::uint32_t count)
    {
        auto& heard = static_cast<ScriptedPicker*>(self)->heard;
        heard.insert(heard.end(), events, events + count);
    }

    static void on_describe(void* self, shoal_picker_traits* traits)
    {
        *traits = static_cast<ScriptedPicker*>(self)->described;
    }

    static shoal_status on_rank(void* self, const shoal_swarm_view* swarm, std::int64_t* ranks,
                                std::uint64_t* deadlines)
    {
        auto& picker = *static_cast<ScriptedPicker*>(self);
        ++picker.asked;
        return picker.rank ? picker.rank(*swarm, ranks, deadlines) : SHOAL_OK;
    }

    static std::int32_t on_pick(void* self, const shoal_swarm_view* swarm, const shoal_pick_request* request,
                                shoal_pick* picks, std::uint32_t capacity)
    {
        auto& picker = *static_cast<ScriptedPicker*>(self);
        ++picker.asked;
        if (!picker.pick) return 0;
        const auto chosen = picker.pick(*swarm, *request);
        const auto count = std::min<std::size_t>(chosen.size(), capacity);
        std::copy_n(chosen.begin(), count, picks);
        return static_cast<std::int32_t>(count);
    }

    struct Remains {
        host::Manifest manifest;
        std::unique_ptr<host::Library> library;
    };
    std::shared_ptr<Remains> remains_ = std::make_shared<Remains>();
};

}  // namespace shoal::torrent::test
