// Looks up trackers' names: once for all who wait for the same one, as a hundred torrents with the same
// tracker do.
#pragma once

#include <shoal/endpoint.hpp>
#include <shoal/result.hpp>
#include <shoal/services.hpp>
#include <shoal/unique_function.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace shoal::udp_tracker {

class Names {
public:
    /// For each that waited, by its number; never from inside look_up().
    using Found = UniqueFunction<void(std::uint64_t number, const Result<std::vector<Endpoint>>& found)>;

    Names(const Resolver& resolver, Found found) : resolver_(resolver), found_(std::move(found)) {}

    /// An error: nobody could be asked, nothing will be found. The port of what is found is 0.
    Result<void> look_up(const std::string& name, std::uint64_t number);
    /// Waits no longer. The last one to go cancels the look-up.
    void leave(const std::string& name, std::uint64_t number);

private:
    struct LookUp {
        std::uint64_t generation; // an answer to one that was left is not the next one's
        std::uint64_t operation;
        std::vector<std::uint64_t> waiting;
    };

    void on_found(const std::string& name, std::uint64_t generation,
                  const Result<std::vector<Endpoint>>& found);

    Resolver resolver_;
    Found found_;
    std::map<std::string, LookUp> under_way_;
    std::uint64_t last_generation_ = 0;
};

} // namespace shoal::udp_tracker
