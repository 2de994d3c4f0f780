#include "daemon/disk_room.hpp"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace shoal::daemon {

namespace {

using control::Value;
using Type = Value::Type;

constexpr std::chrono::minutes between_looks{1};

std::int64_t number(std::uint64_t octets) { return static_cast<std::int64_t>(octets); }

}  // namespace

Result<Room> room_at(const std::string& folder)
{
    std::filesystem::path path(folder);
    struct stat about {};
    while (::stat(path.c_str(), &about) != 0 && errno == ENOENT && path.has_relative_path()) path = path.parent_path();
    struct statvfs system {};
    if (::stat(path.c_str(), &about) != 0 || ::statvfs(path.c_str(), &system) != 0) {
        return make_error(Errc::io_error, folder + ": " + std::generic_category().message(errno));
    }
    const auto unit = static_cast<std::uint64_t>(system.f_frsize);
    return Room{.device = about.st_dev, .free = system.f_bavail * unit, .size = system.f_blocks * unit};
}

DiskRoom::DiskRoom(Parts parts) : parts_(std::move(parts)), timer_(parts_.loop)
{
    const std::vector<control::Field> fields{{.name = "folder", .type = Type::text, .help = "one that is on it"},
                                             {.name = "free", .type = Type::integer, .help = "octets"},
                                             {.name = "size", .type = Type::integer, .help = "octets in all"}};
    parts_.methods.declare({.name = "disk.low", .help = "a disk in use has less room than folders.low_room says", .fields = fields});
    parts_.methods.declare({.name = "disk.enough", .help = "a disk that was low has room again", .fields = fields});
    parts_.methods.offer({.name = "disk.room",
                          .help = "how much room there is where a folder is, or will be",
                          .arguments = {{.name = "folder", .type = Type::text, .help = "an absolute path", .is_required = true}},
                          .answer = "a map: free and size, in octets",
                          .errors = {Errc::io_error, Errc::invalid_argument}},
                         [this](const Value::Map& arguments, control::Registry::Answered done) {
                             ask(*arguments.find("folder")->as_text(), std::move(done));
                         });
}

DiskRoom::~DiskRoom()
{
    parts_.methods.withdraw("disk.room");
}

void DiskRoom::start()
{
    look();
}

void DiskRoom::ask(const std::string& folder, control::Registry::Answered done)
{
    if (!std::filesystem::path(folder).is_absolute()) {
        return done(make_error(Errc::invalid_argument, "a folder is an absolute path"));
    }
    auto room = std::make_shared<std::optional<Result<Room>>>();
    parts_.workers.run([room, folder, read = parts_.room] { *room = read(folder); },
                       [room, done = std::move(done)]() mutable {
                           const auto& read = **room;
                           if (!read) return done(read.error());
                           done(Value(Value::Map{}.set("free", number(read->free)).set("size", number(read->size))));
                       });
}

// A folder that cannot be looked at is somebody else's trouble: whoever writes there says so.
void DiskRoom::look()
{
    if (parts_.least() == 0) {
        low_.clear();
        return wait();
    }
    auto rooms = std::make_shared<Rooms>();
    parts_.workers.run(
        [rooms, folders = parts_.folders(), read = parts_.room] {
            for (const auto& folder : folders) {
                if (const auto room = read(folder)) rooms->emplace(folder, *room);
            }
        },
        [this, alive = std::weak_ptr(alive_), rooms] {
            if (alive.expired()) return;
            judge(*rooms);
            wait();
        });
}

// After a look, however long it took: one that hangs holds one worker and not all.
void DiskRoom::wait()
{
    timer_.start(between_looks, [this] { look(); });
}

void DiskRoom::judge(const Rooms& rooms)
{
    const auto least = parts_.least();
    // It has to be well above the mark to count as enough: room comes and goes while torrents are written.
    const auto enough = least + least / 8;
    for (const auto& [folder, room] : rooms) {
        if (room.free < least && low_.insert(room.device).second) tell("disk.low", folder, room);
        if (room.free >= enough && low_.erase(room.device) > 0) tell("disk.enough", folder, room);
    }
}

void DiskRoom::tell(std::string_view event, const std::string& folder, const Room& room)
{
    parts_.methods.publish(event, Value::Map{}.set("folder", folder).set("free", number(room.free)).set("size", number(room.size)));
}

}  // namespace shoal::daemon
