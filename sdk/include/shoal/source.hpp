// A source plug-in turns what a person names a torrent by into the torrent. Derive from shoal::Source, keep a SourceAnswers, and
// offer the class with shoal::source<T>("name") in SHOAL_PLUGIN. The host asks every source how surely an identifier is its own,
// and the surest first. Each accepted operation ends exactly once through SourceAnswers, never from inside resolve(). All calls
// are on the strand.
#pragma once

#include <shoal/abi/source.h>
#include <shoal/bytes.hpp>
#include <shoal/crossing.hpp>
#include <shoal/detail/lent.hpp>
#include <shoal/plugin.hpp>
#include <shoal/result.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <string_view>

namespace shoal {

/// The view is borrowed for the call.
struct SourceRequest {
    std::string_view identifier;         // as it was typed: a path need not be UTF-8
    bool is_from_stranger = false;       // no person typed it: read nothing here, ask nothing near
    std::chrono::nanoseconds deadline{}; // the host's time after which nobody listens any more
};

/// How operations end. [strand]
class SourceAnswers : public detail::Lent<SourceAnswers, shoal_host_source_v1> {
public:
    static constexpr std::string_view id = SHOAL_SERVICE_SOURCE;
    using Lent::Lent;
    /// In the constructor, like every service.
    explicit SourceAnswers(const Host& host) : Lent(host.raw()) {}

    /// The octets of a .torrent; the host checks what is in it.
    void torrent_file(std::uint64_t operation, ByteView torrent) const
    {
        static_cast<void>(table().torrent_file(host(), operation, to_abi(torrent)));
    }

    void magnet(std::uint64_t operation, std::string_view link) const
    {
        static_cast<void>(table().magnet(host(), operation, to_abi(link)));
    }

    /// It is called something else, perhaps by another source.
    void elsewhere(std::uint64_t operation, std::string_view identifier) const
    {
        static_cast<void>(table().elsewhere(host(), operation, to_abi(identifier)));
    }

    /// The error's text is for a person.
    void failed(std::uint64_t operation, const Error& error) const
    {
        static_cast<void>(table().failed(host(), operation, to_status(error.code), to_abi(error.text)));
    }
};

class Source {
public:
    static constexpr std::int32_t certain = SHOAL_SOURCE_CERTAIN;

    Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    virtual ~Source() = default;

    /// How surely this identifier is its own, 0 (not at all) to `certain`: by its looks alone.
    virtual std::int32_t claims(std::string_view identifier) = 0;

    /// An error means: not accepted, no end will come.
    virtual Result<void> resolve(std::uint64_t operation, const SourceRequest& request) = 0;

    /// Advisory; the operation still ends, with `cancelled`.
    virtual void cancel(std::uint64_t operation) = 0;

    /// The instance is about to go: start nothing new.
    virtual void on_stop() {}
};

namespace detail {

template <std::derived_from<Source> T>
struct SourceTable {
    static std::int32_t claims(void* self, shoal_text identifier) noexcept
    {
        auto& instance = Instance<T>::from(self);
        std::int32_t sureness = 0;
        fence_void(instance.host.raw(), "claims", [&] { sureness = instance.object.claims(from_abi(identifier)); });
        return sureness;
    }

    static shoal_status resolve(void* self, std::uint64_t operation, const shoal_source_request* raw) noexcept
    {
        auto& instance = Instance<T>::from(self);
        const auto* host = instance.host.raw();
        return fence(host, "resolve", [&] {
            const SourceRequest request{.identifier = from_abi(raw->identifier),
                                        .is_from_stranger = (raw->flags & SHOAL_SOURCE_FROM_STRANGER) != 0,
                                        .deadline = std::chrono::nanoseconds(static_cast<std::int64_t>(raw->deadline_ns))};
            return explained(host, instance.object.resolve(operation, request));
        });
    }

    static void cancel(void* self, std::uint64_t operation) noexcept
    {
        auto& instance = Instance<T>::from(self);
        fence_void(instance.host.raw(), "cancel", [&] { instance.object.cancel(operation); });
    }

    static constexpr shoal_source_v1 table{sizeof(shoal_source_v1), 0, &claims, &resolve, &cancel};
};

} // namespace detail

/// The factory of source `T` for SHOAL_PLUGIN.
template <std::derived_from<Source> T>
[[nodiscard]] constexpr shoal_factory source(std::string_view name)
{
    return detail::make_factory<T>(SHOAL_KIND_SOURCE, name, &detail::SourceTable<T>::table);
}

} // namespace shoal
