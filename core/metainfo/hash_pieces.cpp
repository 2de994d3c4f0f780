#include "metainfo/hash_pieces.hpp"

#include "disk/piece_hasher.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace shoal::metainfo {

namespace {

constexpr std::size_t chunk_size = 1U << 20;

// The file a thread reads at the moment; neighbouring pieces mostly lie in the same one.
class OpenFile {
public:
    OpenFile() = default;
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    ~OpenFile() { close(); }

    Result<void> open(const std::string& path, std::uint64_t length)
    {
        if (descriptor_ >= 0 && path == path_) return {};
        close();
        path_ = path;
        descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        struct stat status {};
        if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0) return failed(errno);
        if (static_cast<std::uint64_t>(status.st_size) != length) return changed();
        return {};
    }

    Result<void> read(MutableBytes to, std::uint64_t offset)
    {
        while (!to.empty()) {
            const auto got = ::pread(descriptor_, to.data(), to.size(), static_cast<off_t>(offset));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return failed(errno);
            if (got == 0) return changed();
            to = to.subspan(static_cast<std::size_t>(got));
            offset += static_cast<std::uint64_t>(got);
        }
        return {};
    }

private:
    void close()
    {
        if (descriptor_ >= 0) ::close(descriptor_);
        descriptor_ = -1;
    }

    [[nodiscard]] Error failed(int error) const
    {
        const auto code = error == ENOENT                       ? Errc::not_found
                          : (error == EACCES || error == EPERM) ? Errc::permission_denied
                                                                : Errc::io_error;
        return make_error(code, fmt::format("{}: {}", path_, std::strerror(error)));
    }

    [[nodiscard]] Error changed() const
    {
        return make_error(Errc::io_error, fmt::format("{}: it changed while it was being read", path_));
    }

    int descriptor_ = -1;
    std::string path_;
};

// Threads take the next piece from one counter, so that the disk is read nearly in order; the thread that
// called waits and reports. `mutex_` guards what the threads tell it.
class PieceHashing {
public:
    PieceHashing(const HashJob& job, const CreateProgress& progress)
        : job_(job), progress_(progress), digests_(std::size_t{job.geometry.piece_count()} * Hash20::size)
    {
    }

    Result<Bytes> run()
    {
        {
            std::vector<std::jthread> threads;
            start(threads);
            if (threads.empty()) return make_error(Errc::limit_exceeded, "no thread can be started to hash");
            running_ = static_cast<unsigned>(threads.size());
            report_until_done();
        }
        if (failure_) return std::move(*failure_);
        return std::move(digests_);
    }

private:
    // As many as there are to be had: one is enough.
    void start(std::vector<std::jthread>& threads)
    {
        const auto wanted = std::clamp(job_.threads, 1U, job_.geometry.piece_count());
        try {
            while (threads.size() < wanted) threads.emplace_back([this] { work(); });
        } catch (const std::system_error&) {
        }
    }

    void report_until_done()
    {
        std::unique_lock lock(mutex_);
        std::uint64_t reported = 0;
        while (true) {
            news_.wait(lock, [&] { return hashed_ > reported || finished_ == running_; });
            if (hashed_ == reported || stopped_) return;
            reported = hashed_;
            lock.unlock();
            const bool go_on = !progress_ || progress_(reported, job_.geometry.total_length());
            lock.lock();
            if (!go_on) fail(make_error(Errc::cancelled, "given up before all pieces were hashed"));
        }
    }

    void work()
    {
        Bytes buffer(std::min<std::size_t>(chunk_size, job_.geometry.piece_length()));
        disk::PieceHasher hasher;
        OpenFile file;
        for (auto number = next_++; number < job_.geometry.piece_count() && !stopped_; number = next_++) {
            const auto piece = *job_.geometry.piece(number);
            const auto hashed = hash(piece, hasher, file, buffer);
            const std::lock_guard lock(mutex_);
            if (!hashed) {
                fail(hashed.error());
                break;
            }
            hashed_ += job_.geometry.length(piece);
            news_.notify_one();
        }
        const std::lock_guard lock(mutex_);
        ++finished_;
        news_.notify_one();
    }

    Result<void> hash(PieceIndex piece, disk::PieceHasher& hasher, OpenFile& file, Bytes& buffer)
    {
        Result<void> result;
        job_.geometry.for_each_slice(piece, 0, job_.geometry.length(piece), [&](const FileSlice& slice) {
            if (result) result = feed(slice, hasher, file, buffer);
        });
        const auto digest = hasher.finish();
        std::ranges::copy(digest.bytes, digests_.begin() + std::ptrdiff_t{piece.value()} * 20);
        return result;
    }

    Result<void> feed(const FileSlice& slice, disk::PieceHasher& hasher, OpenFile& file, Bytes& buffer)
    {
        const auto& found = job_.files[slice.file.value()];
        const auto path = found.path.empty() ? job_.root : job_.root + "/" + found.path;
        if (auto opened = file.open(path, found.length); !opened) return opened;
        for (std::uint64_t done = 0; done < slice.length && !stopped_;) {
            const auto part =
                MutableBytes(buffer).first(std::min<std::uint64_t>(buffer.size(), slice.length - done));
            if (auto read = file.read(part, slice.file_offset + done); !read) return read;
            hasher.update(part);
            done += part.size();
        }
        return {};
    }

    // The first failure is the one that is told. Call it under `mutex_`.
    void fail(const Error& error)
    {
        if (!failure_) failure_ = error;
        stopped_ = true;
    }

    const HashJob& job_;
    const CreateProgress& progress_;
    Bytes digests_; // each thread writes only the digests of its own pieces
    std::atomic<std::uint32_t> next_ = 0;
    std::atomic<bool> stopped_ = false;

    std::mutex mutex_;
    std::condition_variable news_;
    std::uint64_t hashed_ = 0;
    unsigned finished_ = 0;
    unsigned running_ = 0;
    std::optional<Error> failure_;
};

} // namespace

Result<Bytes> hash_pieces(const HashJob& job, const CreateProgress& progress)
{
    return PieceHashing(job, progress).run();
}

} // namespace shoal::metainfo
