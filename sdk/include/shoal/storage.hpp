// A storage keeps the bytes of a torrent. Derive from shoal::Storage, override what is pure, and offer the
// class with shoal::storage<T>("name") in SHOAL_PLUGIN. Everything from open() to close() runs on worker
// threads and may block; serialised per instance unless `flags` has SHOAL_STORAGE_PARALLEL. The constructor,
// on_stop() and the destructor run on the strand. Files are numbered as in the layout.
#pragma once

#include <shoal/abi/storage.h>
#include <shoal/bytes.hpp>
#include <shoal/plugin.hpp>
#include <shoal/result.hpp>

#include <concepts>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace shoal {

/// Borrowed for open(): copy what is needed.
class StorageLayout {
public:
    explicit StorageLayout(const shoal_storage_open& raw) noexcept : raw_(&raw) {}

    /// Absolute; exists unless the storage makes it.
    [[nodiscard]] std::string_view folder() const noexcept { return from_abi(raw_->folder); }
    /// Seeding what is there: create, rename and change nothing.
    [[nodiscard]] bool is_read_only() const noexcept { return (raw_->flags & SHOAL_STORAGE_READ_ONLY) != 0; }
    [[nodiscard]] Strided<shoal_storage_file> files() const noexcept
    {
        return {raw_->files, raw_->file_count, raw_->file_stride};
    }
    /// To hand it on to another storage.
    [[nodiscard]] const shoal_storage_open& raw() const noexcept { return *raw_; }

private:
    const shoal_storage_open* raw_;
};

/// The parts of a gathered write, one after the other.
class WriteParts {
public:
    explicit WriteParts(std::span<const shoal_part> raw) noexcept : raw_(raw) {}

    [[nodiscard]] std::size_t size() const noexcept { return raw_.size(); }
    [[nodiscard]] ByteView operator[](std::size_t i) const noexcept
    {
        return {static_cast<const std::byte*>(raw_[i].data), static_cast<std::size_t>(raw_[i].size)};
    }
    [[nodiscard]] std::uint64_t total() const noexcept
    {
        std::uint64_t sum = 0;
        for (const auto& part : raw_) sum += part.size;
        return sum;
    }
    /// To hand them on to another storage.
    [[nodiscard]] std::span<const shoal_part> raw() const noexcept { return raw_; }

private:
    std::span<const shoal_part> raw_;
};

/// How a move tells how far it is. Lent for the call.
class MoveProgress {
public:
    explicit MoveProgress(const shoal_move_progress& raw) noexcept : raw_(&raw) {}

    /// `done` octets of `total` are at the new place. False: stop, with Errc::cancelled.
    [[nodiscard]] bool report(std::uint64_t done, std::uint64_t total) const
    {
        return raw_->report(raw_->context, done, total) != 0;
    }
    [[nodiscard]] const shoal_move_progress& raw() const noexcept { return *raw_; }

private:
    const shoal_move_progress* raw_;
};

class Storage {
public:
    /// SHOAL_STORAGE_…; declare it again, under the same name, to change it.
    static constexpr std::uint32_t flags = 0;

    Storage() = default;
    Storage(const Storage&) = delete;
    Storage& operator=(const Storage&) = delete;
    virtual ~Storage() = default;

    /// First of all, and again after close(). Creates nothing on disk but the folder itself.
    virtual Result<void> open(const StorageLayout& layout) = 0;

    /// How many octets of the file are there; 0 when it does not exist.
    virtual Result<std::uint64_t> size(std::uint32_t file) = 0;

    /// How many octets were read: may be fewer than asked for, and then the rest is asked for. None: nothing is there.
    virtual Result<std::uint64_t> read(std::uint32_t file, std::uint64_t offset, MutableBytes into) = 0;

    /// All parts, or an error (disk_full, permission_denied, io_error).
    virtual Result<void> write(std::uint32_t file, std::uint64_t offset, const WriteParts& parts) = 0;

    /// A descriptor from which the file can be sent at the same offsets. It stays open until close(), whatever is
    /// finished, moved or renamed. Override only when there is one.
    virtual Result<int> locate(std::uint32_t)
    {
        return make_error(Errc::unsupported, "no descriptor to send from");
    }

    /// Every piece of the file is verified and written. Also called, once, for a file found complete and for
    /// an empty file, which it must create.
    virtual Result<void> finish(std::uint32_t) { return {}; }

    /// What was written must survive a power cut when it returns.
    virtual Result<void> flush() { return {}; }

    /// Last of all, unless it is opened again.
    virtual void close() {}

    /// Everything that is stored goes to another folder, or stays where it is, complete, on an error; abi/storage.h has
    /// the rules. Override only where there is a folder.
    virtual Result<void> move(std::string_view, const MoveProgress&)
    {
        return make_error(Errc::unsupported, "this storage has no folder");
    }

