#include "cli/create_command.hpp"

#include "cli/quantity.hpp"
#include "metainfo/magnet.hpp"
#include "state/whole_file.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <ostream>

namespace shoal::cli {

namespace {

ExitCode cannot_create(Program& program, const Error& error)
{
    program.err << "shoal: " << printable(error.text) << std::endl;
    // What is shared is data: not to find it is the disk's matter.
    return error.code == Errc::not_found ? ExitCode::disk : exit_code_of(error);
}

// Redraws one line at most ten times a second.
metainfo::CreateProgress bar_on(std::ostream& err)
{
    return [&err, last = std::chrono::steady_clock::time_point{}](std::uint64_t hashed, std::uint64_t total) mutable {
        const auto now = std::chrono::steady_clock::now();
        if (hashed != total && now - last < std::chrono::milliseconds{100}) return true;
        last = now;
        constexpr std::size_t width = 40;
        const std::size_t full = total == 0 ? width : width * hashed / total;
        err << fmt::format("\r[{}{}] {} of {}", std::string(full, '#'), std::string(width - full, '.'),
                           size_text(hashed), size_text(total))
            << (hashed == total ? "\n" : "") << std::flush;
        return true;
    };
}

}  // namespace

ExitCode create(Program& program, const CreateRequest& request)
{
    if (std::filesystem::exists(request.output) && !request.replaces) {
        return cannot_create(program, make_error(Errc::invalid_argument,
                                        request.output + " is there already; --force replaces it"));
    }
    const auto created = metainfo::create(request.path, request.options,
                                          request.has_bar ? bar_on(program.err) : metainfo::CreateProgress{});
    if (!created) return cannot_create(program, created.error());
    for (const auto& note : created->notes) program.err << "shoal: " << printable(note) << '\n';
    if (const auto written = state::write_whole_file(request.output, created->torrent); !written) {
        return cannot_create(program, written.error());
    }
    program.out << metainfo::to_magnet(created->content) << std::endl;
    return ExitCode::ok;
}

}  // namespace shoal::cli
