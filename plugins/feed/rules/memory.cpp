#include "memory.hpp"

#include "memory_codec.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

namespace shoal::feed_rules {
namespace {

// Of the 16 MiB that a plug-in may keep, the larger part.
constexpr std::size_t largest_piece = 180 * 1024;

} // namespace

std::string_view state_name(ClaimState state)
{
    switch (state) {
    case ClaimState::waiting: return "waiting";
    case ClaimState::adding: return "adding";
    case ClaimState::failed: return "failed";
    }
    return "failed";
}

bool Candidate::is_better_than(const Candidate& other) const
{
    const auto merits = [](const Candidate& one) { return std::tuple(-one.preference, one.rank, one.revision, one.seeders, -one.published); };
    return merits(*this) > merits(other);
}

const Memo* Memory::find(const std::string& key) const
{
    const auto at = memos_.find(key);
    return at == memos_.end() ? nullptr : &at->second;
}

Memo& Memory::change(const std::string& key)
{
    changed_.insert(piece_of(key));
    return memos_[key];
}

bool Memory::forget(const std::string& key)
{
    if (memos_.erase(key) == 0) return false;
    changed_.insert(piece_of(key));
    return true;
}

std::size_t Memory::claims() const
{
    return static_cast<std::size_t>(std::ranges::count_if(memos_, [](const auto& memo) { return memo.second.claim.has_value(); }));
}

std::int64_t Memory::count(const std::string& rule, std::int64_t since) const
{
    return std::ranges::count_if(memos_, [&](const auto& entry) {
        const auto& [taken, claim] = entry.second;
        const bool was_taken = taken && taken->rule == rule && taken->at >= since && !taken->torrent.empty();
        return was_taken || (claim && claim->rule == rule && claim->state != ClaimState::failed);
    });
}

// FNV-1a: the same on every machine and in every build.
std::size_t Memory::piece_of(std::string_view key)
{
    std::uint32_t hash = 2166136261U;
    for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    return (hash ^ (hash >> 16)) % pieces;
}

std::vector<std::pair<std::size_t, Bytes>> Memory::take_changed()
{
    std::map<std::size_t, std::vector<Encoded>> by_piece;
    for (const auto piece : std::exchange(changed_, {})) by_piece[piece];
    if (by_piece.empty()) return {};
    for (const auto& [key, memo] : memos_) {
        const auto at = by_piece.find(piece_of(key));
        if (at == by_piece.end()) continue;
        bencode::Writer writer;
        write_memo(writer, memo);
        at->second.push_back({key, writer.take(), memo.taken && !memo.claim ? std::optional(memo.taken->at) : std::nullopt});
    }
    std::vector<std::pair<std::size_t, Bytes>> out;
    for (auto& [piece, memos] : by_piece) {
        drop_oldest(memos);
        bencode::Writer writer;
        writer.begin_dict();
        for (const auto& memo : memos) writer.key(memo.key).raw(memo.octets);
        writer.end_dict();
        out.emplace_back(piece, writer.take());
    }
    return out;
}

// A tenth more than must be: it is not done each time.
void Memory::drop_oldest(std::vector<Encoded>& memos)
{
    const auto size_of = [](const Encoded& memo) { return memo.key.size() + memo.octets.size() + 8; };
    std::size_t size = 0;
    for (const auto& memo : memos) size += size_of(memo);
    if (size <= largest_piece) return;
    std::ranges::stable_sort(memos, {}, [](const Encoded& memo) { return memo.taken_at.value_or(std::numeric_limits<std::int64_t>::max()); });
    std::size_t dropped = 0;
    while (dropped < memos.size() && memos[dropped].taken_at && size > largest_piece / 10 * 9) {
        size -= size_of(memos[dropped]);
        memos_.erase(memos[dropped++].key);
    }
    memos.erase(memos.begin(), memos.begin() + static_cast<std::ptrdiff_t>(dropped));
    std::ranges::sort(memos, {}, &Encoded::key);
}

bool Memory::read_piece(ByteView piece)
{
    const auto document = bencode::Document::parse(piece);
    if (!document || !document->root().is_dict()) return false;
    for (const auto& [key, node] : document->root().entries()) {
        auto memo = read_memo(node);
        if (memo.claim || memo.taken) memos_.insert_or_assign(std::string(key), std::move(memo));
    }
    return true;
}

} // namespace shoal::feed_rules
