#include "host/services/guard.hpp"

#include "host/status.hpp"

#include <shoal/abi/storage.h>
#include <shoal/utf8.hpp>

#include <deque>
#include <memory>
#include <string>

namespace shoal::host::services {

namespace {

constexpr std::uint64_t longest_storage_name = 4096;  // it may be a path

// A storage that lies below another one. Its table goes through an Instance, as the core's calls do: so it is blamed for what it
// does itself, has its turns, and lets no exception out.
struct Inner {
    InstanceState& owner;
    std::unique_ptr<Instance> instance;
    shoal_storage_v1 table{};
};

// What it says of an error is said for its owner, who is being asked. Its crimes stay its own.
template <class Call>
shoal_status relay(void* self, const char* function, Call&& call) noexcept
{
    auto& inner = *static_cast<Inner*>(self);
    try {
        if (!is_on_worker(inner.owner, function)) return SHOAL_E_THREAD;
        const auto& table = inner.instance->table<shoal_storage_v1>();
        const auto answer = inner.instance->call_on_worker(function, [&] { return call(table, inner.instance->self()); });
        if (answer.status == SHOAL_OK) return SHOAL_OK;
        const auto status = answer.status == SHOAL_E_EXCEPTION || answer.status > 0 ? SHOAL_E_PLUGIN : answer.status;
        inner.owner.set_error(status, answer.text.empty() ? status_text(status) : std::string_view(answer.text));
        return is_known_status(status) ? status : SHOAL_E_PLUGIN;
    } catch (const std::exception&) {
        return SHOAL_E_LIMIT;
    }
}

// The functions of shoal_storage_v1.
namespace inner_functions {

shoal_status open(void* self, const shoal_storage_open* layout)
{
    return relay(self, "open", [&](const auto& table, void* inner) { return table.open(inner, layout); });
}

shoal_status size(void* self, std::uint32_t file, std::uint64_t* size)
{
    return relay(self, "size", [&](const auto& table, void* inner) { return table.size(inner, file, size); });
}

shoal_status read(void* self, std::uint32_t file, std::uint64_t offset, void* data, std::uint64_t size, std::uint64_t* got)
{
    return relay(self, "read", [&](const auto& table, void* inner) {
        return table.read(inner, file, offset, data, size, got);
    });
}

shoal_status write(void* self, std::uint32_t file, std::uint64_t offset, const shoal_part* parts, std::uint32_t count)
{
    return relay(self, "write", [&](const auto& table, void* inner) {
        return table.write(inner, file, offset, parts, count);
    });
}

shoal_status locate(void* self, std::uint32_t file, std::int32_t* descriptor)
{
    return relay(self, "locate", [&](const auto& table, void* inner) { return table.locate(inner, file, descriptor); });
}

shoal_status finish(void* self, std::uint32_t file)
{
    return relay(self, "finish", [&](const auto& table, void* inner) { return table.finish(inner, file); });
}

shoal_status flush(void* self)
{
    return relay(self, "flush", [](const auto& table, void* inner) { return table.flush(inner); });
}

void close(void* self)
{
    relay(self, "close", [](const auto& table, void* inner) { return table.close(inner), SHOAL_OK; });
}

shoal_status move(void* self, shoal_text folder, const shoal_move_progress* progress)
{
    return relay(self, "move", [&](const auto& table, void* inner) { return table.move(inner, folder, progress); });
}

shoal_status rename(void* self, std::uint32_t file, shoal_text path)
{
    return relay(self, "rename", [&](const auto& table, void* inner) { return table.rename(inner, file, path); });
}

shoal_status remove(void* self, const std::uint32_t* files, std::uint32_t count)
{
    return relay(self, "remove", [&](const auto& table, void* inner) { return table.remove(inner, files, count); });
}

shoal_storage_v1 table_over(const Factory& factory)
{
    const auto& its = factory.table<shoal_storage_v1>();
    return {.struct_size = sizeof(shoal_storage_v1),
            .flags = its.flags,
            .open = open,
            .size = size,
            .read = read,
            .write = write,
            .locate = its.locate != nullptr ? locate : nullptr,
            .finish = its.finish != nullptr ? finish : nullptr,
            .flush = its.flush != nullptr ? flush : nullptr,
            .close = close,
            .move = its.move != nullptr ? move : nullptr,
            .rename = its.rename != nullptr ? rename : nullptr,
            .remove = its.remove != nullptr ? remove : nullptr};
}

}  // namespace inner_functions

class StorageService final : public LentService {
public:
    static constexpr auto slot = Slot::storage;

    explicit StorageService(InstanceState& state) : state_(state) {}

    shoal_status make(std::string_view name, const shoal_storage_v1** table, void** inner)
    {
        if (state_.phase() != InstanceState::Phase::creating) return SHOAL_E_STATE;
        auto made = state_.context().make_storage(name);
        if (!made) {
            state_.log().warning("the storage {} below: {}", printable(name), made.error().text);
            return to_status(made.error().code);
        }
        auto& lent = inners_.emplace_back(Inner{.owner = state_, .instance = std::move(*made)});
        lent.table = inner_functions::table_over(lent.instance->factory());
        *table = &lent.table;
        *inner = &lent;
        return SHOAL_OK;
    }

    // Whoever still works in the owner is refused from now on, and is safe.
    void end(bool) override
    {
        for (auto& inner : inners_) inner.instance->stop();
    }

    void release() override { inners_.clear(); }

private:
    InstanceState& state_;
    std::deque<Inner> inners_;  // lent by address
};

shoal_status make_below(const shoal_host* host, shoal_text raw_name, const shoal_storage_v1** table, void** inner)
{
    return on_strand<StorageService>(host, "storage.make", [&](StorageService& storages) -> shoal_status {
        const auto name = borrowed(raw_name, longest_storage_name);
        if (!name || table == nullptr || inner == nullptr) {
            return InstanceState::of(host)->bad_argument("storage.make", "the name is too long, or something is NULL");
        }
        return storages.make(*name, table, inner);
    });
}

constexpr shoal_host_storage_v1 storage_table{sizeof storage_table, 0, make_below};

}  // namespace

const Service& storage_service()
{
    static constexpr Service service{SHOAL_SERVICE_STORAGE, "", &storage_table, make_lent<StorageService>};
    return service;
}

}  // namespace shoal::host::services
