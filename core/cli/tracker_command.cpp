#include "cli/tracker_command.hpp"

#include "cli/brief_session.hpp"

#include <shoal/abi/service.h>
#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <iterator>
#include <ostream>
#include <sstream>

namespace shoal::cli {

namespace {

ExitCode cannot_serve(Program& program, const Error& error)
{
    program.err << "shoal: " << printable(error.text) << std::endl;
    return exit_code_of(error);
}

}  // namespace

Result<std::vector<std::string>> start_tracker(host::Instance& tracker)
{
    const auto& table = tracker.table<shoal_service_v1>();
    const auto status = tracker.call("start", [&] { return table.start(tracker.self()); });
    if (status < 0) return tracker.error_of(status, "start the embedded tracker");
    shoal_text summary{};
    tracker.call("summary", [&] { summary = table.summary(tracker.self()); });
    std::istringstream words(std::string(summary.data, summary.size));
    return std::vector<std::string>(std::istream_iterator<std::string>(words), {});
}

ExitCode tracker(Program& program, session::PluginSettings settings)
{
    if (const auto known = session::check_settings(program.registry, settings); !known) {
        return cannot_serve(program, known.error());
    }
    BriefSession session(program, {.listen = {}, .checked = program.checked, .plugins = std::move(settings)});
    auto service = session->make_service("tracker");
    if (!service) return cannot_serve(program, service.error());
    const auto urls = start_tracker(**service);
    if (!urls) return cannot_serve(program, urls.error());
    program.out << fmt::format("answering at {}", fmt::join(*urls, " and ")) << std::endl;
    session.wait([] { return false; });
    return ExitCode::ok;
}

}  // namespace shoal::cli
