#include "whole_file.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace shoal::file_source {
namespace {

class OpenFile {
public:
    explicit OpenFile(int number) : number_(number) {}
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    ~OpenFile()
    {
        if (number_ >= 0) ::close(number_);
    }

    [[nodiscard]] int number() const { return number_; }

private:
    int number_;
};

Error file_error(const std::string& path, int error)
{
    const auto text = path + ": " + std::generic_category().message(error);
    switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG: return make_error(Errc::not_found, text);
    case EACCES:
    case EPERM: return make_error(Errc::permission_denied, text);
    case EISDIR: return make_error(Errc::bad_input, path + ": a folder, not a torrent");
    default: return make_error(Errc::io_error, text);
    }
}

// A file is always ready; a pipe whose other end sleeps would hold a worker for ever.
Result<void> wait_for(int file, const std::string& path, std::chrono::milliseconds silence)
{
    pollfd waited{.fd = file, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&waited, 1, static_cast<int>(silence.count()));
    if (ready > 0 || (ready < 0 && errno == EINTR)) return {};
    if (ready < 0) return file_error(path, errno);
    return make_error(Errc::timed_out, path + ": no file, and nothing comes from it");
}

/// 0: the end.
Result<std::size_t> read_some(int file, const std::string& path, MutableBytes into, std::chrono::milliseconds silence)
{
    for (;;) {
        if (auto waited = wait_for(file, path, silence); !waited) return std::move(waited).error();
        const auto got = ::read(file, into.data(), into.size());
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR && errno != EAGAIN) return file_error(path, errno);
    }
}

} // namespace

Result<Bytes> read_whole_file(const std::string& path, std::size_t most, std::chrono::milliseconds silence)
{
    constexpr std::size_t chunk = 1U << 18;
    if (path.find('\0') != path.npos) return file_error(path, ENOENT);
    // Not to wait for who may some day write into a pipe.
    const OpenFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (file.number() < 0) return file_error(path, errno);
    struct stat found {};
    if (::fstat(file.number(), &found) != 0) return file_error(path, errno);
    if (S_ISDIR(found.st_mode)) return file_error(path, EISDIR);
    Bytes content;
    // One octet more than is allowed tells, whatever the size says: it may be a device or a pipe.
    while (content.size() <= most) {
        const auto before = content.size();
        content.resize(before + std::min(most + 1 - before, chunk));
        const auto got = read_some(file.number(), path, MutableBytes(content).subspan(before), silence);
        if (!got) return got.error();
        content.resize(before + *got);
        if (*got == 0) return content;
    }
    return make_error(Errc::limit_exceeded, path + ": the torrent is larger than " + std::to_string(most) + " bytes");
}

} // namespace shoal::file_source
