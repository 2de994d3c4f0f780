// What the cases of storage_suite.hpp work with: a storage made and opened through its C table, and a note of
// every promise that was not kept. Nothing here stops at a failure: what follows may fail for the same
// reason.
#pragma once

#include "testing/bare_host.hpp"
#include "testing/findings.hpp"

#include <shoal/abi/plugin.h>
#include <shoal/abi/storage.h>
#include <shoal/crossing.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::testing {

struct StorageSubject {
    const shoal_factory* factory = nullptr; // of kind shoal.storage/1
    SettingNumbers settings{};              // every setting of its manifest
    bool keeps = true; // what was written is there for the next instance on the same folder
    // For a storage that decorates another one.
    std::map<std::string, std::string, std::less<>> texts{}; // its settings of type text
    InnerSubject inner{};
    bool has_places = true; // the one below can move and rename
};

struct TrialFile {
    std::string path;
    std::uint64_t length = 0;
    std::uint32_t flags = 0;
};

/// What open() gets; keeps all that it points to.
class TrialLayout {
public:
    TrialLayout(std::string folder, std::vector<TrialFile> files, std::uint32_t flags = 0)
        : folder_(std::move(folder)), files_(std::move(files))
    {
        for (const auto& file : files_) rows_.push_back({to_abi(file.path), file.length, file.flags, 0});
        const auto count = static_cast<std::uint32_t>(rows_.size());
        raw_ = {sizeof raw_, flags, to_abi(folder_), rows_.data(), count, sizeof(shoal_storage_file)};
    }
    TrialLayout(const TrialLayout&) = delete;
    TrialLayout& operator=(const TrialLayout&) = delete;

    [[nodiscard]] const shoal_storage_open& raw() const { return raw_; }

private:
    std::string folder_;
    std::vector<TrialFile> files_;
    std::vector<shoal_storage_file> rows_;
    shoal_storage_open raw_{};
};

/// An instance between open() and close(); the destructor closes and destroys it.
class OpenStorage {
public:
    OpenStorage(const StorageSubject& subject, const shoal_storage_open& layout, Findings& findings)
        : factory_(*subject.factory), table_(*static_cast<const shoal_storage_v1*>(factory_.table)),
          has_places_(subject.has_places), findings_(findings),
          host_(std::make_unique<BareHost>(subject.settings, subject.texts,
                                           subject.inner.factory != nullptr ? &subject.inner : nullptr))
    {
        if (!succeeds(factory_.create(host_->raw(), &self_), "create")) self_ = nullptr;
        if (self_ != nullptr) is_open_ = succeeds(table_.open(self_, &layout), "open");
    }
    OpenStorage(const OpenStorage&) = delete;
    OpenStorage& operator=(const OpenStorage&) = delete;

    ~OpenStorage()
    {
        if (is_open_) table_.close(self_);
        if (self_ == nullptr) return;
        if (factory_.stop != nullptr) factory_.stop(self_);
        factory_.destroy(self_);
    }

    [[nodiscard]] bool is_open() const { return is_open_; }
    [[nodiscard]] bool is_parallel() const { return (table_.flags & SHOAL_STORAGE_PARALLEL) != 0; }
    [[nodiscard]] bool can_locate() const { return table_.locate != nullptr; }

    std::uint64_t size(std::uint32_t file)
    {
        std::uint64_t size = 0;
        if (is_open_) succeeds(table_.size(self_, file, &size), "size");
        return size;
    }

    std::string read(std::uint32_t file, std::uint64_t offset, std::uint64_t size)
    {
        std::string text(size, '?');
        std::uint64_t done = 0;
        std::uint64_t got = 0;
        do { // less than was asked for is no end; nothing is
            got = 0;
            if (!is_open_) break;
            if (!succeeds(table_.read(self_, file, offset + done, text.data() + done, size - done, &got), "read")) break;
            if (!findings_.expect(got <= size - done, "read says that it read more than was asked for")) break;
            done += got;
        } while (got > 0 && done < size);
        text.resize(done);
        return text;
    }

    shoal_status try_write(std::uint32_t file, std::uint64_t offset,
                           const std::vector<std::string_view>& texts)
    {
        std::vector<shoal_part> parts;
        for (const auto text : texts) parts.push_back({text.data(), text.size()});
        return is_open_
                   ? table_.write(self_, file, offset, parts.data(), static_cast<std::uint32_t>(parts.size()))
                   : SHOAL_E_STATE;
    }

    bool write(std::uint32_t file, std::uint64_t offset, std::string_view text)
    {
        return succeeds(try_write(file, offset, {text}), "write");
    }

