#include "strain_storage.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace shoal::strain_storage {

StrainStorage::StrainStorage(Host& host, Result<InnerStorage> inner, Result<StrainSettings> settings)
    : host_(host), workers_(host.workers()), inner_(std::move(inner)), settings_(std::move(settings)),
      faults_(settings_ ? settings_->faults : FaultSettings{}, settings_ ? settings_->seed : 0)
{
}

// Before the call: of two that are under way, the later one may be the first to be done.
Fate StrainStorage::meet(Verb verb, std::uint64_t octets)
{
    constexpr std::chrono::nanoseconds longest = std::chrono::minutes{1};
    const auto fate = faults_.decide(verb, octets, host_.now());
    if (fate.pause.count() > 0) static_cast<void>(workers_.pause(std::min(fate.pause, longest)));
    return fate;
}

Error StrainStorage::failure(Verb verb, const Fate& fate) const
{
    return make_error(settings_->error, "the storage 'strain' lets call " + std::to_string(fate.number) + ", a "
                                            + std::string(verb_names[static_cast<std::size_t>(verb)]) + ", fail");
}

template <class Call>
auto StrainStorage::strained(Verb verb, Call&& call) -> decltype(call())
{
    const auto fate = meet(verb, 0);
    if (fate.fails) return failure(verb, fate);
    return call();
}

Result<void> StrainStorage::open(const StorageLayout& layout)
{
    if (!settings_) return settings_.error();
    if (!inner_) return inner_.error();
    return strained(Verb::open, [&] { return inner_->open(layout); });
}

Result<std::uint64_t> StrainStorage::size(std::uint32_t file)
{
    return strained(Verb::size, [&] { return inner_->size(file); });
}

Result<std::uint64_t> StrainStorage::read(std::uint32_t file, std::uint64_t offset, MutableBytes into)
{
    const auto fate = meet(Verb::read, into.size());
    if (fate.fails) return failure(Verb::read, fate);
    return inner_->read(file, offset, into.first(static_cast<std::size_t>(fate.at_once)));
}

// What fails may have begun. What is done in part goes on: a storage writes everything or fails.
Result<void> StrainStorage::write(std::uint32_t file, std::uint64_t offset, const WriteParts& parts)
{
    const auto total = parts.total();
    const auto fate = meet(Verb::write, total);
    const bool is_short = fate.at_once < total;
    if (fate.fails && !is_short) return failure(Verb::write, fate);
    auto written = inner_->write(file, offset, cut(parts.raw(), 0, fate.at_once));
    if (written && fate.fails) return failure(Verb::write, fate);
    if (!written || !is_short) return written;
    return inner_->write(file, offset + fate.at_once, cut(parts.raw(), fate.at_once, total - fate.at_once));
}

Result<void> StrainStorage::finish(std::uint32_t file)
{
    return strained(Verb::finish, [&] { return inner_->finish(file); });
}

Result<void> StrainStorage::flush()
{
    return strained(Verb::flush, [&] { return inner_->flush(); });
}

Result<void> StrainStorage::move(std::string_view folder, const MoveProgress& progress)
{
    return strained(Verb::move, [&] { return inner_->move(folder, progress); });
}

Result<void> StrainStorage::rename(std::uint32_t file, std::string_view path)
{
    return strained(Verb::rename, [&] { return inner_->rename(file, path); });
}

Result<void> StrainStorage::remove(std::span<const std::uint32_t> files)
{
    return strained(Verb::remove, [&] { return inner_->remove(files); });
}

std::vector<shoal_part> cut(std::span<const shoal_part> parts, std::uint64_t from, std::uint64_t size)
{
    std::vector<shoal_part> some;
    for (const auto& part : parts) {
        const auto skipped = std::min(from, part.size);
        const auto taken = std::min(size, part.size - skipped);
        from -= skipped;
        size -= taken;
        if (taken > 0) some.push_back({static_cast<const std::byte*>(part.data) + skipped, taken});
    }
    return some;
}

} // namespace shoal::strain_storage