    /// The file has another path from now on. Never over anything.
    virtual Result<void> rename(std::uint32_t, std::string_view)
    {
        return make_error(Errc::unsupported, "this storage has no paths");
    }

    /// Takes away what is stored of these files, and folders of the torrent that are empty then.
    virtual Result<void> remove(std::span<const std::uint32_t>)
    {
        return make_error(Errc::unsupported, "this storage cannot remove anything");
    }

    /// The instance is about to go: start nothing new.
    virtual void on_stop() {}
};

namespace detail {

template <std::derived_from<Storage> T>
struct StorageTable {
    static constexpr bool locates = !std::is_same_v<decltype(&T::locate), decltype(&Storage::locate)>;
    static constexpr bool finishes = !std::is_same_v<decltype(&T::finish), decltype(&Storage::finish)>;
    static constexpr bool flushes = !std::is_same_v<decltype(&T::flush), decltype(&Storage::flush)>;
    static constexpr bool moves = !std::is_same_v<decltype(&T::move), decltype(&Storage::move)>;
    static constexpr bool renames = !std::is_same_v<decltype(&T::rename), decltype(&Storage::rename)>;
    static constexpr bool removes = !std::is_same_v<decltype(&T::remove), decltype(&Storage::remove)>;

    template <class Call>
    static shoal_status call(void* self, const char* where, Call&& body) noexcept
    {
        auto& instance = Instance<T>::from(self);
        const auto* host = instance.host.raw();
        return fence(host, where, [&] { return explained(host, body(instance.object)); });
    }

    static shoal_status open(void* self, const shoal_storage_open* layout) noexcept
    {
        return call(self, "open", [&](T& storage) { return storage.open(StorageLayout(*layout)); });
    }

    static shoal_status size(void* self, std::uint32_t file, std::uint64_t* size) noexcept
    {
        return call(self, "size", [&](T& storage) {
            auto found = storage.size(file);
            *size = found ? *found : 0;
            return found;
        });
    }

    static shoal_status read(void* self, std::uint32_t file, std::uint64_t offset, void* data,
                             std::uint64_t size, std::uint64_t* got) noexcept
    {
        return call(self, "read", [&](T& storage) {
            auto read =
                storage.read(file, offset, {static_cast<std::byte*>(data), static_cast<std::size_t>(size)});
            *got = read ? *read : 0;
            return read;
        });
    }

    static shoal_status write(void* self, std::uint32_t file, std::uint64_t offset, const shoal_part* parts,
                              std::uint32_t count) noexcept
    {
        return call(self, "write", [&](T& storage) {
            return storage.write(file, offset, WriteParts(std::span(parts, count)));
        });
    }

    static shoal_status locate(void* self, std::uint32_t file, std::int32_t* descriptor) noexcept
    {
        return call(self, "locate", [&](T& storage) {
            auto found = storage.locate(file);
            *descriptor = found ? *found : -1;
            return found;
        });
    }

    static shoal_status finish(void* self, std::uint32_t file) noexcept
    {
        return call(self, "finish", [&](T& storage) { return storage.finish(file); });
    }

    static shoal_status flush(void* self) noexcept
    {
        return call(self, "flush", [](T& storage) { return storage.flush(); });
    }

    static void close(void* self) noexcept
    {
        auto& instance = Instance<T>::from(self);
        fence_void(instance.host.raw(), "close", [&] { instance.object.close(); });
    }

    static shoal_status move(void* self, shoal_text folder, const shoal_move_progress* progress) noexcept
    {
        return call(self, "move",
                    [&](T& storage) { return storage.move(from_abi(folder), MoveProgress(*progress)); });
    }

    static shoal_status rename(void* self, std::uint32_t file, shoal_text path) noexcept
    {
        return call(self, "rename", [&](T& storage) { return storage.rename(file, from_abi(path)); });
    }

    static shoal_status remove(void* self, const std::uint32_t* files, std::uint32_t count) noexcept
    {
        return call(self, "remove", [&](T& storage) { return storage.remove(std::span(files, count)); });
    }

    static constexpr shoal_storage_v1 table{sizeof(shoal_storage_v1),
                                            T::flags,
                                            &open,
                                            &size,
                                            &read,
                                            &write,
                                            locates ? &locate : nullptr,
                                            finishes ? &finish : nullptr,
                                            flushes ? &flush : nullptr,
                                            &close,
                                            moves ? &move : nullptr,
                                            renames ? &rename : nullptr,
                                            removes ? &remove : nullptr};
};

} // namespace detail

/// The factory of storage `T` for SHOAL_PLUGIN.
template <std::derived_from<Storage> T>
[[nodiscard]] constexpr shoal_factory storage(std::string_view name)
{
    return detail::make_factory<T>(SHOAL_KIND_STORAGE, name, &detail::StorageTable<T>::table);
}

} // namespace shoal
