#pragma once

#include "environment/loop.hpp"
#include "environment/workers.hpp"
#include "host/log.hpp"
#include "host/sinks.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace shoal::state {

// What plug-ins keep between runs, in one bencoded file: a dict by plug-in id of dicts by key. Read at once, written a minute after
// a change (and again, if that failed) and at the end, each time as a whole under another name first, so that a crash leaves the old one. A file that cannot
// be read is set aside, and said. Two processes may share it: the last to write wins. [loop]
class KeptFile final : public host::KeptValues {
public:
    // No path: nothing outlives the process.
    KeptFile(environment::Loop& loop, environment::Workers& workers, std::string path, host::Log log);
    ~KeptFile();

    const Bytes* find(const std::string& plugin, std::string_view key) override;
    Result<void> write(const std::string& plugin, std::string_view key, ByteView value) override;
    void erase(const std::string& plugin, std::string_view key) override;

    // Now, and waits for it. Errors name the file.
    Result<void> save();

private:
    using Space = std::map<std::string, Bytes, std::less<>>;

    struct Disk;

    void load();
    void on_change();
    void save_later();
    Bytes encoded() const;

    environment::Workers& workers_;
    std::string path_;
    host::Log log_;
    environment::Timer timer_;
    std::map<std::string, Space> spaces_;
    bool is_changed_ = false;
    std::shared_ptr<Disk> disk_;
    std::uint64_t states_ = 0;  // that were given to the disk
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace shoal::state
