#include "cli/fetch_command.hpp"

#include "cli/brief_session.hpp"
#include "cli/show_command.hpp"
#include "cli/typed_source.hpp"
#include "metainfo/create.hpp"
#include "state/whole_file.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <ostream>

namespace shoal::cli {

namespace {

ExitCode cannot_fetch(Program& program, const Error& error)
{
    program.err << "shoal: " << printable(error.text) << std::endl;
    return error.code == Errc::timed_out ? ExitCode::no_peers : exit_code_of(error);
}

Result<metainfo::TorrentFile> metadata_of(Program& program, const FetchOptions& options, session::Source source)
{
    if (auto* file = std::get_if<session::FromFile>(&source)) return std::move(file->metainfo);
    session::SessionSettings settings{.listen = {}, .checked = program.checked};
    if (const auto applied = options.swarm.apply_to(settings, program.registry); !applied) return applied.error();
    if (const auto known = session::check_settings(program.registry, settings.plugins); !known) return known.error();
    std::optional<Result<metainfo::TorrentFile>> outcome;
    BriefSession session(program, std::move(settings));
    if (const auto listening = session->listen(); !listening) return listening.error();
    const auto handle = session->resolve(std::move(std::get<session::FromMagnet>(source).magnet), options.swarm.peers,
                                         [&](Result<metainfo::TorrentFile> found) { outcome = std::move(found); });
    if (!handle) return handle.error();
    environment::Timer patience(session.loop());
    if (options.patience.count() > 0) {
        patience.start(options.patience, [&] {
            auto* resolution = session->find_resolution(*handle);
            const std::string why = resolution != nullptr ? resolution->status().stall : std::string("no answer");
            outcome = make_error(Errc::timed_out, fmt::format("no metadata in {} s: {}", options.patience.count(), why));
        });
    }
    if (!session.wait([&] { return outcome.has_value(); })) return make_error(Errc::cancelled, "interrupted");
    return *outcome;
}

}  // namespace

ExitCode fetch(Program& program, const FetchOptions& options)
{
    if (!options.replaces && !options.output.empty() && std::filesystem::exists(options.output)) {
        return cannot_fetch(program, make_error(Errc::invalid_argument, options.output + " is there already; --force replaces it"));
    }
    auto source = read_source(program, options.swarm, options.source);
    if (!source) return cannot_fetch(program, source.error());
    const auto torrent = metadata_of(program, options, std::move(*source));
    if (!torrent) return cannot_fetch(program, torrent.error());
    if (!options.output.empty()) {
        const auto saved = state::write_whole_file(options.output, metainfo::to_torrent(*torrent));
        if (!saved) return cannot_fetch(program, saved.error());
    }
    print_torrent(program, *torrent, options.is_json);
    return ExitCode::ok;
}

}  // namespace shoal::cli
