#pragma once

#include "client/client.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace shoal::client {

// What a torrent has in it, before it is one of ours: a .torrent is fetched, or a magnet link's metadata from peers, and nothing is listed, kept
// or written. What was fetched is held for a while, so that who adds it then fetches nothing again. [loop]
class Peeks final {
public:
    explicit Peeks(Client& client) : client_(client) {}

    struct Peeked {
        session::FromFile file;
        std::vector<Endpoint> peers{};  // that the link names
    };
    using Answered = UniqueFunction<void(Result<control::Value>)>;

    // The answer says what torrents.peek promises.
    void look(const std::string& source, environment::Duration patience, Answered done);
    // What an earlier look() fetched, once.
    std::optional<Peeked> take(const std::string& source);

    static constexpr std::size_t most_held = 32;
    static constexpr std::size_t most_octets_held = 32 << 20;
    static constexpr environment::Duration longest_held = std::chrono::minutes{30};
    static constexpr std::size_t most_files_told = 2000;

private:
    struct Waiting {
        std::string source;
        Answered done;
    };
    struct Resolving {
        explicit Resolving(environment::Loop& loop) : patience(loop) {}
        TorrentHandle handle{0};
        environment::Timer patience;
        metainfo::Magnet magnet;
        std::vector<Waiting> waiting;
    };
    struct Held {
        std::string source;
        Peeked peeked;
        environment::Time since{};
    };

    void resolve(metainfo::Magnet magnet, environment::Duration patience, Waiting waiting);
    void on_resolved(const Hash20& torrent, Result<metainfo::TorrentFile> metainfo);
    void on_late(const Hash20& torrent);
    control::Value answer(const std::string& source, Peeked peeked);
    void hold(const std::string& source, Peeked peeked);
    void drop_oldest();
    std::deque<Held>::iterator find_held(const std::string& source);

    Client& client_;
    std::map<Hash20, std::unique_ptr<Resolving>> resolving_;
    std::deque<Held> held_;  // the oldest first
    std::size_t octets_held_ = 0;
};

void offer_peek(control::Registry& registry, const std::shared_ptr<Peeks>& peeks);

}  // namespace shoal::client
