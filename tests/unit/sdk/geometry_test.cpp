#include <shoal/geometry.hpp>

#include <shoal/random.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

using namespace shoal;

namespace {

constexpr std::uint32_t kib = 1024;

Geometry make(std::uint64_t total, std::uint32_t piece_length, std::vector<FileSpan> files = {})
{
    auto geometry = Geometry::make(total, piece_length, std::move(files));
    if (!geometry) FAIL(geometry.error().text);
    return std::move(*geometry);
}

std::vector<FileSpan> in_a_row(const std::vector<std::uint64_t>& lengths)
{
    std::vector<FileSpan> files;
    std::uint64_t offset = 0;
    for (const auto length : lengths) {
        files.push_back({.offset = offset, .length = length});
        offset += length;
    }
    return files;
}

struct Slice {
    std::uint32_t file;
    std::uint64_t offset;
    std::uint64_t length;
    friend bool operator==(const Slice&, const Slice&) = default;
};

std::ostream& operator<<(std::ostream& out, const Slice& s)
{
    return out << "file " << s.file << " at " << s.offset << " + " << s.length;
}

std::vector<Slice> slices(const Geometry& geometry, std::uint32_t piece, std::uint32_t begin,
                          std::uint32_t length)
{
    std::vector<Slice> found;
    geometry.for_each_slice(*geometry.piece(piece), begin, length, [&](const FileSlice& slice) {
        found.push_back({slice.file.value(), slice.file_offset, slice.length});
    });
    return found;
}

} // namespace

TEST_CASE("indices are made by a geometry and by nothing else", "[geometry]")
{
    STATIC_REQUIRE_FALSE(std::is_default_constructible_v<PieceIndex>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<PieceIndex, std::uint32_t>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<PieceIndex, BlockIndex>);
    STATIC_REQUIRE(std::is_trivially_copyable_v<BlockRef>);
    STATIC_REQUIRE(sizeof(BlockRef) == 8);

    const auto geometry = make(100, 40);
    CHECK(geometry.piece(0)->value() == 0);
    CHECK(geometry.piece(2)->value() == 2);
    CHECK(geometry.piece(3).error().code == Errc::invalid_argument);
    CHECK(*geometry.piece(0) < *geometry.piece(1));
    CHECK(geometry.file(0));
    CHECK_FALSE(geometry.file(1));
}

TEST_CASE("the last piece is as long as what is left", "[geometry]")
{
    const auto geometry = make(100, 40);
    CHECK(geometry.piece_count() == 3);
    CHECK(geometry.length(*geometry.piece(1)) == 40);
    CHECK(geometry.length(*geometry.piece(2)) == 20);
    CHECK(geometry.offset(*geometry.piece(2)) == 80);

    const auto even = make(80, 40);
    CHECK(even.piece_count() == 2);
    CHECK(even.length(*even.piece(1)) == 40);

    const auto one = make(1, 16 * kib);
    CHECK(one.piece_count() == 1);
    CHECK(one.length(*one.piece(0)) == 1);
}

