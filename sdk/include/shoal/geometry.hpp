// The shape of a torrent: pieces, blocks of 16 KiB, and the files they lie in (BEP 3; padding files: BEP 47).
// An index can only come out of the Geometry that checked it, so what holds one never checks again.
// Threads: immutable after make(); share freely. Indices of one Geometry mean nothing to another.
#pragma once

#include <shoal/assert.hpp>
#include <shoal/result.hpp>

#include <algorithm>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace shoal {

class Geometry;

template <class Index>
class IndexRange;

/// A checked number: below the count of whatever `Tag` counts. Made by Geometry alone.
template <class Tag>
class CheckedIndex {
public:
    [[nodiscard]] constexpr std::uint32_t value() const noexcept { return value_; }

    friend constexpr auto operator<=>(CheckedIndex, CheckedIndex) = default;

private:
    friend class Geometry;
    friend class IndexRange<CheckedIndex>;

    constexpr explicit CheckedIndex(std::uint32_t value) noexcept : value_(value) {}

    std::uint32_t value_;
};

using PieceIndex = CheckedIndex<struct PieceTag>;
/// Within its piece.
using BlockIndex = CheckedIndex<struct BlockTag>;
using FileIndex = CheckedIndex<struct FileTag>;

struct BlockRef {
    PieceIndex piece;
    BlockIndex block;

    friend constexpr auto operator<=>(const BlockRef&, const BlockRef&) = default;
};

/// Consecutive indices, for range-for.
template <class Index>
class IndexRange {
public:
    class Iterator {
    public:
        using value_type = Index;
        using difference_type = std::ptrdiff_t;

        constexpr Iterator() = default;
        constexpr explicit Iterator(std::uint32_t at) noexcept : at_(at) {}

        constexpr Index operator*() const noexcept { return Index(at_); }
        constexpr Iterator& operator++() noexcept
        {
            ++at_;
            return *this;
        }
        constexpr Iterator operator++(int) noexcept { return Iterator(at_++); }
        friend constexpr bool operator==(Iterator, Iterator) = default;

    private:
        std::uint32_t at_ = 0;
    };

    [[nodiscard]] constexpr Iterator begin() const noexcept { return Iterator(first_); }
    [[nodiscard]] constexpr Iterator end() const noexcept { return Iterator(end_); }
    [[nodiscard]] constexpr std::uint32_t size() const noexcept { return end_ - first_; }

private:
    friend class Geometry;

    constexpr IndexRange(std::uint32_t first, std::uint32_t end) noexcept : first_(first), end_(end) {}

    std::uint32_t first_;
    std::uint32_t end_;
};

/// Where a file lies in the torrent. Bytes of a padding file are zeros that nobody stores.
struct FileSpan {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    bool padding = false;

    friend bool operator==(const FileSpan&, const FileSpan&) = default;
};

struct FileSlice {
    FileIndex file;
    std::uint64_t file_offset;
    std::uint64_t length;

    friend bool operator==(const FileSlice&, const FileSlice&) = default;
};

class Geometry {
public:
    static constexpr std::uint32_t block_size = 16384;
    static constexpr std::uint32_t max_piece_length = 32767 * block_size;
    static constexpr std::uint32_t max_piece_count = 1U << 22;
    static constexpr std::uint32_t max_request_length = 128 * 1024;

    /// `files` in order, each beginning where the one before ends, the last ending at `total_length`; none at
    /// all stands for one file of the whole length. Errors: bad_input, limit_exceeded.
    [[nodiscard]] static Result<Geometry> make(std::uint64_t total_length, std::uint32_t piece_length,
                                               std::vector<FileSpan> files);

    [[nodiscard]] std::uint64_t total_length() const noexcept { return total_length_; }
    /// Of every piece but the last, which may be shorter.
    [[nodiscard]] std::uint32_t piece_length() const noexcept { return piece_length_; }
    [[nodiscard]] std::uint32_t piece_count() const noexcept { return piece_count_; }
    [[nodiscard]] std::uint32_t file_count() const noexcept
    {
        return static_cast<std::uint32_t>(files_.size());
    }

    /// Check a number that came from outside. Errors: invalid_argument.
    [[nodiscard]] Result<PieceIndex> piece(std::uint32_t number) const;
    [[nodiscard]] Result<FileIndex> file(std::uint32_t number) const;
    [[nodiscard]] Result<BlockRef> block_at(std::uint32_t piece, std::uint32_t block) const;

