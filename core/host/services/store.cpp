#include "host/services/guard.hpp"

#include <shoal/abi/services.h>
#include <shoal/utf8.hpp>

#include <algorithm>
#include <string>

namespace shoal::host::services {

namespace {

constexpr std::uint64_t longest_key = 128;
constexpr std::uint64_t longest_value = 1 << 20;
constexpr std::uint32_t most_keys = 1000; // of one call

class StoreService final : public LentService {
public:
    static constexpr auto slot = Slot::store;

    explicit StoreService(InstanceState& state) : state_(state) {}

    shoal_status read(shoal_text raw, shoal_bytes* value)
    {
        const auto key = checked(raw);
        if (!key || value == nullptr) return state_.bad_argument("store.read", "the key or the place is missing");
        if (values() == nullptr) return SHOAL_E_STATE;
        const auto* kept = values()->find(plugin(), *key);
        if (kept == nullptr) return SHOAL_E_NOT_FOUND;
        *value = to_abi(ByteView(*kept));
        return SHOAL_OK;
    }

    shoal_status write(shoal_text raw, shoal_bytes raw_value)
    {
        const auto key = checked(raw);
        if (!key) return state_.bad_argument("store.write", "the key is empty, too long or no UTF-8");
        if (raw_value.size > longest_value) return SHOAL_E_LIMIT;
        const auto value = borrowed(raw_value, longest_value);
        if (!value) return state_.bad_argument("store.write", "the value is NULL");
        if (values() == nullptr) return SHOAL_E_STATE;
        const auto kept = values()->write(plugin(), *key, *value);
        if (kept) return SHOAL_OK;
        const auto status = to_status(kept.error().code);
        state_.set_error(status, kept.error().text);
        return status;
    }

    shoal_status erase(shoal_text raw)
    {
        const auto key = checked(raw);
        if (!key) return state_.bad_argument("store.erase", "the key is empty, too long or no UTF-8");
        if (values() == nullptr) return SHOAL_E_STATE;
        values()->erase(plugin(), *key);
        return SHOAL_OK;
    }

    shoal_status list(shoal_text raw_prefix, shoal_text raw_after, shoal_text* keys, std::uint32_t capacity, std::uint32_t* count)
    {
        const auto prefix = beginning(raw_prefix);
        const auto after = beginning(raw_after);
        if (!prefix || !after) return state_.bad_argument("store.list", "the prefix, or the key before, is too long or no UTF-8");
        if (count == nullptr || (keys == nullptr && capacity != 0)) return state_.bad_argument("store.list", "the place is missing");
        if (values() == nullptr) return SHOAL_E_STATE;
        const auto found = values()->keys(plugin(), *prefix, *after, std::min(capacity, most_keys));
        for (std::size_t i = 0; i < found.size(); ++i) keys[i] = to_abi(found[i]);
        *count = static_cast<std::uint32_t>(found.size());
        return SHOAL_OK;
    }

    shoal_status commit()
    {
        if (values() == nullptr) return SHOAL_E_STATE;
        values()->hand_on();
        return SHOAL_OK;
    }

private:
    static std::optional<std::string_view> checked(shoal_text raw)
    {
        const auto key = borrowed(raw, longest_key);
        if (!key || key->empty() || !is_valid_utf8(*key)) return std::nullopt;
        return key;
    }

    // Of a key, perhaps of all.
    static std::optional<std::string_view> beginning(shoal_text raw)
    {
        const auto text = borrowed(raw, longest_key);
        return text && is_valid_utf8(*text) ? text : std::nullopt;
    }

    // Null once the instance has stopped.
    KeptValues* values() const { return state_.context().kept; }
    const std::string& plugin() const { return state_.factory().manifest().id; }

    InstanceState& state_;
};

shoal_status read(const shoal_host* host, shoal_text key, shoal_bytes* value)
{
    return on_strand<StoreService>(host, "store.read", [&](StoreService& store) { return store.read(key, value); });
}

shoal_status write(const shoal_host* host, shoal_text key, shoal_bytes value)
{
    return on_strand<StoreService>(host, "store.write",
                                   [&](StoreService& store) { return store.write(key, value); });
}

shoal_status erase(const shoal_host* host, shoal_text key)
{
    return on_strand<StoreService>(host, "store.erase", [&](StoreService& store) { return store.erase(key); });
}

shoal_status commit(const shoal_host* host)
{
    return on_strand<StoreService>(host, "store.commit", [](StoreService& store) { return store.commit(); });
}

shoal_status list(const shoal_host* host, shoal_text prefix, shoal_text after, shoal_text* keys, std::uint32_t capacity,
                  std::uint32_t* count)
{
    return on_strand<StoreService>(host, "store.list", [&](StoreService& store) {
        return store.list(prefix, after, keys, capacity, count);
    });
}

constexpr shoal_host_store_v1 store_table{sizeof store_table, 0, read, write, erase, commit, list};

}  // namespace

const Service& store_service()
{
    static constexpr Service service{SHOAL_SERVICE_STORE, "", &store_table, make_lent<StoreService>};
    return service;
}

}  // namespace shoal::host::services
