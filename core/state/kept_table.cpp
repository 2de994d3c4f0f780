#include "state/kept_table.hpp"

#include <utility>

namespace shoal::state {

namespace {

constexpr std::uint64_t most_octets = 16u << 20;         // of one plug-in
constexpr std::uint64_t most_octets_of_all = 60u << 20;  // they are all in memory
constexpr std::uint64_t octets_of_a_row = 32;            // what it takes beside its key and value, about
constexpr auto delay = std::chrono::minutes{1};

}  // namespace

KeptTable::KeptTable(environment::Loop& loop, KeptSpaces spaces, Put put)
    : put_(std::move(put)), timer_(loop), spaces_(std::move(spaces))
{
    for (const auto& [plugin, space] : spaces_) {
        for (const auto& [key, value] : space) {
            octets_[plugin] += key.size() + value.size();
            octets_of_all_ += key.size() + value.size() + octets_of_a_row;
        }
    }
}

const Bytes* KeptTable::find(const std::string& plugin, std::string_view key)
{
    const auto space = spaces_.find(plugin);
    if (space == spaces_.end()) return nullptr;
    const auto at = space->second.find(key);
    return at == space->second.end() ? nullptr : &at->second;
}

Result<void> KeptTable::write(const std::string& plugin, std::string_view key, ByteView value)
{
    const auto* before = find(plugin, key);
    const std::uint64_t freed = before == nullptr ? 0 : key.size() + before->size();
    const std::uint64_t taken = key.size() + value.size();
    const auto own = octets_[plugin] - freed + taken;
    const auto all = octets_of_all_ - freed + taken + (before == nullptr ? octets_of_a_row : 0);
    if (own > most_octets) return make_error(Errc::limit_exceeded, plugin + " keeps too much");
    if (all > most_octets_of_all) return make_error(Errc::limit_exceeded, "the plug-ins together keep too much");
    octets_[plugin] = own;
    octets_of_all_ = all;
    spaces_[plugin].insert_or_assign(std::string(key), Bytes(value.begin(), value.end()));
    on_change(plugin, key);
    return {};
}

void KeptTable::erase(const std::string& plugin, std::string_view key)
{
    const auto* before = find(plugin, key);
    if (before == nullptr) return;
    const std::uint64_t freed = key.size() + before->size();
    octets_[plugin] -= freed;
    octets_of_all_ -= freed + octets_of_a_row;
    auto& space = spaces_[plugin];
    on_change(plugin, key);
    space.erase(space.find(key));
}

std::vector<std::string_view> KeptTable::keys(const std::string& plugin, std::string_view prefix, std::string_view after,
                                              std::size_t most) const
{
    std::vector<std::string_view> found;
    const auto space = spaces_.find(plugin);
    if (space == spaces_.end()) return found;
    const auto& all = space->second;
    for (auto at = after < prefix ? all.lower_bound(prefix) : all.upper_bound(after);
         at != all.end() && at->first.starts_with(prefix) && found.size() < most; ++at) {
        found.push_back(at->first);
    }
    return found;
}

void KeptTable::on_change(const std::string& plugin, std::string_view key)
{
    changed_.emplace(plugin, key);
    if (!timer_.is_pending()) timer_.start(delay, [this] { hand_on(); });
}

void KeptTable::hand_on()
{
    timer_.cancel();
    for (const auto& [plugin, key] : std::exchange(changed_, {})) {
        const auto* value = find(plugin, key);
        put_({plugin, key, value == nullptr ? std::nullopt : std::optional(*value)});
    }
}

}  // namespace shoal::state
