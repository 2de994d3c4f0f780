// Another storage below one's own, for storages that change a thing or two and leave the rest to any other: derive
// from shoal::Storage, make one of these in the constructor, and pass on what is not yours to change.
//
//     explicit Mine(Host& host) : inner_(InnerStorage::make(host, host.settings().text("inner"))) {}
//     Result<void> open(const StorageLayout& layout) override
//     {
//         return inner_ ? inner_->open(layout) : inner_.error();
//     }
//
// Manifest: "requires": [ "shoal.host.storage/1" ].
#pragma once

#include <shoal/host.hpp>
#include <shoal/storage.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace shoal {

/// Two pointers; valid as long as the instance that made it. Everything but make() is [worker], and may run in
/// parallel where this instance does. What it lacks is `unsupported`, or nothing to do. Its errors have a code and
/// no text: the host has that already, and tells it when they are passed on as they are.
class InnerStorage {
public:
    /// Only in the constructor. An error is best kept and given back by open(). [strand]
    static Result<InnerStorage> make(const Host& host, std::string_view name)
    {
        const auto* service = static_cast<const shoal_host_storage_v1*>(
            host.raw()->service(host.raw(), to_abi(std::string_view(SHOAL_SERVICE_STORAGE))));
        if (service == nullptr) return make_error(Errc::unsupported, "this host lends no storage to lie on");
        InnerStorage inner;
        const auto status = service->make(host.raw(), to_abi(name), &inner.table_, &inner.self_);
        if (status == SHOAL_OK) return inner;
        return make_error(to_errc(status), "the storage '" + std::string(name) + "' below could not be made");
    }

    Result<void> open(const StorageLayout& layout) const { return outcome(table_->open(self_, &layout.raw())); }

    Result<std::uint64_t> size(std::uint32_t file) const
    {
        std::uint64_t size = 0;
        if (auto sized = outcome(table_->size(self_, file, &size)); !sized) return sized.error();
        return size;
    }

    Result<std::uint64_t> read(std::uint32_t file, std::uint64_t offset, MutableBytes into) const
    {
        std::uint64_t got = 0;
        if (auto read = outcome(table_->read(self_, file, offset, into.data(), into.size(), &got)); !read) {
            return read.error();
        }
        return got;
    }

    Result<void> write(std::uint32_t file, std::uint64_t offset, std::span<const shoal_part> parts) const
    {
        return outcome(
            table_->write(self_, file, offset, parts.data(), static_cast<std::uint32_t>(parts.size())));
    }

    Result<int> locate(std::uint32_t file) const
    {
        if (table_->locate == nullptr) return unsupported();
        std::int32_t descriptor = -1;
        if (auto located = outcome(table_->locate(self_, file, &descriptor)); !located) return located.error();
        return int{descriptor};
    }

    Result<void> finish(std::uint32_t file) const
    {
        return table_->finish == nullptr ? Result<void>() : outcome(table_->finish(self_, file));
    }

    Result<void> flush() const { return table_->flush == nullptr ? Result<void>() : outcome(table_->flush(self_)); }

    void close() const { table_->close(self_); }

    Result<void> move(std::string_view folder, const MoveProgress& progress) const
    {
        if (table_->move == nullptr) return unsupported();
        return outcome(table_->move(self_, to_abi(folder), &progress.raw()));
    }

    Result<void> rename(std::uint32_t file, std::string_view path) const
    {
        return table_->rename == nullptr ? unsupported() : outcome(table_->rename(self_, file, to_abi(path)));
    }

    Result<void> remove(std::span<const std::uint32_t> files) const
    {
        if (table_->remove == nullptr) return unsupported();
        return outcome(table_->remove(self_, files.data(), static_cast<std::uint32_t>(files.size())));
    }

private:
    InnerStorage() = default;

    static Result<void> outcome(shoal_status status)
    {
        if (status == SHOAL_OK) return {};
        return make_error(to_errc(status), {});
    }
    static Error unsupported() { return make_error(Errc::unsupported, "the storage below cannot do that"); }

    const shoal_storage_v1* table_ = nullptr;
    void* self_ = nullptr;
};

} // namespace shoal
