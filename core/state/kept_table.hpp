#pragma once

#include "environment/loop.hpp"
#include "host/sinks.hpp"
#include "state/rows.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::state {

// What plug-ins keep between runs: in memory, and each value a row of the database a minute after it changed. [loop]
class KeptTable final : public host::KeptValues {
public:
    using Put = std::function<void(KeptRow)>;

    // `spaces` is what was kept so far.
    KeptTable(environment::Loop& loop, KeptSpaces spaces, Put put);

    const Bytes* find(const std::string& plugin, std::string_view key) override;
    Result<void> write(const std::string& plugin, std::string_view key, ByteView value) override;
    void erase(const std::string& plugin, std::string_view key) override;
    std::vector<std::string_view> keys(const std::string& plugin, std::string_view prefix, std::string_view after,
                                       std::size_t most) const override;

    // Hands on what changed, without waiting for the minute to be over.
    void hand_on() override;

private:
    void on_change(const std::string& plugin, std::string_view key);

    Put put_;
    environment::Timer timer_;
    KeptSpaces spaces_;
    std::map<std::string, std::uint64_t> octets_;  // by plug-in, keys included
    std::uint64_t octets_of_all_ = 0;
    std::set<std::pair<std::string, std::string>> changed_;
};

}  // namespace shoal::state
