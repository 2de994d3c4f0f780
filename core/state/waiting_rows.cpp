#include "state/waiting_rows.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace shoal::state {

namespace {

std::string text_of(const Hash20& info_hash)
{
    return std::string(as_text(info_hash.bytes));
}

struct Name {
    std::pair<std::string, std::string> operator()(const TorrentRecord& row) const { return {text_of(row.info_hash), {}}; }
    std::pair<std::string, std::string> operator()(const MetainfoRow& row) const { return {text_of(row.info_hash), {}}; }
    std::pair<std::string, std::string> operator()(const ProgressRow& row) const { return {text_of(row.info_hash), {}}; }
    std::pair<std::string, std::string> operator()(const TorrentErased& row) const { return {text_of(row.info_hash), {}}; }
    std::pair<std::string, std::string> operator()(const OwnRow& row) const { return {row.name, {}}; }
    std::pair<std::string, std::string> operator()(const KeptRow& row) const { return {row.plugin, row.key}; }
};

void append(std::vector<Done>& to, std::vector<Done> more)
{
    std::ranges::move(more, std::back_inserter(to));
}

}  // namespace

WaitingRows::Key WaitingRows::key_of(const Row& row)
{
    auto [first, second] = std::visit(Name(), row);
    return {row.index(), std::move(first), std::move(second)};
}

bool WaitingRows::is_awaited() const
{
    return std::ranges::any_of(rows_, [](const WaitingRow& waiting) { return !waiting.done.empty(); });
}

void WaitingRows::take_along(const Hash20& info_hash, std::vector<Done>& done)
{
    for (const auto& child : {Row(TorrentRecord{.info_hash = info_hash}), Row(MetainfoRow{info_hash, {}}), Row(ProgressRow{info_hash, {}})}) {
        const auto at = by_key_.find(key_of(child));
        if (at == by_key_.end()) continue;
        append(done, std::move(at->second->done));
        rows_.erase(at->second);
        by_key_.erase(at);
    }
}

// A row keeps the earliest place that it was given: what came between belongs to other rows, or needs this one to be there.
void WaitingRows::add(WaitingRow row)
{
    if (const auto* erased = std::get_if<TorrentErased>(&row.row)) {
        std::vector<Done> done;
        take_along(erased->info_hash, done);
        append(done, std::move(row.done));
        row.done = std::move(done);
    }
    auto key = key_of(row.row);
    const auto at = by_key_.find(key);
    if (at == by_key_.end()) {
        rows_.push_back(std::move(row));
        by_key_.emplace(std::move(key), std::prev(rows_.end()));
        return;
    }
    at->second->row = std::move(row.row);
    append(at->second->done, std::move(row.done));
}

std::vector<WaitingRow> WaitingRows::take()
{
    std::vector<WaitingRow> taken(std::move_iterator(rows_.begin()), std::move_iterator(rows_.end()));
    rows_.clear();
    by_key_.clear();
    return taken;
}

void WaitingRows::give_back(std::vector<WaitingRow> rows)
{
    auto newer = take();
    for (auto& row : rows) add(std::move(row));
    for (auto& row : newer) add(std::move(row));
}

const Row* WaitingRows::metainfo(const Hash20& info_hash) const
{
    for (const auto& row : {Row(MetainfoRow{info_hash, {}}), Row(TorrentErased{info_hash})}) {
        if (const auto at = by_key_.find(key_of(row)); at != by_key_.end()) return &at->second->row;
    }
    return nullptr;
}

const Row* metainfo_among(const std::vector<WaitingRow>& rows, const Hash20& info_hash)
{
    const Row* found = nullptr;
    for (const auto& [row, done] : rows) {
        const auto* metainfo = std::get_if<MetainfoRow>(&row);
        const auto* erased = std::get_if<TorrentErased>(&row);
        if ((metainfo != nullptr && metainfo->info_hash == info_hash) || (erased != nullptr && erased->info_hash == info_hash)) {
            found = &row;
        }
    }
    return found;
}

}  // namespace shoal::state
