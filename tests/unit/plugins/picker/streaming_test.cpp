#include "policies.hpp"
#include "testing/trial_swarm.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <vector>

namespace shoal::test {

using testing::TrialSwarm;

namespace {

using namespace std::chrono_literals;
using Pieces = std::vector<std::uint32_t>;

// A torrent of pieces of 100 octets: a film of 2,000 octets (pieces 0 to 19), a note of 50 (piece 20), an
// empty file, padding of 50 (piece 20), a clip of 400 (pieces 21 to 24).
struct Film {
    Film()
    {
        torrent.struct_size = sizeof torrent;
        torrent.piece_count = 25;
        torrent.piece_length = 100;
        torrent.total_length = 2500;
        torrent.files = files.data();
        torrent.file_count = static_cast<std::uint32_t>(files.size());
        torrent.file_stride = sizeof(shoal_torrent_file);
    }

    std::vector<shoal_torrent_file> files{{to_abi("film"), 0, 2000, 0, 4},
                                          {to_abi("note"), 2000, 50, 0, 4},
                                          {to_abi("empty"), 2050, 0, 0, 4},
                                          {to_abi(".pad"), 2050, 50, 1, 4},
                                          {to_abi("clip"), 2100, 400, 0, 4}};
    shoal_torrent_view torrent{};
    streaming::Settings settings{.head_bytes = 250,
                                 .tail_bytes = 101,
                                 .rate = 100,
                                 .window = std::chrono::seconds(5),
                                 .step_bytes = 300};
    TrialSwarm swarm{{.pieces = 25, .blocks_per_piece = 1, .blocks_in_last = 1}};
};

Pieces by_deadline(const TrialSwarm::Ranking& ranking)
{
    Pieces pieces;
    for (std::uint32_t piece = 0; piece < ranking.deadlines.size(); ++piece) {
        if (ranking.deadlines[piece] != SHOAL_NO_DEADLINE) pieces.push_back(piece);
    }
    std::ranges::stable_sort(pieces, {}, [&](std::uint32_t piece) { return ranking.deadlines[piece]; });
    return pieces;
}

} // namespace

TEST_CASE("head and tail of each file come first, then the window in order", "[picker][streaming]")
{
    Film film;
    StreamingPicker picker(film.settings, film.torrent);
    film.swarm.attach(picker);
    film.swarm.set_now(10s);
    const auto ranking = film.swarm.rank();
    // Ends of the film, of the note, of the clip; then what five seconds at 100 octets a second need.
    CHECK(by_deadline(ranking) == Pieces{0, 1, 2, 18, 19, 20, 21, 22, 23, 24, 3, 4});
    CHECK(ranking.deadlines[0] < ranking.deadlines[1]);
    CHECK(ranking.deadlines[24] < 10'001'000'000U);
    CHECK(ranking.deadlines[3] == 13'001'000'000U);
    CHECK(ranking.deadlines[4] == 14'001'000'000U);
    CHECK(ranking.ranks[5] > ranking.ranks[6]);
    CHECK(ranking.ranks[6] > ranking.ranks[17]);
}

TEST_CASE("the window moves with the first gap and goes on into the next file", "[picker][streaming]")
{
    Film film;
    StreamingPicker picker(film.settings, film.torrent);
    film.swarm.attach(picker);
    for (std::uint32_t piece = 0; piece < 25; ++piece) {
        if (piece != 8 && piece != 11 && piece != 23) film.swarm.set_have(piece);
    }
    // The film waits at piece 8, so 8 … 12 are within the window; the clip's tail is missing.
    CHECK(by_deadline(film.swarm.rank()) == Pieces{23, 8, 11});
    film.swarm.set_have(8);
    film.swarm.set_have(11);
    CHECK(by_deadline(film.swarm.rank()) == Pieces{23});
}

TEST_CASE("many small files in one piece do not use up the window", "[picker][streaming]")
{
    Film film;
    film.files.assign(20, {to_abi("small"), 0, 10, 0, 4});
    for (std::uint32_t i = 0; i < 20; ++i) film.files[i].offset = i * 10;
    film.files.push_back({to_abi("big"), 200, 2300, 0, 4});
    film.torrent.files = film.files.data();
    film.torrent.file_count = 21;
    film.settings.window = std::chrono::seconds(7);
    StreamingPicker picker(film.settings, film.torrent);
    film.swarm.attach(picker);
    const auto due = by_deadline(film.swarm.rank());
    CHECK(due == Pieces{0, 1, 2, 3, 4, 23, 24, 5, 6});
}

TEST_CASE("a file can be played once its head and tail are here, and again when it has grown",
          "[picker][streaming]")
{
    Film film;
    StreamingPicker picker(film.settings, film.torrent);
    film.swarm.attach(picker);
    const auto have = [&](const Pieces& pieces) {
        for (const auto piece : pieces) film.swarm.set_have(piece);
        picker.playable.clear();
        static_cast<void>(film.swarm.rank());
    };
    have({0, 1, 2, 19});
    CHECK(picker.playable.empty());
    have({18});
    REQUIRE(picker.playable.size() == 1);
    CHECK(picker.playable[0].file == 0);
    CHECK(picker.playable[0].contiguous == 300);
    CHECK(picker.playable[0].ready);
    have({3, 5, 6});
    CHECK(picker.playable.empty());
    have({4}); // 700 octets without a gap now
    REQUIRE(picker.playable.size() == 1);
    CHECK(picker.playable[0].contiguous == 700);
    have({7});
    CHECK(picker.playable.empty());
    have({8, 9, 10, 11, 12, 13, 14, 15, 16});
    REQUIRE(picker.playable.size() == 1);
    CHECK(picker.playable[0].contiguous == 1700);
    have({17}); // less than a step, but whole
    REQUIRE(picker.playable.size() == 1);
    CHECK(picker.playable[0].contiguous == 2000);
}

TEST_CASE("a piece that holds a whole small file makes it playable at once", "[picker][streaming]")
{
    Film film;
    StreamingPicker picker(film.settings, film.torrent);
    film.swarm.attach(picker);
    static_cast<void>(film.swarm.rank());
    film.swarm.set_have(20);
    static_cast<void>(film.swarm.rank());
    REQUIRE(picker.playable.size() == 1);
    CHECK(picker.playable[0].file == 1);
    CHECK(picker.playable[0].contiguous == 50);
}

TEST_CASE("what was there before the picker is reported at the start", "[picker][streaming]")
{
    Film film;
    for (std::uint32_t piece = 21; piece < 25; ++piece) film.swarm.set_have(piece);
    StreamingPicker picker(film.settings, film.torrent);
    film.swarm.attach(picker);
    static_cast<void>(film.swarm.rank());
    REQUIRE(picker.playable.size() == 1);
    CHECK(picker.playable[0].file == 4);
    CHECK(picker.playable[0].contiguous == 400);
}

TEST_CASE("a file that nobody wants has no deadlines and is not reported; wanted later, it is",
          "[picker][streaming]")
{
    Film film;
    film.files[0].priority = 0;
    for (std::uint32_t piece = 0; piece < 20; ++piece) film.swarm.set_priority(piece, 0);
    StreamingPicker picker(film.settings, film.torrent);
    film.swarm.attach(picker);
    CHECK(by_deadline(film.swarm.rank()) == Pieces{20, 21, 22, 23, 24});
    for (const auto piece : {0U, 1U, 2U, 18U, 19U}) film.swarm.set_have(piece);
    static_cast<void>(film.swarm.rank());
    CHECK(picker.playable.empty());
    film.files[0].priority = 4;
    for (std::uint32_t piece = 0; piece < 20; ++piece) film.swarm.set_priority(piece, 4);
    static_cast<void>(film.swarm.rank());
    REQUIRE(picker.playable.size() == 1);
    CHECK(picker.playable[0].file == 0);
}

} // namespace shoal::test
