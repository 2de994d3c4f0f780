#include "state/kept_file.hpp"

#include "state/whole_file.hpp"

#include <shoal/bencode.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <utility>

namespace shoal::state {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t most_octets = 16u << 20;       // of one plug-in
constexpr std::uint64_t most_octets_of_all = 60u << 20;  // so that the file can be read again
constexpr std::uint64_t most_file_octets = 64u << 20;
constexpr std::uint64_t octets_of_an_entry = 32;  // what bencode adds, at the most
constexpr auto save_delay = std::chrono::minutes{1};

// The folder may have gone since the last time.
Result<void> write_there(const std::string& path, const Bytes& content)
{
    std::error_code problem;
    fs::create_directories(fs::path(path).parent_path(), problem);
    if (problem) return make_error(Errc::io_error, fmt::format("cannot write {}: {}", path, problem.message()));
    return write_whole_file(path, content);
}

}  // namespace

// What a worker was given to write a while ago may come after what was written at the end: the newer state stays.
struct KeptFile::Disk {
    Result<void> write(const std::string& path, std::uint64_t number, const Bytes& content)  // [any]
    {
        const std::lock_guard lock(mutex);
        if (number < newest) return {};
        newest = number;
        return write_there(path, content);
    }

    std::mutex mutex;
    std::uint64_t newest = 0;
};

KeptFile::KeptFile(environment::Loop& loop, environment::Workers& workers, std::string path, host::Log log)
    : workers_(workers), path_(std::move(path)), log_(std::move(log)), timer_(loop), disk_(std::make_shared<Disk>())
{
    if (!path_.empty()) load();
}

KeptFile::~KeptFile()
{
    if (const auto saved = save(); !saved) log_.warning("{}", saved.error().text);
}

void KeptFile::load()
{
    std::error_code problem;
    const auto size = fs::file_size(path_, problem);
    if (problem) return;  // the first run
    std::ifstream file(path_, std::ios::binary);
    std::string content;
    if (size <= most_file_octets) content.assign(std::istreambuf_iterator<char>(file), {});
    const auto document = bencode::Document::parse(as_bytes(content));
    if (!file || !document || !document->root().is_dict()) {
        fs::rename(path_, path_ + ".damaged", problem);
        log_.warning("{} is damaged and was set aside; plug-ins begin anew", path_);
        return;
    }
    for (const auto& [plugin, space] : document->root().entries()) {
        if (!space.is_dict()) continue;
        for (const auto& [key, value] : space.entries()) {
            if (const auto octets = value.bytes()) {
                spaces_[std::string(plugin)].emplace(key, Bytes(octets->begin(), octets->end()));
            }
        }
    }
}

const Bytes* KeptFile::find(const std::string& plugin, std::string_view key)
{
    const auto space = spaces_.find(plugin);
    if (space == spaces_.end()) return nullptr;
    const auto at = space->second.find(key);
    return at == space->second.end() ? nullptr : &at->second;
}

Result<void> KeptFile::write(const std::string& plugin, std::string_view key, ByteView value)
{
    std::uint64_t own = key.size() + value.size();
    std::uint64_t all = own + octets_of_an_entry;
    for (const auto& [other_plugin, space] : spaces_) {
        for (const auto& [other, kept] : space) {
            if (other_plugin == plugin && other == key) continue;
            const std::uint64_t octets = other.size() + kept.size();
            all += octets + octets_of_an_entry;
            if (other_plugin == plugin) own += octets;
        }
    }
    if (own > most_octets) return make_error(Errc::limit_exceeded, plugin + " keeps too much");
    if (all > most_octets_of_all) return make_error(Errc::limit_exceeded, "the plug-ins together keep too much");
    spaces_[plugin].insert_or_assign(std::string(key), Bytes(value.begin(), value.end()));
    on_change();
    return {};
}

void KeptFile::erase(const std::string& plugin, std::string_view key)
{
    const auto space = spaces_.find(plugin);
    if (space == spaces_.end()) return;
    const auto at = space->second.find(key);
    if (at == space->second.end()) return;
    space->second.erase(at);
    on_change();
}

void KeptFile::on_change()
{
    if (path_.empty() || std::exchange(is_changed_, true)) return;
    timer_.start(save_delay, [this] { save_later(); });
}

void KeptFile::save_later()
{
    is_changed_ = false;
    auto outcome = std::make_shared<Result<void>>();
    workers_.run([disk = disk_, path = path_, number = ++states_, content = encoded(),
                  outcome] { *outcome = disk->write(path, number, content); },
                 [this, alive = std::weak_ptr(alive_), log = log_, outcome] {
                     if (*outcome) return;
                     log.warning("{}", outcome->error().text);
                     if (!alive.expired()) on_change();  // tried again
                 });
}

Result<void> KeptFile::save()
{
    timer_.cancel();
    if (path_.empty() || !std::exchange(is_changed_, false)) return {};
    return disk_->write(path_, ++states_, encoded());
}

Bytes KeptFile::encoded() const
{
    bencode::Writer writer;
    writer.begin_dict();
    for (const auto& [plugin, space] : spaces_) {
        writer.key(plugin).begin_dict();
        for (const auto& [key, value] : space) writer.key(key).bytes(value);
        writer.end_dict();
    }
    writer.end_dict();
    return writer.take();
}

}  // namespace shoal::state
