#pragma once

#include "state/database.hpp"
#include "state/opening.hpp"
#include "state/waiting_rows.hpp"

#include <shoal/result.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace shoal::state {

// Rows on their way: one transaction. The disk sets `outcome` and `refused`, once; to whom the rows belong reads them afterwards.
struct Batch {
    std::vector<WaitingRow> rows;
    std::vector<Done> flushes;                 // that wait for all of it
    bool is_over = false;                      // under the disk's lock
    Result<void> outcome{};                    // an error: none of it is on the disk
    std::vector<std::optional<Error>> refused{};  // by row: it will not do, and the others are written without it
};

// The database as workers use it: one connection writes, another reads meanwhile. Whoever of worker and end comes first to a
// batch writes it. [any]
class Disk {
public:
    // Where there is no database yet, or it was moved away: opens one, or says why not.
    using Opener = std::function<Result<std::unique_ptr<Database>>()>;

    Disk(std::string path, std::unique_ptr<Database> database, Opener opener);
    ~Disk() { close(); }

    void write(Batch& batch);

    // `query` takes the database and gives a Result.
    template <class Query>
    auto read(Query query)
    {
        const std::lock_guard lock(reading_);
        auto outcome = prepare_reader();
        using Outcome = decltype(query(*reader_));
        if (!outcome) return Outcome(outcome.error());
        auto answer = query(*reader_);
        if (!answer && answer.error().code == Errc::bad_input) suspect(path_);
        return answer;
    }

    // Afterwards the file is nobody's, and every call an error.
    void close();
    const std::string& path() const { return path_; }

private:
    Result<void> write_rows(Batch& batch);
    Result<void> prepare_writer();
    Result<void> prepare_reader();

    std::string path_;
    Opener opener_;

    std::mutex writing_;
    std::unique_ptr<Database> database_;
    std::optional<RowWriter> rows_;
    bool is_closed_ = false;

    std::mutex reading_;
    std::unique_ptr<Database> reader_;
    bool is_reading_over_ = false;
};

}  // namespace shoal::state
