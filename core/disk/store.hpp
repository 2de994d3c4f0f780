#pragma once

#include "disk/buffer_pool.hpp"
#include "disk/write_window.hpp"
#include "environment/workers.hpp"
#include "peer/link.hpp"

#include <shoal/bitfield.hpp>
#include <shoal/geometry.hpp>
#include <shoal/result.hpp>

#include <optional>
#include <string>
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
    using Progress = UniqueFunction<void(std::uint64_t done, std::uint64_t total)>;  // octets
    using Read = UniqueFunction<void(Result<peer::OwnedBytes>)>;

    virtual ~Store() = default;

    // Of these, by file, nothing is verified: what lies there may be anybody's, and is not written over. For each open() from now on; false:
    // it makes no difference.
    virtual bool set_unverified(const std::vector<bool>&) { return false; }
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
    // Work that waits for a fence to end.
    virtual std::size_t waiting() const { return 0; }
    // Bounds what is on its way to the disk by what it takes in good time. Null: nothing does.
    virtual WriteWindow* write_window() { return nullptr; }

    // -- fences: what was submitted before has ended when they begin, what is submitted meanwhile waits and then meets the new place.
    // Errors: unsupported, where a store has no such thing; all of them leave everything as it was.

    // All files to another folder. `progress` comes as often as there is something to tell, and never after `done`.
    virtual void move(std::string folder, Progress progress, Done done) = 0;
    // The moves that were submitted end with `cancelled`, unless it is too late.
    virtual void cancel_moves() = 0;
    // A file gets another path, relative and contained. Never over anything.
    virtual void rename(FileIndex file, std::string path, Done done) = 0;
    // After a move: what was located before it is sent. Until then the old files stay open, and nothing is located.
    virtual void let_go(Done done) = 0;
    // What is there of these files, and folders that are empty then; nothing else.
    virtual void remove(std::vector<FileIndex> files, Done done) = 0;
    // After all that was submitted before; flushes. On an error it is closed, and what was written last is in doubt.
    virtual void close(Done done) = 0;
};

}  // namespace shoal::disk