    bool finish(std::uint32_t file)
    {
        return table_.finish == nullptr || !is_open_ || succeeds(table_.finish(self_, file), "finish");
    }

    bool flush() { return table_.flush == nullptr || !is_open_ || succeeds(table_.flush(self_), "flush"); }

    /// None where the storage has no descriptor for that file.
    std::optional<int> locate(std::uint32_t file)
    {
        std::int32_t descriptor = -1;
        if (!is_open_ || !can_locate()) return std::nullopt;
        const auto status = table_.locate(self_, file, &descriptor);
        if (status == SHOAL_E_UNSUPPORTED) return std::nullopt;
        succeeds(status, "locate");
        return descriptor;
    }

    [[nodiscard]] bool can_move() const { return table_.move != nullptr && has_places_; }
    [[nodiscard]] bool can_rename() const { return table_.rename != nullptr && has_places_; }
    [[nodiscard]] bool can_remove() const { return table_.remove != nullptr; }

    /// `reports`: how often it may tell how far it is before it hears that it has to stop.
    shoal_status try_move(const std::string& folder, int reports)
    {
        Mover mover{reports};
        const shoal_move_progress progress{sizeof progress, 0, &mover, &Mover::report};
        const auto status = is_open_ ? table_.move(self_, to_abi(folder), &progress) : SHOAL_E_STATE;
        findings_.expect(mover.is_sane, "a move says that it has done more than there is to do");
        return status;
    }

    bool move(const std::string& folder) { return succeeds(try_move(folder, 1'000'000), "move"); }

    shoal_status try_rename(std::uint32_t file, std::string_view path)
    {
        return is_open_ ? table_.rename(self_, file, to_abi(path)) : SHOAL_E_STATE;
    }

    bool rename(std::uint32_t file, std::string_view path) { return succeeds(try_rename(file, path), "rename"); }

    bool remove(const std::vector<std::uint32_t>& files)
    {
        return is_open_
               && succeeds(table_.remove(self_, files.data(), static_cast<std::uint32_t>(files.size())), "remove");
    }

    /// As when a torrent is paused.
    void close_and_open(const shoal_storage_open& layout)
    {
        if (!is_open_) return;
        table_.close(self_);
        is_open_ = succeeds(table_.open(self_, &layout), "open");
    }

    [[nodiscard]] std::string take_error() { return host_->take_error(); }

private:
    struct Mover {
        static std::int32_t report(void* context, std::uint64_t done, std::uint64_t total)
        {
            auto& mover = *static_cast<Mover*>(context);
            mover.is_sane = mover.is_sane && done <= total;
            return mover.left-- > 0 ? 1 : 0;
        }
        int left;
        bool is_sane = true;
    };

    bool succeeds(shoal_status status, std::string_view call)
    {
        return findings_.expect(status >= 0, std::string(call) + " failed with " + std::to_string(status)
                                                 + ": " + host_->take_error());
    }

    const shoal_factory& factory_;
    const shoal_storage_v1& table_;
    bool has_places_;
    Findings& findings_;
    std::unique_ptr<BareHost> host_;
    void* self_ = nullptr;
    bool is_open_ = false;
};

/// One case on one empty folder.
class StorageTrial {
public:
    StorageTrial(const StorageSubject& subject, std::string folder)
        : subject_(subject), folder_(std::move(folder))
    {
    }

    [[nodiscard]] const StorageSubject& subject() const { return subject_; }

    std::unique_ptr<OpenStorage> open(const std::vector<TrialFile>& files, std::uint32_t flags = 0)
    {
        return open_in("", files, flags);
    }

    std::unique_ptr<OpenStorage> open_in(const std::string& below, const std::vector<TrialFile>& files,
                                         std::uint32_t flags = 0)
    {
        const auto folder = below.empty() ? folder_ : folder_ + "/" + below;
        const TrialLayout layout(folder, files, flags);
        return std::make_unique<OpenStorage>(subject_, layout.raw(), findings_);
    }

    [[nodiscard]] std::string path(const std::string& below) const { return folder_ + "/" + below; }

    bool expect(bool holds, std::string_view what) { return findings_.expect(holds, what); }
    [[nodiscard]] std::vector<std::string> take_findings() { return findings_.take(); }

private:
    const StorageSubject& subject_;
    std::string folder_;
    Findings findings_;
};

/// `size` octets that differ from place to place, and by seed.
[[nodiscard]] inline std::string pattern(std::size_t size, std::uint32_t seed)
{
    std::string text(size, '\0');
    for (auto& c : text) c = static_cast<char>((seed = seed * 1664525U + 1013904223U) >> 24);
    return text;
}

} // namespace shoal::testing
