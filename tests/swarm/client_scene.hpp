#pragma once

#include "support/crowd.hpp"
#include "support/temporary_folder.hpp"

#include "client/client.hpp"
#include "client/torrent_methods.hpp"
#include "metainfo/create.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace shoal::test {

using namespace std::chrono_literals;
using client::Client;
using control::Value;
using support::Crowd;

struct SceneSettings {
    std::string storage = "file";
    session::PluginSettings plugins{};
    std::vector<std::string> trackers{};
    std::vector<std::string> discoveries{};
    std::vector<std::string> guarded{};  // below the scene's folder
};

// A seed, and a host with a client whose database and files are real.
struct ClientScene {
    ClientScene() : ClientScene(SceneSettings{}) {}
    explicit ClientScene(SceneSettings given)
        : settings(std::move(given)), crowd({.pieces = 64, .piece_length = 16'384, .files = {400'000, 643'576}, .has_octets = true,
                                            .trackers = settings.trackers})
    {
        seed = &crowd.add({.is_seed = true, .extensions = {"metadata"}});
        seed->start({});
        node = &crowd.world.add_node({.down = 200'000});
        torrent_file = folder.write("crowd.torrent", as_text(metainfo::to_torrent(crowd.content.torrent)));
        open();
    }
    ~ClientScene() { client.reset(); }

    void open()
    {
        methods = std::make_unique<control::Registry>([this] { return unix_time; });
        auto opened = state::Library::open(node->loop(), node->environment().workers, folder / "shoal.db", {});
        if (!opened) FAIL(opened.error().text);
        library = std::move(*opened);
        transport = std::make_unique<peer::StreamTransport>(node->loop(), node->environment().network);
        std::vector<std::string> guarded;
        for (const auto& place : settings.guarded) guarded.push_back(folder / place);
        client = std::make_unique<Client>(
            Client::Parts{node->environment(), *transport, crowd.registry, *library, *methods,
                          [this] { return unix_time; }, {}},
            client::ClientSettings{.session = {.listen = {node->endpoint(6881)},
                                               .discoveries = settings.discoveries,
                                               .extensions = {"metadata"},
                                               .sources = {"magnet", "file"},
                                               .plugins = settings.plugins},
                                   .torrents = {.folder = folder / "files", .storage = settings.storage},
                                   .guarded = std::move(guarded)});
        client::offer_torrent_methods(*client, *methods);
        heard = methods->subscribe([this](std::string_view event, const Value::Map&) { events.emplace_back(event); });
        REQUIRE(client->start());
    }

    // In peace: the process ends, and another begins.
    void restart()
    {
        bool is_stopped = false;
        client->stop([&](const Result<void>&) { is_stopped = true; });
        crowd.world.run_for(10s);
        REQUIRE(is_stopped);
        close();
        open();
    }
    void close()
    {
        heard.reset();
        client.reset();
        transport.reset();
        library.reset();
    }
    // It dies: nothing that was under way is finished.
    void kill()
    {
        node->crash();
        close();
        node->restart();
        open();
    }

    Result<Value> call(std::string_view method, Value::Map arguments)
    {
        std::optional<Result<Value>> answer;
        methods->call(method, std::move(arguments), [&](Result<Value> given) { answer = std::move(given); });
        for (int turn = 0; turn < 100 && !answer; ++turn) crowd.world.run_for(100ms);
        REQUIRE(answer);
        check_rows(method, *answer);
        return std::move(*answer);
    }
    // What is answered is what the method says of it: or a filter that asks for it would be refused.
    void check_rows(std::string_view method, const Result<Value>& answer)
    {
        if (!answer || methods->find(method) == nullptr) return;
        const auto& rows = methods->about(method).rows;
        const auto* all = answer->as_list();
        const auto check = [&](const Value& one) {
            if (rows.empty() || one.as_map() == nullptr) return;
            for (const auto& name : one.as_map()->keys()) {
                INFO(method << " answers " << name);
                REQUIRE(std::ranges::find(rows, name, &control::Field::name) != rows.end());
            }
        };
        if (all == nullptr) return check(*answer);
        for (const auto& one : *all) check(one);
    }
    Value::Map of_torrent() { return Value::Map{}.set("torrent", hash()); }
    std::string hash() const { return crowd.content.torrent.info_hash.hex(); }
    std::string add(std::string source = {})
    {
        Value::Map arguments;
        arguments.set("source", source.empty() ? torrent_file : source);
        arguments.set("peers", Value::List{seed->endpoint().to_string()});
        const auto added = call("torrents.add", std::move(arguments));
        return added ? *added->as_text() : added.error().text;
    }
    Value::Map show()
    {
        const auto shown = call("torrents.show", of_torrent());
        REQUIRE(shown);
        return *shown->as_map();
    }
    std::string state() { return *show().find("state")->as_text(); }
    double progress() { return *show().find("progress")->as_real(); }
    bool wait_for(const std::string& wanted, lab::Duration limit = 120s)
    {
        const auto end = crowd.world.now() + limit;
        while (crowd.world.now() < end && state() != wanted) crowd.world.run_for(250ms);
        return state() == wanted;
    }
    bool wait_for_progress(double wanted)
    {
        const auto end = crowd.world.now() + 60s;
        while (crowd.world.now() < end && progress() < wanted) crowd.world.run_for(100ms);
        return progress() >= wanted;
    }
    Value::List files()
    {
        const auto listed = call("torrents.files", of_torrent());
        REQUIRE(listed);
        return *listed->as_list();
    }
    bool is_whole(const std::string& where = "files")
    {
        const auto name = where + "/" + crowd.content.torrent.name + "/";
        std::string all;
        for (const auto& file : crowd.content.torrent.files) all += folder.read(name + file.path);
        return all == as_text(crowd.content.octets);
    }

    SceneSettings settings;
    TemporaryFolder folder;
    Crowd crowd;
    support::Member* seed = nullptr;
    lab::Node* node = nullptr;
    std::string torrent_file;
    std::int64_t unix_time = 1'800'000'000;
    std::unique_ptr<control::Registry> methods;
    std::unique_ptr<state::Library> library;
    std::unique_ptr<peer::StreamTransport> transport;
    std::unique_ptr<Client> client;
    std::unique_ptr<control::Registry::Subscription> heard;
    std::vector<std::string> events;
};

}  // namespace shoal::test
