#include "cli/running_daemon.hpp"

#include "cli/interruption.hpp"
#include "cli/screen_log.hpp"
#include "daemon/live_client.hpp"
#include "daemon/supervisor.hpp"
#include "daemon/wall_clock.hpp"
#include "net/local_socket.hpp"
#include "rpc/server.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <ostream>
#include <thread>

#include <unistd.h>

namespace shoal::cli {

using namespace daemon;

namespace {

// Of the ten seconds that SIGTERM has; the rest is for the disk.
constexpr std::chrono::seconds time_to_end{8};
constexpr std::chrono::milliseconds time_to_save{1500};

// A client, a socket on which it is served, and the signals.
class Daemon {
public:
    Daemon(Program& program, control::Settings& settings, const SettingsPath& file)
        : program_(program), settings_(settings), file_(file), supervisor_(process_variables()), alive_(program.live.loop())
    {
    }

    ExitCode run()
    {
        if (const auto begun = begin(); !begun) {
            program_.err << "shoal: " << printable(begun.error().text) << std::endl;
            return exit_code_of(begun.error());
        }
        on_signals();
        const Interruption interruption;
        say(supervisor_.ready(status()));
        tell_alive();
        program_.live.loop().run_until([this] { return is_over_; });
        if (!is_all_stopped_) leave();
        server_.reset();
        client_.reset();
        return end_;
    }

private:
    Result<void> begin();
    void on_signals();
    void read_settings_again();
    void end();
    [[noreturn]] void leave();
    void tell_alive();
    void set_log_level();
    std::string status();
    void say(const Result<void>& told)
    {
        if (!told) program_.log.warning("{}", told.error().text);
    }

    Program& program_;
    control::Settings& settings_;
    const SettingsPath& file_;
    Supervisor supervisor_;
    environment::Timer alive_;
    std::unique_ptr<LiveClient> client_;
    std::unique_ptr<rpc::Server> server_;
    std::unique_ptr<control::Settings::Subscription> changes_;
    bool is_ending_ = false;
    bool is_over_ = false;
    bool is_all_stopped_ = false;
    ExitCode end_ = ExitCode::ok;
};

Result<void> Daemon::begin()
{
    auto& loop = program_.live.loop();
    const auto database = std::filesystem::path(settings_.text("folders.state")) / "shoal.db";
    auto opened = LiveClient::open({.environment = program_.live.environment(),
                                    .plugins = program_.registry,
                                    .settings = settings_,
                                    .unix_time = unix_time,
                                    .local_time = local_time,
                                    .log = program_.log},
                                   database.string());
    if (!opened) return opened.error();
    client_ = std::move(*opened);
    set_log_level();
    changes_ = settings_.on_change([this](const control::Settings::Change& change) {
        if (change.name == "log.level") set_log_level();
    });
    // The door opens when there is somebody behind it, and before anything is begun: who cannot be asked had better not run.
    server_ = std::make_unique<rpc::Server>(loop, client_->methods());
    const auto door = server_->open([&](environment::Network::Accepted accepted) {
        return net::LocalListener::open(loop, settings_.text("socket"), std::move(accepted));
    });
    if (!door) return door.error();
    program_.log.info("answers `shoal ctl` at {}", settings_.text("socket"));
    return client_->start();
}

void Daemon::on_signals()
{
    auto& loop = program_.live.loop();
    loop.on_signal(SIGHUP, [this] { read_settings_again(); });
    loop.on_signal(SIGINT, [this] { end(); });
    loop.on_signal(SIGTERM, [this] { end(); });
}

void Daemon::read_settings_again()
{
    say(supervisor_.reloading());
    const auto reloaded = reload(settings_, file_);
    if (!reloaded) {
        program_.log.error("the settings stay as they are: {}", reloaded.error().text);
    } else {
        program_.log.info("settings read again: changed {}; at the next start {}",
                          reloaded->changed.empty() ? "nothing" : fmt::format("{}", fmt::join(reloaded->changed, ", ")),
                          reloaded->waiting.empty() ? "nothing" : fmt::format("{}", fmt::join(reloaded->waiting, ", ")));
    }
    say(supervisor_.ready(status()));
}

void Daemon::end()
{
    if (std::exchange(is_ending_, true)) return;
    alive_.cancel();
    say(supervisor_.stopping("stopping torrents"));
    server_->stop([] {});
    client_->stop(time_to_end, [this](const Result<void>& stopped) {
        is_all_stopped_ = stopped || stopped.error().code != Errc::timed_out;
        if (!stopped) end_ = exit_code_of(stopped.error());
        is_over_ = true;
    });
}

// Nobody can end a thread that waits for a disk: what can be kept is kept, if that disk is another, and the process goes. What is on the
// disk is what a kill would leave.
void Daemon::leave()
{
    const auto go = [] { ::_exit(static_cast<int>(ExitCode::disk)); };
    program_.live.workers().drop_waiting();
    std::thread([go] {
        std::this_thread::sleep_for(time_to_save);
        go();
    }).detach();
    server_.reset();
    client_->leave();
    program_.err << std::flush;
    go();
    std::abort();  // never
}

void Daemon::set_log_level()
{
    const auto level = host::level_named(settings_.text("log.level"));
    if (level && program_.screen != nullptr) program_.screen->set_level(*level);
}

void Daemon::tell_alive()
{
    const auto interval = supervisor_.alive_interval();
    if (!interval) return;
    say(supervisor_.alive());
    alive_.start(*interval, [this] { tell_alive(); });
}

std::string Daemon::status()
{
    const auto count = client_->client().entries().size();
    return fmt::format("{} torrent{}", count, count == 1 ? "" : "s");
}

}  // namespace

ExitCode run_until_stopped(Program& program, control::Settings& settings, const SettingsPath& file)
{
    return Daemon(program, settings, file).run();
}

}  // namespace shoal::cli
