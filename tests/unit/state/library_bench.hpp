// A library in a folder of its own, on a loop and workers that do nothing until the test says so.
#pragma once

#include "support/temporary_folder.hpp"
#include "unit/host/fake_environment.hpp"
#include "unit/state/library_records.hpp"

#include "state/database.hpp"
#include "state/library.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::state::test {

struct Lines final : host::LogSink {
    bool wants(host::LogLevel) const noexcept override { return true; }
    void write(host::LogLevel, std::string_view line) noexcept override { lines.emplace_back(line); }
    std::vector<std::string> lines;
};

// How often it was called, and with what at last.
class Told {
public:
    auto hear()
    {
        return [state = state_](Result<void> outcome) {
            ++state->times;
            state->last = std::move(outcome);
        };
    }
    int times() const { return state_->times; }
    bool is_well() const { return state_->times == 1 && state_->last; }
    const Error& error() const { return state_->last.error(); }

private:
    struct State {
        int times = 0;
        Result<void> last{};
    };
    std::shared_ptr<State> state_ = std::make_shared<State>();
};

struct LibraryBench {
    LibraryBench() { open(); }

    void open()
    {
        auto opened = try_open();
        INFO((opened ? std::string() : opened.error().text));
        REQUIRE(opened);
        library = std::move(*opened);
    }
    Result<std::unique_ptr<Library>> try_open() { return Library::open(loop, workers, path, host::Log(lines)); }
    // The process ends, and another begins.
    void reopen()
    {
        library.reset();
        open();
    }
    // Until nothing is to be done.
    void work()
    {
        loop.run();
        while (!workers.jobs.empty()) workers.run_next(loop);
    }

    Result<Bytes> metainfo(const Hash20& info_hash)
    {
        std::optional<Result<Bytes>> answer;
        library->read_metainfo(info_hash, [&](Result<Bytes> read) { answer = std::move(read); });
        CHECK_FALSE(answer);
        work();
        REQUIRE(answer);
        return std::move(*answer);
    }

    // What somebody else does to the file, with the library closed.
    void alter(const std::string& sql) const
    {
        const auto database = Database::open(path, Database::Access::writing);
        REQUIRE(database);
        const auto done = (*database)->run(sql);
        INFO((done ? std::string() : done.error().text));
        REQUIRE(done);
    }

    shoal::test::TemporaryFolder folder;
    std::string path = folder / "state/shoal.db";
    Lines lines;
    host::test::FakeLoop loop;
    host::test::FakeWorkers workers;
    std::unique_ptr<Library> library;
};

}  // namespace shoal::state::test
