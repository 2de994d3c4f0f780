// A picker chooses which blocks to ask a peer for. Derive from shoal::Picker, override rank() or pick() (or
// both: then pick() is preferred) as public members, and offer the class with shoal::picker<T>("name") in
// SHOAL_PLUGIN. The host checks what comes back; a wrong pick is dropped and counted. All calls are on the
// strand.
#pragma once

#include <shoal/abi/picker.h>
#include <shoal/plugin.hpp>
#include <shoal/swarm_view.hpp>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace shoal {

class Picker {
public:
    // A picker that needs others declares them again, under the same names.
    static constexpr std::uint32_t flags = 0; // SHOAL_PICKER_…
    static constexpr std::uint32_t events =
        0; // SHOAL_EVENT_… that on_events() or, for rank() alone, a new ranking wants

    Picker() = default;
    Picker(const Picker&) = delete;
    Picker& operator=(const Picker&) = delete;
    virtual ~Picker() = default;

    /// For a picker that knows only once it is made what it is: takes out of `traits`, which are those of the class, what this
    /// instance is not. Called first of all.
    virtual void describe(shoal_picker_traits&) {}

    /// What changed since the last call. The first has one event of each subscribed kind with
    /// SHOAL_ALL_PIECES.
    virtual void on_events(const SwarmView&, std::span<const shoal_piece_event>) {}

    /// Gives every piece a number; the host keeps the order and hands out the blocks. At most once a second.
    virtual void rank(const SwarmView&, const Ranks&) {}

    /// Chooses blocks for one peer.
    virtual void pick(const SwarmView&, const PickRequest&, PickList&) {}

    /// The instance is about to go: start nothing new.
    virtual void on_stop() {}
};

namespace detail {

template <std::derived_from<Picker> T>
struct PickerTable {
    static_assert(
        requires {
            &T::describe;
            &T::on_events;
            &T::rank;
            &T::pick;
        },
        "describe, on_events, rank and pick must be public");
    static constexpr bool describes = !std::is_same_v<decltype(&T::describe), decltype(&Picker::describe)>;
    static constexpr bool listens = !std::is_same_v<decltype(&T::on_events), decltype(&Picker::on_events)>;
    static constexpr bool ranks = !std::is_same_v<decltype(&T::rank), decltype(&Picker::rank)>;
    static constexpr bool picks = !std::is_same_v<decltype(&T::pick), decltype(&Picker::pick)>;
    static_assert(ranks || picks, "a picker overrides rank or pick");

    static void on_events(void* self, const shoal_swarm_view* swarm, const shoal_piece_event* events,
                          std::uint32_t count) noexcept
    {
        auto& instance = Instance<T>::from(self);
        fence_void(instance.host.raw(), "on_events",
                   [&] { instance.object.on_events(SwarmView(*swarm), std::span(events, count)); });
    }

    static shoal_status rank(void* self, const shoal_swarm_view* swarm, std::int64_t* ranks,
                             std::uint64_t* deadlines) noexcept
    {
        auto& instance = Instance<T>::from(self);
        return fence(instance.host.raw(), "rank", [&]() -> std::int32_t {
            const auto count = swarm->piece_count;
            instance.object.rank(SwarmView(*swarm),
                                 Ranks(std::span(ranks, count), std::span(deadlines, count)));
            return SHOAL_OK;
        });
    }

    static std::int32_t pick(void* self, const shoal_swarm_view* swarm, const shoal_pick_request* request,
                             shoal_pick* out, std::uint32_t capacity) noexcept
    {
        auto& instance = Instance<T>::from(self);
        return fence(instance.host.raw(), "pick", [&]() -> std::int32_t {
            PickList list(std::span(out, std::min(capacity, request->budget)));
            instance.object.pick(SwarmView(*swarm), PickRequest(*request, swarm->piece_count), list);
            return static_cast<std::int32_t>(list.size());
        });
    }

    static void describe(void* self, shoal_picker_traits* traits) noexcept
    {
        auto& instance = Instance<T>::from(self);
        fence_void(instance.host.raw(), "describe", [&] { instance.object.describe(*traits); });
    }

    static constexpr shoal_picker_v1 table{sizeof(shoal_picker_v1),
                                           T::flags,
                                           T::events,
                                           0,
                                           listens ? &on_events : nullptr,
                                           ranks ? &rank : nullptr,
                                           picks ? &pick : nullptr,
                                           describes ? &describe : nullptr};
};

} // namespace detail

/// The factory of picker `T` for SHOAL_PLUGIN.
template <std::derived_from<Picker> T>
[[nodiscard]] constexpr shoal_factory picker(std::string_view name)
{
    return detail::make_factory<T>(SHOAL_KIND_PICKER, name, &detail::PickerTable<T>::table);
}

} // namespace shoal