TEST_CASE("blocks are 16 KiB but for the last of a piece", "[geometry]")
{
    // Pieces that are no multiple of a block are rare but legal.
    const auto geometry = make(3 * 40'000 + 100, 40'000);
    const auto first = *geometry.piece(0);
    CHECK(geometry.block_count(first) == 3);
    CHECK(geometry.length(*geometry.block_at(0, 1)) == 16384);
    CHECK(geometry.length(*geometry.block_at(0, 2)) == 40'000 - 32768);
    CHECK(geometry.begin(*geometry.block_at(0, 2)) == 32768);
    CHECK(geometry.block_count(*geometry.piece(3)) == 1);
    CHECK(geometry.length(*geometry.block_at(3, 0)) == 100);
    CHECK_FALSE(geometry.block_at(0, 3));
    CHECK_FALSE(geometry.block_at(3, 1));
    CHECK_FALSE(geometry.block_at(4, 0));
}

TEST_CASE("walking pieces and blocks meets every byte once", "[geometry]")
{
    const auto geometry = make(5 * 48 * kib + 17'000, 48 * kib);
    CHECK(geometry.pieces().size() == 6);
    std::uint64_t bytes = 0;
    for (const auto piece : geometry.pieces()) {
        CHECK(geometry.offset(piece) == bytes);
        for (const auto block : geometry.blocks(piece)) {
            const BlockRef ref{piece, block};
            bytes += geometry.length(ref);
            CHECK(geometry.block(piece.value(), geometry.begin(ref), geometry.length(ref)).value() == ref);
        }
    }
    CHECK(bytes == geometry.total_length());
}

TEST_CASE("P5 a wire triple that is not exactly one of our blocks is refused", "[geometry][bad-input]")
{
    const auto geometry = make(2 * 32 * kib + 100, 32 * kib);
    CHECK(geometry.block(1, 16384, 16384));
    CHECK(geometry.block(2, 0, 100));
    const std::uint32_t triples[][3] = {
        {3, 0, 16384},          {UINT32_MAX, 0, 16384}, {0, 1, 16384}, {0, 8192, 16384},
        {0, 32768, 16384},      {0, 0, 16383},          {0, 0, 16385}, {0, 0, 0},
        {0, 0, 32768},          {2, 0, 16384},          {2, 0, 99},    {2, 16384, 100},
        {0, UINT32_MAX, 16384}, {0, 0xffffc000, 16384},
    };
    for (const auto& [piece, begin, length] : triples) {
        INFO(piece << " " << begin << " " << length);
        const auto block = geometry.block(piece, begin, length);
        REQUIRE_FALSE(block);
        CHECK(block.error().code == Errc::protocol_error);
    }
}

TEST_CASE("P3 a request is served within one piece and up to 128 KiB, at any offset", "[geometry][bad-input]")
{
    const auto geometry = make(2 * 512 * kib + 100, 512 * kib);
    CHECK(geometry.check_request(0, 0, 16384));
    CHECK(geometry.check_request(0, 1, 1));
    CHECK(geometry.check_request(0, 8192, 16384));
    CHECK(geometry.check_request(0, 0, 128 * kib));
    CHECK(geometry.check_request(1, 512 * kib - 1, 1));
    CHECK(geometry.check_request(2, 0, 100));

    const std::uint32_t triples[][3] = {
        {3, 0, 1},
        {0, 0, 0},
        {0, 0, 128 * kib + 1},
        {0, 512 * kib, 1},
        {0, 512 * kib - 1, 2},
        {2, 0, 101},
        {2, 100, 1},
        {0, UINT32_MAX, 1},
        {0, UINT32_MAX, 16384},
        {0, 0xffffc000, 16384},
        {0, 1, UINT32_MAX},
        {UINT32_MAX, 0, 1},
    };
    for (const auto& [piece, begin, length] : triples) {
        INFO(piece << " " << begin << " " << length);
        const auto checked = geometry.check_request(piece, begin, length);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().code == Errc::protocol_error);
    }
}

TEST_CASE("a shape that cannot be, or is too large, is refused", "[geometry][bad-input]")
{
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    CHECK(Geometry::make(0, 16384, {}).error().code == Errc::bad_input);
    CHECK(Geometry::make(1, 0, {}).error().code == Errc::bad_input);
    CHECK(Geometry::make(1, Geometry::max_piece_length, {}));
    CHECK(Geometry::make(1, Geometry::max_piece_length + 1, {}).error().code == Errc::limit_exceeded);
    CHECK(Geometry::make(1, UINT32_MAX, {}).error().code == Errc::limit_exceeded);
    CHECK(Geometry::make(Geometry::max_piece_count, 1, {}));
    CHECK(Geometry::make(Geometry::max_piece_count + 1, 1, {}).error().code == Errc::limit_exceeded);
    CHECK(Geometry::make(most, 1, {}).error().code == Errc::limit_exceeded);
    CHECK(Geometry::make(most, Geometry::max_piece_length, {}).error().code == Errc::limit_exceeded);
}

TEST_CASE("files that overlap, leave a gap or do not end with the torrent are refused",
          "[geometry][bad-input]")
{
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    const std::vector<std::vector<FileSpan>> shapes = {
        {{.offset = 1, .length = 99}},
        {{.offset = 0, .length = 50}, {.offset = 49, .length = 51}},
        {{.offset = 0, .length = 50}, {.offset = 51, .length = 49}},
        {{.offset = 0, .length = 99}},
        {{.offset = 0, .length = 101}},
        {{.offset = 0, .length = 0}},
        {{.offset = 0, .length = 2}, {.offset = 2, .length = most}, {.offset = 1, .length = 99}},
    };
    for (const auto& files : shapes) {
        const auto geometry = Geometry::make(100, 40, files);
        REQUIRE_FALSE(geometry);
        CHECK(geometry.error().code == Errc::bad_input);
    }
}

TEST_CASE("a range is cut at the files it lies in, and empty files own nothing", "[geometry]")
{
    const auto geometry = make(100, 40, in_a_row({0, 10, 0, 0, 35, 55, 0}));
    CHECK(geometry.file_count() == 7);
    CHECK(slices(geometry, 0, 0, 40) == std::vector<Slice>{{1, 0, 10}, {4, 0, 30}});
    CHECK(slices(geometry, 0, 9, 2) == std::vector<Slice>{{1, 9, 1}, {4, 0, 1}});
    CHECK(slices(geometry, 0, 10, 1) == std::vector<Slice>{{4, 0, 1}});
    CHECK(slices(geometry, 1, 0, 40) == std::vector<Slice>{{4, 30, 5}, {5, 0, 35}});
    CHECK(slices(geometry, 2, 0, 20) == std::vector<Slice>{{5, 35, 20}});
    CHECK(slices(geometry, 2, 20, 0).empty());
}

TEST_CASE("without a list of files there is one of the whole length", "[geometry]")
{
    const auto geometry = make(100, 40);
    CHECK(geometry.file_count() == 1);
    CHECK(geometry.file_span(*geometry.file(0)) == FileSpan{.offset = 0, .length = 100, .padding = false});
    CHECK(slices(geometry, 2, 5, 10) == std::vector<Slice>{{0, 85, 10}});
}

TEST_CASE("a file knows its first and its last piece", "[geometry]")
{
    const auto geometry = make(100, 40, in_a_row({40, 0, 1, 39, 20}));
    const auto pieces = [&](std::uint32_t file) {
        const auto found = geometry.pieces_of(*geometry.file(file));
        REQUIRE(found);
        return std::pair(found->first.value(), found->second.value());
    };
    CHECK(pieces(0) == std::pair(0U, 0U));
    CHECK_FALSE(geometry.pieces_of(*geometry.file(1)));
    CHECK(pieces(2) == std::pair(1U, 1U));
    CHECK(pieces(3) == std::pair(1U, 1U));
    CHECK(pieces(4) == std::pair(2U, 2U));

    const auto wide = make(100, 40);
    const auto all = wide.pieces_of(*wide.file(0));
    CHECK(all->first.value() == 0);
    CHECK(all->second.value() == 2);
}

TEST_CASE("padding files are marked and take their slices", "[geometry]")
{
    const auto geometry = make(80, 40,
                               {{.offset = 0, .length = 30},
                                {.offset = 30, .length = 10, .padding = true},
                                {.offset = 40, .length = 40}});
    CHECK(geometry.file_span(*geometry.file(1)).padding);
    CHECK_FALSE(geometry.file_span(*geometry.file(2)).padding);
    CHECK(slices(geometry, 0, 0, 40) == std::vector<Slice>{{0, 0, 30}, {1, 0, 10}});
}

TEST_CASE("slices of any shape join up to the range that was asked for", "[geometry]")
{
    RandomStream random(5, 5);
    for (int round = 0; round < 200; ++round) {
        std::vector<std::uint64_t> lengths = {1};
        for (auto more = random.below(30); more > 0; --more) {
            lengths.push_back(random.chance(1, 3) ? 0 : random.below(100));
        }
        const auto files = in_a_row(lengths);
        const auto total = files.back().offset + files.back().length;
        const auto geometry = make(total, static_cast<std::uint32_t>(1 + random.below(64)), files);
        std::uint64_t next = 0;
        for (const auto piece : geometry.pieces()) {
            geometry.for_each_slice(piece, 0, geometry.length(piece), [&](const FileSlice& slice) {
                const auto& span = geometry.file_span(slice.file);
                if (slice.length == 0 || slice.file_offset + slice.length > span.length)
                    FAIL("outside its file");
                if (span.offset + slice.file_offset != next) FAIL("a gap");
                next += slice.length;
            });
        }
        CHECK(next == total);
    }
}

TEST_CASE("a torrent of more than 2^48 bytes keeps exact offsets", "[geometry]")
{
    const auto total = (std::uint64_t{1} << 48) + 5;
    const auto geometry = make(total, 256 * kib * kib, in_a_row({total - 1, 1}));
    const auto last = *geometry.piece(geometry.piece_count() - 1);
    CHECK(geometry.offset(last) == std::uint64_t{1} << 48);
    CHECK(geometry.length(last) == 5);
    CHECK(slices(geometry, last.value(), 3, 2) == std::vector<Slice>{{0, total - 2, 1}, {1, 0, 1}});
}
