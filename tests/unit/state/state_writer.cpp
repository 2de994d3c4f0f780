// Writes to a library for as long as it lives, and says which writes are done: state_writer DATABASE FIRST. The test kills it.
#include "unit/state/library_records.hpp"

#include "net/live_loop.hpp"
#include "net/worker_pool.hpp"
#include "state/library.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include <unistd.h>

using namespace shoal;
using namespace shoal::state;
using namespace shoal::state::test;

namespace {

// One line in one write: it is there as a whole or not at all.
void say(const std::string& line)
{
    if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::_Exit(1);
}

class Life {
public:
    Life(Library& library, std::uint32_t first) : library_(library), next_(first)
    {
        for (int i = 0; i < 8; ++i) begin();
    }

private:
    // A torrent is added, comes along, and every third is erased again.
    void begin()
    {
        const auto number = next_++;
        library_.put(record_of(number), [this, number](Result<void> put) { say_done("put", number, put); });
        library_.put_metainfo(hash_of(number), octets_of(std::string(3000 + number % 5000, 'm')), {});
        library_.put_progress(hash_of(number), progress_of(100, number % 3), {});
        library_.flush([this, number](Result<void>) { go_on(number); });
    }

    void go_on(std::uint32_t number)
    {
        library_.put_progress(hash_of(number), progress_of(500, 0), [this, number](Result<void> put) {
            say_done("progress", number, put);
            if (number % 3 == 0) {
                say(fmt::format("erasing {}\n", number));
                library_.erase(hash_of(number), [this, number](Result<void> erased) { say_done("erased", number, erased); });
            }
            begin();
        });
    }

    static void say_done(const char* what, std::uint32_t number, const Result<void>& outcome)
    {
        if (outcome) say(fmt::format("{} {}\n", what, number));
    }

    Library& library_;
    std::uint32_t next_;
};

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 3) return 2;
    net::LiveLoop loop;
    net::WorkerPool workers(loop, 2);
    auto library = Library::open(loop, workers, argv[1], {});
    if (!library) {
        std::fprintf(stderr, "%s\n", library.error().text.c_str());
        return 1;
    }
    Life life(**library, static_cast<std::uint32_t>(std::atoi(argv[2])));
    say("ready\n");
    loop.run();
    return 0;
}
