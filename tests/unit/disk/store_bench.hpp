#pragma once

#include "support/made_torrent.hpp"
#include "support/strain.hpp"
#include "support/temporary_folder.hpp"

#include "disk/storage_store.hpp"
#include "host/registry.hpp"
#include "lab/node.hpp"
#include "lab/world.hpp"

#include <shoal/abi/storage.h>

#include <catch2/catch.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace shoal::disk::test {

using namespace std::chrono_literals;
using shoal::test::make_torrent;
using shoal::test::MadeTorrent;
using shoal::test::Recipe;
using shoal::test::TemporaryFolder;

inline MadeTorrent one_file()
{
    return make_torrent({.name = "one.bin", .files = {{"", 100'000, false}}});
}

// A store over a storage plug-in as it is shipped, on the workers of a simulated host.
class StoreBench {
public:
    StoreBench(MadeTorrent made, const std::string& storage, bool is_read_only = false)
        : made(std::move(made)), storage_(storage), is_read_only_(is_read_only)
    {
        registry_.scan(SHOAL_TEST_PLUGINS);
        if (storage == "strain") settings = support::harmless_strain("file");
        renew();
    }

    // The store ends before the world in which it lives, and so does what it has under way.
    ~StoreBench()
    {
        store.reset();
        world.run_for(1s);
    }

    // Another store on the same folder: the program was started again.
    void renew()
    {
        store.reset();
        world.run_for(1s);
        auto instance = make(storage_, settings);
        INFO((instance ? "" : instance.error().text));
        REQUIRE(instance);
        store = std::make_unique<StorageStore>(node.environment(), std::move(*instance), made.torrent,
                                               StorageSettings{folder.path().native(), is_read_only_, renamed});
    }

    // One that decorates has another one below, as it comes.
    Result<std::unique_ptr<host::Instance>> make(std::string_view name, const host::SettingValues& values)
    {
        const auto factory = registry_.find(SHOAL_KIND_STORAGE, name);
        if (!factory) return factory.error();
        return host::Instance::create(**factory,
                                      {.environment = node.environment(),
                                       .settings = values,
                                       .make_storage = [this](std::string_view below) { return make(below, {}); },
                                       .random = RandomStream(1, 1),
                                       .checked = true});
    }

    // Runs the world until `begin`'s completion has come, and gives its outcome.
    template <class T, class Begin>
    Result<T> wait(Begin begin)
    {
        auto outcome = std::make_shared<std::optional<Result<T>>>();
        begin([outcome](Result<T> result) {
            REQUIRE_FALSE(outcome->has_value());
            outcome->emplace(std::move(result));
        });
        CHECK_FALSE(outcome->has_value());  // never inline
        REQUIRE(world.run_until([&] { return outcome->has_value(); }, world.now() + 100s));
        return std::move(**outcome);
    }

    // Is there anything that may be the torrent's?
    Result<bool> open()
    {
        const auto there = open_pieces();
        if (!there) return there.error();
        return !there->none();
    }
    Result<Bitfield> open_pieces()
    {
        return wait<Bitfield>([&](auto done) { store->open(std::move(done)); });
    }
    Result<void> flush()
    {
        return wait<void>([&](auto done) { store->flush(std::move(done)); });
    }
    Result<bool> check(std::uint32_t piece)
    {
        return wait<bool>([&](auto done) { store->check(index(piece), std::move(done)); });
    }
    Result<void> write(std::uint32_t piece) { return write(piece, made.piece(piece)); }
    Result<void> write(std::uint32_t piece, ByteView octets)
    {
        auto buffer = std::move(*pool.take(static_cast<std::uint32_t>(octets.size())));
        std::ranges::copy(octets, buffer.bytes().begin());
        return wait<void>([&](auto done) {
            store->write(index(piece), std::move(buffer),
                         [done = std::move(done)](Buffer back, Result<void> result) mutable {
                             CHECK(back);
                             done(std::move(result));
                         });
        });
    }
    Result<void> write_block(std::uint32_t piece, std::uint32_t number)
    {
        const auto block = *made.torrent->geometry.block_at(piece, number);
        const auto octets = made.piece(piece).subspan(made.torrent->geometry.begin(block),
                                                      made.torrent->geometry.length(block));
        auto buffer = std::move(*pool.take(static_cast<std::uint32_t>(octets.size())));
        std::ranges::copy(octets, buffer.bytes().begin());
        return wait<void>([&](auto done) {
            store->write_block(
                block, std::move(buffer),
                [done = std::move(done)](Buffer, Result<void> result) mutable { done(std::move(result)); });
        });
    }
    Result<peer::OwnedBytes> read(const peer::BlockHead& range)
    {
        return wait<peer::OwnedBytes>(
            [&](auto done) { store->read(range, index(range.piece), std::move(done)); });
    }
    Result<void> finish(std::uint32_t file)
    {
        return wait<void>(
            [&](auto done) { store->finish(*made.torrent->geometry.file(file), std::move(done)); });
    }
    Result<void> close()
    {
        return wait<void>([&](auto done) { store->close(std::move(done)); });
    }

    PieceIndex index(std::uint32_t piece) const { return *made.torrent->geometry.piece(piece); }
    ByteView range(const peer::BlockHead& range) const
    {
        return made.piece(range.piece).subspan(range.begin, range.length);
    }

private:
    host::Registry registry_;  // its factories outlive all that was made with them, and the loop

public:
    MadeTorrent made;
    TemporaryFolder folder;
    host::SettingValues settings;
    std::map<std::uint32_t, std::string> renamed;
    lab::World world;
    lab::Node& node = world.add_node({.job_cost = 1ms});
    BufferPool pool{10u << 20};
    std::unique_ptr<StorageStore> store;

private:
    std::string storage_;
    bool is_read_only_;
};

}  // namespace shoal::disk::test