    /// A wire triple that must be exactly one of our blocks, as in a `piece` message. Errors: protocol_error.
    [[nodiscard]] Result<BlockRef> block(std::uint32_t piece, std::uint32_t begin,
                                         std::uint32_t length) const;

    /// What a peer may ask of us: 1 byte to 128 KiB within one piece, at any offset. Errors: protocol_error.
    [[nodiscard]] Result<void> check_request(std::uint32_t piece, std::uint32_t begin,
                                             std::uint32_t length) const;

    [[nodiscard]] IndexRange<PieceIndex> pieces() const noexcept { return {0, piece_count_}; }
    [[nodiscard]] IndexRange<FileIndex> files() const noexcept { return {0, file_count()}; }
    [[nodiscard]] IndexRange<BlockIndex> blocks(PieceIndex piece) const { return {0, block_count(piece)}; }

    /// In the torrent.
    [[nodiscard]] std::uint64_t offset(PieceIndex piece) const noexcept
    {
        return std::uint64_t{piece.value()} * piece_length_;
    }

    [[nodiscard]] std::uint32_t length(PieceIndex piece) const noexcept
    {
        return static_cast<std::uint32_t>(
            std::min<std::uint64_t>(piece_length_, total_length_ - offset(piece)));
    }

    [[nodiscard]] std::uint32_t block_count(PieceIndex piece) const noexcept
    {
        return (length(piece) + block_size - 1) / block_size;
    }

    /// In its piece.
    [[nodiscard]] std::uint32_t begin(BlockRef block) const noexcept
    {
        return block.block.value() * block_size;
    }

    [[nodiscard]] std::uint32_t length(BlockRef block) const noexcept
    {
        return std::min(block_size, length(block.piece) - begin(block));
    }

    [[nodiscard]] const FileSpan& file_span(FileIndex file) const { return files_[file.value()]; }

    /// The first and the last piece that hold a byte of the file; none for an empty file.
    [[nodiscard]] std::optional<std::pair<PieceIndex, PieceIndex>> pieces_of(FileIndex file) const;

    /// Calls `f(FileSlice)` for each file that holds a byte of the range, in order, padding files included.
    /// The range lies within the piece.
    template <class F>
    void for_each_slice(PieceIndex piece, std::uint32_t begin, std::uint32_t length, F&& f) const;

private:
    Geometry(std::uint64_t total_length, std::uint32_t piece_length, std::uint32_t piece_count,
             std::vector<FileSpan> files)
        : files_(std::move(files)), total_length_(total_length), piece_length_(piece_length),
          piece_count_(piece_count)
    {
    }

    static Result<void> check_files(std::uint64_t total_length, const std::vector<FileSpan>& files);

    std::vector<FileSpan> files_;
    std::uint64_t total_length_;
    std::uint32_t piece_length_;
    std::uint32_t piece_count_;
};

inline Result<Geometry> Geometry::make(std::uint64_t total_length, std::uint32_t piece_length,
                                       std::vector<FileSpan> files)
{
    if (total_length == 0) return make_error(Errc::bad_input, "the torrent has no bytes");
    if (piece_length == 0) return make_error(Errc::bad_input, "the piece length is 0");
    if (piece_length > max_piece_length) {
        return make_error(Errc::limit_exceeded, "a piece length of " + std::to_string(piece_length)
                                                    + " bytes is more than "
                                                    + std::to_string(max_piece_length));
    }
    const auto pieces = total_length / piece_length + (total_length % piece_length != 0 ? 1 : 0);
    if (pieces > max_piece_count) {
        return make_error(Errc::limit_exceeded, std::to_string(pieces) + " pieces are more than "
                                                    + std::to_string(max_piece_count));
    }
    if (files.empty()) files.push_back({.offset = 0, .length = total_length, .padding = false});
    if (auto checked = check_files(total_length, files); !checked) return std::move(checked).error();
    return Geometry(total_length, piece_length, static_cast<std::uint32_t>(pieces), std::move(files));
}

