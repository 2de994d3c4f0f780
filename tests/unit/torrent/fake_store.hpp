#pragma once

#include "disk/store.hpp"
#include "environment/loop.hpp"

#include <shoal/bitfield.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace shoal::torrent::test {

// What a FakeStore does and what was done with it; outlives the store, as a disk does.
struct FakeDisk {
    explicit FakeDisk(std::uint32_t piece_count) : pieces(piece_count) {}

    Bitfield pieces;                // that are there
    std::optional<Bitfield> sized;  // that may be there, by the sizes of the files; none: those that are
    environment::Duration delay = std::chrono::milliseconds{1};
    std::optional<Error> open_error;
    std::optional<Error> check_error;
    std::optional<Error> write_error;
    std::optional<Error> read_error;
    std::optional<Error> finish_error;
    std::optional<Error> flush_error;
    std::optional<Error> place_error;  // of a move, a renaming, a removal
    std::string folder = "home";
    bool holds_writes = false;  // they end when release() is called

    std::vector<std::string> calls;  // "open", "check 3", "write 3", "finish 0", "flush", "close"
    std::uint32_t checks_under_way = 0;
    std::uint32_t most_checks = 0;
    std::vector<std::function<void()>> held;

    void release()
    {
        for (const auto& end : std::exchange(held, {})) end();
    }
};

// A disk of synthetic pieces, whose errors and delays the test decides.
class FakeStore final : public disk::Store {
public:
    FakeStore(environment::Loop& loop, std::shared_ptr<FakeDisk> disk) : loop_(loop), disk_(std::move(disk))
    {
    }

    void open(Opened done) override
    {
        disk_->calls.push_back("open");
        later([disk = disk_, done = std::move(done)]() mutable {
            if (disk->open_error) return done(*disk->open_error);
            done(disk->sized.value_or(disk->pieces));
        });
    }

    void check(PieceIndex piece, Checked done) override
    {
        disk_->calls.push_back("check " + std::to_string(piece.value()));
        disk_->most_checks = std::max(disk_->most_checks, ++disk_->checks_under_way);
        later([disk = disk_, piece, done = std::move(done)]() mutable {
            --disk->checks_under_way;
            if (disk->check_error) return done(*disk->check_error);
            done(disk->pieces.test(piece.value()));
        });
    }

    std::uint32_t check_depth() const override { return 4; }

    void write(PieceIndex piece, disk::Buffer buffer, Written done) override
    {
        disk_->calls.push_back("write " + std::to_string(piece.value()));
        auto end = [disk = disk_, piece, buffer = std::move(buffer), done = std::move(done)]() mutable {
            if (disk->write_error) return done(std::move(buffer), *disk->write_error);
            disk->pieces.set(piece.value());
            done(std::move(buffer), {});
        };
        if (!disk_->holds_writes) return later(std::move(end));
        const auto held = std::make_shared<environment::Task>(std::move(end));
        disk_->held.push_back([held, alive = std::weak_ptr(alive_)] {
            if (!alive.expired()) (*held)();
        });
    }

    void write_block(BlockRef, disk::Buffer buffer, Written done) override
    {
        later(
            [buffer = std::move(buffer), done = std::move(done)]() mutable { done(std::move(buffer), {}); });
    }

    void read(const peer::BlockHead& range, PieceIndex, Read done) override
    {
        later([disk = disk_, length = range.length, done = std::move(done)]() mutable {
            if (disk->read_error) return done(*disk->read_error);
            done(peer::OwnedBytes(std::make_shared<Bytes>(length)));
        });
    }

    std::optional<std::vector<peer::BlockPart>> locate(const peer::BlockHead&, PieceIndex) override
    {
        return std::nullopt;
    }

    void finish(FileIndex file, Done done) override
    {
        disk_->calls.push_back("finish " + std::to_string(file.value()));
        later([disk = disk_, done = std::move(done)]() mutable {
            if (disk->finish_error) return done(*disk->finish_error);
            done({});
        });
    }

    void move(std::string folder, Progress progress, Done done) override
    {
        disk_->calls.push_back("move " + folder);
        later([disk = disk_, progress = std::move(progress)]() mutable { progress(1, 2); });
        later([disk = disk_, folder, done = std::move(done)]() mutable {
            if (disk->place_error) return done(*disk->place_error);
            disk->folder = folder;
            done({});
        });
    }
    void cancel_moves() override { disk_->calls.push_back("cancel"); }
    void let_go(Done done) override
    {
        disk_->calls.push_back("let go");
        change_place(std::move(done));
    }
    void rename(FileIndex file, std::string path, Done done) override
    {
        disk_->calls.push_back("rename " + std::to_string(file.value()) + " " + path);
        change_place(std::move(done));
    }
    void remove(std::vector<FileIndex> files, Done done) override
    {
        disk_->calls.push_back("remove " + std::to_string(files.size()));
        later([disk = disk_, done = std::move(done)]() mutable {
            if (disk->place_error) return done(*disk->place_error);
            disk->pieces.clear_all();
            done({});
        });
    }
    void flush(Done done) override { flush_as("flush", std::move(done)); }
    void close(Done done) override { flush_as("close", std::move(done)); }

private:
    void change_place(Done done)
    {
        later([disk = disk_, done = std::move(done)]() mutable {
            if (disk->place_error) return done(*disk->place_error);
            done({});
        });
    }

    void flush_as(const std::string& call, Done done)
    {
        disk_->calls.push_back(call);
        later([disk = disk_, done = std::move(done)]() mutable {
            if (disk->flush_error) return done(*disk->flush_error);
            done({});
        });
    }

    void later(environment::Task task)
    {
        loop_.start_timer(disk_->delay, [alive = std::weak_ptr(alive_), task = std::move(task)]() mutable {
            if (!alive.expired()) task();
        });
    }

    environment::Loop& loop_;
    std::shared_ptr<FakeDisk> disk_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace shoal::torrent::test
