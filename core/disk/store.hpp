#pragma once

#include "disk/buffer_pool.hpp"
#include "environment/workers.hpp"
#include "peer/link.hpp"

#include <shoal/bitfield.hpp>
#include <shoal/geometry.hpp>
#include <shoal/result.hpp>

#include <optional>
#include <vector>

namespace shoal::disk {

// Where a torrent's bytes live, as the torrent sees it: submit on the loop, one completion on the loop, never inline. The live
// one drives a storage plug-in on the workers (storage_store.hpp), the lab's keeps only which pieces are there. Destroying
// a store drops completions that are still to come; work that has begun is finished first. [loop]
class Store {
public:
    using Done = UniqueFunction<void(Result<void>)>;
    using Opened = UniqueFunction<void(Result<Bitfield>)>;  // the pieces that may be there, by the sizes of the files
    using Checked = UniqueFunction<void(Result<bool>)>;  // does the piece match its hash? Missing bytes: false
    using Written = UniqueFunction<void(Buffer, Result<void>)>;
    using Read = UniqueFunction<void(Result<peer::OwnedBytes>)>;

    virtual ~Store() = default;

    // First of all, and again after close().
    virtual void open(Opened done) = 0;
    // Reads a piece back and compares it with its hash.
    virtual void check(PieceIndex piece, Checked done) = 0;
    // How many checks are worth having under way at once.
    virtual std::uint32_t check_depth() const = 0;
    // One write a piece (one for each file it touches). The buffer comes back with the result.
    virtual void write(PieceIndex piece, Buffer buffer, Written done) = 0;
    // For pieces too big to be held whole.
    virtual void write_block(BlockRef block, Buffer buffer, Written done) = 0;
    // Octets of a verified piece.
    virtual void read(const peer::BlockHead& range, PieceIndex piece, Read done) = 0;
    // The same as parts a link can send without a copy, if that cannot block: nothing otherwise.
    virtual std::optional<std::vector<peer::BlockPart>> locate(const peer::BlockHead& range, PieceIndex piece) = 0;
    // All pieces of the file are verified and written.
    virtual void finish(FileIndex file, Done done) = 0;
    // What was written, and the names that files were given, survive a power cut when `done` comes: what ended before it was called.
    virtual void flush(Done done) = 0;
    // After all that was submitted before; flushes. On an error it is closed, and what was written last is in doubt.
    virtual void close(Done done) = 0;
};

}  // namespace shoal::disk