inline Result<void> Geometry::check_files(std::uint64_t total_length, const std::vector<FileSpan>& files)
{
    if (files.size() > UINT32_MAX) return make_error(Errc::limit_exceeded, "more files than can be numbered");
    std::uint64_t end = 0;
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (files[i].offset != end || files[i].length > total_length - end) {
            return make_error(Errc::bad_input, "file " + std::to_string(i)
                                                   + " does not lie between the one before it and the end");
        }
        end += files[i].length;
    }
    if (end != total_length) {
        return make_error(Errc::bad_input, "the files have " + std::to_string(end) + " bytes, the torrent "
                                               + std::to_string(total_length));
    }
    return {};
}

inline Result<PieceIndex> Geometry::piece(std::uint32_t number) const
{
    if (number < piece_count_) return PieceIndex(number);
    return make_error(Errc::invalid_argument,
                      "piece " + std::to_string(number) + " of " + std::to_string(piece_count_));
}

inline Result<FileIndex> Geometry::file(std::uint32_t number) const
{
    if (number < file_count()) return FileIndex(number);
    return make_error(Errc::invalid_argument,
                      "file " + std::to_string(number) + " of " + std::to_string(file_count()));
}

inline Result<BlockRef> Geometry::block_at(std::uint32_t piece_number, std::uint32_t block_number) const
{
    const auto index = piece(piece_number);
    if (!index) return index.error();
    if (block_number < block_count(*index)) return BlockRef{*index, BlockIndex(block_number)};
    return make_error(Errc::invalid_argument, "block " + std::to_string(block_number) + " of "
                                                  + std::to_string(block_count(*index)) + " in piece "
                                                  + std::to_string(piece_number));
}

inline Result<BlockRef> Geometry::block(std::uint32_t piece, std::uint32_t begin, std::uint32_t length) const
{
    if (piece < piece_count_ && begin % block_size == 0) {
        const PieceIndex index(piece);
        const BlockRef block{index, BlockIndex(begin / block_size)};
        if (block.block.value() < block_count(index) && this->length(block) == length) return block;
    }
    return make_error(Errc::protocol_error, "piece " + std::to_string(piece) + ", begin "
                                                + std::to_string(begin) + ", length " + std::to_string(length)
                                                + " is no block of this torrent");
}

inline Result<void> Geometry::check_request(std::uint32_t piece, std::uint32_t begin,
                                            std::uint32_t length) const
{
    const bool sound = piece < piece_count_ && length > 0 && length <= max_request_length
                       && std::uint64_t{begin} + length <= this->length(PieceIndex(piece));
    if (sound) return {};
    return make_error(Errc::protocol_error, "a request for piece " + std::to_string(piece) + ", begin "
                                                + std::to_string(begin) + ", length " + std::to_string(length)
                                                + " cannot be served");
}

inline std::optional<std::pair<PieceIndex, PieceIndex>> Geometry::pieces_of(FileIndex file) const
{
    const auto& span = file_span(file);
    if (span.length == 0) return std::nullopt;
    const auto first = span.offset / piece_length_;
    const auto last = (span.offset + span.length - 1) / piece_length_;
    return std::pair(PieceIndex(static_cast<std::uint32_t>(first)),
                     PieceIndex(static_cast<std::uint32_t>(last)));
}

template <class F>
void Geometry::for_each_slice(PieceIndex piece, std::uint32_t begin, std::uint32_t length, F&& f) const
{
    SHOAL_ASSERT(std::uint64_t{begin} + length <= this->length(piece));
    auto at = offset(piece) + begin;
    const auto end = at + length;
    // The last file that begins at or before `at`: empty files that begin there too come before it.
    auto file = std::ranges::upper_bound(files_, at, {}, &FileSpan::offset) - 1;
    for (; at < end; ++file) {
        if (file->length == 0) continue;
        const auto taken = std::min(end, file->offset + file->length) - at;
        f(FileSlice{FileIndex(static_cast<std::uint32_t>(file - files_.begin())), at - file->offset, taken});
        at += taken;
    }
}

} // namespace shoal

template <class Tag>
struct std::hash<shoal::CheckedIndex<Tag>> {
    std::size_t operator()(shoal::CheckedIndex<Tag> index) const noexcept
    {
        return std::hash<std::uint32_t>{}(index.value());
    }
};

template <>
struct std::hash<shoal::BlockRef> {
    std::size_t operator()(const shoal::BlockRef& ref) const noexcept
    {
        return std::hash<std::uint64_t>{}((std::uint64_t{ref.piece.value()} << 32) | ref.block.value());
    }
};
