#pragma once

#include "client/client.hpp"
#include "control/settings_methods.hpp"
#include "daemon/disk_room.hpp"
#include "daemon/journal.hpp"
#include "daemon/occasions.hpp"
#include "daemon/services.hpp"
#include "peer/stream_transport.hpp"
#include "queue/timetable.hpp"

#include <memory>
#include <string>

namespace shoal::daemon {

// A client as its settings say, with all its methods on one registry: what a daemon serves, and a program embeds. [loop]
class LiveClient {
public:
    struct Parts {  // all of it outlives the client
        environment::Environment environment;
        host::Registry& plugins;
        control::Settings& settings;
        std::function<std::int64_t()> unix_time;
        std::function<queue::LocalTime()> local_time;
        host::Log log;
    };

    // Opens the database and nothing else; blocks. Errors: as state::Library::open, and those of settings that name what is not there.
    static Result<std::unique_ptr<LiveClient>> open(Parts parts, const std::string& database);
    ~LiveClient();

    // Listens and goes on with the torrents there are.
    Result<void> start();
    // Everything is stopped and saved. timed_out: it took longer than `patience`, because a disk or a plug-in hangs; that is said, and
    // nothing but leave() is called any more. io_error: all has stopped, and not all could be saved.
    void stop(environment::Duration patience, UniqueFunction<void(Result<void>)> done);
    // What there is to write goes to the database, now and on this thread. The client cannot be destroyed: workers may hang in it.
    void leave();

    control::Registry& methods() { return methods_; }
    client::Client& client() { return *client_; }

private:
    LiveClient(Parts parts, std::unique_ptr<state::Library> library);
    Result<client::ClientSettings> client_settings();
    std::vector<std::string> guarded_places() const;
    client::Defaults defaults();
    void offer_own_methods();
    void offer_switch();
    void keep_settings();
    void say_begun();
    void stop_all(UniqueFunction<void(Result<void>)> finish);
    void offer_plugins_methods();
    void apply_rates();
    std::set<std::string> folders_in_use() const;

    Parts parts_;
    std::unique_ptr<state::Library> library_;
    peer::StreamTransport transport_;
    control::Registry methods_;
    control::SettingsMethods settings_methods_;
    std::unique_ptr<client::Client> client_;
    std::unique_ptr<DiskRoom> room_;
    std::unique_ptr<Journal> journal_;
    std::unique_ptr<Services> services_;
    Occasions occasions_;
    std::unique_ptr<control::Settings::Subscription> changes_;
    environment::Timer deadline_;
    environment::Timer rates_;  // until the timetable says something else
    bool has_alternative_rates_ = false;
    environment::Time started_at_{};
};

}  // namespace shoal::daemon
