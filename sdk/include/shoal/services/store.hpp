// A few octets kept between runs. The rules of services/local.hpp hold.
#pragma once

#include <shoal/abi/services.h>
#include <shoal/bytes.hpp>
#include <shoal/crossing.hpp>
#include <shoal/detail/lent.hpp>
#include <shoal/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal {

/// A few octets that outlive the process, by key; one space for each plug-in id.
class Store : public detail::Lent<Store, shoal_host_store_v1> {
public:
    static constexpr std::string_view id = SHOAL_SERVICE_STORE;
    using Lent::Lent;

    static constexpr std::uint32_t most_keys = 1000; // of one call of keys()

    /// Valid until the end of the current call or the next write.
    [[nodiscard]] std::optional<ByteView> read(std::string_view key) const
    {
        shoal_bytes value{};
        if (table().read(host(), to_abi(key), &value) < 0) return std::nullopt;
        return from_abi(value);
    }

    /// Errors: limit_exceeded (a key of 128 octets, a value of 1 MiB, 16 MiB in all).
    Result<void> write(std::string_view key, ByteView value) const
    {
        return to_result(table().write(host(), to_abi(key), to_abi(value)), "keeping a value");
    }

    /// The keys that begin with `prefix` and come after `after`, in the order of their octets; `most_keys` at a time, so fewer are the last.
    [[nodiscard]] std::vector<std::string> keys(std::string_view prefix = {}, std::string_view after = {}) const
    {
        std::vector<shoal_text> found(most_keys);
        std::uint32_t count = 0;
        if (table().list(host(), to_abi(prefix), to_abi(after), found.data(), most_keys, &count) < 0) return {};
        std::vector<std::string> keys;
        keys.reserve(count);
        for (std::uint32_t i = 0; i < count; ++i) keys.emplace_back(from_abi(found[i]));
        return keys;
    }

    void erase(std::string_view key) const { static_cast<void>(table().erase(host(), to_abi(key))); }

    /// What was written so far goes to the disk without delay, and before whatever is asked for from now on: who notes what it is about
    /// to do, commits and does it finds the note when the process dies meanwhile. Otherwise it takes a minute.
    void commit() const { static_cast<void>(table().commit(host())); }
};

} // namespace shoal
