#include "cli/fetch_command.hpp"

#include "cli/interruption.hpp"
#include "cli/show_command.hpp"
#include "metainfo/create.hpp"
#include "metainfo/magnet.hpp"
#include "peer/stream_transport.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <ostream>

namespace shoal::cli {

namespace fs = std::filesystem;

namespace {

struct Deaf final : torrent::TorrentEvents {
    void on_event(TorrentHandle, std::string_view, control::Value) override {}
};

ExitCode say(Program& program, const Error& error)
{
    program.err << "shoal: " << printable(error.text) << std::endl;
    return error.code == Errc::timed_out ? ExitCode::no_peers : exit_code_of(error);
}

Result<void> save(const metainfo::TorrentFile& torrent, const FetchOptions& options)
{
    std::error_code problem;
    if (!options.replaces && fs::exists(options.output, problem)) {
        return make_error(Errc::invalid_argument, options.output + " is there already; --force replaces it");
    }
    const Bytes content = metainfo::to_torrent(torrent);
    std::ofstream file(options.output, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
    file.flush();
    if (!file) return make_error(Errc::io_error, options.output + " cannot be written");
    return {};
}

// One session, from its start to the metadata or to why not.
class Fetch {
public:
    Fetch(Program& program, const FetchOptions& options)
        : program_(program), options_(options), environment_(program.live.environment()),
          transport_(environment_.loop, environment_.network), patience_(environment_.loop)
    {
    }

    Result<metainfo::TorrentFile> run(metainfo::Magnet magnet)
    {
        session::SessionSettings settings{.listen = {}, .checked = program_.checked};
        if (const auto applied = options_.swarm.apply_to(settings, program_.registry); !applied) return applied.error();
        const auto known = session::check_settings(program_.registry, settings.plugins);
        if (!known) return known.error();
        session::Session session(
            {environment_, transport_, program_.registry, deaf_, program_.log, program_.kept}, std::move(settings));
        if (const auto listening = session.listen(); !listening) return listening.error();
        const auto handle = session.resolve(std::move(magnet), options_.swarm.peers,
                                            [this](Result<metainfo::TorrentFile> found) { outcome_ = std::move(found); });
        if (!handle) return handle.error();
        wait(session, *handle);
        bool is_stopped = false;
        session.stop([&] { is_stopped = true; });
        program_.live.loop().run_until([&] { return is_stopped; });
        return *outcome_;
    }

private:
    void wait(session::Session& session, TorrentHandle handle)
    {
        const auto give_up = [this](Errc code, const std::string& why) {
            if (!outcome_) outcome_ = make_error(code, why);
        };
        if (options_.patience.count() > 0) {
            patience_.start(options_.patience, [this, &session, handle, give_up] {
                auto* resolution = session.find_resolution(handle);
                const std::string why = resolution != nullptr ? resolution->status().stall : std::string("no answer");
                give_up(Errc::timed_out, fmt::format("no metadata in {} s: {}", options_.patience.count(), why));
            });
        }
        const auto interrupted = [give_up] { give_up(Errc::cancelled, "interrupted"); };
        program_.live.loop().on_signal(SIGINT, interrupted);
        program_.live.loop().on_signal(SIGTERM, interrupted);
        const Interruption interruption;
        program_.live.loop().run_until([this] { return outcome_.has_value(); });
        patience_.cancel();
    }

    Program& program_;
    const FetchOptions& options_;
    environment::Environment environment_;
    peer::StreamTransport transport_;
    environment::Timer patience_;
    Deaf deaf_;
    std::optional<Result<metainfo::TorrentFile>> outcome_;
};

}  // namespace

ExitCode fetch(Program& program, const FetchOptions& options)
{
    auto magnet = metainfo::parse_magnet(options.source);
    if (!magnet) return say(program, magnet.error());
    const auto torrent = Fetch(program, options).run(std::move(*magnet));
    if (!torrent) return say(program, torrent.error());
    if (!options.output.empty()) {
        if (const auto saved = save(*torrent, options); !saved) return say(program, saved.error());
    }
    print_torrent(program, *torrent, options.is_json);
    return ExitCode::ok;
}

}  // namespace shoal::cli
