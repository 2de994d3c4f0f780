// Any other storage, on a disk that is slow, fails, ends what was begun together in any order, and does things in part.
// What is kept is what the other one keeps: nothing here changes an octet.
#pragma once

#include "faults.hpp"

#include <shoal/inner_storage.hpp>
#include <shoal/result.hpp>
#include <shoal/storage.hpp>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace shoal::strain_storage {

struct StrainSettings {
    FaultSettings faults;
    Errc error = Errc::io_error; // of what fails
    std::uint64_t seed = 0;
};

class StrainStorage : public Storage {
public:
    // Even where the one below is not: its turns are the host's work.
    static constexpr std::uint32_t flags = SHOAL_STORAGE_PARALLEL;

    StrainStorage(Host& host, Result<InnerStorage> inner, Result<StrainSettings> settings);

    Result<void> open(const StorageLayout& layout) override;
    Result<std::uint64_t> size(std::uint32_t file) override;
    Result<std::uint64_t> read(std::uint32_t file, std::uint64_t offset, MutableBytes into) override;
    Result<void> write(std::uint32_t file, std::uint64_t offset, const WriteParts& parts) override;
    Result<void> finish(std::uint32_t file) override;
    Result<void> flush() override;
    void close() override { inner_->close(); }
    Result<void> move(std::string_view folder, const MoveProgress& progress) override;
    Result<void> rename(std::uint32_t file, std::string_view path) override;
    Result<void> remove(std::span<const std::uint32_t> files) override;
    // No locate(): what is sent from a descriptor would pass by all this.

private:
    Fate meet(Verb verb, std::uint64_t octets);
    Error failure(Verb verb, const Fate& fate) const;
    // Waits, fails, or does it.
    template <class Call>
    auto strained(Verb verb, Call&& call) -> decltype(call());

    Host host_;
    Workers workers_;
    Result<InnerStorage> inner_; // an error is told by open(), and nothing else is called then
    Result<StrainSettings> settings_;
    Faults faults_;
};

/// `size` octets of the parts from `from` on.
std::vector<shoal_part> cut(std::span<const shoal_part> parts, std::uint64_t from, std::uint64_t size);

} // namespace shoal::strain_storage
